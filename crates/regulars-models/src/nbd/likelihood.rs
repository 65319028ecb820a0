//! The likelihood of counted histories and its gradient.

use regulars_stats::optimise::Value;
use regulars_stats::special::{ln_rising, rising_digamma};
use regulars_stats::sums;

use super::Params;
use crate::lifetime::patterns::{History, Patterns};

/// The log-likelihood of one history.
pub(crate) fn log_likelihood(params: &Params, history: &History) -> f64 {
    let x = f64::from(history.x);
    ln_rising(params.r, x)
        - params.r * (history.t / params.alpha).ln_1p()
        - x * (params.alpha + history.t).ln()
}

/// The mean negative log-likelihood and its gradient by ln r, ln α.
pub(super) fn mean_loss(patterns: &Patterns, groups: &[(u32, f64)], logs: &[f64]) -> Value {
    let (r, alpha) = (logs[0].exp(), logs[1].exp());
    let params = Params { r, alpha };
    let [mut value, mut by_r, by_alpha] =
        sums::over_rows(patterns.len(), |rows| over_chunk(patterns, &params, rows));
    let mut customers = 0.0;
    for (x, count) in groups {
        let x = f64::from(*x);
        customers += count;
        value += count * ln_rising(r, x);
        by_r += count * rising_digamma(r, x);
    }
    let scale = -1.0 / customers;
    Value { value: value * scale, gradient: vec![by_r * r * scale, by_alpha * alpha * scale] }
}

/// Sums of the log-likelihood and its derivatives by r, α over some patterns, without the terms that
/// depend on x alone.
pub(crate) fn over_chunk(patterns: &Patterns, params: &Params, rows: std::ops::Range<usize>) -> [f64; 3] {
    let Params { r, alpha } = *params;
    let mut sums = [0.0; 3];
    for row in rows {
        let (t, count) = (patterns.t[row], patterns.count[row]);
        let x = f64::from(patterns.x[row]);
        let grown = (t / alpha).ln_1p();
        sums[0] -= count * (r * grown + x * (alpha + t).ln());
        sums[1] -= count * grown;
        sums[2] += count * (r / alpha - (r + x) / (alpha + t));
    }
    sums
}
