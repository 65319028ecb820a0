//! NBD: customers buy at random, each at a rate of their own, and never leave.
//!
//! | symbol | is |
//! | --- | --- |
//! | r, α | shape and rate of the gamma distribution of purchase rates |
//!
//! It is what every model of this crate becomes where no dropout is visible, and the yardstick that
//! a model with dropout has to beat.
//!
//! Source: Ehrenberg (1959); as the likelihood of histories Fader, Hardie & Lee (2005), without
//! dropout.

mod fit;
mod future;
mod likelihood;

use serde::{Deserialize, Serialize};

pub use fit::fit;
pub(crate) use fit::{fit_parts, moments, problem, time_scale, unscaled};
pub use future::Future;
pub(crate) use future::{gamma, poisson};
pub(crate) use likelihood::{log_likelihood, over_chunk};

/// The parameters, in the model's time unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Shape of the distribution of purchase rates.
    pub r: f64,
    /// Rate of the distribution of purchase rates, in time units.
    pub alpha: f64,
}
