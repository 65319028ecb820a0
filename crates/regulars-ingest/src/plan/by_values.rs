//! Detects columns with uninformative names by their values: date, amount and customer. If there are several
//! candidates, none is used, and the user is asked to name the column.

use std::collections::{BTreeSet, HashSet};

use regulars_core::columns::Column;

use super::columns::{Columns, free, mapped};
use super::orders::repeats_within_customers;
use super::sample::{Sample, is_date, is_number};
use super::vocabulary::{
    ATTRIBUTE, CATEGORY, COUNT, CURRENCY, DISCOUNT, FEE, ID, KIND, LINE, PAYMENT, PLACE, PRODUCT, QUANTITY,
    RATE, REFUND, SHIPPING, SHOP, STATUS, TAX, TRACKING,
};

const REASON: &str = "the only column with such values";

/// Finds the columns of a table without a header.
pub(super) fn detect(sample: &Sample, columns: &mut Columns) {
    let dates: Vec<usize> = free(sample, columns).filter(|i| sample.is_date(*i)).collect();
    take(sample, columns, Column::TransactionDate, &dates);
    let amounts: Vec<usize> = free(sample, columns)
        .filter(|i| !dates.contains(i) && sample.is_numeric(*i))
        .filter(|i| sample.share(*i, |v| v.contains(['.', ','])).is_some_and(|share| share > 0.3))
        .collect();
    take(sample, columns, Column::TotalAmount, &amounts);
    let distinct = |i: usize| sample.present(i).collect::<HashSet<&str>>().len();
    let is_code =
        |v: &str| v.len() <= 40 && !v.contains(['.', ',']) && v.bytes().any(|b| b.is_ascii_alphanumeric());
    // An address identifies the customer, unless it is the shop's own.
    let is_address = |v: &str| v.contains('@') && v.contains('.') && !v.contains(' ');
    let addresses: Vec<usize> = free(sample, columns)
        .filter(|i| sample.share(*i, is_address).is_some_and(|share| share > 0.9) && distinct(*i) > 1)
        .collect();
    take(sample, columns, Column::CustomerId, &addresses);
    // Status and currency words are not ids.
    let is_word = |i: usize| {
        let words = sample.words(i, 20).unwrap_or_default();
        let known = |word: &&str| {
            super::meanings::status_meaning(word).is_some() || super::meanings::type_meaning(word).is_some()
        };
        !words.is_empty()
            && (words.iter().filter(|w| known(w)).count() * 2 > words.len()
                || words.iter().all(|w| w.len() == 3 && w.bytes().all(|b| b.is_ascii_uppercase())))
    };
    let codes: Vec<usize> = free(sample, columns)
        .filter(|i| !is_word(*i))
        .filter(|i| !dates.contains(i) && !amounts.contains(i) && sample.filled(*i) > 0.5)
        .filter(|i| sample.share(*i, is_code).is_some_and(|share| share > 0.9) && distinct(*i) > 1)
        .collect();
    let rows = sample.rows.len();
    // Quantities are few distinct small numbers.
    let small = |v: &str| v.parse::<u32>().is_ok_and(|n| n <= 100);
    let pieces = |i: usize| distinct(i) * 20 < rows && sample.share(i, small) == Some(1.0);
    let ids: Vec<usize> = codes.iter().copied().filter(|i| !pieces(*i)).collect();
    let repeating: Vec<usize> = ids.iter().copied().filter(|i| distinct(*i) * 10 < rows * 9).collect();
    match repeating.as_slice() {
        // The address is the customer, so an id that repeats within it or numbers the rows is the order.
        _ if columns.contains_key(&Column::CustomerId) => {
            let customer = columns[&Column::CustomerId].index;
            let orders: Vec<usize> = ids
                .iter()
                .copied()
                .filter(|i| distinct(*i) == rows || repeats_within_customers(sample, *i, customer))
                .collect();
            take(sample, columns, Column::TransactionId, &orders);
        }
        [customer] => {
            take(sample, columns, Column::CustomerId, &[*customer]);
            let numbering: Vec<usize> =
                ids.iter().copied().filter(|i| i != customer && distinct(*i) == rows).collect();
            take(sample, columns, Column::TransactionId, &numbering);
        }
        // The order number repeats only within a customer.
        [one, other] => {
            let nested = |order: usize, customer: usize| {
                repeats_within_customers(sample, order, customer) && distinct(order) > distinct(customer)
            };
            let (order, customer) = match (nested(*one, *other), nested(*other, *one)) {
                (true, false) => (*one, *other),
                (false, true) => (*other, *one),
                _ => return,
            };
            take(sample, columns, Column::CustomerId, &[customer]);
            take(sample, columns, Column::TransactionId, &[order]);
        }
        _ => {}
    }
    let pieces: Vec<usize> = free(sample, columns).filter(|i| codes.contains(i) && pieces(*i)).collect();
    if columns.contains_key(&Column::TotalAmount) {
        take(sample, columns, Column::Quantity, &pieces);
    }
}

/// The quantity that a price refers to: `kg` beside `price_per_kg`, `hours` beside `hourly_rate`.
pub(super) fn units_of_price(sample: &Sample, columns: &Columns, price: usize) -> Option<usize> {
    const UNITS: [&[&str]; 6] = [
        &["kg", "kilo", "kilogram", "kilogramm"],
        &["hour", "hours", "hourly", "std", "stunde", "stunden", "heure", "heures", "hora", "horas"],
        &["lb", "lbs", "pound"],
        &["litre", "liter", "litres", "liters"],
        &["meter", "metre", "meters", "metres"],
        &["day", "days", "daily", "tag", "tage"],
    ];
    let is_of = |index: usize, unit: &[&str]| unit.iter().any(|word| sample.names[index].is_word(word));
    let unit = UNITS.into_iter().find(|unit| is_of(price, unit))?;
    free(sample, columns).find(|i| *i != price && is_of(*i, unit) && sample.is_numeric(*i))
}

/// Uses a column if it is the only candidate.
fn take(sample: &Sample, columns: &mut Columns, column: Column, found: &[usize]) {
    if let [only] = found
        && !columns.contains_key(&column)
    {
        columns.insert(column, mapped(sample, *only, 0.7, REASON));
    }
}

/// Uses the only date column as the purchase date, if none has its name.
pub(super) fn adopt_only_date(sample: &Sample, columns: &mut Columns) {
    if columns.contains_key(&Column::TransactionDate) || sample.rows.is_empty() {
        return;
    }
    // Dates on the first of a month are periods.
    let is_period = |i: usize| {
        ["period", "month", "week", "quarter", "year", "monat", "mois", "mes", "mese", "maand"]
            .iter()
            .any(|word| sample.names[i].is_word(word))
            || sample.share(i, |v| v.contains("-01") || v.starts_with("01")).unwrap_or(0.0) > 0.9
    };
    if let [only] = candidates(sample, columns, Column::TransactionDate)[..]
        && !is_period(only)
    {
        columns.insert(Column::TransactionDate, mapped(sample, only, 0.6, "the only column of dates"));
    }
}

/// Unnamed candidates for a column, by their values.
pub(super) fn candidates(sample: &Sample, columns: &Columns, column: Column) -> Vec<usize> {
    let distinct = |i: usize| sample.present(i).map(str::trim).collect::<BTreeSet<_>>().len();
    let has_decimals = |i: usize| sample.share(i, |v| v.contains(['.', ','])).unwrap_or(0.0) > 0.3;
    let is_named = |i: usize, words: &[&str]| words.iter().any(|word| sample.names[i].is_word(word));
    let may_be = |i: &usize| {
        let (i, name) = (*i, &sample.names[*i]);
        if sample.filled(i) < 0.8 {
            return false;
        }
        match column {
            Column::TransactionDate => {
                let of_something_else = [
                    "birth",
                    "birthday",
                    "dob",
                    "due",
                    "expires",
                    "expiry",
                    "geburtsdatum",
                    "deadline",
                    "valid",
                ];
                sample.is_date(i)
                    && sample.share(i, is_date).unwrap_or(0.0) > 0.95
                    && sample.share(i, |v| v.contains(['-', '/', '.', ':', ' '])).unwrap_or(0.0) > 0.95
                    && !is_named(i, &of_something_else)
            }
            Column::TotalAmount => {
                let other = ID.and(COUNT).and(QUANTITY).and(RATE).and(DISCOUNT).and(TAX).and(FEE).and(REFUND);
                sample.share(i, |v| is_number(v.as_bytes())).unwrap_or(0.0) > 0.95
                    && has_decimals(i)
                    && distinct(i) > 1
                    && !name.has(other.and(ATTRIBUTE).and(SHIPPING))
                    && !sample.is_date(i)
            }
            _ => {
                let other = PRODUCT.and(STATUS).and(CURRENCY).and(PLACE).and(CATEGORY).and(LINE).and(KIND);
                let other = other.and(SHOP).and(TRACKING).and(PAYMENT);
                let values = distinct(i);
                values >= 5
                    && values < sample.rows.len()
                    && !has_decimals(i)
                    && !sample.is_date(i)
                    && !name.has(other)
                    && sample.share(i, |v| v.len() > 60).unwrap_or(0.0) == 0.0
            }
        }
    };
    let mut found: Vec<usize> = free(sample, columns).filter(may_be).collect();
    if column == Column::CustomerId {
        found.sort_by_key(|i| std::cmp::Reverse(distinct(*i)));
    }
    found
}
