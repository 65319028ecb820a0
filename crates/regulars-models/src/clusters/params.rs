//! Clustering parameters, unchecked and checked.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::preparation::PreparationParams;

/// Parameters as configured, not yet checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterParams {
    /// Fixed number of clusters; none lets the data decide.
    pub clusters: Option<usize>,
    /// Smallest number of clusters to try.
    pub clusters_min: usize,
    /// Largest number of clusters to try.
    pub clusters_max: usize,
    /// K-means restarts per number of clusters.
    pub starts: usize,
    /// Refits on resampled customers for stability; 0 skips it.
    pub bootstraps: usize,
    /// Maximum customers per refit.
    pub bootstrap_rows: usize,
    /// Up to this many customers the silhouette is exact; above, it is estimated from a sample.
    pub silhouette_exact_rows: usize,
    /// Sample size; each sampled customer is compared with all customers.
    pub silhouette_sample_rows: usize,
    /// Reference data sets without clusters, per kind, that real clusters must beat; 0 skips the test.
    pub references: usize,
    /// Reference data sets of the gap statistic; 0 skips it.
    pub gap_references: usize,
    /// Feature preparation.
    pub preparation: PreparationParams,
}

impl Default for ClusterParams {
    fn default() -> Self {
        Self {
            clusters: None,
            clusters_min: 2,
            clusters_max: 10,
            starts: 10,
            bootstraps: 10,
            bootstrap_rows: 2_000,
            silhouette_exact_rows: 60_000,
            silhouette_sample_rows: 2_000,
            references: 5,
            gap_references: 0,
            preparation: PreparationParams::default(),
        }
    }
}

/// Checked parameters; created only by [`ClusterParams::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct ValidClusterParams(ClusterParams);

impl ClusterParams {
    /// Checks the parameters.
    ///
    /// Errors: [`Error::Setting`] naming the first that is out of range.
    pub fn check(self) -> Result<ValidClusterParams, Error> {
        let refused = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if self.clusters.is_some_and(|clusters| clusters == 0 || clusters > 100) {
            let value = self.clusters.unwrap_or_default().to_string();
            return refused("clusters", value, "1 to 100");
        }
        if self.clusters_min < 2 {
            return refused("clusters_min", self.clusters_min.to_string(), "at least 2");
        }
        if self.clusters_max < self.clusters_min || self.clusters_max > 100 {
            return refused("clusters_max", self.clusters_max.to_string(), "clusters_min to 100");
        }
        if self.starts == 0 {
            return refused("starts", "0".into(), "at least 1");
        }
        for (name, value) in
            [("bootstrap_rows", self.bootstrap_rows), ("silhouette_sample_rows", self.silhouette_sample_rows)]
        {
            if value < 100 {
                return refused(name, value.to_string(), "at least 100");
            }
        }
        let PreparationParams {
            missing_share, winsor: [low, high], log_skewness, duplicate_correlation, ..
        } = self.preparation;
        if !(0.0..=1.0).contains(&missing_share) {
            return refused("preparation.missing_share", missing_share.to_string(), "0 to 1");
        }
        if !(0.0 <= low && low < high && high <= 1.0) {
            return refused("preparation.winsor", format!("[{low}, {high}]"), "two ascending shares, 0 to 1");
        }
        if log_skewness.is_nan() {
            return refused("preparation.log_skewness", log_skewness.to_string(), "a number");
        }
        if !(0.0 < duplicate_correlation && duplicate_correlation <= 1.0) {
            let value = duplicate_correlation.to_string();
            return refused("preparation.duplicate_correlation", value, "above 0, at most 1");
        }
        Ok(ValidClusterParams(self))
    }
}

impl std::ops::Deref for ValidClusterParams {
    type Target = ClusterParams;

    fn deref(&self) -> &ClusterParams {
        &self.0
    }
}
