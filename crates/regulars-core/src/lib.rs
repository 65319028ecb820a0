//! The shared vocabulary of Regulars: tables, orders, scores, segments, configuration and runs.
//!
//! Deliberately not here: file access, query plans, async, the clock and the environment.
//!
//! ```
//! use regulars_core::money::{Notation, format_minor_grouped, parse_minor};
//!
//! let german = Notation { decimal_comma: true, decimals: 2 };
//! assert_eq!(parse_minor(b"1.234,50", german), Ok(123_450));
//! assert_eq!(format_minor_grouped(123_450, 2), "1,234.50");
//! ```

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
pub mod postgres;
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
