//! Queries to a stored clustering: the cluster of new customers, and why a known customer is in its cluster.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};
use regulars_core::config::{Config, SCORE_FEATURES};
use regulars_core::summary::ScoreThreshold;
use regulars_engine::{Format, RfmColumns, rfm_from_features};
use regulars_models::clusters::{ClusterModel, Column, Explanation, explain};
use regulars_models::cycle_ratio::CycleRatios;
use regulars_models::rfm::Scored;
use regulars_store::Run;

use crate::clusters::{read_model, score_column};
use crate::scores::Scores;
use regulars_value::feature_columns::{FeatureColumn, read_columns, read_features};
use regulars_value::new_files::{missing_features, read_as};
use regulars_value::tables::{words, write_as, write_aside};
use regulars_value::{Error, Kind, Result, ValidateRequest, in_pool};

/// Customers assigned to the clusters of a run.
#[derive(Debug)]
pub struct Assigned {
    /// Number of customers written.
    pub customers: u64,
    /// Number, name and customers of every cluster.
    pub clusters: Vec<(u32, String, u64)>,
    /// Notes on what was detected or assumed.
    pub notes: Vec<String>,
}

/// Why a customer of a run is in its cluster.
#[derive(Debug, serde::Serialize)]
pub struct ClusterExplanation {
    /// The customer.
    pub customer_id: String,
    /// Number of the cluster.
    pub cluster: u32,
    /// The cluster in plain words.
    pub cluster_name: String,
    /// Distances to every cluster, contributions of every feature.
    #[serde(flatten)]
    pub explanation: Explanation,
}

fn model_of(run: &Run) -> Result<ClusterModel> {
    read_model(&run.dir)?.map(|(model, _)| model).ok_or_else(|| Error {
        hint: Some("run with the step `clusters`, which is on unless --steps leaves it out".to_owned()),
        ..Error::new(Kind::Input, format!("run {} has no clusters", run.run_id()))
    })
}

/// Assigns the customers of files to the clusters of a run, with the run's preparation and scores.
///
/// Shape: one row per customer, sorted by id: `customer_id`, cluster, `cluster_name`, distance.
/// Errors: as [`crate::run`]; a run without clusters, or with nested scores among its features.
pub fn assign(request: &ValidateRequest<'_>, run: &Run, format: Format, out: &Path) -> Result<Assigned> {
    let model = model_of(run)?;
    let files = read_as(request, run)?;
    let features = files.features()?;
    let rfm = rfm_from_features(features)?;
    let names: Vec<String> = model.preparation.features.iter().map(|f| f.name.clone()).collect();
    let mut columns = read_features(features, &names, run.manifest.money_decimals)?;
    if names.iter().any(|n| SCORE_FEATURES.contains(&n.as_str())) {
        let scores = scores_by_cuts(&rfm, &run.summary()?.cuts, &files.config)?;
        columns.extend(names.iter().filter_map(|name| score_column(name, &scores, 0..scores.sums.len())));
    }
    let placed = in_pool(request.threads, || model.assign(&as_columns(&columns)))?
        .map_err(regulars_models::Error::from)?;
    let mut clusters: Vec<(u32, String, u64)> =
        model.clusters.iter().map(|c| (c.id, c.name.clone(), 0)).collect();
    for label in &placed.labels {
        clusters[*label as usize].2 += 1;
    }
    let labels: Vec<u8> = placed.labels.iter().map(|l| *l as u8).collect();
    let cluster_names: Vec<String> = clusters.iter().map(|c| c.1.clone()).collect();
    let numbers =
        Int64Array::from_iter_values(placed.labels.iter().map(|l| i64::from(model.clusters[*l as usize].id)));
    write_aside(out, |aside| {
        write_as(
            format,
            aside,
            vec![
                ("customer_id", Arc::clone(&rfm.customer_id)),
                ("cluster", Arc::new(numbers) as ArrayRef),
                ("cluster_name", words(&labels, &cluster_names)),
                ("distance", Arc::new(Float64Array::from(placed.distances)) as ArrayRef),
            ],
        )
    })?;
    let usual = model.preparation.features.iter().filter(|feature| feature.median != 0.0);
    let once = rfm.frequency_orders.iter().all(|orders| *orders <= 1);
    let had = usual.map(|feature| feature.name.as_str());
    let mut notes = files.landed.notes;
    notes.extend(missing_features(had, &columns, once, "customers may be assigned to the wrong cluster"));
    Ok(Assigned { customers: labels.len() as u64, clusters, notes })
}

/// Explains why a customer is in its cluster.
///
/// Errors: a run without clusters, an unknown customer.
pub fn explain_cluster(run: &Run, customer: &str) -> Result<ClusterExplanation> {
    let model = model_of(run)?;
    let features = run.table_path("customer_features")?;
    let ids = read_columns(&features, &["customer_id".to_owned()])?.remove(0);
    let ids = arrow::compute::cast(&ids, &arrow::datatypes::DataType::Utf8)
        .map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    let ids = arrow::array::AsArray::as_string::<i32>(&ids);
    let row = ids.iter().position(|id| id == Some(customer)).ok_or_else(|| Error {
        hint: Some(
            "list some with `regulars sql \"SELECT customer_id FROM customer_clusters LIMIT 10\"`".to_owned(),
        ),
        ..Error::new(
            Kind::Input,
            format!("run {} has no customer `{customer}` with a purchase", run.run_id()),
        )
    })?;
    let names: Vec<String> = model.preparation.features.iter().map(|f| f.name.clone()).collect();
    let mut columns = read_features(&features, &names, run.manifest.money_decimals)?;
    let scores: Vec<String> = names.into_iter().filter(|n| SCORE_FEATURES.contains(&n.as_str())).collect();
    let arrays = read_columns(&run.table_path("rfm_scores")?, &scores)?;
    for (name, array) in scores.into_iter().zip(arrays) {
        columns.push(FeatureColumn::of(name, &array, 1.0)?);
    }
    let explanation = explain(&model, &as_columns(&columns), row).map_err(regulars_models::Error::from)?;
    let own = explanation.distances.first();
    Ok(ClusterExplanation {
        customer_id: customer.to_owned(),
        cluster: own.map_or(0, |d| d.id),
        cluster_name: own.map_or_else(String::new, |d| d.name.clone()),
        explanation,
    })
}

fn as_columns(columns: &[FeatureColumn]) -> Vec<Column<'_>> {
    columns.iter().map(|c| Column { name: &c.name, values: &c.values }).collect()
}

/// Scores new customers with the thresholds of the run: a value belongs to the last class that begins at or
/// below it.
fn scores_by_cuts(rfm: &RfmColumns, cuts: &[ScoreThreshold], config: &Config) -> Result<Scores> {
    if config.scores.nested {
        return Err(Error {
            hint: Some(
                "run again without `scores.nested`, or without scores in `clusters.features`".to_owned(),
            ),
            ..Error::new(Kind::Input, "nested scores cannot be computed for new customers")
        });
    }
    let by = |measure: &str, values: &[i64]| -> Vec<u8> {
        let mut classes: Vec<(i64, u8)> = cuts
            .iter()
            .filter(|c| c.measure == measure)
            .filter_map(|c| c.from.map(|from| (from, c.score)))
            .collect();
        classes.sort_unstable();
        let score = |value: i64| {
            let at = classes.partition_point(|(from, _)| *from <= value).max(1) - 1;
            classes.get(at).map_or(1, |(_, score)| *score)
        };
        values.iter().map(|v| score(*v)).collect()
    };
    let scored = Scored {
        classes: config.scores.classes,
        r: by("recency", &rfm.recency_days),
        f: by("frequency", &rfm.frequency_orders),
        m: by("monetary", &rfm.monetary_minor),
        cuts: cuts.to_vec(),
    };
    let weights = config.scores.weights;
    let triples = || scored.r.iter().zip(&scored.f).zip(&scored.m);
    let sums = triples().map(|((r, f), m)| r + f + m).collect();
    let weighted = triples()
        .map(|((r, f), m)| {
            weights[0] * f64::from(*r) + weights[1] * f64::from(*f) + weights[2] * f64::from(*m)
        })
        .collect();
    // Clusters do not need segments.
    let cycle_ratios = CycleRatios { shop_purchase_cycle_days: f64::NAN, cycle_ratio: Vec::new() };
    Ok(Scores { sums, weighted, cycle_ratios, segment: Vec::new(), scored })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_customers_are_scored_by_the_cuts_of_the_run() {
        let cut = |measure: &str, score, from, to| ScoreThreshold {
            measure: measure.to_owned(),
            within: None,
            score,
            from,
            to,
            customers: 1,
        };
        let cuts = [
            cut("recency", 5, Some(0), Some(10)),
            cut("recency", 1, Some(20), Some(90)),
            cut("frequency", 1, Some(1), Some(1)),
            cut("frequency", 3, None, None),
            cut("frequency", 5, Some(4), Some(9)),
            cut("monetary", 1, Some(100), Some(100)),
        ];
        let rfm = RfmColumns {
            customer_id: Arc::new(Int64Array::from(vec![1, 2, 3])),
            recency_days: vec![0, 15, 400],
            frequency_orders: vec![1, 3, 40],
            monetary_minor: vec![5, 100, 700],
            tenure_days: vec![0, 90, 800],
        };
        let scores = scores_by_cuts(&rfm, &cuts, &Config::default()).expect("not nested");
        assert_eq!(scores.scored.r, [5, 5, 1]);
        assert_eq!(scores.scored.f, [1, 1, 5]);
        assert_eq!(scores.scored.m, [1, 1, 1]);
        assert_eq!(scores.sums, [7, 7, 7]);
        let mut nested = Config::default();
        nested.scores.nested = true;
        assert!(scores_by_cuts(&rfm, &cuts, &nested).is_err());
    }

    use crate::testing::{Shop, column, integers, texts};
    use arrow::array::AsArray;
    use arrow::datatypes::{Float64Type, Int64Type};
    use regulars_ingest::InputPaths;

    #[test]
    fn the_customers_of_a_run_are_in_its_clusters_again() {
        let shop = Shop::usual();
        let mut options = shop.options();
        options.steps = crate::StepSelection::parse("clusters").expect("known");
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        let (input_paths, config, scratch) =
            (shop.input_paths(), Config::default(), shop.folder.path().join("again"));
        let out = shop.folder.path().join("clusters.parquet");
        let request = Shop::request(&input_paths, &config, &scratch);
        let found = assign(&request, &run, Format::Parquet, &out).expect("assigned");
        let clusters = integers(&run, "customer_clusters", "cluster");
        let of = |name: &str| column(&out, name).as_primitive::<Int64Type>().values().to_vec();
        assert_eq!(of("customer_id"), integers(&run, "customer_clusters", "customer_id"));
        assert_eq!(of("cluster"), clusters);
        let distances = column(&out, "distance").as_primitive::<Float64Type>().values().to_vec();
        let stored = crate::testing::numbers(&run, "customer_clusters", "distance");
        assert!(distances.iter().zip(&stored).all(|(a, b)| (a - b).abs() < 1e-9));
        assert_eq!(found.customers as usize, clusters.len());
        for (number, _, customers) in &found.clusters {
            let own = clusters.iter().filter(|cluster| **cluster == i64::from(*number)).count();
            assert_eq!(*customers as usize, own);
        }
        // Nearest first: the own cluster.
        let names = texts(&run, "customer_clusters", "cluster_name");
        for row in [0, 17, clusters.len() - 1] {
            let customer = integers(&run, "customer_clusters", "customer_id")[row].to_string();
            let explained = explain_cluster(&run, &customer).expect("known");
            assert_eq!((i64::from(explained.cluster), &explained.cluster_name), (clusters[row], &names[row]));
            assert_eq!(explained.customer_id, customer);
            let distances: Vec<f64> =
                explained.explanation.distances.iter().map(|one| one.distance).collect();
            assert!(distances.is_sorted() && (distances[0] - stored[row]).abs() < 1e-9, "{distances:?}");
        }
        assert_eq!(explain_cluster(&run, "nobody").expect_err("unknown").kind, Kind::Input);
    }

    #[test]
    fn a_run_without_clusters_cannot_assign() {
        let shop = Shop::new(crate::testing::orders(60, 100, 3));
        let mut options = shop.options();
        options.steps = crate::StepSelection::parse("scores").expect("known");
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        assert_eq!(model_of(&run).expect_err("none").kind, Kind::Input);
        assert_eq!(explain_cluster(&run, "1").expect_err("none").kind, Kind::Input);
        let (input_paths, config, scratch) =
            (InputPaths::default(), Config::default(), shop.folder.path().join("again"));
        let out = shop.folder.path().join("clusters.csv");
        assert!(assign(&Shop::request(&input_paths, &config, &scratch), &run, Format::Csv, &out).is_err());
        assert!(!out.exists());
    }
}
