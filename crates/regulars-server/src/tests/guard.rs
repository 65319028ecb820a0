//! Who is let in, what a change has to carry, and what is said to others.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode, request::Builder};

use super::fake::Fake;
use super::outside::{self, Still};
use super::{TestResponse, ask};
use crate::{Access, AccessError, App, Guard, ServerConfig, app, hash_password, new_token};

const PASSWORD: &str = "a long enough one";
const FORM: &str = "application/x-www-form-urlencoded";

/// A server with a password and a token, and its clock.
struct House {
    app: App,
    outside: Arc<Still>,
    token: String,
}

impl House {
    fn new(change: impl FnOnce(&mut Access)) -> Self {
        let (token, hash) = new_token([9; 32]);
        let mut access = Access {
            password_hash: Some(hash_password(PASSWORD, [1; 16])),
            tokens: vec![("reports".to_owned(), hash)],
            port: 8080,
            ..Access::default()
        };
        change(&mut access);
        let outside = Arc::new(Still::default());
        let guard = Guard::new(&access, outside.clone()).expect("good hashes");
        let serving = ServerConfig { backend: Fake::demo().backend(), guard, runner: None };
        Self { app: app(serving), outside, token }
    }

    fn wait(&self, seconds: u64) {
        self.outside.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> TestResponse {
        ask(&self.app, with(Request::get(path), headers).body(Body::empty()).expect("a request")).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> TestResponse {
        ask(&self.app, with(Request::post(path), headers).body(Body::from(body)).expect("a request")).await
    }

    /// Sends the form of the login page, as it is now.
    async fn sign_in(&self, password: &str, next: &str) -> TestResponse {
        let page = self.get("/login", &[]).await;
        let body = form(&[("form_token", &form_token(&page)), ("password", password), ("next", next)]);
        self.post("/login", &[("content-type", FORM), ("sec-fetch-site", "same-origin")], body).await
    }

    async fn cookie(&self) -> String {
        let response = self.sign_in(PASSWORD, "/").await;
        response.header("set-cookie").split(';').next().expect("a cookie").to_owned()
    }
}

fn with(builder: Builder, headers: &[(&str, &str)]) -> Builder {
    headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value))
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn form_token(page: &TestResponse) -> String {
    let (_, rest) = page.body.split_once("name=\"form_token\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").to_owned()
}

#[test]
fn other_computers_are_not_served_without_a_secret() {
    let outside = || Arc::new(Still::default());
    let nothing = Access::default();
    assert_eq!(Guard::new(&nothing, outside()).err(), Some(AccessError::Nothing));
    let proxied = Access { loopback: true, behind_proxy: true, ..Access::default() };
    assert_eq!(Guard::new(&proxied, outside()).err(), Some(AccessError::Nothing), "it serves others");
    let bad = Access { password_hash: Some("secret".to_owned()), loopback: true, ..Access::default() };
    assert_eq!(Guard::new(&bad, outside()).err(), Some(AccessError::Password));
    let bad = Access { tokens: vec![("x".to_owned(), "sha256:1".to_owned())], ..Access::default() };
    assert_eq!(Guard::new(&bad, outside()).err(), Some(AccessError::Token { name: "x".to_owned() }));
}

#[tokio::test]
async fn nothing_about_customers_is_said_to_strangers() {
    let house = House::new(|_| ());
    for path in [
        "/api/v1/datasets",
        "/api/v1/d/synthetic/customers.csv",
        "/api/v1/process",
        "/api/nothing",
        "/api/v1/d/synthetic/rejected.csv",
    ] {
        let response = house.get(path, &[]).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(response.json()["code"], "sign_in_needed", "{path}");
        assert_eq!(response.header("www-authenticate"), "Bearer realm=\"regulars\"");
        assert!(response.header("content-security-policy").contains("default-src 'none'"));
    }
    for (path, back) in [
        ("/", "%2F"),
        ("/d/synthetic/rfm?segment=Loyal&run=x", "%2Fd%2Fsynthetic%2Frfm%3Fsegment%3DLoyal%26run%3Dx"),
        ("/nothing", "%2Fnothing"),
        ("/runs/1", "%2Fruns%2F1"),
    ] {
        let response = house.get(path, &[]).await;
        assert_eq!(response.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(response.header("location"), format!("/login?next={back}"));
        assert!(response.body.is_empty());
    }
    for path in ["/health", "/favicon.ico", "/login"] {
        let response = house.get(path, &[]).await;
        assert_eq!(response.status, StatusCode::OK, "{path}");
        assert!(!response.body.contains("synthetic"), "{path} names no data set");
    }
    // Near what is public, but without a handler of its own, so that a page would name the data sets.
    for (method, path) in [
        ("GET", "/static/"),
        ("GET", "/static/a/b"),
        ("GET", "/static/../d/synthetic"),
        ("GET", "/static/none.css"),
        ("GET", "/static/..%2fd"),
        ("GET", "/login/"),
        ("GET", "/login?next=%2Fd%2Fnowhere"),
        ("GET", "//"),
        ("POST", "/health"),
        ("DELETE", "/login"),
        ("OPTIONS", "/login"),
        ("OPTIONS", "/d/synthetic"),
        ("TRACE", "/"),
    ] {
        let json = [("content-type", "application/json")];
        let request = with(Request::builder().method(method).uri(path), &json).body(Body::empty());
        let response = ask(&house.app, request.expect("a request")).await;
        assert!(!response.body.contains("synthetic"), "{method} {path}: {}", response.body);
    }
}

#[tokio::test]
async fn the_right_password_opens_the_way_back() {
    let house = House::new(|_| ());
    let response = house.sign_in(PASSWORD, "/d/kaggle?theme=dark").await;
    assert_eq!(
        (response.status, response.header("location")),
        (StatusCode::SEE_OTHER, "/d/kaggle?theme=dark")
    );
    let set = response.header("set-cookie").to_owned();
    let (cookie, rest) = set.split_once(';').expect("attributes");
    assert_eq!(rest, " Path=/; HttpOnly; SameSite=Strict");
    assert!(cookie.starts_with("regulars-8080=") && cookie.len() == "regulars-8080=".len() + 64, "{cookie}");
    let page = house.get("/d/kaggle", &[("cookie", cookie)]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Sign out"));
    let response = house.get("/api/v1/datasets", &[("cookie", &format!("a=b; {cookie}; c=d"))]).await;
    assert_eq!((response.status, response.header("cache-control")), (StatusCode::OK, "private, no-store"));
}

#[tokio::test]
async fn the_way_back_leads_nowhere_else() {
    let house = House::new(|_| ());
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: x=y",
    ] {
        assert_eq!(house.sign_in(PASSWORD, next).await.header("location"), "/", "{next}");
        let page = house.get(&format!("/login?{}", form(&[("next", next)])), &[]).await;
        assert!(page.body.contains("name=\"next\" value=\"/\""), "{next}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_and_then_has_to_wait() {
    let house = House::new(|_| ());
    for _ in 0..5 {
        let response = house.sign_in("wrong", "/d/kaggle").await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
        assert!(response.body.contains("Wrong password.") && response.body.contains("role=\"alert\""));
        assert!(response.body.contains("value=\"/d/kaggle\""), "the way back is kept");
        assert!(response.header("set-cookie").is_empty());
    }
    let response = house.sign_in(PASSWORD, "/").await;
    assert_eq!((response.status, response.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert!(response.body.contains("Wait 1 second, then try again."));
    house.wait(1);
    assert_eq!(house.sign_in(PASSWORD, "/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_by_time_and_by_hand() {
    let house = House::new(|_| ());
    let cookie = house.cookie().await;
    let status = async |cookie: &str| house.get("/api/v1/datasets", &[("cookie", cookie)]).await.status;
    assert_eq!(status(&cookie).await, StatusCode::OK);
    house.wait(2 * 3600);
    assert_eq!(status(&cookie).await, StatusCode::UNAUTHORIZED, "idle");
    let cookie = house.cookie().await;
    let page = house.get("/d/kaggle", &[("cookie", &cookie)]).await;
    let out = [("cookie", cookie.as_str()), ("content-type", FORM), ("sec-fetch-site", "same-origin")];
    let response = house.post("/logout", &out, form(&[("form_token", &form_token(&page))])).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert!(response.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(status(&cookie).await, StatusCode::UNAUTHORIZED, "signed out");
    assert_eq!(
        house.get("/logout", &[("cookie", &house.cookie().await)]).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn a_change_comes_from_our_own_pages() {
    let house = House::new(|_| ());
    let cookie = house.cookie().await;
    let token = form_token(&house.get("/d/kaggle", &[("cookie", &cookie)]).await);
    let other = form_token(&house.get("/d/kaggle", &[("cookie", &house.cookie().await)]).await);
    let (site, kind) = (("sec-fetch-site", "same-origin"), ("content-type", FORM));
    let right = form(&[("form_token", &token)]);
    for (headers, body, status, code) in [
        (vec![kind, ("sec-fetch-site", "cross-site")], right.clone(), 403, "other_site"),
        (vec![kind, ("sec-fetch-site", "same-site")], right.clone(), 403, "other_site"),
        (vec![kind, ("origin", "https://evil.example"), ("host", "shop")], right.clone(), 403, "other_site"),
        (vec![kind, ("origin", "null"), ("host", "shop")], right.clone(), 403, "other_site"),
        (vec![kind], right.clone(), 403, "other_site"),
        (vec![kind, site], String::new(), 403, "stale_form"),
        (vec![kind, site], form(&[("form_token", &other)]), 403, "stale_form"),
        (vec![kind, site], form(&[("form_token", &"0".repeat(128))]), 403, "stale_form"),
        (vec![("content-type", "text/plain"), site], right.clone(), 415, "unsupported_media_type"),
        (
            vec![("content-type", "multipart/form-data; boundary=x"), site],
            right.clone(),
            415,
            "unsupported_media_type",
        ),
        (vec![site], right.clone(), 415, "unsupported_media_type"),
        // Let through by the guard: there are no runs here.
        (vec![kind, site], right.clone(), 403, "runs_not_allowed"),
        (vec![kind, ("origin", "http://shop:1"), ("host", "shop:1")], right.clone(), 403, "runs_not_allowed"),
    ] {
        let mut headers = headers;
        headers.push(("cookie", &cookie));
        let response = house.post("/d/kaggle/run", &headers, body).await;
        assert_eq!(response.status.as_u16(), status, "{headers:?}");
        let heading = match code {
            "other_site" => "request comes from another site",
            "stale_form" => "Form expired",
            "unsupported_media_type" => "expected a form or JSON",
            _ => "does not allow starting runs",
        };
        assert!(response.body.contains(heading), "{headers:?}: {}", response.body);
    }
    let json = [("content-type", "application/json"), ("cookie", &cookie), ("sec-fetch-site", "cross-site")];
    let response = house.post("/api/v1/runs", &json, "{}".to_owned()).await;
    assert_eq!((response.status.as_u16(), response.json()["code"].as_str()), (403, Some("other_site")));
}

#[tokio::test]
async fn a_program_shows_its_token() {
    let house = House::new(|_| ());
    let bearer = format!("Bearer {}", house.token);
    assert_eq!(house.get("/api/v1/datasets", &[("authorization", &bearer)]).await.status, StatusCode::OK);
    assert_eq!(house.get("/d/kaggle", &[("authorization", &bearer)]).await.status, StatusCode::OK);
    for wrong in ["Bearer x", "Bearer ", "Bearer sha256:0", "bearer rgl_00"] {
        let response = house.get("/api/v1/datasets", &[("authorization", wrong)]).await;
        assert_eq!(
            (response.status.as_u16(), response.json()["code"].as_str()),
            (401, Some("unknown_token")),
            "{wrong}"
        );
    }
    let response = house.get("/api/v1/datasets", &[("authorization", "Basic YTpi")]).await;
    assert_eq!(response.json()["code"], "sign_in_needed");
    // Programs are no browsers: nothing about sites and forms is asked.
    let response = house
        .post("/api/v1/runs", &[("authorization", &bearer)], "{\"dataset\": \"kaggle\"}".to_owned())
        .await;
    assert_eq!(response.json()["code"], "runs_not_allowed");
}

#[tokio::test]
async fn without_a_password_only_this_computer_is_answered() {
    let serving = || ServerConfig { backend: Fake::demo().backend(), guard: outside::open(), runner: None };
    let app = app(serving());
    for (host, status) in [
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("evil.example:8080", 403),
        ("127.0.0.1.evil.example", 403),
    ] {
        let request = Request::get("/api/v1/datasets").header("host", host).body(Body::empty());
        let response = ask(&app, request.expect("a request")).await;
        assert_eq!(response.status.as_u16(), status, "{host}");
        if status == 403 {
            assert_eq!(response.json()["code"], "wrong_host");
            assert!(!response.body.contains("synthetic"));
        }
    }
    // Most proxies call us by the name that they know us by, and say whose request it is.
    for name in ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded"] {
        let request = with(Request::get("/api/v1/datasets"), &[("host", "127.0.0.1:8080"), (name, "x")]);
        let response = ask(&app, request.body(Body::empty()).expect("a request")).await;
        assert_eq!((response.status.as_u16(), &response.json()["code"]), (403, &"proxied".into()), "{name}");
    }
    // A page elsewhere may not change anything, although nobody has signed in.
    for (headers, status) in [
        (vec![("origin", "https://evil.example"), ("content-type", FORM)], 403),
        (vec![("content-type", FORM)], 403),
        (vec![("content-type", "text/plain")], 415),
        (vec![("content-type", "application/json")], 403),
    ] {
        let request = with(Request::post("/api/v1/runs").header("host", "localhost"), &headers);
        let response =
            ask(&app, request.body(Body::from("{\"dataset\": \"kaggle\"}")).expect("a request")).await;
        assert_eq!(response.status.as_u16(), status, "{headers:?}");
    }
}

#[tokio::test]
async fn much_is_not_taken_and_often_is_not_answered() {
    let house = House::new(|_| ());
    let bearer = format!("Bearer {}", house.token);
    let authorized = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let large = "x".repeat((1 << 20) + 1);
    let response = house.post("/api/v1/runs", &authorized, large).await;
    assert_eq!((response.status.as_u16(), response.json()["code"].as_str()), (413, Some("body_too_large")));
    let response = house.post("/login", &[("content-type", FORM)], "x".repeat(20_000)).await;
    assert_eq!(response.status, StatusCode::PAYLOAD_TOO_LARGE, "the limit is lower without authentication");
    let mut last = 200;
    for _ in 0..1000 {
        last = house.get("/health", &[]).await.status.as_u16();
    }
    assert_eq!(last, 429);
    let response = house.get("/api/v1/datasets", &authorized[..1]).await;
    assert_eq!(
        (response.json()["code"].as_str(), response.header("retry-after")),
        (Some("too_many_requests"), "1")
    );
    house.wait(1);
    assert_eq!(house.get("/health", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn behind_a_proxy_the_cookie_is_for_tls_and_clients_are_told_apart() {
    let house = House::new(|access| {
        access.behind_proxy = true;
        access.loopback = true;
    });
    let response = house.sign_in(PASSWORD, "/").await;
    let set = response.header("set-cookie");
    assert!(set.starts_with("__Host-regulars-8080=") && set.ends_with("; SameSite=Strict; Secure"), "{set}");
    let page = house.get("/login", &[]).await;
    let body = form(&[("form_token", &form_token(&page)), ("password", "wrong")]);
    for (client, expected) in [("203.0.113.1", 401), ("203.0.113.1", 429), ("203.0.113.2", 401)] {
        let headers = [("content-type", FORM), ("x-forwarded-for", client)];
        let tries = if expected == 401 && client.ends_with('1') { 5 } else { 1 };
        let mut status = 0;
        for _ in 0..tries {
            status = house.post("/login", &headers, body.clone()).await.status.as_u16();
        }
        assert_eq!(status, expected, "{client}");
    }
}

#[tokio::test]
async fn a_server_for_programs_says_so_to_people() {
    let house = House::new(|access| access.password_hash = None);
    let page = house.get("/login", &[]).await;
    assert!(page.body.contains("This server has no password") && !page.body.contains("type=\"password\""));
}
