//! Customer models in plain Rust, over column slices: RFM scores, clusters, lifetime value.
//!
//! Deliberately not here: arrow, async, the clock, files, and any notion of a customer as an object. The
//! same columns give the same results on every machine.
//!
//! ```
//! use regulars_core::config::Scores;
//! use regulars_models::rfm::{Customers, RfmParams, score};
//!
//! let customers = Customers {
//!     recency_days: &[3, 40, 200, 9, 90],
//!     frequency: &[9, 4, 1, 6, 2],
//!     monetary_minor: &[90_000, 20_050, 999, 31_500, 4_000],
//! };
//! let quintiles = RfmParams { scores: Scores::default(), money_decimals: 2 }.check()?;
//! assert_eq!(score(customers, &quintiles)?.r, [5, 3, 1, 4, 2]);
//! # Ok::<(), regulars_models::Error>(())
//! ```

pub mod beta_geometric;
pub mod bg_bb;
pub mod bg_cnbd_k;
pub mod bg_nbd;
pub mod clusters;
pub mod cycle_ratio;
mod error;
pub mod gamma_gamma;
pub mod gmm;
mod kind;
pub mod kmeans;
pub mod lifetime;
pub mod mbg_nbd;
pub mod nbd;
pub mod opportunities;
pub mod pareto_nbd;
pub mod rfm;
pub mod targeting;

pub use error::Error;
pub use kind::Kind;
