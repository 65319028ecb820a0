//! Connections to a server: where it is (`location`), passwords from files (`passfile`), encryption (`tls`).
//!
//! Deliberately not here: SQL.

use std::error::Error as _;
use std::io::ErrorKind;

use tokio_postgres::{Client, NoTls};

use crate::error::{Error, Kind};

mod location;
mod passfile;
mod tls;

pub use location::{Environment, Location, check_scheme, is_postgres};

use location::Encryption;

/// Connects and authenticates.
///
/// The connection lives as long as the client, in a task of the current tokio runtime.
///
/// Errors: [`Kind::Unreachable`], [`Kind::AccessDenied`], [`Kind::Tls`], [`Kind::NotFound`] for the database.
pub async fn connect(location: &Location) -> Result<Client, Error> {
    let config = &location.config;
    let connecting = async {
        match &location.encryption {
            Encryption::Off => config.connect(NoTls).await.map(|(client, connection)| {
                // If the connection ends, the client's requests fail.
                tokio::spawn(connection);
                client
            }),
            Encryption::Verified { authorities } => {
                let tls = tls::Connector::new(authorities.as_deref(), location.direct_tls())?;
                config.connect(tls).await.map(|(client, connection)| {
                    tokio::spawn(connection);
                    client
                })
            }
        }
        .map_err(|error| failed(location, &error))
    };
    // The timeout of the configuration does not cover authentication, and applies to each address of a host.
    let limit = location.connect_timeout();
    tokio::time::timeout(limit, connecting)
        .await
        .unwrap_or_else(|_| Err(timed_out(location, limit.as_secs())))
}

fn failed(location: &Location, error: &tokio_postgres::Error) -> Error {
    let server = location.server();
    if error.as_db_error().is_some() {
        let mut error = Error::of_server(&format!("cannot connect to {server}"), error);
        if let (Kind::AccessDenied, Some(note)) = (error.kind, &location.passfile_note) {
            error.hint = Some(note.clone());
        }
        return error;
    }
    let cause = error.source();
    if let Some(refused) = cause.and_then(|cause| cause.downcast_ref::<tls::TlsError>()) {
        return Error::new(Kind::Tls, format!("cannot trust {server}: {}", refused.reason))
            .hint(refused.hint);
    }
    if let Some(io) = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>()) {
        let (reason, hint) = match io.kind() {
            ErrorKind::TimedOut => return timed_out(location, location.connect_timeout().as_secs()),
            ErrorKind::ConnectionRefused | ErrorKind::NotFound => (
                "no server accepts connections there".to_owned(),
                "check the host and the port, and that the server is running",
            ),
            ErrorKind::PermissionDenied => (io.to_string(), "check the address"),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => (
                "the server closed the connection".to_owned(),
                "check that it is a PostgreSQL server, or try again",
            ),
            _ => (io.to_string(), "check the host name and the network"),
        };
        return Error::new(Kind::Unreachable, format!("cannot connect to {server}: {reason}")).hint(hint);
    }
    let text = cause.map_or_else(|| error.to_string(), ToString::to_string);
    match text.as_str() {
        "server does not support TLS" => {
            Error::new(Kind::Tls, format!("cannot connect to {server}: it does not support encryption (TLS)")).hint(
                "enable it on the server (`ssl = on`), or accept an unencrypted connection with `?sslmode=disable`",
            )
        }
        "password missing" => {
            let hint = location.passfile_note.clone().unwrap_or_else(|| {
                "set PGPASSWORD, or add a line to ~/.pgpass: host:port:database:user:password".to_owned()
            });
            Error::new(Kind::AccessDenied, format!("cannot connect to {server}: it requires a password")).hint(hint)
        }
        _ => {
            let hint = "check that it is a PostgreSQL server of version 12 or later";
            Error::new(Kind::AccessDenied, format!("cannot connect to {server}: {text}")).hint(hint)
        }
    }
}

fn timed_out(location: &Location, seconds: u64) -> Error {
    let server = location.server();
    Error::new(Kind::Unreachable, format!("cannot connect to {server}: no answer within {seconds} s"))
        .hint("check the host, the port and firewalls; wait longer with `?connect_timeout=SECONDS`")
}
