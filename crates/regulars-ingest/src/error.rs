//! The one error type of this crate.

use regulars_core::question::Question;
use thiserror::Error;

/// What kind of failure an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The source is not there.
    NotFound,
    /// The source or the target may not be read or written.
    Permission,
    /// There is no room to write.
    NoSpace,
    /// The source is not what it should be: empty, binary, without the needed columns.
    Unreadable,
    /// The source can be read in more than one way; the user has to say which.
    Ambiguous,
    /// The source changed while it was read.
    Changed,
    /// The configuration does not fit the source.
    Config,
    /// Anything else the system reports.
    Io,
}

/// Why the sources cannot be read or the clean tables cannot be written.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong, where, and what was expected.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What kind of failure it is.
    pub kind: Kind,
    /// The question, where the source can be read in more than one way.
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

    /// An error of the file system while doing `what` with `path`.
    pub(crate) fn io(what: &str, path: &str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        // fs_err already names the path; keep the bare reason.
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
