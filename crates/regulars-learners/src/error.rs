//! The one error type of this crate.

use thiserror::Error;

/// Category of an [`Error`], for mapping to exit codes and HTTP status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A setting is out of range.
    Config,
    /// The columns passed do not fit together, or cannot be used by any model.
    Input,
    /// A saved model cannot be used.
    Model,
    /// One of the libraries reported an error; this is a bug of ours.
    Library,
}

/// Why a model cannot be fitted, saved, loaded or used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// A setting is out of range.
    #[error("learners: `{name}` is {value}, expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The given value.
        value: String,
        /// Allowed values.
        expected: &'static str,
    },
    /// There are no customers.
    #[error("there are no customers to train on or to predict")]
    NoRows,
    /// There are no features.
    #[error("there are no features, expected at least one")]
    NoFeatures,
    /// Columns have different lengths.
    #[error("`{name}` has {found} values for {expected} customers")]
    ColumnLength {
        /// The feature or target.
        name: String,
        /// Number of customers.
        expected: usize,
        /// Number of values in this column.
        found: usize,
    },
    /// A feature name is given twice.
    #[error("feature `{name}` is given twice")]
    RepeatedFeature {
        /// The feature.
        name: String,
    },
    /// A value is infinite or too large for the libraries.
    #[error(
        "`{name}` of customer {row} (counted from 0) is {value:e}, expected a number below 1e30 or a missing value"
    )]
    TooLarge {
        /// The feature.
        name: String,
        /// Row of the value.
        row: usize,
        /// The given value.
        value: f64,
    },
    /// A target is missing, infinite or too large for the libraries.
    #[error("the target of customer {row} (counted from 0) is {value:e}, expected a number below 1e30")]
    Target {
        /// Row of the value.
        row: usize,
        /// The given value.
        value: f64,
    },
    /// A weight is not above 0, or too large for the libraries.
    #[error("the weight of customer {row} (counted from 0) is {value:e}, expected a number above 0")]
    Weight {
        /// Row of the value.
        row: usize,
        /// The given value.
        value: f64,
    },
    /// The model was fitted on other features.
    #[error("the model was fitted on other features: {problem}")]
    OtherFeatures {
        /// The first difference.
        problem: String,
    },
    /// A saved model is damaged or of another version.
    #[error("the saved model is damaged: {problem}")]
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// A measure cannot be computed.
    #[error(transparent)]
    Measure(#[from] regulars_stats::Error),
    /// One of the libraries reported an error.
    #[error("{library}: {message}")]
    Library {
        /// `LightGBM` or `XGBoost`.
        library: &'static str,
        /// Message of the library.
        message: String,
    },
}

impl Error {
    /// Returns the category of the error.
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

    /// Returns what to do about it, if known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::OtherFeatures { .. } => Some("compute the features with the settings of the model's run"),
            Self::Damaged { .. } => Some("run again to refit the model"),
            Self::TooLarge { .. } => Some("leave the feature out, or leave unknown values empty"),
            _ => None,
        }
    }
}
