//! Clusters of a table that has one row a customer, without orders and without a run.
//!
//! Deliberately not here: reading the table (`regulars-ingest`), how clusters are found
//! (`regulars_models::clusters`).

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars_core::config::Clusters;
use regulars_engine::Format;
use regulars_ingest::CustomerTable;
use regulars_models::clusters::{self, Clustered, Column, FeatureProfile, PreparationParams, Selection};

use crate::clusters::{in_pool, params, refused, strength};
use crate::error::{Error, Kind, Result};
use crate::tables::{write_as, write_aside};

/// How a table is clustered.
#[derive(Debug, Clone, Copy)]
pub struct ClusterTableRequest<'a> {
    /// The customers.
    pub table: &'a CustomerTable,
    /// How many clusters, and how they are looked for; the features are the table's columns.
    pub settings: &'a Clusters,
    /// Take the numbers as they are: no logarithms, no scaling, no outliers moved.
    pub as_they_are: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads to use; the answer does not depend on them.
    pub threads: usize,
}

/// The clusters of a table.
#[derive(Debug, serde::Serialize)]
pub struct TableClusters {
    /// How real the clusters are: weak, moderate or strong.
    pub strength: &'static str,
    /// How the number was chosen, and how real the clusters are.
    pub selection: Selection,
    /// The clusters, by number.
    pub clusters: Vec<TableCluster>,
    /// What was done differently from what was asked for, in words.
    pub notes: Vec<String>,
    #[serde(skip)]
    found: Clustered,
}

/// One cluster of a table.
#[derive(Debug, serde::Serialize)]
pub struct TableCluster {
    /// Its number, from 1.
    pub cluster: u32,
    /// What it is in plain words.
    pub name: String,
    /// Customers.
    pub customers: usize,
    /// Their share of all.
    pub customer_share: f64,
    /// Mean silhouette; none for a single cluster.
    pub silhouette: Option<f64>,
    /// Every feature in it.
    pub features: Vec<FeatureProfile>,
    /// The customers nearest to its centre.
    pub examples: Vec<String>,
}

/// Clusters the customers of a table.
///
/// Errors: a table without numbers, fewer than three different customers, or a number of clusters that
/// cannot be had.
pub fn cluster_table(request: &ClusterTableRequest<'_>) -> Result<TableClusters> {
    let table = request.table;
    if table.columns.is_empty() {
        return Err(Error {
            hint: Some("name the columns to cluster by: --features a,b".to_owned()),
            ..Error::new(Kind::Input, "the table has no column that holds nothing but numbers")
        });
    }
    let columns: Vec<Column<'_>> =
        table.columns.iter().map(|c| Column { name: &c.name, values: &c.values }).collect();
    let mut with = params(request.settings);
    with.preparation = PreparationParams { transform: !request.as_they_are, ..PreparationParams::default() };
    let with = with.check().map_err(refused)?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let found = in_pool(request.threads, || clusters::fit(&columns, None, None, &with, &mut rng))?
        .map_err(refused)?;
    let clusters =
        found.model.clusters.iter().zip(&found.profiles).enumerate().map(|(at, (cluster, profile))| {
            TableCluster {
                cluster: cluster.id,
                name: cluster.name.clone(),
                customers: profile.customers,
                customer_share: profile.customer_share,
                silhouette: found.cluster_silhouettes[at],
                features: profile.features.clone(),
                examples: found.examples[at]
                    .iter()
                    .map(|row| table.customer_ids[*row as usize].clone())
                    .collect(),
            }
        });
    Ok(TableClusters {
        strength: strength(found.selection.strength),
        selection: found.selection.clone(),
        clusters: clusters.collect(),
        notes: found.notes.clone(),
        found,
    })
}

/// Writes which customer is in which cluster.
///
/// Shape: one row a customer, in the order of the table: `customer_id`, cluster, `cluster_name`,
/// distance, silhouette, and the place in the picture, x and y.
/// Errors: when the file cannot be written; what was there before stays.
pub fn write_table_clusters(
    table: &CustomerTable,
    clusters: &TableClusters,
    format: Format,
    out: &Path,
) -> Result<()> {
    let found = &clusters.found;
    let of = |label: &u32| &found.model.clusters[*label as usize];
    let axis = |at: usize| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(found.picture.iter().map(|place| place[at])))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("customer_id", Arc::new(StringArray::from_iter_values(&table.customer_ids))),
        (
            "cluster",
            Arc::new(Int64Array::from_iter_values(found.labels.iter().map(|label| i64::from(of(label).id)))),
        ),
        (
            "cluster_name",
            Arc::new(StringArray::from_iter_values(found.labels.iter().map(|label| &of(label).name))),
        ),
        ("distance", Arc::new(Float64Array::from(found.distances.clone()))),
        ("silhouette", Arc::new(Float64Array::from(found.silhouettes.clone()))),
        ("x", axis(0)),
        ("y", axis(1)),
    ];
    write_aside(out, |aside| write_as(format, aside, columns))
}
