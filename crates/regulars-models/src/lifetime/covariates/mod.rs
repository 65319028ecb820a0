//! Covariates that do not change over time: a customer's country, channel or first basket moves the
//! rates of buying and of leaving.
//!
//! | model | purchases, coefficients g1 of x | dropout, coefficients g2 of z |
//! | --- | --- | --- |
//! | NBD | α = α₀ e^(−g1·x) | |
//! | Pareto/NBD | α = α₀ e^(−g1·x) | β = β₀ e^(−g2·z) |
//! | BG/NBD, MBG/NBD | α = α₀ e^(−g1·x) | a = a₀ e^(g2·z), b = b₀ e^(g2·z) |
//!
//! So e^g1 is the factor on the mean purchase rate per unit of a covariate, and for the Pareto/NBD e^g2
//! that on the mean rate of leaving. For the BG/NBD, as in the field's packages, g2 leaves the mean chance
//! to leave as it is, and makes customers more alike (g2 > 0) or less.
//!
//! Customers with equal covariates are one group with a plain model of its own: α, β, a and b with their
//! factors. Likelihood and answers are those of the plain models, group by group.
//!
//! Deliberately not here: covariates that change over time, categories (give a column of 0 and 1 for all
//! but one of them), models with regular purchases.
//!
//! Source: Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD
//! models".

mod answers;
mod design;
mod fit;
mod groups;
mod likelihood;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use answers::judge_with_covariates;
pub use fit::fit_with_covariates;
pub use groups::{CountedWithCovariates, CovariateGroups, count_with_covariates};

use super::fit::FitReport;
use super::model::PurchaseModel;
use super::time::TimeUnit;

/// One covariate of all customers.
#[derive(Debug, Clone, Copy)]
pub struct Covariate<'a> {
    /// Its name.
    pub name: &'a str,
    /// One value for each customer, in the order of the histories.
    pub values: &'a [f64],
}

/// The covariates of both processes; a column may be in both.
#[derive(Debug, Clone, Copy, Default)]
pub struct Covariates<'a> {
    /// Those of the purchase rate.
    pub purchases: &'a [Covariate<'a>],
    /// Those of dropout.
    pub dropout: &'a [Covariate<'a>],
}

/// Which process a covariate moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// Buying.
    Purchases,
    /// Leaving.
    Dropout,
}

impl Process {
    /// Its name in reports.
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
    /// The covariate.
    pub name: String,
    /// Its coefficient, per unit of the covariate; 0 if it was left out.
    pub coefficient: f64,
}

/// A covariate that was left out of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The process.
    pub process: Process,
    /// The covariate.
    pub name: String,
    /// Why, in words.
    pub why: String,
}

/// A fitted model with covariates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedWithCovariates {
    /// The model of a customer whose covariates are all 0.
    #[serde(flatten)]
    pub model: PurchaseModel,
    /// Coefficients of the purchase rate, in the order of the covariates.
    pub purchases: Vec<Effect>,
    /// Coefficients of dropout, in the order of the covariates.
    pub dropout: Vec<Effect>,
    /// Covariates that were left out.
    pub dropped: Vec<Dropped>,
    /// The unit the parameters and histories are in.
    pub unit: TimeUnit,
    /// How the fit went: parameters of `model` first, then one `purchases: NAME` or `dropout: NAME` for
    /// every coefficient. `log_covariance` is of the logarithms of the former and of the latter as they are.
    pub report: FitReport,
}
