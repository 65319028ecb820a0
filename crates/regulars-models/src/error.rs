//! The one error type of this crate.

use thiserror::Error;

use crate::kind::Kind;

/// Why a model cannot be used.
#[derive(Debug, Error)]
pub enum Error {
    /// The scoring parameters were rejected; the message names the key.
    #[error(transparent)]
    Scores(#[from] regulars_core::Error),
    /// The customers cannot be clustered.
    #[error(transparent)]
    Clusters(#[from] crate::clusters::Error),
    /// A monetary threshold cannot be expressed in minor units.
    #[error("scores.thresholds.monetary: {value} {problem}")]
    MonetaryCutPoint {
        /// The threshold as configured, in the currency's unit.
        value: f64,
        /// What is wrong with it.
        problem: regulars_core::money::AmountProblem,
    },
    /// The three columns differ in length.
    #[error(
        "{recency} values of recency, {frequency} of frequency and {monetary} of monetary: expected one each \
         per customer"
    )]
    ColumnLengths {
        /// Values of recency.
        recency: usize,
        /// Values of frequency.
        frequency: usize,
        /// Values of monetary.
        monetary: usize,
    },
    /// The history columns differ in length.
    #[error(
        "{orders} values of orders, {days_since_last_order} of days since the last order and {tenure_days} \
         of tenure: expected one each per customer"
    )]
    HistoryLengths {
        /// Values of orders.
        orders: usize,
        /// Values of days since the last order.
        days_since_last_order: usize,
        /// Values of tenure.
        tenure_days: usize,
    },
    /// The rule set expects another number of scores.
    #[error("rule set `{rules}` expects scores 1 to {expected}, the customers have 1 to {found}")]
    RuleSetClasses {
        /// Rule set name.
        rules: String,
        /// Number of scores in the rule set.
        expected: u8,
        /// Number of scores of the customers.
        found: u8,
    },
}

impl Error {
    /// Returns the category of the error.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Scores(_) | Self::MonetaryCutPoint { .. } | Self::RuleSetClasses { .. } => Kind::Config,
            Self::ColumnLengths { .. } | Self::HistoryLengths { .. } => Kind::Input,
            Self::Clusters(error) => error.kind(),
        }
    }

    /// Returns what to do about it, if known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Scores(error) => error.hint.as_deref(),
            Self::Clusters(error) => error.hint(),
            Self::RuleSetClasses { .. } => {
                Some("set `classes` under `[scores]` to the rule set's number, or choose another rule set")
            }
            Self::MonetaryCutPoint { .. } | Self::ColumnLengths { .. } | Self::HistoryLengths { .. } => None,
        }
    }
}
