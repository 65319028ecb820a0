//! BG/BB: at each of a few occasions (years, mailings, fairs) a customer buys or does not, and before
//! each can leave.
//!
//! | symbol | is |
//! | --- | --- |
//! | α, β | the beta distribution of the chance to buy at an occasion |
//! | γ, δ | the beta distribution of the chance to leave before an occasion |
//!
//! Source: Fader, Hardie & Shang (2010), "Customer-base analysis in a discrete-time noncontractual
//! setting".

mod fit;
mod likelihood;
mod predict;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use fit::{Fitted, fit};

use crate::lifetime::Error;

/// The parameters; none has a unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// First parameter of the distribution of chances to buy.
    pub alpha: f64,
    /// Second parameter of it.
    pub beta: f64,
    /// First parameter of the distribution of chances to leave.
    pub gamma: f64,
    /// Second parameter of it.
    pub delta: f64,
}

/// The history of a customer over occasions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct History {
    /// Occasions at which the customer bought.
    pub x: u32,
    /// The last of them, counted from 1; 0 if there is none.
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
    /// Customers with each.
    pub count: Vec<f64>,
}

/// More occasions than this are continuous time.
pub const MOST_OCCASIONS: u32 = 10_000;

impl Patterns {
    /// Checks the table.
    ///
    /// Errors: [`Error::ColumnLengths`]; [`Error::BadHistory`] for the first row in which x, `t_x` and n
    /// cannot belong together.
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
                "there are more purchases than occasions until the last one"
            } else if x == 0 && t_x > 0 {
                "a last purchase, but none at all"
            } else if n > MOST_OCCASIONS {
                "more than 10,000 occasions: take a model of continuous time"
            } else if !(*count >= 0.0 && count.is_finite()) {
                "the number of customers is none"
            } else {
                continue;
            };
            return Err(Error::BadHistory { row, x: x.into(), t_x: t_x.into(), t: n.into(), problem });
        }
        Ok(())
    }
}
