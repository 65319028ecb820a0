//! Standardised features block by block, and the cross-products for least squares.

use rayon::prelude::*;

use crate::features::Features;

/// Rows per block: its standardised values fit into the L2 cache.
const BLOCK: usize = 1024;

/// A relative standard deviation below this is rounding error.
const MIN_DEVIATION: f64 = 1e-6;

/// Standardised features of a linear model (mean 0, standard deviation 1), without constant ones.
pub(crate) struct Design<'a> {
    features: &'a Features,
    /// Mean of each feature; it replaces missing values.
    pub(crate) means: Vec<f64>,
    /// Standard deviation of each feature; 0 for a constant.
    pub(crate) deviations: Vec<f64>,
    /// Features that vary.
    pub(crate) varying: Vec<usize>,
    /// Number of missing values of each feature.
    pub(crate) missing: Vec<usize>,
}

impl<'a> Design<'a> {
    pub(crate) fn new(features: &'a Features) -> Self {
        let of_column = |number: usize| {
            let column = features.column(number);
            let known = || column.iter().filter(|value| !value.is_nan());
            let count = known().count();
            let mean = if count == 0 { 0.0 } else { known().sum::<f64>() / count as f64 };
            // Second pass: removes the rounding error of the sum.
            let mean = mean + known().map(|value| value - mean).sum::<f64>() / count.max(1) as f64;
            let squares: f64 = known().map(|value| (value - mean) * (value - mean)).sum();
            let (least, most) = known()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (v.min(least), v.max(most)));
            // Treat variation at rounding level as constant: its coefficient would be arbitrary.
            let deviation = (squares / column.len() as f64).sqrt();
            let varies = least < most && deviation > MIN_DEVIATION * mean.abs();
            let deviation = if varies { deviation } else { 0.0 };
            (mean, deviation, column.len() - count)
        };
        let columns: Vec<(f64, f64, usize)> = (0..features.width()).into_par_iter().map(of_column).collect();
        let varying = (0..columns.len()).filter(|number| columns[*number].1 > 0.0).collect();
        Self {
            features,
            means: columns.iter().map(|column| column.0).collect(),
            deviations: columns.iter().map(|column| column.1).collect(),
            missing: columns.iter().map(|column| column.2).collect(),
            varying,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.features.rows()
    }

    /// Sums over all rows what `of` adds for each block, given the standardised columns and the first row.
    /// Identical to the last bit on any number of threads.
    pub(crate) fn sums(&self, length: usize, of: impl Fn(&[Vec<f64>], usize, &mut [f64]) + Sync) -> Vec<f64> {
        let rows = self.rows();
        let parts: Vec<Vec<f64>> = (0..rows.div_ceil(16 * BLOCK))
            .into_par_iter()
            .map(|part| {
                let mut sums = vec![0.0; length];
                let end = rows.min((part + 1) * 16 * BLOCK);
                let mut start = part * 16 * BLOCK;
                while start < end {
                    let block = self.block(start, end.min(start + BLOCK));
                    of(&block, start, &mut sums);
                    start += BLOCK;
                }
                sums
            })
            .collect();
        parts.into_iter().fold(vec![0.0; length], |mut total, part| {
            for (sum, value) in total.iter_mut().zip(part) {
                *sum += value;
            }
            total
        })
    }

    /// Computes one value per row, block by block, from the standardised columns and the first row.
    pub(crate) fn each_block(&self, of: impl Fn(&[Vec<f64>], usize) -> Vec<f64> + Sync) -> Vec<f64> {
        let rows = self.rows();
        let parts: Vec<Vec<f64>> = (0..rows.div_ceil(BLOCK))
            .into_par_iter()
            .map(|part| of(&self.block(part * BLOCK, rows.min((part + 1) * BLOCK)), part * BLOCK))
            .collect();
        parts.concat()
    }

    fn block(&self, start: usize, end: usize) -> Vec<Vec<f64>> {
        self.varying
            .iter()
            .map(|number| {
                let (mean, deviation) = (self.means[*number], self.deviations[*number]);
                self.features.column(*number)[start..end]
                    .iter()
                    .map(|value| if value.is_nan() { 0.0 } else { (value - mean) / deviation })
                    .collect()
            })
            .collect()
    }

    /// Weighted cross-products of all pairs of columns, with a column of ones last, as a lower triangle row
    /// by row.
    pub(crate) fn products(&self, weight: impl Fn(usize) -> f64 + Sync) -> Vec<f64> {
        let width = self.varying.len() + 1;
        self.sums(width * (width + 1) / 2, |block, start, sums| {
            let rows = block.first().map_or(self.rows().min(start + BLOCK) - start, Vec::len);
            let weights: Vec<f64> = (start..start + rows).map(&weight).collect();
            let mut place = sums.iter_mut();
            for left in 0..width {
                let weighted: Vec<f64> = match block.get(left) {
                    Some(column) => column.iter().zip(&weights).map(|(value, by)| value * by).collect(),
                    None => weights.clone(),
                };
                for right in block.iter().take(left + 1) {
                    *place.next().expect("one place for each pair") += dot(&weighted, right);
                }
                if left == width - 1 {
                    *place.next().expect("one place for each pair") += weighted.iter().sum::<f64>();
                }
            }
        })
    }

    /// Cross-products of every column, and of ones, with a value per row.
    pub(crate) fn products_with(&self, of_rows: impl Fn(&[Vec<f64>], usize) -> Vec<f64> + Sync) -> Vec<f64> {
        let width = self.varying.len();
        self.sums(width + 1, |block, start, sums| {
            let quantity = of_rows(block, start);
            for (sum, column) in sums.iter_mut().zip(block) {
                *sum += dot(column, &quantity);
            }
            sums[width] += quantity.iter().sum::<f64>();
        })
    }

    /// Coefficients per unit of each feature, from those of the standardised varying features.
    pub(crate) fn per_unit(&self, standardised: &[f64]) -> Vec<f64> {
        let mut coefficients = vec![0.0; self.features.width()];
        for (number, value) in self.varying.iter().zip(standardised) {
            coefficients[*number] = value / self.deviations[*number];
        }
        coefficients
    }
}

/// Dot product, in four interleaved sums.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (left_blocks, right_blocks) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f64 = left_blocks.remainder().iter().zip(right_blocks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left_blocks.zip(right_blocks) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Linear combination of the columns, one value per row.
pub(crate) fn combine(block: &[Vec<f64>], coefficients: &[f64], rows: usize, base: f64) -> Vec<f64> {
    let mut sums = vec![base; rows];
    for (column, by) in block.iter().zip(coefficients) {
        for (sum, value) in sums.iter_mut().zip(column) {
            *sum += by * value;
        }
    }
    sums
}

/// Number of rows of the block that starts at `start`, out of `rows`.
pub(crate) fn block_rows(start: usize, rows: usize) -> usize {
    rows.min(start + BLOCK) - start
}
