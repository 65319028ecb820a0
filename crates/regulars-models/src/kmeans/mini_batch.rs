//! Mini-batch K-means, for data that does not fit into memory.

use rand_chacha::ChaCha8Rng;
use regulars_stats::clusters::Rows;
use serde::{Deserialize, Serialize};

use super::fit::{Centroids, fit};
use super::params::ValidKMeansParams;
use crate::clusters::Error;

/// Mini-batch K-means; each centroid is the mean of all rows assigned to it so far.
///
/// The inertia is usually within a few per cent of [`fit`] on all rows. Each batch is read once and not
/// kept.
/// Source: Sculley (2010), with learning rate 1 / rows seen, batch by batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MiniBatchKMeans {
    /// Current centroids.
    pub centroids: Centroids,
    /// Number of rows assigned to each so far.
    pub seen: Vec<u64>,
}

impl MiniBatchKMeans {
    /// Fits the first batch in full, for a good start, and adds it.
    ///
    /// Errors: as [`fit`].
    pub fn start(batch: Rows<'_>, params: &ValidKMeansParams, rng: &mut ChaCha8Rng) -> Result<Self, Error> {
        let fitted = fit(batch, params, rng)?;
        let seen = fitted.sizes.iter().map(|size| *size as u64).collect();
        Ok(Self { centroids: fitted.centroids, seen })
    }

    /// Adds a batch: assigns its rows, then moves each centroid towards the mean of those it got.
    ///
    /// Shape: the inertia of the batch before the update, comparable between batches.
    /// Errors: as [`Centroids::predict`].
    pub fn learn(&mut self, batch: Rows<'_>) -> Result<f64, Error> {
        let placed = self.centroids.predict(batch)?;
        let width = self.centroids.width;
        let mut sums = vec![0.0; self.centroids.values.len()];
        let mut counts = vec![0_u64; self.seen.len()];
        for (row, label) in batch.iter().zip(&placed.labels) {
            counts[*label as usize] += 1;
            for (sum, value) in sums[*label as usize * width..].iter_mut().zip(row) {
                *sum += value;
            }
        }
        for (cluster, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.seen[cluster] += count;
            let rate = *count as f64 / self.seen[cluster] as f64;
            let centroid = &mut self.centroids.values[cluster * width..(cluster + 1) * width];
            for (value, sum) in centroid.iter_mut().zip(&sums[cluster * width..]) {
                *value += rate * (sum / *count as f64 - *value);
            }
        }
        Ok(placed.distances.iter().map(|distance| distance * distance).sum())
    }
}
