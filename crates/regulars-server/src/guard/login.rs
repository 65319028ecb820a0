//! Signing in and out: `/login`, `/logout`.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

use super::{Guard, Refusal, Visitor, origin, say_how};
use crate::extract::UrlQuery;
use crate::pages;
use crate::shared::Shared;

/// How long a login waits for its turn.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

fn field(form: &[u8], name: &str) -> String {
    let found = form_urlencoded::parse(form).find(|(key, _)| key == name);
    found.map_or_else(String::new, |(_, value)| value.into_owned())
}

/// The form; redirects if already signed in.
pub(crate) async fn form(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    UrlQuery(query): UrlQuery,
) -> Response {
    let wanted = field(query.as_bytes(), "next");
    let back = origin::local_path(&wanted);
    if visitor.is_signed_in() || shared.guard.0.is_open {
        return Redirect::to(back).into_response();
    }
    shown(&shared.guard, &visitor, back, None)
}

fn shown(guard: &Guard, visitor: &Visitor, back: &str, problem: Option<String>) -> Response {
    let token = visitor.form_token.clone().unwrap_or_default();
    let mut answer = pages::login(token, back.to_owned(), problem, guard.0.password.is_some());
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Checks a password, and starts a session if it is right.
pub(crate) async fn sign_in(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    body: Bytes,
) -> Response {
    let guard = &shared.guard;
    let (wanted, password) = (field(&body, "next"), field(&body, "password"));
    let back = origin::local_path(&wanted);
    let Some(stored) = guard.0.password.clone() else {
        return Redirect::to(back).into_response();
    };
    if let Err(wait) = guard.0.logins.try_now(visitor.client, guard.now()) {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let words = format!("Too many wrong passwords. Wait {seconds} {unit}, then try again.");
        return with_status(&Refusal::TooMany { seconds }, shown(guard, &visitor, back, Some(words)));
    }
    let turn = tokio::time::timeout(PATIENCE, guard.0.hashing.clone().acquire_owned()).await;
    let Ok(Ok(turn)) = turn else {
        let words = "Too many people are signing in. Wait a few seconds, then try again.".to_owned();
        return with_status(&Refusal::Busy, shown(guard, &visitor, back, Some(words)));
    };
    let checked = tokio::task::spawn_blocking(move || {
        let is_right = stored.is_of(&password);
        drop(turn);
        is_right
    });
    if !checked.await.unwrap_or(false) {
        tracing::warn!(client = %visitor.client, "wrong password");
        let words = "Wrong password.".to_owned();
        let answer = shown(guard, &visitor, back, Some(words));
        return (StatusCode::UNAUTHORIZED, answer).into_response();
    }
    guard.0.logins.right(visitor.client, guard.now());
    if let Some(old) = &visitor.session {
        guard.0.sessions.end(old);
    }
    let id = guard.0.sessions.begin(guard.now(), guard.0.environment.random(), guard.0.environment.random());
    (cookie(guard, &id, None), Redirect::to(back)).into_response()
}

/// Ends the session.
pub(crate) async fn sign_out(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
) -> Response {
    let guard = &shared.guard;
    if let Some(id) = &visitor.session {
        guard.0.sessions.end(id);
    }
    (cookie(guard, "", Some(0)), Redirect::to("/login")).into_response()
}

fn with_status(refusal: &Refusal, mut answer: Response) -> Response {
    *answer.status_mut() = refusal.status();
    say_how(refusal, &mut answer);
    answer
}

fn cookie(guard: &Guard, value: &str, max_age: Option<u32>) -> [(header::HeaderName, String); 1] {
    let secure = if guard.0.behind_proxy { "; Secure" } else { "" };
    let age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let name = &guard.0.cookie;
    [(header::SET_COOKIE, format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}"))]
}
