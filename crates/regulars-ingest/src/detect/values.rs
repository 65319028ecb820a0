//! What the values of a column say: whether they can be what the name promises, and how they are
//! written.

use regulars_core::columns::Column;
use regulars_core::dates::{self, DateOrder, Epoch};
use regulars_core::money::{self, Notation};

use super::{Sample, present};
use crate::cells::{Cell, trim};

/// Share of values of a column that can be what `column` needs, as a factor of its confidence.
pub(super) fn fit(sample: &Sample, index: usize, column: Column, notation: Notation) -> f64 {
    if matches!(column, Column::TransactionDate) && sample.times[index] {
        return 1.0;
    }
    let (mut seen, mut good) = (0_u32, 0_u32);
    for value in present(sample, index).take(500) {
        seen += 1;
        let bytes = value.as_bytes();
        good += u32::from(match column {
            Column::TransactionDate => {
                [DateOrder::DayFirst, DateOrder::MonthFirst]
                    .iter()
                    .any(|order| dates::parse_moment(trim(bytes), *order).is_some())
                    || epoch_of(trim(bytes)).is_some()
            }
            Column::TotalAmount | Column::Price | Column::Quantity => {
                money::parse_minor(trim(bytes), notation).is_ok()
                    || money::parse_minor(
                        trim(bytes),
                        Notation { decimal_comma: !notation.decimal_comma, ..notation },
                    )
                    .is_ok()
            }
            _ => true,
        });
    }
    // A column that is never filled is not the one; without rows there is nothing against the name.
    if seen == 0 {
        return if sample.rows.is_empty() { 1.0 } else { 0.2 };
    }
    if good * 2 >= seen { 1.0 } else { 0.2 }
}

/// Whether the column holds numbers of days as spreadsheets count them, 1955 to 2064.
pub(super) fn are_day_numbers(sample: &Sample, index: usize) -> bool {
    let mut values = present(sample, index).take(200).peekable();
    values.peek().is_some()
        && values.all(|v| v.trim().parse::<f64>().is_ok_and(|n| (20_000.0..60_000.0).contains(&n)))
}

/// Whether the sample's amounts are written with a decimal comma; other columns are looked at only
/// where the columns `amounts` do not tell.
///
/// A comma with one, two or more than three digits after it at the end of a value is one; a point
/// in that place speaks against it. Where only groups of three are seen (`1,234`) a semicolon or
/// tab between fields decides, since exports with those come from decimal-comma countries.
pub(super) fn decimal_comma(sample: &Sample, amounts: &[usize]) -> bool {
    let (mut comma, mut point) = count_marks(sample, &|column| amounts.contains(&column));
    if (comma, point) == (0, 0) {
        (comma, point) = count_marks(sample, &|_| true);
    }
    comma > point
        || (comma == 0
            && point == 0
            && sample.delimiter == Some(b';')
            && sample.rows.iter().flatten().any(|v| is_comma_number(v)))
}

/// How many values have a decimal comma, and how many a decimal point.
fn count_marks(sample: &Sample, wanted: &dyn Fn(usize) -> bool) -> (u32, u32) {
    let (mut comma, mut point) = (0_u32, 0_u32);
    for row in sample.rows.iter().take(2_000) {
        for (_, value) in row.iter().enumerate().filter(|(column, _)| wanted(*column)) {
            let value = value.trim().trim_matches(['€', '$', '£', ' ', '-']);
            if !value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b' ')) {
                continue;
            }
            let tail = |mark: char| value.rsplit_once(mark).map(|(head, tail)| (head, tail.len()));
            match (tail(','), tail('.')) {
                (Some((head, digits)), None) if digits != 3 && !head.contains(',') => comma += 1,
                (None, Some((head, digits))) if digits != 3 && !head.contains('.') => point += 1,
                (Some((_, after_comma)), Some((_, after_point))) if after_comma < after_point => comma += 1,
                (Some(_), Some(_)) => point += 1,
                _ => {}
            }
        }
    }
    (comma, point)
}

fn is_comma_number(value: &str) -> bool {
    value.contains(',') && value.trim().bytes().all(|b| b.is_ascii_digit() || b == b',')
}

fn epoch_of(text: &[u8]) -> Option<Epoch> {
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match text.len() {
        10 => Some(Epoch::Seconds),
        13 => Some(Epoch::Millis),
        _ => None,
    }
}

/// What the numbers of a date column count, if they are bare numbers.
pub(super) fn epoch(sample: &Sample, index: usize) -> Option<Epoch> {
    if sample.times[index] {
        return None;
    }
    let mut epochs = present(sample, index).take(200).map(|v| epoch_of(trim(v.as_bytes())));
    let first = epochs.next()??;
    epochs.all(|e| e == Some(first)).then_some(first)
}

/// Which word a yes in the status column means, if it holds yes and no.
pub(super) fn status_flag(sample: &Sample, index: usize, name: &str) -> Option<&'static str> {
    let word = if name.contains("refund") {
        "refunded"
    } else if name.contains("return") {
        "returned"
    } else if name.contains("cancel") {
        "cancelled"
    } else {
        return None;
    };
    present(sample, index).take(500).all(|v| Cell::Text(v.as_bytes()).flag().is_some()).then_some(word)
}

/// What dates such as `03/04/2024` say about the order of day and month.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OrderEvidence {
    ambiguous: u64,
    day_first: u64,
    month_first: u64,
}

impl OrderEvidence {
    /// Looks at one value.
    pub(crate) fn look(&mut self, value: &[u8]) {
        let value = trim(value);
        let mut parts = value.splitn(3, |b| matches!(b, b'/' | b'.' | b'-'));
        let number = |part: Option<&[u8]>| {
            part.filter(|p| (1..=2).contains(&p.len()))
                .and_then(|p| str::from_utf8(p).ok()?.parse::<u8>().ok())
        };
        let (Some(first), Some(second), Some(_)) = (number(parts.next()), number(parts.next()), parts.next())
        else {
            return;
        };
        match (first, second) {
            (13..=31, 1..=12) => self.day_first += 1,
            (1..=12, 13..=31) => self.month_first += 1,
            (1..=12, 1..=12) => self.ambiguous += 1,
            _ => {}
        }
    }

    /// The order, once it is clear; year first where no such dates were seen.
    pub(crate) fn order(&self) -> Option<DateOrder> {
        match (self.day_first, self.month_first) {
            (0, 0) => (self.ambiguous == 0).then_some(DateOrder::YearFirst),
            (day, month) if day >= month => Some(DateOrder::DayFirst),
            _ => Some(DateOrder::MonthFirst),
        }
    }

    /// Whether both orders occur too often to be slips: one in fifty.
    pub(crate) fn is_contradictory(&self) -> bool {
        self.day_first.min(self.month_first) * 50 > self.day_first.max(self.month_first)
    }

    /// Whether a date was seen that can be read in one way only.
    pub(crate) fn is_decided(&self) -> bool {
        self.day_first + self.month_first > 0
    }
}
