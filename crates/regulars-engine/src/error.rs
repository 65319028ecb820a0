//! The error type of this crate, and the conversion of DataFusion's errors.
//!
//! Deliberately not here: printing. Message and hint are one line each.

use std::io;
use std::path::{Path, PathBuf};

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use thiserror::Error;

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Kind of an [`Error`], for mapping to exit codes and HTTP codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The query cannot be run: syntax, types, an unknown name.
    Query,
    /// The query would write, or read something other than the run's tables.
    NotAllowed,
    /// The memory limit is too low for the plan, or there is no spill space.
    Resources,
    /// A file cannot be read or written.
    File,
    /// A file does not have the expected table, or a number is out of range.
    Data,
    /// A bug in Regulars.
    Internal,
}

/// Why a plan or query failed.
#[derive(Debug, Error)]
pub enum Error {
    /// SQL that cannot be parsed, planned or evaluated.
    #[error("cannot run the query: {message}")]
    Query {
        /// The problem, in one line.
        message: String,
        /// The remedy, if known.
        hint: Option<String>,
    },
    /// An unknown table.
    #[error("there is no table `{name}`")]
    UnknownTable {
        /// The name in the query.
        name: String,
        /// The available tables.
        tables: Vec<String>,
    },
    /// An unknown column.
    #[error("there is no column `{name}`")]
    UnknownColumn {
        /// The name in the query.
        name: String,
        /// The available columns.
        columns: Vec<String>,
    },
    /// A statement that does more than read.
    #[error("only queries that read are allowed: {message}")]
    NotAllowed {
        /// What was attempted.
        message: String,
    },
    /// The plan needs more memory than the limit, even after spilling.
    #[error("out of memory while {doing}: the limit of {limit_bytes} bytes is too low ({message})")]
    MemoryLimit {
        /// The operation, as in "while ...".
        doing: String,
        /// The engine's memory limit.
        limit_bytes: u64,
        /// The operator that could not get memory.
        message: String,
    },
    /// There is no space left for temporary files.
    #[error("no space to spill to while {doing} ({message})")]
    SpillDisk {
        /// The operation, as in "while ...".
        doing: String,
        /// What could not be written.
        message: String,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing}: {source}")]
    File {
        /// The operation, as in "cannot ...".
        doing: String,
        /// The file or folder.
        path: PathBuf,
        /// The cause; names the file.
        source: io::Error,
    },
    /// A file of the run does not have the expected content, or a sum is out of range.
    #[error("{message}")]
    Data {
        /// The problem, its place, and what was expected.
        message: String,
    },
    /// Any other error of the engine.
    #[error("the engine failed while {doing}: {message}")]
    Internal {
        /// The operation, as in "while ...".
        doing: String,
        /// The engine's message.
        message: String,
    },
}

impl Error {
    /// The kind of error.
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

    /// The remedy, if known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Query { hint, .. } => hint.clone(),
            Self::UnknownTable { name, tables } => Some(match closest(name, tables) {
                Some(near) => format!("did you mean `{near}`? the tables are: {}", tables.join(", ")),
                None => format!("the tables are: {}", tables.join(", ")),
            }),
            Self::UnknownColumn { name, columns } => Some(match closest(name, columns) {
                Some(near) => format!("did you mean `{near}`? the columns are: {}", columns.join(", ")),
                None => format!("the columns are: {}", columns.join(", ")),
            }),
            Self::NotAllowed { .. } => Some("start with SELECT, WITH, SHOW TABLES or EXPLAIN".to_owned()),
            Self::MemoryLimit { .. } => Some("raise `--memory-limit`, or use fewer threads".to_owned()),
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
                Err(other) => with_path(&other, path),
            },
            other => with_path(&other, path),
        };
        Self::file(doing, path, source)
    }
}

/// A library error that does not name its file.
pub(crate) fn with_path(error: &dyn std::fmt::Display, path: &Path) -> io::Error {
    io::Error::other(format!("{error} ({})", path.display()))
}

/// An operation of the engine: the context of its errors.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// The operation, as in "while ...".
    pub(crate) name: &'static str,
    pub(crate) limit_bytes: Option<u64>,
    /// The available tables, for the user's SQL: its errors are the user's.
    pub(crate) tables: Option<Vec<String>>,
}

impl Operation {
    /// Converts DataFusion's error.
    #[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
    pub(crate) fn failed(&self, error: DataFusionError) -> Error {
        let doing = self.name.to_owned();
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
                return Error::NotAllowed { message: format!("`{what}` is not allowed") };
            }
        }
        // "table 'datafusion.public.orders' not found"
        let missing = message.strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found"));
        if let Some(name) = missing {
            // After catalog and schema.
            let name = name.splitn(3, '.').nth(2).unwrap_or(name);
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

/// The message without backtrace and line breaks.
fn one_line(error: &DataFusionError) -> String {
    let text = innermost(error).strip_backtrace();
    let text = text.split("\n\nbacktrace:").next().unwrap_or_default();
    let text = text
        .trim_start_matches("Error during planning: ")
        .trim_start_matches("Execution error: ")
        .trim_start_matches("SQL error: ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first line; the others list the largest consumers of memory.
fn first_line(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    first.split(" with top memory").next().unwrap_or_default().trim_end_matches(['.', ':']).to_owned()
}

/// The closest candidate, if it differs by no more than a third of its letters.
fn closest<'a>(name: &str, candidates: &'a [String]) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    candidates
        .iter()
        .map(|candidate| (levenshtein(name.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.as_str())
}

/// Levenshtein distance.
fn levenshtein(a: &[u8], b: &[u8]) -> usize {
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
