//! The pages: one struct with one template each, every value already worded.
//!
//! A further page is a further file here, a template, and a line in `routes.rs`.

mod checks;
mod clusters;
mod cuts;
mod findings;
mod home;
mod kpis;
mod problem;
mod provenance;
mod segments;
mod shell;
mod summary;
mod value;

pub(crate) use home::home;
pub(crate) use problem::problem;
pub(crate) use summary::summary;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use crate::error::ServerError;

/// Writes a page out.
fn render(page: &impl askama::Template) -> Result<Response, ServerError> {
    let html = page.render()?;
    Ok(([(header::CONTENT_LANGUAGE, "en")], Html(html)).into_response())
}
