//! Linear regression on standardised features: ordinary least squares and ridge.
//!
//! Constant features are dropped; least squares also drops features that are linear combinations of
//! earlier ones, so that coefficients stay finite and unique; missing values are replaced by the mean. Each
//! case adds a note. Deliberately not here: feature selection.

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
    /// Intercept at the feature means: the prediction for a customer with the mean of every feature.
    pub base: f64,
    /// Coefficient per unit of each feature; 0 for dropped features.
    pub coefficients: Vec<f64>,
    /// Mean of each feature; it replaces missing values.
    pub means: Vec<f64>,
    /// Population standard deviation of each feature; 0 for a constant.
    pub deviations: Vec<f64>,
    /// Ridge penalty used; 0 is ordinary least squares.
    pub penalty: f64,
}

impl Linear {
    /// Intercept: the prediction for a customer with 0 in every feature.
    pub fn intercept(&self) -> f64 {
        self.base - self.coefficients.iter().zip(&self.means).map(|(by, mean)| by * mean).sum::<f64>()
    }

    /// Distance from the mean; 0 for a missing value.
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
