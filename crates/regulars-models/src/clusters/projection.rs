//! Principal component projection of the prepared features, for the scatter plot.

// Indices follow the formulas.
#![allow(clippy::needless_range_loop, clippy::many_single_char_names)]

use regulars_stats::clusters::Rows;
use serde::{Deserialize, Serialize};

use super::error::Error;

/// First two principal components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Mean of each prepared feature.
    pub middle: Vec<f64>,
    /// Loadings of the two components, one value per feature; the largest in magnitude is positive. With a
    /// single feature the second component is zero.
    pub components: [Vec<f64>; 2],
    /// Share of the variance explained by each component.
    pub explained: [f64; 2],
}

impl Projection {
    /// Fits the components.
    ///
    /// Errors: [`Error::Measure`] for a value that is not finite.
    pub fn fit(rows: Rows<'_>) -> Result<Self, Error> {
        rows.check_finite()?;
        let axes = principal_axes(rows);
        let total: f64 = axes.variances.iter().sum();
        let component = |at: usize| axes.directions.get(at).cloned().unwrap_or(vec![0.0; rows.width()]);
        let share = |at: usize| match axes.variances.get(at) {
            Some(variance) if total > 0.0 => variance / total,
            _ => 0.0,
        };
        Ok(Self {
            components: [component(0), component(1)],
            explained: [share(0), share(1)],
            middle: axes.middle,
        })
    }

    /// Projects each row.
    ///
    /// Errors: [`Error::Width`] if the rows have other features.
    pub fn project(&self, rows: Rows<'_>) -> Result<Vec<[f64; 2]>, Error> {
        if rows.width() != self.middle.len() {
            return Err(Error::Width { expected: self.middle.len(), found: rows.width() });
        }
        let along = |row: &[f64], component: &[f64]| {
            row.iter().zip(&self.middle).zip(component).map(|((x, middle), c)| (x - middle) * c).sum()
        };
        Ok(rows
            .iter()
            .map(|row| [along(row, &self.components[0]), along(row, &self.components[1])])
            .collect())
    }
}

/// All principal axes, largest variance first.
pub(super) struct Axes {
    pub(super) middle: Vec<f64>,
    pub(super) variances: Vec<f64>,
    pub(super) directions: Vec<Vec<f64>>,
}

pub(super) fn principal_axes(rows: Rows<'_>) -> Axes {
    let (width, count) = (rows.width(), rows.len().max(1) as f64);
    let middle = rows.column_means();
    let mut covariance = vec![vec![0.0; width]; width];
    let mut moved = vec![0.0; width];
    for row in &rows {
        for ((moved, value), middle) in moved.iter_mut().zip(row).zip(&middle) {
            *moved = value - middle;
        }
        for (a, line) in covariance.iter_mut().enumerate() {
            for (cell, b) in line[..=a].iter_mut().zip(&moved) {
                *cell += moved[a] * b;
            }
        }
    }
    for a in 0..width {
        for b in 0..=a {
            covariance[a][b] /= count;
            covariance[b][a] = covariance[a][b];
        }
    }
    let (variances, directions) = eigen(covariance);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| variances[*b].total_cmp(&variances[*a]).then(a.cmp(b)));
    let directions = order
        .iter()
        .map(|at| {
            let direction = &directions[*at];
            let largest =
                direction.iter().fold(0.0_f64, |most, v| if v.abs() > most.abs() + 1e-9 { *v } else { most });
            direction.iter().map(|v| v * largest.signum()).collect()
        })
        .collect();
    Axes { middle, variances: order.iter().map(|at| variances[*at].max(0.0)).collect(), directions }
}

/// Eigenvalues and eigenvectors of a symmetric matrix, by cyclic Jacobi rotations.
///
/// Source: Golub & Van Loan, *Matrix Computations*, algorithm 8.5.2, with the symmetric Schur
/// decomposition of each 2 by 2 part.
pub(super) fn eigen(mut matrix: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let width = matrix.len();
    let mut vectors: Vec<Vec<f64>> =
        (0..width).map(|a| (0..width).map(|b| f64::from(u8::from(a == b))).collect()).collect();
    let scale: f64 = matrix.iter().flatten().map(|v| v * v).sum();
    for _ in 0..100 {
        let off: f64 =
            (0..width).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| matrix[a][b].powi(2)).sum();
        if off <= 1e-28 * scale {
            break;
        }
        for p in 0..width {
            for q in p + 1..width {
                if matrix[p][q] == 0.0 {
                    continue;
                }
                let tau = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let t = tau.signum() / (tau.abs() + tau.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for line in &mut matrix {
                    let (a, b) = (line[p], line[q]);
                    (line[p], line[q]) = (c * a - s * b, s * a + c * b);
                }
                for at in 0..width {
                    let (a, b) = (matrix[p][at], matrix[q][at]);
                    (matrix[p][at], matrix[q][at]) = (c * a - s * b, s * a + c * b);
                }
                let (rows_p, rows_q) = vectors.split_at_mut(q);
                for (a, b) in rows_p[p].iter_mut().zip(&mut rows_q[0]) {
                    (*a, *b) = (c * *a - s * *b, s * *a + c * *b);
                }
            }
        }
    }
    ((0..width).map(|at| matrix[at][at]).collect(), vectors)
}
