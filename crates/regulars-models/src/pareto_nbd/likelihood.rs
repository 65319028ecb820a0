//! Likelihood of counted histories and its derivatives.
//!
//! With A = r + x the likelihood of one history is
//!
//! ```text
//! L = Γ(A)/Γ(r) α^r (α+T)^-A (β/(β+T))^s (1 + Q)
//! Q = ∫ from t_x to T of ((α+T)/(α+t))^A ((β+T)/(β+t))^s s/(β+t) dt      dropped out at t
//! ```
//!
//! Papers and packages write Q as the difference of two Gauss hypergeometric functions, which agree to many
//! digits for heavy buyers and overflow for the heaviest. The integral itself is smooth and of one sign,
//! and all derivatives are integrals of the same function times factors that are known at the nodes.
//!
//! Source: Schmittlein, Morrison & Colombo (1987); Fader & Hardie (2005), "A note on deriving the
//! Pareto/NBD model", eq. 8 before the integral is solved.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;
use std::sync::OnceLock;

use pulp::{Arch, Simd, WithSimd};
use regulars_stats::quadrature::{gauss_8, gauss_12, gauss_16};
use regulars_stats::special::ln_rising_factorial;
use regulars_stats::vector_math::{exp_into, ln_into};

use super::ParetoNbdParams;
use crate::lifetime::patterns::{History, Patterns};

/// Log of the integral Q, and means over the dropout time t, given that it is before T.
#[derive(Debug, Clone, Copy)]
pub(super) struct DropoutIntegral {
    /// `ln Q`; minus infinity where `t_x` = T.
    pub(super) ln_odds: f64,
    /// Mean of `ln((α+t)/(α+t_x))`.
    ln_alpha: f64,
    /// Mean of `1/(α+t)`.
    per_alpha: f64,
    /// Mean of `ln((β+t)/(β+t_x))`.
    ln_beta: f64,
    /// Mean of `1/(β+t)`.
    per_beta: f64,
    /// `ln((α+T)/(α+t_x))`.
    whole_alpha: f64,
    /// `ln((β+T)/(β+t_x))`.
    whole_beta: f64,
}

/// Exponents at which the rest of the integral is below the last digit.
const NEGLIGIBLE: f64 = 45.0;

/// Finite parameters need fewer: the length is at most 700, and the decay 45 times that.
const MAX_PANELS: f64 = 1e4;

/// Computes Q and the means.
pub(super) fn left(params: &ParetoNbdParams, shape: f64, t_x: f64, t: f64) -> DropoutIntegral {
    Arch::new().dispatch(One { params, shape, t_x, t })
}

struct One<'a> {
    params: &'a ParetoNbdParams,
    shape: f64,
    t_x: f64,
    t: f64,
}

impl WithSimd for One<'_> {
    type Output = DropoutIntegral;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> DropoutIntegral {
        left_inside(self.params, self.shape, self.t_x, self.t, rules())
    }
}

/// Nodes computed together.
const LANES: usize = 8;

/// One number per node.
type Lanes = [f64; LANES];

/// Up to eight nodes and weights.
struct Eight {
    count: usize,
    nodes: Lanes,
    weights: Lanes,
}

/// Gauss rules in blocks of up to eight.
struct Rules {
    eight: Eight,
    twelve: [Eight; 2],
    sixteen: [Eight; 2],
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    fn block(nodes: &[f64], weights: &[f64], from: usize) -> Eight {
        let count = LANES.min(nodes.len() - from);
        let mut eight = Eight { count, nodes: [0.5; LANES], weights: [0.0; LANES] };
        eight.nodes[..count].copy_from_slice(&nodes[from..from + count]);
        eight.weights[..count].copy_from_slice(&weights[from..from + count]);
        eight
    }
    RULES.get_or_init(|| {
        let (eight, twelve, sixteen) = (gauss_8(), gauss_12(), gauss_16());
        Rules {
            eight: block(&eight.nodes, &eight.weights, 0),
            twelve: [0, LANES].map(|from| block(&twelve.nodes, &twelve.weights, from)),
            sixteen: [0, LANES].map(|from| block(&sixteen.nodes, &sixteen.weights, from)),
        }
    })
}

/// Values shared by all nodes of one integral.
struct Panel {
    small: f64,
    large: f64,
    shape: f64,
    s: f64,
    alpha_is_small: bool,
}

impl Panel {
    /// Adds eight nodes of a panel that starts at `from` and is `width` wide.
    #[inline(always)]
    fn add(&self, from: f64, width: f64, rule: &Eight, sums: &mut [Lanes; 5]) {
        let Self { small, large, shape, s, alpha_is_small } = *self;
        // Rounding of the two differences is below 1e-16 × shape in the exponent: no real shape justifies
        // the slower functions near 0. A count that is unknown at compile time keeps the loops, and makes
        // the compiler vectorise them.
        let n = rule.count.min(LANES);
        let mut u = [0.0; LANES];
        for i in 0..n {
            u[i] = width.mul_add(rule.nodes[i], from);
        }
        let mut growth = [0.0; LANES];
        exp_into(&u[..n], &mut growth[..n]);
        let (mut gone, mut ratio) = ([0.0; LANES], [0.0; LANES]);
        for i in 0..n {
            gone[i] = small * (growth[i] - 1.0);
            ratio[i] = 1.0 + gone[i] / large;
        }
        let mut ln_large = [0.0; LANES];
        ln_into(&ratio[..n], &mut ln_large[..n]);
        let (of_small, of_large) = if alpha_is_small { (shape, s) } else { (s, shape) };
        let mut exponent = [0.0; LANES];
        for i in 0..n {
            exponent[i] = -of_small * u[i] - of_large * ln_large[i];
        }
        let mut factor = [0.0; LANES];
        exp_into(&exponent[..n], &mut factor[..n]);
        let (for_small, for_large) = if alpha_is_small { ([1, 2], [3, 4]) } else { ([3, 4], [1, 2]) };
        let (mut per_small, mut per_large, mut density) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for i in 0..n {
            per_small[i] = 1.0 / (small * growth[i]);
            per_large[i] = 1.0 / (large + gone[i]);
            let per_beta = if alpha_is_small { per_large[i] } else { per_small[i] };
            density[i] = rule.weights[i] * factor[i] * per_beta * growth[i];
        }
        for i in 0..n {
            sums[0][i] += density[i];
            sums[for_small[0]][i] += density[i] * u[i];
            sums[for_small[1]][i] += density[i] * per_small[i];
            sums[for_large[0]][i] += density[i] * ln_large[i];
            sums[for_large[1]][i] += density[i] * per_large[i];
        }
    }
}

/// Inlined version, for loops over many histories.
#[inline(always)]
fn left_inside(params: &ParetoNbdParams, shape: f64, t_x: f64, t: f64, rules: &Rules) -> DropoutIntegral {
    let ParetoNbdParams { alpha, s, beta, .. } = *params;
    if !(t > t_x) {
        return DropoutIntegral {
            ln_odds: f64::NEG_INFINITY,
            ln_alpha: 0.0,
            per_alpha: 0.0,
            ln_beta: 0.0,
            per_beta: 0.0,
            whole_alpha: 0.0,
            whole_beta: 0.0,
        };
    }
    let (last_alpha, last_beta) = (alpha + t_x, beta + t_x);
    let quiet = t - t_x;
    // Logarithms near 1 are off by 1e-16, which is negligible even times the shape.
    let (whole_alpha, whole_beta) = ((1.0 + quiet / last_alpha).ln(), (1.0 + quiet / last_beta).ln());
    // u = ln((m+t)/(m+t_x)) with m the smaller of α and β: the integrand is smoothest in it.
    let (small, large) = if alpha < beta { (last_alpha, last_beta) } else { (last_beta, last_alpha) };
    let mut span = quiet;
    let mut length = if alpha < beta { whole_alpha } else { whole_beta };
    if shape * whole_alpha > NEGLIGIBLE || (s + 1.0) * whole_beta > NEGLIGIBLE {
        // Once a factor has decayed to nothing, the rest can be ignored.
        span = quiet
            .min(last_alpha * (NEGLIGIBLE / shape).exp_m1())
            .min(last_beta * (NEGLIGIBLE / (s + 1.0)).exp_m1());
        length = (span / small).ln_1p();
    }
    let end_ratio = (small + span) / (large + span);
    let fall = if alpha < beta { shape + (s + 1.0) * end_ratio } else { s + 1.0 + shape * end_ratio };
    // Decay of the integrand in u, with one power absorbed by the step.
    let fall = length * (fall - 1.0).max(0.5);
    let panel = Panel { small, large, shape, s, alpha_is_small: alpha < beta };
    // Enough nodes for an accuracy of 1e-10 or better.
    let mut sums = [[0.0; LANES]; 5];
    let panels;
    if length <= 3.0 && fall <= 5.0 {
        panels = 1.0;
        panel.add(0.0, length, &rules.eight, &mut sums);
    } else if length <= 5.0 && fall <= 11.0 {
        panels = 1.0;
        panel.add(0.0, length, &rules.twelve[0], &mut sums);
        panel.add(0.0, length, &rules.twelve[1], &mut sums);
    } else {
        let needed = (length / 6.0).max(fall / 14.0).ceil();
        // A parameter that underflowed to 0 has no integral: return NaN instead of an endless sum.
        panels = if needed <= MAX_PANELS { needed } else { 0.0 };
        let width = length / panels;
        for number in 0..panels as u32 {
            let from = width * f64::from(number);
            panel.add(from, width, &rules.sixteen[0], &mut sums);
            panel.add(from, width, &rules.sixteen[1], &mut sums);
        }
    }
    let sums = sums.map(|lanes| lanes.iter().sum::<f64>());
    let total = sums[0];
    let ln_integral = (s * small * length / panels * total).ln();
    let at_last = shape * whole_alpha + s * whole_beta;
    DropoutIntegral {
        ln_odds: at_last + ln_integral,
        ln_alpha: sums[1] / total,
        per_alpha: sums[2] / total,
        ln_beta: sums[3] / total,
        per_beta: sums[4] / total,
        whole_alpha,
        whole_beta,
    }
}

/// The probability 1/(1 + e^−odds), and ln(1 + e^odds), without overflow.
pub(super) fn logistic_and_softplus(ln_odds: f64) -> (f64, f64) {
    if ln_odds > 0.0 {
        let inverse = (-ln_odds).exp();
        (1.0 / (1.0 + inverse), ln_odds + (1.0 + inverse).ln())
    } else {
        let odds = ln_odds.exp();
        (odds / (1.0 + odds), (1.0 + odds).ln())
    }
}

/// Log-likelihood of one history.
pub(super) fn log_likelihood(params: &ParetoNbdParams, history: &History) -> f64 {
    let x = f64::from(history.x);
    let DropoutIntegral { ln_odds, .. } = left(params, params.r + x, history.t_x, history.t);
    ln_rising_factorial(params.r, x)
        - params.r * (history.t / params.alpha).ln_1p()
        - x * (params.alpha + history.t).ln()
        - params.s * (history.t / params.beta).ln_1p()
        + logistic_and_softplus(ln_odds).1
}

/// Sums of the log-likelihood and its derivatives by r, α, s, β over a range of patterns, without the terms
/// that depend on x only.
pub(super) fn over_chunk(patterns: &Patterns, params: &ParetoNbdParams, rows: Range<usize>) -> [f64; 5] {
    Arch::new().dispatch(Chunk { patterns, params, rows })
}

struct Chunk<'a> {
    patterns: &'a Patterns,
    params: &'a ParetoNbdParams,
    rows: Range<usize>,
}

impl WithSimd for Chunk<'_> {
    type Output = [f64; 5];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> [f64; 5] {
        sum_rows(self.patterns, self.params, self.rows)
    }
}

#[inline(always)]
fn sum_rows(patterns: &Patterns, params: &ParetoNbdParams, rows: Range<usize>) -> [f64; 5] {
    let rules = rules();
    let ParetoNbdParams { r, alpha, s, beta } = *params;
    let [mut value, mut by_r, mut by_alpha, mut by_s, mut by_beta] = [0.0; 5];
    let (ln_alpha, ln_beta) = (alpha.ln(), beta.ln());
    for row in rows {
        let (t_x, t, count) = (patterns.t_x[row], patterns.t[row], patterns.count[row]);
        let x = f64::from(patterns.x[row]);
        let shape = r + x;
        let gone = left_inside(params, shape, t_x, t, rules);
        let (p_dropped_out, ln_total) = logistic_and_softplus(gone.ln_odds);
        let ln_end = (alpha + t).ln();
        // Avoids cancellation where purchase rates hardly vary.
        let grown_alpha = if alpha < 1e3 * t { ln_end - ln_alpha } else { (t / alpha).ln_1p() };
        let grown_beta = if beta < 1e3 * t { (beta + t).ln() - ln_beta } else { (t / beta).ln_1p() };
        // ln((α+T)/(α+t)) from the stored means, which start at t_x.
        let rest_alpha = gone.whole_alpha - gone.ln_alpha;
        let rest_beta = gone.whole_beta - gone.ln_beta;
        let (per_alpha, per_beta) = (1.0 / (alpha + t), 1.0 / (beta + t));
        value += count * (ln_total - r * grown_alpha - x * ln_end - s * grown_beta);
        by_r += count * (p_dropped_out * rest_alpha - grown_alpha);
        by_alpha +=
            count * (r / alpha - shape * per_alpha + p_dropped_out * shape * (per_alpha - gone.per_alpha));
        by_s += count * (p_dropped_out * (1.0 / s + rest_beta) - grown_beta);
        by_beta +=
            count * (s / beta - s * per_beta + p_dropped_out * (s * per_beta - (s + 1.0) * gone.per_beta));
    }
    [value, by_r, by_alpha, by_s, by_beta]
}
