//! Quantiles of the total spend of an uncertain number of purchases.
//!
//! The same distribution as in [`SpendDistribution::total_interval`], which bisects; here Newton's method on log
//! money needs a handful of steps, fast enough for all customers of a shop.

use std::f64::consts::TAU;

use regulars_stats::special::{beta_inc, digamma, ln_beta, normal_cdf};

use super::SpendDistribution;
use crate::lifetime::count_distribution::CountDistribution;

/// Maximum search steps; by then the bracket has been bisected often enough.
const STEPS: usize = 60;

/// A Newton step of this size leaves about its square as error: under a thousandth of the amount.
const NEWTON_TOLERANCE: f64 = 0.02;

/// Purchase counts with a probability below this do not move a quantile.
const NEGLIGIBLE: f64 = 1e-7;

/// Beyond this many standard deviations, a total is certainly below or above.
const CERTAIN_SDS: f64 = 6.0;

/// A number of purchases: its probability, and mean and standard deviation of the log total.
struct Number {
    shape: f64,
    probability: f64,
    mean: f64,
    deviation: f64,
}

impl SpendDistribution {
    /// Quantile of the total spend at probability `share`, where `purchases` is the distribution of the
    /// number of purchases, rescaled to sum to 1.
    ///
    /// Shape: 0 if no purchase alone has that probability; finite.
    /// Units: the currency unit of the fit.
    pub fn total_quantile(&self, purchases: &CountDistribution, share: f64) -> f64 {
        let target = share * purchases.probabilities.iter().sum::<f64>();
        let none = purchases.probabilities[0];
        if none >= target {
            return 0.0;
        }
        let numbers = self.numbers(purchases);
        let start =
            numbers.iter().max_by(|a, b| a.probability.total_cmp(&b.probability)).map_or(0.0, |n| n.mean);
        let near = root(start, 1e-3, |log| approximate_cdf(&numbers, none, log), target);
        root(near, NEWTON_TOLERANCE, |log| self.cdf(&numbers, none, log), target).exp()
    }

    fn numbers(&self, purchases: &CountDistribution) -> Vec<Number> {
        let of_customer = self.gamma.ln() - digamma(self.q);
        let spread = trigamma(self.q);
        let classes = purchases.probabilities.iter().enumerate().skip(1);
        classes
            .filter(|(_, probability)| **probability > NEGLIGIBLE)
            .map(|(class, probability)| {
                let shape = self.p * purchases.number(class);
                Number {
                    shape,
                    probability: *probability,
                    mean: digamma(shape) + of_customer,
                    deviation: (trigamma(shape) + spread).sqrt(),
                }
            })
            .collect()
    }

    /// Probability of at most e^`log` money, and its derivative by the log of the money.
    fn cdf(&self, numbers: &[Number], none: f64, log: f64) -> (f64, f64) {
        let money = log.exp();
        let share = money / (self.gamma + money);
        // ln(1 − share), accurate where share is near 1.
        let ln_rest = -(money / self.gamma).ln_1p();
        let ln_share = ln_rest + log - self.gamma.ln();
        let (mut value, mut slope) = (none, 0.0);
        for number in numbers {
            let away = (log - number.mean) / number.deviation;
            if away > CERTAIN_SDS {
                value += number.probability;
            } else if away > -CERTAIN_SDS {
                let Number { shape, probability, .. } = number;
                value += probability * beta_inc(*shape, self.q, share);
                slope += probability * (shape * ln_share + self.q * ln_rest - ln_beta(*shape, self.q)).exp();
            }
        }
        (value, slope)
    }
}

/// Approximation with normal log totals: close enough for a starting point.
fn approximate_cdf(numbers: &[Number], none: f64, log: f64) -> (f64, f64) {
    let (mut value, mut slope) = (none, 0.0);
    for number in numbers {
        let away = (log - number.mean) / number.deviation;
        if away > CERTAIN_SDS {
            value += number.probability;
        } else if away > -CERTAIN_SDS {
            value += number.probability * normal_cdf(away);
            slope += number.probability * (-0.5 * away * away).exp() / (TAU.sqrt() * number.deviation);
        }
    }
    (value, slope)
}

/// Solves for where an increasing function reaches a target, by Newton's method within a bracket.
fn root(start: f64, near: f64, function: impl Fn(f64) -> (f64, f64), target: f64) -> f64 {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut at = start;
    for _ in 0..STEPS {
        let (value, slope) = function(at);
        if value < target {
            low = at;
        } else {
            high = at;
        }
        let next = at + ((target - value) / slope).clamp(-2.0, 2.0);
        let inside = next > low && next < high;
        let next = match (low.is_finite(), high.is_finite()) {
            _ if inside => next,
            (true, true) => 0.5 * (low + high),
            (true, false) => low + 2.0,
            _ => high - 2.0,
        };
        let step = (next - at).abs();
        at = next;
        if step < near {
            break;
        }
    }
    at
}

/// Derivative of digamma by recurrence and asymptotic series, to six digits.
fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 6.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    sum + inverse * (1.0 + 0.5 * inverse + square * (1.0 / 6.0 - square * (1.0 / 30.0 - square / 42.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(spend: SpendDistribution, probabilities: &[f64]) {
        let purchases = CountDistribution::of(probabilities);
        let (low, high) = spend.total_interval(&purchases, 0.9);
        let shares = purchases.interval_probabilities(0.9);
        for (share, expected) in [(shares.0, low), (shares.1, high)] {
            let found = spend.total_quantile(&purchases, share);
            assert!((found - expected).abs() <= 1e-3 * expected.max(1e-9), "{spend:?} {found} {expected}");
        }
    }

    #[test]
    fn trigamma_at_known_places() {
        assert!((trigamma(1.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-6);
        assert!((trigamma(0.5) - std::f64::consts::PI.powi(2) / 2.0).abs() < 1e-6);
    }

    #[test]
    fn the_quantiles_are_the_ends_of_the_interval() {
        let poisson = [0.03, 0.12, 0.2, 0.24, 0.2, 0.12, 0.06, 0.03];
        for spend in [
            SpendDistribution { p: 6.25, q: 3.74, gamma: 15.44 },
            SpendDistribution { p: 0.7, q: 0.9, gamma: 400.0 },
            SpendDistribution { p: 250.0, q: 90.0, gamma: 3.0 },
        ] {
            check(spend, &poisson);
            check(spend, &[0.5, 0.3, 0.2]);
            check(spend, &[0.01, 0.99]);
            check(spend, &[0.96, 0.04]);
            check(spend, &[1.0]);
        }
    }
}
