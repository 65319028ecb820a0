//! Lifetime value of a run: histories in; predictions, comparison, model and summary out.
//!
//! Models are fitted on the calibration period and tested on the holdout period; the best is fitted again on
//! all data and predicts from the analysis date. Deliberately not here: the models
//! (`regulars_models::lifetime`) and what a purchase is (`regulars_engine`).

mod activity;
mod alive;
mod groups;
mod intervals;
mod largest;
mod stored_value;
mod summarise;
mod valued;
mod write;
mod write_learned;

use regulars_core::config::LifetimeValue;
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::manifest::ValueChoice;
use regulars_core::summary::ValueSummary;
use regulars_core::tables::{
    churn_comparison, churn_reliability, feature_importance, ltv_deciles, ltv_dependence, ltv_drivers,
    ltv_frequency, ltv_origins, ltv_predictions, ltv_summary, ltv_tracking, model_comparison,
    model_parameters,
};
use regulars_core::time_split::TimeSplit;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::holdout::independence;
use regulars_models::lifetime::model::ModelKind;
use regulars_models::lifetime::time::{Horizon, TimeUnit};

pub use alive::{AliveOverTime, alive_over_time};
pub(crate) use intervals::{PredictionIntervals, expected_in_target, over_horizon};
pub(crate) use stored_value::{StoredValueModel, missing_model, read_model};
use valued::Valued;

use crate::btyd::{
    ForecastRequest, HoldoutContext, baselines, candidates, discount_of, fit_settings, model_named, predict,
    ranked, spend_model, unit_of,
};
use crate::error::{Error, Kind, Result};
use crate::histories::{Base, Days, histories};
use crate::learned::{self, Learned, LearnedModel};
use crate::outcome::{Outcome, Stop};
use crate::pool::in_pool;
use crate::request::ValueRequest;
use crate::timing::{Stopwatch, rounded};

/// The tables of the step.
pub const TABLES: [&str; 13] = [
    ltv_predictions::NAME,
    ltv_summary::NAME,
    model_comparison::NAME,
    model_parameters::NAME,
    ltv_tracking::NAME,
    ltv_frequency::NAME,
    feature_importance::NAME,
    ltv_dependence::NAME,
    ltv_drivers::NAME,
    ltv_deciles::NAME,
    ltv_origins::NAME,
    churn_comparison::NAME,
    churn_reliability::NAME,
];

/// Shorter histories do not show how customers return.
const SHORTEST_HISTORY_DAYS: i64 = 56;
const SHORTEST_CALIBRATION_DAYS: i64 = 28;
const SHORTEST_HOLDOUT_DAYS: i64 = 14;
/// With fewer repeat customers, results are random.
const FEWEST_REPEAT_BUYERS: usize = 10;

/// Computes lifetime value, and writes its tables and models into the run's folder.
///
/// Too little history is not an error: the outcome says why there is no value.
/// Errors: those of the engine and of writing.
pub fn value(
    request: &ValueRequest<'_>,
    clock: &mut Stopwatch,
) -> Result<Outcome<(ValueSummary, ValueChoice)>> {
    Outcome::of(value_or_stop(request, clock))
}

fn value_or_stop(
    request: &ValueRequest<'_>,
    clock: &mut Stopwatch,
) -> Result<(ValueSummary, ValueChoice), Stop> {
    let settings = request.config;
    let mut days = Days::of(request.span_micros, request.params.rules.cutoff_micros);
    split(&mut days, settings).map_err(Stop::Skipped)?;
    let base = histories(request.engine, request.inputs, &request.params.rules, days, settings.grain)?;
    if base.now.x.len() != request.rfm.frequency_orders.len() {
        return Err(Error::new(Kind::Internal, "histories and features have different customers").into());
    }
    clock.stamp("value: histories");
    let mut found =
        in_pool(request.threads, || fit_and_predict(request, base, days))?.map_err(Stop::Skipped)?;
    let single = found.candidates.iter();
    clock.parts(single.map(|c| (format!("value: {}", c.kind.name()), rounded(c.seconds))).collect());
    clock.stamp("value: models");
    if !settings.learned.is_empty() {
        found.learned =
            in_pool(request.threads, || Outcome::of(learn_from_features(request, &found, clock)))??;
    }
    in_pool(request.threads, || intervals::apply(request, &mut found))??;
    clock.stamp("value: choice");
    let explained = in_pool(request.threads, || write_learned::explain(request, &found))??;
    clock.stamp("value: explanations");
    let rows = write::Rows::new(request, &found, &explained);
    let mut summary = summarise::summarise(request, &found, &explained, &rows);
    summary.alive = Some(activity::evidence(request, &found)?);
    summary.largest = largest::largest(request, &found);
    write::write_tables(request, &found, &explained, &rows)?;
    stored_value::write_models(request, &found)?;
    clock.stamp("value: tables");
    let choice = ValueChoice {
        model: summary.model.clone(),
        rule: summary.rule.clone(),
        runner_up: summary.runner_up.clone(),
        horizon_days: summary.horizon_days,
        calibration_end: summary.calibration_end.clone(),
        holdout_days: summary.holdout_days,
    };
    let learned = found.learned_models().iter().filter(|model| model.fitted.is_some());
    let on_one_thread = |model: &LearnedModel| format!("value: {} (one thread)", model.name);
    clock.within(learned.map(|model| (on_one_thread(model), rounded(model.seconds))).collect());
    Ok((summary, choice))
}

/// Sets the end of the calibration period: before the last days, which are the horizon or a third of the
/// history.
fn split(days: &mut Days, settings: &LifetimeValue) -> Result<(), String> {
    let length = days.as_of - days.first + 1;
    if length < SHORTEST_HISTORY_DAYS {
        return Err(format!(
            "the orders cover {length} days, at least {SHORTEST_HISTORY_DAYS} are needed to observe repeat purchases"
        ));
    }
    let holdout =
        settings.holdout_days.map_or_else(|| i64::from(settings.horizon_days).min(length / 3), i64::from);
    if settings.holdout_days.is_none() && holdout < SHORTEST_HOLDOUT_DAYS {
        // With a short horizon, the holdout period is longer than it.
        days.calibration_end = Some(days.as_of - SHORTEST_HOLDOUT_DAYS);
        return Ok(());
    }
    if length - holdout < SHORTEST_CALIBRATION_DAYS {
        return Err(format!(
            "of {length} days of orders, value.holdout_days = {holdout} leaves {} for calibration, at least {SHORTEST_CALIBRATION_DAYS} are needed",
            (length - holdout).max(0)
        ));
    }
    days.calibration_end = Some(days.as_of - holdout);
    Ok(())
}

/// Learned models, or why there are none.
fn learn_from_features(
    request: &ValueRequest<'_>,
    found: &Valued,
    clock: &mut Stopwatch,
) -> Result<Learned, Stop> {
    let days = found.days;
    let judged_from = days.calibration_end.unwrap_or(days.as_of);
    let split = TimeSplit::new(days.first, days.as_of, days.as_of - judged_from).map_err(Stop::Skipped)?;
    learned::learn(request, &found.fits(), split, clock)
}

fn fit_and_predict(request: &ValueRequest<'_>, base: Base, days: Days) -> Result<Valued, String> {
    let settings = request.config;
    let unit = unit_of(settings);
    let money_unit = request.money_unit();
    let fit_settings = fit_settings(settings.prior_sd);
    let end = days.calibration_end.unwrap_or(days.as_of);
    let Some(calibration) = &base.calibration else {
        return Err("there is no calibration period".to_owned());
    };
    let repeat = calibration.then.repeat_buyers();
    if repeat < FEWEST_REPEAT_BUYERS {
        return Err(format!(
            "{repeat} customers bought on more than one day by {}, at least {FEWEST_REPEAT_BUYERS} are needed",
            format_day(end * DAY_MICROS)
        ));
    }
    let words = |error: regulars_models::lifetime::Error| error.to_string();
    let counted_then = calibration.then.counted(unit).map_err(words)?;
    let mean_then = calibration.then.mean_spend(money_unit);
    let spend_then = spend_model(&calibration.then, &mean_then, money_unit, &fit_settings);
    let kinds: Vec<ModelKind> = settings.models.iter().filter_map(|name| model_named(name)).collect();
    let holdout = Horizon { count: (days.as_of - end) as f64, unit: TimeUnit::Days };
    let context = HoldoutContext {
        counted: &counted_then,
        calibration,
        spend_model: &spend_then,
        money_unit,
        horizon: holdout,
    };
    let candidates = candidates(&kinds, &context, &fit_settings);
    let baselines = baselines(calibration, money_unit);
    let order = ranked(&candidates, settings.criterion);

    let counted_now = base.now.counted(unit).map_err(words)?;
    let mean_now = base.now.mean_spend(money_unit);
    let spend = spend_model(&base.now, &mean_now, money_unit, &fit_settings);
    let refit = |at: &usize| {
        let fitted = candidates[*at].kind.fit(&counted_now.patterns, &fit_settings).ok()?;
        Some((*at, fitted))
    };
    let Some((chosen, fitted)) = order.iter().find_map(refit) else {
        let reasons: Vec<String> =
            candidates.iter().filter_map(|candidate| candidate.fitted.as_ref().err().cloned()).collect();
        return Err(format!("no model could be fitted: {}", reasons.join("; ")));
    };
    let runner_up = order.iter().copied().find(|at| *at != chosen);
    let question = ForecastRequest {
        horizon: Horizon { count: f64::from(settings.horizon_days), unit: TimeUnit::Days },
        discount: discount_of(settings),
        level: settings.interval_level,
        next_purchase: true,
        draws: None,
        seed: request.seed,
    };
    let ahead = predict(&fitted, &spend, &counted_now, (&base.now.x, &mean_now), &question).map_err(words)?;
    let Ok(fitted_then) = &candidates[chosen].fitted else {
        return Err("the chosen model has no fit".to_owned());
    };
    let then =
        ForecastRequest { horizon: holdout, discount: Discount::None, next_purchase: false, ..question };
    let judged = predict(fitted_then, &spend_then, &counted_then, (&calibration.then.x, &mean_then), &then)
        .map_err(words)?;
    let independence = independence(&base.now.x, &mean_now).ok();
    Ok(Valued {
        base,
        days,
        candidates,
        baselines,
        chosen,
        runner_up,
        fitted,
        spend,
        spend_then,
        counted_then,
        counted_now,
        independence,
        ahead,
        judged,
        learned: Outcome::Skipped { reason: "none were requested".to_owned() },
        spread: PredictionIntervals::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(days: i64, settings: &LifetimeValue) -> Result<i64, String> {
        let mut found = Days { first: 100, as_of: 100 + days - 1, calibration_end: None };
        split(&mut found, settings)?;
        Ok(found.as_of - found.calibration_end.expect("set"))
    }

    #[test]
    fn a_third_of_the_history_is_held_out_but_not_more_than_the_horizon() {
        let settings = LifetimeValue { horizon_days: 365, ..LifetimeValue::default() };
        assert_eq!(check(730, &LifetimeValue::default()), Ok(180));
        assert_eq!(check(730, &settings), Ok(243));
        assert_eq!(check(3000, &settings), Ok(365));
        assert_eq!(check(56, &settings), Ok(18));
        assert!(check(55, &settings).is_err_and(|reason| reason.contains("cover 55 days")));
        assert_eq!(check(90, &LifetimeValue { horizon_days: 7, ..LifetimeValue::default() }), Ok(14));
        let own = LifetimeValue { holdout_days: Some(50), ..LifetimeValue::default() };
        assert_eq!(check(90, &own), Ok(50));
        assert!(check(70, &own).is_err_and(|reason| reason.contains("leaves 20 for calibration")));
    }
}
