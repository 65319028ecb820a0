//! Rows from a backend: query results and table rows, already encoded for the client.
//!
//! Rows are bytes: the server forwards them without knowing how decimals or batches are encoded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::BackendError;

/// A body in chunks, in order; it ends after an error.
pub type Pieces = Box<dyn Iterator<Item = Result<Vec<u8>, BackendError>> + Send>;

/// Encoding of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RowFormat {
    /// One JSON array of objects, including nulls.
    Json,
    /// CSV with a header, as written by `regulars sql --format csv`.
    Csv,
    /// A stream of Arrow record batches (`application/vnd.apache.arrow.stream`).
    Arrow,
    /// One line per row, each a JSON array of texts as shown by the command line, null for missing values.
    Cells,
}

/// A user's query.
#[derive(Debug, Clone)]
pub struct QueryRequest {
    /// The SQL.
    pub sql: String,
    /// Encoding of the rows.
    pub format: RowFormat,
    /// Maximum number of rows.
    pub max_rows: u64,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct RowColumn {
    /// Column name; a query result may repeat names.
    pub name: String,
    /// The Arrow type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether the column is numeric.
    pub is_number: bool,
    /// Description, in one sentence; empty if there is none.
    pub meaning: String,
}

/// The complete result of a query; only its delivery can still fail.
pub struct QueryAnswer {
    /// The run.
    pub run_id: String,
    /// The columns, in order.
    pub columns: Vec<RowColumn>,
    /// Rows in `body`.
    pub rows: u64,
    /// Whether there are more rows than the limit.
    pub is_cut: bool,
    /// Execution time.
    pub seconds: f64,
    /// The rows.
    pub body: Pieces,
}

/// A table of a run as users see it: public names, money as decimals.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ResultTable {
    /// Name of the table.
    pub name: String,
    /// Meaning of a row.
    pub meaning: String,
    /// Number of rows.
    pub rows: u64,
    /// Its columns, in order.
    pub columns: Vec<RowColumn>,
}

/// Requested rows and columns of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowRange {
    /// Columns by public name, in this order; all if empty.
    pub columns: Vec<String>,
    /// Rows to skip.
    pub offset: u64,
    /// Maximum number of rows; to the end if `None`.
    pub limit: Option<u64>,
}
