//! Results of `regulars clv fit` for one model.

use std::collections::BTreeMap;

use regulars_models::gamma_gamma;
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::bayes::Marginal;
use regulars_models::lifetime::covariates::Dropped;
use regulars_models::lifetime::coverage::ClassCoverage;
use regulars_models::lifetime::fit::{Estimate, FitReport};
use regulars_models::lifetime::holdout::{Holdout, Independence};
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::rolling::RollingSummary;
use serde::Serialize;

use crate::btyd::{key_of, model_named, stages};

/// The fit of one model.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FitSummary {
    /// The model, as the papers call it.
    pub model: String,
    /// Key of the model in `--models`.
    pub id: String,
    /// Parameters by letter, coefficients as `purchases: NAME` and `dropout: NAME`; empty if the fit did not
    /// converge.
    pub parameters: BTreeMap<String, f64>,
    /// Standard errors by the same letters; none if the likelihood has no curvature.
    pub standard_errors: BTreeMap<String, Option<f64>>,
    /// 90% intervals.
    pub intervals_90: BTreeMap<String, Option<(f64, f64)>>,
    /// Correlation of the estimates, in the order of `parameter_order`.
    pub correlation: Vec<Vec<f64>>,
    /// The parameters in the order of the papers.
    pub parameter_order: Vec<String>,
    /// The time unit; none for models without one.
    pub unit: Option<String>,
    /// The log-likelihood of all customers.
    pub log_likelihood: Option<f64>,
    /// AIC.
    pub aic: Option<f64>,
    /// BIC.
    pub bic: Option<f64>,
    /// Number of customers.
    pub customers: Option<u64>,
    /// Distinct histories among them.
    pub patterns: Option<u64>,
    /// Iterations.
    pub iterations: Option<usize>,
    /// Whether the optimiser converged.
    pub converged: bool,
    /// In words: a parameter at its bound, or why there is no result.
    pub note: Option<String>,
    /// Forecast accuracy in the holdout period.
    pub holdout: Option<HoldoutAccuracy>,
    /// Covariate coefficients, for models that support them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covariates: Option<CovariateEffects>,
    /// Parametric bootstrap intervals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<BootstrapIntervals>,
    /// Posterior summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posterior: Option<PosteriorSummary>,
    /// Results from several origins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling: Option<RollingAccuracy>,
    /// Mean spend of a new customer, for spend models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_spend: Option<f64>,
    /// Customers excluded, by reason, for spend models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<gamma_gamma::Exclusions>,
    /// Correlation of spend and frequency, for spend models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub independence: Option<Independence>,
}

/// Accuracy of a purchase forecast in the holdout period.
#[derive(Debug, Clone, Serialize)]
pub struct HoldoutAccuracy {
    /// The last day known to the model.
    pub calibration_end: String,
    /// Days of the holdout period.
    pub days: f64,
    /// Accuracy of the purchase forecast.
    #[serde(flatten)]
    pub purchases: Holdout,
    /// Customers within, below and above their 90% interval, by purchases in the calibration period.
    pub coverage_by_frequency: Vec<ClassCoverage>,
    /// The spend forecast, with Gamma-Gamma.
    pub spend: Option<SpendAccuracy>,
}

/// Accuracy of a spend forecast.
#[derive(Debug, Clone, Serialize)]
pub struct SpendAccuracy {
    /// Actual spend.
    pub actual: f64,
    /// Predicted spend.
    pub expected: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// RMSE.
    pub rmse: f64,
    /// Predicted over actual, minus 1.
    pub bias: Option<f64>,
    /// R2.
    pub r2: Option<f64>,
    /// Rank correlation.
    pub spearman: Option<f64>,
    /// Normalised Gini coefficient.
    pub gini: Option<f64>,
    /// Share of actual spend by the decile with the highest forecasts.
    pub top_10: Option<f64>,
}

/// Effects of covariates in a model.
#[derive(Debug, Clone, Serialize)]
pub struct CovariateEffects {
    /// Coefficients of the purchase rate.
    pub purchases: Vec<Coefficient>,
    /// Coefficients of dropout.
    pub dropout: Vec<Coefficient>,
    /// Dropped covariates, and why.
    pub dropped: Vec<Dropped>,
    /// Reference category of each text column.
    pub compared_with: BTreeMap<String, String>,
    /// The same model and customers without covariates; none if it could not be fitted.
    pub without: Option<Likelihoods>,
}

/// A coefficient.
#[derive(Debug, Clone, Serialize)]
pub struct Coefficient {
    /// The covariate.
    pub name: String,
    /// Per unit of the covariate.
    pub coefficient: f64,
    /// Standard error; none if the likelihood has no curvature.
    pub standard_error: Option<f64>,
    /// 90% interval.
    pub interval_90: Option<(f64, f64)>,
}

/// Likelihood and information criteria.
#[derive(Debug, Clone, Serialize)]
pub struct Likelihoods {
    /// The log-likelihood of all customers.
    pub log_likelihood: f64,
    /// AIC.
    pub aic: f64,
    /// BIC.
    pub bic: f64,
}

/// Parametric bootstrap.
#[derive(Debug, Clone, Serialize)]
pub struct BootstrapIntervals {
    /// 90% intervals by parameter, over the interior fits.
    pub intervals_90: BTreeMap<String, (f64, f64)>,
    /// Replicates with an interior fit.
    pub fits: u64,
    /// Replicates without visible dropout.
    pub at_boundary: u64,
    /// The seed.
    pub seed: u64,
}

/// Posterior summary, without the draws.
#[derive(Debug, Clone, Serialize)]
pub struct PosteriorSummary {
    /// One per parameter.
    pub parameters: Vec<Marginal>,
    /// Chains.
    pub chains: usize,
    /// Draws kept per chain.
    pub draws: usize,
    /// Divergences.
    pub divergences: u64,
    /// Whether the chains converged.
    pub converged: bool,
    /// Problems, in words, even if the chains converged.
    pub problems: Vec<String>,
    /// Prior standard deviation of the logarithms of the parameters.
    pub prior_sd: f64,
    /// The seed.
    pub seed: u64,
}

/// Results from several origins.
#[derive(Debug, Clone, Serialize)]
pub struct RollingAccuracy {
    /// Holdout days after each origin.
    pub horizon_days: u32,
    /// One result per origin, earliest first.
    pub origins: Vec<OriginAccuracy>,
    /// Over all origins; none if no fit succeeded. Log-likelihoods are per customer.
    pub summary: Option<RollingSummary>,
}

/// Result from one origin; without figures if the model could not be fitted.
#[derive(Debug, Clone, Serialize)]
pub struct OriginAccuracy {
    /// The last day known to the model.
    pub date: String,
    /// Customers tested.
    pub customers: u64,
    /// Actual purchases.
    pub actual: f64,
    /// Predicted purchases.
    pub expected: Option<f64>,
    /// Mean absolute error.
    pub mae: Option<f64>,
    /// RMSE.
    pub rmse: Option<f64>,
    /// Predicted over actual, minus 1.
    pub bias: Option<f64>,
    /// Log-likelihood of the actual purchases.
    pub log_likelihood: Option<f64>,
    /// Share of customers within their 90% interval.
    pub coverage_90: Option<f64>,
    /// In words: a parameter at its bound, or why there is no result.
    pub note: Option<String>,
}

impl FitSummary {
    /// Adds a remark to the note.
    pub(super) fn remark(&mut self, text: &str) {
        self.note = Some(match self.note.take() {
            Some(note) => format!("{note}; {text}"),
            None => text.to_owned(),
        });
    }
}

/// Converts a report; the caller adds unit and holdout.
pub(super) fn from_report(report: &FitReport) -> FitSummary {
    let by_name = |parameter: &Estimate| parameter.name.clone();
    FitSummary {
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
        ..FitSummary::default()
    }
}

pub(super) fn from_fitted(fitted: &FittedLifetimeModel, kind: ModelKind) -> FitSummary {
    let mut fit_summary = named(from_report(&fitted.report), kind);
    // k is selected, not estimated: a parameter without a standard error.
    if let Some(k) = stages(kind, fitted) {
        fit_summary.parameters.insert("k".to_owned(), k);
        fit_summary.parameter_order.insert(0, "k".to_owned());
    }
    fit_summary
}

/// Sets the name of the requested model, even if the fit reached a boundary and used a simpler one.
pub(super) fn named(fit_summary: FitSummary, kind: ModelKind) -> FitSummary {
    FitSummary { model: kind.name().to_owned(), id: kind.key().to_owned(), ..fit_summary }
}

/// A model that could not be fitted, with its best point if available.
pub(super) fn from_error(key: &str, error: &ModelError) -> FitSummary {
    let name = model_named(key).map_or("Gamma-Gamma", ModelKind::name);
    let (parameters, log_likelihood) = match error {
        ModelError::NotConverged { names, best, log_likelihood, .. } => (
            names.iter().map(|name| (*name).to_owned()).zip(best.iter().copied()).collect(),
            Some(*log_likelihood),
        ),
        _ => (BTreeMap::new(), None),
    };
    FitSummary {
        model: name.to_owned(),
        id: key.to_owned(),
        parameters,
        log_likelihood,
        note: Some(error.to_string()),
        ..FitSummary::default()
    }
}
