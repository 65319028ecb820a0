//! The description of the API holds: every address of the router is in it, and every answer is what it says.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use super::fake::Fake;
use super::runs::{Instruction, order, until, works};
use super::{TestResponse, ask, get, send};
use crate::api::endpoints::ENDPOINTS;
use crate::api::form::Form;
use crate::api::openapi::{document, errors_of_all};
use crate::pages::Page;

/// Where `value` is not what `schema` says, in words.
fn faults(schema: &Value, value: &Value, place: &str, out: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/components/schemas/").expect("a shape of ours");
        let shape = &document()["components"]["schemas"][name];
        assert!(shape.is_object(), "there is no shape {name}");
        return faults(shape, value, place, out);
    }
    if let Some(any) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = |one: &Value| {
            let mut found = Vec::new();
            faults(one, value, place, &mut found);
            found.is_empty()
        };
        if !any.iter().any(fits) {
            out.push(format!("{place}: {value} is none of {any:?}"));
        }
        return;
    }
    let constant = &schema["const"];
    if *value != *constant && !constant.is_null() {
        return out.push(format!("{place}: {value} is not {constant}"));
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        return out.push(format!("{place}: {value} is none of {}", schema["enum"]));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = |of: &Value| of == kind || (of == "number" && kind == "integer");
    match &schema["type"] {
        Value::Null => {}
        Value::Array(any) if any.iter().any(fits) => {}
        one if fits(one) => {}
        other => return out.push(format!("{place}: {value} is no {other}")),
    }
    if let Some(items) = value.as_array() {
        for (at, item) in items.iter().enumerate() {
            faults(&schema["items"], item, &format!("{place}[{at}]"), out);
        }
    }
    let (Some(fields), Some(properties)) = (value.as_object(), schema["properties"].as_object()) else {
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            out.push(format!("{place}: `{name}` is missing"));
        }
    }
    for (name, field) in fields {
        match properties.get(name) {
            Some(property) => faults(property, field, &format!("{place}.{name}"), out),
            None if schema["additionalProperties"] == Value::Bool(false) => {
                out.push(format!("{place}: `{name}` is not described"));
            }
            None => {}
        }
    }
}

#[track_caller]
fn check(schema: &Value, value: &Value, place: &str) {
    let mut out = Vec::new();
    faults(schema, value, place, &mut out);
    assert!(out.is_empty(), "{}", out.join("\n"));
}

fn schema_of<'a>(operation: &'a Value, response: &TestResponse) -> &'a Value {
    let kind = response.header("content-type").split(';').next().expect("a kind");
    let described = &operation["responses"][response.status.as_str()]["content"][kind]["schema"];
    assert!(
        !described.is_null(),
        "{} {kind} is not described in {}",
        response.status,
        operation["operationId"]
    );
    described
}

#[test]
fn the_check_finds_what_is_wrong() {
    let shape = &document()["components"]["schemas"]["MonthSummary"];
    let good = serde_json::json!({ "month": "2024-05", "revenue_minor": 1, "orders": 1, "customers": 1, "complete": true });
    check(shape, &good, "good");
    for (field, value) in [("month", Value::Null), ("orders", 1.5.into()), ("more", 1.into())] {
        let mut bad = good.clone();
        bad[field] = value;
        let mut out = Vec::new();
        faults(shape, &bad, "bad", &mut out);
        assert_eq!(out.len(), 1, "{field}");
    }
}

#[test]
fn every_address_of_the_router_is_described() {
    // The router is made of the list; what is added beside it has to be named here, or described.
    let source = include_str!("../routes.rs");
    let beside: Vec<&str> = source
        .split(".route(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.starts_with("/api/"))
        .collect();
    assert_eq!(beside, ["/api/docs"], "describe it in api/endpoints.rs");

    let paths = document()["paths"].as_object().expect("paths");
    let mut expected: Vec<String> = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for endpoint in ENDPOINTS {
        expected.push(endpoint.path.to_owned());
        expected.extend(endpoint.endings().iter().map(|form| endpoint.ending(*form)));
        let operation = &paths[endpoint.path]["get"];
        assert!(ids.insert(endpoint.id), "{} is there twice", endpoint.id);
        for method in ["post", "put", "patch", "delete"] {
            let further =
                endpoint.further.filter(|further| further.method.as_str().eq_ignore_ascii_case(method));
            let operation = &paths[endpoint.path][method];
            assert_eq!(operation.is_object(), further.is_some(), "{method} {}", endpoint.path);
            let Some(further) = further else { continue };
            assert!(ids.insert(further.id), "{} is there twice", further.id);
            assert_eq!(operation["requestBody"].is_object(), further.body.is_some(), "{}", further.id);
            assert!(operation["responses"][further.status.to_string()].is_object(), "{}", further.id);
        }
        let names: Vec<&str> = operation["parameters"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(names.len(), endpoint.names().count() + endpoint.parameters().len(), "{names:?}");
        for (status, code) in errors_of_all(endpoint) {
            let described =
                operation["responses"][status.to_string()]["description"].as_str().unwrap_or_default();
            assert!(described.contains(code), "{}: {status} {code}", endpoint.path);
        }
    }
    assert_eq!(paths.keys().cloned().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn every_answer_is_what_the_description_says() {
    // Runs are asked for below, where there are some.
    for endpoint in ENDPOINTS.iter().filter(|endpoint| !endpoint.is_of_jobs()) {
        let mut address = endpoint.example_address();
        if let Some((path, _)) = address.split_once("?q=") {
            // The fake knows few queries.
            address = format!("{path}?q=SELECT+id&limit=5");
        }
        let operation = &document()["paths"][endpoint.path]["get"];
        for form in endpoint.answers.forms() {
            let request = Request::get(&*address).header("accept", form.media_type());
            let response = send(Fake::demo(), request.body(Body::empty()).expect("a request")).await;
            assert_eq!(response.status, StatusCode::OK, "{address}: {}", response.body);
            let schema = schema_of(operation, &response);
            match form {
                Form::Json => check(schema, &response.json(), &address),
                Form::Csv => assert!(response.body.lines().count() > 1, "{address}"),
                Form::Arrow | Form::Events => assert!(!response.body.is_empty(), "{address}"),
            }
            if *form != endpoint.answers.forms()[0] {
                let (path, query) = address.split_once('?').unwrap_or((&address, ""));
                let by_ending = get(&format!("{path}.{}?{query}", form.extension())).await;
                assert_eq!(by_ending.body, response.body, "{address}");
            }
        }
        // An ending has said it already.
        if !endpoint.path.contains('.') {
            let request = Request::get(&*address).header("accept", "image/png");
            let response = send(Fake::demo(), request.body(Body::empty()).expect("a request")).await;
            assert_eq!(response.status, StatusCode::NOT_ACCEPTABLE, "{address}");
            check(schema_of(operation, &response), &response.json(), &address);
        }
        let separator = if address.contains('?') { '&' } else { '?' };
        let unknown = get(&format!("{address}{separator}shoe_size=43")).await;
        assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "{address}");
        check(schema_of(operation, &unknown), &unknown.json(), &address);
        assert!(unknown.body.contains("shoe_size"), "{}", unknown.body);
        if endpoint.names().any(|name| name == "dataset") {
            let gone = get(&address.replace("/synthetic/", "/nowhere/")).await;
            assert_eq!(gone.status, StatusCode::NOT_FOUND, "{address}");
            check(schema_of(operation, &gone), &gone.json(), &address);
        }
    }
}

#[tokio::test]
async fn runs_on_their_way_are_what_the_description_says() {
    let (app, sender) = works();
    let paths = &document()["paths"];
    let place = "/api/v1/runs/{id}";
    let begun = order(&app, r#"{"dataset": "kaggle", "as_of": "2024-12-31", "steps": ["scores"]}"#).await;
    check(schema_of(&paths["/api/v1/runs"]["post"], &begun), &begun.json(), "begun");
    let here = begun.header("location").to_owned();
    sender.send(Instruction::Step("Reading orders", Some(200))).expect("the runner listens");
    sender.send(Instruction::Note("dates are UTC")).expect("the runner listens");
    sender.send(Instruction::End(Err("cannot read `orders.csv`"))).expect("the runner listens");
    until(&app, &here, "/state", "failed").await;
    let ask_for = async |method: &str, path: &str, accept: &str| {
        let request = Request::builder().method(method).uri(path).header("accept", accept);
        ask(&app, request.body(Body::empty()).expect("a request")).await
    };
    for (method, path, described) in [
        ("get", "/api/v1/runs", "/api/v1/runs"),
        ("get", &*here, place),
        ("delete", &*here, place),
        ("get", "/api/v1/runs/none", place),
        ("delete", "/api/v1/runs/none", place),
        ("get", "/api/v1/runs?shoe_size=43", "/api/v1/runs"),
    ] {
        let response = ask_for(&method.to_uppercase(), path, "application/json").await;
        check(schema_of(&paths[described][method], &response), &response.json(), path);
    }
    let events = ask_for("GET", &format!("{here}/events"), "text/event-stream").await;
    schema_of(&paths["/api/v1/runs/{id}/events"]["get"], &events);
    for (name, shape) in [("stage", "Stage"), ("note", "Note"), ("end", "End")] {
        let data = events.body.split(&format!("event: {name}\n")).nth(1);
        let data = data.and_then(|rest| rest.lines().find_map(|line| line.strip_prefix("data: ")));
        let data = serde_json::from_str(data.expect(name)).expect("JSON");
        check(&document()["components"]["schemas"][shape], &data, name);
    }
    assert_eq!(ask_for("GET", &format!("{here}/events"), "application/json").await.status.as_u16(), 406);
    // Where runs are not allowed.
    for path in ["/api/v1/runs", "/api/v1/runs/none", "/api/v1/runs/none/events"] {
        let response = get(path).await;
        assert_eq!(
            (response.status.as_u16(), response.json()["code"].as_str()),
            (403, Some("runs_not_allowed"))
        );
    }
    drop(sender);
}

#[test]
fn who_is_answered_is_described() {
    let schemes = &document()["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["bearer"]["scheme"], &schemes["cookie"]["in"]),
        (&"bearer".into(), &"cookie".into())
    );
    let paths = document()["paths"].as_object().expect("paths");
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().expect("operations") {
            let closed = operation["responses"]["401"].is_object();
            assert_eq!(closed, operation["security"].is_null(), "{method} {path}");
            assert_eq!(closed, path != "/health", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_json_too() {
    let shape = &document()["components"]["schemas"]["Error"];
    for path in ["/api", "/api/", "/api/v1", "/api/v1/d/synthetic", "/api/v1/d/synthetic/sql.xlsx"] {
        let response = get(path).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}");
        check(shape, &response.json(), path);
    }
    for (method, path, allowed) in [
        ("POST", "/api/v1/datasets", "GET,HEAD"),
        ("DELETE", "/api/v1/d/synthetic/tables/rfm_scores", "GET,HEAD"),
        ("PUT", "/api/v1/runs", "GET,HEAD,POST"),
        ("POST", "/api/v1/runs/x", "GET,HEAD,DELETE"),
        ("PUT", "/api/v1/d/synthetic/sql", "GET,HEAD,POST"),
        ("PUT", "/api/v1/d/synthetic/sql.csv", "GET,HEAD,POST"),
    ] {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.body(Body::empty()).expect("a request");
        let response = send(Fake::demo(), request).await;
        assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(response.header("allow"), allowed, "{method} {path}");
        check(shape, &response.json(), path);
    }
    let head = Request::head("/api/v1/datasets").body(Body::empty()).expect("a request");
    assert_eq!(send(Fake::demo(), head).await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_can_read_it_offline() {
    let page = get("/api/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    for endpoint in ENDPOINTS {
        for id in [Some(endpoint.id), endpoint.further.map(|further| further.id)].into_iter().flatten() {
            assert!(page.body.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
    assert!(
        !page.body.contains("src=\"http") && !page.body.contains("href=\"http"),
        "nothing from elsewhere"
    );
    assert!(get("/").await.status.is_redirection());
    assert!(get("/d/synthetic").await.body.contains("href=\"/api/docs\""));
}

#[tokio::test]
async fn pages_ask_for_nothing_that_an_address_does_not_take() {
    let all = "spend_minor_from=1&since=2024-03-01&colour=cluster&log=yes&cells=value&by=quarter\
               &show=customers&sort=value&reverse=yes&budget=10&contact_cost=5&response=0.1&margin=0.5";
    let mut linked = std::collections::BTreeSet::new();
    for page in
        Page::ALL.map(|page| page.path("synthetic")).iter().chain([&"/d/synthetic/customers/C3".to_owned()])
    {
        let query = if page.ends_with("/sql") { "q=SELECT+id" } else { all };
        let response = get(&format!("{page}?{query}")).await;
        assert_eq!(response.status, StatusCode::OK, "{page}: {}", response.body);
        for sign in [" href=\"/", " data-chart=\"/"] {
            let links = response.body.split(sign).skip(1).filter_map(|rest| rest.split('"').next());
            linked.extend(links.map(|link| format!("/{}", link.replace("&#38;", "&"))));
        }
    }
    assert!(linked.iter().filter(|address| address.starts_with("/api/v1/")).count() > 40, "{linked:?}");
    // The fake knows few queries.
    for address in linked.iter().filter(|address| !address.contains("/sql?q=")) {
        let address = address.split('#').next().unwrap_or_default();
        let response = get(address).await;
        assert!(response.status != StatusCode::BAD_REQUEST, "{address}: {}", response.body);
    }
}
