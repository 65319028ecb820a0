//! Reads a store's orders from anywhere, checks every row, and lands them as clean Parquet.
//!
//! The way of a row: a location is opened ([`locations`], [`open`]), what it is is told and turned
//! into text ([`files`]) and blocks of whole records ([`blocks`]), a plan says what its columns and rows
//! are ([`plan`], [`presets`]), each record is read and classified ([`classify`]) and counted against the
//! plan ([`row_checks`]), orders are settled ([`orders`]), and rows land in `transactions`, `excluded`
//! or `rejected` ([`land`]). Bad rows are data, not errors; what can be read in two ways is asked.
//!
//! Deliberately not here: plans over the clean tables, and the clock.

mod accounts;
mod blocks;
mod cells;
mod checks;
mod classify;
mod customer_table;
mod customers;
mod error;
mod files;
mod ids;
mod ingest;
mod land;
mod locations;
mod look;
mod lookups;
mod marks;
mod nobody;
mod open;
mod orders;
mod parquet_rows;
mod plan;
pub mod presets;
mod question;
mod records;
mod row_checks;
mod schema;
mod tables_out;

#[cfg(test)]
mod tests;

pub use cells::is_missing_text;
pub use customer_table::{CustomerTable, NumberColumn, TableRequest, customer_table};
pub use error::{Error, Kind};
pub use ingest::{Ingested, MeasuredCustomers, Measurement, Request, Roles, ingest, measure};
pub use look::{Look, look};
