//! Predictions of a model with covariates: the plain model with each customer's own parameters.

use super::groups::{CountedWithCovariates, CovariateGroups};
use super::{Effect, FittedWithCovariates, Process};
use crate::lifetime::Error;
use crate::lifetime::clv::Discount;
use crate::lifetime::forecast::{Forecast, forecast_rows};
use crate::lifetime::holdout::{Holdout, evaluate_rows};
use crate::lifetime::model::PurchaseModel;
use crate::lifetime::time::Horizon;
use crate::lifetime::uncertainty::{
    Covers, IntervalSettings, PurchaseIntervals, interval_rows, normal_steps,
};

impl FittedWithCovariates {
    /// The plain model for a customer with the given covariates, in the order of [`Self::purchases`] and
    /// [`Self::dropout`]; all predictions derive from it.
    ///
    /// Errors: [`Error::ColumnLengths`]; [`Error::BadParameter`] where a covariate is NaN or so extreme
    /// that a parameter overflows.
    pub fn model_of(&self, purchases: &[f64], dropout: &[f64]) -> Result<PurchaseModel, Error> {
        for (name, found, expected) in [
            ("covariates of purchases", purchases.len(), self.purchases.len()),
            ("covariates of dropout", dropout.len(), self.dropout.len()),
        ] {
            if found != expected {
                return Err(Error::ColumnLengths { name, found, expected });
            }
        }
        let model = moved(&self.model, product(&self.purchases, purchases), product(&self.dropout, dropout));
        model.check()?;
        Ok(model)
    }

    /// Forecasts each pattern with its own covariates.
    ///
    /// Shape: as [`crate::lifetime::model::FittedLifetimeModel::forecast`].
    /// Errors: [`Error::Horizon`], [`Error::DiscountRate`], [`Error::MixedUnits`];
    /// [`Error::OtherCovariates`]; those of [`Self::model_of`].
    pub fn forecast(
        &self,
        counted: &CountedWithCovariates,
        horizon: Horizon,
        discount: Discount,
    ) -> Result<Forecast, Error> {
        discount.check()?;
        horizon.check()?;
        let models = self.models(counted)?;
        let group_of = counted.groups.of_patterns();
        let model_of = |row: usize| &models[group_of[row] as usize];
        Ok(forecast_rows(&counted.counted.patterns, model_of, horizon, discount, self.unit))
    }

    /// Prediction intervals of the purchases of each pattern, with its own covariates.
    ///
    /// Errors: as [`Self::forecast`].
    pub fn purchase_intervals(
        &self,
        counted: &CountedWithCovariates,
        horizon: Horizon,
        settings: &IntervalSettings,
    ) -> Result<PurchaseIntervals, Error> {
        horizon.check()?;
        let models = self.models(counted)?;
        let group_of = counted.groups.of_patterns();
        let draws = self.draws(settings.parameter_draws, settings.seed);
        let covers = if draws.is_empty() { Covers::Customer } else { Covers::ParametersAndCustomer };
        let patterns = &counted.counted.patterns;
        let forecasts_of = |row: usize| {
            let history = patterns.history(row);
            let group = group_of[row] as usize;
            if draws.is_empty() {
                return vec![models[group].forecast_for(&history)];
            }
            let (purchases, dropout) = counted.groups.row(group);
            draws
                .iter()
                .map(|draw| {
                    let buying = product(&draw.purchases, purchases);
                    let leaving = product(&draw.dropout, dropout);
                    moved(&draw.model, buying, leaving).forecast_for(&history)
                })
                .collect()
        };
        Ok(interval_rows(patterns, forecasts_of, horizon.in_units(self.unit), covers, settings.level))
    }

    /// The plain model of each group.
    fn models(&self, counted: &CountedWithCovariates) -> Result<Vec<PurchaseModel>, Error> {
        let patterns = &counted.counted.patterns;
        patterns.check_unit(self.unit)?;
        self.same_covariates(&counted.groups)?;
        (0..counted.groups.len())
            .map(|group| {
                let (purchases, dropout) = counted.groups.row(group);
                self.model_of(purchases, dropout)
            })
            .collect()
    }

    /// Rejects customers with other covariates than the model's.
    fn same_covariates(&self, groups: &CovariateGroups) -> Result<(), Error> {
        for (effects, names) in [(&self.purchases, &groups.purchases), (&self.dropout, &groups.dropout)] {
            let model: Vec<&String> = effects.iter().map(|effect| &effect.name).collect();
            if !model.iter().copied().eq(names) {
                return Err(Error::OtherCovariates {
                    model: model.into_iter().cloned().collect(),
                    customers: names.clone(),
                });
            }
        }
        Ok(())
    }

    /// Draws models and coefficients from their uncertainty; none if the fit has no covariance.
    fn draws(&self, draws: usize, seed: u64) -> Vec<Draw> {
        let values = &self.model.values;
        let base = values.len();
        normal_steps(&self.report.log_covariance, draws, seed)
            .into_iter()
            .map(|steps| {
                let moved: Vec<f64> =
                    values.iter().zip(&steps).map(|(value, step)| value * step.exp()).collect();
                let mut next = steps[base..].iter();
                let mut drawn = |process: Process, effects: &[Effect]| -> Vec<Effect> {
                    effects
                        .iter()
                        .map(|effect| {
                            // Dropped covariates have no row in the covariance.
                            let left_out = self
                                .dropped
                                .iter()
                                .any(|dropped| dropped.process == process && dropped.name == effect.name);
                            let step = if left_out { 0.0 } else { next.next().copied().unwrap_or(0.0) };
                            Effect { name: effect.name.clone(), coefficient: effect.coefficient + step }
                        })
                        .collect()
                };
                let purchases = drawn(Process::Purchases, &self.purchases);
                let dropout = drawn(Process::Dropout, &self.dropout);
                Draw { model: self.model.with_values(&moved), purchases, dropout }
            })
            .collect()
    }
}

/// A model and coefficients drawn from their uncertainty.
struct Draw {
    model: PurchaseModel,
    purchases: Vec<Effect>,
    dropout: Vec<Effect>,
}

fn product(effects: &[Effect], values: &[f64]) -> f64 {
    effects.iter().zip(values).map(|(effect, value)| effect.coefficient * value).sum()
}

/// Applies the covariate effects to the model.
fn moved(model: &PurchaseModel, buying: f64, leaving: f64) -> PurchaseModel {
    let mut model = model.clone();
    model.values[1] *= (-buying).exp();
    for (number, sign) in model.kind.0.describe().dropout_effects {
        model.values[*number] *= (sign * leaving).exp();
    }
    model
}

/// Evaluates the holdout forecast of customers with covariates: see [`crate::lifetime::holdout::evaluate`].
///
/// Errors: [`Error::ColumnLengths`]; those of [`FittedWithCovariates::forecast`].
pub fn evaluate_with_covariates(
    fitted: &FittedWithCovariates,
    counted: &CountedWithCovariates,
    actual: &[f64],
    horizon: Horizon,
) -> Result<Holdout, Error> {
    let expected = fitted.forecast(counted, horizon, Discount::None)?.expected_purchases;
    let models = fitted.models(counted)?;
    let group_of = counted.groups.of_patterns();
    let model_of = |row: usize| &models[group_of[row] as usize];
    evaluate_rows(&counted.counted, actual, &expected, model_of, horizon.in_units(fitted.unit))
}
