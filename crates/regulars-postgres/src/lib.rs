//! PostgreSQL 12 and later: connections to a server, and runs published to it.
//!
//! Deliberately not here: the declaration of the tables (`regulars-core`), the environment (an argument), and the
//! command line.

pub mod connection;
mod error;
pub mod publish;

pub use error::{Error, Kind};
