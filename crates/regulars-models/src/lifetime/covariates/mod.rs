//! Time-invariant covariates: a customer's country, channel or first basket shifts the purchase and dropout
//! rates.
//!
//! | model | purchases, coefficients g1 of x | dropout, coefficients g2 of z |
//! | --- | --- | --- |
//! | NBD | α = α₀ e^(−g1·x) | |
//! | Pareto/NBD | α = α₀ e^(−g1·x) | β = β₀ e^(−g2·z) |
//! | BG/NBD, MBG/NBD | α = α₀ e^(−g1·x) | a = a₀ e^(g2·z), b = b₀ e^(g2·z) |
//!
//! So e^g1 is the factor on the mean purchase rate per unit of a covariate, and for the Pareto/NBD e^g2
//! that on the mean dropout rate. For the BG/NBD, as in other packages, g2 leaves the mean dropout
//! probability unchanged and makes customers more alike (g2 > 0) or less.
//!
//! Customers with equal covariates form a group with its own plain model: α, β, a and b times their
//! factors. Likelihood and predictions are those of the plain models, group by group.
//!
//! Deliberately not here: time-varying covariates, categorical covariates (use a 0/1 column for all but one
//! category), models with regular purchases.
//!
//! Source: Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD
//! models".

mod design;
mod fit;
mod groups;
mod likelihood;
mod prediction;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use fit::fit_with_covariates;
pub use groups::{CountedWithCovariates, CovariateGroups, count_with_covariates};
pub use prediction::evaluate_with_covariates;

use super::fit::FitReport;
use super::model::PurchaseModel;
use super::time::TimeUnit;

/// One covariate for all customers.
#[derive(Debug, Clone, Copy)]
pub struct Covariate<'a> {
    /// Covariate name.
    pub name: &'a str,
    /// One value per customer, in the order of the histories.
    pub values: &'a [f64],
}

/// Covariates of both processes; a column may be in both.
#[derive(Debug, Clone, Copy, Default)]
pub struct Covariates<'a> {
    /// Covariates of the purchase rate.
    pub purchases: &'a [Covariate<'a>],
    /// Covariates of dropout.
    pub dropout: &'a [Covariate<'a>],
}

/// The process that a covariate affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// Purchases.
    Purchases,
    /// Dropout.
    Dropout,
}

impl Process {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Purchases => "purchases",
            Self::Dropout => "dropout",
        }
    }
}

/// A covariate with its coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Covariate name.
    pub name: String,
    /// Coefficient per unit of the covariate; 0 if it was dropped.
    pub coefficient: f64,
}

/// A covariate dropped from the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// Process.
    pub process: Process,
    /// Covariate name.
    pub name: String,
    /// Reason in words.
    pub why: String,
}

/// A fitted model with covariates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedWithCovariates {
    /// Model of a customer with all covariates 0.
    #[serde(flatten)]
    pub model: PurchaseModel,
    /// Coefficients of the purchase rate, in the order of the covariates.
    pub purchases: Vec<Effect>,
    /// Coefficients of dropout, in the order of the covariates.
    pub dropout: Vec<Effect>,
    /// Dropped covariates.
    pub dropped: Vec<Dropped>,
    /// Time unit of the parameters and histories.
    pub unit: TimeUnit,
    /// Fit report: parameters of `model` first, then one `purchases: NAME` or `dropout: NAME` per
    /// coefficient. `log_covariance` is that of the log parameters and the untransformed coefficients.
    pub report: FitReport,
}
