//! Demo data: two data sets of customers, orders and true parameters, generated from a seed; and exports of
//! small shops.
//!
//! Purchases follow a buy-till-you-die process, so that lifetime value models can be checked. Data sets of
//! any size are generated in bounded memory: customers are generated, encoded and appended in chunks, each
//! from a separate random stream, so the files do not depend on the number of threads.
//!
//! [`exports`] generates small shops with known ground truth in the layouts of other programs, for testing
//! readers.
//!
//! Deliberately not here: reading, and the meaning of the columns (see `regulars-core`).
//!
//! ```
//! use regulars_core::progress::Silent;
//! use regulars_synth::{Formats, Preset, SynthParams, write};
//!
//! let folder = tempfile::tempdir()?;
//! let shop = SynthParams { customers: 100, ..SynthParams::new(Preset::Synthetic, 42) };
//! let written = write(&shop, Formats::CSV, folder.path(), 1, &Silent)?;
//! assert_eq!(written.customers, 100);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
