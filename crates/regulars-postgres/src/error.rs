//! The error type of this crate, and remedies for the server's errors.
//!
//! Messages and hints never show a password.

use std::error::Error as _;

use thiserror::Error;
use tokio_postgres::error::SqlState;

/// The kind of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The address of the database is invalid.
    Address,
    /// The server cannot be reached or accepts no connections.
    Unreachable,
    /// The server refuses the user, the password or the operation.
    AccessDenied,
    /// The connection cannot be encrypted, or the server's identity cannot be verified.
    Tls,
    /// There is no such database, table or column.
    NotFound,
    /// Another session holds a lock.
    Busy,
    /// The name is taken by an object that Regulars did not create.
    NameTaken,
    /// The server has no space left.
    NoSpace,
    /// The connection was lost.
    ConnectionLost,
    /// The data cannot be stored or read as they are.
    Data,
    /// The schema was written by a newer version of the program.
    Newer,
    /// Any other error of the server.
    Server,
}

/// Why a database could not be read or written.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// The kind of error.
    pub kind: Kind,
    /// What is wrong and where; lowercase, no full stop.
    pub message: String,
    /// What to do about it, if known.
    pub hint: Option<String>,
    /// The server's SQLSTATE, if it reported one.
    pub sqlstate: Option<String>,
}

impl Error {
    /// An error of this program.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, sqlstate: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An error of the server or of the connection; `doing` is what failed, such as `reading the table`.
    pub fn of_server(doing: &str, error: &tokio_postgres::Error) -> Self {
        let Some(reported) = error.as_db_error() else {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            if error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
            {
                let message = format!("{doing}: the connection to the server was lost ({cause})");
                return Self::new(Kind::ConnectionLost, message).hint(RESTARTED);
            }
            return Self::new(Kind::Server, format!("{doing}: {cause}"));
        };
        let (kind, hint) = meaning(reported.code());
        let hint = hint.map(str::to_owned).or_else(|| reported.hint().map(str::to_owned));
        let detail = reported.detail().map_or_else(String::new, |detail| format!(" ({})", one_line(detail)));
        Self {
            kind,
            message: format!("{doing}: {}{detail}", one_line(reported.message())),
            hint,
            sqlstate: Some(reported.code().code().to_owned()),
        }
    }
}

impl From<regulars_store::Error> for Error {
    fn from(error: regulars_store::Error) -> Self {
        Self { hint: error.hint(), ..Self::new(Kind::Data, error.to_string()) }
    }
}

const RESTARTED: &str = "the server stopped, it ended this session, or the network failed; try again";

/// The kind of an error of the server, and what to do about it.
fn meaning(code: &SqlState) -> (Kind, Option<&'static str>) {
    let of = |kind, hint| (kind, Some(hint));
    match code.code() {
        // The disk is full, or a quota is.
        "53100" | "54P01" => of(Kind::NoSpace, "free space on the server, then try again"),
        "53200" => of(Kind::NoSpace, "the server is out of memory; try again when it is less busy"),
        "53300" => of(Kind::Unreachable, "the server has reached its connection limit; try again later"),
        "57P03" => of(Kind::Unreachable, "the server is starting or stopping; try again in a moment"),
        "57P01" | "57P02" | "57P05" | "25P03" => of(Kind::ConnectionLost, RESTARTED),
        "57014" => of(Kind::Busy, "a limit such as `statement_timeout`, or an administrator, cancelled it"),
        "55P03" | "40P01" => of(Kind::Busy, "another session holds a lock; try again when it has ended"),
        "28P01" => of(Kind::AccessDenied, "check the user, and the password in PGPASSWORD or ~/.pgpass"),
        "28000" => of(Kind::AccessDenied, "check the user, the database and the server's pg_hba.conf"),
        "42501" => of(Kind::AccessDenied, "use a user with the privilege, or have the owner grant it"),
        "25006" => {
            of(Kind::AccessDenied, "this server is read-only, such as a replica; use the primary server")
        }
        "3D000" => of(Kind::NotFound, "check the name of the database, or create it with `createdb`"),
        "42P07" | "42710" => of(Kind::NameTaken, "rename it, or publish to another schema: --schema NAME"),
        "3F000" | "42P01" | "42703" => (Kind::NotFound, None),
        code if code.starts_with("08") => of(Kind::ConnectionLost, RESTARTED),
        code if code.starts_with("22") || code.starts_with("23") => (Kind::Data, None),
        _ => (Kind::Server, None),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
