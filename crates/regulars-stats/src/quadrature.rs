//! Gauss-Legendre quadrature on panels: smooth integrands to full precision with few evaluations.
//!
//! Deliberately not here: adaptive rules. The caller knows the integrand and sets the number of panels, so
//! the cost is known and the same everywhere.

use std::sync::OnceLock;

/// Nodes in (0, 1) and weights that sum to 1, of a rule with `N` points.
#[derive(Debug, Clone, Copy)]
pub struct Rule<const N: usize> {
    /// Nodes, ascending.
    pub nodes: [f64; N],
    /// Weights.
    pub weights: [f64; N],
}

/// 8-point rule: exact to degree 15.
pub fn gauss_8() -> &'static Rule<8> {
    static RULE: OnceLock<Rule<8>> = OnceLock::new();
    RULE.get_or_init(gauss_legendre)
}

/// 12-point rule: exact to degree 23.
pub fn gauss_12() -> &'static Rule<12> {
    static RULE: OnceLock<Rule<12>> = OnceLock::new();
    RULE.get_or_init(gauss_legendre)
}

/// 16-point rule: exact to degree 31.
pub fn gauss_16() -> &'static Rule<16> {
    static RULE: OnceLock<Rule<16>> = OnceLock::new();
    RULE.get_or_init(gauss_legendre)
}

/// Integral of `f` from `from` to `to`, over `panels` panels of 16 points.
pub fn integrate(from: f64, to: f64, panels: usize, mut f: impl FnMut(f64) -> f64) -> f64 {
    let rule = gauss_16();
    let width = (to - from) / panels as f64;
    let mut total = 0.0;
    for panel in 0..panels {
        let start = from + width * panel as f64;
        let mut sum = 0.0;
        for (node, weight) in rule.nodes.iter().zip(rule.weights) {
            sum += weight * f(start + width * node);
        }
        total += sum * width;
    }
    total
}

/// Finds the roots of the Legendre polynomial of degree `N` by Newton's method.
fn gauss_legendre<const N: usize>() -> Rule<N> {
    let mut rule = Rule { nodes: [0.0; N], weights: [0.0; N] };
    for i in 0..N {
        // Tricomi's estimate is close enough that Newton's method never jumps to a neighbouring root.
        let mut x = -(std::f64::consts::PI * (i as f64 + 0.75) / (N as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..8 {
            let (value, derivative) = legendre(N, x);
            slope = derivative;
            x -= value / derivative;
        }
        rule.nodes[i] = 0.5 * (1.0 + x);
        rule.weights[i] = 1.0 / ((1.0 - x * x) * slope * slope);
    }
    rule
}

/// Legendre polynomial and its derivative, by the three-term recurrence.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for n in 2..=degree {
        let n = n as f64;
        (before, value) = (value, ((2.0 * n - 1.0) * x * value - (n - 1.0) * before) / n);
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_exact() {
        let rule = gauss_8();
        let total: f64 = rule.weights.iter().sum();
        assert!((total - 1.0).abs() < 1e-15, "{total}");
        for degree in 0..16 {
            let sum: f64 = rule.nodes.iter().zip(rule.weights).map(|(x, w)| w * x.powi(degree)).sum();
            assert!((sum - 1.0 / f64::from(degree + 1)).abs() < 1e-15, "degree {degree}: {sum}");
        }
    }

    #[test]
    fn smooth_functions_to_the_last_digits() {
        let sum = integrate(0.0, 8.0, 1, |x| (-x).exp());
        assert!((sum - (1.0 - (-8.0_f64).exp())).abs() < 1e-14, "{sum}");
        let logarithm = integrate(1.0, 1e6, 400, |x| 1.0 / x);
        assert!((logarithm - 1e6_f64.ln()).abs() > 1e-9, "a wide first panel cannot see 1/x");
        let substituted = integrate(0.0, 1e6_f64.ln(), 4, |u| (-u).exp() * u.exp());
        assert!((substituted - 1e6_f64.ln()).abs() < 1e-13);
    }
}
