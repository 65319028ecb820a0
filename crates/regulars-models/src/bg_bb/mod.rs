//! BG/BB: at each of a few occasions (years, mailings, fairs) a customer buys or not, and can drop out
//! before each.
//!
//! | symbol | is |
//! | --- | --- |
//! | α, β | beta distribution of the purchase probability at an occasion |
//! | γ, δ | beta distribution of the dropout probability before an occasion |
//!
//! Source: Fader, Hardie & Shang (2010), "Customer-base analysis in a discrete-time noncontractual
//! setting".

mod fit;
mod likelihood;
mod predict;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use fit::{FittedBgBb, fit};

use crate::lifetime::Error;

/// Parameters, without units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BgBbParams {
    /// First parameter of the beta distribution of purchase probabilities.
    pub alpha: f64,
    /// Second parameter.
    pub beta: f64,
    /// First parameter of the beta distribution of dropout probabilities.
    pub gamma: f64,
    /// Second parameter.
    pub delta: f64,
}

/// History of a customer over discrete occasions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct History {
    /// Occasions with a purchase.
    pub x: u32,
    /// Last occasion with a purchase, counted from 1; 0 if there is none.
    pub t_x: u32,
    /// Occasions so far.
    pub n: u32,
}

/// Distinct histories with their counts.
///
/// Shape: both columns have one value per pattern.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patterns {
    /// The histories.
    pub histories: Vec<History>,
    /// Number of customers with each history.
    pub count: Vec<f64>,
}

/// Maximum occasions; with more, use a continuous-time model.
pub const MAX_OCCASIONS: u32 = 10_000;

impl Patterns {
    /// Checks the table.
    ///
    /// Errors: [`Error::ColumnLengths`]; [`Error::BadHistory`] for the first row with inconsistent x, `t_x`
    /// and n.
    pub fn check(&self) -> Result<(), Error> {
        if self.count.len() != self.histories.len() {
            return Err(Error::ColumnLengths {
                name: "customers",
                found: self.count.len(),
                expected: self.histories.len(),
            });
        }
        for (row, (history, count)) in self.histories.iter().zip(&self.count).enumerate() {
            let History { x, t_x, n } = *history;
            let problem = if t_x > n {
                "the last purchase is after the last occasion"
            } else if x > t_x {
                "more purchases than occasions up to the last purchase"
            } else if x == 0 && t_x > 0 {
                "a last purchase, but no purchases"
            } else if n > MAX_OCCASIONS {
                "more than 10,000 occasions: use a continuous-time model"
            } else if !(*count >= 0.0 && count.is_finite()) {
                "the number of customers is not a number of at least 0"
            } else {
                continue;
            };
            return Err(Error::BadHistory { row, x: x.into(), t_x: t_x.into(), t: n.into(), problem });
        }
        Ok(())
    }
}
