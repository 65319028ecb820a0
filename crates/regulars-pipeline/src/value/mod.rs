//! Lifetime value of a run: histories in; predictions, comparison, model and summary out.
//!
//! Models are fitted on the calibration period and tested on the holdout period; the best is fitted again on
//! all data and predicts from the analysis date. Deliberately not here: the models
//! (`regulars_models::lifetime`) and what a purchase is (`regulars_engine`).

mod activity;
mod alive;
mod base;
mod candidates;
mod groups;
mod histories;
mod largest;
mod overlay;
mod predictions;
mod spend;
mod stored_value;
mod summarise;
mod write;
mod write_learned;

use std::path::Path;

use regulars_core::config::{LifetimeValue, RatePeriod};
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::manifest::ValueChoice;
use regulars_core::money::minor_per_major;
use regulars_core::summary::ValueSummary;
use regulars_core::tables::{
    churn_comparison, churn_reliability, feature_importance, ltv_deciles, ltv_dependence, ltv_drivers,
    ltv_frequency, ltv_origins, ltv_predictions, ltv_summary, ltv_tracking, model_comparison,
    model_parameters,
};
use regulars_core::time_split::TimeSplit;
use regulars_engine::{Engine, FeatureParams, Inputs, RfmColumns};
use regulars_learners::conformal::Coverage;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::fit::{FitSettings, Shrinkage};
use regulars_models::lifetime::holdout::{Independence, independence};
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::patterns::CountedPatterns;
use regulars_models::lifetime::time::{Horizon, TimeUnit};
use regulars_stats::forecast::{Errors, ForecastMetrics};

pub use alive::{AliveOverTime, alive_over_time};
pub(crate) use base::{Base, Calibration, Columns, Days, PurchaseDays, Week, ids_of, of_rows};
pub(crate) use candidates::{
    Baseline, Candidate, HoldoutContext, baselines, candidates, key_of, model_named, ranked,
};
pub(crate) use groups::Grouping;
pub(crate) use histories::{histories, histories_and_purchases, period};
pub(crate) use overlay::{Ends, PredictionIntervals, expected_in_target, over_horizon};
pub(crate) use predictions::{ForecastRequest, Predictions, predict};
pub(crate) use spend::SpendModel;
pub(crate) use stored_value::{StoredValueModel, missing_model, read_model};
pub(crate) use write::{money_minor, stages};

use crate::clusters::in_pool;
use crate::error::{Error, Kind, Result};
use crate::learned::{self, Learned, LearnedModel};
use crate::steps::Outcome;
use crate::timing::{Stopwatch, rounded};

/// The tables of the step.
pub(crate) const TABLES: [&str; 13] = [
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

/// Input of the lifetime value step.
pub(crate) struct ValueRequest<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) inputs: &'a Inputs,
    pub(crate) params: &'a FeatureParams,
    /// `customer_features` of the run.
    pub(crate) features: &'a Path,
    /// Folder for temporary files.
    pub(crate) scratch: &'a Path,
    /// First and last row of the data.
    pub(crate) span_micros: Option<(i64, i64)>,
    /// The customers of the run, in its order.
    pub(crate) rfm: &'a RfmColumns,
    /// Groups of customers to total value for.
    pub(crate) groupings: &'a [Grouping],
    pub(crate) config: &'a LifetimeValue,
    pub(crate) money_decimals: u8,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    /// The folder of the run.
    pub(crate) dir: &'a Path,
}

impl ValueRequest<'_> {
    /// Minor units of one unit of money.
    pub(crate) fn money_unit(&self) -> f64 {
        minor_per_major(self.money_decimals)
    }
}

/// Input of the tables and the summary.
pub(crate) struct Valued {
    pub(crate) base: Base,
    pub(crate) days: Days,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) baselines: Vec<Baseline>,
    /// The chosen candidate, and the runner-up.
    pub(crate) chosen: usize,
    pub(crate) runner_up: Option<usize>,
    /// The chosen model and the spend model, fitted on all history.
    pub(crate) fitted: FittedLifetimeModel,
    pub(crate) spend: SpendModel,
    /// The spend model of the calibration period.
    pub(crate) spend_then: SpendModel,
    pub(crate) counted_then: CountedPatterns,
    pub(crate) counted_now: CountedPatterns,
    pub(crate) independence: Option<Independence>,
    /// Learned models, or why there are none.
    pub(crate) learned: std::result::Result<Learned, String>,
    /// Every model's forecasts with intervals, and the chosen learned model, if any.
    pub(crate) spread: PredictionIntervals,
    /// For the horizon, and for the holdout period.
    pub(crate) ahead: Predictions,
    pub(crate) judged: Predictions,
}

impl Valued {
    /// Learned models; empty if none could be trained.
    fn learned_models(&self) -> &[LearnedModel] {
        self.learned.as_ref().map_or(&[], |learned| &learned.models)
    }

    /// The learned model that predicts spend, if any.
    fn winner(&self) -> Option<&LearnedModel> {
        self.spread.winner.and_then(|winner| self.learned_models().get(winner))
    }

    /// Coverage of a model's spend intervals; none for models without intervals.
    fn coverage_of(&self, name: &str) -> Option<&Coverage> {
        if name == self.candidates[self.chosen].kind.name() {
            return self.spread.of_kind_coverage.as_ref();
        }
        let at = self.learned_models().iter().position(|model| model.name == name)?;
        self.spread.learned.get(at).map(|of_model| &of_model.coverage)
    }

    /// Errors of a model of orders, by its name.
    fn order_errors(&self, name: &str) -> Option<&Errors> {
        let learned = self.learned.as_ref().ok()?;
        learned.orders.iter().find(|model| model.name == name).map(|model| &model.judgement.errors)
    }

    /// Every model except baselines, with its accuracy on holdout spend.
    fn spend_of_models(&self) -> impl Iterator<Item = (&'static str, &ForecastMetrics)> {
        let candidates = self
            .candidates
            .iter()
            .filter_map(|candidate| Some((candidate.kind.name(), candidate.spend.as_ref()?)));
        candidates.chain(self.learned_models().iter().map(|model| (model.name, &model.judgement)))
    }
}

/// Computes lifetime value, and writes its tables and models into the run's folder.
///
/// Too little history is not an error: the outcome says why there is no value.
/// Errors: those of the engine and of writing.
pub(crate) fn value(
    request: &ValueRequest<'_>,
    clock: &mut Stopwatch,
) -> Result<Outcome<(ValueSummary, ValueChoice)>> {
    let settings = request.config;
    let mut days = Days::of(request.span_micros, request.params.rules.cutoff_micros);
    if let Err(reason) = split(&mut days, settings) {
        return Ok(Outcome::Skipped { reason });
    }
    let base = histories(request.engine, request.inputs, &request.params.rules, days, settings.grain)?;
    if base.now.x.len() != request.rfm.frequency_orders.len() {
        return Err(Error::new(Kind::Internal, "histories and features have different customers"));
    }
    clock.stamp("value: histories");
    let mut found = match in_pool(request.threads, || fit_and_predict(request, base, days))? {
        Ok(found) => found,
        Err(reason) => return Ok(Outcome::Skipped { reason }),
    };
    let single = found.candidates.iter();
    clock.parts(single.map(|c| (format!("value: {}", c.kind.name()), rounded(c.seconds))).collect());
    clock.stamp("value: models");
    if !settings.learned.is_empty() {
        found.learned = in_pool(request.threads, || learn_from_features(request, &found, clock))??;
    }
    in_pool(request.threads, || overlay::apply(request, &mut found))??;
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
    Ok(Outcome::Done((summary, choice)))
}

/// Sets the end of the calibration period: before the last days, which are the horizon or a third of the
/// history.
fn split(days: &mut Days, settings: &LifetimeValue) -> std::result::Result<(), String> {
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
) -> Result<std::result::Result<Learned, String>> {
    let days = found.days;
    let judged_from = days.calibration_end.unwrap_or(days.as_of);
    match TimeSplit::new(days.first, days.as_of, days.as_of - judged_from) {
        Ok(split) => learned::learn(request, found, split, clock),
        Err(reason) => Ok(Err(reason)),
    }
}

fn fit_and_predict(
    request: &ValueRequest<'_>,
    base: Base,
    days: Days,
) -> std::result::Result<Valued, String> {
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
        learned: Err("none were requested".to_owned()),
        spread: PredictionIntervals::default(),
    })
}

/// The spend model of given histories; if it cannot be fitted, the mean of all purchases.
pub(crate) fn spend_model(
    columns: &Columns,
    mean: &[f64],
    money_unit: f64,
    settings: &FitSettings,
) -> SpendModel {
    let purchases = columns.x.iter().sum::<f64>() + columns.x.len() as f64;
    let total: i128 = columns.total_minor.iter().map(|minor| i128::from(*minor)).sum();
    SpendModel::fit(&columns.x, mean, total as f64 / money_unit / purchases.max(1.0), settings)
}

pub(crate) fn unit_of(settings: &LifetimeValue) -> TimeUnit {
    // Validated with the configuration.
    settings.unit.parse().unwrap_or(TimeUnit::Days)
}

pub(crate) fn fit_settings(prior_sd: Option<f64>) -> FitSettings {
    FitSettings { prior: prior_sd.map(|spread| Shrinkage { spread }), ..FitSettings::default() }
}

/// The discount for a rate per period.
pub(crate) fn discount(rate: f64, period: RatePeriod) -> Discount {
    match period {
        _ if rate <= 0.0 => Discount::None,
        RatePeriod::Year => Discount::Monthly((rate.ln_1p() / 12.0).exp_m1()),
        RatePeriod::Month => Discount::Monthly(rate),
        RatePeriod::Day => Discount::Daily(rate),
    }
}

fn discount_of(settings: &LifetimeValue) -> Discount {
    discount(settings.discount_rate, settings.discount_period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(days: i64, settings: &LifetimeValue) -> std::result::Result<i64, String> {
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

    #[test]
    fn a_year_of_discount_is_twelve_months_of_it() {
        let Discount::Monthly(rate) = discount(0.1, RatePeriod::Year) else { panic!("monthly") };
        assert!(((1.0 + rate).powi(12) - 1.1).abs() < 1e-12);
        assert_eq!(discount(0.0, RatePeriod::Day), Discount::None);
    }
}
