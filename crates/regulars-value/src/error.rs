//! One error for all steps: what failed, and the remedy.

use regulars_core::question::Question;
use thiserror::Error;

/// Result of a pipeline step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who or what caused the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The sources or the configuration.
    Input,
    /// Disk space, permissions, memory, another run in progress.
    Environment,
    /// A bug in Regulars.
    Internal,
}

/// Why there is no run.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// The problem.
    pub message: String,
    /// The remedy.
    pub hint: Option<String>,
    /// The cause.
    pub kind: Kind,
    /// The question, if the sources can be read in more than one way.
    pub question: Option<Box<Question>>,
}

impl Error {
    /// An error without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, kind, question: None }
    }
}

impl From<regulars_core::Error> for Error {
    fn from(error: regulars_core::Error) -> Self {
        Self { message: error.message, hint: error.hint, kind: Kind::Input, question: None }
    }
}

impl From<regulars_ingest::Error> for Error {
    fn from(error: regulars_ingest::Error) -> Self {
        use regulars_ingest::Kind as Of;
        let kind = match error.kind {
            Of::Permission | Of::NoSpace | Of::Io => Kind::Environment,
            _ => Kind::Input,
        };
        Self { message: error.message, hint: error.hint, kind, question: error.question }
    }
}

impl From<regulars_engine::Error> for Error {
    fn from(error: regulars_engine::Error) -> Self {
        use regulars_engine::Kind as Of;
        let kind = match error.kind() {
            Of::Resources | Of::File => Kind::Environment,
            Of::Internal => Kind::Internal,
            _ => Kind::Input,
        };
        Self { message: error.to_string(), hint: error.hint(), kind, question: None }
    }
}

impl From<regulars_store::Error> for Error {
    fn from(error: regulars_store::Error) -> Self {
        Self { message: error.to_string(), hint: error.hint(), kind: Kind::Environment, question: None }
    }
}

impl From<regulars_learners::Error> for Error {
    fn from(error: regulars_learners::Error) -> Self {
        use regulars_learners::Kind as Of;
        // These settings and columns are internal, not the user's.
        let kind = if error.kind() == Of::Model { Kind::Environment } else { Kind::Internal };
        Self { message: error.to_string(), hint: error.hint().map(str::to_owned), kind, question: None }
    }
}

impl From<regulars_models::Error> for Error {
    fn from(error: regulars_models::Error) -> Self {
        Self {
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
            kind: Kind::Input,
            question: None,
        }
    }
}
