//! The plans, one per file. Builders are sync functions from tables or data frames to a data frame; only opening
//! the tables and running the plan is async.
//!
//! Deliberately not here: sessions and threads (`session.rs`).

pub mod features;
mod measures;
pub mod orders;
pub mod overview;
pub mod purchases;
pub mod rfm_columns;
mod rows_at_cutoff;
pub(crate) mod single_phase;
mod tables;
