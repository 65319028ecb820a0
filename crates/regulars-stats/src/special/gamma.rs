//! Log gamma, digamma, and differences of both without cancellation.

/// From here on Stirling's series with eight terms is accurate to the last digit.
const STIRLING_FROM: f64 = 10.0;

/// ln(2π) / 2.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// Log of the gamma function.
///
/// Contracts: `x` is above 0 (trusted).
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Digamma: the derivative of [`ln_gamma`].
///
/// Contracts: `x` is above 0 (trusted).
/// Source: Abramowitz & Stegun 6.3.5 and 6.3.18.
pub fn digamma(x: f64) -> f64 {
    let mut shifted = x;
    let mut below = 0.0;
    while shifted < STIRLING_FROM {
        below += 1.0 / shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = square
        * (1.0 / 12.0
            - square
                * (1.0 / 120.0
                    - square
                        * (1.0 / 252.0
                            - square
                                * (1.0 / 240.0
                                    - square
                                        * (1.0 / 132.0
                                            - square
                                                * (691.0 / 32760.0
                                                    - square
                                                        * (1.0 / 12.0 - square * (3617.0 / 8160.0))))))));
    shifted.ln() - 0.5 * inverse - series - below
}

/// Log of the rising factorial, ln Γ(a + n) − ln Γ(a), without cancellation.
///
/// Contracts: `a` is above 0, `n` at least 0 (trusted).
pub fn ln_rising_factorial(a: f64, n: f64) -> f64 {
    if a < STIRLING_FROM {
        let upper = a + n;
        if upper < 2.0 * STIRLING_FROM || n < 1.0 {
            // Shift both ends by the same whole steps: the logs of the ratios are small.
            let steps = (STIRLING_FROM - a).ceil();
            let mut correction = 0.0;
            for step in 0..steps as u32 {
                correction += (n / (a + f64::from(step))).ln_1p();
            }
            return stirling_rising(a + steps, n) - correction;
        }
        return ln_gamma(upper) - ln_gamma(a);
    }
    stirling_rising(a, n)
}

/// ψ(a + n) − ψ(a), without cancellation.
///
/// Contracts: `a` is above 0, `n` at least 0 (trusted).
pub fn digamma_difference(a: f64, n: f64) -> f64 {
    let mut lower = a;
    let mut sum = 0.0;
    while lower < STIRLING_FROM {
        sum += n / (lower * (lower + n));
        lower += 1.0;
    }
    let upper = lower + n;
    // ln(upper/lower) − (1/upper − 1/lower)/2 − (tail(upper) − tail(lower))
    sum + (n / lower).ln_1p() + 0.5 * n / (lower * upper) - (digamma_tail(upper) - digamma_tail(lower))
}

/// Log of the beta function.
///
/// Contracts: both arguments are above 0 (trusted).
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small >= STIRLING_FROM {
        return HALF_LN_TWO_PI - 0.5 * large.ln() + (small - 0.5) * (small / (small + large)).ln()
            - large * (small / large).ln_1p()
            + stirling_correction(small)
            + stirling_correction(large)
            - stirling_correction(small + large);
    }
    ln_gamma(small) - ln_rising_factorial(large, small)
}

/// ln Γ(z) − [(z − 1/2) ln z − z + ln(2π)/2] for large z.
pub(super) fn stirling_correction(z: f64) -> f64 {
    let inverse = 1.0 / z;
    let square = inverse * inverse;
    inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square
                        * (1.0 / 1260.0
                            - square
                                * (1.0 / 1680.0
                                    - square
                                        * (1.0 / 1188.0
                                            - square
                                                * (691.0 / 360_360.0
                                                    - square
                                                        * (1.0 / 156.0 - square * (3617.0 / 122_400.0))))))))
}

fn stirling_rising(a: f64, n: f64) -> f64 {
    let upper = a + n;
    (a - 0.5) * (n / a).ln_1p() + n * upper.ln() - n + (stirling_correction(upper) - stirling_correction(a))
}

/// Negated remainder of digamma's asymptotic series after ln x − 1/(2x).
fn digamma_tail(x: f64) -> f64 {
    let square = 1.0 / (x * x);
    square
        * (1.0 / 12.0
            - square
                * (1.0 / 120.0
                    - square
                        * (1.0 / 252.0
                            - square * (1.0 / 240.0 - square * (1.0 / 132.0 - square * (691.0 / 32760.0))))))
}
