//! What is at stake with customers, and how much of it is at risk, for runs and pages alike.
//!
//! At stake is what the customer spent lately: revenue that the shop has had and would miss. At risk is the
//! part of it that the chance to lose the customer takes. The predicted value is not what is multiplied: it is
//! low already where a customer may have left, and would count that chance twice.
//!
//! Deliberately not here: the chance itself.

use crate::features::WINDOWS_DAYS;

/// Days whose spend is at stake: the longest window of the features within the horizon, else the shortest.
pub fn days_at_stake(horizon_days: u32) -> u32 {
    WINDOWS_DAYS.into_iter().filter(|days| *days <= horizon_days).max().unwrap_or(WINDOWS_DAYS[0])
}

/// What is at stake with customers, and how much of it is at risk.
///
/// Spend below 0 (more returned than bought) is nothing at stake; a chance outside 0 to 1, or none, counts as
/// the nearest within.
///
/// Shape: two sums; the second is never below 0 nor above the first.
/// Units: those of `spent_lately`.
/// Contracts: both columns have one value a customer (the shorter one decides).
pub fn at_stake_and_risk(
    spent_lately: impl IntoIterator<Item = f64>,
    chance_to_lose: impl IntoIterator<Item = f64>,
) -> [f64; 2] {
    let (mut stake, mut risk) = (0.0, 0.0);
    for (spent, chance) in spent_lately.into_iter().zip(chance_to_lose) {
        let spent = spent.max(0.0);
        stake += spent;
        // What is no number is left out: `max` answers with the other one.
        risk += spent * chance.clamp(0.0, 1.0).max(0.0);
    }
    [stake, f64::min(risk, stake)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_may_be_lost_is_what_was_spent_times_the_chance() {
        let [stake, risk] = at_stake_and_risk([100.0, 40.0, -5.0, 10.0], [0.5, 0.0, 1.0, f64::NAN]);
        assert!((stake - 150.0).abs() < 1e-12 && (risk - 50.0).abs() < 1e-12, "{stake} {risk}");
    }

    #[test]
    fn what_is_at_stake_was_spent_within_the_horizon() {
        for (horizon, days) in [(7, 30), (30, 30), (180, 180), (300, 180), (365, 365), (3_650, 365)] {
            assert_eq!(days_at_stake(horizon), days, "{horizon}");
        }
    }

    proptest! {
        #[test]
        fn no_more_is_at_risk_than_at_stake(
            customers in prop::collection::vec((-1e6_f64..1e6, -1.0_f64..2.0), 0..50),
        ) {
            let [stake, risk] =
                at_stake_and_risk(customers.iter().map(|c| c.0), customers.iter().map(|c| c.1));
            prop_assert!(0.0 <= risk && risk <= stake);
        }
    }
}
