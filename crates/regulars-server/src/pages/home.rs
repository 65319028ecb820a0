//! `/`: redirects to the data set with the latest run, or explains how to create the first.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use regulars_analysis::backend::Backend;
use regulars_analysis::error::BackendError;

use super::nav::Page;
use super::problem::or_problem;
use super::shell::{Shell, render};
use crate::error::ServerError;
use crate::extract::UrlQuery;
use crate::query::Query;
use crate::shared::Shared;

/// The page before the first run.
#[derive(Template)]
#[template(path = "empty.html")]
struct EmptyPage {
    shell: Shell,
}

pub(crate) async fn home(State(shared): State<Shared>, UrlQuery(query): UrlQuery) -> Response {
    let answer = async {
        let theme = Query::read(&query)?.theme;
        match shared.call_backend(latest).await? {
            Some(dataset) => {
                let address = Query { theme, ..Query::default() }.address(&Page::Summary.path(&dataset));
                Ok::<_, ServerError>(Redirect::temporary(&address).into_response())
            }
            None => render(&EmptyPage { shell: Shell { theme, ..Shell::plain("Welcome", &[]) } }),
        }
    };
    or_problem(&shared, answer.await).await
}

/// The data set whose current run started last; the first if several tie. An unreadable one is used only if
/// there is no other.
fn latest(backend: &Backend) -> Result<Option<String>, BackendError> {
    let mut best: Option<(String, String)> = None;
    for dataset in backend.reader.datasets()? {
        let runs = backend.reader.runs(&dataset).unwrap_or_default();
        let started = runs.into_iter().find(|run| run.current).map_or_else(String::new, |run| run.started_at);
        if best.as_ref().is_none_or(|(_, latest)| started > *latest) {
            best = Some((dataset, started));
        }
    }
    Ok(best.map(|(dataset, _)| dataset))
}
