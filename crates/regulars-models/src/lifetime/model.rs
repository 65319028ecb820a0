//! Any continuous-time purchase model, and a fitted one.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::fit::{FitReport, FitSettings};
use super::future::CustomerForecast;
use super::patterns::{History, Patterns};
use super::time::{Horizon, TimeUnit};
use crate::beta_geometric::{self, Variant};
use crate::{bg_cnbd_k, bg_nbd, mbg_nbd, nbd, pareto_nbd};

/// Models available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Without dropout.
    Nbd,
    /// Dropout at any time.
    ParetoNbd,
    /// Dropout at a repeat purchase.
    BgNbd,
    /// Dropout at any purchase.
    MbgNbd,
    /// BG/NBD with regular purchases.
    BgCnbdK,
    /// MBG/NBD with regular purchases.
    MbgCnbdK,
}

impl ModelKind {
    /// All models.
    pub const ALL: [Self; 6] =
        [Self::Nbd, Self::ParetoNbd, Self::BgNbd, Self::MbgNbd, Self::BgCnbdK, Self::MbgCnbdK];

    /// Name in the papers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nbd => "NBD",
            Self::ParetoNbd => "Pareto/NBD",
            Self::BgNbd => "BG/NBD",
            Self::MbgNbd => "MBG/NBD",
            Self::BgCnbdK => "BG/CNBD-k",
            Self::MbgCnbdK => "MBG/CNBD-k",
        }
    }

    /// Fits the model to counted histories.
    ///
    /// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NoIntervals`] for models with
    /// regular purchases; [`Error::NotConverged`] with the best point.
    pub fn fit(self, patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
        match self {
            Self::Nbd => nbd::fit(patterns, settings),
            Self::ParetoNbd => pareto_nbd::fit(patterns, settings),
            Self::BgNbd => bg_nbd::fit(patterns, settings),
            Self::MbgNbd => mbg_nbd::fit(patterns, settings),
            Self::BgCnbdK => bg_cnbd_k::fit(patterns, settings),
            Self::MbgCnbdK => bg_cnbd_k::fit_mbg(patterns, settings),
        }
    }
}

/// A model with parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum PurchaseModel {
    /// Without dropout.
    Nbd(nbd::NbdParams),
    /// Dropout at any time.
    ParetoNbd(pareto_nbd::ParetoNbdParams),
    /// Dropout at a repeat purchase.
    BgNbd(beta_geometric::BetaGeometricParams),
    /// Dropout at any purchase.
    MbgNbd(beta_geometric::BetaGeometricParams),
    /// BG/NBD with regular purchases.
    BgCnbdK {
        /// Stages per purchase.
        k: u32,
        /// Parameters.
        #[serde(flatten)]
        params: beta_geometric::BetaGeometricParams,
    },
    /// MBG/NBD with regular purchases.
    MbgCnbdK {
        /// Stages per purchase.
        k: u32,
        /// Parameters.
        #[serde(flatten)]
        params: beta_geometric::BetaGeometricParams,
    },
}

impl PurchaseModel {
    /// Which model it is.
    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Nbd(_) => ModelKind::Nbd,
            Self::ParetoNbd(_) => ModelKind::ParetoNbd,
            Self::BgNbd(_) => ModelKind::BgNbd,
            Self::MbgNbd(_) => ModelKind::MbgNbd,
            Self::BgCnbdK { .. } => ModelKind::BgCnbdK,
            Self::MbgCnbdK { .. } => ModelKind::MbgCnbdK,
        }
    }

    /// Names and values of the parameters.
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Nbd(p) => vec![("r", p.r), ("alpha", p.alpha)],
            Self::ParetoNbd(p) => vec![("r", p.r), ("alpha", p.alpha), ("s", p.s), ("beta", p.beta)],
            Self::BgNbd(p) | Self::MbgNbd(p) => {
                vec![("r", p.r), ("alpha", p.alpha), ("a", p.a), ("b", p.b)]
            }
            Self::BgCnbdK { k, params: p } | Self::MbgCnbdK { k, params: p } => {
                vec![("k", f64::from(*k)), ("r", p.r), ("alpha", p.alpha), ("a", p.a), ("b", p.b)]
            }
        }
    }

    /// The same model with other parameters (k stays), in the order of [`Self::parameters`].
    pub(crate) fn with_values(&self, values: &[f64]) -> Self {
        let family = || beta_geometric::BetaGeometricParams {
            r: values[0],
            alpha: values[1],
            a: values[2],
            b: values[3],
        };
        match self {
            Self::Nbd(_) => Self::Nbd(nbd::NbdParams { r: values[0], alpha: values[1] }),
            Self::ParetoNbd(_) => Self::ParetoNbd(pareto_nbd::ParetoNbdParams {
                r: values[0],
                alpha: values[1],
                s: values[2],
                beta: values[3],
            }),
            Self::BgNbd(_) => Self::BgNbd(family()),
            Self::MbgNbd(_) => Self::MbgNbd(family()),
            Self::BgCnbdK { k, .. } => Self::BgCnbdK { k: *k, params: family() },
            Self::MbgCnbdK { k, .. } => Self::MbgCnbdK { k: *k, params: family() },
        }
    }

    /// Rejects invalid parameters, such as those of an edited file.
    ///
    /// Errors: [`Error::BadParameter`].
    pub fn check(&self) -> Result<(), Error> {
        for (name, value) in self.parameters() {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::BadParameter { model: self.kind().name(), name, value });
            }
        }
        Ok(())
    }

    /// Forecast for a customer with a history, in the time unit of the parameters.
    pub fn future(&self, history: &History) -> CustomerForecast {
        match self.as_family() {
            Family::Stays(params) => CustomerForecast::Nbd(nbd::CustomerForecast::after(params, history)),
            Family::AnyMoment(params) => {
                CustomerForecast::ParetoNbd(pareto_nbd::CustomerForecast::after(params, history))
            }
            Family::AtPurchase(params, variant) => CustomerForecast::BetaGeometric(
                beta_geometric::CustomerForecast::after(params, variant, history),
            ),
        }
    }

    /// Forecast for a customer who has just made the first purchase.
    pub fn future_of_new(&self) -> CustomerForecast {
        match self.as_family() {
            Family::Stays(params) => CustomerForecast::Nbd(nbd::CustomerForecast::of_new(params)),
            Family::AnyMoment(params) => {
                CustomerForecast::ParetoNbd(pareto_nbd::CustomerForecast::of_new(params))
            }
            Family::AtPurchase(params, variant) => {
                CustomerForecast::BetaGeometric(beta_geometric::CustomerForecast::of_new(params, variant))
            }
        }
    }

    /// Log-likelihood of one history; for models with k > 1 without the term of the interpurchase times,
    /// which depends on no parameter but k.
    pub fn log_likelihood(&self, history: &History) -> f64 {
        match self.as_family() {
            Family::Stays(params) => nbd::log_likelihood(params, history),
            Family::AnyMoment(params) => pareto_nbd::log_likelihood(params, history),
            Family::AtPurchase(params, variant) => beta_geometric::log_likelihood(params, variant, history),
        }
    }

    pub(crate) fn as_family(&self) -> Family<'_> {
        match self {
            Self::Nbd(params) => Family::Stays(params),
            Self::ParetoNbd(params) => Family::AnyMoment(params),
            Self::BgNbd(params) => Family::AtPurchase(params, bg_nbd::VARIANT),
            Self::MbgNbd(params) => Family::AtPurchase(params, mbg_nbd::VARIANT),
            Self::BgCnbdK { k, params } => Family::AtPurchase(params, Variant { k: *k, ..bg_nbd::VARIANT }),
            Self::MbgCnbdK { k, params } => Family::AtPurchase(params, Variant { k: *k, ..mbg_nbd::VARIANT }),
        }
    }
}

/// Models by type of dropout.
pub(crate) enum Family<'a> {
    Stays(&'a nbd::NbdParams),
    AnyMoment(&'a pareto_nbd::ParetoNbdParams),
    AtPurchase(&'a beta_geometric::BetaGeometricParams, Variant),
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

impl FittedLifetimeModel {
    /// Rejects customers in another unit, and converts the horizon to the model's.
    pub(crate) fn horizon(&self, patterns: &Patterns, horizon: Horizon) -> Result<f64, Error> {
        horizon.check()?;
        self.same_unit(patterns)?;
        Ok(horizon.in_units(self.unit))
    }

    /// Rejects customers in another unit.
    pub(crate) fn same_unit(&self, patterns: &Patterns) -> Result<(), Error> {
        if patterns.unit == self.unit {
            return Ok(());
        }
        Err(Error::MixedUnits { model: self.unit, customers: patterns.unit })
    }
}
