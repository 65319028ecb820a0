//! The shared vocabulary of Regulars: tables, orders, scores, segments, configuration and runs.
//!
//! Deliberately not here: file access, query plans, async, the clock and the environment.

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
pub mod transliterate;
pub mod validation;

pub use error::{Error, Kind};
