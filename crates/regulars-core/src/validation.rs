//! What the checks found: bad rows are data, not errors.

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Some answers may be off; look at it.
    Warning,
    /// The data cannot be trusted as they are; `regulars validate` exits 1.
    Error,
}

impl Severity {
    /// The word shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One row that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SampleRow {
    /// The file, as the user named it.
    pub file: String,
    /// Line in a text file (the header is line 1), row in a Parquet file (the first is 1).
    pub line: u64,
    /// The offending value, shortened.
    pub value: String,
}

/// The result of one check.
///
/// Shape: `samples` holds the first few rows in file order; empty where a check is not about rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable `snake_case` name of the check, such as `missing_customer_id`.
    pub check: String,
    /// How bad it is.
    pub severity: Severity,
    /// The column concerned, if one is.
    pub column: Option<String>,
    /// How many rows (or values, or days) it concerns.
    pub count: u64,
    /// `count` as a share of what was looked at, 0 to 1.
    pub share: f64,
    /// One sentence for the user.
    pub message: String,
    /// What was done with these rows, or what the user can do.
    pub action: String,
    /// The first few of them.
    pub samples: Vec<SampleRow>,
}

/// Rows read, and what became of them.
///
/// Invariant (checked in every run): `read = clean + rejected + excluded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowCounts {
    /// Data rows in the sources.
    pub read: u64,
    /// Rows that count.
    pub clean: u64,
    /// Rows that cannot be used, kept aside with their reason.
    pub rejected: u64,
    /// Good rows that a policy leaves out (refunds, cancellations, duplicates, after `as_of`).
    pub excluded: u64,
}

impl RowCounts {
    /// Whether nothing was lost.
    pub fn add_up(&self) -> bool {
        self.read == self.clean + self.rejected + self.excluded
    }
}

/// How complete one column is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnCompleteness {
    /// The canonical column.
    pub column: String,
    /// The column of the file it comes from; empty when there is none.
    pub source: String,
    /// Rows without a value, of all rows read.
    pub missing: u64,
    /// `missing` as a share, 0 to 1.
    pub missing_share: f64,
}

/// What was sold, and what of it went back.
///
/// Units: minor units.
/// Invariant (checked in every run): `net = gross - cancelled - returned`, and `net` is the sum of
/// `transactions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MoneyTotals {
    /// All sales, as they were made. Orders that a status calls cancelled are none.
    pub gross_minor: i64,
    /// Of these, orders that a later cancellation took back as a whole.
    pub cancelled_minor: i64,
    /// Money that went back otherwise: returns, refunds.
    pub returned_minor: i64,
    /// What is left.
    pub net_minor: i64,
    /// Orders that were sold; 0 where rows are not orders and were not counted.
    pub gross_orders: u64,
    /// Of these, orders of which nothing is left.
    pub reversed_orders: u64,
}

impl MoneyTotals {
    /// Whether the parts make the whole.
    pub fn add_up(&self) -> bool {
        i128::from(self.gross_minor) - i128::from(self.cancelled_minor) - i128::from(self.returned_minor)
            == i128::from(self.net_minor)
    }

    /// Whether anything went back.
    pub fn has_returns(&self) -> bool {
        self.cancelled_minor != 0 || self.returned_minor != 0
    }
}

/// Everything the checks found in one set of sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationReport {
    /// Rows read, and what became of them.
    pub rows: RowCounts,
    /// What was sold, and what went back.
    #[serde(default)]
    pub money: MoneyTotals,
    /// Rows rejected, by reason, most first.
    pub rejected_by_reason: Vec<(String, u64)>,
    /// Rows excluded, by reason, most first.
    pub excluded_by_reason: Vec<(String, u64)>,
    /// Missing values, column by column.
    pub columns: Vec<ColumnCompleteness>,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
}

impl ValidationReport {
    /// The worst severity found, if anything was.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|f| f.severity).max()
    }

    /// Whether a check of severity error failed.
    pub fn failed(&self) -> bool {
        self.worst() == Some(Severity::Error)
    }
}
