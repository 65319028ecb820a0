//! The two demonstration data sets, from a seed: customers, their orders, and the truth about them;
//! and exports of small shops.
//!
//! Purchases follow a buy-till-you-die process, so that models of lifetime value have something
//! to be checked against. Any size in bounded memory: customers are made, encoded and appended in
//! chunks, each from its own stream of random numbers, so that the files do not depend on the
//! number of threads.
//!
//! [`exports`] has small shops with known truth in the layouts of other programs, for tests of
//! whoever reads such files.
//!
//! Deliberately not here: reading anything, and the columns' meaning (see `regulars-core`).

mod error;
mod params;

mod calendar;
mod shop;

mod customers;
mod kaggle;
mod orders;
mod synthetic;

mod chunk;
mod table;

mod csv_file;
mod parquet_file;
mod pending;

mod turn;
mod write;

pub mod exports;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use params::{Formats, MAX_CUSTOMERS, Params, Preset, TablePaths, Written};
pub use write::write;
