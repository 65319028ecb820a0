//! SQL queries: `GET ?q=` for links and files, `POST` for programs.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use regulars_analysis::rows::{QueryRequest, RowColumn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::deliver::{deliver, within};
use super::form::{Form, RequestedForm, sent};
use super::paging::{MAX_ROWS, number, pairs};
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::shared::{Shared, check_names};

/// Default number of rows in JSON and on the page.
pub(crate) const USUAL_ROWS: u64 = 1_000;
/// Longest query.
pub(crate) const SQL_BYTES: usize = 64 << 10;

#[derive(Debug, Default)]
struct Question {
    run: Option<String>,
    sql: String,
    limit: Option<u64>,
}

/// A query.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryBody {
    #[schemars(length(min = 1))]
    sql: String,
    /// Maximum number of rows.
    #[serde(default)]
    #[schemars(range(min = 1, max = MAX_ROWS))]
    limit: Option<u64>,
}

/// The result of a query.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct QueryResult {
    dataset: String,
    run_id: String,
    columns: Vec<RowColumn>,
    row_count: u64,
    limit: u64,
    /// Whether there are more rows than `limit`.
    cut: bool,
    seconds: f64,
    /// Objects with the columns of the query, decimals as numbers.
    rows: Vec<Map<String, Value>>,
}

pub(crate) async fn query_by_address(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
    RequestedForm(form): RequestedForm,
) -> Result<Response, ServerError> {
    let mut question = Question::default();
    for (key, value) in pairs(&query) {
        match key.as_str() {
            "q" => question.sql = value,
            "limit" => {
                question.limit =
                    number(&key, &value, 1, MAX_ROWS).map_err(|reason| ServerError::BadRequest { reason })?;
            }
            _ => question.run = (!value.is_empty()).then_some(value),
        }
    }
    answer(&shared, dataset, question, form).await
}

pub(crate) async fn query_by_body(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
    RequestedForm(form): RequestedForm,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ServerError> {
    let read: QueryBody = sent(
        &headers,
        &body,
        SQL_BYTES,
        "{\"sql\": QUERY}, optionally with `limit`, the maximum number of rows",
    )?;
    if let Some(limit) = read.limit.filter(|limit| !(1..=MAX_ROWS).contains(limit)) {
        let reason = format!("`limit` is `{limit}`, expected a whole number from 1 to {MAX_ROWS}");
        return Err(ServerError::BadRequest { reason });
    }
    let run = pairs(&query).into_iter().find(|(_, value)| !value.is_empty()).map(|(_, run)| run);
    answer(&shared, dataset, Question { run, sql: read.sql, limit: read.limit }, form).await
}

async fn answer(
    shared: &Shared,
    dataset: String,
    question: Question,
    form: Form,
) -> Result<Response, ServerError> {
    check_names(&dataset, question.run.as_deref())?;
    if question.sql.trim().is_empty() {
        let reason =
            "the query is missing; expected `q`, or `sql` in the body, for example SELECT * FROM rfm_scores";
        return Err(ServerError::BadRequest { reason: reason.to_owned() });
    }
    let limit = question.limit.unwrap_or(if form == Form::Json { USUAL_ROWS } else { MAX_ROWS });
    let request = QueryRequest { sql: question.sql, format: form.rows(), max_rows: limit };
    let place = shared.query_slot().await?;
    shared
        .call_backend_queued(move |backend| {
            let found = backend.computer.query(&dataset, question.run.as_deref(), &request)?;
            let pieces = if form == Form::Json {
                let head = QueryResult {
                    dataset: dataset.clone(),
                    run_id: found.run_id,
                    columns: found.columns,
                    row_count: found.rows,
                    limit,
                    cut: found.is_cut,
                    seconds: found.seconds,
                    rows: Vec::new(),
                };
                within(&json!(head), found.body)
            } else {
                found.body
            };
            let mut response = deliver(pieces, form, &format!("{dataset}-query"), place)?;
            let headers = response.headers_mut();
            headers.insert(HeaderName::from_static("x-row-count"), HeaderValue::from(found.rows));
            let is_cut = HeaderValue::from_static(if found.is_cut { "true" } else { "false" });
            headers.insert(HeaderName::from_static("x-rows-cut"), is_cut);
            Ok(response)
        })
        .await
}
