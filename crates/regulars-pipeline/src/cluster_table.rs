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

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use regulars_core::config::Clusters as Settings;
    use regulars_ingest::CustomerTable;

    use super::*;
    use crate::testing::column;

    /// Three groups of twenty customers, far apart.
    fn table() -> CustomerTable {
        let group = |row: usize| (row / 20) as f64;
        let noise = |row: usize| (row * 7 % 20) as f64 / 100.0;
        CustomerTable {
            customer_ids: (0..60).map(|row| format!("c{row}")).collect(),
            columns: vec![
                regulars_ingest::NumberColumn {
                    name: "orders".to_owned(),
                    values: (0..60).map(|row| 10.0 * group(row) + noise(row)).collect(),
                },
                regulars_ingest::NumberColumn {
                    name: "spend".to_owned(),
                    values: (0..60).map(|row| 100.0 - 30.0 * group(row) + noise(row)).collect(),
                },
            ],
            notes: Vec::new(),
        }
    }

    #[test]
    fn three_groups_far_apart_are_three_clusters() {
        let settings =
            Settings { clusters: Some(3), bootstraps: 2, gap_references: 2, ..Settings::default() };
        let table = table();
        let request =
            ClusterTableRequest { table: &table, settings: &settings, raw: true, seed: 1, threads: 1 };
        let found = cluster_table(&request).expect("clusters");
        assert_eq!(found.strength, "strong");
        assert_eq!(found.clusters.iter().map(|cluster| cluster.customers).collect::<Vec<_>>(), [20; 3]);
        for cluster in &found.clusters {
            assert!((cluster.customer_share - 1.0 / 3.0).abs() < 1e-12);
            // The nearest examples are of one group, whose mean is theirs.
            let groups: Vec<usize> =
                cluster.examples.iter().map(|id| id[1..].parse::<usize>().expect("a row") / 20).collect();
            assert!(groups.iter().all(|group| *group == groups[0]));
            let mean =
                table.columns[0].values[20 * groups[0]..20 * groups[0] + 20].iter().sum::<f64>() / 20.0;
            assert!((cluster.features[0].mean.expect("known") - mean).abs() < 1e-9);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("clusters.parquet");
        write_table_clusters(&table, &found, Format::Parquet, &out).expect("written");
        let written = column(&out, "cluster");
        let written = written.as_primitive::<arrow::datatypes::Int64Type>().values().to_vec();
        for group in written.chunks(20) {
            assert!(group.iter().all(|cluster| *cluster == group[0]));
        }
        assert_eq!(written.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        // Another number of threads is no other result.
        let again = cluster_table(&ClusterTableRequest { threads: 2, ..request }).expect("clusters");
        assert_eq!(again.found.labels, found.found.labels);
    }

    #[test]
    fn a_table_without_numbers_has_no_clusters() {
        let table = CustomerTable { columns: Vec::new(), ..table() };
        let settings = Settings::default();
        let request =
            ClusterTableRequest { table: &table, settings: &settings, raw: false, seed: 1, threads: 1 };
        assert_eq!(cluster_table(&request).expect_err("no column").kind, Kind::Input);
    }
}
