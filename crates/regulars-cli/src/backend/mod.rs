//! The runs on disk for pages and API, and what is computed from them on request, with pipeline and engine.

mod marketing;
mod past;
mod query;

use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_analysis::backend::{AliveOverTime, Backend, PastScores, RunComputer};
use regulars_analysis::budget::BudgetOutcome;
use regulars_analysis::error::BackendError;
use regulars_analysis::rows::{QueryAnswer, QueryRequest};
use regulars_analysis::stored_runs::StoredRuns;
use regulars_core::budget::BudgetRequest;
use regulars_store::Home;

/// The runs in a home folder.
pub(crate) fn open(home: Home) -> Backend {
    let runs = StoredRuns::new(home);
    Backend { reader: Arc::new(runs.clone()), computer: Arc::new(Computer { runs }) }
}

/// Computes with pipeline and engine.
struct Computer {
    runs: StoredRuns,
}

impl RunComputer for Computer {
    fn past_scores(&self, dataset: &str, run: &str, day: i32) -> Result<PastScores, BackendError> {
        past::scores(&self.runs.run(dataset, Some(run))?, day)
    }

    fn alive_over_time(
        &self,
        dataset: &str,
        run: &str,
        purchase_days: &[i32],
    ) -> Result<Option<AliveOverTime>, BackendError> {
        past::alive(&self.runs.run(dataset, Some(run))?, purchase_days)
    }

    fn segment_list(&self, dataset: &str, run: &str, segment: &str) -> Result<Vec<u8>, BackendError> {
        marketing::list(&self.runs.run(dataset, Some(run))?, segment)
    }

    fn budget(
        &self,
        dataset: &str,
        run: &str,
        request: &BudgetRequest,
        among: Option<&BTreeSet<String>>,
    ) -> Result<BudgetOutcome, BackendError> {
        marketing::spend(&self.runs.run(dataset, Some(run))?, request, among)
    }

    fn query(
        &self,
        dataset: &str,
        run: Option<&str>,
        request: &QueryRequest,
    ) -> Result<QueryAnswer, BackendError> {
        query::ask(self.runs.home(), dataset, &self.runs.run(dataset, run)?, request)
    }
}
