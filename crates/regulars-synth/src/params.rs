//! Parameters and results.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::Error;

/// The maximum number of customers of a data set.
///
/// A Parquet file holds at most 32,767 row groups, and a row group here is one chunk of customers.
pub const MAX_CUSTOMERS: u64 = 1_000_000_000;

/// One of the two demo data sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Two years (730 days: 2023-01-01 to 2024-12-30), about eight orders per customer, with statuses and a
    /// season.
    Synthetic,
    /// One year (2024) of a small shop, similar to data sets on Kaggle: income and spending score of each
    /// customer, no statuses.
    Kaggle,
}

impl Preset {
    /// Both presets.
    pub const ALL: [Self; 2] = [Self::Synthetic, Self::Kaggle];

    /// The preset's name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Synthetic => "synthetic",
            Self::Kaggle => "kaggle",
        }
    }

    /// Number of customers in the demo.
    pub fn default_customers(self) -> u64 {
        match self {
            Self::Synthetic => 50_000,
            Self::Kaggle => 500,
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    /// Errors: [`Error::UnknownPreset`] for any name but `synthetic` and `kaggle`.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| Error::UnknownPreset { name: name.to_owned() })
    }
}

/// Everything that determines the data set, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynthParams {
    /// Which data set.
    pub preset: Preset,
    /// Number of customers; 1 to [`MAX_CUSTOMERS`].
    pub customers: u64,
    /// The seed of all random numbers.
    pub seed: u64,
}

impl SynthParams {
    /// The preset at its default size.
    pub fn new(preset: Preset, seed: u64) -> Self {
        Self { preset, customers: preset.default_customers(), seed }
    }
}

/// The formats of `transactions` and `customers`; `truth` is always Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// Write `.parquet` files.
    pub parquet: bool,
    /// Write `.csv` files.
    pub csv: bool,
}

impl Formats {
    /// Both.
    pub const BOTH: Self = Self { parquet: true, csv: true };
    /// Parquet only.
    pub const PARQUET: Self = Self { parquet: true, csv: false };
    /// CSV only.
    pub const CSV: Self = Self { parquet: false, csv: true };
}

/// Paths of the tables in one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePaths {
    /// The orders.
    pub transactions: PathBuf,
    /// The customers.
    pub customers: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Rows of `customers` and of `truth`.
    pub customers: u64,
    /// Rows of `transactions`.
    pub transactions: u64,
    /// The Parquet files, if requested.
    pub parquet: Option<TablePaths>,
    /// The CSV files, if requested.
    pub csv: Option<TablePaths>,
    /// Each customer's true parameters, for checking models; not an input.
    pub truth: PathBuf,
}

impl Written {
    /// All files, transactions first, the truth last.
    pub fn paths(&self) -> Vec<&Path> {
        let tables = self.parquet.iter().chain(&self.csv);
        let mut paths: Vec<&Path> =
            tables.flat_map(|files| [files.transactions.as_path(), files.customers.as_path()]).collect();
        paths.push(&self.truth);
        paths
    }
}
