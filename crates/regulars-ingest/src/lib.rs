//! Reads a store's orders from any source, checks every row, and lands them as clean Parquet.
//!
//! The path of a row: a location is opened ([`locations`], [`open`]); its format is detected, and it is
//! converted to text ([`files`]) and to blocks of whole records ([`blocks`]); a reading plan determines what
//! its columns and rows mean ([`plan`], [`presets`]); each record is read and classified ([`classify`]) and
//! checked against the plan ([`row_checks`]); orders are resolved ([`orders`]); and rows land in
//! `transactions`, `excluded` or `rejected` ([`land`]). Bad rows are data, not errors; ambiguous input leads
//! to a question.
//!
//! Deliberately not here: query plans over the clean tables, and the clock.
//!
//! ```
//! use regulars_ingest::{InputPaths, inspect};
//! use regulars_core::config::Config;
//!
//! let folder = tempfile::tempdir()?;
//! let orders = folder.path().join("orders.csv");
//! std::fs::write(&orders, "Order,Customer,Date,Total\n1,Ann,2024-03-01,9.50\n2,Ben,2024-03-02,20.00\n")?;
//! let input_paths = InputPaths { orders: vec![orders.display().to_string()], ..InputPaths::default() };
//! let found = inspect(&input_paths, &Config::default(), &[], folder.path())?;
//! assert!(found.notes[0].contains("transaction_date = Date"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accounts;
mod blocks;
mod byte_masks;
mod cells;
mod checks;
mod classify;
mod customer_table;
mod customers;
mod databases;
mod error;
mod files;
mod ids;
mod ingest;
mod inspect;
mod land;
mod locations;
mod lookups;
mod open;
mod orders;
mod parquet_rows;
mod placeholders;
mod plan;
pub mod presets;
mod question;
mod records;
mod row_checks;
mod schema;
mod sources;
mod tables_out;

#[cfg(test)]
mod tests;

pub use cells::is_missing_text;
pub use customer_table::{CustomerTable, NumberColumn, TableRequest, customer_table};
pub use databases::{TableFile, TableReader, UnsupportedValues};
pub use error::{Error, Kind};
pub use ingest::{
    Ingested, InputPaths, MeasureOutcome, MeasuredCustomers, Request, ingest, measure_customers,
};
pub use inspect::{Inspection, inspect};
pub use sources::{SourceFile, Sources};
