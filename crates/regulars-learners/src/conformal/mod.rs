//! Prediction intervals, for single customers and for sums over many, by split conformal prediction.
//!
//! Half of the calibration customers give the mean absolute error as a non-decreasing function of the
//! prediction, and the decile bounds of the predictions. The other half gives, per decile, the quantiles of
//! the errors divided by that function. For customers exchangeable with those, coverage is then the nominal
//! level on average over a decile, whatever the model and the distribution.
//!
//! Deliberately not here: a shift of the whole market between the calibration period and the forecast
//! period, which no calibration data can show.
//!
//! Source: Lei et al. (2018), split conformal intervals with locally weighted errors; Vovk (2012) for
//! groups.

mod grouped;
mod sums;
#[cfg(test)]
mod tests;

use regulars_stats::isotonic::Isotonic;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::folds::Folds;

pub use grouped::GroupedIntervals;
pub use sums::SumInterval;

/// Minimum calibration customers per group: its 5% tail then holds five of them.
const ROWS_OF_A_GROUP: usize = 100;

/// Maximum number of groups.
const GROUPS: usize = 10;

/// Errors kept per group, for intervals of sums.
const KEPT_ERRORS: usize = 400;

/// Settings of the prediction intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConformalParams {
    /// Nominal level: the share of actual values inside their interval.
    pub level: f64,
    /// Lower bound of the actual value, if there is one (0 for spend without refunds).
    pub floor: Option<f64>,
    /// Seed of the random split into halves.
    pub seed: u64,
}

impl Default for ConformalParams {
    fn default() -> Self {
        Self { level: 0.9, floor: Some(0.0), seed: 42 }
    }
}

/// Fitted prediction intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// Nominal level: the share of actual values inside their interval.
    pub level: f64,
    /// Lower bound of the actual value.
    pub floor: Option<f64>,
    /// Predictions at the knots of the error function.
    size_at: Vec<f64>,
    /// Mean absolute error at each knot.
    size: Vec<f64>,
    /// In order of ascending prediction.
    groups: Vec<Group>,
}

/// Customers with similar predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Group {
    /// Upper bound of the group's predictions; none for the last group.
    up_to: Option<f64>,
    /// Lower and upper quantile of the scaled errors; none is unbounded.
    low: Option<f64>,
    high: Option<f64>,
    /// Calibration customers in the group.
    rows: usize,
    /// Their scaled errors: mean, variance, and the errors themselves, ascending and evenly thinned.
    mean: f64,
    variance: f64,
    errors: Vec<f64>,
}

/// A prediction interval; infinite where there are too few calibration customers for the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Share of actual values inside intervals that were fitted on other customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// Over all customers.
    pub overall: f64,
    /// By decile of the prediction, lowest first: customers and coverage.
    pub by_decile: Vec<(usize, f64)>,
    /// Mean width of the intervals; infinite if any interval is.
    pub mean_width: f64,
}

impl Intervals {
    /// Fits intervals to actual values and to predictions from a model that has not seen these customers.
    ///
    /// Errors: [`Error::Setting`] for a level that is not between 0 and 1; [`Error::NoRows`],
    /// [`Error::ColumnLength`], [`Error::Target`].
    pub fn fit(actual: &[f64], predicted: &[f64], params: &ConformalParams) -> Result<Self, Error> {
        Self::fit_sided(actual, predicted, true, params)
    }

    /// As `fit`; without `at_floor`, a group gets a lower bound even if many of its first half are at the
    /// floor.
    fn fit_sided(
        actual: &[f64],
        predicted: &[f64],
        at_floor: bool,
        params: &ConformalParams,
    ) -> Result<Self, Error> {
        if !(params.level > 0.0 && params.level < 1.0) {
            let value = params.level.to_string();
            return Err(Error::Setting { name: "level", value, expected: "between 0 and 1" });
        }
        check(actual, predicted)?;
        if actual.len() < 2 * ROWS_OF_A_GROUP {
            // Too few to split: one error size, one group.
            let all: Vec<usize> = (0..actual.len()).collect();
            let size = Isotonic { x: vec![0.0], y: vec![1.0] };
            return Ok(Self::of_halves((actual, predicted), [&all, &all], size, 1, at_floor, params));
        }
        let (first, second) = Folds::new(actual.len(), 2, params.seed)?.split(0);
        let size = size_of_errors(actual, predicted, &first)?;
        let groups = (second.len() / ROWS_OF_A_GROUP).clamp(1, GROUPS);
        Ok(Self::of_halves((actual, predicted), [&first, &second], size, groups, at_floor, params))
    }

    fn of_halves(
        (actual, predicted): (&[f64], &[f64]),
        [first, second]: [&[usize]; 2],
        size: Isotonic,
        groups: usize,
        at_floor_below: bool,
        params: &ConformalParams,
    ) -> Self {
        let mut ascending: Vec<f64> = first.iter().map(|row| predicted[*row]).collect();
        ascending.sort_by(f64::total_cmp);
        let mut ends: Vec<f64> = (1..groups).map(|n| ascending[n * ascending.len() / groups - 1]).collect();
        // Tied predictions can make decile bounds equal.
        ends.dedup();
        ends.retain(|end| *end < ascending[ascending.len() - 1]);
        let group_of = |row: usize| ends.partition_point(|end| *end < predicted[row]);
        let mut errors = vec![Vec::new(); ends.len() + 1];
        for row in second {
            errors[group_of(*row)].push((actual[*row] - predicted[*row]) / size.predict(predicted[*row]));
        }
        let mut at_floor = vec![[0.0; 2]; ends.len() + 1];
        for row in first {
            let counts = &mut at_floor[group_of(*row)];
            counts[0] += 1.0;
            counts[1] += f64::from(u8::from(params.floor.is_some_and(|floor| actual[*row] <= floor)));
        }
        let miss = 1.0 - params.level;
        let groups = errors
            .into_iter()
            .zip(at_floor)
            .enumerate()
            .map(|(number, (mut errors, [rows, at_floor]))| {
                errors.sort_by(f64::total_cmp);
                // Where more customers are at the floor than may be missed below, none is missed below and
                // the full allowance goes to the upper side.
                let one_sided = at_floor_below && rows > 0.0 && at_floor / rows >= miss / 2.0;
                let below = if one_sided { 0.0 } else { miss / 2.0 };
                Group::new(ends.get(number).copied(), &errors, below, miss - below)
            })
            .collect();
        Self { level: params.level, floor: params.floor, size_at: size.x, size: size.y, groups }
    }

    /// Predicts the interval of each customer.
    ///
    /// Shape: one interval per prediction, in order; `low` is at most `high` and not below the floor.
    pub fn predict(&self, predicted: &[f64]) -> Vec<Interval> {
        let size = self.size_function();
        predicted.iter().map(|value| self.of_one(*value, &size)).collect()
    }

    fn size_function(&self) -> Isotonic {
        Isotonic { x: self.size_at.clone(), y: self.size.clone() }
    }

    fn group_of(&self, predicted: f64) -> &Group {
        let number = self.groups.partition_point(|group| group.up_to.is_some_and(|end| end < predicted));
        &self.groups[number.min(self.groups.len() - 1)]
    }

    fn of_one(&self, predicted: f64, size: &Isotonic) -> Interval {
        let (group, size) = (self.group_of(predicted), size.predict(predicted));
        let end = |multiple: Option<f64>, else_: f64| multiple.map_or(else_, |by| predicted + by * size);
        let floor = self.floor.unwrap_or(f64::NEG_INFINITY);
        let low = end(group.low, f64::NEG_INFINITY).max(floor);
        Interval { low, high: end(group.high, f64::INFINITY).max(low) }
    }
}

/// Summarises which intervals contained the actual value.
///
/// Contracts: one value of `holds` per prediction (trusted).
pub fn coverage(predicted: &[f64], holds: &[bool], mean_width: f64) -> Coverage {
    let share = |rows: &[usize]| rows.iter().filter(|row| holds[**row]).count() as f64 / rows.len() as f64;
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order.sort_by(|a, b| predicted[*a].total_cmp(&predicted[*b]));
    let tenths = 10.min(order.len());
    let by_decile = (0..tenths)
        .map(|n| &order[n * order.len() / tenths..(n + 1) * order.len() / tenths])
        .map(|rows| (rows.len(), share(rows)))
        .collect();
    Coverage { overall: share(&order), by_decile, mean_width }
}

impl Group {
    fn new(up_to: Option<f64>, errors: &[f64], below: f64, above: f64) -> Self {
        let rows = errors.len();
        let count = rows as f64;
        // Ranks of the conformal guarantee, which counts the new customer as one more.
        let low = if below > 0.0 { ((count + 1.0) * below).floor() as usize } else { 0 };
        let high = ((count + 1.0) * (1.0 - above)).ceil() as usize;
        let mean = errors.iter().sum::<f64>() / count.max(1.0);
        let variance =
            errors.iter().map(|error| (error - mean) * (error - mean)).sum::<f64>() / count.max(1.0);
        let kept = rows.min(KEPT_ERRORS);
        let thinned: Vec<f64> = (0..kept).map(|n| errors[(2 * n + 1) * rows / (2 * kept)]).collect();
        // Thinning must preserve the mean, or sums would be biased.
        let moved = mean - thinned.iter().sum::<f64>() / kept.max(1) as f64;
        Self {
            up_to,
            low: low.checked_sub(1).map(|rank| errors[rank]),
            high: (1..=rows).contains(&high).then(|| errors[high - 1]),
            rows,
            mean,
            variance,
            errors: thinned.into_iter().map(|error| error + moved).collect(),
        }
    }
}

/// Mean absolute error as a non-decreasing function of the prediction, kept above 0.
fn size_of_errors(actual: &[f64], predicted: &[f64], rows: &[usize]) -> Result<Isotonic, Error> {
    let at: Vec<f64> = rows.iter().map(|row| predicted[*row]).collect();
    let off: Vec<f64> = rows.iter().map(|row| (actual[*row] - predicted[*row]).abs()).collect();
    let mean = off.iter().sum::<f64>() / off.len() as f64;
    let least = if mean > 0.0 { 0.01 * mean } else { 1.0 };
    let mut fitted = Isotonic::fit(&at, &off)?;
    for value in &mut fitted.y {
        *value = value.max(least);
    }
    Ok(fitted)
}

fn check(actual: &[f64], predicted: &[f64]) -> Result<(), Error> {
    if actual.is_empty() {
        return Err(Error::NoRows);
    }
    if actual.len() != predicted.len() {
        let (expected, found) = (actual.len(), predicted.len());
        return Err(Error::ColumnLength { name: "predictions".into(), expected, found });
    }
    for column in [actual, predicted] {
        if let Some(row) = column.iter().position(|value| !value.is_finite()) {
            return Err(Error::Target { row, value: column[row] });
        }
    }
    Ok(())
}
