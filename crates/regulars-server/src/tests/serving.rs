//! Headers, files, compression, and the server itself.

use std::io::{Read as _, Write as _};

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::super::ServerConfig;
use super::fake::Fake;
use super::{TestResponse, get, send};

async fn get_with(path: &str, header: (&str, &str)) -> TestResponse {
    send(Fake::demo(), Request::get(path).header(header.0, header.1).body(Body::empty()).expect("a request"))
        .await
}

/// The addresses of our files that a page names.
fn files(page: &str) -> Vec<String> {
    let mut files: Vec<String> =
        page.split('"').filter(|part| part.starts_with("/static/")).map(str::to_owned).collect();
    files.sort();
    files.dedup();
    files
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    for path in ["/", "/d/synthetic", "/d/nowhere", "/nothing", "/api/v1/datasets", "/health"] {
        let response = get(path).await;
        let policy = response.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(response.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(response.header("cache-control"), "private, no-cache", "{path}");
    }
}

#[tokio::test]
async fn no_script_or_style_stands_in_the_page() {
    let page = get("/d/synthetic").await.body;
    for tag in page.split("<script").skip(1) {
        assert!(
            tag.starts_with(" src=\"/static/") || tag.starts_with(" type=\"application/json\""),
            "{}",
            &tag[..40]
        );
    }
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="));
}

#[tokio::test]
async fn files_are_cached_for_ever_and_known_again() {
    let files = files(&get("/d/synthetic").await.body);
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        let response = get(&file).await;
        assert_eq!(response.status, StatusCode::OK, "{file}");
        assert_eq!(response.header("cache-control"), "public, max-age=31536000, immutable", "{file}");
        let etag = response.header("etag").to_owned();
        assert!(etag.starts_with("W/\""), "{file}: {etag}");
        let again = get_with(&file, ("if-none-match", &etag)).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{file}");
    }
    assert_eq!(get("/static/app.css").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get("/favicon.ico").await.header("content-type"), "image/svg+xml");
}

#[tokio::test]
async fn plotly_js_goes_out_compressed() {
    let files = files(&get("/d/synthetic").await.body);
    let plotly = files.iter().find(|file| file.contains("plotly")).expect("the page has charts");
    let plain = get(plotly).await;
    assert!(plain.body.contains("plotly.js v") && plain.body.len() > 3_000_000);
    let small = get_with(plotly, ("accept-encoding", "gzip")).await;
    assert_eq!(small.header("content-encoding"), "gzip");
    assert!(small.body.len() < plain.body.len() * 2 / 3);
}

#[tokio::test]
async fn the_server_answers_until_it_is_told_to_stop() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving =
        ServerConfig { backend: Fake::demo().backend(), guard: super::outside::open(), runner: None };
    let server = tokio::spawn(super::super::serve(listener, super::super::app(serving), async {
        let _ = stopped.await;
    }));
    let response = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).expect("listening");
        stream
            .write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("answered");
        response
    })
    .await
    .expect("no panic");
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    stop.send(()).expect("the server still runs");
    server.await.expect("no panic").expect("no error");
}
