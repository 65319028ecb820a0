//! K-means parameters, unchecked and checked.

use serde::{Deserialize, Serialize};

use crate::clusters::Error;

/// Initialisation method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Greedy k-means++ on a sample of rows, refined there: the best choice in memory.
    PlusPlus,
    /// k-means||: five passes over all rows, for very many clusters or rows.
    Parallel,
}

/// Parameters as configured, not yet checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KMeansParams {
    /// Number of clusters.
    pub clusters: usize,
    /// Number of restarts; the best is kept.
    pub starts: usize,
    /// Maximum iterations over all rows per restart.
    pub max_iterations: usize,
    /// Convergence tolerance: movement of the centroids relative to the mean variance of the columns.
    pub tolerance: f64,
    /// Initialisation method.
    pub start: Start,
    /// Sample size on which each restart is refined first; at least 20 rows per cluster are used.
    pub sample_rows: usize,
}

impl Default for KMeansParams {
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

/// Checked parameters; created only by [`KMeansParams::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct ValidKMeansParams(KMeansParams);

impl KMeansParams {
    /// Default parameters for a number of clusters.
    pub fn of(clusters: usize) -> Self {
        Self { clusters, ..Self::default() }
    }

    /// Checks the parameters.
    ///
    /// Errors: [`Error::Setting`] for no cluster, no start, no iteration, or a tolerance that is negative
    /// or NaN.
    pub fn check(self) -> Result<ValidKMeansParams, Error> {
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
            return Err(Error::Setting { name: "tolerance", value, expected: "0 or more" });
        }
        Ok(ValidKMeansParams(self))
    }
}

impl std::ops::Deref for ValidKMeansParams {
    type Target = KMeansParams;

    fn deref(&self) -> &KMeansParams {
        &self.0
    }
}
