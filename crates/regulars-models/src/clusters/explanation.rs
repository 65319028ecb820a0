//! Explains why a customer is in its cluster.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::model::ClusterModel;
use super::preparation::Column;

/// Distance of a customer to one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// Cluster number.
    pub id: u32,
    /// Cluster name.
    pub name: String,
    /// Distance to the centroid.
    pub distance: f64,
}

/// How much one feature favours the customer's own cluster over the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureContribution {
    /// Feature name.
    pub feature: String,
    /// The customer's value in its original unit; none if missing and replaced by the median.
    pub value: Option<f64>,
    /// The prepared value, in standard deviations from the mean of all customers.
    pub z: f64,
    /// Centroid of the customer's own cluster.
    pub own_z: f64,
    /// Centroid of the next cluster.
    pub next_z: f64,
    /// Squared distance to the next cluster minus squared distance to the customer's cluster, in this
    /// feature; negative if it favours the next.
    pub pull: f64,
}

/// Explains why a customer is in its cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// All clusters, nearest first: the first is the customer's own.
    pub distances: Vec<Distance>,
    /// All features, strongest pull first. The pulls add up to the difference between the squared distances
    /// to the next cluster and to the customer's own; with a single cluster they are 0.
    pub contributions: Vec<FeatureContribution>,
}

/// Explains the cluster of one customer.
///
/// Errors: [`Error::NoSuchRow`]; as [`super::Preparation::apply`].
pub fn explain(model: &ClusterModel, columns: &[Column<'_>], row: usize) -> Result<Explanation, Error> {
    let rows = columns.first().map_or(0, |column| column.values.len());
    if row >= rows {
        return Err(Error::NoSuchRow { row, rows });
    }
    // Columns of different lengths are rejected by the preparation below.
    let one: Vec<Column<'_>> = columns
        .iter()
        .map(|column| Column { name: column.name, values: column.values.get(row..=row).unwrap_or_default() })
        .collect();
    let point = model.preparation.apply(&one)?.values;
    let square = |cluster: usize| {
        let centroid = model.centroids.centroid(cluster);
        point.iter().zip(centroid).map(|(x, c)| (x - c) * (x - c)).sum::<f64>()
    };
    let mut order: Vec<(usize, f64)> = (0..model.clusters.len()).map(|at| (at, square(at))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let distances = order
        .iter()
        .map(|(at, square)| {
            let cluster = &model.clusters[*at];
            Distance { id: cluster.id, name: cluster.name.clone(), distance: square.sqrt() }
        })
        .collect();
    let own = order.first().map_or(0, |(at, _)| *at);
    let next = order.get(1).map_or(own, |(at, _)| *at);
    let mut contributions: Vec<FeatureContribution> = model
        .preparation
        .features
        .iter()
        .enumerate()
        .map(|(at, feature)| {
            let (own_z, next_z) = (model.centroids.centroid(own)[at], model.centroids.centroid(next)[at]);
            let value = one.iter().find(|column| column.name == feature.name).map(|column| column.values[0]);
            FeatureContribution {
                feature: feature.name.clone(),
                value: value.filter(|value| !value.is_nan()),
                z: point[at],
                own_z,
                next_z,
                pull: (point[at] - next_z).powi(2) - (point[at] - own_z).powi(2),
            }
        })
        .collect();
    contributions.sort_by(|a, b| b.pull.abs().total_cmp(&a.pull.abs()));
    Ok(Explanation { distances, contributions })
}
