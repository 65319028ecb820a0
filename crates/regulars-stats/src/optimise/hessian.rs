//! Hessian from gradients.

use super::{Matrix, ValueAndGradient};

/// Relative step of the differences: the cube root of the precision of `f64`.
const STEP: f64 = 6e-6;

/// Hessian at a point, by central differences of the gradient.
///
/// Shape: symmetric; non-finite values where the function is undefined near the point.
pub fn hessian(function: &dyn Fn(&[f64]) -> ValueAndGradient, at: &[f64]) -> Matrix {
    let size = at.len();
    let mut raw = Matrix::zeros(size);
    for column in 0..size {
        let step = STEP * at[column].abs().max(1.0);
        let mut point = at.to_vec();
        point[column] = at[column] + step;
        let above = function(&point).gradient;
        let up = point[column];
        point[column] = at[column] - step;
        let below = function(&point).gradient;
        let width = up - point[column];
        for row in 0..size {
            raw.set(row, column, (above[row] - below[row]) / width);
        }
    }
    let mut symmetric = Matrix::zeros(size);
    for row in 0..size {
        for column in 0..size {
            symmetric.set(row, column, 0.5 * (raw.get(row, column) + raw.get(column, row)));
        }
    }
    symmetric
}
