//! The cutoff days at which lifetime value models are trained, tested and used.
//!
//! ```text
//! first day        train               test              as of
//!     |--- history --|---- H days ------|---- H days ------|---- H days ---->
//!                    features: up to    features: up to    features: up to
//!                    here, target: the  here, target: the  here, target:
//!                    H days after       H days after       unknown
//! ```
//!
//! Features only use data up to the end of the cutoff day, targets only data after it.

use serde::{Deserialize, Serialize};

/// Shorter target periods are too noisy.
pub const MIN_TARGET_DAYS: i64 = 28;

/// Cutoffs as days since 1970; each cutoff is at the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSplit {
    /// Models are trained with features at the end of this day.
    pub train_day: i64,
    /// They are tested with features at the end of this day.
    pub test_day: i64,
    /// They predict with features at the end of this day.
    pub as_of_day: i64,
}

impl TimeSplit {
    /// Splits a history for a target period of `target_days`: the horizon or a third of the history,
    /// whichever is shorter, so that the first cutoff has at least as many days for features as for the
    /// target.
    ///
    /// Units: days since 1970.
    /// Errors: a message if the history or the target period is too short.
    pub fn new(first_day: i64, as_of_day: i64, target_days: i64) -> Result<Self, String> {
        let history = as_of_day - first_day + 1;
        if target_days < MIN_TARGET_DAYS {
            return Err(format!(
                "a target period of {target_days} days is too short: at least {MIN_TARGET_DAYS} are \
                 needed (and {} of history)",
                3 * MIN_TARGET_DAYS
            ));
        }
        if history < 3 * target_days {
            return Err(format!(
                "the orders cover {history} days; training and testing on {target_days} days each needs {}",
                3 * target_days
            ));
        }
        Ok(Self { train_day: as_of_day - 2 * target_days, test_day: as_of_day - target_days, as_of_day })
    }

    /// Length of the target period in days.
    pub fn target_days(&self) -> u32 {
        u32::try_from(self.as_of_day - self.test_day).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_targets_apart() {
        let split = TimeSplit::new(0, 729, 180).expect("two years");
        assert_eq!((split.train_day, split.test_day, split.target_days()), (369, 549, 180));
        let split = TimeSplit::new(100, 183, 28).expect("just enough");
        assert_eq!((split.train_day, split.test_day), (127, 155));
    }

    #[test]
    fn too_little_history_is_said_in_days() {
        let short = TimeSplit::new(0, 82, 28).expect_err("83 days");
        assert!(short.contains("cover 83 days") && short.contains("needs 84"), "{short}");
        let luck = TimeSplit::new(0, 364, 14).expect_err("two weeks");
        assert!(luck.contains("target period of 14 days"), "{luck}");
    }
}
