//! Reads a store's orders from anywhere, checks every row, and lands them as clean Parquet.
//!
//! The way of a row: a location is opened ([`locations`], [`open`]), what it is is told and turned
//! into text ([`files`]) and blocks of whole records ([`blocks`]), the header is mapped onto the canonical
//! columns ([`detect`], [`presets`]), each record is read and classified ([`classify`]), and lands
//! in `transactions`, `excluded` or `rejected` ([`land`]). Bad rows are data, not errors.
//!
//! Deliberately not here: plans over the clean tables, and the clock.

mod blocks;
mod cells;
mod checks;
mod classify;
mod customer_table;
mod customers;
pub mod detect;
mod duplicates;
mod error;
mod files;
mod ingest;
mod land;
mod locations;
mod look;
mod lookups;
mod open;
mod parquet_rows;
pub mod presets;
mod records;
mod schema;
mod statuses;
mod tables_out;

#[cfg(test)]
mod tests;

pub use cells::is_missing_text;
pub use customer_table::{CustomerTable, NumberColumn, TableRequest, customer_table};
pub use error::{Error, Kind};
pub use ingest::{Ingested, MeasuredCustomers, Measurement, Request, Roles, ingest, measure};
pub use look::{Look, look};
