//! Models with dropout at a purchase: BG/NBD, MBG/NBD, and their variants with regular purchase timing
//! (CNBD-k).
//!
//! | symbol | is |
//! | --- | --- |
//! | r, α | shape and rate of the gamma distribution of purchase rates (for k > 1, of stage rates) |
//! | a, b | beta distribution of the dropout probability at a purchase |
//! | k | stages per purchase: 1 is random timing, more is more regular |
//!
//! Deliberately not here: the four models by name, see `bg_nbd`, `mbg_nbd` and `bg_cnbd_k`.

mod fit;
mod future;
mod likelihood;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use fit::{fit_variant, problem};
pub use future::CustomerForecast;
pub(crate) use future::purchases_until_leaving;
pub(crate) use likelihood::{log_likelihood, of_x, over_chunk};

/// Parameters of all models of the family, in the model's time unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BetaGeometricParams {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Rate of the gamma distribution of purchase rates, in time units.
    pub alpha: f64,
    /// First parameter of the beta distribution of dropout probabilities.
    pub a: f64,
    /// Second parameter of the beta distribution of dropout probabilities.
    pub b: f64,
}

/// Identifies a model of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Stages per purchase.
    pub k: u32,
    /// Whether customers can drop out right after the first purchase.
    pub dropout_after_first: bool,
}

impl Variant {
    /// Number of dropout opportunities of a customer with `x` repeat purchases.
    pub(crate) fn dropout_opportunities(self, x: u32) -> f64 {
        f64::from(x) + if self.dropout_after_first { 1.0 } else { 0.0 }
    }
}
