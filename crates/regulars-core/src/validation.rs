//! Findings of the data checks. Invalid rows are findings, not errors of the program.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For information.
    Info,
    /// Some results may be inaccurate.
    Warning,
    /// The data are unreliable; `regulars validate` exits with 1.
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

/// One row that a finding concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
pub struct SampleRow {
    /// The file, as the user named it.
    pub file: String,
    /// Line in a text file (the header is line 1), or row in a Parquet file (from 1).
    pub line: u64,
    /// The invalid value, shortened.
    pub value: String,
}

/// The result of one check.
///
/// Shape: `samples` has the first few rows in file order; empty if the check does not concern rows.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct Finding {
    /// A stable `snake_case` name of the check, such as `missing_customer_id`.
    pub check: String,
    /// Severity of the finding.
    pub severity: Severity,
    /// The affected column, if any.
    pub column: Option<String>,
    /// Number of affected rows (or values, or days).
    pub count: u64,
    /// `count` as a share of what was checked, 0 to 1.
    pub share: f64,
    /// One sentence for the user.
    pub message: String,
    /// How these rows were handled, or what the user can do.
    pub action: String,
    /// The first few affected rows.
    pub samples: Vec<SampleRow>,
}

/// Numbers of rows read, accepted, rejected and excluded.
///
/// Invariant (checked in every run): `read = clean + rejected + excluded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema, Serialize, Deserialize)]
pub struct RowCounts {
    /// Data rows in the sources.
    pub read: u64,
    /// Rows used.
    pub clean: u64,
    /// Invalid rows; stored separately with the reason.
    pub rejected: u64,
    /// Valid rows that a policy excludes (refunds, cancellations, duplicates, rows after `as_of`).
    pub excluded: u64,
}

impl RowCounts {
    /// Whether every row is accounted for.
    pub fn add_up(&self) -> bool {
        self.read == self.clean + self.rejected + self.excluded
    }
}

/// The completeness of one column.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ColumnCompleteness {
    /// The Regulars field.
    pub column: String,
    /// The source column in the file; empty if there is none.
    pub source: String,
    /// Rows without a value, of all rows read.
    pub missing: u64,
    /// `missing` as a share, 0 to 1.
    pub missing_share: f64,
}

/// Gross sales, cancellations, returns and revenue.
///
/// Units: minor units.
/// Invariant (checked in every run): `net = gross - cancelled - returned`, and `net` is the sum of
/// `transactions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema, Serialize, Deserialize)]
pub struct MoneyTotals {
    /// Gross sales. Orders with a cancelled status are not included.
    pub gross_minor: i64,
    /// The part of them whose whole order was cancelled or returned.
    pub cancelled_minor: i64,
    /// Other returns and refunds.
    pub returned_minor: i64,
    /// Revenue.
    pub net_minor: i64,
    /// Orders sold; 0 if rows are not orders and were not counted.
    pub gross_orders: u64,
    /// How many of these orders were cancelled or returned completely.
    pub reversed_orders: u64,
}

impl MoneyTotals {
    /// Whether the amounts add up.
    pub fn add_up(&self) -> bool {
        i128::from(self.gross_minor) - i128::from(self.cancelled_minor) - i128::from(self.returned_minor)
            == i128::from(self.net_minor)
    }

    /// Whether there are cancellations or returns.
    pub fn has_returns(&self) -> bool {
        self.cancelled_minor != 0 || self.returned_minor != 0
    }
}

/// The result of all checks of one set of sources.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ValidationReport {
    /// Numbers of rows read, accepted, rejected and excluded.
    pub rows: RowCounts,
    /// Gross sales, cancellations, returns and revenue.
    #[serde(default)]
    pub money: MoneyTotals,
    /// Rejected rows by reason, most frequent first.
    pub rejected_by_reason: Vec<(String, u64)>,
    /// Excluded rows by reason, most frequent first.
    pub excluded_by_reason: Vec<(String, u64)>,
    /// Missing values, column by column.
    pub columns: Vec<ColumnCompleteness>,
    /// The findings, most severe first.
    pub findings: Vec<Finding>,
}

impl ValidationReport {
    /// The highest severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|f| f.severity).max()
    }

    /// Whether a check of severity error failed.
    pub fn failed(&self) -> bool {
        self.worst() == Some(Severity::Error)
    }
}
