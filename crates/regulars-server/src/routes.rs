//! Routing, and the headers of every response.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use regulars_core::names;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::backend::{Backend, BackendError};
use crate::error::ServerError;
use crate::frame::{Cache, Frame};
use crate::guard::{self, Guard, Refusal};
use crate::query::Query;
use crate::response_cache;
use crate::runs::{self, Runner, Runs};
use crate::view::View;
use crate::{api, assets, pages};

/// Content security policy: nothing external, nothing inline. plotly.js works under it: its style rules are
/// in our style sheet, and it styles elements through the DOM. PNG export uses `blob:` images.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Cache size for columns of runs; a page for a million customers needs about 10% of it.
const CACHE_BYTES: usize = 1 << 30;

/// Responses computed concurrently; others wait. Each takes a CPU for some milliseconds, and its thread keeps
/// the memory it used: fifty at once would not be faster and need ten times the memory.
const PAGES_AT_ONCE: usize = 4;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// Concurrent queries; each may take a CPU and half a gigabyte.
const QUERIES_AT_ONCE: usize = 2;
/// How long a query waits for its turn.
const QUERY_WAITS: Duration = Duration::from_secs(5);

/// The parts of a server.
pub struct ServerConfig {
    /// Access to the runs.
    pub backend: Arc<dyn Backend>,
    /// Access control.
    pub guard: Guard,
    /// Makes new runs, if allowed.
    pub runner: Option<Arc<dyn Runner>>,
}

/// The pages and the API, ready to be served.
pub struct App {
    pub(crate) router: Router,
    runs: Option<Arc<Runs>>,
    closing: watch::Sender<bool>,
}

impl App {
    /// Ends event streams and cancels runs in progress.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
        if let Some(runs) = &self.runs {
            runs.close();
        }
    }
}

/// The pages and the API over `serving.backend`, behind `serving.guard`.
pub fn app(serving: ServerConfig) -> App {
    let ServerConfig { backend, guard, runner } = serving;
    let runs = runner.map(|runner| Arc::new(Runs::new(runner, guard.outside())));
    let closing = watch::Sender::new(false);
    let shared = Shared {
        backend,
        cache: Arc::new(Cache::new(CACHE_BYTES)),
        guard: guard.clone(),
        runs: runs.clone(),
        queries: Arc::new(Semaphore::new(QUERIES_AT_ONCE)),
        turns: Arc::new(Semaphore::new(PAGES_AT_ONCE)),
        closing: closing.subscribe(),
    };
    App { router: router(shared, guard), runs, closing }
}

fn router(shared: Shared, guard: Guard) -> Router {
    // Takes half a second, so in the background.
    std::thread::spawn(assets::prepare);
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let pages_of_runs = pages::PAGES.into_iter().fold(Router::new(), |router, (page, make)| {
        let place = page.part();
        router.route(&format!("/d/{{dataset}}{place}"), pages::answer(place, make))
    });
    described(pages_of_runs)
        .route("/", get(pages::home))
        .route("/d/{dataset}/sql", get(pages::sql))
        .route("/api/docs", get(pages::docs))
        .route("/d/{dataset}/customers/{customer}", get(pages::customer))
        .route("/login", get(guard::login_form).post(guard::sign_in))
        .route("/logout", post(guard::sign_out))
        .route("/runs/{id}", get(pages::run))
        .route("/runs/{id}/cancel", post(pages::cancel_run))
        .route("/runs/{id}/answer", post(runs::answer_by_form))
        .route("/d/{dataset}/run", post(runs::start_by_form))
        .route("/static/{file}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
        .with_state(shared)
        // ServerEnvironment all routes, inside the headers that refusals carry, too.
        .layer(axum::middleware::from_fn_with_state(guard, guard::check))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        // Responses are about customers: no shared caches, and new runs show immediately.
        .layer(header(header::CACHE_CONTROL, "private, no-cache"))
        .layer(CompressionLayer::new())
}

/// Adds every API endpoint in every format, each behind its parameter check.
fn described(router: Router<Shared>) -> Router<Shared> {
    api::endpoints::ENDPOINTS.iter().fold(router, |router, endpoint| {
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

/// State shared by all handlers.
#[derive(Clone)]
pub(crate) struct Shared {
    backend: Arc<dyn Backend>,
    cache: Arc<Cache>,
    queries: Arc<Semaphore>,
    guard: Guard,
    runs: Option<Arc<Runs>>,
    turns: Arc<Semaphore>,
    closing: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The runs started on this server, if allowed.
    pub(crate) fn runs(&self) -> Result<Arc<Runs>, Refusal> {
        self.runs.clone().ok_or(Refusal::RunsNotAllowed)
    }

    /// Whether the server is shutting down.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.clone()
    }

    /// Calls the backend on a blocking thread.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Backend) -> Result<T, BackendError> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        Ok(tokio::task::spawn_blocking(move || question(&*backend)).await??)
    }

    /// Like `ask`, but queued, for slower requests, with server errors.
    pub(crate) async fn call_backend_queued<T, F>(&self, question: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Backend) -> Result<T, ServerError> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        self.in_turn(move || question(&*backend)).await
    }

    /// Computes something on a blocking thread, when its turn comes.
    async fn in_turn<T, F>(&self, compute: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, ServerError> + Send + 'static,
    {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Refusal::Busy.into()) };
        tokio::task::spawn_blocking(move || {
            // Held until the computation ends, even if the client is gone.
            let _turn = turn;
            compute()
        })
        .await?
    }

    /// Waits for a query slot, which is held until the returned permit is dropped.
    ///
    /// # Errors
    ///
    /// [`ServerError::Busy`] on timeout.
    pub(crate) async fn place_for_query(&self) -> Result<OwnedSemaphorePermit, ServerError> {
        match tokio::time::timeout(QUERY_WAITS, Arc::clone(&self.queries).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(ServerError::Busy),
        }
    }

    /// The view of a run given by a query string, on a blocking thread.
    pub(crate) async fn look<T, F>(&self, dataset: String, query: &str, answer: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&View, &dyn Backend) -> Result<T, ServerError> + Send + 'static,
    {
        self.look_with(dataset, Query::read(query)?, answer).await
    }

    /// The view for a parsed query.
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
        self.in_turn(move || {
            let view = View::open(&backend, &cache, &dataset, query)?;
            answer(&view, &*backend)
        })
        .await
    }

    /// Responds from the cache, under the name given by `about`, or makes the response; the filter is applied
    /// only in that case.
    pub(crate) async fn cached_response<T, A, F>(
        &self,
        dataset: String,
        query: Query,
        headers: HeaderMap,
        about: A,
        make: F,
    ) -> Result<Response, ServerError>
    where
        A: FnOnce(&Frame, &Query, &dyn Backend) -> Result<(String, T), ServerError> + Send + 'static,
        F: FnOnce(&View, &dyn Backend, T) -> Result<Response, ServerError> + Send + 'static,
    {
        check_names(&dataset, query.run.as_deref())?;
        let (backend, cache) = (Arc::clone(&self.backend), Arc::clone(&self.cache));
        self.in_turn(move || {
            let frame = Frame::open(&backend, &cache, &dataset, query.run.as_deref())?;
            let (what, with) = about(&frame, &query, &*backend)?;
            response_cache::answer(&frame, &what, &headers, || {
                make(&View::of(frame.clone(), query)?, &*backend, with)
            })
        })
        .await
    }
}

/// Whether this is a valid run name.
pub(crate) fn is_run_name(run: &str) -> bool {
    (1..=128).contains(&run.len())
        && !run.starts_with('.')
        && run.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Refuses invalid data set and run names before they become part of a path.
pub(crate) fn check_names(dataset: &str, run: Option<&str>) -> Result<(), BackendError> {
    if names::check_dataset_name(dataset).is_err() {
        return Err(BackendError::UnknownDataset { dataset: dataset.to_owned() });
    }
    match run {
        Some(run) if !is_run_name(run) => {
            Err(BackendError::UnknownRun { dataset: dataset.to_owned(), run: run.to_owned() })
        }
        _ => Ok(()),
    }
}

async fn nothing_here(State(shared): State<Shared>, uri: Uri) -> Response {
    answer_error(&shared, &uri, ServerError::NoSuchPage { path: uri.path().to_owned() }).await
}

async fn other_method(State(shared): State<Shared>, uri: Uri) -> Response {
    // The router sets the `Allow` header.
    answer_error(&shared, &uri, ServerError::OtherMethod).await
}

async fn answer_error(shared: &Shared, uri: &Uri, error: ServerError) -> Response {
    if uri.path() == "/api" || uri.path().starts_with("/api/") {
        return error.into_response();
    }
    pages::problem(shared, error).await
}
