//! How a step of a run ended.

use serde::{Deserialize, Serialize};

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
