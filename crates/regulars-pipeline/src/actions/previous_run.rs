//! The run to compare with: the latest one with an earlier analysis date.
//!
//! Runs of the same day are skipped: nothing has happened since, and a repeated run must give the same bytes.
//! Deliberately not here: movements of customers between runs (`regulars_store::diff`).

use regulars_core::config::Config;
use regulars_core::dates::format_timestamp;
use regulars_core::summary::RunSummary;
use regulars_ingest::Ingested;
use regulars_store::{Dataset, Run};
use serde::Serialize;

/// Segments of the earlier run.
#[derive(Serialize)]
pub(crate) struct Before {
    /// Its analysis date, `YYYY-MM-DD`.
    pub(crate) as_of: String,
    summary: RunSummary,
    /// Whether its currency and horizon equal those of this run.
    values_compare: bool,
}

impl Before {
    /// Customers in a segment at the time.
    pub(crate) fn customers(&self, segment: &str) -> Option<u64> {
        self.summary.segments.iter().find(|known| known.segment == segment).map(|known| known.customers)
    }

    /// Their expected spend; 0 for an empty segment.
    pub(crate) fn predicted_minor(&self, segment: &str) -> Option<i64> {
        let value = self.summary.value.as_ref().filter(|_| self.values_compare)?;
        let group = value.groups.iter().find(|group| group.grouping == "segment" && group.name == segment);
        match (group, self.customers(segment)) {
            (Some(group), _) => Some(group.predicted_ltv_minor),
            (None, customers) => customers.filter(|customers| *customers == 0).map(|_| 0),
        }
    }
}

/// The run to compare with; none if no comparable run can be read.
///
/// `scoring` is the scoring method and rule set, in words: runs with others have other segments.
pub(crate) fn before(
    dataset: &Dataset,
    ingested: &Ingested,
    config: &Config,
    scoring: &str,
) -> Option<Before> {
    let now = format_timestamp(ingested.as_of_micros);
    let comparable = |run: &Run| {
        let earlier = &run.manifest.config;
        run.manifest.as_of < now && earlier.segments == config.segments && earlier.scores == config.scores
    };
    // On ties, the newest comes first.
    let runs = dataset.runs().ok()?.complete;
    let mut earlier: Vec<&Run> = runs.iter().filter(|run| comparable(run)).collect();
    earlier.sort_by(|one, other| other.manifest.as_of.cmp(&one.manifest.as_of));
    // A rule set of the same name may have changed.
    let mut summaries = earlier.into_iter().filter_map(|run| run.summary().ok());
    let summary = summaries.find(|summary| summary.scoring == scoring)?;
    Some(Before {
        as_of: summary.as_of.clone(),
        values_compare: summary.money_decimals == ingested.money_decimals
            && summary.value.as_ref().is_some_and(|value| value.horizon_days == config.value.horizon_days),
        summary,
    })
}
