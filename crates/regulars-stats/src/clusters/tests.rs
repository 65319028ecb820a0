//! Cluster measures against scikit-learn's values, a naive reference, and edge cases.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn golden() -> Vec<Value> {
    let text = include_str!("../../../../fixtures/golden/clusters/measures.json");
    serde_json::from_str(text).expect("golden values")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn labels(value: &Value) -> Vec<u32> {
    value.as_array().expect("a list").iter().map(|v| v.as_u64().expect("a label") as u32).collect()
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

#[test]
fn matches_scikit_learn() {
    let mut with_measures = 0;
    for case in golden() {
        let name = case["name"].as_str().expect("a name");
        let values = numbers(&case["rows"]);
        let rows = Rows::new(&values, case["width"].as_u64().expect("a width") as usize).expect("rows");
        let (own, other) = (labels(&case["labels"]), labels(&case["other"]));
        close(
            adjusted_rand(&own, &other).expect("pairs"),
            case["adjusted_rand"].as_f64().expect("one"),
            name,
        );
        let Some(expected) = case.get("silhouettes") else { continue };
        // Far from zero, scikit-learn itself loses precision: its distances come from products.
        let far = name == "far from zero";
        with_measures += 1;
        let found = silhouettes(rows, &[&own, &other]).expect("silhouettes").swap_remove(0);
        let expected = numbers(expected);
        for (found, expected) in found.iter().zip(&expected) {
            let apart = (found - expected).abs();
            assert!(apart <= if far { 1e-3 } else { 1e-9 }, "{name}: {found} is not {expected}");
        }
        let index = |name: &str| case[name].as_f64().expect("a number");
        close(calinski_harabasz(rows, &own).expect("index"), index("calinski_harabasz"), name);
        let found = davies_bouldin(rows, &own).expect("index");
        if far {
            assert!((found - index("davies_bouldin")).abs() < 1e-4);
        } else {
            close(found, index("davies_bouldin"), name);
        }
    }
    assert_eq!(with_measures, 8);
}

/// Textbook silhouettes: every pair, one labeling.
fn naive(rows: Rows<'_>, labels: &[u32]) -> Vec<f64> {
    let clusters = labels.iter().max().map_or(0, |most| *most as usize + 1);
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
    (0..rows.len())
        .map(|row| {
            let mut sums = vec![(0.0, 0_usize); clusters];
            for other in (0..rows.len()).filter(|other| *other != row) {
                let (sum, count) = &mut sums[labels[other] as usize];
                *sum += distance(rows.row(row), rows.row(other));
                *count += 1;
            }
            let own = labels[row] as usize;
            let next = (0..clusters)
                .filter(|at| *at != own && sums[*at].1 > 0)
                .map(|at| sums[at].0 / sums[at].1 as f64)
                .fold(f64::INFINITY, f64::min);
            if sums[own].1 == 0 || next.is_infinite() {
                return 0.0;
            }
            let within = sums[own].0 / sums[own].1 as f64;
            if within.max(next) > 0.0 { (next - within) / within.max(next) } else { 0.0 }
        })
        .collect()
}

proptest! {
    #[test]
    fn silhouettes_match_pairwise_computation(
        width in 1_usize..6,
        seeds in prop::collection::vec((-50_i32..50, 0_u32..4, 0_u32..9), 1..120),
    ) {
        let count = seeds.len();
        let values: Vec<f64> =
            (0..count * width).map(|at| f64::from(seeds[at % count].0) * (1.0 + at as f64 / 7.0).sin()).collect();
        let rows = Rows::new(&values, width).expect("rows");
        let few: Vec<u32> = seeds.iter().map(|seed| seed.1).collect();
        let many: Vec<u32> = seeds.iter().map(|seed| seed.2).collect();
        let found = silhouettes(rows, &[&few, &many]).expect("silhouettes");
        for (found, labels) in found.iter().zip([&few, &many]) {
            for (found, expected) in found.iter().zip(naive(rows, labels)) {
                prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            }
        }
        let sample: Vec<u32> = (0..count as u32).step_by(3).collect();
        let sampled = silhouettes_of_sample(rows, &[&few, &many], &sample).expect("silhouettes");
        for (sampled, whole) in sampled.iter().zip(&found) {
            for (at, row) in sample.iter().enumerate() {
                prop_assert!((sampled[at] - whole[*row as usize]).abs() < 1e-9);
            }
        }
    }
}

/// Deterministic, random-looking numbers.
fn wave(count: usize) -> Vec<f64> {
    (0..count).map(|at| ((at * at) as f64 * 0.618).sin() * 3.0 + ((at % 3) as f64) * 2.0).collect()
}

#[test]
fn large_data_match_pairwise_computation_on_any_number_of_threads() {
    let values = wave(5000 * 4);
    let rows = Rows::new(&values, 4).expect("rows");
    let labelings: Vec<Vec<u32>> =
        (2..6_u32).map(|k| (0..5000_u32).map(|row| (row * 7 + row / 11) % k).collect()).collect();
    let labelings: Vec<&[u32]> = labelings.iter().map(Vec::as_slice).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| silhouettes(rows, &labelings).expect("silhouettes"))
    };
    let (one, three) = (on(1), on(3));
    let bits = |all: &[Vec<f64>]| all.iter().flatten().map(|v| v.to_bits()).collect::<Vec<u64>>();
    assert_eq!(bits(&one), bits(&three));
    // Single precision: seven digits per distance, more for a mean.
    let expected = naive(rows, labelings[1]);
    for (found, expected) in one[1].iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-7, "{found} {expected}");
    }
    let (found, expected) = (mean_and_standard_error(&one[1]).0, mean_and_standard_error(&expected).0);
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn many_labelings_take_several_passes() {
    let values = wave(300);
    let rows = Rows::new(&values, 2).expect("rows");
    let labelings: Vec<Vec<u32>> = (2..60_u32).map(|k| (0..150_u32).map(|row| row % k).collect()).collect();
    let labelings: Vec<&[u32]> = labelings.iter().map(Vec::as_slice).collect();
    let found = silhouettes(rows, &labelings).expect("silhouettes");
    for (found, labels) in found.iter().zip(&labelings) {
        for (found, expected) in found.iter().zip(naive(rows, labels)) {
            assert!((found - expected).abs() < 1e-9);
        }
    }
}

#[test]
fn invalid_input_is_an_error() {
    let values = [0.0, 1.0, 2.0, f64::NAN];
    assert_eq!(Rows::new(&values, 3).expect_err("ragged"), Error::Shape { values: 4, width: 3 });
    assert_eq!(Rows::new(&values, 0).expect_err("no width"), Error::Shape { values: 4, width: 0 });
    let rows = Rows::new(&values, 2).expect("rows");
    let missing = Error::NotFinite { row: 1, column: 1 };
    assert_eq!(silhouettes(rows, &[&[0, 1]]).expect_err("missing"), missing);
    assert_eq!(davies_bouldin(rows, &[0, 1]).expect_err("missing"), missing);
    let rows = Rows::new(&values[..3], 1).expect("rows");
    assert_eq!(silhouettes(rows, &[&[0]]).expect_err("short"), Error::LabelCount { rows: 3, labels: 1 });
    assert_eq!(
        silhouettes_of_sample(rows, &[&[0, 1, 0]], &[3]).expect_err("row"),
        Error::NoSuchRow { row: 3, rows: 3 }
    );
    for (labels, clusters) in [([0, 0, 0], 1), ([0, 1, 2], 3)] {
        let refused = Error::Clusters { clusters, rows: 3 };
        assert_eq!(calinski_harabasz(rows, &labels).expect_err("no separation"), refused);
        assert_eq!(silhouettes(rows, &[&labels]).expect("zeros")[0], [0.0; 3]);
    }
    assert_eq!(adjusted_rand(&[0], &[]).expect_err("short"), Error::LabelCount { rows: 1, labels: 0 });
    assert!(silhouettes(Rows::new(&[], 2).expect("none"), &[&[]]).expect("none")[0].is_empty());
}

#[test]
fn the_elbow_is_where_the_curve_bends() {
    let k = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    assert_eq!(elbow(&k, &[100.0, 60.0, 20.0, 18.0, 16.0, 14.0]), Some(2));
    assert_eq!(elbow(&k, &[100.0, 80.0, 60.0, 40.0, 20.0, 0.0]), None, "a straight line has none");
    assert_eq!(elbow(&k, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), None);
    assert_eq!(elbow(&k[..2], &[2.0, 1.0]), None);
}

#[test]
fn gap_matches_the_paper() {
    let found = gap(10.0, &[20.0, 40.0]).expect("positive");
    let (low, high) = (20.0_f64.ln(), 40.0_f64.ln());
    close(found.gap, f64::midpoint(low, high) - 10.0_f64.ln(), "gap");
    close(found.standard_error, (high - low) / 2.0 * 1.5_f64.sqrt(), "error");
    assert_eq!(gap(0.0, &[1.0]), None);
    assert_eq!(gap(1.0, &[]), None);
    let gaps = [0.1, 0.5, 0.52, 0.9].map(|gap| Gap { gap, standard_error: 0.05 });
    assert_eq!(gap_choice(&gaps), Some(1));
    assert_eq!(gap_choice(&gaps[..2]), None);
}
