//! The family of models in which a customer can leave only at a purchase: BG/NBD, MBG/NBD, and both
//! with regular purchases (CNBD-k).
//!
//! | symbol | is |
//! | --- | --- |
//! | r, α | shape and rate of the gamma distribution of purchase rates (of stages of purchases, k to one) |
//! | a, b | the beta distribution of the chance to leave at a purchase |
//! | k | stages between two purchases: 1 at random, more the more regular |
//!
//! Deliberately not here: what the four models are called and how they are asked for, see `bg_nbd`,
//! `mbg_nbd` and `bg_cnbd_k`.

mod fit;
mod future;
mod likelihood;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use fit::{fit_variant, problem};
pub use future::Future;
pub(crate) use future::purchases_until_leaving;
pub(crate) use likelihood::{log_likelihood, of_x, over_chunk};

/// The parameters of all models of the family, in the model's time unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Shape of the distribution of purchase rates.
    pub r: f64,
    /// Rate of the distribution of purchase rates, in time units.
    pub alpha: f64,
    /// First parameter of the distribution of chances to leave.
    pub a: f64,
    /// Second parameter of the distribution of chances to leave.
    pub b: f64,
}

/// Which model of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Stages between two purchases.
    pub k: u32,
    /// Whether a customer can leave right after the first purchase, too.
    pub leaves_after_first: bool,
}

impl Variant {
    /// How many times a customer with `x` repeat purchases could have left.
    pub(crate) fn chances_to_leave(self, x: u32) -> f64 {
        f64::from(x) + if self.leaves_after_first { 1.0 } else { 0.0 }
    }
}
