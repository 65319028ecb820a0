//! Lifetime value of a run: histories in; predictions, comparison, model and summary out.
//!
//! Models are fitted on the calibration period and tested on the holdout period; the best is fitted again on
//! all data and predicts from the analysis date. Deliberately not here: the models
//! (`regulars_models::lifetime`) and what a purchase is (`regulars_engine`).

mod activity;
mod alive_over_time;
mod groups;
mod intervals;
mod largest;
mod stored_value;
mod summarise;
#[cfg(test)]
pub(crate) mod testing;
mod value_result;
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

pub use alive_over_time::{AliveOverTime, alive_over_time};
pub(crate) use intervals::{PredictionIntervals, expected_in_target, over_horizon};
pub(crate) use stored_value::{StoredValueModel, missing_model, read_model};
use value_result::ValueResult;

use crate::btyd::{
    ForecastRequest, HoldoutContext, baselines, candidates, discount_of, fit_settings, model_named, predict,
    ranked, spend_model, unit_of,
};
use crate::error::{Error, Kind, Result};
use crate::histories::{Base, Calibration, Columns, Days, histories_at_cuts};
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
const MIN_HISTORY_DAYS: i64 = 56;
const MIN_CALIBRATION_DAYS: i64 = 28;
const MIN_HOLDOUT_DAYS: i64 = 14;
/// With fewer repeat customers, results are random.
const MIN_REPEAT_BUYERS: usize = 10;

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
    let (base, cuts) = read_histories(request, days)?;
    if base.now.x.len() != request.rfm.frequency_orders.len() {
        return Err(Error::new(Kind::Internal, "histories and features have different customers").into());
    }
    clock.stamp("value: histories");
    let (found, written) = in_pool(request.threads, || {
        // The engine works beside the fits, on its own threads.
        rayon::join(
            || fit_and_predict(request, base, days),
            || if cuts.is_empty() { Ok(()) } else { learned::write_features(request, days, &cuts) },
        )
    })?;
    let mut found = found.map_err(Stop::Skipped)?;
    written?;
    let single = found.candidates.iter();
    clock.parts(single.map(|c| (format!("value: {}", c.kind.name()), rounded(c.seconds))).collect());
    clock.stamp("value: models");
    if !settings.learned.is_empty() {
        found.learned =
            in_pool(request.threads, || Outcome::of(learn_from_features(request, &found, &cuts, clock)))??;
    }
    in_pool(request.threads, || intervals::apply(request, &mut found))??;
    clock.stamp("value: choice");
    let explained = in_pool(request.threads, || write_learned::explain(request, &found))??;
    clock.stamp("value: explanations");
    let rows = write::Rows::new(request, &found, &explained);
    let summarise = || -> Result<ValueSummary> {
        stored_value::write_models(request, &found)?;
        let summary = summarise::summarise(request, &found, &explained, &rows);
        let alive = Some(activity::evidence(request, &found)?);
        Ok(ValueSummary { alive, largest: largest::largest(request, &found), ..summary })
    };
    let tables = || write::write_tables(request, &found, &explained, &rows);
    let (written, summary) = in_pool(request.threads, || rayon::join(tables, summarise))?;
    written?;
    let summary = summary?;
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
    if length < MIN_HISTORY_DAYS {
        return Err(format!(
            "the orders cover {length} days, at least {MIN_HISTORY_DAYS} are needed to observe repeat purchases"
        ));
    }
    let holdout =
        settings.holdout_days.map_or_else(|| i64::from(settings.horizon_days).min(length / 3), i64::from);
    if settings.holdout_days.is_none() && holdout < MIN_HOLDOUT_DAYS {
        // With a short horizon, the holdout period is longer than it.
        days.calibration_end = Some(days.as_of - MIN_HOLDOUT_DAYS);
        return Ok(());
    }
    if length - holdout < MIN_CALIBRATION_DAYS {
        return Err(format!(
            "of {length} days of orders, value.holdout_days = {holdout} leaves {} for calibration, at least {MIN_CALIBRATION_DAYS} are needed",
            (length - holdout).max(0)
        ));
    }
    days.calibration_end = Some(days.as_of - holdout);
    Ok(())
}

/// The histories of the step, and those at the cuts of learned models: in one scan.
fn read_histories(request: &ValueRequest<'_>, days: Days) -> Result<(Base, Vec<(Days, Calibration)>)> {
    let settings = request.config;
    let cuts = match time_split(days) {
        Ok(split) if !settings.learned.is_empty() => learned::cuts(days.first, split, settings.origins),
        _ => Vec::new(),
    };
    let rules = &request.params.rules;
    let (base, found) =
        histories_at_cuts(request.engine, request.inputs, rules, (days, &cuts), settings.grain)?;
    Ok((base, cuts.into_iter().zip(found).collect()))
}

fn time_split(days: Days) -> Result<TimeSplit, String> {
    let calibration_end = days.calibration_end.unwrap_or(days.as_of);
    TimeSplit::new(days.first, days.as_of, days.as_of - calibration_end)
}

/// Learned models, or why there are none.
fn learn_from_features(
    request: &ValueRequest<'_>,
    found: &ValueResult,
    cuts: &[(Days, Calibration)],
    clock: &mut Stopwatch,
) -> Result<Learned, Stop> {
    let split = time_split(found.days).map_err(Stop::Skipped)?;
    learned::learn(request, &found.fits(cuts), split, clock)
}

fn fit_and_predict(request: &ValueRequest<'_>, base: Base, days: Days) -> Result<ValueResult, String> {
    let settings = request.config;
    let unit = unit_of(settings);
    let money_unit = request.money_unit();
    let fit_settings = fit_settings(settings.prior_sd);
    let end = days.calibration_end.unwrap_or(days.as_of);
    let Some(calibration) = &base.calibration else {
        return Err("there is no calibration period".to_owned());
    };
    let repeat = calibration.then.repeat_buyers();
    if repeat < MIN_REPEAT_BUYERS {
        return Err(format!(
            "{repeat} customers bought on more than one day by {}, at least {MIN_REPEAT_BUYERS} are needed",
            format_day(end * DAY_MICROS)
        ));
    }
    let words = |error: regulars_models::lifetime::Error| error.to_string();
    let counted = |histories: &Columns| {
        let mean = histories.mean_spend(money_unit);
        let spend = spend_model(histories, &mean, money_unit, &fit_settings);
        Ok::<_, String>((histories.counted(unit).map_err(words)?, mean, spend))
    };
    let (then, now) = rayon::join(|| counted(&calibration.then), || counted(&base.now));
    let ((counted_then, mean_then, spend_then), (counted_now, mean_now, spend)) = (then?, now?);
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
    let forecast_request = ForecastRequest {
        horizon: Horizon { count: f64::from(settings.horizon_days), unit: TimeUnit::Days },
        discount: discount_of(settings),
        level: settings.interval_level,
        next_purchase: true,
        draws: None,
        seed: request.seed,
    };
    let Ok(fitted_for_holdout) = &candidates[chosen].fitted else {
        return Err("the chosen model has no fit".to_owned());
    };
    let then = ForecastRequest {
        horizon: holdout,
        discount: Discount::None,
        next_purchase: false,
        ..forecast_request
    };
    let (forecast, holdout_forecast) = rayon::join(
        || predict(&fitted, &spend, &counted_now, (&base.now.x, &mean_now), &forecast_request),
        || predict(fitted_for_holdout, &spend_then, &counted_then, (&calibration.then.x, &mean_then), &then),
    );
    let (forecast, holdout_forecast) = (forecast.map_err(words)?, holdout_forecast.map_err(words)?);
    let independence = independence(&base.now.x, &mean_now).ok();
    Ok(ValueResult {
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
        forecast,
        holdout_forecast,
        learned: Outcome::Skipped { reason: "none were requested".to_owned() },
        intervals: PredictionIntervals::default(),
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

    use std::collections::BTreeSet;

    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use proptest::prelude::*;

    use crate::feature_columns::{column_names, read_columns};
    use crate::request::Grouping;
    use crate::testing::{FIRST_DAY, Shop, quick};

    proptest! {
        #[test]
        fn every_split_leaves_four_weeks_before_and_two_after(
            length in 1_i64..4000, horizon in 1_u32..2000, own in prop::option::of(1_u32..600),
        ) {
            let settings =
                LifetimeValue { horizon_days: horizon, holdout_days: own, ..LifetimeValue::default() };
            let Ok(holdout) = check(length, &settings) else {
                prop_assert!(length < 56 || own.is_some_and(|own| length - i64::from(own) < 28));
                return Ok(());
            };
            prop_assert!(length - holdout >= 28);
            match own {
                Some(own) => prop_assert_eq!(holdout, i64::from(own)),
                None => prop_assert_eq!(holdout, i64::from(horizon).min(length / 3).max(14)),
            }
        }
    }

    #[test]
    fn the_step_writes_its_tables_and_adds_them_up() {
        let (shop, config) = (Shop::usual(), quick());
        let customers = shop.rfm.frequency_orders.len();
        let groupings = [Grouping {
            name: "segment".to_owned(),
            groups: vec!["one".to_owned(), "other".to_owned()],
            of: (0..customers as u32).map(|row| row % 2).collect(),
        }];
        let request = shop.request(&config, &groupings);
        let mut clock = Stopwatch::start();
        let outcome = value(&request, &mut clock).expect("no failure");
        let Outcome::Done((summary, choice)) = outcome else { panic!("long enough") };
        let column = |table: &str, name: &str| -> Vec<i64> {
            let path = shop.folder.path().join(format!("{table}.parquet"));
            let column = read_columns(&path, &[name.to_owned()]).expect("written").remove(0);
            column.as_primitive::<Int64Type>().iter().flatten().collect()
        };
        for table in TABLES {
            let path = shop.folder.path().join(format!("{table}.parquet"));
            assert!(!column_names(&path).expect(table).is_empty());
        }
        // The holdout by hand.
        let (end, as_of) = (FIRST_DAY + 499 - 90, FIRST_DAY + 499);
        let everybody: BTreeSet<i64> = shop.orders.iter().map(|order| order.0).collect();
        let then: Vec<i64> =
            everybody.iter().copied().filter(|one| !shop.days_of(*one, end).is_empty()).collect();
        assert_eq!(summary.customers as usize, everybody.len());
        assert_eq!(summary.holdout_customers as usize, then.len());
        assert_eq!(summary.actual_minor, then.iter().map(|one| shop.cents_of(*one, end, as_of)).sum::<i64>());
        let days = then.iter().map(|one| shop.days_of(*one, as_of).len() - shop.days_of(*one, end).len());
        assert!((summary.actual_purchases - days.sum::<usize>() as f64).abs() < 1e-9);
        assert_eq!((summary.horizon_days, summary.holdout_days), (90, 90));
        assert_eq!(summary.calibration_end, format_day(end * DAY_MICROS));
        assert_eq!(choice.calibration_end, summary.calibration_end);
        assert_eq!(choice.model, summary.model);
        // Rounding each customer to a cent moves the total by at most half a cent each.
        let total: i64 = column("ltv_predictions", "predicted_ltv_minor").iter().sum();
        assert!((total - summary.total_ltv_minor).unsigned_abs() <= summary.customers, "{total}");
        assert!(summary.total_ltv_low_minor < total && total < summary.total_ltv_high_minor);
        // The ten highest, and the share of the highest tenth.
        let mut highest = column("ltv_predictions", "predicted_ltv_minor");
        highest.sort_unstable_by(|a, b| b.cmp(a));
        let top: Vec<i64> = summary.top_customers.iter().map(|one| one.predicted_ltv_minor).collect();
        assert_eq!(top, highest[..10]);
        let tenth: i64 = highest[..customers.div_ceil(10)].iter().sum();
        assert!(
            (summary.top_10_share - tenth as f64 / total as f64).abs() < 1e-4,
            "{}",
            summary.top_10_share
        );
        // Groups: all, two segments and ten deciles.
        assert_eq!(summary.groups.len(), 13);
        let counts = column("ltv_summary", "customers");
        assert_eq!(counts, summary.groups.iter().map(|group| group.customers as i64).collect::<Vec<_>>());
        assert_eq!(counts[1] + counts[2], customers as i64);
        assert_eq!(counts[3..].iter().sum::<i64>(), customers as i64);
        // Two models and two baselines, of which one is used.
        assert_eq!(column("model_comparison", "chosen").iter().sum::<i64>(), 1);
        assert_eq!(summary.models.len(), 4);
        assert!(summary.runner_up.is_some());
        // Without learned models their tables are empty.
        for (table, name) in
            [("ltv_drivers", "rank"), ("ltv_origins", "customers"), ("churn_reliability", "customers")]
        {
            assert!(column(table, name).is_empty(), "{table}");
        }
        // The deciles of both models and both baselines hold all customers of the holdout.
        let deciles = column("ltv_deciles", "customers");
        assert_eq!((deciles.len(), deciles.iter().sum::<i64>()), (40, 4 * then.len() as i64));
        let steps: Vec<&str> = clock.timings.iter().map(|(step, _)| step.as_str()).collect();
        assert_eq!(steps.first(), Some(&"value: histories"));
        assert_eq!(steps.last(), Some(&"value: tables"));
    }

    #[test]
    fn a_second_time_gives_the_same_bytes() {
        let (shop, config) = (Shop::usual(), quick());
        let request = shop.request(&config, &[]);
        let files = |shop: &Shop| -> Vec<Vec<u8>> {
            let read = |table: &&str| {
                fs_err::read(shop.folder.path().join(format!("{table}.parquet"))).expect("written")
            };
            TABLES.iter().map(read).collect()
        };
        let first = value(&request, &mut Stopwatch::start()).expect("no failure");
        let before = files(&shop);
        let second = value(&request, &mut Stopwatch::start()).expect("no failure");
        assert_eq!(first.done().expect("done").1, second.done().expect("done").1);
        assert!(before == files(&shop));
    }

    #[test]
    fn too_short_and_too_quiet_shops_have_no_value() {
        let reason = |shop: &Shop| {
            let config = quick();
            let request = shop.request(&config, &[]);
            match value(&request, &mut Stopwatch::start()).expect("no failure") {
                Outcome::Skipped { reason } => reason,
                Outcome::Done(_) => String::new(),
            }
        };
        let weekly = |customers: i64, days: i64| -> Vec<(i64, i64, i64)> {
            (1..=customers).flat_map(|one| (0..days).step_by(7).map(move |day| (one, day, 1000))).collect()
        };
        assert!(reason(&Shop::new(weekly(20, 50))).contains("cover 50 days"));
        // Nine customers bought again, and ten are needed.
        let mut quiet = weekly(9, 120);
        quiet.extend((10..60).map(|one| (one, 3, 1000)));
        let found = reason(&Shop::new(quiet));
        assert!(found.starts_with("9 customers bought on more than one day"), "{found}");
    }
}
