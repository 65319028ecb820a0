//! Quantiles of what purchases of an uncertain number cost together.
//!
//! The same distribution as [`SpendAhead::total_interval`] halves intervals for, by Newton's method on
//! the logarithm of the money: a handful of steps, so that it serves every customer of a shop.

use regulars_stats::special::{beta_inc, ln_beta};

use super::SpendAhead;

/// Steps at most; beyond, the bracket is halved often enough anyway.
const STEPS: usize = 40;

/// Money is found to this share of itself.
const PRECISION: f64 = 1e-4;

/// Numbers of purchases less likely than this do not move a quantile.
const NEGLIGIBLE: f64 = 1e-7;

impl SpendAhead {
    /// The money that the total does not exceed with chance `share`, where `chances` are those of 0, 1,
    /// 2, … purchases; what is missing to 1 is shared out among them.
    ///
    /// Shape: 0 where no purchase at all is that likely; finite.
    /// Units: the money of the fit.
    pub fn total_quantile(&self, chances: &[f64], share: f64) -> f64 {
        let whole: f64 = chances.iter().sum();
        let none = chances.first().copied().unwrap_or(1.0);
        let target = share * whole;
        if none >= target {
            return 0.0;
        }
        let (from, to) = self.bracket(chances, target);
        self.search(chances, target, from, to)
    }

    /// Logarithms of money to begin at, and the farthest that is looked at.
    fn bracket(&self, chances: &[f64], target: f64) -> (f64, f64) {
        let mut below = 0.0;
        let number = chances.iter().position(|chance| {
            below += chance;
            below >= target
        });
        let number = number.unwrap_or(chances.len().saturating_sub(1)).max(1) as f64;
        let one = self.gamma * self.p / (self.q - 1.0).max(0.5);
        ((number * one).ln(), (number * one).ln() + 60.0)
    }

    fn search(&self, chances: &[f64], target: f64, start: f64, farthest: f64) -> f64 {
        let (mut low, mut high) = (f64::NEG_INFINITY, farthest);
        let mut at = start;
        for _ in 0..STEPS {
            let (value, slope) = self.at(chances, at);
            if value < target {
                low = at;
            } else {
                high = at;
            }
            let step = (target - value) / slope;
            let mut next = at + step.clamp(-2.0, 2.0);
            if !(next > low && next < high && next.is_finite()) {
                next = if low.is_finite() { 0.5 * (low + high.min(low + 4.0)) } else { high - 2.0 };
            }
            if (next - at).abs() < PRECISION {
                at = next;
                break;
            }
            at = next;
        }
        at.exp()
    }

    /// The chance of at most e^`log` money, and its slope by the logarithm.
    fn at(&self, chances: &[f64], log: f64) -> (f64, f64) {
        let money = log.exp();
        let share = money / (self.gamma + money);
        // ln(1 − share), exact where share is near 1.
        let ln_rest = -(money / self.gamma).ln_1p();
        let ln_share = ln_rest + log - self.gamma.ln();
        let mut value = chances[0];
        let mut slope = 0.0;
        for (number, chance) in chances.iter().enumerate().skip(1) {
            if *chance < NEGLIGIBLE {
                continue;
            }
            let shape = self.p * number as f64;
            value += chance * beta_inc(shape, self.q, share);
            slope += chance * (shape * ln_share + self.q * ln_rest - ln_beta(shape, self.q)).exp();
        }
        (value, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ahead: SpendAhead, chances: &[f64]) {
        let (low, high) = ahead.total_interval(chances, 0.9);
        for (share, expected) in [(0.05, low), (0.95, high)] {
            let found = ahead.total_quantile(chances, share);
            assert!((found - expected).abs() <= 1e-3 * expected.max(1e-9), "{ahead:?} {found} {expected}");
        }
    }

    #[test]
    fn the_quantiles_are_the_ends_of_the_interval() {
        let poisson = [0.03, 0.12, 0.2, 0.24, 0.2, 0.12, 0.06, 0.03];
        for ahead in [
            SpendAhead { p: 6.25, q: 3.74, gamma: 15.44 },
            SpendAhead { p: 0.7, q: 0.9, gamma: 400.0 },
            SpendAhead { p: 250.0, q: 90.0, gamma: 3.0 },
        ] {
            check(ahead, &poisson);
            check(ahead, &[0.5, 0.3, 0.2]);
            check(ahead, &[0.01, 0.99]);
            check(ahead, &[0.96, 0.04]);
            check(ahead, &[1.0]);
        }
    }
}
