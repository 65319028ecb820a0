//! Why customers cannot be clustered.

use thiserror::Error;

use crate::error::Kind;

/// What is wrong with features, settings or a kept model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// A setting is out of its range.
    #[error("clusters: `{name}` is {value}, expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Rows or labels that a measure cannot use.
    #[error(transparent)]
    Measure(#[from] regulars_stats::clusters::Error),
    /// Rows and centroids have different columns.
    #[error("{found} values where {expected} were expected: rows and centroids have different columns")]
    Width {
        /// Values expected.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// More clusters than there are different customers.
    #[error("{clusters} clusters of {rows} distinct customers: expected at least one customer a cluster")]
    TooFewRows {
        /// Distinct rows, counted up to the clusters.
        rows: usize,
        /// Clusters asked for.
        clusters: usize,
    },
    /// So few customers that no number of clusters tells them apart.
    #[error(
        "{rows} customers are too few to look for {clusters} clusters or more: expected at least one customer more than \
         clusters"
    )]
    NothingToChoose {
        /// Customers, all of them different.
        rows: usize,
        /// Fewest clusters to try.
        clusters: usize,
    },
    /// A kept model that cannot be what was kept.
    #[error("{problem}")]
    Damaged {
        /// What is wrong with it.
        problem: String,
    },
    /// Columns of one table have different lengths.
    #[error("feature `{name}` has {found} values for {expected} customers")]
    ColumnLength {
        /// The feature.
        name: String,
        /// Values of the first feature.
        expected: usize,
        /// Values of this one.
        found: usize,
    },
    /// A feature is named twice.
    #[error("feature `{name}` is given twice")]
    RepeatedFeature {
        /// The feature.
        name: String,
    },
    /// A value is infinite.
    #[error(
        "feature `{name}` of customer {row} (counted from 0) is infinite, expected a number or a missing value"
    )]
    Infinite {
        /// The feature.
        name: String,
        /// The customer.
        row: usize,
    },
    /// No feature is left to cluster by.
    #[error("no feature tells the customers apart: {reasons}")]
    NothingVaries {
        /// Every feature with the reason why it was dropped.
        reasons: String,
    },
    /// A kept model asks for a feature that the customers do not have.
    #[error("the kept model uses feature `{name}`, which these customers do not have")]
    MissingFeature {
        /// The feature.
        name: String,
    },
    /// A cloud of a mixture has no width.
    #[error("cloud {cluster} (counted from 0) of the mixture has no width in some direction")]
    Collapsed {
        /// The cloud.
        cluster: usize,
    },
    /// HDBSCAN refused the customers.
    #[error("density clustering: {problem}")]
    Density {
        /// What it says.
        problem: String,
    },
    /// A customer that was asked for does not exist.
    #[error("customer {row} (counted from 0) was asked for, there are {rows}")]
    NoSuchRow {
        /// The customer.
        row: usize,
        /// Customers.
        rows: usize,
    },
}

impl Error {
    /// What kind of mistake it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Setting { .. } => Kind::Config,
            _ => Kind::Input,
        }
    }

    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::TooFewRows { .. } | Self::NothingToChoose { .. } => {
                Some("ask for fewer clusters, or give more customers or features")
            }
            Self::NothingVaries { .. } => {
                Some("choose other features for clustering, or give more customers")
            }
            Self::MissingFeature { .. } => {
                Some("compute the features with the same configuration as the kept model, or fit a new one")
            }
            Self::Damaged { .. } => Some("make a new one from the customers"),
            Self::Collapsed { .. } => Some("raise `regularisation`, or ask for fewer clusters"),
            _ => None,
        }
    }
}
