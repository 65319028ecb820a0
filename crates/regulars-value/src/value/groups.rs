//! Total value of customer groups, with intervals: `ltv_summary`.
//!
//! Deliberately not here: accuracy of group totals in the holdout period. Today's segments depend on what
//! happened in it, so the comparison would be biased.

use regulars_core::tables::ltv_summary;

use super::intervals::of_sum;
use super::valued::Valued;
use crate::request::{Grouping, ValueRequest};
use crate::tables::money_minor;

/// All customers, then every group of every partition, then the deciles by predicted value; empty groups are
/// left out.
pub(super) fn groups(request: &ValueRequest<'_>, found: &Valued) -> Vec<ltv_summary::Row> {
    let customers = found.base.now.x.len();
    let everybody =
        Grouping { name: "all".to_owned(), groups: vec!["all".to_owned()], of: vec![0; customers] };
    let tenths = Grouping {
        name: "decile".to_owned(),
        groups: (1..=10).map(|tenth| tenth.to_string()).collect(),
        of: deciles(&found.ahead.value).into_iter().map(|tenth| tenth as u32 - 1).collect(),
    };
    let of = |grouping: &Grouping| -> Vec<ltv_summary::Row> {
        let mut rows = vec![Vec::new(); grouping.groups.len()];
        for (row, group) in grouping.of.iter().enumerate() {
            rows[*group as usize].push(row);
        }
        let named = grouping.groups.iter().zip(&rows).filter(|(_, rows)| !rows.is_empty());
        named.map(|(name, rows)| one(request, found, (&grouping.name, name), rows)).collect()
    };
    std::iter::once(&everybody).chain(request.groupings).chain([&tenths]).flat_map(of).collect()
}

fn one(
    request: &ValueRequest<'_>,
    found: &Valued,
    (grouping, name): (&str, &str),
    rows: &[usize],
) -> ltv_summary::Row {
    let unit = request.money_unit();
    let sum = |values: &[f64]| rows.iter().map(|row| values[*row]).sum::<f64>();
    let mean = |values: &[f64]| sum(values) / rows.len() as f64;
    let whole = rows.len() == found.ahead.value.len();
    // Totals of all customers appear once.
    let all = found.ahead.totals.value;
    let value = if whole { all } else { of_sum(found, rows, request.seed) };
    let [predicted_ltv_minor, predicted_low_minor, predicted_high_minor] =
        value.map(|value| money_minor(value, unit));
    ltv_summary::Row {
        grouping: grouping.to_owned(),
        name: name.to_owned(),
        customers: rows.len() as u64,
        predicted_ltv_minor,
        predicted_low_minor,
        predicted_high_minor,
        mean_ltv_minor: value[0] * unit / rows.len() as f64,
        share: (all[0] > 0.0).then(|| value[0] / all[0]),
        expected_purchases: sum(&found.ahead.expected_purchases),
        mean_p_alive: mean(&found.ahead.p_alive),
        mean_p_churn: found.learned.done().map(|learned| mean(learned.churned.ahead())),
        mean_p_purchase: mean(&found.ahead.p_purchase),
    }
}

/// Deciles of the customers by expected spend: 1 is the highest; ties in their order.
pub(super) fn deciles(values: &[f64]) -> Vec<i64> {
    let mut tenths = vec![0; values.len()];
    for (rank, row) in highest_first(values).into_iter().enumerate() {
        tenths[row] = (rank * 10 / values.len()) as i64 + 1;
    }
    tenths
}

/// Rows by descending value, ties in their order.
pub(super) fn highest_first(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    order
}
