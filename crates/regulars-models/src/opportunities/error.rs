//! Why customers cannot be compared.

use thiserror::Error as ThisError;

use super::{MAX_FEATURES, SIMILAR_CUSTOMERS};

/// Why customers cannot be compared with similar customers.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// Too few customers to compare with.
    #[error("{found} customers to compare with, expected more than {SIMILAR_CUSTOMERS}")]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// Too many features for the search.
    #[error("{found} features to compare, expected 1 to {MAX_FEATURES}")]
    Features {
        /// How many were given.
        found: usize,
    },
    /// Columns of different lengths.
    #[error("a column has {found} values, expected one for each of {expected} customers")]
    Lengths {
        /// Values of the column.
        found: usize,
        /// Customers.
        expected: usize,
    },
}
