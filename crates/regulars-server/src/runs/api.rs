//! Starting, watching and cancelling runs: `/api/v1/runs` and the form on the pages.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::{JobView, RunOrder};
use crate::api::form::sent;
use crate::error::ServerError;
use crate::extract::UrlPath;
use crate::guard::Refusal;
use crate::pages::problem::problem;
use crate::shared::{Shared, check_names};

/// Largest request body.
const MAX_BYTES: usize = 64 << 10;

async fn begin(shared: &Shared, order: RunOrder) -> Result<String, ServerError> {
    check_names(&order.dataset, None)?;
    let runs = shared.runs()?;
    let started = tokio::task::spawn_blocking(move || runs.start(order).map(|job| job.id.clone()));
    Ok(started.await??)
}

/// Starts a run: 202 with its location.
pub(crate) async fn start(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ServerError> {
    // Check permission before the body, so that errors reveal nothing.
    shared.runs()?;
    let hint =
        "{\"dataset\": NAME}, optionally with `inputs`, `as_of`, `steps` (scores, clusters, value) and `set`";
    let order: RunOrder = sent(&headers, &body, MAX_BYTES, hint)?;
    let id = begin(&shared, order).await?;
    let place = format!("/api/v1/runs/{id}");
    let view = shared.runs()?.find(&id)?.view();
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(view)).into_response())
}

/// Starts a run from a page, and shows it.
pub(crate) async fn start_by_form(
    State(shared): State<Shared>,
    path: Result<UrlPath<String>, ServerError>,
    body: Bytes,
) -> Response {
    let order = path.map(|UrlPath(dataset)| {
        let as_of = form_urlencoded::parse(&body).find(|(key, _)| key == "as_of");
        let as_of = as_of.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty());
        RunOrder { dataset, as_of, ..RunOrder::default() }
    });
    begin_and_show(&shared, order).await
}

/// Answers the question of a failed run, from the form on its page: runs again with the chosen reading.
pub(crate) async fn answer_by_form(
    State(shared): State<Shared>,
    path: Result<UrlPath<String>, ServerError>,
    body: Bytes,
) -> Response {
    let order = path.and_then(|UrlPath(id)| {
        let view = shared.runs()?.find(&id)?.view();
        let chosen = form_urlencoded::parse(&body).find(|(key, _)| key == "reading");
        let chosen = chosen.and_then(|(_, number)| number.trim().parse::<usize>().ok());
        let question = view.error.and_then(|failure| failure.question);
        let reading = question.zip(chosen).and_then(|(question, at)| question.readings.get(at).cloned());
        let reading = reading.ok_or_else(|| Refusal::NoSuchReading { id: view.id.clone() })?;
        let mut order = view.order;
        order.set.push(reading.setting);
        Ok(order)
    });
    begin_and_show(&shared, order).await
}

async fn begin_and_show(shared: &Shared, order: Result<RunOrder, ServerError>) -> Response {
    let begun = match order {
        Ok(order) => begin(shared, order).await,
        Err(error) => Err(error),
    };
    match begun {
        // A double click leads to the run in progress.
        Ok(id) | Err(ServerError::Refused(Refusal::RunInProgress { id })) => {
            Redirect::to(&format!("/runs/{id}")).into_response()
        }
        Err(error) => problem(shared, error).await,
    }
}

/// The runs started on this server, latest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct JobList {
    runs: Vec<JobView>,
}

/// The runs started on this server.
pub(crate) async fn jobs(State(shared): State<Shared>) -> Result<Response, ServerError> {
    let runs = shared.runs()?.all().iter().map(|job| job.view()).collect();
    Ok(Json(JobList { runs }).into_response())
}

/// The progress of one run.
pub(crate) async fn job(
    State(shared): State<Shared>,
    UrlPath(id): UrlPath<String>,
) -> Result<Response, ServerError> {
    Ok(Json(shared.runs()?.find(&id)?.view()).into_response())
}

/// The progress as server-sent events.
pub(crate) async fn events(
    State(shared): State<Shared>,
    UrlPath(id): UrlPath<String>,
    headers: HeaderMap,
) -> Result<Response, ServerError> {
    let job = shared.runs()?.find(&id)?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(super::events::stream(job, seen.unwrap_or(0), shared.closing()))
}

/// Cancels a run: 202, since a running one takes a moment to stop.
pub(crate) async fn cancel(
    State(shared): State<Shared>,
    UrlPath(id): UrlPath<String>,
) -> Result<Response, ServerError> {
    let job = shared.runs()?.find(&id)?;
    job.cancel();
    Ok((StatusCode::ACCEPTED, Json(job.view())).into_response())
}
