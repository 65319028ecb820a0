//! Which rows are sales: columns whose words, flags or times mark a row as a non-sale or as refunded.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::columns::Column;
use regulars_core::config::{Config, Meaning};
use regulars_core::money::format_count;

use super::columns::Columns;
use super::doubtful_columns::{
    doubtful_rule, is_about_something_else, notes_of_refunds, rows_that_name_others,
};
use super::flags::{
    CODES, booking_codes, codes_of_responses, confirmation, flag_meaning, flag_or_time, flag_word,
    holds_flags, sign, yes_means,
};
use super::meanings::{self, plain};
use super::names;
use super::number_letters::{letters_of, number_letters_rule};
use super::sample::Sample;
use super::totals::words_of_totals;
use super::vocabulary::{
    AMOUNT, ATTRIBUTE, BASE, CANCEL, CATEGORY, CONFIRMED, CURRENCY, CUSTOMER, DATE, DELETE, DISCOUNT,
    DOCUMENT, DOUBTFUL, EMAIL, EVENT, FAILED, FLAG, ID, KIND, LINE, NAME, ORDER, PAID, PAYMENT, PLACE, PRICE,
    PRODUCT, QUANTITY, REFUND, SHIPPING, SHOP, STATUS, TAX, TEST, TRACKING, VOID, WHEN,
};
use super::words::Name;
use crate::cells::{Cell, trim};
use crate::error::Result;
use crate::presets::{Preset, Words};
use crate::question::{ask, reading};

/// A column that determines the meaning of a row.
#[derive(Debug, Clone)]
pub(crate) struct SaleRule {
    pub(crate) index: usize,
    /// Its name in the file.
    pub(crate) source: String,
    pub(crate) kind: RuleKind,
    /// Words whose meaning the configuration sets, normalised by [`plain`].
    pub(crate) own: BTreeMap<String, Meaning>,
    /// The meaning of unknown words; `None` if the user is asked.
    pub(crate) unknown: Option<Meaning>,
    /// Of several status columns, the one that decides between sold and pending.
    pub(crate) is_first_status: bool,
    /// The status of the payment: an order that is paid is sold, also if another status calls it open.
    pub(crate) is_of_payment: bool,
    /// Only the words in `own` are sales.
    pub(crate) strict: bool,
    /// A cancellation row reverses another row of the same order, as a return does.
    pub(crate) cancels_orders: bool,
    /// A returned row is separate from the row of the sale, and refunds it.
    pub(crate) returns_are_rows: bool,
}

/// How a column expresses the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    /// Order status.
    Status,
    /// Row type.
    Type {
        /// Some rows are lines of what other rows total; payments are then lines, too.
        has_lines: bool,
        /// Only line words mean a sale, so lines are the sales.
        lines_are_sales: bool,
    },
    /// Yes or no; `None` if the user is asked.
    Flag { yes: Option<Meaning>, no: Option<Meaning> },
    /// Any value (a time, a reason) has this meaning; `None` if the user is asked.
    Filled(Option<Meaning>),
    /// Some words have a meaning; all others mean a sale.
    Words,
    /// `-` or -1 beside an unsigned amount means a refund.
    Sign,
    /// Letters of a number: `CN-1042` beside `INV-1041`.
    Number,
    /// Some words suggest failed or returned orders, but nothing shows that the column is about orders.
    Doubtful,
}

impl SaleRule {
    /// Whether it is a flag.
    pub(crate) fn is_flag(&self) -> bool {
        matches!(self.kind, RuleKind::Flag { .. })
    }

    /// Whether any value has the same meaning.
    pub(crate) fn is_filled(&self) -> bool {
        matches!(self.kind, RuleKind::Filled(_))
    }

    /// The meaning of a cell; `None` if its word is unknown.
    pub(crate) fn meaning(&self, cell: Cell<'_>) -> Option<Meaning> {
        if self.kind == RuleKind::Sign {
            let back = cell.text().starts_with('-');
            return Some(if back { Meaning::Returned } else { Meaning::Sale });
        }
        if cell.is_missing() {
            return Some(Meaning::Sale);
        }
        if self.kind == RuleKind::Number {
            let letters = letters_of(&cell.text());
            let own = self.own.get(&plain(&letters)).copied();
            // Without letters, or with unknown ones, the number belongs to a sale.
            return own.or_else(|| meanings::type_meaning(&letters)).or(Some(Meaning::Sale));
        }
        if !self.own.is_empty()
            && let Some(own) =
                self.own.get(&plain(&if self.is_filled() { FILLED.into() } else { cell.text() }))
        {
            return Some(*own);
        }
        match self.kind {
            RuleKind::Words | RuleKind::Sign | RuleKind::Number => Some(Meaning::Sale),
            RuleKind::Doubtful => None,
            RuleKind::Status if self.strict => match meanings::status_meaning(&cell.text()) {
                Some(back @ (Meaning::Returned | Meaning::Cancelled)) => Some(back),
                _ => Some(Meaning::Open),
            },
            RuleKind::Status => meanings::status_meaning(&cell.text()),
            RuleKind::Type { has_lines, lines_are_sales } => {
                let text = cell.text();
                let found = meanings::type_meaning(&text);
                match found {
                    Some(Meaning::Detail) if lines_are_sales => Some(Meaning::Sale),
                    Some(Meaning::Sale) if has_lines && is_payment(&text) => Some(Meaning::Detail),
                    Some(Meaning::Cancelled) if self.cancels_orders => Some(Meaning::Returned),
                    found => found,
                }
            }
            RuleKind::Flag { yes, no } => match cell.flag().or_else(|| flag_word(&cell.text())) {
                Some(true) => yes,
                Some(false) => no,
                // A date instead of a flag means yes.
                None if super::sample::is_date(&cell.text()) => yes,
                None => None,
            },
            RuleKind::Filled(meaning) => filled_means(&cell.text(), meaning),
        }
    }
}

/// The meaning of a value in a column of times or reasons.
pub(super) fn filled_means(text: &str, meaning: Option<Meaning>) -> Option<Meaning> {
    // Databases write these for a missing date.
    let no_dates = ["0000-00-00", "0001-01-01", "1900-01-01", "1970-01-01", "9999-12-31", "00.00.0000"];
    let nothing = matches!(text, "0" | "false" | "no" | "No" | "-")
        || no_dates.iter().any(|date| text.starts_with(date));
    if nothing { Some(Meaning::Sale) } else { meaning }
}
fn is_payment(text: &str) -> bool {
    let text = plain(text);
    [
        "payment",
        "zahlung",
        "paiement",
        "pago",
        "pagamento",
        "betaling",
        "platnosc",
        "odeme",
        "оплата",
        "付款",
        "支払",
        "tender",
        "charge",
    ]
    .iter()
    .any(|word| text == *word)
}

/// How the words of [`RuleKind::Filled`] are shown and configured.
pub(crate) const FILLED: &str = "(anything)";

/// The rules of all columns that determine the meaning of a row.
pub(super) fn rules(
    sample: &Sample,
    columns: &Columns,
    config: &Config,
    preset: Option<&Preset>,
) -> Vec<SaleRule> {
    let closed_is_returned = preset.is_some_and(|p| p.closed_is_returned) || is_magento(&sample.names);
    let words: &[(&str, Words)] = preset.map_or(&[], |p| p.words);
    let mut rules: Vec<SaleRule> = Vec::new();
    let used = |index: usize| columns.iter().any(|(column, m)| m.index == index && *column != Column::Status);
    let own = |name: &str| -> Option<BTreeMap<String, Meaning>> {
        let words = config.policy.meanings.get(name)?;
        Some(words.iter().map(|(word, meaning)| (plain(word), *meaning)).collect())
    };
    let unknown = config.policy.unknown_words;
    let mapped_status = columns.get(&Column::Status);
    let named_status = mapped_status.filter(|m| m.confidence >= 0.99).map(|m| m.index);
    for index in 0..sample.header.len() {
        let source = &sample.header[index];
        let given = own(source);
        let of_preset = words.iter().find(|(name, _)| sample.names[index].normal == *name);
        if let (Some((_, words)), None) = (of_preset, &given) {
            rules.push(SaleRule {
                index,
                source: source.clone(),
                kind: RuleKind::Words,
                own: words.iter().map(|(word, meaning)| ((*word).to_owned(), *meaning)).collect(),
                unknown: None,
                is_first_status: false,
                is_of_payment: false,
                strict: false,
                cancels_orders: false,
                returns_are_rows: false,
            });
            continue;
        }
        // The payment method may show whether the order was paid.
        let payment = columns.get(&Column::PaymentMethod).is_some_and(|m| m.index == index);
        let payment = payment && is_outcome(sample, index);
        let type_meaning = [Column::ProductCategory, Column::ProductId, Column::PaymentMethod]
            .iter()
            .any(|column| columns.get(column).is_some_and(|m| m.index == index));
        let type_meaning = type_meaning && preset.is_none() && by_most_words(sample, index).is_some();
        let of_numbers = match preset {
            None => number_letters_rule(sample, columns, index),
            Some(_) => None,
        };
        if used(index) && !payment && !type_meaning && of_numbers.is_none() {
            continue;
        }
        let is_free = preset.is_none() && !used(index) && named_status != Some(index);
        let notes = if is_free { notes_of_refunds(sample, columns, index) } else { None };
        let totals = if is_free && notes.is_none() { words_of_totals(sample, columns, index) } else { None };
        let totals = totals.filter(|_| kind_of(sample, columns, index, false).is_none());
        let kind = if of_numbers.is_some() {
            of_numbers
        } else if notes.is_some() {
            notes
        } else if totals.is_some() {
            Some(CODES)
        } else if payment {
            Some((RuleKind::Status, None))
        } else if type_meaning {
            by_most_words(sample, index)
        } else if named_status == Some(index) {
            Some(status_kind(sample, index))
        } else {
            let kind = kind_of(sample, columns, index, given.is_some()).or_else(|| match preset {
                None => confirmation(sample, index)
                    .or_else(|| sign(sample, columns, index))
                    .or_else(|| booking_codes(sample, columns, index))
                    .or_else(|| codes_of_responses(sample, index))
                    .or_else(|| doubtful_rule(sample, columns, index)),
                Some(_) => None,
            });
            // Flags of customers or products say nothing about the order.
            let is_flag = matches!(kind, Some((RuleKind::Flag { .. }, _)))
                && sample.names[index].has(DOUBTFUL.and(FAILED).and(CONFIRMED))
                && !sample.names[index].has(TEST.and(CANCEL).and(VOID).and(DELETE));
            let of =
                |column: Column| columns.get(&column).is_some_and(|m| belongs_to(sample, index, m.index));
            let kind = kind.filter(|_| {
                given.is_some() || !is_flag || !(of(Column::CustomerId) || of(Column::ProductId))
            });
            // The column mapped to the status is used, whatever else its name suggests.
            let is_status = mapped_status.is_some_and(|m| m.index == index) && preset.is_none();
            let is_place = sample.names[index].has(PLACE) && !sample.names[index].is_word("status");
            kind.or_else(|| {
                (is_status && !is_place && !is_about_something_else(&sample.names[index]))
                    .then(|| status_kind(sample, index))
            })
        };
        let Some((kind, weak)) = kind else { continue };
        // The last state of an order is its status, not a separate document.
        let kind = match kind {
            RuleKind::Type { .. }
                if super::history::is_marked(sample) && sample.names[index].normal != super::STATE =>
            {
                RuleKind::Status
            }
            kind => kind,
        };
        let (mut own, mut strict) = (given.unwrap_or_default(), false);
        for (word, meaning) in totals.into_iter().flatten() {
            own.entry(word).or_insert(meaning);
        }
        if kind == RuleKind::Status {
            if has_words_of_mercado_pago(sample, index) {
                own.entry("in process".to_owned()).or_insert(Meaning::Open);
            }
            if has_words_of_odoo(sample, index) {
                own.entry("sent".to_owned()).or_insert(Meaning::Open);
            }
            if closed_is_returned || has_words_of_magento(sample, index) {
                own.entry("closed".to_owned()).or_insert(Meaning::Returned);
            }
            // In a dispute, the bank took the money back.
            if sample.names[index].is_word("dispute") {
                own.entry("lost".to_owned()).or_insert(Meaning::Returned);
            }
            strict = is_strict(config, index, mapped_status.map(|m| m.index), &mut own);
        }
        rules.push(SaleRule {
            index,
            source: source.clone(),
            kind,
            own,
            unknown: unknown.or(weak),
            is_first_status: false,
            is_of_payment: kind == RuleKind::Status
                && (sample.names[index].has(PAYMENT) || sample.names[index].is_word("financial")),
            strict,
            cancels_orders: matches!(kind, RuleKind::Type { .. }) && cancels_orders(sample, columns, index),
            returns_are_rows: false,
        });
    }
    if preset.is_none() && !super::history::is_marked(sample) {
        for rule in &mut rules {
            rule.returns_are_rows =
                config.source.returns_are_rows.unwrap_or_else(|| returns_are_rows(sample, columns, rule));
        }
    }
    // The date of a refund is only used if nothing else marks the refund.
    let says_back = |rule: &SaleRule| {
        let mut values = sample.present(rule.index);
        !rule.is_filled() && values.any(|v| rule.meaning(Cell::Text(v.as_bytes())) == Some(Meaning::Returned))
    };
    let amount = columns.get(&Column::TotalAmount).or_else(|| columns.get(&Column::Quantity));
    let negative = amount.is_some_and(|m| sample.present(m.index).any(|v| v.contains(['-', '('])));
    if columns.contains_key(&Column::RefundedAmount) || negative || rules.iter().any(says_back) {
        rules.retain(|rule| rule.kind != RuleKind::Filled(None) || !rule.own.is_empty());
    }
    // If documents mark refunds, debit and credit add nothing.
    if rules.iter().any(says_back) {
        let is_side = |rule: &SaleRule| {
            rule.own.is_empty()
                && kind_of(sample, columns, rule.index, false).is_none()
                && booking_codes(sample, columns, rule.index).is_some()
        };
        rules.retain(|rule| !is_side(rule));
    }
    let rank = |rule: &SaleRule| {
        let mapped = Some(rule.index) == mapped_status.map(|m| m.index);
        let by_name = names::confidence(Column::Status, &sample.names[rule.index]);
        (mapped, by_name)
    };
    // An order whose delivery is pending is sold nevertheless.
    let of_delivery = |rule: &SaleRule| {
        let name = &sample.names[rule.index];
        name.has(TRACKING.and(SHIPPING)) && !name.has(PAYMENT.and(ORDER))
    };
    let is_status = |i: &usize| rules[*i].kind == RuleKind::Status && !of_delivery(&rules[*i]);
    let first = (0..rules.len()).filter(is_status).max_by(|a, b| {
        let (a, b) = (rank(&rules[*a]), rank(&rules[*b]));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    if let Some(first) = first {
        rules[first].is_first_status = true;
    }
    rules
}

/// Whether a column has one value per value of `key`, among keys that occur several times.
pub(super) fn belongs_to(sample: &Sample, index: usize, key: usize) -> bool {
    let of = sample.values_by(key, index);
    let several: Vec<_> = of.values().filter(|(rows, _)| *rows > 2).collect();
    let values: BTreeSet<&str> = several.iter().flat_map(|(_, values)| values.iter().copied()).collect();
    several.len() > 4 && values.len() > 1 && several.iter().all(|(_, values)| values.len() == 1)
}

/// Whether orders have one row for the sale and another that cancels it.
fn cancels_orders(sample: &Sample, columns: &Columns, index: usize) -> bool {
    let Some(order) = columns.get(&Column::TransactionId) else { return false };
    let numbers = |meaning: Meaning| -> BTreeSet<&str> {
        let rows = sample.rows.iter().filter(|row| meanings::type_meaning(&row[index]) == Some(meaning));
        rows.map(|row| row[order.index].trim()).collect()
    };
    !numbers(Meaning::Sale).is_disjoint(&numbers(Meaning::Cancelled))
}

/// Whether returns are separate rows: an order, or an order line, has one row that was sold and another that
/// was returned.
fn returns_are_rows(sample: &Sample, columns: &Columns, rule: &SaleRule) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let Some(order) = at(Column::TransactionId).filter(|_| !matches!(rule.kind, RuleKind::Type { .. }))
    else {
        return false;
    };
    // Signed amounts show which rows are refunds.
    let amount = at(Column::TotalAmount).or_else(|| at(Column::Quantity));
    if amount.is_none_or(|amount| sample.present(amount).any(|v| v.contains(['-', '(']))) {
        return false;
    }
    let texts = sample.present(rule.index).count();
    if texts > 2 && rows_that_name_others(sample, order, rule.index) * 5 >= texts * 4 {
        return true;
    }
    // Restarting numbers belong to other customers.
    let parts = [at(Column::CustomerId), at(Column::ProductId)];
    let cell = |row: &Vec<String>, at: usize| row[at].trim().to_owned();
    let key = |row: &Vec<String>| (cell(row, order), parts.map(|part| part.map(|at| cell(row, at))));
    let says = |row: &Vec<String>| rule.meaning(Cell::Text(row[rule.index].as_bytes()));
    let mut sold: BTreeMap<(String, [Option<String>; 2]), u32> = BTreeMap::new();
    for row in sample.rows.iter().filter(|row| says(row) == Some(Meaning::Sale)) {
        *sold.entry(key(row)).or_default() += 1;
    }
    let back: Vec<_> =
        sample.rows.iter().filter(|row| says(row) == Some(Meaning::Returned)).map(key).collect();
    let beside = back.iter().filter(|key| !key.0.is_empty() && sold.get(*key) == Some(&1)).count();
    beside > 1 && beside * 5 >= back.len() * 4
}

/// Asks about a flag such as `is_return` whose rows have their own order numbers and unsigned amounts: are
/// these returned sales, or refund rows?
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) with both readings.
pub(super) fn ask_about_returns(
    sample: &Sample,
    columns: &Columns,
    rules: &[SaleRule],
    config: &Config,
    shown: &str,
) -> Result<()> {
    const NOUNS: &str = "return refund retour retoure rueckgabe gutschrift avoir devolucion reso zwrot iade devolucao \
        estorno isreturn isrefund retorno";
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(amount), None) = (
        at(Column::TransactionId),
        at(Column::TotalAmount).or(at(Column::Price)),
        at(Column::OriginalTransactionId),
    ) else {
        return Ok(());
    };
    let pieces = at(Column::Quantity).unwrap_or(amount);
    let has_sign = [amount, pieces].iter().any(|i| sample.present(*i).any(|v| v.contains(['-', '('])));
    if config.source.returns_are_rows.is_some() || has_sign {
        return Ok(());
    }
    let is_noun = |rule: &SaleRule| {
        let name = &sample.names[rule.index];
        rule.own.is_empty()
            && (rule.is_flag() || rule.is_filled())
            && NOUNS.split_whitespace().any(|w| name.is_word(w))
    };
    for rule in rules.iter().filter(|rule| is_noun(rule) && !rule.returns_are_rows) {
        let numbers = |meaning: Meaning| -> BTreeSet<&str> {
            let is =
                |row: &&Vec<String>| rule.meaning(Cell::Text(row[rule.index].as_bytes())) == Some(meaning);
            sample.rows.iter().filter(is).map(|row| row[order].trim()).collect()
        };
        let (sold, back) = (numbers(Meaning::Sale), numbers(Meaning::Returned));
        if back.len() < 3 || !sold.is_disjoint(&back) {
            continue;
        }
        let name = &rule.source;
        return Err(ask(
            format!(
                "`{name}` of `{shown}` marks {} orders, whose amounts have no sign: are these the returned orders, or rows that cancel earlier orders?",
                format_count(back.len() as u64)
            ),
            vec![
                reading("they are the returned orders, and do not count", "source.returns_are_rows=false"),
                reading("they cancel earlier orders", "source.returns_are_rows=true"),
            ],
        ));
    }
    Ok(())
}

/// Whether `policy.completed_statuses` names the sale words of the column, so that all others are non-sales.
fn is_strict(
    config: &Config,
    index: usize,
    status: Option<usize>,
    own: &mut BTreeMap<String, Meaning>,
) -> bool {
    let Some(completed) = &config.policy.completed_statuses else { return false };
    if status.is_some_and(|status| status != index) {
        return false;
    }
    own.extend(completed.iter().map(|word| (plain(word), Meaning::Sale)));
    true
}

/// The rule of a status column; if it contains flags, its name determines the meaning.
fn status_kind(sample: &Sample, index: usize) -> (RuleKind, Option<Meaning>) {
    let name = &sample.names[index];
    match flag_meaning(name) {
        Some(meaning) if holds_flags(sample, index) => (yes_means(meaning), None),
        _ => (RuleKind::Status, None),
    }
}

/// The rule of a column by name and values, and the meaning of its unknown words.
fn kind_of(
    sample: &Sample,
    columns: &Columns,
    index: usize,
    given: bool,
) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    if given {
        let is_type = name.has(KIND.and(EVENT)) && !name.has(STATUS);
        let kind = RuleKind::Type { has_lines: false, lines_are_sales: false };
        // The user's answers change the meaning of words, not the rule.
        let found = kind_of(sample, columns, index, false)
            .or_else(|| confirmation(sample, index))
            .or_else(|| booking_codes(sample, columns, index))
            .or_else(|| codes_of_responses(sample, index));
        return Some(found.unwrap_or((if is_type { kind } else { RuleKind::Status }, None)));
    }
    flag_or_time(sample, index)
        .or_else(|| status(sample, index))
        .or_else(|| row_type(sample, index))
        .or_else(|| by_words(sample, index))
        .or_else(|| by_most_words(sample, index))
}

/// Nouns for a sale.
const SALES: &str = "sale sales purchase order charge invoice buy receipt verkauf kauf bestellung rechnung vente achat \
    commande facture venta compra pedido factura vendita acquisto ordine fattura verkoop aankoop bestelling factuur \
    sprzedaz zakup zamowienie faktura satis alis siparis fatura venda encomenda";

/// The rule of a column with an uninformative name whose words are all statuses or all types.
fn by_words(sample: &Sample, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    let elsewhere = CUSTOMER.and(PRODUCT).and(CATEGORY).and(SHIPPING).and(PLACE).and(ATTRIBUTE).and(SHOP);
    let elsewhere = elsewhere.and(EMAIL).and(TAX).and(NAME).and(AMOUNT).and(DATE).and(QUANTITY).and(FLAG);
    let elsewhere = elsewhere.and(CURRENCY).and(DISCOUNT).and(PRICE).and(ID);
    if sample.names[index].has(elsewhere) || is_status_of_something_else(&sample.names[index]) {
        return None;
    }
    let words = sample.words(index, 20)?;
    // `Purchase` and `Refund` are documents, `paid` and `refunded` states.
    let is_document = |word: &&str| {
        let word = plain(word);
        SALES.split_whitespace().any(|sale| sale == word)
    };
    if words.len() > 1
        && words.iter().any(is_document)
        && words.iter().all(|w| meanings::type_meaning(w).is_some())
    {
        return Some(type_of_words(&words));
    }
    let all = |of: fn(&str) -> Option<Meaning>| !words.is_empty() && words.iter().all(|w| of(w).is_some());
    if all(meanings::status_meaning) {
        return Some((RuleKind::Status, None));
    }
    all(meanings::type_meaning).then(|| type_of_words(&words))
}

/// The rule of a column of any name with a few words, some for sales and some for non-sales.
fn by_most_words(sample: &Sample, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    let elsewhere = CUSTOMER.and(SHIPPING).and(PLACE).and(SHOP).and(EMAIL).and(NAME).and(DATE).and(FLAG);
    let elsewhere = elsewhere.and(CURRENCY).and(DISCOUNT).and(PRICE).and(QUANTITY).and(TAX);
    if name.has(elsewhere) && !name.is_word("channel") || is_status_of_something_else(name) {
        return None;
    }
    let words = sample.words(index, 16)?;
    if words.len() < 2 || words.len() * 4 > sample.rows.len() {
        return None;
    }
    let known: Vec<Meaning> = words.iter().filter_map(|word| meanings::type_meaning(word)).collect();
    let views = known.iter().filter(|m| **m == Meaning::Ignore).count();
    let sold = known.contains(&Meaning::Sale);
    let back = known.iter().any(|m| matches!(m, Meaning::Returned | Meaning::Cancelled));
    let lines = known.contains(&Meaning::Detail);
    let (kind, _) = type_of_words(&words);
    let all = known.len() == words.len();
    // An event log of visitors: unknown events are not purchases.
    if sold
        && views > 0
        && (all || views > 1 && known.len() * 2 >= words.len() && !name.has(CATEGORY.and(PRODUCT)))
    {
        return Some((kind, Some(Meaning::Ignore)));
    }
    if all && sold && (back || lines) {
        return Some((kind, None));
    }
    let of_orders: Vec<Meaning> = words.iter().filter_map(|word| meanings::status_meaning(word)).collect();
    let has_cancelled = of_orders.iter().any(|m| matches!(m, Meaning::Returned | Meaning::Cancelled));
    (of_orders.len() == words.len() && of_orders.contains(&Meaning::Sale) && has_cancelled)
        .then_some((RuleKind::Status, None))
}

/// `review status`, `consent status`: the name shows that it is not the order's status.
fn is_status_of_something_else(name: &Name) -> bool {
    let of_orders =
        STATUS.and(ORDER).and(PAYMENT).and(SHIPPING).and(PLACE).and(LINE).and(PRODUCT).and(DOCUMENT);
    let of_orders = of_orders.and(KIND).and(TRACKING).and(NAME).and(EVENT).and(CONFIRMED).and(PAID).and(WHEN);
    let of_orders = of_orders.and(ID).and(FLAG).and(REFUND).and(CANCEL).and(BASE);
    let technical = [
        "machine",
        "technical",
        "financial",
        "final",
        "new",
        "dispute",
        "old",
        "pos",
        "post",
        "wc",
        "liefer",
        "check",
        "bill",
        "ticket",
    ];
    let is_told = |word: &String| {
        let word_alone = Name::new(word);
        word_alone.is_only(of_orders)
            || word_alone.count_significant_words() == 0
            || technical.contains(&word.as_str())
    };
    (name.is_word("status") || name.is_word("state")) && !name.words.iter().all(is_told)
}

/// The rule of an order status, distinguished by its words from the state of an address.
fn status(sample: &Sample, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    // `shipment status`, `order line state`: their words show what was cancelled or returned.
    let elsewhere = CUSTOMER.and(ATTRIBUTE).and(SHOP).and(EMAIL).and(TAX).and(ID).and(DATE);
    if is_status_of_something_else(name) {
        return None;
    }
    // `return_status`
    let of_return = name.is_only(STATUS.and(REFUND).and(CANCEL).and(ORDER).and(LINE).and(KIND))
        && sample
            .words(index, 30)
            .is_some_and(|words| words.iter().any(|w| meanings::status_meaning(w).is_some()));
    let of_part = name.has(STATUS) && !name.has(elsewhere) && (of_return || is_outcome(sample, index));
    if of_part && names::confidence(Column::Status, name) < 0.6 {
        return Some((RuleKind::Status, None));
    }
    if names::confidence(Column::Status, name) < 0.6 {
        return None;
    }
    let mut words: BTreeMap<&str, u32> = BTreeMap::new();
    for value in sample.present(index) {
        *words.entry(value.trim()).or_default() += 1;
        // Free text is not a status.
        if words.len() > 60 {
            return None;
        }
    }
    let known: Vec<u32> = words
        .iter()
        .filter(|(word, _)| meanings::status_meaning(word).is_some())
        .map(|(_, rows)| *rows)
        .collect();
    let rows: u32 = words.values().sum();
    let calls_off = words
        .keys()
        .any(|word| matches!(meanings::status_meaning(word), Some(Meaning::Returned | Meaning::Cancelled)));
    let explicit = name.is_word("status") || name.has(STATUS) && !name.has(PLACE);
    let named = explicit || name.has(ORDER.and(PAYMENT));
    if named {
        return Some((RuleKind::Status, None));
    }
    // `State` is part of an address, unless its words are order statuses, or codes to ask about.
    let are_words = !words.is_empty()
        && (known.len() * 5 >= words.len() * 4
            || known.len() > 1 && known.iter().sum::<u32>() * 5 > rows * 3
            || known.len() > 1 && calls_off);
    let codes: Vec<&str> = words.keys().copied().collect();
    let are_codes = is_codes(&codes) && codes.iter().all(|word| word.bytes().any(|b| b.is_ascii_digit()));
    (are_words || are_codes).then_some((RuleKind::Status, None))
}

/// Whether words are a few codes such as `10` and `A3`.
fn is_codes(words: &[&str]) -> bool {
    let is_code = |word: &&str| {
        word.len() <= 4
            && !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    (2..=12).contains(&words.len()) && words.iter().all(is_code)
}

/// Whether the words of a column describe the outcome of orders although its name does not say so.
fn is_outcome(sample: &Sample, index: usize) -> bool {
    let Some(words) = sample.words(index, 30) else { return false };
    let known: Vec<Meaning> = words.iter().filter_map(|word| meanings::status_meaning(word)).collect();
    known.len() * 5 >= words.len() * 4
        && known.contains(&Meaning::Sale)
        && known.iter().any(|m| *m != Meaning::Sale)
}

/// The rule of a row type: event, document, or header and line.
fn row_type(sample: &Sample, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    let elsewhere =
        CUSTOMER.and(PRODUCT).and(CATEGORY).and(SHIPPING).and(PLACE).and(ATTRIBUTE).and(DISCOUNT).and(SHOP);
    let elsewhere = elsewhere.and(EMAIL).and(TAX).and(AMOUNT).and(DATE).and(QUANTITY).and(FLAG);
    let is_event = name.has(EVENT);
    // `event name` is not a person's name.
    let elsewhere = if is_event { elsewhere } else { elsewhere.and(NAME) };
    let is_type = is_event || name.has(KIND) && !name.is_word("method") && !name.is_word("mode");
    let of_rows =
        name.has(ORDER.and(DOCUMENT).and(EVENT).and(LINE)) || name.is_only(KIND.and(EVENT).and(DOCUMENT));
    let excused =
        name.has(LINE) && !name.has(elsewhere) || name.is_word("item") && name.has(LINE) && name.has(KIND);
    if !is_type || !of_rows || (name.has(elsewhere) && !excused) || (name.has(PAYMENT) && !name.has(ORDER)) {
        return None;
    }
    if name.has(ID) && !name.has(KIND) {
        return None;
    }
    let words = sample.words(index, 60)?;
    let known = words.iter().filter(|word| meanings::type_meaning(word).is_some()).count();
    if known == 0 {
        // Codes of documents and events lead to a question.
        return (is_codes(&words) && (is_event || name.has(DOCUMENT.and(ORDER)))).then_some(CODES);
    }
    let (kind, unknown) = type_of_words(&words);
    // Event logs have many types; events other than purchases are ignored.
    if is_event {
        return Some((kind, Some(Meaning::Ignore)));
    }
    let no_sale = words.iter().filter_map(|word| meanings::type_meaning(word)).any(|m| m != Meaning::Sale);
    // Only sales so far; later rows are checked individually. Document codes, some of them known (`INV`
    // beside `QTE`), lead to a question.
    let are_documents = name.has(DOCUMENT) && is_codes(&words);
    (no_sale || known * 2 > words.len() || are_documents).then_some((kind, unknown))
}

/// The rule for type words, and the meaning of unknown ones.
fn type_of_words(words: &[&str]) -> (RuleKind, Option<Meaning>) {
    let meanings: Vec<Option<Meaning>> = words.iter().map(|w| meanings::type_meaning(w)).collect();
    let has = |meaning: Meaning| meanings.contains(&Some(meaning));
    // Beside invoices and receipts, a payment repeats another row's money.
    let documents =
        words.iter().zip(&meanings).any(|(word, m)| *m == Some(Meaning::Sale) && !is_payment(word));
    let has_lines = has(Meaning::Detail) || documents && words.iter().any(|word| is_payment(word));
    let headers = words
        .iter()
        .zip(&meanings)
        .any(|(word, m)| *m == Some(Meaning::Sale) && !(has_lines && is_payment(word)));
    let kind = RuleKind::Type { has_lines, lines_are_sales: has_lines && !headers };
    // If no known word means a sale, the unknown ones do.
    let no_sale = meanings.iter().flatten().any(|m| *m != Meaning::Sale);
    let only_views = meanings.iter().flatten().all(|m| *m == Meaning::Ignore);
    // Beside words for other kinds of sales (`Single` beside `Return`), ask.
    let told = meanings.iter().flatten().count() * 2 >= words.len() && !only_views;
    (kind, (no_sale && !has(Meaning::Sale) && !has_lines && told && words.len() > 2).then_some(Meaning::Sale))
}

/// Whether statuses are Magento's, where `Closed` means refunded: they include `Complete`, and none that
/// Magento lacks.
fn has_words_of_magento(sample: &Sample, index: usize) -> bool {
    const WORDS: [&str; 13] = [
        "pending",
        "pending payment",
        "pending_payment",
        "processing",
        "holded",
        "on hold",
        "complete",
        "closed",
        "canceled",
        "fraud",
        "suspected fraud",
        "payment review",
        "payment_review",
    ];
    let Some(words) = sample.words(index, 13) else { return false };
    let words: Vec<String> = words.iter().map(|word| plain(word)).collect();
    words.iter().any(|word| word == "complete") && words.iter().all(|word| WORDS.contains(&word.as_str()))
}

/// Whether statuses are those of Odoo's orders, where `sent` means a quotation.
fn has_words_of_odoo(sample: &Sample, index: usize) -> bool {
    const WORDS: [&str; 6] = ["draft", "sent", "sale", "done", "cancel", "posted"];
    let Some(words) = sample.words(index, 6) else { return false };
    words.contains(&"sale") && words.iter().all(|word| WORDS.contains(word))
}

/// Whether statuses are Mercado Pago's, where `in_process` means a payment under review.
fn has_words_of_mercado_pago(sample: &Sample, index: usize) -> bool {
    let words = sample.words(index, 12).unwrap_or_default();
    ["in_process", "approved", "rejected"].iter().all(|word| words.contains(word))
}

/// Whether the columns are those of a Magento export.
pub(super) fn is_magento(names: &[Name]) -> bool {
    let has = |name: &str| names.iter().any(|n| n.normal == name);
    let grid = has("total_refunded") || has("bill_to_name") || has("ship_to_name") || has("grand_total_base");
    (has("increment_id") && (has("grand_total") || has("base_grand_total")))
        || grid && (has("grand_total") || has("grand_total_base") || has("grand_total_purchased"))
}

/// The word of a cell, for counting.
pub(crate) fn word_of(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => String::from_utf8_lossy(trim(text)).into_owned(),
        other => other.text().into_owned(),
    }
}
