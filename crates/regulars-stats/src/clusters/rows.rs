//! A table of numbers as one row-major slice.

use super::error::Error;

/// Rows of equal width over a borrowed row-major slice.
///
/// Contracts: `values` is a whole number of rows (checked); every value is finite (checked where a measure
/// would otherwise be silently wrong, see [`Rows::check_finite`]).
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    values: &'a [f64],
    width: usize,
}

impl<'a> Rows<'a> {
    /// Views a slice as rows.
    ///
    /// Errors: [`Error::Shape`].
    pub fn new(values: &'a [f64], width: usize) -> Result<Self, Error> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(Error::Shape { values: values.len(), width });
        }
        Ok(Self { values, width })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All values, row by row.
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// One row.
    pub fn row(&self, row: usize) -> &'a [f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// Iterates over the rows in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'a, f64> {
        self.values.chunks_exact(self.width)
    }

    /// Checks that every value is finite.
    ///
    /// Errors: [`Error::NotFinite`] naming the first that is not.
    pub fn check_finite(&self) -> Result<(), Error> {
        match self.values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Error::NotFinite { row: at / self.width, column: at % self.width }),
        }
    }

    /// Mean of each column; zeros without rows.
    pub fn column_means(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.width];
        for row in self {
            for (mean, value) in means.iter_mut().zip(row) {
                *mean += value;
            }
        }
        let rows = self.len().max(1) as f64;
        for mean in &mut means {
            *mean /= rows;
        }
        means
    }
}

impl<'a> IntoIterator for &Rows<'a> {
    type Item = &'a [f64];
    type IntoIter = std::slice::ChunksExact<'a, f64>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Squared Euclidean distance between two points.
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// Number of rows per label; the length is the largest label plus one.
///
/// Errors: [`Error::LabelCount`].
pub(super) fn label_sizes(rows: usize, labels: &[u32]) -> Result<Vec<usize>, Error> {
    if labels.len() != rows {
        return Err(Error::LabelCount { rows, labels: labels.len() });
    }
    let clusters = labels.iter().max().map_or(0, |largest| *largest as usize + 1);
    let mut sizes = vec![0_usize; clusters];
    for label in labels {
        sizes[*label as usize] += 1;
    }
    Ok(sizes)
}
