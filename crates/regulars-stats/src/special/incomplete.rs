//! Regularised incomplete gamma and beta functions: the distribution functions of waiting times, counts and
//! spend.

use super::gamma::{ln_beta, ln_gamma, stirling_correction};

/// Smallest number that a continued fraction may divide by.
const TINY: f64 = 1e-300;

/// Maximum terms of a series or fraction; reached only beyond a = 1e9.
const MAX_TERMS: usize = 200_000;

/// Regularised lower incomplete gamma function P(a, x): the probability that a gamma variable of shape `a`
/// and rate 1 is at most `x`.
///
/// Contracts: `a` above 0, `x` at least 0 (trusted).
/// Source: Abramowitz & Stegun 6.5.29 (series) and 6.5.31 (continued fraction).
pub fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x.is_infinite() {
        return 1.0;
    }
    if x < a + 1.0 { lower_series(a, x) } else { 1.0 - upper_fraction(a, x) }
}

/// 1 − [`gamma_p`], without cancellation where that is near 1.
pub fn gamma_q(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    if x < a + 1.0 { 1.0 - lower_series(a, x) } else { upper_fraction(a, x) }
}

/// Regularised incomplete beta function I(a, b; x): the probability that a beta variable is at most `x`.
///
/// Contracts: `a` and `b` above 0, `x` in [0, 1] (trusted).
/// Source: Abramowitz & Stegun 26.5.8, by Lentz's method.
pub fn beta_inc(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x < (a + 1.0) / (a + b + 2.0) {
        beta_front(a, b, x, 1.0 - x) * beta_fraction(a, b, x) / a
    } else {
        1.0 - beta_front(b, a, 1.0 - x, x) * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// x^a e^−x / Γ(a), without cancellation around its peak.
fn gamma_front(a: f64, x: f64) -> f64 {
    if a < 10.0 {
        return (a * x.ln() - x - ln_gamma(a)).exp();
    }
    let from_peak = (x - a) / a;
    let exponent = a * ln_1p_minus(from_peak) - stirling_correction(a);
    exponent.exp() * (a / std::f64::consts::TAU).sqrt()
}

fn lower_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for n in 1..MAX_TERMS {
        term *= x / (a + n as f64);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum * gamma_front(a, x)
}

fn upper_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..MAX_TERMS {
        let n = n as f64;
        let an = -n * (n - a);
        b += 2.0;
        d = 1.0 / away_from_zero(an * d + b);
        c = away_from_zero(b + an / c);
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction * gamma_front(a, x)
}

/// x^a y^b / B(a, b), where y = 1 − x.
fn beta_front(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let total = a + b;
    let distance = x * b - a * y;
    if a.min(b) < 10.0 || distance.abs() > 0.5 * a.min(b) {
        return (a * x.ln() + b * y.ln() - ln_beta(a, b)).exp();
    }
    // Around the mean a/(a+b) the two powers nearly cancel the beta function; express all three by the
    // distance of x from the mean.
    let exponent = a * ln_1p_minus(distance / a) + b * ln_1p_minus(-distance / b);
    let correction = stirling_correction(a) + stirling_correction(b) - stirling_correction(total);
    (exponent - correction).exp() * (a * b / (total * std::f64::consts::TAU)).sqrt()
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..MAX_TERMS {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// ln(1 + u) − u.
fn ln_1p_minus(u: f64) -> f64 {
    if u.abs() > 0.3 {
        return u.ln_1p() - u;
    }
    // Through the inverse hyperbolic tangent: ln(1+u) = 2 atanh(w), u = 2w/(1−w), w = u/(2+u), so ln(1+u) −
    // u = 2 (w³/3 + w⁵/5 + …) − u w.
    let w = u / (2.0 + u);
    let square = w * w;
    let mut power = w * square;
    let mut sum = 0.0;
    let mut odd = 3.0;
    while power.abs() / odd > 1e-18 * (u * w).abs() {
        sum += power / odd;
        power *= square;
        odd += 2.0;
    }
    2.0 * sum - u * w
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}
