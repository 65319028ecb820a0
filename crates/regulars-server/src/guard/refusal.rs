//! Refused requests, and why.

use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use thiserror::Error;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error("authentication required")]
    SignInNeeded,
    #[error("unknown token")]
    UnknownToken,
    #[error("the host `{host}` is not allowed")]
    WrongHost { host: String },
    #[error("the request came through a proxy, but no password or token is configured")]
    Proxied,
    #[error("the request comes from another site")]
    OtherSite,
    #[error("the form has expired")]
    StaleForm,
    #[error("unsupported content type: expected a form or JSON")]
    UnknownForm,
    #[error("the request body is larger than 1 MiB")]
    TooLarge,
    #[error("the request body was incomplete")]
    Unread,
    #[error("too many requests")]
    TooMany { seconds: u64 },
    #[error("the server is busy")]
    Busy,
    #[error("this server does not allow starting runs")]
    RunsNotAllowed,
    #[error("a run of this data set is already in progress")]
    RunInProgress { id: String },
    #[error("the run queue is full")]
    TooManyRuns,
    #[error("there is no run `{id}` on this server")]
    UnknownJob { id: String },
    #[error("the run `{id}` has no such question")]
    NoSuchReading { id: String },
    #[error("{message}")]
    CannotRun { message: String, hint: Option<String> },
}

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        self.status_and_code().0
    }

    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.status_and_code().1
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::SignInNeeded => (StatusCode::UNAUTHORIZED, "sign_in_needed"),
            Self::UnknownToken => (StatusCode::UNAUTHORIZED, "unknown_token"),
            Self::WrongHost { .. } => (StatusCode::FORBIDDEN, "wrong_host"),
            Self::Proxied => (StatusCode::FORBIDDEN, "proxied"),
            Self::OtherSite => (StatusCode::FORBIDDEN, "other_site"),
            Self::StaleForm => (StatusCode::FORBIDDEN, "stale_form"),
            Self::UnknownForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::Unread => (StatusCode::BAD_REQUEST, "unread"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::RunsNotAllowed => (StatusCode::FORBIDDEN, "runs_not_allowed"),
            Self::RunInProgress { .. } => (StatusCode::CONFLICT, "run_in_progress"),
            Self::TooManyRuns => (StatusCode::SERVICE_UNAVAILABLE, "too_many_runs"),
            Self::UnknownJob { .. } => (StatusCode::NOT_FOUND, "unknown_job"),
            Self::NoSuchReading { .. } => (StatusCode::BAD_REQUEST, "no_such_reading"),
            Self::CannotRun { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "cannot_run"),
        }
    }

    /// The page heading.
    pub(crate) fn heading(&self) -> &'static str {
        match self {
            Self::SignInNeeded | Self::UnknownToken => "Sign in",
            Self::WrongHost { .. }
            | Self::Proxied
            | Self::OtherSite
            | Self::UnknownForm
            | Self::TooLarge
            | Self::Unread => "Request refused",
            Self::StaleForm => "Form expired",
            Self::TooMany { .. } | Self::Busy | Self::TooManyRuns => "Please wait a moment",
            Self::RunsNotAllowed
            | Self::RunInProgress { .. }
            | Self::NoSuchReading { .. }
            | Self::CannotRun { .. } => "Run not started",
            Self::UnknownJob { .. } => "No such run",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::SignInNeeded => {
                "sign in at /login, or send `Authorization: Bearer TOKEN`; `regulars token NAME` creates a token".to_owned()
            }
            Self::UnknownToken => {
                "create one with `regulars token NAME`, add its line under `[serve.tokens]` and restart the server".to_owned()
            }
            Self::WrongHost { .. } => {
                "without a password the server only answers to localhost and 127.0.0.1; `regulars password` creates one".to_owned()
            }
            Self::Proxied => {
                "create a password with `regulars password` and set `behind_proxy = true` under `[serve]`; see docs/serving.md".to_owned()
            }
            Self::OtherSite => "send the form from a page of this server, or use a token".to_owned(),
            Self::StaleForm => {
                "the session ended or the server was restarted: go back, reload the page and try again".to_owned()
            }
            Self::UnknownForm => {
                "send `Content-Type: application/json`, or use the form on a page".to_owned()
            }
            Self::TooLarge => "send a smaller request body".to_owned(),
            Self::Unread => "send the request again".to_owned(),
            Self::TooMany { seconds } => format!("wait {seconds} seconds and try again"),
            Self::Busy => "try again in a few seconds".to_owned(),
            Self::RunsNotAllowed => {
                "set `allow_runs = true` under `[serve]`, or use `regulars run`".to_owned()
            }
            Self::RunInProgress { id } => format!("/runs/{id} shows its progress"),
            Self::TooManyRuns => "wait for a run to finish".to_owned(),
            Self::UnknownJob { .. } => {
                "/api/v1/runs lists the runs since the server started, /api/v1/datasets all finished runs".to_owned()
            }
            Self::NoSuchReading { id } => format!("/runs/{id} shows its question, if it has one"),
            Self::CannotRun { hint, .. } => {
                hint.clone().unwrap_or_else(|| "`regulars run` on the command line shows details".to_owned())
            }
        }
    }

    /// Seconds to wait before retrying, if that helps.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { seconds } => Some(*seconds),
            Self::Busy => Some(2),
            Self::TooManyRuns => Some(30),
            _ => None,
        }
    }
}

/// Adds the headers of a refusal.
pub(crate) fn say_how(refusal: &Refusal, answer: &mut Response) {
    if refusal.status() == StatusCode::UNAUTHORIZED {
        answer
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"regulars\""));
    }
    if let Some(seconds) = refusal.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}
