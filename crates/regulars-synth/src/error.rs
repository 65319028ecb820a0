//! The error type of this crate: invalid parameters, or I/O.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use thiserror::Error;

use crate::params::MAX_CUSTOMERS;

/// Why no data set was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// An unknown preset.
    #[error("unknown preset `{name}`: expected `synthetic` or `kaggle`")]
    UnknownPreset {
        /// The requested name.
        name: String,
    },
    /// The number of customers is zero, or exceeds what one file can hold.
    #[error("cannot generate {customers} customers: expected 1 to {MAX_CUSTOMERS}")]
    Customers {
        /// The requested number.
        customers: u64,
    },
    /// Neither Parquet nor CSV was requested.
    #[error("nothing to write: expected Parquet, CSV or both")]
    NoFormat,
    /// Disk or quota is full.
    #[error("no space left to write `{}`", path.display())]
    NoSpace {
        /// The file that did not fit.
        path: PathBuf,
    },
    /// No write permission.
    #[error("no permission to write `{}`", path.display())]
    NoPermission {
        /// The file or folder.
        path: PathBuf,
    },
    /// Any other I/O error.
    #[error("cannot write `{}`: {}", path.display(), source.kind())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The Parquet encoder failed; a bug in Regulars.
    #[error("cannot encode `{}`: {source}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoder's message.
        source: ParquetError,
    },
}

impl Error {
    /// The remedy, if known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSpace { .. } => Some("free some space, or write fewer customers or one format"),
            Self::NoPermission { .. } => Some("choose a writable folder with `--out`"),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotADirectory => {
                Some("part of the path is a file; choose a folder with `--out`")
            }
            _ => None,
        }
    }

    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoPermission { path }
            }
            _ => Self::Io { path, source },
        }
    }

    /// The Parquet writer wraps I/O errors; a full disk must not look like an encoder error.
    pub(crate) fn from_parquet(path: &Path, source: ParquetError) -> Self {
        let io_kind =
            source.source().and_then(|inner| inner.downcast_ref::<io::Error>()).map(io::Error::kind);
        match io_kind {
            Some(kind) => Self::from_io(path, io::Error::new(kind, source)),
            None => Self::Encoding { path: path.to_owned(), source },
        }
    }
}
