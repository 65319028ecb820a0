//! Recent spend of customers, and how much of it is at risk, for runs and pages.
//!
//! Spend at risk is recent spend times the probability of losing the customer. Predicted LTV is not used
//! instead of recent spend: it is already low for customers who may have left, so the probability would count
//! twice.
//!
//! Not here: the probability itself.

use crate::features::WINDOWS_DAYS;

/// Length of the recent period in days: the longest feature window within the horizon, else the shortest
/// window.
pub fn recent_days(horizon_days: u32) -> u32 {
    WINDOWS_DAYS.into_iter().filter(|days| *days <= horizon_days).max().unwrap_or(WINDOWS_DAYS[0])
}

/// Total recent spend, and how much of it is at risk.
///
/// Negative spend (more returned than bought) counts as 0. Probabilities are clamped to 0 to 1; NaN counts as
/// 0.
///
/// Shape: two sums; the second is between 0 and the first.
/// Units: those of `recent_spend`.
/// Contracts: both inputs have one value per customer (the shorter one decides).
pub fn recent_spend_and_at_risk(
    recent_spend: impl IntoIterator<Item = f64>,
    churn_probability: impl IntoIterator<Item = f64>,
) -> [f64; 2] {
    let (mut stake, mut risk) = (0.0, 0.0);
    for (spent, probability) in recent_spend.into_iter().zip(churn_probability) {
        let spent = spent.max(0.0);
        stake += spent;
        // NaN counts as 0: `max` returns the other operand.
        risk += spent * probability.clamp(0.0, 1.0).max(0.0);
    }
    [stake, f64::min(risk, stake)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_may_be_lost_is_what_was_spent_times_the_chance() {
        let [stake, risk] = recent_spend_and_at_risk([100.0, 40.0, -5.0, 10.0], [0.5, 0.0, 1.0, f64::NAN]);
        assert!((stake - 150.0).abs() < 1e-12 && (risk - 50.0).abs() < 1e-12, "{stake} {risk}");
    }

    #[test]
    fn what_is_at_stake_was_spent_within_the_horizon() {
        for (horizon, days) in [(7, 30), (30, 30), (180, 180), (300, 180), (365, 365), (3_650, 365)] {
            assert_eq!(recent_days(horizon), days, "{horizon}");
        }
    }

    proptest! {
        #[test]
        fn no_more_is_at_risk_than_at_stake(
            customers in prop::collection::vec((-1e6_f64..1e6, -1.0_f64..2.0), 0..50),
        ) {
            let [stake, risk] =
                recent_spend_and_at_risk(customers.iter().map(|c| c.0), customers.iter().map(|c| c.1));
            prop_assert!(0.0 <= risk && risk <= stake);
        }
    }
}
