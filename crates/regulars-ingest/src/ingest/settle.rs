//! What follows from all rows: questions that only they could raise, plans that turned out wrong, and
//! what is done order by order.

use std::collections::{BTreeMap, HashSet};

use arrow::array::{Array as _, ArrayRef, AsArray};
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::columns::Column;
use regulars_core::config::{AmountIs, Config, DiscountIs, Meaning, Refunds};
use regulars_core::dates::DateOrder;
use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::question::Reading;
use xxhash_rust::xxh3::xxh3_64;

use super::{Landed, Prepared, Request};
use crate::checks::{counted_rows, is_number};
use crate::error::{Error, Kind, Result};
use crate::land::Outcome as PassOutcome;
use crate::look::FileLook;
use crate::nobody::is_placeholder;
use crate::orders::{
    self, Edits, Evidence, Facts, Matching, Restarts, ReturnsFound, Scope, add_edits, decide, evidence, find,
    look_for_restarts, match_returns,
};
use crate::plan::{
    FILLED, FilePlan, PriceEvidence, RuleKind, SaleRule, Sample, ask_currency, ask_price, contradictory,
    discount_reading, either_order, plain, price_evidence,
};
use crate::question::{ask, meanings_setting, reading};
use crate::row_checks::{RowChecks, WordCount, asks};

/// What was settled.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) edits: Vec<Edits>,
    /// Equal rows within a file that are kept.
    pub(crate) kept_equal: u64,
    pub(crate) orders_are_rows: bool,
    /// Customers whose number is there with and without its leading zeros.
    pub(crate) lost_zeros: u64,
    /// By file: what its amounts are, and what decided it.
    pub(crate) scopes: Vec<(AmountIs, &'static str)>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) orders_that_differ: u64,
    pub(crate) repeated_rows: u64,
    pub(crate) restarts: Restarts,
    pub(crate) returns: ReturnsFound,
    /// Orders that were sold, and those of them of which nothing is left; `None` where rows are orders.
    pub(crate) sold_orders: Option<(u64, u64)>,
}

/// What a look at all rows led to.
pub(super) enum Outcome {
    Settled(Settled),
    /// The plan was changed, and why: the rows have to be read again.
    Amended(String),
}

/// Raises the questions that only all rows could raise.
///
/// Errors: [`Kind::Unsure`].
pub(super) fn questions(prepared: &Prepared, outcome: &PassOutcome) -> Result<()> {
    let config = &prepared.config;
    if let Some(found) = outcome.tally.rejected.get("other_header").and_then(|(c, _)| c.samples.0.first()) {
        return Err(Error::new(
            Kind::Unreadable,
            format!("row {} of `{}` is the header of another table", found.line, found.file),
        )
        .hint("the rows below it have other columns: save each table as a file of its own"));
    }
    let mut currencies = crate::plan::Currencies::default();
    for ((look, plan), file) in prepared.sorted.orders.iter().zip(&outcome.by_file) {
        let mut checks = file.checks.clone();
        checks.flush_currency();
        let by_signs = !plan.columns.contains_key(&Column::Currency) && checks.currencies.mixes_signs();
        if by_signs && config.source.currency.is_none() && config.policy.only_currency.is_none() {
            return Err(ask_currency(&checks.currencies, &format!("`{}`", look.location.shown)));
        }
        currencies.merge(checks.currencies.clone());
        unknown_words(look, plan, &checks, prepared.settings.decimals)?;
        date_order(look, plan, &checks, prepared)?;
        decimal_mark(look, plan, &checks)?;
        discount_beyond(look, plan, &checks, config)?;
        if plan.amount.price_or_line_unclear && checks.pieces > 0 {
            price_or_line(look, plan)?;
        }
    }
    unpaid_invoices(prepared, outcome)?;
    let told = config.source.currency.is_some()
        && prepared.sorted.orders.iter().all(|(_, p)| p.currencies.found.is_empty());
    let answered = prepared.currency_is_given || config.policy.only_currency.is_some() || told;
    if !answered && currencies.disagree() {
        return Err(ask_currency(&currencies, "the files"));
    }
    Ok(())
}

/// The readings in which some of a few unknown words are sales, and one took money back.
fn chosen_words(rule: &SaleRule, unknown: &[&WordCount]) -> Vec<Reading> {
    // Beyond four words, every choice would be too many to read.
    let most = match unknown.len() {
        2 | 3 => unknown.len() - 1,
        4 => 2,
        5..=8 => 1,
        _ => return Vec::new(),
    };
    let setting = |of: &dyn Fn(usize) -> Meaning| {
        meanings_setting(&rule.source, unknown.iter().enumerate().map(|(at, w)| (w.word.as_str(), of(at))))
    };
    let mut choices: Vec<u32> =
        (1..(1_u32 << unknown.len()) - 1).filter(|chosen| chosen.count_ones() as usize <= most).collect();
    choices.sort_by_key(|chosen| chosen.count_ones());
    let mut readings: Vec<Reading> = Vec::new();
    for chosen in choices {
        let is_sale = |at: usize| chosen >> at & 1 == 1;
        let sold: Vec<String> = (0..unknown.len())
            .filter(|at| is_sale(*at))
            .map(|at| format!("`{}`", unknown[at].word))
            .collect();
        let setting = setting(&|at| if is_sale(at) { Meaning::Sale } else { Meaning::Ignore });
        let are = if sold.len() == 1 { "is a sale" } else { "are sales" };
        readings.push(reading(format!("only {} {are}", sold.join(" and ")), setting));
    }
    if unknown.len() <= 4 {
        readings.extend(unknown.iter().enumerate().map(|(back, word)| {
            let setting = setting(&|at| if at == back { Meaning::Returned } else { Meaning::Sale });
            reading(format!("`{}` took money back, the others are sales", word.word), setting)
        }));
    }
    readings
}

/// Words that tell sales, and that nobody knows, are asked about with what hangs on each.
fn unknown_words(look: &FileLook, plan: &FilePlan, checks: &RowChecks, decimals: u8) -> Result<()> {
    if !checks.has_unknown_words(&plan.rules) {
        return Ok(());
    }
    for (rule, words) in plan.rules.iter().zip(&checks.words).filter(|(rule, _)| asks(rule)) {
        let mut unknown: Vec<_> = words.iter().filter(|w| w.meaning.is_none() && w.rows > 0).collect();
        if unknown.is_empty() {
            continue;
        }
        unknown.sort_by(|a, b| b.rows.cmp(&a.rows).then(a.word.cmp(&b.word)));
        let list: Vec<String> = unknown
            .iter()
            .take(6)
            .map(|w| {
                format!(
                    "`{}` ({}, {})",
                    w.word,
                    counted_rows(w.rows),
                    format_minor_grouped(w.amount_minor, decimals)
                )
            })
            .collect();
        if rule.is_filled() {
            return Err(ask_filled(look, rule, unknown[0], decimals));
        }
        let more = if unknown.len() > 6 { format!(" and {} more", unknown.len() - 6) } else { String::new() };
        let mut readings = vec![
            reading("all of these are sales", "policy.unknown_words=sale"),
            reading("none of these is a sale", "policy.unknown_words=ignore"),
        ];
        let told: Vec<_> =
            words.iter().filter(|w| w.rows > 0).map(|w| (w.word.as_str(), Meaning::Sale)).collect();
        if words.iter().any(|w| w.rows > 0 && !matches!(w.meaning, None | Some(Meaning::Sale)))
            && told.len() < 12
        {
            readings.push(reading(
                format!("`{}` says nothing of sales: every row is one", rule.source),
                meanings_setting(&rule.source, told),
            ));
        }
        readings.extend(chosen_words(rule, &unknown));
        return Err(ask(
            format!(
                "`{}` of `{}` has words that are not known: {}{more}: are these sales?",
                rule.source,
                look.location.shown,
                list.join(", ")
            ),
            readings,
        ));
    }
    Ok(())
}

/// Words of invoices that were written, but not paid yet.
const UNPAID: [&str; 26] = [
    "unpaid",
    "overdue",
    "awaiting payment",
    "outstanding",
    "open",
    "past due",
    "payment due",
    "due",
    "not paid",
    "offen",
    "ueberfaellig",
    "unbezahlt",
    "nicht bezahlt",
    "impayee",
    "en retard",
    "a payer",
    "non payee",
    "pendiente",
    "vencida",
    "non pagata",
    "scaduta",
    "openstaand",
    "te betalen",
    "nieoplacona",
    "acik",
    "odenmedi",
];
const INVOICE: [&str; 9] =
    ["invoice", "rechnung", "rechnungs", "facture", "factura", "fattura", "factuur", "faktura", "fatura"];

/// Invoices that are not paid yet may be sales all the same.
fn unpaid_invoices(prepared: &Prepared, outcome: &PassOutcome) -> Result<()> {
    let mut is_named = false;
    let (mut unpaid, mut all): (BTreeMap<&str, (u64, i64)>, u64) = (BTreeMap::new(), 0);
    let mut asked: Option<(&FileLook, &SaleRule)> = None;
    for ((look, plan), file) in prepared.sorted.orders.iter().zip(&outcome.by_file) {
        is_named |= [Column::TransactionId, Column::TransactionDate].iter().any(|column| {
            let name = plan.columns.get(column).map(|m| &look.sample.names[m.index]);
            name.is_some_and(|name| INVOICE.iter().any(|word| name.is_word(word)))
        });
        let statuses = plan.rules.iter().zip(&file.checks.words);
        for (rule, words) in statuses.filter(|(r, _)| r.kind == RuleKind::Status && r.is_first_status) {
            if rule.strict || plan.preset.is_some() {
                continue;
            }
            all += words.iter().map(|w| w.rows).sum::<u64>();
            for word in words.iter().filter(|w| w.meaning == Some(Meaning::Open) && w.rows > 0) {
                let plain = plain(&word.word);
                if UNPAID.contains(&plain.as_str()) && !rule.own.contains_key(&plain) {
                    let of = unpaid.entry(&word.word).or_default();
                    *of = (of.0 + word.rows, of.1.saturating_add(word.amount_minor));
                    asked = asked.or(Some((look, rule)));
                }
            }
        }
    }
    let rows: u64 = unpaid.values().map(|(rows, _)| rows).sum();
    let Some((look, rule)) = asked.filter(|_| rows * if is_named { 8 } else { 4 } >= all) else {
        return Ok(());
    };
    let of = |meaning| meanings_setting(&rule.source, unpaid.keys().map(|w| (*w, meaning)));
    let list: Vec<String> = unpaid.keys().map(|w| format!("`{w}`")).collect();
    let amount = unpaid.values().map(|(_, amount)| amount).sum();
    Err(ask(
        format!(
            "{} of `{}` are not paid yet ({} in `{}`, {}): are they sales?",
            counted_rows(rows),
            look.location.shown,
            list.join(", "),
            rule.source,
            format_minor_grouped(amount, prepared.settings.decimals)
        ),
        vec![
            reading("they are sales: what was invoiced counts", of(Meaning::Sale)),
            reading("only what was paid counts", of(Meaning::Open)),
        ],
    ))
}

/// A time without an amount: did the whole order go back?
fn ask_filled(look: &FileLook, rule: &SaleRule, found: &WordCount, decimals: u8) -> Error {
    let of = |meaning| meanings_setting(&rule.source, [(FILLED, meaning)]);
    ask(
        format!(
            "`{}` of `{}` is filled in {} ({}), and no column says how much went back: were these orders refunded in full?",
            rule.source,
            look.location.shown,
            counted_rows(found.rows),
            format_minor_grouped(found.amount_minor, decimals)
        ),
        vec![
            reading("they were refunded in full", of(Meaning::Returned)),
            reading("they count as sold", of(Meaning::Sale)),
        ],
    )
}

/// `1 row`, `1,234 rows`.
fn date_order(look: &FileLook, plan: &FilePlan, checks: &RowChecks, prepared: &Prepared) -> Result<()> {
    let name = &plan.columns[&Column::TransactionDate].source;
    if prepared.date_order_is_given {
        return Ok(());
    }
    if checks.dates.is_contradictory() {
        return Err(contradictory(name, &look.location.shown));
    }
    let undecided =
        plan.dates.order.is_none_or(|o| o == DateOrder::YearFirst) && checks.dates.order().is_none();
    if undecided && prepared.date_order == DateOrder::YearFirst {
        let example = checks.dates.order().map_or_else(|| "03/04/2024".to_owned(), |_| String::new());
        return Err(either_order(&example, &look.location.shown));
    }
    Ok(())
}

/// A discount that takes off more than there is was taken for something that it is not.
fn discount_beyond(look: &FileLook, plan: &FilePlan, checks: &RowChecks, config: &Config) -> Result<()> {
    let Some((index, is)) = plan.amount.discount.filter(|_| config.source.discount_is.is_none()) else {
        return Ok(());
    };
    if checks.discounts_beyond == 0 {
        return Ok(());
    }
    let name = &look.sample.header[index];
    let kinds = [DiscountIs::Amount, DiscountIs::Percent, DiscountIs::Rate, DiscountIs::Ignore];
    Err(ask(
        format!(
            "`{name}` of `{}` is {} in its beginning, but takes off more than the amount in {} (such as `{}`): what is it?",
            look.location.shown,
            is.meaning(),
            counted_rows(checks.discounts_beyond),
            checks.discount_beyond.as_deref().unwrap_or_default()
        ),
        kinds.into_iter().filter(|kind| *kind != is).map(|kind| discount_reading(name, kind)).collect(),
    ))
}

fn decimal_mark(look: &FileLook, plan: &FilePlan, checks: &RowChecks) -> Result<()> {
    let Some(column) = plan.columns.get(&Column::TotalAmount).or_else(|| plan.columns.get(&Column::Price))
    else {
        return Ok(());
    };
    if plan.decimal_mark_is_given {
        return Ok(());
    }
    let other = if plan.notation.decimal_comma { checks.other_point } else { checks.other_comma };
    let name = &column.source;
    let shown = &look.location.shown;
    let readings = |first: bool| {
        let of = |comma: bool| {
            let meaning = if comma {
                "1.234,50: the comma is the decimal mark"
            } else {
                "1,234.50: the point is the decimal mark"
            };
            reading(meaning, format!("source.decimal_comma={comma}"))
        };
        vec![of(first), of(!first)]
    };
    // Among amounts of both notations, `1.234` can be read in two ways; so it can where the beginning had
    // no mark at all.
    let three = checks.decimals[2];
    let (unproven, mixed) = (!plan.decimal_mark_is_proven, other > 0);
    if three > 0 && (mixed || unproven && checks.decimals[1] + checks.decimals[3] == 0) {
        return Err(ask(
            format!(
                "{} amounts in `{name}` of `{shown}` can be read in two ways: as thousands, or with three decimals",
                format_count(three)
            ),
            readings(!plan.notation.decimal_comma),
        ));
    }
    Ok(())
}

/// The beginning had single pieces only; rows with several tell whether the price is that of a piece.
fn price_or_line(look: &FileLook, plan: &FilePlan) -> Result<()> {
    let at = |column: Column| plan.columns.get(&column).map(|m| m.index);
    let (Some(price), Some(quantity)) = (at(Column::Price), at(Column::Quantity)) else {
        return Ok(());
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    look.each_row(&mut |_, record| {
        let quantity = record.cell(quantity).text();
        if quantity != "1" || rows.len() < 1_000 {
            rows.push((0..look.sample.header.len()).map(|i| record.cell(i).text().into_owned()).collect());
        }
        Ok(rows.len() < 8_000)
    })?;
    let header = look.sample.header.clone();
    let times = look.sample.times.clone();
    let sample = Sample::new(header, rows, times, look.sample.delimiter);
    match price_evidence(&sample, price, quantity, at(Column::ProductId), plan.notation.decimal_comma) {
        PriceEvidence::Unit | PriceEvidence::NoPieces => Ok(()),
        PriceEvidence::Line | PriceEvidence::Unclear => {
            Err(ask_price(&sample.header[price], &look.location.shown))
        }
    }
}

/// Settles all orders, or changes the plan where the rows have shown that it was wrong.
///
/// Errors: [`Kind::Unsure`] where the rows can be read in two ways; what cannot be read or written.
pub(super) fn settle(request: &Request<'_>, prepared: &mut Prepared, landed: &Landed) -> Result<Outcome> {
    let outcome = &landed.outcome;
    if let Some(why) = words_are_somebody(request, prepared, outcome)? {
        prepared.settings.words_are_somebody = true;
        return Ok(Outcome::Amended(why));
    }
    if let Some(why) = zero_is_somebody(request, prepared, outcome)? {
        prepared.settings.nobody.zero_is_somebody = true;
        return Ok(Outcome::Amended(why));
    }
    if let Some(order) = later_date_order(prepared, outcome) {
        prepared.date_order = order;
        for (_, plan) in &mut prepared.sorted.orders {
            plan.dates.order = plan.dates.order.filter(|o| *o != DateOrder::YearFirst).or(Some(order));
        }
        prepared.config.source.date_order = Some(order);
        return Ok(Outcome::Amended("the order of day and month is told by rows further down".to_owned()));
    }
    let files = prepared.sorted.orders.len();
    let facts = &outcome.facts;
    let mut settled = Settled {
        edits: vec![Vec::new(); outcome.landed.len()],
        orders_are_rows: outcome.ids_ascend,
        scopes: vec![(AmountIs::Row, "no two rows share an order"); files],
        evidence: vec![Evidence::default(); files],
        ..Settled::default()
    };
    if outcome.tally.zero_led_ids.count > 0 && !prepared.kinds.customer {
        settled.lost_zeros = lost_zeros(request)?;
    }
    if landed.hashed {
        let found = find(facts, prepared.has_ids, prepared.config.policy.duplicates);
        settled.kept_equal = found.kept;
        settled.orders_are_rows = !prepared.has_orders || found.orders_are_rows;
        settled.edits = found.edits;
        if prepared.has_ids
            && let Some(why) = restarts(prepared, facts, &mut settled)?
        {
            return Ok(Outcome::Amended(why));
        }
        count_once(prepared, facts, &mut settled)?;
        if prepared.settings.refunds.reduce_spend() {
            let twice = orders::told_twice(facts, &settled.edits);
            add_edits(&mut settled.edits, twice);
        }
    }
    if prepared.settings.refunds == Refunds::Match && outcome.tally.negative.count > 0 {
        request.progress.step(
            "Matching returns with their orders",
            None,
            regulars_core::progress::Unit::Rows,
        );
    }
    let matching = Matching {
        folder: request.out,
        kinds: landed.kinds,
        rows_by_task: &outcome.landed,
        edits: &settled.edits,
        facts,
        match_days: prepared.config.refunds.match_days,
        orders_are_rows: settled.orders_are_rows,
        numbers_are_shared: numbers_are_shared(prepared),
        any: prepared.settings.refunds == Refunds::Match && outcome.tally.negative.count > 0,
    };
    settled.returns = match_returns(&matching)?;
    let later = std::mem::take(&mut settled.returns.edits);
    add_edits(&mut settled.edits, later);
    settled.sold_orders = sold_orders(prepared, landed, &settled);
    Ok(Outcome::Settled(settled))
}

/// Decides what the amounts of every file are, and counts each once.
fn count_once(prepared: &Prepared, facts: &[(usize, Facts)], settled: &mut Settled) -> Result<()> {
    // Files of one layout speak for each other.
    let headers: Vec<&Vec<String>> =
        prepared.sorted.orders.iter().map(|(look, _)| &look.sample.header).collect();
    let group_of = |file: usize| headers.iter().position(|h| *h == headers[file]).unwrap_or(file);
    let groups: Vec<usize> = (0..headers.len()).map(group_of).collect();
    let repeated = orders::repeated_lines(facts, &settled.edits);
    settled.repeated_rows += repeated.repeated_rows;
    add_edits(&mut settled.edits, repeated.edits);
    if prepared.config.source.amount_is.is_none() && prepared.has_ids {
        let totals = orders::order_totals(facts, &settled.edits);
        add_edits(&mut settled.edits, totals);
    }
    settled.evidence = evidence(facts, &settled.edits, &groups);
    for (file, (look, plan)) in prepared.sorted.orders.iter().enumerate() {
        let given = prepared.amount_is_given;
        settled.scopes[file] = match plan.amount.is {
            Some(is) => (is, if given { "the configuration" } else { "the preset" }),
            // Price times quantity is of its row; it may fan out all the same.
            None => match decide(&settled.evidence[file], plan.amount.belongs, plan.amount.numbers_refunds) {
                _ if fans_out(plan, &settled.evidence[file]) => {
                    (AmountIs::Item, "lines stand beside every shipment, payment or refund of their order")
                }
                Scope::Is(AmountIs::Order) if !plan.columns.contains_key(&Column::TotalAmount) => {
                    (AmountIs::Row, "it is price times quantity")
                }
                Scope::Is(is) if settled.evidence[file].of_several_rows == 0 => {
                    (is, "no two rows share an order")
                }
                Scope::Is(is) => (is, "the orders of several rows"),
                Scope::Ask(..) if !plan.columns.contains_key(&Column::TotalAmount) => {
                    (AmountIs::Row, "it is price times quantity")
                }
                Scope::Ask(first, second) => {
                    return Err(ask_scope(look, plan, &settled.evidence[file], first, second));
                }
            },
        };
    }
    let discounted = orders::order_discounts(facts, &settled.edits);
    settled.orders_that_differ += discounted.orders_that_differ;
    add_edits(&mut settled.edits, discounted.edits);
    let scopes: Vec<AmountIs> = settled.scopes.iter().map(|(is, _)| *is).collect();
    if scopes.iter().any(|is| matches!(is, AmountIs::Order | AmountIs::Payment | AmountIs::Item)) {
        let number_refunds: Vec<bool> =
            prepared.sorted.orders.iter().map(|(_, plan)| plan.amount.numbers_refunds).collect();
        let counted = orders::settle(facts, &settled.edits, &scopes, &number_refunds);
        for file in counted.refunded.keys() {
            settled.evidence[groups[*file]].refunded = 0;
        }
        for (file, refunded) in counted.refunded {
            settled.evidence[file].refunded = refunded;
        }
        settled.orders_that_differ += counted.orders_that_differ;
        settled.repeated_rows += counted.repeated_rows;
        add_edits(&mut settled.edits, counted.edits);
    }
    Ok(())
}

/// Whether lines of price and quantity come again for every shipment, payment or refund of their order.
fn fans_out(plan: &FilePlan, found: &Evidence) -> bool {
    let again = found.crossed + found.one_line;
    !plan.columns.contains_key(&Column::TotalAmount)
        && !plan.amount.other_key.is_empty()
        && again > 0
        && found.not_crossed * 20 <= again
}

fn ask_scope(look: &FileLook, plan: &FilePlan, found: &Evidence, first: AmountIs, second: AmountIs) -> Error {
    let name = plan.columns.get(&Column::TotalAmount).map_or("", |m| m.source.as_str());
    let of = |is: AmountIs| {
        reading(format!("`{name}` is that of {}", is.meaning()), format!("source.amount_is={}", is.name()))
    };
    ask(
        format!(
            "what does `{name}` of `{}` belong to? Of {} orders of several rows, it is the same on all rows of {}",
            look.location.shown,
            format_count(found.of_several_rows),
            format_count(found.constant)
        ),
        vec![of(first), of(second)],
    )
}

/// Numbers that begin again do so every month or year.
const SHORTEST_PERIOD_DAYS: i32 = 25;

/// Whether several customers have orders of one number.
fn numbers_are_shared(prepared: &Prepared) -> bool {
    prepared.sorted.orders.iter().any(|(_, plan)| plan.order_numbers_are_shared)
}

/// Whether order numbers begin again; if so, the plan is changed.
fn restarts(
    prepared: &mut Prepared,
    facts: &[(usize, Facts)],
    settled: &mut Settled,
) -> Result<Option<String>> {
    if prepared.config.source.order_numbers_restart.is_some() || prepared.settings.numbers_restart {
        return Ok(None);
    }
    settled.restarts = look_for_restarts(facts);
    // A number that several customers have begins again for sure.
    let shared = numbers_are_shared(prepared);
    let verdict = match settled.restarts.verdict() {
        // Numbers of one customer each may be orders of which the lines were shipped one by one.
        Some(true) if !shared && settled.restarts.median_gap_days < SHORTEST_PERIOD_DAYS => None,
        verdict => verdict.or(shared.then_some(true)),
    };
    match verdict {
        Some(false) => Ok(None),
        Some(true) => {
            prepared.settings.numbers_restart = true;
            prepared.kinds.transaction = false;
            Ok(Some(format!(
                "order numbers begin again: {} of them stand for purchases {} days or more apart; a number and a day are one order",
                format_count(settled.restarts.apart),
                settled.restarts.median_gap_days
            )))
        }
        None => Err(ask(
            format!(
                "{} order numbers stand for purchases of one customer that are days apart (often {} days): are these one order each?",
                format_count(settled.restarts.apart),
                settled.restarts.median_gap_days
            ),
            vec![
                reading("a number is one order, whatever its dates", "source.order_numbers_restart=false"),
                reading(
                    "numbers begin again: a number and a day are one order",
                    "source.order_numbers_restart=true",
                ),
            ],
        )),
    }
}

/// An order of day and month that only rows further down tell.
fn later_date_order(prepared: &Prepared, outcome: &PassOutcome) -> Option<DateOrder> {
    if prepared.date_order != DateOrder::YearFirst || prepared.date_order_is_given {
        return None;
    }
    let by_file = prepared.sorted.orders.iter().zip(&outcome.by_file);
    by_file
        .filter(|((_, plan), _)| plan.dates.order.is_none_or(|o| o == DateOrder::YearFirst))
        .find_map(|(_, file)| file.checks.dates.order().filter(|o| *o != DateOrder::YearFirst))
}

/// Whether 0 is a customer like any other: ids are counted from it, and it buys no more than they do.
fn zero_is_somebody(
    request: &Request<'_>,
    prepared: &Prepared,
    outcome: &PassOutcome,
) -> Result<Option<String>> {
    let rows_of_zero: u64 = outcome.by_file.iter().filter_map(|f| f.checks.nobody.get("0")).sum();
    if rows_of_zero == 0 || !prepared.kinds.customer || prepared.settings.nobody.zero_is_somebody {
        return Ok(None);
    }
    let landed = LandedCustomers::read(request)?;
    let last = landed.whole_ids.last();
    let counted_from_zero = landed.customers >= 3
        && landed.whole_ids.first() == Some(&1)
        && last.is_some_and(|last| (*last as u64) < 2 * landed.customers);
    Ok((counted_from_zero && landed.is_usual(rows_of_zero)).then(|| {
        "customer 0 is one like any other: customers are counted from 0, and it buys no more than they do"
            .to_owned()
    }))
}

/// Whether words among ids with digits are customers like any others: none of them buys more than they do.
fn words_are_somebody(
    request: &Request<'_>,
    prepared: &Prepared,
    outcome: &PassOutcome,
) -> Result<Option<String>> {
    if prepared.settings.words_are_somebody {
        return Ok(None);
    }
    let mut words: BTreeMap<&str, u64> = BTreeMap::new();
    for file in &outcome.by_file {
        for (word, rows) in file.checks.nobody.iter().filter(|(word, _)| !is_placeholder(word)) {
            *words.entry(word).or_default() += rows;
        }
    }
    let Some((word, _)) = words.first_key_value() else { return Ok(None) };
    let landed = LandedCustomers::read(request)?;
    let usual = words.values().all(|rows| landed.is_usual(*rows));
    Ok(usual.then(|| format!("customers such as `{word}`, whose ids have no digit, buy no more than the others, and are customers")))
}

/// Calls `each` with the customer ids of every batch of landed rows.
fn each_batch_of_customers(request: &Request<'_>, mut each: impl FnMut(&ArrayRef)) -> Result<()> {
    let path = request.out.join("transactions.parquet");
    let broken = |e: String| Error::new(Kind::Io, format!("cannot read `transactions.parquet`: {e}"));
    let file = fs_err::File::open(&path).map_err(|e| Error::io("open", "transactions.parquet", &e))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(|e| broken(e.to_string()))?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), [1]);
    for batch in builder.with_projection(mask).build().map_err(|e| broken(e.to_string()))? {
        each(batch.map_err(|e| broken(e.to_string()))?.column(0));
    }
    Ok(())
}

/// Customers whose number is there with its leading zeros and without them: a spreadsheet has dropped them
/// in some of the rows.
fn lost_zeros(request: &Request<'_>) -> Result<u64> {
    let (mut zero_led, mut plain): (HashSet<String>, HashSet<String>) = Default::default();
    each_batch_of_customers(request, |ids| {
        let Some(ids) = ids.as_string_opt::<i32>() else { return };
        for id in ids.iter().flatten().filter(|id| is_number(id)) {
            let bare = id.trim_start_matches('0');
            let seen = if bare.len() < id.len() { &mut zero_led } else { &mut plain };
            if !seen.contains(bare) {
                seen.insert(bare.to_owned());
            }
        }
    })?;
    Ok(zero_led.intersection(&plain).count() as u64)
}

/// The customers that were landed.
struct LandedCustomers {
    rows: u64,
    customers: u64,
    /// Ascending; empty where ids are text.
    whole_ids: Vec<i64>,
}

impl LandedCustomers {
    fn read(request: &Request<'_>) -> Result<Self> {
        let (mut whole_ids, mut texts, mut rows) = (Vec::new(), HashSet::new(), 0);
        each_batch_of_customers(request, |ids| {
            rows += ids.len() as u64;
            match ids.as_primitive_opt::<Int64Type>() {
                Some(ids) => whole_ids.extend(ids.values()),
                None => {
                    texts.extend(ids.as_string::<i32>().iter().flatten().map(|id| xxh3_64(id.as_bytes())));
                }
            }
        })?;
        whole_ids.sort_unstable();
        whole_ids.dedup();
        Ok(Self { rows, customers: (whole_ids.len() + texts.len()) as u64, whole_ids })
    }

    /// Whether somebody with so many rows buys no more than twice as much as others.
    fn is_usual(&self, rows: u64) -> bool {
        rows <= 2 * self.rows.div_ceil(self.customers.max(1))
    }
}

/// Orders sold, and orders of which nothing is left.
fn sold_orders(prepared: &Prepared, landed: &Landed, settled: &Settled) -> Option<(u64, u64)> {
    if !landed.hashed || !prepared.has_orders {
        return None;
    }
    let sold = settled.evidence.iter().map(|e| e.sold).sum();
    let refunded: u64 = settled.evidence.iter().map(|e| e.refunded).sum();
    Some((sold, refunded + settled.returns.cancelled_orders))
}
