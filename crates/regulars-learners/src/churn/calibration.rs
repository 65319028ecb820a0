//! Calibrates model scores into probabilities.
//!
//! Deliberately not here: choosing the calibration customers, which the model must not have seen.

use regulars_stats::isotonic::Isotonic;
use serde::{Deserialize, Serialize};

use super::{chance_of, log_odds};
use crate::error::Error;

/// With fewer customers in either class, calibration does more harm than good.
pub(super) const FEWEST: usize = 20;

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
        stretch: f64,
        /// Intercept.
        shift: f64,
    },
    /// Isotonic regression of the probability on the log-odds, linearly interpolated.
    Isotonic {
        /// Log-odds of the knots, ascending.
        at: Vec<f64>,
        /// Probability at each knot.
        chance: Vec<f64>,
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
                let chance =
                    fitted.value.into_iter().map(|chance| chance.clamp(least, 1.0 - least)).collect();
                Ok(Self::Isotonic { at: fitted.at, chance })
            }
        }
    }

    /// Returns the calibrated probability for these log-odds.
    pub fn chance(&self, predicted: f64) -> f64 {
        match self {
            Self::None => chance_of(predicted),
            Self::Platt { stretch, shift } => chance_of(stretch * predicted + shift),
            Self::Isotonic { at, chance } => value_between(at, chance, predicted).clamp(0.0, 1.0),
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
    let loss = |stretch: f64, shift: f64| -> f64 {
        let of_one = |(predicted, it): (&f64, &f64)| {
            let odds = stretch * predicted + shift;
            odds.max(0.0) + (-odds.abs()).exp().ln_1p() - target(*it) * odds
        };
        predicted.iter().zip(observed).map(of_one).sum()
    };
    let (mut stretch, mut shift) = (0.0, log_odds((yes + 1.0) / (yes + no + 2.0)));
    let mut at = loss(stretch, shift);
    for _ in 0..100 {
        let mut sums = [0.0; 5];
        for (predicted, it) in predicted.iter().zip(observed) {
            let chance = chance_of(stretch * predicted + shift);
            let (off, weight) = (target(*it) - chance, (chance * (1.0 - chance)).max(1e-12));
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
        while by > 1e-6 && loss(stretch + by * step[0], shift + by * step[1]) > at + 1e-12 * at.abs() {
            by *= 0.5;
        }
        stretch += by * step[0];
        shift += by * step[1];
        at = loss(stretch, shift);
        if (step[0] * slope_a + step[1] * slope_b).abs() < 1e-18 * predicted.len() as f64 {
            break;
        }
    }
    Calibration::Platt { stretch, shift }
}
