//! The formats of requests and responses.

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use regulars_analysis::rows::RowFormat;
use serde::de::DeserializeOwned;

use crate::error::ServerError;

/// The format of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Csv,
    Arrow,
    /// Server-sent events.
    Events,
}

impl Form {
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Events => "text/event-stream",
        }
    }

    /// The media type as it is sent.
    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Csv => "text/csv; charset=utf-8",
            other => other.media_type(),
        })
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Arrow => "arrow",
            Self::Events => "events",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "Json",
            Self::Csv => "Csv",
            Self::Arrow => "Arrow",
            Self::Events => "Events",
        }
    }

    pub(crate) fn rows(self) -> RowFormat {
        match self {
            // Rows are never sent as events.
            Self::Json | Self::Events => RowFormat::Json,
            Self::Csv => RowFormat::Csv,
            Self::Arrow => RowFormat::Arrow,
        }
    }
}

/// The requested format, by the extension in the path or by name.
pub(crate) struct RequestedForm(pub(crate) Form);

impl<S: Send + Sync> FromRequestParts<S> for RequestedForm {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Form>().copied().unwrap_or(Form::Json)))
    }
}

/// Parses a JSON body.
///
/// # Errors
///
/// [`ServerError::WrongBody`], [`ServerError::LongBody`], and [`ServerError::BadRequest`] with `hint` for what
/// is not a `T`.
pub(crate) fn sent<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &[u8],
    most_bytes: usize,
    hint: &str,
) -> Result<T, ServerError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(ServerError::WrongBody { kind: kind.to_owned() });
    }
    if body.len() > most_bytes {
        return Err(ServerError::LongBody { limit_bytes: most_bytes });
    }
    serde_json::from_slice(body).map_err(|error| ServerError::BadRequest {
        reason: format!("the body is invalid ({error}); send {hint}"),
    })
}
