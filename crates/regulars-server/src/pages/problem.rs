//! Errors as a person reads them: what happened, and a way onward.

use askama::Template;
use axum::response::{IntoResponse, Response};
use regulars_core::names;

use super::nav::Page;
use super::render;
use super::shell::Shell;
use crate::backend::{Backend, BackendError};
use crate::error::ServerError;
use crate::routes::Shared;

/// The page shown instead of the one asked for.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Shell,
    heading: &'static str,
    message: String,
    hint: Option<String>,
    /// The page most likely wanted.
    onward: Option<(String, String)>,
    status: u16,
}

/// Answers with the page for `error`, naming the data sets that there are.
pub(crate) async fn problem(shared: &Shared, error: ServerError) -> Response {
    if let ServerError::Refused(refusal) = &error {
        return super::refused(refusal);
    }
    error.log();
    // What is wrong has been said; without a list of data sets the page still leads home.
    let datasets = shared.ask(<dyn Backend>::datasets).await.unwrap_or_default();
    let status = error.status();
    let heading = match &error {
        ServerError::Backend(BackendError::UnknownDataset { .. }) => "No such data set",
        ServerError::Backend(BackendError::UnknownRun { .. }) => "No such run",
        ServerError::Backend(BackendError::Unreadable { .. }) => "This run cannot be read",
        ServerError::UnknownCustomer { .. } => "No such customer",
        ServerError::NoSuchPage { .. } | ServerError::UnknownChart { .. } | ServerError::NotInRun { .. } => {
            "No such page"
        }
        ServerError::Backend(BackendError::Query { .. }) => "This query cannot be answered",
        ServerError::UnknownTable { .. } => "No such table",
        ServerError::Busy => "Busy",
        ServerError::NotAcceptable { .. } | ServerError::LongBody { .. } | ServerError::WrongBody { .. } => {
            "This request cannot be answered"
        }
        ServerError::BadRequest { .. } => "This address cannot be understood",
        ServerError::Refused(refusal) => refusal.heading(),
        ServerError::OtherMethod => "This page does not take that",
        ServerError::Template(_) | ServerError::Aborted(_) => "Something went wrong here",
    };
    let onward = match &error {
        ServerError::Backend(BackendError::UnknownRun { dataset, .. })
            if names::check_dataset_name(dataset).is_ok() =>
        {
            Some((Page::Summary.path(dataset), format!("The current run of {dataset}")))
        }
        ServerError::UnknownCustomer { dataset, .. } if names::check_dataset_name(dataset).is_ok() => {
            Some((Page::Customers.path(dataset), format!("The customers of {dataset}")))
        }
        _ => None,
    };
    // Pages say what to do by their links; a run that cannot be read needs words.
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

/// An error's message as a sentence, with quotation marks for readers instead of backticks.
pub(super) fn sentence(message: &str) -> String {
    let mut quoted = String::with_capacity(message.len() + 8);
    for (i, part) in message.split('`').enumerate() {
        if i > 0 {
            quoted.push(if i % 2 == 1 { '“' } else { '”' });
        }
        quoted.push_str(part);
    }
    let message = quoted.as_str();
    let mut letters = message.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}
