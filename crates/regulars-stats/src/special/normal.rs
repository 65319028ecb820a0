//! The normal distribution.

use std::f64::consts::{SQRT_2, TAU};

/// Probability that a standard normal variable is at most `x`.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Quantile of the standard normal distribution at probability `p`.
///
/// Shape: infinite at 0 and 1, NaN outside.
/// Source: Abramowitz & Stegun 26.2.23 as the starting value, then Halley's method on [`normal_cdf`].
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    // Uses the smaller tail, where the distribution function keeps its precision.
    let tail = p.min(1.0 - p);
    let t = (-2.0 * tail.ln()).sqrt();
    let mut x = -(t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))));
    for _ in 0..4 {
        let error = (normal_cdf(x) - tail) * TAU.sqrt() * (0.5 * x * x).exp();
        x -= error / (1.0 + 0.5 * x * error);
    }
    if p < 0.5 { x } else { -x }
}
