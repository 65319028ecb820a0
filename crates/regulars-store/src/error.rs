//! The one error type of this crate.
//!
//! Deliberately not here: printing, exit codes and HTTP codes; the leaves map [`Kind`] onto them.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What kind of failure an [`Error`] is, for mapping onto exit codes and HTTP codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name of a data set or run is not allowed.
    Name,
    /// There is no such run or table.
    NotFound,
    /// Another process is writing to the data set.
    Busy,
    /// What is on disk is not what was written.
    Damaged,
    /// The run was written by a newer version of the product.
    Newer,
    /// What the caller wants to publish is not a whole run; a bug of the caller.
    Incomplete,
    /// The disk is full, or the user's share of it is.
    NoSpace,
    /// The user may not do that there.
    NoPermission,
    /// There is a file where a folder is needed.
    NotAFolder,
    /// Any other failure of the system.
    Io,
}

/// Why a run could not be written, found or read.
///
/// Messages are lowercase, without a final dot, path last; [`Error::hint`] says what to do.
#[derive(Debug, Error)]
pub enum Error {
    /// The data set's name is not allowed.
    #[error(transparent)]
    DatasetName {
        /// What is wrong with it.
        source: regulars_core::Error,
    },
    /// The run's name is not allowed.
    #[error("`{run_id}` cannot be the name of a run: expected 1 to 80 of A-Z, a-z, 0-9, `_` and `-`")]
    RunName {
        /// The name.
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
    #[error("data set `{dataset}` has no finished run")]
    NoRuns {
        /// The data set.
        dataset: String,
    },
    /// No run fits what was asked for.
    #[error("data set `{dataset}` has no run `{selector}`")]
    RunNotFound {
        /// The data set.
        dataset: String,
        /// What was asked for.
        selector: String,
        /// The complete runs there are, newest first.
        known: Vec<String>,
    },
    /// Several runs fit what was asked for.
    #[error("`{selector}` fits {} runs of data set `{dataset}`", matches.len())]
    RunAmbiguous {
        /// The data set.
        dataset: String,
        /// What was asked for.
        selector: String,
        /// The runs it fits.
        matches: Vec<String>,
    },
    /// The run has no such table.
    #[error("run `{run_id}` has no table `{table}`; it has {}", listed(known))]
    TableNotFound {
        /// The run.
        run_id: String,
        /// What was asked for.
        table: String,
        /// The tables there are.
        known: Vec<String>,
    },
    /// A finished run is not as it was written.
    #[error("run `{run_id}` is damaged: {reason}: {}", path.display())]
    Damaged {
        /// The run.
        run_id: String,
        /// What is wrong.
        reason: String,
        /// The file or folder concerned.
        path: PathBuf,
    },
    /// The run was written by a newer version of the product.
    #[error("run `{run_id}` has a manifest of version {found}; this program reads up to version {supported}")]
    Newer {
        /// The run.
        run_id: String,
        /// Its manifest's version.
        found: u32,
        /// The newest version this program reads.
        supported: u32,
    },
    /// The pointer to the current run cannot be followed.
    #[error("the pointer to the current run of data set `{dataset}` {reason}: {}", path.display())]
    Pointer {
        /// The data set.
        dataset: String,
        /// What is wrong.
        reason: String,
        /// The pointer.
        path: PathBuf,
    },
    /// What the caller wants to publish is not a whole run.
    #[error("run `{run_id}` cannot be published: {reason}")]
    Incomplete {
        /// The run.
        run_id: String,
        /// What is missing or does not fit.
        reason: String,
    },
    /// A table is not a readable Parquet file, or lacks a column.
    #[error("table `{table}` cannot be read ({reason}): {}", path.display())]
    Table {
        /// The table.
        table: String,
        /// What is wrong.
        reason: String,
        /// Its file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action}: {}: {}", io_reason(source), path.display())]
    Io {
        /// What was to be done, as in "cannot ...".
        action: &'static str,
        /// The system's answer.
        source: io::Error,
        /// The file or folder concerned.
        path: PathBuf,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, source, path: path.to_owned() }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::DatasetName { .. } | Self::RunName { .. } => Kind::Name,
            Self::Busy { .. } => Kind::Busy,
            Self::NoRuns { .. }
            | Self::RunNotFound { .. }
            | Self::RunAmbiguous { .. }
            | Self::TableNotFound { .. } => Kind::NotFound,
            Self::Damaged { .. } | Self::Pointer { .. } | Self::Table { .. } => Kind::Damaged,
            Self::Newer { .. } => Kind::Newer,
            Self::Incomplete { .. } => Kind::Incomplete,
            Self::Io { source, .. } => io_kind(source.kind()),
        }
    }

    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::DatasetName { source } => source.hint.clone(),
            Self::Busy { .. } => Some("wait until it has finished, or end that process".to_owned()),
            Self::NoRuns { dataset } => {
                Some(format!("compute one: `regulars run INPUT... --name {dataset}`"))
            }
            Self::RunNotFound { known, .. } if known.is_empty() => None,
            Self::RunNotFound { known, .. } => Some(format!("its runs: {}", listed(known))),
            Self::RunAmbiguous { matches, .. } => Some(format!("give more of the name: {}", listed(matches))),
            Self::Damaged { .. } | Self::Table { .. } => {
                Some("compute it again with `regulars run`; other runs are not affected".to_owned())
            }
            Self::Newer { .. } => Some("update regulars, or compute the run again".to_owned()),
            Self::Pointer { .. } => Some(
                "the next `regulars run` sets it again; remove the file to use the newest complete run"
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
            Some("choose a folder you may write to with `--home` or `REGULARS_HOME`, or change its owner")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("choose a folder on a writable disk with `--home` or `REGULARS_HOME`")
        }
        io::ErrorKind::NotADirectory => {
            Some("choose a folder with `--home` or `REGULARS_HOME`, or move the file away")
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
        io::ErrorKind::NotADirectory => "a file is in the place of a folder".to_owned(),
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => root_cause(source),
    }
}

/// The system's own words: the wrappers above them repeat the path, which stands last anyway.
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

/// The first few names, and how many more there are.
fn listed(names: &[String]) -> String {
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
    fn what_the_system_refuses_is_said_in_words_with_a_hint() {
        for (kind, expected, words) in [
            (io::ErrorKind::StorageFull, Kind::NoSpace, "no space left"),
            (io::ErrorKind::QuotaExceeded, Kind::NoSpace, "no space left in your quota"),
            (io::ErrorKind::PermissionDenied, Kind::NoPermission, "no permission"),
            (io::ErrorKind::ReadOnlyFilesystem, Kind::NoPermission, "the file system is read-only"),
            (io::ErrorKind::NotADirectory, Kind::NotAFolder, "a file is in the place of a folder"),
        ] {
            let error = Error::io("create the home folder", Path::new("/srv/regulars"), kind.into());
            assert_eq!(error.kind(), expected);
            assert_eq!(error.to_string(), format!("cannot create the home folder: {words}: /srv/regulars"));
            assert!(error.hint().is_some(), "{kind}");
        }
    }

    #[test]
    fn the_path_is_not_said_twice() {
        let source = fs_err::File::open("/nowhere/at/all").expect_err("missing");
        let error = Error::io("read the summary", Path::new("/nowhere/at/all"), source);
        assert_eq!(error.to_string(), "cannot read the summary: it does not exist: /nowhere/at/all");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..15).map(|n| n.to_string()).collect();
        assert_eq!(listed(&names), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more");
        assert_eq!(listed(&[]), "none");
    }
}
