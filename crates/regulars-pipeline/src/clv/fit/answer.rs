//! What `regulars clv fit` says of a model.

use std::collections::BTreeMap;

use regulars_models::gamma_gamma;
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::bayes::Marginal;
use regulars_models::lifetime::covariates::Dropped;
use regulars_models::lifetime::coverage::ClassCoverage;
use regulars_models::lifetime::fit::{Estimate, FitReport};
use regulars_models::lifetime::holdout::{Holdout, Independence};
use regulars_models::lifetime::model::{Fitted, ModelKind};
use regulars_models::lifetime::rolling::RollingSummary;
use serde::Serialize;

use crate::value::{key_of, model_named, stages};

/// How the fit of one model went.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FitAnswer {
    /// The model, as the papers call it.
    pub model: String,
    /// The same as `--models` writes it.
    pub id: String,
    /// The parameters by their letters, coefficients as `purchases: NAME` and `dropout: NAME`; empty if the fit
    /// did not arrive.
    pub parameters: BTreeMap<String, f64>,
    /// Standard errors by the same letters; none where the likelihood has no curvature.
    pub standard_errors: BTreeMap<String, Option<f64>>,
    /// 90% intervals.
    pub intervals_90: BTreeMap<String, Option<(f64, f64)>>,
    /// Correlation of the estimates, in the order of `parameter_order`.
    pub correlation: Vec<Vec<f64>>,
    /// The parameters in the order of the papers.
    pub parameter_order: Vec<String>,
    /// The unit of time; none for models without one.
    pub unit: Option<String>,
    /// The log-likelihood of all customers.
    pub log_likelihood: Option<f64>,
    /// Akaike's criterion.
    pub aic: Option<f64>,
    /// The Bayesian criterion.
    pub bic: Option<f64>,
    /// Customers learned from.
    pub customers: Option<u64>,
    /// Distinct histories among them.
    pub patterns: Option<u64>,
    /// Steps of the search.
    pub iterations: Option<usize>,
    /// Whether the search arrived.
    pub converged: bool,
    /// A boundary of the fit in words, or why there is none.
    pub note: Option<String>,
    /// How the forecast of the days after the calibration did.
    pub holdout: Option<HoldoutAnswer>,
    /// Coefficients of covariates, for models that take them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covariates: Option<CovariatesAnswer>,
    /// Intervals of the parameters by drawing the shop anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<BootstrapAnswer>,
    /// What is known of the parameters by sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posterior: Option<PosteriorAnswer>,
    /// How forecasts from several days did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling: Option<RollingAnswer>,
    /// Mean spend of a new customer, for models of spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_spend: Option<f64>,
    /// Customers left out, by reason, for models of spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<gamma_gamma::Exclusions>,
    /// Whether spend and frequency go together, for models of spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub independence: Option<Independence>,
}

/// How a forecast of purchases did after the calibration.
#[derive(Debug, Clone, Serialize)]
pub struct HoldoutAnswer {
    /// The last day that the model knew.
    pub calibration_end: String,
    /// Days held out.
    pub days: f64,
    /// How the forecast of purchases did.
    #[serde(flatten)]
    pub purchases: Holdout,
    /// How many were in their 90% interval, below and above it, by purchases in the calibration.
    pub coverage_by_frequency: Vec<ClassCoverage>,
    /// The forecast of spend, with Gamma-Gamma.
    pub spend: Option<SpendAnswer>,
}

/// How a forecast of spend did.
#[derive(Debug, Clone, Serialize)]
pub struct SpendAnswer {
    /// Spend that happened.
    pub actual: f64,
    /// Spend that was expected.
    pub expected: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Root mean squared error.
    pub rmse: f64,
    /// Expected over actual, minus 1.
    pub bias: Option<f64>,
    /// Share of the variance that is explained.
    pub r2: Option<f64>,
    /// Correlation of ranks.
    pub spearman: Option<f64>,
    /// Normalised Gini coefficient.
    pub gini: Option<f64>,
    /// Share of what was spent by the tenth with the highest forecasts.
    pub top_tenth: Option<f64>,
}

/// What covariates do in a model.
#[derive(Debug, Clone, Serialize)]
pub struct CovariatesAnswer {
    /// Coefficients of the purchase rate.
    pub purchases: Vec<EffectAnswer>,
    /// Coefficients of dropout.
    pub dropout: Vec<EffectAnswer>,
    /// Covariates that were left out, and why.
    pub dropped: Vec<Dropped>,
    /// For columns of words the word that the others are compared with.
    pub compared_with: BTreeMap<String, String>,
    /// The same model of the same customers without covariates; none if it could not be fitted.
    pub without: Option<Likelihoods>,
}

/// A coefficient.
#[derive(Debug, Clone, Serialize)]
pub struct EffectAnswer {
    /// The covariate.
    pub name: String,
    /// Per unit of the covariate.
    pub coefficient: f64,
    /// Its standard error; none where the likelihood has no curvature.
    pub standard_error: Option<f64>,
    /// Its 90% interval.
    pub interval_90: Option<(f64, f64)>,
}

/// How likely a model makes the customers.
#[derive(Debug, Clone, Serialize)]
pub struct Likelihoods {
    /// The log-likelihood of all customers.
    pub log_likelihood: f64,
    /// Akaike's criterion.
    pub aic: f64,
    /// The Bayesian criterion.
    pub bic: f64,
}

/// Intervals of the parameters by the parametric bootstrap.
#[derive(Debug, Clone, Serialize)]
pub struct BootstrapAnswer {
    /// 90% intervals by the letters of the parameters, over the fits inside.
    pub intervals_90: BTreeMap<String, (f64, f64)>,
    /// Drawn shops whose fit was inside.
    pub fits: u64,
    /// Drawn shops in which no dropout was visible.
    pub at_boundary: u64,
    /// The seed.
    pub seed: u64,
}

/// What is known of the parameters by sampling, without the draws.
#[derive(Debug, Clone, Serialize)]
pub struct PosteriorAnswer {
    /// One for each parameter.
    pub parameters: Vec<Marginal>,
    /// Chains.
    pub chains: usize,
    /// Draws of each chain that were kept.
    pub draws: usize,
    /// Draws that ran off.
    pub divergences: u64,
    /// Whether the draws can be believed.
    pub converged: bool,
    /// What is wrong, in words, also where they can still be believed.
    pub problems: Vec<String>,
    /// The prior: the standard deviation of the logarithms of the parameters.
    pub prior_spread: f64,
    /// The seed.
    pub seed: u64,
}

/// How forecasts from several days did.
#[derive(Debug, Clone, Serialize)]
pub struct RollingAnswer {
    /// Days held out after each origin.
    pub horizon_days: u32,
    /// One result an origin, the earliest first.
    pub origins: Vec<OriginAnswer>,
    /// Over all origins; none if the model could be fitted from none. Log-likelihoods are per customer.
    pub summary: Option<RollingSummary>,
}

/// How a forecast from one day did; without figures if the model could not be fitted.
#[derive(Debug, Clone, Serialize)]
pub struct OriginAnswer {
    /// The last day that the model knew.
    pub date: String,
    /// Customers judged.
    pub customers: u64,
    /// Purchases that happened.
    pub actual: f64,
    /// Purchases that were expected.
    pub expected: Option<f64>,
    /// Mean absolute error.
    pub mae: Option<f64>,
    /// Root mean squared error.
    pub rmse: Option<f64>,
    /// Expected over actual, minus 1.
    pub bias: Option<f64>,
    /// Log-likelihood of what happened.
    pub log_likelihood: Option<f64>,
    /// Share of customers in their 90% interval.
    pub coverage_90: Option<f64>,
    /// What the fit ran to, or why there is none.
    pub note: Option<String>,
}

impl FitAnswer {
    /// Adds a remark to the note.
    pub(super) fn remark(&mut self, text: &str) {
        self.note = Some(match self.note.take() {
            Some(note) => format!("{note}; {text}"),
            None => text.to_owned(),
        });
    }
}

/// A report as an answer; the model's unit and holdout are added by who knows them.
pub(super) fn of_report(report: &FitReport) -> FitAnswer {
    let by_name = |parameter: &Estimate| parameter.name.clone();
    FitAnswer {
        model: report.model.clone(),
        id: key_of(&report.model),
        parameters: report.parameters.iter().map(|p| (by_name(p), p.value)).collect(),
        standard_errors: report.parameters.iter().map(|p| (by_name(p), p.standard_error)).collect(),
        intervals_90: report.parameters.iter().map(|p| (by_name(p), p.interval_90)).collect(),
        correlation: report.correlation.clone(),
        parameter_order: report.parameters.iter().map(by_name).collect(),
        log_likelihood: Some(report.log_likelihood),
        aic: Some(report.aic),
        bic: Some(report.bic),
        customers: Some(report.customers),
        patterns: Some(report.patterns),
        iterations: Some(report.iterations),
        converged: report.converged,
        note: report.boundary.as_ref().map(|boundary| boundary.words.clone()),
        ..FitAnswer::default()
    }
}

pub(super) fn of_fitted(fitted: &Fitted, kind: ModelKind) -> FitAnswer {
    let mut answer = named(of_report(&fitted.report), kind);
    // k is chosen, not estimated: a parameter without an error.
    if let Some(k) = stages(kind, fitted) {
        answer.parameters.insert("k".to_owned(), k);
        answer.parameter_order.insert(0, "k".to_owned());
    }
    answer
}

/// The name of the model that was asked for, whatever the fit ran to.
pub(super) fn named(answer: FitAnswer, kind: ModelKind) -> FitAnswer {
    FitAnswer { model: kind.name().to_owned(), id: key_of(kind.name()), ..answer }
}

/// A model that could not be fitted, with its best point if it has one.
pub(super) fn of_error(key: &str, error: &ModelError) -> FitAnswer {
    let name = model_named(key).map_or("Gamma-Gamma", ModelKind::name);
    let (parameters, log_likelihood) = match error {
        ModelError::NotConverged { names, best, log_likelihood, .. } => (
            names.iter().map(|name| (*name).to_owned()).zip(best.iter().copied()).collect(),
            Some(*log_likelihood),
        ),
        _ => (BTreeMap::new(), None),
    };
    FitAnswer {
        model: name.to_owned(),
        id: key.to_owned(),
        parameters,
        log_likelihood,
        note: Some(error.to_string()),
        ..FitAnswer::default()
    }
}
