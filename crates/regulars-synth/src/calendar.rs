//! The time window of a data set: days, season, and time of day.
//!
//! The process runs in fractional days since the window's start. [`Calendar::second`] maps them to local
//! time, with few orders at night; the mapping is monotone, so the order of events is preserved.

use chrono::{Datelike, Days, NaiveDate};

/// Seconds in a day.
const DAY_SECONDS: u32 = 86_400;

/// Share of a day's orders in each hour, up to a common factor.
const HOUR_WEIGHTS: [f64; 24] = [
    0.9, 0.5, 0.3, 0.2, 0.2, 0.4, 1.0, 2.0, 3.2, 4.5, 5.4, 5.9, 6.1, 5.8, 5.6, 5.5, 5.6, 6.0, 6.6, 7.4, 7.6,
    6.6, 4.4, 2.3,
];

/// Linear pieces that approximate the clock.
const CLOCK_PIECES: usize = 256;

/// The days of a data set.
pub(crate) struct Calendar {
    /// The first day, in days since 1970-01-01.
    pub(crate) first_day: i32,
    /// Days in the window.
    pub(crate) days: u32,
    /// For each day, whether it is in November or December.
    season: Vec<bool>,
    /// The second of the day at which each 1/[`CLOCK_PIECES`] of its orders has been placed.
    clock: Vec<f64>,
}

impl Calendar {
    /// The window of `days` days from January 1st of `year`.
    pub(crate) fn from_new_year(year: i32, days: u32) -> Self {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("every year has a January 1st");
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("1970-01-01 is a date");
        let season = (0..days).map(|day| (first + Days::new(u64::from(day))).month() >= 11).collect();
        Self { first_day: (first - epoch).num_days() as i32, days, season, clock: clock_table() }
    }

    /// Whether `day`, counted from the window's start, is in November or December.
    pub(crate) fn is_season(&self, day: u32) -> bool {
        self.season[day as usize]
    }

    /// Local time at `at_days`, in seconds since the window's start.
    ///
    /// Shape: never decreases with `at_days`, and stays on the same day.
    pub(crate) fn second(&self, at_days: f64) -> u32 {
        let day = at_days as u32;
        let place = (at_days - f64::from(day)) * CLOCK_PIECES as f64;
        let piece = (place as usize).min(CLOCK_PIECES - 1);
        let (from, to) = (self.clock[piece], self.clock[piece + 1]);
        let second = (from + (to - from) * (place - piece as f64)) as u32;
        day * DAY_SECONDS + second.min(DAY_SECONDS - 1)
    }

    /// The day of a second from [`Calendar::second`], counted from the window's start.
    pub(crate) fn day_of_second(second: u32) -> u32 {
        second / DAY_SECONDS
    }

    /// Microseconds since 1970 of a second from [`Calendar::second`].
    pub(crate) fn micros(&self, second: u32) -> i64 {
        (i64::from(self.first_day) * i64::from(DAY_SECONDS) + i64::from(second)) * 1_000_000
    }
}

/// The inverse of the cumulative hour weights, at [`CLOCK_PIECES`] + 1 evenly spaced points.
fn clock_table() -> Vec<f64> {
    let total: f64 = HOUR_WEIGHTS.iter().sum();
    let mut table = Vec::with_capacity(CLOCK_PIECES + 1);
    let mut hour = 0;
    let mut before = 0.0;
    for piece in 0..=CLOCK_PIECES {
        let wanted = total * piece as f64 / CLOCK_PIECES as f64;
        while hour < 23 && before + HOUR_WEIGHTS[hour] < wanted {
            before += HOUR_WEIGHTS[hour];
            hour += 1;
        }
        let within_hour = ((wanted - before) / HOUR_WEIGHTS[hour]).min(1.0);
        table.push((hour as f64 + within_hour) * 3600.0);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_never_decrease_and_few_orders_are_at_night() {
        let calendar = Calendar::from_new_year(2023, 730);
        let mut last = 0;
        let mut night = 0;
        for step in 0..100_000 {
            let second = calendar.second(f64::from(step) / 50_000.0);
            assert!(second >= last);
            assert_eq!(Calendar::day_of_second(second), step / 50_000);
            night += u32::from(second % DAY_SECONDS < 6 * 3600);
            last = second;
        }
        assert!((1_000..5_000).contains(&night), "{night} of 100000 before six");
    }

    #[test]
    fn the_season_is_november_and_december() {
        let calendar = Calendar::from_new_year(2024, 366);
        let season: Vec<u32> = (0..366).filter(|&day| calendar.is_season(day)).collect();
        assert_eq!(season, (305..366).collect::<Vec<u32>>());
        assert_eq!(calendar.micros(0), 1_704_067_200_000_000);
    }
}
