//! Date and time formats, and their ambiguities.
//!
//! Times are seconds since 1970 in the shop's local time.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::dimension::dimension;
use super::languages::Calendar;

/// Seconds in a day.
pub(super) const DAY: i64 = 86_400;
/// The serial number that spreadsheets give 1970-01-01.
const EXCEL_EPOCH: i64 = 25_569;

dimension! {
    /// Date formats.
    DateForm "dates" {
        Iso "2024-03-01", IsoTime "2024-03-01 10:00:00", IsoMinutes "2024-03-01 10:00", IsoT "2024-03-01T10:00:00",
        Zulu "2024-03-01T10:00:00Z", ZuluMillis "2024-03-01T10:00:00.000Z", UtcWord "2024-03-01 10:00:00 UTC",
        Offset "2024-03-01T10:00:00+01:00", OffsetSpaced "2024-03-01 10:00:00 +0100",
        DaySlash "01/03/2024", DaySlashTime "01/03/2024 10:00", DaySlashUnpadded "1/3/2024",
        MonthSlash "03/01/2024", MonthSlashTime "3/1/2024 10:00", AmPm "3/1/2024 10:00:00 AM",
        DayDash "01-03-2024", DayDots "01.03.2024", DayDotsTime "01.03.2024 10:00", DayDotsShort "01.03.24",
        DaySlashShort "01/03/24", MonthSlashShort "3/1/24", YearSlash "2024/03/01", YearSlashTime "2024/03/01 10:00:00",
        Compact "20240301", MonthNames "month names", ShortMonthNames "short month names",
        Weekdays "weekdays and month names", Cjk "2024年3月1日", CjkPadded "2024年03月01日 10:00",
        Excel "45352", ExcelTime "45352.4375", UnixSeconds "unix seconds", UnixMillis "unix milliseconds",
        HalfDayFirst "half-converted from day/month", HalfMonthFirst "half-converted from month/day",
    }
}

impl DateForm {
    /// Whether hours and minutes are written.
    pub(super) fn has_time(self) -> bool {
        use DateForm as F;
        !matches!(
            self,
            F::Iso
                | F::DaySlash
                | F::DaySlashUnpadded
                | F::MonthSlash
                | F::DayDash
                | F::DayDots
                | F::DayDotsShort
                | F::DaySlashShort
                | F::MonthSlashShort
                | F::YearSlash
                | F::Compact
                | F::MonthNames
                | F::ShortMonthNames
                | F::Weekdays
                | F::Cjk
                | F::Excel
                | F::HalfDayFirst
                | F::HalfMonthFirst
        )
    }

    /// Whether day and month are ambiguous as long as no day is above 12.
    pub(super) fn day_and_month_may_swap(self) -> bool {
        use DateForm as F;
        matches!(
            self,
            F::DaySlash
                | F::DaySlashTime
                | F::DaySlashUnpadded
                | F::MonthSlash
                | F::MonthSlashTime
                | F::AmPm
                | F::DayDash
                | F::DaySlashShort
                | F::MonthSlashShort
        )
    }

    /// Whether the dates look as if a spreadsheet had swapped day and month where both are at most 12.
    pub(super) fn is_half_converted(self) -> bool {
        matches!(self, Self::HalfDayFirst | Self::HalfMonthFirst)
    }

    /// A time as text. `calendar` is needed for month names.
    pub(super) fn write(self, at: i64, clock: Clock, calendar: Option<&Calendar>) -> String {
        use DateForm as F;
        let time = date_time(at);
        let (y, m, d) = (time.year(), time.month(), time.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        match self {
            F::Iso => format!("{y}-{m:02}-{d:02}"),
            F::IsoTime => format!("{y}-{m:02}-{d:02} {hour:02}:{minute:02}:{second:02}"),
            F::IsoMinutes => format!("{y}-{m:02}-{d:02} {hour:02}:{minute:02}"),
            F::IsoT => format!("{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:{second:02}"),
            F::Zulu => format!("{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:{second:02}Z"),
            F::ZuluMillis => format!("{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", at % 997),
            F::UtcWord => format!("{y}-{m:02}-{d:02} {hour:02}:{minute:02}:{second:02} UTC"),
            F::Offset => {
                let (sign, h, min) = clock.offset(&time);
                format!("{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:{second:02}{sign}{h:02}:{min:02}")
            }
            F::OffsetSpaced => {
                let (sign, h, min) = clock.offset(&time);
                format!("{y}-{m:02}-{d:02} {hour:02}:{minute:02}:{second:02} {sign}{h:02}{min:02}")
            }
            F::DaySlash => format!("{d:02}/{m:02}/{y}"),
            F::DaySlashTime => format!("{d:02}/{m:02}/{y} {hour:02}:{minute:02}"),
            F::DaySlashUnpadded => format!("{d}/{m}/{y}"),
            F::MonthSlash => format!("{m:02}/{d:02}/{y}"),
            F::MonthSlashTime => format!("{m}/{d}/{y} {hour}:{minute:02}"),
            F::AmPm => {
                let (afternoon, hour) = time.hour12();
                let half = if afternoon { "PM" } else { "AM" };
                format!("{m}/{d}/{y} {hour}:{minute:02}:{second:02} {half}")
            }
            F::DayDash => format!("{d:02}-{m:02}-{y}"),
            F::DayDots => format!("{d:02}.{m:02}.{y}"),
            F::DayDotsTime => format!("{d:02}.{m:02}.{y} {hour:02}:{minute:02}"),
            F::DayDotsShort => format!("{d:02}.{m:02}.{:02}", y % 100),
            F::DaySlashShort => format!("{d:02}/{m:02}/{:02}", y % 100),
            F::MonthSlashShort => format!("{m}/{d}/{:02}", y % 100),
            F::YearSlash => format!("{y}/{m:02}/{d:02}"),
            F::YearSlashTime => format!("{y}/{m:02}/{d:02} {hour:02}:{minute:02}:{second:02}"),
            F::Compact => format!("{y}{m:02}{d:02}"),
            F::MonthNames => calendar.map_or_else(String::new, |words| fill(words.medium, &time, words)),
            F::ShortMonthNames => calendar.map_or_else(String::new, |words| fill(words.short, &time, words)),
            F::Weekdays => calendar.map_or_else(String::new, |words| fill(words.long, &time, words)),
            F::Cjk => format!("{y}年{m}月{d}日"),
            F::CjkPadded => format!("{y}年{m:02}月{d:02}日 {hour:02}:{minute:02}"),
            F::Excel => (day_of(at) + EXCEL_EPOCH).to_string(),
            F::ExcelTime => excel_time(at),
            F::UnixSeconds => at.to_string(),
            F::UnixMillis => (at * 1000 + at % 997).to_string(),
            F::HalfDayFirst if d <= 12 => format!("{y}-{d:02}-{m:02} 00:00:00"),
            F::HalfDayFirst => format!("{d:02}/{m:02}/{y}"),
            F::HalfMonthFirst if d <= 12 => format!("{y}-{d:02}-{m:02} 00:00:00"),
            F::HalfMonthFirst => format!("{m:02}/{d:02}/{y}"),
        }
    }
}

/// The time zone of a shop, with its offset from UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Minutes ahead of UTC in winter.
    pub(super) winter_minutes: i64,
    /// Whether the clock is an hour ahead from April to October.
    pub(super) has_summer: bool,
}

impl Clock {
    /// UTC.
    pub(super) const UTC: Self = Self { winter_minutes: 0, has_summer: false };

    /// Sign, hours and minutes of the offset from UTC.
    fn offset(self, time: &NaiveDateTime) -> (char, i64, i64) {
        let summer = self.has_summer && (4..=10).contains(&time.month());
        let minutes = self.winter_minutes + if summer { 60 } else { 0 };
        (if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60)
    }
}

/// The clock time of a time.
pub(super) fn date_time(at: i64) -> NaiveDateTime {
    DateTime::from_timestamp(at, 0).unwrap_or_default().naive_utc()
}

/// Days since 1970 of a time.
pub(super) fn day_of(at: i64) -> i64 {
    at.div_euclid(DAY)
}

/// Year and month of a time.
pub(super) fn month_of(at: i64) -> (i32, u32) {
    let time = date_time(at);
    (time.year(), time.month())
}

/// The first moment of a month.
pub(super) fn first_of_month(year: i32, month: u32) -> i64 {
    NaiveDate::from_ymd_opt(year, month, 1)
        .map_or(0, |day| day.and_time(NaiveTime::MIN).and_utc().timestamp())
}

/// Day of the month of a time.
pub(super) fn day_of_month(at: i64) -> u32 {
    date_time(at).day()
}

fn excel_time(at: i64) -> String {
    let nanos = at.rem_euclid(DAY) * 10_000_000_000 / DAY;
    let text = format!("{}.{nanos:010}", day_of(at) + EXCEL_EPOCH);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn fill(template: &str, time: &NaiveDateTime, words: &Calendar) -> String {
    let month = time.month0() as usize;
    template
        .replace("{dd}", &format!("{:02}", time.day()))
        .replace("{d}", &time.day().to_string())
        .replace("{month}", words.months[month])
        .replace("{mon}", words.short_months[month])
        .replace("{y}", &time.year().to_string())
        .replace("{weekday}", words.weekdays[time.weekday().num_days_from_monday() as usize])
}

#[cfg(test)]
mod tests {
    use super::super::languages::{Language, vocabulary};
    use super::*;

    /// Friday, 1 March 2024, 10:30:05.
    const FRIDAY: i64 = 1_709_289_005;

    fn check(form: DateForm, expected: &str) {
        let clock = Clock { winter_minutes: -300, has_summer: true };
        let words = vocabulary(Language::English).calendar.as_ref();
        assert_eq!(form.write(FRIDAY, clock, words), expected);
    }

    #[test]
    fn a_day_in_several_formats() {
        check(DateForm::Iso, "2024-03-01");
        check(DateForm::OffsetSpaced, "2024-03-01 10:30:05 -0500");
        check(DateForm::AmPm, "3/1/2024 10:30:05 AM");
        check(DateForm::DayDotsShort, "01.03.24");
        check(DateForm::Weekdays, "Friday, March 1, 2024");
        check(DateForm::ShortMonthNames, "01-Mar-2024");
        check(DateForm::Excel, "45352");
        check(DateForm::HalfDayFirst, "2024-01-03 00:00:00");
        check(DateForm::Cjk, "2024年3月1日");
        let words = vocabulary(Language::Spanish).calendar.as_ref();
        assert_eq!(DateForm::Weekdays.write(FRIDAY, Clock::UTC, words), "viernes, 1 de marzo de 2024");
    }

    #[test]
    fn spreadsheet_times_are_fractions_of_a_day() {
        assert_eq!(DateForm::ExcelTime.write(FRIDAY - 5, Clock::UTC, None), "45352.4375");
        assert_eq!(DateForm::ExcelTime.write(day_of(FRIDAY) * DAY, Clock::UTC, None), "45352");
    }
}
