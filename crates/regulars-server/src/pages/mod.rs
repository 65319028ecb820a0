//! The pages: one struct with one template each, every value already worded.
//!
//! A further page is a further file here, a template, a line in `PAGES` and one in `nav.rs`.

mod card;
mod checks;
mod clusters;
mod customer;
mod customers;
mod cuts;
mod data;
mod docs;
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
mod sql;
mod summary;
mod value;

pub(crate) use customer::customer;
pub(crate) use docs::docs;
pub(crate) use home::home;
pub(crate) use problem::problem;
pub(crate) use sql::sql;

use std::time::Instant;

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::query::Query;
use crate::routes::Shared;
use crate::view::View;

/// Writes a page out.
fn render(page: &impl askama::Template) -> Result<Response, ServerError> {
    let html = page.render()?;
    Ok(([(header::CONTENT_LANGUAGE, "en")], Html(html)).into_response())
}

/// Makes a page about a run from what one looks at.
type MakePage = fn(&View, &shell::Around) -> Result<Response, ServerError>;

/// The pages about a run, by their place below it.
pub(crate) const PAGES: [(&str, MakePage); 6] = [
    ("", summary::summary),
    ("/rfm", rfm::rfm),
    ("/clusters", clusters::clusters),
    ("/value", value::value),
    ("/data", data::data),
    ("/customers", customers::customers),
];

/// Answers with a page about a run, or with the one that says why not.
pub(crate) fn answer(page: MakePage) -> MethodRouter<Shared> {
    get(
        move |State(shared): State<Shared>,
              path: Result<UrlPath<String>, ServerError>,
              UrlQuery(query): UrlQuery| async move {
            let looked = path.and_then(|UrlPath(dataset)| Ok((dataset, Query::read(&query)?)));
            shown(&shared, looked, page).await
        },
    )
}

async fn shown(shared: &Shared, looked: Result<(String, Query), ServerError>, page: MakePage) -> Response {
    let started = Instant::now();
    let answered = async {
        let (dataset, query) = looked?;
        shared
            .look_with(dataset, query, move |view, backend| {
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
