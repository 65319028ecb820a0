//! NBD: customers buy at random at individual rates and never drop out.
//!
//! | symbol | is |
//! | --- | --- |
//! | r, α | shape and rate of the gamma distribution of purchase rates |
//!
//! Every model of this crate reduces to it when no dropout is visible; a model with dropout has to beat it.
//!
//! Source: Ehrenberg (1959); the likelihood of histories is that of Fader, Hardie & Lee (2005) without
//! dropout.

mod likelihood;
mod model;
mod prediction;

use crate::lifetime::model::PurchaseModel;

pub use model::NBD;
pub(crate) use prediction::{gamma, poisson};

/// Parameters, in the model's time unit.
#[derive(Debug, Clone, Copy)]
struct NbdParams {
    /// Shape of the gamma distribution of purchase rates.
    r: f64,
    /// Rate of the gamma distribution of purchase rates, in time units.
    alpha: f64,
}

impl From<&PurchaseModel> for NbdParams {
    fn from(model: &PurchaseModel) -> Self {
        Self { r: model.values[0], alpha: model.values[1] }
    }
}
