//! Clusters of a table with one row per customer, without orders and without a run.
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

use crate::clusters::{params, refused, strength};
use regulars_value::tables::{write_as, write_aside};
use regulars_value::{Error, Kind, Result, in_pool};

/// Options for clustering a table.
#[derive(Debug, Clone, Copy)]
pub struct ClusterTableRequest<'a> {
    /// The customers.
    pub table: &'a CustomerTable,
    /// The number of clusters and how to find them; the features are the table's columns.
    pub settings: &'a Clusters,
    /// Use the numbers as they are: no logarithms, no scaling, no clipping of outliers.
    pub raw: bool,
    /// Random seed.
    pub seed: u64,
    /// Threads to use; the result does not depend on them.
    pub threads: usize,
}

/// The clusters of a table.
#[derive(Debug, serde::Serialize)]
pub struct TableClusters {
    /// Quality of the clusters: weak, moderate or strong.
    pub strength: &'static str,
    /// Why this number of clusters, and how good they are.
    pub selection: Selection,
    /// The clusters, by number.
    pub clusters: Vec<TableCluster>,
    /// Deviations from the request, in words.
    pub notes: Vec<String>,
    #[serde(skip)]
    found: Clustered,
}

/// One cluster of a table.
#[derive(Debug, serde::Serialize)]
pub struct TableCluster {
    /// Number, from 1.
    pub cluster: u32,
    /// Name, in plain words.
    pub name: String,
    /// Customers.
    pub customers: usize,
    /// Share of all customers.
    pub customer_share: f64,
    /// Mean silhouette; none for a single cluster.
    pub silhouette: Option<f64>,
    /// All features of the cluster.
    pub features: Vec<FeatureProfile>,
    /// The customers nearest to its center.
    pub examples: Vec<String>,
}

/// Clusters the customers of a table.
///
/// Errors: a table without numeric columns, fewer than three distinct customers, or an impossible number of
/// clusters.
pub fn cluster_table(request: &ClusterTableRequest<'_>) -> Result<TableClusters> {
    let table = request.table;
    if table.columns.is_empty() {
        return Err(Error {
            hint: Some("choose the columns with --features a,b".to_owned()),
            ..Error::new(Kind::Input, "the table has no numeric column")
        });
    }
    let columns: Vec<Column<'_>> =
        table.columns.iter().map(|c| Column { name: &c.name, values: &c.values }).collect();
    let mut with = params(request.settings);
    with.preparation = PreparationParams { transform: !request.raw, ..PreparationParams::default() };
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

/// Writes the cluster of every customer.
///
/// Shape: one row per customer, in the order of the table: `customer_id`, cluster, `cluster_name`, distance,
/// silhouette, and scatter plot coordinates x and y.
/// Errors: when the file cannot be written; an existing file is kept then.
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
