//! The trait of the buy-till-you-die models, a model with parameters, and a fitted one.
//!
//! Each model implements the trait in its own folder, and [`super::registry`] lists them. Deliberately not
//! here: any model by name.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use regulars_stats::special::{digamma_difference, ln_rising_factorial};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::error::Error;
use super::fit::{FitReport, FitSettings};
use super::patterns::{History, Patterns};
use super::prediction::CustomerForecast;
use super::unit::TimeUnit;

/// What a model is called, and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Name in configuration and files, such as `bg_nbd`.
    pub key: &'static str,
    /// Name in the papers.
    pub name: &'static str,
    /// Assumptions about purchases and dropout, after "it assumes".
    pub assumptions: &'static str,
    /// Parameters of the search: `r` and `alpha` of the purchase rate, then those of dropout. `alpha` and
    /// `beta` are in time units.
    pub parameters: &'static [&'static str],
    /// Starting values of the dropout parameters, with times divided by their mean.
    ///
    /// Shape: at least one set; a model without dropout has one empty set.
    pub dropout_starts: &'static [&'static [f64]],
    /// Parameters that covariates of dropout multiply by e^(effect) or, with -1, by e^(−effect).
    pub dropout_effects: &'static [(usize, f64)],
    /// The model with random purchases that k = 1 reduces it to; none where purchases are random.
    pub random_timing: Option<ModelKind>,
}

/// A log-likelihood and its derivatives with respect to the parameters, in order; 0 for parameters that a
/// model does not have.
pub type Sums = [f64; 5];

/// A buy-till-you-die model of purchases in continuous time.
///
/// Contracts:
/// - every [`PurchaseModel`] passed has this model's parameters (trusted);
/// - the methods depend on their arguments only, so results are the same on any number of threads.
pub trait BuyTillYouDie: Sync {
    /// Names and parameters.
    fn describe(&self) -> Description;

    /// Fits the model to counted histories: see [`ModelKind::fit`].
    ///
    /// Errors: those of [`ModelKind::fit`].
    fn fit(&'static self, patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error>;

    /// Log-likelihood of one history: see [`PurchaseModel::log_likelihood`].
    fn log_likelihood(&self, model: &PurchaseModel, history: &History) -> f64;

    /// Sums over a range of patterns, without the terms that depend on x only.
    fn over_chunk(&self, model: &PurchaseModel, patterns: &Patterns, rows: Range<usize>) -> Sums;

    /// The terms of one history that depend on x only: by default those of random purchases.
    fn of_x(&self, model: &PurchaseModel, x: u32) -> Sums {
        let (r, x) = (model.values[0], f64::from(x));
        [ln_rising_factorial(r, x), digamma_difference(r, x), 0.0, 0.0, 0.0]
    }

    /// Size of the dropout distribution's parameters: if it is huge, all customers drop out alike.
    fn dropout_size(&self, _values: &[f64]) -> f64 {
        0.0
    }

    /// Forecast for a customer with a history.
    fn forecast_for(&self, model: &PurchaseModel, history: &History) -> Box<dyn CustomerForecast>;

    /// Forecast for a customer who has just made the first purchase.
    fn forecast_for_new_customer(&self, model: &PurchaseModel) -> Box<dyn CustomerForecast> {
        self.forecast_for(model, &History { x: 0, t_x: 0.0, t: 0.0 })
    }

    /// Draws the rates of a customer to simulate.
    fn draw_customer(&self, model: &PurchaseModel, random: &mut ChaCha8Rng) -> LatentCustomer;
}

/// A simulated customer's rates, which are not observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatentCustomer {
    /// Rate of the stages between purchases.
    pub rate: f64,
    /// Stages per purchase.
    pub k: u32,
    /// Dropout time, for models with dropout at any time.
    pub stays_until: f64,
    /// Repeat purchases until dropout, for models with dropout at a purchase.
    pub purchases: u32,
}

/// One of the models; its values are constants such as [`crate::bg_nbd::BG_NBD`].
#[derive(Clone, Copy)]
pub struct ModelKind(pub(crate) &'static dyn BuyTillYouDie);

impl ModelKind {
    /// Name in configuration and files.
    pub fn key(self) -> &'static str {
        self.0.describe().key
    }

    /// Name in the papers.
    pub fn name(self) -> &'static str {
        self.0.describe().name
    }

    /// Assumptions about purchases and dropout, such as "random purchases and no dropout".
    pub fn assumptions(self) -> &'static str {
        self.0.describe().assumptions
    }

    /// Names of the parameters of the search, which k is not.
    pub fn parameter_names(self) -> &'static [&'static str] {
        self.0.describe().parameters
    }

    /// The model with random purchases that k = 1 reduces it to; none where purchases are random.
    pub fn random_timing(self) -> Option<Self> {
        self.0.describe().random_timing
    }

    /// Whether purchases may be more regular than random, which takes the times between them to see.
    pub fn is_regular(self) -> bool {
        self.random_timing().is_some()
    }

    /// Whether customers drop out.
    pub fn has_dropout(self) -> bool {
        !self.0.describe().dropout_effects.is_empty()
    }

    /// Fits the model to counted histories.
    ///
    /// Without visible dropout a model without it is used, and the report says so.
    ///
    /// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NoIntervals`] for models
    /// with regular purchases; [`Error::NotConverged`] with the best point.
    pub fn fit(self, patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
        self.0.fit(patterns, settings)
    }

    /// The model with these parameters, and k = 1.
    ///
    /// Shape: values in the order of [`Self::parameter_names`].
    pub fn with(self, values: &[f64]) -> PurchaseModel {
        PurchaseModel { kind: self, k: 1, values: values.to_vec() }
    }
}

impl fmt::Debug for ModelKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

impl PartialEq for ModelKind {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ModelKind {}

impl Hash for ModelKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Serialize for ModelKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

/// A model with parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseModel {
    /// Which model it is.
    pub kind: ModelKind,
    /// Stages per purchase: 1 is random timing, the only choice of models that are not regular.
    pub k: u32,
    /// Parameters in the order of [`ModelKind::parameter_names`].
    pub values: Vec<f64>,
}

impl PurchaseModel {
    /// Names and values of the parameters, for regular models with k first.
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        let k = self.kind.is_regular().then(|| ("k", f64::from(self.k)));
        k.into_iter().chain(self.named()).collect()
    }

    /// The same model with other parameters (k stays).
    pub(crate) fn with_values(&self, values: &[f64]) -> Self {
        Self { values: values.to_vec(), ..*self }
    }

    /// Rejects invalid parameters, such as those of an edited file.
    ///
    /// Errors: [`Error::BadParameter`].
    pub fn check(&self) -> Result<(), Error> {
        for (name, value) in self.parameters() {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::BadParameter { model: self.kind.name(), name, value });
            }
        }
        Ok(())
    }

    /// Forecast for a customer with a history, in the time unit of the parameters.
    pub fn forecast_for(&self, history: &History) -> Box<dyn CustomerForecast> {
        self.kind.0.forecast_for(self, history)
    }

    /// Forecast for a customer who has just made the first purchase.
    pub fn forecast_for_new_customer(&self) -> Box<dyn CustomerForecast> {
        self.kind.0.forecast_for_new_customer(self)
    }

    /// Log-likelihood of one history; for models with k > 1 without the term of the interpurchase times,
    /// which depends on no parameter but k.
    pub fn log_likelihood(&self, history: &History) -> f64 {
        self.kind.0.log_likelihood(self, history)
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.kind.parameter_names().iter().copied().zip(self.values.iter().copied())
    }
}

/// An object of the model's key, k if it is regular, and its parameters by name.
impl Serialize for PurchaseModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", &self.kind)?;
        if self.kind.is_regular() {
            map.serialize_entry("k", &self.k)?;
        }
        for (name, value) in self.named() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

/// A fitted model: parameters with their time unit, and the fit report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedLifetimeModel {
    /// The model used for predictions.
    #[serde(flatten)]
    pub model: PurchaseModel,
    /// Time unit of the parameters and histories.
    pub unit: TimeUnit,
    /// Fit report.
    pub report: FitReport,
}
