//! Gamma-Gamma: what customers spend at a purchase, independent of how often they buy.
//!
//! | symbol | is |
//! | --- | --- |
//! | p | shape of the gamma distribution of one purchase's spend |
//! | q, γ | shape and rate of the gamma distribution of its rates over customers |
//!
//! Deliberately not here: how many purchases there will be.
//!
//! Source: Colombo & Jiang (1999); Fader & Hardie (2013), "The gamma-gamma model of monetary value".

mod fit;
mod likelihood;
mod posterior;
mod predict;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use fit::{Fitted, fit};
pub use posterior::{Posterior, sample};
pub use predict::SpendAhead;

use crate::lifetime::Error;

/// The parameters; γ in the unit of money.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Shape of the distribution of one purchase's spend.
    pub p: f64,
    /// Shape of the distribution of its rates over customers.
    pub q: f64,
    /// Rate of the distribution of its rates over customers, in money.
    pub gamma: f64,
}

/// Customers' spend as columns, one value for each.
#[derive(Debug, Clone, Copy)]
pub struct Spend<'a> {
    /// Repeat purchases, whole; customers without one say nothing and are passed over.
    pub x: &'a [f64],
    /// Mean spend of the repeat purchases, in any unit of money.
    pub mean: &'a [f64],
}

/// Rows that were left out, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exclusions {
    /// No repeat purchase: nothing to learn, no fault.
    pub no_repeat: u64,
    /// Mean spend of 0 or less.
    pub not_positive: u64,
    /// A value that is missing, infinite or, of x, not whole.
    pub not_a_number: u64,
}

/// Customers who bought again, with a usable spend; equal rows once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counted {
    /// Repeat purchases, ascending.
    pub(crate) x: Vec<f64>,
    /// Mean spend, ascending within x.
    pub(crate) mean: Vec<f64>,
    /// Customers.
    pub(crate) count: Vec<f64>,
}

impl Counted {
    /// Counts the customers to learn from.
    pub(crate) fn of(spend: &Spend<'_>) -> Result<(Self, Exclusions), Error> {
        if spend.mean.len() != spend.x.len() {
            return Err(Error::ColumnLengths {
                name: "mean spend",
                found: spend.mean.len(),
                expected: spend.x.len(),
            });
        }
        let mut excluded = Exclusions::default();
        let mut kept = Vec::new();
        for (x, mean) in spend.x.iter().zip(spend.mean) {
            if *x == 0.0 {
                excluded.no_repeat += 1;
            } else if !(x.is_finite() && mean.is_finite() && *x > 0.0 && x.fract() == 0.0) {
                excluded.not_a_number += 1;
            } else if *mean <= 0.0 {
                excluded.not_positive += 1;
            } else {
                // Positive numbers are ordered as their bits are.
                kept.push((x.to_bits(), mean.to_bits()));
            }
        }
        rayon::slice::ParallelSliceMut::par_sort_unstable(kept.as_mut_slice());
        let mut counted = Self { x: Vec::new(), mean: Vec::new(), count: Vec::new() };
        let mut before = None;
        for (x, mean) in kept {
            if before != Some((x, mean)) {
                before = Some((x, mean));
                counted.x.push(f64::from_bits(x));
                counted.mean.push(f64::from_bits(mean));
                counted.count.push(0.0);
            }
            let last = counted.count.len() - 1;
            counted.count[last] += 1.0;
        }
        Ok((counted, excluded))
    }

    pub(crate) fn customers(&self) -> f64 {
        self.count.iter().sum()
    }
}
