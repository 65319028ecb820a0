//! Parsing of dates and timestamps into microseconds.
//!
//! Timestamps are stored as local time in the time zone of the analysis, without an offset, so that weekdays
//! and days need no conversion. Deliberately not here: today's date.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

mod text_dates;

/// Microseconds in a day.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// The last microsecond of a day, given in days since 1970.
pub fn end_of_day_micros(day: i64) -> i64 {
    (day + 1) * DAY_MICROS - 1
}

/// The order of day, month and year in numeric dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `2024-03-31`; always used if four digits come first.
    YearFirst,
    /// `31.03.2024`.
    DayFirst,
    /// `03/31/2024`.
    MonthFirst,
}

/// The unit of dates that are plain numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epoch {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
    /// Microseconds since 1970.
    Micros,
    /// Days since 1899-12-30 with the time as a fraction, as in spreadsheets.
    SpreadsheetDays,
}

/// A point in time as read, before a time zone is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Local time without an offset.
    Local(i64),
    /// Local time with an offset.
    Offset {
        /// Local time in microseconds.
        local: i64,
        /// Minutes ahead of UTC; 0 for UTC itself.
        minutes: i16,
    },
}

impl Moment {
    /// A time in UTC.
    pub fn utc(micros: i64) -> Self {
        Self::Offset { local: micros, minutes: 0 }
    }
}

/// Microseconds since 1970-01-01 of a calendar date.
pub fn civil_micros(year: i32, month: u32, day: u32) -> Option<i64> {
    let days =
        NaiveDate::from_ymd_opt(year, month, day)?.signed_duration_since(NaiveDate::default()).num_days();
    days.checked_mul(DAY_MICROS)
}

/// Parses a date or timestamp.
///
/// Accepts ISO 8601 with or without time and offset, `31.03.2024 14:05`, `3/31/2024 2:05 PM`,
/// `20240331`, `31 Mar 2024`, `Friday, March 1, 2024`, `1 de marzo de 2024`, `2024年3月1日`, `令和6年3月1日`
/// and similar forms, with month names in twelve languages, and Unix seconds.
///
/// Shape: `None` if the text is none of these or the day does not exist.
pub fn parse_moment(text: &[u8], order: DateOrder) -> Option<Moment> {
    if let Some(micros) = parse_iso(text) {
        return Some(Moment::Local(micros));
    }
    // `20240331140509`
    if matches!(text.len(), 12 | 14) && text.iter().all(u8::is_ascii_digit) {
        let part = |from: usize| number(text.get(from..from + 2)?);
        let date = civil_micros(number(&text[..4])? as i32, part(4)?, part(6)?)?;
        let (hour, minute, second) = (part(8)?, part(10)?, part(12).unwrap_or(0));
        let clock = i64::from(hour * 3_600 + minute * 60 + second) * 1_000_000;
        return (hour < 24 && minute < 60 && second < 60).then_some(Moment::Local(date + clock));
    }
    match japanese_era(text) {
        Some(date) => text_dates::parse(date.as_bytes(), order),
        None => text_dates::parse(text, order),
    }
}

/// Parses the most common forms: `2024-03-31`, `2024-03-31T14:05` or `2024-03-31 14:05:09.123456`.
///
/// Shape: `None` for anything else, which [`parse_moment`] may still accept.
pub fn parse_iso(text: &[u8]) -> Option<i64> {
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

/// Converts the year of a Japanese era to the common era: `令和6年1月8日` is `2024年1月8日`.
fn japanese_era(text: &[u8]) -> Option<String> {
    const ERAS: [(&str, i32); 3] = [("令和", 2018), ("平成", 1988), ("昭和", 1925)];
    let (rest, before) =
        ERAS.iter().find_map(|(era, before)| Some((text.strip_prefix(era.as_bytes())?, before)))?;
    let (year, rest) = str::from_utf8(rest).ok()?.split_once('年')?;
    let year = if year == "元" { 1 } else { year.trim().parse::<i32>().ok()? };
    Some(format!("{}年{rest}", before + year))
}

/// Converts digits of other scripts (`٢٠٢٤`, `２０２４`) to ASCII.
pub fn ascii_digits(text: &str) -> String {
    let ours = |c: char| {
        let zero =
            [0x660, 0x6f0, 0x966, 0xff10].into_iter().find(|zero| (*zero..zero + 10).contains(&(c as u32)));
        match (zero, c) {
            (Some(zero), _) => char::from(b'0' + (c as u32 - zero) as u8),
            (None, '．' | '٫') => '.',
            (None, '，' | '٬') => ',',
            (None, '－') => '-',
            _ => c,
        }
    };
    text.chars().map(ours).collect()
}

/// Parses a time of day such as `18:45:38` or `6:45 PM`.
///
/// Units: microseconds since midnight.
pub fn parse_time_of_day(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    if text.len() > 15 || !text.contains(&b':') || !text.first()?.is_ascii_digit() {
        return None;
    }
    let moment = parse_moment(&[b"1970-01-01 ", text].concat(), DateOrder::YearFirst)?;
    match moment {
        Moment::Local(micros) if (0..DAY_MICROS).contains(&micros) => Some(micros),
        _ => None,
    }
}

/// Converts a numeric date to microseconds since 1970.
pub fn epoch_micros(value: i64, epoch: Epoch) -> Option<i64> {
    match epoch {
        Epoch::Seconds => value.checked_mul(1_000_000),
        Epoch::Millis => value.checked_mul(1_000),
        Epoch::Micros => Some(value),
        Epoch::SpreadsheetDays => value.checked_sub(SPREADSHEET_EPOCH_DAYS)?.checked_mul(DAY_MICROS),
    }
}

/// Days from 1899-12-30 to 1970-01-01.
const SPREADSHEET_EPOCH_DAYS: i64 = 25_569;

/// Converts a spreadsheet date with a fraction to microseconds, rounded to seconds because fractions are
/// inexact.
pub fn spreadsheet_days_micros(days: f64) -> Option<i64> {
    if !(1.0..2_958_466.0).contains(&days) {
        return None;
    }
    let seconds = ((days - SPREADSHEET_EPOCH_DAYS as f64) * 86_400.0).round() as i64;
    seconds.checked_mul(1_000_000)
}

/// The time zone with this name.
///
/// Errors: [`Kind::Config`] for a name that is not in the IANA database.
pub fn zone(name: &str) -> Result<Tz, Error> {
    name.parse().map_err(|_unknown| {
        Error::new(Kind::Config, format!("`{name}` is not a time zone"))
            .hint("use a name from the IANA database, e.g. `Europe/Berlin` or `UTC`")
    })
}

/// Converts a time to local time. Without a `zone` it stays as written; with one, times with an offset are
/// converted to it. Times without an offset are in the zone already, or in UTC with `local_is_utc`.
pub fn to_local_micros(moment: Moment, zone: Option<Tz>, local_is_utc: bool) -> Option<i64> {
    let utc = match (moment, zone) {
        (Moment::Local(micros), _) if !local_is_utc => return Some(micros),
        (Moment::Local(micros) | Moment::Offset { local: micros, .. }, None) => return Some(micros),
        (Moment::Local(micros), _) => micros,
        (Moment::Offset { local, minutes }, _) => local.checked_sub(i64::from(minutes) * 60_000_000)?,
    };
    let zone = zone?;
    if zone == Tz::UTC {
        return Some(utc);
    }
    let naive = DateTime::from_timestamp_micros(utc)?.naive_utc();
    let offset = zone.offset_from_utc_datetime(&naive).fix();
    utc.checked_add(i64::from(offset.local_minus_utc()) * 1_000_000)
}

/// Formats the day as `2024-03-31`, from microseconds.
pub fn format_day(micros: i64) -> String {
    naive(micros).map_or_else(|| format!("{micros} us"), |t| t.format("%Y-%m-%d").to_string())
}

/// Days since 1970 of a date `2024-03-31` or a longer timestamp.
///
/// Shape: `None` for anything else, or a day that does not exist.
pub fn day_of(date: &str) -> Option<i64> {
    let mut parts = date.get(..10)?.split('-');
    let (year, month, day) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(civil_micros(year, month, day)? / DAY_MICROS)
}

/// The same day one year earlier, in days since 1970; 28 February for 29 February.
pub fn year_before(day: i64) -> Option<i64> {
    let shown = naive(day.checked_mul(DAY_MICROS)?)?.date();
    let (year, month) = (shown.year() - 1, shown.month());
    let micros = civil_micros(year, month, shown.day()).or_else(|| civil_micros(year, month, 28))?;
    Some(micros / DAY_MICROS)
}

/// Formats a timestamp as `2024-03-31 14:05:09`, from microseconds.
pub fn format_timestamp(micros: i64) -> String {
    naive(micros).map_or_else(|| format!("{micros} us"), |t| t.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn naive(micros: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp_micros(micros)?.naive_utc())
}

/// Parses `--as-of`; a date means the end of that day.
///
/// Errors: [`Kind::Config`] unless it is an ISO date or timestamp.
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
            Moment::Offset { local, minutes } => format!("{} {minutes:+}", format_timestamp(local)),
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
            ("2024-03-31T14:05:09Z", YearFirst, "2024-03-31 14:05:09 +0"),
            ("2024-03-31T14:05:09+02:00", YearFirst, "2024-03-31 14:05:09 +120"),
            ("2024-03-31 14:05:09 -0400", YearFirst, "2024-03-31 14:05:09 -240"),
            ("2024-03-31 14:05:09 UTC", YearFirst, "2024-03-31 14:05:09 +0"),
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
            ("Sun, 31 Mar 2024 14:05:09 GMT", YearFirst, "2024-03-31 14:05:09 +0"),
            ("Friday, March 1, 2024", YearFirst, "2024-03-01 00:00:00"),
            ("30 Eylül 2024 Pazartesi", YearFirst, "2024-09-30 00:00:00"),
            ("Pazartesi, 30 Eylül 2024 14:05", YearFirst, "2024-09-30 14:05:00"),
            ("mardi 5 mars 2024", YearFirst, "2024-03-05 00:00:00"),
            ("Freitag, 1. März 2024 14:05 Uhr", YearFirst, "2024-03-01 14:05:00"),
            ("vendredi 1er mars 2024 à 14h05", YearFirst, "2024-03-01 14:05:00"),
            ("1 de marzo de 2024", YearFirst, "2024-03-01 00:00:00"),
            ("1º de março de 2024 09:00", YearFirst, "2024-03-01 09:00:00"),
            ("1 marca 2024", YearFirst, "2024-03-01 00:00:00"),
            ("1 Şubat 2024", YearFirst, "2024-02-01 00:00:00"),
            ("venerdì 1 agosto 2024", YearFirst, "2024-08-01 00:00:00"),
            ("1 augustus 2024", YearFirst, "2024-08-01 00:00:00"),
            ("2024年3月1日", YearFirst, "2024-03-01 00:00:00"),
            ("令和6年1月8日", YearFirst, "2024-01-08 00:00:00"),
            ("平成元年4月1日 10時20分30秒", YearFirst, "1989-04-01 10:20:30"),
            ("2024年03月01日 10时20分30秒", YearFirst, "2024-03-01 10:20:30"),
            ("2024年3月1日 下午2:05", YearFirst, "2024-03-01 14:05:00"),
            ("2024. 3. 1.", YearFirst, "2024-03-01 00:00:00"),
            ("Mar 1, 2024 at 2:05 PM", YearFirst, "2024-03-01 14:05:00"),
            ("Mar 1, 2024 2:05:09 p.m. PST", YearFirst, "2024-03-01 14:05:09 -480"),
            ("20240331 140509", YearFirst, "2024-03-31 14:05:09"),
            ("20240331T140509Z", YearFirst, "2024-03-31 14:05:09 +0"),
            ("31.03.2024, 14.05", DayFirst, "2024-03-31 14:05:00"),
            ("1711893909", YearFirst, "2024-03-31 14:05:09 +0"),
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
        let local = to_local_micros(Moment::utc(utc), Some(new_york), false).expect("in range");
        assert_eq!(format_timestamp(local), "2017-12-31 23:00:00");
        assert_eq!(to_local_micros(Moment::Local(utc), Some(new_york), false), Some(utc));
        assert_eq!(to_local_micros(Moment::Local(utc), Some(new_york), true), Some(local));
        // Without a zone the clock on the wall is what was written, whatever its offset.
        let written = Moment::Offset { local: utc, minutes: -300 };
        assert_eq!(to_local_micros(written, None, false), Some(utc));
        assert_eq!(to_local_micros(written, Some(Tz::UTC), false), Some(utc + 5 * 3_600_000_000));
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
