//! What the API answers, and that the pages cannot say otherwise.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use regulars_core::money;
use regulars_server::Backend as _;
use serde_json::{Value, json};

use super::fake::{CURRENT_RUN, Fake, OLDER_RUN};
use super::{get, send};

#[tokio::test]
async fn the_files_of_a_run_come_unchanged() {
    let fake = Fake::demo();
    // As text, because reading a fraction can change its last bit.
    let text = |value: Value| value.to_string();
    let answer = get("/api/v1/d/synthetic/summary").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.body, text(json!(fake.summary("synthetic", None).expect("there"))));
    let answer = get(&format!("/api/v1/d/kaggle/summary?run={OLDER_RUN}")).await;
    assert_eq!(answer.body, text(json!(fake.summary("kaggle", Some(OLDER_RUN)).expect("there"))));
    let answer = get("/api/v1/d/synthetic/manifest").await;
    assert_eq!(answer.body, text(json!(fake.manifest("synthetic", None).expect("there"))));
    let answer = get("/api/v1/d/synthetic/validation").await;
    assert_eq!(answer.body, text(json!(fake.validation("synthetic", None).expect("there"))));
}

#[tokio::test]
async fn data_sets_come_with_their_runs() {
    let answer = get("/api/v1/datasets").await.json();
    assert_eq!(answer["datasets"][0]["dataset"], "synthetic");
    assert_eq!(
        answer["datasets"][1]["runs"][0],
        json!({ "run_id": CURRENT_RUN, "started_at": "2025-01-03T09:16:00Z", "current": true })
    );
}

#[tokio::test]
async fn health_says_what_a_supervisor_asks() {
    let answer = get("/health").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "datasets": 2 }));
}

#[tokio::test]
async fn errors_are_json_with_a_stable_code() {
    for (path, status, code) in [
        ("/api/v1/d/nowhere/summary", 404, "unknown_dataset"),
        ("/api/v1/d/..%2Fx/summary", 404, "unknown_dataset"),
        ("/api/v1/d/synthetic/manifest?run=gone", 404, "unknown_run"),
        ("/api/v1/d/synthetic/charts/pie", 404, "unknown_chart"),
        ("/api/v1/d/synthetic/summary?run=a&run=b", 400, "bad_request"),
        ("/api/v2", 404, "not_found"),
    ] {
        let answer = get(path).await;
        let body = answer.json();
        assert_eq!((answer.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{path}");
        for key in ["message", "hint", "docs"] {
            assert!(body[key].as_str().is_some_and(|text| !text.is_empty()), "{path}: {key}");
        }
    }
    let post = Request::post("/api/v1/datasets").body(Body::empty()).expect("a request");
    let answer = send(Fake::demo(), post).await;
    assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (405, Some("method_not_allowed")));
}

/// The JSON that the page draws a chart from.
fn embedded(page: &str, chart: &str) -> Value {
    let start = format!("<script type=\"application/json\" id=\"chart-{chart}-figure\">");
    let json = page.split(&start).nth(1).and_then(|rest| rest.split("</script>").next()).expect("the figure");
    serde_json::from_str(json).expect("JSON")
}

#[tokio::test]
async fn charts_show_the_numbers_of_the_api() {
    let page = get("/d/synthetic").await.body;
    let summary = get("/api/v1/d/synthetic/summary").await.json();
    for chart in ["segments", "revenue"] {
        let from_api = get(&format!("/api/v1/d/synthetic/charts/{chart}")).await.json();
        assert_eq!(embedded(&page, chart), from_api, "{chart}");
    }

    let segments = embedded(&page, "segments");
    for (trace, share) in [(0, "customer_share"), (1, "revenue_share")] {
        for (i, segment) in summary["segments"].as_array().expect("segments").iter().enumerate() {
            assert_eq!(segments["data"][trace]["y"][i], segment["segment"]);
            let percent = segment[share].as_f64().expect("a share") * 100.0;
            assert!((segments["data"][trace]["x"][i].as_f64().expect("a number") - percent).abs() < 1e-9);
        }
    }

    let revenue = embedded(&page, "revenue");
    let months = summary["months"].as_array().expect("months");
    for (trace, complete) in [(0, true), (1, false)] {
        let expected: Vec<_> = months.iter().filter(|m| m["complete"] == complete).collect();
        assert_eq!(revenue["data"][trace]["x"].as_array().map(Vec::len), Some(expected.len()));
        for (i, month) in expected.into_iter().enumerate() {
            let minor = month["revenue_minor"].as_i64().expect("an integer");
            assert_eq!(
                revenue["data"][trace]["x"][i],
                format!("{}-01", month["month"].as_str().expect("text"))
            );
            assert_eq!(
                revenue["data"][trace]["y"][i].as_f64().map(|y| (y * 100.0).round() as i64),
                Some(minor)
            );
            assert_eq!(
                revenue["data"][trace]["customdata"][i][1],
                format!("€{}", money::format_minor_grouped(minor, 2))
            );
        }
    }
}
