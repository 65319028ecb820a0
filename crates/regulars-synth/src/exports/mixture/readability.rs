//! Whether a careful reader can read a mixture in only one way; if not, the possible readings.

use std::collections::{BTreeMap, BTreeSet};

use super::super::choices::{Ambiguity, Choices, LateChange, QuantityName};
use super::super::dates::day_of_month;
use super::super::documents::Document;
use super::super::file::HeaderRow;
use super::super::notation::{CurrencyPlace, Decimals, reads_one_way};
use super::super::sheet::Sheet;
use super::super::shop::{Buyer, Line};
use super::super::truth::Truth;
use super::super::{Reading, Readings};
use super::WrittenTables;

/// Readings of an export, and why there is not exactly one.
pub(super) struct Readability {
    pub(super) ambiguity: Option<String>,
    pub(super) readings: Readings,
}

/// Rows of each half of a spreadsheet that a reader needs to detect the conversion.
const MIN_DAYS_OF_EACH_HALF: usize = 8;

pub(super) fn readability(
    c: &Choices,
    sheet: &Sheet<'_>,
    documents: &[Document<'_>],
    tables_written: &WrittenTables,
    truth: &Truth,
) -> Readability {
    let right = |interpretation: &str| Reading::of(interpretation, truth);
    let unreadable =
        |why: &str| Readability { ambiguity: Some(why.to_owned()), readings: Readings::Unreadable };
    let ambiguous = |why: &str, readings: Vec<Reading>| Readability {
        ambiguity: Some(why.to_owned()),
        readings: Readings::Ambiguous(readings),
    };
    match c.ambiguity {
        Ambiguity::NewReturning => {
            return unreadable("the customer column says only whether a customer is new or returning");
        }
        Ambiguity::Currencies => return unreadable("amounts of two currencies cannot be added"),
        Ambiguity::OrderIds => return unreadable("a spreadsheet has rounded the order numbers"),
        Ambiguity::CustomerIds => return unreadable("a spreadsheet has rounded the customer numbers"),
        Ambiguity::NoCustomer => return unreadable("no column identifies the customer"),
        Ambiguity::Periods => return unreadable("a row is the total of a month, not an order"),
        Ambiguity::Codes => {
            return ambiguous("the statuses are codes that only the shop knows", vec![right("truth")]);
        }
        Ambiguity::NoHeader => return ambiguous("no header names the columns", vec![right("truth")]),
        Ambiguity::Edited => {
            return ambiguous("the lines of an order have different totals", edited(sheet, documents, truth));
        }
        Ambiguity::Discount => {
            return ambiguous(
                "a discount may be a percentage or an amount",
                discounts(sheet, documents, truth),
            );
        }
        Ambiguity::Absent | Ambiguity::DayOrMonth | Ambiguity::Thousands => {}
    }
    if c.late == LateChange::Currency {
        return unreadable("amounts of two currencies cannot be added");
    }
    if c.dates.day_and_month_may_swap() && documents.iter().all(|document| day_of_month(document.at) <= 12) {
        return ambiguous(
            "no day is above 12, so day and month cannot be distinguished",
            vec![right("the intended dates"), right("day and month swapped")],
        );
    }
    if c.dates.is_half_converted() {
        let swapped = documents.iter().filter(|document| day_of_month(document.at) <= 12).count();
        if swapped < MIN_DAYS_OF_EACH_HALF || documents.len() - swapped < MIN_DAYS_OF_EACH_HALF {
            return ambiguous(
                "too few dates to see that a spreadsheet swapped some of them",
                vec![right("truth")],
            );
        }
    }
    let decimals_are_stated = c.currency != CurrencyPlace::NotStated && c.decimals != Decimals::Three;
    let money = (0..tables_written.roles.len()).filter(|&place| tables_written.roles[place].is_money());
    let texts =
        money.flat_map(|place| tables_written.tables.iter().flat_map(move |table| table.column(place)));
    if !decimals_are_stated && !reads_one_way(texts) {
        return ambiguous(
            "a separator before three digits may be for thousands or decimals",
            thousands(c, truth),
        );
    }
    if c.quantity_name == QuantityName::Amount && !sizes_differ(documents) {
        return ambiguous("a column called amount may hold quantities or money", vec![right("truth")]);
    }
    debug_assert!(c.header == HeaderRow::Present || c.ambiguity == Ambiguity::Absent);
    Readability { ambiguity: None, readings: Readings::Unambiguous }
}

/// The amounts as they are, and a thousand times larger or smaller.
fn thousands(c: &Choices, truth: &Truth) -> Vec<Reading> {
    let right = Reading::of("the intended amounts", truth);
    let other = |minor: i64| if c.decimals == Decimals::Zero { minor / 1000 } else { minor * 1000 };
    vec![
        right.clone(),
        Reading {
            interpretation: "the other separator".to_owned(),
            gross_minor: other(right.gross_minor),
            net_minor: other(right.net_minor),
            ..right
        },
    ]
}

/// The totals of the first lines, and those of the last lines.
fn edited(sheet: &Sheet<'_>, documents: &[Document<'_>], truth: &Truth) -> Vec<Reading> {
    let right = Reading::of("the total of an order's first line", truth);
    let more: i64 = documents
        .iter()
        .filter(|document| matches!(document.buyer, Buyer::Known(_)))
        .filter_map(|document| {
            let edited = sheet.edited.iter().find(|(place, _)| *place == document.place);
            edited.map(|(_, total)| total - document.amounts.total)
        })
        .sum();
    vec![
        right.clone(),
        Reading {
            interpretation: "the total of an order's last line".to_owned(),
            gross_minor: right.gross_minor + more,
            net_minor: right.net_minor + more,
            ..right
        },
    ]
}

/// Discounts as percentages, and as amounts per line.
fn discounts(sheet: &Sheet<'_>, documents: &[Document<'_>], truth: &Truth) -> Vec<Reading> {
    let right = Reading::of("discounts are percentages", truth);
    let unit = 10_i64.pow(u32::from(sheet.money.decimals));
    let as_amount = |line: &Line| line.quantity * line.unit - line.percent * unit - line.total;
    let more: i64 = documents
        .iter()
        .filter(|document| matches!(document.buyer, Buyer::Known(_)))
        .flat_map(|document| document.lines)
        .map(as_amount)
        .sum();
    vec![
        right.clone(),
        Reading {
            interpretation: "discounts are amounts".to_owned(),
            gross_minor: right.gross_minor + more,
            net_minor: right.net_minor + more,
            ..right
        },
    ]
}

/// Whether some product was bought in different quantities at the same price.
fn sizes_differ(documents: &[Document<'_>]) -> bool {
    let mut sizes: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    for line in documents.iter().flat_map(|document| document.lines) {
        sizes.entry(line.product).or_default().insert(line.quantity);
    }
    sizes.values().filter(|sizes| sizes.len() > 1).count() >= 2
}
