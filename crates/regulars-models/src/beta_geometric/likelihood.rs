//! Likelihood of counted histories and its derivatives.
//!
//! With A = r + k x, `Δ = T − t_x` and n = x (x + 1 if dropout can follow the first
//! purchase), the likelihood of one history is
//!
//! ```text
//! L = C Γ(A)/Γ(r) α^r (α+T)^-A  B(a, b+n)/B(a, b) (S + D)
//! S = Σ_{j<k} (A)_j/j! (Δ/(α+T))^j                       alive at T
//! D = a/(b+n-1) ((α+T)/(α+t_x))^A   if n > 0              dropped out right after the last purchase
//! C = Π (times between purchases)^(k-1) / Γ(k)^x
//! ```
//!
//! S and D are positive and computed separately, D in logs, so nothing overflows for heavy buyers and
//! nothing cancels.
//!
//! Source: Fader, Hardie & Lee (2005), eq. 6 (k = 1); Batislam, Denizel & Filiztekin (2007) and
//! Hoppe & Wagner (2007) for dropout right after the first purchase; Reutterer, Platzer & Schröder
//! (2021) for k > 1.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use regulars_stats::special::{digamma_difference, ln_gamma, ln_rising_factorial};
use regulars_stats::vector_math::{LANES, exp, ln, ln_1p_and_inverse, load, load_or_zero};

use super::{BetaGeometricParams, Variant};
use crate::lifetime::patterns::{History, Patterns};

/// Likelihood terms of a history for customers alive and dropped out.
pub(super) struct LikelihoodTerms {
    /// ln(S): alive, relative to the common factor.
    pub(super) ln_here: f64,
    /// ln(D): dropped out; minus infinity if impossible.
    pub(super) ln_left: f64,
}

/// Computes ln(S) and ln(D) of one history.
pub(super) fn likelihood_terms(
    params: &BetaGeometricParams,
    variant: Variant,
    history: &History,
) -> LikelihoodTerms {
    let shape = params.r + f64::from(variant.k) * f64::from(history.x);
    let opportunities = variant.dropout_opportunities(history.x);
    let quiet = history.t - history.t_x;
    let ln_here = survivors(shape, quiet / (params.alpha + history.t), variant.k).0.ln();
    let ln_left = if opportunities > 0.0 {
        (params.a / (params.b + opportunities - 1.0)).ln()
            + shape * (quiet / (params.alpha + history.t_x)).ln_1p()
    } else {
        f64::NEG_INFINITY
    };
    LikelihoodTerms { ln_here, ln_left }
}

/// Log-likelihood of one history, without the constant C.
pub(super) fn log_likelihood(params: &BetaGeometricParams, variant: Variant, history: &History) -> f64 {
    let x = f64::from(history.x);
    let shape_steps = f64::from(variant.k) * x;
    let opportunities = variant.dropout_opportunities(history.x);
    let LikelihoodTerms { ln_here, ln_left } = likelihood_terms(params, variant, history);
    let top = ln_here.max(ln_left);
    ln_rising_factorial(params.r, shape_steps)
        - params.r * (history.t / params.alpha).ln_1p()
        - shape_steps * (params.alpha + history.t).ln()
        + ln_rising_factorial(params.b, opportunities)
        - ln_rising_factorial(params.a + params.b, opportunities)
        + top
        + ((ln_here - top).exp() + (ln_left - top).exp()).ln()
}

/// S, its derivative by the shape A, and the mean of j over its terms times S.
fn survivors(shape: f64, u: f64, k: u32) -> (f64, f64, f64) {
    let mut term = 1.0;
    let (mut sum, mut by_shape, mut by_j) = (1.0, 0.0, 0.0);
    let mut harmonic = 0.0;
    for j in 1..k {
        let before = f64::from(j - 1);
        term *= (shape + before) / f64::from(j) * u;
        harmonic += 1.0 / (shape + before);
        sum += term;
        by_shape += term * harmonic;
        by_j += term * f64::from(j);
    }
    (sum, by_shape, by_j)
}

/// Log of the constant C over all customers; no parameter affects it.
pub(super) fn log_constant(patterns: &Patterns, k: u32) -> f64 {
    if k == 1 {
        return 0.0;
    }
    let of_intervals = patterns.log_intervals.unwrap_or(0.0);
    f64::from(k - 1) * of_intervals - patterns.purchases() * ln_gamma(f64::from(k))
}

/// Terms of the log-likelihood that depend on x only, and their derivatives by r, α, a, b.
pub(super) fn of_x(params: &BetaGeometricParams, variant: Variant, x: u32) -> [f64; 5] {
    let steps = f64::from(variant.k) * f64::from(x);
    let opportunities = variant.dropout_opportunities(x);
    let both = digamma_difference(params.a + params.b, opportunities);
    [
        ln_rising_factorial(params.r, steps) + ln_rising_factorial(params.b, opportunities)
            - ln_rising_factorial(params.a + params.b, opportunities),
        digamma_difference(params.r, steps),
        0.0,
        -both,
        digamma_difference(params.b, opportunities) - both,
    ]
}

/// Sums of the log-likelihood and its derivatives by r, α, a, b over a range of patterns, without the terms
/// that depend on x only.
pub(super) fn over_chunk(
    patterns: &Patterns,
    variant: Variant,
    params: &BetaGeometricParams,
    rows: Range<usize>,
) -> [f64; 5] {
    if variant.k == 1 {
        Arch::new().dispatch(Chunk { patterns, variant, params, rows })
    } else {
        over_stages(patterns, variant, params, rows)
    }
}

/// The case k = 1, a block of patterns at a time.
struct Chunk<'a> {
    patterns: &'a Patterns,
    variant: Variant,
    params: &'a BetaGeometricParams,
    rows: Range<usize>,
}

impl WithSimd for Chunk<'_> {
    type Output = [f64; 5];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> [f64; 5] {
        let Self { patterns, variant, params, rows } = self;
        let BetaGeometricParams { r, alpha, a, b } = *params;
        let (ln_alpha, per_alpha) = (alpha.ln(), 1.0 / alpha);
        let mut sums = [[0.0; LANES]; 5];
        let mut of_x = u32::MAX;
        let (mut steps, mut ln_leaving, mut per_chance) = (0.0, 0.0, 0.0);
        let mut row = rows.start;
        while row < rows.end {
            // Terms that depend on x only; patterns are sorted by x.
            let mut all_steps = [0.0; LANES];
            let mut all_leaving = [LOG_ODDS_WITHOUT_DROPOUT; LANES];
            let mut per_chances = [0.0; LANES];
            for i in 0..LANES.min(rows.end - row) {
                let x = patterns.x[row + i];
                if x != of_x {
                    of_x = x;
                    steps = f64::from(x);
                    let opportunities = variant.dropout_opportunities(x);
                    (ln_leaving, per_chance) = if opportunities > 0.0 {
                        ((a / (b + opportunities - 1.0)).ln(), 1.0 / (b + opportunities - 1.0))
                    } else {
                        (LOG_ODDS_WITHOUT_DROPOUT, 0.0)
                    };
                }
                (all_steps[i], all_leaving[i], per_chances[i]) = (steps, ln_leaving, per_chance);
            }
            let (t, t_x) = (load(&patterns.t, row, rows.end), load(&patterns.t_x, row, rows.end));
            let count = load_or_zero(&patterns.count, row, rows.end);
            let mut growth = [0.0; LANES];
            let (mut ratio, mut per_last) = ([0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                growth[i] = t[i] * per_alpha;
                per_last[i] = 1.0 / (alpha + t_x[i]);
                ratio[i] = 1.0 + (t[i] - t_x[i]) * per_last[i];
            }
            // ln(α+T) = ln α + ln(1+T/α), without the cancellation where α is large.
            let (grown, inverse) = ln_1p_and_inverse(growth);
            // Error 1e-16 for short times: negligible even times the shape.
            let ratio = ln(ratio);
            let (mut ln_odds, mut falling) = ([0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                ln_odds[i] = all_leaving[i] + (r + all_steps[i]) * ratio[i];
                falling[i] = -ln_odds[i].abs();
            }
            // Probability of dropout, and ln(1 + odds), without overflow.
            let smaller = exp(falling);
            let mut whole = [0.0; LANES];
            for i in 0..LANES {
                whole[i] = 1.0 + smaller[i];
            }
            let ln_whole = ln(whole);
            for i in 0..LANES {
                let likely = if ln_odds[i] > 0.0 { 1.0 } else { smaller[i] };
                let left = likely / whole[i];
                let shape = r + all_steps[i];
                let per_end = per_alpha * inverse[i];
                let ln_total = ln_odds[i].max(0.0) + ln_whole[i];
                sums[0][i] += count[i] * (ln_total - r * grown[i] - all_steps[i] * (ln_alpha + grown[i]));
                sums[1][i] += count[i] * (left * ratio[i] - grown[i]);
                sums[2][i] +=
                    count[i] * (r * per_alpha - shape * per_end + left * shape * (per_end - per_last[i]));
                sums[3][i] += count[i] * left * f64::from(u8::from(per_chances[i] > 0.0));
                sums[4][i] += count[i] * left * per_chances[i];
            }
            row += LANES;
        }
        let [value, by_r, by_alpha, by_a, by_b] = sums.map(|lanes| lanes.iter().sum::<f64>());
        [value, by_r, by_alpha, by_a / a, -by_b]
    }
}

/// Log-odds of dropout for customers who cannot have dropped out.
const LOG_ODDS_WITHOUT_DROPOUT: f64 = -1e6;

/// The case k > 1, in which S is a sum.
fn over_stages(
    patterns: &Patterns,
    variant: Variant,
    params: &BetaGeometricParams,
    rows: Range<usize>,
) -> [f64; 5] {
    let BetaGeometricParams { r, alpha, a, b } = *params;
    let k = f64::from(variant.k);
    let [mut value, mut by_r, mut by_alpha, mut by_a, mut by_b] = [0.0; 5];
    let ln_alpha = alpha.ln();
    let mut of_x = u32::MAX;
    let (mut shape, mut steps, mut opportunities, mut ln_leaving) = (r, 0.0, 0.0, 0.0);
    for row in rows {
        let (x, t_x, t, count) = (patterns.x[row], patterns.t_x[row], patterns.t[row], patterns.count[row]);
        if x != of_x {
            of_x = x;
            steps = k * f64::from(x);
            shape = r + steps;
            opportunities = variant.dropout_opportunities(x);
            ln_leaving = (a / (b + opportunities - 1.0)).ln();
        }
        let end = alpha + t;
        let per_end = 1.0 / end;
        let quiet = t - t_x;
        // r ln α − A ln(α+T), without the cancellation where α is large.
        let ln_end = end.ln();
        let grown = if alpha < 1e3 * t { ln_end - ln_alpha } else { (t / alpha).ln_1p() };
        let mut sum = -r * grown - steps * ln_end;
        let mut d_r = -grown;
        let mut d_alpha = r / alpha - shape * per_end;
        let (here, here_by_shape, here_by_j) = survivors(shape, quiet * per_end, variant.k);
        if opportunities > 0.0 {
            let last = alpha + t_x;
            // Error 1e-16 for short times: negligible even times the shape.
            let ratio = (1.0 + quiet / last).ln();
            let ln_odds = ln_leaving + shape * ratio - here.ln();
            // Probability of dropout, and ln(1 + odds), without overflow.
            let (left, ln_total) = if ln_odds > 0.0 {
                let inverse = (-ln_odds).exp();
                (1.0 / (1.0 + inverse), ln_odds + (1.0 + inverse).ln())
            } else {
                let odds = ln_odds.exp();
                (odds / (1.0 + odds), (1.0 + odds).ln())
            };
            sum += ln_total;
            d_r += left * ratio;
            d_alpha += left * shape * (per_end - 1.0 / last);
            by_a += count * left / a;
            by_b -= count * left / (b + opportunities - 1.0);
            let stays = (1.0 - left) / here;
            sum += here.ln();
            d_r += stays * here_by_shape;
            d_alpha -= stays * here_by_j * per_end;
        } else {
            sum += here.ln();
            d_r += here_by_shape / here;
            d_alpha -= here_by_j * per_end / here;
        }
        value += count * sum;
        by_r += count * d_r;
        by_alpha += count * d_alpha;
    }
    [value, by_r, by_alpha, by_a, by_b]
}
