//! The API described for people: `/api/docs`, made from the same list as the router.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::problem::sentence;
use super::shell::Shell;
use super::{problem, render};
use crate::api::describe::{ENDPOINTS, Endpoint, MAX_ROWS, Shape, errors_of_all, shapes};
use crate::api::form::Form;
use crate::assets;
use crate::backend::Backend;
use crate::extract::UrlQuery;
use crate::query::Query;
use crate::routes::Shared;

#[derive(Debug)]
struct ShownParameter {
    name: String,
    meaning: String,
    values: String,
}

#[derive(Debug)]
struct ShownEndpoint {
    id: &'static str,
    path: &'static str,
    verbs: &'static str,
    title: &'static str,
    more: String,
    parameters: Vec<ShownParameter>,
    forms: String,
    shape: Option<&'static str>,
    curl: String,
    /// Absent where the example names a customer, whom other data have not.
    try_it: Option<String>,
    codes: Vec<(u16, &'static str)>,
}

/// The page about the API.
#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    shell: Shell,
    urls: &'static assets::AssetUrls,
    endpoints: Vec<ShownEndpoint>,
    shapes: Vec<Shape>,
}

pub(crate) async fn docs(State(shared): State<Shared>, UrlQuery(query): UrlQuery) -> Response {
    let answer = async {
        let theme = Query::read(&query)?.theme;
        let datasets = shared.ask(<dyn Backend>::datasets).await?;
        let dataset = datasets.first().map_or("synthetic", String::as_str);
        let page = DocsPage {
            endpoints: ENDPOINTS.iter().map(|endpoint| shown(endpoint, dataset)).collect(),
            shapes: shapes(),
            urls: assets::urls(),
            shell: Shell { theme, ..Shell::plain("API", &datasets) },
        };
        render(&page)
    };
    match answer.await {
        Ok(response) => response,
        Err(error) => problem(&shared, error).await,
    }
}

fn shown(endpoint: &'static Endpoint, dataset: &str) -> ShownEndpoint {
    let parameter = |p: crate::api::describe::Parameter| ShownParameter {
        values: values(&p.schema),
        meaning: if p.repeats { format!("{}; may be given again", p.meaning) } else { p.meaning.clone() },
        name: if p.name.ends_with('.') { format!("{}NAME", p.name) } else { p.name },
    };
    let address = endpoint.example_address().replacen("/d/synthetic", &format!("/d/{dataset}"), 1);
    let form = |form: &Form| {
        if endpoint.endings().contains(form) {
            format!("{} ({}.{})", form.media_type(), endpoint.path, form.extension())
        } else {
            form.media_type().to_owned()
        }
    };
    ShownEndpoint {
        id: endpoint.id,
        path: endpoint.path,
        verbs: if endpoint.posts { "GET, POST" } else { "GET" },
        title: endpoint.title,
        more: if endpoint.more.is_empty() { String::new() } else { sentence(endpoint.more) },
        parameters: endpoint.parameters().into_iter().map(parameter).collect(),
        forms: endpoint.answers.forms().iter().map(form).collect::<Vec<_>>().join(", "),
        shape: endpoint.answers.shape(),
        curl: format!("curl 'http://127.0.0.1:8080{address}'"),
        try_it: (!endpoint.names().any(|name| name == "customer")).then_some(address),
        codes: errors_of_all(endpoint),
    }
}

/// The values of a parameter, in words; ends that nobody reaches are left out.
fn values(schema: &serde_json::Value) -> String {
    if let Some(names) = schema["enum"].as_array() {
        return names.iter().filter_map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    }
    let limit = |key: &str, word: &str| {
        schema[key].as_u64().filter(|n| *n <= MAX_ROWS).map(|n| format!(" {word} {n}"))
    };
    match schema["type"].as_str() {
        Some("integer") => format!(
            "whole number{}{}",
            limit("minimum", "from").unwrap_or_default(),
            limit("maximum", "to").unwrap_or_default()
        ),
        _ if schema.get("pattern").is_some() => "month, such as 2024-05".to_owned(),
        _ => "text".to_owned(),
    }
}
