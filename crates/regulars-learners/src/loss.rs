//! Losses and link functions of the tree libraries.
//!
//! Deliberately not here: gradients, which are the libraries' own.

use serde::{Deserialize, Serialize};

/// A loss that both libraries support.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Loss {
    Squared,
    /// Tweedie deviance with this variance power.
    Tweedie(f64),
    /// For positive amounts.
    Gamma,
    /// For 0/1 targets.
    Binary,
}

impl Loss {
    /// The prediction, from the sum of the trees.
    pub(crate) fn of_sum(self, sum: f64) -> f64 {
        match self {
            Self::Squared => sum,
            Self::Tweedie(_) | Self::Gamma => sum.exp(),
            Self::Binary => 1.0 / (1.0 + (-sum).exp()),
        }
    }

    /// Link function: from a prediction to the scale on which trees add up.
    #[cfg(test)]
    pub(crate) fn link(self, prediction: f64) -> f64 {
        match self {
            Self::Squared => prediction,
            Self::Tweedie(_) | Self::Gamma => prediction.ln(),
            Self::Binary => (prediction / (1.0 - prediction)).ln(),
        }
    }

    /// Weighted mean loss, up to a constant that does not depend on the predictions.
    pub(crate) fn mean(self, actual: &[f64], predicted: &[f64], weight: Option<&[f64]>) -> f64 {
        let of_one = |(actual, predicted): (&f64, &f64)| match self {
            Self::Squared => (actual - predicted) * (actual - predicted),
            Self::Tweedie(power) => {
                let log = predicted.max(1e-12).ln();
                (log * (2.0 - power)).exp() / (2.0 - power)
                    - actual * (log * (1.0 - power)).exp() / (1.0 - power)
            }
            Self::Gamma => {
                let predicted = predicted.max(1e-12);
                actual / predicted + predicted.ln()
            }
            Self::Binary => {
                let chance = predicted.clamp(1e-15, 1.0 - 1e-15);
                -(actual * chance.ln() + (1.0 - actual) * (-chance).ln_1p())
            }
        };
        let losses = actual.iter().zip(predicted).map(of_one);
        match weight {
            None => losses.sum::<f64>() / actual.len() as f64,
            Some(weight) => {
                losses.zip(weight).map(|(loss, weight)| loss * weight).sum::<f64>()
                    / weight.iter().sum::<f64>()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_least_at_the_mean() {
        let actual = [1.0, 0.0, 1.0, 1.0];
        let positive = [1.0, 2.0, 4.0, 1.0];
        for (loss, actual) in [
            (Loss::Squared, actual),
            (Loss::Binary, actual),
            (Loss::Tweedie(1.5), [3.0, 0.0, 9.0, 0.0]),
            (Loss::Gamma, positive),
        ] {
            let mean = actual.iter().sum::<f64>() / 4.0;
            let at = |value: f64| loss.mean(&actual, &[value; 4], None);
            assert!(at(mean) < at(mean * 1.01) && at(mean) < at(mean * 0.99), "{loss:?}");
        }
        assert!((Loss::Binary.link(0.5)).abs() < 1e-15);
        assert!((Loss::Gamma.link(1.0)).abs() < 1e-15);
    }
}
