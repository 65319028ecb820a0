//! The days at which lifetime models learn, are judged, and are used.
//!
//! ```text
//! first day        train              judge              as of
//!     |--- history --|---- H days ------|---- H days ------|---- H days ---->
//!                    features: up to    features: up to    features: up to
//!                    here, target: the  here, target: the  here, target:
//!                    H days after       H days after       nobody knows
//! ```
//!
//! Features of a cut are computed from what had happened by its end, targets from the days after it alone.

use serde::{Deserialize, Serialize};

/// Shorter targets are more luck than habit.
pub const SHORTEST_TARGET_DAYS: i64 = 28;

/// Cuts as days numbered from 1970; a cut lies at the end of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSplit {
    /// Models learn from features at the end of this day.
    pub train_day: i64,
    /// They are judged with features at the end of this day.
    pub judge_day: i64,
    /// They predict with features at the end of this day.
    pub as_of_day: i64,
}

impl TimeSplit {
    /// Splits a history for a wanted horizon.
    ///
    /// The rule: targets are as long as the horizon, but not longer than a third of the history, so that
    /// there is as much to learn features from as there is to learn targets from.
    /// Units: days numbered from 1970; `horizon_days` days.
    /// Errors: a history that is too short, in words.
    pub fn new(first_day: i64, as_of_day: i64, horizon_days: u32) -> Result<Self, String> {
        let history = as_of_day - first_day + 1;
        let target = i64::from(horizon_days).min(history / 3);
        if target < SHORTEST_TARGET_DAYS.min(i64::from(horizon_days)) {
            return Err(format!(
                "the orders cover {history} days, at least {} are needed to learn from {SHORTEST_TARGET_DAYS} days and be judged on {SHORTEST_TARGET_DAYS} days",
                3 * SHORTEST_TARGET_DAYS
            ));
        }
        Ok(Self { train_day: as_of_day - 2 * target, judge_day: as_of_day - target, as_of_day })
    }

    /// Days of a target.
    pub fn target_days(&self) -> u32 {
        u32::try_from(self.as_of_day - self.judge_day).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_horizon_or_a_third_of_the_history() {
        let split = TimeSplit::new(0, 729, 180).expect("two years");
        assert_eq!((split.train_day, split.judge_day, split.target_days()), (369, 549, 180));
        let split = TimeSplit::new(0, 364, 180).expect("a year");
        assert_eq!((split.train_day, split.judge_day, split.target_days()), (122, 243, 121));
        let week = TimeSplit::new(100, 160, 7).expect("a short horizon");
        assert_eq!((week.train_day, week.judge_day), (146, 153));
        let reason = TimeSplit::new(0, 82, 180).expect_err("too short");
        assert!(reason.contains("cover 83 days"), "{reason}");
        assert!(TimeSplit::new(0, 83, 180).is_ok());
    }
}
