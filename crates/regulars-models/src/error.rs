//! The one error type of this crate.

use thiserror::Error;

/// What kind of mistake an [`Error`] is, for mapping onto exit codes and HTTP codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user's configuration is wrong.
    Config,
    /// The caller passed columns that cannot belong together.
    Input,
    /// A search for parameters did not arrive.
    NotConverged,
}

/// Why a model cannot answer.
#[derive(Debug, Error)]
pub enum Error {
    /// The scoring parameters were refused; the message names the key.
    #[error(transparent)]
    Scores(#[from] regulars_core::Error),
    /// The customers cannot be clustered.
    #[error(transparent)]
    Clusters(#[from] crate::clusters::Error),
    /// A cut point of spend cannot be counted in minor units.
    #[error("scores.thresholds.monetary: {value} {problem}")]
    MonetaryCutPoint {
        /// The cut point as configured, in the currency's unit.
        value: f64,
        /// What is wrong with it.
        problem: regulars_core::money::AmountProblem,
    },
    /// The three columns do not describe the same customers.
    #[error(
        "{recency} values of recency, {frequency} of frequency and {monetary} of monetary: expected one of each \
         for every customer"
    )]
    ColumnLengths {
        /// Values of recency.
        recency: usize,
        /// Values of frequency.
        frequency: usize,
        /// Values of monetary.
        monetary: usize,
    },
    /// The columns that pace or segments are read from do not describe the same customers.
    #[error(
        "{orders} values of orders, {days_since_last_order} of days since the last one and {tenure_days} of tenure: \
         expected one of each for every customer"
    )]
    HistoryLengths {
        /// Values of orders.
        orders: usize,
        /// Values of days since the last order.
        days_since_last_order: usize,
        /// Values of tenure.
        tenure_days: usize,
    },
    /// The rule set is written for another number of scores.
    #[error("rule set `{rules}` is for scores 1 to {expected}, the customers are scored 1 to {found}")]
    RuleSetClasses {
        /// The rule set's name.
        rules: String,
        /// Scores the rule set names.
        expected: u8,
        /// Scores the customers have.
        found: u8,
    },
}

impl Error {
    /// What kind of mistake it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Scores(_) | Self::MonetaryCutPoint { .. } | Self::RuleSetClasses { .. } => Kind::Config,
            Self::ColumnLengths { .. } | Self::HistoryLengths { .. } => Kind::Input,
            Self::Clusters(error) => error.kind(),
        }
    }

    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Scores(error) => error.hint.as_deref(),
            Self::Clusters(error) => error.hint(),
            Self::RuleSetClasses { .. } => {
                Some("set `classes` under `[scores]` to the number in the rule set, or choose other rules")
            }
            Self::MonetaryCutPoint { .. } | Self::ColumnLengths { .. } | Self::HistoryLengths { .. } => None,
        }
    }
}
