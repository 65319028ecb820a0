//! The router, called in-process over a fake backend.

mod api;
mod claims;
mod clusters;
mod cohorts;
mod customer;
mod fake;
mod guard;
mod marketing;
mod marketing_shop;
mod measures;
mod openapi;
mod outside;
mod pages;
mod questions;
mod rows;
mod runs;
mod serving;
mod shop;
mod standalone_html;
mod value;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use fake::Fake;
use tower::ServiceExt as _;

/// A response with its complete body.
struct TestResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl TestResponse {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

async fn send(backend: Fake, request: Request<Body>) -> TestResponse {
    let serving = super::ServerConfig { backend: backend.backend(), guard: outside::open(), runner: None };
    ask(&super::app(serving), request).await
}

async fn ask(app: &super::App, request: Request<Body>) -> TestResponse {
    let response = app.router.clone().oneshot(request).await.expect("the router never fails");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body in memory");
    TestResponse {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

async fn get_from(backend: Fake, path: &str) -> TestResponse {
    send(backend, Request::get(path).body(Body::empty()).expect("a request")).await
}

async fn get(path: &str) -> TestResponse {
    get_from(Fake::demo(), path).await
}
