//! The one error type of this crate.

use thiserror::Error;

/// What kind of failure an [`Error`] is, for mapping onto exit codes and HTTP codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A setting is out of its range.
    Config,
    /// The caller passed columns that cannot belong together, or that no model can use.
    Input,
    /// A kept model cannot be used.
    Model,
    /// One of the libraries refused; that is a fault of ours.
    Library,
}

/// Why a model cannot be learned, kept or asked.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// A setting is out of its range.
    #[error("learners: `{name}` is {value}, expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// There are no customers.
    #[error("there are no customers to learn from or to predict")]
    NoRows,
    /// There are no features.
    #[error("there are no features, expected at least one")]
    NoFeatures,
    /// Columns of one table have different lengths.
    #[error("`{name}` has {found} values for {expected} customers")]
    ColumnLength {
        /// The feature, or the target.
        name: String,
        /// Customers.
        expected: usize,
        /// Values of this column.
        found: usize,
    },
    /// A feature is named twice.
    #[error("feature `{name}` is given twice")]
    RepeatedFeature {
        /// The feature.
        name: String,
    },
    /// A value is infinite, or larger than the libraries hold.
    #[error(
        "`{name}` of customer {row} (counted from 0) is {value:e}, expected a number below 1e30 or a missing value"
    )]
    TooLarge {
        /// The feature.
        name: String,
        /// Its row.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// A target is missing, infinite or larger than the libraries hold.
    #[error("the target of customer {row} (counted from 0) is {value:e}, expected a number below 1e30")]
    Target {
        /// Its row.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// A weight is not above 0, or larger than the libraries hold.
    #[error("the weight of customer {row} (counted from 0) is {value:e}, expected a number above 0")]
    Weight {
        /// Its row.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// A model was made for other features.
    #[error("the model was made with other features: {problem}")]
    OtherFeatures {
        /// The first difference.
        problem: String,
    },
    /// A kept model is damaged or of another version.
    #[error("the kept model is damaged: {problem}")]
    Damaged {
        /// What is wrong with it.
        problem: String,
    },
    /// A measure cannot be computed.
    #[error(transparent)]
    Measure(#[from] regulars_stats::Error),
    /// One of the libraries refused.
    #[error("{library}: {message}")]
    Library {
        /// `LightGBM` or `XGBoost`.
        library: &'static str,
        /// What it said.
        message: String,
    },
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Setting { .. } => Kind::Config,
            Self::NoRows
            | Self::NoFeatures
            | Self::ColumnLength { .. }
            | Self::RepeatedFeature { .. }
            | Self::TooLarge { .. }
            | Self::Target { .. }
            | Self::Weight { .. }
            | Self::Measure(_) => Kind::Input,
            Self::OtherFeatures { .. } | Self::Damaged { .. } => Kind::Model,
            Self::Library { .. } => Kind::Library,
        }
    }

    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::OtherFeatures { .. } => Some("make the features with the settings of the model's run"),
            Self::Damaged { .. } => Some("run again to learn the model anew"),
            Self::TooLarge { .. } => Some("leave the feature out, or write what is unknown as missing"),
            _ => None,
        }
    }
}
