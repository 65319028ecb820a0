//! Routing, and the headers of every response.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use regulars_analysis::backend::Backend;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::api::endpoint::Answers;
use crate::api::openapi::openapi;
use crate::error::ServerError;
use crate::guard::{self, Guard};
use crate::runs::{self, Runner, Runs};
use crate::shared::Shared;
use crate::{api, assets, pages};

/// Content security policy: nothing external, nothing inline. plotly.js works under it: its style rules are
/// in our style sheet, and it styles elements through the DOM. PNG export uses `blob:` images.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Everything a server needs.
pub struct ServerConfig {
    /// Access to the runs.
    pub backend: Backend,
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

/// Builds the pages and the API on `serving.backend`, protected by `serving.guard`.
pub fn app(serving: ServerConfig) -> App {
    let ServerConfig { backend, guard, runner } = serving;
    let runs = runner.map(|runner| Arc::new(Runs::new(runner, guard.environment())));
    let closing = watch::Sender::new(false);
    let shared = Shared::new(backend, guard.clone(), runs.clone(), closing.subscribe());
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
        .route("/login", get(guard::login::form).post(guard::login::sign_in))
        .route("/logout", post(guard::login::sign_out))
        .route("/runs/{id}", get(pages::run))
        .route("/runs/{id}/cancel", post(pages::cancel_run))
        .route("/runs/{id}/answer", post(runs::api::answer_by_form))
        .route("/d/{dataset}/run", post(runs::api::start_by_form))
        .route("/static/{file}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
        .with_state(shared)
        // ServerEnvironment all routes, inside the headers that refusals carry, too.
        .layer(axum::middleware::from_fn_with_state(guard, guard::check::check))
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
            // The document lists all endpoints, itself included.
            let is_document = matches!(endpoint.answers, Answers::Document);
            let handler = if is_document { get(openapi) } else { (endpoint.handler)() };
            handler.route_layer(from_fn(move |request, next| api::check::check(endpoint, request, next)))
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
    pages::problem::problem(shared, error).await
}
