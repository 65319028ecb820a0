//! Reference data without clusters, with the customers' spread in every direction.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use regulars_stats::clusters::Rows;

use super::projection::{Axes, principal_axes};

/// Kind of reference data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Normal distribution with the same covariance.
    Normal,
    /// Uniform box along the principal axes.
    Box,
}

/// Distribution that reference data are drawn from.
pub(super) struct Reference {
    axes: Axes,
    /// Smallest and largest value along each axis.
    ranges: Vec<(f64, f64)>,
}

impl Reference {
    pub(super) fn of(rows: Rows<'_>) -> Self {
        let axes = principal_axes(rows);
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); rows.width()];
        for row in &rows {
            for (range, direction) in ranges.iter_mut().zip(&axes.directions) {
                let along: f64 =
                    row.iter().zip(&axes.middle).zip(direction).map(|((x, m), d)| (x - m) * d).sum();
                *range = (range.0.min(along), range.1.max(along));
            }
        }
        Self { axes, ranges }
    }

    /// Draws rows, row-major.
    pub(super) fn draw(&self, shape: Shape, rows: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let width = self.axes.middle.len();
        let mut values = Vec::with_capacity(rows * width);
        for _ in 0..rows {
            let from = values.len();
            values.extend_from_slice(&self.axes.middle);
            for ((direction, variance), (low, high)) in
                self.axes.directions.iter().zip(&self.axes.variances).zip(&self.ranges)
            {
                let along = match shape {
                    Shape::Normal => variance.sqrt() * normal(rng),
                    Shape::Box => low + (high - low) * rng.random::<f64>(),
                };
                for (value, d) in values[from..].iter_mut().zip(direction) {
                    *value += along * d;
                }
            }
        }
        values
    }
}

/// Draws a standard normal number (Box & Muller 1958).
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}
