//! The vocabulary of Regulars: what every other crate means by a table, a purchase, a score,
//! a segment, a configuration and a run.
//!
//! Deliberately not here: reading files, running plans, async, the clock and the environment.

pub mod actions;
pub mod budget;
pub mod cadence;
pub mod columns;
pub mod config;
pub mod currency;
pub mod dates;
mod error;
pub mod features;
pub mod labels;
pub mod letters;
pub mod manifest;
pub mod money;
pub mod names;
pub mod progress;
pub mod question;
pub mod reading;
pub mod risk;
pub mod segments;
pub mod summary;
pub mod tables;
pub mod time_split;
pub mod validation;

pub use error::{Error, Kind};
