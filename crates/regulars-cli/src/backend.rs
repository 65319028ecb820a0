//! Answers the server's questions from the runs on disk.

use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use regulars_server::{Backend, BackendError, RunRow};
use regulars_store::{Home, Kind, Run};

/// The runs of a home.
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
}
