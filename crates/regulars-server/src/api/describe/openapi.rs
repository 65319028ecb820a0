//! `/api/openapi.json`: the list of addresses as OpenAPI 3.1.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::schemas::{of_type, schemas};
use super::{Answers, ENDPOINTS, Endpoint, Parameter};
use crate::api::form::Form;

/// The document.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let mut paths = Map::new();
        for endpoint in ENDPOINTS {
            let mut operations = Map::new();
            operations.insert("get".to_owned(), read(endpoint, endpoint.answers.forms(), ""));
            if endpoint.posts {
                operations.insert("post".to_owned(), post(endpoint, endpoint.answers.forms(), ""));
            }
            paths.insert(endpoint.path.to_owned(), Value::Object(operations));
            for form in endpoint.endings() {
                let forms = &[*form];
                let mut operations = json!({ "get": read(endpoint, forms, form.name()) });
                if endpoint.posts {
                    operations["post"] = post(endpoint, forms, form.name());
                }
                paths.insert(endpoint.ending(*form), operations);
            }
        }
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Regulars",
                "version": env!("CARGO_PKG_VERSION"),
                "summary": "The numbers of the pages, for programs",
                "description": "Every answer is of a finished run, which never changes. Errors are JSON with a \
                    stable `code`. Money in fields ending in `_minor` is in minor units of the currency of the \
                    data set, elsewhere in whole units.",
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "paths": paths,
            "components": { "schemas": schemas() },
        })
    });
    &DOCUMENT
}

fn read(endpoint: &Endpoint, forms: &[Form], suffix: &str) -> Value {
    let mut parameters: Vec<Value> = endpoint.names().map(in_path).collect();
    parameters.extend(endpoint.parameters().iter().map(in_query));
    json!({
        "operationId": format!("{}{suffix}", endpoint.id),
        "summary": endpoint.title,
        "description": endpoint.more,
        "parameters": parameters,
        "responses": responses(endpoint, forms, &[]),
    })
}

fn post(endpoint: &Endpoint, forms: &[Form], suffix: &str) -> Value {
    let mut parameters: Vec<Value> = endpoint.names().map(in_path).collect();
    parameters.extend(super::parameters(super::Takes::Run).iter().map(in_query));
    json!({
        "operationId": format!("{}ByPost{suffix}", endpoint.id),
        "summary": endpoint.title,
        "description": endpoint.more,
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": of_type("QueryRequest") } },
        },
        "responses": responses(
            endpoint,
            forms,
            &[(413, "body_too_large"), (415, "unsupported_media_type")],
        ),
    })
}

fn in_path(name: &'static str) -> Value {
    let meaning = match name {
        "dataset" => "A data set",
        "customer" => "The id of a customer",
        "chart" => "A chart; its name is in the list of charts",
        "table" => "A table; its name is in the list of tables",
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
    // OpenAPI has no parameters with a part of the name left open.
    let name = if parameter.name.ends_with('.') {
        format!("{}NAME", parameter.name)
    } else {
        parameter.name.clone()
    };
    json!({
        "name": name, "in": "query", "required": parameter.required, "description": parameter.meaning,
        // A field of a form that was left empty is one that is not there.
        "allowEmptyValue": !parameter.required, "schema": schema,
    })
}

fn responses(endpoint: &Endpoint, forms: &[Form], further: &[(u16, &str)]) -> Value {
    let mut all = Map::new();
    let mut content = Map::new();
    for form in forms {
        let schema = match (form, endpoint.answers) {
            (Form::Json, Answers::Shape(name) | Answers::Csv(name) | Answers::Rows(name)) => of_type(name),
            (Form::Json, Answers::MaybeShape(name)) => of_type(&format!("{name}?")),
            (Form::Json, Answers::File | Answers::Document) => of_type("{}"),
            (Form::Csv, _) => of_type("s"),
            (Form::Arrow, _) => json!({}),
        };
        content.insert(form.media_type().to_owned(), json!({ "schema": schema }));
    }
    all.insert("200".to_owned(), json!({ "description": endpoint.title, "content": content }));
    if endpoint.path == "/health" {
        let schema = json!({ "application/json": { "schema": of_type("Health") } });
        all.insert("503".to_owned(), json!({ "description": "Runs cannot be listed", "content": schema }));
    }
    let mut codes: Vec<(u16, &str)> = errors_of_all(endpoint);
    codes.extend(further);
    codes.sort_unstable();
    for (status, _) in &codes {
        let named: Vec<String> =
            codes.iter().filter(|(other, _)| other == status).map(|(_, code)| format!("`{code}`")).collect();
        all.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": named.join(", "),
                "content": { "application/json": { "schema": of_type("Error") } },
            })
        });
    }
    Value::Object(all)
}

/// The errors of an address, with those that any has.
pub(crate) fn errors_of_all(endpoint: &Endpoint) -> Vec<(u16, &'static str)> {
    let mut codes = endpoint.errors.to_vec();
    codes.extend([(400, "bad_request"), (406, "not_acceptable"), (500, "internal")]);
    codes.sort_unstable();
    codes
}
