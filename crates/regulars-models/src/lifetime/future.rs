//! Predictions for a single customer.
//!
//! Each model reduces a history to P(alive), and the current distributions of the purchase rate
//! and the dropout rate or probability. The questions are the same for all models.

use rand_chacha::ChaCha8Rng;

use crate::{beta_geometric, nbd, pareto_nbd};

/// Timing of the next purchase.
///
/// Units: the model's time unit, from now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextPurchase {
    /// Probability of ever buying again.
    pub chance: f64,
    /// Median time to the next purchase, given that there is one.
    pub median: f64,
    /// Mean time to the next purchase, given that there is one; none where the mean is infinite, as for
    /// customers with too short a history.
    pub mean: Option<f64>,
}

/// Forecast for one customer.
///
/// Contracts:
/// - times are in the unit of the model, above 0 (trusted; `FittedLifetimeModel` checks horizons);
/// - all numbers are finite, probabilities are in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub enum CustomerForecast {
    /// Without dropout.
    Nbd(nbd::CustomerForecast),
    /// Dropout at any time.
    ParetoNbd(pareto_nbd::CustomerForecast),
    /// Dropout at a purchase.
    BetaGeometric(beta_geometric::CustomerForecast),
}

impl CustomerForecast {
    /// P(alive).
    pub fn p_alive(&self) -> f64 {
        match self {
            Self::Nbd(_) => 1.0,
            Self::ParetoNbd(future) => future.alive,
            Self::BetaGeometric(future) => future.alive,
        }
    }

    /// Expected purchases within `t`.
    pub fn expected_purchases(&self, t: f64) -> f64 {
        match self {
            Self::Nbd(future) => future.expected_purchases(t),
            Self::ParetoNbd(future) => future.expected_purchases(t),
            Self::BetaGeometric(future) => future.expected_purchases(t),
        }
    }

    /// P(purchase): probability of at least one purchase within `t`.
    pub fn p_any_purchase(&self, t: f64) -> f64 {
        match self {
            Self::Nbd(future) => future.p_any_purchase(t),
            Self::ParetoNbd(future) => future.p_any_purchase(t),
            Self::BetaGeometric(future) => future.p_any_purchase(t),
        }
    }

    /// Probabilities of 0, 1, …, `most` purchases within `t`.
    ///
    /// Shape: `most` + 1 values; the remainder to 1 is the probability of more.
    pub fn purchase_counts(&self, t: f64, most: usize) -> Vec<f64> {
        match self {
            Self::Nbd(future) => future.purchase_counts(t, most),
            Self::ParetoNbd(future) => future.purchase_counts(t, most),
            Self::BetaGeometric(future) => future.purchase_counts(t, most),
        }
    }

    /// Expected future purchases without time limit, each discounted by e^(−`rate` × its time): the
    /// discounted expected residual transactions (DERT).
    ///
    /// Contracts: `rate` is above 0 (trusted); without discounting the number can be infinite.
    pub fn discounted_purchases(&self, rate: f64) -> f64 {
        match self {
            Self::Nbd(future) => future.discounted_purchases(rate),
            Self::ParetoNbd(future) => future.discounted_purchases(rate),
            Self::BetaGeometric(future) => future.discounted_purchases(rate),
        }
    }

    /// Timing of the next purchase.
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

/// Time at which a distribution function over all times reaches half of its limit.
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
