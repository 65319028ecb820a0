//! Customer models in plain Rust, over column slices: RFM scores, clusters, lifetime value.
//!
//! Deliberately not here: arrow, async, the clock, files, and any notion of a customer as an object. The
//! same columns give the same results on every machine.

pub mod beta_geometric;
pub mod bg_bb;
pub mod bg_cnbd_k;
pub mod bg_nbd;
pub mod clusters;
mod error;
pub mod gamma_gamma;
pub mod gmm;
mod kind;
pub mod kmeans;
pub mod lifetime;
pub mod mbg_nbd;
pub mod nbd;
pub mod opportunities;
pub mod pace;
pub mod pareto_nbd;
pub mod rfm;
pub mod targeting;

pub use error::Error;
pub use kind::Kind;
