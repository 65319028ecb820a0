//! A fitted model: predictions, contributions and feature gain.
//!
//! Deliberately not here: comparing models, and saving them (`file`).

use std::cmp::Ordering;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::contributions::Contributions;
use crate::error::Error;
use crate::features::{Features, Sample};
use crate::linear::{self, Linear};
use crate::loss::Loss;
use crate::recipe::{ForestParams, LightGbmParams, Objective, Recipe, ValidRecipe, XgBoostParams};
use crate::tree_sums::TreeSums;
use crate::{lightgbm, shap, xgboost};

/// Rows that justify loading the model on one more thread.
const ROWS_PER_THREAD: usize = 4096;

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedLearner {
    /// Recipe it was fitted from.
    pub recipe: Recipe,
    /// Features it was fitted on and expects, in this order.
    pub features: Vec<String>,
    /// Fit report.
    pub report: Report,
    pub(crate) body: Body,
}

/// How the fit went.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Number of training customers.
    pub rows: usize,
    /// Number of trees, one entry per part of a hurdle model; empty for a model without trees.
    pub trees: Vec<u32>,
    /// Whether early stopping on the validation sample ended boosting.
    pub stopped_early: bool,
    /// Notes on features or targets that the model could not use as given.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    Constant(f64),
    Linear(Linear),
    Trees(Trees),
    Hurdle {
        #[serde(alias = "chance")]
        probability: Box<Body>,
        amount: Box<Body>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Library {
    LightGbm,
    XgBoost,
}

/// Trees in the library's own format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trees {
    pub(crate) library: Library,
    pub(crate) loss: Loss,
    pub(crate) rounds: u32,
    /// Whether trees are averaged (random forest) instead of summed (boosting).
    pub(crate) averaged: bool,
    /// Saved in a file of its own.
    #[serde(skip)]
    pub(crate) native: Vec<u8>,
}

/// Settings of one tree learner.
#[derive(Clone, Copy)]
enum Engine<'a> {
    LightGbm(&'a LightGbmParams),
    XgBoost(&'a XgBoostParams),
    Forest(&'a ForestParams),
}

impl Engine<'_> {
    /// Objective and number of trees, for both parts of a hurdle model.
    fn goal(self) -> (Objective, [u32; 2]) {
        let (objective, rounds, of_amount) = match self {
            Self::LightGbm(params) => (params.objective, params.rounds, params.rounds_of_amount),
            Self::XgBoost(params) => (params.objective, params.rounds, params.rounds_of_amount),
            Self::Forest(params) => (Objective::SquaredError, params.trees, None),
        };
        (objective, [rounds, of_amount.unwrap_or(rounds)])
    }
}

/// Fits a model.
///
/// With a validation sample, which should be later in time, boosting stops early and ridge chooses its
/// penalty on it. Where trees cannot be fitted (a constant target, fewer than 40 customers, no feature to
/// split on) the model predicts the mean, and a note says so.
///
/// Shape: runs on one thread, except for linear models.
/// Errors: [`Error::OtherFeatures`] if the validation sample has other features; [`Error::Library`].
pub fn fit(
    recipe: &ValidRecipe,
    train: Sample<'_>,
    validation: Option<Sample<'_>>,
) -> Result<FittedLearner, Error> {
    if let Some(validation) = validation {
        validation.features.check_names(train.features.names())?;
    }
    let mut report = Report { rows: train.rows(), ..Report::default() };
    if train.weight.is_some() && matches!(**recipe, Recipe::Linear | Recipe::Ridge { .. }) {
        report.notes.push("linear models ignore sample weights".into());
    }
    let body = match &**recipe {
        Recipe::Mean => Body::Constant(train.mean()),
        Recipe::Linear => {
            let (mut models, notes) = linear::fit(train, &[0.0]);
            report.notes = notes;
            Body::Linear(models.swap_remove(0))
        }
        Recipe::Ridge { penalties } => ridge(train, validation, penalties, &mut report),
        Recipe::Forest(params) => {
            learn_trees(Engine::Forest(params), train, None, Loss::Squared, params.trees, &mut report)?
        }
        Recipe::XgBoost(params) => boost(Engine::XgBoost(params), train, validation, &mut report)?,
        Recipe::LightGbm(params) => boost(Engine::LightGbm(params), train, validation, &mut report)?,
    };
    let recipe = (**recipe).clone();
    Ok(FittedLearner { recipe, features: train.features.names().to_vec(), report, body })
}

fn ridge(train: Sample<'_>, validation: Option<Sample<'_>>, penalties: &[f64], report: &mut Report) -> Body {
    let tried = if validation.is_some() { penalties } else { &penalties[..1] };
    let (models, notes) = linear::fit(train, tried);
    report.notes = notes;
    let loss = |model: &Linear| {
        validation.map_or(0.0, |part| Loss::Squared.mean(part.target, &model.predict(part.features), None))
    };
    // Ties keep the first.
    let losses: Vec<f64> = models.iter().map(loss).collect();
    let best = (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b])).unwrap_or(0);
    if tried.len() > 1 {
        report.notes.push(format!("penalty {} was best on the validation sample", models[best].penalty));
    }
    Body::Linear(models[best].clone())
}

fn boost(
    engine: Engine<'_>,
    train: Sample<'_>,
    validation: Option<Sample<'_>>,
    report: &mut Report,
) -> Result<Body, Error> {
    let (objective, rounds) = engine.goal();
    if objective == Objective::SquaredError {
        return learn_trees(engine, train, validation, Loss::Squared, rounds[0], report);
    }
    let below = train.target.iter().filter(|value| **value < 0.0).count();
    if below > 0 {
        let targets = crate::counted(below, "negative target", "negative targets");
        report.notes.push(format!("{targets} set to 0"));
    }
    let target = clipped_at_zero(train.target);
    let train = Sample { target: &target, ..train };
    let later = validation.map(|part| clipped_at_zero(part.target));
    let validation = validation.zip(later.as_deref()).map(|(part, target)| Sample { target, ..part });
    match objective {
        Objective::Tweedie { variance_power } => {
            learn_trees(engine, train, validation, Loss::Tweedie(variance_power), rounds[0], report)
        }
        _ => hurdle(engine, rounds, train, validation, report),
    }
}

fn hurdle(
    engine: Engine<'_>,
    rounds: [u32; 2],
    train: Sample<'_>,
    validation: Option<Sample<'_>>,
    report: &mut Report,
) -> Result<Body, Error> {
    let buyers = |sample: Sample<'_>| -> (Features, Vec<f64>, Option<Vec<f64>>) {
        let rows: Vec<usize> = (0..sample.rows()).filter(|row| sample.target[*row] > 0.0).collect();
        let (target, weight) = sample.of_rows(&rows);
        (sample.features.of_rows(&rows), target, weight)
    };
    let (features, amounts, weight) = buyers(train);
    if amounts.is_empty() {
        report.notes.push("no customer spent anything: predicting 0".into());
        return Ok(Body::Constant(0.0));
    }
    let bought = is_positive(train.target);
    let sample = Sample { target: &bought, ..train };
    let later = validation.map(|part| is_positive(part.target));
    let part = validation.zip(later.as_deref());
    let part = part.map(|(part, target)| Sample { target, ..part });
    let probability = learn_trees(engine, sample, part, Loss::Binary, rounds[0], report)?;
    let later = validation.map(buyers).filter(|(_, amounts, _)| !amounts.is_empty());
    let part = later.as_ref();
    let part = part.map(|(features, target, weight)| Sample { features, target, weight: weight.as_deref() });
    let sample = Sample { features: &features, target: &amounts, weight: weight.as_deref() };
    let amount = learn_trees(engine, sample, part, Loss::Gamma, rounds[1], report)?;
    Ok(Body::Hurdle { probability: Box::new(probability), amount: Box::new(amount) })
}

/// 1 for customers with spend, 0 for the others.
fn is_positive(target: &[f64]) -> Vec<f64> {
    target.iter().map(|value| f64::from(u8::from(*value > 0.0))).collect()
}

fn clipped_at_zero(target: &[f64]) -> Vec<f64> {
    target.iter().map(|value| value.max(0.0)).collect()
}

/// Fits the probability of a 0/1 target.
pub(crate) fn train_probability(
    params: &LightGbmParams,
    sample: Sample<'_>,
    validation: Option<Sample<'_>>,
    report: &mut Report,
) -> Result<Body, Error> {
    learn_trees(Engine::LightGbm(params), sample, validation, Loss::Binary, params.rounds, report)
}

fn learn_trees(
    engine: Engine<'_>,
    sample: Sample<'_>,
    validation: Option<Sample<'_>>,
    loss: Loss,
    rounds: u32,
    report: &mut Report,
) -> Result<Body, Error> {
    let first = sample.target[0];
    if sample.target.iter().all(|value| value.partial_cmp(&first).is_some_and(Ordering::is_eq)) {
        let customers = crate::counted(sample.rows(), "customer", "customers");
        report.notes.push(format!("the target is {first} for all {customers}: predicting {first}"));
        return Ok(Body::Constant(first));
    }
    if !lightgbm::divides(sample.features) {
        let customers = crate::counted(sample.rows(), "customer", "customers");
        report.notes.push(format!(
            "no feature splits the {customers} into groups of at least 20: predicting their mean"
        ));
        return Ok(Body::Constant(sample.mean()));
    }
    let (library, native, found) = match engine {
        Engine::LightGbm(params) => {
            let settings = lightgbm::boosting(params, loss, rounds, validation.is_some());
            let learned = lightgbm::train(sample, validation, &settings)?;
            (Library::LightGbm, learned.text.into_bytes(), learned.rounds)
        }
        Engine::Forest(params) => {
            let learned = lightgbm::train(sample, None, &lightgbm::forest(params))?;
            (Library::LightGbm, learned.text.into_bytes(), learned.rounds)
        }
        Engine::XgBoost(params) => {
            let learned = xgboost::train(sample, validation, params, loss, rounds)?;
            (Library::XgBoost, learned.bytes, learned.rounds)
        }
    };
    report.trees.push(found);
    report.stopped_early |= validation.is_some() && found < rounds;
    let averaged = matches!(engine, Engine::Forest(_));
    Ok(Body::Trees(Trees { library, loss, rounds: found, averaged, native }))
}

impl FittedLearner {
    /// Predicts each customer's target.
    ///
    /// Shape: one value per row, in order; does not depend on the number of threads.
    /// Errors: [`Error::OtherFeatures`], [`Error::Library`].
    pub fn predict(&self, features: &Features) -> Result<Vec<f64>, Error> {
        features.check_names(&self.features)?;
        self.body.predict(features, rayon::current_num_threads())
    }

    /// As `predict`, on the current thread only.
    pub(crate) fn predict_here(&self, features: &Features) -> Result<Vec<f64>, Error> {
        features.check_names(&self.features)?;
        self.body.predict(features, 1)
    }

    /// Returns each feature's contribution to each prediction: exact for linear models, TreeSHAP for trees.
    ///
    /// With multiplicative effects (Tweedie, hurdle) contributions add up to the log of the prediction;
    /// [`Contributions::on_scale_of_prediction`] converts them to amounts. Those of a hurdle model are the
    /// contributions to the amount plus those to the probability, rescaled from log-odds to log
    /// probability.
    ///
    /// Shape: one row per customer, in order.
    /// Errors: [`Error::OtherFeatures`], [`Error::Library`].
    /// Source: Lundberg, Erion & Lee (2018), see `shap`.
    pub fn contributions(&self, features: &Features) -> Result<Contributions, Error> {
        features.check_names(&self.features)?;
        self.body.contributions(features)
    }

    /// Returns each feature's share of the training gain: the loss reduction of its splits or, for linear
    /// models, the absolute coefficient times the feature's standard deviation. For a hurdle model, the
    /// mean of both parts.
    ///
    /// Shape: one value per feature, summing to 1; all 0 if no feature helped.
    /// Errors: [`Error::Library`].
    pub fn gain(&self) -> Result<Vec<f64>, Error> {
        self.body.gain(&self.features)
    }

    /// Recipe to refit the same model on other customers without a validation sample: it fixes the number
    /// of trees and the penalty that were best.
    pub fn recipe_for_refit(&self) -> Recipe {
        let mut recipe = self.recipe.clone();
        match (&mut recipe, &self.body) {
            (Recipe::Ridge { penalties }, Body::Linear(model)) => *penalties = vec![model.penalty],
            (
                Recipe::XgBoost(XgBoostParams { rounds, .. })
                | Recipe::LightGbm(LightGbmParams { rounds, .. }),
                Body::Trees(trees),
            ) => *rounds = trees.rounds,
            (
                Recipe::XgBoost(XgBoostParams { rounds, rounds_of_amount, .. })
                | Recipe::LightGbm(LightGbmParams { rounds, rounds_of_amount, .. }),
                Body::Hurdle { probability, amount },
            ) => {
                if let Body::Trees(trees) = &**amount {
                    *rounds_of_amount = Some(trees.rounds);
                } else {
                    *rounds_of_amount = Some(rounds_of_amount.unwrap_or(*rounds));
                }
                if let Body::Trees(trees) = &**probability {
                    *rounds = trees.rounds;
                }
            }
            _ => {}
        }
        recipe
    }
}

/// Runs `of` on ranges of the rows, at most one range per thread.
fn by_ranges<T: Send>(
    rows: usize,
    threads: usize,
    of: impl Fn(std::ops::Range<usize>) -> Result<T, Error> + Sync + Send,
) -> Result<Vec<T>, Error> {
    let parts = rows.div_ceil(ROWS_PER_THREAD).clamp(1, threads.max(1));
    let range = |part: usize| part * rows / parts..(part + 1) * rows / parts;
    if parts == 1 {
        return Ok(vec![of(0..rows)?]);
    }
    (0..parts).into_par_iter().with_max_len(1).map(|part| of(range(part))).collect()
}

impl Trees {
    fn text(&self) -> Result<&str, Error> {
        let problem = || Error::Damaged { problem: "LightGBM's part is not text".into() };
        std::str::from_utf8(&self.native).map_err(|_utf8| problem())
    }

    fn predict(&self, features: &Features, threads: usize) -> Result<Vec<f64>, Error> {
        if let Some(sums) = self.sums()? {
            let parts = by_ranges(features.rows(), threads, |rows| {
                let mut predicted = sums.of(features, rows);
                for value in &mut predicted {
                    let sum = if self.averaged { *value / f64::from(self.rounds) } else { *value };
                    *value = self.loss.of_sum(sum);
                }
                Ok(predicted)
            })?;
            return Ok(parts.concat());
        }
        self.predict_by_library(features, threads)
    }

    /// LightGBM's trees, if [`TreeSums`] supports them; XGBoost adds in single precision.
    fn sums(&self) -> Result<Option<TreeSums>, Error> {
        match self.library {
            Library::LightGbm => Ok(shap::lightgbm(self.text()?).and_then(|trees| TreeSums::new(&trees))),
            Library::XgBoost => Ok(None),
        }
    }

    fn predict_by_library(&self, features: &Features, threads: usize) -> Result<Vec<f64>, Error> {
        let parts = by_ranges(features.rows(), threads, |rows| match self.library {
            Library::LightGbm => lightgbm::predict(self.text()?, features, rows),
            Library::XgBoost => xgboost::predict(&self.native, features, rows),
        })?;
        Ok(parts.concat())
    }

    pub(crate) fn contributions(&self, features: &Features) -> Result<Contributions, Error> {
        let log = matches!(self.loss, Loss::Tweedie(_) | Loss::Gamma);
        let averaged = if self.averaged { self.rounds } else { 1 };
        if let Some(forest) = self.forest()? {
            let scale = 1.0 / f64::from(averaged.max(1));
            return Ok(match self.library {
                Library::LightGbm => forest.contributions(features, scale, log, |value| value),
                Library::XgBoost => {
                    let single = |value: f64| f64::from(value as f32);
                    let parts = forest.contributions(features, scale, log, single);
                    // The library's starting value is not part of the trees.
                    let base = xgboost::contributions(&self.native, features, 0..1, log)?.base;
                    Contributions { base, ..parts }
                }
            });
        }
        self.contributions_by_library(features, log, averaged)
    }

    /// The trees, if [`shap`] supports their format.
    fn forest(&self) -> Result<Option<shap::Forest>, Error> {
        let trees = match self.library {
            Library::LightGbm => shap::lightgbm(self.text()?),
            Library::XgBoost => shap::xgboost(&xgboost::json(&self.native)?),
        };
        Ok(trees.and_then(|trees| shap::Forest::new(&trees)))
    }

    pub(crate) fn contributions_by_library(
        &self,
        features: &Features,
        log: bool,
        averaged: u32,
    ) -> Result<Contributions, Error> {
        let parts = by_ranges(features.rows(), rayon::current_num_threads(), |rows| match self.library {
            Library::LightGbm => lightgbm::contributions(self.text()?, features, rows, averaged, log),
            Library::XgBoost => xgboost::contributions(&self.native, features, rows, log),
        })?;
        let base = parts[0].base;
        let values = parts.into_iter().flat_map(|part| part.values).collect();
        Ok(Contributions { width: features.width(), values, base, log })
    }
}

impl Body {
    pub(crate) fn predict(&self, features: &Features, threads: usize) -> Result<Vec<f64>, Error> {
        match self {
            Self::Constant(value) => Ok(vec![*value; features.rows()]),
            Self::Linear(model) => Ok(model.predict(features)),
            Self::Trees(trees) => trees.predict(features, threads),
            Self::Hurdle { probability, amount } => {
                let (probability, amount) =
                    (probability.predict(features, threads)?, amount.predict(features, threads)?);
                Ok(probability.iter().zip(amount).map(|(probability, amount)| probability * amount).collect())
            }
        }
    }

    pub(crate) fn contributions(&self, features: &Features) -> Result<Contributions, Error> {
        match self {
            Self::Constant(value) => Ok(nothing(features, *value, false)),
            Self::Linear(model) => Ok(model.contributions(features)),
            Self::Trees(trees) => trees.contributions(features),
            Self::Hurdle { probability, amount } => {
                let mut sum = match &**amount {
                    Self::Constant(value) => nothing(features, value.ln(), true),
                    other => other.contributions(features)?,
                };
                let probability = match &**probability {
                    Self::Constant(value) => nothing(features, value.ln(), true),
                    other => on_log_probability_scale(other.contributions(features)?),
                };
                sum.base += probability.base;
                for (sum, value) in sum.values.iter_mut().zip(probability.values) {
                    *sum += value;
                }
                Ok(sum)
            }
        }
    }

    fn gain(&self, names: &[String]) -> Result<Vec<f64>, Error> {
        let mut gains = match self {
            Self::Constant(_) => vec![0.0; names.len()],
            Self::Linear(model) => {
                model.coefficients.iter().zip(&model.deviations).map(|(by, d)| (by * d).abs()).collect()
            }
            Self::Trees(trees) => match trees.library {
                Library::LightGbm => lightgbm::gain(trees.text()?)?,
                Library::XgBoost => xgboost::gain(&trees.native, names)?,
            },
            Self::Hurdle { probability, amount } => {
                let (probability, amount) = (probability.gain(names)?, amount.gain(names)?);
                probability.iter().zip(amount).map(|(a, b)| a + b).collect()
            }
        };
        let total: f64 = gains.iter().sum();
        if total > 0.0 {
            for gain in &mut gains {
                *gain /= total;
            }
        }
        Ok(gains)
    }
}

/// Contributions of a model without features.
fn nothing(features: &Features, base: f64, log: bool) -> Contributions {
    Contributions {
        width: features.width(),
        values: vec![0.0; features.rows() * features.width()],
        base,
        log,
    }
}

/// Converts contributions from log-odds to log probability, by one factor per customer.
fn on_log_probability_scale(mut odds: Contributions) -> Contributions {
    let log_chance = |odds: f64| if odds > 0.0 { -(-odds).exp().ln_1p() } else { odds - odds.exp().ln_1p() };
    let base = log_chance(odds.base);
    for row in odds.values.chunks_exact_mut(odds.width.max(1)) {
        let sum: f64 = row.iter().sum();
        let stretch = if sum.abs() < 1e-9 {
            // Derivative of the log probability by the log-odds: the complementary probability.
            1.0 / (1.0 + odds.base.exp())
        } else {
            (log_chance(odds.base + sum) - base) / sum
        };
        for value in row {
            *value *= stretch;
        }
    }
    Contributions { base, log: true, ..odds }
}
