//! Intervals of sums over many customers, such as a segment.
//!
//! Errors of different customers are taken as independent, each drawn from those of its group. What the
//! judged customers leave unknown about the mean error of a group is drawn as well: it is what remains
//! in large segments. Deliberately not here: what moves all customers together.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regulars_stats::intervals::quantile_of_sorted;
use regulars_stats::special::normal_quantile;

use super::Intervals;

/// Draws of a sum.
const DRAWS: usize = 1000;

/// A sum of so many customers is as good as normal.
const MANY: usize = 2000;

/// The interval of a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SumInterval {
    /// The sum that is expected: the predictions', corrected by the mean error of the judged customers.
    pub expected: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Intervals {
    /// The interval of the sum over customers with these predictions, at the level of the intervals.
    ///
    /// Shape: 0 throughout for no customers; the same for the same seed.
    pub fn of_sum(&self, predicted: &[f64], seed: u64) -> SumInterval {
        let size = self.size_function();
        let members: Vec<(f64, f64, usize)> = predicted
            .iter()
            .map(|value| {
                let group = self.group_of(*value);
                let number = self.groups.iter().position(|other| std::ptr::eq(other, group)).unwrap_or(0);
                (*value, size.at(*value), number)
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
        // The unknown mean error of a group moves all its members alike.
        let unknown: Vec<f64> = self
            .groups
            .iter()
            .zip(&sizes)
            .map(|(group, sizes)| sizes * (group.variance / group.rows.max(1) as f64).sqrt())
            .collect();
        let tail = 0.5 - 0.5 * self.level;
        let floor = self.floor.map_or(f64::NEG_INFINITY, |floor| floor * members.len() as f64);
        if members.len() > MANY {
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
