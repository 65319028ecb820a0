//! Blends several forecasts into a weighted sum with non-negative weights, fitted on actual values.
//!
//! The weights must be fitted on customers and periods that none of the forecasts was trained on, and the
//! blend must be tested on customers that its weights were not fitted on: see [`cross_fitted`].
//!
//! Deliberately not here: making the forecasts.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::folds::Folds;

/// Weights of the blended forecasts, all non-negative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// One weight per forecast.
    pub weights: Vec<f64>,
}

impl Blend {
    /// Fits the weights by non-negative least squares; they need not add up to 1.
    ///
    /// Errors: [`Error::NoRows`], [`Error::NoFeatures`] without a forecast, [`Error::ColumnLength`],
    /// [`Error::Target`] for values that are not finite.
    /// Source: Lawson & Hanson (1974), chapter 23, applied to the cross-products.
    pub fn fit(forecasts: &[&[f64]], actual: &[f64]) -> Result<Self, Error> {
        check(forecasts, actual)?;
        let rows: Vec<usize> = (0..actual.len()).collect();
        Ok(Self { weights: of_rows(forecasts, actual, &rows) })
    }

    /// Returns the blended forecast.
    ///
    /// Errors: [`Error::ColumnLength`] if the number of forecasts or customers differs.
    pub fn predict(&self, forecasts: &[&[f64]]) -> Result<Vec<f64>, Error> {
        if forecasts.len() != self.weights.len() {
            let (expected, found) = (self.weights.len(), forecasts.len());
            return Err(Error::ColumnLength { name: "blended forecasts".into(), expected, found });
        }
        let rows = forecasts.first().map_or(0, |forecast| forecast.len());
        lengths(forecasts, rows)?;
        Ok((0..rows).map(|row| weighted(&self.weights, forecasts, row)).collect())
    }
}

/// Predicts each customer with weights fitted on the other folds, to test a blend out of sample.
///
/// Errors: those of [`Blend::fit`]; [`Error::ColumnLength`] if the folds cover other customers.
pub fn cross_fitted(forecasts: &[&[f64]], actual: &[f64], folds: &Folds) -> Result<Vec<f64>, Error> {
    check(forecasts, actual)?;
    if folds.of_row.len() != actual.len() {
        let (expected, found) = (actual.len(), folds.of_row.len());
        return Err(Error::ColumnLength { name: "folds".into(), expected, found });
    }
    let mut blended = vec![0.0; actual.len()];
    for fold in 0..folds.count {
        let (held, rest) = folds.split(fold);
        let weights = of_rows(forecasts, actual, &rest);
        for row in held {
            blended[row] = weighted(&weights, forecasts, row);
        }
    }
    Ok(blended)
}

fn weighted(weights: &[f64], forecasts: &[&[f64]], row: usize) -> f64 {
    weights.iter().zip(forecasts).map(|(weight, forecast)| weight * forecast[row]).sum()
}

fn check(forecasts: &[&[f64]], actual: &[f64]) -> Result<(), Error> {
    if forecasts.is_empty() {
        return Err(Error::NoFeatures);
    }
    if actual.is_empty() {
        return Err(Error::NoRows);
    }
    lengths(forecasts, actual.len())?;
    for column in forecasts.iter().chain([&actual]) {
        if let Some(row) = column.iter().position(|value| !value.is_finite()) {
            return Err(Error::Target { row, value: column[row] });
        }
    }
    Ok(())
}

fn lengths(forecasts: &[&[f64]], expected: usize) -> Result<(), Error> {
    match forecasts.iter().find(|forecast| forecast.len() != expected) {
        Some(forecast) => {
            Err(Error::ColumnLength { name: "blended forecast".into(), expected, found: forecast.len() })
        }
        None => Ok(()),
    }
}

fn of_rows(forecasts: &[&[f64]], actual: &[f64], rows: &[usize]) -> Vec<f64> {
    let width = forecasts.len();
    let dot = |a: &[f64], b: &[f64]| rows.iter().map(|row| a[*row] * b[*row]).sum::<f64>();
    // Scaled to unit length, so that the gradient tolerance means the same for every column.
    let scale: Vec<f64> =
        forecasts.iter().map(|f| dot(f, f).sqrt()).map(|s| if s > 0.0 { s } else { 1.0 }).collect();
    let size = dot(actual, actual).sqrt().max(f64::MIN_POSITIVE);
    let mut products = vec![vec![0.0; width]; width];
    for left in 0..width {
        for right in 0..=left {
            let product = dot(forecasts[left], forecasts[right]) / (scale[left] * scale[right]);
            products[left][right] = product;
            products[right][left] = product;
        }
    }
    let with_actual: Vec<f64> = (0..width).map(|i| dot(forecasts[i], actual) / (scale[i] * size)).collect();
    let found = non_negative(&products, &with_actual);
    found.iter().zip(&scale).map(|(weight, scale)| weight * size / scale).collect()
}

/// Solves non-negative least squares, given the cross-products of columns scaled to unit length.
fn non_negative(products: &[Vec<f64>], with_actual: &[f64]) -> Vec<f64> {
    let width = with_actual.len();
    let mut weights = vec![0.0; width];
    let mut free: Vec<usize> = Vec::new();
    // Every round lowers the error, so no set of free weights repeats.
    for _ in 0..10 * width + 10 {
        let slope = |i: usize| with_actual[i] - (0..width).map(|j| products[i][j] * weights[j]).sum::<f64>();
        let candidate = (0..width)
            .filter(|i| !free.contains(i))
            .map(|i| (i, slope(i)))
            .filter(|(_, slope)| *slope > 1e-10)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((entering, _)) = candidate else { break };
        free.push(entering);
        free.sort_unstable();
        while let Some(target) = solve(products, with_actual, &free) {
            if target.iter().all(|value| *value > 0.0) {
                weights = vec![0.0; width];
                for (i, value) in free.iter().zip(target) {
                    weights[*i] = value;
                }
                break;
            }
            // Move towards the solution until the first weight reaches 0.
            let step = free
                .iter()
                .zip(&target)
                .filter(|(_, value)| **value <= 0.0)
                .map(|(i, value)| weights[*i] / (weights[*i] - value))
                .fold(1.0, f64::min);
            for (i, value) in free.iter().zip(&target) {
                weights[*i] += step * (value - weights[*i]);
            }
            free.retain(|i| weights[*i] > 1e-14);
            for (i, weight) in weights.iter_mut().enumerate() {
                if !free.contains(&i) {
                    *weight = 0.0;
                }
            }
            if free.is_empty() {
                break;
            }
        }
    }
    weights
}

/// Solves least squares for the free columns; linearly dependent columns are dropped. None if no column is
/// free.
fn solve(products: &[Vec<f64>], with_actual: &[f64], free: &[usize]) -> Option<Vec<f64>> {
    if free.is_empty() {
        return None;
    }
    let lower: Vec<f64> =
        free.iter().enumerate().flat_map(|(n, i)| free[..=n].iter().map(|j| products[*i][*j])).collect();
    let right: Vec<f64> = free.iter().map(|i| with_actual[*i]).collect();
    Some(crate::linear::Factor::new(&lower, free.len(), 1e-12).solve(&right))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fitted(forecasts: &[Vec<f64>], actual: &[f64]) -> Vec<f64> {
        Blend::fit(&forecasts.iter().map(Vec::as_slice).collect::<Vec<_>>(), actual).unwrap().weights
    }

    #[test]
    fn weights_are_those_of_scipy() {
        let text = include_str!("../../../fixtures/golden/learners/blend.json");
        let cases: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 4);
        for case in &cases {
            let list = |value: &serde_json::Value| -> Vec<f64> {
                value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
            };
            let forecasts: Vec<Vec<f64>> = case["forecasts"].as_array().unwrap().iter().map(list).collect();
            let found = fitted(&forecasts, &list(&case["actual"]));
            for (found, expected) in found.iter().zip(list(&case["weights"])) {
                assert!((found - expected).abs() < 1e-8, "{}: {found} is not {expected}", case["name"]);
            }
        }
    }

    #[test]
    fn forecasts_that_are_no_help_weigh_nothing() {
        let actual = [1.0, 2.0, 3.0, 4.0];
        let against = vec![-1.0, -2.0, -3.0, -4.0];
        assert!(fitted(&[against.clone(), actual.to_vec()], &actual)[0].abs() < 1e-300);
        assert_eq!(fitted(&[against], &actual), [0.0]);
        assert_eq!(fitted(&[vec![0.0; 4]], &actual), [0.0]);
        assert_eq!(fitted(&[actual.to_vec()], &[0.0; 4]), [0.0]);
        // A duplicated forecast gets its weight only once.
        let twice: f64 = fitted(&[actual.to_vec(), actual.to_vec()], &actual).iter().sum();
        assert!((twice - 1.0).abs() < 1e-9);
    }

    #[test]
    fn columns_that_cannot_be_blended_are_refused() {
        assert_eq!(Blend::fit(&[], &[1.0]), Err(Error::NoFeatures));
        assert_eq!(Blend::fit(&[&[]], &[]), Err(Error::NoRows));
        assert!(matches!(Blend::fit(&[&[1.0]], &[1.0, 2.0]), Err(Error::ColumnLength { .. })));
        assert!(matches!(Blend::fit(&[&[f64::NAN]], &[1.0]), Err(Error::Target { .. })));
        let blend = Blend { weights: vec![1.0] };
        assert!(matches!(blend.predict(&[&[1.0], &[1.0]]), Err(Error::ColumnLength { .. })));
    }

    proptest! {
        #[test]
        fn no_other_weights_are_better(
            rows in prop::collection::vec(prop::array::uniform4(-5.0_f64..5.0), 8..30),
            other in prop::array::uniform3(0.0_f64..2.0),
        ) {
            let column = |i: usize| -> Vec<f64> { rows.iter().map(|row| row[i]).collect() };
            let forecasts = [column(0), column(1), column(2)];
            let actual = column(3);
            let found = fitted(&forecasts, &actual);
            prop_assert!(found.iter().all(|weight| *weight >= 0.0));
            let error = |weights: &[f64]| -> f64 {
                let sum = |row: &[f64; 4]| weights.iter().zip(row).map(|(w, v)| w * v).sum::<f64>();
                rows.iter().map(|row| (sum(row) - row[3]).powi(2)).sum()
            };
            prop_assert!(error(&found) <= error(&other) + 1e-6);
        }

        #[test]
        fn cross_fitted_weights_do_not_see_their_customers(
            rows in prop::collection::vec((0.0_f64..5.0, 0.0_f64..5.0), 10..30),
            poison in 0_usize..10,
        ) {
            let forecast: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let mut actual: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let folds = Folds::new(rows.len(), 5, 3).unwrap();
            let before = cross_fitted(&[&forecast], &actual, &folds).unwrap();
            actual[poison] = 1e9;
            let after = cross_fitted(&[&forecast], &actual, &folds).unwrap();
            prop_assert!(before[poison].to_bits() == after[poison].to_bits());
        }
    }
}
