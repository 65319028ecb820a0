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
            Self::GammaGamma(fitted) => fitted.spend_distribution(x, mean).total_quantile(purchases, share),
            Self::OneMean { mean, .. } => mean * purchases.quantile(share),
        }
    }

    /// The variance of that spend, and the part not explained by the mean of the purchases.
    pub(crate) fn variance(&self, x: f64, mean: f64, purchases: f64, purchases_variance: f64) -> f64 {
        let one = self.expected(x, mean);
        match self {
            Self::GammaGamma(fitted) => {
                let forecast = fitted.spend_distribution(x, mean);
                // Beyond the pole of the second moment spend is practically unbounded; totals then rely on
                // the cap.
                let q = forecast.q.max(2.5);
                let square = purchases_variance + purchases * purchases;
                let scale = forecast.gamma / (q - 1.0);
                let of_customer = (forecast.p * scale).powi(2) / (q - 2.0);
                let of_purchase = forecast.p * scale * scale * (q - 1.0) / (q - 2.0);
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

    use proptest::prelude::*;

    /// Customers with means around 20, more alike the more often they bought.
    fn gamma_gamma() -> SpendModel {
        let x: Vec<f64> = (0..200).map(|row| f64::from(row % 6)).collect();
        let usual = |row: u32| 8.0 + f64::from(row * 37 % 25);
        let p_purchase = |row: u32| (f64::from(row * 13 % 7) - 3.0) / 6.0;
        let mean: Vec<f64> = (0..200_u32)
            .map(|row| {
                if row % 6 == 0 {
                    0.0
                } else {
                    usual(row) * (1.0 + p_purchase(row) / f64::from(row % 6).sqrt())
                }
            })
            .collect();
        let model = SpendModel::fit(&x, &mean, 3.0, &FitSettings::default());
        assert!(matches!(model, SpendModel::GammaGamma(_)));
        model
    }

    fn params(model: &SpendModel) -> GammaGammaParams {
        let SpendModel::GammaGamma(fitted) = model else { panic!("fitted") };
        fitted.params
    }

    #[test]
    fn expected_spend_lies_between_the_own_mean_and_that_of_all() {
        let model = gamma_gamma();
        let of_new = model.expected(0.0, 0.0);
        let GammaGammaParams { p, q, gamma } = params(&model);
        assert!((of_new - p * gamma / (q - 1.0)).abs() < 1e-9);
        let mut before = of_new;
        for x in [1.0, 3.0, 10.0, 100.0] {
            let found = model.expected(x, 60.0);
            assert!((found - (gamma + 60.0 * x) * p / (q + p * x - 1.0)).abs() < 1e-9);
            assert!(before < found && found < 60.0, "{before} {found}");
            before = found;
        }
    }

    #[test]
    fn one_mean_varies_only_with_the_number_of_purchases() {
        let model = SpendModel::OneMean { mean: 4.0, reason: String::new() };
        assert!((model.variance(3.0, 100.0, 2.0, 1.5) - 24.0).abs() < 1e-12);
        assert!(model.variance(0.0, 0.0, 2.0, 0.0).abs() < 1e-12);
        assert_eq!(model.draw(3, 1).len(), 3);
        assert!(model.draw(3, 1).iter().all(|drawn| (drawn.expected(1.0, 9.0) - 4.0).abs() < 1e-12));
        assert!(model.draw(0, 1).is_empty());
    }

    #[test]
    fn variance_is_that_of_means_and_of_purchases() {
        let model = gamma_gamma();
        let GammaGammaParams { p, q, gamma } = params(&model);
        assert!(q > 2.5, "{q}");
        // A sure single purchase of a new customer: the variance of a gamma with a gamma-distributed rate.
        let one = model.variance(0.0, 0.0, 1.0, 0.0);
        let mean = p * gamma / (q - 1.0);
        let square = p * (p + 1.0) * gamma * gamma / ((q - 1.0) * (q - 2.0));
        assert!((one - (square - mean * mean)).abs() < 1e-6 * one, "{one} {}", square - mean * mean);
    }

    #[test]
    fn drawn_models_surround_the_fitted_one_and_follow_their_seed() {
        let model = gamma_gamma();
        let drawn = model.draw(400, 5);
        let mean = drawn.iter().map(|one| one.expected(2.0, 15.0)).sum::<f64>() / 400.0;
        assert!((mean / model.expected(2.0, 15.0) - 1.0).abs() < 0.02, "{mean}");
        let again = model.draw(400, 5);
        assert!(drawn.iter().zip(&again).all(|(a, b)| params(a) == params(b)));
        assert!(params(&drawn[0]) != params(&model.draw(1, 6)[0]));
        assert!(params(&drawn[0]) != params(&drawn[1]));
    }

    #[test]
    fn a_spend_model_survives_storage() {
        for model in [gamma_gamma(), SpendModel::OneMean { mean: 2.5, reason: "few".to_owned() }] {
            let text = serde_json::to_string(&model).expect("text");
            let again: SpendModel = serde_json::from_str(&text).expect("read");
            assert!((again.expected(2.0, 7.0) - model.expected(2.0, 7.0)).abs() < 1e-12);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn quantiles_of_total_spend_grow_with_their_share(x in 0_u32..8, mean in 1.0_f64..80.0) {
            let purchases = CountDistribution::of(&[0.3, 0.3, 0.2, 0.1, 0.1]);
            for model in [gamma_gamma(), SpendModel::OneMean { mean: 5.0, reason: String::new() }] {
                let of = |share: f64| model.quantile(f64::from(x), mean, &purchases, share);
                let all: Vec<f64> = [0.05, 0.25, 0.5, 0.75, 0.9, 0.99].into_iter().map(of).collect();
                prop_assert!(all.windows(2).all(|pair| pair[0] <= pair[1]), "{all:?}");
                // Three in ten buy nothing.
                prop_assert!(all[1].abs() < 1e-9 && all[2] > 0.0, "{all:?}");
            }
        }
    }
}
