//! Clusters of more customers than fit into memory: fitted on a sample, refined on all customers batch by
//! batch, and assigned batch by batch.
//!
//! Deliberately not here: tables and summary ([`crate::clusters`]), which are the same for both ways.

use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use regulars_core::money::format_count;
use regulars_models::clusters::{self, ClusterModel, Clustered, Column, ValidClusterParams};
use regulars_models::kmeans::MiniBatchKMeans;

use crate::clusters::{ClusterRequest, score_column};
use regulars_value::feature_columns::{FeatureColumn, for_each_batch};
use regulars_value::{Result, in_pool};

/// Bytes per customer and feature while clusters are fitted: the column, its sorted copy, the prepared
/// matrix, its tiles, and space for sorting.
const BYTES_A_VALUE: u64 = 8 * 6;

/// Minimum sample size, whatever the limit: fewer customers would make poor clusters.
const MIN_CUSTOMERS: u64 = 20_000;

/// Customers per batch.
const BATCH_CUSTOMERS: usize = 65_536;

/// How many customers fit into half of a memory limit; the other half is for the run's other data.
pub(crate) fn customers_within(limit_bytes: u64, features: usize) -> usize {
    (limit_bytes / 2 / (BYTES_A_VALUE * features.max(1) as u64)).max(MIN_CUSTOMERS) as usize
}

/// Clusters all customers, with at most `at_once` of them in memory.
///
/// Shape: as [`clusters::fit`]; profiles, selection and silhouettes are those of the sample, labels and
/// distances cover all customers.
/// Errors: as [`clusters::fit`], and a file that cannot be read.
pub(crate) fn fit_in_batches(
    request: &ClusterRequest<'_>,
    at_once: usize,
    revenue: &[f64],
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<std::result::Result<Clustered, clusters::Error>> {
    let customers = revenue.len();
    let mut drawn: Vec<usize> = sample(rng, customers, at_once.min(customers)).into_vec();
    drawn.sort_unstable();
    let sampled = sampled_columns(request, &drawn)?;
    let sampled_revenue: Vec<f64> = drawn.iter().map(|row| revenue[*row]).collect();
    let fitted = in_pool(request.threads, || {
        clusters::fit(&as_columns(&sampled), Some(&sampled_revenue), request.previous, params, rng)
    })?;
    let mut found = match fitted {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    drop(sampled);
    match refined(request, &found.model, &found.labels)? {
        Ok(model) => found.model = model,
        Err(error) => return Ok(Err(error)),
    }

    let (mut labels, mut distances) = (Vec::with_capacity(customers), Vec::with_capacity(customers));
    let mut picture = Vec::with_capacity(customers);
    let mut refused = None;
    each_batch(request, |columns| {
        let placed = in_pool(request.threads, || {
            let matrix = found.model.preparation.apply(columns)?;
            let placed = found.model.centroids.predict(matrix.rows()?)?;
            Ok((placed, found.model.projection.project(matrix.rows()?)?))
        })?;
        match placed {
            Ok((placed, places)) => {
                labels.extend(placed.labels);
                distances.extend(placed.distances);
                picture.extend(places);
            }
            Err(error) => refused = refused.take().or(Some(error)),
        }
        Ok(())
    })?;
    if let Some(error) = refused {
        return Ok(Err(error));
    }
    let mut silhouettes = vec![None; customers];
    for (row, silhouette) in drawn.iter().zip(&found.silhouettes) {
        silhouettes[*row] = *silhouette;
    }
    for rows in &mut found.examples {
        for row in rows {
            *row = drawn[*row as usize] as u32;
        }
    }
    found.notes.push(format!(
        "{} customers exceed the memory limit: clusters were fitted on a random sample of {} of them, \
         refined on all in batches, and all customers were assigned; the numbers of clusters were compared \
         on these {} (cluster_selection), and means and medians in cluster_centers cover only these",
        format_count(customers as u64),
        format_count(drawn.len() as u64),
        format_count(drawn.len() as u64)
    ));
    for (label, cluster) in found.model.clusters.iter_mut().enumerate() {
        cluster.customers = labels.iter().filter(|other| **other as usize == label).count();
    }
    Ok(Ok(Clustered { labels, distances, picture, silhouettes, ..found }))
}

/// The model with centroids refined on every customer.
fn refined(
    request: &ClusterRequest<'_>,
    model: &ClusterModel,
    labels: &[u32],
) -> Result<std::result::Result<ClusterModel, clusters::Error>> {
    let mut seen = vec![0_u64; model.clusters.len()];
    for label in labels {
        seen[*label as usize] += 1;
    }
    let mut learner = MiniBatchKMeans { centroids: model.centroids.clone(), seen };
    let mut refused = None;
    each_batch(request, |columns| {
        let learned = in_pool(request.threads, || learner.learn(model.preparation.apply(columns)?.rows()?))?;
        refused = refused.take().or(learned.err());
        Ok(())
    })?;
    Ok(refused.map_or_else(|| Ok(ClusterModel { centroids: learner.centroids, ..model.clone() }), Err))
}

/// The features of the given customers, ascending.
fn sampled_columns(request: &ClusterRequest<'_>, rows: &[usize]) -> Result<Vec<FeatureColumn>> {
    let mut sampled: Vec<FeatureColumn> = Vec::new();
    let mut first = 0;
    let mut next = 0;
    each_batch(request, |columns| {
        let count = columns.first().map_or(0, |column| column.values.len());
        if sampled.is_empty() {
            sampled.extend(
                columns.iter().map(|c| FeatureColumn { name: c.name.to_owned(), values: Vec::new() }),
            );
        }
        let to = next + rows[next..].partition_point(|row| *row < first + count);
        for (target, column) in sampled.iter_mut().zip(columns) {
            target.values.extend(rows[next..to].iter().map(|row| column.values[row - first]));
        }
        (first, next) = (first + count, to);
        Ok(())
    })?;
    Ok(sampled)
}

/// Passes the clustering features to a callback batch by batch, in the order of the configuration.
fn each_batch(
    request: &ClusterRequest<'_>,
    mut visit: impl FnMut(&[Column<'_>]) -> Result<()>,
) -> Result<()> {
    let names = &request.config.features;
    for_each_batch(request.features, names, request.money_decimals, BATCH_CUSTOMERS, |rows, read| {
        let columns: Vec<FeatureColumn> = names
            .iter()
            .filter_map(|name| {
                score_column(name, request.scores, rows.clone())
                    .or_else(|| read.iter().find(|c| c.name == *name).cloned())
            })
            .collect();
        visit(&as_columns(&columns))
    })
}

fn as_columns(columns: &[FeatureColumn]) -> Vec<Column<'_>> {
    columns.iter().map(|c| Column { name: &c.name, values: &c.values }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_leaves_room_for_the_rest_and_never_starves() {
        assert_eq!(customers_within(2 << 30, 15), 1_491_308);
        assert_eq!(customers_within(1, 15), 20_000);
    }
}
