//! Counts histories by covariates: customers with equal covariates form a group.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::{Covariate, Covariates, Process};
use crate::lifetime::Error;
use crate::lifetime::patterns::{BadRows, CountedPatterns, EXCLUDED, Histories, Patterns, count_patterns};

/// Distinct rows of covariates.
///
/// Shape: a group has one value per purchase covariate, then one per dropout covariate; groups are sorted
/// by their values, without duplicates.
#[derive(Debug, Clone, PartialEq)]
pub struct CovariateGroups {
    /// Names of the purchase covariates.
    pub purchases: Vec<String>,
    /// Names of the dropout covariates.
    pub dropout: Vec<String>,
    /// Values, group by group.
    pub values: Vec<f64>,
    /// First pattern of each group, followed by the number of patterns.
    pub starts: Vec<usize>,
}

impl CovariateGroups {
    /// Number of groups.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Covariates of a group: of purchases, and of dropout.
    pub fn row(&self, group: usize) -> (&[f64], &[f64]) {
        let width = self.purchases.len() + self.dropout.len();
        self.values[group * width..(group + 1) * width].split_at(self.purchases.len())
    }

    /// Group of each pattern.
    pub(super) fn of_patterns(&self) -> Vec<u32> {
        (0..self.len())
            .flat_map(|group| std::iter::repeat_n(group as u32, self.starts[group + 1] - self.starts[group]))
            .collect()
    }
}

/// Patterns by group, and the pattern of each customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedWithCovariates {
    /// Distinct histories of each group, ordered by group, then like [`Patterns`]; `log_intervals` is none.
    /// A row without usable covariates is excluded as `not_finite`.
    pub counted: CountedPatterns,
    /// The groups.
    pub groups: CovariateGroups,
}

/// Counts the distinct histories of a table of customers with covariates.
///
/// Errors: those of [`count_patterns`]; [`Error::ColumnLengths`]; [`Error::BadCovariate`] for a value that
/// is not a number, if bad rows are refused.
pub fn count_with_covariates(
    histories: &Histories<'_>,
    covariates: &Covariates<'_>,
    bad_rows: BadRows,
) -> Result<CountedWithCovariates, Error> {
    let mut counted = count_patterns(histories, bad_rows)?;
    let customers = histories.x.len();
    let columns: Vec<&Covariate<'_>> = covariates.purchases.iter().chain(covariates.dropout).collect();
    for column in &columns {
        if column.values.len() != customers {
            return Err(Error::ColumnLengths {
                name: "covariate",
                found: column.values.len(),
                expected: customers,
            });
        }
    }
    for row in 0..customers {
        let bad = columns.iter().find(|column| !column.values[row].is_finite());
        if let Some(column) = bad
            && counted.pattern_of[row] != EXCLUDED
        {
            if bad_rows == BadRows::Refuse {
                let name = column.name.to_owned();
                return Err(Error::BadCovariate { row, name, value: column.values[row] });
            }
            counted.excluded.not_finite += 1;
            counted.pattern_of[row] = EXCLUDED;
        }
    }
    Ok(by_group(&counted, covariates, &columns))
}

/// Splits the patterns of a table by covariates.
fn by_group(
    counted: &CountedPatterns,
    covariates: &Covariates<'_>,
    columns: &[&Covariate<'_>],
) -> CountedWithCovariates {
    // Patterns are sorted by history, so sorting by pattern number sorts by history.
    let compare = |a: u32, b: u32| -> Ordering {
        columns
            .iter()
            .map(|column| {
                let value = |row: u32| column.values[row as usize] + 0.0;
                value(a).total_cmp(&value(b))
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let pattern_of = |row: u32| counted.pattern_of[row as usize];
    let mut rows: Vec<u32> =
        (0..counted.pattern_of.len() as u32).filter(|row| pattern_of(*row) != EXCLUDED).collect();
    rows.par_sort_unstable_by(|a, b| {
        compare(*a, *b).then(pattern_of(*a).cmp(&pattern_of(*b))).then(a.cmp(b))
    });
    let mut split = CountedPatterns {
        patterns: Patterns::empty(counted.patterns.unit),
        pattern_of: vec![EXCLUDED; counted.pattern_of.len()],
        excluded: counted.excluded,
    };
    let mut groups = CovariateGroups {
        purchases: names(covariates, Process::Purchases),
        dropout: names(covariates, Process::Dropout),
        values: Vec::new(),
        starts: Vec::new(),
    };
    let mut before: Option<u32> = None;
    for row in rows {
        let new_group = before.is_none_or(|before| compare(before, row).is_ne());
        if new_group {
            groups.values.extend(columns.iter().map(|column| column.values[row as usize] + 0.0));
            groups.starts.push(split.patterns.len());
        }
        if new_group || before.is_some_and(|before| pattern_of(before) != pattern_of(row)) {
            split.patterns.push(counted.patterns.history(pattern_of(row) as usize), 0.0);
        }
        before = Some(row);
        let last = split.patterns.len() - 1;
        split.patterns.count[last] += 1.0;
        split.pattern_of[row as usize] = last as u32;
    }
    groups.starts.push(split.patterns.len());
    CountedWithCovariates { counted: split, groups }
}

fn names(covariates: &Covariates<'_>, process: Process) -> Vec<String> {
    let columns = match process {
        Process::Purchases => covariates.purchases,
        Process::Dropout => covariates.dropout,
    };
    columns.iter().map(|column| column.name.to_owned()).collect()
}
