//! Errors of requests, and their JSON form; `pages/problem.rs` renders them as pages.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use regulars_analysis::error::BackendError;
use regulars_analysis::error::QueryFault;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::guard::{Refusal, say_how};

/// Why a request failed.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Unknown path.
    #[error("there is no page `{path}`")]
    NoSuchPage { path: String },
    /// Unknown chart.
    #[error("there is no chart `{chart}`")]
    UnknownChart { chart: String },
    /// The run, or the filtered customers, have no data for it.
    #[error("this run, or the selected customers, have no data for `{what}`")]
    NotInRun { what: String },
    /// The run has no such customer.
    #[error("the data set `{dataset}` has no customer `{id}` with an order in this run")]
    UnknownCustomer { id: String, dataset: String },
    /// Invalid URL or body.
    #[error("invalid request: {reason}")]
    BadRequest { reason: String },
    /// Refused by the guard.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No acceptable format.
    #[error("this URL has no response of type `{accepts}`")]
    NotAcceptable { accepts: String, offered: Vec<&'static str> },
    /// Request body too long.
    #[error("the request body is longer than {limit_bytes} bytes")]
    LongBody { limit_bytes: usize },
    /// Request body is not JSON.
    #[error("the content type is `{kind}`, expected `application/json`")]
    WrongBody { kind: String },
    /// The run has no such table.
    #[error("this run has no table `{table}`")]
    UnknownTable { table: String, tables: Vec<String> },
    /// Too many concurrent queries.
    #[error("too many queries are running")]
    Busy,
    /// Method not allowed.
    #[error("this URL does not support this method")]
    OtherMethod,
    /// A template failed.
    #[error("this page could not be rendered")]
    Template(#[from] askama::Error),
    /// A call to the backend was aborted.
    #[error("the request was aborted")]
    Aborted(#[from] tokio::task::JoinError),
}

impl ServerError {
    pub(crate) fn status(&self) -> StatusCode {
        self.status_and_code().0
    }

    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.status_and_code().1
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Backend(BackendError::UnknownDataset { .. }) => (StatusCode::NOT_FOUND, "unknown_dataset"),
            Self::Backend(BackendError::UnknownRun { .. }) => (StatusCode::NOT_FOUND, "unknown_run"),
            Self::Backend(BackendError::Unreadable { .. }) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "unreadable_run")
            }
            Self::Backend(BackendError::Query { fault, .. }) => match fault {
                QueryFault::Invalid => (StatusCode::BAD_REQUEST, "invalid_query"),
                QueryFault::NotAllowed => (StatusCode::FORBIDDEN, "query_not_allowed"),
                QueryFault::TooSlow => (StatusCode::UNPROCESSABLE_ENTITY, "query_too_slow"),
                QueryFault::TooLarge => (StatusCode::UNPROCESSABLE_ENTITY, "query_too_large"),
            },
            Self::NotAcceptable { .. } => (StatusCode::NOT_ACCEPTABLE, "not_acceptable"),
            Self::LongBody { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::WrongBody { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::UnknownTable { .. } => (StatusCode::NOT_FOUND, "unknown_table"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::NoSuchPage { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Self::UnknownChart { .. } => (StatusCode::NOT_FOUND, "unknown_chart"),
            Self::NotInRun { .. } => (StatusCode::NOT_FOUND, "not_in_run"),
            Self::UnknownCustomer { .. } => (StatusCode::NOT_FOUND, "unknown_customer"),
            Self::BadRequest { .. } => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::Refused(refusal) => (refusal.status(), refusal.code()),
            Self::OtherMethod => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Template(_) | Self::Aborted(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Backend(BackendError::UnknownDataset { .. }) => {
                "/api/v1/datasets lists the data sets; `regulars run orders.csv --name NAME` creates one"
                    .to_owned()
            }
            Self::Backend(BackendError::UnknownRun { .. }) => {
                "omit `run` for the current run; /api/v1/datasets lists the others".to_owned()
            }
            Self::Backend(BackendError::Unreadable { hint, .. }) => {
                hint.clone().unwrap_or_else(|| "run the data set again, or check the run's folder".to_owned())
            }
            Self::Backend(BackendError::Query { hint, .. }) => {
                hint.clone().unwrap_or_else(|| "/api/v1/d/DATASET/tables lists tables and columns".to_owned())
            }
            Self::NotAcceptable { offered, .. } => {
                format!("accept {}, or omit `Accept`", offered.join(" or "))
            }
            Self::LongBody { .. } => "send a shorter request body".to_owned(),
            Self::WrongBody { .. } => "send `Content-Type: application/json`".to_owned(),
            Self::UnknownTable { tables, .. } => format!("the tables are: {}", tables.join(", ")),
            Self::Busy => "try again in a few seconds".to_owned(),
            Self::NoSuchPage { .. } => "start at /api/v1/datasets, or see /api/docs".to_owned(),
            Self::UnknownChart { .. } => "/api/v1/d/DATASET/charts lists the charts".to_owned(),
            Self::NotInRun { what } => match what.as_str() {
                "budget" => "give `budget`, `contact_cost` and `response`",
                "margin-by-segment" => "set `margin` under [value] and run the data again",
                "selection-gap" => "set `gap` under [clusters] and run the data again",
                "missing" => "no values are missing",
                "movements" => "choose a day between the first order and the analysis date",
                _ => "change the filter, or run the data again with all steps: scores, clusters, value",
            }
            .to_owned(),
            Self::UnknownCustomer { .. } => {
                "/api/v1/d/DATASET/customers?q=PART finds customers by part of their id".to_owned()
            }
            Self::BadRequest { .. } => "/api/docs lists the parameters of every endpoint".to_owned(),
            Self::Refused(refusal) => refusal.hint(),
            Self::OtherMethod => "the `Allow` header lists the supported methods".to_owned(),
            Self::Template(_) | Self::Aborted(_) => {
                "this is a bug in Regulars; see its log in the terminal for details".to_owned()
            }
        }
    }

    /// Logs what only the operator can fix.
    pub(crate) fn log(&self) {
        match self {
            Self::Backend(BackendError::Unreadable { message, .. }) => {
                tracing::error!(error = %message, "run cannot be read");
            }
            Self::Template(cause) => tracing::error!(error = %cause, "page cannot be written"),
            Self::Aborted(cause) => tracing::error!(error = %cause, "backend call failed"),
            _ => {}
        }
    }
}

/// Why a request failed.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Error")]
pub(crate) struct ErrorBody {
    code: &'static str,
    message: String,
    hint: String,
    docs: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
}

/// A position in a query, from 1.
#[derive(Debug, JsonSchema, Serialize)]
struct Position {
    line: u64,
    column: u64,
}

/// The JSON response; pages have their own, in `pages/problem.rs`.
impl IntoResponse for ServerError {
    fn into_response(self) -> Response {
        self.log();
        let body = ErrorBody {
            code: self.code(),
            message: self.to_string(),
            hint: self.hint(),
            docs: "/api/docs",
            position: match self {
                Self::Backend(BackendError::Query { position, .. }) => {
                    position.map(|(line, column)| Position { line, column })
                }
                _ => None,
            },
        };
        let mut response = (self.status(), Json(body)).into_response();
        if let Self::Refused(refusal) = &self {
            say_how(refusal, &mut response);
        }
        if matches!(self, Self::Busy) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("3"));
        }
        response
    }
}
