//! The one error type of this crate.

use thiserror::Error;

/// Category of an [`Error`], for mapping to exit codes and HTTP status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The input is inconsistent or invalid.
    Input,
    /// A computation did not converge; the error carries the best point found.
    NotConverged,
}

/// Why a number cannot be computed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// The minimisation stopped before the gradient was small enough.
    #[error(
        "the minimisation did not converge in {iterations} steps: the gradient is {gradient_norm:e}, expected at most {tolerance:e}"
    )]
    NotConverged {
        /// The best point found.
        best: Vec<f64>,
        /// Function value at this point.
        value: f64,
        /// Largest gradient component of a free parameter there.
        gradient_norm: f64,
        /// Gradient tolerance.
        tolerance: f64,
        /// Steps taken.
        iterations: usize,
    },
    /// The function is not finite at the starting point.
    #[error("the function is not finite at the starting point {start:?}")]
    InvalidStart {
        /// The starting point.
        start: Vec<f64>,
    },
    /// Two columns have different lengths.
    #[error("{left_name} has {left} values and {right_name} has {right}: expected equal lengths")]
    LengthMismatch {
        /// Name of the first column.
        left_name: &'static str,
        /// Length of the first column.
        left: usize,
        /// Name of the second column.
        right_name: &'static str,
        /// Length of the second column.
        right: usize,
    },
    /// A statistic over no rows, or over invalid values.
    #[error("{measure} cannot be computed: {problem}")]
    InvalidValues {
        /// Name of the statistic.
        measure: &'static str,
        /// What is wrong with the values.
        problem: &'static str,
    },
}

impl Error {
    /// The category of the error.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotConverged { .. } => Kind::NotConverged,
            Self::InvalidStart { .. } | Self::LengthMismatch { .. } | Self::InvalidValues { .. } => {
                Kind::Input
            }
        }
    }

    /// The remedy, if known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotConverged { .. } => Some("start from another point, or allow more steps"),
            Self::InvalidStart { .. } => Some("start closer to plausible values"),
            Self::LengthMismatch { .. } | Self::InvalidValues { .. } => None,
        }
    }
}
