//! The notation of dates: order of day and month, numbers counted from an epoch, and columns that a
//! spreadsheet converted in part.

use regulars_core::columns::Column;
use regulars_core::config::Source;
use regulars_core::dates::{self, DateOrder, Epoch};

use super::columns::{Columns, free};
use super::sample::Sample;
use super::vocabulary::{CANCEL, OTHER_DATE, REFUND, SHIPPING};
use crate::cells::{Cell, trim};
use crate::error::{Error, Kind, Result};
use crate::question::{ask, reading};

/// How the dates of a file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DatePlan {
    /// `None`: the sample does not show it.
    pub(crate) order: Option<DateOrder>,
    /// What bare numbers count from.
    pub(crate) epoch: Option<Epoch>,
    /// A spreadsheet swapped day and month of the dates that it recognised.
    pub(crate) swapped: bool,
}

/// The epoch of a bare number in a date column, by its size.
pub(crate) fn epoch_of(text: &[u8]) -> Option<Epoch> {
    if let Some(point) = text.iter().position(|b| *b == b'.') {
        let (whole, fraction) = (&text[..point], &text[point + 1..]);
        let digits = |t: &[u8]| !t.is_empty() && t.iter().all(u8::is_ascii_digit);
        return (digits(fraction) && digits(whole)).then(|| epoch_of(whole)).flatten();
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match text.len() {
        // The years 1954 to 2118.
        5 => (20_000..80_000)
            .contains(&str::from_utf8(text).ok()?.parse::<u32>().ok()?)
            .then_some(Epoch::SpreadsheetDays),
        10 => Some(Epoch::Seconds),
        13 => Some(Epoch::Millis),
        16 => Some(Epoch::Micros),
        _ => None,
    }
}

/// Whether the dates of a column include a time of day.
pub(super) fn has_time(sample: &Sample, date: usize) -> bool {
    if sample.times[date] {
        return sample.share(date, |v| !v.ends_with("00:00:00")).is_some_and(|share| share > 0.0);
    }
    let counts_seconds = |v: &str| v.len() >= 10 && v.bytes().all(|b| b.is_ascii_digit());
    let has_fraction = |v: &str| {
        v.split_once('.').is_some_and(|(days, part)| {
            days.len() == 5 && days.parse::<u32>().is_ok() && part.bytes().any(|b| b != b'0')
        })
    };
    let has_time = |v: &str| v.contains(':') || counts_seconds(v) || has_fraction(v);
    sample.share(date, |v| has_time(v.trim())).is_some_and(|share| share > 0.5)
}

/// The time column, if the date column has no time of day.
pub(super) fn time_column(sample: &Sample, columns: &Columns) -> Option<usize> {
    let date = columns.get(&Column::TransactionDate)?.index;
    let elsewhere = SHIPPING.and(CANCEL).and(REFUND).and(OTHER_DATE);
    let is_time = |i: &usize| {
        sample.filled(*i) > 0.9
            && !sample.names[*i].has(elsewhere)
            && sample.share(*i, |v| dates::parse_time_of_day(v.as_bytes()).is_some()) == Some(1.0)
    };
    if has_time(sample, date) {
        return None;
    }
    free(sample, columns).find(is_time)
}

/// Evidence from dates such as `03/04/2024` for the order of day and month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OrderEvidence {
    ambiguous: u64,
    day_first: u64,
    month_first: u64,
    /// Dates in another notation (ISO, day numbers) with a day up to 12, and above.
    converted_low: u64,
    converted_high: u64,
}

impl OrderEvidence {
    /// Adds a value to the evidence.
    pub(crate) fn add(&mut self, value: &[u8]) {
        let value = trim(value);
        let mut parts = value.splitn(3, |b| matches!(b, b'/' | b'.' | b'-'));
        let number = |part: Option<&[u8]>| {
            part.map(<[u8]>::trim_ascii)
                .filter(|p| (1..=2).contains(&p.len()))
                .and_then(|p| str::from_utf8(p).ok()?.parse::<u8>().ok())
        };
        let (Some(first), Some(second), Some(_)) = (number(parts.next()), number(parts.next()), parts.next())
        else {
            self.look_at_converted(value);
            return;
        };
        match (first, second) {
            (13..=31, 1..=12) => self.day_first += 1,
            (1..=12, 13..=31) => self.month_first += 1,
            (1..=12, 1..=12) => self.ambiguous += 1,
            _ => {}
        }
    }

    fn look_at_converted(&mut self, value: &[u8]) {
        let micros = match epoch_of(value) {
            Some(Epoch::SpreadsheetDays) => {
                str::from_utf8(value).ok().and_then(|v| dates::spreadsheet_days_micros(v.parse().ok()?))
            }
            Some(_) => None,
            None if value.len() >= 10 && value.get(4) == Some(&b'-') => {
                dates::parse_moment(value, DateOrder::YearFirst)
                    .and_then(|m| dates::to_local_micros(m, None, false))
            }
            None => None,
        };
        let Some(micros) = micros else { return };
        let day = dates::format_day(micros)[8..].parse::<u8>().unwrap_or(31);
        if day <= 12 {
            self.converted_low += 1;
        } else {
            self.converted_high += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.ambiguous += other.ambiguous;
        self.day_first += other.day_first;
        self.month_first += other.month_first;
        self.converted_low += other.converted_low;
        self.converted_high += other.converted_high;
    }

    /// The order, once clear; year first if no such dates were seen.
    pub(crate) fn order(&self) -> Option<DateOrder> {
        match (self.day_first, self.month_first) {
            (0, 0) => (self.ambiguous == 0).then_some(DateOrder::YearFirst),
            (day, month) if day >= month => Some(DateOrder::DayFirst),
            _ => Some(DateOrder::MonthFirst),
        }
    }

    /// Whether both orders are too frequent for errors: more than one in fifty.
    pub(crate) fn is_contradictory(&self) -> bool {
        self.day_first.min(self.month_first) * 50 > self.day_first.max(self.month_first)
    }

    /// Whether a date with only one reading was seen.
    pub(crate) fn is_decided(&self) -> bool {
        self.day_first + self.month_first > 0
    }

    /// Whether a spreadsheet seems to have converted the dates that fit its own order of day and month: all
    /// unconverted dates have a day above 12, and no converted date has.
    pub(crate) fn is_half_converted(&self) -> bool {
        let left = self.day_first.max(self.month_first);
        self.ambiguous == 0
            && self.day_first.min(self.month_first) == 0
            && left >= 3
            && self.converted_high == 0
            && self.converted_low >= 3
    }

    /// Whether that is certain: so many days up to 12 hardly occur by chance.
    fn half_converted_is_sure(&self) -> bool {
        self.converted_low >= 8
    }
}

/// Determines how the dates of the column are read.
///
/// Errors: [`Kind::Ambiguous`] if some dates are day first and others month first, or if a spreadsheet may
/// have swapped some.
pub(super) fn plan(sample: &Sample, index: usize, source: &Source, shown: &str) -> Result<DatePlan> {
    if sample.times[index] {
        return Ok(DatePlan {
            order: Some(source.date_order.unwrap_or(DateOrder::YearFirst)),
            ..DatePlan::default()
        });
    }
    let epoch = sample.present(index).find_map(|v| epoch_of(trim(v.as_bytes())));
    let mut evidence = OrderEvidence::default();
    for value in sample.present(index) {
        evidence.add(value.as_bytes());
    }
    let name = &sample.header[index];
    if source.date_order.is_none() && has_short_years_first(sample, index) {
        let example = sample.present(index).next().unwrap_or("");
        return Err(Error::new(
            Kind::Unreadable,
            format!("the dates in `{name}` of `{shown}` begin with the last two digits of the year: `{example}`"),
        )
        .hint("write the year in full, as in 2024-03-31; if the first number is the day: --set source.date_order=day_first"));
    }
    if let Some(swapped) = source.swap_converted_dates {
        return Ok(DatePlan { order: source.date_order.or(evidence.order()), epoch, swapped });
    }
    if evidence.is_half_converted() {
        if !evidence.half_converted_is_sure() {
            return Err(ask(
                format!(
                    "some dates in `{name}` of `{shown}` were converted by a spreadsheet, but not those with a day above 12: did it swap day and month?"
                ),
                vec![
                    reading(
                        "day and month of the converted dates are swapped",
                        "source.swap_converted_dates=true",
                    ),
                    reading("the converted dates are right", "source.swap_converted_dates=false"),
                ],
            ));
        }
        return Ok(DatePlan { order: source.date_order.or(evidence.order()), epoch, swapped: true });
    }
    if source.date_order.is_some() {
        return Ok(DatePlan { order: source.date_order, epoch, swapped: false });
    }
    if evidence.is_contradictory() {
        return Err(contradictory(name, shown));
    }
    Ok(DatePlan { order: evidence.order(), epoch, swapped: false })
}

/// Whether dates such as `23-03-05` ascend from row to row as year, month and day, but not as day, month and
/// year.
fn has_short_years_first(sample: &Sample, index: usize) -> bool {
    let parts = |value: &str| -> Option<[u8; 3]> {
        let parts: Vec<u8> = value
            .trim()
            .split([' ', 'T'])
            .next()?
            .split(['/', '.', '-'])
            .map(|part| part.parse().ok().filter(|_| part.len() == 2))
            .collect::<Option<_>>()?;
        parts.try_into().ok()
    };
    let Some(dates) = sample.present(index).map(parts).collect::<Option<Vec<[u8; 3]>>>() else {
        return false;
    };
    let descents = |order: [usize; 3]| {
        let at = |date: &[u8; 3]| order.map(|part| date[part]);
        dates.windows(2).filter(|pair| at(&pair[0]) > at(&pair[1])).count()
    };
    let months = dates.iter().all(|date| (1..=12).contains(&date[1]) && (1..=31).contains(&date[2]));
    let year_first = descents([0, 1, 2]);
    dates.len() > 9
        && months
        && year_first * 50 <= dates.len()
        && year_first < descents([2, 1, 0]).min(descents([2, 0, 1]))
}

/// The question about contradictory dates.
pub(crate) fn contradictory(name: &str, shown: &str) -> Error {
    ask(
        format!("some dates in `{name}` of `{shown}` are day first, others month first"),
        vec![
            reading("day first counts, the others are rejected", "source.date_order=day_first"),
            reading("month first counts, the others are rejected", "source.date_order=month_first"),
        ],
    )
}

/// The question about dates that can be read in both orders.
pub(crate) fn either_order(example: &str, shown: &str) -> Error {
    ask(
        format!("the dates of `{shown}` can be read in two ways: is `{example}` day first or month first?"),
        vec![
            reading("day first", "source.date_order=day_first"),
            reading("month first", "source.date_order=month_first"),
        ],
    )
}

/// The error for a date column in an unknown notation.
pub(super) fn unreadable(sample: &Sample, index: usize, shown: &str) -> Error {
    let example = sample.present(index).find(|v| !super::sample::is_date(v)).unwrap_or("");
    Error::new(
        Kind::Unreadable,
        format!("the dates in `{}` of `{shown}` cannot be read; the first is `{example}`", sample.header[index]),
    )
    .hint("write them as 2024-03-31 or 2024-03-31 14:05; if another column is the date: --map transaction_date=\"NAME\"")
}

/// Restores a time whose day and month a spreadsheet swapped.
pub(crate) fn swap_day_and_month(micros: i64) -> i64 {
    let text = dates::format_day(micros);
    let (Some(year), Some(month), Some(day)) = (
        text.get(..4).and_then(|t| t.parse().ok()),
        text.get(5..7).and_then(|t| t.parse().ok()),
        text.get(8..).and_then(|t| t.parse().ok()),
    ) else {
        return micros;
    };
    // A day above 12 is not a month, so nothing was swapped.
    dates::civil_micros(year, day, month)
        .map_or(micros, |swapped| swapped + micros.rem_euclid(dates::DAY_MICROS))
}

/// The time in a cell that counts from an epoch, if its size shows which.
pub(crate) fn epoch_moment(cell: Cell<'_>) -> Option<dates::Moment> {
    match cell {
        Cell::Text(text) => {
            let text = trim(text);
            let value = || str::from_utf8(text).ok();
            match epoch_of(text)? {
                Epoch::SpreadsheetDays => {
                    dates::spreadsheet_days_micros(value()?.parse().ok()?).map(dates::Moment::Local)
                }
                epoch => {
                    let whole = value()?.split('.').next()?.parse().ok()?;
                    dates::epoch_micros(whole, epoch).map(dates::Moment::utc)
                }
            }
        }
        Cell::Int(value) => {
            let text = value.to_string();
            epoch_moment(Cell::Text(text.as_bytes()))
        }
        Cell::Float(value) if (20_000.0..80_000.0).contains(&value) => {
            dates::spreadsheet_days_micros(value).map(dates::Moment::Local)
        }
        Cell::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => {
            epoch_moment(Cell::Int(value as i64))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(values: &[&str]) -> OrderEvidence {
        let mut evidence = OrderEvidence::default();
        for value in values {
            evidence.add(value.as_bytes());
        }
        evidence
    }

    #[test]
    fn one_date_above_twelve_decides() {
        assert_eq!(evidence(&["03/04/2024", "31/03/2024"]).order(), Some(DateOrder::DayFirst));
        assert_eq!(evidence(&["03/04/2024", "03/31/2024"]).order(), Some(DateOrder::MonthFirst));
        assert_eq!(evidence(&["03/04/2024"]).order(), None);
        assert_eq!(evidence(&["2024-03-04"]).order(), Some(DateOrder::YearFirst));
        assert!(evidence(&["31/03/2024", "03/31/2024"]).is_contradictory());
    }

    #[test]
    fn years_of_two_digits_before_the_month_are_noticed() {
        let sample = |dates: &[String]| {
            let rows = dates.iter().map(|date| vec![date.clone()]).collect();
            Sample::new(vec!["date".to_owned()], rows, vec![false], Some(b','))
        };
        let days = || (1..=12).flat_map(|month| [3, 9, 17].map(|day| (month, day)));
        let year_first: Vec<String> = days().map(|(m, d)| format!("23-{m:02}-{d:02}")).collect();
        assert!(has_short_years_first(&sample(&year_first), 0));
        let day_first: Vec<String> = days().map(|(m, d)| format!("{d:02}-{m:02}-23")).collect();
        assert!(!has_short_years_first(&sample(&day_first), 0));
        let month_first: Vec<String> = days().map(|(m, d)| format!("{m:02}/{d:02}/23")).collect();
        assert!(!has_short_years_first(&sample(&month_first), 0));
    }

    #[test]
    fn a_column_converted_by_half_is_noticed() {
        let half = ["2024-04-03", "2024-11-03", "2024-01-02", "31/03/2024", "13/03/2024", "25/12/2024"];
        assert!(evidence(&half).is_half_converted());
        assert!(
            !evidence(&["2024-04-13", "2024-11-03", "2024-01-02", "31/03/2024", "13/03/2024", "25/12/2024"])
                .is_half_converted()
        );
        assert!(
            !evidence(&["03/04/2024", "31/03/2024", "13/03/2024", "25/12/2024", "2024-01-02"])
                .is_half_converted()
        );
        let april = dates::civil_micros(2024, 3, 4).expect("valid");
        assert_eq!(dates::format_day(swap_day_and_month(april)), "2024-04-03");
        assert_eq!(
            dates::format_day(swap_day_and_month(dates::civil_micros(2024, 3, 13).expect("valid"))),
            "2024-03-13"
        );
    }
}
