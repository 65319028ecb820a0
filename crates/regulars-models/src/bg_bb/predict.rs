//! Predictions for the next occasions.

use super::likelihood::of_history;
use super::{BgBbParams, FittedBgBb, History};

impl FittedBgBb {
    /// P(alive) at the next occasion.
    pub fn p_alive(&self, history: &History) -> f64 {
        let BgBbParams { gamma, delta, .. } = self.params;
        let n = f64::from(history.n);
        of_history(&self.params, history).1 * (delta + n) / (gamma + delta + n)
    }

    /// Expected number of purchases at the next `occasions`.
    ///
    /// Source: Fader, Hardie & Shang (2010), eq. 13, as a sum over the occasions: no term is negative, and
    /// γ = 1 is not a special case.
    pub fn expected_purchases(&self, history: &History, occasions: u32) -> f64 {
        self.discounted_purchases(history, occasions, 0.0)
    }

    /// Expected purchases, each discounted by (1 + `rate`) per occasion ahead.
    ///
    /// With many occasions these are the discounted expected residual transactions (DERT).
    pub fn discounted_purchases(&self, history: &History, occasions: u32, rate: f64) -> f64 {
        let BgBbParams { alpha, beta, gamma, delta } = self.params;
        let n = f64::from(history.n);
        let buys = (alpha + f64::from(history.x)) / (alpha + beta + n);
        let mut here = of_history(&self.params, history).1;
        let mut discount = 1.0;
        let mut total = 0.0;
        for occasion in 0..occasions {
            let passed = n + f64::from(occasion);
            here *= (delta + passed) / (gamma + delta + passed);
            discount /= 1.0 + rate;
            total += here * discount;
            if discount < 1e-18 {
                break;
            }
        }
        buys * total
    }

    /// P(purchase): probability of at least one purchase at the next `occasions`.
    pub fn p_any_purchase(&self, history: &History, occasions: u32) -> f64 {
        let BgBbParams { alpha, beta, gamma, delta } = self.params;
        let (n, x) = (f64::from(history.n), f64::from(history.x));
        // The first purchase comes after `occasion` occasions without one.
        let mut here = of_history(&self.params, history).1;
        let mut without = 1.0;
        let mut total = 0.0;
        for occasion in 0..occasions {
            let passed = n + f64::from(occasion);
            here *= (delta + passed) / (gamma + delta + passed);
            let all = alpha + beta + passed;
            total += here * without * (alpha + x) / all;
            without *= (beta + passed - x) / all;
        }
        total.min(1.0)
    }
}
