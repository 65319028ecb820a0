//! The error type of this crate.
//!
//! Deliberately not here: printing, exit codes and HTTP status codes; callers map [`Kind`] to them.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The kind of an [`Error`], for mapping to exit codes and HTTP status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A data set name or run id is invalid.
    Name,
    /// There is no such run or table.
    NotFound,
    /// Another process is writing to the data set.
    Busy,
    /// Files on disk differ from what was written.
    Damaged,
    /// The run was written by a newer version of the program.
    Newer,
    /// The run to be published is incomplete: a bug in the caller.
    Incomplete,
    /// The disk or the user's quota is full.
    NoSpace,
    /// The user lacks the permission.
    NoPermission,
    /// There is a file where a folder is needed.
    NotAFolder,
    /// Any other system error.
    Io,
}

/// Why a run could not be written, found or read.
///
/// Messages are lowercase, without a full stop, with the path last; [`Error::hint`] says what to do.
#[derive(Debug, Error)]
pub enum Error {
    /// The data set name is invalid.
    #[error(transparent)]
    DatasetName {
        /// What is wrong with it.
        source: regulars_core::Error,
    },
    /// The run id is invalid.
    #[error("`{run_id}` is not a valid run id: expected 1 to 80 of A-Z, a-z, 0-9, `_` and `-`")]
    RunName {
        /// The run id.
        run_id: String,
    },
    /// Another process holds the data set's lock.
    #[error("another run of data set `{dataset}` is in progress{}", in_process(*process))]
    Busy {
        /// The data set.
        dataset: String,
        /// The process that holds the lock, if it could be read.
        process: Option<u32>,
    },
    /// The data set has no complete run.
    #[error("data set `{dataset}` has no complete run")]
    NoRuns {
        /// The data set.
        dataset: String,
    },
    /// No run matches the selector.
    #[error("data set `{dataset}` has no run `{selector}`")]
    RunNotFound {
        /// The data set.
        dataset: String,
        /// The selector.
        selector: String,
        /// The complete runs, newest first.
        known: Vec<String>,
    },
    /// Several runs match the selector.
    #[error("`{selector}` matches {} runs of data set `{dataset}`", matches.len())]
    RunAmbiguous {
        /// The data set.
        dataset: String,
        /// The selector.
        selector: String,
        /// The matching runs.
        matches: Vec<String>,
    },
    /// The run has no such table.
    #[error("run `{run_id}` has no table `{table}`; it has {}", short_list(known))]
    TableNotFound {
        /// The run.
        run_id: String,
        /// The requested table.
        table: String,
        /// The tables of the run.
        known: Vec<String>,
    },
    /// A complete run has changed since it was written.
    #[error("run `{run_id}` is damaged: {reason}: {}", path.display())]
    Damaged {
        /// The run.
        run_id: String,
        /// What is wrong.
        reason: String,
        /// The affected file or folder.
        path: PathBuf,
    },
    /// The run was written by a newer version of the program.
    #[error("run `{run_id}` has a manifest of version {found}; this program reads up to version {supported}")]
    Newer {
        /// The run.
        run_id: String,
        /// Its manifest's version.
        found: u32,
        /// The newest version that this program reads.
        supported: u32,
    },
    /// The run was written before columns were renamed.
    #[error("run `{run_id}` was written by an older version, whose columns have other names")]
    Older {
        /// The run.
        run_id: String,
    },
    /// The pointer to the current run is invalid.
    #[error("the pointer to the current run of data set `{dataset}` {reason}: {}", path.display())]
    Pointer {
        /// The data set.
        dataset: String,
        /// What is wrong.
        reason: String,
        /// The pointer.
        path: PathBuf,
    },
    /// The run to be published is incomplete.
    #[error("run `{run_id}` cannot be published: {reason}")]
    Incomplete {
        /// The run.
        run_id: String,
        /// What is missing or inconsistent.
        reason: String,
    },
    /// A table is not a readable Parquet file, or lacks a column.
    #[error("table `{table}` cannot be read ({reason}): {}", path.display())]
    Table {
        /// The table.
        table: String,
        /// What is wrong.
        reason: String,
        /// The file of the table.
        path: PathBuf,
    },
    /// A system error.
    #[error("cannot {action}: {}: {}", io_reason(source), path.display())]
    Io {
        /// The failed action, as in "cannot ...".
        action: &'static str,
        /// The system's error.
        source: io::Error,
        /// The affected file or folder.
        path: PathBuf,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, source, path: path.to_owned() }
    }

    /// The kind of error.
    pub fn kind(&self) -> Kind {
        match self {
            Self::DatasetName { .. } | Self::RunName { .. } => Kind::Name,
            Self::Busy { .. } => Kind::Busy,
            Self::NoRuns { .. }
            | Self::RunNotFound { .. }
            | Self::RunAmbiguous { .. }
            | Self::TableNotFound { .. } => Kind::NotFound,
            Self::Damaged { .. } | Self::Pointer { .. } | Self::Table { .. } => Kind::Damaged,
            Self::Newer { .. } | Self::Older { .. } => Kind::Newer,
            Self::Incomplete { .. } => Kind::Incomplete,
            Self::Io { source, .. } => io_kind(source.kind()),
        }
    }

    /// What to do about it, if known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::DatasetName { source } => source.hint.clone(),
            Self::Busy { .. } => Some("wait until it has finished, or stop that process".to_owned()),
            Self::NoRuns { dataset } => {
                Some(format!("create one with `regulars run INPUT... --name {dataset}`"))
            }
            Self::RunNotFound { known, .. } if known.is_empty() => None,
            Self::RunNotFound { known, .. } => Some(format!("available runs: {}", short_list(known))),
            Self::RunAmbiguous { matches, .. } => {
                Some(format!("use a longer prefix: {}", short_list(matches)))
            }
            Self::Damaged { .. } | Self::Table { .. } => {
                Some("run `regulars run` again; other runs are not affected".to_owned())
            }
            Self::Older { .. } => Some("run the data again with `regulars run`".to_owned()),
            Self::Newer { .. } => Some("update Regulars, or run `regulars run` again".to_owned()),
            Self::Pointer { .. } => Some(
                "the next `regulars run` replaces it; remove the file to use the newest complete run"
                    .to_owned(),
            ),
            Self::Io { source, .. } => io_hint(source.kind()).map(str::to_owned),
            Self::RunName { .. } | Self::TableNotFound { .. } | Self::Incomplete { .. } => None,
        }
    }
}

fn io_kind(kind: io::ErrorKind) -> Kind {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Kind::NoSpace,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Kind::NoPermission,
        io::ErrorKind::NotADirectory => Kind::NotAFolder,
        _ => Kind::Io,
    }
}

fn io_hint(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
            "free some space (`regulars runs prune` removes old runs), or choose another disk with `--home`",
        ),
        io::ErrorKind::PermissionDenied => {
            Some("choose a writable folder with `--home` or `REGULARS_HOME`, or change the folder's owner")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("choose a folder on a writable disk with `--home` or `REGULARS_HOME`")
        }
        io::ErrorKind::NotADirectory => {
            Some("choose another folder with `--home` or `REGULARS_HOME`, or move the file")
        }
        io::ErrorKind::Unsupported => {
            Some("the file system cannot lock files; choose a folder on a local disk with `--home`")
        }
        _ => None,
    }
}

fn io_reason(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::StorageFull => "no space left".to_owned(),
        io::ErrorKind::QuotaExceeded => "no space left in your quota".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::NotADirectory => "there is a file where a folder is needed".to_owned(),
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => root_cause(source),
    }
}

/// The system's message, without the path that wrapping errors add.
fn root_cause(source: &io::Error) -> String {
    let mut cause: &dyn std::error::Error = source;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn in_process(process: Option<u32>) -> String {
    process.map_or_else(String::new, |id| format!(" (process {id})"))
}

/// The first few names, and the number of the others.
fn short_list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len() - names.len().min(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_have_a_message_and_a_hint() {
        for (kind, expected, words) in [
            (io::ErrorKind::StorageFull, Kind::NoSpace, "no space left"),
            (io::ErrorKind::QuotaExceeded, Kind::NoSpace, "no space left in your quota"),
            (io::ErrorKind::PermissionDenied, Kind::NoPermission, "no permission"),
            (io::ErrorKind::ReadOnlyFilesystem, Kind::NoPermission, "the file system is read-only"),
            (io::ErrorKind::NotADirectory, Kind::NotAFolder, "there is a file where a folder is needed"),
        ] {
            let error = Error::io("create the home folder", Path::new("/srv/regulars"), kind.into());
            assert_eq!(error.kind(), expected);
            assert_eq!(error.to_string(), format!("cannot create the home folder: {words}: /srv/regulars"));
            assert!(error.hint().is_some(), "{kind}");
        }
    }

    #[test]
    fn the_path_appears_once() {
        let source = fs_err::File::open("/nowhere/at/all").expect_err("missing");
        let error = Error::io("read the summary", Path::new("/nowhere/at/all"), source);
        assert_eq!(error.to_string(), "cannot read the summary: it does not exist: /nowhere/at/all");
    }

    #[test]
    fn long_lists_are_truncated() {
        let names: Vec<String> = (0..15).map(|n| n.to_string()).collect();
        assert_eq!(short_list(&names), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more");
        assert_eq!(short_list(&[]), "none");
    }
}
