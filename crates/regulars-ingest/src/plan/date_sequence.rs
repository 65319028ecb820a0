//! Checks of numeric dates on every row: dates that only the other order of day and month puts between their
//! neighbours, and dates that begin with the last two digits of the year.
//!
//! Deliberately not here: dates of a sample (see `date_notation`).

use regulars_core::dates::DateOrder;
use regulars_core::money::format_count;

use crate::cells::trim;
use crate::error::{Error, Kind, Result};

/// Days on which no decision is made yet; more are forgotten.
const PENDING: usize = 64;
/// Fewer exceptions may be typing errors.
const EXCEPTIONS: u64 = 5;

/// A date in both orders of day and month, as numbers that ascend with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct BothOrders {
    day_first: u32,
    month_first: u32,
}

/// Smallest and largest of the values seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Range(Option<(u32, u32)>);

impl Range {
    fn add(&mut self, value: u32) {
        self.0 = Some(self.0.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
    }

    fn merge(&mut self, other: Self) {
        if let Some((low, high)) = other.0 {
            self.add(low);
            self.add(high);
        }
    }
}

/// Evidence from the sequence of dates in one file. Equal dates in adjacent rows count once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DateSequence {
    last: Vec<u8>,
    /// The last date with only one reading.
    anchor: Option<u32>,
    pending: Vec<(BothOrders, Vec<u8>)>,
    anchors: u64,
    descents: u64,
    /// Ambiguous dates that only one order puts between the dates around them.
    only_day_first: u64,
    only_month_first: u64,
    day_first_example: Option<Vec<u8>>,
    month_first_example: Option<Vec<u8>>,
    long_years: Range,
    /// Dates such as `24/02/17`, the first and last number of them, and the first such date.
    short: u64,
    short_first: Range,
    short_last: Range,
    short_example: Option<Vec<u8>>,
}

impl DateSequence {
    /// Adds the next date of the file.
    #[inline]
    pub(crate) fn add(&mut self, value: &[u8]) {
        let date = trim(value).split(|b| matches!(b, b' ' | b'T')).next().unwrap_or_default();
        if date != self.last {
            self.last.clear();
            self.last.extend_from_slice(date);
            self.add_new(date);
        }
    }

    fn add_new(&mut self, date: &[u8]) {
        let mut parts = date.split(|b| matches!(b, b'/' | b'.' | b'-'));
        let mut number = |widths: &[usize]| -> Option<u32> {
            let part = parts.next()?;
            let digits = widths.contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
            digits.then(|| part.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
        };
        let (Some(first), Some(second), Some(third)) = (number(&[1, 2]), number(&[1, 2]), number(&[2, 4]))
        else {
            return;
        };
        if third < 100 {
            self.short += 1;
            self.short_first.add(first);
            self.short_last.add(third);
            if self.short_example.is_none() {
                self.short_example = Some(date.to_vec());
            }
            return;
        }
        self.long_years.add(third);
        let day = |month: u32, day: u32| (third * 12 + month) * 31 + day;
        let both = BothOrders { day_first: day(second, first), month_first: day(first, second) };
        match (first, second) {
            (13..=31, 1..=12) => self.set_anchor(both.day_first),
            (1..=12, 13..=31) => self.set_anchor(both.month_first),
            (1..=12, 1..=12) if first == second => self.set_anchor(both.day_first),
            (1..=12, 1..=12) if self.pending.len() < PENDING => self.pending.push((both, date.to_vec())),
            _ => {}
        }
    }

    fn set_anchor(&mut self, next: u32) {
        let pending = std::mem::take(&mut self.pending);
        self.anchors += 1;
        if let Some(last) = self.anchor.replace(next) {
            if next < last {
                self.descents += 1;
                return;
            }
            for (date, text) in pending {
                match ((last..=next).contains(&date.day_first), (last..=next).contains(&date.month_first)) {
                    (true, false) => {
                        self.only_day_first += 1;
                        self.day_first_example.get_or_insert(text);
                    }
                    (false, true) => {
                        self.only_month_first += 1;
                        self.month_first_example.get_or_insert(text);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Adds the evidence of the next part of the same file.
    pub(crate) fn merge(&mut self, later: Self) {
        self.anchors += later.anchors;
        self.descents += later.descents;
        self.only_day_first += later.only_day_first;
        self.only_month_first += later.only_month_first;
        self.short += later.short;
        self.long_years.merge(later.long_years);
        self.short_first.merge(later.short_first);
        self.short_last.merge(later.short_last);
        for (mine, theirs) in [
            (&mut self.day_first_example, later.day_first_example),
            (&mut self.month_first_example, later.month_first_example),
            (&mut self.short_example, later.short_example),
        ] {
            *mine = mine.take().or(theirs);
        }
    }

    /// A date that would stand between its neighbours only in the other order, and the number of such dates.
    fn swapped(&self, order: DateOrder) -> Option<(u64, &[u8])> {
        let (fitting, swapped, example) = match order {
            DateOrder::MonthFirst => (self.only_month_first, self.only_day_first, &self.day_first_example),
            _ => (self.only_day_first, self.only_month_first, &self.month_first_example),
        };
        let ascends = self.descents * 50 <= self.anchors;
        let found = ascends && swapped >= EXCEPTIONS && swapped * 200 > fitting;
        example.as_deref().filter(|_| found).map(|example| (swapped, example))
    }

    /// A date with a year of two digits that seems to come first, and the number of such dates: the first
    /// numbers are all within the years that other dates have.
    fn short_year_first(&self) -> Option<(u64, &[u8])> {
        let (low, high) = self.long_years.0?;
        let (first_low, first_high) = self.short_first.0?;
        let (_, last_high) = self.short_last.0?;
        let are_years = first_low + 2_001 >= low && first_high + 2_000 <= high + 2;
        self.short_example
            .as_deref()
            .filter(|_| self.short >= EXCEPTIONS && are_years && last_high <= 31)
            .map(|example| (self.short, example))
    }

    /// Errors: [`Kind::Unreadable`] if the notation of the dates changes within the file.
    pub(crate) fn check(&self, name: &str, shown: &str, order: DateOrder) -> Result<()> {
        let found =
            self.short_year_first().map(|found| (found, "begin with the last two digits of the year"));
        let found = found
            .or_else(|| self.swapped(order).map(|found| (found, "have day and month in the other order")));
        let Some(((count, example), fault)) = found else { return Ok(()) };
        let written = if order == DateOrder::MonthFirst { "month_first" } else { "day_first" };
        Err(Error::new(
            Kind::Unreadable,
            format!(
                "from some row on, {} dates in `{name}` of `{shown}` {fault}; the first is `{}`",
                format_count(count),
                String::from_utf8_lossy(example)
            ),
        )
        .hint(format!(
            "export the file again with one notation, or save each part as a file of its own; if all dates are right as they are: --set source.date_order={written}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> impl Iterator<Item = (u32, u32)> {
        (1..=12).flat_map(|month| (1..=28).map(move |day| (month, day)))
    }

    fn sequence(dates: impl Iterator<Item = String>) -> DateSequence {
        let mut sequence = DateSequence::default();
        for date in dates {
            sequence.add(date.as_bytes());
        }
        sequence
    }

    #[test]
    fn swapped_dates_do_not_fit_between_their_neighbours() {
        let written = |from: u32| {
            move |(month, day)| {
                if (month >= from) && day <= 12 {
                    format!("{month:02}/{day:02}/2024")
                } else {
                    format!("{day:02}/{month:02}/2024")
                }
            }
        };
        let changed = sequence(days().map(written(11)));
        // November and December, without 11/11 and 12/12; the first days of December precede the next anchor.
        assert_eq!(changed.swapped(DateOrder::DayFirst).map(|(count, _)| count), Some(22));
        assert_eq!(sequence(days().map(written(13))).swapped(DateOrder::DayFirst), None);
        // In a file without order, nothing follows from the neighbours.
        let shuffled = (0..336).map(|i| days().nth(i * 137 % 336).expect("336 days")).map(written(13));
        assert_eq!(sequence(shuffled).swapped(DateOrder::DayFirst), None);
        assert!(changed.check("Date", "orders.csv", DateOrder::DayFirst).is_err());
    }

    #[test]
    fn years_of_two_digits_that_come_first_are_noticed_beside_full_years() {
        let full = || days().map(|(month, day)| format!("{day:02}/{month:02}/2024"));
        let short = || days().map(|(month, day)| format!("25/{month:02}/{day:02}"));
        let short_last = || days().map(|(month, day)| format!("{day:02}/{month:02}/25"));
        assert_eq!(sequence(full().chain(short())).short_year_first().map(|(count, _)| count), Some(336));
        assert_eq!(sequence(full().chain(short_last())).short_year_first(), None);
        assert_eq!(sequence(full()).short_year_first(), None);
        let mut parts = sequence(full());
        parts.merge(sequence(short()));
        assert_eq!(parts.short_year_first(), Some((336, b"25/01/01".as_slice())));
    }
}
