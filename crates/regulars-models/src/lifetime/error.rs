//! Why a lifetime model cannot be fitted, or cannot answer.

use thiserror::Error;

use super::time::TimeUnit;
use crate::error::Kind;

/// Why a lifetime model cannot be fitted, or cannot answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// Columns that belong together have different lengths.
    #[error("{name} has {found} values, expected {expected}: one for each customer")]
    ColumnLengths {
        /// The column.
        name: &'static str,
        /// Its values.
        found: usize,
        /// Customers.
        expected: usize,
    },
    /// A row cannot be a customer's history, and bad rows are not to be left out.
    #[error("row {row} (x {x}, t_x {t_x}, T {t}): {problem}")]
    BadHistory {
        /// The row, from 0.
        row: usize,
        /// Repeat purchases.
        x: f64,
        /// Time of the last purchase.
        t_x: f64,
        /// Time observed.
        t: f64,
        /// What is wrong.
        problem: &'static str,
    },
    /// No customer is left to learn from.
    #[error("{model} needs {needed}: found {found} among {customers} customers")]
    NothingToLearn {
        /// The model.
        model: &'static str,
        /// What it learns from.
        needed: &'static str,
        /// How many of these there are.
        found: u64,
        /// Customers given.
        customers: u64,
    },
    /// The search for the most likely parameters did not arrive.
    #[error("{model}: no maximum of the likelihood found within {iterations} steps (slope {slope:e})")]
    NotConverged {
        /// The model.
        model: &'static str,
        /// Names of the parameters.
        names: Vec<&'static str>,
        /// The best parameters found.
        best: Vec<f64>,
        /// Their log-likelihood.
        log_likelihood: f64,
        /// Steps taken.
        iterations: usize,
        /// The largest slope that was left, per customer.
        slope: f64,
    },
    /// A parameter that no model can have.
    #[error("{model}: parameter {name} is {value}, expected a number above 0")]
    BadParameter {
        /// The model.
        model: &'static str,
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A horizon that is no stretch of time, or longer than anything can be forecast.
    #[error("a horizon of {count} {}: expected more than 0 and at most 50 years", unit.name())]
    Horizon {
        /// How many units.
        count: f64,
        /// Of which length.
        unit: TimeUnit,
    },
    /// A word that is no unit of time.
    #[error("`{text}` is no unit of time, expected days, weeks, months or years")]
    UnknownUnit {
        /// What was given.
        text: String,
    },
    /// A discount rate that is no interest.
    #[error("a discount rate of {rate}: expected 0 to 1")]
    DiscountRate {
        /// What was given.
        rate: f64,
    },
    /// Customers counted in another unit than the model's.
    #[error("the model counts in {}, the customers in {}", model.name(), customers.name())]
    MixedUnits {
        /// The model's unit.
        model: TimeUnit,
        /// The customers' unit.
        customers: TimeUnit,
    },
    /// Regularity can only be learned from the times between purchases.
    #[error("{model} needs the logarithms of the times between purchases, the table has none")]
    NoIntervals {
        /// The model.
        model: &'static str,
    },
    /// A covariate that is no number.
    #[error("row {row}: covariate {name} is {value}, expected a number")]
    BadCovariate {
        /// The row, from 0.
        row: usize,
        /// The covariate.
        name: String,
        /// Its value.
        value: f64,
    },
    /// Customers with other covariates than the model's.
    #[error("the model has the covariates {model:?}, the customers have {customers:?}")]
    OtherCovariates {
        /// Names of the model's covariates of one process.
        model: Vec<String>,
        /// Names of the customers'.
        customers: Vec<String>,
    },
    /// A model that takes no covariates.
    #[error("{model} takes no covariates")]
    NoCovariates {
        /// The model.
        model: &'static str,
    },
    /// Settings that cannot be sampled with.
    #[error("sampling: {problem}")]
    BadSampling {
        /// What is wrong.
        problem: &'static str,
    },
    /// Chains of draws that cannot be believed.
    #[error("{model}: the draws cannot be believed: {problems}")]
    ChainsDisagree {
        /// The model.
        model: String,
        /// What is wrong, in words.
        problems: String,
    },
    /// Too little time for a calibration and a holdout.
    #[error("purchases of {days} days, expected at least {needed} for an origin with a holdout")]
    TooShort {
        /// Days from the first to the last purchase, both counted.
        days: i64,
        /// Days that are needed.
        needed: i64,
    },
    /// A measure or search of `regulars-stats` refused its input.
    #[error(transparent)]
    Stats(#[from] regulars_stats::Error),
}

impl Error {
    /// What kind of mistake it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotConverged { .. } | Self::ChainsDisagree { .. } => Kind::NotConverged,
            Self::BadSampling { .. } => Kind::Config,
            Self::Horizon { .. } | Self::UnknownUnit { .. } | Self::DiscountRate { .. } => Kind::Config,
            Self::Stats(error) if error.kind() == regulars_stats::Kind::NotConverged => Kind::NotConverged,
            _ => Kind::Input,
        }
    }

    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::BadHistory { .. } => Some("correct the row, or allow bad rows to be left out and counted"),
            Self::NothingToLearn { .. } => {
                Some("give a longer calibration time, so that some customers buy again within it")
            }
            Self::NotConverged { .. } => {
                Some("set a shrinkage prior, or choose a model with fewer parameters")
            }
            Self::Horizon { .. } => Some("give the horizon with its unit, such as `365 days` or `52 weeks`"),
            Self::UnknownUnit { .. } => Some("write `365 days`, `52 weeks`, `12 months` or `1 year`"),
            Self::DiscountRate { .. } => Some("1% a month is 0.01 a month"),
            Self::MixedUnits { .. } => Some("count the customers in the model's unit, or fit the model anew"),
            Self::BadCovariate { .. } => {
                Some("correct the value, or allow bad rows to be left out and counted")
            }
            Self::OtherCovariates { .. } => Some("give the covariates of the fit, in its order"),
            Self::NoCovariates { .. } => Some("choose NBD, Pareto/NBD, BG/NBD or MBG/NBD"),
            Self::ChainsDisagree { .. } => Some("take more draws and a longer warmup, or a firmer prior"),
            Self::TooShort { .. } => Some("give a shorter horizon"),
            Self::NoIntervals { .. } => {
                Some("give the column of summed logarithms (`litt`), or fit from the orders themselves")
            }
            _ => None,
        }
    }
}
