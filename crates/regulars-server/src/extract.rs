//! Extractors for path and query that report errors as [`crate::error::ServerError`] rather than plain text.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ServerError;

/// The path parameters.
pub(crate) struct UrlPath<T>(pub(crate) T);

/// The raw query string.
pub(crate) struct UrlQuery(pub(crate) String);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for UrlPath<T> {
    type Rejection = ServerError;

    #[expect(clippy::disallowed_types, reason = "this is the server's own extractor")]
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ServerError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(ServerError::BadRequest { reason: rejection.body_text() }),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UrlQuery {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.query().unwrap_or_default().to_owned()))
    }
}
