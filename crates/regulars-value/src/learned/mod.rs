//! Machine learning models on customer features, tested on a holdout period.
//!
//! ```text
//! tried  ----H---- train ----H---- judge ----H---- as of ----H---->
//! ```
//!
//! 1. With four horizons of history, models are trained at `tried` with early stopping at `train`; their
//!    forecasts there, out of time, give the blend weights. With less, settings are the defaults and weights
//!    come from held-out customers at `train`.
//! 2. Models are trained at `train` and tested at `judge`, on spend up to the analysis date.
//! 3. Models are trained again at `judge` and predict from the analysis date.
//!
//! Boosted trees predict the factor between a customer's spend and the expectation of a buy-till-you-die
//! model, which also sets the level of every learned model: total spend follows from the whole history, while
//! a single window has its own season (ADR 0008).
//!
//! Deliberately not here: training (`regulars_learners`), and the choice among all models (`crate::value`).

mod card;
mod churn;
mod cutoffs;
mod drivers;
mod effects;
mod expectation;
mod forecasts;
mod load;
mod origins;
mod recipes;
mod save;
mod stored_forecasts;

use regulars_core::dates::end_of_day_micros;
use regulars_core::time_split::TimeSplit;
use regulars_engine::PurchaseRules;
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};

pub(crate) use churn::{ChurnModel, ChurnModels};
pub(crate) use cutoffs::feature_names;
use cutoffs::{Expectation, evenly, write_features_at};
pub(crate) use drivers::Importance;
pub(crate) use effects::Dependent;
use expectation::Expecting;
pub(crate) use forecasts::LearnedModel;
use forecasts::{Forecasts, Table, Target, TrainingSet};
pub(crate) use load::{StoredModels, read_models};
pub(crate) use origins::Origin;
pub(crate) use recipes::model_keys;
use regulars_learners::contributions::Driver;
use regulars_learners::explain::PermutationImportance;
pub(crate) use save::{Deciding, keep};
pub(crate) use stored_forecasts::StoredForecasts;

use crate::btyd::{Candidate, fit_settings, unit_of};
use crate::error::{Error, Kind, Result};
use crate::histories::{Base, Calibration, Days, histories};
use crate::outcome::Stop;
use crate::request::ValueRequest;
use crate::timing::Stopwatch;

/// With fewer customers, or fewer with spend, training is not possible.
const FEWEST_CUSTOMERS: usize = 100;
const FEWEST_SPENDERS: usize = 30;
/// Maximum number of customers for tuning.
const TRIED_CUSTOMERS: usize = 20_000;

/// The learned models of a run.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) split: TimeSplit,
    /// The buy-till-you-die model behind the expectations.
    pub(crate) expectation: ModelKind,
    /// It and the spend model, at the analysis date.
    expecting: Expecting,
    /// In the order of the recipes; the blend last.
    pub(crate) models: Vec<LearnedModel>,
    /// Weights of the blend: of the expectation, then of the models.
    weights: Vec<f64>,
    /// P(churn).
    pub(crate) churned: ChurnModels,
    /// Customers at the test cutoff, and at the analysis date.
    judge: Table,
    now: Table,
    /// Models of orders instead of spend; empty unless requested.
    pub(crate) orders: Vec<LearnedModel>,
    /// Accuracy at earlier origins, latest first.
    pub(crate) origins: Vec<Origin>,
    /// Seasonal factor of the horizon.
    pub(crate) season: f64,
    /// Relative error of the total expectation at each cutoff with a known target.
    pub(crate) total_errors: Vec<f64>,
    /// Remarks, in words.
    pub(crate) notes: Vec<String>,
}

impl Learned {
    /// The main drivers of every customer's forecast by a model.
    ///
    /// Errors: an error of a library, which is a bug in Regulars.
    pub(crate) fn drivers(&self, model: usize) -> Result<Vec<Vec<Driver>>> {
        Ok(drivers::drivers(&self.models[model], &self.models, &self.weights, &self.now)?)
    }

    /// Feature importance in every model, by gain and mean contribution; for the blend, by the latter.
    ///
    /// Errors: as above.
    pub(crate) fn importance(&self) -> Result<Vec<Importance>> {
        Ok(drivers::importance(&self.models, &self.weights, &self.now)?)
    }

    /// The model with the lowest holdout RMSE of spend.
    pub(crate) fn best(&self) -> Option<usize> {
        best_of(&self.models)
    }

    /// Permutation importance of every feature on the holdout period.
    ///
    /// Shape: one per feature, in their order. `spend` is for the customers of the test cutoff.
    /// Errors: as above.
    pub(crate) fn permuted(
        &self,
        model: usize,
        spend: &[f64],
        seed: u64,
    ) -> Result<Vec<PermutationImportance>> {
        Ok(effects::permuted(self, model, spend, seed)?)
    }

    /// Partial dependence of a model's mean forecast on the given features.
    ///
    /// Errors: as above.
    pub(crate) fn dependence(&self, model: usize, features: &[usize]) -> Result<Vec<Dependent>> {
        Ok(effects::dependence(self, model, features)?)
    }

    /// P(purchase) in the target days, by the buy-till-you-die model: for customers at the test cutoff, and
    /// for all at the analysis date.
    pub(crate) fn probabilities(&self) -> [&[f64]; 2] {
        [&self.judge.p_purchase, &self.now.p_purchase]
    }

    /// Names of the features.
    pub(crate) fn features(&self) -> &[String] {
        self.now.features.names()
    }
}

/// The model with the lowest holdout error.
pub(crate) fn best_of(models: &[LearnedModel]) -> Option<usize> {
    let rmse = |at: &usize| models[*at].judgement.errors.rmse;
    (0..models.len()).min_by(|a, b| rmse(a).total_cmp(&rmse(b)))
}

/// The buy-till-you-die models of a shop, from which learned models start.
pub(crate) struct Fits<'a> {
    pub(crate) base: &'a Base,
    pub(crate) days: Days,
    pub(crate) candidates: &'a [Candidate],
    /// The chosen candidate, and its fit on all data.
    pub(crate) chosen: usize,
    pub(crate) fitted: &'a FittedLifetimeModel,
}

/// Trains, tests and predicts.
///
/// Contracts: `found.base` is split at [`TimeSplit::judge_day`].
/// Too little history or too few customers are not an error, but skip them.
/// Errors: those of the engine.
pub(crate) fn learn(
    request: &ValueRequest<'_>,
    found: &Fits<'_>,
    split: TimeSplit,
    clock: &mut Stopwatch,
) -> Result<Learned, Stop> {
    let target_days = i64::from(split.target_days());
    let past = Past { request, first_day: found.days.first };
    let Some(judge) = &found.base.calibration else {
        return Err(Stop::skipped("there is no holdout period to test models on"));
    };
    let now = past.histories(split.as_of_day, split.as_of_day)?;
    let train = past.histories(split.train_day, split.judge_day)?;
    // Trained after the first cutoff for testing, and after the second for forecasts.
    for kept in [&train, judge] {
        enough(kept)?;
    }
    let tried_day = split.train_day - target_days;
    let tried = (tried_day - found.days.first + 1 >= target_days)
        .then(|| past.histories(tried_day, split.train_day))
        .transpose()?
        .filter(|kept| enough(kept).is_ok());
    clock.stamp("value: histories of cuts");
    let fit_settings = fit_settings(request.config.prior_sd);
    let question = Expectation {
        unit: unit_of(request.config),
        target_days: split.target_days(),
        money_decimals: request.money_decimals,
        settings: &fit_settings,
    };
    let (kind, at_train) = likeliest(found, &train, &question)?;
    // Two of its fits exist already from the comparison.
    let candidate = found.candidates.iter().find(|candidate| candidate.kind == kind);
    let at_judge = candidate.and_then(|candidate| candidate.fitted.as_ref().ok());
    let at_now = (found.candidates[found.chosen].kind == kind).then_some(found.fitted);
    let cuts = [
        Some((&train, split.train_day, Some(&at_train))),
        Some((judge, split.judge_day, at_judge)),
        tried.as_ref().map(|tried| (tried, tried_day, None)),
    ];
    let mut known = Vec::new();
    for (kept, day, fitted) in cuts.into_iter().flatten() {
        known.push(past.known(&question, kind, (kept, day), fitted)?);
    }
    let total_errors = known.iter().filter_map(TrainingSet::total_error).collect();
    // The tuning window only determines settings and weights.
    if let Some(tried) = known.get_mut(2) {
        tried.keep(&evenly(tried.spend.len(), TRIED_CUSTOMERS));
    }
    let (now, expecting) = question.cut(request.features, &now, kind, at_now)?;
    clock.stamp("value: features of cuts");
    let forecasts = Forecasts {
        train: &known[0],
        judge: &known[1],
        tried: known.get(2),
        now: &now,
        settings: request.config,
        target: Target::Spend,
        seed: request.seed,
    };
    let made = forecasts.make().map_err(Stop::skipped)?;
    clock.stamp("value: learned models");
    let mut orders = Vec::new();
    if request.config.orders {
        orders = Forecasts { target: Target::Orders, ..forecasts }.of_target().map_err(Stop::skipped)?;
        clock.stamp("value: learned models of orders");
    }
    let mut notes = made.notes;
    let origins = origins::origins(&past, &question, kind, split, &mut notes)?;
    if !origins.is_empty() {
        clock.stamp("value: earlier origins");
    }
    Ok(Learned {
        split,
        expectation: kind,
        expecting,
        models: made.models,
        weights: made.weights,
        churned: made.churned,
        judge: made.judge,
        now: made.now,
        orders,
        origins,
        season: now.season,
        total_errors,
        notes,
    })
}

/// Data known at earlier days.
struct Past<'a> {
    request: &'a ValueRequest<'a>,
    first_day: i64,
}

impl Past<'_> {
    /// Histories at the end of `day`, and outcomes by the end of `known`.
    fn histories(&self, day: i64, known: i64) -> Result<Calibration> {
        let request = self.request;
        let rules = PurchaseRules { cutoff_micros: end_of_day_micros(known), ..request.params.rules.clone() };
        let days = Days { first: self.first_day, as_of: known, calibration_end: Some(day) };
        let grain = request.config.grain;
        let base = histories(request.engine, request.inputs, &rules, days, grain)?;
        base.calibration.ok_or_else(|| Error::new(Kind::Internal, "there is no calibration period"))
    }

    /// Features and targets of histories; `fitted` as in [`Expectation::cut`].
    fn known(
        &self,
        question: &Expectation<'_>,
        kind: ModelKind,
        (kept, day): (&Calibration, i64),
        fitted: Option<&FittedLifetimeModel>,
    ) -> Result<TrainingSet, Stop> {
        let path = self.request.scratch.join(format!("features_{day}.parquet"));
        write_features_at(self.request.engine, self.request.inputs, self.request.params, day, &path)?;
        let (cut, _) = question.cut(&path, kept, kind, fitted)?;
        Ok(TrainingSet::of(cut, kept, question.money_unit()))
    }
}

fn enough(kept: &Calibration) -> Result<(), Stop> {
    let customers = kept.then.x.len();
    let spenders = kept.spend_minor.iter().filter(|spend| **spend > 0).count();
    if customers < FEWEST_CUSTOMERS || spenders < FEWEST_SPENDERS {
        return Err(Stop::Skipped(format!(
            "{customers} customers, {spenders} with spend afterwards, are too few for learned models (at least {FEWEST_CUSTOMERS} and {FEWEST_SPENDERS})"
        )));
    }
    Ok(())
}

/// The candidate purchase model with the lowest BIC on a history.
fn likeliest(
    found: &Fits<'_>,
    train: &Calibration,
    question: &Expectation<'_>,
) -> Result<(ModelKind, FittedLifetimeModel), Stop> {
    let counted = train.then.counted(question.unit).map_err(Stop::skipped)?;
    let fits = found.candidates.iter().filter_map(|candidate| {
        Some((candidate.kind, candidate.kind.fit(&counted.patterns, question.settings).ok()?))
    });
    fits.min_by(|one, other| one.1.report.bic.total_cmp(&other.1.report.bic))
        .ok_or_else(|| Stop::skipped("no buy-till-you-die model could be fitted for the expectation"))
}
