//! PostgreSQL 12 and later: connections to a server, reading tables, and publishing runs.
//!
//! Deliberately not here: the declaration of the tables (`regulars-core`), the environment (an argument), and the
//! command line.

pub mod connection;
mod copy_decode;
mod error;
pub mod publish;
pub mod source;

pub use error::{Error, Kind};
