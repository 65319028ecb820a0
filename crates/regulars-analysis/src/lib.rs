//! A run's results, ready to present: its customers as columns, filters, the figures of the filtered
//! customers, and findings (claims, the rules for making them, and their wording).
//!
//! Used by pages, terminal, files and Python. Reads finished runs; work that needs the query engine is behind
//! the trait [`backend::RunComputer`]. Drawing and serving belong to other crates.
//!
//! ```
//! use regulars_analysis::format::{headline_count, percent};
//!
//! assert_eq!(headline_count(17_800_000), "17.8M");
//! assert_eq!(percent(0.0002), "<0.1%");
//! ```

// Reading finished runs.
pub mod backend;
pub mod columns;
pub mod error;
pub mod row_writer;
pub mod rows;
pub mod stored_runs;

// The customers of a run, and those selected by a filter.
pub mod filter;
pub mod filtered_run;
pub mod frame;
pub mod measures;
mod select;
pub mod selection;

// Questions about them.
pub mod best_customer_profile;
pub mod budget;
pub mod campaign;
pub mod cohorts;
pub mod customer;
pub mod customers;
pub mod distribution;
pub mod marketing;
pub mod movements;

// Findings in words.
pub mod claims;
pub mod evidence;
pub mod importance;
pub mod revenue_bridge;

// How values and tables are shown.
pub mod format;
pub mod table;
