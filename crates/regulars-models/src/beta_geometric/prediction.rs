//! Predictions for one customer of a model with dropout at a purchase.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution};
use regulars_stats::quadrature::integrate;
use regulars_stats::special::{beta_inc, hypergeometric_2f1};

use super::likelihood::{LikelihoodTerms, likelihood_terms};
use super::{BetaGeometricParams, Variant};
use crate::lifetime::counts::{at_least, event_counts};
use crate::lifetime::patterns::History;
use crate::lifetime::prediction::{CustomerForecast, NextPurchase, median_time, quick_median_time};
use crate::nbd::{gamma, poisson};

/// P(alive), and given that the customer is alive, the distributions of the purchase rate and of the
/// dropout probability.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BetaGeometricForecast {
    /// P(alive).
    pub(super) alive: f64,
    /// Shape of the gamma distribution of the stage rate, before the stages since the last purchase.
    pub(super) shape: f64,
    /// Rate of that distribution, in time units.
    pub(super) rate: f64,
    /// First parameter of the beta distribution of dropout probabilities.
    pub(super) a: f64,
    /// Second parameter.
    pub(super) b: f64,
    /// Stages per purchase.
    pub(super) k: u32,
    /// Probabilities of 0, 1, …, k−1 stages since the last purchase; empty for k = 1.
    pub(super) stages: Vec<f64>,
}

/// The closed form of the expectation loses precision above this `a`; the sum over counts does not.
const LARGE_A: f64 = 30.0;

impl BetaGeometricForecast {
    /// Conditions on a history.
    pub(super) fn after(params: &BetaGeometricParams, variant: Variant, history: &History) -> Self {
        let LikelihoodTerms { ln_here, ln_left } = likelihood_terms(params, variant, history);
        let steps = f64::from(variant.k) * f64::from(history.x);
        let shape = params.r + steps;
        let rate = params.alpha + history.t;
        Self {
            alive: 1.0 / (1.0 + (ln_left - ln_here).exp()),
            shape,
            rate,
            a: params.a,
            b: params.b + variant.dropout_opportunities(history.x),
            k: variant.k,
            stages: stages(shape, (history.t - history.t_x) / rate, variant.k),
        }
    }

    /// Distribution for a new customer, just after the first purchase.
    pub(super) fn for_new_customer(params: &BetaGeometricParams, variant: Variant) -> Self {
        let opportunities = variant.dropout_opportunities(0);
        Self {
            alive: if opportunities > 0.0 { params.b / (params.a + params.b) } else { 1.0 },
            shape: params.r,
            rate: params.alpha,
            a: params.a,
            b: params.b + opportunities,
            k: variant.k,
            stages: stages(params.r, 0.0, variant.k),
        }
    }

    /// E[(1 − e^−λpt)/p] over the gamma distribution of λ and the beta distribution of p.
    ///
    /// Source: Fader, Hardie & Lee (2005), eq. 10, after Euler's transformation, with its 1/(a−1)
    /// multiplied out so that a = 1 is no special case.
    fn expected_closed(&self, t: f64) -> f64 {
        let below = self.a - 1.0;
        let c = self.a + self.b - 1.0;
        let z = t / (self.rate + t);
        let length = (t / self.rate).ln_1p();
        if z > 0.9 && below.abs() > 1e-3 {
            let value = hypergeometric_2f1(c - self.shape, below, c, z);
            return c / below * (1.0 - (-below * length).exp() * value);
        }
        let grown = if (below * length).abs() < 1e-12 { length } else { -(-below * length).exp_m1() / below };
        let mut term = (c - self.shape) / c;
        let mut sum = term;
        for number in 1..200_000 {
            let n = f64::from(number);
            term *= (c - self.shape + n) * (below + n) / ((c + n) * (n + 1.0)) * z;
            sum += term;
            if term.abs() <= 1e-17 * sum.abs() {
                break;
            }
        }
        c * (grown - (-below * length).exp() * z * sum)
    }

    /// The same as a sum over purchase opportunities: all terms are positive, for any k.
    fn expected_sum(&self, t: f64) -> f64 {
        let mut total = 0.0;
        for (stage, weight) in self.stage_weights() {
            let counts = event_counts(self.shape + f64::from(stage), self.rate, t, 0);
            // Expected purchases for this many opportunities, updated by one per step.
            let (mut stays, mut expected, mut opportunities) = (1.0, 0.0, 0.0);
            let mut passed = stage;
            let mut sum = 0.0;
            for (n, count) in counts.iter().enumerate() {
                if n > 0 {
                    passed += 1;
                    if passed == self.k {
                        passed = 0;
                        expected += stays;
                        stays *= (self.b + opportunities) / (self.a + self.b + opportunities);
                        opportunities += 1.0;
                    }
                }
                sum += count * expected;
            }
            total += weight * sum;
        }
        total
    }

    /// Every stage a customer can be in, with its probability.
    fn stage_weights(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        (0..self.k).map(|stage| (stage, self.stages.get(stage as usize).copied().unwrap_or(1.0)))
    }
}

impl CustomerForecast for BetaGeometricForecast {
    fn p_alive(&self) -> f64 {
        self.alive
    }

    fn expected_purchases(&self, t: f64) -> f64 {
        let c = self.a + self.b - 1.0;
        // Where purchase rates hardly vary (a large r), the terms of the series alternate in sign.
        let one_sign = (self.shape - c) * t < 3.0 * (self.rate + t);
        self.alive
            * if self.k == 1 && self.a <= LARGE_A && c > 0.5 && one_sign {
                self.expected_closed(t)
            } else {
                self.expected_sum(t)
            }
    }

    fn p_any_purchase(&self, t: f64) -> f64 {
        if self.k == 1 {
            return self.alive * -(-self.shape * (t / self.rate).ln_1p()).exp_m1();
        }
        // The probability of enough stages for one more purchase: a negative binomial tail.
        let q = t / (self.rate + t);
        let any: f64 = self
            .stage_weights()
            .map(|(stage, weight)| {
                weight * beta_inc(f64::from(self.k - stage), self.shape + f64::from(stage), q)
            })
            .sum();
        self.alive * any.min(1.0)
    }

    fn purchase_counts(&self, t: f64, most: usize) -> Vec<f64> {
        // Purchase opportunities: complete runs of k stages.
        let mut opportunities = vec![0.0; most + 2];
        let mut more = vec![0.0; most + 2];
        for (stage, weight) in self.stage_weights() {
            let k = self.k as usize;
            let counts = event_counts(self.shape + f64::from(stage), self.rate, t, k * (most + 2));
            let tails = at_least(&counts);
            for n in 0..=most {
                let from = (n * k).saturating_sub(stage as usize);
                let to = (n + 1) * k - stage as usize;
                let of_run = counts.get(from..to.min(counts.len())).unwrap_or_default();
                opportunities[n] += weight * of_run.iter().sum::<f64>();
                more[n] += weight * tails.get(from).copied().unwrap_or(0.0);
            }
        }
        let mut stays = 1.0;
        let mut probabilities = Vec::with_capacity(most + 1);
        for n in 0..=most {
            let leaves = if n == 0 {
                0.0
            } else {
                let total = self.a + self.b + n as f64 - 1.0;
                let leaves = stays * self.a / total;
                stays *= (self.b + n as f64 - 1.0) / total;
                leaves
            };
            probabilities.push(self.alive * (stays * opportunities[n] + leaves * more[n]));
        }
        probabilities[0] += 1.0 - self.alive;
        probabilities
    }

    fn discounted_purchases(&self, rate: f64) -> f64 {
        // By parts: ∫ e^−δu dE(u) = δ ∫ e^−δu E(u) du.
        let length = (45.0 / (rate * self.rate)).ln_1p();
        let panels = (length / 1.5).ceil() as usize;
        rate * integrate(0.0, length, panels, |w| {
            let u = self.rate * w.exp_m1();
            (-rate * u).exp() * self.expected_purchases(u) * (self.rate + u)
        })
    }

    fn next_purchase(&self) -> NextPurchase {
        let median = if self.k == 1 {
            self.rate * (std::f64::consts::LN_2 / self.shape).exp_m1().min(1e300 / self.rate)
        } else {
            median_time(self.rate / self.shape.max(1.0), self.alive, |t| self.p_any_purchase(t))
        };
        let mean = (self.shape > 1.0).then(|| {
            self.stage_weights()
                .map(|(stage, weight)| {
                    weight * f64::from(self.k - stage) * self.rate / (self.shape + f64::from(stage) - 1.0)
                })
                .sum()
        });
        NextPurchase { probability: self.alive, median, mean }
    }

    fn draw_purchases(&self, t: f64, random: &mut ChaCha8Rng) -> u32 {
        if random.random::<f64>() >= self.alive {
            return 0;
        }
        let mut stage = 0;
        let mut left = random.random::<f64>();
        for (number, weight) in self.stage_weights() {
            stage = number;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        let events = poisson(gamma(self.shape + f64::from(stage), self.rate, random) * t, random);
        let opportunities = events.saturating_add(stage) / self.k;
        opportunities.min(purchases_until_dropout(self.a, self.b, random))
    }

    fn given_alive(&self) -> Box<dyn CustomerForecast> {
        Box::new(Self { alive: 1.0, ..self.clone() })
    }

    fn median_next_purchase(&self) -> f64 {
        if self.k == 1 {
            return self.next_purchase().median.min(f64::MAX);
        }
        // The customer is alive, so the probability of ever buying again is 1.
        let there = Self { alive: 1.0, ..self.clone() };
        let start = self.rate * f64::from(self.k) / self.shape.max(0.1);
        quick_median_time(start, 0.5, |t| there.p_any_purchase(t))
    }
}

/// Draws the number of purchases until dropout, without a time limit.
pub(super) fn purchases_until_dropout(a: f64, b: f64, random: &mut ChaCha8Rng) -> u32 {
    let leaves = Beta::new(a, b).map_or(0.0, |distribution| distribution.sample(random));
    let uniform = 1.0 - random.random::<f64>();
    let purchases = 1.0 + (uniform.ln() / (-leaves).ln_1p()).floor();
    if purchases.is_finite() { purchases.min(f64::from(u32::MAX)) as u32 } else { u32::MAX }
}

/// Probabilities of the stages since the last purchase; `u` is the time since the last purchase divided by
/// α + T.
fn stages(shape: f64, u: f64, k: u32) -> Vec<f64> {
    if k == 1 {
        return Vec::new();
    }
    let mut weights = vec![1.0];
    for j in 1..k {
        let before = f64::from(j - 1);
        weights.push(weights[weights.len() - 1] * (shape + before) / f64::from(j) * u);
    }
    let total: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= total;
    }
    weights
}
