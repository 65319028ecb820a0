//! Checks before a request is handled: only parameters and formats that the endpoint has.

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::endpoint::Endpoint;
use super::form::Form;
use super::parameters::Parameter;
use crate::error::ServerError;

/// Refuses requests with unknown parameters or unavailable formats.
pub(crate) async fn check(endpoint: &'static Endpoint, mut request: Request, next: Next) -> Response {
    let checked = check_parameters(endpoint, &request)
        .and_then(|()| form(endpoint.answers.forms(), request.uri().path(), request.headers()));
    let mut response = match checked {
        Ok(form) => {
            request.extensions_mut().insert(form);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    };
    if endpoint.answers.forms().len() > 1 {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    }
    response
}

fn check_parameters(endpoint: &Endpoint, request: &Request) -> Result<(), ServerError> {
    let allowed = match endpoint.further_by(request.method()) {
        Some(further) => further.parameters(),
        None => endpoint.parameters(),
    };
    let text = request.uri().query().unwrap_or_default();
    let mut given: Vec<String> = Vec::new();
    for (key, _) in form_urlencoded::parse(text.as_bytes()) {
        let Some(parameter) = allowed.iter().find(|parameter| parameter.is(&key)) else {
            return Err(unknown(&key, &allowed));
        };
        if !parameter.repeats && given.iter().any(|other| *other == key) {
            return Err(ServerError::BadRequest { reason: format!("`{key}` is repeated") });
        }
        given.push(key.into_owned());
    }
    Ok(())
}

fn unknown(key: &str, allowed: &[Parameter]) -> ServerError {
    let names: Vec<String> = allowed
        .iter()
        .map(|p| if p.name.ends_with('.') { format!("{}NAME", p.name) } else { p.name.clone() })
        .collect();
    let reason = if names.is_empty() {
        format!("unknown parameter `{key}`; this URL has no parameters")
    } else {
        format!("unknown parameter `{key}`; expected one of {}", names.join(", "))
    };
    ServerError::BadRequest { reason }
}

/// The format in `offered` that the client prefers.
fn form(offered: &[Form], path: &str, headers: &HeaderMap) -> Result<Form, ServerError> {
    let by_ending = offered
        .iter()
        .find(|form| path.rsplit_once('.').is_some_and(|(_, ending)| ending == form.extension()));
    // An extension in the path decides, whatever the browser accepts.
    if let Some(form) = by_ending.filter(|form| offered.len() == 1 || **form != Form::Json) {
        return Ok(*form);
    }
    let accepts: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accepts = accepts.join(",");
    if accepts.trim().is_empty() {
        return Ok(offered[0]);
    }
    let wanted =
        |form: &Form| accepts.split(',').filter_map(|range| weight(range, *form)).max().map_or(0, |(_, q)| q);
    // On ties the first, which is the default format.
    let best = offered.iter().rev().max_by_key(|form| wanted(form)).filter(|form| wanted(form) > 0);
    best.copied().ok_or_else(|| ServerError::NotAcceptable {
        accepts: accepts.clone(),
        offered: offered.iter().map(|form| form.media_type()).collect(),
    })
}

/// The specificity and weight (in thousandths) of an `Accept` entry for a format.
fn weight(range: &str, form: Form) -> Option<(u8, u32)> {
    let mut parts = range.split(';').map(str::trim);
    let named = parts.next()?.to_ascii_lowercase();
    let (kind, _) = form.media_type().split_once('/')?;
    let exactness = match named.as_str() {
        name if name == form.media_type() => 2,
        name if name.strip_suffix("/*") == Some(kind) => 1,
        "*/*" => 0,
        _ => return None,
    };
    let q =
        parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse::<f64>().ok());
    Some((exactness, (q.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen_form(offered: &[Form], path: &str, accept: &str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::try_from(accept).expect("a header"));
        form(offered, path, &headers).ok()
    }

    #[test]
    fn the_form_is_the_one_wanted_most() {
        let all = [Form::Json, Form::Csv, Form::Arrow];
        for (path, accept, expected) in [
            ("/x", "", Some(Form::Json)),
            ("/x", "*/*", Some(Form::Json)),
            ("/x", "text/html,application/xhtml+xml,*/*;q=0.8", Some(Form::Json)),
            ("/x", "text/csv", Some(Form::Csv)),
            ("/x", "TEXT/CSV; header=present", Some(Form::Csv)),
            ("/x", "text/*, application/json;q=0.5", Some(Form::Csv)),
            ("/x", "application/json;q=0, */*", Some(Form::Csv)),
            ("/x", "application/vnd.apache.arrow.stream, text/csv;q=0.9", Some(Form::Arrow)),
            ("/x", "image/png", None),
            ("/x", "text/csv;q=0", None),
            ("/x.csv", "image/png", Some(Form::Csv)),
            ("/x.arrow", "text/html", Some(Form::Arrow)),
            ("/v1.5", "text/csv", Some(Form::Csv)),
        ] {
            assert_eq!(chosen_form(&all, path, accept), expected, "{path} {accept}");
        }
        assert_eq!(chosen_form(&[Form::Json], "/x", "text/csv"), None);
        assert_eq!(chosen_form(&[Form::Csv], "/rejected.csv", "text/html"), Some(Form::Csv));
    }
}
