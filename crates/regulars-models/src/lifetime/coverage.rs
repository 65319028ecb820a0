//! Coverage of prediction intervals on the holdout.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::holdout::LAST_CLASS;
use super::patterns::{CountedPatterns, EXCLUDED};
use super::uncertainty::PurchaseIntervals;

/// Coverage of prediction intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Number of customers.
    pub customers: u64,
    /// Customers inside, bounds included.
    pub inside: u64,
    /// Customers below the lower bound.
    pub below: u64,
    /// Customers above the upper bound.
    pub above: u64,
    /// Share inside; none without customers.
    pub share: Option<f64>,
    /// Mean width of the intervals; none without customers.
    pub width: Option<f64>,
}

/// Coverage among customers with the same number of repeat purchases in the calibration period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassCoverage {
    /// Repeat purchases in the calibration period.
    pub x: u32,
    /// Whether the class includes everyone with this many or more.
    pub is_open_ended: bool,
    /// Coverage of the class.
    pub coverage: Coverage,
}

/// Measures the coverage of any intervals, of purchases or of spend.
///
/// Shape: one value of each per customer; rows with a NaN are skipped.
/// Errors: [`Error::ColumnLengths`].
pub fn coverage(low: &[f64], high: &[f64], actual: &[f64]) -> Result<Coverage, Error> {
    for (name, column) in [("lower bounds", low), ("upper bounds", high)] {
        if column.len() != actual.len() {
            return Err(Error::ColumnLengths { name, found: column.len(), expected: actual.len() });
        }
    }
    let mut counted = Count::default();
    for ((low, high), actual) in low.iter().zip(high).zip(actual) {
        counted.add(*low, *high, *actual);
    }
    Ok(counted.finish())
}

/// Measures the coverage of purchase intervals on the holdout, overall and by repeat purchases.
///
/// Contracts: `intervals` belong to the patterns of `counted`; `actual` has the purchases of each customer
/// of the counted table within their horizon, in order (lengths checked).
/// Errors: [`Error::ColumnLengths`].
pub fn purchase_coverage(
    intervals: &PurchaseIntervals,
    counted: &CountedPatterns,
    actual: &[f64],
) -> Result<(Coverage, Vec<ClassCoverage>), Error> {
    for (name, found, expected) in [
        ("holdout purchases", actual.len(), counted.pattern_of.len()),
        ("intervals", intervals.low.len(), counted.patterns.len()),
    ] {
        if found != expected {
            return Err(Error::ColumnLengths { name, found, expected });
        }
    }
    let mut all = Count::default();
    let mut classes = vec![Count::default(); LAST_CLASS as usize + 1];
    for (pattern, actual) in counted.pattern_of.iter().zip(actual) {
        if *pattern == EXCLUDED {
            continue;
        }
        let pattern = *pattern as usize;
        let (low, high) = (f64::from(intervals.low[pattern]), f64::from(intervals.high[pattern]));
        all.add(low, high, *actual);
        classes[counted.patterns.x[pattern].min(LAST_CLASS) as usize].add(low, high, *actual);
    }
    let classes = (0..)
        .zip(classes)
        .filter(|(_, count)| count.customers > 0)
        .map(|(x, count)| ClassCoverage { x, is_open_ended: x == LAST_CLASS, coverage: count.finish() })
        .collect();
    Ok((all.finish(), classes))
}

#[derive(Debug, Clone, Default)]
struct Count {
    customers: u64,
    below: u64,
    above: u64,
    widths: f64,
}

impl Count {
    fn add(&mut self, low: f64, high: f64, actual: f64) {
        if low.is_nan() || high.is_nan() || actual.is_nan() {
            return;
        }
        self.customers += 1;
        self.below += u64::from(actual < low);
        self.above += u64::from(actual > high);
        self.widths += high - low;
    }

    fn finish(self) -> Coverage {
        let inside = self.customers - self.below - self.above;
        let per_customer = |value: f64| (self.customers > 0).then(|| value / self.customers as f64);
        Coverage {
            customers: self.customers,
            inside,
            below: self.below,
            above: self.above,
            share: per_customer(inside as f64),
            width: per_customer(self.widths),
        }
    }
}
