//! Forecast origins for repeated tests, and the data known at each.
//!
//! Deliberately not here: fitting and testing (`regulars_models::lifetime::rolling`).

use regulars_core::config::Grain;
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_models::lifetime::rolling::{Origin, Purchases, origin_at, origins_between};
use regulars_models::lifetime::time::TimeUnit;

use super::covariates::Design;
use super::load::refused;
use crate::error::{Error, Kind, Result};
use crate::histories::{PurchaseDays, period};

/// Number of forecast origins, and of holdout days after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RollingRequest {
    /// Number of origins.
    pub origins: usize,
    /// Holdout days after each; by default as many as half of the history allows, at most the configured
    /// horizon.
    pub horizon_days: Option<u32>,
}

/// The origins of a shop.
pub(super) struct Origins {
    /// Holdout days after each.
    pub(super) horizon_days: u32,
    /// Calibration and holdout data, earliest first.
    pub(super) splits: Vec<Origin>,
    /// The last known day at each, formatted.
    pub(super) dates: Vec<String>,
    /// The covariates of all customers, by customer index.
    pub(super) design: Option<Design>,
}

/// More are not useful.
const MAX_ORIGINS: usize = 100;

/// Shorter holdouts are never chosen by default, only on request.
const MIN_HOLDOUT_DAYS: i64 = 14;

/// The periods that can be split, from the first to the last purchase.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: i64,
    last: i64,
    /// Days of a period.
    step: i64,
}

impl Span {
    fn days(self) -> i64 {
        self.last - self.first
    }

    /// How many origins fit; each has at least as many days before it as after it.
    fn fits(self, horizon_days: i64) -> i64 {
        (self.days() / horizon_days.max(1) - 1).max(0)
    }

    /// The longest holdouts possible with so many origins.
    fn longest(self, origins: i64) -> i64 {
        (self.days() / (origins + 1)) / self.step * self.step
    }

    /// Holdouts that use half of the history, a third for a single one.
    fn sensible(self, origins: i64) -> i64 {
        (self.days() / (2 * origins).max(3)) / self.step * self.step
    }
}

/// Splits purchases at the requested number of origins.
///
/// Errors: too short a history, with the number of origins that would fit; an invalid number or horizon.
pub(super) fn origins(
    purchases: &PurchaseDays,
    as_of: i64,
    grain: Grain,
    unit: TimeUnit,
    request: RollingRequest,
    longest_days: u32,
) -> Result<Origins> {
    let first = purchases.day.iter().copied().map(i64::from).min().unwrap_or(as_of);
    let (last, step) = match grain {
        Grain::Day => (as_of, 1),
        // An incomplete week is not used.
        Grain::Week => (period(as_of - 6, grain), 7),
    };
    let span = Span { first, last, step };
    let horizon_days = horizon(span, request, longest_days)?;
    let days = origins_between(first, last, horizon_days, request.origins);
    let columns = Purchases { customer: &purchases.customer, day: &purchases.day };
    let splits = days
        .iter()
        .map(|day| origin_at(&columns, *day, horizon_days, unit))
        .collect::<Result<Vec<_>, _>>()
        .map_err(refused)?;
    // A week is identified by its last day.
    let dates = days.iter().map(|day| format_day((i64::from(*day) + step - 1) * DAY_MICROS)).collect();
    Ok(Origins { horizon_days, splits, dates, design: None })
}

fn horizon(span: Span, request: RollingRequest, longest_days: u32) -> Result<u32> {
    if !(1..=MAX_ORIGINS).contains(&request.origins) {
        return Err(Error::new(
            Kind::Input,
            format!("{} origins: expected 1 to {MAX_ORIGINS}", request.origins),
        ));
    }
    let wanted = request.origins as i64;
    let days = match request.horizon_days {
        Some(days) => given(span, wanted, i64::from(days))?,
        None => chosen(span, wanted, i64::from(longest_days))?,
    };
    Ok(u32::try_from(days).unwrap_or(u32::MAX))
}

/// A given horizon, if so many origins fit with it.
fn given(span: Span, wanted: i64, days: i64) -> Result<i64> {
    if days == 0 {
        return Err(Error::new(Kind::Input, "a horizon of 0 days: expected at least 1"));
    }
    if days % span.step != 0 {
        return Err(Error {
            hint: Some("use 7, 14, 21, ... days".to_owned()),
            ..Error::new(
                Kind::Input,
                format!("a horizon of {days} days: purchases are counted by week, expected full weeks"),
            )
        });
    }
    let fits = span.fits(days);
    if fits >= wanted {
        return Ok(days);
    }
    let longest = span.longest(wanted);
    let fewer = (fits > 0).then(|| format!("--origins {fits}"));
    let shorter = (longest > 0).then(|| format!("--horizon-days {longest}"));
    let hint = fewer.into_iter().chain(shorter).reduce(|one, other| format!("{one}, or {other}"));
    Err(Error {
        hint: Some(hint.unwrap_or_else(|| "use a longer history".to_owned())),
        ..Error::new(
            Kind::Input,
            format!(
                "{} with {days} holdout days each need {} days of orders, there are {}: {}",
                counted(wanted),
                (wanted + 1) * days + 1,
                span.days() + 1,
                would_fit(fits)
            ),
        )
    })
}

/// A horizon for so many origins with enough days for calibration and holdout.
fn chosen(span: Span, wanted: i64, longest_days: i64) -> Result<i64> {
    let longest = longest_days.max(MIN_HOLDOUT_DAYS) / span.step * span.step;
    let days = span.sensible(wanted).min(longest);
    if days >= MIN_HOLDOUT_DAYS {
        return Ok(days);
    }
    let fits = (1..wanted).rev().find(|fewer| span.sensible(*fewer) >= MIN_HOLDOUT_DAYS);
    let own = "set --horizon-days";
    Err(Error {
        hint: Some(fits.map_or_else(
            || format!("use a longer history, or {own}"),
            |fits| format!("--origins {fits}, or {own}"),
        )),
        ..Error::new(
            Kind::Input,
            format!(
                "{} in {} days of orders leave {days} holdout days for each, expected at least \
                 {MIN_HOLDOUT_DAYS}: {}",
                counted(wanted),
                span.days() + 1,
                would_fit(fits.unwrap_or(0))
            ),
        )
    })
}

fn counted(origins: i64) -> String {
    if origins == 1 { "1 origin".to_owned() } else { format!("{origins} origins") }
}

fn would_fit(origins: i64) -> String {
    if origins == 0 { "none would fit".to_owned() } else { format!("{origins} would fit") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A history of so many days with a purchase on the first.
    fn split(days: i64, grain: Grain, wanted: usize, horizon_days: Option<u32>) -> Result<Origins> {
        // 1970-01-05 was a Monday.
        let purchases = PurchaseDays { customer: vec![0, 0], day: vec![4, 11] };
        let request = RollingRequest { origins: wanted, horizon_days };
        origins(&purchases, 4 + days - 1, grain, TimeUnit::Days, request, 365)
    }

    fn check(days: i64, grain: Grain, wanted: usize, horizon_days: Option<u32>, expected: (u32, &[&str])) {
        let found = split(days, grain, wanted, horizon_days).expect("long enough");
        assert_eq!(
            (found.horizon_days, found.dates.iter().map(String::as_str).collect::<Vec<_>>()),
            (expected.0, expected.1.to_vec())
        );
        assert_eq!(found.splits.len(), wanted);
    }

    #[test]
    fn origins_end_with_the_analysis_date() {
        check(101, Grain::Day, 3, Some(25), (25, &["1970-01-30", "1970-02-24", "1970-03-21"]));
        // Half of the history is held out, a third for a single origin.
        check(121, Grain::Day, 3, None, (20, &["1970-03-06", "1970-03-26", "1970-04-15"]));
        check(121, Grain::Day, 1, None, (40, &["1970-03-26"]));
        check(2001, Grain::Day, 1, None, (365, &["1974-06-28"]));
        // The last week is incomplete, and no week is split.
        check(101, Grain::Week, 2, Some(28), (28, &["1970-02-15", "1970-03-15"]));
        let weekly = split(101, Grain::Week, 2, None).expect("long enough");
        assert_eq!(weekly.horizon_days % 7, 0);
    }

    #[test]
    fn too_little_history_says_how_many_origins_would_fit() {
        let refused = |days, grain, wanted, horizon| {
            let error = split(days, grain, wanted, horizon).err().expect("too short");
            format!("{} / {}", error.message, error.hint.unwrap_or_default())
        };
        for (found, expected) in [
            (
                refused(100, Grain::Day, 3, Some(25)),
                "3 origins with 25 holdout days each need 101 days of orders, there are 100: 2 would fit / \
                 --origins 2, or --horizon-days 24",
            ),
            (refused(100, Grain::Day, 1, Some(80)), "none would fit / --horizon-days 49"),
            (
                refused(100, Grain::Day, 5, None),
                "leave 9 holdout days for each, expected at least 14: 3 would fit / --origins 3",
            ),
            (
                refused(30, Grain::Day, 1, None),
                "none would fit / use a longer history, or set --horizon-days",
            ),
            (refused(100, Grain::Week, 1, Some(30)), "counted by week, expected full weeks"),
            (refused(100, Grain::Day, 0, None), "0 origins: expected 1 to 100"),
            (refused(100, Grain::Day, 2, Some(0)), "a horizon of 0 days"),
        ] {
            assert!(found.contains(expected), "{found} should contain {expected}");
        }
    }

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn origins_leave_as_many_days_before_as_after_and_end_with_the_data(
            days in 30_i64..1500, wanted in 1_usize..8, requested in prop::option::of(1_u32..400),
            by_week in any::<bool>(),
        ) {
            let grain = if by_week { Grain::Week } else { Grain::Day };
            let Ok(found) = split(days, grain, wanted, requested) else {
                return Ok(());
            };
            let horizon = i64::from(found.horizon_days);
            prop_assert_eq!((found.splits.len(), found.dates.len()), (wanted, wanted));
            prop_assert!(requested.is_none_or(|requested| i64::from(requested) == horizon));
            prop_assert!(requested.is_some() || horizon >= 14);
            prop_assert!(!by_week || horizon % 7 == 0);
            prop_assert!((wanted as i64 + 1) * horizon < days + 7);
            prop_assert!(found.dates.is_sorted());
        }

        #[test]
        fn the_longest_holdout_fits_and_a_longer_one_does_not(
            days in 1_i64..3000, origins in 1_i64..20, step in 1_i64..8,
        ) {
            let span = Span { first: 0, last: days, step };
            let longest = span.longest(origins);
            prop_assert_eq!(longest % step, 0);
            if longest > 0 {
                prop_assert!(span.fits(longest) >= origins);
            }
            prop_assert!(span.fits(longest + step) < origins || longest == 0);
            // Half of the history at most, a third for a single origin.
            prop_assert!(span.sensible(origins) * (2 * origins).max(3) <= days);
        }
    }
}
