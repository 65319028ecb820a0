//! Likelihood of counted histories and its gradient.
//!
//! ```text
//! L = Σ over the occasion i before which the customer dropped out (t_x < i ≤ n), or never:
//!       B(α+x, β+m−x)/B(α, β) · B(γ+1, δ+m)/B(γ, δ),  m = i − 1 occasions in which to buy
//!       B(α+x, β+n−x)/B(α, β) · B(γ, δ+n)/B(γ, δ)     never
//! ```
//!
//! Source: Fader, Hardie & Shang (2010), eq. 5.

use regulars_stats::optimise::ValueAndGradient;
use regulars_stats::special::{digamma_difference, ln_beta, ln_rising_factorial};

use super::{BgBbParams, History, Patterns};

/// Log-likelihood of one history, P(alive), and the gradient by the parameters.
pub(super) fn of_history(params: &BgBbParams, history: &History) -> (f64, f64, [f64; 4]) {
    let BgBbParams { alpha, beta, gamma, delta } = *params;
    let x = f64::from(history.x);
    let bought = |m: f64| {
        ln_rising_factorial(alpha, x) + ln_rising_factorial(beta, m - x)
            - ln_rising_factorial(alpha + beta, m)
    };
    let never_left = |m: f64| ln_rising_factorial(delta, m) - ln_rising_factorial(gamma + delta, m);
    // The last occasion stands for customers without dropout; the others dropped out before it or an
    // earlier one.
    let mut terms =
        vec![(f64::from(history.n), true, bought(f64::from(history.n)) + never_left(f64::from(history.n)))];
    for m in history.t_x..history.n {
        let m = f64::from(m);
        terms.push((m, false, bought(m) + never_left(m) + (gamma / (gamma + delta + m)).ln()));
    }
    let top = terms.iter().fold(f64::NEG_INFINITY, |top, (_, _, ln)| top.max(*ln));
    let total: f64 = terms.iter().map(|(_, _, ln)| (ln - top).exp()).sum();
    let mut gradient = [0.0; 4];
    for (m, stays, ln) in &terms {
        let weight = (ln - top).exp() / total;
        let (by_both, by_dropout) =
            (digamma_difference(alpha + beta, *m), digamma_difference(gamma + delta, *m));
        gradient[0] += weight * (digamma_difference(alpha, x) - by_both);
        gradient[1] += weight * (digamma_difference(beta, m - x) - by_both);
        gradient[2] -= weight * by_dropout;
        gradient[3] += weight * (digamma_difference(delta, *m) - by_dropout);
        if !stays {
            let all = gamma + delta + m;
            gradient[2] += weight * (1.0 / gamma - 1.0 / all);
            gradient[3] -= weight / all;
        }
    }
    let alive = (terms[0].2 - top).exp() / total;
    (top + total.ln(), alive, gradient)
}

/// Mean negative log-likelihood and its gradient by the log parameters.
pub(super) fn mean_loss(patterns: &Patterns, logs: &[f64]) -> ValueAndGradient {
    let natural: Vec<f64> = logs.iter().map(|log| log.exp()).collect();
    let params = BgBbParams { alpha: natural[0], beta: natural[1], gamma: natural[2], delta: natural[3] };
    let mut value = 0.0;
    let mut gradient = vec![0.0; 4];
    let mut customers = 0.0;
    for (history, count) in patterns.histories.iter().zip(&patterns.count) {
        let (ln, _, slopes) = of_history(&params, history);
        value += count * ln;
        customers += count;
        for (sum, slope) in gradient.iter_mut().zip(slopes) {
            *sum += count * slope;
        }
    }
    for (slope, parameter) in gradient.iter_mut().zip(natural) {
        *slope *= -parameter / customers;
    }
    ValueAndGradient { value: -value / customers, gradient }
}

/// Mean negative log-likelihood without dropout: a beta-binomial, by α and β.
pub(super) fn mean_loss_without_dropout(patterns: &Patterns, logs: &[f64]) -> ValueAndGradient {
    let (alpha, beta) = (logs[0].exp(), logs[1].exp());
    let (mut value, mut by_alpha, mut by_beta, mut customers) = (0.0, 0.0, 0.0, 0.0);
    for (history, count) in patterns.histories.iter().zip(&patterns.count) {
        let (x, n) = (f64::from(history.x), f64::from(history.n));
        value += count * (ln_beta(alpha + x, beta + n - x) - ln_beta(alpha, beta));
        let both = digamma_difference(alpha + beta, n);
        by_alpha += count * (digamma_difference(alpha, x) - both);
        by_beta += count * (digamma_difference(beta, n - x) - both);
        customers += count;
    }
    let scale = -1.0 / customers;
    ValueAndGradient {
        value: value * scale,
        gradient: vec![by_alpha * alpha * scale, by_beta * beta * scale],
    }
}
