//! Total value of customer groups, with intervals: `ltv_summary`.
//!
//! Deliberately not here: accuracy of group totals in the holdout period. Today's segments depend on what
//! happened in it, so the comparison would be biased.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

use super::overlay::of_sum;
use super::write::{deciles, money_minor};
use super::{ValueRequest, Valued};
use crate::error::Result;
use crate::tables::{column, nullable, write};

/// A partition of the customers.
#[derive(Debug)]
pub(crate) struct Grouping {
    /// Its name, such as `segment`.
    pub(crate) name: String,
    /// The groups, in display order.
    pub(crate) groups: Vec<String>,
    /// The group of every customer.
    pub(crate) of: Vec<u32>,
}

/// One group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) grouping: String,
    pub(super) name: String,
    pub(super) customers: usize,
    /// Total expected spend in the horizon and the ends of its interval, in the currency's unit.
    pub(super) value: [f64; 3],
    pub(super) expected_purchases: f64,
    pub(super) mean_p_alive: f64,
    pub(super) mean_p_churn: Option<f64>,
    pub(super) mean_p_purchase: f64,
}

/// All customers, then every group of every partition, then the deciles by predicted value; empty groups are
/// left out.
pub(super) fn groups(request: &ValueRequest<'_>, found: &Valued) -> Vec<Group> {
    let customers = found.base.now.x.len();
    let everybody =
        Grouping { name: "all".to_owned(), groups: vec!["all".to_owned()], of: vec![0; customers] };
    let tenths = Grouping {
        name: "decile".to_owned(),
        groups: (1..=10).map(|tenth| tenth.to_string()).collect(),
        of: deciles(&found.ahead.value).into_iter().map(|tenth| tenth as u32 - 1).collect(),
    };
    let of = |grouping: &Grouping| -> Vec<Group> {
        let mut rows = vec![Vec::new(); grouping.groups.len()];
        for (row, group) in grouping.of.iter().enumerate() {
            rows[*group as usize].push(row);
        }
        let named = grouping.groups.iter().zip(&rows).filter(|(_, rows)| !rows.is_empty());
        named.map(|(name, rows)| one(request, found, (&grouping.name, name), rows)).collect()
    };
    std::iter::once(&everybody).chain(request.groupings).chain([&tenths]).flat_map(of).collect()
}

fn one(request: &ValueRequest<'_>, found: &Valued, (grouping, name): (&str, &str), rows: &[usize]) -> Group {
    let sum = |values: &[f64]| rows.iter().map(|row| values[*row]).sum::<f64>();
    let mean = |values: &[f64]| sum(values) / rows.len() as f64;
    let whole = rows.len() == found.ahead.value.len();
    Group {
        grouping: grouping.to_owned(),
        name: name.to_owned(),
        customers: rows.len(),
        // Totals of all customers appear once.
        value: if whole { found.ahead.totals.value } else { of_sum(found, rows, request.seed) },
        expected_purchases: sum(&found.ahead.expected_purchases),
        mean_p_alive: mean(&found.ahead.p_alive),
        mean_p_churn: found.learned.as_ref().ok().map(|learned| mean(learned.churned.ahead())),
        mean_p_purchase: mean(&found.ahead.p_purchase),
    }
}

pub(super) fn write_groups(path: &Path, groups: &[Group], unit: f64) -> Result<()> {
    let text = |of: &dyn Fn(&Group) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(groups.iter().map(of)))
    };
    let whole = |of: &dyn Fn(&Group) -> usize| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(groups.iter().map(|group| of(group) as i64)))
    };
    let money = |of: &dyn Fn(&Group) -> f64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(groups.iter().map(|group| money_minor(of(group), unit))))
    };
    let number = |of: &dyn Fn(&Group) -> Option<f64>| -> ArrayRef {
        Arc::new(groups.iter().map(of).collect::<Float64Array>())
    };
    let all = groups.first().map_or(0.0, |everybody| everybody.value[0]);
    write(
        path,
        vec![
            column("grouping", text(&|group| group.grouping.clone())),
            column("name", text(&|group| group.name.clone())),
            column("customers", whole(&|group| group.customers)),
            column("predicted_ltv_minor", money(&|group| group.value[0])),
            column("predicted_low_minor", money(&|group| group.value[1])),
            column("predicted_high_minor", money(&|group| group.value[2])),
            column("mean_ltv_minor", number(&|group| Some(group.value[0] * unit / group.customers as f64))),
            nullable("share", number(&|group| (all > 0.0).then(|| group.value[0] / all))),
            column("expected_purchases", number(&|group| Some(group.expected_purchases))),
            column("mean_p_alive", number(&|group| Some(group.mean_p_alive))),
            nullable("mean_p_churn", number(&|group| group.mean_p_churn)),
            column("mean_p_purchase", number(&|group| Some(group.mean_p_purchase))),
        ],
    )
}
