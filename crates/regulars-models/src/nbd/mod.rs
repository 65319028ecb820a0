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

mod fit;
mod future;
mod likelihood;

use serde::{Deserialize, Serialize};

pub use fit::fit;
pub(crate) use fit::{fit_parts, moments, problem, time_scale, unscaled};
pub use future::CustomerForecast;
pub(crate) use future::{gamma, poisson};
pub(crate) use likelihood::{log_likelihood, over_chunk};

/// Parameters, in the model's time unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NbdParams {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Rate of the gamma distribution of purchase rates, in time units.
    pub alpha: f64,
}
