//! What a model says of the time ahead of one customer.
//!
//! Every model reduces a history to a future: whether the customer is still there, and how the rate
//! of purchases and the chance to leave are distributed now. The questions are the same for all.

use rand_chacha::ChaCha8Rng;

use crate::{beta_geometric, nbd, pareto_nbd};

/// When the next purchase comes.
///
/// Units: the model's time unit, from now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextPurchase {
    /// The chance that one comes at all, however late.
    pub chance: f64,
    /// The time by which it has come with a chance of one half, given that it comes.
    pub median: f64,
    /// The mean time until it comes, given that it comes; none where the mean is infinite, which it is
    /// for customers with too short a history.
    pub mean: Option<f64>,
}

/// The future of one customer.
///
/// Contracts:
/// - times are in the unit of the model, above 0 (trusted; `Fitted` checks horizons);
/// - all numbers are finite, chances are in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub enum Future {
    /// A customer who stays.
    Nbd(nbd::Future),
    /// A customer who leaves at some moment.
    ParetoNbd(pareto_nbd::Future),
    /// A customer who leaves at some purchase.
    BetaGeometric(beta_geometric::Future),
}

impl Future {
    /// The chance that the customer has not left.
    pub fn p_alive(&self) -> f64 {
        match self {
            Self::Nbd(_) => 1.0,
            Self::ParetoNbd(future) => future.alive,
            Self::BetaGeometric(future) => future.alive,
        }
    }

    /// The expected number of purchases within `t`.
    pub fn expected_purchases(&self, t: f64) -> f64 {
        match self {
            Self::Nbd(future) => future.expected_purchases(t),
            Self::ParetoNbd(future) => future.expected_purchases(t),
            Self::BetaGeometric(future) => future.expected_purchases(t),
        }
    }

    /// The chance of at least one purchase within `t`.
    pub fn p_any_purchase(&self, t: f64) -> f64 {
        match self {
            Self::Nbd(future) => future.p_any_purchase(t),
            Self::ParetoNbd(future) => future.p_any_purchase(t),
            Self::BetaGeometric(future) => future.p_any_purchase(t),
        }
    }

    /// The chances of 0, 1, …, `most` purchases within `t`.
    ///
    /// Shape: `most` + 1 values; what is missing to 1 is the chance of more.
    pub fn purchase_counts(&self, t: f64, most: usize) -> Vec<f64> {
        match self {
            Self::Nbd(future) => future.purchase_counts(t, most),
            Self::ParetoNbd(future) => future.purchase_counts(t, most),
            Self::BetaGeometric(future) => future.purchase_counts(t, most),
        }
    }

    /// The expected number of purchases without end, each discounted by e^(−`rate` × its time): the
    /// discounted expected residual transactions (DERT).
    ///
    /// Contracts: `rate` is above 0 (trusted); without discount the number can be infinite.
    pub fn discounted_purchases(&self, rate: f64) -> f64 {
        match self {
            Self::Nbd(future) => future.discounted_purchases(rate),
            Self::ParetoNbd(future) => future.discounted_purchases(rate),
            Self::BetaGeometric(future) => future.discounted_purchases(rate),
        }
    }

    /// When the next purchase comes.
    pub fn next_purchase(&self) -> NextPurchase {
        match self {
            Self::Nbd(future) => future.next_purchase(),
            Self::ParetoNbd(future) => future.next_purchase(),
            Self::BetaGeometric(future) => future.next_purchase(),
        }
    }

    /// Draws a number of purchases within `t`.
    pub fn draw_purchases(&self, t: f64, random: &mut ChaCha8Rng) -> u32 {
        match self {
            Self::Nbd(future) => future.draw_purchases(t, random),
            Self::ParetoNbd(future) => future.draw_purchases(t, random),
            Self::BetaGeometric(future) => future.draw_purchases(t, random),
        }
    }
}

/// The time at which a distribution function over all times passes one half of its limit.
pub(crate) fn median_time(scale: f64, limit: f64, within: impl Fn(f64) -> f64) -> f64 {
    let target = 0.5 * limit;
    let (mut low, mut high) = (0.0, scale);
    while within(high) < target && high < 1e12 * scale {
        low = high;
        high *= 4.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if within(middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
