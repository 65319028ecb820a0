//! Churn models: the probability that a customer does not return, calibrated so that about 30% of the
//! customers given 0.3 churn.
//!
//! Deliberately not here: P(alive) of the buy-till-you-die models, which answers a different question.

mod calibration;
mod logistic;
#[cfg(test)]
mod tests;

use regulars_stats::probability::{self, ProbabilityScores, ReliabilityBin};
use serde::{Deserialize, Serialize};

use crate::contributions::Contributions;
use crate::error::Error;
use crate::features::{Features, Sample};
use crate::fitted::{Body, Report, train_probability};
use crate::folds::Folds;
use crate::linear::Linear;
use crate::recipe::{LightGbmParams, Recipe};

pub use calibration::{Calibration, Method};

/// Folds of the cross-fitted calibration.
const CALIBRATION_FOLDS: u32 = 5;

/// A churn model to fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChurnRecipe {
    /// Logistic regression on standardised features with an L2 penalty.
    Logistic {
        /// L2 penalty, on the scale of the log-likelihood summed over all customers.
        penalty: f64,
    },
    /// Gradient-boosted trees; the `objective` of the settings is ignored.
    LightGbm(LightGbmParams),
}

/// A fitted and calibrated churn model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Churn {
    /// Recipe it was fitted from.
    pub recipe: ChurnRecipe,
    /// Features it expects.
    pub features: Vec<String>,
    /// Fit report.
    pub report: Report,
    /// Calibration applied to the model's log-odds.
    pub calibration: Calibration,
    model: ProbabilityModel,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ProbabilityModel {
    /// Linear in the log-odds.
    Logistic(Linear),
    Trees(Body),
}

/// Accuracy of predicted probabilities on holdout customers.
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnAccuracy {
    /// AUC, Brier score and log loss.
    pub probabilities: ProbabilityScores,
    /// Observed rate in ten bands of the predicted probability.
    pub reliability: Vec<ReliabilityBin>,
}

/// Evaluates predicted churn probabilities against the observed outcome.
///
/// Errors: [`Error::Measure`].
pub fn evaluate(churned: &[bool], probability: &[f64]) -> Result<ChurnAccuracy, Error> {
    Ok(ChurnAccuracy {
        probabilities: probability::score_probabilities(churned, probability)?,
        reliability: probability::reliability(churned, probability, 10)?,
    })
}

/// Fits a churn model and calibrates it on out-of-fold predictions: five models, each fitted on 80% of the
/// customers, predict the other 20%. The model kept is fitted on all customers.
///
/// Contracts: one value of `churned` per customer (checked). The result does not depend on the number
/// of threads.
/// Errors: [`Error::ColumnLength`], [`Error::Setting`]; [`Error::OtherFeatures`] if the validation sample
/// has other features; [`Error::Library`].
pub fn fit(
    recipe: &ChurnRecipe,
    features: &Features,
    churned: &[bool],
    validation: Option<(&Features, &[bool])>,
    method: Method,
    seed: u64,
) -> Result<Churn, Error> {
    check(recipe)?;
    let target = zeros_and_ones(churned);
    let sample = Sample::new(features, &target)?;
    let later = validation.map(|(features, observed)| (features, zeros_and_ones(observed)));
    let later = later.as_ref().map(|(features, target)| Sample::new(features, target)).transpose()?;
    if let Some(later) = later {
        later.features.check_names(features.names())?;
    }
    let mut report = Report { rows: sample.rows(), ..Report::default() };
    let model = train(recipe, sample, later, &mut report)?;
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
    if fewest < calibration::MIN_CUSTOMERS {
        report.notes.push(format!("one class has only {fewest} customers: probabilities are not calibrated"));
        return Ok(Calibration::None);
    }
    let folds = Folds::new(sample.rows(), CALIBRATION_FOLDS, seed)?;
    let one = |fold: u32| -> Result<(Vec<usize>, Vec<f64>), Error> {
        let (held, rest) = folds.split(fold);
        let target: Vec<f64> = rest.iter().map(|row| sample.target[*row]).collect();
        let features = sample.features.of_rows(&rest);
        let part = Sample { features: &features, target: &target, weight: None };
        let model = train(recipe, part, None, &mut Report::default())?;
        let predicted = model.log_odds(&sample.features.of_rows(&held))?;
        Ok((held, predicted))
    };
    let parts = in_parallel(folds.count, one)?;
    let mut predicted = vec![0.0; sample.rows()];
    for (held, values) in parts {
        for (row, value) in held.into_iter().zip(values) {
            predicted[row] = value;
        }
    }
    Calibration::fit(method, &predicted, sample.target)
}

fn in_parallel<T: Send>(
    count: u32,
    of: impl Fn(u32) -> Result<T, Error> + Sync + Send,
) -> Result<Vec<T>, Error> {
    use rayon::prelude::*;
    (0..count).into_par_iter().with_max_len(1).map(of).collect()
}

fn train(
    recipe: &ChurnRecipe,
    sample: Sample<'_>,
    validation: Option<Sample<'_>>,
    report: &mut Report,
) -> Result<ProbabilityModel, Error> {
    match recipe {
        ChurnRecipe::Logistic { penalty } => {
            Ok(ProbabilityModel::Logistic(logistic::fit(sample, *penalty, report)))
        }
        ChurnRecipe::LightGbm(params) => {
            Ok(ProbabilityModel::Trees(train_probability(params, sample, validation, report)?))
        }
    }
}

fn check(recipe: &ChurnRecipe) -> Result<(), Error> {
    match recipe {
        ChurnRecipe::Logistic { penalty } if !(penalty.is_finite() && *penalty >= 0.0) => {
            Err(Error::Setting { name: "penalty", value: penalty.to_string(), expected: "0 or more" })
        }
        ChurnRecipe::Logistic { .. } => Ok(()),
        ChurnRecipe::LightGbm(params) => Recipe::LightGbm(params.clone()).check().map(drop),
    }
}

fn zeros_and_ones(observed: &[bool]) -> Vec<f64> {
    observed.iter().map(|it| f64::from(u8::from(*it))).collect()
}

/// Log-odds of a probability, clamped away from 0 and 1.
fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1e-15, 1.0 - 1e-15);
    (probability / (1.0 - probability)).ln()
}

/// Probability of these log-odds.
fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl ProbabilityModel {
    fn log_odds(&self, features: &Features) -> Result<Vec<f64>, Error> {
        match self {
            Self::Logistic(model) => Ok(model.predict(features)),
            Self::Trees(body) => Ok(body.predict(features, 1)?.into_iter().map(log_odds).collect()),
        }
    }
}

impl Churn {
    /// Predicts the calibrated churn probability of each customer.
    ///
    /// Shape: one value per row, in order, between 0 and 1.
    /// Errors: [`Error::OtherFeatures`], [`Error::Library`].
    pub fn predict(&self, features: &Features) -> Result<Vec<f64>, Error> {
        features.check_names(&self.features)?;
        let predicted = self.model.log_odds(features)?;
        Ok(predicted.into_iter().map(|odds| self.calibration.probability(odds)).collect())
    }

    /// Returns each feature's contribution to the log-odds, before calibration.
    ///
    /// Errors: [`Error::OtherFeatures`], [`Error::Library`].
    pub fn contributions(&self, features: &Features) -> Result<Contributions, Error> {
        features.check_names(&self.features)?;
        match &self.model {
            ProbabilityModel::Logistic(model) => Ok(model.contributions(features)),
            ProbabilityModel::Trees(Body::Constant(value)) => {
                Ok(Body::Constant(log_odds(*value)).contributions(features)?)
            }
            ProbabilityModel::Trees(body) => body.contributions(features),
        }
    }

    /// Serialises the model to files; the card includes calibration and settings.
    ///
    /// Errors: [`Error::Damaged`] for a model with a number that is not finite.
    pub fn files(&self, stem: &str) -> Result<Vec<crate::file::ModelFile>, Error> {
        crate::file::save_churn(self, stem)
    }

    pub(crate) fn body(&self) -> Option<&Body> {
        match &self.model {
            ProbabilityModel::Trees(body) => Some(body),
            ProbabilityModel::Logistic(_) => None,
        }
    }

    pub(crate) fn body_mut(&mut self) -> Option<&mut Body> {
        match &mut self.model {
            ProbabilityModel::Trees(body) => Some(body),
            ProbabilityModel::Logistic(_) => None,
        }
    }
}
