//! Why a run cannot be read, or a query on it fails.

use arrow::error::ArrowError;
use thiserror::Error;

/// Errors of a backend.
#[derive(Debug, Error)]
pub enum BackendError {
    /// Unknown data set.
    #[error("there is no data set `{dataset}`")]
    UnknownDataset {
        /// The requested name.
        dataset: String,
    },
    /// Unknown run.
    #[error("the data set `{dataset}` has no run `{run}`")]
    UnknownRun {
        /// The data set.
        dataset: String,
        /// The requested run.
        run: String,
    },
    /// Stored data cannot be read.
    #[error("{message}")]
    Unreadable {
        /// What cannot be read, and why; lowercase, no final dot, shown to the user.
        message: String,
        /// What to do about it, if that is known.
        hint: Option<String>,
    },
    /// A query failed because of the query itself.
    #[error("{message}")]
    Query {
        /// The kind of failure.
        fault: QueryFault,
        /// What is wrong; lowercase, no final dot, shown to the user.
        message: String,
        /// What to do about it, if that is known.
        hint: Option<String>,
        /// Line and column in the query, from 1, if known.
        position: Option<(u64, u64)>,
    },
}

impl From<regulars_store::Error> for BackendError {
    fn from(error: regulars_store::Error) -> Self {
        Self::Unreadable { message: error.to_string(), hint: error.hint() }
    }
}

impl From<ArrowError> for BackendError {
    fn from(error: ArrowError) -> Self {
        Self::Unreadable { message: format!("the rows could not be written ({error})"), hint: None }
    }
}

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryFault {
    /// Invalid SQL.
    Invalid,
    /// Not read-only.
    NotAllowed,
    /// Time limit exceeded.
    TooSlow,
    /// Memory limit exceeded.
    TooLarge,
}
