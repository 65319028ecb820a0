//! Checks on every request before it is handled.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::origin::{self, Origin};
use super::{Guard, Peer, Refusal, Visitor, secrets};
use crate::error::ServerError;
use crate::pages;

/// Largest request body.
const MAX_BYTES: usize = 1 << 20;

/// Largest request body without authentication.
const MAX_BYTES_UNAUTHENTICATED: usize = 16 << 10;
/// Time for the request body to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// Passes a request on, or refuses it.
pub(crate) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match admitted(&guard, request, &path).await {
        Ok((request, keeps)) => {
            let mut answer = next.run(request).await;
            // Protected responses must not stay in caches for the next user of this computer.
            if keeps && !answer.headers().contains_key(header::CACHE_CONTROL) {
                answer
                    .headers_mut()
                    .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
            }
            answer
        }
        Err((refusal, method, target)) => refused(&refusal, &path, &method, &target),
    }
}

/// The response to a refused request.
fn refused(refusal: &Refusal, path: &str, method: &Method, target: &str) -> Response {
    if path.starts_with("/api/") {
        return ServerError::from(refusal.clone()).into_response();
    }
    if *refusal == Refusal::SignInNeeded {
        let back = if *method == Method::GET { target } else { "/" };
        let next: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        return Redirect::to(&format!("/login?next={next}")).into_response();
    }
    pages::refused(refusal)
}

/// Requests whose responses contain no customer data and no data set names. Only paths with their own
/// handler: the fallback page lists data sets.
fn is_public(method: &Method, path: &str) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let is_file = path.strip_prefix("/static/").is_some_and(|file| !file.is_empty() && !file.contains('/'));
    match path {
        "/login" => reads || *method == Method::POST,
        "/health" | "/favicon.ico" => reads,
        _ => reads && is_file,
    }
}

type Refused = (Refusal, Method, String);

/// The request with its visitor, and whether its response must not be cached.
async fn admitted(guard: &Guard, mut request: Request, path: &str) -> Result<(Request, bool), Refused> {
    let method = request.method().clone();
    let target = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    match visitor(guard, &request, path) {
        Ok((visitor, is_program)) => {
            let keeps = visitor.session.is_some();
            let secret = match &visitor.session {
                Some(id) => guard.0.sessions.find(id, guard.now()),
                None => Some(guard.0.form_secret),
            };
            if !method.is_safe() {
                let is_stranger = !is_program && !keeps && !guard.0.is_open;
                let most = if is_stranger { MAX_BYTES_UNAUTHENTICATED } else { MAX_BYTES };
                let checked = async {
                    let (parts, body) = request.into_parts();
                    let bytes = whole(body, most).await?;
                    if !is_program {
                        changes(guard, &parts, &bytes, keeps, secret)?;
                    }
                    Ok(Request::from_parts(parts, Body::from(bytes)))
                };
                request = checked.await.map_err(|refusal| (refusal, method, target))?;
            }
            request.extensions_mut().insert(visitor);
            Ok((request, keeps))
        }
        Err(refusal) => Err((refusal, method, target)),
    }
}

/// The visitor, and whether it is a program with a token.
fn visitor(guard: &Guard, request: &Request, path: &str) -> Result<(Visitor, bool), Refusal> {
    let inside = &guard.0;
    let headers = request.headers();
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let client = origin::client(headers, peer, inside.behind_proxy);
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > MAX_BYTES as u64) {
        return Err(Refusal::TooLarge);
    }
    let anyone =
        |secret: &[u8; 32], session| Visitor { client, session, form_token: Some(Guard::form_token(secret)) };
    if inside.is_open {
        if let Some(host) = origin::host(headers).filter(|host| !origin::is_localhost(host)) {
            return Err(Refusal::WrongHost { host: host.chars().take(100).collect() });
        }
        if origin::is_proxied(headers) {
            return Err(Refusal::Proxied);
        }
        return Ok((anyone(&inside.form_secret, None), false));
    }
    if let Some(wait) = inside.requests.wait(client, guard.now()) {
        return Err(Refusal::TooMany { seconds: wait.as_secs().max(1) });
    }
    if let Some(token) = bearer(headers) {
        secrets::name_of(token, &inside.tokens).ok_or(Refusal::UnknownToken)?;
        return Ok((Visitor { client, session: None, form_token: None }, true));
    }
    for id in cookies(headers, &inside.cookie) {
        if let Some(secret) = inside.sessions.find(id, guard.now()) {
            return Ok((anyone(&secret, Some(id.to_owned())), false));
        }
    }
    if is_public(request.method(), path) {
        return Ok((anyone(&inside.form_secret, None), false));
    }
    Err(Refusal::SignInNeeded)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).filter_map(move |pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// The complete request body.
async fn whole(body: Body, most: usize) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(PATIENCE, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Err(if cause.contains("length limit") { Refusal::TooLarge } else { Refusal::Unread })
        }
        Err(_late) => Err(Refusal::Unread),
    }
}

/// CSRF check: a change must come from one of our pages, shown by the request's origin and either a form
/// secret or a content type that other sites cannot send.
fn changes(
    guard: &Guard,
    request: &Parts,
    bytes: &[u8],
    signed_in: bool,
    secret: Option<[u8; 32]>,
) -> Result<(), Refusal> {
    match origin::origin(&request.headers, guard.0.behind_proxy) {
        Origin::Other => return Err(Refusal::OtherSite),
        // Browsers that send a cookie also send the origin of a change.
        Origin::Unsaid if signed_in => return Err(Refusal::OtherSite),
        Origin::Unsaid | Origin::Ours => {}
    }
    let kind = request.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        // Neither can be sent cross-site without a CORS preflight, which is never granted.
        "application/json" => Ok(()),
        "" if request.method != Method::POST => Ok(()),
        "application/x-www-form-urlencoded" => {
            let carried = form_urlencoded::parse(bytes).find(|(key, _)| key == "form_token");
            let carried = carried.and_then(|(_, value)| secrets::unmasked(&value));
            let is_right = carried.zip(secret).is_some_and(|(one, other)| secrets::same(&one, &other));
            if is_right { Ok(()) } else { Err(Refusal::StaleForm) }
        }
        _ => Err(Refusal::UnknownForm),
    }
}
