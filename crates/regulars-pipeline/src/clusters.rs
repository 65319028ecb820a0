//! Clusters of a run: features in, tables, model and summary out.
//!
//! Deliberately not here: how clusters are found (`regulars_models::clusters`).

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars_core::config::{Clusters, Config};
use regulars_core::manifest::ClusterChoice;
use regulars_core::summary::{ClusterEntry, ClusterSummary, SegmentShare};
use regulars_engine::RfmColumns;
use regulars_models::clusters::{self, Clustered, Column, Model, Params, Strength, ValidParams};

use crate::clusters_in_batches::{customers_within, fit_in_batches};
use crate::error::{Error, Kind, Result};
use crate::feature_columns::{FeatureColumn, read_features};
use crate::scores::Scores;
use crate::tables::{column, nullable, words, write};

/// The stored model, relative to the run's folder.
pub(crate) const MODEL_FILE: &str = "models/clusters.json";

/// The clusters of a run, or why it has none.
pub(crate) enum ClusterOutcome {
    Found {
        summary: Box<ClusterSummary>,
        choice: ClusterChoice,
        /// The cluster of every customer, as an index into the summary.
        labels: Vec<u32>,
    },
    None {
        reason: String,
    },
}

/// Input of the clustering step.
pub(crate) struct ClusterRequest<'a> {
    /// `customer_features` of the run.
    pub(crate) features: &'a Path,
    pub(crate) rfm: &'a RfmColumns,
    pub(crate) scores: &'a Scores,
    pub(crate) segment_names: &'a [String],
    pub(crate) config: &'a Config,
    pub(crate) money_decimals: u8,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    /// Above half of it, customers are clustered in batches.
    pub(crate) memory_limit_bytes: Option<u64>,
    /// The model of the previous run: clusters found again keep number and name.
    pub(crate) previous: Option<&'a Model>,
    /// The folder of the run.
    pub(crate) dir: &'a Path,
}

/// The tables of the clusters.
pub(crate) const TABLES: [&str; 6] = [
    "customer_clusters",
    "cluster_statistics",
    "cluster_centers",
    "cluster_selection",
    "cluster_segments",
    "cluster_alternatives",
];

/// Clusters the customers, and writes the tables and the model into the run's folder.
///
/// Too few or too similar customers are not an error: the outcome says why there are no clusters.
/// Errors: a requested number of clusters that is impossible.
pub(crate) fn cluster(request: &ClusterRequest<'_>) -> Result<ClusterOutcome> {
    let settings = &request.config.clusters;
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    let revenue: Vec<f64> = request.rfm.monetary_minor.iter().map(|m| *m as f64 / unit).collect();
    let params = params(settings).check().map_err(refused)?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let at_once = request.memory_limit_bytes.map(|limit| customers_within(limit, settings.features.len()));
    let fitted = match at_once.filter(|at_once| *at_once < revenue.len()) {
        Some(at_once) => fit_in_batches(request, at_once, &revenue, &params, &mut rng)?,
        None => fit_at_once(request, &revenue, &params, &mut rng)?,
    };
    let found = match fitted {
        Ok(found) => found,
        Err(error) if settings.clusters.is_some() => return Err(refused(error)),
        Err(error) => return Ok(ClusterOutcome::None { reason: error.to_string() }),
    };
    let crossed = cross(request, &found)?;
    let summary = summarise(request, &found, &crossed);
    write_tables(request, &found, &summary, &crossed)?;
    let others = in_pool(request.threads, || {
        clusters::alternatives(found.prepared.rows()?, found.selection.chosen, &mut rng)
    })?
    .map_err(refused)?;
    write_alternatives(&request.dir.join("cluster_alternatives.parquet"), &others)?;
    write_model(request.dir, &found.model)?;
    let selection = &found.selection;
    Ok(ClusterOutcome::Found {
        choice: ClusterChoice {
            chosen: selection.chosen,
            rule: selection.rule.clone(),
            runner_up: selection.runner_up,
            strength: strength(selection.strength).to_owned(),
        },
        summary: Box::new(summary),
        labels: found.labels,
    })
}

/// Clusters all customers in memory.
fn fit_at_once(
    request: &ClusterRequest<'_>,
    revenue: &[f64],
    params: &ValidParams,
    rng: &mut ChaCha8Rng,
) -> Result<std::result::Result<Clustered, clusters::Error>> {
    let columns = feature_columns(request)?;
    let columns: Vec<Column<'_>> =
        columns.iter().map(|c| Column { name: &c.name, values: &c.values }).collect();
    in_pool(request.threads, || clusters::fit(&columns, Some(revenue), request.previous, params, rng))
}

pub(crate) fn params(settings: &Clusters) -> Params {
    Params {
        clusters: settings.clusters,
        clusters_min: settings.clusters_min,
        clusters_max: settings.clusters_max,
        starts: settings.starts,
        bootstraps: settings.bootstraps,
        gap_references: settings.gap_references,
        silhouette_exact_rows: settings.silhouette_exact_rows,
        ..Params::default()
    }
}

/// The number of threads affects only the time, not the result.
pub(crate) fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::new(Kind::Environment, format!("cannot start {threads} threads: {e}")))?;
    Ok(pool.install(work))
}

pub(crate) fn refused(error: clusters::Error) -> Error {
    let error = regulars_models::Error::from(error);
    let hint = error.hint().map(str::to_owned);
    Error { hint, ..Error::new(Kind::Input, format!("clusters: {error}")) }
}

/// The configured features, including scores, in the order of the configuration.
fn feature_columns(request: &ClusterRequest<'_>) -> Result<Vec<FeatureColumn>> {
    let names = &request.config.clusters.features;
    let read = read_features(request.features, names, request.money_decimals)?;
    Ok(names
        .iter()
        .filter_map(|name| {
            score_column(name, request.scores, 0..request.scores.sums.len())
                .or_else(|| read.iter().find(|c| c.name == *name).cloned())
        })
        .collect())
}

/// A score as a feature, if `name` is one.
pub(crate) fn score_column(name: &str, scores: &Scores, rows: Range<usize>) -> Option<FeatureColumn> {
    let bytes = |values: &[u8]| values[rows.clone()].iter().map(|v| f64::from(*v)).collect();
    let values = match name {
        "r_score" => bytes(&scores.scored.r),
        "f_score" => bytes(&scores.scored.f),
        "m_score" => bytes(&scores.scored.m),
        "rfm_score" => bytes(&scores.sums),
        "rfm_weighted_score" => scores.weighted[rows.clone()].to_vec(),
        _ => return None,
    };
    Some(FeatureColumn { name: name.to_owned(), values })
}

fn write_model(dir: &Path, model: &Model) -> Result<()> {
    let failed = |e: String| Error::new(Kind::Environment, format!("cannot write `{MODEL_FILE}`: {e}"));
    let text = serde_json::to_vec_pretty(model).map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    let path = dir.join(MODEL_FILE);
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
    }
    fs_err::write(path, text).map_err(|e| failed(e.to_string()))
}

/// Reads the stored model of a run; `None` if the run has none.
///
/// Errors: a file that is not a valid model.
pub(crate) fn read_model(dir: &Path) -> Result<Option<Model>> {
    let path = dir.join(MODEL_FILE);
    let text = match fs_err::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::new(Kind::Environment, error.to_string())),
    };
    let no_model = |e: String| Error {
        hint: Some("run again to create a new one".to_owned()),
        ..Error::new(Kind::Environment, format!("`{}` is not a valid cluster model: {e}", path.display()))
    };
    let model: Model = serde_json::from_slice(&text).map_err(|e| no_model(e.to_string()))?;
    model.check().map_err(|e| no_model(e.to_string()))?;
    Ok(Some(model))
}

pub(crate) fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Weak => "weak",
        Strength::Moderate => "moderate",
        Strength::Strong => "strong",
    }
}

/// Sums and means of one cluster, from integers.
#[derive(Default, Clone)]
struct Sums {
    customers: u64,
    recency: i64,
    frequency: i64,
    monetary: i128,
}

fn sums(request: &ClusterRequest<'_>, found: &Clustered) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); found.model.clusters.len()];
    for (i, label) in found.labels.iter().enumerate() {
        let sum = &mut sums[*label as usize];
        sum.customers += 1;
        sum.recency += request.rfm.recency_days[i];
        sum.frequency += request.rfm.frequency_orders[i];
        sum.monetary += i128::from(request.rfm.monetary_minor[i]);
    }
    sums
}

/// The segments of a cluster's customers, the largest first.
fn in_segments(request: &ClusterRequest<'_>, counts: &[usize]) -> Vec<SegmentShare> {
    let mut shares: Vec<SegmentShare> = request
        .segment_names
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(segment, count)| SegmentShare { segment: segment.clone(), customers: *count as u64 })
        .collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.customers));
    shares
}

fn cross(request: &ClusterRequest<'_>, found: &Clustered) -> Result<Vec<Vec<usize>>> {
    let (clusters, segments) = (found.model.clusters.len(), request.segment_names.len());
    clusters::cross_table(&found.labels, clusters, &request.scores.segment, segments).map_err(refused)
}

fn summarise(request: &ClusterRequest<'_>, found: &Clustered, crossed: &[Vec<usize>]) -> ClusterSummary {
    let sums = sums(request, found);
    let customers = found.labels.len().max(1) as f64;
    let revenue: i128 = sums.iter().map(|s| s.monetary).sum();
    let clusters = found.model.clusters.iter().zip(&sums).enumerate().map(|(at, (cluster, sum))| {
        let count = sum.customers.max(1) as f64;
        let example = |row: &u32| {
            arrow::util::display::array_value_to_string(&request.rfm.customer_id, *row as usize)
                .unwrap_or_default()
        };
        ClusterEntry {
            cluster: cluster.id,
            name: cluster.name.clone(),
            traits: cluster.traits.iter().map(|t| t.words.clone()).collect(),
            customers: sum.customers,
            customer_share: sum.customers as f64 / customers,
            revenue_minor: sum.monetary as i64,
            revenue_share: if revenue == 0 { 0.0 } else { sum.monetary as f64 / revenue as f64 },
            recency_mean: sum.recency as f64 / count,
            frequency_mean: sum.frequency as f64 / count,
            monetary_mean_minor: sum.monetary as f64 / count,
            silhouette: found.cluster_silhouettes[at],
            examples: found.examples[at].iter().map(example).collect(),
            segments: in_segments(request, &crossed[at]),
        }
    });
    let selection = &found.selection;
    ClusterSummary {
        strength: strength(selection.strength).to_owned(),
        reasons: selection.reasons.clone(),
        rule: selection.rule.clone(),
        runner_up: selection.runner_up,
        elbow: selection.elbow,
        silhouette: selection
            .candidates
            .iter()
            .find(|c| c.clusters == selection.chosen)
            .and_then(|c| c.silhouette),
        warnings: selection.warnings.clone(),
        notes: found.notes.clone(),
        clusters: clusters.collect(),
    }
}

fn write_tables(
    request: &ClusterRequest<'_>,
    found: &Clustered,
    summary: &ClusterSummary,
    crossed: &[Vec<usize>],
) -> Result<()> {
    let path = |name: &str| request.dir.join(format!("{name}.parquet"));
    let clusters = &found.model.clusters;
    let names: Vec<String> = clusters.iter().map(|c| c.name.clone()).collect();
    let labels: Vec<u8> = found.labels.iter().map(|l| *l as u8).collect();
    let ids: Vec<i64> = found.labels.iter().map(|l| i64::from(clusters[*l as usize].id)).collect();
    let axis = |at: usize| Float64Array::from_iter_values(found.picture.iter().map(|p| p[at]));
    write(
        &path("customer_clusters"),
        vec![
            column("customer_id", Arc::clone(&request.rfm.customer_id)),
            column("cluster", Arc::new(Int64Array::from(ids)) as ArrayRef),
            column("cluster_name", words(&labels, &names)),
            column("distance", Arc::new(Float64Array::from(found.distances.clone())) as ArrayRef),
            nullable("silhouette", Arc::new(Float64Array::from(found.silhouettes.clone())) as ArrayRef),
            column("x", Arc::new(axis(0)) as ArrayRef),
            column("y", Arc::new(axis(1)) as ArrayRef),
        ],
    )?;
    write_statistics(&path("cluster_statistics"), summary)?;
    write_centers(&path("cluster_centers"), found)?;
    write_selection(&path("cluster_selection"), found)?;
    write_segments(&path("cluster_segments"), request, found, crossed)
}

fn write_statistics(path: &Path, summary: &ClusterSummary) -> Result<()> {
    let list = &summary.clusters;
    let whole = |f: &dyn Fn(&ClusterEntry) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(list.iter().map(f)))
    };
    let number = |f: &dyn Fn(&ClusterEntry) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(list.iter().map(f)))
    };
    let text = |f: &dyn Fn(&ClusterEntry) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(list.iter().map(f)))
    };
    let silhouettes: ArrayRef = Arc::new(list.iter().map(|c| c.silhouette).collect::<Float64Array>());
    write(
        path,
        vec![
            column("cluster", whole(&|c| i64::from(c.cluster))),
            column("cluster_name", text(&|c| c.name.clone())),
            column("customers", whole(&|c| c.customers as i64)),
            column("customer_share", number(&|c| c.customer_share)),
            column("revenue_minor", whole(&|c| c.revenue_minor)),
            column("revenue_share", number(&|c| c.revenue_share)),
            column("recency_mean", number(&|c| c.recency_mean)),
            column("frequency_mean", number(&|c| c.frequency_mean)),
            column("monetary_mean_minor", number(&|c| c.monetary_mean_minor)),
            nullable("silhouette_mean", silhouettes),
            column("traits", text(&|c| c.traits.join(", "))),
        ],
    )
}

fn write_centers(path: &Path, found: &Clustered) -> Result<()> {
    let rows: Vec<_> = found
        .model
        .clusters
        .iter()
        .zip(&found.profiles)
        .flat_map(|(cluster, profile)| profile.features.iter().map(move |feature| (cluster, feature)))
        .collect();
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(c, _)| i64::from(c.id))));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(c, _)| &c.name)));
    let features: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, f)| &f.name)));
    let means: ArrayRef = Arc::new(rows.iter().map(|(_, f)| f.mean).collect::<Float64Array>());
    let medians: ArrayRef = Arc::new(rows.iter().map(|(_, f)| f.median).collect::<Float64Array>());
    let centers: ArrayRef = Arc::new(rows.iter().map(|(_, f)| f.z).collect::<Float64Array>());
    write(
        path,
        vec![
            column("cluster", ids),
            column("cluster_name", names),
            column("feature", features),
            nullable("mean", means),
            nullable("median", medians),
            nullable("center", centers),
        ],
    )
}

fn write_selection(path: &Path, found: &Clustered) -> Result<()> {
    let selection = &found.selection;
    let list = &selection.candidates;
    // In batches, the numbers of clusters are compared on a sample.
    let measured = (found.prepared.values.len() / found.prepared.width.max(1)) as i64;
    let verdict = |k: usize| match k {
        _ if k == selection.chosen => Some("chosen"),
        _ if Some(k) == selection.runner_up => Some("runner-up"),
        _ => None,
    };
    let whole = |f: &dyn Fn(&clusters::Candidate) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(list.iter().map(f)))
    };
    let some = |f: &dyn Fn(&clusters::Candidate) -> Option<f64>| -> ArrayRef {
        Arc::new(list.iter().map(f).collect::<Float64Array>())
    };
    let verdicts: ArrayRef = Arc::new(list.iter().map(|c| verdict(c.clusters)).collect::<StringArray>());
    write(
        path,
        vec![
            column("k", whole(&|c| c.clusters as i64)),
            nullable("verdict", verdicts),
            nullable("inertia", some(&|c| Some(c.inertia))),
            column("is_elbow", whole(&|c| i64::from(Some(c.clusters) == selection.elbow))),
            nullable("silhouette", some(&|c| c.silhouette)),
            nullable("silhouette_standard_error", some(&|c| c.silhouette_standard_error)),
            nullable("calinski_harabasz", some(&|c| c.calinski_harabasz)),
            nullable("davies_bouldin", some(&|c| c.davies_bouldin)),
            nullable("stability", some(&|c| c.stability)),
            nullable("gap", some(&|c| c.gap)),
            nullable("gap_standard_error", some(&|c| c.gap_standard_error)),
            column("iterations", whole(&|c| c.iterations as i64)),
            column("converged", whole(&|c| i64::from(c.converged))),
            column("customers", whole(&|_| measured)),
            column("smallest_cluster", whole(&|c| c.sizes.last().copied().unwrap_or(0) as i64)),
        ],
    )
}

fn write_alternatives(path: &Path, list: &[clusters::Alternative]) -> Result<()> {
    let text = |f: &dyn Fn(&clusters::Alternative) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(list.iter().map(f)))
    };
    let some = |f: &dyn Fn(&clusters::Alternative) -> Option<f64>| -> ArrayRef {
        Arc::new(list.iter().map(f).collect::<Float64Array>())
    };
    let method = |a: &clusters::Alternative| match a.method {
        clusters::Method::KMeans => "k-means".to_owned(),
        clusters::Method::Mixture => "mixture".to_owned(),
        clusters::Method::Density => "density".to_owned(),
    };
    let counts: ArrayRef = Arc::new(Int64Array::from_iter_values(list.iter().map(|a| a.clusters as i64)));
    let sizes =
        |a: &clusters::Alternative| a.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    write(
        path,
        vec![
            column("method", text(&method)),
            column("clusters", counts),
            nullable("silhouette", some(&|a| a.silhouette)),
            nullable("stability", some(&|a| a.stability)),
            nullable("agreement", some(&|a| a.agreement)),
            nullable("bic", some(&|a| a.bic)),
            nullable("noise_share", some(&|a| Some(a.noise_share))),
            column("sizes", text(&sizes)),
        ],
    )
}

/// Customers by cluster and segment; pairs without customers are left out.
fn write_segments(
    path: &Path,
    request: &ClusterRequest<'_>,
    found: &Clustered,
    crossed: &[Vec<usize>],
) -> Result<()> {
    let segments = request.segment_names;
    let clusters = &found.model.clusters;
    let mut rows = Vec::new();
    for (cluster, counts) in clusters.iter().zip(crossed) {
        for (segment, count) in segments.iter().zip(counts).filter(|(_, count)| **count > 0) {
            rows.push((cluster, segment, *count as i64));
        }
    }
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| i64::from(r.0.id))));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r.0.name)));
    let segments: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.1)));
    let counts: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.2)));
    write(
        path,
        vec![
            column("cluster", ids),
            column("cluster_name", names),
            column("segment", segments),
            column("customers", counts),
        ],
    )
}
