//! The error type of this crate.

use regulars_core::question::Question;
use thiserror::Error;

/// The kind of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The source does not exist.
    NotFound,
    /// No permission to read the source or write the target.
    Permission,
    /// Disk or quota is full.
    NoSpace,
    /// The source is empty or binary, or lacks required columns.
    Unreadable,
    /// The source is ambiguous; the user has to decide.
    Ambiguous,
    /// The source changed while being read.
    Changed,
    /// The configuration does not fit the source.
    Config,
    /// Any other I/O error.
    Io,
}

/// Why the sources cannot be read or the clean tables cannot be written.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong, where, and what was expected.
    pub message: String,
    /// The remedy, if known.
    pub hint: Option<String>,
    /// The kind.
    pub kind: Kind,
    /// The question, if the source is ambiguous.
    pub question: Option<Box<Question>>,
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, kind, question: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file system error during `what` on `path`.
    pub(crate) fn io(what: &str, path: &str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        // fs_err already includes the path; keep only the reason.
        let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        let (kind, hint) = match error.kind() {
            ErrorKind::NotFound => (
                Kind::NotFound,
                Some("check the path; a folder or a pattern such as 'orders/*.csv' works too"),
            ),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                (Kind::Permission, Some("check who may read or write it (ls -l), or use another --home"))
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                (Kind::NoSpace, Some("free some space, or put --home on another disk; nothing was published"))
            }
            _ => (Kind::Io, None),
        };
        Self {
            message: format!("cannot {what} `{path}`: {reason}"),
            hint: hint.map(str::to_owned),
            kind,
            question: None,
        }
    }
}

impl From<regulars_core::Error> for Error {
    fn from(error: regulars_core::Error) -> Self {
        Self { message: error.message, hint: error.hint, kind: Kind::Config, question: None }
    }
}
