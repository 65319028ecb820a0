//! The pages about a run that are made from a [`View`], cached, and their handlers.

use std::time::Instant;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::{MethodRouter, get};

use super::nav::Page;
use super::problem::problem;
use super::shell::{PageContext, Rights};
use super::{clusters, cohorts, customers, data, marketing, movements, rfm, summary, value};
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::guard::Visitor;
use crate::query::Query;
use crate::response_cache;
use crate::shared::Shared;
use crate::view::View;

/// Reports the rendering time to the browser.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Renders a page about a run from a view.
type MakePage = fn(&View, &PageContext) -> Result<Response, ServerError>;

/// The pages about a run that are made from a [`View`].
pub(crate) const PAGES: [(Page, MakePage); 9] = [
    (Page::Summary, summary::summary),
    (Page::Rfm, rfm::rfm),
    (Page::Clusters, clusters::clusters),
    (Page::Value, value::value),
    (Page::Marketing, marketing::marketing),
    (Page::Cohorts, cohorts::cohorts),
    (Page::Movements, movements::movements),
    (Page::Data, data::data),
    (Page::Customers, customers::customers),
];

/// A page about a run as HTML, for the single-file export.
///
/// # Errors
///
/// Any error while reading the data of the page.
pub(crate) fn page_html(page: Page, view: &View, around: &PageContext) -> Result<String, ServerError> {
    let made = PAGES.iter().find(|(made, _)| *made == page);
    let (_, make) = made.expect("a page that can stand in a file");
    let body = response_cache::body_of(make(view, around)?);
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// The handler of a page about a run; on failure it returns the error page.
pub(crate) fn answer(place: &'static str, page: MakePage) -> MethodRouter<Shared> {
    get(
        move |State(shared): State<Shared>,
              Extension(visitor): Extension<Visitor>,
              path: Result<UrlPath<String>, ServerError>,
              UrlQuery(query): UrlQuery,
              headers: HeaderMap| async move {
            let looked = path.and_then(|UrlPath(dataset)| Ok((dataset, Query::read(&query)?)));
            shown(&shared, visitor, headers, looked, place, page).await
        },
    )
}

/// The page at `place`, cached for all visitors who see the same content.
pub(super) async fn shown(
    shared: &Shared,
    visitor: Visitor,
    headers: HeaderMap,
    looked: Result<(String, Query), ServerError>,
    place: &'static str,
    page: MakePage,
) -> Response {
    let started = Instant::now();
    let rights = Rights::new(visitor, shared.runs().is_ok());
    let outcome = async {
        let (dataset, query) = looked?;
        shared
            .cached_response(
                dataset,
                query,
                headers,
                move |frame, query, backend| {
                    let around = PageContext::load(&frame.summary.dataset, backend, rights)?;
                    Ok((format!("page {} {}", query.address(place), around.cache_key()), around))
                },
                move |view, _, around| page(view, &around),
            )
            .await
    };
    match outcome.await {
        Ok(mut response) => {
            let spent = format!("page;dur={:.1}", started.elapsed().as_secs_f64() * 1000.0);
            if let Ok(spent) = HeaderValue::try_from(spent) {
                response.headers_mut().insert(SERVER_TIMING, spent);
            }
            response
        }
        Err(error) => problem(shared, error).await,
    }
}
