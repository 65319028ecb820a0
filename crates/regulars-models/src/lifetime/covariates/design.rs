//! Standardised covariates, without redundant ones.

use super::groups::CovariateGroups;
use super::{Dropped, Process};

/// Minimum share of unexplained variance; below it a covariate counts as a combination of those before it.
const MIN_UNEXPLAINED_VARIANCE: f64 = 1e-9;

/// Covariates of one process.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standardised {
    /// Indices of these among the given covariates.
    pub(super) kept: Vec<usize>,
    /// Means over customers.
    pub(super) means: Vec<f64>,
    /// Standard deviations.
    pub(super) deviations: Vec<f64>,
    /// Values, group by group.
    pub(super) values: Vec<f64>,
}

impl Standardised {
    /// Values of one group.
    pub(super) fn row(&self, group: usize) -> &[f64] {
        &self.values[group * self.kept.len()..(group + 1) * self.kept.len()]
    }
}

/// Standardises the covariates of a process and lists the dropped ones: constants and linear combinations
/// of others.
///
/// Shape: `customers` has the customers of each group.
pub(super) fn standardise(
    groups: &CovariateGroups,
    customers: &[f64],
    process: Process,
) -> (Standardised, Vec<Dropped>) {
    let names = match process {
        Process::Purchases => &groups.purchases,
        Process::Dropout => &groups.dropout,
    };
    let value = |group: usize, column: usize| match process {
        Process::Purchases => groups.row(group).0[column],
        Process::Dropout => groups.row(group).1[column],
    };
    let all: f64 = customers.iter().sum();
    let mean_of = |column: &dyn Fn(usize) -> f64| -> f64 {
        customers.iter().enumerate().map(|(group, count)| count * column(group)).sum::<f64>() / all
    };
    let mut dropped = Vec::new();
    let mut kept = Standardised { kept: vec![], means: vec![], deviations: vec![], values: vec![] };
    let mut columns: Vec<Vec<f64>> = Vec::new();
    // Orthonormal basis of the kept columns.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let mut leave_out = |why: &str| {
            dropped.push(Dropped { process, name: name.clone(), why: why.to_owned() });
        };
        let largest =
            (0..groups.len()).fold(0.0_f64, |largest, group| largest.max(value(group, number).abs()));
        // Scale by the largest value first: squares of huge values overflow.
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let mean = mean_of(&|group| value(group, number) / unit);
        let variance = mean_of(&|group| (value(group, number) / unit - mean).powi(2));
        if !(variance > 1e-24) {
            leave_out("the same for all customers");
            continue;
        }
        let deviation = variance.sqrt();
        let column: Vec<f64> =
            (0..groups.len()).map(|group| (value(group, number) / unit - mean) / deviation).collect();
        let mut rest = column.clone();
        // Repeated, to remove the rounding of the first pass.
        for known in basis.iter().chain(&basis) {
            let share = mean_of(&|group| known[group] * rest[group]);
            for (value, known) in rest.iter_mut().zip(known) {
                *value -= share * known;
            }
        }
        let new = mean_of(&|group| rest[group] * rest[group]);
        if !(new > MIN_UNEXPLAINED_VARIANCE) {
            leave_out("a linear combination of earlier covariates");
            continue;
        }
        let length = new.sqrt();
        basis.push(rest.into_iter().map(|value| value / length).collect());
        columns.push(column);
        kept.kept.push(number);
        kept.means.push(mean * unit);
        kept.deviations.push(deviation * unit);
    }
    kept.values =
        (0..groups.len()).flat_map(|group| columns.iter().map(move |column| column[group])).collect();
    (kept, dropped)
}
