//! Likelihood over groups with their own α, β, a and b, and its gradient.
//!
//! A group's likelihood is that of the plain model. Its derivatives by ln α, ln β, ln a and ln b are those
//! of the base parameters, and times the covariates those of the coefficients.

use regulars_stats::optimise::ValueAndGradient;
use regulars_stats::sums::{map_rows, sum_rows};

use super::design::Standardised;
use super::groups::CovariateGroups;
use crate::lifetime::model::{ModelKind, PurchaseModel, Sums};
use crate::lifetime::patterns::Patterns;

/// Counted histories by group, on the scale of the search.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) patterns: Patterns,
    /// First pattern of each group, followed by the number of patterns.
    pub(super) starts: Vec<usize>,
    /// Customers by x: of group 0, of group 1, …
    by_x: Vec<(u32, f64)>,
    /// Start of each group in that list, followed by its length.
    by_x_starts: Vec<usize>,
    pub(super) purchases: Standardised,
    pub(super) dropout: Standardised,
    pub(super) customers: f64,
}

impl Table {
    pub(super) fn new(
        patterns: Patterns,
        starts: Vec<usize>,
        purchases: Standardised,
        dropout: Standardised,
    ) -> Self {
        let mut by_x: Vec<(u32, f64)> = Vec::new();
        let mut by_x_starts = vec![0];
        for group in starts.windows(2) {
            let first = by_x.len();
            for row in group[0]..group[1] {
                let (x, count) = (patterns.x[row], patterns.count[row]);
                match by_x[first..].last_mut() {
                    Some((last, customers)) if *last == x => *customers += count,
                    _ => by_x.push((x, count)),
                }
            }
            by_x_starts.push(by_x.len());
        }
        let customers = patterns.customers();
        Self { patterns, starts, by_x, by_x_starts, purchases, dropout, customers }
    }

    /// Systematic sample of about `customers` customers, in the order of groups and histories.
    pub(super) fn sample(&self, customers: f64) -> Self {
        let stride = self.customers / customers;
        let mut patterns = Patterns::empty(self.patterns.unit);
        let mut starts = Vec::new();
        let empty = |of: &Standardised| Standardised { values: Vec::new(), ..of.clone() };
        let (mut purchases, mut dropout) = (empty(&self.purchases), empty(&self.dropout));
        let (mut seen, mut next) = (0.0, stride * 0.5);
        for group in 0..self.starts.len() - 1 {
            let first = patterns.len();
            for row in self.starts[group]..self.starts[group + 1] {
                seen += self.patterns.count[row];
                let mut count = 0.0;
                while next < seen {
                    count += 1.0;
                    next += stride;
                }
                if count > 0.0 {
                    patterns.push(self.patterns.history(row), count);
                }
            }
            if patterns.len() > first {
                starts.push(first);
                purchases.values.extend_from_slice(self.purchases.row(group));
                dropout.values.extend_from_slice(self.dropout.row(group));
            }
        }
        starts.push(patterns.len());
        Self::new(patterns, starts, purchases, dropout)
    }
}

/// Number of customers per group.
pub(super) fn customers_by_group(patterns: &Patterns, groups: &CovariateGroups) -> Vec<f64> {
    groups.starts.windows(2).map(|group| patterns.count[group[0]..group[1]].iter().sum()).collect()
}

/// Mean negative log-likelihood and its gradient by the log parameters at mean covariates, then by the
/// purchase coefficients, then by the dropout coefficients.
pub(super) fn mean_loss(table: &Table, kind: ModelKind, logs: &[f64]) -> ValueAndGradient {
    let base = kind.parameter_names().len();
    let (logs, coefficients) = logs.split_at(base);
    let (of_purchases, of_dropout) = coefficients.split_at(table.purchases.kept.len());
    let of_groups = map_rows(table.starts.len() - 1, |group| {
        let buying = dot(of_purchases, table.purchases.row(group));
        let leaving = dot(of_dropout, table.dropout.row(group));
        of_group(table, kind, group, logs, buying, leaving)
    });
    let scale = -1.0 / table.customers;
    let mut value = 0.0;
    let mut gradient = vec![0.0; base + coefficients.len()];
    for (group, [of_value, slopes @ ..]) in of_groups.into_iter().enumerate() {
        value += of_value;
        for (sum, slope) in gradient.iter_mut().zip(&slopes[..base]) {
            *sum += slope;
        }
        let by_buying = -slopes[1];
        let effects = kind.0.describe().dropout_effects;
        let by_leaving: f64 = effects.iter().map(|(number, sign)| sign * slopes[*number]).sum();
        let (purchases, leaving) = gradient[base..].split_at_mut(of_purchases.len());
        for (sum, covariate) in purchases.iter_mut().zip(table.purchases.row(group)) {
            *sum += by_buying * covariate;
        }
        for (sum, covariate) in leaving.iter_mut().zip(table.dropout.row(group)) {
            *sum += by_leaving * covariate;
        }
    }
    for slope in &mut gradient {
        *slope *= scale;
    }
    ValueAndGradient { value: value * scale, gradient }
}

/// Log-likelihood of a group and its derivatives by the logs of its parameters.
fn of_group(table: &Table, kind: ModelKind, group: usize, logs: &[f64], buying: f64, leaving: f64) -> Sums {
    let rows = table.starts[group]..table.starts[group + 1];
    let shifted = |range: std::ops::Range<usize>| range.start + rows.start..range.end + rows.start;
    let by_x = &table.by_x[table.by_x_starts[group]..table.by_x_starts[group + 1]];
    let mut values = logs.to_vec();
    values[1] -= buying;
    for (number, sign) in kind.0.describe().dropout_effects {
        values[*number] += sign * leaving;
    }
    for value in &mut values {
        *value = value.exp();
    }
    let model = PurchaseModel { kind, k: 1, values };
    let mut sums = sum_rows(rows.len(), |range| kind.0.over_chunk(&model, &table.patterns, shifted(range)));
    for (x, count) in by_x {
        for (sum, value) in sums.iter_mut().zip(kind.0.of_x(&model, *x)) {
            *sum += count * value;
        }
    }
    for (slope, value) in sums[1..].iter_mut().zip(&model.values) {
        *slope *= value;
    }
    sums
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
