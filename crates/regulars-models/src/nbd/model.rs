//! The NBD as a registered model.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;

use super::likelihood::{log_likelihood, over_chunk};
use super::prediction::{NbdForecast, gamma};
use crate::lifetime::error::Error;
use crate::lifetime::fit::{Boundary, FitSettings};
use crate::lifetime::model::{
    BuyTillYouDie, Description, FittedLifetimeModel, LatentCustomer, ModelKind, PurchaseModel, Sums,
};
use crate::lifetime::patterns::{History, Patterns};
use crate::lifetime::prediction::CustomerForecast;
use crate::lifetime::search::Search;

/// The NBD.
pub const NBD: ModelKind = ModelKind(&Nbd);

/// Above this shape, purchase rates are practically identical.
const ALIKE: f64 = 1e4;

struct Nbd;

impl BuyTillYouDie for Nbd {
    fn describe(&self) -> Description {
        Description {
            key: "nbd",
            name: "NBD",
            assumptions: "random purchases and no dropout",
            parameters: &["r", "alpha"],
            dropout_starts: &[&[]],
            dropout_effects: &[],
            random_timing: None,
        }
    }

    fn fit(&'static self, patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
        let search = Search::new(NBD.name(), patterns)?;
        let problem = search.problem(NBD, 1);
        let found = search.maximise(&problem, settings)?;
        let boundary = (found.values[0] > ALIKE).then(|| Boundary {
            words: "no visible differences in purchase rates: one rate for all customers".to_owned(),
            used: None,
        });
        Ok(search.fitted(NBD.with(&found.values), &problem, &found, boundary))
    }

    fn log_likelihood(&self, model: &PurchaseModel, history: &History) -> f64 {
        log_likelihood(&model.into(), history)
    }

    fn over_chunk(&self, model: &PurchaseModel, patterns: &Patterns, rows: Range<usize>) -> Sums {
        let [value, by_r, by_alpha] = over_chunk(patterns, &model.into(), rows);
        [value, by_r, by_alpha, 0.0, 0.0]
    }

    fn forecast_for(&self, model: &PurchaseModel, history: &History) -> Box<dyn CustomerForecast> {
        Box::new(NbdForecast::after(&model.into(), history))
    }

    fn draw_customer(&self, model: &PurchaseModel, random: &mut ChaCha8Rng) -> LatentCustomer {
        let rate = gamma(model.values[0], model.values[1], random);
        LatentCustomer { rate, k: 1, stays_until: f64::INFINITY, purchases: u32::MAX }
    }
}
