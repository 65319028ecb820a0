//! The one error type of this crate.

use thiserror::Error;

/// What kind of failure an [`Error`] is, for mapping onto exit codes and HTTP codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The caller passed numbers that cannot belong together.
    Input,
    /// A computation did not arrive; the error carries the best that was found.
    NotConverged,
}

/// Why a number cannot be given.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// The search for a minimum stopped before the slope was flat.
    #[error(
        "the search stopped after {iterations} steps at a slope of {slope:e}, expected at most {tolerance:e}"
    )]
    NotConverged {
        /// The best point found.
        best: Vec<f64>,
        /// The function's value there.
        value: f64,
        /// The largest component of the gradient there.
        slope: f64,
        /// What it should have been.
        tolerance: f64,
        /// Steps taken.
        iterations: usize,
    },
    /// The function has no finite value at the place to begin from.
    #[error("the function is not finite at the starting point {start:?}")]
    BadStart {
        /// Where the search should have begun.
        start: Vec<f64>,
    },
    /// Two columns that belong together have different lengths.
    #[error("{left_name} has {left} values and {right_name} has {right}: expected one of each per row")]
    Lengths {
        /// What the first column is.
        left_name: &'static str,
        /// Values of the first column.
        left: usize,
        /// What the second column is.
        right_name: &'static str,
        /// Values of the second column.
        right: usize,
    },
    /// A measure over no rows, or over values that are not numbers.
    #[error("{measure} cannot be computed: {problem}")]
    NoMeasure {
        /// The measure's name.
        measure: &'static str,
        /// What is wrong with the values.
        problem: &'static str,
    },
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotConverged { .. } => Kind::NotConverged,
            Self::BadStart { .. } | Self::Lengths { .. } | Self::NoMeasure { .. } => Kind::Input,
        }
    }

    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotConverged { .. } => Some("start from another point, or allow more steps"),
            Self::BadStart { .. } => Some("start nearer to values the data make plausible"),
            Self::Lengths { .. } | Self::NoMeasure { .. } => None,
        }
    }
}
