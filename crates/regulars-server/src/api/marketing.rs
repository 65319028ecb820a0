//! Recommended actions, contacts within a budget, and segment lists.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use regulars_analysis::budget::BudgetPlan;
use regulars_analysis::campaign::{CampaignResult, answer};
use regulars_analysis::table::TableOf;
use schemars::JsonSchema;
use serde::Serialize;

use super::deliver::csv;
use super::form::{Form, RequestedForm};
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::shared::Shared;
use crate::view::View;

/// Customers to contact, best first, and the expected return; money in minor units.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ContactPlan<'a> {
    run_id: &'a str,
    /// Customers to contact.
    contacts: usize,
    #[serde(flatten)]
    plan: &'a BudgetPlan,
}

/// These responses cover the whole run.
fn refuse_filter(view: &View, what: &str) -> Result<(), ServerError> {
    if view.query.filter.is_empty() {
        return Ok(());
    }
    Err(ServerError::BadRequest {
        reason: format!(
            "filters do not apply: {what} covers all customers of the run; only `run` is allowed"
        ),
    })
}

/// The tables `segment_actions` and `opportunity_summary`; money in minor units.
pub(crate) async fn actions(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Response, ServerError> {
    shared
        .with_view(dataset, &query, |view, _| {
            refuse_filter(view, "the list of actions")?;
            match view.frame.actions()? {
                Some(actions) => Ok(Json(actions).into_response()),
                None => Err(ServerError::NotInRun { what: "actions".to_owned() }),
            }
        })
        .await
}

/// Customers to contact; money in minor units, in the file in major units.
pub(crate) async fn contacts(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
    RequestedForm(form): RequestedForm,
) -> Result<Response, ServerError> {
    shared
        .with_view(dataset, &query, move |view, _| {
            let plan = match answer(view, &view.query.shown.campaign)? {
                CampaignResult::Plan(plan) => plan,
                CampaignResult::Nothing => {
                    let reason = "`budget`, `contact_cost` and `response` are required".to_owned();
                    return Err(ServerError::BadRequest { reason });
                }
                CampaignResult::Invalid(errors) => {
                    let errors: Vec<String> =
                        errors.iter().map(|error| format!("{} ({})", error.message, error.hint)).collect();
                    return Err(ServerError::BadRequest { reason: errors.join("; ") });
                }
            };
            if form == Form::Json {
                let run_id = &view.frame.summary.run_id;
                let body = ContactPlan { run_id, contacts: plan.customers.len(), plan: &plan };
                return Ok(Json(body).into_response());
            }
            // The columns of `regulars actions --budget`.
            let table = TableOf::new(plan.customers.iter().enumerate())
                .count("rank", "", |(at, _)| at as u64 + 1)
                .text("customer_id", "", |(_, one)| &one.customer_id)
                .text("kind", "", |(_, one)| &one.kind)
                .text("segment", "", |(_, one)| &one.segment)
                .money("predicted_ltv", "", |(_, one)| one.predicted_ltv_minor)
                .money("upside", "", |(_, one)| one.upside_minor)
                .money("expected_return", "", |(_, one)| one.expected_return_minor)
                .done();
            Ok(csv(&format!("{}-contacts", view.dataset()), table.csv(&view.money)))
        })
        .await
}

/// The customers of a segment as a list for email and advertising tools.
pub(crate) async fn list(
    State(shared): State<Shared>,
    UrlPath((dataset, segment)): UrlPath<(String, String)>,
    UrlQuery(query): UrlQuery,
) -> Result<Response, ServerError> {
    shared
        .with_view(dataset, &query, move |view, _| {
            refuse_filter(view, "a segment list")?;
            let name = segment.strip_suffix(".csv").unwrap_or(&segment);
            let known = view.frame.summary.segments.iter().any(|known| known.segment == name);
            if !known {
                return Err(ServerError::NotInRun { what: name.to_owned() });
            }
            let list = view.frame.segment_list(name)?;
            Ok(csv(&format!("{}-{name}", view.dataset()), list))
        })
        .await
}
