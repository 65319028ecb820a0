//! Gamma-Gamma: spend per purchase, independent of purchase frequency.
//!
//! | symbol | is |
//! | --- | --- |
//! | p | shape of the gamma distribution of spend per purchase |
//! | q, γ | shape and rate of the gamma distribution of its rate parameter across customers |
//!
//! Deliberately not here: the number of purchases.
//!
//! Source: Colombo & Jiang (1999); Fader & Hardie (2013), "The gamma-gamma model of monetary value".

mod bootstrap;
mod fit;
mod likelihood;
mod posterior;
mod predict;
#[cfg(test)]
mod tests;
mod totals;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use fit::{FittedGammaGamma, fit};
pub use likelihood::log_likelihood;
pub use posterior::{Posterior, sample};
pub use predict::SpendDistribution;

use crate::lifetime::Error;

/// Parameters; γ is in the currency unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GammaGammaParams {
    /// Shape of the gamma distribution of spend per purchase.
    pub p: f64,
    /// Shape of the gamma distribution of its rate across customers.
    pub q: f64,
    /// Rate of the gamma distribution of its rate across customers, in money.
    pub gamma: f64,
}

/// Spend per customer, as columns.
#[derive(Debug, Clone, Copy)]
pub struct Spend<'a> {
    /// Repeat purchases, whole numbers; customers without any are skipped.
    pub x: &'a [f64],
    /// Mean spend per repeat purchase, in any currency unit.
    pub mean: &'a [f64],
}

/// Rows excluded, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exclusions {
    /// No repeat purchase: not an error, but nothing to fit.
    pub no_repeat: u64,
    /// Mean spend of 0 or less.
    pub not_positive: u64,
    /// A value that is missing or infinite, or an x that is not whole.
    pub not_a_number: u64,
}

/// Customers with fewer purchases than this are sorted by count, not by comparison.
const MAX_COUNTED_PURCHASES: u64 = 4096;

/// Rows per thread.
const CHUNK_ROWS: usize = 1 << 15;

/// Customers from a range of rows.
#[derive(Default)]
struct Unsorted {
    excluded: Exclusions,
    /// Bits of the mean spend values, by x.
    by_x: Vec<Vec<u64>>,
    /// Bits of x and mean spend of the few customers with many purchases.
    beyond: Vec<(u64, u64)>,
}

impl Unsorted {
    fn of(x: &[f64], mean: &[f64]) -> Self {
        let mut all = Self::default();
        for (x, mean) in x.iter().zip(mean) {
            let whole = *x as u64;
            if *x == 0.0 {
                all.excluded.no_repeat += 1;
            } else if !(x.is_finite() && mean.is_finite() && *x > 0.0 && whole as f64 >= *x) {
                all.excluded.not_a_number += 1;
            } else if *mean <= 0.0 {
                all.excluded.not_positive += 1;
            } else if whole < MAX_COUNTED_PURCHASES {
                let whole = whole as usize;
                if all.by_x.len() <= whole {
                    all.by_x.resize(whole + 1, Vec::new());
                }
                // Positive floats sort like their bits.
                all.by_x[whole].push(mean.to_bits());
            } else {
                all.beyond.push((x.to_bits(), mean.to_bits()));
            }
        }
        all
    }
}

/// Customers with repeat purchases and usable spend; equal rows are merged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SpendPatterns {
    /// Repeat purchases, ascending.
    pub(crate) x: Vec<f64>,
    /// Mean spend, ascending within x.
    pub(crate) mean: Vec<f64>,
    /// Number of customers.
    pub(crate) count: Vec<f64>,
}

impl SpendPatterns {
    /// Counts the customers to fit.
    pub(crate) fn of(spend: &Spend<'_>) -> Result<(Self, Exclusions), Error> {
        if spend.mean.len() != spend.x.len() {
            return Err(Error::ColumnLengths {
                name: "mean spend",
                found: spend.mean.len(),
                expected: spend.x.len(),
            });
        }
        let parts: Vec<Unsorted> = spend
            .x
            .par_chunks(CHUNK_ROWS)
            .zip(spend.mean.par_chunks(CHUNK_ROWS))
            .map(|(x, mean)| Unsorted::of(x, mean))
            .collect();
        let mut excluded = Exclusions::default();
        let mut by_x: Vec<Vec<u64>> = Vec::new();
        let mut beyond: Vec<(u64, u64)> = Vec::new();
        for part in parts {
            excluded.no_repeat += part.excluded.no_repeat;
            excluded.not_positive += part.excluded.not_positive;
            excluded.not_a_number += part.excluded.not_a_number;
            beyond.extend(part.beyond);
            by_x.resize(by_x.len().max(part.by_x.len()), Vec::new());
            for (all, some) in by_x.iter_mut().zip(part.by_x) {
                if all.is_empty() {
                    *all = some;
                } else {
                    all.extend(some);
                }
            }
        }
        by_x.par_iter_mut().for_each(|means| means.sort_unstable());
        beyond.sort_unstable();
        let mut counted = Self { x: Vec::new(), mean: Vec::new(), count: Vec::new() };
        for (x, means) in by_x.iter().enumerate() {
            for mean in means {
                counted.push(x as f64, f64::from_bits(*mean));
            }
        }
        for (x, mean) in beyond {
            counted.push(f64::from_bits(x), f64::from_bits(mean));
        }
        Ok((counted, excluded))
    }

    /// Adds the next customer, in order of x and mean.
    fn push(&mut self, x: f64, mean: f64) {
        if let (Some(last_x), Some(last_mean), Some(count)) =
            (self.x.last(), self.mean.last(), self.count.last_mut())
            && last_x.to_bits() == x.to_bits()
            && last_mean.to_bits() == mean.to_bits()
        {
            *count += 1.0;
            return;
        }
        self.x.push(x);
        self.mean.push(mean);
        self.count.push(1.0);
    }

    pub(crate) fn customers(&self) -> f64 {
        self.count.iter().sum()
    }
}
