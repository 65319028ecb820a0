//! Dates and timestamps as shops write them, into microseconds.
//!
//! A stored timestamp is the wall clock of the zone the data set is analysed in, without a zone of
//! its own: "purchases on Monday" then needs no further thought. Deliberately not here: today.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// Microseconds in a day.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// The last microsecond of a day that is numbered from 1970.
pub fn end_of_day_micros(day: i64) -> i64 {
    (day + 1) * DAY_MICROS - 1
}

/// In which order day, month and year stand where all three are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `2024-03-31`; four digits first are always read so.
    YearFirst,
    /// `31.03.2024`.
    DayFirst,
    /// `03/31/2024`.
    MonthFirst,
}

/// What a numeric date counts, where a column holds bare numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epoch {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
}

/// A point in time as read, before any zone is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// No offset was written: the wall clock of wherever the shop is.
    Local(i64),
    /// An offset was written; in microseconds of UTC.
    Utc(i64),
}

/// Microseconds since 1970-01-01 of a civil date.
pub fn civil_micros(year: i32, month: u32, day: u32) -> Option<i64> {
    let days =
        NaiveDate::from_ymd_opt(year, month, day)?.signed_duration_since(NaiveDate::default()).num_days();
    days.checked_mul(DAY_MICROS)
}

/// Reads a date or timestamp.
///
/// Takes ISO 8601 with or without time and offset, `31.03.2024 14:05`, `3/31/2024 2:05 PM`,
/// `20240331`, `31 Mar 2024`, `Mar 31, 2024`, and Unix seconds or milliseconds.
///
/// Shape: `None` when the text is none of these or names a day that does not exist.
pub fn parse_moment(text: &[u8], order: DateOrder) -> Option<Moment> {
    if let Some(micros) = parse_iso(text) {
        return Some(Moment::Local(micros));
    }
    let text = str::from_utf8(text).ok()?.trim();
    let text = text.trim_matches('"').trim();
    if text.len() < 6 || text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let mut rest = Rest(text.as_bytes());
    let date = rest.date(order)?;
    rest.time_and_offset(date)
}

/// `2024-03-31`, `2024-03-31T14:05`, `2024-03-31 14:05:09.123456`: nearly every date there is.
fn parse_iso(text: &[u8]) -> Option<i64> {
    if text.len() < 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let date = civil_micros(number(&text[..4])? as i32, number(&text[5..7])?, number(&text[8..10])?)?;
    if text.len() == 10 {
        return Some(date);
    }
    if text.len() < 16 || !matches!(text[10], b'T' | b' ') || text[13] != b':' {
        return None;
    }
    let (hour, minute) = (number(&text[11..13])?, number(&text[14..16])?);
    let mut micros = i64::from(hour) * 3_600_000_000 + i64::from(minute) * 60_000_000;
    if hour > 23 || minute > 59 {
        return None;
    }
    if text.len() > 16 {
        if text.len() < 19 || text[16] != b':' {
            return None;
        }
        let second = number(&text[17..19])?;
        if second > 59 {
            return None;
        }
        micros += i64::from(second) * 1_000_000;
        if text.len() > 19 {
            if text[19] != b'.' || text.len() == 20 || text.len() > 29 {
                return None;
            }
            micros += fraction_micros(&text[20..])?;
        }
    }
    Some(date + micros)
}

fn number(digits: &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
    }
    (!digits.is_empty()).then_some(value)
}

fn fraction_micros(digits: &[u8]) -> Option<i64> {
    let mut value = 0_i64;
    for i in 0..6 {
        value = value * 10
            + digits.get(i).map_or(Some(0), |b| b.is_ascii_digit().then(|| i64::from(b - b'0')))?;
    }
    digits.iter().all(u8::is_ascii_digit).then_some(value)
}

/// What is left of the text to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let n = self.0.iter().take_while(|b| wanted(**b)).count();
        self.0 = &self.0[n..];
        n
    }

    fn digits(&mut self) -> Option<(u32, usize)> {
        let n = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let value = number(&self.0[..n])?;
        self.0 = &self.0[n..];
        Some((value, n))
    }

    fn month_name(&mut self) -> Option<u32> {
        const MONTHS: [&[u8; 3]; 12] =
            [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
        let n = self.0.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let head: [u8; 3] = self.0.get(..3)?.try_into().ok()?;
        let month = MONTHS.iter().position(|m| **m == head.map(|b| b.to_ascii_lowercase()))?;
        self.0 = &self.0[n..];
        self.skip(|b| b == b'.');
        Some(month as u32 + 1)
    }

    fn date(&mut self, order: DateOrder) -> Option<i64> {
        let separator = |b: u8| matches!(b, b'-' | b'/' | b'.' | b' ' | b',');
        if self.0.first()?.is_ascii_alphabetic() {
            // A weekday may come first: "Sun, 31 Mar 2024".
            let month = self.month_name();
            if month.is_none() {
                self.skip(|b| b.is_ascii_alphabetic());
            }
            self.skip(separator);
            if let Some(month) = month {
                let (day, _) = self.digits()?;
                self.skip(separator);
                let (year, width) = self.digits()?;
                return civil_micros(full_year(year, width)?, month, day);
            }
        }
        let (first, width) = self.digits()?;
        match width {
            8 => return civil_micros((first / 10_000) as i32, first / 100 % 100, first % 100),
            10 if self.0.is_empty() => return i64::from(first).checked_mul(1_000_000),
            4 => {
                self.skip(separator);
                let (month, _) = self.digits()?;
                self.skip(separator);
                let (day, _) = self.digits()?;
                return civil_micros(first as i32, month, day);
            }
            1 | 2 => {}
            _ => return None,
        }
        if self.skip(separator) == 0 {
            return None;
        }
        let (day, month) = if self.0.first()?.is_ascii_alphabetic() {
            (first, self.month_name()?)
        } else {
            let (second, width) = self.digits()?;
            if width > 2 {
                return None;
            }
            match order {
                DateOrder::MonthFirst => (second, first),
                DateOrder::YearFirst | DateOrder::DayFirst => (first, second),
            }
        };
        self.skip(separator);
        let (year, width) = self.digits()?;
        civil_micros(full_year(year, width)?, month, day)
    }

    fn time_and_offset(&mut self, date: i64) -> Option<Moment> {
        self.skip(|b| matches!(b, b' ' | b'T' | b't' | b','));
        if self.0.is_empty() {
            return Some(Moment::Local(date));
        }
        let (mut hour, _) = self.digits()?;
        if self.skip(|b| b == b':') != 1 {
            return None;
        }
        let (minute, _) = self.digits()?;
        let mut micros = i64::from(minute) * 60_000_000;
        let mut second = 0;
        if self.skip(|b| b == b':') == 1 {
            second = self.digits()?.0;
            micros += i64::from(second) * 1_000_000;
            if self.skip(|b| b == b'.') == 1 {
                let n = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
                micros += fraction_micros(&self.0[..n])?;
                self.0 = &self.0[n..];
            }
        }
        self.skip(|b| b == b' ');
        if self.0.len() >= 2
            && matches!(self.0[0], b'a' | b'A' | b'p' | b'P')
            && self.0[1].eq_ignore_ascii_case(&b'm')
        {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour %= 12;
            if self.0[0].eq_ignore_ascii_case(&b'p') {
                hour += 12;
            }
            self.0 = &self.0[2..];
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let local = date.checked_add(micros + i64::from(hour) * 3_600_000_000)?;
        self.skip(|b| b == b' ');
        self.offset(local)
    }

    fn offset(&self, local: i64) -> Option<Moment> {
        match self.0 {
            b"" => Some(Moment::Local(local)),
            b"Z" | b"z" | b"UTC" | b"GMT" | b"utc" => Some(Moment::Utc(local)),
            [sign @ (b'+' | b'-'), digits @ ..] => {
                let digits: Vec<u8> = digits.iter().copied().filter(|b| *b != b':').collect();
                let value = number(&digits)?;
                let minutes = match digits.len() {
                    2 => value * 60,
                    4 => value / 100 * 60 + value % 100,
                    _ => return None,
                };
                if minutes > 18 * 60 {
                    return None;
                }
                let micros = i64::from(minutes) * 60_000_000;
                Some(Moment::Utc(if *sign == b'+' { local - micros } else { local + micros }))
            }
            _ => None,
        }
    }
}

/// Two-digit years are of 1970 to 2069, as POSIX has them.
fn full_year(year: u32, width: usize) -> Option<i32> {
    match width {
        4 => Some(year as i32),
        2 => Some(if year < 70 { 2000 + year as i32 } else { 1900 + year as i32 }),
        _ => None,
    }
}

/// A count since 1970 as microseconds.
pub fn epoch_micros(value: i64, epoch: Epoch) -> Option<i64> {
    value.checked_mul(match epoch {
        Epoch::Seconds => 1_000_000,
        Epoch::Millis => 1_000,
    })
}

/// The zone that days are counted in.
///
/// Errors: [`Kind::Config`] for a name that the IANA database does not have.
pub fn zone(name: &str) -> Result<Tz, Error> {
    name.parse().map_err(|_unknown| {
        Error::new(Kind::Config, format!("`{name}` is not a time zone"))
            .hint("use a name of the IANA database, such as `Europe/Berlin` or `UTC`")
    })
}

/// The wall clock of `zone` at a moment; a local moment is taken to be that already, unless
/// `local_is_utc` says that the source wrote UTC without saying so.
pub fn wall_clock(moment: Moment, zone: Tz, local_is_utc: bool) -> Option<i64> {
    let utc = match moment {
        Moment::Local(micros) if !local_is_utc => return Some(micros),
        Moment::Local(micros) | Moment::Utc(micros) => micros,
    };
    if zone == Tz::UTC {
        return Some(utc);
    }
    let naive = DateTime::from_timestamp_micros(utc)?.naive_utc();
    let offset = zone.offset_from_utc_datetime(&naive).fix();
    utc.checked_add(i64::from(offset.local_minus_utc()) * 1_000_000)
}

/// A day in the form `2024-03-31`, from microseconds.
pub fn format_day(micros: i64) -> String {
    naive(micros).map_or_else(|| format!("{micros} us"), |t| t.format("%Y-%m-%d").to_string())
}

/// Days from 1970 of a day in the form `2024-03-31`, or of a longer timestamp.
///
/// Shape: none for anything else, or a day that does not exist.
pub fn day_of(date: &str) -> Option<i64> {
    let mut parts = date.get(..10)?.split('-');
    let (year, month, day) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(civil_micros(year, month, day)? / DAY_MICROS)
}

/// The same day of the year before, both in days from 1970; of 29 February the 28th.
pub fn year_before(day: i64) -> Option<i64> {
    let shown = naive(day.checked_mul(DAY_MICROS)?)?.date();
    let (year, month) = (shown.year() - 1, shown.month());
    let micros = civil_micros(year, month, shown.day()).or_else(|| civil_micros(year, month, 28))?;
    Some(micros / DAY_MICROS)
}

/// A timestamp in the form `2024-03-31 14:05:09`, from microseconds.
pub fn format_timestamp(micros: i64) -> String {
    naive(micros).map_or_else(|| format!("{micros} us"), |t| t.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn naive(micros: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp_micros(micros)?.naive_utc())
}

/// Reads `--as-of`: a day means its end, so that the whole day counts.
///
/// Errors: [`Kind::Config`] unless it is a date or timestamp in ISO form.
pub fn parse_as_of(text: &str) -> Result<i64, Error> {
    parse_iso(text.as_bytes())
        .map(|micros| if text.len() == 10 { micros + DAY_MICROS - 1 } else { micros })
        .ok_or_else(|| {
            Error::new(Kind::Config, format!("`{text}` is not a date"))
                .hint("write it as 2024-03-31 or 2024-03-31T14:05:00")
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, order: DateOrder, expected: Option<&str>) {
        let shown = parse_moment(text.as_bytes(), order).map(|m| match m {
            Moment::Local(t) => format_timestamp(t),
            Moment::Utc(t) => format!("{}Z", format_timestamp(t)),
        });
        assert_eq!(shown.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn dates_as_exports_write_them() {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        for (text, order, expected) in [
            ("2024-03-31", YearFirst, "2024-03-31 00:00:00"),
            ("2009-12-01T07:45", YearFirst, "2009-12-01 07:45:00"),
            ("2024-03-31 14:05:09.123456789", YearFirst, "2024-03-31 14:05:09"),
            ("2024-03-31T14:05:09Z", YearFirst, "2024-03-31 14:05:09Z"),
            ("2024-03-31T14:05:09+02:00", YearFirst, "2024-03-31 12:05:09Z"),
            ("2024-03-31 14:05:09 -0400", YearFirst, "2024-03-31 18:05:09Z"),
            ("2024-03-31 14:05:09 UTC", YearFirst, "2024-03-31 14:05:09Z"),
            ("2024/3/1", YearFirst, "2024-03-01 00:00:00"),
            ("20240331", YearFirst, "2024-03-31 00:00:00"),
            ("31.03.2024 14:05", DayFirst, "2024-03-31 14:05:00"),
            ("1/12/2010 8:26", DayFirst, "2010-12-01 08:26:00"),
            ("12/1/2010 8:26", MonthFirst, "2010-12-01 08:26:00"),
            ("3/31/2024 2:05:00 PM", MonthFirst, "2024-03-31 14:05:00"),
            ("3/31/2024 12:05 AM", MonthFirst, "2024-03-31 00:05:00"),
            ("31 Mar 2024", YearFirst, "2024-03-31 00:00:00"),
            ("31-Mar-24", YearFirst, "2024-03-31 00:00:00"),
            ("March 31, 2024", YearFirst, "2024-03-31 00:00:00"),
            ("Sun, 31 Mar 2024 14:05:09 GMT", YearFirst, "2024-03-31 14:05:09Z"),
            ("1711893909", YearFirst, "2024-03-31 14:05:09"),
        ] {
            check(text, order, Some(expected));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        use DateOrder::{DayFirst, MonthFirst};
        for (text, order) in [
            ("", DayFirst),
            ("2024-02-30", DayFirst),
            ("31.13.2024", DayFirst),
            ("31/03/2024", MonthFirst),
            ("2024-03-31T25:00", DayFirst),
            ("2024-03-31T14:61", DayFirst),
            ("13:00 PM", DayFirst),
            ("12.50", DayFirst),
            ("yesterday", DayFirst),
            ("2024-03-31 nonsense", DayFirst),
        ] {
            check(text, order, None);
        }
    }

    #[test]
    fn the_year_before_has_the_same_day() {
        for (day, expected) in
            [("2011-12-09", "2010-12-09"), ("2024-02-29", "2023-02-28"), ("2025-02-28", "2024-02-28")]
        {
            let found = day_of(day).and_then(year_before).map(|day| format_day(day * DAY_MICROS));
            assert_eq!(found.as_deref(), Some(expected));
        }
        assert_eq!((day_of("2024-02-30"), day_of("soon")), (None, None));
        assert_eq!(day_of("1970-01-02 10:00:00"), Some(1));
    }

    #[test]
    fn a_zone_moves_only_what_has_an_offset() {
        let new_york = zone("America/New_York").expect("known");
        let utc = civil_micros(2018, 1, 1).expect("valid") + 4 * 3_600_000_000;
        let local = wall_clock(Moment::Utc(utc), new_york, false).expect("in range");
        assert_eq!(format_timestamp(local), "2017-12-31 23:00:00");
        assert_eq!(wall_clock(Moment::Local(utc), new_york, false), Some(utc));
        assert_eq!(wall_clock(Moment::Local(utc), new_york, true), Some(local));
        assert!(zone("Mars/Olympus").is_err());
    }

    #[test]
    fn as_of_a_day_means_its_end() {
        let end = parse_as_of("2011-12-09").expect("valid");
        assert_eq!(format_timestamp(end), "2011-12-09 23:59:59");
        assert!(parse_as_of("9.12.2011").is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(bytes: Vec<u8>) {
            let _ = parse_moment(&bytes, DateOrder::DayFirst);
        }

        #[test]
        fn every_second_survives_being_written_and_read(seconds in 0_i64..253_402_300_799) {
            let micros = seconds * 1_000_000;
            prop_assert_eq!(
                parse_moment(format_timestamp(micros).as_bytes(), DateOrder::YearFirst),
                Some(Moment::Local(micros))
            );
        }
    }
}
