//! How the files of a run were read: every assumption that was made from their beginnings, and what
//! all rows said to it.

use serde::{Deserialize, Serialize};

use crate::config::Meaning;
use crate::validation::SampleRow;

/// How one file was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingPlan {
    /// The file, as the user named it.
    pub file: String,
    /// How it is stored: kind, separator, encoding, where the header stands.
    pub layout: String,
    /// The export format it was recognised as.
    pub preset: Option<String>,
    /// What one row is.
    pub row_is: RowIs,
    /// The columns used, and why.
    pub columns: Vec<PlannedColumn>,
    /// Columns of the file that are not used.
    pub unused: Vec<String>,
    /// What was taken for granted, one statement each, and what the rows said to it.
    pub assumptions: Vec<Assumption>,
    /// What words in status and type columns were taken to mean.
    pub meanings: Vec<WordMeaning>,
}

/// What one row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowIs {
    /// An order.
    Order,
    /// A line of an order.
    OrderLine,
    /// A payment of an order.
    Payment,
    /// An event, some of which are purchases.
    Event,
    /// A document: a sale, a credit note, a quote.
    Document,
}

impl RowIs {
    /// In words, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Order => "an order",
            Self::OrderLine => "a line of an order",
            Self::Payment => "a payment of an order",
            Self::Event => "an event",
            Self::Document => "a document",
        }
    }
}

/// A column that is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedColumn {
    /// What it is used as.
    pub role: String,
    /// Its name in the file.
    pub source: String,
    /// Why it was taken.
    pub reason: String,
}

/// Something taken for granted, and how many rows it was wrong for.
///
/// Invariant: looked at on every row, not on a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// A stable `snake_case` name, such as `decimal_mark`.
    pub name: String,
    /// What was assumed.
    pub statement: String,
    /// What decided it: the values, a name, the preset, the configuration.
    pub decided_by: String,
    /// Rows (or orders) that it was checked on.
    pub checked: u64,
    /// How many of them contradict it.
    pub violations: u64,
    /// What was done about these; empty without any.
    pub resolution: String,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<SampleRow>,
}

/// What a word was taken to mean, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordMeaning {
    /// The column of the file.
    pub column: String,
    /// The word as it is written.
    pub word: String,
    /// What it means; `None` if it is not known.
    pub meaning: Option<Meaning>,
    /// Rows with it.
    pub rows: u64,
    /// Their amounts, in minor units.
    pub amount_minor: i64,
}
