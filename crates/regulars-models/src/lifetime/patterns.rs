//! Histories of customers, counted: how many bought `x` times again, last at `t_x`, watched for `T`.
//!
//! Everything the models know of a customer is `(x, t_x, T)`. Customers with the same three numbers
//! are one pattern with a count, so that fitting and predicting cost by patterns: a million customers
//! of a shop that counts days have a few hundred thousand, and the number stops growing.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::time::TimeUnit;

/// The history of one customer, in the unit of the model it is shown to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Repeat purchases: days with a purchase after the first.
    pub x: u32,
    /// Time from the first to the last purchase; 0 without a repeat purchase.
    pub t_x: f64,
    /// Time from the first purchase to the end of the calibration.
    pub t: f64,
}

/// The customers as columns, one value for each.
#[derive(Debug, Clone, Copy)]
pub struct Histories<'a> {
    /// Repeat purchases, whole.
    pub x: &'a [f64],
    /// Time from the first to the last purchase.
    pub t_x: &'a [f64],
    /// Time from the first purchase to the end of the calibration.
    pub t: &'a [f64],
    /// Sums of the natural logarithms of the times between purchases, in the same unit; only the
    /// models with regular purchases need them.
    pub log_intervals: Option<&'a [f64]>,
    /// The unit of all times.
    pub unit: TimeUnit,
}

/// What to do with a row that cannot be a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRows {
    /// Refuse the table, naming the first such row.
    Refuse,
    /// Leave the rows out, and count them.
    Exclude,
}

/// How many rows were left out, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exclusions {
    /// A value is missing, not a number, or infinite.
    pub not_finite: u64,
    /// A value is below 0.
    pub negative: u64,
    /// x is no whole number, or beyond four billion.
    pub not_whole: u64,
    /// The last purchase is after the end of the calibration.
    pub last_after_end: u64,
    /// No repeat purchase, but a time of the last one.
    pub time_without_repeat: u64,
    /// Repeat purchases at the very time of the first.
    pub repeat_without_time: u64,
}

impl Exclusions {
    /// All rows that were left out.
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
/// Shape: the columns have one value per pattern, ordered by x, then `t_x`, then T, without
/// duplicates; whoever orders the customers differently gets the same table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patterns {
    /// Repeat purchases.
    pub x: Vec<u32>,
    /// Time of the last purchase.
    pub t_x: Vec<f64>,
    /// Time observed.
    pub t: Vec<f64>,
    /// Customers with this history.
    pub count: Vec<f64>,
    /// The sum of the logarithms of all times between purchases, if it is known.
    pub log_intervals: Option<f64>,
    /// The unit of all times.
    pub unit: TimeUnit,
}

/// Patterns, and which of them each customer has.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The distinct histories.
    pub patterns: Patterns,
    /// For each customer the row of `patterns`, or [`EXCLUDED`].
    pub pattern_of: Vec<u32>,
    /// Rows that were left out, by reason.
    pub excluded: Exclusions,
}

/// Stands in [`Counted::pattern_of`] for a customer without a usable history.
pub const EXCLUDED: u32 = u32::MAX;

/// Counts the distinct histories of a table of customers.
///
/// Errors: [`Error::ColumnLengths`]; [`Error::BadHistory`] if bad rows are refused.
pub fn count_patterns(histories: &Histories<'_>, bad_rows: BadRows) -> Result<Counted, Error> {
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
        // Times are not negative, so their bits are ordered as they are; adding 0 clears the sign
        // of a negative zero.
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
    Ok(Counted { patterns, pattern_of, excluded })
}

/// What is wrong with a row, and where that is counted.
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
        return Some(("no value can be below 0", &mut excluded.negative));
    }
    if x.fract() != 0.0 || x > f64::from(u32::MAX - 1) {
        return Some(("x counts purchases, so it must be whole", &mut excluded.not_whole));
    }
    if t_x > t {
        return Some(("the last purchase is after the end of the calibration", &mut excluded.last_after_end));
    }
    if x == 0.0 && t_x > 0.0 {
        return Some((
            "without a repeat purchase (x = 0) the last purchase is the first (t_x = 0)",
            &mut excluded.time_without_repeat,
        ));
    }
    if x > 0.0 && t_x == 0.0 {
        return Some((
            "repeat purchases at the time of the first are the same purchase",
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

    /// Adds a pattern at the end.
    pub fn push(&mut self, history: History, count: f64) {
        self.x.push(history.x);
        self.t_x.push(history.t_x);
        self.t.push(history.t);
        self.count.push(count);
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// The history of one pattern.
    pub fn history(&self, row: usize) -> History {
        History { x: self.x[row], t_x: self.t_x[row], t: self.t[row] }
    }

    /// All customers.
    pub fn customers(&self) -> f64 {
        self.count.iter().sum()
    }

    /// All repeat purchases.
    pub fn purchases(&self) -> f64 {
        self.x.iter().zip(&self.count).map(|(x, count)| f64::from(*x) * count).sum()
    }

    /// The mean time observed.
    pub(crate) fn mean_t(&self) -> f64 {
        let sum: f64 = self.t.iter().zip(&self.count).map(|(t, count)| t * count).sum();
        sum / self.customers()
    }

    /// The same customers, with times divided by `scale`.
    pub(crate) fn scaled(&self, scale: f64) -> Self {
        let divided = |times: &[f64]| times.iter().map(|time| time / scale).collect();
        Self {
            x: self.x.clone(),
            t_x: divided(&self.t_x),
            t: divided(&self.t),
            count: self.count.clone(),
            // Every repeat purchase ends one time between purchases.
            log_intervals: self.log_intervals.map(|sum| sum - self.purchases() * scale.ln()),
            unit: self.unit,
        }
    }

    /// About `customers` of the customers: every so-manieth in the order of the table, so that all
    /// sorts of histories are in it as often as among all.
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

    /// How many customers there are of every x.
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
