//! Likelihood of counted histories and its derivatives.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use regulars_stats::special::ln_rising_factorial;
use regulars_stats::vector_math::{LANES, ln_1p_and_inverse, load, load_or_zero};

use super::NbdParams;
use crate::lifetime::patterns::{History, Patterns};

/// Log-likelihood of one history.
pub(super) fn log_likelihood(params: &NbdParams, history: &History) -> f64 {
    let x = f64::from(history.x);
    ln_rising_factorial(params.r, x)
        - params.r * (history.t / params.alpha).ln_1p()
        - x * (params.alpha + history.t).ln()
}

/// Sums of the log-likelihood and its derivatives by r, α over a range of patterns, without the terms that
/// depend on x only.
pub(super) fn over_chunk(patterns: &Patterns, params: &NbdParams, rows: Range<usize>) -> [f64; 3] {
    Arch::new().dispatch(Chunk { patterns, params, rows })
}

struct Chunk<'a> {
    patterns: &'a Patterns,
    params: &'a NbdParams,
    rows: Range<usize>,
}

impl WithSimd for Chunk<'_> {
    type Output = [f64; 3];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> [f64; 3] {
        let Self { patterns, params, rows } = self;
        let NbdParams { r, alpha } = *params;
        let (ln_alpha, per_alpha) = (alpha.ln(), 1.0 / alpha);
        let mut sums = [[0.0; LANES]; 3];
        let mut row = rows.start;
        while row < rows.end {
            let t = load(&patterns.t, row, rows.end);
            let count = load_or_zero(&patterns.count, row, rows.end);
            let mut x = [0.0; LANES];
            for i in 0..LANES.min(rows.end - row) {
                x[i] = f64::from(patterns.x[row + i]);
            }
            let mut ratio = [0.0; LANES];
            for i in 0..LANES {
                ratio[i] = t[i] * per_alpha;
            }
            // ln(α+T) = ln α + ln(1+T/α): one logarithm serves both.
            let (grown, inverse) = ln_1p_and_inverse(ratio);
            for i in 0..LANES {
                sums[0][i] -= count[i] * (r * grown[i] + x[i] * (ln_alpha + grown[i]));
                sums[1][i] -= count[i] * grown[i];
                sums[2][i] += count[i] * per_alpha * (r - (r + x[i]) * inverse[i]);
            }
            row += LANES;
        }
        sums.map(|lanes| lanes.iter().sum())
    }
}
