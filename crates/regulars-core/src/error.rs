//! The one error type of this crate.

use thiserror::Error;

/// What kind of mistake an [`Error`] is, for mapping onto exit codes and HTTP codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user's configuration is wrong.
    Config,
    /// A name (data set, run, segment) is not allowed.
    Name,
    /// A rule set leaves a score without a segment, or names one that does not exist.
    Rules,
}

/// Something the user asked for that cannot be.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong, where, and what was expected; lowercase, no final dot.
    pub message: String,
    /// What to do about it, if that is known.
    pub hint: Option<String>,
    /// What kind of mistake it is.
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
