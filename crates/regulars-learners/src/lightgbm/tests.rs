//! LightGBM against its own Python package, and parallel against sequential fits.

use super::*;
use crate::golden::{Golden, check_at_once, parts_for};
use crate::shap;
use crate::tree_sums::TreeSums;

fn check(name: &str, loss: Loss, rounds: u32, stopped: bool, counts: fn(f64) -> bool) {
    let golden = Golden::read();
    let expected = golden.expected("lightgbm", name);
    let [learned, validation] = parts_for(&golden, loss, counts);
    let sample = |part: &'static (Features, Vec<f64>)| Sample::new(&part.0, &part.1).expect("a sample");
    let [learned, validation]: [&'static _; 2] =
        [Box::leak(Box::new(learned)), Box::leak(Box::new(validation))];
    let (settings, trees) = if name == "forest" {
        let params = ForestParams { trees: rounds, ..ForestParams::default() };
        (forest(&params), rounds)
    } else {
        let params = LightGbmParams { patience: 20, ..LightGbmParams::default() };
        (boosting(&params, loss, rounds, stopped), 1)
    };
    let model = train(sample(learned), stopped.then(|| sample(validation)), &settings).expect("a model");
    assert_eq!(model.rounds, expected.rounds, "{name}");
    let rows = 0..validation.0.rows();
    let predicted = predict(&model.text, &validation.0, rows.clone()).expect("predictions");
    let parts = contributions(&model.text, &validation.0, rows, trees, false).expect("contributions");
    let gains = gain(&model.text).expect("gains");
    expected.check(name, &predicted, &parts, &gains);
    let read = shap::lightgbm(&model.text).expect("trees");
    // Bit by bit.
    let sums = TreeSums::new(&read).expect("few leaves").of(&validation.0, 0..validation.0.rows());
    for (sum, predicted) in sums.iter().zip(&predicted) {
        assert_eq!(loss.of_sum(sum / f64::from(trees)).to_bits(), predicted.to_bits(), "{name}");
    }
    let forest = shap::Forest::new(&read).expect("few features a leaf");
    let ours = forest.contributions(&validation.0, 1.0 / f64::from(trees), false, |value| value);
    expected.check(name, &predicted, &ours, &gains);
    for (row, predicted) in predicted.iter().enumerate() {
        let sum = parts.base + parts.row(row).iter().sum::<f64>();
        assert!((sum - loss.link(*predicted)).abs() < 1e-9 * sum.abs().max(1.0), "{name}: {sum} {predicted}");
    }
}

#[test]
fn models_are_those_of_the_python_package() {
    let all = |_| true;
    check("squared", Loss::Squared, 300, false, all);
    check("squared, stopped", Loss::Squared, 300, true, all);
    check("tweedie", Loss::Tweedie(1.4), 60, false, all);
    check("tweedie, stopped", Loss::Tweedie(1.4), 300, true, all);
    check("gamma", Loss::Gamma, 60, false, |target| target > 0.0);
    check("binary", Loss::Binary, 60, false, all);
    check("forest", Loss::Squared, 100, false, all);
}

#[test]
fn models_learned_at_once_are_those_learned_alone() {
    let golden = Golden::read();
    let [(features, target), (later, after)] = golden.parts(|_| true);
    let sample = Sample::new(&features, &target).expect("a sample");
    let validation = Sample::new(&later, &after).expect("a sample");
    let of = |seed: u32| {
        let params =
            LightGbmParams { seed, row_share: 0.7, feature_share: 0.6, patience: 15, ..Default::default() };
        let settings = boosting(&params, Loss::Squared, 120, true);
        train(sample, Some(validation), &settings).expect("a model").text
    };
    check_at_once(of);
}

#[test]
fn what_divides_customers() {
    let of = |column: Vec<f64>| divides(&Features::new(vec!["a".into()], &[&column]).expect("features"));
    let ones = |count: usize, rows: usize| (0..rows).map(|row| f64::from(u8::from(row < count))).collect();
    assert!(!of(ones(39, 39)));
    assert!(!of(ones(19, 100)));
    assert!(of(ones(20, 100)));
    assert!(!of(ones(81, 100)));
    let missing = |count: usize| (0..100).map(|row| if row < count { f64::NAN } else { 1.0 }).collect();
    assert!(of(missing(20)));
    assert!(!of(missing(19)));
    assert!(!of(missing(100)));
}
