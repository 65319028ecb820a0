//! Why customers cannot be clustered.

use thiserror::Error;

use crate::kind::Kind;

/// Invalid features, settings or saved model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// A setting is out of range.
    #[error("clusters: `{name}` is {value}, expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The given value.
        value: String,
        /// Allowed values.
        expected: &'static str,
    },
    /// Rows or labels that a measure cannot use.
    #[error(transparent)]
    Measure(#[from] regulars_stats::clusters::Error),
    /// Rows and centroids have different numbers of columns.
    #[error("{found} values where {expected} were expected: rows and centroids have different columns")]
    Width {
        /// Values expected.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// More clusters than distinct customers.
    #[error("{clusters} clusters of {rows} distinct customers: expected at least one customer per cluster")]
    TooFewRows {
        /// Distinct rows, counted up to the clusters.
        rows: usize,
        /// Number of clusters requested.
        clusters: usize,
    },
    /// Too few customers for the smallest number of clusters to try.
    #[error("{rows} customers are too few for {clusters} clusters: expected more customers than clusters")]
    TooFewCustomers {
        /// Number of customers, all distinct.
        rows: usize,
        /// Smallest number of clusters to try.
        clusters: usize,
    },
    /// A saved model is inconsistent.
    #[error("{problem}")]
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// Columns have different lengths.
    #[error("feature `{name}` has {found} values for {expected} customers")]
    ColumnLength {
        /// The feature.
        name: String,
        /// Number of values of the first feature.
        expected: usize,
        /// Number of values of this feature.
        found: usize,
    },
    /// A feature name occurs twice.
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
        /// Row of the customer.
        row: usize,
    },
    /// No feature is left to cluster on.
    #[error("no usable feature to cluster on: {reasons}")]
    NoUsableFeature {
        /// Every feature with the reason it was dropped.
        reasons: String,
    },
    /// A saved model uses a feature that the customers do not have.
    #[error("the saved model uses feature `{name}`, which these customers do not have")]
    MissingFeature {
        /// The feature.
        name: String,
    },
    /// A mixture component collapsed.
    #[error("mixture component {cluster} (counted from 0) collapsed: it has no variance in some direction")]
    Collapsed {
        /// The component.
        cluster: usize,
    },
    /// HDBSCAN rejected the customers.
    #[error("HDBSCAN: {problem}")]
    Density {
        /// Message of the library.
        problem: String,
    },
    /// A requested customer does not exist.
    #[error("there is no customer {row} (counted from 0): the table has {rows}")]
    NoSuchRow {
        /// Row of the customer.
        row: usize,
        /// Number of customers.
        rows: usize,
    },
}

impl Error {
    /// Returns the category of the error.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Setting { .. } => Kind::Config,
            _ => Kind::Input,
        }
    }

    /// Returns what to do about it, if known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::TooFewRows { .. } | Self::TooFewCustomers { .. } => {
                Some("request fewer clusters, or provide more customers or features")
            }
            Self::NoUsableFeature { .. } => {
                Some("choose other features for clustering, or provide more customers")
            }
            Self::MissingFeature { .. } => {
                Some("compute the features with the same configuration as the saved model, or fit a new one")
            }
            Self::Damaged { .. } => Some("fit a new model"),
            Self::Collapsed { .. } => Some("raise `regularisation`, or request fewer clusters"),
            _ => None,
        }
    }
}
