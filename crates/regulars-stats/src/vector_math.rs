//! Vectorised logarithms and exponentials, the main cost of likelihoods over many rows.
//!
//! Branch-free loops over arrays; inlined into a [`pulp::Arch::dispatch`] they compile to the widest
//! instructions of the machine. Multiply-add is always fused, so the width does not change a bit.
//!
//! Deliberately not here: arguments that no likelihood has. [`ln`] takes positive normal numbers, [`exp`]
//! clamps at ±708.

// Functions called inside a dispatch must be inlined into it.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop)]

/// Rows per block: enough for the compiler to keep and vectorise the loop, few enough to stay in the L1
/// cache.
pub const LANES: usize = 64;

/// One number per row of a block.
pub type Lanes = [f64; LANES];

/// Bits of √½: mantissas are normalised to [√½, √2).
const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;

/// 1024 in the exponent field: makes exponents non-negative.
const BIAS: u64 = 1024 << 52;

/// 2^52: larger floats are whole, and their low bits are the number itself.
const TWO_POW_52: f64 = 4_503_599_627_370_496.0;

/// ln 2 split in two parts, the first with trailing zeros.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Natural logarithms.
///
/// Contracts: positive normal numbers (trusted). Accurate to about one unit in the last place.
#[inline(always)]
pub fn ln<const N: usize>(x: [f64; N]) -> [f64; N] {
    let mut result = [0.0; N];
    ln_into(&x, &mut result);
    result
}

/// [`ln`] of a slice whose length is known only at run time.
#[inline(always)]
pub fn ln_into(x: &[f64], result: &mut [f64]) {
    for (result, x) in result.iter_mut().zip(x) {
        let bits = x.to_bits();
        let exponent = bits.wrapping_sub(SQRT_HALF_BITS).wrapping_add(BIAS) >> 52;
        let mantissa = f64::from_bits(bits.wrapping_sub(exponent << 52).wrapping_add(BIAS));
        // The exponent as a number, placed in the low bits of 2^52.
        let two_to = f64::from_bits(exponent | TWO_POW_52.to_bits()) - (TWO_POW_52 + 1024.0);
        // ln m = 2 artanh((m−1)/(m+1)), by its series: the argument is below 0.172.
        let s = (mantissa - 1.0) / (mantissa + 1.0);
        let z = s * s;
        let series = ODD_RECIPROCALS.iter().fold(0.0_f64, |sum, term| sum.mul_add(z, *term));
        let of_mantissa = (2.0 * s).mul_add(series * z, 2.0 * s);
        *result = two_to.mul_add(LN_2_HIGH, two_to.mul_add(LN_2_LOW, of_mantissa));
    }
}

/// 1/25, 1/23, … 1/3.
const ODD_RECIPROCALS: [f64; 12] = [
    1.0 / 25.0,
    1.0 / 23.0,
    1.0 / 21.0,
    1.0 / 19.0,
    1.0 / 17.0,
    1.0 / 15.0,
    1.0 / 13.0,
    1.0 / 11.0,
    1.0 / 9.0,
    1.0 / 7.0,
    1.0 / 5.0,
    1.0 / 3.0,
];

/// ln(1 + x) to full precision, also for small x.
///
/// Contracts: x is at least 0, 1 + x is finite (trusted).
#[inline(always)]
pub fn ln_1p<const N: usize>(x: [f64; N]) -> [f64; N] {
    ln_1p_and_inverse(x).0
}

/// ln(1 + x) as [`ln_1p`], and 1/(1 + x), which is a by-product.
#[inline(always)]
pub fn ln_1p_and_inverse<const N: usize>(x: [f64; N]) -> ([f64; N], [f64; N]) {
    let (mut whole, mut inverse) = ([0.0; N], [0.0; N]);
    for i in 0..N {
        whole[i] = 1.0 + x[i];
        inverse[i] = 1.0 / whole[i];
    }
    let mut result = ln(whole);
    for i in 0..N {
        // Rounding error of 1 + x.
        result[i] += (x[i] - (whole[i] - 1.0)) * inverse[i];
    }
    (result, inverse)
}

/// 3/2 × 2^52: adding it rounds to whole numbers of either sign.
const ROUND: f64 = 1.5 * TWO_POW_52;

/// Exponentials; arguments are clamped to ±708.
///
/// Contracts: no NaN (trusted). Accurate to about one unit in the last place.
#[inline(always)]
pub fn exp<const N: usize>(x: [f64; N]) -> [f64; N] {
    let mut result = [0.0; N];
    exp_into(&x, &mut result);
    result
}

/// [`exp`] of a slice whose length is known only at run time.
#[inline(always)]
pub fn exp_into(x: &[f64], result: &mut [f64]) {
    for (result, x) in result.iter_mut().zip(x) {
        let cut = x.clamp(-708.0, 708.0);
        let shifted = cut.mul_add(std::f64::consts::LOG2_E, ROUND);
        let two_to = shifted - ROUND;
        let rest = two_to.mul_add(-LN_2_LOW, two_to.mul_add(-LN_2_HIGH, cut));
        let series = FACTORIALS.iter().fold(0.0_f64, |sum, term| sum.mul_add(rest, *term));
        let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
        *result = series * power;
    }
}

/// 1/13!, 1/12!, … 1/0!.
const FACTORIALS: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// Values of rows `from..from + LANES` of a column; beyond `end` the last one is repeated.
#[inline(always)]
pub fn load(column: &[f64], from: usize, end: usize) -> Lanes {
    let mut lanes = [0.0; LANES];
    if from + LANES <= end {
        lanes.copy_from_slice(&column[from..from + LANES]);
    } else {
        for i in 0..LANES {
            lanes[i] = column[(from + i).min(end - 1)];
        }
    }
    lanes
}

/// As [`load`], with 0 beyond `end`: for weights.
#[inline(always)]
pub fn load_or_zero(column: &[f64], from: usize, end: usize) -> Lanes {
    let mut lanes = [0.0; LANES];
    let rows = LANES.min(end - from);
    lanes[..rows].copy_from_slice(&column[from..from + rows]);
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(of: fn(Lanes) -> Lanes, exact: fn(f64) -> f64, x: f64, tolerance: f64) {
        let found = of([x; LANES])[3];
        let expected = exact(x);
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{x}: {found:e} {expected:e}");
    }

    #[test]
    fn logarithms_and_exponentials_match_the_standard_library() {
        let mut x = 1e-300;
        while x < 1e300 {
            check(ln, f64::ln, x, 4e-16);
            x *= 1.037_3;
        }
        // Near 1, where precision is most at risk.
        for step in -2000..2000 {
            check(ln, f64::ln, 1.0 + f64::from(step) * 1e-4, 4e-16);
            check(exp, f64::exp, f64::from(step) * 0.35, 4e-16);
            check(exp, f64::exp, f64::from(step) * 1e-4, 4e-16);
        }
        let mut x = 1e-18;
        while x < 1e18 {
            check(ln_1p, f64::ln_1p, x, 5e-16);
            check(|x| exp(x.map(|x| -x)), |x| (-x).exp(), x.min(700.0), 4e-16);
            x *= 1.21;
        }
        check(ln_1p, f64::ln_1p, 0.0, 0.0);
        check(ln, f64::ln, 1.0, 0.0);
        check(exp, f64::exp, 0.0, 0.0);
        assert!(exp([-1e9; LANES])[0] < 1e-300 && exp([1e9; LANES])[0].is_finite());
    }

    #[test]
    fn blocks_at_the_end_of_a_column() {
        let column: Vec<f64> = (0..100).map(f64::from).collect();
        let last = |found: Lanes| [found[0], found[LANES - 2], found[LANES - 1]];
        for (found, expected) in [
            (load(&column, 2, 100), [2, 64, 65]),
            (load(&column, 90, 100), [90, 99, 99]),
            (load_or_zero(&column, 2, 100), [2, 64, 65]),
            (load_or_zero(&column, 90, 99), [90, 0, 0]),
        ] {
            assert_eq!(last(found).to_vec(), expected.map(f64::from).to_vec());
        }
        assert!((load_or_zero(&column, 90, 99)[8] - 98.0).abs() < 1e-12);
        assert!(load_or_zero(&column, 90, 99)[9].abs() < 1e-12);
    }
}
