//! Cache of compressed responses, which depend only on the run and the URL.

use axum::body::Bytes;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Response as Head, StatusCode};
use axum::response::{IntoResponse, Response};
use regulars_analysis::frame::{Frame, MemorySize};

use crate::assets;
use crate::error::ServerError;

/// A cached response, valid as long as the run exists.
pub(crate) struct CachedResponse {
    /// Headers.
    head: HeaderMap,
    etag: HeaderValue,
    gzip: Bytes,
}

impl MemorySize for CachedResponse {
    fn bytes(&self) -> usize {
        self.gzip.len() + 512
    }
}

/// The response cached under `what`, or made by `make`, encoded for a client with these headers.
///
/// # Errors
///
/// Those of `make`; errors are not cached.
pub(crate) fn answer(
    frame: &Frame,
    what: &str,
    headers: &HeaderMap,
    make: impl FnOnce() -> Result<Response, ServerError>,
) -> Result<Response, ServerError> {
    let kept = frame.cached_or(what, || make().map(CachedResponse::of))?;
    Ok(kept.respond(headers))
}

/// The complete body of an in-memory response.
pub(crate) fn body_of(answer: Response) -> Bytes {
    let whole = axum::body::to_bytes(answer.into_body(), usize::MAX);
    futures::executor::block_on(whole).expect("a body in memory has no faults")
}

impl CachedResponse {
    fn of(answer: Response) -> Self {
        let head = answer.headers().clone();
        let body = body_of(answer);
        let etag = assets::etag(&body);
        Self { head, etag, gzip: assets::compressed(&body, flate2::Compression::default()).into() }
    }

    fn respond(&self, headers: &HeaderMap) -> Response {
        let mut answer = if assets::has(headers, &self.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else if assets::takes_gzip(headers) {
            let mut answer = Head::new(self.gzip.clone().into());
            answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            answer
        } else {
            Head::new(assets::decompressed(&self.gzip).into())
        };
        let own = answer.headers_mut();
        own.extend(self.head.iter().map(|(name, value)| (name.clone(), value.clone())));
        own.insert(header::ETAG, self.etag.clone());
        own.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        answer
    }
}
