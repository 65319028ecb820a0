//! The same checks for every registered model: a model that is not in the list is not checked.

use std::collections::HashSet;

use super::clv::{self, Discount};
use super::fit::FitSettings;
use super::fixtures::{cdnow, cdnow_in, corners};
use super::model::{FittedLifetimeModel, ModelKind, PurchaseModel};
use super::patterns::{History, Patterns};
use super::search::mean_loss;
use super::time::{Horizon, TimeUnit};
use crate::bg_cnbd_k::{BG_CNBD_K, MBG_CNBD_K};

/// Every model, the regular ones with several k.
fn all_k() -> Vec<(ModelKind, u32)> {
    let stages = |kind: ModelKind| if kind.is_regular() { vec![2, 5] } else { vec![1] };
    ModelKind::ALL.iter().flat_map(|kind| stages(*kind).into_iter().map(|k| (*kind, k))).collect()
}

fn with(kind: ModelKind, k: u32, values: [f64; 4]) -> PurchaseModel {
    PurchaseModel { k, ..kind.with(&values[..kind.parameter_names().len()]) }
}

fn models() -> Vec<PurchaseModel> {
    let counted = cdnow();
    let fit = |kind: &ModelKind| kind.fit(&counted.patterns, &FitSettings::default()).unwrap().model;
    let regular = |k, kind: ModelKind| PurchaseModel { k, ..kind.with(&[0.7, 3.0, 0.4, 2.6]) };
    let mut models: Vec<PurchaseModel> = ModelKind::ALL.iter().map(fit).collect();
    models.push(regular(3, BG_CNBD_K));
    models.push(regular(2, MBG_CNBD_K));
    models
}

const HISTORIES: [History; 4] = [
    History { x: 0, t_x: 0.0, t: 38.9 },
    History { x: 2, t_x: 30.4, t: 38.9 },
    History { x: 26, t_x: 30.9, t: 31.0 },
    History { x: 5, t_x: 3.0, t: 30.0 },
];

/// 50 years at a rate that makes later purchases negligible.
#[test]
fn discounted_purchases_without_end_are_those_of_a_long_horizon() {
    let horizon = Horizon::new(50.0, TimeUnit::Years).unwrap();
    let discount = Discount::Daily(0.002);
    for model in models() {
        for history in HISTORIES {
            let forecast = model.forecast_for(&history);
            let without_end = forecast.discounted_purchases(discount.continuous_rate(TimeUnit::Weeks));
            let long = clv::discounted_purchases(&*forecast, horizon, discount, TimeUnit::Weeks);
            assert!((long / without_end - 1.0).abs() < 1e-6, "{model:?} {history:?}: {long} {without_end}");
        }
    }
}

#[test]
fn the_next_purchase_comes_with_chance_one_half_by_the_median() {
    for model in models() {
        for history in HISTORIES {
            let forecast = model.forecast_for(&history);
            let next = forecast.next_purchase();
            let by_median = forecast.p_any_purchase(next.median);
            assert!(
                (by_median / next.probability - 0.5).abs() < 1e-6,
                "{model:?} {history:?} {next:?} {by_median}"
            );
            assert!(next.probability <= forecast.p_alive() + 1e-12, "{model:?} {history:?} {next:?}");
            // Waiting times are skewed: the mean is later than the median.
            assert!(next.mean.is_none_or(|mean| mean > next.median * 0.8), "{model:?} {history:?} {next:?}");
        }
    }
}

#[test]
fn more_time_means_more_purchases() {
    for model in models() {
        for history in HISTORIES {
            let forecast = model.forecast_for(&history);
            let mut before = (0.0, 0.0);
            for t in [0.01, 1.0, 10.0, 52.0, 500.0, 2600.0] {
                let now = (forecast.expected_purchases(t), forecast.p_any_purchase(t));
                assert!(
                    now.0 > before.0 && now.1 >= before.1,
                    "{model:?} {history:?} {t} {now:?} {before:?}"
                );
                before = now;
            }
        }
    }
}

#[test]
fn keys_are_the_names_in_files() {
    let keys: HashSet<&str> = ModelKind::ALL.iter().map(|kind| kind.key()).collect();
    assert_eq!(keys.len(), ModelKind::ALL.len());
    for &kind in ModelKind::ALL {
        assert_eq!(kind.key(), kind.name().to_lowercase().replace(['/', '-'], "_"));
        assert_eq!(ModelKind::from_key(kind.key()), Some(kind));
        assert_eq!(&kind.parameter_names()[..2], ["r", "alpha"]);
        assert!(kind.random_timing().is_none_or(|plain| !plain.is_regular()));
    }
    assert_eq!(ModelKind::from_key("arima"), None);
}

#[test]
fn slopes_are_those_of_the_likelihood() {
    let patterns = corners();
    let groups = patterns.by_purchases();
    for (kind, k) in all_k() {
        for logs in [
            [0.0; 4],
            [-0.6, 2.4, -0.5, 2.5],
            [-1.4, 1.5, -0.2, 0.9],
            [-3.0, 9.0, -4.0, -6.0],
            [-3.0, 9.0, -4.0, -3.0],
            [3.0, -5.0, 4.0, 9.0],
            [9.0, 12.0, 9.0, 12.0],
        ] {
            let logs = &logs[..kind.parameter_names().len()];
            let value = mean_loss(kind, k, &patterns, &groups, logs);
            assert!(value.value.is_finite(), "{kind:?} {logs:?}: {value:?}");
            for i in 0..logs.len() {
                let at = |step: f64| {
                    let mut moved = logs.to_vec();
                    moved[i] += step;
                    mean_loss(kind, k, &patterns, &groups, &moved).value
                };
                let slope = (8.0 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4;
                let tolerance = 1e-7 * slope.abs().max(1.0) + 1e-11 * value.value.abs() / 1e-4;
                let found = value.gradient[i];
                assert!((found - slope).abs() < tolerance, "{kind:?} {k} {logs:?} {i}: {found} {slope}");
            }
        }
    }
}

#[test]
fn one_history_alone_or_counted_is_the_same() {
    let patterns = corners();
    for (kind, k) in all_k() {
        let model = with(kind, k, [0.24, 4.4, 0.8, 2.4]);
        let logs: Vec<f64> = model.values.iter().map(|value| value.ln()).collect();
        let counted = mean_loss(kind, k, &patterns, &patterns.by_purchases(), &logs).value;
        let sum: f64 = (0..patterns.len()).map(|row| model.log_likelihood(&patterns.history(row))).sum();
        assert!(
            (-sum / patterns.len() as f64 / counted - 1.0).abs() < 1e-13,
            "{kind:?} {k}: {sum} {counted}"
        );
    }
}

#[test]
fn expectations_are_the_means_of_the_counts() {
    for (kind, k) in all_k() {
        let model = with(kind, k, [0.24, 4.4, 0.8, 2.4]);
        for forecast in
            [model.forecast_for(&History { x: 3, t_x: 20.0, t: 38.0 }), model.forecast_for_new_customer()]
        {
            for t in [0.5, 39.0] {
                let counts = forecast.purchase_counts(t, 600);
                let mean: f64 =
                    counts.iter().enumerate().map(|(n, probability)| n as f64 * probability).sum();
                let off = [
                    counts.iter().sum::<f64>() - 1.0,
                    mean - forecast.expected_purchases(t),
                    counts[0] - (1.0 - forecast.p_any_purchase(t)),
                ];
                assert!(off.iter().all(|off| off.abs() < 1e-7), "{kind:?} {k} {t} {off:?}");
            }
        }
    }
}

#[test]
fn answers_at_all_corners_are_numbers() {
    let patterns = corners();
    let ordinary =
        [[0.55, 10.6, 0.6, 11.7], [0.01, 0.1, 1e-3, 1e-3], [1e4, 1e6, 1e4, 1e6], [5.0, 0.1, 1.0, 0.2]];
    for (kind, k) in all_k() {
        let mut all = ordinary.to_vec();
        if kind.parameter_names().contains(&"a") {
            // Nobody drops out.
            all.push([0.3, 10.0, 1e-260, 1.0]);
        }
        for values in all {
            let model = with(kind, k, values);
            for row in 0..patterns.len() {
                let history = patterns.history(row);
                let forecast = model.forecast_for(&history);
                let place = format!("{model:?} {history:?}");
                assert!((0.0..=1.0).contains(&forecast.p_alive()), "{place} {}", forecast.p_alive());
                assert!((forecast.given_alive().p_alive() - 1.0).abs() < 1e-15, "{place}");
                for t in [1e-6, 30.0, 400.0] {
                    let (expected, any) = (forecast.expected_purchases(t), forecast.p_any_purchase(t));
                    assert!(expected >= 0.0 && expected.is_finite(), "{place} {t} {expected}");
                    assert!((0.0..=1.0).contains(&any), "{place} {t} {any}");
                    // The probability is at most the expectation, up to rounding.
                    assert!(any <= expected * (1.0 + 1e-6) + 1e-12, "{place} {t} {any} {expected}");
                }
                let next = forecast.next_purchase();
                assert!((0.0..=1.0).contains(&next.probability) && next.median >= 0.0, "{place} {next:?}");
            }
        }
    }
}

#[test]
fn permuted_customers_have_permuted_forecasts() {
    let patterns = cdnow().patterns;
    let mut reversed = Patterns { log_intervals: patterns.log_intervals, ..Patterns::empty(patterns.unit) };
    for row in (0..patterns.len()).rev() {
        reversed.push(patterns.history(row), patterns.count[row]);
    }
    let year = Horizon::new(1.0, TimeUnit::Years).unwrap();
    for &kind in ModelKind::ALL {
        let fitted = kind.fit(&patterns, &FitSettings::default()).unwrap();
        let forecast = fitted.forecast(&patterns, year, Discount::Monthly(0.01)).unwrap();
        let mut back = fitted.forecast(&reversed, year, Discount::Monthly(0.01)).unwrap();
        for column in [
            &mut back.p_alive,
            &mut back.expected_purchases,
            &mut back.p_any_purchase,
            &mut back.discounted_purchases,
        ] {
            column.reverse();
        }
        assert_eq!(forecast, back, "{kind:?}");
    }
}

#[test]
fn the_time_unit_changes_nothing_but_units() {
    for &kind in ModelKind::ALL {
        let fit = |unit| kind.fit(&cdnow_in(unit).patterns, &FitSettings::default()).unwrap();
        let weeks = fit(TimeUnit::Weeks);
        for unit in [TimeUnit::Days, TimeUnit::Years] {
            let other = fit(unit);
            let ratio = 7.0 / unit.days();
            for ((name, value), (_, in_weeks)) in
                other.model.parameters().into_iter().zip(weeks.model.parameters())
            {
                let expected = if matches!(name, "alpha" | "beta") { in_weeks * ratio } else { in_weeks };
                assert!((value / expected - 1.0).abs() < 1e-6, "{kind:?} {name}: {value} {expected}");
            }
            // Densities scale with the time unit, once per repeat purchase (2,457).
            let expected = weeks.report.log_likelihood - 2457.0 * ratio.ln();
            assert!((other.report.log_likelihood - expected).abs() < 1e-6);
        }
    }
}

#[test]
fn stored_models_are_read_back() {
    let report = ModelKind::ALL[0].fit(&cdnow().patterns, &FitSettings::default()).unwrap().report;
    for (kind, k) in all_k() {
        let model = with(kind, k, [0.1, 1.0 / 3.0, 2e-300, 7.0]);
        let text = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<PurchaseModel>(&text).unwrap(), model, "{text}");
        let fitted = FittedLifetimeModel { model, unit: TimeUnit::Days, report: report.clone() };
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<FittedLifetimeModel>(&text).unwrap(), fitted, "{text}");
        assert!(text.starts_with(&format!(r#"{{"model":"{}","#, kind.key())), "{text}");
    }
}

/// Files of earlier versions stay readable: this is their format.
#[test]
fn the_format_of_stored_models_is_fixed() {
    let regular = with(BG_CNBD_K, 3, [0.5, 2.0, 0.25, 4.0]);
    let text = r#"{"model":"bg_cnbd_k","k":3,"r":0.5,"alpha":2.0,"a":0.25,"b":4.0}"#;
    assert_eq!(serde_json::to_string(&regular).unwrap(), text);
    let beside = text.replace("\"k\":3", "\"k\":3,\"note\":\"any\",\"other\":{\"r\":[1]}");
    assert_eq!(serde_json::from_str::<PurchaseModel>(&beside).unwrap(), regular);
    for (from, to, expected) in [
        ("bg_cnbd_k", "arima", "unknown model `arima`"),
        ("\"k\":3,", "", "missing field `k`"),
        ("\"b\":4.0", "\"c\":4.0", "missing field `b`"),
        ("4.0", "\"4\"", "parameter `b` is not a number"),
    ] {
        let refused = serde_json::from_str::<PurchaseModel>(&text.replace(from, to)).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}
