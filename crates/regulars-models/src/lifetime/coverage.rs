//! Whether intervals hold what they promise: the share of customers whose holdout lies inside.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::holdout::LAST_CLASS;
use super::patterns::{Counted, EXCLUDED};
use super::uncertainty::PurchaseIntervals;

/// How often what happened lay in an interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Customers judged.
    pub customers: u64,
    /// Those inside, both ends included.
    pub inside: u64,
    /// Those below the lower end.
    pub below: u64,
    /// Those above the upper end.
    pub above: u64,
    /// The share inside; none without customers.
    pub share: Option<f64>,
    /// The mean width of the intervals; none without customers.
    pub width: Option<f64>,
}

/// The coverage among customers with the same number of repeat purchases in the calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassCoverage {
    /// Repeat purchases in the calibration.
    pub x: u32,
    /// Whether the class is of all who bought this often or more.
    pub and_more: bool,
    /// Their coverage.
    pub coverage: Coverage,
}

/// Measures any intervals, of purchases or of spend.
///
/// Shape: one value of each for every customer; rows with a value that is no number are passed over.
/// Errors: [`Error::ColumnLengths`].
pub fn coverage(low: &[f64], high: &[f64], actual: &[f64]) -> Result<Coverage, Error> {
    for (name, column) in [("lower ends", low), ("upper ends", high)] {
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

/// Measures intervals of purchases on the holdout, over all customers and by their purchases before.
///
/// Contracts: `intervals` are of the patterns of `counted`; `actual` has the purchases of every customer of
/// the counted table within their horizon, in its order (lengths checked).
/// Errors: [`Error::ColumnLengths`].
pub fn purchase_coverage(
    intervals: &PurchaseIntervals,
    counted: &Counted,
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
        .map(|(x, count)| ClassCoverage { x, and_more: x == LAST_CLASS, coverage: count.finish() })
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
