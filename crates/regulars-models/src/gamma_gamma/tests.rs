//! Published numbers, gradients, and invalid tables.

use regulars_stats::optimise::ValueAndGradient;

use super::likelihood::{known, mean_loss};
use super::*;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::fixtures::cdnow_table;

fn cdnow() -> FittedGammaGamma {
    let table = cdnow_table();
    fit(&Spend { x: table.column("x"), mean: table.column("m_x") }, &FitSettings::default()).unwrap()
}

#[test]
fn published_fit() {
    let fitted = cdnow();
    let GammaGammaParams { p, q, gamma } = fitted.params;
    for (found, expected, error, published) in
        [(p, 6.249_349, 0, 1.190), (q, 3.744_256, 1, 0.290), (gamma, 15.444_307, 2, 4.160)]
    {
        assert!((found / expected - 1.0_f64).abs() < 1e-3, "{fitted:?}");
        let found = fitted.report.parameters[error].standard_error.unwrap();
        assert!((found / published - 1.0_f64).abs() < 0.02, "{found} {published}");
    }
    assert!((fitted.report.log_likelihood + 4055.9177).abs() < 1e-4, "{}", fitted.report.log_likelihood);
    let table = cdnow_table();
    let spend = Spend { x: table.column("x"), mean: table.column("m_x") };
    let again = log_likelihood(&fitted.params, &spend).unwrap();
    assert!((again - fitted.report.log_likelihood).abs() < 1e-8, "{again}");
    assert!(log_likelihood(&GammaGammaParams { p: -1.0, ..fitted.params }, &spend).is_err());
    assert_eq!(fitted.report.customers, 946);
    assert_eq!(fitted.excluded.no_repeat, 1411);
}

#[test]
fn published_expectations() {
    let fitted = cdnow();
    assert!((fitted.mean_spend() - 35.1704).abs() < 1e-3, "{}", fitted.mean_spend());
    let table = cdnow_table();
    let (x, mean) = (table.column("x"), table.column("m_x"));
    for (row, expected) in table.column("gg_expected_spend").iter().enumerate() {
        let found = fitted.expected_spend(x[row], mean[row]);
        assert!((found / expected - 1.0).abs() < 1e-4, "row {row}: {found}, expected {expected}");
    }
}

#[test]
fn slopes_are_those_of_the_likelihood() {
    let spend = Spend { x: &[1.0, 1.0, 3.0, 200.0, 10_000.0], mean: &[0.01, 7.0, 2.5, 1e4, 3.0] };
    let counted = SpendPatterns::of(&spend).unwrap().0;
    let known = known(&counted);
    for logs in [[0.0, 0.0, 0.0], [1.8, 1.3, 2.7], [-2.0, 3.0, -4.0], [6.0, 8.0, 9.0]] {
        let at = |logs: &[f64]| -> ValueAndGradient { mean_loss(&counted, &known, logs) };
        for i in 0..3 {
            let (mut above, mut below) = (logs, logs);
            above[i] += 1e-5;
            below[i] -= 1e-5;
            let slope = (at(&above).value - at(&below).value) / 2e-5;
            let found = at(&logs).gradient[i];
            assert!((found - slope).abs() < 1e-6 * slope.abs().max(1.0), "{logs:?} {i}: {found} {slope}");
        }
    }
}

#[test]
fn spend_that_cannot_be_is_left_out_and_counted() {
    let x = [2.0, 1.0, 0.0, 3.0, 1.0, 1.5, 4.0];
    let mean = [10.0, 20.0, 0.0, -5.0, 0.0, 10.0, f64::NAN];
    let (counted, excluded) = SpendPatterns::of(&Spend { x: &x, mean: &mean }).unwrap();
    assert_eq!(counted.x, [1.0, 2.0]);
    assert_eq!(excluded, Exclusions { no_repeat: 1, not_positive: 2, not_a_number: 2 });
}

#[test]
fn too_few_customers_are_refused() {
    let refused = fit(&Spend { x: &[0.0, 2.0], mean: &[0.0, 4.0] }, &FitSettings::default());
    assert!(matches!(refused, Err(Error::TooFewRepeatCustomers { .. })), "{refused:?}");
    let refused = fit(&Spend { x: &[0.0, 2.0], mean: &[0.0] }, &FitSettings::default());
    assert!(matches!(refused, Err(Error::ColumnLengths { .. })), "{refused:?}");
}

#[test]
fn money_counts_in_any_unit() {
    let table = cdnow_table();
    let cents: Vec<f64> = table.column("m_x").iter().map(|mean| mean * 100.0).collect();
    let in_cents = fit(&Spend { x: table.column("x"), mean: &cents }, &FitSettings::default()).unwrap();
    let fitted = cdnow();
    assert!((in_cents.params.gamma / fitted.params.gamma - 100.0).abs() < 1e-6);
    assert!((in_cents.params.p - fitted.params.p).abs() < 1e-7);
}

#[test]
fn customers_who_all_spend_alike() {
    let mean: Vec<f64> = (0..50).map(|_| 12.0).collect();
    let x: Vec<f64> = (0..50).map(|i| f64::from(1 + i % 5)).collect();
    let fitted = fit(&Spend { x: &x, mean: &mean }, &FitSettings::default()).unwrap();
    let words = fitted.report.boundary.clone().unwrap().words;
    assert!(words.contains("spend"), "{words}");
    let expected = fitted.expected_spend(3.0, 12.0);
    assert!((expected - 12.0).abs() < 1e-2, "{expected} {fitted:?}");
}

#[test]
fn the_parametric_bootstrap_agrees_with_the_delta_method() {
    let table = cdnow_table();
    let spend = Spend { x: table.column("x"), mean: table.column("m_x") };
    let fitted = fit(&spend, &FitSettings::default()).unwrap();
    let again = || fitted.bootstrap(&spend, 60, 0.9, 9, &FitSettings::default()).unwrap();
    let found = again();
    assert_eq!(found, again());
    assert_eq!((found.fits, found.at_boundary), (60, 0));
    for (bootstrap, parameter) in found.parameters.iter().zip(&fitted.report.parameters) {
        let (low, high) = parameter.interval_90.unwrap();
        let ratio = (bootstrap.high / bootstrap.low).ln() / (high / low).ln();
        assert!((0.6..1.6).contains(&ratio), "{}: {bootstrap:?} {low} {high}", parameter.name);
    }
}
