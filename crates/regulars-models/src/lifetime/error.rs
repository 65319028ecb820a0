//! Why a lifetime model cannot be fitted or cannot predict.

use thiserror::Error;

use super::unit::TimeUnit;
use crate::kind::Kind;

/// Why a lifetime model cannot be fitted or cannot predict.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// Columns of one table have different lengths.
    #[error("{name} has {found} values, expected {expected}: one per customer")]
    ColumnLengths {
        /// The column.
        name: &'static str,
        /// Number of values.
        found: usize,
        /// Number of customers.
        expected: usize,
    },
    /// A row is not a valid history, and bad rows are not to be excluded.
    #[error("row {row} (x {x}, t_x {t_x}, T {t}): {problem}")]
    BadHistory {
        /// The row, from 0.
        row: usize,
        /// Repeat purchases.
        x: f64,
        /// Time of the last purchase (`t_x`).
        t_x: f64,
        /// Observation time (T).
        t: f64,
        /// What is wrong.
        problem: &'static str,
    },
    /// No customer is left to fit.
    #[error("{model} needs {needed}: found {found} among {customers} customers")]
    TooFewRepeatCustomers {
        /// The model.
        model: &'static str,
        /// Customers it needs.
        needed: &'static str,
        /// How many of these there are.
        found: u64,
        /// Number of customers given.
        customers: u64,
    },
    /// The search for the maximum likelihood did not converge.
    #[error(
        "{model}: the likelihood did not converge within {iterations} steps (gradient {gradient_norm:e})"
    )]
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
        /// Largest remaining gradient component, per customer.
        gradient_norm: f64,
    },
    /// An invalid parameter.
    #[error("{model}: parameter {name} is {value}, expected a number above 0")]
    BadParameter {
        /// The model.
        model: &'static str,
        /// The parameter.
        name: &'static str,
        /// The given value.
        value: f64,
    },
    /// An invalid or too long horizon.
    #[error("a horizon of {count} {}: expected more than 0 and at most 50 years", unit.name())]
    Horizon {
        /// Number of units.
        count: f64,
        /// Unit.
        unit: TimeUnit,
    },
    /// An unknown time unit.
    #[error("unknown time unit `{text}`, expected days, weeks, months or years")]
    UnknownUnit {
        /// The text given.
        text: String,
    },
    /// An invalid discount rate.
    #[error("a discount rate of {rate}: expected 0 to 1")]
    DiscountRate {
        /// The rate given.
        rate: f64,
    },
    /// Customers counted in a different unit from the model's.
    #[error("the model counts time in {}, the customers in {}", model.name(), customers.name())]
    MixedUnits {
        /// The model's unit.
        model: TimeUnit,
        /// The customers' unit.
        customers: TimeUnit,
    },
    /// Regularity can only be estimated from the times between purchases.
    #[error("{model} needs the summed log times between purchases, the table has none")]
    NoIntervals {
        /// The model.
        model: &'static str,
    },
    /// A covariate that is not a number.
    #[error("row {row}: covariate {name} is {value}, expected a number")]
    BadCovariate {
        /// The row, from 0.
        row: usize,
        /// The covariate.
        name: String,
        /// The given value.
        value: f64,
    },
    /// Customers with other covariates than the model's.
    #[error("the model has the covariates {model:?}, the customers have {customers:?}")]
    OtherCovariates {
        /// The model's covariates of one process.
        model: Vec<String>,
        /// The customers' covariates.
        customers: Vec<String>,
    },
    /// A model that takes no covariates.
    #[error("{model} takes no covariates")]
    NoCovariates {
        /// The model.
        model: &'static str,
    },
    /// Invalid sampler settings.
    #[error("sampling: {problem}")]
    BadSampling {
        /// What is wrong.
        problem: &'static str,
    },
    /// Chains that did not converge.
    #[error("{model}: the chains did not converge: {problems}")]
    ChainsNotConverged {
        /// The model.
        model: String,
        /// Problems in words.
        problems: String,
    },
    /// Too short a history for a calibration and a holdout period.
    #[error("purchases span {days} days, expected at least {needed} for an origin with a holdout period")]
    TooShort {
        /// Days from the first to the last purchase, inclusive.
        days: i64,
        /// Days needed.
        needed: i64,
    },
    /// A measure or optimiser of `regulars-stats` rejected its input.
    #[error(transparent)]
    Stats(#[from] regulars_stats::Error),
}

impl Error {
    /// Returns the category of the error.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotConverged { .. } | Self::ChainsNotConverged { .. } => Kind::NotConverged,
            Self::BadSampling { .. } => Kind::Config,
            Self::Horizon { .. } | Self::UnknownUnit { .. } | Self::DiscountRate { .. } => Kind::Config,
            Self::Stats(error) if error.kind() == regulars_stats::Kind::NotConverged => Kind::NotConverged,
            _ => Kind::Input,
        }
    }

    /// Returns what to do about it, if known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::BadHistory { .. } => Some("correct the row, or allow bad rows to be excluded and counted"),
            Self::TooFewRepeatCustomers { .. } => {
                Some("use a longer calibration period, so that some customers buy again within it")
            }
            Self::NotConverged { .. } => {
                Some("set a shrinkage prior, or choose a model with fewer parameters")
            }
            Self::Horizon { .. } => Some("write the horizon with its unit, such as `365 days` or `52 weeks`"),
            Self::UnknownUnit { .. } => Some("write `365 days`, `52 weeks`, `12 months` or `1 year`"),
            Self::DiscountRate { .. } => Some("1% per month is 0.01 per month"),
            Self::MixedUnits { .. } => Some("count the customers in the model's unit, or refit the model"),
            Self::BadCovariate { .. } => {
                Some("correct the value, or allow bad rows to be excluded and counted")
            }
            Self::OtherCovariates { .. } => Some("pass the covariates of the fit, in the same order"),
            Self::NoCovariates { .. } => Some("choose NBD, Pareto/NBD, BG/NBD or MBG/NBD"),
            Self::ChainsNotConverged { .. } => Some("use more draws and a longer warmup, or a tighter prior"),
            Self::TooShort { .. } => Some("use a shorter horizon"),
            Self::NoIntervals { .. } => {
                Some("add the column `litt` (sum of log interpurchase times), or fit from orders")
            }
            _ => None,
        }
    }
}
