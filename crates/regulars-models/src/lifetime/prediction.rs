//! Predictions for a single customer.
//!
//! Each model reduces a history to P(alive), and the current distributions of the purchase rate
//! and the dropout rate or probability. The questions are the same for all models.

use rand_chacha::ChaCha8Rng;

/// Timing of the next purchase.
///
/// Units: the model's time unit, from now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextPurchase {
    /// Probability of ever buying again.
    pub probability: f64,
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
pub trait CustomerForecast: Sync {
    /// P(alive).
    fn p_alive(&self) -> f64;

    /// Expected purchases within `t`.
    fn expected_purchases(&self, t: f64) -> f64;

    /// P(purchase): probability of at least one purchase within `t`.
    fn p_any_purchase(&self, t: f64) -> f64;

    /// Probabilities of 0, 1, …, `most` purchases within `t`.
    ///
    /// Shape: `most` + 1 values; the remainder to 1 is the probability of more.
    fn purchase_counts(&self, t: f64, most: usize) -> Vec<f64>;

    /// Expected future purchases without time limit, each discounted by e^(−`rate` × its time): the
    /// discounted expected residual transactions (DERT).
    ///
    /// Contracts: `rate` is above 0 (trusted); without discounting the number can be infinite.
    fn discounted_purchases(&self, rate: f64) -> f64;

    /// Timing of the next purchase.
    fn next_purchase(&self) -> NextPurchase;

    /// Draws a number of purchases within `t`.
    fn draw_purchases(&self, t: f64, random: &mut ChaCha8Rng) -> u32;

    /// The same customer, known to be alive.
    fn given_alive(&self) -> Box<dyn CustomerForecast>;

    /// Probabilities of 0, 1, 2, … purchases within `t` of the customer if alive, to 1e-5, until at most
    /// `rest` is left; none where no way is faster than [`Self::purchase_counts`].
    fn counts_while_alive(&self, _t: f64, _rest: f64) -> Option<Vec<f64>> {
        None
    }

    /// Median time to the next purchase, to 1e-4 of it: for tables of customers.
    fn median_next_purchase(&self) -> f64 {
        self.next_purchase().median.min(f64::MAX)
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

/// Relative precision of [`quick_median_time`].
const MEDIAN_PRECISION: f64 = 1e-4;

/// Maximum search steps of [`quick_median_time`].
const MEDIAN_STEPS: usize = 60;

/// Time at which a probability that increases with time reaches `target`: by the secant method on log time,
/// within a bracket that is occasionally bisected.
pub(crate) fn quick_median_time(start: f64, target: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    let miss = |log: f64| cdf(log.exp()) - target;
    let start = start.ln();
    let (mut low, mut high) = (start - 1.0, start + 1.0);
    let (mut at_low, mut at_high) = (miss(low), miss(high));
    while at_low > 0.0 && low > -700.0 {
        (high, at_high) = (low, at_low);
        low -= 2.0;
        at_low = miss(low);
    }
    while at_high < 0.0 && high < 700.0 {
        (low, at_low) = (high, at_high);
        high += 2.0;
        at_high = miss(high);
    }
    for step in 0..MEDIAN_STEPS {
        if high - low < MEDIAN_PRECISION {
            break;
        }
        let secant = low - at_low * (high - low) / (at_high - at_low);
        let near = secant.clamp(low + 0.25 * MEDIAN_PRECISION, high - 0.25 * MEDIAN_PRECISION);
        let at = if step % 3 == 2 || !near.is_finite() { 0.5 * (low + high) } else { near };
        let found = miss(at);
        if found < 0.0 {
            (low, at_low) = (at, found);
        } else {
            (high, at_high) = (at, found);
        }
    }
    (0.5 * (low + high)).exp()
}
