//! Likelihood of mean spend values and its gradient.
//!
//! The density of a mean spend m over x purchases is
//!
//! ```text
//! f(m) = Γ(px+q)/(Γ(px) Γ(q)) γ^q m^(px−1) x^(px) (γ + mx)^−(px+q)
//! ```
//!
//! All terms except ln(γ + mx) depend on x only, on precomputed sums, or on nothing: each customer costs
//! one logarithm.
//!
//! Source: Fader & Hardie (2013), eq. 1a.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use regulars_stats::optimise::ValueAndGradient;
use regulars_stats::special::{digamma, ln_beta};
use regulars_stats::sums;
use regulars_stats::vector_math::{LANES, ln_1p_and_inverse, load, load_or_zero};

use super::{GammaGammaParams, Spend, SpendPatterns};
use crate::lifetime::Error;

/// Precomputed values that do not depend on the parameters.
#[derive(Debug, Clone)]
pub(super) struct KnownTerms {
    groups: Vec<Group>,
    /// 1/(mx) of each customer.
    per_total: Vec<f64>,
}

/// Customers with the same x.
#[derive(Debug, Clone)]
struct Group {
    x: f64,
    count: f64,
    /// Σ ln(m).
    ln_mean: f64,
}

/// Computes the sums for each x.
pub(super) fn known(counted: &SpendPatterns) -> KnownTerms {
    let per_total = counted.x.iter().zip(&counted.mean).map(|(x, mean)| 1.0 / (x * mean)).collect();
    KnownTerms { groups: groups(counted), per_total }
}

fn groups(counted: &SpendPatterns) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for ((x, mean), count) in counted.x.iter().zip(&counted.mean).zip(&counted.count) {
        let ln_mean = count * mean.ln();
        match groups.last_mut() {
            Some(group) if group.x.to_bits() == x.to_bits() => {
                group.count += count;
                group.ln_mean += ln_mean;
            }
            _ => groups.push(Group { x: *x, count: *count, ln_mean }),
        }
    }
    groups
}

/// Log-likelihood of customers with repeat purchases and spend, for given parameters.
///
/// Errors: [`Error::ColumnLengths`]; [`Error::BadParameter`].
pub fn log_likelihood(params: &GammaGammaParams, spend: &Spend<'_>) -> Result<f64, Error> {
    for (name, value) in [("p", params.p), ("q", params.q), ("gamma", params.gamma)] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::BadParameter { model: "Gamma-Gamma", name, value });
        }
    }
    let counted = SpendPatterns::of(spend)?.0;
    if counted.x.is_empty() {
        return Ok(0.0);
    }
    let logs = [params.p.ln(), params.q.ln(), params.gamma.ln()];
    Ok(-mean_loss(&counted, &known(&counted), &logs).value * counted.customers())
}

/// Mean negative log-likelihood and its gradient by ln p, ln q, ln γ.
pub(super) fn mean_loss(counted: &SpendPatterns, known: &KnownTerms, logs: &[f64]) -> ValueAndGradient {
    let KnownTerms { groups, per_total } = known;
    let (p, q, gamma) = (logs[0].exp(), logs[1].exp(), logs[2].exp());
    // ln(γ + mx) = ln(mx) + ln(1 + γ/(mx)); the sums of the first term are precomputed.
    let [mut value, mut by_p, mut by_q, mut by_gamma] = sums::sum_cheap_rows(counted.x.len(), |rows| {
        Arch::new().dispatch(Chunk { counted, per_total, p, q, gamma, rows })
    });
    let mut customers = 0.0;
    for group in groups {
        let Group { x, count, ln_mean } = *group;
        customers += count;
        let shape = p * x;
        // (px−1) ln m + px ln x − (px+q)(ln m + ln x) = −ln m − q (ln m + ln x)
        let ln_total = ln_mean + count * x.ln();
        value += count * (q * gamma.ln() - ln_beta(shape, q)) - ln_mean - q * ln_total;
        let both = digamma(shape + q);
        by_p += count * x * (both - digamma(shape));
        by_q += count * (both - digamma(q) + gamma.ln()) - ln_total;
        by_gamma += count * q / gamma;
    }
    let scale = -1.0 / customers;
    ValueAndGradient {
        value: value * scale,
        gradient: vec![by_p * p * scale, by_q * q * scale, by_gamma * gamma * scale],
    }
}

/// Sums over ln(1 + γ/(mx)), a block of customers at a time.
struct Chunk<'a> {
    counted: &'a SpendPatterns,
    per_total: &'a [f64],
    p: f64,
    q: f64,
    gamma: f64,
    rows: Range<usize>,
}

impl WithSimd for Chunk<'_> {
    type Output = [f64; 4];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> [f64; 4] {
        let Self { counted, per_total, p, q, gamma, rows } = self;
        let mut sums = [[0.0; LANES]; 4];
        let mut row = rows.start;
        while row < rows.end {
            let (x, per_total) = (load(&counted.x, row, rows.end), load(per_total, row, rows.end));
            let count = load_or_zero(&counted.count, row, rows.end);
            let mut ratio = [0.0; LANES];
            for i in 0..LANES {
                ratio[i] = gamma * per_total[i];
            }
            let (rest, inverse) = ln_1p_and_inverse(ratio);
            for i in 0..LANES {
                let shape = p * x[i] + q;
                sums[0][i] -= count[i] * shape * rest[i];
                sums[1][i] -= count[i] * x[i] * rest[i];
                sums[2][i] -= count[i] * rest[i];
                sums[3][i] -= count[i] * shape * (per_total[i] * inverse[i]);
            }
            row += LANES;
        }
        sums.map(|lanes| lanes.iter().sum())
    }
}
