//! What K-means is told, unchecked and checked.

use serde::{Deserialize, Serialize};

use crate::clusters::Error;

/// How the first centroids are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Greedy k-means++ on a sample of rows, refined there: the best choice in memory.
    PlusPlus,
    /// k-means||: five passes over all rows, for very many clusters or rows.
    Parallel,
}

/// Parameters as configured; nothing can be fitted with them yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Clusters to find.
    pub clusters: usize,
    /// Restarts, of which the best counts.
    pub starts: usize,
    /// Iterations over all rows at most, for every restart.
    pub max_iterations: usize,
    /// Movement of the centroids, relative to the mean variance of the columns, that ends a restart.
    pub tolerance: f64,
    /// How the first centroids are found.
    pub start: Start,
    /// Rows on which each restart is refined before all rows are looked at; at least 20 a cluster are
    /// taken.
    pub sample_rows: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            clusters: 5,
            starts: 10,
            max_iterations: 300,
            tolerance: 1e-4,
            start: Start::PlusPlus,
            sample_rows: 4096,
        }
    }
}

/// Parameters that can be fitted with; only [`Params::check`] makes them.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidParams(Params);

impl Params {
    /// Parameters for a number of clusters, all else at its default.
    pub fn of(clusters: usize) -> Self {
        Self { clusters, ..Self::default() }
    }

    /// Checks the parameters.
    ///
    /// Errors: [`Error::Setting`] for no cluster, no start, no iteration, or a tolerance that is negative
    /// or not a number.
    pub fn check(self) -> Result<ValidParams, Error> {
        for (name, value) in
            [("clusters", self.clusters), ("starts", self.starts), ("max_iterations", self.max_iterations)]
        {
            if value == 0 {
                return Err(Error::Setting { name, value: "0".into(), expected: "at least 1" });
            }
        }
        if self.clusters > 10_000 {
            let value = self.clusters.to_string();
            return Err(Error::Setting { name: "clusters", value, expected: "at most 10000" });
        }
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            let value = self.tolerance.to_string();
            return Err(Error::Setting { name: "tolerance", value, expected: "a number from 0" });
        }
        Ok(ValidParams(self))
    }
}

impl std::ops::Deref for ValidParams {
    type Target = Params;

    fn deref(&self) -> &Params {
        &self.0
    }
}
