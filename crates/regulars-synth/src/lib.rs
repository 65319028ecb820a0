//! The two demo data sets, generated from a seed: customers, their orders, and their true parameters; and
//! exports of small shops.
//!
//! Purchases follow a buy-till-you-die process, so that lifetime value models can be checked. Any size in
//! bounded memory: customers are generated, encoded and appended in chunks, each from a separate random
//! stream, so that the files do not depend on the number of threads.
//!
//! [`exports`] has small shops with known ground truth in the layouts of other programs, for tests of
//! readers.
//!
//! Deliberately not here: reading, and the meaning of the columns (see `regulars-core`).

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

mod sequencer;
mod write;

pub mod exports;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use params::{Formats, MAX_CUSTOMERS, Preset, SynthParams, TablePaths, Written};
pub use write::write;
