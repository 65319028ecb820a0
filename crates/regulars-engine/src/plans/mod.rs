//! The plans, one per file. Builders are sync functions from data frame to data frame; only the outermost
//! step of each is async.
//!
//! Deliberately not here: sessions and threads (`session.rs`).

pub mod features;
mod known_rows;
mod measures;
pub mod orders;
pub mod overview;
pub mod purchases;
pub mod rfm_columns;
pub(crate) mod single_phase;
