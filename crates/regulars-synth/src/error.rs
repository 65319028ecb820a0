//! The one error type of this crate: what was asked for and cannot be, or what the disk refused.

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
    /// There is no preset of that name.
    #[error("there is no preset `{name}`: expected `synthetic` or `kaggle`")]
    UnknownPreset {
        /// What was asked for.
        name: String,
    },
    /// The number of customers is none, or beyond what one file can hold.
    #[error("cannot make {customers} customers: expected 1 to {MAX_CUSTOMERS}")]
    Customers {
        /// What was asked for.
        customers: u64,
    },
    /// Neither Parquet nor CSV was asked for.
    #[error("nothing to write: expected Parquet, CSV or both")]
    NoFormat,
    /// The disk or the quota is full.
    #[error("no space left to write `{}`", path.display())]
    NoSpace {
        /// The file that did not fit.
        path: PathBuf,
    },
    /// The user may not write there.
    #[error("no permission to write `{}`", path.display())]
    NoPermission {
        /// The file or folder concerned.
        path: PathBuf,
    },
    /// Any other refusal of the file system.
    #[error("cannot write `{}`: {}", path.display(), source.kind())]
    Io {
        /// The file or folder concerned.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The Parquet encoder failed; a mistake of ours rather than of the user's.
    #[error("cannot encode `{}`: {source}", path.display())]
    Encoding {
        /// The file concerned.
        path: PathBuf,
        /// What the encoder said.
        source: ParquetError,
    },
}

impl Error {
    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSpace { .. } => Some("free some space, or write fewer customers or one format"),
            Self::NoPermission { .. } => Some("give a folder that you may write to with `--out`"),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotADirectory => {
                Some("a part of the path is a file; give a folder with `--out`")
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

    /// The Parquet writer wraps what the file system said; a full disk must not look like a
    /// mistake of the encoder.
    pub(crate) fn from_parquet(path: &Path, source: ParquetError) -> Self {
        let io_kind =
            source.source().and_then(|inner| inner.downcast_ref::<io::Error>()).map(io::Error::kind);
        match io_kind {
            Some(kind) => Self::from_io(path, io::Error::new(kind, source)),
            None => Self::Encoding { path: path.to_owned(), source },
        }
    }
}
