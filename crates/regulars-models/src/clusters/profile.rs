//! Cluster profiles: size, shares, means, medians, and position of the centroid.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::preparation::{Column, Preparation, quantile};
use crate::kmeans::Centroids;

/// The feature that counts orders.
const ORDERS: &str = "frequency_orders";

/// One feature in one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureProfile {
    /// Feature name.
    pub name: String,
    /// Mean over the cluster's customers that have a value, in the original unit.
    pub mean: Option<f64>,
    /// Median over the same customers.
    pub median: Option<f64>,
    /// Mean over all customers that have a value.
    pub overall_mean: Option<f64>,
    /// Median over the same customers.
    pub overall_median: Option<f64>,
    /// Share of the cluster's customers that have a value.
    pub known_share: f64,
    /// Centroid in standard deviations from the mean of all customers, after preparation; none for features
    /// that the clustering does not use.
    pub z: Option<f64>,
}

/// Profile of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Number of customers.
    pub customers: usize,
    /// Share of all customers.
    pub customer_share: f64,
    /// Share of total revenue; none if revenue was not given or its total is not positive.
    pub revenue_share: Option<f64>,
    /// Share of its customers with one order; none if orders are not among the features.
    pub one_order_share: Option<f64>,
    /// All features, in column order.
    pub features: Vec<FeatureProfile>,
}

/// Profiles each cluster on all columns, used or not.
///
/// Shape: one profile per centroid.
/// Errors: [`Error::ColumnLength`] if a column or the revenue does not have one value per label.
pub fn profiles(
    columns: &[Column<'_>],
    labels: &[u32],
    preparation: &Preparation,
    centroids: &Centroids,
    revenue: Option<&[f64]>,
) -> Result<Vec<Profile>, Error> {
    let lengths =
        columns.iter().map(|c| (c.name, c.values.len())).chain(revenue.map(|r| ("revenue", r.len())));
    for (name, found) in lengths {
        if found != labels.len() {
            return Err(Error::ColumnLength { name: name.to_owned(), expected: labels.len(), found });
        }
    }
    let mut members = vec![Vec::new(); centroids.len()];
    for (row, label) in labels.iter().enumerate() {
        members[*label as usize].push(row);
    }
    let overall: Vec<(Option<f64>, Option<f64>)> =
        columns.par_iter().map(|column| mean_and_median(column.values.iter().copied())).collect();
    let orders = columns.iter().find(|column| column.name == ORDERS);
    let total: f64 = revenue.map_or(0.0, |revenue| revenue.iter().sum());
    let described = members.iter().enumerate().map(|(cluster, members)| Profile {
        customers: members.len(),
        customer_share: members.len() as f64 / labels.len().max(1) as f64,
        revenue_share: revenue
            .filter(|_| total > 0.0)
            .map(|revenue| members.iter().map(|row| revenue[*row]).sum::<f64>() / total),
        one_order_share: orders.map(|orders| {
            let once = members.iter().filter(|row| (0.5..1.5).contains(&orders.values[**row])).count();
            once as f64 / members.len().max(1) as f64
        }),
        features: columns
            .iter()
            .zip(&overall)
            .map(|(column, (overall_mean, overall_median))| {
                let values = || members.iter().map(|row| column.values[*row]);
                let (mean, median) = mean_and_median(values());
                let known = values().filter(|value| !value.is_nan()).count();
                let used = preparation.features.iter().position(|feature| feature.name == column.name);
                FeatureProfile {
                    name: column.name.to_owned(),
                    mean,
                    median,
                    overall_mean: *overall_mean,
                    overall_median: *overall_median,
                    known_share: known as f64 / members.len().max(1) as f64,
                    z: used.map(|at| {
                        let feature = &preparation.features[at];
                        let at = centroids.centroid(cluster)[at];
                        if feature.standardised { at } else { standard(column.values, at) }
                    }),
                }
            })
            .collect(),
    });
    Ok(described.collect())
}

/// Mean and median of the known values.
fn mean_and_median(values: impl Iterator<Item = f64>) -> (Option<f64>, Option<f64>) {
    let mut known: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    if known.is_empty() {
        return (None, None);
    }
    known.sort_unstable_by(f64::total_cmp);
    (Some(known.iter().sum::<f64>() / known.len() as f64), Some(median_of_sorted(&known)))
}

/// Median; the mean of the middle two for an even count.
fn median_of_sorted(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[half - 1], sorted[half])
    } else {
        quantile(sorted, 0.5)
    }
}

fn standard(values: &[f64], at: f64) -> f64 {
    let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let count = known.len().max(1) as f64;
    let mean = known.iter().sum::<f64>() / count;
    let deviation = (known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    if deviation > 0.0 { (at - mean) / deviation } else { 0.0 }
}

/// Counts the customers of each cluster in each segment.
///
/// Shape: `clusters` rows of `segments` counts.
/// Errors: [`Error::ColumnLength`] if either does not have one value per customer; [`Error::NoSuchRow`] for
/// a cluster or segment out of range.
pub fn cross_table(
    labels: &[u32],
    clusters: usize,
    segment_indices: &[u8],
    segments: usize,
) -> Result<Vec<Vec<usize>>, Error> {
    if labels.len() != segment_indices.len() {
        let (expected, found) = (labels.len(), segment_indices.len());
        return Err(Error::ColumnLength { name: "segment".into(), expected, found });
    }
    let mut table = vec![vec![0; segments]; clusters];
    for (row, (label, segment)) in labels.iter().zip(segment_indices).enumerate() {
        let cell = table.get_mut(*label as usize).and_then(|line| line.get_mut(*segment as usize));
        *cell.ok_or(Error::NoSuchRow { row, rows: clusters.min(segments) })? += 1;
    }
    Ok(table)
}

/// Rows of the customers nearest to each centroid, nearest first; ties by row.
///
/// Shape: one list per cluster, up to `count` long.
pub fn nearest_customers(labels: &[u32], distances: &[f64], clusters: usize, count: usize) -> Vec<Vec<u32>> {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); clusters];
    for (row, label) in labels.iter().enumerate() {
        if let Some(members) = members.get_mut(*label as usize) {
            members.push(row as u32);
        }
    }
    for members in &mut members {
        members.sort_by(|a, b| distances[*a as usize].total_cmp(&distances[*b as usize]).then(a.cmp(b)));
        members.truncate(count);
    }
    members
}
