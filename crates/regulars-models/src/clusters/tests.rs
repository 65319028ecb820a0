//! Choosing, profiling and naming clusters, on planted groups, on none, and on real customers.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::*;
use crate::kmeans::tests::clouds;

mod edges;
mod shops;
mod verdicts;
mod words;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn valid(params: ClusterParams) -> ValidClusterParams {
    params.check().expect("valid")
}

/// Columns of row-major values.
fn columns(values: &[f64], width: usize) -> Vec<Vec<f64>> {
    (0..width).map(|at| values.iter().skip(at).step_by(width).copied().collect()).collect()
}

fn named<'a>(names: &'a [String], columns: &'a [Vec<f64>]) -> Vec<Column<'a>> {
    names.iter().zip(columns).map(|(name, values)| Column { name, values }).collect()
}

fn numbered(width: usize) -> Vec<String> {
    (0..width).map(|at| format!("feature_{at}")).collect()
}

fn cluster(values: &[f64], width: usize, params: ClusterParams, seed: u64) -> Result<Clustered, Error> {
    let (names, columns) = (numbered(width), columns(values, width));
    fit(&named(&names, &columns), None, None, &valid(params), &mut rng(seed))
}

#[test]
fn planted_clusters_are_found_in_at_least_95_of_100_seeds() {
    let chosen: Vec<(usize, usize)> = (0..100_u64)
        .into_par_iter()
        .map(|seed| {
            let planted = 3 + (seed % 6) as usize;
            let sizes: Vec<usize> = (0..planted).map(|at| 40 + 35 * ((at * 3 + seed as usize) % 7)).collect();
            let width = 2 + (seed % 4) as usize;
            let (values, _) = clouds(&sizes, width, 6.0, seed);
            let params = ClusterParams { references: 0, ..ClusterParams::default() };
            (planted, cluster(&values, width, params, seed).expect("clustered").selection.chosen)
        })
        .collect();
    let found = chosen.iter().filter(|(planted, chosen)| planted == chosen).count();
    let missed: Vec<_> =
        chosen.iter().enumerate().filter(|(_, (planted, chosen))| planted != chosen).collect();
    assert!(found >= 95, "{found} of 100; (seed, (planted, chosen)): {missed:?}");
}

#[test]
fn planted_clusters_are_called_strong() {
    let (values, _) = clouds(&[300, 80, 150], 3, 6.0, 1);
    let found = cluster(&values, 3, ClusterParams::default(), 1).expect("clustered");
    assert_eq!((found.selection.chosen, found.selection.strength), (3, Strength::Strong));
}

#[test]
fn data_without_structure_are_called_weak() {
    for width in [2, 3, 6] {
        for seed in 0..4 {
            let (normal, _) = clouds(&[800], width, 1.0, seed);
            let mut rng = rng(seed);
            let uniform: Vec<f64> = (0..800 * width).map(|_| rand::Rng::random(&mut rng)).collect();
            for (kind, values) in [("normal", normal), ("uniform", uniform)] {
                let found =
                    cluster(&values, width, ClusterParams::default(), seed).expect("clustered").selection;
                assert_eq!(found.strength, Strength::Weak, "{kind} {width} {seed}: {found:?}");
                assert!(!found.reasons.is_empty());
            }
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bytes() {
    let (values, _) = clouds(&[900, 500, 300], 4, 3.0, 2);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let params = ClusterParams { gap_references: 2, ..ClusterParams::default() };
        let found = pool.install(|| cluster(&values, 4, params, 3).expect("clustered"));
        let kept = serde_json::to_string(&(&found.model, &found.selection)).expect("json");
        (kept, found.labels, format!("{:?} {:?}", found.silhouettes, found.picture))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn permuting_customers_permutes_their_answers() {
    let (mut values, _) = clouds(&[700, 400, 300], 4, 2.5, 8);
    values[4 * 17 + 2] = f64::NAN;
    // Some customers occur twice: both must get the same label, whichever is drawn.
    let repeated = values[..4 * 60].to_vec();
    values.extend(repeated);
    let rows = values.len() / 4;
    let revenue: Vec<f64> = (0..rows).map(|row| (row * 7919 % 1013) as f64 / 8.0).collect();
    let mut shuffled: Vec<usize> = (0..rows).collect();
    rand::seq::SliceRandom::shuffle(&mut shuffled[..], &mut rng(5));
    let others: Vec<f64> = shuffled.iter().flat_map(|row| &values[4 * row..4 * row + 4]).copied().collect();
    let other_revenue: Vec<f64> = shuffled.iter().map(|row| revenue[*row]).collect();
    let names = numbered(4);
    // Beyond the exact silhouette, sampling also decides which customers get a silhouette.
    for exact in [60_000, 1_000] {
        let with = valid(ClusterParams { silhouette_exact_rows: exact, ..ClusterParams::default() });
        let run = |values: &[f64], revenue: &[f64]| {
            let columns = columns(values, 4);
            fit(&named(&names, &columns), Some(revenue), None, &with, &mut rng(7)).expect("clustered")
        };
        let (one, other) = (run(&values, &revenue), run(&others, &other_revenue));
        let result = |found: &Clustered| {
            serde_json::to_string(&(&found.model, &found.selection, &found.profiles)).expect("json")
        };
        assert_eq!(result(&one), result(&other));
        for (place, row) in shuffled.iter().enumerate() {
            assert_eq!(other.labels[place], one.labels[*row]);
            assert_eq!(other.distances[place].to_bits(), one.distances[*row].to_bits());
        }
        let table = |found: &Clustered| {
            alternatives(found.prepared.rows().expect("rows"), 3, &mut rng(1)).expect("compared")
        };
        assert_eq!(table(&one), table(&other));
    }
}

#[test]
fn the_unit_of_money_changes_nothing() {
    let (mut values, _) = clouds(&[300, 200, 150], 3, 4.0, 6);
    // A skewed column, like spend: it gets a log transform.
    for value in values.iter_mut().skip(2).step_by(3) {
        *value = (*value / 4.0).exp();
    }
    let dollars = cluster(&values, 3, ClusterParams::default(), 4).expect("clustered");
    assert!(dollars.model.preparation.features[2].log_scale.is_some());
    for value in values.iter_mut().skip(2).step_by(3) {
        *value *= 100.0;
    }
    let cents = cluster(&values, 3, ClusterParams::default(), 4).expect("clustered");
    assert_eq!(cents.labels, dollars.labels);
    assert_eq!(cents.selection.chosen, dollars.selection.chosen);
}

#[test]
fn a_kept_model_places_its_own_customers_where_they_were() {
    let (values, _) = clouds(&[300, 100, 150, 90], 3, 5.0, 12);
    let found = cluster(&values, 3, ClusterParams::default(), 1).expect("clustered");
    let kept: ClusterModel =
        serde_json::from_str(&serde_json::to_string(&found.model).expect("json")).expect("a model");
    let (names, columns) = (numbered(3), columns(&values, 3));
    let placed = kept.assign(&named(&names, &columns)).expect("placed");
    assert_eq!(placed.labels, found.labels);
    for row in [0, 350, 639] {
        let why = explain(&kept, &named(&names, &columns), row).expect("explained");
        assert_eq!(why.distances[0].id, kept.clusters[found.labels[row] as usize].id);
        let gained: f64 = why.contributions.iter().map(|pull| pull.pull).sum();
        let squares = why.distances[1].distance.powi(2) - why.distances[0].distance.powi(2);
        assert!((gained - squares).abs() < 1e-9, "{gained} {squares}");
        assert!(gained >= 0.0);
    }
}

#[test]
fn clusters_keep_number_and_name_in_the_next_run() {
    let (values, _) = clouds(&[300, 100, 150, 90], 3, 5.0, 12);
    let (names, all) = (numbered(3), columns(&values, 3));
    let first = cluster(&values, 3, ClusterParams::default(), 1).expect("clustered");
    // A month later the smallest group has become the largest.
    let mut later = values.clone();
    for _ in 0..3 {
        later.extend_from_slice(&values[3 * 550..]);
    }
    let grown = columns(&later, 3);
    let with = valid(ClusterParams::default());
    let next = fit(&named(&names, &grown), None, Some(&first.model), &with, &mut rng(99)).expect("clustered");
    let known = |model: &ClusterModel| -> Vec<(u32, String)> {
        model.clusters.iter().map(|cluster| (cluster.id, cluster.name.clone())).collect()
    };
    assert_eq!(known(&next.model), known(&first.model));
    assert_eq!(next.labels[..640], first.labels[..]);
    let other = vec!["another".to_owned(), "feature_1".to_owned(), "feature_2".to_owned()];
    let renamed = fit(&named(&other, &all), None, Some(&first.model), &with, &mut rng(1)).expect("clustered");
    assert!(renamed.notes[0].contains("feature_0"), "{:?}", renamed.notes);
}

#[test]
fn very_many_customers_are_sampled_with_an_error() {
    let (values, _) = clouds(&[900, 500, 300], 4, 2.0, 2);
    let exact = cluster(&values, 4, ClusterParams::default(), 3).expect("clustered");
    let params = ClusterParams {
        silhouette_exact_rows: 1000,
        silhouette_sample_rows: 400,
        ..ClusterParams::default()
    };
    let sampled = cluster(&values, 4, params, 3).expect("clustered");
    assert_eq!(sampled.silhouettes.iter().flatten().count(), 400);
    for (sampled, exact) in sampled.selection.candidates.iter().zip(&exact.selection.candidates) {
        let error = sampled.silhouette_standard_error.expect("of a sample");
        let apart = sampled.silhouette.expect("several") - exact.silhouette.expect("several");
        assert!(apart.abs() < 4.0 * error && error < 0.03, "{apart} {error}");
        assert_eq!(exact.silhouette_standard_error, None);
    }
}

#[test]
fn other_methods_agree_on_groups_well_apart() {
    let (values, _) = clouds(&[300, 200, 150], 3, 6.0, 5);
    let rows = regulars_stats::clusters::Rows::new(&values, 3).expect("rows");
    let table = alternatives(rows, 3, &mut rng(1)).expect("compared");
    let methods: Vec<Method> = table.iter().map(|line| line.method).collect();
    assert_eq!(methods, [Method::KMeans, Method::Mixture, Method::Density]);
    for line in &table {
        assert_eq!(line.clusters, 3, "{line:?}");
        assert!(line.silhouette > Some(0.6) && line.stability > Some(0.95), "{line:?}");
        assert!(line.agreement > Some(0.98) && line.noise_share < 0.15, "{line:?}");
        assert_eq!(line.bic.is_some(), line.method == Method::Mixture);
    }
    let again = alternatives(rows, 3, &mut rng(1)).expect("compared");
    assert_eq!(again, table);
}
