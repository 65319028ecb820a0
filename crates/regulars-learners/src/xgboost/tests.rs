//! XGBoost against its own Python package, and parallel against sequential fits.

use super::*;
use crate::golden::{Golden, check_at_once, parts_for};
use crate::shap;

fn check(name: &str, loss: Loss, rounds: u32, stopped: bool, counts: fn(f64) -> bool) {
    let golden = Golden::read();
    let expected = golden.expected("xgboost", name);
    let [learned, validation_part] = parts_for(&golden, loss, counts);
    let sample = Sample::new(&learned.0, &learned.1).expect("a sample");
    let validation = Sample::new(&validation_part.0, &validation_part.1).expect("a sample");
    let params = XgBoostParams { patience: 20, ..XgBoostParams::default() };
    let model = train(sample, stopped.then_some(validation), &params, loss, rounds).expect("a model");
    assert_eq!(model.rounds, expected.rounds, "{name}");
    let rows = 0..validation_part.0.rows();
    let predicted = predict(&model.bytes, &validation_part.0, rows.clone()).expect("predictions");
    let parts = contributions(&model.bytes, &validation_part.0, rows, false).expect("contributions");
    let gains = gain(&model.bytes, validation_part.0.names()).expect("gains");
    expected.check(name, &predicted, &parts, &gains);
    let trees = shap::xgboost(&json(&model.bytes).expect("JSON")).expect("trees");
    let forest = shap::Forest::new(&trees).expect("few features a leaf");
    let ours = forest.contributions(&validation_part.0, 1.0, false, |value| f64::from(value as f32));
    expected.check(name, &predicted, &Contributions { base: parts.base, ..ours }, &gains);
    // The library computes in single precision.
    for (row, predicted) in predicted.iter().enumerate() {
        let sum = parts.base + parts.row(row).iter().sum::<f64>();
        let size = parts.base.abs() + parts.row(row).iter().map(|part| part.abs()).sum::<f64>();
        assert!((sum - loss.link(*predicted)).abs() < 1e-6 * size.max(1.0), "{name}: {sum} {predicted}");
    }
}

#[test]
fn models_are_those_of_the_python_package() {
    let all = |_| true;
    check("squared", Loss::Squared, 300, false, all);
    check("squared, stopped", Loss::Squared, 300, true, all);
    check("tweedie", Loss::Tweedie(1.4), 60, false, all);
    check("gamma", Loss::Gamma, 60, false, |target| target > 0.0);
    check("binary", Loss::Binary, 60, false, all);
    check("binary, stopped", Loss::Binary, 300, true, all);
}

#[test]
fn a_weight_of_two_is_a_customer_twice() {
    let golden = Golden::read();
    let [(features, target), (later, _)] = golden.parts(|_| true);
    let weight: Vec<f64> = (0..target.len()).map(|row| if row % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let rows: Vec<usize> =
        (0..target.len()).flat_map(|row| std::iter::repeat_n(row, weight[row] as usize)).collect();
    let repeated = features.of_rows(&rows);
    let again: Vec<f64> = rows.iter().map(|row| target[*row]).collect();
    let params = XgBoostParams { depth: 3, ..XgBoostParams::default() };
    let predictions = |sample: Sample<'_>| {
        let model = train(sample, None, &params, Loss::Squared, 20).expect("a model");
        predict(&model.bytes, &later, 0..later.rows()).expect("predictions")
    };
    let plain = predictions(Sample::new(&features, &target).expect("a sample"));
    let weighted =
        predictions(Sample::new(&features, &target).and_then(|s| s.weighted(&weight)).expect("a sample"));
    let twice = predictions(Sample::new(&repeated, &again).expect("a sample"));
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>();
    // Thresholds depend slightly on the weights.
    assert!(
        apart(&weighted, &twice) < 0.2 * apart(&plain, &twice),
        "{} {}",
        apart(&weighted, &twice),
        apart(&plain, &twice)
    );
}

#[test]
fn models_learned_at_once_are_those_learned_alone() {
    let golden = Golden::read();
    let [(features, target), (later, after)] = golden.parts(|_| true);
    let sample = Sample::new(&features, &target).expect("a sample");
    let validation = Sample::new(&later, &after).expect("a sample");
    let of = |seed: u32| {
        let params =
            XgBoostParams { seed, row_share: 0.7, feature_share: 0.6, patience: 15, ..Default::default() };
        train(sample, Some(validation), &params, Loss::Squared, 120).expect("a model").bytes
    };
    check_at_once(of);
}

#[test]
fn a_program_copied_with_its_two_folders_finds_the_library_there() {
    let program = std::env::current_exe().expect("this program");
    let programs = program.parent().and_then(std::path::Path::parent).expect("target/<profile>/deps");
    let elsewhere = tempfile::tempdir().expect("a folder");
    for folder in ["xgboost/lib", "xgboost_cpu.libs"] {
        let to = elsewhere.path().join(folder);
        fs_err::create_dir_all(&to).expect("a folder");
        for entry in fs_err::read_dir(programs.join(folder)).expect("the libraries") {
            let entry = entry.expect("a library");
            fs_err::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
    let copy = elsewhere.path().join("program");
    fs_err::copy(&program, &copy).expect("a copy");
    // The dynamic loader then lists what it would load instead of starting the program.
    let output = std::process::Command::new(&copy)
        .env_clear()
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .current_dir("/")
        .output()
        .expect("the program starts");
    let listed = String::from_utf8_lossy(&output.stdout);
    let here = elsewhere.path().to_string_lossy();
    for library in ["libxgboost.so => ", "libgomp-"] {
        let line = listed.lines().find(|line| line.contains(library)).expect("the library is listed");
        assert!(line.contains(&*here), "{line}");
    }
}
