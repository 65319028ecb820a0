//! Error pages: what happened, and where to go next.

use askama::Template;
use axum::response::{IntoResponse, Response};
use regulars_analysis::error::BackendError;
use regulars_analysis::format::sentence;
use regulars_core::names;

use super::login::refused;
use super::nav::Page;
use super::shell::{Shell, render};
use crate::error::ServerError;
use crate::shared::Shared;

/// The error page.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Shell,
    heading: &'static str,
    message: String,
    hint: Option<String>,
    /// Link to the page most likely wanted.
    onward: Option<(String, String)>,
    status: u16,
}

/// The answer, or the error page.
pub(super) async fn or_problem(shared: &Shared, answer: Result<Response, ServerError>) -> Response {
    match answer {
        Ok(response) => response,
        Err(error) => problem(shared, error).await,
    }
}

/// The error page for `error`, listing the available data sets.
pub(crate) async fn problem(shared: &Shared, error: ServerError) -> Response {
    if let ServerError::Refused(refusal) = &error {
        return refused(refusal);
    }
    error.log();
    // Without a list of data sets the page still links to the start page.
    let datasets = shared.call_backend(|backend| backend.reader.datasets()).await.unwrap_or_default();
    let status = error.status();
    let heading = match &error {
        ServerError::Backend(BackendError::UnknownDataset { .. }) => "No such data set",
        ServerError::Backend(BackendError::UnknownRun { .. }) => "No such run",
        ServerError::Backend(BackendError::Unreadable { .. }) => "This run cannot be read",
        ServerError::UnknownCustomer { .. } => "No such customer",
        ServerError::NoSuchPage { .. } | ServerError::UnknownChart { .. } | ServerError::NotInRun { .. } => {
            "No such page"
        }
        ServerError::Backend(BackendError::Query { .. }) => "The query failed",
        ServerError::UnknownTable { .. } => "No such table",
        ServerError::Busy => "The server is busy",
        ServerError::NotAcceptable { .. } | ServerError::LongBody { .. } | ServerError::WrongBody { .. } => {
            "The request cannot be answered"
        }
        ServerError::BadRequest { .. } => "Invalid URL",
        ServerError::Refused(refusal) => refusal.heading(),
        ServerError::OtherMethod => "Method not allowed",
        ServerError::Template(_) | ServerError::Aborted(_) => "Something went wrong",
    };
    let onward = match &error {
        ServerError::Backend(BackendError::UnknownRun { dataset, .. })
            if names::check_dataset_name(dataset).is_ok() =>
        {
            Some((Page::Summary.path(dataset), format!("Go to the current run of {dataset}")))
        }
        ServerError::UnknownCustomer { dataset, .. } if names::check_dataset_name(dataset).is_ok() => {
            Some((Page::Customers.path(dataset), format!("Go to the customers of {dataset}")))
        }
        _ => None,
    };
    // Links show what to do next; an unreadable run needs the hint.
    let hint = match &error {
        ServerError::Backend(BackendError::Unreadable { .. })
        | ServerError::Template(_)
        | ServerError::Aborted(_) => Some(error.hint()),
        _ => None,
    };
    let page = ProblemPage {
        shell: Shell::plain(heading, &datasets),
        heading,
        message: sentence(&error.to_string()),
        hint: hint.as_deref().map(sentence),
        onward,
        status: status.as_u16(),
    };
    match render(&page) {
        Ok(response) => (status, response).into_response(),
        Err(template) => {
            template.log();
            (template.status(), heading).into_response()
        }
    }
}
