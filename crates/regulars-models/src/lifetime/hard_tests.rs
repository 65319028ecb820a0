//! Real shops on which every public package fails at least once: each of our models fits or reports its
//! boundary, and every customer has a prediction.
//!
//! The log-likelihoods are our own. `fixtures/golden/` has none from other packages: where one converged it
//! reached the same value, see `bench/clv.sh`.

use super::fit::FitSettings;
use super::fixtures::shop;
use super::model::ModelKind;
use crate::bg_nbd::BG_NBD;
use crate::mbg_nbd::MBG_NBD;
use crate::pareto_nbd::PARETO_NBD;

/// Fits all models and checks the log-likelihoods of NBD, Pareto/NBD, BG/NBD, MBG/NBD, BG/CNBD-k,
/// MBG/CNBD-k.
fn check(name: &str, expected: [f64; 6], without_dropout: &[ModelKind]) {
    let (patterns, _) = shop(name);
    for (kind, expected) in ModelKind::ALL.iter().copied().zip(expected) {
        let fitted = kind.fit(&patterns, &FitSettings::default()).unwrap();
        let report = &fitted.report;
        assert!((report.log_likelihood - expected).abs() < 1e-2, "{kind:?} {}", report.log_likelihood);
        let boundary =
            report.boundary.as_ref().is_some_and(|boundary| boundary.words.contains("no dropout visible"));
        assert_eq!(boundary, without_dropout.contains(&kind), "{kind:?} {:?}", report.boundary);
        for row in 0..patterns.len() {
            let forecast = fitted.model.forecast_for(&patterns.history(row));
            let values =
                [forecast.p_alive(), forecast.expected_purchases(180.0), forecast.p_any_purchase(180.0)];
            assert!(
                values.iter().all(|value| value.is_finite() && *value >= 0.0),
                "{kind:?} {row} {values:?}"
            );
            assert!(values[0] <= 1.0 && values[2] <= 1.0, "{kind:?} {row} {values:?}");
        }
    }
}

const STAYING: [ModelKind; 3] = [PARETO_NBD, BG_NBD, MBG_NBD];

#[test]
fn online_retail_over_two_years() {
    let expected = [-94_822.479_4, -94_691.037_4, -94_666.023_0, -94_680.766_1, -94_166.242_7, -94_193.500_2];
    check("retail_two_years", expected, &[]);
}

#[test]
fn online_retail_over_nine_months() {
    let expected = [-35_474.014_6, -35_474.014_6, -35_474.014_6, -35_474.014_6, -34_923.469_7, -34_935.976_9];
    check("retail_one_year", expected, &STAYING);
}

#[test]
fn complete_journey() {
    let expected =
        [-156_431.102_5, -156_363.017_7, -156_366.619_3, -156_367.094_9, -150_593.648_8, -150_594.213_6];
    check("complete_journey", expected, &[]);
}
