//! PostgreSQL 12 and later: connections to a server, rows read from it, and runs published to it.
//!
//! Deliberately not here: the declaration of the tables (`regulars-core`), the environment (an argument), and the
//! command line.

pub mod connection;
mod copy_decode;
mod error;
pub mod publish;
pub mod source;

pub use error::{Error, Kind};
