//! The chance that a customer does not come back: learned, then calibrated, so that of those given 0.3
//! three in ten stay away.
//!
//! Deliberately not here: P(alive) of the probabilistic models, which is another question.

mod calibration;
mod logistic;
#[cfg(test)]
mod tests;

use regulars_stats::probability::{self, Chances, Reliability};
use serde::{Deserialize, Serialize};

use crate::contributions::Contributions;
use crate::error::Error;
use crate::features::{Features, Sample};
use crate::fitted::{Body, Report, learn_chance};
use crate::folds::Folds;
use crate::linear::Linear;
use crate::recipe::{LightGbmParams, Recipe};

pub use calibration::{Calibration, Method};

/// Parts that are stated in turn for the calibration.
const CALIBRATION_FOLDS: u32 = 5;

/// A model of the chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChurnRecipe {
    /// Logistic regression on standardised features, drawn to 0 by a penalty on squared coefficients.
    Logistic {
        /// The penalty, on the scale of the log-likelihood of all customers.
        penalty: f64,
    },
    /// Boosted trees; the objective of the settings is not used.
    LightGbm(LightGbmParams),
}

/// A learned and calibrated chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Churn {
    /// What it was made from.
    pub recipe: ChurnRecipe,
    /// The features it expects.
    pub features: Vec<String>,
    /// How learning went.
    pub report: Report,
    /// What makes chances of what the model says.
    pub calibration: Calibration,
    model: ChanceModel,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChanceModel {
    /// Base and coefficients are of the logarithm of the odds.
    Logistic(Linear),
    Trees(Body),
}

/// How good stated chances of later customers were.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Area under the curve, Brier score, log loss.
    pub chances: Chances,
    /// What happened in ten bands of the stated chance.
    pub reliability: Vec<Reliability>,
}

/// Judges stated chances.
///
/// Errors: [`Error::Measure`].
pub fn judge(stayed_away: &[bool], chance: &[f64]) -> Result<Judged, Error> {
    Ok(Judged {
        chances: probability::chances(stayed_away, chance)?,
        reliability: probability::reliability(stayed_away, chance, 10)?,
    })
}

/// Learns the chance that a customer stays away, and calibrates it on customers it was not learned from:
/// five models of four fifths each state the chances of the remaining fifth, and one of all is kept.
///
/// Contracts: one value of `stayed_away` a customer (checked). The same on any number of threads.
/// Errors: [`Error::ColumnLength`], [`Error::Setting`]; [`Error::OtherFeatures`] if the validation part
/// has other features; [`Error::Library`].
pub fn fit(
    recipe: &ChurnRecipe,
    features: &Features,
    stayed_away: &[bool],
    validation: Option<(&Features, &[bool])>,
    method: Method,
    seed: u64,
) -> Result<Churn, Error> {
    check(recipe)?;
    let target = zeros_and_ones(stayed_away);
    let sample = Sample::new(features, &target)?;
    let later = validation.map(|(features, happened)| (features, zeros_and_ones(happened)));
    let later = later.as_ref().map(|(features, target)| Sample::new(features, target)).transpose()?;
    if let Some(later) = later {
        later.features.check_names(features.names())?;
    }
    let mut report = Report { rows: sample.rows(), ..Report::default() };
    let model = learn(recipe, sample, later, &mut report)?;
    let again = match (recipe, report.trees.first()) {
        (ChurnRecipe::LightGbm(params), Some(trees)) => {
            ChurnRecipe::LightGbm(LightGbmParams { rounds: *trees, ..params.clone() })
        }
        _ => recipe.clone(),
    };
    let calibration = calibrate(&again, sample, method, seed, &mut report)?;
    let (recipe, features) = (recipe.clone(), features.names().to_vec());
    Ok(Churn { recipe, features, report, calibration, model })
}

fn calibrate(
    recipe: &ChurnRecipe,
    sample: Sample<'_>,
    method: Method,
    seed: u64,
    report: &mut Report,
) -> Result<Calibration, Error> {
    let events = sample.target.iter().filter(|value| **value > 0.5).count();
    let fewest = events.min(sample.rows() - events);
    if fewest < calibration::FEWEST {
        report.notes.push(format!("only {fewest} customers of one kind: chances are not calibrated"));
        return Ok(Calibration::None);
    }
    let folds = Folds::new(sample.rows(), CALIBRATION_FOLDS, seed)?;
    let one = |fold: u32| -> Result<(Vec<usize>, Vec<f64>), Error> {
        let (held, rest) = folds.split(fold);
        let target: Vec<f64> = rest.iter().map(|row| sample.target[*row]).collect();
        let features = sample.features.of_rows(&rest);
        let part = Sample { features: &features, target: &target, weight: None };
        let model = learn(recipe, part, None, &mut Report::default())?;
        let said = model.log_odds(&sample.features.of_rows(&held))?;
        Ok((held, said))
    };
    let parts = in_parallel(folds.count, one)?;
    let mut said = vec![0.0; sample.rows()];
    for (held, values) in parts {
        for (row, value) in held.into_iter().zip(values) {
            said[row] = value;
        }
    }
    Calibration::fit(method, &said, sample.target)
}

fn in_parallel<T: Send>(
    count: u32,
    of: impl Fn(u32) -> Result<T, Error> + Sync + Send,
) -> Result<Vec<T>, Error> {
    use rayon::prelude::*;
    (0..count).into_par_iter().with_max_len(1).map(of).collect()
}

fn learn(
    recipe: &ChurnRecipe,
    sample: Sample<'_>,
    validation: Option<Sample<'_>>,
    report: &mut Report,
) -> Result<ChanceModel, Error> {
    match recipe {
        ChurnRecipe::Logistic { penalty } => {
            Ok(ChanceModel::Logistic(logistic::fit(sample, *penalty, report)))
        }
        ChurnRecipe::LightGbm(params) => {
            Ok(ChanceModel::Trees(learn_chance(params, sample, validation, report)?))
        }
    }
}

fn check(recipe: &ChurnRecipe) -> Result<(), Error> {
    match recipe {
        ChurnRecipe::Logistic { penalty } if !(penalty.is_finite() && *penalty >= 0.0) => {
            Err(Error::Setting { name: "penalty", value: penalty.to_string(), expected: "a number from 0" })
        }
        ChurnRecipe::Logistic { .. } => Ok(()),
        ChurnRecipe::LightGbm(params) => Recipe::LightGbm(params.clone()).check().map(drop),
    }
}

fn zeros_and_ones(happened: &[bool]) -> Vec<f64> {
    happened.iter().map(|it| f64::from(u8::from(*it))).collect()
}

/// The logarithm of the odds; a chance of 0 or 1 counts as the nearest that has one.
fn log_odds(chance: f64) -> f64 {
    let chance = chance.clamp(1e-15, 1.0 - 1e-15);
    (chance / (1.0 - chance)).ln()
}

/// The chance of which this is the logarithm of the odds.
fn chance_of(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl ChanceModel {
    fn log_odds(&self, features: &Features) -> Result<Vec<f64>, Error> {
        match self {
            Self::Logistic(model) => Ok(model.predict(features)),
            Self::Trees(body) => Ok(body.predict(features, 1)?.into_iter().map(log_odds).collect()),
        }
    }
}

impl Churn {
    /// The calibrated chance that each customer stays away.
    ///
    /// Shape: in the order of the rows, between 0 and 1.
    /// Errors: [`Error::OtherFeatures`], [`Error::Library`].
    pub fn predict(&self, features: &Features) -> Result<Vec<f64>, Error> {
        features.check_names(&self.features)?;
        let said = self.model.log_odds(features)?;
        Ok(said.into_iter().map(|odds| self.calibration.chance(odds)).collect())
    }

    /// What each feature adds to the logarithm of the odds, before calibration.
    ///
    /// Errors: [`Error::OtherFeatures`], [`Error::Library`].
    pub fn contributions(&self, features: &Features) -> Result<Contributions, Error> {
        features.check_names(&self.features)?;
        match &self.model {
            ChanceModel::Logistic(model) => Ok(model.contributions(features)),
            ChanceModel::Trees(Body::Constant(value)) => {
                Ok(Body::Constant(log_odds(*value)).contributions(features)?)
            }
            ChanceModel::Trees(body) => body.contributions(features),
        }
    }

    /// The model as one that files keep; calibration and settings are on the card.
    ///
    /// Errors: [`Error::Damaged`] for a model with a number that is not finite.
    pub fn files(&self, stem: &str) -> Result<Vec<crate::file::ModelFile>, Error> {
        crate::file::save_churn(self, stem)
    }

    pub(crate) fn body(&self) -> Option<&Body> {
        match &self.model {
            ChanceModel::Trees(body) => Some(body),
            ChanceModel::Logistic(_) => None,
        }
    }

    pub(crate) fn body_mut(&mut self) -> Option<&mut Body> {
        match &mut self.model {
            ChanceModel::Trees(body) => Some(body),
            ChanceModel::Logistic(_) => None,
        }
    }
}
