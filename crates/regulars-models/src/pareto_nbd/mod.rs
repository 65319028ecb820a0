//! Pareto/NBD: customers buy at random at individual rates and drop out at an unobserved time.
//!
//! | symbol | is |
//! | --- | --- |
//! | r, α | shape and rate of the gamma distribution of purchase rates |
//! | s, β | shape and rate of the gamma distribution of dropout rates |
//!
//! Source: Schmittlein, Morrison & Colombo (1987); Fader & Hardie (2005, 2014).

mod fit;
mod future;
mod likelihood;
#[cfg(test)]
mod tests;
mod while_alive;

use serde::{Deserialize, Serialize};

pub use fit::fit;
pub(crate) use fit::problem;
pub use future::CustomerForecast;
pub(crate) use likelihood::{log_likelihood, over_chunk};

/// Parameters, in the model's time unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ParetoNbdParams {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Rate of the gamma distribution of purchase rates, in time units.
    pub alpha: f64,
    /// Shape of the gamma distribution of dropout rates.
    pub s: f64,
    /// Rate of the gamma distribution of dropout rates, in time units.
    pub beta: f64,
}
