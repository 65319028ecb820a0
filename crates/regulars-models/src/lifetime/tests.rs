//! Published numbers for the CDNOW sample, for all models.

use super::fit::FitSettings;
use super::fixtures::{cdnow, cdnow_table};
use super::model::{FittedLifetimeModel, ModelKind, PurchaseModel};
use crate::bg_cnbd_k::{BG_CNBD_K, MBG_CNBD_K};
use crate::bg_nbd::BG_NBD;
use crate::mbg_nbd::MBG_NBD;
use crate::nbd::NBD;
use crate::pareto_nbd::PARETO_NBD;

fn fitted(kind: ModelKind) -> FittedLifetimeModel {
    kind.fit(&cdnow().patterns, &FitSettings::default()).unwrap()
}

fn check_fit(kind: ModelKind, parameters: &[f64], log_likelihood: f64) {
    let fitted = fitted(kind);
    for ((name, found), expected) in fitted.model.parameters().iter().zip(parameters) {
        assert!((found / expected - 1.0).abs() < 1e-3, "{kind:?} {name} {found}, expected {expected}");
    }
    let found = fitted.report.log_likelihood;
    assert!((found - log_likelihood).abs() < 1e-4, "{kind:?} {found}, expected {log_likelihood}");
    assert_eq!(fitted.report.boundary, None);
}

// R's BTYD, BTYDplus and CLVTools agree on these.
#[test]
fn published_fits() {
    check_fit(NBD, &[0.384_766, 12.072_014], -9763.6576);
    check_fit(PARETO_NBD, &[0.553_355, 10.578_67, 0.605_943, 11.657_81], -9594.9762);
    check_fit(BG_NBD, &[0.242_595_7, 4.413_657_5, 0.792_986_3, 2.426_161_7], -9582.4292);
    check_fit(MBG_NBD, &[0.524_844, 6.183_093, 0.891_388, 1.614_048], -9582.1357);
    check_fit(BG_CNBD_K, &[0.242_595_7, 4.413_657_5, 0.792_986_3, 2.426_161_7], -9582.4292);
    check_fit(MBG_CNBD_K, &[0.524_844, 6.183_093, 0.891_388, 1.614_048], -9582.1357);
}

#[test]
fn published_standard_errors() {
    for (kind, expected) in
        [(PARETO_NBD, [0.0476, 0.8427, 0.1871, 6.204]), (BG_NBD, [0.012_56, 0.3782, 0.1857, 0.7054])]
    {
        let report = fitted(kind).report;
        for (parameter, expected) in report.parameters.iter().zip(expected) {
            let found = parameter.standard_error.unwrap();
            assert!(
                (found / expected - 1.0).abs() < 0.02,
                "{kind:?} {}: {found}, {expected}",
                parameter.name
            );
        }
        assert!(report.correlation.iter().enumerate().all(|(i, row)| (row[i] - 1.0).abs() < 1e-12));
    }
}

/// Predictions for every customer by R packages over 39 weeks: to 1e-4 with their parameters; to 5e-4 with
/// ours, which for the Pareto/NBD are closer to the maximum (by 2e-6 of the log-likelihood, as verified
/// with mpmath at 40 digits).
#[test]
fn published_predictions_of_every_customer() {
    let pareto = [0.553_355, 10.578_67, 0.605_943, 11.657_81];
    let bg = [0.242_595_7, 4.413_657_5, 0.792_986_3, 2.426_161_7];
    let mbg = [0.524_844, 6.183_093, 0.891_388, 1.614_048];
    for (kind, published, expected_name, alive_name) in [
        (PARETO_NBD, pareto, "pnbd_cet39", "pnbd_palive"),
        (BG_NBD, bg, "bgnbd_cet39", "bgnbd_palive"),
        (MBG_NBD, mbg, "mbgnbd_cet39", "mbgnbd_palive"),
    ] {
        check_predictions(&kind.with(&published), expected_name, alive_name, 1e-4);
        check_predictions(&fitted(kind).model, expected_name, alive_name, 5e-4);
    }
}

fn check_predictions(model: &PurchaseModel, expected_name: &str, alive_name: &str, tolerance: f64) {
    let table = cdnow_table();
    let counted = cdnow();
    let (expected, alive) = (table.column(expected_name), table.column(alive_name));
    let discounted = table.column("pnbd_dert_d0027");
    for (row, pattern) in counted.pattern_of.iter().enumerate() {
        let forecast = model.forecast_for(&counted.patterns.history(*pattern as usize));
        let close = |found: f64, expected: f64, what: &str| {
            let error = (found - expected).abs() / expected.max(1.0);
            assert!(error < tolerance, "{model:?} row {row} {what}: {found} {expected}");
        };
        close(forecast.expected_purchases(39.0), expected[row], "expectation");
        close(forecast.p_alive(), alive[row], "P(alive)");
        // With their own parameters: DERT extends over decades and magnifies the difference.
        if model.kind == PARETO_NBD && tolerance <= 1e-4 {
            close(forecast.discounted_purchases(0.0027), discounted[row], "DERT");
        }
    }
}

#[test]
fn published_expectations_of_a_new_customer() {
    for (kind, expected) in [(PARETO_NBD, 1.473_448), (BG_NBD, 1.443_999)] {
        let found = fitted(kind).model.forecast_for_new_customer().expected_purchases(52.0);
        assert!((found - expected).abs() < 1e-4, "{kind:?}: {found}");
    }
}

#[test]
fn published_mean_chances_to_be_alive() {
    for (kind, expected) in [(PARETO_NBD, 0.446_267), (BG_NBD, 0.813_440), (MBG_NBD, 0.448_720)] {
        let (patterns, model) = (cdnow().patterns, fitted(kind).model);
        let sum: f64 = (0..patterns.len())
            .map(|row| patterns.count[row] * model.forecast_for(&patterns.history(row)).p_alive())
            .sum();
        let found = sum / patterns.customers();
        assert!((found - expected).abs() < 1e-4, "{kind:?}: {found}, expected {expected}");
    }
}
