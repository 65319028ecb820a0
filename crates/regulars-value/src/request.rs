//! What the step of lifetime value works on.

use std::path::Path;

use regulars_core::config::LifetimeValue;
use regulars_core::money::minor_per_major;
use regulars_engine::{Engine, FeatureParams, Inputs, RfmColumns};

/// A partition of the customers.
#[derive(Debug)]
pub struct Grouping {
    /// Its name, such as `segment`.
    pub name: String,
    /// The groups, in display order.
    pub groups: Vec<String>,
    /// The group of every customer.
    pub of: Vec<u32>,
}

/// Input of the lifetime value step.
pub struct ValueRequest<'a> {
    /// For plans over the run's tables.
    pub engine: &'a Engine,
    /// The clean tables of the run.
    pub inputs: &'a Inputs,
    /// Rules of purchases, categories and payment methods.
    pub params: &'a FeatureParams,
    /// `customer_features` of the run.
    pub features: &'a Path,
    /// Folder for temporary files.
    pub scratch: &'a Path,
    /// First and last row of the data.
    pub span_micros: Option<(i64, i64)>,
    /// The customers of the run, in its order.
    pub rfm: &'a RfmColumns,
    /// Groups of customers to total value for.
    pub groupings: &'a [Grouping],
    /// Settings.
    pub config: &'a LifetimeValue,
    /// Decimals of money.
    pub money_decimals: u8,
    /// Random seed.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// The folder of the run.
    pub dir: &'a Path,
}

impl ValueRequest<'_> {
    /// Minor units of one unit of money.
    pub fn money_unit(&self) -> f64 {
        minor_per_major(self.money_decimals)
    }
}
