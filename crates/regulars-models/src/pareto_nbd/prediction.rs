//! Predictions for one customer of the Pareto/NBD.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use regulars_stats::quadrature::integrate;

use super::ParetoNbdParams;
use super::likelihood::{left, logistic_and_softplus};
use crate::lifetime::counts::event_counts;
use crate::lifetime::patterns::History;
use crate::lifetime::prediction::{CustomerForecast, NextPurchase, median_time, quick_median_time};
use crate::nbd::{gamma, poisson};

/// P(alive), and given that the customer is alive, the gamma distributions of the purchase and dropout
/// rates.
///
/// Source: Fader & Hardie (2005, 2014), who integrate over both in closed form; here one integral over the
/// dropout time is left to quadrature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ParetoNbdForecast {
    /// P(alive).
    pub(super) alive: f64,
    /// Shape of the gamma distribution of purchase rates.
    pub(super) shape: f64,
    /// Rate of the gamma distribution of purchase rates, in time units.
    pub(super) rate: f64,
    /// Shape of the gamma distribution of dropout rates.
    pub(super) s: f64,
    /// Rate of the gamma distribution of dropout rates, in time units.
    pub(super) beta: f64,
}

/// Exponents at which an integrand drops below the last digit.
const NEGLIGIBLE: f64 = 45.0;

/// Counts above this are computed to five digits only.
const MANY_COUNTS: usize = 100_000;

impl ParetoNbdForecast {
    /// Conditions on a history.
    pub(super) fn after(params: &ParetoNbdParams, history: &History) -> Self {
        let shape = params.r + f64::from(history.x);
        let gone = left(params, shape, history.t_x, history.t);
        Self {
            alive: logistic_and_softplus(-gone.ln_odds).0,
            shape,
            rate: params.alpha + history.t,
            s: params.s,
            beta: params.beta + history.t,
        }
    }

    /// Density of the next purchase at `u` from now, with the customer still alive.
    fn density_of_next(&self, u: f64) -> f64 {
        self.shape / (self.rate + u)
            * (-self.shape * (u / self.rate).ln_1p() - self.s * (u / self.beta).ln_1p()).exp()
    }

    /// Integral over future time of a function that decays like [`Self::density_of_next`].
    fn over_time(&self, t: f64, f: impl Fn(f64) -> f64) -> f64 {
        let (small, large) = (self.rate.min(self.beta), self.rate.max(self.beta));
        // Both powers decay from the larger scale on; one power fewer, for the mean of the density.
        let fall = (self.shape + self.s - 1.0).max(0.05);
        let reach = (large * (NEGLIGIBLE / fall).exp_m1())
            .min(self.rate * (NEGLIGIBLE / self.shape).exp_m1())
            .min(self.beta * (NEGLIGIBLE / self.s).exp_m1())
            .max(small * 1e-3);
        let end = t.min(reach);
        let length = (end / small).ln_1p().min(600.0);
        // Decay of the integrand within that reach; if dropout is negligible, from purchases alone.
        let fall =
            self.shape * ((small + end) / self.rate).min(1.0) + self.s * ((small + end) / self.beta).min(1.0);
        let panels = (length / 3.0).max(length * fall / 12.0).ceil().max(1.0) as usize;
        integrate(0.0, length, panels, |w| {
            let u = small * w.exp_m1();
            f(u) * (small + u)
        })
    }
}

impl CustomerForecast for ParetoNbdForecast {
    fn p_alive(&self) -> f64 {
        self.alive
    }

    fn expected_purchases(&self, t: f64) -> f64 {
        // β (1 − (β/(β+t))^(s−1)) / (s−1), which is β ln((β+t)/β) at s = 1.
        let length = (t / self.beta).ln_1p();
        let exponent = (self.s - 1.0) * length;
        let time_here =
            self.beta * length * if exponent.abs() < 1e-12 { 1.0 } else { -(-exponent).exp_m1() / exponent };
        self.alive * self.shape / self.rate * time_here
    }

    fn p_any_purchase(&self, t: f64) -> f64 {
        let probability = self.over_time(t, |u| self.density_of_next(u));
        self.alive * probability.clamp(0.0, 1.0)
    }

    fn purchase_counts(&self, t: f64, most: usize) -> Vec<f64> {
        let stays = (-self.s * (t / self.beta).ln_1p()).exp();
        let mut probabilities = event_counts(self.shape, self.rate, t, most);
        probabilities.truncate(most + 1);
        for probability in &mut probabilities {
            *probability *= stays;
        }
        // Customers who drop out at u, with their purchases until then.
        let length = (t / self.beta.min(self.rate)).ln_1p();
        let panels = (length * (1.0 + 0.5 * self.shape.sqrt())).ceil().max(1.0) as usize;
        // Each node costs time proportional to the purchases: a quarter of the nodes gives five digits.
        let panels = if most > MANY_COUNTS { panels.div_ceil(4) } else { panels };
        let small = self.beta.min(self.rate);
        let weights = nodes(length, panels, |w| {
            let u = small * w.exp_m1();
            let leaves = self.s / (self.beta + u) * (-self.s * (u / self.beta).ln_1p()).exp();
            (u, leaves * (small + u))
        });
        for (u, weight) in weights {
            for (probability, count) in
                probabilities.iter_mut().zip(event_counts(self.shape, self.rate, u, 0))
            {
                *probability += weight * count;
            }
        }
        for probability in &mut probabilities {
            *probability *= self.alive;
        }
        probabilities[0] += 1.0 - self.alive;
        probabilities
    }

    fn discounted_purchases(&self, rate: f64) -> f64 {
        let reach = NEGLIGIBLE / rate;
        let length = (reach / self.beta).ln_1p();
        // e^(−δβ(e^w − 1)) falls within about one unit of w, wherever that is.
        let panels = (length / 1.5).ceil() as usize;
        let integral = integrate(0.0, length, panels, |w| {
            let u = self.beta * w.exp_m1();
            (-rate * u - (self.s - 1.0) * w).exp()
        });
        self.alive * self.shape / self.rate * self.beta * integral
    }

    fn next_purchase(&self) -> NextPurchase {
        let ever = self.over_time(f64::INFINITY, |u| self.density_of_next(u));
        let within = |t: f64| self.over_time(t, |u| self.density_of_next(u));
        let mean = (self.shape + self.s > 1.05)
            .then(|| self.over_time(f64::INFINITY, |u| u * self.density_of_next(u)) / ever);
        NextPurchase {
            probability: (self.alive * ever).clamp(0.0, 1.0),
            median: median_time(self.rate.min(self.beta) / self.shape.max(1.0), ever, within),
            mean,
        }
    }

    fn draw_purchases(&self, t: f64, random: &mut ChaCha8Rng) -> u32 {
        if random.random::<f64>() >= self.alive {
            return 0;
        }
        let leaving_rate = gamma(self.s, self.beta, random);
        let stay = -(1.0 - random.random::<f64>()).ln() / leaving_rate.max(1e-300);
        poisson(gamma(self.shape, self.rate, random) * stay.min(t), random)
    }

    fn given_alive(&self) -> Box<dyn CustomerForecast> {
        Box::new(Self { alive: 1.0, ..*self })
    }

    fn counts_while_alive(&self, t: f64, rest: f64) -> Option<Vec<f64>> {
        self.polynomial_counts(t, rest)
    }

    fn median_next_purchase(&self) -> f64 {
        let start = self.rate.min(self.beta) / self.shape.max(1.0);
        let there = Self { alive: 1.0, ..*self };
        let ever = there.p_any_purchase(f64::INFINITY);
        quick_median_time(start, 0.5 * ever, |t| there.p_any_purchase(t))
    }
}

/// Quadrature nodes and weights over `w` from 0 to `length`, mapped to a time and its weight.
fn nodes(length: f64, panels: usize, map: impl Fn(f64) -> (f64, f64)) -> Vec<(f64, f64)> {
    let rule = regulars_stats::quadrature::gauss_16();
    let width = length / panels as f64;
    (0..panels)
        .flat_map(|panel| {
            rule.nodes
                .iter()
                .zip(rule.weights)
                .map(move |(x, weight)| (width * (panel as f64 + x), weight * width))
        })
        .map(|(w, weight)| {
            let (u, density) = map(w);
            (u, density * weight)
        })
        .collect()
}
