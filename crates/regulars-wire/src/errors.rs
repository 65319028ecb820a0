//! Errors as PostgreSQL reports them: severity, SQLSTATE, message, hint.
//!
//! Source: PostgreSQL, appendix "Error Codes".

use futures::{Sink, SinkExt as _};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use regulars_engine::{Error, Kind};

use crate::activity::{Stop, Stopped};

/// An error that ends the statement.
pub(crate) fn error(code: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message.into())))
}

/// An error that ends the statement, with a hint.
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

/// Sends an error that ends the connection, and ends it; other errors are passed on.
pub(crate) async fn end_if_fatal<C>(client: &mut C, result: PgWireResult<()>) -> PgWireResult<()>
where
    C: Sink<PgWireBackendMessage> + Unpin + Send,
    PgWireError: From<C::Error>,
{
    let Err(failed) = result else { return Ok(()) };
    let info = ErrorInfo::from(failed);
    if !info.is_fatal() {
        return Err(PgWireError::UserError(Box::new(info)));
    }
    // No message may follow, not even ReadyForQuery.
    client.send(PgWireBackendMessage::ErrorResponse(info.into())).await?;
    client.close().await?;
    Ok(())
}

/// An error of the engine.
pub(crate) fn of_engine(failed: &Error) -> PgWireError {
    let code = match (failed, failed.kind()) {
        (Error::UnknownTable { .. }, _) => "42P01",
        (Error::UnknownColumn { .. }, _) => "42703",
        (Error::Query { message, .. }, _) => of_message(message),
        (_, Kind::Query) => "42601",
        (_, Kind::NotAllowed) => "25006",
        (_, Kind::Resources) => "53200",
        (_, Kind::File) => "58030",
        (_, Kind::Data) => "XX001",
        (_, Kind::Internal) => "XX000",
    };
    let hint = match failed {
        Error::MemoryLimit { .. } => Some(
            "select fewer rows and columns, or raise `memory_mb` under `[serve.pg]` of the server's configuration"
                .to_owned(),
        ),
        other => other.hint(),
    };
    match hint {
        Some(hint) => with_hint(code, failed.to_string(), hint),
        None => error(code, failed.to_string()),
    }
}

/// The SQLSTATE of an error for which the engine has only a message.
fn of_message(message: &str) -> &'static str {
    let codes = [
        ("Divide by zero", "22012"),
        ("Overflow happened", "22003"),
        ("Invalid function", "42883"),
        ("No function matches", "42883"),
        ("Ambiguous reference", "42702"),
        ("Cast error", "22P02"),
        ("Parser error", "22P02"),
        ("not implemented", "0A000"),
    ];
    codes.iter().find(|(part, _)| message.contains(part)).map_or("42601", |(_, code)| code)
}

/// The error of a stopped statement.
pub(crate) fn of_stop(stopped: Stopped) -> PgWireError {
    match stopped {
        Stopped::TimedOut => with_hint(
            "57014",
            "canceling statement due to statement timeout",
            "select fewer rows, aggregate before joining, or raise `statement_timeout`, up to the server's limit",
        ),
        Stopped::By(Stop::Cancelled) => error("57014", "canceling statement due to user request"),
        Stopped::By(Stop::OutOfMemory) => fatal(
            "53200",
            "the statement needs more memory than a connection may use",
            Some("select fewer rows and columns, or aggregate before joining".to_owned()),
        ),
        Stopped::By(Stop::Shutdown) => {
            fatal("57P01", "terminating connection: the server is shutting down", None)
        }
    }
}
