//! Predicts a customer's spend per purchase.

use rand_chacha::ChaCha8Rng;
use regulars_stats::special::beta_inc;

use super::{FittedGammaGamma, GammaGammaParams};
use crate::lifetime::count_distribution::CountDistribution;
use crate::nbd::gamma;

/// Distribution of a customer's spend per purchase, given their history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendDistribution {
    /// Shape of the gamma distribution of spend per purchase.
    pub p: f64,
    /// Shape of the gamma distribution of the customer's rate.
    pub q: f64,
    /// Rate of the gamma distribution of the customer's rate, in money.
    pub gamma: f64,
}

impl FittedGammaGamma {
    /// Expected spend per purchase of a customer with `x` repeat purchases of mean `mean`.
    ///
    /// Shape: always finite and above 0; customers without a usable mean get the overall mean.
    /// Units: the currency unit of the fit.
    /// Source: Fader & Hardie (2013), eq. 5.
    pub fn expected_spend(&self, x: f64, mean: f64) -> f64 {
        let spend = self.spend_distribution(x, mean);
        if spend.q > 1.0 {
            spend.gamma * spend.p / (spend.q - 1.0)
        } else if usable(x, mean) {
            mean
        } else {
            self.observed_mean
        }
    }

    /// Predictive distribution of a customer's spend per purchase.
    pub fn spend_distribution(&self, x: f64, mean: f64) -> SpendDistribution {
        let GammaGammaParams { p, q, gamma } = self.params;
        if usable(x, mean) {
            SpendDistribution { p, q: q + p * x, gamma: gamma + mean * x }
        } else {
            SpendDistribution { p, q, gamma }
        }
    }

    /// Expected spend per purchase of a new customer.
    pub fn mean_spend(&self) -> f64 {
        self.expected_spend(0.0, 0.0)
    }
}

impl SpendDistribution {
    /// Probability that `purchases` purchases together cost at most `money`.
    ///
    /// Their sum is gamma with shape p × purchases and a rate that is gamma(q, γ), so sum/(γ + sum) is
    /// beta-distributed.
    pub fn total_at_most(&self, purchases: u32, money: f64) -> f64 {
        self.at_most(f64::from(purchases), money)
    }

    fn at_most(&self, purchases: f64, money: f64) -> f64 {
        if purchases <= 0.0 {
            return 1.0;
        }
        beta_inc(self.p * purchases, self.q, money / (self.gamma + money))
    }

    /// Prediction interval of a customer's total spend at `level`, where `purchases` is the distribution of
    /// the number of purchases. It covers the uncertain purchase and spend rates and the randomness of
    /// both.
    ///
    /// Shape: lower and upper bound, by [`CountDistribution::shares`]; 0 where the probability of no
    /// purchase alone reaches that far.
    pub fn total_interval(&self, purchases: &CountDistribution, level: f64) -> (f64, f64) {
        let at_most = |money: f64| -> f64 {
            let classes = purchases.probabilities.iter().enumerate();
            classes
                .map(|(class, probability)| probability * self.at_most(purchases.number(class), money))
                .sum()
        };
        let whole: f64 = purchases.probabilities.iter().sum();
        let quantile = |share: f64| {
            let target = share * whole;
            if at_most(0.0) >= target {
                return 0.0;
            }
            let (mut low, mut high) = (0.0, self.gamma);
            while at_most(high) < target && high < 1e12 * self.gamma {
                low = high;
                high *= 4.0;
            }
            for _ in 0..50 {
                let middle = 0.5 * (low + high);
                if at_most(middle) < target {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            high
        };
        let (low, high) = purchases.interval_probabilities(level);
        (quantile(low), quantile(high))
    }

    /// Draws the total cost of `purchases` purchases.
    pub fn draw_total(&self, purchases: u32, random: &mut ChaCha8Rng) -> f64 {
        if purchases == 0 {
            return 0.0;
        }
        let rate = gamma(self.q, self.gamma, random);
        gamma(self.p * f64::from(purchases), rate.max(1e-300), random)
    }
}

/// Whether a mean spend is usable.
fn usable(x: f64, mean: f64) -> bool {
    x > 0.0 && mean > 0.0 && mean.is_finite() && x.is_finite()
}
