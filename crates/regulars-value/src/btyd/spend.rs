//! Spend per purchase: Gamma-Gamma, or one mean for all if it cannot be fitted.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regulars_models::gamma_gamma::{self, GammaGammaParams, Spend};
use regulars_models::lifetime::count_distribution::CountDistribution;
use regulars_models::lifetime::fit::FitSettings;
use regulars_stats::optimise::Matrix;
use regulars_stats::special::normal_quantile;
use serde::{Deserialize, Serialize};

/// A model of spend per purchase.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "spend", rename_all = "snake_case")]
pub(crate) enum SpendModel {
    /// Customers differ, and past spend is informative.
    GammaGamma(Box<gamma_gamma::FittedGammaGamma>),
    /// One mean for all, and why.
    OneMean {
        /// The mean of all purchases, in the currency's unit.
        mean: f64,
        /// Why Gamma-Gamma was not used.
        reason: String,
    },
}

impl SpendModel {
    /// Fits Gamma-Gamma to mean spends of repeat purchases; falls back to `mean_of_all`.
    pub(crate) fn fit(x: &[f64], mean: &[f64], mean_of_all: f64, settings: &FitSettings) -> Self {
        match gamma_gamma::fit(&Spend { x, mean }, settings) {
            Ok(fitted) => Self::GammaGamma(Box::new(fitted)),
            // An empty sum is −0.
            Err(error) => Self::OneMean { mean: mean_of_all.max(0.0) + 0.0, reason: error.to_string() },
        }
    }

    /// Expected spend per purchase.
    pub(crate) fn expected(&self, x: f64, mean: f64) -> f64 {
        match self {
            Self::GammaGamma(fitted) => fitted.expected_spend(x, mean),
            Self::OneMean { mean, .. } => *mean,
        }
    }

    /// Quantile `share` of the total spend of an uncertain number of purchases.
    pub(crate) fn quantile(&self, x: f64, mean: f64, purchases: &CountDistribution, share: f64) -> f64 {
        match self {
            Self::GammaGamma(fitted) => fitted.ahead(x, mean).total_quantile(purchases, share),
            Self::OneMean { mean, .. } => mean * purchases.quantile(share),
        }
    }

    /// The variance of that spend, and the part not explained by the mean of the purchases.
    pub(crate) fn variance(&self, x: f64, mean: f64, purchases: f64, purchases_variance: f64) -> f64 {
        let one = self.expected(x, mean);
        match self {
            Self::GammaGamma(fitted) => {
                let ahead = fitted.ahead(x, mean);
                // Beyond the pole of the second moment spend is practically unbounded; totals then rely on
                // the cap.
                let q = ahead.q.max(2.5);
                let square = purchases_variance + purchases * purchases;
                let scale = ahead.gamma / (q - 1.0);
                let of_customer = (ahead.p * scale).powi(2) / (q - 2.0);
                let of_purchase = ahead.p * scale * scale * (q - 1.0) / (q - 2.0);
                one * one * purchases_variance + square * of_customer + purchases * of_purchase
            }
            Self::OneMean { .. } => one * one * purchases_variance,
        }
    }

    /// Models with parameters drawn from their uncertainty.
    ///
    /// Shape: `draws` models; copies of this one if the uncertainty is unknown.
    pub(crate) fn draw(&self, draws: usize, seed: u64) -> Vec<Self> {
        let unmoved = || vec![self.clone(); draws];
        let Self::GammaGamma(fitted) = self else { return unmoved() };
        let covariance = &fitted.report.log_covariance;
        let matrix = Matrix { size: covariance.len(), values: covariance.concat() };
        let Some(lower) = (matrix.size == 3).then(|| matrix.cholesky()).flatten() else { return unmoved() };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..draws)
            .map(|_| {
                // Half a step from 0, where the quantile is infinite.
                let uniform = |random: &mut ChaCha8Rng| random.random::<f64>() + f64::EPSILON / 4.0;
                let normal: Vec<f64> = (0..3).map(|_| normal_quantile(uniform(&mut random))).collect();
                let step = lower.times(&normal);
                let GammaGammaParams { p, q, gamma } = fitted.params;
                let params = GammaGammaParams {
                    p: p * step[0].exp(),
                    q: q * step[1].exp(),
                    gamma: gamma * step[2].exp(),
                };
                Self::GammaGamma(Box::new(gamma_gamma::FittedGammaGamma { params, ..(**fitted).clone() }))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_repeat_spend_one_mean_serves() {
        let model = SpendModel::fit(&[0.0, 1.0], &[0.0, 0.0], 7.5, &FitSettings::default());
        assert!(
            matches!(&model, SpendModel::OneMean { reason, .. } if reason.contains("repeat purchases and spend"))
        );
        assert!((model.expected(1.0, 3.0) - 7.5).abs() < 1e-12);
        let purchases = CountDistribution::of(&[0.2, 0.5, 0.3]);
        assert!((model.quantile(0.0, 0.0, &purchases, 0.95) - 15.0).abs() < 1e-12);
        assert!((model.quantile(0.0, 0.0, &purchases, 0.05)).abs() < 1e-12);
        let nobody = SpendModel::fit(&[0.0], &[0.0], -0.0, &FitSettings::default());
        assert!(nobody.expected(0.0, 0.0).is_sign_positive());
    }
}
