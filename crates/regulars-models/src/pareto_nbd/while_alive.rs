//! Distribution of purchases of a customer who is alive now, without quadrature over each count.
//!
//! There are more than n purchases if purchase n + 1 comes before dropout: P(N > n) = ∫ S(u) g(u) du, where
//! S is the probability of being alive at u and g the density of that purchase's time. In z = u/(α + u)
//! that density is a beta density with parameters n + 1 and r, and S is smooth: with S as a polynomial in
//! z, all n share the tails of one negative binomial distribution.
//!
//! [`CustomerForecast::purchase_counts`] computes the same by quadrature to full precision; here 1e-5 is
//! enough.
//!
//! [`CustomerForecast::purchase_counts`]: crate::lifetime::prediction::CustomerForecast::purchase_counts

use std::f64::consts::PI;
use std::sync::OnceLock;

use super::prediction::ParetoNbdForecast;
use crate::lifetime::counts::{at_least, event_counts};

/// Interpolation points of the polynomial; its degree is one less.
const POINTS: usize = 17;

/// Tolerance of the last coefficients; above it the polynomial does not represent S.
const PRECISION: f64 = 1e-7;

/// Chebyshev coefficients over [0, 1] from values at the nodes, and the monomials of each polynomial.
struct Tables {
    nodes: [f64; POINTS],
    to_chebyshev: [[f64; POINTS]; POINTS],
    monomials: [[f64; POINTS]; POINTS],
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let angle = |point: usize| PI * (point as f64 + 0.5) / POINTS as f64;
        let mut tables = Tables {
            nodes: [0.0; POINTS],
            to_chebyshev: [[0.0; POINTS]; POINTS],
            monomials: [[0.0; POINTS]; POINTS],
        };
        for point in 0..POINTS {
            tables.nodes[point] = 0.5 + 0.5 * angle(point).cos();
            for degree in 0..POINTS {
                let weight = if degree == 0 { 1.0 } else { 2.0 };
                tables.to_chebyshev[degree][point] =
                    weight / POINTS as f64 * (degree as f64 * angle(point)).cos();
            }
        }
        // T(n+1) = 2 (2y − 1) T(n) − T(n−1).
        tables.monomials[0][0] = 1.0;
        (tables.monomials[1][0], tables.monomials[1][1]) = (-1.0, 2.0);
        for degree in 2..POINTS {
            for power in 0..POINTS {
                let lower = if power > 0 { tables.monomials[degree - 1][power - 1] } else { 0.0 };
                tables.monomials[degree][power] = 4.0 * lower
                    - 2.0 * tables.monomials[degree - 1][power]
                    - tables.monomials[degree - 2][power];
            }
        }
        tables
    })
}

impl ParetoNbdForecast {
    /// Probabilities of 0, 1, 2, … purchases within `t` of a customer who is alive, until at most `rest` is
    /// left; none if the survival function is not smooth enough, or t is 0.
    pub(super) fn polynomial_counts(&self, t: f64, rest: f64) -> Option<Vec<f64>> {
        let z = t / (self.rate + t);
        if !(z > 0.0 && z < 1.0) {
            return None;
        }
        let stays = self.stays(z)?;
        let degree = stays.len();
        let expected = self.shape * t / self.rate;
        let spread = (expected + expected * expected / self.shape).sqrt();
        // Powers of 1/z amplify tails far below machine precision.
        let counts = event_counts(self.shape, self.rate, t, (expected + 8.0 * spread) as usize + degree + 30);
        let tails = at_least(&counts);
        let mut probabilities = Vec::new();
        let mut at_least_so_many = 1.0;
        for n in 0..tails.len() {
            let mut more = 0.0;
            let mut moment = 1.0;
            for (power, coefficient) in stays.iter().enumerate() {
                let number = n + 1 + power;
                more += coefficient * moment * tails.get(number).copied().unwrap_or(0.0);
                moment *= number as f64 / (number as f64 + self.shape) / z;
            }
            let more = more.clamp(0.0, at_least_so_many);
            probabilities.push(at_least_so_many - more);
            at_least_so_many = more;
            if more <= rest {
                break;
            }
        }
        Some(probabilities)
    }

    /// Survival function as a polynomial in z/`most`, where z = u/(α + u) ranges up to `most`.
    fn stays(&self, most: f64) -> Option<Vec<f64>> {
        let tables = tables();
        let values = tables.nodes.map(|node| {
            let z = node * most;
            let u = self.rate * z / (1.0 - z);
            (-self.s * (u / self.beta).ln_1p()).exp()
        });
        let chebyshev: Vec<f64> = tables
            .to_chebyshev
            .iter()
            .map(|row| row.iter().zip(&values).map(|(weight, value)| weight * value).sum())
            .collect();
        if !chebyshev[POINTS - 2..].iter().all(|coefficient| coefficient.abs() < PRECISION) {
            return None;
        }
        let used = chebyshev.iter().rposition(|c| c.abs() > 1e-2 * PRECISION).unwrap_or(0) + 1;
        let mut monomials = vec![0.0; used];
        for (coefficient, row) in chebyshev[..used].iter().zip(&tables.monomials) {
            for (sum, value) in monomials.iter_mut().zip(row) {
                *sum += coefficient * value;
            }
        }
        Some(monomials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifetime::prediction::CustomerForecast;

    fn check(shape: f64, rate: f64, s: f64, beta: f64, t: f64) -> bool {
        let future = ParetoNbdForecast { alive: 1.0, shape, rate, s, beta };
        let Some(found) = future.polynomial_counts(t, 1e-4) else { return false };
        let expected = future.purchase_counts(t, found.len() - 1);
        for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() < 1e-5, "{future:?} t {t} n {n}: {found}, expected {expected}");
        }
        let sum: f64 = found.iter().sum();
        assert!((1.0 - sum) < 1.1e-4 && sum < 1.0 + 1e-9, "{future:?} {sum}");
        true
    }

    #[test]
    fn quadrature_says_the_same() {
        let mut computed = 0;
        let mut cases = 0;
        for shape in [0.2, 0.55, 3.0, 12.6, 60.0, 400.0] {
            for rate in [8.0, 75.0, 400.0, 2000.0] {
                for s in [0.05, 0.6, 3.0] {
                    for beta in [12.0, 90.0, 800.0] {
                        for t in [1.0, 39.0, 365.0] {
                            cases += 1;
                            computed += usize::from(check(shape, rate, s, beta, t));
                        }
                    }
                }
            }
        }
        // Where dropout is much faster than purchases, the polynomial is rejected.
        assert!(computed * 10 > cases * 8, "{computed} of {cases}");
    }
}
