//! Scores at an earlier day and P(alive) over time, computed by the pipeline on request.

use regulars_analysis::backend::{AliveOverTime, PastScores};
use regulars_analysis::columns::TextColumn;
use regulars_analysis::error::BackendError;
use regulars_analysis::stored_runs::column_of;
use regulars_pipeline::{PastScoresRequest, alive_over_time, past_scores};
use regulars_store::Run;

use crate::environment;

/// Memory limit of query plans, beyond which they spill; excludes the columns that pages hold.
const MEMORY_BYTES: u64 = 1 << 30;

fn unreadable(error: regulars_pipeline::Error) -> BackendError {
    BackendError::Unreadable { message: error.message, hint: error.hint }
}

fn failed(message: String) -> BackendError {
    BackendError::Unreadable { message, hint: None }
}

/// The scores of the customers of a run at the end of a day.
pub(super) fn scores(run: &Run, day: i32) -> Result<PastScores, BackendError> {
    let scratch = tempfile::Builder::new()
        .prefix("regulars-")
        .tempdir_in(environment::temp_folder())
        .map_err(|e| failed(format!("cannot create a folder for the scores of an earlier day ({e})")))?;
    let found = past_scores(&PastScoresRequest {
        run,
        day: i64::from(day),
        scratch: scratch.path(),
        threads: environment::processors(),
        memory_limit_bytes: Some(MEMORY_BYTES),
    })
    .map_err(unreadable)?;
    let [r, f, m] = &found.scores;
    let rfm_score = r.iter().zip(f).zip(m).map(|((r, f), m)| i64::from(*r) + i64::from(*f) + i64::from(*m));
    Ok(PastScores {
        rfm_score: rfm_score.collect(),
        customer_id: column_of(&found.customer_id).map_err(failed)?,
        segment: TextColumn {
            codes: found.segment.into_iter().map(u32::from).collect(),
            values: found.segments,
        },
        spend_minor: found.monetary_minor,
    })
}

/// P(alive) over time of a customer who bought on these days.
pub(super) fn alive(run: &Run, purchase_days: &[i32]) -> Result<Option<AliveOverTime>, BackendError> {
    let found = alive_over_time(run, purchase_days).map_err(unreadable)?;
    Ok(found.map(|of| AliveOverTime { model: of.model, days: of.days, p_alive: of.p_alive }))
}
