//! Posterior of the purchase models, and predictions averaged over it.

use serde::{Deserialize, Serialize};

use super::{BayesSettings, Sampled, sample_problem};
use crate::lifetime::clv::Discount;
use crate::lifetime::error::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::forecast::{Forecast, forecast_rows};
use crate::lifetime::model::{ModelKind, PurchaseModel};
use crate::lifetime::patterns::Patterns;
use crate::lifetime::search::Search;
use crate::lifetime::time::{Horizon, TimeUnit};
use crate::lifetime::uncertainty::{Covers, PurchaseIntervals, interval_rows};

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
        // k of the fit. Without visible dropout the fit falls back to the NBD, the posterior does not.
        let (kind, k) = match self.random_timing() {
            None => (self, 1),
            Some(plain) => match self.fit(patterns, &FitSettings::default())?.model {
                fitted if fitted.kind.has_dropout() => (fitted.kind, fitted.k),
                _ => (plain, 1),
            },
        };
        let search = Search::new(self.name(), patterns)?;
        let problem = search.problem(kind, k);
        let sampled = sample_problem(&problem, settings, |logs| search.natural(&problem.names, logs))
            .map_err(|error| search.unscaled(error))?;
        let values = sampled.parameters.iter().map(|parameter| parameter.median).collect();
        Ok(Posterior { model: PurchaseModel { kind, k, values }, unit: patterns.unit, sampled })
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
        patterns.horizon(horizon, self.unit)?;
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
        let t = patterns.horizon(horizon, self.unit)?;
        let models = self.models(most);
        let forecasts_of = |row: usize| {
            let history = patterns.history(row);
            models.iter().map(|model| model.forecast_for(&history)).collect()
        };
        Ok(interval_rows(patterns, forecasts_of, t, Covers::ParametersAndCustomer, level))
    }
}
