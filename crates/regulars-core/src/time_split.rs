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
    /// Splits a history for targets of so many days, which are the horizon or a third of the history,
    /// whichever is shorter: so there is as much to see features in as there is to see targets in.
    ///
    /// Units: days numbered from 1970.
    /// Errors: a history or a target that is too short, in words.
    pub fn new(first_day: i64, as_of_day: i64, target_days: i64) -> Result<Self, String> {
        let history = as_of_day - first_day + 1;
        if target_days < SHORTEST_TARGET_DAYS {
            return Err(format!(
                "targets of {target_days} days are more luck than habit, at least {SHORTEST_TARGET_DAYS} are needed (and {} of history)",
                3 * SHORTEST_TARGET_DAYS
            ));
        }
        if history < 3 * target_days {
            return Err(format!(
                "the orders cover {history} days; to learn from {target_days} days and be judged on {target_days} takes {}",
                3 * target_days
            ));
        }
        Ok(Self { train_day: as_of_day - 2 * target_days, judge_day: as_of_day - target_days, as_of_day })
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
    fn cuts_are_targets_apart() {
        let split = TimeSplit::new(0, 729, 180).expect("two years");
        assert_eq!((split.train_day, split.judge_day, split.target_days()), (369, 549, 180));
        let split = TimeSplit::new(100, 183, 28).expect("just enough");
        assert_eq!((split.train_day, split.judge_day), (127, 155));
    }

    #[test]
    fn too_little_history_is_said_in_days() {
        let short = TimeSplit::new(0, 82, 28).expect_err("83 days");
        assert!(short.contains("cover 83 days") && short.contains("takes 84"), "{short}");
        let luck = TimeSplit::new(0, 364, 14).expect_err("two weeks");
        assert!(luck.contains("targets of 14 days"), "{luck}");
    }
}
