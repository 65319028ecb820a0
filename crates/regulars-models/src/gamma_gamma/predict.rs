//! What a customer will spend at a purchase.

use rand_chacha::ChaCha8Rng;
use regulars_stats::special::beta_inc;

use super::{Fitted, Params};
use crate::lifetime::count_distribution::CountDistribution;
use crate::nbd::gamma;

/// How a customer's spend per purchase is distributed, after what was seen of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendAhead {
    /// Shape of one purchase's spend.
    pub p: f64,
    /// Shape of the distribution of the customer's rate.
    pub q: f64,
    /// Rate of the distribution of the customer's rate, in money.
    pub gamma: f64,
}

impl Fitted {
    /// The expected spend per purchase of a customer with `x` repeat purchases of mean `mean`.
    ///
    /// Shape: always finite and above 0; customers without a usable mean are expected to be like all.
    /// Units: the money of the fit.
    /// Source: Fader & Hardie (2013), eq. 5.
    pub fn expected_spend(&self, x: f64, mean: f64) -> f64 {
        let ahead = self.ahead(x, mean);
        if ahead.q > 1.0 {
            ahead.gamma * ahead.p / (ahead.q - 1.0)
        } else if usable(x, mean) {
            mean
        } else {
            self.observed_mean
        }
    }

    /// How the spend of a customer's purchases ahead is distributed.
    pub fn ahead(&self, x: f64, mean: f64) -> SpendAhead {
        let Params { p, q, gamma } = self.params;
        if usable(x, mean) {
            SpendAhead { p, q: q + p * x, gamma: gamma + mean * x }
        } else {
            SpendAhead { p, q, gamma }
        }
    }

    /// The expected spend per purchase of a new customer.
    pub fn mean_spend(&self) -> f64 {
        self.expected_spend(0.0, 0.0)
    }
}

impl SpendAhead {
    /// The chance that `purchases` purchases together cost at most `money`.
    ///
    /// Their sum is gamma with shape p × purchases at a rate that is gamma(q, γ), so that sum/(γ + sum)
    /// is beta-distributed.
    pub fn total_at_most(&self, purchases: u32, money: f64) -> f64 {
        self.at_most(f64::from(purchases), money)
    }

    fn at_most(&self, purchases: f64, money: f64) -> f64 {
        if purchases <= 0.0 {
            return 1.0;
        }
        beta_inc(self.p * purchases, self.q, money / (self.gamma + money))
    }

    /// The interval that the spend of a customer lies in with chance `level`, where `purchases` says how likely
    /// every number of purchases is: the rates of buying and spending and both luck are in it.
    ///
    /// Shape: lower and upper end, by [`CountDistribution::shares`]; 0 where the chance of no purchase alone
    /// reaches that far.
    pub fn total_interval(&self, purchases: &CountDistribution, level: f64) -> (f64, f64) {
        let at_most = |money: f64| -> f64 {
            let classes = purchases.chances.iter().enumerate();
            classes.map(|(class, chance)| chance * self.at_most(purchases.number(class), money)).sum()
        };
        let whole: f64 = purchases.chances.iter().sum();
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
        let (low, high) = purchases.shares(level);
        (quantile(low), quantile(high))
    }

    /// Draws what `purchases` purchases cost together.
    pub fn draw_total(&self, purchases: u32, random: &mut ChaCha8Rng) -> f64 {
        if purchases == 0 {
            return 0.0;
        }
        let rate = gamma(self.q, self.gamma, random);
        gamma(self.p * f64::from(purchases), rate.max(1e-300), random)
    }
}

/// Whether a mean spend says something.
fn usable(x: f64, mean: f64) -> bool {
    x > 0.0 && mean > 0.0 && mean.is_finite() && x.is_finite()
}
