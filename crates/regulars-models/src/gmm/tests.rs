//! Mixtures against scikit-learn's, and on components that K-means cannot separate.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars_stats::clusters::{Rows, adjusted_rand};
use serde_json::Value;

use super::*;
use crate::clusters::Error;
use crate::kmeans::tests::clouds;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

#[test]
fn from_the_same_means_it_ends_where_scikit_learn_ends() {
    let measures: Vec<Value> =
        serde_json::from_str(include_str!("../../../../fixtures/golden/clusters/measures.json"))
            .expect("iris");
    let values = numbers(&measures[0]["rows"]);
    let rows = Rows::new(&values, 4).expect("rows");
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../../../fixtures/golden/clusters/mixture.json"))
            .expect("golden");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let covariance = if case["kind"] == "full" { Covariance::Full } else { Covariance::Diagonal };
        let with = GmmParams {
            clusters: 3,
            covariance,
            tolerance: 1e-9,
            max_iterations: 2000,
            ..GmmParams::default()
        };
        let fitted = fit_from(rows, &with.check().expect("valid"), &numbers(&case["start"])).expect("fitted");
        assert!(fitted.converged);
        for (found, name) in [(fitted.log_likelihood, "log_likelihood"), (fitted.bic, "bic")] {
            let expected = case[name].as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-4, "{name}: {found} is not {expected}");
        }
        for (found, expected) in fitted.means.iter().zip(numbers(&case["means"])) {
            assert!((found - expected).abs() < 1e-3, "{found} {expected}");
        }
        let labels: Vec<u32> = numbers(&case["labels"]).iter().map(|label| *label as u32).collect();
        assert_eq!(fitted.predict(rows).expect("placed"), labels);
        let member = fitted.memberships(rows).expect("placed");
        assert!(member.chunks(3).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
    }
}

#[test]
fn clouds_of_different_width_are_told_apart_and_counted() {
    let (mut values, truth) = clouds(&[600, 600], 2, 4.0, 2);
    // One component is stretched to eight times its width: K-means would split it.
    let center = values[0];
    for value in values[..1200].iter_mut().step_by(2) {
        *value = center + 8.0 * (*value - center);
    }
    let rows = Rows::new(&values, 2).expect("rows");
    let of = |clusters| {
        let with = GmmParams { clusters, ..GmmParams::default() }.check().expect("valid");
        fit(rows, &with, &mut ChaCha8Rng::seed_from_u64(1)).expect("fitted")
    };
    let fitted = of(2);
    assert!(adjusted_rand(&fitted.predict(rows).expect("placed"), &truth).expect("pairs") > 0.9);
    assert!(fitted.bic < of(1).bic && fitted.bic < of(4).bic);
}

#[test]
fn what_cannot_be_fitted_is_said() {
    let rng = &mut ChaCha8Rng::seed_from_u64(0);
    let valid = GmmParams { clusters: 3, ..GmmParams::default() }.check().expect("valid");
    let refused = fit(Rows::new(&[1.0, 2.0], 1).expect("rows"), &valid, rng).expect_err("few");
    assert_eq!(refused, Error::TooFewRows { rows: 2, clusters: 3 });
    assert!(matches!(
        fit_from(Rows::new(&[1.0], 1).expect("rows"), &valid, &[1.0]),
        Err(Error::Width { .. })
    ));
    let bare = GmmParams { clusters: 1, regularisation: 0.0, ..GmmParams::default() }.check().expect("valid");
    let flat = Rows::new(&[5.0; 6], 2).expect("rows");
    assert_eq!(fit(flat, &bare, rng).expect_err("no width"), Error::Collapsed { cluster: 0 });
    for refused in [
        GmmParams { clusters: 0, ..GmmParams::default() },
        GmmParams { max_iterations: 0, ..GmmParams::default() },
        GmmParams { tolerance: -1.0, ..GmmParams::default() },
        GmmParams { regularisation: f64::NAN, ..GmmParams::default() },
    ] {
        assert!(matches!(refused.check(), Err(Error::Setting { .. })));
    }
}
