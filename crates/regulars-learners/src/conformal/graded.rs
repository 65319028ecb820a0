//! Intervals of customers who are nearly sure to do something, apart from those of all others.
//!
//! Among customers with the same prediction some may do nothing at all, and for the others that is out of the
//! question: one interval for both would begin at the floor. Deliberately not here: where the chance comes
//! from; it must not know what happened.

use serde::{Deserialize, Serialize};

use super::{Coverage, Interval, Intervals, Params, ROWS_OF_A_GROUP, SumInterval, check, coverage};
use crate::error::Error;
use crate::folds::Folds;

/// From this chance on a customer is nearly sure to do something: fewer than one in twenty do not, so that
/// intervals of nine in ten can leave them out.
const NEARLY_SURE: f64 = 0.95;

/// Fitted intervals by how sure customers are to do something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    /// Of those who are nearly sure; none where too few were judged.
    sure: Option<Intervals>,
    others: Intervals,
}

impl Graded {
    /// Fits intervals; `chance` is that of doing something at all, of every judged customer.
    ///
    /// Contracts: one chance a customer (trusted).
    /// Errors: as [`Intervals::fit`].
    pub fn fit(actual: &[f64], predicted: &[f64], chance: &[f64], params: &Params) -> Result<Self, Error> {
        check(actual, predicted)?;
        let (sure, others) = divide(chance, 0..actual.len());
        if sure.len().min(others.len()) < 2 * ROWS_OF_A_GROUP {
            return Ok(Self { sure: None, others: Intervals::fit(actual, predicted, params)? });
        }
        let fit = |rows: &[usize], at_floor: bool| {
            Intervals::fit_sided(&of(actual, rows), &of(predicted, rows), at_floor, params)
        };
        // A handful at the floor in a group of sure ones is chance.
        Ok(Self { sure: Some(fit(&sure, false)?), others: fit(&others, true)? })
    }

    /// The share of customers whose truth lies in their interval.
    pub fn level(&self) -> f64 {
        self.others.level
    }

    /// The interval of each prediction.
    ///
    /// Shape: in the order of the predictions; as [`Intervals::predict`].
    /// Contracts: one chance a prediction (trusted).
    pub fn predict(&self, predicted: &[f64], chance: &[f64]) -> Vec<Interval> {
        let mut found = self.others.predict(predicted);
        if let Some(intervals) = &self.sure {
            let (sure, _) = divide(chance, 0..predicted.len());
            for (row, interval) in sure.iter().zip(intervals.predict(&of(predicted, &sure))) {
                found[*row] = interval;
            }
        }
        found
    }

    /// The interval of the sum over customers, as [`Intervals::of_sum`]: errors of both kinds are independent.
    pub fn of_sum(&self, predicted: &[f64], chance: &[f64], seed: u64) -> SumInterval {
        let Some(intervals) = &self.sure else { return self.others.of_sum(predicted, seed) };
        let (sure, others) = divide(chance, 0..predicted.len());
        let one = intervals.of_sum(&of(predicted, &sure), seed);
        let other = self.others.of_sum(&of(predicted, &others), seed);
        let expected = one.expected + other.expected;
        SumInterval {
            expected,
            low: expected - (one.expected - one.low).hypot(other.expected - other.low),
            high: expected + (one.high - one.expected).hypot(other.high - other.expected),
        }
    }

    /// How often intervals hold the truth: each part of the judged customers by intervals of the others.
    ///
    /// Errors: those of [`Self::fit`]; [`Error::Setting`] for fewer than five customers.
    pub fn measured_coverage(
        actual: &[f64],
        predicted: &[f64],
        chance: &[f64],
        params: &Params,
    ) -> Result<Coverage, Error> {
        check(actual, predicted)?;
        let folds = Folds::new(actual.len(), 5, params.seed ^ 0x5eed)?;
        let mut found = vec![Interval { low: 0.0, high: 0.0 }; actual.len()];
        for fold in 0..folds.count {
            let (held, rest) = folds.split(fold);
            let fitted = Self::fit(&of(actual, &rest), &of(predicted, &rest), &of(chance, &rest), params)?;
            for (row, interval) in held.iter().zip(fitted.predict(&of(predicted, &held), &of(chance, &held)))
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

fn divide(chance: &[f64], rows: std::ops::Range<usize>) -> (Vec<usize>, Vec<usize>) {
    rows.partition(|row| chance[*row] >= NEARLY_SURE)
}

fn of(column: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|row| column[*row]).collect()
}
