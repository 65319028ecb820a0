//! Conclusions from all rows: questions that only they can raise, corrections of the plan, and the resolution
//! of orders.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray};
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::columns::Column;
use regulars_core::config::{AmountIs, Config, DiscountIs, Guests, Refunds};
use regulars_core::dates::DateOrder;
use regulars_core::money::format_count;
use xxhash_rust::xxh3::xxh3_64;

use super::{Landed, Prepared, Request, order_files, status_questions};
use crate::accounts::Addresses;
use crate::checks::{counted_rows, is_number};
use crate::error::{Error, Kind, Result};
use crate::inspect::InputFile;
use crate::land::Outcome as PassOutcome;
use crate::orders::{
    self, Edits, Evidence, Facts, FileScope, Matching, Restarts, ReturnsFound, Scope, add_edits, decide,
    evidence, find, find_restarts, match_returns,
};
use crate::placeholders::is_placeholder;
use crate::plan::{
    FilePlan, PriceEvidence, Sample, ask_currency, ask_price, contradictory, discount_reading, either_order,
    price_evidence,
};
use crate::question::{ask, reading};
use crate::row_checks::RowChecks;

/// Fewer lines without a customer and a date are rejected without a question.
const CONTINUATIONS: u64 = 3;

/// The result of resolving all orders.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    pub(crate) edits: Vec<Edits>,
    /// Rows kept although they equal an earlier row of the file.
    pub(crate) kept_equal: u64,
    pub(crate) orders_are_rows: bool,
    /// Customers whose number occurs with and without leading zeros.
    pub(crate) lost_zeros: u64,
    /// By file: what its amounts belong to, and why.
    pub(crate) scopes: Vec<(AmountIs, &'static str)>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) orders_that_differ: u64,
    pub(crate) repeated_rows: u64,
    pub(crate) restarts: Restarts,
    pub(crate) returns: ReturnsFound,
    /// Number of orders sold, and of those with nothing left; `None` if rows are orders.
    pub(crate) sold_orders: Option<(u64, u64)>,
}

/// The conclusion from all rows.
pub(super) enum Outcome {
    Resolution(Box<Resolution>),
    /// The plan was changed for this reason: the rows have to be read again.
    Amended(String),
}

/// Raises the questions that only all rows can raise.
///
/// Errors: [`Kind::Ambiguous`].
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
    for ((input, plan), file) in prepared.sorted.orders.iter().zip(&outcome.by_file) {
        let mut checks = file.checks.clone();
        checks.flush_currency();
        let by_signs = !plan.columns.contains_key(&Column::Currency) && checks.currencies.mixes_signs();
        if by_signs && config.source.currency.is_none() && config.policy.only_currency.is_none() {
            return Err(ask_currency(&checks.currencies, &format!("`{}`", input.location.shown)));
        }
        currencies.merge(checks.currencies.clone());
        status_questions::unknown_words(input, plan, &checks, prepared.settings.decimals)?;
        date_order(input, plan, &checks, prepared)?;
        continuations(input, &checks, config)?;
        decimal_mark(input, plan, &checks)?;
        discount_beyond(input, plan, &checks, config)?;
        if plan.amount.price_or_line_unclear && checks.pieces > 0 {
            price_or_line(input, plan)?;
        }
    }
    status_questions::unpaid_invoices(prepared, outcome)?;
    let told = config.source.currency.is_some()
        && prepared.sorted.orders.iter().all(|(_, p)| p.currencies.found.is_empty());
    let answered = prepared.currency_is_given || config.policy.only_currency.is_some() || told;
    if !answered && currencies.disagree() {
        return Err(ask_currency(&currencies, "the files"));
    }
    Ok(())
}

/// Asks about the date order if no row shows it.
fn date_order(input: &InputFile, plan: &FilePlan, checks: &RowChecks, prepared: &Prepared) -> Result<()> {
    let name = &plan.columns[&Column::TransactionDate].source;
    if prepared.date_order_is_given {
        return Ok(());
    }
    if checks.dates.is_contradictory() {
        return Err(contradictory(name, &input.location.shown));
    }
    let order = plan.dates.order.or(checks.dates.order()).unwrap_or(prepared.date_order);
    checks.date_sequence.check(name, &input.location.shown, order)?;
    let undecided =
        plan.dates.order.is_none_or(|o| o == DateOrder::YearFirst) && checks.dates.order().is_none();
    if undecided && prepared.date_order == DateOrder::YearFirst {
        let example = checks.dates.order().map_or_else(|| "03/04/2024".to_owned(), |_| String::new());
        return Err(either_order(&example, &input.location.shown));
    }
    Ok(())
}

/// Asks about lines without a customer and a date, if the sample had none.
fn continuations(input: &InputFile, checks: &RowChecks, config: &Config) -> Result<()> {
    if checks.continuations < CONTINUATIONS || config.source.fill_down.is_some() {
        return Ok(());
    }
    Err(ask(
        format!(
            "{} of `{}` have a product, but neither a customer nor a date: do they continue the order above?",
            counted_rows(checks.continuations),
            input.location.shown
        ),
        vec![
            reading("they are lines of the order above", "source.fill_down=true"),
            reading("they have no customer, and are rejected", "source.fill_down=false"),
        ],
    ))
}

/// Asks about discounts that exceed the amount, which were probably misinterpreted.
fn discount_beyond(input: &InputFile, plan: &FilePlan, checks: &RowChecks, config: &Config) -> Result<()> {
    let Some((index, is)) = plan.amount.discount.filter(|_| config.source.discount_is.is_none()) else {
        return Ok(());
    };
    if checks.discounts_beyond == 0 {
        return Ok(());
    }
    let name = &input.sample.header[index];
    let kinds = [DiscountIs::Amount, DiscountIs::Percent, DiscountIs::Rate, DiscountIs::Ignore];
    Err(ask(
        format!(
            "`{name}` of `{}` looks like {} at first, but is more than the amount in {} (such as `{}`): what is it?",
            input.location.shown,
            is.meaning(),
            counted_rows(checks.discounts_beyond),
            checks.discount_beyond.as_deref().unwrap_or_default()
        ),
        kinds.into_iter().filter(|kind| *kind != is).map(|kind| discount_reading(name, kind)).collect(),
    ))
}

fn decimal_mark(input: &InputFile, plan: &FilePlan, checks: &RowChecks) -> Result<()> {
    let Some(column) = plan.columns.get(&Column::TotalAmount).or_else(|| plan.columns.get(&Column::Price))
    else {
        return Ok(());
    };
    if plan.decimal_mark_is_given {
        return Ok(());
    }
    let other = if plan.notation.decimal_comma { checks.other_point } else { checks.other_comma };
    let name = &column.source;
    let shown = &input.location.shown;
    let readings = |first: bool| {
        let of = |comma: bool| {
            let meaning = if comma {
                "1.234,50: the comma is the decimal separator"
            } else {
                "1,234.50: the point is the decimal separator"
            };
            reading(meaning, format!("source.decimal_comma={comma}"))
        };
        vec![of(first), of(!first)]
    };
    // Among amounts in both notations, `1.234` is ambiguous; so it is if the beginning had no separators.
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

/// Asks about the price if the sample had only quantities of 1: larger quantities show whether it is per
/// unit.
fn price_or_line(input: &InputFile, plan: &FilePlan) -> Result<()> {
    let at = |column: Column| plan.columns.get(&column).map(|m| m.index);
    let (Some(price), Some(quantity)) = (at(Column::Price), at(Column::Quantity)) else {
        return Ok(());
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    input.each_row(&mut |_, record| {
        let quantity = record.cell(quantity).text();
        if quantity != "1" || rows.len() < 1_000 {
            rows.push((0..input.sample.header.len()).map(|i| record.cell(i).text().into_owned()).collect());
        }
        Ok(rows.len() < 8_000)
    })?;
    let header = input.sample.header.clone();
    let times = input.sample.times.clone();
    let sample = Sample::new(header, rows, times, input.sample.delimiter);
    match price_evidence(&sample, price, quantity, at(Column::ProductId), plan.notation.decimal_comma) {
        PriceEvidence::Unit | PriceEvidence::NoPieces => Ok(()),
        PriceEvidence::Line | PriceEvidence::Unclear => {
            Err(ask_price(&sample.header[price], &input.location.shown))
        }
    }
}

/// Resolves all orders, or changes the plan if the rows contradict it.
///
/// Errors: [`Kind::Ambiguous`] if the rows are ambiguous; I/O errors.
pub(super) fn settle(request: &Request<'_>, prepared: &mut Prepared, landed: &Landed) -> Result<Outcome> {
    let outcome = &landed.outcome;
    if let Some(why) = words_are_customers(request, prepared, outcome)? {
        prepared.settings.words_are_customers = true;
        return Ok(Outcome::Amended(why));
    }
    if let Some(why) = zero_is_a_customer(request, prepared, outcome)? {
        prepared.settings.placeholders.zero_is_a_customer = true;
        return Ok(Outcome::Amended(why));
    }
    if let Some(why) = join_accounts(prepared, outcome)? {
        return Ok(Outcome::Amended(why));
    }
    if let Some(order) = later_date_order(prepared, outcome) {
        prepared.date_order = order;
        for (_, plan) in &mut prepared.sorted.orders {
            plan.dates.order = plan.dates.order.filter(|o| *o != DateOrder::YearFirst).or(Some(order));
        }
        prepared.config.source.date_order = Some(order);
        return Ok(Outcome::Amended("the order of day and month is determined by later rows".to_owned()));
    }
    let files = prepared.sorted.orders.len();
    let facts = &outcome.facts;
    let mut settled = Resolution {
        edits: vec![Vec::new(); outcome.landed.len()],
        orders_are_rows: outcome.ids_differ,
        scopes: vec![(AmountIs::Row, "no two rows share an order"); files],
        evidence: vec![Evidence::default(); files],
        ..Resolution::default()
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
            let twice = orders::refunded_twice(facts, &settled.edits);
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
    Ok(Outcome::Resolution(Box::new(settled)))
}

/// Decides what the amounts of every file belong to, and counts each amount once.
fn count_once(prepared: &Prepared, facts: &[(usize, Facts)], settled: &mut Resolution) -> Result<()> {
    // Files with the same layout share their evidence.
    let headers: Vec<&Vec<String>> =
        prepared.sorted.orders.iter().map(|(input, _)| &input.sample.header).collect();
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
    for (file, (input, plan)) in prepared.sorted.orders.iter().enumerate() {
        let given = prepared.amount_is_given;
        settled.scopes[file] = match plan.amount.is {
            Some(is) => (is, if given { "the configuration" } else { "the preset" }),
            // Price times quantity belongs to its row, but may still fan out.
            None => match decide(&settled.evidence[file], plan.amount.belongs, plan.amount.numbers_refunds) {
                _ if fans_out(plan, &settled.evidence[file]) => (
                    AmountIs::Item,
                    "lines are repeated for every shipment, payment or refund of their order",
                ),
                Scope::Is(AmountIs::Order) if !plan.columns.contains_key(&Column::TotalAmount) => {
                    (AmountIs::Row, "it is price times quantity")
                }
                Scope::Is(is) if settled.evidence[file].of_several_rows == 0 => {
                    (is, "no two rows share an order")
                }
                Scope::Is(is) => (is, "orders with several rows"),
                Scope::Ask(..) if !plan.columns.contains_key(&Column::TotalAmount) => {
                    (AmountIs::Row, "it is price times quantity")
                }
                Scope::Ask(first, second) => {
                    return Err(ask_scope(input, plan, &settled.evidence[file], first, second));
                }
            },
        };
    }
    let discounted = orders::order_discounts(facts, &settled.edits);
    settled.orders_that_differ += discounted.orders_that_differ;
    add_edits(&mut settled.edits, discounted.edits);
    let plans = prepared.sorted.orders.iter().map(|(_, plan)| &plan.amount);
    let counting: Vec<FileScope> = plans
        .zip(&settled.scopes)
        .map(|(amount, (scope, _))| FileScope {
            scope: *scope,
            numbers_refunds: amount.numbers_refunds,
            refunds_are_of_orders: amount.refunds_are_of_orders,
        })
        .collect();
    let is_of_row = |of: &FileScope| matches!(of.scope, AmountIs::Row | AmountIs::Unit | AmountIs::FirstRow);
    if counting.iter().any(|of| of.refunds_are_of_orders || !is_of_row(of)) {
        let counted = orders::settle(facts, &settled.edits, &counting);
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

/// Whether lines with price and quantity repeat for every shipment, payment or refund of their order.
fn fans_out(plan: &FilePlan, found: &Evidence) -> bool {
    let again = found.crossed + found.one_line;
    !plan.columns.contains_key(&Column::TotalAmount)
        && !plan.amount.other_key.is_empty()
        && again > 0
        && found.not_crossed * 20 <= again
}

fn ask_scope(
    input: &InputFile,
    plan: &FilePlan,
    found: &Evidence,
    first: AmountIs,
    second: AmountIs,
) -> Error {
    let name = plan.columns.get(&Column::TotalAmount).map_or("", |m| m.source.as_str());
    let of = |is: AmountIs| {
        reading(format!("`{name}` refers to {}", is.meaning()), format!("source.amount_is={}", is.name()))
    };
    ask(
        format!(
            "what does `{name}` of `{}` refer to? Of {} orders with several rows, it is the same on all rows of {}",
            input.location.shown,
            format_count(found.of_several_rows),
            format_count(found.constant)
        ),
        vec![of(first), of(second)],
    )
}

/// Minimum length of a numbering period: restarts are monthly or yearly.
const MIN_PERIOD_DAYS: i32 = 25;

/// Whether order numbers are shared by several customers.
fn numbers_are_shared(prepared: &Prepared) -> bool {
    prepared.sorted.orders.iter().any(|(_, plan)| plan.order_numbers_are_shared)
}

/// Whether order numbers restart; if so, changes the plan.
fn restarts(
    prepared: &mut Prepared,
    facts: &[(usize, Facts)],
    settled: &mut Resolution,
) -> Result<Option<String>> {
    if prepared.config.source.order_numbers_restart.is_some() || prepared.settings.numbers_restart {
        return Ok(None);
    }
    settled.restarts = find_restarts(facts);
    // Numbers shared by several customers certainly restart.
    let shared = numbers_are_shared(prepared);
    let verdict = match settled.restarts.verdict(shared) {
        // Numbers of one customer may be orders whose lines were shipped separately.
        Some(true) if !shared && settled.restarts.median_gap_days < MIN_PERIOD_DAYS => None,
        verdict => verdict.or(shared.then_some(true)),
    };
    match verdict {
        Some(false) => Ok(None),
        Some(true) => {
            prepared.settings.numbers_restart = true;
            prepared.kinds.transaction = false;
            let evidence = match settled.restarts.apart {
                0 => "several customers share numbers".to_owned(),
                apart => format!(
                    "{} of them cover purchases {} days or more apart",
                    format_count(apart),
                    settled.restarts.median_gap_days
                ),
            };
            Ok(Some(format!(
                "order numbers restart: {evidence}; rows with the same number and day are one order"
            )))
        }
        None => Err(ask(
            format!(
                "{} order numbers cover purchases of one customer that are days apart (often {} days): is each number one order?",
                format_count(settled.restarts.apart),
                settled.restarts.median_gap_days
            ),
            vec![
                reading("each number is one order, whatever the dates", "source.order_numbers_restart=false"),
                reading(
                    "numbers restart: rows with the same number and day are one order",
                    "source.order_numbers_restart=true",
                ),
            ],
        )),
    }
}

/// The order of day and month, if later rows determine it.
fn later_date_order(prepared: &Prepared, outcome: &PassOutcome) -> Option<DateOrder> {
    if prepared.date_order != DateOrder::YearFirst || prepared.date_order_is_given {
        return None;
    }
    let by_file = prepared.sorted.orders.iter().zip(&outcome.by_file);
    by_file
        .filter(|((_, plan), _)| plan.dates.order.is_none_or(|o| o == DateOrder::YearFirst))
        .find_map(|(_, file)| file.checks.dates.order().filter(|o| *o != DateOrder::YearFirst))
}

/// Whether 0 is an ordinary customer: ids start from 0, and it does not buy more than others.
fn zero_is_a_customer(
    request: &Request<'_>,
    prepared: &Prepared,
    outcome: &PassOutcome,
) -> Result<Option<String>> {
    let rows_of_zero: u64 = outcome.by_file.iter().filter_map(|f| f.checks.placeholders.get("0")).sum();
    if rows_of_zero == 0 || !prepared.kinds.customer || prepared.settings.placeholders.zero_is_a_customer {
        return Ok(None);
    }
    let landed = LandedCustomers::read(request)?;
    let last = landed.whole_ids.last();
    let counted_from_zero = landed.customers >= 3
        && landed.whole_ids.first() == Some(&1)
        && last.is_some_and(|last| (*last as u64) < 2 * landed.customers);
    Ok((counted_from_zero && landed.is_usual(rows_of_zero)).then(|| {
        "customer 0 is an ordinary customer: ids start at 0, and it buys no more than others".to_owned()
    }))
}

/// Whether words among numeric ids are ordinary customers: none of them buys more than others.
fn words_are_customers(
    request: &Request<'_>,
    prepared: &Prepared,
    outcome: &PassOutcome,
) -> Result<Option<String>> {
    if prepared.settings.words_are_customers {
        return Ok(None);
    }
    let mut words: BTreeMap<&str, u64> = BTreeMap::new();
    for file in &outcome.by_file {
        for (word, rows) in file.checks.placeholders.iter().filter(|(word, _)| !is_placeholder(word)) {
            *words.entry(word).or_default() += rows;
        }
    }
    let Some((word, _)) = words.first_key_value() else { return Ok(None) };
    let landed = LandedCustomers::read(request)?;
    let usual = words.values().all(|rows| landed.is_usual(*rows));
    Ok(usual.then(|| {
        format!("ids without digits, such as `{word}`, buy no more than others and count as customers")
    }))
}

/// Assigns guest orders to the account with the guest's address; returns a note if there are any.
///
/// Errors: a file cannot be read.
pub(super) fn join_accounts(prepared: &mut Prepared, outcome: &PassOutcome) -> Result<Option<String>> {
    let has_guests = outcome.by_file.iter().any(|file| file.checks.guests > 0);
    if !has_guests || prepared.accounts.is_some() || prepared.config.policy.guests == Guests::Separate {
        return Ok(None);
    }
    let mut addresses = Addresses::default();
    for (file, (input, plan)) in order_files(prepared)?.iter().zip(&prepared.sorted.orders) {
        if plan.customer_fallback.is_none() {
            continue;
        }
        input.each_row(&mut |_line, record| {
            if let Some((address, id)) = file.rules.address_and_id(record) {
                addresses.add(address, id);
            }
            Ok(true)
        })?;
    }
    let accounts = addresses.accounts();
    let note = accounts.note();
    prepared.accounts = Some(Arc::new(accounts));
    Ok(note)
}

/// Calls `each` with the customer ids of every landed batch.
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

/// Number of customers whose number occurs with and without leading zeros: a spreadsheet dropped them in some
/// rows.
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

/// The landed customers.
struct LandedCustomers {
    rows: u64,
    customers: u64,
    /// Ascending; empty if ids are text.
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

    /// Whether a customer with this many rows buys at most twice as much as others.
    fn is_usual(&self, rows: u64) -> bool {
        rows <= 2 * self.rows.div_ceil(self.customers.max(1))
    }
}

/// Number of orders sold, and of those with nothing left.
fn sold_orders(prepared: &Prepared, landed: &Landed, settled: &Resolution) -> Option<(u64, u64)> {
    if !landed.hashed || !prepared.has_orders {
        return None;
    }
    let sold = settled.evidence.iter().map(|e| e.sold).sum();
    let refunded: u64 = settled.evidence.iter().map(|e| e.refunded).sum();
    Some((sold, refunded + settled.returns.cancelled_orders))
}
