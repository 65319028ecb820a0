//! What a run is asked to do, and why it was not made.

use regulars_core::question::Question;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to run: by default a data set in the same way as its current run.
#[derive(Debug, Clone, PartialEq, Eq, Default, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunOrder {
    /// The data set.
    pub dataset: String,
    /// Order files; if empty, those of the current run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// The analysis date; by default the day of the last order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The steps; if empty, those of the current run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// Configuration keys that override those of the current run: `source.amount_is=order`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RunFailure {
    /// What went wrong; lowercase, no final dot, shown to the user.
    pub message: String,
    /// What to do about it, if known.
    pub hint: Option<String>,
    /// The question for the user, if that is the reason.
    pub question: Option<Box<Question>>,
}

impl RunFailure {
    /// A failure without a question.
    pub fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { message: message.into(), hint, question: None }
    }
}
