//! Clusters of a run: features in, tables, model and summary out.
//!
//! Deliberately not here: how clusters are found (`regulars_models::clusters`).

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars_core::config::Clusters;
use regulars_core::manifest::ClusterChoice;
use regulars_core::money::minor_per_major;
use regulars_core::summary::{ClusterEntry, ClusterSummary, SegmentShare};
use regulars_core::tables::{
    cluster_alternatives, cluster_centers, cluster_segments, cluster_selection, cluster_statistics,
    customer_clusters,
};
use regulars_engine::RfmColumns;
use regulars_models::clusters::{
    self, ClusterModel, ClusterParams, Clustered, Column, Strength, ValidClusterParams,
};

use crate::clusters_in_batches::{customers_within, fit_in_batches};
use crate::scores::Scores;
use regulars_value::feature_columns::{FeatureColumn, read_features};
use regulars_value::tables::{numbers, numbers_or_none, whole, words, write, write_rows};
use regulars_value::{Error, Kind, Outcome, Result, in_pool};

/// The stored model, relative to the run's folder.
pub(crate) const MODEL_FILE: &str = "models/clusters.json";

/// Input of the clustering step.
pub(crate) struct ClusterRequest<'a> {
    /// `customer_features` of the run.
    pub(crate) features: &'a Path,
    pub(crate) rfm: &'a RfmColumns,
    pub(crate) scores: &'a Scores,
    pub(crate) segment_names: &'a [String],
    pub(crate) config: &'a Clusters,
    pub(crate) money_decimals: u8,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    /// Customers that fit into memory, if those of the run do not: they are clustered in batches.
    pub(crate) at_once: Option<usize>,
    /// The model of the previous run: clusters found again keep number and name.
    pub(crate) previous: Option<&'a ClusterModel>,
    /// The folder of the run.
    pub(crate) dir: &'a Path,
}

/// The tables of the clusters.
pub(crate) const TABLES: [&str; 6] = [
    customer_clusters::NAME,
    cluster_statistics::NAME,
    cluster_centers::NAME,
    cluster_selection::NAME,
    cluster_segments::NAME,
    cluster_alternatives::NAME,
];

/// Clusters the customers, and writes the tables and the model into the run's folder.
///
/// Too few or too similar customers are not an error: the outcome says why there are no clusters.
/// Errors: a requested number of clusters that is impossible.
pub(crate) fn cluster(request: &ClusterRequest<'_>) -> Result<Outcome<(ClusterSummary, ClusterChoice)>> {
    let settings = request.config;
    let unit = minor_per_major(request.money_decimals);
    let revenue: Vec<f64> = request.rfm.monetary_minor.iter().map(|m| *m as f64 / unit).collect();
    let params = params(settings).check().map_err(refused)?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let fitted = match request.at_once {
        Some(at_once) => fit_in_batches(request, at_once, &revenue, &params, &mut rng)?,
        None => fit_at_once(request, &revenue, &params, &mut rng)?,
    };
    let found = match fitted {
        Ok(found) => found,
        Err(error) if settings.clusters.is_some() => return Err(refused(error)),
        Err(error) => return Ok(Outcome::Skipped { reason: error.to_string() }),
    };
    let crossed = cross(request, &found)?;
    let summary = summarise(request, &found, &crossed);
    write_tables(request, &found, &summary, &crossed)?;
    let others = in_pool(request.threads, || {
        clusters::alternatives(found.prepared.rows()?, found.selection.chosen, &mut rng)
    })?
    .map_err(refused)?;
    write_alternatives(request.dir, &others)?;
    write_model(request.dir, &found.model)?;
    let selection = &found.selection;
    let choice = ClusterChoice {
        chosen: selection.chosen,
        rule: selection.rule.clone(),
        runner_up: selection.runner_up,
        strength: strength(selection.strength).to_owned(),
    };
    Ok(Outcome::Done((summary, choice)))
}

/// Customers that may be clustered at once: with more, half of the memory would not do.
pub(crate) fn customers_at_once(settings: &Clusters, memory_limit_bytes: Option<u64>) -> Option<usize> {
    memory_limit_bytes.map(|limit| customers_within(limit, settings.features.len()))
}

/// Clusters all customers in memory.
fn fit_at_once(
    request: &ClusterRequest<'_>,
    revenue: &[f64],
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<std::result::Result<Clustered, clusters::Error>> {
    let columns = feature_columns(request)?;
    let columns: Vec<Column<'_>> =
        columns.iter().map(|c| Column { name: &c.name, values: &c.values }).collect();
    in_pool(request.threads, || clusters::fit(&columns, Some(revenue), request.previous, params, rng))
}

pub(crate) fn params(settings: &Clusters) -> ClusterParams {
    ClusterParams {
        clusters: settings.clusters,
        clusters_min: settings.clusters_min,
        clusters_max: settings.clusters_max,
        starts: settings.starts,
        bootstraps: settings.bootstraps,
        gap_references: settings.gap_references,
        silhouette_exact_rows: settings.silhouette_exact_rows,
        ..ClusterParams::default()
    }
}

pub(crate) fn refused(error: clusters::Error) -> Error {
    let error = regulars_models::Error::from(error);
    let hint = error.hint().map(str::to_owned);
    Error { hint, ..Error::new(Kind::Input, format!("clusters: {error}")) }
}

/// The configured features, including scores, in the order of the configuration.
fn feature_columns(request: &ClusterRequest<'_>) -> Result<Vec<FeatureColumn>> {
    let names = &request.config.features;
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

fn write_model(dir: &Path, model: &ClusterModel) -> Result<()> {
    let failed = |e: String| Error::new(Kind::Environment, format!("cannot write `{MODEL_FILE}`: {e}"));
    let text = serde_json::to_vec_pretty(model).map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    let path = dir.join(MODEL_FILE);
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
    }
    fs_err::write(path, text).map_err(|e| failed(e.to_string()))
}

/// Reads the stored model of a run, with its text; `None` if the run has none.
///
/// Errors: a file that is not a valid model.
pub(crate) fn read_model(dir: &Path) -> Result<Option<(ClusterModel, Vec<u8>)>> {
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
    let model: ClusterModel = serde_json::from_slice(&text).map_err(|e| no_model(e.to_string()))?;
    model.check().map_err(|e| no_model(e.to_string()))?;
    Ok(Some((model, text)))
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
    let clusters = &found.model.clusters;
    let names: Vec<String> = clusters.iter().map(|c| c.name.clone()).collect();
    let labels: Vec<u8> = found.labels.iter().map(|l| *l as u8).collect();
    let ids: Vec<i64> = found.labels.iter().map(|l| i64::from(clusters[*l as usize].id)).collect();
    let axis = |at: usize| numbers(&found.picture.iter().map(|p| p[at]).collect::<Vec<f64>>());
    let columns = customer_clusters::Columns {
        customer_id: Arc::clone(&request.rfm.customer_id),
        cluster: whole(&ids),
        cluster_name: words(&labels, &names),
        distance: numbers(&found.distances),
        silhouette: numbers_or_none(found.silhouettes.clone()),
        x: axis(0),
        y: axis(1),
    };
    write(request.dir, columns.into_list())?;
    write_statistics(request.dir, summary)?;
    write_centers(request.dir, found)?;
    write_selection(request.dir, found)?;
    write_segments(request, found, crossed)
}

fn write_statistics(dir: &Path, summary: &ClusterSummary) -> Result<()> {
    let row = |c: &ClusterEntry| cluster_statistics::Row {
        cluster: u64::from(c.cluster),
        cluster_name: c.name.clone(),
        customers: c.customers,
        customer_share: c.customer_share,
        revenue_minor: c.revenue_minor,
        revenue_share: c.revenue_share,
        recency_mean: c.recency_mean,
        frequency_mean: c.frequency_mean,
        monetary_mean_minor: c.monetary_mean_minor,
        silhouette_mean: c.silhouette,
        traits: c.traits.join(", "),
    };
    write_rows(dir, &summary.clusters.iter().map(row).collect::<Vec<_>>())
}

fn write_centers(dir: &Path, found: &Clustered) -> Result<()> {
    let mut rows = Vec::new();
    for (cluster, profile) in found.model.clusters.iter().zip(&found.profiles) {
        rows.extend(profile.features.iter().map(|feature| cluster_centers::Row {
            cluster: u64::from(cluster.id),
            cluster_name: cluster.name.clone(),
            feature: feature.name.clone(),
            mean: feature.mean,
            median: feature.median,
            center: feature.z,
        }));
    }
    write_rows(dir, &rows)
}

fn write_selection(dir: &Path, found: &Clustered) -> Result<()> {
    let selection = &found.selection;
    // In batches, the numbers of clusters are compared on a sample.
    let customers = (found.prepared.values.len() / found.prepared.width.max(1)) as u64;
    let verdict = |k: usize| match k {
        _ if k == selection.chosen => Some("chosen".to_owned()),
        _ if Some(k) == selection.runner_up => Some("runner-up".to_owned()),
        _ => None,
    };
    let row = |c: &clusters::Candidate| cluster_selection::Row {
        k: c.clusters as u64,
        verdict: verdict(c.clusters),
        inertia: Some(c.inertia),
        is_elbow: Some(c.clusters) == selection.elbow,
        silhouette: c.silhouette,
        silhouette_standard_error: c.silhouette_standard_error,
        calinski_harabasz: c.calinski_harabasz,
        davies_bouldin: c.davies_bouldin,
        stability: c.stability,
        gap: c.gap,
        gap_standard_error: c.gap_standard_error,
        iterations: c.iterations as u64,
        converged: c.converged,
        customers,
        smallest_cluster: c.sizes.last().copied().unwrap_or(0) as u64,
    };
    write_rows(dir, &selection.candidates.iter().map(row).collect::<Vec<_>>())
}

fn write_alternatives(dir: &Path, list: &[clusters::Alternative]) -> Result<()> {
    let method = |a: &clusters::Alternative| match a.method {
        clusters::Method::KMeans => "k-means".to_owned(),
        clusters::Method::Mixture => "mixture".to_owned(),
        clusters::Method::Density => "density".to_owned(),
    };
    let row = |a: &clusters::Alternative| cluster_alternatives::Row {
        method: method(a),
        clusters: a.clusters as u64,
        silhouette: a.silhouette,
        stability: a.stability,
        agreement: a.agreement,
        bic: a.bic,
        noise_share: Some(a.noise_share),
        sizes: a.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    };
    write_rows(dir, &list.iter().map(row).collect::<Vec<_>>())
}

/// Customers by cluster and segment; pairs without customers are left out.
fn write_segments(request: &ClusterRequest<'_>, found: &Clustered, crossed: &[Vec<usize>]) -> Result<()> {
    let segments = request.segment_names;
    let clusters = &found.model.clusters;
    let mut rows = Vec::new();
    for (cluster, counts) in clusters.iter().zip(crossed) {
        for (segment, count) in segments.iter().zip(counts).filter(|(_, count)| **count > 0) {
            rows.push(cluster_segments::Row {
                cluster: u64::from(cluster.id),
                cluster_name: cluster.name.clone(),
                segment: segment.clone(),
                customers: *count as u64,
            });
        }
    }
    write_rows(request.dir, &rows)
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::{Float64Type, Int64Type};
    use regulars_core::config::Config;
    use regulars_value::feature_columns::read_columns;
    use regulars_value::tables::write_as;

    use super::*;
    use crate::scores::{rule_set, scores};

    /// Three kinds of customers: many small orders, few large ones, and one long ago.
    fn customers() -> RfmColumns {
        let rows = || 0..90_i64;
        RfmColumns {
            customer_id: Arc::new(Int64Array::from_iter_values(rows().map(|row| 500 + row))),
            recency_days: rows().map(|row| [5, 20, 300][row as usize / 30] + row % 5).collect(),
            frequency_orders: rows().map(|row| [40, 6, 1][row as usize / 30] + row % 2).collect(),
            monetary_minor: rows()
                .map(|row| [40_000, 900_000, 2_000][row as usize / 30] + row * 10)
                .collect(),
            tenure_days: rows().map(|row| [400, 380, 310][row as usize / 30] + row % 3).collect(),
        }
    }

    /// The features of these customers as a table, and everything that a request borrows.
    struct Shop {
        folder: tempfile::TempDir,
        features: std::path::PathBuf,
        rfm: RfmColumns,
        scores: Scores,
        segment_names: Vec<String>,
        config: Clusters,
    }

    impl Shop {
        fn new() -> Self {
            let rfm = customers();
            let config = Config::default();
            let rules = rule_set(&config).expect("built in");
            let scores = scores(&rfm, &config, &rules, 2).expect("scored");
            let folder = tempfile::tempdir().expect("a folder");
            let features = folder.path().join("customer_features.parquet");
            let columns: Vec<(&str, arrow::array::ArrayRef)> = vec![
                ("customer_id", Arc::clone(&rfm.customer_id)),
                ("recency_days", whole(&rfm.recency_days)),
                ("frequency_orders", whole(&rfm.frequency_orders)),
                ("monetary_minor", whole(&rfm.monetary_minor)),
            ];
            write_as(regulars_engine::Format::Parquet, &features, columns).expect("written");
            let names = ["recency_days", "frequency_orders", "monetary", "r_score"];
            Self {
                folder,
                features,
                rfm,
                scores,
                segment_names: rules.segments.iter().map(|segment| segment.name.clone()).collect(),
                config: Clusters {
                    features: names.map(str::to_owned).to_vec(),
                    bootstraps: 2,
                    gap_references: 2,
                    clusters_max: 6,
                    ..Clusters::default()
                },
            }
        }

        fn request<'a>(&'a self, previous: Option<&'a ClusterModel>) -> ClusterRequest<'a> {
            ClusterRequest {
                features: &self.features,
                rfm: &self.rfm,
                scores: &self.scores,
                segment_names: &self.segment_names,
                config: &self.config,
                money_decimals: 2,
                seed: 1,
                threads: 1,
                at_once: None,
                previous,
                dir: self.folder.path(),
            }
        }

        fn column(&self, table: &str, name: &str) -> Vec<i64> {
            let path = self.folder.path().join(format!("{table}.parquet"));
            let found = read_columns(&path, &[name.to_owned()]).expect("written").remove(0);
            found.as_primitive::<Int64Type>().iter().flatten().collect()
        }
    }

    fn done(outcome: Outcome<(ClusterSummary, ClusterChoice)>) -> (ClusterSummary, ClusterChoice) {
        match outcome {
            Outcome::Done(found) => found,
            Outcome::Skipped { reason } => panic!("{reason}"),
        }
    }

    #[test]
    fn clusters_of_three_kinds_have_their_sums() {
        let shop = Shop::new();
        let (summary, choice) = done(cluster(&shop.request(None)).expect("clusters"));
        let clusters = shop.column("customer_clusters", "cluster");
        assert_eq!(shop.column("customer_clusters", "customer_id"), (500..590).collect::<Vec<i64>>());
        assert_eq!(summary.clusters.len(), choice.chosen);
        assert!(choice.chosen >= 3, "{}", choice.chosen);
        // No cluster mixes two kinds.
        for kind in clusters.chunks(30) {
            let others = clusters.iter().filter(|cluster| kind.contains(cluster)).count();
            assert_eq!(others, 30);
        }
        let revenue: i64 = shop.rfm.monetary_minor.iter().sum();
        for entry in &summary.clusters {
            let own: Vec<usize> = (0..90).filter(|row| clusters[*row] == i64::from(entry.cluster)).collect();
            let sum = |values: &[i64]| own.iter().map(|row| values[*row]).sum::<i64>();
            let mean = |values: &[i64]| sum(values) as f64 / own.len() as f64;
            assert_eq!(
                (entry.customers as usize, entry.revenue_minor),
                (own.len(), sum(&shop.rfm.monetary_minor))
            );
            assert!((entry.customer_share - own.len() as f64 / 90.0).abs() < 1e-12);
            assert!((entry.revenue_share - entry.revenue_minor as f64 / revenue as f64).abs() < 1e-12);
            assert!((entry.recency_mean - mean(&shop.rfm.recency_days)).abs() < 1e-9);
            assert!((entry.frequency_mean - mean(&shop.rfm.frequency_orders)).abs() < 1e-9);
            assert!((entry.monetary_mean_minor - mean(&shop.rfm.monetary_minor)).abs() < 1e-6);
            // Segments by size, of the own customers.
            assert!(entry.segments.is_sorted_by(|a, b| a.customers >= b.customers));
            for share in &entry.segments {
                let of = |row: &&usize| {
                    shop.segment_names[usize::from(shop.scores.segment[**row])] == share.segment
                };
                assert_eq!(share.customers as usize, own.iter().filter(of).count());
            }
            let ids: Vec<String> = own.iter().map(|row| (500 + row).to_string()).collect();
            assert!(!entry.examples.is_empty() && entry.examples.iter().all(|example| ids.contains(example)));
        }
        assert_eq!(shop.column("cluster_statistics", "customers").iter().sum::<i64>(), 90);
        assert_eq!(shop.column("cluster_segments", "customers").iter().sum::<i64>(), 90);
        // Every number of clusters was tried on all customers.
        let tried = shop.column("cluster_selection", "k");
        assert_eq!(tried, (tried[0]..=6).collect::<Vec<i64>>());
        assert!(shop.column("cluster_selection", "customers").iter().all(|customers| *customers == 90));
        // Means of the features by hand: every feature of every cluster has a row.
        let path = shop.folder.path().join("cluster_centers.parquet");
        let found = read_columns(&path, &["mean".to_owned()]).expect("written").remove(0);
        let means = found.as_primitive::<Float64Type>().values().to_vec();
        assert_eq!(means.len(), 4 * summary.clusters.len());
        for (entry, means) in summary.clusters.iter().zip(means.chunks(4)) {
            assert!((means[0] - entry.recency_mean).abs() < 1e-9);
            assert!((means[1] - entry.frequency_mean).abs() < 1e-9);
            assert!((means[2] - entry.monetary_mean_minor / 100.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_stored_model_keeps_numbers_and_names() {
        let shop = Shop::new();
        assert!(read_model(shop.folder.path()).expect("no failure").is_none());
        let (first, _) = done(cluster(&shop.request(None)).expect("clusters"));
        let before = shop.column("customer_clusters", "cluster");
        let (model, text) = read_model(shop.folder.path()).expect("valid").expect("written");
        assert_eq!(model.clusters.len(), first.clusters.len());
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&text).expect("JSON")["clusters"]
                .as_array()
                .map(Vec::len),
            Some(first.clusters.len())
        );
        // Found again by other chance, they keep both.
        let request = ClusterRequest { seed: 99, ..shop.request(Some(&model)) };
        let (second, _) = done(cluster(&request).expect("clusters"));
        assert_eq!(shop.column("customer_clusters", "cluster"), before);
        let names = |summary: &ClusterSummary| -> Vec<(u32, String, u64)> {
            let each = summary.clusters.iter();
            each.map(|one| (one.cluster, one.name.clone(), one.customers)).collect()
        };
        assert_eq!(names(&second), names(&first));
        fs_err::write(shop.folder.path().join(MODEL_FILE), "{}").expect("written");
        assert_eq!(read_model(shop.folder.path()).expect_err("no model").kind, Kind::Environment);
    }

    #[test]
    fn an_impossible_number_is_an_error_and_too_few_customers_are_not() {
        let mut shop = Shop::new();
        shop.config.clusters = Some(500);
        assert_eq!(cluster(&shop.request(None)).expect_err("more than customers").kind, Kind::Input);
        let mut shop = Shop::new();
        // All customers alike.
        shop.config.features = vec!["r_score".to_owned()];
        shop.scores.scored.r.fill(3);
        let outcome = cluster(&shop.request(None)).expect("no failure");
        assert!(matches!(outcome, Outcome::Skipped { .. }));
        assert!(!shop.folder.path().join(MODEL_FILE).exists());
    }

    #[test]
    fn scores_are_features_of_the_asked_rows() {
        let shop = Shop::new();
        let of = |name: &str| score_column(name, &shop.scores, 10..13).map(|column| column.values);
        let three =
            |values: &[u8]| values[10..13].iter().map(|value| f64::from(*value)).collect::<Vec<f64>>();
        assert_eq!(of("r_score"), Some(three(&shop.scores.scored.r)));
        assert_eq!(of("f_score"), Some(three(&shop.scores.scored.f)));
        assert_eq!(of("m_score"), Some(three(&shop.scores.scored.m)));
        assert_eq!(of("rfm_score"), Some(three(&shop.scores.sums)));
        assert_eq!(of("rfm_weighted_score"), Some(shop.scores.weighted[10..13].to_vec()));
        assert_eq!(of("recency_days"), None);
    }

    #[test]
    fn features_keep_the_order_of_the_configuration() {
        let mut shop = Shop::new();
        let names = ["r_score", "monetary", "no such", "recency_days"];
        shop.config.features = names.map(str::to_owned).to_vec();
        let found = feature_columns(&shop.request(None)).expect("readable");
        assert_eq!(
            found.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
            ["r_score", "monetary", "recency_days"]
        );
        assert!((found[1].values[1] - 400.1).abs() < 1e-9);
    }

    #[test]
    fn more_memory_is_more_customers_at_once() {
        let settings = Clusters::default();
        assert_eq!(customers_at_once(&settings, None), None);
        let of = |limit: u64| customers_at_once(&settings, Some(limit)).expect("a limit");
        assert!(of(1 << 30) < of(2 << 30));
        let fewer = Clusters { features: settings.features[..2].to_vec(), ..settings.clone() };
        assert!(customers_at_once(&fewer, Some(1 << 30)) > customers_at_once(&settings, Some(1 << 30)));
    }
}
