//! Why customers cannot be compared.

use thiserror::Error as ThisError;

use super::LOOK_ALIKES;
use super::neighbours::MOST_FEATURES;

/// Why customers cannot be compared with look-alikes.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// Too few to compare with.
    #[error("{found} customers to compare with, at least {LOOK_ALIKES} are needed")]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// More features than the search is made for.
    #[error("{found} features to compare by, expected 1 to {MOST_FEATURES}")]
    Features {
        /// How many were given.
        found: usize,
    },
    /// Columns that do not describe the same customers.
    #[error("a column has {found} values, expected one for each of {expected} customers")]
    Lengths {
        /// Values of the column.
        found: usize,
        /// Customers.
        expected: usize,
    },
}
