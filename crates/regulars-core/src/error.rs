//! The error type of this crate.

use thiserror::Error;

/// The kind of an [`Error`], for mapping to exit codes and HTTP status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The configuration is invalid.
    Config,
    /// A name (data set, run, segment) is not allowed.
    Name,
    /// A rule set leaves a score without a segment, or names a score that does not exist.
    Rules,
}

/// An invalid request of the user.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong, where, and what was expected; lowercase, no full stop.
    pub message: String,
    /// What to do about it, if known.
    pub hint: Option<String>,
    /// The kind of error.
    pub kind: Kind,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, kind }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
