//! Queries and tables: the page, the forms, the pages of rows, and what is refused.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::fake::{CURRENT_RUN, Fake, OLDER_RUN};
use super::shop::NASTY;
use super::{TestResponse, get, send};

async fn post(path: &str, kind: &str, body: impl Into<Body>) -> TestResponse {
    let request = Request::post(path).header("content-type", kind);
    send(Fake::demo(), request.body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn a_query_is_answered_in_every_form() {
    let response = get("/api/v1/d/synthetic/sql?q=SELECT+id").await;
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("vary"), "accept");
    let body = response.json();
    assert_eq!(body["run_id"], CURRENT_RUN);
    assert_eq!((&body["row_count"], &body["limit"], &body["cut"]), (&json!(2), &json!(1000), &json!(false)));
    assert_eq!(body["rows"], json!([{ "id": NASTY, "n": 12 }, { "id": null, "n": null }]));
    assert_eq!(body["columns"][1], json!({ "name": "n", "type": "Int64", "is_number": true, "meaning": "" }));

    let file = get(&format!("/api/v1/d/synthetic/sql.csv?q=SELECT+id&run={OLDER_RUN}&limit=2")).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"synthetic-query.csv\"");
    assert_eq!((file.header("x-row-count"), file.header("x-rows-cut")), ("2", "true"));
    assert_eq!(file.body, format!("id,n\n{NASTY},12\n,\n"));
    let arrow = get("/api/v1/d/synthetic/sql.arrow?q=SELECT+id").await;
    assert_eq!(arrow.header("content-type"), "application/vnd.apache.arrow.stream");

    let body = json!({ "sql": "SELECT id", "limit": 7 }).to_string();
    let response = post("/api/v1/d/synthetic/sql", "application/json; charset=utf-8", body).await;
    assert_eq!((response.status, response.json()["limit"].clone()), (StatusCode::OK, json!(7)));
}

#[tokio::test]
async fn a_large_answer_comes_in_pieces_and_complete() {
    let response = get("/api/v1/d/synthetic/sql.csv?q=SELECT+much").await;
    assert_eq!(response.body.len(), 40 * (64 << 10));
    assert_eq!((response.header("content-length"), response.header("x-rows-cut")), ("", "true"));
}

#[tokio::test]
async fn what_a_query_is_to_blame_for_is_said() {
    for (sql, status, code) in [
        ("DROP+TABLE+x", 403, "query_not_allowed"),
        ("SELECT+slowly", 422, "query_too_slow"),
        ("SELECT+widely", 422, "query_too_large"),
        ("SELECT+other", 400, "invalid_query"),
        ("", 400, "bad_request"),
        ("+%0A", 400, "bad_request"),
    ] {
        let response = get(&format!("/api/v1/d/synthetic/sql?q={sql}")).await;
        let body = response.json();
        assert_eq!((response.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{sql}");
        if code == "invalid_query" {
            assert_eq!(body["position"], json!({ "line": 2, "column": 3 }));
        }
    }
    let json_kind = "application/json";
    let long = json!({ "sql": "x".repeat(70_000) }).to_string();
    let huge = "x".repeat(3 << 20);
    for (kind, body, status, code) in [
        ("text/plain", "SELECT id", 415, "unsupported_media_type"),
        (json_kind, "{", 400, "bad_request"),
        (json_kind, "{\"sql\": \"SELECT id\", \"limits\": 3}", 400, "bad_request"),
        (json_kind, "{\"sql\": \"SELECT id\", \"limit\": 0}", 400, "bad_request"),
        (json_kind, "{\"sql\": 7}", 400, "bad_request"),
        (json_kind, &long, 413, "body_too_large"),
        (json_kind, &huge, 413, "body_too_large"),
    ] {
        let response = post("/api/v1/d/synthetic/sql", kind, body.to_owned()).await;
        let body = response.json();
        assert_eq!((response.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{kind} {body}");
    }
    let response = post("/api/v1/d/synthetic/sql?limit=3", json_kind, "{\"sql\": \"SELECT id\"}").await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_page_shows_rows_faults_and_what_there_is() {
    let page = get("/d/synthetic/sql").await;
    assert_eq!(page.status, StatusCode::OK);
    for expected in
        ["data-insert=\"rfm_scores\"", "What monetary_minor is", "Revenue by segment", "name=\"q\""]
    {
        assert!(page.body.contains(expected), "{expected}");
    }
    assert!(!page.body.contains("Segments by cluster"), "the run has no such table");

    let page = get("/d/synthetic/sql?q=SELECT+id").await.body;
    assert!(!page.contains(NASTY), "an id is escaped");
    for expected in [
        "2 rows in 0.12 s",
        "<td>&#60;script&#62;alert(1)&#60;/script&#62;</td><td class=\"num\" data-sort=\"12\">12</td>",
        "SELECT id</textarea>",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let csv = format!("/api/v1/d/synthetic/sql.csv?run={CURRENT_RUN}&#38;q=SELECT+id");
    assert!(page.contains(&csv), "{csv}");

    let page = get("/d/synthetic/sql?q=SELECT+%3Cb%3E").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.body.contains("(line 2, column 3)") && page.body.contains("data-line=\"2\""),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<b>") && page.body.contains("Ask better."), "{}", page.body);
    let page = get("/d/synthetic/sql?q=SELECT+much").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "cells that are none");
    let page = get("/d/synthetic/sql?q=SELECT+nothing").await;
    assert!(page.body.contains("returned no rows"), "{}", page.body);
    assert_eq!(get("/d/nowhere/sql?q=SELECT+id").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tables_come_by_page_and_as_files() {
    let tables = get("/api/v1/d/synthetic/tables").await.json();
    assert_eq!(tables["tables"][0]["name"], "rfm_scores");
    assert_eq!(tables["tables"][0]["columns"][3]["name"], "monetary");

    let path = "/api/v1/d/synthetic/tables/rfm_scores?columns=segment,customer_id&limit=4";
    let first = get(path).await;
    assert_eq!(first.header("x-total-count"), "6");
    let next = format!(
        "/api/v1/d/synthetic/tables/rfm_scores?run={CURRENT_RUN}&columns=segment%2Ccustomer_id&limit=4&offset=4"
    );
    assert_eq!(first.header("link"), format!("<{next}>; rel=\"next\""));
    let second = get(&next).await;
    assert_eq!(second.header("link"), "", "there is no page after it");
    let ids = |response: &TestResponse| -> Vec<String> {
        let body = response.json();
        let rows = body["rows"].as_array().expect("rows").clone();
        rows.iter().map(|row| row["customer_id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!([ids(&first), ids(&second)].concat(), [NASTY, "C1", "C2", "C3", "C4", "C5"]);
    assert_eq!(first.json()["columns"].as_array().map(Vec::len), Some(2));

    let file = get("/api/v1/d/synthetic/tables/rfm_scores.csv?columns=customer_id,monetary").await;
    assert_eq!(file.body.lines().nth(2), Some("C1,300.0"));
    assert_eq!(file.body.lines().count(), 7, "a file is whole");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"synthetic-rfm_scores.csv\"");
    let arrow = get("/api/v1/d/synthetic/tables/rfm_scores.arrow?offset=5").await;
    assert_eq!(arrow.body, "Arrow of 1 rows");
    let beyond = get("/api/v1/d/synthetic/tables/rfm_scores?offset=99").await.json();
    assert_eq!((&beyond["rows"], &beyond["offset"]), (&json!([]), &json!(6)));

    for (query, status, expected) in [
        ("rfm_scores?columns=customer_id,shoe_size", 400, "`shoe_size`"),
        ("rfm_scores?columns=segment,segment", 400, "twice"),
        ("rfm_scores?limit=0", 400, "`limit` is `0`, expected a whole number from 1 to 100000"),
        ("rfm_scores?offset=-1", 400, "`offset` is `-1`, expected a whole number from 0"),
        ("rfm_scores?colour=red", 400, "expected one of run, columns, limit, offset"),
        ("shoes", 404, "no table `shoes`"),
        ("..%2Fshoes", 404, "no table"),
    ] {
        let response = get(&format!("/api/v1/d/synthetic/tables/{query}")).await;
        assert_eq!(response.status.as_u16(), status, "{query}");
        assert!(
            response.json()["message"].as_str().is_some_and(|message| message.contains(expected)),
            "{}",
            response.body
        );
    }
}

#[tokio::test]
async fn customers_are_paged_by_the_same_rules() {
    let mut path = "/api/v1/d/synthetic/customers?sort=customer&limit=4".to_owned();
    let mut ids: Vec<Value> = Vec::new();
    loop {
        let response = get(&path).await;
        assert_eq!(response.header("x-total-count"), "6");
        ids.extend(
            response.json()["customers"].as_array().expect("a list").iter().map(|c| c["customer_id"].clone()),
        );
        let Some((next, _)) = response.header("link").strip_prefix('<').and_then(|link| link.split_once('>'))
        else {
            break;
        };
        next.clone_into(&mut path);
    }
    assert_eq!(Value::from(ids), json!([NASTY, "C1", "C2", "C3", "C4", "C5"]));
    let page = get("/api/v1/d/synthetic/customers?sort=customer&limit=2&page=2").await.json();
    assert_eq!((&page["customers"][0]["customer_id"], &page["offset"]), (&json!("C2"), &json!(2)));
    let part = get("/api/v1/d/synthetic/customers.csv?sort=customer&offset=4&limit=1").await;
    assert!(part.body.lines().nth(1).is_some_and(|line| line.starts_with("C4,")), "{}", part.body);
    assert_eq!(part.body.lines().count(), 2);
    let arrow = get("/api/v1/d/synthetic/customers.arrow?segment=Lost").await;
    assert_eq!(arrow.header("content-type"), "application/vnd.apache.arrow.stream");
    assert!(["customer_id", "monetary", "p_alive"].iter().all(|name| arrow.body.contains(name)));
    let both = get("/api/v1/d/synthetic/customers?sort=customer&page=2&limit=2&offset=1").await.json();
    assert_eq!(both["customers"][0]["customer_id"], "C3");
}
