//! The interfaces through which finished runs are read, and through which more is computed from them.
//!
//! [`StoredRuns`](crate::stored_runs::StoredRuns) reads the runs on disk; the command line computes, with
//! pipeline and engine; tests use synthetic data.

use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_core::budget::BudgetRequest;
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use schemars::JsonSchema;
use serde::Serialize;

use crate::budget::BudgetOutcome;
use crate::columns::{Column, TableShape, TextColumn};
use crate::error::BackendError;
use crate::rows::{Pieces, QueryAnswer, QueryRequest, ResultTable, RowFormat, RowRange};

/// Access to finished runs.
#[derive(Clone)]
pub struct Backend {
    /// Reads the runs.
    pub reader: Arc<dyn RunReader>,
    /// Computes further results from the runs.
    pub computer: Arc<dyn RunComputer>,
}

/// Reads finished runs.
///
/// Calls may block. Names are validated before: `dataset` passes
/// `regulars_core::names::check_dataset_name`, `run` passes `regulars_core::names::is_run_name`.
pub trait RunReader: Send + Sync + 'static {
    /// The data sets with at least one finished run.
    ///
    /// Shape: in display order; empty before the first run.
    ///
    /// # Errors
    ///
    /// [`BackendError::Unreadable`].
    fn datasets(&self) -> Result<Vec<String>, BackendError>;

    /// The finished runs of a data set.
    ///
    /// Shape: newest first; exactly one is `current`.
    ///
    /// # Errors
    ///
    /// [`BackendError::UnknownDataset`], [`BackendError::Unreadable`].
    fn runs(&self, dataset: &str) -> Result<Vec<RunRow>, BackendError>;

    /// The headline numbers of `run`, or of the current run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn summary(&self, dataset: &str, run: Option<&str>) -> Result<RunSummary, BackendError>;

    /// The manifest of `run`, or of the current run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn manifest(&self, dataset: &str, run: Option<&str>) -> Result<RunManifest, BackendError>;

    /// The validation report of `run`, or of the current run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn validation(&self, dataset: &str, run: Option<&str>) -> Result<ValidationReport, BackendError>;

    /// The rows and columns of a table of `run`.
    ///
    /// Shape: `None` if the run has no such table (a run without clusters, data without attributes).
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn table(&self, dataset: &str, run: &str, table: &str) -> Result<Option<TableShape>, BackendError>;

    /// Columns of a table of `run`, by their stored names.
    ///
    /// Shape: one column per name, in the order of `names`, each with all rows in stored order.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; [`BackendError::Unreadable`] for a missing table or column.
    fn columns(
        &self,
        dataset: &str,
        run: &str,
        table: &str,
        names: &[&str],
    ) -> Result<Vec<Column>, BackendError>;

    /// The tables of `run` under their canonical names, or `only` one of them.
    ///
    /// Shape: in pipeline order; empty if there is no table with this name.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn tables(&self, dataset: &str, run: &str, only: Option<&str>) -> Result<Vec<ResultTable>, BackendError>;

    /// Rows of a table of `run` in stored order.
    ///
    /// Shape: as in `range`; the table and its columns exist (checked through [`RunReader::tables`]).
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn rows(
        &self,
        dataset: &str,
        run: &str,
        table: &str,
        range: &RowRange,
        format: RowFormat,
    ) -> Result<Pieces, BackendError>;
}

/// Computes more from finished runs, with what is too heavy for this crate.
///
/// Calls may block; names are validated before, as for [`RunReader`].
pub trait RunComputer: Send + Sync + 'static {
    /// Scores of the customers of `run` at the end of an earlier day, computed only from data up to that day.
    ///
    /// Contracts: the day lies within the data of the run (trusted).
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; [`BackendError::Unreadable`] if the rules of the run no longer exist.
    fn past_scores(&self, dataset: &str, run: &str, day: i32) -> Result<PastScores, BackendError>;

    /// P(alive) of a customer of `run` over time, by the run's saved model.
    ///
    /// Shape: `None` if the run has no saved model, or the customer has no order.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn alive_over_time(
        &self,
        dataset: &str,
        run: &str,
        purchase_days: &[i32],
    ) -> Result<Option<AliveOverTime>, BackendError>;

    /// The customers of a segment of `run` as CSV for email and advertising tools, most valuable first.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn segment_list(&self, dataset: &str, run: &str, segment: &str) -> Result<Vec<u8>, BackendError>;

    /// Customers of `run`, or `among` them, to contact within a budget.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; an invalid request is a normal result.
    fn budget(
        &self,
        dataset: &str,
        run: &str,
        request: &BudgetRequest,
        among: Option<&BTreeSet<String>>,
    ) -> Result<BudgetOutcome, BackendError>;

    /// Runs a read-only query over the tables of `run`, or of the current run, within time and memory limits.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; [`BackendError::Query`] for errors in the query itself.
    fn query(
        &self,
        dataset: &str,
        run: Option<&str>,
        request: &QueryRequest,
    ) -> Result<QueryAnswer, BackendError>;
}

/// Scores at an earlier day.
///
/// Shape: one row per customer who had ordered by then.
#[derive(Debug, Clone, PartialEq)]
pub struct PastScores {
    /// Customer ids.
    pub customer_id: Column,
    /// Segments.
    pub segment: TextColumn,
    /// RFM scores.
    pub rfm_score: Vec<i64>,
    /// Spend up to that day, minor units.
    pub spend_minor: Vec<i64>,
}

/// P(alive) of one customer at the end of each day.
#[derive(Debug, Clone, PartialEq)]
pub struct AliveOverTime {
    /// The model.
    pub model: String,
    /// Days since 1970, ascending, from the first order to the horizon after the analysis date, which is
    /// included.
    pub days: Vec<i32>,
    /// P(alive) at the end of each day.
    pub p_alive: Vec<f64>,
}

/// One finished run of a data set.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RunRow {
    /// The run's id.
    pub run_id: String,
    /// Start time, RFC 3339, UTC.
    pub started_at: String,
    /// Whether this is the current run, which is used if no run is given.
    pub current: bool,
}
