//! The number of clusters and their strength, over many seeds.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::clusters::reference::normal;

/// How many seeds are rated weak.
fn weak(seeds: u64, data: impl Fn(&mut ChaCha8Rng) -> (usize, Vec<f64>) + Sync) -> usize {
    (0..seeds)
        .into_par_iter()
        .filter(|seed| {
            let (width, values) = data(&mut rng(1000 + seed));
            let found = cluster(&values, width, ClusterParams::default(), *seed).expect("clustered");
            found.selection.strength == Strength::Weak
        })
        .count()
}

fn check_weak(what: &str, data: impl Fn(&mut ChaCha8Rng) -> (usize, Vec<f64>) + Sync) {
    let found = weak(40, data);
    assert!(found >= 38, "{what}: {found} of 40 weak");
}

/// A Poisson count with mean `rate` (Knuth's method).
fn poisson(rate: f64, rng: &mut ChaCha8Rng) -> f64 {
    let (mut left, mut count) = (rng.random::<f64>(), 0.0);
    while left > (-rate).exp() {
        left *= rng.random::<f64>();
        count += 1.0;
    }
    count
}

#[test]
fn answers_and_counts_without_groups_are_called_weak() {
    check_weak("independent answers from 1 to 5", |rng| {
        (2, (0..2 * 400).map(|_| f64::from(rng.random_range(1..=5_u8))).collect())
    });
    check_weak("correlated answers from 1 to 5", |rng| {
        let ratings = (0..400).flat_map(|_| {
            let shared = normal(rng);
            [0, 1].map(|_| (3.0 + 0.8 * (shared + normal(rng))).round().clamp(1.0, 5.0))
        });
        (2, ratings.collect())
    });
    check_weak("rare counts", |rng| (2, (0..2 * 400).map(|_| poisson(0.7, rng)).collect()));
    check_weak("a count and an amount", |rng| {
        (2, (0..400).flat_map(|_| [1.0 + poisson(1.0, rng), normal(rng).exp()]).collect())
    });
}

#[test]
fn customers_who_are_all_alike_are_called_weak() {
    // One order rate and one amount distribution; differences are noise, seen through features and scores.
    check_weak("alike customers", |rng| {
        let customers = 500;
        let mut features: Vec<[f64; 3]> = (0..customers)
            .map(|_| {
                let orders = 1.0 + poisson(2.0, rng);
                let last = (0..orders as usize).map(|_| rng.random::<f64>()).fold(0.0, f64::max);
                let spend = (0..orders as usize).map(|_| (3.5 + 0.5 * normal(rng)).exp()).sum();
                [(365.0 * (1.0 - last)).floor(), orders, spend]
            })
            .collect();
        features.shuffle(rng);
        let score = |at: usize, value: f64| {
            let below = features.iter().filter(|other| other[at] < value).count();
            1.0 + (5 * below / customers) as f64
        };
        let rows = features.iter().flat_map(|[recency, orders, spend]| {
            let scores = [6.0 - score(0, *recency), score(1, *orders), score(2, *spend)];
            let sum: f64 = scores.iter().sum();
            [*recency, *orders, *spend, scores[0], scores[1], scores[2], sum, spend / orders]
        });
        (8, rows.collect())
    });
}

#[test]
fn groups_in_whole_numbers_are_still_groups() {
    let others: Vec<_> = (0..40_u64)
        .into_par_iter()
        .filter_map(|seed| {
            let (values, _) = clouds(&[120, 60, 90], 2, 5.0, seed);
            let whole: Vec<f64> = values.iter().map(|value| value.round()).collect();
            let found = cluster(&whole, 2, ClusterParams::default(), seed).expect("clustered").selection;
            let right = found.chosen == 3 && found.strength == Strength::Strong;
            (!right).then_some((seed, found.chosen, found.strength, found.reasons))
        })
        .collect();
    assert!(others.len() <= 2, "{others:?}");
}

#[test]
fn clusters_eight_deviations_apart_are_counted_right_in_at_least_95_of_100_seeds() {
    let missed: Vec<(u64, usize, usize)> = (0..100_u64)
        .into_par_iter()
        .filter_map(|seed| {
            let planted = 3 + (seed % 6) as usize;
            let sizes: Vec<usize> = (0..planted).map(|at| 15 + 20 * ((at * 3 + seed as usize) % 7)).collect();
            let width = [2, 3, 6][seed as usize / 6 % 3];
            let (values, _) = clouds(&sizes, width, 4.0, seed);
            let params = ClusterParams { references: 0, ..ClusterParams::default() };
            let chosen = cluster(&values, width, params, seed).expect("clustered").selection.chosen;
            (chosen != planted).then_some((seed, planted, chosen))
        })
        .collect();
    assert!(missed.len() <= 5, "(seed, planted, chosen): {missed:?}");
}

#[test]
fn two_groups_near_each_other_among_others_far_away_are_two() {
    let mut rng = rng(6);
    let centers = [([0.0, 0.0], 270), ([8.0, 0.0], 200), ([60.0, 30.0], 120)];
    let values: Vec<f64> = centers
        .iter()
        .flat_map(|(center, size)| std::iter::repeat_n(*center, *size))
        .flat_map(|center| center.map(|c| 100.0 + c + normal(&mut rng)))
        .collect();
    let selection = cluster(&values, 2, ClusterParams::default(), 1).expect("clustered").selection;
    let silhouette =
        |k: usize| selection.candidates.iter().find(|c| c.clusters == k).and_then(|c| c.silhouette);
    assert!(silhouette(2) > silhouette(3), "else this shows nothing: {selection:?}");
    assert_eq!(selection.chosen, 3, "{selection:?}");
    assert!(selection.rule.contains("well separated") && selection.runner_up == Some(2), "{selection:?}");
}

#[test]
fn a_column_that_crosses_zero_is_not_torn_apart() {
    let mut rng = rng(2);
    let centers = [[0.0, 0.0], [18.0, 1.0], [0.0, 20.0], [44.0, 43.0]];
    let values: Vec<f64> =
        (0..500).flat_map(|at| centers[at % 5 % 4].map(|c| c + normal(&mut rng))).collect();
    let found = cluster(&values, 2, ClusterParams::default(), 1).expect("clustered");
    assert!(
        found.model.preparation.features.iter().any(|f| f.log_scale.is_some()),
        "else this shows nothing"
    );
    assert_eq!(found.selection.chosen, 4, "{:?}", found.selection);
    for at in 0..500 {
        assert_eq!(found.labels[at], found.labels[at % 5 % 4], "customer {at}");
    }
}
