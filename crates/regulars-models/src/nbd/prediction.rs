//! Predictions for one customer of the NBD, without dropout.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, Poisson};

use super::NbdParams;
use crate::lifetime::counts::event_counts;
use crate::lifetime::patterns::History;
use crate::lifetime::prediction::{CustomerForecast, NextPurchase};

/// A gamma-distributed purchase rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NbdForecast {
    /// Shape of the gamma distribution.
    shape: f64,
    /// Rate of the gamma distribution, in time units.
    rate: f64,
}

impl NbdForecast {
    /// Conditions on a history.
    pub(super) fn after(params: &NbdParams, history: &History) -> Self {
        Self { shape: params.r + f64::from(history.x), rate: params.alpha + history.t }
    }
}

impl CustomerForecast for NbdForecast {
    fn p_alive(&self) -> f64 {
        1.0
    }

    fn expected_purchases(&self, t: f64) -> f64 {
        self.shape * t / self.rate
    }

    fn p_any_purchase(&self, t: f64) -> f64 {
        -(-self.shape * (t / self.rate).ln_1p()).exp_m1()
    }

    fn purchase_counts(&self, t: f64, most: usize) -> Vec<f64> {
        let mut probabilities = event_counts(self.shape, self.rate, t, most);
        probabilities.truncate(most + 1);
        probabilities
    }

    fn discounted_purchases(&self, rate: f64) -> f64 {
        self.shape / (self.rate * rate)
    }

    fn next_purchase(&self) -> NextPurchase {
        NextPurchase {
            probability: 1.0,
            median: self.rate * (std::f64::consts::LN_2 / self.shape).exp_m1().min(1e300 / self.rate),
            mean: (self.shape > 1.0).then(|| self.rate / (self.shape - 1.0)),
        }
    }

    fn draw_purchases(&self, t: f64, random: &mut ChaCha8Rng) -> u32 {
        poisson(gamma(self.shape, self.rate, random) * t, random)
    }

    fn given_alive(&self) -> Box<dyn CustomerForecast> {
        Box::new(*self)
    }
}

/// Draws a gamma variable; 0 if shape or rate is 0.
pub(crate) fn gamma(shape: f64, rate: f64, random: &mut ChaCha8Rng) -> f64 {
    Gamma::new(shape, 1.0 / rate).map_or(0.0, |distribution| distribution.sample(random))
}

/// Draws a Poisson variable; 0 if the mean is 0.
pub(crate) fn poisson(mean: f64, random: &mut ChaCha8Rng) -> u32 {
    Poisson::new(mean).map_or(0, |distribution| distribution.sample(random) as u32)
}
