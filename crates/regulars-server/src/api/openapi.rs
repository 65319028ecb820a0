//! `/api/openapi.json`: the endpoints as OpenAPI 3.1.

use std::sync::LazyLock;

use axum::Json;
use serde_json::{Map, Value, json};

use super::Health;
use super::body::Body;
use super::endpoint::{Answers, Endpoint, Further};
use super::endpoints::ENDPOINTS;
use super::form::Form;
use super::parameters::Parameter;
use super::schemas::schemas;
use crate::error::ErrorBody;

const ABOUT: &str = "Responses about a data set come from a finished run, which never changes. Errors are JSON with a stable \
    `code`. Money in fields ending in `_minor` is in minor units of the data set's currency, otherwise in major \
    units. A server with a password expects `Authorization: Bearer TOKEN` from programs; without one it only answers \
    the computer it runs on, by its local names. POST bodies are JSON (`Content-Type: application/json`); with a \
    cookie, requests must come from a page of this server, as shown by `Origin` or `Sec-Fetch-Site`. 429 and 503 \
    responses have the seconds to wait in `Retry-After`.";

/// Sends the document.
pub(crate) async fn openapi() -> Json<&'static Value> {
    Json(document())
}

/// The document.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let mut paths = Map::new();
        for endpoint in ENDPOINTS {
            paths.insert(endpoint.path.to_owned(), operations(endpoint, None));
            for form in endpoint.endings() {
                paths.insert(endpoint.ending(*form), operations(endpoint, Some(*form)));
            }
        }
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Regulars",
                "version": env!("CARGO_PKG_VERSION"),
                "summary": "The data behind the pages, for programs",
                "description": ABOUT,
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "paths": paths,
            // Any of these; none if the server has no password and only answers this computer.
            "security": [{ "bearer": [] }, { "cookie": [] }, {}],
            "components": { "schemas": schemas(), "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer",
                    "description": "For programs: `regulars token NAME` creates a token.",
                },
                "cookie": {
                    "type": "apiKey", "in": "cookie", "name": "regulars-8080",
                    "description": "For the pages, set by /login. Its name ends in the server's port and starts with \
                        `__Host-` behind a proxy.",
                },
            } },
        })
    });
    &DOCUMENT
}

/// The operations of an endpoint, or of its path with the extension of one format.
fn operations(endpoint: &Endpoint, ending: Option<Form>) -> Value {
    let suffix = ending.map_or("", Form::name);
    let forms = |answers: Answers| ending.map_or_else(|| answers.forms().to_vec(), |form| vec![form]);
    let mut operations = Map::new();
    operations.insert("get".to_owned(), read(endpoint, &forms(endpoint.answers), suffix));
    if let Some(further) = endpoint.further {
        let method = further.method.as_str().to_ascii_lowercase();
        operations.insert(method, do_further(endpoint, further, &forms(further.answers), suffix));
    }
    Value::Object(operations)
}

fn read(endpoint: &Endpoint, forms: &[Form], suffix: &str) -> Value {
    let mut parameters: Vec<Value> = endpoint.names().map(in_path).collect();
    parameters.extend(endpoint.parameters().iter().map(in_query));
    let mut responses = responses((200, endpoint.title), endpoint.answers, forms, &errors_of_all(endpoint));
    let mut operation = json!({
        "operationId": format!("{}{suffix}", endpoint.id),
        "summary": endpoint.title,
        "description": endpoint.more,
        "parameters": parameters,
    });
    if endpoint.is_public() {
        operation["security"] = json!([]);
        let schema = json!({ "application/json": { "schema": Body::of::<Health>().reference() } });
        responses["503"] = json!({ "description": "Runs cannot be listed", "content": schema });
    }
    operation["responses"] = responses;
    operation
}

fn do_further(endpoint: &Endpoint, further: &Further, forms: &[Form], suffix: &str) -> Value {
    let mut parameters: Vec<Value> = endpoint.names().map(in_path).collect();
    parameters.extend(further.parameters().iter().map(in_query));
    let success = (further.status, further.title);
    let mut operation = json!({
        "operationId": format!("{}{suffix}", further.id),
        "summary": further.title,
        "description": further.more,
        "parameters": parameters,
        "responses": responses(success, further.answers, forms, &errors_of_further(further)),
    });
    if let Some(body) = further.body {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": body.reference() } },
        });
    }
    operation
}

fn in_path(name: &'static str) -> Value {
    let meaning = match name {
        "dataset" => "Data set name",
        "customer" => "Customer id",
        "chart" => "Chart name, from the list of charts",
        "table" => "Table name, from the list of tables",
        "segment" => "Segment name",
        "id" => "Id of a run started on this server",
        other => other,
    };
    json!({
        "name": name, "in": "path", "required": true, "description": meaning,
        "schema": { "type": "string", "minLength": 1 },
    })
}

fn in_query(parameter: &Parameter) -> Value {
    let schema = if parameter.repeats {
        json!({ "type": "array", "items": parameter.schema })
    } else {
        parameter.schema.clone()
    };
    // OpenAPI has no parameters with a variable name.
    let name = if parameter.name.ends_with('.') {
        format!("{}NAME", parameter.name)
    } else {
        parameter.name.clone()
    };
    json!({
        "name": name, "in": "query", "required": parameter.required, "description": parameter.meaning,
        // An empty form field counts as absent.
        "allowEmptyValue": !parameter.required, "schema": schema,
    })
}

fn responses(success: (u16, &str), answers: Answers, forms: &[Form], codes: &[(u16, &str)]) -> Value {
    let mut all = Map::new();
    let mut content = Map::new();
    for form in forms {
        let schema = match (form, answers) {
            (Form::Json, Answers::Json(body) | Answers::Csv(body) | Answers::Rows(body)) => body.reference(),
            (Form::Json, Answers::MaybeJson(body)) => {
                json!({ "anyOf": [body.reference(), { "type": "null" }] })
            }
            (Form::Json, Answers::File | Answers::Events | Answers::Document) => json!({ "type": "object" }),
            (Form::Csv | Form::Events, _) => json!({ "type": "string" }),
            (Form::Arrow, _) => json!({}),
        };
        content.insert(form.media_type().to_owned(), json!({ "schema": schema }));
    }
    let (status, description) = success;
    all.insert(status.to_string(), json!({ "description": description, "content": content }));
    for (status, _) in codes {
        let named: Vec<String> =
            codes.iter().filter(|(other, _)| other == status).map(|(_, code)| format!("`{code}`")).collect();
        all.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": named.join(", "),
                "content": { "application/json": { "schema": Body::of::<ErrorBody>().reference() } },
            })
        });
    }
    Value::Object(all)
}

/// Errors of every endpoint.
const ANY: [(u16, &str); 5] = [
    (400, "bad_request"),
    (403, "wrong_host"),
    (406, "not_acceptable"),
    (429, "too_many_requests"),
    (500, "internal"),
];
/// Errors of endpoints that need authentication.
const CLOSED: [(u16, &str); 2] = [(401, "sign_in_needed"), (401, "unknown_token")];
/// Errors of operations that change something.
const CHANGES: [(u16, &str); 5] = [
    (400, "unread"),
    (403, "other_site"),
    (403, "stale_form"),
    (413, "body_too_large"),
    (415, "unsupported_media_type"),
];

/// All errors of a GET.
pub(crate) fn errors_of_all(endpoint: &Endpoint) -> Vec<(u16, &'static str)> {
    let mut codes = endpoint.errors.to_vec();
    codes.extend(ANY);
    if !endpoint.is_public() {
        codes.extend(CLOSED);
    }
    codes.sort_unstable();
    codes
}

/// All errors of another operation.
pub(crate) fn errors_of_further(further: &Further) -> Vec<(u16, &'static str)> {
    let mut codes = further.errors.to_vec();
    codes.extend(ANY.into_iter().chain(CLOSED).chain(CHANGES));
    codes.sort_unstable();
    codes
}
