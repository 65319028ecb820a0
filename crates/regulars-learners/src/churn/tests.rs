//! Probabilities against scikit-learn's, their calibration, and customers in one class.

use super::*;
use crate::conformance::shop;
use crate::linear::tests::{golden, numbers};

#[test]
fn logistic_regression_is_that_of_scikit_learn() {
    let cases = golden("logistic");
    assert_eq!(cases.len(), 3);
    for (case, features, target) in cases {
        let expected = &case["models"][0];
        let penalty = expected["penalty"].as_f64().expect("a penalty");
        let mut report = Report::default();
        let model = logistic::fit(Sample::new(&features, &target).expect("a sample"), penalty, &mut report);
        assert!(report.notes.is_empty(), "{:?}", report.notes);
        for (found, expected) in model.coefficients.iter().zip(numbers(&expected["coefficients"])) {
            assert!((found - expected).abs() < 1e-8 * expected.abs(), "{penalty}: {found} {expected}");
        }
        for (odds, expected) in model.predict(&features).iter().zip(numbers(&expected["predictions"])) {
            assert!((sigmoid(*odds) - expected).abs() < 1e-9, "{penalty}");
        }
    }
}

#[test]
fn platt_is_that_of_scikit_learn() {
    let text = include_str!("../../../../fixtures/golden/learners/platt.json");
    let case: serde_json::Value = serde_json::from_str(text).expect("golden values");
    let found = Calibration::fit(Method::Platt, &numbers(&case["said"]), &numbers(&case["happened"]));
    let Ok(Calibration::Platt { slope, intercept }) = found else { panic!("{found:?}") };
    let close = |found: f64, name: &str| {
        let expected = case[name].as_f64().expect("a number");
        assert!((found - expected).abs() < 1e-5 * expected.abs(), "{name}: {found} {expected}");
    };
    close(slope, "stretch");
    close(intercept, "shift");
}

fn recipes() -> [ChurnRecipe; 2] {
    let params = LightGbmParams { rounds: 200, learning_rate: 0.1, ..LightGbmParams::default() };
    [ChurnRecipe::Logistic { penalty: 1.0 }, ChurnRecipe::LightGbm(params)]
}

fn away(target: &[f64]) -> Vec<bool> {
    target.iter().map(|value| *value <= 0.0).collect()
}

#[test]
fn chances_of_later_customers_are_kept() {
    let ((features, target), (later, after)) = (shop(3000, 31), shop(4000, 32));
    for recipe in recipes() {
        let mut losses = Vec::new();
        for method in [Method::Platt, Method::Isotonic] {
            let churn = fit(&recipe, &features, &away(&target), None, method, 1).expect("a model");
            let found = evaluate(&away(&after), &churn.predict(&later).expect("chances")).expect("measures");
            assert!(found.probabilities.auc.expect("both classes") > 0.74, "{recipe:?} {found:?}");
            for band in found.reliability.iter().filter(|band| band.customers > 200) {
                assert!(
                    (band.mean_predicted - band.observed_rate).abs() < 0.1,
                    "{recipe:?} {method:?} {band:?}"
                );
            }
            losses.push(found.probabilities.log_loss);
            let mut plain = churn.clone();
            plain.calibration = Calibration::None;
            losses.push(
                evaluate(&away(&after), &plain.predict(&later).expect("chances"))
                    .expect("them")
                    .probabilities
                    .log_loss,
            );
        }
        // Two hundred rounds are overconfident; calibration corrects that.
        if matches!(recipe, ChurnRecipe::LightGbm(_)) {
            assert!(losses[0] < losses[1] - 0.02 && losses[2] < losses[3], "{losses:?}");
        } else {
            assert!(losses[0] < losses[1] + 0.01, "{losses:?}");
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let (features, target) = shop(1500, 33);
    for recipe in recipes() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| fit(&recipe, &features, &away(&target), None, Method::Isotonic, 1))
                .expect("a model")
        };
        assert!(on(1) == on(4));
    }
}

#[test]
fn validation_ends_boosting() {
    let ((features, target), (later, after)) = (shop(1500, 34), shop(800, 35));
    let [_, trees] = recipes();
    let later_away = away(&after);
    let validation = Some((&later, later_away.as_slice()));
    let churn = fit(&trees, &features, &away(&target), validation, Method::Platt, 1).expect("a model");
    assert!(churn.report.stopped_early && churn.report.trees[0] < 120, "{:?}", churn.report);
}

#[test]
fn contributions_add_up_to_the_odds() {
    let (features, target) = shop(800, 36);
    for recipe in recipes() {
        let mut churn = fit(&recipe, &features, &away(&target), None, Method::Platt, 1).expect("a model");
        churn.calibration = Calibration::None;
        let parts = churn.contributions(&features).expect("parts");
        for (row, probability) in churn.predict(&features).expect("chances").iter().enumerate() {
            assert!((sigmoid(parts.prediction(row)) - probability).abs() < 1e-9, "{recipe:?}");
        }
    }
}

#[test]
fn customers_of_one_kind_have_their_chance() {
    let (features, _) = shop(300, 37);
    for recipe in recipes() {
        for kind in [false, true] {
            let churn = fit(&recipe, &features, &[kind; 300], None, Method::Isotonic, 1).expect("a model");
            let expected = f64::from(u8::from(kind));
            for probability in churn.predict(&features).expect("chances") {
                assert!((probability - expected).abs() < 1e-9, "{recipe:?} {probability}");
            }
            assert!(churn.report.notes.iter().any(|note| note.starts_with("one class has only 0 customers")));
            assert!(churn.contributions(&features).expect("parts").values.iter().all(|part| *part == 0.0));
        }
    }
}

#[test]
fn ten_customers_and_perfect_division_have_an_answer() {
    let (features, target) = shop(10, 38);
    for recipe in recipes() {
        let churn = fit(&recipe, &features, &away(&target), None, Method::Isotonic, 1).expect("a model");
        assert!(
            churn
                .predict(&features)
                .expect("chances")
                .iter()
                .all(|probability| (0.0..=1.0).contains(probability))
        );
    }
    let column: Vec<f64> = (0..100).map(f64::from).collect();
    let features = Features::new(vec!["a".into()], &[&column]).expect("features");
    let divided: Vec<bool> = (0..100).map(|row| row >= 50).collect();
    let recipe = ChurnRecipe::Logistic { penalty: 0.0 };
    let churn = fit(&recipe, &features, &divided, None, Method::Platt, 1).expect("a model");
    let probabilities = churn.predict(&features).expect("chances");
    assert!(
        probabilities.iter().all(|probability| probability.is_finite())
            && probabilities[10] < 0.1
            && probabilities[90] > 0.9
    );
}

#[test]
fn a_kept_model_states_the_same() {
    let (features, target) = shop(500, 39);
    for recipe in recipes() {
        let churn = fit(&recipe, &features, &away(&target), None, Method::Isotonic, 1).expect("a model");
        let files = churn.files("churn").expect("files");
        let mut read =
            |name: &str| files.iter().find(|file| file.name == name).map(|file| file.bytes.clone());
        let again = crate::file::load_churn(&files[0].bytes, &mut read).expect("a model");
        assert_eq!(again, churn);
        assert!(crate::file::load(&files[0].bytes, &mut read).is_err());
    }
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let (features, target) = shop(100, 40);
    let of =
        |recipe: &ChurnRecipe, observed: &[bool]| fit(recipe, &features, observed, None, Method::Platt, 1);
    assert!(matches!(of(&recipes()[0], &[true]), Err(Error::ColumnLength { .. })));
    let bad = ChurnRecipe::Logistic { penalty: -1.0 };
    assert!(matches!(of(&bad, &away(&target)), Err(Error::Setting { name: "penalty", .. })));
}
