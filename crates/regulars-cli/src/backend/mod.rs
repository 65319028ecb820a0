//! The server's backend: reads the runs on disk.

mod columns;
mod marketing;
mod past;
mod query;
mod tables;

use std::collections::BTreeSet;

use regulars_core::actions::Actions;
use regulars_core::budget::BudgetRequest;
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use regulars_server::{
    AliveOverTime, Backend, BackendError, BudgetAnswer, Column, PastScores, Pieces, ProcessFigures,
    QueryAnswer, QueryRequest, ResultTable, RowFormat, RowRange, RunRow, TableShape,
};
use regulars_store::{Home, Kind, Run};

use crate::environment;

/// The runs in a home folder.
pub(crate) struct StoreBackend {
    home: Home,
}

impl StoreBackend {
    pub(crate) fn new(home: Home) -> Self {
        Self { home }
    }

    fn run(&self, dataset: &str, run: Option<&str>) -> Result<Run, BackendError> {
        if !self.datasets()?.iter().any(|name| name == dataset) {
            return Err(BackendError::UnknownDataset { dataset: dataset.to_owned() });
        }
        let selector = run.unwrap_or("current");
        self.home.dataset(dataset).and_then(|found| found.run(selector)).map_err(|error| match error.kind() {
            Kind::NotFound => {
                BackendError::UnknownRun { dataset: dataset.to_owned(), run: selector.to_owned() }
            }
            _ => unreadable(&error),
        })
    }
}

fn unreadable(error: &regulars_store::Error) -> BackendError {
    BackendError::Unreadable { message: error.to_string(), hint: error.hint() }
}

impl Backend for StoreBackend {
    fn datasets(&self) -> Result<Vec<String>, BackendError> {
        self.home.datasets().map_err(|e| unreadable(&e))
    }

    fn runs(&self, dataset: &str) -> Result<Vec<RunRow>, BackendError> {
        let current = self.run(dataset, None)?;
        let found = self.home.dataset(dataset).and_then(|d| d.runs()).map_err(|e| unreadable(&e))?;
        Ok(found
            .complete
            .iter()
            .map(|run| RunRow {
                run_id: run.run_id().to_owned(),
                started_at: run.manifest.started_at.clone(),
                current: run.run_id() == current.run_id(),
            })
            .collect())
    }

    fn summary(&self, dataset: &str, run: Option<&str>) -> Result<RunSummary, BackendError> {
        self.run(dataset, run)?.summary().map_err(|e| unreadable(&e))
    }

    fn manifest(&self, dataset: &str, run: Option<&str>) -> Result<RunManifest, BackendError> {
        Ok(self.run(dataset, run)?.manifest)
    }

    fn validation(&self, dataset: &str, run: Option<&str>) -> Result<ValidationReport, BackendError> {
        self.run(dataset, run)?.validation().map_err(|e| unreadable(&e))
    }

    fn table(&self, dataset: &str, run: &str, table: &str) -> Result<Option<TableShape>, BackendError> {
        let run = self.run(dataset, Some(run))?;
        if !run.has_table(table) {
            return Ok(None);
        }
        let (rows, schema) = run.table_shape(table).map_err(|e| unreadable(&e))?;
        let fields = schema.fields().iter();
        let columns =
            fields.filter_map(|f| Some((f.name().clone(), columns::kind(f.data_type())?))).collect();
        Ok(Some(TableShape { rows, columns }))
    }

    fn columns(
        &self,
        dataset: &str,
        run: &str,
        table: &str,
        names: &[&str],
    ) -> Result<Vec<Column>, BackendError> {
        let run = self.run(dataset, Some(run))?;
        let (_, schema) = run.table_shape(table).map_err(|e| unreadable(&e))?;
        let batches = run.read_columns(table, names).map_err(|e| unreadable(&e))?;
        let read = |(place, name): (usize, &&str)| {
            let field = schema.field_with_name(name).map_err(|e| e.to_string())?;
            let kind = columns::kind(field.data_type())
                .ok_or_else(|| format!("columns of type {} cannot be shown", field.data_type()))?;
            columns::column(kind, place, &batches)
        };
        let found: Result<Vec<Column>, String> = names.iter().enumerate().map(read).collect();
        found.map_err(|reason| BackendError::Unreadable {
            message: format!("table `{table}` cannot be read ({reason})"),
            hint: None,
        })
    }

    fn actions(&self, dataset: &str, run: &str) -> Result<Option<Actions>, BackendError> {
        let run = self.run(dataset, Some(run))?;
        regulars_pipeline::actions_of(&run)
            .map_err(|e| BackendError::Unreadable { message: e.message, hint: e.hint })
    }

    fn segment_list(&self, dataset: &str, run: &str, segment: &str) -> Result<Vec<u8>, BackendError> {
        marketing::list(&self.run(dataset, Some(run))?, segment)
    }

    fn budget(
        &self,
        dataset: &str,
        run: &str,
        asked: &BudgetRequest,
        among: Option<&BTreeSet<String>>,
    ) -> Result<BudgetAnswer, BackendError> {
        marketing::spend(&self.run(dataset, Some(run))?, asked, among)
    }

    fn past_scores(&self, dataset: &str, run: &str, day: i32) -> Result<PastScores, BackendError> {
        past::scores(&self.run(dataset, Some(run))?, day)
    }

    fn alive_over_time(
        &self,
        dataset: &str,
        run: &str,
        purchase_days: &[i32],
    ) -> Result<Option<AliveOverTime>, BackendError> {
        past::alive(&self.run(dataset, Some(run))?, purchase_days)
    }

    fn query(
        &self,
        dataset: &str,
        run: Option<&str>,
        request: &QueryRequest,
    ) -> Result<QueryAnswer, BackendError> {
        query::ask(&self.home, dataset, &self.run(dataset, run)?, request)
    }

    fn tables(&self, dataset: &str, run: &str, only: Option<&str>) -> Result<Vec<ResultTable>, BackendError> {
        tables::tables(&self.run(dataset, Some(run))?, only)
    }

    fn rows(
        &self,
        dataset: &str,
        run: &str,
        table: &str,
        range: &RowRange,
        format: RowFormat,
    ) -> Result<Pieces, BackendError> {
        tables::rows(&self.run(dataset, Some(run))?, table, range, format)
    }

    fn arrow(&self, columns: Vec<(&'static str, Column, Option<u8>)>) -> Result<Vec<u8>, BackendError> {
        tables::arrow(columns)
    }

    fn process(&self) -> Option<ProcessFigures> {
        environment::process()
    }
}
