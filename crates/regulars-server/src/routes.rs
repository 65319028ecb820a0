//! Which address is answered by what, and the headers that every answer carries.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use regulars_core::names;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::backend::{Backend, BackendError};
use crate::error::ServerError;
use crate::frame::Cache;
use crate::query::Query;
use crate::view::View;
use crate::{api, assets, pages};

/// Nothing from elsewhere, nothing inline. plotly.js draws under it: its style rules are in our
/// style sheet, and what it sets on elements it sets by the object model. A chart becomes a PNG file by
/// way of an image of its own making (`blob:`).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Memory for columns of runs; a page of a million customers needs about a tenth of it.
const CACHE_BYTES: usize = 1 << 30;

/// Queries that are answered at the same time; each may take a processor and half a gigabyte.
const QUERIES_AT_ONCE: usize = 2;
/// How long a further one waits for its turn.
const QUERY_WAITS: Duration = Duration::from_secs(5);

/// The pages and the API over `backend`.
pub fn app(backend: Arc<dyn Backend>) -> Router {
    // Takes half a second, which nobody needs to wait for.
    std::thread::spawn(assets::prepare);
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let pages_of_runs = pages::PAGES.into_iter().fold(Router::new(), |router, (place, page)| {
        router.route(&format!("/d/{{dataset}}{place}"), pages::answer(page))
    });
    described(pages_of_runs)
        .route("/", get(pages::home))
        .route("/d/{dataset}/sql", get(pages::sql))
        .route("/api/docs", get(pages::docs))
        .route("/d/{dataset}/customers/{customer}", get(pages::customer))
        .route("/static/{file}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(nothing_here)
        .method_not_allowed_fallback(only_read)
        .with_state(Shared {
            backend,
            cache: Arc::new(Cache::new(CACHE_BYTES)),
            queries: Arc::new(Semaphore::new(QUERIES_AT_ONCE)),
        })
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        // Answers are about customers: no shared cache keeps them, and a new run shows at once.
        .layer(header(header::CACHE_CONTROL, "private, no-cache"))
        .layer(CompressionLayer::new())
}

/// Adds every address of the API, in every form, each behind the check of what is asked.
fn described(router: Router<Shared>) -> Router<Shared> {
    api::describe::ENDPOINTS.iter().fold(router, |router, endpoint| {
        let checked = || {
            (endpoint.handler)()
                .route_layer(from_fn(move |request, next| api::form::check(endpoint, request, next)))
        };
        let router = router.route(endpoint.path, checked());
        if endpoint.ends_in_name() {
            return router;
        }
        endpoint
            .endings()
            .iter()
            .fold(router, |router, form| router.route(&endpoint.ending(*form), checked()))
    })
}

/// Serves `app` on `listener` until `shutdown` completes, then lets requests under way finish.
///
/// # Errors
///
/// What the listener reports.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await
}

/// What every handler is given.
#[derive(Clone)]
pub(crate) struct Shared {
    backend: Arc<dyn Backend>,
    cache: Arc<Cache>,
    queries: Arc<Semaphore>,
}

impl Shared {
    /// Asks the backend on a thread that may block.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Backend) -> Result<T, BackendError> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        Ok(tokio::task::spawn_blocking(move || question(&*backend)).await??)
    }

    /// The same with errors of the server's own.
    pub(crate) async fn ask_and<T, F>(&self, question: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Backend) -> Result<T, ServerError> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        tokio::task::spawn_blocking(move || question(&*backend)).await?
    }

    /// Waits for the turn of a query; it lasts until what is returned is dropped.
    ///
    /// # Errors
    ///
    /// [`ServerError::Busy`], if it does not come.
    pub(crate) async fn place_for_query(&self) -> Result<OwnedSemaphorePermit, ServerError> {
        match tokio::time::timeout(QUERY_WAITS, Arc::clone(&self.queries).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(ServerError::Busy),
        }
    }

    /// Looks at a run as the part of the address after the question mark says, on a thread that may
    /// block.
    pub(crate) async fn look<T, F>(&self, dataset: String, query: &str, answer: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&View, &dyn Backend) -> Result<T, ServerError> + Send + 'static,
    {
        self.look_with(dataset, Query::read(query)?, answer).await
    }

    /// The same with an address that has been read.
    pub(crate) async fn look_with<T, F>(
        &self,
        dataset: String,
        query: Query,
        answer: F,
    ) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&View, &dyn Backend) -> Result<T, ServerError> + Send + 'static,
    {
        check_names(&dataset, query.run.as_deref())?;
        let (backend, cache) = (Arc::clone(&self.backend), Arc::clone(&self.cache));
        tokio::task::spawn_blocking(move || {
            let view = View::open(&backend, &cache, &dataset, query)?;
            answer(&view, &*backend)
        })
        .await?
    }
}

/// Refuses names that no data set and no run can have, before they become a path anywhere.
pub(crate) fn check_names(dataset: &str, run: Option<&str>) -> Result<(), BackendError> {
    if names::check_dataset_name(dataset).is_err() {
        return Err(BackendError::UnknownDataset { dataset: dataset.to_owned() });
    }
    let good = |run: &str| {
        (1..=128).contains(&run.len())
            && !run.starts_with('.')
            && run.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    match run {
        Some(run) if !good(run) => {
            Err(BackendError::UnknownRun { dataset: dataset.to_owned(), run: run.to_owned() })
        }
        _ => Ok(()),
    }
}

async fn nothing_here(State(shared): State<Shared>, uri: Uri) -> Response {
    answer_error(&shared, &uri, ServerError::NoSuchPage { path: uri.path().to_owned() }).await
}

async fn only_read(State(shared): State<Shared>, uri: Uri) -> Response {
    let mut response = answer_error(&shared, &uri, ServerError::ReadOnly).await;
    // Where a query may be sent as well, the router knows better.
    let queries = ["/sql", "/sql.csv", "/sql.arrow"];
    if !queries.iter().any(|end| uri.path().ends_with(end)) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    debug_assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    response
}

async fn answer_error(shared: &Shared, uri: &Uri, error: ServerError) -> Response {
    if uri.path() == "/api" || uri.path().starts_with("/api/") {
        return error.into_response();
    }
    pages::problem(shared, error).await
}
