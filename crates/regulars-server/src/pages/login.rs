//! Pages for visitors without access: `/login`, and refusals.

use askama::Template;
use axum::response::{IntoResponse, Response};
use regulars_analysis::format::sentence;

use super::shell::{Shell, render};
use crate::guard::{Refusal, say_how};

/// The sign-in form.
#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    shell: Shell,
    form_token: String,
    next: String,
    problem: Option<String>,
    /// Whether the server has a password.
    for_people: bool,
}

/// A refused request. It reveals no data set names.
#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    shell: Shell,
    heading: &'static str,
    message: String,
    hint: String,
    status: u16,
}

/// The sign-in form; `problem` is why the last attempt failed.
pub(crate) fn login(form_token: String, next: String, problem: Option<String>, for_people: bool) -> Response {
    let page = LoginPage { shell: Shell::plain("Sign in", &[]), form_token, next, problem, for_people };
    render(&page).unwrap_or_else(IntoResponse::into_response)
}

/// A refusal as an HTML page.
pub(crate) fn refused(refusal: &Refusal) -> Response {
    let page = RefusedPage {
        shell: Shell::plain(refusal.heading(), &[]),
        heading: refusal.heading(),
        message: sentence(&refusal.to_string()),
        hint: sentence(&refusal.hint()),
        status: refusal.status().as_u16(),
    };
    let mut answer = render(&page).unwrap_or_else(IntoResponse::into_response);
    *answer.status_mut() = refusal.status();
    say_how(refusal, &mut answer);
    answer
}
