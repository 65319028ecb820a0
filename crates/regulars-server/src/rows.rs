//! Rows as a backend gives them out: the answer of a query, the rows of a table, already in the form
//! that goes to the reader.
//!
//! Deliberately bytes: the server forwards them and need not know how a decimal or a batch looks.

use serde::Serialize;

use crate::backend::BackendError;

/// A body in pieces, in order; after an error comes nothing more.
pub type Pieces = Box<dyn Iterator<Item = Result<Vec<u8>, BackendError>> + Send>;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowFormat {
    /// One JSON array of objects; nulls are written.
    Json,
    /// Comma-separated with a header; as `regulars sql --format csv` writes it.
    Csv,
    /// A stream of Arrow record batches (`application/vnd.apache.arrow.stream`).
    Arrow,
    /// A line a row, each a JSON array of texts as the command line shows them, null where there is none.
    Cells,
}

/// A query of a reader.
#[derive(Debug, Clone)]
pub struct QueryRequest {
    /// What is asked, in SQL.
    pub sql: String,
    /// How the rows are written.
    pub format: RowFormat,
    /// Rows after which the answer is cut.
    pub max_rows: u64,
}

/// A column of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowColumn {
    /// Its name; names of an answer need not differ.
    pub name: String,
    /// The type, in the words of Arrow.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it holds numbers.
    pub is_number: bool,
    /// What it means, in one sentence; empty where nobody has said.
    pub meaning: String,
}

/// The answer of a query: it is complete when it is given, so that nothing can fail but its delivery.
pub struct QueryAnswer {
    /// The run asked.
    pub run_id: String,
    /// The columns, in order.
    pub columns: Vec<RowColumn>,
    /// Rows in `body`.
    pub rows: u64,
    /// Whether there are more rows than were allowed.
    pub is_cut: bool,
    /// Time from question to answer.
    pub seconds: f64,
    /// The rows.
    pub body: Pieces,
}

/// A table of a run as readers know it: canonical names, money as decimals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultTable {
    /// Its name.
    pub name: String,
    /// What a row is.
    pub meaning: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns, in order.
    pub columns: Vec<RowColumn>,
}

/// Which rows and columns of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowRange {
    /// Columns by their canonical names, in this order; all if empty.
    pub columns: Vec<String>,
    /// Rows left out at the beginning.
    pub offset: u64,
    /// Rows at most; to the end if absent.
    pub limit: Option<u64>,
}

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryFault {
    /// It is not SQL that can be run.
    Invalid,
    /// It would do more than read.
    NotAllowed,
    /// It takes longer than a query may.
    TooSlow,
    /// It needs more memory than a query may.
    TooLarge,
}
