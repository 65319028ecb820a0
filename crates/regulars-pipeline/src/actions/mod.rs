//! Recommendations: segments with value, risk and recommended action, and the upside of customers compared
//! with similar customers.
//!
//! The last step of a run: it reads the tables of scores and lifetime value, so that its sums agree with
//! them. Deliberately not here: the maths (`regulars_models::opportunities`) and the words
//! (`regulars_core::segments`).

mod budget;
mod predicted_value;
pub(crate) mod previous_run;
mod segments;
mod similar_customers;
#[cfg(test)]
mod testing;
mod words;
mod write;

use std::path::Path;

use regulars_core::actions::Actions;
use regulars_core::config::LifetimeValue;
use regulars_core::segments::RuleSet;
use regulars_core::summary::{SegmentSummary, ValueSummary};
use regulars_core::tables::{opportunities, opportunity_summary, segment_actions};
use regulars_engine::RfmColumns;
use regulars_store::Run;

use regulars_value::tables::{read_rows, write_rows};
use regulars_value::{Result, in_pool};

pub use budget::{Contacts, budget_fault, contacts, contacts_of, write_contacts};
pub(crate) use predicted_value::{CustomerForecasts, OrderHistory};
use previous_run::PreviousRun;
/// A customer with upside: a row of `opportunities`.
pub use regulars_core::tables::opportunities::Row as CustomerOpportunity;

/// The tables of the step.
pub(crate) const TABLES: [&str; 3] = [segment_actions::NAME, opportunities::NAME, opportunity_summary::NAME];

/// Input of the step.
pub(crate) struct ActionsRequest<'a> {
    /// `customer_features` of the run.
    pub(crate) features: &'a Path,
    pub(crate) rfm: &'a RfmColumns,
    pub(crate) rules: &'a RuleSet,
    /// Every customer's segment, an index into those of the rules.
    pub(crate) segment: &'a [u8],
    /// The segments, in any order.
    pub(crate) summaries: &'a [SegmentSummary],
    /// Lifetime value, or why there is none.
    pub(crate) value: std::result::Result<&'a ValueSummary, &'a str>,
    /// The run to compare with, if any.
    pub(crate) previous: Option<&'a PreviousRun>,
    pub(crate) config: &'a LifetimeValue,
    pub(crate) currency: Option<&'a str>,
    pub(crate) money_decimals: u8,
    /// Whether the data have products.
    pub(crate) has_products: bool,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    /// The folder of the run.
    pub(crate) dir: &'a Path,
}

/// Computes the three tables and writes them into the run's folder.
///
/// Without lifetime value, segments keep their recommendations, and opportunities say why they are empty.
pub(crate) fn actions(request: &ActionsRequest<'_>) -> Result<()> {
    let forecasts = match request.value {
        Ok(_) => Some(CustomerForecasts::read(request)?),
        Err(_) => None,
    };
    let segments = segments::segments(request, &OrderHistory::read(request)?, forecasts.as_ref());
    write_rows(request.dir, &segments)?;
    let found = match (&forecasts, request.value) {
        (Some(forecasts), _) => in_pool(request.threads, || similar_customers::find(request, forecasts))??,
        (None, reason) => similar_customers::none(reason.err().unwrap_or_default()),
    };
    let summary: Vec<_> = found.iter().map(|found| words::summarised(request, found)).collect();
    write::opportunities(request, &found)?;
    write_rows(request.dir, &summary)
}

/// The recommendations of a run; none if the run does not have the step.
///
/// Errors: unreadable tables.
pub fn actions_of(run: &Run) -> Result<Option<Actions>> {
    let (Some(segments), Some(opportunities)) = (read_rows(run)?, read_rows(run)?) else { return Ok(None) };
    Ok(Some(Actions { segments, opportunities }))
}

/// Customers with upside, by customer; none if the run does not have the step.
///
/// Errors: an unreadable table.
pub fn opportunities_of(run: &Run) -> Result<Option<Vec<CustomerOpportunity>>> {
    read_rows(run)
}
