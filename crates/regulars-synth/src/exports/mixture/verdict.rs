//! Whether a careful reader can read a mixture in only one way; if not, the possible readings.

use std::collections::{BTreeMap, BTreeSet};

use super::super::choices::{Ambiguity, Choices, Late, QuantityName};
use super::super::dates::day_of_month;
use super::super::documents::Document;
use super::super::file::HeaderRow;
use super::super::ledger::Truth;
use super::super::notation::{CurrencyPlace, Decimals, reads_one_way};
use super::super::sheet::Sheet;
use super::super::shop::{Line, Who};
use super::super::{Reading, Readings};
use super::Made;

/// The verdict.
pub(super) struct Verdict {
    pub(super) why_not: Option<String>,
    pub(super) readings: Readings,
}

/// Rows of each half of a spreadsheet that a reader needs to detect the conversion.
const MIN_DAYS_OF_EACH_HALF: usize = 8;

pub(super) fn verdict(
    c: &Choices,
    sheet: &Sheet<'_>,
    documents: &[Document<'_>],
    made: &Made,
    truth: &Truth,
) -> Verdict {
    let right = |says: &str| Reading::of(says, truth);
    let unreadable = |why: &str| Verdict { why_not: Some(why.to_owned()), readings: Readings::Impossible };
    let asked = |why: &str, readings: Vec<Reading>| Verdict {
        why_not: Some(why.to_owned()),
        readings: Readings::Of(readings),
    };
    match c.doubt {
        Ambiguity::NewReturning => {
            return unreadable("the customer column says only who is new or returning");
        }
        Ambiguity::Currencies => return unreadable("amounts of two currencies cannot be added"),
        Ambiguity::OrderIds => return unreadable("a spreadsheet has rounded the order numbers"),
        Ambiguity::CustomerIds => return unreadable("a spreadsheet has rounded the customer numbers"),
        Ambiguity::NoCustomer => return unreadable("no column says who bought"),
        Ambiguity::Periods => return unreadable("a row is the sum of a month, not an order"),
        Ambiguity::Codes => {
            return asked("the statuses are codes that only the shop knows", vec![right("truth")]);
        }
        Ambiguity::NoHeader => return asked("no header says which column is which", vec![right("truth")]),
        Ambiguity::Edited => {
            return asked("the lines of an order name different totals", edited(sheet, documents, truth));
        }
        Ambiguity::Discount => {
            return asked("a discount is a percentage or an amount", discounts(sheet, documents, truth));
        }
        Ambiguity::Absent | Ambiguity::DayOrMonth | Ambiguity::Thousands => {}
    }
    if c.late == Late::Currency {
        return unreadable("amounts of two currencies cannot be added");
    }
    if c.dates.day_and_month_may_swap() && documents.iter().all(|document| day_of_month(document.at) <= 12) {
        return asked(
            "no day is above 12: day and month cannot be told apart",
            vec![right("dates as they are meant"), right("day and month swapped")],
        );
    }
    if c.dates.is_half_converted() {
        let swapped = documents.iter().filter(|document| day_of_month(document.at) <= 12).count();
        if swapped < MIN_DAYS_OF_EACH_HALF || documents.len() - swapped < MIN_DAYS_OF_EACH_HALF {
            return asked(
                "too few dates to see that a spreadsheet swapped some of them",
                vec![right("truth")],
            );
        }
    }
    let decimals_are_stated = c.currency != CurrencyPlace::NotStated && c.decimals != Decimals::Three;
    let money = (0..made.roles.len()).filter(|&place| made.roles[place].is_money());
    let texts = money.flat_map(|place| made.tables.iter().flat_map(move |table| table.column(place)));
    if !decimals_are_stated && !reads_one_way(texts) {
        return asked("a mark before three digits is of thousands or of decimals", thousands(c, truth));
    }
    if c.quantity_name == QuantityName::Amount && !sizes_differ(documents) {
        return asked("a column called amount is of pieces or of money", vec![right("truth")]);
    }
    debug_assert!(c.header == HeaderRow::Present || c.doubt == Ambiguity::Absent);
    Verdict { why_not: None, readings: Readings::One }
}

/// The amounts as they are, and a thousand times larger or smaller.
fn thousands(c: &Choices, truth: &Truth) -> Vec<Reading> {
    let right = Reading::of("as it is meant", truth);
    let other = |minor: i64| if c.decimals == Decimals::Zero { minor / 1000 } else { minor * 1000 };
    vec![
        right.clone(),
        Reading {
            says: "the other way round".to_owned(),
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
        .filter(|document| matches!(document.who, Who::Known(_)))
        .filter_map(|document| {
            let edited = sheet.edited.iter().find(|(place, _)| *place == document.place);
            edited.map(|(_, total)| total - document.amounts.total)
        })
        .sum();
    vec![
        right.clone(),
        Reading {
            says: "the total of an order's last line".to_owned(),
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
        .filter(|document| matches!(document.who, Who::Known(_)))
        .flat_map(|document| document.lines)
        .map(as_amount)
        .sum();
    vec![
        right.clone(),
        Reading {
            says: "discounts are amounts".to_owned(),
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
