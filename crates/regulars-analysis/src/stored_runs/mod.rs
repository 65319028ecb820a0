//! The runs on disk: their tables, columns and files, read from Parquet and JSON.
//!
//! Not here: what is computed beyond the stored tables; see [`RunComputer`](crate::backend::RunComputer).

mod columns;
mod tables;

use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use regulars_store::{Home, Kind, Run};

pub use columns::column_of;

use crate::backend::{RunReader, RunRow};
use crate::columns::{Column, TableShape};
use crate::error::BackendError;
use crate::rows::{Pieces, ResultTable, RowFormat, RowRange};

/// The runs in a home folder.
#[derive(Clone)]
pub struct StoredRuns {
    home: Home,
}

impl StoredRuns {
    /// Reads the runs in `home`.
    pub fn new(home: Home) -> Self {
        Self { home }
    }

    /// The home folder.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// `run` of a data set, or its current run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn run(&self, dataset: &str, run: Option<&str>) -> Result<Run, BackendError> {
        if !self.datasets()?.iter().any(|name| name == dataset) {
            return Err(BackendError::UnknownDataset { dataset: dataset.to_owned() });
        }
        let selector = run.unwrap_or("current");
        self.home.dataset(dataset).and_then(|found| found.run(selector)).map_err(|error| match error.kind() {
            Kind::NotFound => {
                BackendError::UnknownRun { dataset: dataset.to_owned(), run: selector.to_owned() }
            }
            _ => error.into(),
        })
    }
}

impl RunReader for StoredRuns {
    fn datasets(&self) -> Result<Vec<String>, BackendError> {
        Ok(self.home.datasets()?)
    }

    fn runs(&self, dataset: &str) -> Result<Vec<RunRow>, BackendError> {
        let current = self.run(dataset, None)?;
        let found = self.home.dataset(dataset)?.runs()?;
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
        Ok(self.run(dataset, run)?.summary()?)
    }

    fn manifest(&self, dataset: &str, run: Option<&str>) -> Result<RunManifest, BackendError> {
        Ok(self.run(dataset, run)?.manifest)
    }

    fn validation(&self, dataset: &str, run: Option<&str>) -> Result<ValidationReport, BackendError> {
        Ok(self.run(dataset, run)?.validation()?)
    }

    fn table(&self, dataset: &str, run: &str, table: &str) -> Result<Option<TableShape>, BackendError> {
        let run = self.run(dataset, Some(run))?;
        if !run.has_table(table) {
            return Ok(None);
        }
        let (rows, schema) = run.table_shape(table)?;
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
        let (_, schema) = run.table_shape(table)?;
        let batches = run.read_columns(table, names)?;
        let read = |(place, name): (usize, &&str)| {
            let field = schema.field_with_name(name).map_err(|e| e.to_string())?;
            columns::column(field.data_type(), batches.iter().map(|batch| batch.column(place)))
        };
        let found: Result<Vec<Column>, String> = names.iter().enumerate().map(read).collect();
        found.map_err(|reason| BackendError::Unreadable {
            message: format!("table `{table}` cannot be read ({reason})"),
            hint: None,
        })
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
}
