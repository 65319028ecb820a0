//! Separate prediction intervals for customers who are nearly certain to buy.
//!
//! Among customers with the same prediction some may buy nothing while others surely buy: one interval for
//! both would start at the floor. Deliberately not here: where the probability comes from; it must not
//! depend on the outcome.

use serde::{Deserialize, Serialize};

use super::{ConformalParams, Coverage, Interval, Intervals, ROWS_OF_A_GROUP, SumInterval, check, coverage};
use crate::error::Error;
use crate::folds::Folds;

/// Customers with at least this purchase probability are nearly certain to buy: fewer than 5% do not, so
/// 90% intervals can leave out the floor.
const NEAR_CERTAIN: f64 = 0.95;

/// Intervals fitted separately for customers who are nearly certain to buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupedIntervals {
    /// Intervals of the nearly certain; none if there were too few calibration customers.
    #[serde(alias = "sure")]
    certain: Option<Intervals>,
    others: Intervals,
}

impl GroupedIntervals {
    /// Fits the intervals; `p_purchase` is the purchase probability of each calibration customer.
    ///
    /// Contracts: one probability per customer (trusted).
    /// Errors: as [`Intervals::fit`].
    pub fn fit(
        actual: &[f64],
        predicted: &[f64],
        p_purchase: &[f64],
        params: &ConformalParams,
    ) -> Result<Self, Error> {
        check(actual, predicted)?;
        let (certain, others) = divide(p_purchase, 0..actual.len());
        if certain.len().min(others.len()) < 2 * ROWS_OF_A_GROUP {
            return Ok(Self { certain: None, others: Intervals::fit(actual, predicted, params)? });
        }
        let fit = |rows: &[usize], at_floor: bool| {
            Intervals::fit_sided(&of(actual, rows), &of(predicted, rows), at_floor, params)
        };
        // In the nearly certain group, a handful at the floor is noise.
        Ok(Self { certain: Some(fit(&certain, false)?), others: fit(&others, true)? })
    }

    /// Nominal level: the share of actual values inside their interval.
    pub fn level(&self) -> f64 {
        self.others.level
    }

    /// Predicts the interval of each customer.
    ///
    /// Shape: one interval per prediction, in order; as [`Intervals::predict`].
    /// Contracts: one probability per prediction (trusted).
    pub fn predict(&self, predicted: &[f64], p_purchase: &[f64]) -> Vec<Interval> {
        let mut found = self.others.predict(predicted);
        if let Some(intervals) = &self.certain {
            let (certain, _) = divide(p_purchase, 0..predicted.len());
            for (row, interval) in certain.iter().zip(intervals.predict(&of(predicted, &certain))) {
                found[*row] = interval;
            }
        }
        found
    }

    /// Interval of the sum over customers, as [`Intervals::of_sum`]; errors of the two groups are
    /// independent.
    pub fn of_sum(&self, predicted: &[f64], p_purchase: &[f64], seed: u64) -> SumInterval {
        let Some(intervals) = &self.certain else { return self.others.of_sum(predicted, seed) };
        let (certain, others) = divide(p_purchase, 0..predicted.len());
        let one = intervals.of_sum(&of(predicted, &certain), seed);
        let other = self.others.of_sum(&of(predicted, &others), seed);
        let expected = one.expected + other.expected;
        SumInterval {
            expected,
            low: expected - (one.expected - one.low).hypot(other.expected - other.low),
            high: expected + (one.high - one.expected).hypot(other.high - other.expected),
        }
    }

    /// Cross-validated coverage: each fold of calibration customers is tested with intervals fitted on the
    /// others.
    ///
    /// Errors: those of [`Self::fit`]; [`Error::Setting`] for fewer than five customers.
    pub fn cross_validated_coverage(
        actual: &[f64],
        predicted: &[f64],
        p_purchase: &[f64],
        params: &ConformalParams,
    ) -> Result<Coverage, Error> {
        check(actual, predicted)?;
        let folds = Folds::new(actual.len(), 5, params.seed ^ 0x5eed)?;
        let mut found = vec![Interval { low: 0.0, high: 0.0 }; actual.len()];
        for fold in 0..folds.count {
            let (held, rest) = folds.split(fold);
            let fitted =
                Self::fit(&of(actual, &rest), &of(predicted, &rest), &of(p_purchase, &rest), params)?;
            for (row, interval) in
                held.iter().zip(fitted.predict(&of(predicted, &held), &of(p_purchase, &held)))
            {
                found[*row] = interval;
            }
        }
        let holds: Vec<bool> =
            found.iter().zip(actual).map(|(one, actual)| one.low <= *actual && *actual <= one.high).collect();
        let mean_width = found.iter().map(|one| one.high - one.low).sum::<f64>() / found.len() as f64;
        Ok(coverage(predicted, &holds, mean_width))
    }
}

fn divide(p_purchase: &[f64], rows: std::ops::Range<usize>) -> (Vec<usize>, Vec<usize>) {
    rows.partition(|row| p_purchase[*row] >= NEAR_CERTAIN)
}

fn of(column: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|row| column[*row]).collect()
}
