//! What the API answers, and that the pages cannot say otherwise.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use regulars_analysis::backend::RunReader as _;
use regulars_core::money;
use serde_json::{Value, json};

use super::fake::{CURRENT_RUN, Fake, OLDER_RUN};
use super::{get, send};

#[tokio::test]
async fn the_files_of_a_run_come_unchanged() {
    let fake = Fake::demo();
    // As text, because reading a fraction can change its last bit.
    let text = |value: Value| value.to_string();
    let response = get("/api/v1/d/synthetic/summary").await;
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.body, text(json!(fake.summary("synthetic", None).expect("there"))));
    let response = get(&format!("/api/v1/d/kaggle/summary?run={OLDER_RUN}")).await;
    assert_eq!(response.body, text(json!(fake.summary("kaggle", Some(OLDER_RUN)).expect("there"))));
    let response = get("/api/v1/d/synthetic/manifest").await;
    assert_eq!(response.body, text(json!(fake.manifest("synthetic", None).expect("there"))));
    let response = get("/api/v1/d/synthetic/validation").await;
    assert_eq!(response.body, text(json!(fake.validation("synthetic", None).expect("there"))));
}

#[tokio::test]
async fn data_sets_come_with_their_runs() {
    let response = get("/api/v1/datasets").await.json();
    assert_eq!(response["datasets"][0]["dataset"], "synthetic");
    assert_eq!(
        response["datasets"][1]["runs"][0],
        json!({ "run_id": CURRENT_RUN, "started_at": "2025-01-03T09:16:00Z", "current": true })
    );
}

#[tokio::test]
async fn health_says_what_a_supervisor_asks() {
    let response = get("/health").await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(
        response.json(),
        json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "datasets": 2 })
    );
}

#[tokio::test]
async fn renamed_charts_redirect() {
    for (old, new) in [
        ("potential", "upside"),
        ("churn-judged", "churn-holdout"),
        ("look-alikes", "best-customer-profile"),
        ("churn-judged?segment=Lost", "churn-holdout?segment=Lost"),
    ] {
        let response = get(&format!("/api/v1/d/synthetic/charts/{old}")).await;
        assert_eq!(response.status, StatusCode::PERMANENT_REDIRECT, "{old}");
        let to = response.header("location").to_owned();
        assert_eq!(to, format!("/api/v1/d/synthetic/charts/{new}"));
        assert_ne!(get(&to).await.json()["code"], "unknown_chart", "{to}");
    }
}

#[tokio::test]
async fn errors_are_json_with_a_stable_code() {
    for (path, status, code) in [
        ("/api/v1/d/nowhere/summary", 404, "unknown_dataset"),
        ("/api/v1/d/..%2Fx/summary", 404, "unknown_dataset"),
        ("/api/v1/d/synthetic/manifest?run=gone", 404, "unknown_run"),
        ("/api/v1/d/synthetic/charts/pie", 404, "unknown_chart"),
        ("/api/v1/d/synthetic/charts/pie.csv", 404, "unknown_chart"),
        ("/api/v1/d/synthetic/charts/attr.shoe_size", 404, "unknown_chart"),
        ("/api/v1/d/synthetic/charts/seasons", 404, "not_in_run"),
        ("/api/v1/d/synthetic/charts/revenue?acquired_from=May", 400, "bad_request"),
        ("/api/v1/d/synthetic/customers?page=x", 400, "bad_request"),
        ("/api/v1/d/synthetic/summary?segment=Lost", 400, "bad_request"),
        ("/api/v1/d/synthetic/summary?run=a&run=b", 400, "bad_request"),
        ("/api/v2", 404, "not_found"),
    ] {
        let response = get(path).await;
        let body = response.json();
        assert_eq!((response.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{path}");
        for key in ["message", "hint", "docs"] {
            assert!(body[key].as_str().is_some_and(|text| !text.is_empty()), "{path}: {key}");
        }
    }
    let post = Request::post("/api/v1/datasets")
        .header("content-type", "application/json")
        .body(Body::empty())
        .expect("a request");
    let response = send(Fake::demo(), post).await;
    assert_eq!(
        (response.status.as_u16(), response.json()["code"].as_str()),
        (405, Some("method_not_allowed"))
    );
    assert_eq!(response.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn charts_show_the_numbers_of_the_api() {
    for query in ["", "?segment=Lost&segment=High-Value", "?cells=revenue&attr.gender=female"] {
        for page in [
            "/d/synthetic",
            "/d/synthetic/rfm",
            "/d/synthetic/data",
            "/d/synthetic/value",
            "/d/synthetic/marketing",
            "/d/synthetic/clusters",
            "/d/synthetic/customers/C1",
        ] {
            let body = get(&format!("{page}{query}")).await.body;
            let charts: Vec<&str> = body
                .split("<div class=\"chart\"")
                .skip(1)
                .map(|rest| rest.split('>').next().expect("an element"))
                .collect();
            assert!(charts.len() >= 2, "{page}{query}");
            for chart in charts {
                let part = |name: &str| {
                    let rest = chart.split(&format!(" {name}=\"")).nth(1).expect("the attribute");
                    rest.split('"').next().expect("a value").replace("&#38;", "&")
                };
                let (id, address) = (part("id"), part("data-chart"));
                let from_api = get(&address).await;
                assert_eq!(from_api.status, StatusCode::OK, "{address}");
                let start = format!("<script type=\"application/json\" id=\"{id}-figure\">");
                if let Some(own) = body.split(&start).nth(1).and_then(|rest| rest.split("</script>").next()) {
                    let own: Value = serde_json::from_str(own).expect("JSON");
                    assert_eq!(own, from_api.json(), "{id} of {page}{query}");
                } else {
                    assert!(matches!(id.as_str(), "chart-rfm-scatter" | "chart-cluster-picture"), "{id}");
                }
                // The file has a header and a row a mark.
                let file = get(&address.replacen('?', ".csv?", 1)).await;
                assert_eq!(file.status, StatusCode::OK, "{address}");
                assert!(file.header("content-type").starts_with("text/csv"), "{address}");
                assert!(file.body.lines().count() > 1, "{address}: {}", file.body);
            }
        }
    }
}

#[tokio::test]
async fn segments_and_months_of_a_chart_are_those_of_the_summary() {
    let summary = get("/api/v1/d/synthetic/summary").await.json();
    let segments = get("/api/v1/d/synthetic/charts/segments").await.json();
    for (trace, share) in [(0, "customer_share"), (1, "revenue_share")] {
        for (i, segment) in summary["segments"].as_array().expect("segments").iter().enumerate() {
            assert_eq!(segments["data"][trace]["y"][i], segment["segment"]);
            let percent = segment[share].as_f64().expect("a share") * 100.0;
            assert!((segments["data"][trace]["x"][i].as_f64().expect("a number") - percent).abs() < 1e-9);
        }
    }
    let revenue = get("/api/v1/d/synthetic/charts/revenue").await.json();
    let months = summary["months"].as_array().expect("months");
    for (trace, complete) in [(0, true), (1, false)] {
        let expected: Vec<_> = months.iter().filter(|m| m["complete"] == complete).collect();
        assert_eq!(revenue["data"][trace]["x"].as_array().map(Vec::len), Some(expected.len()));
        for (i, month) in expected.into_iter().enumerate() {
            let minor = month["revenue_minor"].as_i64().expect("an integer");
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

#[tokio::test]
async fn the_grid_counts_and_leads_to_its_customers() {
    let grid = get("/api/v1/d/synthetic/charts/rfm-grid").await.json();
    // Recency 5, frequency 1: C4 alone. Recency 1, frequency 5: nobody.
    assert_eq!(grid["data"][0]["customdata"][4][0][1], 1.0);
    assert_eq!(grid["data"][0]["z"][0][4], Value::Null);
    let link = grid["links"][0][4][0].as_str().expect("a link");
    assert_eq!(link, format!("/d/synthetic/customers?run={CURRENT_RUN}&r=5&f=1"));
    let customers = get(&link.replace("/d/", "/api/v1/d/")).await.json();
    assert_eq!(
        (&customers["customers_found"], &customers["customers"][0]["customer_id"]),
        (&json!(1), &json!("C4"))
    );
    let value = get("/api/v1/d/synthetic/charts/rfm-grid?cells=value").await.json();
    assert_eq!(value["data"][0]["customdata"][4][0][1], 15.0);
}

#[tokio::test]
async fn the_picture_holds_every_customer_as_typed_columns() {
    let figure = get("/api/v1/d/synthetic/charts/rfm-scatter").await.json();
    let traces = figure["data"].as_array().expect("traces");
    let names: Vec<&str> = traces.iter().filter_map(|trace| trace["name"].as_str()).collect();
    assert_eq!(names, ["High-Value", "Loyal", "New", "Lost"]);
    let ids: usize = traces.iter().filter_map(|trace| trace["ids"].as_array().map(Vec::len)).sum();
    assert_eq!(ids, 6);
    // C3: 51 days as a 32-bit float, 2 orders as a 32-bit integer, both little-endian.
    assert_eq!(traces[1]["x"], json!({ "dtype": "f4", "bdata": "AABMQg==" }));
    assert_eq!(traces[1]["y"], json!({ "dtype": "i4", "bdata": "AgAAAA==" }));
    assert_eq!(figure["links"], format!("/d/synthetic/customers/%7Bid%7D?run={CURRENT_RUN}"));
    let figure = get("/api/v1/d/synthetic/charts/rfm-scatter?colour=value&log=yes").await.json();
    assert_eq!(figure["data"][0]["ids"].as_array().map(Vec::len), Some(5));
    assert_eq!(figure["layout"]["scene"]["zaxis"]["type"], "log");
}

#[tokio::test]
async fn measures_and_customers_come_as_json_and_as_csv() {
    let response = get("/api/v1/d/synthetic/measures?segment=High-Value").await.json();
    assert_eq!(response["customers"], 2);
    let revenue = response["measures"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|m| m["id"] == "revenue")
        .expect("there");
    assert_eq!((&revenue["value"], &revenue["unit"]), (&json!(1300.0), &json!("money")));
    assert_eq!(revenue["period"]["current"], 650.0);
    let file = get("/api/v1/d/synthetic/measures.csv").await;
    assert!(file.body.contains("revenue,1555.00,money,"), "{}", file.body);

    let response = get("/api/v1/d/synthetic/customers?sort=customer&segment=Lost").await.json();
    assert_eq!(
        response["customers"],
        json!([
            { "customer_id": "C2", "segment": "Lost", "cluster": "1", "recency": 162, "frequency": 1, "monetary": 20.0, "rfm_score": 4,
              "predicted_ltv": null, "predicted_low": null, "predicted_high": null, "p_alive": null },
            { "customer_id": "C5", "segment": "Lost", "cluster": "1", "recency": 122, "frequency": 1, "monetary": 5.0, "rfm_score": 4,
              "predicted_ltv": 2.5, "predicted_low": 1.25, "predicted_high": 5.0, "p_alive": 0.25 },
        ])
    );
    let request = Request::get("/api/v1/d/synthetic/customers?segment=Lost").header("accept", "text/csv");
    let file = send(Fake::demo(), request.body(Body::empty()).expect("a request")).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"synthetic-customers.csv\"");
    assert_eq!(file.body.lines().nth(1), Some("C2,Lost,1,162,1,20.00,4,,,,"));
    let file = get("/api/v1/d/synthetic/rejected.csv").await;
    assert_eq!(file.body, "file,line,reason\r\norders.csv,118,missing_customer_id\r\n");
}
