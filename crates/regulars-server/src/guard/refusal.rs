//! What is not done, and why.

use axum::http::StatusCode;
use thiserror::Error;

/// What is not done, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error("this needs a password or a token")]
    SignInNeeded,
    #[error("this token is not known here")]
    UnknownToken,
    #[error("this server is not `{host}`")]
    WrongHost { host: String },
    #[error("this came through a proxy, and there is no password and no token")]
    HandedOn,
    #[error("this was asked for by another site")]
    OtherSite,
    #[error("this form is out of date")]
    StaleForm,
    #[error("a change has to be asked for by a form or as JSON")]
    UnknownForm,
    #[error("what was sent is larger than 1 MiB")]
    TooLarge,
    #[error("what was sent did not arrive whole")]
    Unread,
    #[error("this client has asked too often")]
    TooMany { seconds: u64 },
    #[error("the server has too much to do")]
    Busy,
    #[error("runs cannot be started here")]
    RunsNotAllowed,
    #[error("a run of this data set is on its way")]
    RunOnItsWay { id: String },
    #[error("too many runs are waiting")]
    TooManyRuns,
    #[error("there is no run on its way by the name `{id}`")]
    UnknownJob { id: String },
    #[error("the run `{id}` has not asked this")]
    NoSuchReading { id: String },
    #[error("{message}")]
    CannotRun { message: String, hint: Option<String> },
}

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignInNeeded | Self::UnknownToken => StatusCode::UNAUTHORIZED,
            Self::WrongHost { .. }
            | Self::HandedOn
            | Self::OtherSite
            | Self::StaleForm
            | Self::RunsNotAllowed => StatusCode::FORBIDDEN,
            Self::UnknownForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unread | Self::NoSuchReading { .. } => StatusCode::BAD_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::TooManyRuns => StatusCode::SERVICE_UNAVAILABLE,
            Self::RunOnItsWay { .. } => StatusCode::CONFLICT,
            Self::UnknownJob { .. } => StatusCode::NOT_FOUND,
            Self::CannotRun { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::SignInNeeded => "sign_in_needed",
            Self::UnknownToken => "unknown_token",
            Self::WrongHost { .. } => "wrong_host",
            Self::HandedOn => "handed_on",
            Self::OtherSite => "other_site",
            Self::StaleForm => "stale_form",
            Self::UnknownForm => "unsupported_media_type",
            Self::TooLarge => "body_too_large",
            Self::Unread => "unread",
            Self::TooMany { .. } => "too_many_requests",
            Self::Busy => "busy",
            Self::RunsNotAllowed => "runs_not_allowed",
            Self::RunOnItsWay { .. } => "run_on_its_way",
            Self::TooManyRuns => "too_many_runs",
            Self::UnknownJob { .. } => "unknown_job",
            Self::NoSuchReading { .. } => "no_such_reading",
            Self::CannotRun { .. } => "cannot_run",
        }
    }

    /// What stands above it on a page.
    pub(crate) fn heading(&self) -> &'static str {
        match self {
            Self::SignInNeeded | Self::UnknownToken => "Please sign in",
            Self::WrongHost { .. }
            | Self::HandedOn
            | Self::OtherSite
            | Self::UnknownForm
            | Self::TooLarge
            | Self::Unread => "This was not done",
            Self::StaleForm => "This form is out of date",
            Self::TooMany { .. } | Self::Busy | Self::TooManyRuns => "One moment, please",
            Self::RunsNotAllowed
            | Self::RunOnItsWay { .. }
            | Self::NoSuchReading { .. }
            | Self::CannotRun { .. } => "This run did not begin",
            Self::UnknownJob { .. } => "No such run",
        }
    }

    /// What one can do.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::SignInNeeded => {
                "people sign in at /login; programs send `Authorization: Bearer TOKEN`, where `regulars token NAME` makes a token".to_owned()
            }
            Self::UnknownToken => {
                "`regulars token NAME` makes one; its line belongs under `[serve.tokens]`, and the server is started again".to_owned()
            }
            Self::WrongHost { .. } => {
                "without a password it answers to localhost and 127.0.0.1 alone; `regulars password` makes one".to_owned()
            }
            Self::HandedOn => {
                "make a password by `regulars password`, and set `behind_proxy = true` under `[serve]`; docs/serving.md shows how".to_owned()
            }
            Self::OtherSite => "send the form from a page of this server, or use a token".to_owned(),
            Self::StaleForm => {
                "the session has ended, or the server was started again: go back, load the page again, and repeat what you did".to_owned()
            }
            Self::UnknownForm => {
                "send `Content-Type: application/json`, or the form of a page".to_owned()
            }
            Self::TooLarge => "send less".to_owned(),
            Self::Unread => "send it again".to_owned(),
            Self::TooMany { seconds } => format!("wait {seconds} seconds and try again"),
            Self::Busy => "try again in a few seconds".to_owned(),
            Self::RunsNotAllowed => {
                "set `allow_runs = true` under `[serve]`, or use `regulars run`".to_owned()
            }
            Self::RunOnItsWay { id } => format!("/runs/{id} shows how far it is"),
            Self::TooManyRuns => "wait until one has ended".to_owned(),
            Self::UnknownJob { .. } => {
                "/api/v1/runs lists those since the server began; finished runs are in /api/v1/datasets".to_owned()
            }
            Self::NoSuchReading { id } => format!("/runs/{id} shows what it has asked, if anything"),
            Self::CannotRun { hint, .. } => {
                hint.clone().unwrap_or_else(|| "`regulars run` on the command line says more".to_owned())
            }
        }
    }

    /// How many seconds to wait before asking again, where waiting helps.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { seconds } => Some(*seconds),
            Self::Busy => Some(2),
            Self::TooManyRuns => Some(30),
            _ => None,
        }
    }
}
