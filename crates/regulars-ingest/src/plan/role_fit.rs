//! Whether the values of a column fit what its name suggests.

use std::collections::BTreeSet;

use regulars_core::columns::Column;

use super::columns::Columns;
use super::sample::{Sample, is_date, is_number};
use super::vocabulary::ID;
use crate::cells::without_unit;

/// How the values of a column fit a role.
pub(super) enum Fit {
    Fits,
    /// No row has a value.
    Empty,
    /// The values are not dates, or not numbers.
    CannotBeRead,
    /// The values show that it is something else.
    SomethingElse,
}

pub(super) fn fit(sample: &Sample, columns: &Columns, index: usize, column: Column) -> Fit {
    if !sample.has_values(index) {
        return if sample.rows.is_empty() { Fit::Fits } else { Fit::Empty };
    }
    let share = |fits: &dyn Fn(&str) -> bool| sample.share(index, fits).unwrap_or(0.0);
    match column {
        Column::TransactionDate if sample.times[index] => Fit::Fits,
        Column::TransactionDate => {
            if share(&|v| is_date(v)) >= 0.5 {
                Fit::Fits
            } else if share(&|v| is_clock(v)) >= 0.5 {
                Fit::SomethingElse
            } else {
                Fit::CannotBeRead
            }
        }
        Column::Quantity if share(&|v| is_number(without_unit(v.as_bytes()))) >= 0.5 => Fit::Fits,
        Column::TotalAmount | Column::Price | Column::Quantity => {
            if share(&|v| is_number(v.as_bytes())) >= 0.5 {
                Fit::Fits
            } else if share(&|v| v.bytes().any(|b| b.is_ascii_digit())) >= 0.5 {
                Fit::CannotBeRead
            } else {
                Fit::SomethingElse
            }
        }
        Column::PaymentMethod if has_decimals(sample, index) && sample.is_numeric(index) => {
            Fit::SomethingElse
        }
        Column::CustomerId if tells_kinds_of_customers(sample, index) => Fit::SomethingElse,
        Column::TransactionId => {
            let name = &sample.names[index];
            // A few words without digits are types.
            let kinds = sample.words(index, 12).is_some_and(|words| {
                words.len() * 3 <= sample.rows.len()
                    && words.iter().all(|word| !word.bytes().any(|b| b.is_ascii_digit()))
            });
            // So are a few codes, such as `ZF2` and `ZRE`, but not restarting or damaged numbers.
            let codes = sample.words(index, 6).is_some_and(|words| {
                words.len() * 10 <= sample.rows.len() && words.iter().all(|w| is_code_of_letters(w))
            });
            if kinds || codes {
                return Fit::SomethingElse;
            }
            let bare = matches!(name.normal.as_str(), "id" | "number" | "no" | "nr");
            // A bare `id` may number anything: it is the order's only if it is unique per row.
            if bare && !numbers_rows(sample, index) {
                return Fit::SomethingElse;
            }
            // `order` and `sale` may hold the amount ordered or sold.
            let is_amount = !name.has(ID)
                && share(&|v| {
                    v.contains(['.', ','])
                        && is_number(v.as_bytes())
                        && !crate::placeholders::is_rounded(v.as_bytes())
                }) > 0.5;
            let is_moment = !name.has(ID) && share(&|v| is_date(v) && v.len() > 7) > 0.5;
            if is_amount || (is_moment && !columns.contains_key(&Column::TransactionDate)) {
                return Fit::SomethingElse;
            }
            Fit::Fits
        }
        Column::ProductId if holds_documents(sample, index) => Fit::SomethingElse,
        Column::ProductId if has_decimals(sample, index) && share(&|v| is_number(v.as_bytes())) > 0.9 => {
            Fit::SomethingElse
        }
        Column::ProductId if names_orders(sample, columns, index) => Fit::SomethingElse,
        _ => Fit::Fits,
    }
}

/// Whether a description contains document types (`Sales invoice`, `Credit note`) instead of products.
fn holds_documents(sample: &Sample, index: usize) -> bool {
    let words = sample.words(index, 8);
    words.is_some_and(|w| w.len() > 1 && w.iter().all(|word| super::meanings::type_meaning(word).is_some()))
}

/// Whether a description contains its own order number: `Invoice 1001`.
fn names_orders(sample: &Sample, columns: &Columns, index: usize) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    // The document has another number besides that of the entry.
    let numbers = |at: &usize| *at != index && sample.names[*at].has(ID) && numbers_rows(sample, *at);
    let order = columns.get(&Column::TransactionId).map(|m| m.index);
    let documents: Vec<usize> = (0..sample.header.len()).filter(numbers).chain(order).collect();
    let names = |row: &&Vec<String>| {
        documents.iter().any(|at| {
            let number = digits(&row[*at]);
            number.len() > 2 && row[index].contains(&number)
        })
    };
    sample.rows.len() > 9 && sample.rows.iter().filter(names).count() * 5 >= sample.rows.len() * 4
}

fn is_code_of_letters(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_alphabetic()) && !is_number(word.as_bytes())
}

pub(super) fn has_decimals(sample: &Sample, index: usize) -> bool {
    sample.share(index, |v| v.contains(['.', ','])).is_some_and(|share| share > 0.5)
}

fn is_clock(value: &str) -> bool {
    value.len() <= 11 && value.contains(':') && value.bytes().next().is_some_and(|b| b.is_ascii_digit())
}

/// Whether a column contains only long integers.
pub(super) fn numbers_things(sample: &Sample, index: usize) -> bool {
    let is_long = |v: &str| v.len() >= 4 && v.bytes().all(|b| b.is_ascii_digit());
    sample.share(index, is_long).is_some_and(|share| share > 0.9)
}

pub(super) fn numbers_rows(sample: &Sample, index: usize) -> bool {
    let mut seen = BTreeSet::new();
    sample.present(index).all(|id| seen.insert(id))
}

/// Words for customer types.
const KINDS_OF_CUSTOMERS: &str = "new returning existing registered new_customer returning_customer first_time repeat \
    repeat_customer member non_member nonmember retail wholesale b2b b2c individual business private consumer corporate \
    home_office neu neukunde bestandskunde stammkunde nouveau ancien nouveau_client client_existant nuevo recurrente \
    nuevo_cliente novo recorrente nuovo nuovo_cliente di_ritorno nieuw terugkerend nowy powracajacy yeni mevcut \
    loyal vip subscriber non_subscriber";

/// Whether a column contains customer types (`new`, `returning`) instead of customers.
pub(super) fn tells_kinds_of_customers(sample: &Sample, index: usize) -> bool {
    let Some(words) = sample.words(index, 8) else { return false };
    !words.is_empty()
        && words.iter().all(|word| {
            let word = super::words::normal_form(word);
            KINDS_OF_CUSTOMERS.split_whitespace().any(|kind| kind == word) || word == "guest"
        })
        // If the only word is guest, these are guests.
        && words.iter().any(|word| !word.eq_ignore_ascii_case("guest"))
}
