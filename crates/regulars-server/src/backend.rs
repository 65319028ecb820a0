//! What the server needs to know about finished runs, and who answers it.
//!
//! The command line implements [`Backend`] over the store; tests and the example implement it over
//! made-up numbers. Deliberately not here: starting runs, and how SQL is executed.

use std::collections::BTreeSet;

use regulars_core::actions::Actions;
use regulars_core::budget::BudgetRequest;
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use serde::Serialize;
use thiserror::Error;

use crate::budget::BudgetAnswer;
use crate::columns::{Column, TableShape, TextColumn};
use crate::rows::{Pieces, QueryAnswer, QueryFault, QueryRequest, ResultTable, RowFormat, RowRange};

/// Answers questions about finished runs.
///
/// Calls may block; the server makes them on threads that may. Names are checked before they get
/// here: `dataset` passes `regulars_core::names::check_dataset_name`, `run` is 1 to 128 of
/// `A-Z a-z 0-9 _ - .` and does not begin with a dot.
pub trait Backend: Send + Sync + 'static {
    /// The data sets with at least one finished run.
    ///
    /// Shape: in the order to offer them in; empty before the first run.
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

    /// What `run`, or the current run, was made from.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn manifest(&self, dataset: &str, run: Option<&str>) -> Result<RunManifest, BackendError>;

    /// What the checks of `run`, or of the current run, found.
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
    /// Shape: one column a name, in the order of `names`, each with all rows of the table in its order.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; [`BackendError::Unreadable`] for a table or a column that is not there.
    fn columns(
        &self,
        dataset: &str,
        run: &str,
        table: &str,
        names: &[&str],
    ) -> Result<Vec<Column>, BackendError>;

    /// Scores of the customers of `run` at the end of an earlier day, as a run that ended then would have
    /// given them; nothing that happened later is used.
    ///
    /// Contracts: the day lies within the data of the run (trusted).
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; [`BackendError::Unreadable`] where the rules of the run are no longer there.
    fn past_scores(&self, dataset: &str, run: &str, day: i32) -> Result<PastScores, BackendError>;

    /// P(alive) of a customer of `run` over time, by the model that the run has kept.
    ///
    /// Shape: `None` if the run has kept no model, or the customer has bought nothing.
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

    /// What `run` says is to be done; `None` if it is older than that step.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn actions(&self, dataset: &str, run: &str) -> Result<Option<Actions>, BackendError>;

    /// The customers of a segment of `run` as a CSV file for mail and advertising tools, most valuable first.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn segment_list(&self, dataset: &str, run: &str, segment: &str) -> Result<Vec<u8>, BackendError>;

    /// Whom of the customers of `run`, or `among` them, to spend a budget on.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; what is wrong with the request is an answer.
    fn budget(
        &self,
        dataset: &str,
        run: &str,
        asked: &BudgetRequest,
        among: Option<&BTreeSet<String>>,
    ) -> Result<BudgetAnswer, BackendError>;

    /// Answers a query over the tables of `run`, or of the current run; it reads nothing else and writes
    /// nothing, within limits of time and memory.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; [`BackendError::Query`] for what the query itself is to blame for.
    fn query(
        &self,
        dataset: &str,
        run: Option<&str>,
        request: &QueryRequest,
    ) -> Result<QueryAnswer, BackendError>;

    /// The tables of `run` under their canonical names, or `only` one of them.
    ///
    /// Shape: in the order of the flow; none if there is no table of that name.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    fn tables(&self, dataset: &str, run: &str, only: Option<&str>) -> Result<Vec<ResultTable>, BackendError>;

    /// Rows of a table of `run` in the order in which they are stored.
    ///
    /// Shape: as `range` says; the table and its columns are there (the server has asked
    /// [`Backend::tables`]).
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

    /// Writes columns of equal length as a stream of Arrow record batches; with a number of decimals,
    /// integers are minor units of money.
    ///
    /// # Errors
    ///
    /// [`BackendError::Unreadable`], if they cannot be written.
    fn arrow(&self, columns: Vec<(&'static str, Column, Option<u8>)>) -> Result<Vec<u8>, BackendError>;

    /// What the serving process uses; `None` where the system does not say.
    fn process(&self) -> Option<ProcessFigures>;
}

/// Scores at an earlier day.
///
/// Shape: a row a customer who had bought by then.
#[derive(Debug, Clone, PartialEq)]
pub struct PastScores {
    /// Who.
    pub customer_id: Column,
    /// The segment of each.
    pub segment: TextColumn,
    /// The sum of the three scores.
    pub rfm_score: Vec<i64>,
    /// Spend up to then, minor units.
    pub spend_minor: Vec<i64>,
}

/// P(alive) of one customer at the ends of days.
#[derive(Debug, Clone, PartialEq)]
pub struct AliveOverTime {
    /// The model that says so.
    pub model: String,
    /// Days from 1970, ascending, from the first order to the horizon after the analysis date, which is
    /// one of them.
    pub days: Vec<i32>,
    /// P(alive) at the end of each.
    pub p_alive: Vec<f64>,
}

/// What the serving process uses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ProcessFigures {
    /// Memory held now, in bytes.
    pub memory_bytes: u64,
    /// Processor time used since it began, in seconds, over all its threads.
    pub cpu_seconds: f64,
}

/// One finished run of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRow {
    /// The run's name.
    pub run_id: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// Whether it is the one shown when none is asked for.
    pub current: bool,
}

/// Why a backend has no answer.
#[derive(Debug, Error)]
pub enum BackendError {
    /// There is no such data set.
    #[error("there is no data set `{dataset}`")]
    UnknownDataset {
        /// The name asked for.
        dataset: String,
    },
    /// The data set has no such run.
    #[error("the data set `{dataset}` has no run `{run}`")]
    UnknownRun {
        /// The data set.
        dataset: String,
        /// The run asked for.
        run: String,
    },
    /// What was written down cannot be read.
    #[error("{message}")]
    Unreadable {
        /// What cannot be read, and why; lowercase, no final dot, shown to the user.
        message: String,
        /// What to do about it, if that is known.
        hint: Option<String>,
    },
    /// A query cannot be answered, for a reason of its own.
    #[error("{message}")]
    Query {
        /// What kind of reason.
        fault: QueryFault,
        /// What is wrong; lowercase, no final dot, shown to the user.
        message: String,
        /// What to do about it, if that is known.
        hint: Option<String>,
        /// Line and column of the place in the query, from 1, if that is known.
        position: Option<(u64, u64)>,
    },
}
