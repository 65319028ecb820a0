//! Paging of customers and tables: `limit`, `offset`, the total and the next page.

use axum::http::header::{self, HeaderName, HeaderValue};
use axum::response::Response;

use crate::error::ServerError;

/// Most rows of a response that is held in memory.
pub(crate) const MAX_ROWS: u64 = 100_000;

/// The requested rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Paging {
    pub(crate) offset: Option<u64>,
    pub(crate) limit: Option<u64>,
}

/// Takes `limit` and `offset` out of the query parameters.
///
/// # Errors
///
/// [`ServerError::BadRequest`] for a value that is not a number or is out of range.
pub(crate) fn take(pairs: &mut Vec<(String, String)>) -> Result<Paging, ServerError> {
    let mut paging = Paging::default();
    let mut refused = None;
    pairs.retain(|(key, value)| {
        let read = match key.as_str() {
            "limit" => number(key, value, 1, MAX_ROWS).map(|n| paging.limit = n),
            "offset" => number(key, value, 0, i64::MAX.unsigned_abs()).map(|n| paging.offset = n),
            _ => return true,
        };
        refused = refused.take().or(read.err());
        false
    });
    refused.map_or(Ok(paging), |reason| Err(ServerError::BadRequest { reason }))
}

/// A numeric query parameter; `None` if it is empty.
pub(crate) fn number(key: &str, value: &str, least: u64, most: u64) -> Result<Option<u64>, String> {
    if value.is_empty() {
        return Ok(None);
    }
    let read = value.parse::<u64>().ok().filter(|n| (least..=most).contains(n));
    read.map(Some).ok_or_else(|| match most {
        MAX_ROWS => format!("`{key}` is `{value}`, expected a whole number from {least} to {most}"),
        _ => format!("`{key}` is `{value}`, expected a whole number from {least}"),
    })
}

/// The query parameters of a URL.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
}

/// A URL with these query parameters.
pub(crate) fn address(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Sets the headers for the total and the next page, which stays on the same run even if a new one has been
/// published.
pub(crate) fn say(
    response: &mut Response,
    path: &str,
    query: &str,
    run_id: &str,
    shown: (u64, u64),
    total: u64,
) {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-total-count"), HeaderValue::from(total));
    let (offset, rows) = shown;
    let next = offset.saturating_add(rows);
    if rows == 0 || next >= total {
        return;
    }
    let mut pairs = pairs(query);
    pairs.retain(|(key, _)| !matches!(key.as_str(), "offset" | "page" | "run"));
    pairs.insert(0, ("run".to_owned(), run_id.to_owned()));
    pairs.push(("offset".to_owned(), next.to_string()));
    if !pairs.iter().any(|(key, _)| key == "limit") {
        pairs.push(("limit".to_owned(), rows.to_string()));
    }
    // Parts are escaped; a path that is not a valid header value gets no next page.
    if let Ok(link) = HeaderValue::try_from(format!("<{path}?{}>; rel=\"next\"", address(&pairs))) {
        headers.insert(header::LINK, link);
    }
}
