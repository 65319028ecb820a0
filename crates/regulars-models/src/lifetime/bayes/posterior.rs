//! Posterior of the purchase models, and predictions averaged over it.

use serde::{Deserialize, Serialize};

use super::{BayesSettings, Sampled, sample_problem};
use crate::lifetime::Error;
use crate::lifetime::clv::Discount;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::forecast::{Forecast, forecast_rows};
use crate::lifetime::model::{ModelKind, PurchaseModel};
use crate::lifetime::patterns::Patterns;
use crate::lifetime::time::{Horizon, TimeUnit};
use crate::lifetime::uncertainty::{Covers, PurchaseIntervals, interval_rows};
use crate::{beta_geometric, bg_nbd, mbg_nbd, nbd, pareto_nbd};

/// Posterior of a purchase model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Posterior {
    /// The model at the posterior medians.
    #[serde(flatten)]
    pub model: PurchaseModel,
    /// Time unit of the parameters and histories.
    pub unit: TimeUnit,
    /// Draws with convergence diagnostics.
    pub sampled: Sampled,
}

impl ModelKind {
    /// Samples the posterior of the model's parameters.
    ///
    /// For models with regular purchases, k is fixed at its maximum-likelihood value. Without visible
    /// dropout the posterior does not collapse to a boundary: the prior dominates, which shows as wide
    /// intervals.
    ///
    /// Errors: [`Error::BadSampling`]; [`Error::TooFewRepeatCustomers`]; [`Error::NoIntervals`];
    /// [`Error::NotConverged`]. Chains that did not converge are not an error here: see [`Sampled::check`].
    pub fn sample(self, patterns: &Patterns, settings: &BayesSettings) -> Result<Posterior, Error> {
        settings.check()?;
        let ones = beta_geometric::BetaGeometricParams { r: 1.0, alpha: 1.0, a: 1.0, b: 1.0 };
        let shape = match self {
            Self::Nbd => PurchaseModel::Nbd(nbd::NbdParams { r: 1.0, alpha: 1.0 }),
            Self::ParetoNbd => PurchaseModel::ParetoNbd(pareto_nbd::ParetoNbdParams {
                r: 1.0,
                alpha: 1.0,
                s: 1.0,
                beta: 1.0,
            }),
            Self::BgNbd => PurchaseModel::BgNbd(ones),
            Self::MbgNbd => PurchaseModel::MbgNbd(ones),
            // k of the fit; with k = 1 the model reduces to the plain one.
            Self::BgCnbdK | Self::MbgCnbdK => self.fit(patterns, &FitSettings::default())?.model,
        };
        let shape = match (self, shape) {
            // No visible dropout: the fit fell back to the NBD, the posterior does not.
            (Self::BgCnbdK, PurchaseModel::Nbd(_)) => PurchaseModel::BgNbd(ones),
            (Self::MbgCnbdK, PurchaseModel::Nbd(_)) => PurchaseModel::MbgNbd(ones),
            (_, shape) => shape,
        };
        let model = self.name();
        let scale = nbd::time_scale(model, patterns)?;
        let scaled = patterns.scaled(scale);
        let problem = match &shape {
            PurchaseModel::Nbd(_) => nbd::problem(model, &scaled),
            PurchaseModel::ParetoNbd(_) => pareto_nbd::problem(&scaled),
            PurchaseModel::BgNbd(_) => beta_geometric::problem(model, &scaled, bg_nbd::VARIANT),
            PurchaseModel::MbgNbd(_) => beta_geometric::problem(model, &scaled, mbg_nbd::VARIANT),
            PurchaseModel::BgCnbdK { k, .. } => {
                let variant = beta_geometric::Variant { k: *k, ..bg_nbd::VARIANT };
                beta_geometric::problem(model, &scaled, variant)
            }
            PurchaseModel::MbgCnbdK { k, .. } => {
                let variant = beta_geometric::Variant { k: *k, ..mbg_nbd::VARIANT };
                beta_geometric::problem(model, &scaled, variant)
            }
        };
        let names = problem.names.clone();
        let natural = |logs: &[f64]| -> Vec<f64> {
            logs.iter()
                .zip(&names)
                .map(|(log, name)| log.exp() * if matches!(*name, "alpha" | "beta") { scale } else { 1.0 })
                .collect()
        };
        let sampled = sample_problem(&problem, settings, natural)
            .map_err(|error| nbd::unscaled(error, scale, -patterns.purchases() * scale.ln()))?;
        let medians: Vec<f64> = sampled.parameters.iter().map(|parameter| parameter.median).collect();
        Ok(Posterior { model: shape.with_values(&medians), unit: patterns.unit, sampled })
    }
}

impl Posterior {
    /// At most `most` models drawn from the posterior, evenly spread over the chains.
    pub fn models(&self, most: usize) -> Vec<PurchaseModel> {
        self.sampled.thinned(most).map(|draw| self.model.with_values(draw)).collect()
    }

    /// Forecasts each pattern as the mean over at most `most` models from the posterior.
    ///
    /// Shape: as [`crate::lifetime::model::FittedLifetimeModel::forecast`].
    /// Errors: [`Error::Horizon`], [`Error::DiscountRate`], [`Error::MixedUnits`].
    pub fn forecast(
        &self,
        patterns: &Patterns,
        horizon: Horizon,
        discount: Discount,
        most: usize,
    ) -> Result<Forecast, Error> {
        discount.check()?;
        self.check(patterns, horizon)?;
        let models = self.models(most);
        let of_models: Vec<Forecast> = models
            .iter()
            .map(|model| forecast_rows(patterns, |_| model, horizon, discount, self.unit))
            .collect();
        let mean = |column: fn(&Forecast) -> &Vec<f64>| -> Vec<f64> {
            (0..patterns.len())
                .map(|row| {
                    of_models.iter().map(|forecast| column(forecast)[row]).sum::<f64>()
                        / of_models.len() as f64
                })
                .collect()
        };
        Ok(Forecast {
            p_alive: mean(|forecast| &forecast.p_alive),
            expected_purchases: mean(|forecast| &forecast.expected_purchases),
            p_any_purchase: mean(|forecast| &forecast.p_any_purchase),
            discounted_purchases: mean(|forecast| &forecast.discounted_purchases),
        })
    }

    /// Prediction intervals of the purchases of each pattern, over at most `most` models from the
    /// posterior; they cover parameter uncertainty and individual randomness.
    ///
    /// Errors: [`Error::Horizon`], [`Error::MixedUnits`].
    pub fn purchase_intervals(
        &self,
        patterns: &Patterns,
        horizon: Horizon,
        level: f64,
        most: usize,
    ) -> Result<PurchaseIntervals, Error> {
        self.check(patterns, horizon)?;
        let models = self.models(most);
        let futures_of = |row: usize| {
            let history = patterns.history(row);
            models.iter().map(|model| model.future(&history)).collect()
        };
        let t = horizon.in_units(self.unit);
        Ok(interval_rows(patterns, futures_of, t, Covers::ParametersAndCustomer, level))
    }

    fn check(&self, patterns: &Patterns, horizon: Horizon) -> Result<(), Error> {
        horizon.check()?;
        if patterns.unit == self.unit {
            return Ok(());
        }
        Err(Error::MixedUnits { model: self.unit, customers: patterns.unit })
    }
}
