//! The tables of lifetime value as Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use regulars_core::dates::DAY_MICROS;
use regulars_core::tables::{
    churn_comparison, churn_reliability, feature_importance, ltv_deciles, ltv_frequency, ltv_predictions,
    ltv_summary, ltv_tracking, model_comparison, model_parameters,
};
use regulars_models::lifetime::fit::FitReport;
use regulars_stats::forecast_accuracy::ForecastMetrics;

use super::groups::{deciles, groups};
use super::largest::learned_without;
use super::value_result::ValueResult;
use super::write_learned::{self, Explained};
use crate::btyd::{SpendModel, WithoutLargest, fit_remark, stages, unit_of};
use crate::error::{Error, Kind, Result};
use crate::histories::{Calibration, TRACKING_DAYS};
use crate::learned::model_keys;
use crate::request::ValueRequest;
use crate::tables::{self, known_minor, money_minor, numbers, numbers_or_none, write, write_rows};

/// Classes of repeat purchases: 0, 1, … and the last with all above.
const LAST_CLASS: u32 = 7;

/// Rows of the small tables, some of which are also in the summary.
pub(super) struct Rows {
    pub(super) groups: Vec<ltv_summary::Row>,
    pub(super) models: Vec<model_comparison::Row>,
    pub(super) importance: Vec<feature_importance::Row>,
    pub(super) churn: Vec<churn_comparison::Row>,
    pub(super) reliability: Vec<churn_reliability::Row>,
    pub(super) deciles: Vec<ltv_deciles::Row>,
}

impl Rows {
    pub(super) fn new(request: &ValueRequest<'_>, found: &ValueResult, explained: &Explained) -> Self {
        let unit = request.money_unit();
        Self {
            groups: groups(request, found),
            models: comparison_rows(found, unit),
            importance: write_learned::importance_rows(found, explained, unit),
            churn: write_learned::churn_rows(found),
            reliability: write_learned::reliability_rows(found),
            deciles: write_learned::decile_rows(found, unit),
        }
    }
}

pub(super) fn write_tables(
    request: &ValueRequest<'_>,
    found: &ValueResult,
    explained: &Explained,
    rows: &Rows,
) -> Result<()> {
    let dir = request.dir;
    write_predictions(request, found)?;
    write_rows(dir, &rows.groups)?;
    write_rows(dir, &rows.models)?;
    write_rows(dir, &rows.importance)?;
    write_rows(dir, &rows.churn)?;
    write_rows(dir, &rows.reliability)?;
    write_rows(dir, &rows.deciles)?;
    write_rows(dir, &parameter_rows(request, found))?;
    write_rows(dir, &tracking_rows(found)?)?;
    write_rows(dir, &frequency_rows(found)?)?;
    write_learned::write_tables(request, found, explained)
}

fn write_predictions(request: &ValueRequest<'_>, found: &ValueResult) -> Result<()> {
    let unit = request.money_unit();
    let forecast = &found.forecast;
    let now = &found.base.now;
    let customers = now.x.len();
    let money = |values: &[f64]| -> Option<ArrayRef> {
        Some(Arc::new(Int64Array::from_iter_values(values.iter().map(|value| money_minor(*value, unit)))))
    };
    let ends = |values: &[f64]| -> Option<ArrayRef> {
        Some(Arc::new(values.iter().map(|value| known_minor(*value, unit)).collect::<Int64Array>()))
    };
    let number = |values: &[f64]| Some(numbers(values));
    let whole = |values: &[f64]| -> Option<ArrayRef> {
        Some(Arc::new(Int64Array::from_iter_values(values.iter().map(|value| value.round() as i64))))
    };
    // Columns of the holdout: none without a calibration period, empty for customers acquired after it.
    let held = found.base.calibration.as_ref();
    let holdout_forecast = &found.holdout_forecast;
    let held_whole = |of: &dyn Fn(&Calibration, usize) -> i64| -> Option<ArrayRef> {
        let values = held.map(|kept| in_holdout(kept, customers, |at| of(kept, at)))?;
        Some(Arc::new(Int64Array::from(values)))
    };
    let held_number =
        |values: &[f64]| held.map(|kept| numbers_or_none(in_holdout(kept, customers, |at| values[at])));
    let churned = found.learned.done().map(|learned| &learned.churned);
    let p_churn = churned.map_or_else(
        || vec![None; customers],
        |churned| churned.p_churn().iter().copied().map(Some).collect(),
    );
    let holdout_p_churn = churned
        .and_then(|churned| held_number(churned.holdout_p_churn()))
        .unwrap_or_else(|| numbers_or_none(vec![None; customers]));
    let btyd = &found.intervals.btyd;
    let models = found.learned_models();
    let learned = |key: &str| -> [Option<ArrayRef>; 3] {
        let name = model_keys().find(|(known, _)| *known == key).map(|(_, name)| name);
        let at = models.iter().position(|model| Some(model.name) == name);
        match at.map(|at| &found.intervals.learned[at].ends) {
            Some(found) => [&found.value, &found.low, &found.high].map(|values| ends(values)),
            None => [(); 3].map(|()| Some(Arc::new(Int64Array::from(vec![None; customers])) as ArrayRef)),
        }
    };
    let [linear_ltv_minor, linear_low_minor, linear_high_minor] = learned("linear");
    let [ridge_ltv_minor, ridge_low_minor, ridge_high_minor] = learned("ridge");
    let [random_forest_ltv_minor, random_forest_low_minor, random_forest_high_minor] =
        learned("random_forest");
    let [xgboost_ltv_minor, xgboost_low_minor, xgboost_high_minor] = learned("xgboost");
    let [lightgbm_ltv_minor, lightgbm_low_minor, lightgbm_high_minor] = learned("lightgbm");
    let [blend_ltv_minor, blend_low_minor, blend_high_minor] = learned("blend");
    let [learned_purchases, learned_purchases_low, learned_purchases_high] = match &found.intervals.orders {
        Some(ends) => [&ends.value, &ends.low, &ends.high].map(|values| number(values)),
        None => [(); 3].map(|()| Some(numbers_or_none(vec![None; customers]))),
    };
    // Gross margin; empty if no margin is set.
    let margin = |values: &[f64]| -> Option<ArrayRef> {
        let margin = request.config.margin;
        let of_one = |value: &f64| margin.map(|margin| money_minor(value * margin, unit));
        Some(Arc::new(values.iter().map(of_one).collect::<Int64Array>()))
    };
    let columns = ltv_predictions::Columns {
        customer_id: Some(Arc::clone(&request.rfm.customer_id)),
        predicted_ltv_minor: money(&forecast.value),
        predicted_low_minor: ends(&forecast.value_low),
        predicted_high_minor: ends(&forecast.value_high),
        p_alive: number(&forecast.p_alive),
        expected_purchases: number(&forecast.expected_purchases),
        purchases_low: whole(&forecast.purchases_low),
        purchases_high: whole(&forecast.purchases_high),
        p_purchase: number(&forecast.p_purchase),
        expected_order_value_minor: money(&forecast.expected_order_value),
        next_purchase_days: number(&forecast.next_purchase_days),
        repeat_purchases: whole(&now.x),
        last_purchase_age_days: whole(&now.t_x),
        observed_days: whole(&now.t),
        actual_ltv_minor: held_whole(&|kept, at| kept.spend_minor[at]),
        holdout_ltv_minor: held_whole(&|_, at| money_minor(holdout_forecast.value[at], unit)),
        holdout_low_minor: held_whole(&|_, at| money_minor(holdout_forecast.value_low[at], unit)),
        holdout_high_minor: held_whole(&|_, at| money_minor(holdout_forecast.value_high[at], unit)),
        actual_purchases: held_whole(&|kept, at| kept.purchases[at] as i64),
        holdout_purchases: held_number(&holdout_forecast.expected_purchases),
        ltv_decile: Some(tables::whole(&deciles(&forecast.value))),
        buy_till_you_die_ltv_minor: money(&btyd.value),
        buy_till_you_die_low_minor: money(&btyd.low),
        buy_till_you_die_high_minor: money(&btyd.high),
        linear_ltv_minor,
        linear_low_minor,
        linear_high_minor,
        ridge_ltv_minor,
        ridge_low_minor,
        ridge_high_minor,
        random_forest_ltv_minor,
        random_forest_low_minor,
        random_forest_high_minor,
        xgboost_ltv_minor,
        xgboost_low_minor,
        xgboost_high_minor,
        lightgbm_ltv_minor,
        lightgbm_low_minor,
        lightgbm_high_minor,
        blend_ltv_minor,
        blend_low_minor,
        blend_high_minor,
        p_churn: Some(numbers_or_none(p_churn)),
        holdout_p_churn: Some(holdout_p_churn),
        learned_purchases,
        learned_purchases_low,
        learned_purchases_high,
        predicted_margin_minor: margin(&forecast.value),
        margin_low_minor: margin(&forecast.value_low),
        margin_high_minor: margin(&forecast.value_high),
    };
    write(request.dir, columns.into_list())
}

/// Values of the customers of the holdout period, by row of all customers; none for customers acquired later.
fn in_holdout<T: Copy>(kept: &Calibration, customers: usize, of: impl Fn(usize) -> T) -> Vec<Option<T>> {
    let mut values = vec![None; customers];
    for (at, row) in kept.rows.iter().enumerate() {
        if let Some(row) = row {
            values[*row as usize] = Some(of(at));
        }
    }
    values
}

/// Models, by accuracy of spend in the holdout period.
fn comparison_rows(found: &ValueResult, unit: f64) -> Vec<model_comparison::Row> {
    let candidates = found.candidates.iter().enumerate().map(|(at, candidate)| {
        let name = candidate.kind.name();
        let holdout = candidate.holdout.as_ref();
        let fit = candidate.fitted.as_ref().ok().map(|fitted| &fitted.report);
        let without = candidate.without.map(|without| without.spend);
        model_comparison::Row {
            chosen: found.intervals.winner.is_none() && at == found.chosen,
            purchases_mae: holdout.map(|h| h.mae),
            purchases_rmse: holdout.map(|h| h.rmse),
            purchases_bias: holdout.and_then(|h| h.bias),
            holdout_log_likelihood: holdout.map(|h| h.log_likelihood),
            coverage_90: holdout.map(|h| h.coverage_90),
            log_likelihood: fit.map(|fit| fit.log_likelihood),
            aic: fit.map(|fit| fit.aic),
            bic: fit.map(|fit| fit.bic),
            spend_coverage: found.coverage_of(name).map(|coverage| coverage.overall),
            converged: Some(candidate.fitted.is_ok()),
            note: fit_remark(&candidate.fitted),
            ..spend_row((name, "probabilistic"), candidate.spend.as_ref(), without, unit)
        }
    });
    let of_learned = learned_without(found, unit);
    let learned = found.learned_models().iter().enumerate().map(|(at, model)| {
        let kind = if model.fitted.is_some() { "learned" } else { "blend" };
        let orders = found.order_errors(model.name);
        model_comparison::Row {
            chosen: found.intervals.winner == Some(at),
            purchases_mae: orders.map(|errors| errors.mae),
            purchases_rmse: orders.map(|errors| errors.rmse),
            purchases_bias: orders.and_then(|errors| errors.bias),
            cross_validated_r2: model.cross_validated_r2,
            spend_coverage: found.coverage_of(model.name).map(|coverage| coverage.overall),
            note: model.note.clone(),
            ..spend_row((model.name, kind), Some(&model.accuracy), of_learned[at], unit)
        }
    });
    let baselines = found.baselines.iter().map(|baseline| model_comparison::Row {
        purchases_mae: Some(baseline.purchases.mae),
        purchases_rmse: Some(baseline.purchases.rmse),
        purchases_bias: baseline.purchases.bias,
        ..spend_row((baseline.name, "baseline"), Some(&baseline.spend), baseline.without, unit)
    });
    candidates.chain(learned).chain(baselines).collect()
}

/// A model with the accuracy of its spend only.
fn spend_row(
    (model, kind): (&str, &str),
    spend: Option<&ForecastMetrics>,
    without: Option<WithoutLargest>,
    unit: f64,
) -> model_comparison::Row {
    model_comparison::Row {
        model: model.to_owned(),
        kind: kind.to_owned(),
        chosen: false,
        r2: spend.and_then(|s| s.errors.r2),
        mae_minor: spend.map(|s| s.errors.mae * unit),
        rmse_minor: spend.map(|s| s.errors.rmse * unit),
        bias: spend.and_then(|s| s.errors.bias),
        spearman: spend.and_then(|s| s.spearman),
        gini: spend.and_then(|s| s.gini),
        purchases_mae: None,
        purchases_rmse: None,
        purchases_bias: None,
        holdout_log_likelihood: None,
        coverage_90: None,
        log_likelihood: None,
        aic: None,
        bic: None,
        top_decile_share: spend.and_then(|s| s.top_decile_share),
        decile_mape: spend.and_then(|s| s.decile_mape),
        cross_validated_r2: None,
        spend_coverage: None,
        rmse_without_largest_minor: without.map(|without| without.spend.rmse * unit),
        mae_without_largest_minor: without.map(|without| without.spend.mae * unit),
        bias_without_largest: without.and_then(|without| without.spend.bias),
        converged: None,
        note: None,
    }
}

/// Parameters of every fitted model, with their uncertainty.
fn parameter_rows(request: &ValueRequest<'_>, found: &ValueResult) -> Vec<model_parameters::Row> {
    let time_unit = unit_of(request.config).name();
    let mut rows = Vec::new();
    let mut add = |model: &str, history: &str, k: Option<f64>, report: &FitReport| {
        let row = |parameter: &str, value: f64| model_parameters::Row {
            model: model.to_owned(),
            history: history.to_owned(),
            parameter: parameter.to_owned(),
            value,
            standard_error: None,
            low: None,
            high: None,
            unit: match parameter {
                "alpha" | "beta" => Some(time_unit.to_owned()),
                "gamma" => Some("money".to_owned()),
                _ => None,
            },
        };
        rows.extend(k.map(|k| row("k", k)));
        rows.extend(report.parameters.iter().map(|parameter| model_parameters::Row {
            standard_error: parameter.standard_error,
            low: parameter.interval_90.map(|ends| ends.0),
            high: parameter.interval_90.map(|ends| ends.1),
            ..row(&parameter.name, parameter.value)
        }));
    };
    for candidate in &found.candidates {
        if let Ok(fitted) = &candidate.fitted {
            add(candidate.kind.name(), "calibration", stages(candidate.kind, fitted), &fitted.report);
        }
    }
    let chosen = found.candidates[found.chosen].kind;
    add(chosen.name(), "all", stages(chosen, &found.fitted), &found.fitted.report);
    for (history, spend) in [("calibration", &found.spend_then), ("all", &found.spend)] {
        if let SpendModel::GammaGamma(fitted) = spend {
            add("Gamma-Gamma", history, None, &fitted.report);
        }
    }
    rows
}

fn model_error(error: &regulars_models::lifetime::Error) -> Error {
    Error::new(Kind::Internal, error.to_string())
}

/// Repeat purchases by week, actual and expected.
fn tracking_rows(found: &ValueResult) -> Result<Vec<ltv_tracking::Row>> {
    let (Some(kept), Ok(fitted)) = (&found.base.calibration, &found.candidates[found.chosen].fitted) else {
        return Err(Error::new(Kind::Internal, "the chosen model was not tested"));
    };
    let end = found.days.calibration_end.unwrap_or(found.days.as_of);
    let per_day = 1.0 / fitted.unit.days();
    let weeks = &kept.weeks;
    debug_assert!(
        weeks.windows(2).all(|pair| pair[1].ends_after_days <= pair[0].ends_after_days + TRACKING_DAYS)
    );
    // A week ends at the end of its last day.
    let times: Vec<f64> = weeks.iter().map(|week| (week.ends_after_days + 1) as f64 * per_day).collect();
    let points = fitted.tracking(&found.counted_then.patterns, &times).map_err(|e| model_error(&e))?;
    let name = found.candidates[found.chosen].kind.name();
    let mut actual_cumulative = 0;
    let rows = weeks.iter().zip(points).map(|(week, point)| {
        let actual = week.repeat_purchases;
        actual_cumulative += actual;
        ltv_tracking::Row {
            model: name.to_owned(),
            period_end: (end + week.ends_after_days) * DAY_MICROS,
            is_holdout: week.ends_after_days > 0,
            actual,
            expected: point.incremental,
            actual_cumulative,
            expected_cumulative: point.cumulative,
        }
    });
    Ok(rows.collect())
}

/// Customers by number of repeat purchases, actual and expected.
fn frequency_rows(found: &ValueResult) -> Result<Vec<ltv_frequency::Row>> {
    let mut rows = Vec::new();
    for candidate in &found.candidates {
        let (Ok(fitted), Some(holdout)) = (&candidate.fitted, &candidate.holdout) else { continue };
        let classes =
            fitted.count_classes(&found.counted_then.patterns, LAST_CLASS).map_err(|e| model_error(&e))?;
        rows.extend(classes.into_iter().map(|class| {
            let after = holdout.by_frequency.iter().find(|after| after.x == class.x);
            ltv_frequency::Row {
                model: candidate.kind.name().to_owned(),
                repeat_purchases: u64::from(class.x),
                is_open_ended: class.is_open_ended,
                customers: class.actual.round() as u64,
                customers_expected: class.expected,
                holdout_actual: after.map(|after| after.actual),
                holdout_expected: after.map(|after| after.expected),
                holdout_mae: after.map(|after| after.mae),
            }
        }));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use arrow::array::AsArray;
    use arrow::datatypes::{Float64Type, Int64Type};
    use proptest::prelude::*;
    use regulars_core::config::LifetimeValue;

    use super::super::testing::valued;
    use super::*;
    use crate::feature_columns::read_columns;
    use crate::histories::Week;
    use crate::testing::{Shop, quick};

    /// A whole-number column of the predictions.
    fn whole(shop: &Shop, name: &str) -> Vec<Option<i64>> {
        let path = shop.folder.path().join("ltv_predictions.parquet");
        let column = read_columns(&path, &[name.to_owned()]).expect("written").remove(0);
        column.as_primitive::<Int64Type>().iter().collect()
    }

    fn numbers_of(shop: &Shop, name: &str) -> Vec<Option<f64>> {
        let path = shop.folder.path().join("ltv_predictions.parquet");
        let column = read_columns(&path, &[name.to_owned()]).expect("written").remove(0);
        column.as_primitive::<Float64Type>().iter().collect()
    }

    proptest! {
        #[test]
        fn values_of_the_holdout_go_to_the_rows_of_their_customers(
            rows in prop::collection::vec(prop::option::of(any::<bool>()), 0..40),
        ) {
            // `Some(true)`: a customer of both; `Some(false)`: one of today only; none: one at the time only.
            let mut kept = Calibration::default();
            let mut expected = Vec::new();
            for one in rows {
                if one != Some(false) {
                    kept.rows.push(one.map(|_| expected.len() as u32));
                }
                if let Some(was_there) = one {
                    expected.push(was_there.then(|| kept.rows.len() - 1));
                }
            }
            prop_assert_eq!(in_holdout(&kept, expected.len(), |at| at), expected);
        }
    }

    #[test]
    fn predictions_repeat_the_histories_of_the_orders() {
        let (shop, config) = (Shop::usual(), LifetimeValue { margin: Some(0.4), ..quick() });
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        write_predictions(&request, &found).expect("written");
        let ids: Vec<i64> = whole(&shop, "customer_id").into_iter().flatten().collect();
        let distinct: BTreeSet<i64> = shop.orders.iter().map(|order| order.0).collect();
        assert_eq!(ids, distinct.into_iter().collect::<Vec<i64>>());
        let as_of = shop.landed.as_of_micros.div_euclid(DAY_MICROS);
        assert_eq!(as_of, crate::testing::FIRST_DAY + 499);
        // The holdout has as many days as the horizon.
        let end = as_of - 90;
        let [x, t_x, t] =
            ["repeat_purchases", "last_purchase_age_days", "observed_days"].map(|n| whole(&shop, n));
        let actual = whole(&shop, "actual_ltv_minor");
        let purchases = whole(&shop, "actual_purchases");
        for (row, id) in ids.iter().enumerate() {
            let days = shop.days_of(*id, as_of);
            assert_eq!(x[row], Some(days.len() as i64 - 1), "customer {id}");
            assert_eq!(t_x[row], Some(days[days.len() - 1] - days[0]));
            assert_eq!(t[row], Some(as_of - days[0]));
            let was_there = days[0] <= end;
            assert_eq!(actual[row], was_there.then(|| shop.cents_of(*id, end, as_of)));
            let after = days.iter().filter(|day| **day > end).count() as i64;
            assert_eq!(purchases[row], was_there.then_some(after));
        }
        // Money is that of the forecasts, to the cent, and the margin a share of it.
        let minor = whole(&shop, "predicted_ltv_minor");
        let margin = whole(&shop, "predicted_margin_minor");
        let [low, high] = ["predicted_low_minor", "predicted_high_minor"].map(|name| whole(&shop, name));
        let decile = whole(&shop, "ltv_decile");
        for row in 0..ids.len() {
            let value = found.forecast.value[row] * 100.0;
            assert_eq!(minor[row], Some(value.round() as i64));
            assert_eq!(margin[row], Some((value * 0.4).round() as i64));
            assert!(low[row] <= minor[row] && minor[row] <= high[row]);
            assert!((1..=10).contains(&decile[row].expect("all have one")));
        }
        // Of models that were not trained there is nothing.
        for name in ["linear_ltv_minor", "xgboost_high_minor", "blend_low_minor"] {
            assert!(whole(&shop, name).iter().all(Option::is_none), "{name}");
        }
        for name in ["p_churn", "holdout_p_churn", "learned_purchases"] {
            assert!(numbers_of(&shop, name).iter().all(Option::is_none), "{name}");
        }
        for name in ["p_alive", "p_purchase"] {
            let shares: Vec<f64> = numbers_of(&shop, name).into_iter().flatten().collect();
            assert!(
                shares.len() == ids.len() && shares.iter().all(|share| (0.0..=1.0).contains(share)),
                "{name}"
            );
        }
    }

    #[test]
    fn models_and_baselines_are_compared_in_cents_and_one_is_chosen() {
        let (shop, config) = (Shop::usual(), quick());
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let rows = comparison_rows(&found, 100.0);
        let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(kinds, ["probabilistic", "probabilistic", "baseline", "baseline"]);
        let chosen: Vec<&str> = rows.iter().filter(|row| row.chosen).map(|row| row.model.as_str()).collect();
        assert_eq!(chosen, [found.candidates[found.chosen].kind.name()]);
        for (row, candidate) in rows.iter().zip(&found.candidates) {
            let spend = candidate.spend.as_ref().expect("judged");
            assert_eq!(row.rmse_minor, Some(spend.errors.rmse * 100.0));
            let fit = &candidate.fitted.as_ref().expect("fitted").report;
            // BIC - AIC = parameters * (ln n - 2).
            let customers = found.counted_then.pattern_of.len() as f64;
            let expected = fit.parameters.len() as f64 * (customers.ln() - 2.0);
            let difference = row.bic.expect("fitted") - row.aic.expect("fitted");
            assert!((difference - expected).abs() < 1e-6, "{difference} {expected}");
        }
        // The mean by hand: what was spent in the 90 days before, for everybody.
        let kept = found.base.calibration.as_ref().expect("split");
        let count = kept.spend_minor.len() as f64;
        let mean = kept.spend_before_minor.iter().sum::<i64>() as f64 / count;
        let squares: f64 = kept.spend_minor.iter().map(|minor| (*minor as f64 - mean).powi(2)).sum();
        let found_rmse = rows[3].rmse_minor.expect("judged");
        assert!((found_rmse - (squares / count).sqrt()).abs() < 1e-6, "{found_rmse}");
    }

    #[test]
    fn tracking_counts_every_repeat_purchase_of_the_customers_of_the_calibration_once() {
        let (shop, config) = (Shop::usual(), quick());
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let rows = tracking_rows(&found).expect("tested");
        let (as_of, end) = (found.days.as_of, found.days.calibration_end.expect("set"));
        let repeats = |until: i64| -> u64 {
            (1..=320)
                .map(|customer| shop.days_of(customer, until))
                .filter(|days| days.first().is_some_and(|day| *day <= end))
                .map(|days| days.len() as u64 - 1)
                .sum()
        };
        let last = rows.last().expect("weeks");
        assert_eq!(last.period_end, as_of * DAY_MICROS);
        assert_eq!(last.actual_cumulative, repeats(as_of));
        for row in &rows {
            let day = row.period_end / DAY_MICROS;
            assert_eq!(row.is_holdout, day > end);
            assert_eq!(row.actual_cumulative, repeats(day), "day {day}");
        }
        let expected: f64 = rows.iter().map(|row| row.expected).sum();
        assert!((expected - last.expected_cumulative).abs() < 1e-6 * expected);
        // A fitted model expects about what happened while it was fitted.
        let then =
            rows.iter().find(|row| row.period_end == end * DAY_MICROS).expect("the end is a week's end");
        assert!((then.expected_cumulative / then.actual_cumulative as f64 - 1.0).abs() < 0.1);
    }

    #[test]
    fn without_a_test_there_is_no_tracking() {
        let (shop, config) = (Shop::usual(), quick());
        let mut found = valued(&shop, &shop.request(&config, &[]));
        if let Some(kept) = &mut found.base.calibration {
            kept.weeks = vec![Week { ends_after_days: 0, repeat_purchases: 5 }];
        }
        let rows = tracking_rows(&found).expect("tested");
        assert_eq!((rows.len(), rows[0].actual, rows[0].is_holdout), (1, 5, false));
        found.base.calibration = None;
        assert!(tracking_rows(&found).is_err());
    }

    #[test]
    fn frequency_classes_hold_all_customers_of_the_calibration() {
        let (shop, config) = (Shop::usual(), quick());
        let found = valued(&shop, &shop.request(&config, &[]));
        let rows = frequency_rows(&found).expect("fitted");
        let kept = found.base.calibration.as_ref().expect("split");
        for candidate in &found.candidates {
            let of: Vec<&ltv_frequency::Row> =
                rows.iter().filter(|r| r.model == candidate.kind.name()).collect();
            assert_eq!(of.len(), 8);
            for (class, row) in of.iter().enumerate() {
                let is_in = |x: &f64| if class == 7 { *x >= 7.0 } else { (*x - class as f64).abs() < 0.5 };
                let rows_in: Vec<usize> =
                    (0..kept.then.x.len()).filter(|at| is_in(&kept.then.x[*at])).collect();
                assert_eq!(row.customers as usize, rows_in.len(), "class {class}");
                assert_eq!((row.repeat_purchases, row.is_open_ended), (class as u64, class == 7));
                let mean = rows_in.iter().map(|at| kept.purchases[*at]).sum::<f64>() / rows_in.len() as f64;
                assert!((row.holdout_actual.expect("somebody") - mean).abs() < 1e-9, "class {class}");
            }
            let expected: f64 = of.iter().map(|row| row.customers_expected).sum();
            assert!((expected - kept.then.x.len() as f64).abs() < 1e-3, "{expected}");
        }
    }

    #[test]
    fn parameters_are_listed_for_both_histories_with_their_units() {
        let (shop, config) = (Shop::usual(), quick());
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let rows = parameter_rows(&request, &found);
        let count = |history: &str, model: &str| {
            rows.iter().filter(|row| row.history == history && row.model == model).count()
        };
        let chosen = found.candidates[found.chosen].kind.name();
        for candidate in &found.candidates {
            assert_eq!(count("calibration", candidate.kind.name()), 4);
            assert_eq!(
                count("all", candidate.kind.name()),
                if candidate.kind.name() == chosen { 4 } else { 0 }
            );
        }
        assert_eq!((count("calibration", "Gamma-Gamma"), count("all", "Gamma-Gamma")), (3, 3));
        let unit_of = |name: &str| {
            let row = rows.iter().find(|row| row.parameter == name).expect("a parameter");
            row.unit.clone()
        };
        assert_eq!((unit_of("alpha").as_deref(), unit_of("gamma").as_deref()), (Some("days"), Some("money")));
        assert_eq!(unit_of("r"), None);
        for row in &rows {
            assert!(row.value > 0.0);
            if let (Some(low), Some(high)) = (row.low, row.high) {
                assert!(low <= row.value && row.value <= high, "{} {low} {high}", row.value);
            }
        }
    }
}
