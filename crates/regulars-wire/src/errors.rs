//! Errors as PostgreSQL reports them: severity, SQLSTATE, message, hint.
//!
//! Source: PostgreSQL, appendix "Error Codes".

use pgwire::error::{ErrorInfo, PgWireError};
use regulars_engine::{Error, Kind};

use crate::activity::{Stop, Stopped};

/// An error that ends the statement.
pub(crate) fn error(code: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message.into())))
}

/// An error that ends the statement, with the remedy.
pub(crate) fn with_hint(code: &str, message: impl Into<String>, hint: impl Into<String>) -> PgWireError {
    let mut info = ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message.into());
    info.hint = Some(hint.into());
    PgWireError::UserError(Box::new(info))
}

/// An error that ends the connection.
pub(crate) fn fatal(code: &str, message: impl Into<String>, hint: Option<String>) -> PgWireError {
    let mut info = ErrorInfo::new("FATAL".to_owned(), code.to_owned(), message.into());
    info.hint = hint;
    PgWireError::UserError(Box::new(info))
}

/// The engine's error.
pub(crate) fn of_engine(failed: &Error) -> PgWireError {
    let code = match (failed, failed.kind()) {
        (Error::UnknownTable { .. }, _) => "42P01",
        (Error::UnknownColumn { .. }, _) => "42703",
        (_, Kind::Query) => "42601",
        (_, Kind::NotAllowed) => "25006",
        (_, Kind::Resources) => "53200",
        (_, Kind::File) => "58030",
        (_, Kind::Data) => "XX001",
        (_, Kind::Internal) => "XX000",
    };
    match failed.hint() {
        Some(hint) => with_hint(code, failed.to_string(), hint),
        None => error(code, failed.to_string()),
    }
}

/// Why a statement was stopped.
pub(crate) fn of_stop(stopped: Stopped) -> PgWireError {
    match stopped {
        Stopped::TimedOut => with_hint(
            "57014",
            "canceling statement due to statement timeout",
            "select fewer rows or group before joining, or raise `SET statement_timeout`, up to the server's limit",
        ),
        Stopped::By(Stop::Cancelled) => error("57014", "canceling statement due to user request"),
        Stopped::By(Stop::OutOfMemory) => fatal(
            "53200",
            "the statement needs more memory than a connection may use",
            Some("select fewer rows and columns, or group before joining".to_owned()),
        ),
        Stopped::By(Stop::Shutdown) => fatal("57P01", "terminating connection: the server ends", None),
    }
}
