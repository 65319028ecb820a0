//! Linear models against scikit-learn's, and uninformative features.

use serde_json::Value;

use super::*;
use crate::features::Sample;

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// Features and target of every golden case whose name begins with `start`.
pub(crate) fn golden(start: &str) -> Vec<(Value, Features, Vec<f64>)> {
    let text = include_str!("../../../../fixtures/golden/learners/linear.json");
    let cases: Vec<Value> = serde_json::from_str(text).expect("golden values");
    cases
        .into_iter()
        .filter(|case| case["name"].as_str().expect("a name").starts_with(start))
        .map(|case| {
            let columns: Vec<Vec<f64>> =
                case["columns"].as_array().expect("columns").iter().map(numbers).collect();
            let target = numbers(&case["target"]);
            (case, features(&columns), target)
        })
        .collect()
}

fn features(columns: &[Vec<f64>]) -> Features {
    let names = (0..columns.len()).map(|number| format!("f{number}")).collect();
    Features::new(names, &columns.iter().map(Vec::as_slice).collect::<Vec<_>>()).expect("features")
}

fn check(start: &str, with_coefficients: bool, expected_notes: &[&str]) {
    let cases = golden(start);
    assert_eq!(cases.len(), 1);
    let (case, features, target) = &cases[0];
    let models = case["models"].as_array().expect("models");
    let penalties: Vec<f64> = models.iter().map(|m| m["penalty"].as_f64().expect("a penalty")).collect();
    let (found, notes) = fit(Sample::new(features, target).expect("a sample"), &penalties);
    assert_eq!(notes, expected_notes);
    for (expected, found) in models.iter().zip(&found) {
        let near = |found: &[f64], expected: &[f64], what: &str| {
            let size = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            for (found, expected) in found.iter().zip(expected) {
                let apart = (found - expected).abs();
                assert!(apart <= 1e-8 * size, "{start}, {what}, {}: {found} {expected}", found - expected);
            }
        };
        if with_coefficients {
            near(&found.coefficients, &numbers(&expected["coefficients"]), "coefficients");
        }
        let predicted = found.predict(features);
        near(&predicted, &numbers(&expected["predictions"]), "predictions");
        let parts = found.contributions(features);
        for (row, predicted) in predicted.iter().enumerate() {
            assert!((parts.prediction(row) - predicted).abs() < 1e-9 * predicted.abs().max(1.0));
        }
        let at_zero: f64 = found.intercept()
            + found.coefficients.iter().enumerate().map(|(i, by)| by * features.column(i)[0]).sum::<f64>();
        assert!((at_zero - predicted[0]).abs() < 1e-8 * predicted[0].abs().max(1.0));
    }
}

#[test]
fn a_feature_that_varies_by_rounding_alone_is_constant() {
    let noise: Vec<f64> = (0..200).map(|n| 42.3 + 1e-6 * f64::from(n % 7)).collect();
    let spend: Vec<f64> = (0..200).map(|n| f64::from(n % 13)).collect();
    let target: Vec<f64> =
        spend.iter().zip(&noise).map(|(spend, noise)| spend + 1e6 * (noise - 42.3)).collect();
    let names = vec!["noise".to_owned(), "spend".to_owned()];
    let features = Features::new(names.clone(), &[&noise, &spend]).unwrap();
    let (models, notes) = fit(Sample::new(&features, &target).unwrap(), &[0.0]);
    assert!(notes.iter().any(|note| note.contains("`noise`")), "{notes:?}");
    // The same shop at a later forecast origin, with another constant.
    let later = Features::new(names, &[&vec![43.9; 200], &spend]).unwrap();
    let (then, now) = (models[0].predict(&features), models[0].predict(&later));
    assert!(then.iter().zip(now).all(|(then, now)| (then - now).abs() < 1e-9));
}

#[test]
fn coefficients_are_those_of_scikit_learn() {
    check("different scales", true, &[]);
    check("nearly collinear", true, &[]);
    check("far from zero", true, &[]);
}

#[test]
fn collinear_and_constant_features_are_left_out_with_a_note() {
    let notes = [
        "`f2` is a linear combination of earlier features and was dropped",
        "`f3` is the same for all customers and was dropped",
    ];
    check("collinear and constant", false, &notes);
}

#[test]
fn missing_values_count_as_the_mean() {
    let columns = vec![vec![1.0, f64::NAN, 3.0, 5.0], vec![0.0, 0.0, 1.0, 1.0]];
    let features = features(&columns);
    let (found, notes) = fit(Sample::new(&features, &[1.0, 3.0, 3.0, 5.0]).expect("a sample"), &[0.0]);
    assert_eq!(notes, ["1 missing value of `f0` replaced by its mean"]);
    assert!((found[0].means[0] - 3.0).abs() < 1e-15);
    let predicted = found[0].predict(&features);
    for (found, expected) in predicted.iter().zip([1.0, 3.0, 3.0, 5.0]) {
        assert!((found - expected).abs() < 1e-9, "{predicted:?}");
    }
}

#[test]
fn features_that_are_no_help_leave_the_mean() {
    let features = features(&[vec![2.0, 2.0, 2.0], vec![f64::NAN, f64::NAN, f64::NAN]]);
    let (found, notes) = fit(Sample::new(&features, &[1.0, 2.0, 6.0]).expect("a sample"), &[0.0, 1.0]);
    assert_eq!(notes.len(), 3);
    for model in found {
        assert!(model.predict(&features).iter().all(|value| (value - 3.0).abs() < 1e-15));
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let rows = 40_000;
    let noise = |row: usize, by: usize| ((row * by) % 9973) as f64 / 9973.0;
    let columns: Vec<Vec<f64>> =
        [7919, 104_729, 1_299_709].iter().map(|by| (0..rows).map(|row| noise(row, *by)).collect()).collect();
    let target: Vec<f64> = (0..rows).map(|row| columns[0][row] * 3.0 + noise(row, 15_485_863)).collect();
    let features = features(&columns);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| fit(Sample::new(&features, &target).expect("a sample"), &[0.0, 3.0]).0)
    };
    let one = on(1);
    assert_eq!(one, on(3));
    assert!((one[0].coefficients[0] - 3.0).abs() < 0.1);
}
