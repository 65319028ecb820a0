//! Customer lists and contact budgets, with the code of the commands `export` and `actions`.

use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_analysis::budget::{BudgetContact, BudgetOutcome, BudgetPlan};
use regulars_analysis::error::BackendError;
use regulars_core::budget::BudgetRequest;
use regulars_engine::Format;
use regulars_pipeline::{Contacts, budget_fault, contacts_of, run_tables, segment_list, segment_query};
use regulars_store::Run;

use crate::commands::{engine, minor};
use crate::environment;
use crate::failure::Failure;

fn unreadable(failure: Failure) -> BackendError {
    let (message, hint) = failure.into_parts();
    BackendError::Unreadable { message, hint }
}

/// The customers of a segment as CSV, as `regulars export --segment` writes them.
pub(super) fn list(run: &Run, segment: &str) -> Result<Vec<u8>, BackendError> {
    let written = || -> Result<Vec<u8>, Failure> {
        let query = segment_query(&segment_list(run, segment)?);
        let folder = tempfile::tempdir_in(environment::temp_folder())?;
        let out = folder.path().join("list.csv");
        engine(folder.path())?.export(
            &query,
            &run_tables(run),
            run.manifest.money_decimals,
            Format::Csv,
            &out,
        )?;
        Ok(fs_err::read(&out)?)
    };
    written().map_err(unreadable)
}

/// Allocates a budget as `regulars actions --budget` does, to all customers or to some.
pub(super) fn spend(
    run: &Run,
    request: &BudgetRequest,
    among: Option<&BTreeSet<String>>,
) -> Result<BudgetOutcome, BackendError> {
    if let Some(fault) = budget_fault(run, request) {
        return Ok(BudgetOutcome::Invalid(fault));
    }
    let is_one = |id: &str| among.is_none_or(|among| among.contains(id));
    let found = contacts_of(run, request, &is_one).map_err(|e| unreadable(e.into()))?;
    Ok(BudgetOutcome::Plan(Arc::new(plan(&found, run.manifest.money_decimals))))
}

fn plan(found: &Contacts, decimals: u8) -> BudgetPlan {
    let in_minor = |value: f64| minor(value, decimals);
    let [low, high] = found.plan.interval.map(in_minor);
    let each = found.customers.iter().zip(&found.plan.returns);
    BudgetPlan {
        worthwhile: found.plan.worthwhile,
        cost_minor: in_minor(found.plan.cost),
        upside_minor: in_minor(found.plan.upside),
        expected_return_minor: in_minor(found.plan.expected_return),
        return_low_minor: low,
        return_high_minor: high,
        interval_level: found.interval_level,
        break_even_response: found.plan.break_even_response,
        margin: found.margin,
        assumed: found.assumed.clone(),
        curve: found.curve.iter().map(|(contacts, returns)| (*contacts, in_minor(*returns))).collect(),
        customers: each
            .map(|(one, returns)| BudgetContact {
                customer_id: one.customer_id.clone(),
                kind: one.kind.clone(),
                segment: one.segment.clone(),
                predicted_ltv_minor: one.predicted_ltv_minor,
                upside_minor: one.upside_minor,
                expected_return_minor: in_minor(*returns),
            })
            .collect(),
    }
}
