//! Histories counted as patterns: how many customers have `x` repeat purchases, the last at `t_x`, observed
//! for `T`.
//!
//! The models use only `(x, t_x, T)` of a customer. Customers with the same three numbers form one pattern
//! with a count, so fitting and predicting scale with patterns: a million customers of a shop that counts
//! days have a few hundred thousand, and the number levels off.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::time::{Horizon, TimeUnit};

/// The history of one customer, in the model's time unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Repeat purchases (x): days with a purchase after the first.
    pub x: u32,
    /// Time from the first to the last purchase (`t_x`); 0 without a repeat purchase.
    pub t_x: f64,
    /// Observation time (T): from the first purchase to the end of the calibration period.
    pub t: f64,
}

/// Customer histories as columns, one value per customer.
#[derive(Debug, Clone, Copy)]
pub struct Histories<'a> {
    /// Repeat purchases, whole numbers.
    pub x: &'a [f64],
    /// Time from the first to the last purchase.
    pub t_x: &'a [f64],
    /// Time from the first purchase to the end of the calibration period.
    pub t: &'a [f64],
    /// Sums of log interpurchase times, in the same unit; only models with regular purchases need them.
    pub log_intervals: Option<&'a [f64]>,
    /// Time unit.
    pub unit: TimeUnit,
}

/// Handling of invalid rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRows {
    /// Reject the table, naming the first invalid row.
    Refuse,
    /// Skip and count invalid rows.
    Exclude,
}

/// Rows excluded, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exclusions {
    /// A value is missing, NaN or infinite.
    pub not_finite: u64,
    /// A value is below 0.
    pub negative: u64,
    /// x is not whole, or above four billion.
    pub not_whole: u64,
    /// The last purchase is after the end of the calibration period.
    pub last_after_end: u64,
    /// No repeat purchase, but a time of the last purchase.
    pub time_without_repeat: u64,
    /// Repeat purchases at the same time as the first.
    pub repeat_without_time: u64,
}

impl Exclusions {
    /// Total rows excluded.
    pub fn total(&self) -> u64 {
        self.not_finite
            + self.negative
            + self.not_whole
            + self.last_after_end
            + self.time_without_repeat
            + self.repeat_without_time
    }
}

/// Distinct histories with their counts.
///
/// Shape: columns have one value per pattern, sorted by x, then `t_x`, then T, without duplicates; the
/// order of the customers does not matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patterns {
    /// Repeat purchases (x).
    pub x: Vec<u32>,
    /// Time of the last purchase (`t_x`).
    pub t_x: Vec<f64>,
    /// Observation time (T).
    pub t: Vec<f64>,
    /// Customers with this history.
    pub count: Vec<f64>,
    /// Sum of all log interpurchase times, if known.
    pub log_intervals: Option<f64>,
    /// Time unit.
    pub unit: TimeUnit,
}

/// Patterns, and the pattern of each customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedPatterns {
    /// Distinct histories.
    pub patterns: Patterns,
    /// Row of `patterns` per customer, or [`EXCLUDED`].
    pub pattern_of: Vec<u32>,
    /// Rows excluded, by reason.
    pub excluded: Exclusions,
}

/// Marks a customer without a usable history in [`CountedPatterns::pattern_of`].
pub const EXCLUDED: u32 = u32::MAX;

/// Counts the distinct histories of a table of customers.
///
/// Errors: [`Error::ColumnLengths`]; [`Error::BadHistory`] if invalid rows are rejected.
pub fn count_patterns(histories: &Histories<'_>, bad_rows: BadRows) -> Result<CountedPatterns, Error> {
    let customers = histories.x.len();
    let logs = histories.log_intervals.map_or(customers, <[f64]>::len);
    for (name, found) in [("t_x", histories.t_x.len()), ("T", histories.t.len()), ("litt", logs)] {
        if found != customers {
            return Err(Error::ColumnLengths { name, found, expected: customers });
        }
    }
    let mut excluded = Exclusions::default();
    let mut keyed = Vec::with_capacity(customers);
    let mut log_intervals = histories.log_intervals.map(|_| 0.0);
    for row in 0..customers {
        let (x, t_x, t) = (histories.x[row], histories.t_x[row], histories.t[row]);
        let log = histories.log_intervals.map_or(0.0, |logs| logs[row]);
        if let Some((problem, counter)) = problem(x, t_x, t, log, &mut excluded) {
            if bad_rows == BadRows::Refuse {
                return Err(Error::BadHistory { row, x, t_x, t, problem });
            }
            *counter += 1;
            continue;
        }
        if let Some(sum) = &mut log_intervals
            && x > 0.0
        {
            *sum += log;
        }
        // Non-negative floats sort like their bits; adding 0 clears the sign of a negative zero.
        keyed.push((x as u32, (t_x + 0.0).to_bits(), (t + 0.0).to_bits(), row as u32));
    }
    keyed.par_sort_unstable();
    let mut patterns = Patterns {
        x: Vec::new(),
        t_x: Vec::new(),
        t: Vec::new(),
        count: Vec::new(),
        log_intervals,
        unit: histories.unit,
    };
    let mut pattern_of = vec![EXCLUDED; customers];
    let mut before = None;
    for (x, t_x, t, row) in keyed {
        if before != Some((x, t_x, t)) {
            before = Some((x, t_x, t));
            patterns.push(History { x, t_x: f64::from_bits(t_x), t: f64::from_bits(t) }, 0.0);
        }
        let last = patterns.x.len() - 1;
        patterns.count[last] += 1.0;
        pattern_of[row as usize] = last as u32;
    }
    Ok(CountedPatterns { patterns, pattern_of, excluded })
}

/// What is wrong with a row, and where it is counted.
fn problem(
    x: f64,
    t_x: f64,
    t: f64,
    log_intervals: f64,
    excluded: &mut Exclusions,
) -> Option<(&'static str, &mut u64)> {
    if !(x.is_finite() && t_x.is_finite() && t.is_finite() && log_intervals.is_finite()) {
        return Some(("every value must be a number", &mut excluded.not_finite));
    }
    if x < 0.0 || t_x < 0.0 || t < 0.0 {
        return Some(("no value may be below 0", &mut excluded.negative));
    }
    if x.fract() != 0.0 || x > f64::from(u32::MAX - 1) {
        return Some(("x counts purchases, so it must be whole", &mut excluded.not_whole));
    }
    if t_x > t {
        return Some(("the last purchase is after the calibration period", &mut excluded.last_after_end));
    }
    if x == 0.0 && t_x > 0.0 {
        return Some(("without repeat purchases (x = 0), t_x must be 0", &mut excluded.time_without_repeat));
    }
    if x > 0.0 && t_x == 0.0 {
        return Some((
            "with repeat purchases (x > 0), t_x must be above 0",
            &mut excluded.repeat_without_time,
        ));
    }
    None
}

impl Patterns {
    /// An empty table.
    pub fn empty(unit: TimeUnit) -> Self {
        Self { x: Vec::new(), t_x: Vec::new(), t: Vec::new(), count: Vec::new(), log_intervals: None, unit }
    }

    /// Appends a pattern.
    pub fn push(&mut self, history: History, count: f64) {
        self.x.push(history.x);
        self.t_x.push(history.t_x);
        self.t.push(history.t);
        self.count.push(count);
    }

    /// Number of patterns.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// History of one pattern.
    pub fn history(&self, row: usize) -> History {
        History { x: self.x[row], t_x: self.t_x[row], t: self.t[row] }
    }

    /// Number of customers.
    pub fn customers(&self) -> f64 {
        self.count.iter().sum()
    }

    /// Total repeat purchases.
    pub fn purchases(&self) -> f64 {
        self.x.iter().zip(&self.count).map(|(x, count)| f64::from(*x) * count).sum()
    }

    /// Mean observation time.
    pub(crate) fn mean_t(&self) -> f64 {
        let sum: f64 = self.t.iter().zip(&self.count).map(|(t, count)| t * count).sum();
        sum / self.customers()
    }

    /// Rejects a model in another unit.
    pub(crate) fn check_unit(&self, model: TimeUnit) -> Result<(), Error> {
        if self.unit == model {
            return Ok(());
        }
        Err(Error::MixedUnits { model, customers: self.unit })
    }

    /// Checks a model's horizon and unit, and converts the horizon to that unit.
    pub(crate) fn horizon(&self, horizon: Horizon, model: TimeUnit) -> Result<f64, Error> {
        horizon.check()?;
        self.check_unit(model)?;
        Ok(horizon.in_units(model))
    }

    /// The same customers, with times divided by `scale`.
    pub(crate) fn scaled(&self, scale: f64) -> Self {
        let divided = |times: &[f64]| times.iter().map(|time| time / scale).collect();
        Self {
            x: self.x.clone(),
            t_x: divided(&self.t_x),
            t: divided(&self.t),
            count: self.count.clone(),
            // Each repeat purchase ends one interpurchase time.
            log_intervals: self.log_intervals.map(|sum| sum - self.purchases() * scale.ln()),
            unit: self.unit,
        }
    }

    /// Systematic sample of about `customers` customers in table order, so that histories keep their
    /// proportions.
    pub(crate) fn sample(&self, customers: f64) -> Self {
        let stride = self.customers() / customers;
        let mut taken = Self::empty(self.unit);
        let mut seen = 0.0;
        let mut next = stride * 0.5;
        for row in 0..self.len() {
            seen += self.count[row];
            let mut count = 0.0;
            while next < seen {
                count += 1.0;
                next += stride;
            }
            if count > 0.0 {
                taken.push(self.history(row), count);
            }
        }
        taken
    }

    /// Number of customers by repeat purchases.
    ///
    /// Shape: `(x, customers)`, ascending in x.
    pub(crate) fn by_purchases(&self) -> Vec<(u32, f64)> {
        let mut groups: Vec<(u32, f64)> = Vec::new();
        for (x, count) in self.x.iter().zip(&self.count) {
            match groups.last_mut() {
                Some((last, customers)) if last == x => *customers += count,
                _ => groups.push((*x, *count)),
            }
        }
        groups
    }
}
