//! Models of customers in plain Rust, over column slices: scores, lifetime value, clusters.
//!
//! Deliberately not here: arrow, async, the clock, files, and any notion of a customer as an
//! object. The same columns give the same answer on every machine.

pub mod beta_geometric;
pub mod bg_bb;
pub mod bg_cnbd_k;
pub mod bg_nbd;
mod error;
pub mod gamma_gamma;
pub mod lifetime;
pub mod mbg_nbd;
pub mod nbd;
pub mod pareto_nbd;
pub mod rfm;

pub use error::{Error, Kind};
