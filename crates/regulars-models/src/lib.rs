//! Models of customers in plain Rust, over column slices: scores and clusters now, lifetime value
//! next.
//!
//! Deliberately not here: arrow, async, the clock, files, and any notion of a customer as an
//! object. The same columns give the same answer on every machine.

pub mod clusters;
mod error;
pub mod gmm;
pub mod kmeans;
pub mod rfm;

pub use error::{Error, Kind};
