//! Requirements on every model, and behaviour on uninformative data.

use crate::error::Error;
use crate::features::{Features, Sample};
use crate::file;
use crate::fit_all::{Outcome, TrainingData, fit_all};
use crate::fitted::{FittedLearner, fit};
use crate::folds::Folds;
use crate::recipe::{ForestParams, LightGbmParams, Objective, Recipe, ValidRecipe, XgBoostParams};

/// A shop: three informative features, one with missing values, one constant; spend with many zeros.
pub(crate) fn shop(rows: usize, salt: u64) -> (Features, Vec<f64>) {
    let mut state = salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut chance = move || {
        // Knuth's multiplier; its upper bits are well mixed.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut columns = vec![Vec::new(); 5];
    let mut target = Vec::new();
    for _ in 0..rows {
        let recency_days = (-chance().max(1e-9).ln() * 80.0).round();
        let orders = (-chance().max(1e-9).ln() * 4.0).floor() + 1.0;
        let spend = (orders * (20.0 + 60.0 * chance()) * 100.0).round() / 100.0;
        let gap_days = if orders > 1.0 { (60.0 * chance()).round() } else { f64::NAN };
        let returns = chance() < 1.0 / (1.0 + (0.8 + 0.01 * recency_days - 0.4 * orders).exp());
        target.push(if returns { spend * (0.2 + 0.6 * chance()) } else { 0.0 });
        for (column, value) in columns.iter_mut().zip([recency_days, orders, spend, gap_days, 1.0]) {
            column.push(value);
        }
    }
    let names = ["recency_days", "orders", "spend", "gap_days", "constant"];
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    (Features::new(names.map(String::from).to_vec(), &columns).expect("features"), target)
}

const OBJECTIVES: [Objective; 3] =
    [Objective::SquaredError, Objective::Tweedie { variance_power: 1.5 }, Objective::Hurdle];

/// One small model of every kind.
fn recipes() -> Vec<ValidRecipe> {
    let mut all = vec![
        Recipe::Mean,
        Recipe::Linear,
        Recipe::Ridge { penalties: vec![1.0, 100.0] },
        Recipe::Forest(ForestParams { trees: 20, ..ForestParams::default() }),
    ];
    for objective in OBJECTIVES {
        all.push(Recipe::XgBoost(XgBoostParams {
            objective,
            rounds: 40,
            patience: 10,
            ..Default::default()
        }));
        all.push(Recipe::LightGbm(LightGbmParams {
            objective,
            rounds: 40,
            patience: 10,
            ..Default::default()
        }));
    }
    all.into_iter().map(|recipe| recipe.check().expect("a recipe")).collect()
}

fn learned(recipe: &ValidRecipe, shop: &(Features, Vec<f64>)) -> FittedLearner {
    fit(recipe, Sample::new(&shop.0, &shop.1).expect("a sample"), None).expect("a model")
}

#[test]
fn contributions_add_up_to_the_prediction() {
    let (train, later) = (shop(600, 1), shop(150, 2));
    for recipe in recipes() {
        let model = learned(&recipe, &train);
        let predicted = model.predict(&later.0).expect("predictions");
        let parts = model.contributions(&later.0).expect("contributions");
        let scaled = parts.clone().on_scale_of_prediction();
        assert_eq!((parts.rows(), parts.width), (150, 5));
        for (row, predicted) in predicted.iter().enumerate() {
            for parts in [&parts, &scaled] {
                let apart = (parts.prediction(row) - predicted).abs();
                // XGBoost computes in single precision.
                assert!(apart <= 2e-5 * (1.0 + predicted.abs()), "{recipe:?}: {predicted}, {apart}");
            }
        }
        let gain = model.gain().expect("gains");
        let total: f64 = gain.iter().sum();
        assert!(gain[4] == 0.0 && ((total - 1.0).abs() < 1e-9 || *recipe == Recipe::Mean), "{gain:?}");
    }
}

#[test]
fn models_learn() {
    let (train, later) = (shop(2000, 3), shop(1000, 4));
    for recipe in recipes() {
        let model = learned(&recipe, &train);
        let predicted = model.predict(&later.0).expect("predictions");
        let found =
            regulars_stats::forecast_accuracy::forecast_metrics(&later.1, &predicted).expect("measures");
        let r2 = found.errors.r2.expect("targets vary");
        if *recipe == Recipe::Mean {
            assert!(r2.abs() < 0.02, "{r2}");
        } else {
            assert!(r2 > 0.45, "{recipe:?}: {r2}");
            assert!(found.errors.bias.expect("some spend").abs() < 0.2, "{recipe:?}");
        }
    }
}

#[test]
fn predictions_follow_their_customers() {
    let (train, later) = (shop(600, 5), shop(90, 6));
    let order: Vec<usize> = (0..90).rev().collect();
    for recipe in recipes() {
        let model = learned(&recipe, &train);
        let mut predicted = model.predict(&later.0).expect("predictions");
        let turned = model.predict(&later.0.of_rows(&order)).expect("predictions");
        predicted.reverse();
        assert_eq!(predicted, turned);
        // A single customer takes a different code path.
        assert_eq!(model.predict(&later.0.of_rows(&[89])).expect("one"), predicted[..1]);
    }
}

fn with_threads(threads: usize, validated: bool) -> Vec<Outcome> {
    let (train, later) = (shop(3000, 7), shop(300, 8));
    let folds = Folds::new(3000, 3, 1).expect("folds");
    let data = TrainingData {
        train: Sample::new(&train.0, &train.1).expect("a sample"),
        validation: validated.then(|| Sample::new(&later.0, &later.1).expect("a sample")),
        folds: Some(&folds),
        clock: &|| 0.0,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| fit_all(&recipes(), &data)).expect("models")
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    for validated in [false, true] {
        let one = with_threads(1, validated);
        assert_eq!(one.len(), recipes().len());
        assert!(one == with_threads(4, validated));
        for outcome in &one {
            let cross_validation = outcome.cross_validation.as_ref().expect("cross-validation");
            assert_eq!((cross_validation.r2.len(), cross_validation.predictions.len()), (3, 3000));
            let r2 = cross_validation.mean_r2.expect("targets vary");
            assert!(r2 > 0.45 || outcome.fitted.recipe == Recipe::Mean, "{r2} {:?}", outcome.fitted.recipe);
        }
        assert!(one.iter().any(|outcome| outcome.fitted.report.stopped_early) == validated);
    }
}

#[test]
fn predictions_do_not_depend_on_threads() {
    let (train, later) = (shop(600, 9), shop(4500, 10));
    let on = |model: &FittedLearner, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            (model.predict(&later.0).expect("them"), model.contributions(&later.0).expect("them"))
        })
    };
    for recipe in recipes() {
        let model = learned(&recipe, &train);
        assert!(on(&model, 1) == on(&model, 3), "{recipe:?}");
    }
}

#[test]
fn what_validation_chose_is_kept_for_a_refit() {
    let (train, later) = (shop(600, 11), shop(300, 12));
    let validation = Sample::new(&later.0, &later.1).expect("a sample");
    let sample = Sample::new(&train.0, &train.1).expect("a sample");
    for recipe in recipes() {
        let chosen = fit(&recipe, sample, Some(validation)).expect("a model");
        let again = learned(&chosen.recipe_for_refit().check().expect("a recipe"), &train);
        assert_eq!(chosen.report.trees, again.report.trees);
        let (found, expected) =
            (again.predict(&later.0).expect("them"), chosen.predict(&later.0).expect("them"));
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                "{recipe:?}: {found} {expected}"
            );
        }
    }
}

#[test]
fn a_kept_model_predicts_the_same() {
    let (train, later) = (shop(600, 13), shop(100, 14));
    for recipe in recipes() {
        let model = learned(&recipe, &train);
        let files = file::save(&model, "spend").expect("files");
        assert_eq!(files[0].name, file::card_name("spend"));
        let mut read =
            |name: &str| files.iter().find(|file| file.name == name).map(|file| file.bytes.clone());
        let again = file::load(&files[0].bytes, &mut read).expect("a model");
        assert_eq!(again, model);
        assert_eq!(again.predict(&later.0), model.predict(&later.0));
    }
}

#[test]
fn a_damaged_model_is_refused() {
    let train = shop(600, 15);
    let problem = |card: &[u8], read: &mut dyn FnMut(&str) -> Option<Vec<u8>>| match file::load(card, read) {
        Err(Error::Damaged { problem }) => problem,
        other => panic!("expected damage, found {other:?}"),
    };
    for recipe in recipes().into_iter().filter(|recipe| !matches!(**recipe, Recipe::Mean)) {
        let model = learned(&recipe, &train);
        let files = file::save(&model, "spend").expect("files");
        let card = &files[0].bytes;
        let intact = |name: &str| files.iter().find(|file| file.name == name).map(|file| file.bytes.clone());
        let cut = problem(&card[..card.len() / 2], &mut |name| intact(name));
        assert!(cut.starts_with("its card cannot be read"), "{cut}");
        let text = String::from_utf8(card.clone()).expect("text");
        let changed = text.replacen("600", "601", 1);
        let found = problem(changed.as_bytes(), &mut |name| intact(name));
        assert_eq!(found, "its card was modified after it was written");
        let later = text.replacen("\"format\": 1", "\"format\": 9", 1);
        let found = problem(later.as_bytes(), &mut |name| intact(name));
        assert_eq!(found, "its card has format 9, expected 1");
        let Some(tree) = files.get(1) else { continue };
        let missing = problem(card, &mut |_| None);
        assert_eq!(missing, format!("`{}` is missing", tree.name));
        let short = problem(card, &mut |name| intact(name).map(|bytes| bytes[..bytes.len() - 9].to_vec()));
        assert!(short.starts_with(&format!("`{}` has ", tree.name)), "{short}");
        let flipped = problem(card, &mut |name| {
            intact(name).map(|mut bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                bytes
            })
        });
        assert_eq!(flipped, format!("`{}` was modified after it was written", tree.name));
    }
}

#[test]
fn other_features_are_refused() {
    let train = shop(600, 16);
    let other =
        Features::new(vec!["recency_days".into(), "age".into()], &[&[1.0], &[2.0]]).expect("features");
    for recipe in recipes() {
        let model = learned(&recipe, &train);
        let expected = Err(Error::OtherFeatures { problem: "`orders` is missing".into() });
        assert_eq!(model.predict(&other), expected);
        assert!(matches!(model.contributions(&other), Err(Error::OtherFeatures { .. })));
    }
    let sample = Sample::new(&train.0, &train.1).expect("a sample");
    let validation = Sample::new(&other, &[1.0]).expect("a sample");
    let found = fit(&Recipe::Linear.check().expect("a recipe"), sample, Some(validation));
    assert!(matches!(found, Err(Error::OtherFeatures { .. })));
}

/// Fits every kind of model: all predictions equal `expected`, and tree models note why.
fn falls_back(shop: &(Features, Vec<f64>), expected: f64, note: &str) {
    for recipe in recipes() {
        let model = learned(&recipe, shop);
        if matches!(*recipe, Recipe::Linear | Recipe::Ridge { .. }) {
            continue;
        }
        for value in model.predict(&shop.0).expect("predictions") {
            assert!((value - expected).abs() < 1e-9 * expected.abs().max(1.0), "{recipe:?}: {value}");
        }
        let notes = &model.report.notes;
        assert!(
            *recipe == Recipe::Mean || notes.iter().any(|found| found.contains(note)),
            "{recipe:?} {notes:?}"
        );
        assert!(model.gain().expect("gains").iter().all(|gain| *gain == 0.0));
        assert!(model.contributions(&shop.0).expect("parts").values.iter().all(|part| *part == 0.0));
        let files = file::save(&model, "spend").expect("files");
        assert_eq!(files.len(), 1);
        assert_eq!(file::load(&files[0].bytes, &mut |_| None), Ok(model));
    }
}

#[test]
fn a_target_that_is_always_zero_is_predicted() {
    let (features, target) = shop(300, 17);
    let zeros = vec![0.0; target.len()];
    for recipe in recipes() {
        let model = learned(&recipe, &(features.clone(), zeros.clone()));
        assert!(model.predict(&features).expect("predictions").iter().all(|value| value.abs() < 1e-12));
    }
    for recipe in recipes().into_iter().skip(3) {
        let model = learned(&recipe, &(features.clone(), zeros.clone()));
        let note = &model.report.notes[0];
        let expected = [
            "the target is 0 for all 300 customers: predicting 0",
            "no customer spent anything: predicting 0",
        ];
        assert!(expected.contains(&note.as_str()), "{note}");
    }
}

#[test]
fn ten_customers_get_their_mean() {
    let (features, _) = shop(10, 18);
    let target: Vec<f64> = (0..10).map(|row| f64::from(row) * 2.0 + 1.0).collect();
    falls_back(&(features, target), 10.0, "no feature splits the 10 customers");
}

#[test]
fn features_that_do_not_vary_leave_the_mean() {
    let (_, target) = shop(200, 19);
    let positive: Vec<f64> = target.iter().map(|value| value + 1.0).collect();
    let mean = positive.iter().sum::<f64>() / 200.0;
    let rare: Vec<f64> = (0..200).map(|row| if row < 5 { 1.0 } else { 0.0 }).collect();
    let names = vec!["constant".into(), "unknown".into(), "rare".into()];
    let features = Features::new(names, &[&[3.0; 200], &[f64::NAN; 200], &rare]).expect("features");
    falls_back(&(features, positive), mean, "no feature splits the 200 customers");
}

#[test]
fn few_buyers_leave_a_hurdle_their_mean_amount() {
    let (features, _) = shop(400, 20);
    let target: Vec<f64> =
        (0..400).map(|row| if row % 40 == 0 { 30.0 + f64::from(row) / 40.0 } else { 0.0 }).collect();
    let params = LightGbmParams { objective: Objective::Hurdle, rounds: 20, ..LightGbmParams::default() };
    let model = learned(&Recipe::LightGbm(params).check().expect("a recipe"), &(features.clone(), target));
    assert_eq!(model.report.trees.len(), 1);
    assert_eq!(
        model.report.notes,
        ["no feature splits the 10 customers into groups of at least 20: predicting their mean"]
    );
    let parts = model.contributions(&features).expect("parts");
    for (row, value) in model.predict(&features).expect("predictions").iter().enumerate() {
        assert!((parts.prediction(row) - value).abs() < 1e-9 * value, "{value}");
    }
}

#[test]
fn refunds_count_as_zero_where_effects_multiply() {
    let (features, mut target) = shop(300, 21);
    target[7] = -50.0;
    for recipe in recipes() {
        let model = learned(&recipe, &(features.clone(), target.clone()));
        let multiplies = model.contributions(&features).expect("parts").log;
        let noted = model.report.notes.iter().any(|note| note == "1 negative target set to 0");
        assert_eq!(noted, multiplies, "{recipe:?}");
    }
}
