//! How a step of a run ended.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// With a result.
    Done(T),
    /// Without, because the data do not allow it.
    Skipped {
        /// Why, in words.
        reason: String,
    },
}

/// Why a step, or a part of it, has no result.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The data do not allow it; the reason in words.
    Skipped(String),
    /// It failed.
    Failed(Error),
}

impl Stop {
    /// The data do not allow it.
    pub(crate) fn skipped(reason: impl ToString) -> Self {
        Self::Skipped(reason.to_string())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<T> Outcome<T> {
    /// The outcome of work that may stop early.
    pub(crate) fn of(result: Result<T, Stop>) -> Result<Self> {
        match result {
            Ok(found) => Ok(Self::Done(found)),
            Err(Stop::Skipped(reason)) => Ok(Self::Skipped { reason }),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// The result, if there is one.
    pub(crate) fn done(&self) -> Option<&T> {
        match self {
            Self::Done(found) => Some(found),
            Self::Skipped { .. } => None,
        }
    }
}
