//! The family's models as registered models.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;

use super::fit::fit_choosing_k;
use super::likelihood::{log_likelihood, of_x, over_chunk};
use super::prediction::{BetaGeometricForecast, purchases_until_dropout};
use super::{BetaGeometric, BetaGeometricParams};
use crate::lifetime::boundary::fit_with_dropout;
use crate::lifetime::error::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::model::{
    BuyTillYouDie, Description, FittedLifetimeModel, LatentCustomer, ModelKind, PurchaseModel, Sums,
};
use crate::lifetime::patterns::{History, Patterns};
use crate::lifetime::prediction::CustomerForecast;
use crate::nbd::gamma;

impl BuyTillYouDie for BetaGeometric {
    fn describe(&self) -> Description {
        Description {
            key: self.key,
            name: self.name,
            assumptions: self.assumptions,
            parameters: &["r", "alpha", "a", "b"],
            dropout_starts: &[&[0.8, 2.5], &[0.3, 3.0], &[1.5, 1.5]],
            dropout_effects: &[(2, 1.0), (3, 1.0)],
            random_timing: self.random_timing,
        }
    }

    fn fit(&'static self, patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
        match self.random_timing {
            Some(plain) => fit_choosing_k(ModelKind(self), plain, patterns, settings),
            None => fit_with_dropout(self.name, ModelKind(self), patterns, settings),
        }
    }

    fn log_likelihood(&self, model: &PurchaseModel, history: &History) -> f64 {
        log_likelihood(&model.into(), self.variant(model), history)
    }

    fn over_chunk(&self, model: &PurchaseModel, patterns: &Patterns, rows: Range<usize>) -> Sums {
        over_chunk(patterns, self.variant(model), &model.into(), rows)
    }

    fn of_x(&self, model: &PurchaseModel, x: u32) -> Sums {
        of_x(&model.into(), self.variant(model), x)
    }

    fn dropout_size(&self, values: &[f64]) -> f64 {
        values[2] + values[3]
    }

    fn forecast_for(&self, model: &PurchaseModel, history: &History) -> Box<dyn CustomerForecast> {
        Box::new(BetaGeometricForecast::after(&model.into(), self.variant(model), history))
    }

    fn forecast_for_new_customer(&self, model: &PurchaseModel) -> Box<dyn CustomerForecast> {
        Box::new(BetaGeometricForecast::for_new_customer(&model.into(), self.variant(model)))
    }

    fn draw_customer(&self, model: &PurchaseModel, random: &mut ChaCha8Rng) -> LatentCustomer {
        let params = BetaGeometricParams::from(model);
        let rate = gamma(params.r, params.alpha, random);
        let until = purchases_until_dropout(params.a, params.b, random);
        // The first purchase is not a repeat purchase.
        let purchases = until.saturating_sub(u32::from(self.dropout_after_first));
        LatentCustomer { rate, k: model.k, stays_until: f64::INFINITY, purchases }
    }
}
