//! Models that learn from features, judged on days that they have not seen.
//!
//! ```text
//! tried  ----H---- train ----H---- judge ----H---- as of ----H---->
//! ```
//!
//! 1. With four horizons of history, models learn at `tried` and stop where they no longer help at `train`;
//!    what they say there, out of time, gives the weights of the blend. With less, settings are as they come
//!    and weights are those of customers that were held out at `train`.
//! 2. They learn again at `train` and are judged at `judge`, on what customers spent until the analysis date.
//! 3. They learn again at `judge` and predict from the analysis date on.
//!
//! Boosted trees learn by what factor a customer's spend differs from what a buy-till-you-die model expects
//! of it, and the level of every learned model is that model's too: how much all customers together will
//! spend follows from their whole history, while one window of it has its own season (ADR 0008).
//!
//! Deliberately not here: how models learn (`regulars_learners`), and the choice among all models
//! (`crate::value`).

mod card;
mod cuts;
mod effects;
mod expecting;
mod forecasts;
mod foreseen;
mod keep;
mod kept;
mod origins;
mod reasons;
mod recipes;
mod staying;

use regulars_core::dates::end_of_day_micros;
use regulars_core::time_split::TimeSplit;
use regulars_engine::PurchaseRules;
use regulars_models::lifetime::model::{Fitted, ModelKind};

pub(crate) use cuts::feature_names;
use cuts::{Expectation, evenly, write_features_at};
pub(crate) use effects::{Dependent, Permuted};
use expecting::Expecting;
pub(crate) use forecasts::LearnedModel;
use forecasts::{Forecasts, Known, Table, Target};
pub(crate) use foreseen::Foreseen;
pub(crate) use keep::{Deciding, keep};
pub(crate) use kept::{KeptModels, read_kept};
pub(crate) use origins::Origin;
pub(crate) use reasons::Importance;
pub(crate) use recipes::model_keys;
use regulars_learners::contributions::Driver;
pub(crate) use staying::Churned;

use crate::error::{Error, Kind, Result};
use crate::timing::Stopwatch;
use crate::value::{Calibration, Days, ValueRequest, Valued, fit_settings, histories, unit_of};

/// Fewer customers, or fewer of them who spent something, are no basis for features.
const FEWEST_CUSTOMERS: usize = 100;
const FEWEST_SPENDERS: usize = 30;
/// Customers that settings are tried on, at most.
const TRIED_CUSTOMERS: usize = 20_000;

/// The learned models of a run.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) split: TimeSplit,
    /// The model that says what to expect of a customer.
    pub(crate) expectation: ModelKind,
    /// It and the model of spend, at the analysis date.
    expecting: Expecting,
    /// In the order of the recipes; the blend last.
    pub(crate) models: Vec<LearnedModel>,
    /// Weights of the blend: of what is expected, then of the models.
    weights: Vec<f64>,
    /// The chance to stay away.
    pub(crate) churned: Churned,
    /// Customers at the judged cut, and at the analysis date.
    judge: Table,
    now: Table,
    /// Models of orders instead of spend; empty unless asked for.
    pub(crate) orders: Vec<LearnedModel>,
    /// How models did at earlier days, the latest first.
    pub(crate) origins: Vec<Origin>,
    /// By how much the season of the days ahead differs from the mean of the year.
    pub(crate) season: f64,
    /// By what share the expected total was off at each cut with a known target.
    pub(crate) level_errors: Vec<f64>,
    /// What a reader should know, in words.
    pub(crate) notes: Vec<String>,
}

impl Learned {
    /// The features that move every customer's forecast by a model the most.
    ///
    /// Errors: one of the libraries refused, which is a fault of ours.
    pub(crate) fn drivers(&self, model: usize) -> Result<Vec<Vec<Driver>>> {
        Ok(reasons::drivers(&self.models[model], &self.models, &self.weights, &self.now)?)
    }

    /// How much every model relies on every feature, by gain and contributions; of the blend, by the latter.
    ///
    /// Errors: as above.
    pub(crate) fn importance(&self) -> Result<Vec<Importance>> {
        Ok(reasons::importance(&self.models, &self.weights, &self.now)?)
    }

    /// The model with the smallest error of spend in the days held out.
    pub(crate) fn best(&self) -> Option<usize> {
        best_of(&self.models)
    }

    /// How much worse a model forecasts the days held out when a feature is dealt to other customers.
    ///
    /// Shape: one a feature, in their order. `spend` is of the customers of the judged cut.
    /// Errors: as above.
    pub(crate) fn permuted(&self, model: usize, spend: &[f64], seed: u64) -> Result<Vec<Permuted>> {
        Ok(effects::permuted(self, model, spend, seed)?)
    }

    /// How the mean forecast of a model moves with some features.
    ///
    /// Errors: as above.
    pub(crate) fn dependence(&self, model: usize, features: &[usize]) -> Result<Vec<Dependent>> {
        Ok(effects::dependence(self, model, features)?)
    }

    /// The chance that customers buy anything in the target days, by the buy-till-you-die model: of those of the
    /// judged cut, and of all at the analysis date.
    pub(crate) fn chances(&self) -> [&[f64]; 2] {
        [&self.judge.p_purchase, &self.now.p_purchase]
    }

    /// Names of the features.
    pub(crate) fn features(&self) -> &[String] {
        self.now.features.names()
    }
}

/// The model with the smallest error in the days held out.
pub(crate) fn best_of(models: &[LearnedModel]) -> Option<usize> {
    let rmse = |at: &usize| models[*at].judgement.errors.rmse;
    (0..models.len()).min_by(|a, b| rmse(a).total_cmp(&rmse(b)))
}

/// Learns, judges and predicts.
///
/// Contracts: `found.base` is split at [`TimeSplit::judge_day`].
/// Too little history or too few customers are no error: the inner result says why nothing was learned.
/// Errors: those of the engine.
pub(crate) fn learn(
    request: &ValueRequest<'_>,
    found: &Valued,
    split: TimeSplit,
    clock: &mut Stopwatch,
) -> Result<std::result::Result<Learned, String>> {
    let target_days = i64::from(split.target_days());
    let past = Past { request, first_day: found.days.first };
    let Some(judge) = &found.base.calibration else {
        return Ok(Err("there is nothing to judge models on".to_owned()));
    };
    let now = past.histories(split.as_of_day, split.as_of_day)?;
    let train = past.histories(split.train_day, split.judge_day)?;
    // They learn after the one cut to be judged, and after the other to predict.
    for kept in [&train, judge] {
        if let Err(reason) = enough(kept) {
            return Ok(Err(reason));
        }
    }
    let tried_day = split.train_day - target_days;
    let tried = (tried_day - found.days.first + 1 >= target_days)
        .then(|| past.histories(tried_day, split.train_day))
        .transpose()?
        .filter(|kept| enough(kept).is_ok());
    clock.stamp("value: histories of cuts");
    let fit_settings = fit_settings(request.config.value.prior_spread);
    let question = Expectation {
        unit: unit_of(&request.config.value),
        target_days: split.target_days(),
        money_decimals: request.money_decimals,
        settings: &fit_settings,
    };
    let (kind, at_train) = match likeliest(found, &train, &question) {
        Ok(likeliest) => likeliest,
        Err(reason) => return Ok(Err(reason)),
    };
    // Two of its fits have been made for the comparison.
    let candidate = found.candidates.iter().find(|candidate| candidate.kind == kind);
    let at_judge = candidate.and_then(|candidate| candidate.fitted.as_ref().ok());
    let at_now = (found.candidates[found.chosen].kind == kind).then_some(&found.fitted);
    let cuts = [
        Some((&train, split.train_day, Some(&at_train))),
        Some((judge, split.judge_day, at_judge)),
        tried.as_ref().map(|tried| (tried, tried_day, None)),
    ];
    let mut known = Vec::new();
    for (kept, day, fitted) in cuts.into_iter().flatten() {
        match past.known(&question, kind, (kept, day), fitted)? {
            Ok(one) => known.push(one),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    let level_errors = known.iter().filter_map(Known::level_error).collect();
    // The window that is only tried on chooses a handful of settings and weights.
    if let Some(tried) = known.get_mut(2) {
        tried.keep(&evenly(tried.spend.len(), TRIED_CUSTOMERS));
    }
    let (now, expecting) = match question.cut(request.features, &now, kind, at_now)? {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    clock.stamp("value: features of cuts");
    let forecasts = Forecasts {
        train: &known[0],
        judge: &known[1],
        tried: known.get(2),
        now: &now,
        settings: &request.config.value,
        target: Target::Spend,
        seed: request.seed,
    };
    let made = match forecasts.make() {
        Ok(made) => made,
        Err(error) => return Ok(Err(error.to_string())),
    };
    clock.stamp("value: learned models");
    let mut orders = Vec::new();
    if request.config.value.orders {
        orders = match (Forecasts { target: Target::Orders, ..forecasts }).of_target() {
            Ok(orders) => orders,
            Err(error) => return Ok(Err(error.to_string())),
        };
        clock.stamp("value: learned models of orders");
    }
    let mut notes = made.notes;
    let origins = origins::origins(&past, &question, kind, split, &mut notes)?;
    if !origins.is_empty() {
        clock.stamp("value: earlier origins");
    }
    Ok(Ok(Learned {
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
        level_errors,
        notes,
    }))
}

/// What was known at earlier days.
struct Past<'a> {
    request: &'a ValueRequest<'a>,
    first_day: i64,
}

impl Past<'_> {
    /// Histories at the end of `day`, and what they became by the end of `known`.
    fn histories(&self, day: i64, known: i64) -> Result<Calibration> {
        let request = self.request;
        let rules = PurchaseRules { cut_micros: end_of_day_micros(known), ..request.params.rules.clone() };
        let days = Days { first: self.first_day, as_of: known, calibration_end: Some(day) };
        let grain = request.config.value.grain;
        let base = histories(request.engine, request.inputs, &rules, days, grain)?;
        base.calibration.ok_or_else(|| Error::new(Kind::Internal, "there is no calibration"))
    }

    /// Features and targets of histories; `fitted` as in [`Expectation::cut`].
    fn known(
        &self,
        question: &Expectation<'_>,
        kind: ModelKind,
        (kept, day): (&Calibration, i64),
        fitted: Option<&Fitted>,
    ) -> Result<std::result::Result<Known, String>> {
        let path = self.request.scratch.join(format!("features_{day}.parquet"));
        write_features_at(self.request.engine, self.request.inputs, self.request.params, day, &path)?;
        let cut = question.cut(&path, kept, kind, fitted)?;
        Ok(cut.map(|(cut, _)| Known::of(cut, kept, question.money_unit())))
    }
}

fn enough(kept: &Calibration) -> std::result::Result<(), String> {
    let customers = kept.then.x.len();
    let spenders = kept.spend_minor.iter().filter(|spend| **spend > 0).count();
    if customers < FEWEST_CUSTOMERS || spenders < FEWEST_SPENDERS {
        return Err(format!(
            "{customers} customers, {spenders} of whom spent something afterwards, are too few to learn from (at least {FEWEST_CUSTOMERS} and {FEWEST_SPENDERS})"
        ));
    }
    Ok(())
}

/// The model of purchases, of those that were tried, that a history is likeliest under by the Bayesian
/// criterion.
fn likeliest(
    found: &Valued,
    train: &Calibration,
    question: &Expectation<'_>,
) -> std::result::Result<(ModelKind, Fitted), String> {
    let counted = train.then.counted(question.unit).map_err(|error| error.to_string())?;
    let fits = found.candidates.iter().filter_map(|candidate| {
        Some((candidate.kind, candidate.kind.fit(&counted.patterns, question.settings).ok()?))
    });
    fits.min_by(|one, other| one.1.report.bic.total_cmp(&other.1.report.bic))
        .ok_or_else(|| "no buy-till-you-die model could be fitted that says what to expect".to_owned())
}
