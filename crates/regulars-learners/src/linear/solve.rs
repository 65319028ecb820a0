//! Cholesky factorisation that leaves out linearly dependent unknowns.

/// Cholesky factor of a positive semidefinite matrix, without the rows that are combinations of others.
pub(crate) struct Factor {
    /// Unknowns that are kept.
    kept: Vec<usize>,
    /// Rows of the triangle, of increasing length.
    rows: Vec<Vec<f64>>,
    size: usize,
}

impl Factor {
    /// Factors a matrix given by its lower triangle, row by row. An unknown is left out if less than
    /// `tolerance` of its variance remains after those before it.
    pub(crate) fn new(lower: &[f64], size: usize, tolerance: f64) -> Self {
        let at = |row: usize, column: usize| lower[row * (row + 1) / 2 + column];
        let mut kept: Vec<usize> = Vec::new();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for unknown in 0..size {
            let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
            for (number, before) in kept.iter().enumerate() {
                let known: f64 = row.iter().zip(&rows[number]).map(|(a, b)| a * b).sum();
                row.push((at(unknown, *before) - known) / rows[number][number]);
            }
            let left = at(unknown, unknown) - row.iter().map(|value| value * value).sum::<f64>();
            if left > tolerance * at(unknown, unknown) && left > 0.0 {
                row.push(left.sqrt());
                rows.push(row);
                kept.push(unknown);
            }
        }
        Self { kept, rows, size }
    }

    /// Unknowns that were left out.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.size).filter(|unknown| !self.kept.contains(unknown))
    }

    /// Solves for a right-hand side; unknowns that were left out are 0.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut found: Vec<f64> = Vec::with_capacity(self.kept.len());
        for (row, unknown) in self.rows.iter().zip(&self.kept) {
            let known: f64 = row.iter().zip(&found).map(|(a, b)| a * b).sum();
            found.push((right[*unknown] - known) / row[found.len()]);
        }
        for number in (0..found.len()).rev() {
            let known: f64 =
                (number + 1..found.len()).map(|below| self.rows[below][number] * found[below]).sum();
            found[number] = (found[number] - known) / self.rows[number][number];
        }
        let mut all = vec![0.0; self.size];
        for (unknown, value) in self.kept.iter().zip(found) {
            all[*unknown] = value;
        }
        all
    }
}
