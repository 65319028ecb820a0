//! Small square matrices, for up to a dozen parameters.

/// A square matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Number of rows and columns.
    pub size: usize,
    /// Values, row by row.
    pub values: Vec<f64>,
}

impl Matrix {
    /// A zero matrix.
    pub fn zeros(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    /// An identity matrix.
    pub fn identity(size: usize) -> Self {
        let mut matrix = Self::zeros(size);
        for i in 0..size {
            matrix.set(i, i, 1.0);
        }
        matrix
    }

    /// Value at a row and column.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    /// Sets the value at a row and column.
    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] = value;
    }

    /// Matrix-vector product.
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        self.values.chunks_exact(self.size).map(|row| dot(row, vector)).collect()
    }

    /// Lower Cholesky factor; none if the matrix is not positive definite.
    pub fn cholesky(&self) -> Option<Self> {
        let mut lower = Self::zeros(self.size);
        for i in 0..self.size {
            for j in 0..=i {
                let sum: f64 = (0..j).map(|k| lower.get(i, k) * lower.get(j, k)).sum();
                let rest = self.get(i, j) - sum;
                if i == j {
                    // Rounding leaves about this much for an exactly singular matrix.
                    if !(rest > 1e-14 * self.get(i, i).abs()) {
                        return None;
                    }
                    lower.set(i, i, rest.sqrt());
                } else {
                    lower.set(i, j, rest / lower.get(j, j));
                }
            }
        }
        Some(lower)
    }

    /// Inverse of a symmetric matrix; none if it is not positive definite.
    pub fn inverse(&self) -> Option<Self> {
        let lower = self.cholesky()?;
        let mut inverse = Self::zeros(self.size);
        for column in 0..self.size {
            let mut unit = vec![0.0; self.size];
            unit[column] = 1.0;
            for i in 0..self.size {
                let sum: f64 = (0..i).map(|k| lower.get(i, k) * unit[k]).sum();
                unit[i] = (unit[i] - sum) / lower.get(i, i);
            }
            for i in (0..self.size).rev() {
                let sum: f64 = (i + 1..self.size).map(|k| lower.get(k, i) * unit[k]).sum();
                unit[i] = (unit[i] - sum) / lower.get(i, i);
            }
            for (row, value) in unit.into_iter().enumerate() {
                inverse.set(row, column, value);
            }
        }
        Some(inverse)
    }
}

/// Dot product.
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}
