//! The pages: one struct with one template each, every value already worded.
//!
//! A further page is a further file here, a template, a line in `routes.rs` and one in `nav.rs`.

mod card;
mod checks;
mod clusters;
mod customer;
mod customers;
mod cuts;
mod data;
mod filters;
mod findings;
mod home;
mod kpis;
mod nav;
mod problem;
mod provenance;
mod rfm;
mod segments;
mod shell;
mod summary;
mod value;

pub(crate) use clusters::clusters;
pub(crate) use customer::customer;
pub(crate) use customers::customers;
pub(crate) use data::data;
pub(crate) use home::home;
pub(crate) use problem::problem;
pub(crate) use rfm::rfm;
pub(crate) use summary::summary;
pub(crate) use value::value;

use std::time::Instant;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::routes::Shared;
use crate::view::View;

/// Writes a page out.
fn render(page: &impl askama::Template) -> Result<Response, ServerError> {
    let html = page.render()?;
    Ok(([(header::CONTENT_LANGUAGE, "en")], Html(html)).into_response())
}

/// Answers with a page about a run, or with the one that says why not.
async fn answer(
    shared: &Shared,
    path: Result<UrlPath<String>, ServerError>,
    UrlQuery(query): UrlQuery,
    page: fn(&View, &shell::Around) -> Result<Response, ServerError>,
) -> Response {
    let started = Instant::now();
    let answered = async {
        let UrlPath(dataset) = path?;
        shared
            .look(dataset, &query, move |view, backend| {
                let around = shell::Around::ask(view, backend, started)?;
                page(view, &around)
            })
            .await
    };
    match answered.await {
        Ok(response) => response,
        Err(error) => problem(shared, error).await,
    }
}
