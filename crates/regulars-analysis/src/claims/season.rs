//! A test for seasonality: whether the same months behave alike over at least two years.
//!
//! The data are logarithms of monthly revenue over full months, minus their linear trend. Two tests must
//! agree, both two-way analyses of variance of years by months:
//!
//! 1. Level: months of the year differ by more than the same month from year to year (1%).
//! 2. Change from month to month: the same (20%). Slow movements, or a single jump, can make parts of different
//!    years alike without seasonality, but not their month-to-month changes.
//!
//! Of simulated shops without seasonality (noise, random walks, drifting means, growth, growth that stops, a
//! single jump) at most 3 in 100 pass both; see docs/claims.md. The wording is in `words`.

use regulars_core::dates::{DAY_MICROS, day_of, format_day};
use regulars_core::summary::MonthSummary;

use super::compare::Span;

const YEAR: usize = 12;

/// Years needed to distinguish seasonality from chance.
const MIN_YEARS: usize = 2;

/// Critical values of F at 1% with 11 and 11 (k - 1) degrees of freedom, for k = 2, 3, ... years; the last
/// one, slightly too strict, for more years.
const CRITICAL_F_OF_LEVELS: [f64; 9] = [4.462, 3.184, 2.840, 2.680, 2.589, 2.529, 2.487, 2.456, 2.432];

/// The same at 20% with 10 and 10 (k - 1).
const CRITICAL_F_OF_STEPS: [f64; 9] = [1.732, 1.531, 1.468, 1.437, 1.418, 1.406, 1.397, 1.390, 1.385];

/// The strongest month must exceed the trend by at least this share.
const MIN_AMPLITUDE: f64 = 0.1;

/// Measured seasonality.
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    /// Number of full years of data.
    pub years: usize,
    /// The first and the last month of these, `YYYY-MM`.
    pub months: (String, String),
    /// Revenue of each month of the year, January first, as a multiple of the trend.
    pub indices: [f64; YEAR],
    /// The level statistic and its critical value.
    pub level: (f64, f64),
    /// The step statistic and its critical value.
    pub steps: (f64, f64),
}

impl Season {
    /// The strongest month of the year, from 0, and its multiple of the trend.
    pub fn strongest(&self) -> (usize, f64) {
        let best = (0..YEAR).rev().max_by(|a, b| self.indices[*a].total_cmp(&self.indices[*b])).unwrap_or(0);
        (best, self.indices[best])
    }

    /// The change between two periods by seasonality alone: the ratio of the mean indices over their days.
    ///
    /// Shape: none for invalid dates.
    pub fn ratio(&self, now: &Span, then: &Span) -> Option<f64> {
        let mean = |span: &Span| {
            let (from, to) = (day_of(&span.from)?, day_of(&span.to)?);
            let sum: f64 = (from..=to).map(|day| self.indices[month_of(day)]).sum();
            (to >= from).then(|| sum / (to - from + 1) as f64)
        };
        Some(mean(now)? / mean(then)?)
    }
}

/// The month of a day, January is 0.
fn month_of(day: i64) -> usize {
    let shown = format_day(day * DAY_MICROS);
    shown.get(5..7).and_then(|month| month.parse::<usize>().ok()).map_or(0, |month| (month + 11) % YEAR)
}

/// The statistic of months in a two-way analysis of variance without repetition.
///
/// Shape: rows are years, all of one length.
fn f_statistic(rows: &[Vec<f64>]) -> f64 {
    let (years, months) = (rows.len() as f64, rows[0].len() as f64);
    let of_year = |row: &Vec<f64>| row.iter().sum::<f64>() / months;
    let of_month = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / years;
    let mean = rows.iter().map(of_year).sum::<f64>() / years;
    let between: f64 = (0..rows[0].len()).map(|at| (of_month(at) - mean).powi(2)).sum::<f64>() * years;
    let mut left = 0.0;
    for row in rows {
        let own = of_year(row);
        left += row
            .iter()
            .enumerate()
            .map(|(at, value)| (value - own - of_month(at) + mean).powi(2))
            .sum::<f64>();
    }
    let left = left / ((years - 1.0) * (months - 1.0));
    // Identical years have no residual variance.
    between / (months - 1.0) / left.max(f64::MIN_POSITIVE)
}

/// Values minus their linear trend.
fn detrended(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let at = |at: usize| at as f64 - middle;
    let squares: f64 = (0..values.len()).map(|t| at(t).powi(2)).sum();
    let slope = values.iter().enumerate().map(|(t, value)| at(t) * value).sum::<f64>() / squares;
    values.iter().enumerate().map(|(t, value)| value - mean - slope * at(t)).collect()
}

/// The seasonality of a shop, if measured.
///
/// Rules: the last full months, at least two consecutive years, each with positive revenue; both tests
/// passed; the strongest month at least 10% above the trend.
///
/// Shape: `months` in order, as a run has them.
pub fn season(months: &[MonthSummary]) -> Option<Season> {
    let end = months.iter().rposition(|month| month.complete)? + 1;
    let whole = months[..end].iter().rev().take_while(|month| month.complete && month.revenue_minor > 0);
    let years = whole.count() / YEAR;
    if years < MIN_YEARS {
        return None;
    }
    let used = &months[end - years * YEAR..end];
    let logs: Vec<f64> = used.iter().map(|month| (month.revenue_minor as f64).ln()).collect();
    let level = detrended(&logs);
    let rows: Vec<Vec<f64>> = level.chunks(YEAR).map(<[f64]>::to_vec).collect();
    let steps: Vec<Vec<f64>> =
        rows.iter().map(|row| row.windows(2).map(|pair| pair[1] - pair[0]).collect()).collect();
    let limit = |of: &[f64; 9]| of[(years - MIN_YEARS).min(of.len() - 1)];
    let (level, steps) = (
        (f_statistic(&rows), limit(&CRITICAL_F_OF_LEVELS)),
        (f_statistic(&steps), limit(&CRITICAL_F_OF_STEPS)),
    );
    let first = used.first()?.month.get(5..)?.parse::<usize>().ok()?.checked_sub(1)?;
    let mut indices = [1.0; YEAR];
    for at in 0..YEAR {
        let mean = rows.iter().map(|row| row[at]).sum::<f64>() / years as f64;
        indices[(first + at) % YEAR] = mean.exp();
    }
    let mean = indices.iter().sum::<f64>() / YEAR as f64;
    let season = Season {
        years,
        months: (used.first()?.month.clone(), used.last()?.month.clone()),
        indices: indices.map(|index| index / mean),
        level,
        steps,
    };
    let notable = season.strongest().1 >= 1.0 + MIN_AMPLITUDE;
    (notable && level.0 > level.1 && steps.0 > steps.1).then_some(season)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{RETAIL, months};
    use super::*;

    /// Deterministic noise: the bits of the two numbers, mixed (splitmix64) and centred.
    fn noise(seed: usize, at: usize) -> f64 {
        let mut bits = (seed as u64 * 1_000 + at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    fn shop(of: impl Fn(usize) -> f64, length: usize) -> Option<Season> {
        season(&months((2020, 3), &(0..length).map(of).collect::<Vec<f64>>()))
    }

    #[test]
    fn two_years_of_gifts_have_a_season() {
        let found = season(&months((2009, 12), &RETAIL)).expect("a season");
        // Computed with numpy: 15.13 and 6.02.
        assert!((found.level.0 - 15.126).abs() < 0.01 && (found.steps.0 - 6.0246).abs() < 0.01, "{found:?}");
        assert_eq!((found.years, found.strongest().0), (2, 10));
        assert_eq!(found.months, ("2009-12".to_owned(), "2011-11".to_owned()));
        let span = |from: &str, to: &str| Span { from: from.to_owned(), to: to.to_owned() };
        let ratio =
            found.ratio(&span("2011-09-11", "2011-12-09"), &span("2011-06-13", "2011-09-10")).expect("days");
        assert!((1.45..1.6).contains(&ratio), "{ratio}");
    }

    #[test]
    fn less_than_two_years_are_no_season() {
        assert_eq!(season(&months((2009, 12), &RETAIL[..23])), None);
        let mut cut_off = months((2009, 12), &RETAIL);
        cut_off[0].complete = false;
        assert_eq!(season(&cut_off), None);
        // A month without revenue ends the test period.
        let mut hole = months((2009, 12), &RETAIL);
        hole[13].revenue_minor = 0;
        assert_eq!(season(&hole), None);
        assert_eq!(season(&[]), None);
    }

    /// Of a hundred shops, those with measured seasonality.
    fn check(length: usize, of: impl Fn(usize, usize) -> f64) -> usize {
        let one = |seed: usize| shop(|at| (10.0 + of(seed, at) + 0.2 * noise(seed, at)).exp(), length);
        (0..100).filter(|seed| one(*seed).is_some()).count()
    }

    #[test]
    fn what_only_grows_falls_leaps_or_varies_has_none() {
        let walk = |seed: usize, at: usize| (0..at).map(|step| 0.2 * noise(seed + 500, step)).sum::<f64>();
        for length in [24, 36] {
            for (what, found) in [
                ("chance", check(length, |_, _| 0.0)),
                ("a walk", check(length, walk)),
                ("growth", check(length, |_, at| 0.05 * at as f64)),
                ("a leap", check(length, |seed, at| if at > 3 + seed % 18 { 1.0 } else { 0.0 })),
                ("fading", check(length, |_, at| 3.0 * (-(at as f64) / 6.0).exp())),
                ("filling", check(length, |_, at| 2.0 / (1.0 + (-(at as f64 - 8.0) / 4.0).exp()))),
            ] {
                assert!(found <= 4, "{found} of 100 with {what}, {length} months");
            }
        }
    }

    #[test]
    fn a_december_that_comes_every_year_is_one() {
        // The data begin in March, so December is the tenth month of each year.
        let december = |at: usize| if at % 12 == 9 { 0.6 } else { 0.0 };
        for seed in 0..20 {
            let found = shop(|at| (10.0 + december(at) + 0.05 * noise(seed, at)).exp(), 36);
            let found = found.expect("a season");
            assert_eq!(found.strongest().0, 11, "{seed}");
            assert!((1.5..2.0).contains(&found.strongest().1));
        }
    }

    proptest! {
        #[test]
        fn the_unit_of_money_and_steady_growth_change_nothing(
            scale in 0.1_f64..100.0, growth in -0.05_f64..0.05,
        ) {
            let of = |scale: f64, growth: f64| {
                let grown = |(at, value): (usize, &f64)| value * scale * (growth * at as f64).exp();
                season(&months((2009, 12), &RETAIL.iter().enumerate().map(grown).collect::<Vec<f64>>()))
            };
            let (plain, other) = (of(1.0, 0.0).expect("a season"), of(scale, growth).expect("a season"));
            prop_assert!((plain.level.0 - other.level.0).abs() < 1e-3 * plain.level.0);
            for (a, b) in plain.indices.iter().zip(other.indices) {
                prop_assert!((a - b).abs() < 1e-3);
            }
            let mean = other.indices.iter().sum::<f64>() / 12.0;
            prop_assert!((mean - 1.0).abs() < 1e-9);
        }
    }
}
