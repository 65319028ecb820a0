//! The Pareto/NBD as a registered model.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::ParetoNbdParams;
use super::likelihood::{log_likelihood, over_chunk};
use super::prediction::ParetoNbdForecast;
use crate::lifetime::boundary::fit_with_dropout;
use crate::lifetime::error::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::model::{
    BuyTillYouDie, Description, FittedLifetimeModel, LatentCustomer, ModelKind, PurchaseModel, Sums,
};
use crate::lifetime::patterns::{History, Patterns};
use crate::lifetime::prediction::CustomerForecast;
use crate::nbd::gamma;

/// The Pareto/NBD.
pub const PARETO_NBD: ModelKind = ModelKind(&ParetoNbd);

struct ParetoNbd;

impl BuyTillYouDie for ParetoNbd {
    fn describe(&self) -> Description {
        Description {
            key: "pareto_nbd",
            name: "Pareto/NBD",
            assumptions: "random purchases and dropout at any time",
            parameters: &["r", "alpha", "s", "beta"],
            dropout_starts: &[&[0.6, 0.4], &[0.3, 3.0], &[2.0, 2.0]],
            dropout_effects: &[(3, -1.0)],
            random_timing: None,
        }
    }

    fn fit(&'static self, patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
        fit_with_dropout(PARETO_NBD.name(), PARETO_NBD, patterns, settings)
    }

    fn log_likelihood(&self, model: &PurchaseModel, history: &History) -> f64 {
        log_likelihood(&model.into(), history)
    }

    fn over_chunk(&self, model: &PurchaseModel, patterns: &Patterns, rows: Range<usize>) -> Sums {
        over_chunk(patterns, &model.into(), rows)
    }

    fn dropout_size(&self, values: &[f64]) -> f64 {
        values[2]
    }

    fn forecast_for(&self, model: &PurchaseModel, history: &History) -> Box<dyn CustomerForecast> {
        Box::new(ParetoNbdForecast::after(&model.into(), history))
    }

    fn draw_customer(&self, model: &PurchaseModel, random: &mut ChaCha8Rng) -> LatentCustomer {
        let params = ParetoNbdParams::from(model);
        let rate = gamma(params.r, params.alpha, random);
        let leaving = gamma(params.s, params.beta, random).max(1e-300);
        let stays_until = -(1.0 - random.random::<f64>()).ln() / leaving;
        LatentCustomer { rate, k: 1, stays_until, purchases: u32::MAX }
    }
}
