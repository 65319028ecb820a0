//! The API reference: `/api/docs`, generated from the same list as the router.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regulars_analysis::format::sentence;

use super::problem::or_problem;
use super::shell::{Shell, render};
use crate::api::body::Body;
use crate::api::endpoint::{Endpoint, Further};
use crate::api::endpoints::ENDPOINTS;
use crate::api::form::Form;
use crate::api::openapi::{errors_of_all, errors_of_further};
use crate::api::paging::MAX_ROWS;
use crate::api::parameters::Parameter;
use crate::api::schemas::{ShownSchema, shown_schemas};
use crate::assets;
use crate::extract::UrlQuery;
use crate::query::Query;
use crate::shared::Shared;

/// The default address of `regulars serve`.
const HERE: &str = "http://127.0.0.1:8080";

#[derive(Debug)]
struct ShownParameter {
    name: String,
    meaning: String,
    values: String,
}

/// A method other than GET.
#[derive(Debug)]
struct ShownFurther {
    id: &'static str,
    verb: String,
    title: &'static str,
    more: String,
    body: Option<String>,
    schema: Option<String>,
    status: u16,
    curl: String,
    parameters: Vec<ShownParameter>,
    codes: Vec<(u16, &'static str)>,
}

#[derive(Debug)]
struct ShownEndpoint {
    id: &'static str,
    path: &'static str,
    title: &'static str,
    more: String,
    parameters: Vec<ShownParameter>,
    forms: String,
    schema: Option<String>,
    curl: String,
    /// Absent if the example needs data that may not exist, such as a customer.
    try_it: Option<String>,
    codes: Vec<(u16, &'static str)>,
    further: Option<ShownFurther>,
}

/// The API reference page.
#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    shell: Shell,
    urls: &'static assets::AssetUrls,
    endpoints: Vec<ShownEndpoint>,
    schemas: Vec<ShownSchema>,
}

pub(crate) async fn docs(State(shared): State<Shared>, UrlQuery(query): UrlQuery) -> Response {
    let answer = async {
        let theme = Query::read(&query)?.theme;
        let datasets = shared.call_backend(|backend| backend.reader.datasets()).await?;
        let dataset = datasets.first().map_or("synthetic", String::as_str);
        let page = DocsPage {
            endpoints: ENDPOINTS.iter().map(|endpoint| shown(endpoint, dataset)).collect(),
            schemas: shown_schemas(),
            urls: assets::urls(),
            shell: Shell { theme, ..Shell::plain("API", &datasets) },
        };
        render(&page)
    };
    or_problem(&shared, answer.await).await
}

/// A parameter as the page shows it.
fn parameter(parameter: Parameter) -> ShownParameter {
    let Parameter { name, meaning, schema, repeats, .. } = parameter;
    ShownParameter {
        values: values(&schema),
        meaning: if repeats { format!("{meaning}; repeatable") } else { meaning },
        name: if name.ends_with('.') { format!("{name}NAME") } else { name },
    }
}

fn text(more: &str) -> String {
    if more.is_empty() { String::new() } else { sentence(more) }
}

fn shown(endpoint: &'static Endpoint, dataset: &str) -> ShownEndpoint {
    let address = endpoint.example_address().replacen("/d/synthetic", &format!("/d/{dataset}"), 1);
    let form = |form: &Form| {
        if endpoint.endings().contains(form) {
            format!("{} ({}.{})", form.media_type(), endpoint.path, form.extension())
        } else {
            form.media_type().to_owned()
        }
    };
    let is_there =
        !endpoint.is_of_jobs() && !endpoint.names().any(|name| matches!(name, "customer" | "segment"));
    ShownEndpoint {
        id: endpoint.id,
        path: endpoint.path,
        title: endpoint.title,
        more: text(endpoint.more),
        parameters: endpoint.parameters().into_iter().map(parameter).collect(),
        forms: endpoint.answers.forms().iter().map(form).collect::<Vec<_>>().join(", "),
        schema: endpoint.answers.body().map(Body::name),
        curl: format!("curl '{HERE}{address}'"),
        codes: errors_of_all(endpoint),
        further: endpoint.further.map(|further| shown_further(further, &address, dataset)),
        try_it: is_there.then_some(address),
    }
}

fn shown_further(further: &'static Further, address: &str, dataset: &str) -> ShownFurther {
    let path = address.split_once('?').map_or(address, |(path, _)| path);
    let body = further.example.replace("synthetic", dataset);
    ShownFurther {
        id: further.id,
        verb: further.method.to_string(),
        title: further.title,
        more: text(further.more),
        body: further.body.map(Body::name),
        schema: further.answers.body().map(Body::name),
        status: further.status,
        curl: if further.body.is_some() {
            format!("curl -H 'Content-Type: application/json' -d '{body}' '{HERE}{path}'")
        } else {
            format!("curl -X {} '{HERE}{path}'", further.method)
        },
        parameters: further.parameters().into_iter().map(parameter).collect(),
        codes: errors_of_further(further),
    }
}

/// The values of a parameter in words, without bounds that are irrelevant in practice.
fn values(schema: &serde_json::Value) -> String {
    if let Some(names) = schema["enum"].as_array() {
        return names.iter().filter_map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    }
    let limit = |key: &str, word: &str| {
        schema[key].as_u64().filter(|n| *n <= MAX_ROWS).map(|n| format!(" {word} {n}"))
    };
    match schema["type"].as_str() {
        Some("integer") => format!(
            "integer{}{}",
            limit("minimum", "from").unwrap_or_default(),
            limit("maximum", "to").unwrap_or_default()
        ),
        _ => match schema["examples"][0].as_str() {
            Some(example) => format!("e.g. {example}"),
            None => "text".to_owned(),
        },
    }
}
