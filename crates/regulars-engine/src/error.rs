//! The one error type of this crate, and how DataFusion's errors become it.
//!
//! Deliberately not here: printing. A message is one line, a hint another.

use std::io;
use std::path::{Path, PathBuf};

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use thiserror::Error;

/// The result of whatever can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of mistake an [`Error`] is, for mapping onto exit codes and HTTP codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The query is not SQL that can be run: syntax, types, a name that does not exist.
    Query,
    /// The query would write, or read what is no table of the run.
    NotAllowed,
    /// The memory limit is too low for the plan, or the disk has no room to spill to.
    Resources,
    /// A file cannot be read or written.
    File,
    /// A file is not the table it should be, or a number does not fit.
    Data,
    /// A mistake of ours.
    Internal,
}

/// Why a plan or query has no result.
#[derive(Debug, Error)]
pub enum Error {
    /// SQL that cannot be parsed, planned or evaluated.
    #[error("cannot run the query: {message}")]
    Query {
        /// What is wrong with it, in one line.
        message: String,
        /// What to do about it, if that is known.
        hint: Option<String>,
    },
    /// A table that the run does not have.
    #[error("there is no table `{name}`")]
    UnknownTable {
        /// The name as the query has it.
        name: String,
        /// The tables there are.
        tables: Vec<String>,
    },
    /// A column that no table of the query has.
    #[error("there is no column `{name}`")]
    UnknownColumn {
        /// The name as the query has it.
        name: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A statement that does more than read.
    #[error("only queries that read are allowed: {message}")]
    NotAllowed {
        /// What it tried.
        message: String,
    },
    /// The plan needs more memory than the limit, even after spilling.
    #[error("out of memory while {doing}: the limit of {limit_bytes} bytes is too low ({message})")]
    MemoryLimit {
        /// What was being computed.
        doing: String,
        /// The limit the engine was given.
        limit_bytes: u64,
        /// What could not get memory.
        message: String,
    },
    /// There is no room left in the folder for temporary files.
    #[error("no space to spill to while {doing} ({message})")]
    SpillDisk {
        /// What was being computed.
        doing: String,
        /// What could not be written.
        message: String,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing}: {source}")]
    File {
        /// What was being done.
        doing: String,
        /// The file or folder.
        path: PathBuf,
        /// Why not; names the file.
        source: io::Error,
    },
    /// A file of the run is not what it should be, or a sum does not fit.
    #[error("{message}")]
    Data {
        /// What is wrong, where, and what was expected.
        message: String,
    },
    /// Anything else the engine reports.
    #[error("the engine failed while {doing}: {message}")]
    Internal {
        /// What was being computed.
        doing: String,
        /// What it reports.
        message: String,
    },
}

impl Error {
    /// What kind of mistake it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Query { .. } | Self::UnknownTable { .. } | Self::UnknownColumn { .. } => Kind::Query,
            Self::NotAllowed { .. } => Kind::NotAllowed,
            Self::MemoryLimit { .. } | Self::SpillDisk { .. } => Kind::Resources,
            Self::File { .. } => Kind::File,
            Self::Data { .. } => Kind::Data,
            Self::Internal { .. } => Kind::Internal,
        }
    }

    /// What the user can do about it, if that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Query { hint, .. } => hint.clone(),
            Self::UnknownTable { name, tables } => Some(match nearest(name, tables) {
                Some(near) => format!("did you mean `{near}`? the tables are: {}", tables.join(", ")),
                None => format!("the tables are: {}", tables.join(", ")),
            }),
            Self::UnknownColumn { name, columns } => Some(match nearest(name, columns) {
                Some(near) => format!("did you mean `{near}`? the columns are: {}", columns.join(", ")),
                None => format!("the columns are: {}", columns.join(", ")),
            }),
            Self::NotAllowed { .. } => Some("start with SELECT, WITH, SHOW TABLES or EXPLAIN".to_owned()),
            Self::MemoryLimit { .. } => {
                Some("give more with `--memory-limit`, or use fewer threads".to_owned())
            }
            Self::SpillDisk { .. } => Some("free some space, or point TMPDIR at a larger disk".to_owned()),
            Self::File { .. } | Self::Data { .. } | Self::Internal { .. } => None,
        }
    }

    pub(crate) fn file(doing: impl Into<String>, path: &Path, source: io::Error) -> Self {
        Self::File { doing: doing.into(), path: path.to_owned(), source }
    }

    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::Data { message: message.into() }
    }

    pub(crate) fn parquet(doing: &str, path: &Path, source: ParquetError) -> Self {
        let source = match source {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => *io,
                Err(other) => named(&other, path),
            },
            other => named(&other, path),
        };
        Self::file(doing, path, source)
    }
}

/// An error of a library that does not say which file it is about.
pub(crate) fn named(error: &dyn std::fmt::Display, path: &Path) -> io::Error {
    io::Error::other(format!("{error} ({})", path.display()))
}

/// Who asks, and within which limit: what an engine error has to be told with.
#[derive(Debug, Clone)]
pub(crate) struct Doing {
    pub(crate) what: &'static str,
    pub(crate) limit_bytes: Option<u64>,
    /// Set for the user's own SQL, whose mistakes are the user's.
    pub(crate) tables: Option<Vec<String>>,
}

impl Doing {
    /// Turns DataFusion's error into ours.
    #[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
    pub(crate) fn failed(&self, error: DataFusionError) -> Error {
        let doing = self.what.to_owned();
        let one_line = one_line(&error);
        match innermost(&error) {
            DataFusionError::ResourcesExhausted(message) => {
                let message = first_line(message);
                match self.limit_bytes {
                    Some(limit_bytes) if !message.contains("disk") => {
                        Error::MemoryLimit { doing, limit_bytes, message }
                    }
                    _ => Error::SpillDisk { doing, message },
                }
            }
            DataFusionError::IoError(io) if io.kind() == io::ErrorKind::StorageFull => {
                Error::SpillDisk { doing, message: io.to_string() }
            }
            DataFusionError::SchemaError(schema, _) if self.tables.is_some() => {
                schema_error(schema, one_line)
            }
            DataFusionError::Plan(message) if self.tables.is_some() => self.plan_error(message, one_line),
            DataFusionError::SQL(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Execution(_)
            | DataFusionError::ArrowError(..)
            | DataFusionError::Diagnostic(..)
                if self.tables.is_some() =>
            {
                Error::Query { message: one_line, hint: None }
            }
            _ => Error::Internal { doing, message: one_line },
        }
    }

    fn plan_error(&self, message: &str, one_line: String) -> Error {
        for forbidden in ["DDL not supported", "DML not supported", "Statement not supported"] {
            if let Some(rest) = message.strip_prefix(forbidden) {
                let what = rest.trim_start_matches(':').trim();
                return Error::NotAllowed { message: format!("`{what}` is refused") };
            }
        }
        // "table 'datafusion.public.orders' not found"
        let missing = message.strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found"));
        if let Some(name) = missing {
            let name = name.rsplit_once("public.").map_or(name, |(_, last)| last);
            return Error::UnknownTable {
                name: name.to_owned(),
                tables: self.tables.clone().unwrap_or_default(),
            };
        }
        Error::Query { message: one_line, hint: None }
    }
}

fn schema_error(error: &SchemaError, one_line: String) -> Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let mut columns: Vec<String> = Vec::new();
            for column in valid_fields {
                if !columns.contains(&column.name) {
                    columns.push(column.name.clone());
                }
            }
            Error::UnknownColumn { name: field.name.clone(), columns }
        }
        _ => Error::Query { message: one_line, hint: None },
    }
}

fn innermost(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => innermost(inner),
        DataFusionError::Shared(inner) => innermost(inner),
        DataFusionError::Collection(all) if !all.is_empty() => innermost(&all[0]),
        DataFusionError::External(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => innermost(inner),
            None => error,
        },
        other => other,
    }
}

/// The message without back trace and line breaks.
fn one_line(error: &DataFusionError) -> String {
    let text = innermost(error).strip_backtrace();
    let text = text.split("\n\nbacktrace:").next().unwrap_or_default();
    let text = text
        .trim_start_matches("Error during planning: ")
        .trim_start_matches("Execution error: ")
        .trim_start_matches("SQL error: ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rest names the largest consumers, line by line.
fn first_line(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    first.split(" with top memory").next().unwrap_or_default().trim_end_matches(['.', ':']).to_owned()
}

/// The candidate that differs least, if it differs by no more than a third of its letters.
fn nearest<'a>(name: &str, candidates: &'a [String]) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    candidates
        .iter()
        .map(|candidate| (edits(name.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.as_str())
}

/// Levenshtein's distance.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
