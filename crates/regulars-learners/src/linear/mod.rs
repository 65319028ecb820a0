//! Linear regression: ordinary least squares, and ridge, on standardised features.
//!
//! What is constant says nothing and is left out; what the features before it determine is left out by
//! least squares, so that coefficients stay finite and unique; missing values count as the mean. A note
//! says each. Deliberately not here: choosing features.

mod design;
mod fit;
mod solve;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use design::{Design, block_rows, combine};
pub(crate) use fit::{design_notes, fit};
pub(crate) use solve::Factor;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::contributions::Contributions;
use crate::features::Features;

/// A linear model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// The prediction for a customer with the mean of every feature.
    pub base: f64,
    /// How much the prediction rises with each feature, per unit of it; 0 for what was left out.
    pub coefficients: Vec<f64>,
    /// The mean of each feature; it also stands in for a missing value.
    pub means: Vec<f64>,
    /// The standard deviation of each feature (of the population); 0 for a constant.
    pub deviations: Vec<f64>,
    /// The ridge penalty that was used; 0 is least squares.
    pub penalty: f64,
}

impl Linear {
    /// The prediction for a customer with 0 in every feature.
    pub fn intercept(&self) -> f64 {
        self.base - self.coefficients.iter().zip(&self.means).map(|(by, mean)| by * mean).sum::<f64>()
    }

    /// How far a value is from the mean; a missing one is there.
    fn distance_from_mean(&self, number: usize, value: f64) -> f64 {
        if value.is_nan() { 0.0 } else { value - self.means[number] }
    }

    pub(crate) fn predict(&self, features: &Features) -> Vec<f64> {
        (0..features.rows())
            .into_par_iter()
            .with_min_len(4096)
            .map(|row| {
                self.coefficients.iter().enumerate().fold(self.base, |sum, (number, by)| {
                    sum + by * self.distance_from_mean(number, features.column(number)[row])
                })
            })
            .collect()
    }

    pub(crate) fn contributions(&self, features: &Features) -> Contributions {
        let width = features.width();
        let mut values = vec![0.0; features.rows() * width];
        for (number, by) in self.coefficients.iter().enumerate() {
            for (row, value) in features.column(number).iter().enumerate() {
                values[row * width + number] = by * self.distance_from_mean(number, *value);
            }
        }
        Contributions { width, values, base: self.base, log: false }
    }
}
