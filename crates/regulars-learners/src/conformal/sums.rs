//! Prediction intervals of sums over many customers, such as a segment.
//!
//! Errors of different customers are treated as independent draws from those of their group. The
//! uncertainty of each group's mean error is drawn too; in large segments it dominates. Deliberately not
//! here: shocks that move all customers together.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regulars_stats::intervals::quantile_of_sorted;
use regulars_stats::special::normal_quantile;

use super::Intervals;

/// Simulated sums.
const DRAWS: usize = 1000;

/// Above this many customers the sum is drawn from a normal distribution.
const NORMAL_APPROXIMATION_CUSTOMERS: usize = 2000;

/// Prediction interval of a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SumInterval {
    /// Expected sum: the predictions, corrected by the mean error of the calibration customers.
    pub expected: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Intervals {
    /// Predicts the interval of the sum over these customers, at the level of the intervals.
    ///
    /// Shape: all 0 without customers; deterministic for a given seed.
    pub fn of_sum(&self, predicted: &[f64], seed: u64) -> SumInterval {
        let size = self.size_function();
        let members: Vec<(f64, f64, usize)> = predicted
            .iter()
            .map(|value| {
                let group = self.group_of(*value);
                let number = self.groups.iter().position(|other| std::ptr::eq(other, group)).unwrap_or(0);
                (*value, size.predict(*value), number)
            })
            .collect();
        let mut sizes = vec![0.0; self.groups.len()];
        let (mut expected, mut variance) = (0.0, 0.0);
        for (value, size, number) in &members {
            let group = &self.groups[*number];
            expected += value + size * group.mean;
            variance += size * size * group.variance;
            sizes[*number] += size;
        }
        // The uncertainty of a group's mean error shifts all its members together.
        let unknown: Vec<f64> = self
            .groups
            .iter()
            .zip(&sizes)
            .map(|(group, sizes)| sizes * (group.variance / group.rows.max(1) as f64).sqrt())
            .collect();
        let tail = 0.5 - 0.5 * self.level;
        let floor = self.floor.map_or(f64::NEG_INFINITY, |floor| floor * members.len() as f64);
        if members.len() > NORMAL_APPROXIMATION_CUSTOMERS {
            variance += unknown.iter().map(|deviation| deviation * deviation).sum::<f64>();
            let reach = normal_quantile(1.0 - tail) * variance.sqrt();
            return SumInterval { expected, low: (expected - reach).max(floor), high: expected + reach };
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draws: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let together: f64 = unknown
                    .iter()
                    .filter(|deviation| **deviation > 0.0)
                    .map(|deviation| deviation * normal_quantile(rng.random_range(1e-9..1.0)))
                    .sum();
                let alone: f64 = members
                    .iter()
                    .map(|(value, size, number)| {
                        let errors = &self.groups[*number].errors;
                        let error =
                            if errors.is_empty() { 0.0 } else { errors[rng.random_range(0..errors.len())] };
                        value + size * error
                    })
                    .sum();
                (alone + together).max(floor)
            })
            .collect();
        draws.sort_by(f64::total_cmp);
        let end = |share: f64| if members.is_empty() { 0.0 } else { quantile_of_sorted(&draws, share) };
        SumInterval { expected, low: end(tail), high: end(1.0 - tail) }
    }
}
