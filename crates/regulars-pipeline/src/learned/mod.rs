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

mod cuts;
mod forecasts;
mod reasons;
mod recipes;
mod staying;

use std::path::Path;
use std::time::Instant;

use regulars_core::config::Value;
use regulars_core::time_split::TimeSplit;
use regulars_engine::{Engine, FeatureParams, Inputs, PurchaseRules};
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::model::ModelKind;
use regulars_models::lifetime::time::TimeUnit;

pub(crate) use cuts::Cut;
use cuts::{Expectation, Seen, cut, evenly, write_features_at};
pub(crate) use forecasts::LearnedModel;
use forecasts::{Forecasts, Known, Table};
pub(crate) use reasons::{Driver, Importance};
pub(crate) use recipes::MODEL_KEYS;
pub(crate) use staying::Churned;

use crate::error::Result;
use crate::value::{Base, Calibration, Columns, Days, histories};

/// Fewer customers, or fewer of them who spent something, are no basis for features.
const FEWEST_CUSTOMERS: usize = 100;
const FEWEST_SPENDERS: usize = 30;
/// Customers that settings are tried on, at most.
const TRIED_CUSTOMERS: usize = 20_000;

/// What models learn from.
pub(crate) struct LearnRequest<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) inputs: &'a Inputs,
    pub(crate) params: &'a FeatureParams,
    /// `customer_features` of the run.
    pub(crate) features: &'a Path,
    /// Where the features of earlier cuts are written.
    pub(crate) scratch: &'a Path,
    pub(crate) settings: &'a Value,
    pub(crate) unit: TimeUnit,
    pub(crate) fit_settings: &'a FitSettings,
    /// Models of purchases that can say what to expect.
    pub(crate) kinds: &'a [ModelKind],
    pub(crate) money_decimals: u8,
    pub(crate) seed: u64,
}

/// Customers as they were at a cut, with what they spent after it.
struct Snapshot {
    seen: Seen,
    /// Spend in the target days, in the currency's unit; none from the analysis date on.
    target: Option<Vec<f64>>,
    /// Purchases in the target days.
    purchases: Vec<f64>,
}

/// The learned models of a run.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) split: TimeSplit,
    /// The model that says what to expect of a customer.
    pub(crate) expectation: ModelKind,
    /// In the order of the recipes; the blend last.
    pub(crate) models: Vec<LearnedModel>,
    /// Weights of the blend: of what is expected, then of the models.
    weights: Vec<f64>,
    /// The chance to stay away.
    pub(crate) churned: Churned,
    /// Customers at the analysis date.
    now: Table,
    /// What a reader should know, in words.
    pub(crate) notes: Vec<String>,
    /// Seconds by part.
    pub(crate) seconds: Vec<(String, f64)>,
}

impl Learned {
    /// The features that move every customer's forecast by a model the most.
    ///
    /// Errors: one of the libraries refused, which is a fault of ours.
    pub(crate) fn drivers(&self, model: usize) -> Result<Vec<Vec<Driver>>> {
        Ok(reasons::drivers(&self.models[model], &self.models, &self.weights, &self.now)?)
    }

    /// How much every model relies on every feature.
    ///
    /// Errors: as above.
    pub(crate) fn importance(&self) -> Result<Vec<Importance>> {
        Ok(reasons::importance(&self.models, &self.now)?)
    }

    /// Names of the features.
    pub(crate) fn features(&self) -> &[String] {
        self.now.features.names()
    }
}

/// Learns, judges and predicts.
///
/// Contracts: `base` is split at [`TimeSplit::judge_day`].
/// Too little history or too few customers are no error: the inner result says why nothing was learned.
/// Errors: those of the engine.
pub(crate) fn learn(
    request: &LearnRequest<'_>,
    base: &Base,
    split: TimeSplit,
    first_day: i64,
) -> Result<std::result::Result<Learned, String>> {
    let mut clock = Stopwatch::new();
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    let spent = |minor: &[i64]| -> Vec<f64> { minor.iter().map(|minor| *minor as f64 / unit).collect() };
    let Some(at_judge) = &base.calibration else {
        return Ok(Err("there is nothing to judge models on".to_owned()));
    };
    let seen_then = |kept: Calibration| Seen { histories: kept.then, weeks: kept.weeks };
    let judge = Snapshot {
        seen: Seen { histories: at_judge.then.clone(), weeks: at_judge.weeks.clone() },
        target: Some(spent(&at_judge.spend_minor)),
        purchases: at_judge.purchases.clone(),
    };
    let at = |day: i64, known: i64| -> Result<Option<Snapshot>> {
        let rules = PurchaseRules { cut_micros: cuts::end_of(known), ..request.params.rules.clone() };
        let days = Days { first: first_day, as_of: known, calibration_end: Some(day) };
        let found =
            histories(request.engine, &request.inputs.transactions, &rules, days, request.settings.grain)?;
        Ok(found.calibration.map(|kept| Snapshot {
            target: Some(spent(&kept.spend_minor)),
            purchases: kept.purchases.clone(),
            seen: seen_then(kept),
        }))
    };
    let target_days = i64::from(split.target_days());
    let Some(now) = at(split.as_of_day, split.as_of_day)? else {
        return Ok(Err("there is nobody to predict".to_owned()));
    };
    let Some(train) = at(split.train_day, split.judge_day)? else {
        return Ok(Err("there is nothing to learn from".to_owned()));
    };
    if let Err(reason) = enough(&train) {
        return Ok(Err(reason));
    }
    let tried_day = split.train_day - target_days;
    let tried = if tried_day - first_day + 1 >= target_days {
        at(tried_day, split.train_day)?.filter(|snapshot| enough(snapshot).is_ok())
    } else {
        None
    };
    clock.stamp("histories of cuts");
    let expectation = match likeliest(request, &train.seen.histories) {
        Ok(kind) => kind,
        Err(reason) => return Ok(Err(reason)),
    };
    let question = Expectation {
        kind: expectation,
        unit: request.unit,
        target_days: split.target_days(),
        money_decimals: request.money_decimals,
        settings: request.fit_settings,
    };
    let seen = |snapshot: &Snapshot, day: i64| -> Result<std::result::Result<Cut, String>> {
        let path = request.scratch.join(format!("features_{day}.parquet"));
        write_features_at(request.engine, request.inputs, request.params, day, &path)?;
        cut(&path, &snapshot.seen, &question)
    };
    let mut cuts = Vec::new();
    let days = [
        Some((&train, split.train_day)),
        Some((&judge, split.judge_day)),
        tried.as_ref().map(|t| (t, tried_day)),
    ];
    for (snapshot, day) in days.into_iter().flatten() {
        match seen(snapshot, day)? {
            Ok(cut) => cuts.push(Known {
                cut,
                spend: snapshot.target.clone().unwrap_or_default(),
                bought: snapshot.purchases.iter().map(|purchases| *purchases > 0.0).collect(),
            }),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    // The window that is only tried on chooses a handful of settings and weights.
    if let Some(tried) = cuts.get_mut(2) {
        tried.keep(&evenly(tried.spend.len(), TRIED_CUSTOMERS));
    }
    let now = match cut(request.features, &now.seen, &question)? {
        Ok(cut) => cut,
        Err(reason) => return Ok(Err(reason)),
    };
    clock.stamp("features of cuts");
    let forecasts = Forecasts {
        train: &cuts[0],
        judge: &cuts[1],
        tried: cuts.get(2),
        now: &now,
        settings: request.settings,
        seed: request.seed,
    };
    let made = match forecasts.make() {
        Ok(made) => made,
        Err(error) => return Ok(Err(error.to_string())),
    };
    clock.stamp("learned models");
    Ok(Ok(Learned {
        split,
        expectation,
        models: made.models,
        weights: made.weights,
        churned: made.churned,
        now: made.now,
        notes: made.notes,
        seconds: clock.parts,
    }))
}

fn enough(snapshot: &Snapshot) -> std::result::Result<(), String> {
    let customers = snapshot.seen.histories.x.len();
    let spenders = snapshot.target.iter().flatten().filter(|spend| **spend > 0.0).count();
    if customers < FEWEST_CUSTOMERS || spenders < FEWEST_SPENDERS {
        return Err(format!(
            "{customers} customers, {spenders} of whom spent something afterwards, are too few to learn from (at least {FEWEST_CUSTOMERS} and {FEWEST_SPENDERS})"
        ));
    }
    Ok(())
}

/// The model of purchases that a history is likeliest under, by the Bayesian criterion.
fn likeliest(request: &LearnRequest<'_>, histories: &Columns) -> std::result::Result<ModelKind, String> {
    let counted = histories.counted(request.unit).map_err(|error| error.to_string())?;
    request
        .kinds
        .iter()
        .filter_map(|kind| Some((*kind, kind.fit(&counted.patterns, request.fit_settings).ok()?.report.bic)))
        .min_by(|one, other| one.1.total_cmp(&other.1))
        .map(|(kind, _)| kind)
        .ok_or_else(|| "no buy-till-you-die model could be fitted that says what to expect".to_owned())
}

struct Stopwatch {
    since: Instant,
    parts: Vec<(String, f64)>,
}

impl Stopwatch {
    fn new() -> Self {
        Self { since: Instant::now(), parts: Vec::new() }
    }

    fn stamp(&mut self, name: &str) {
        self.parts.push((name.to_owned(), self.since.elapsed().as_secs_f64()));
        self.since = Instant::now();
    }
}
