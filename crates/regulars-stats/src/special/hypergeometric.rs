//! Gauss's hypergeometric function 2F1(a, b; c; z).
//!
//! Deliberately not here: complex arguments, c ≤ 0, z ≥ 1, which no customer model needs.

/// A series that has not converged after this many terms will not.
const MAX_TERMS: usize = 200_000;

/// Above this z the plain series can be slow.
const NEAR_ONE: f64 = 0.7;

/// Terms fall as n^-(c-a-b+1) even at z = 1; from this excess on that is fast.
const LARGE_EXCESS: f64 = 12.0;

/// From this c on Taylor series lose precision to the other solution of the equation, z^(1-c).
const LARGE_C: f64 = 30.0;

/// 2F1(a, b; c; z) for c > 0 and z < 1.
///
/// Shape: NaN if the arguments are out of range or the value overflows `f64`.
/// Source: Abramowitz & Stegun 15.1.1 (series), 15.3.3 (Euler), 15.3.4 (Pfaff); near z = 1 the differential
/// equation 15.5.1 is integrated by Taylor series, each step halving the distance to 1.
pub fn hypergeometric_2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
    if !(c > 0.0 && z < 1.0 && a.is_finite() && b.is_finite()) {
        return f64::NAN;
    }
    if z == 0.0 || a == 0.0 || b == 0.0 {
        return 1.0;
    }
    if z < 0.0 {
        // Pfaff's transformation, in the form that keeps the parameters of one sign.
        let argument = z / (z - 1.0);
        let (kept, other) = if (c - b) * a >= (c - a) * b { (a, b) } else { (b, a) };
        return (-kept * (-z).ln_1p()).exp() * positive_z(kept, c - other, c, argument);
    }
    positive_z(a, b, c, z)
}

fn positive_z(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let excess = c - a - b;
    // Euler's form has smaller terms where the plain series diverges at 1.
    if excess < 0.0 && (a * b).abs() > ((c - a) * (c - b)).abs() {
        return (excess * (-z).ln_1p()).exp() * below_one(c - a, c - b, c, z);
    }
    below_one(a, b, c, z)
}

fn below_one(a: f64, b: f64, c: f64, z: f64) -> f64 {
    if z <= NEAR_ONE || c >= LARGE_C || c - a - b >= LARGE_EXCESS {
        return series(a, b, c, z).0;
    }
    let mut at = 0.5;
    let mut value = series(a, b, c, at).0;
    // The derivative is a hypergeometric function again (15.2.1).
    let mut slope = a * b / c * series(a + 1.0, b + 1.0, c + 1.0, at).0;
    while at < z {
        let step = (z - at).min(0.5 * (1.0 - at));
        (value, slope) = taylor_step([a, b, c], at, step, value, slope);
        at = if z - at <= step { z } else { at + step };
    }
    value
}

/// Power series at 0, and the number of terms used.
fn series(a: f64, b: f64, c: f64, z: f64) -> (f64, usize) {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut small_terms = 0;
    for number in 0..MAX_TERMS {
        let n = number as f64;
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        // Two in a row: one term can be small by chance where a + n passes 0.
        small_terms = if term.abs() <= 1e-17 * sum.abs() { small_terms + 1 } else { 0 };
        if small_terms == 2 || term == 0.0 {
            return (sum, number);
        }
    }
    (f64::NAN, MAX_TERMS)
}

/// Value and derivative at `at + step`, from those at `at`, by the Taylor series of the solution.
fn taylor_step([a, b, c]: [f64; 3], at: f64, step: f64, value: f64, slope: f64) -> (f64, f64) {
    let p0 = at * (1.0 - at);
    let p1 = 1.0 - 2.0 * at;
    let q0 = c - (a + b + 1.0) * at;
    // Scaled by powers of the step, so that coefficients are terms.
    let (mut before, mut current) = (value, slope * step);
    let mut sum = before + current;
    let mut slope_sum = current;
    let mut small_terms = 0;
    for number in 0..MAX_TERMS {
        let n = number as f64;
        let next = -((n + 1.0) * (p1 * n + q0) * current * step - (n + a) * (n + b) * before * step * step)
            / (p0 * (n + 2.0) * (n + 1.0));
        sum += next;
        slope_sum += (n + 2.0) * next;
        (before, current) = (current, next);
        small_terms = if next.abs() * (n + 2.0) <= 1e-17 * sum.abs() { small_terms + 1 } else { 0 };
        if small_terms == 3 {
            return (sum, slope_sum / step);
        }
    }
    (f64::NAN, f64::NAN)
}
