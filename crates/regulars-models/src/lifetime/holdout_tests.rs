//! The published holdout forecasts of the CDNOW sample over 39 weeks.

use regulars_stats::forecast_accuracy as accuracy;

use super::Error;
use super::clv::Discount;
use super::fit::FitSettings;
use super::fixtures::{cdnow, cdnow_table};
use super::holdout::{Criterion, Holdout, best, evaluate, independence};
use super::model::{FittedLifetimeModel, ModelKind};
use super::time::{Horizon, TimeUnit};
use crate::bg_nbd::BG_NBD;
use crate::gamma_gamma::{self, Spend};
use crate::mbg_nbd::MBG_NBD;
use crate::nbd::NBD;
use crate::pareto_nbd::PARETO_NBD;

const WEEKS_39: Horizon = Horizon { count: 39.0, unit: TimeUnit::Weeks };

fn fitted(kind: ModelKind) -> FittedLifetimeModel {
    kind.fit(&cdnow().patterns, &FitSettings::default()).unwrap()
}

fn evaluated(kind: ModelKind) -> Holdout {
    evaluate(&fitted(kind), &cdnow(), cdnow_table().column("x_star"), WEEKS_39).unwrap()
}

fn check(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
}

#[test]
fn published_errors() {
    let mut all = Vec::new();
    for (kind, sum, mae, rmse) in [
        (PARETO_NBD, 1665.7, 0.754_52, 1.602_85),
        (BG_NBD, 1653.4, 0.785_45, 1.607_98),
        (MBG_NBD, 1576.7, 0.764_78, 1.607_18),
        (NBD, 2929.8, 1.041_02, 1.859_52),
    ] {
        let holdout = evaluated(kind);
        check(holdout.expected, sum, 0.3);
        check(holdout.mae, mae, 1e-4);
        check(holdout.rmse, rmse, 1e-4);
        check(holdout.actual, 1882.0, 1e-9);
        check(holdout.bias.unwrap(), sum / 1882.0 - 1.0, 2e-4);
        assert_eq!(holdout.by_frequency.iter().map(|class| class.customers).sum::<u64>(), 2357);
        assert_eq!(holdout.by_frequency[0].customers, 1411);
        // Counts are whole: coverage is at least nominal where the model is right.
        assert!(holdout.coverage_90 > 0.85, "{kind:?} {}", holdout.coverage_90);
        all.push((kind, holdout));
    }
    assert_eq!(best(&all, Criterion::Rmse), Some(PARETO_NBD));
    assert_ne!(best(&all, Criterion::LogLikelihood), Some(NBD));
    assert_eq!(best(&[], Criterion::Rmse), None);
}

#[test]
fn published_tracking() {
    let patterns = cdnow().patterns;
    for (kind, at_end, after) in [(PARETO_NBD, 2532.8, 4275.5), (BG_NBD, 2501.5, 4165.6)] {
        // BTYD counts whole weeks from 1997-01-01: its week 39 ends one day after the calibration period.
        let day = 1.0 / 7.0;
        let points = fitted(kind).tracking(&patterns, &[-39.5, day, 39.0 + day]).unwrap();
        check(points[0].cumulative, 0.0, 1e-12);
        check(points[1].cumulative / at_end, 1.0, 1e-4);
        check(points[2].cumulative / after, 1.0, 1e-4);
        check(points[2].incremental, points[2].cumulative - points[1].cumulative, 1e-9);
    }
}

#[test]
fn published_distribution_of_counts() {
    let patterns = cdnow().patterns;
    let actual = [1411.0, 439.0, 214.0, 100.0, 62.0, 38.0, 29.0, 64.0];
    for (kind, expected) in [
        (PARETO_NBD, [1434.0, 396.9, 193.5, 111.8, 70.0, 45.9, 30.9, 74.0]),
        (BG_NBD, [1407.7, 460.3, 192.5, 101.2, 59.8, 38.1, 25.5, 71.8]),
    ] {
        let classes = fitted(kind).count_classes(&patterns, 7).unwrap();
        for ((class, actual), expected) in classes.iter().zip(actual).zip(expected) {
            check(class.actual, actual, 1e-9);
            check(class.expected, expected, 0.15);
        }
    }
}

#[test]
fn published_forecast_of_spend() {
    let table = cdnow_table();
    let (x, mean) = (table.column("x"), table.column("m_x"));
    let spend = gamma_gamma::fit(&Spend { x, mean }, &FitSettings::default()).unwrap();
    let actual = table.column("sales_star");
    let counted = cdnow();
    let model = fitted(PARETO_NBD);
    let forecast_of_purchases = model.forecast(&counted.patterns, WEEKS_39, Discount::None).unwrap();
    let value: Vec<f64> = counted
        .to_customers(&forecast_of_purchases.expected_purchases)
        .iter()
        .enumerate()
        .map(|(row, purchases)| purchases.unwrap() * spend.expected_spend(x[row], mean[row]))
        .collect();
    let errors = accuracy::forecast_errors(actual, &value).unwrap();
    check(errors.mae, 29.454, 0.01);
    check(errors.rmse, 72.183, 0.02);
    check(errors.bias.unwrap(), -0.148, 6e-4);
    check(accuracy::spearman(actual, &value).unwrap().unwrap(), 0.445_14, 1e-4);
    check(accuracy::normalised_gini(actual, &value).unwrap().unwrap(), 0.659_45, 3e-4);
    check(accuracy::share_of_top(actual, &value, 0.1).unwrap().unwrap(), 0.5032, 2e-3);
}

// lifetimes, with its weeks given as weeks: 36.2785, with a month of 4.345 weeks and rounded times.
#[test]
fn a_year_of_months_has_a_unit() {
    let table = cdnow_table();
    let spend = Spend { x: table.column("x"), mean: table.column("m_x") };
    let spend = gamma_gamma::fit(&spend, &FitSettings::default()).unwrap();
    let counted = cdnow();
    let model = fitted(BG_NBD);
    let row = counted.pattern_of[0] as usize;
    let value = |horizon: Horizon, discount: Discount| {
        model.forecast(&counted.patterns, horizon, discount).unwrap().discounted_purchases[row]
            * spend.expected_spend(2.0, 22.345)
    };
    let year = value(Horizon { count: 12.0, unit: TimeUnit::Months }, Discount::Monthly(0.01));
    check(year, 36.2785, 0.01);
    check(value(Horizon { count: 365.0, unit: TimeUnit::Days }, Discount::Monthly(0.01)), year, 1e-9);
    let daily = value(
        Horizon { count: 1.0, unit: TimeUnit::Years },
        Discount::Daily(1.01_f64.powf(12.0 / 365.0) - 1.0),
    );
    assert!(daily > year && daily < year * 1.01, "{daily} {year}");
}

#[test]
fn spend_that_goes_with_frequency_is_warned_about() {
    let table = cdnow_table();
    let found = independence(table.column("x"), table.column("m_x")).unwrap();
    assert_eq!(found.customers, 946);
    assert!(found.correlation.unwrap().abs() < 0.15, "{found:?}");
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let spend: Vec<f64> = x.iter().map(|x| 5.0 + 0.1 * x).collect();
    let warned = independence(&x, &spend).unwrap();
    assert_eq!(warned.customers, 99);
    assert!(warned.warning.unwrap().contains("spend more"));
}

#[test]
fn customers_in_another_unit_are_refused() {
    let days = super::fixtures::cdnow_in(TimeUnit::Days);
    let refused = fitted(BG_NBD).forecast(&days.patterns, WEEKS_39, Discount::None);
    assert!(matches!(refused, Err(Error::MixedUnits { .. })), "{refused:?}");
}
