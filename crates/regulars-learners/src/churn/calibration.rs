//! Calibrates model scores into probabilities.
//!
//! Deliberately not here: choosing the calibration customers, which the model must not have seen.

use regulars_stats::isotonic::Isotonic;
use serde::{Deserialize, Serialize};

use super::{log_odds, sigmoid};
use crate::error::Error;

/// With fewer customers in either class, calibration does more harm than good.
pub(super) const MIN_CUSTOMERS: usize = 20;

/// How probabilities are calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Platt scaling, two parameters: for few customers.
    Platt,
    /// Isotonic regression: for many customers.
    Isotonic,
}

/// Maps model log-odds to calibrated probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// The model's own probabilities, unchanged.
    None,
    /// Platt scaling: a linear function of the log-odds.
    Platt {
        /// Slope.
        #[serde(alias = "stretch")]
        slope: f64,
        /// Intercept.
        #[serde(alias = "shift")]
        intercept: f64,
    },
    /// Isotonic regression of the probability on the log-odds, linearly interpolated.
    Isotonic {
        /// Log-odds of the knots, ascending.
        at: Vec<f64>,
        /// Probability at each knot.
        #[serde(alias = "chance")]
        probability: Vec<f64>,
    },
}

impl Calibration {
    /// Fits a calibration to log-odds from a model and the observed outcome (0 or 1).
    ///
    /// Errors: [`Error::Measure`] for columns of different lengths.
    /// Source: Platt (1999), with his targets shrunk away from 0 and 1; Zadrozny & Elkan (2002).
    pub fn fit(method: Method, predicted: &[f64], observed: &[f64]) -> Result<Self, Error> {
        match method {
            Method::Platt => Ok(platt(predicted, observed)),
            Method::Isotonic => {
                let fitted = Isotonic::fit(predicted, observed)?;
                // Keep away from 0 and 1: a finite sample cannot prove either.
                let least = 1.0 / (predicted.len() as f64 + 2.0);
                let probability =
                    fitted.y.into_iter().map(|probability| probability.clamp(least, 1.0 - least)).collect();
                Ok(Self::Isotonic { at: fitted.x, probability })
            }
        }
    }

    /// Returns the calibrated probability for these log-odds.
    pub fn probability(&self, predicted: f64) -> f64 {
        match self {
            Self::None => sigmoid(predicted),
            Self::Platt { slope, intercept } => sigmoid(slope * predicted + intercept),
            Self::Isotonic { at, probability } => value_between(at, probability, predicted).clamp(0.0, 1.0),
        }
    }
}

fn value_between(at: &[f64], value: &[f64], x: f64) -> f64 {
    let above = at.partition_point(|place| *place < x);
    if above == 0 || above == at.len() {
        return value[above.min(at.len() - 1)];
    }
    let part = (x - at[above - 1]) / (at[above] - at[above - 1]);
    value[above - 1] + part * (value[above] - value[above - 1])
}

/// Fits Platt scaling by maximum likelihood with Newton's method.
fn platt(predicted: &[f64], observed: &[f64]) -> Calibration {
    let yes = observed.iter().filter(|it| **it > 0.5).count() as f64;
    let no = observed.len() as f64 - yes;
    let (high, low) = ((yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0));
    let target = |it: f64| if it > 0.5 { high } else { low };
    let loss = |slope: f64, intercept: f64| -> f64 {
        let of_one = |(predicted, it): (&f64, &f64)| {
            let odds = slope * predicted + intercept;
            odds.max(0.0) + (-odds.abs()).exp().ln_1p() - target(*it) * odds
        };
        predicted.iter().zip(observed).map(of_one).sum()
    };
    let (mut slope, mut intercept) = (0.0, log_odds((yes + 1.0) / (yes + no + 2.0)));
    let mut at = loss(slope, intercept);
    for _ in 0..100 {
        let mut sums = [0.0; 5];
        for (predicted, it) in predicted.iter().zip(observed) {
            let probability = sigmoid(slope * predicted + intercept);
            let (off, weight) = (target(*it) - probability, (probability * (1.0 - probability)).max(1e-12));
            for (sum, value) in sums.iter_mut().zip([
                off * predicted,
                off,
                weight * predicted * predicted,
                weight * predicted,
                weight,
            ]) {
                *sum += value;
            }
        }
        let [slope_a, slope_b, aa, ab, bb] = sums;
        let determinant = aa * bb - ab * ab + 1e-12 * bb;
        let step = [(bb * slope_a - ab * slope_b) / determinant, (aa * slope_b - ab * slope_a) / determinant];
        let mut by = 1.0;
        while by > 1e-6 && loss(slope + by * step[0], intercept + by * step[1]) > at + 1e-12 * at.abs() {
            by *= 0.5;
        }
        slope += by * step[0];
        intercept += by * step[1];
        at = loss(slope, intercept);
        if (step[0] * slope_a + step[1] * slope_b).abs() < 1e-18 * predicted.len() as f64 {
            break;
        }
    }
    Calibration::Platt { slope, intercept }
}
