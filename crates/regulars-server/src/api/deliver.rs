//! Sending rows: small responses whole, large ones streamed.

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use regulars_analysis::rows::Pieces;
use tokio::sync::mpsc;

use super::form::Form;
use crate::error::ServerError;

/// Responses up to this size are sent whole, with their length.
const WHOLE_BYTES: usize = 256 << 10;
/// Chunks buffered for a slow reader.
const WAITING: usize = 4;

/// A file name from data set, chart and table names.
pub(crate) fn disposition(name: &str, form: Form) -> HeaderValue {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' })
        .collect();
    HeaderValue::try_from(format!("attachment; filename=\"{safe}.{}\"", form.extension()))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// A download; `name` consists of data set and chart names.
pub(crate) fn csv(name: &str, body: impl Into<Body>) -> Response {
    let head = [
        (header::CONTENT_TYPE, Form::Csv.content_type()),
        (header::CONTENT_DISPOSITION, disposition(name, Form::Csv)),
    ];
    (head, body.into()).into_response()
}

/// Responds with `pieces`; must be called where blocking is allowed. `held` is dropped after the last piece.
///
/// # Errors
///
/// What the first pieces report; a later error ends the connection.
pub(crate) fn deliver<T: Send + 'static>(
    mut pieces: Pieces,
    form: Form,
    name: &str,
    held: T,
) -> Result<Response, ServerError> {
    let mut first = Vec::new();
    let mut is_whole = false;
    while first.len() < WHOLE_BYTES {
        match pieces.next() {
            Some(piece) => first.extend_from_slice(&piece?),
            None => {
                is_whole = true;
                break;
            }
        }
    }
    let body = if is_whole {
        drop((pieces, held));
        Body::from(first)
    } else {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let _held = held;
            let all = std::iter::once(Ok(first)).chain(pieces);
            for piece in all {
                let ends = piece.is_err();
                if let Err(error) = &piece {
                    tracing::error!(error = %error, "row stream ended early");
                }
                // The client is gone, or there are no more rows.
                if sender.blocking_send(piece).is_err() || ends {
                    break;
                }
            }
        });
        Body::from_stream(futures::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|piece| (piece, receiver))
        }))
    };
    let mut response = ([(header::CONTENT_TYPE, form.content_type())], body).into_response();
    if form != Form::Json {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition(name, form));
    }
    Ok(response)
}

/// Puts rows into the object `head`, whose last field `rows` is an empty list.
pub(crate) fn within(head: &serde_json::Value, rows: Pieces) -> Pieces {
    let mut start = head.to_string();
    debug_assert!(start.ends_with("\"rows\":[]}"), "{start}");
    start.truncate(start.len() - "[]}".len());
    let end = std::iter::once(Ok(b"}".to_vec()));
    Box::new(std::iter::once(Ok(start.into_bytes())).chain(rows).chain(end))
}
