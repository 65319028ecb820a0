//! The selected customers, as JSON by page, or all as CSV or Arrow.

use std::borrow::Cow;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Response};
use regulars_analysis::columns::{Column, NO_CODE, NO_INTEGER, TextColumn};
use regulars_analysis::customers::{COLUMNS, List, ListColumn, PER_PAGE, list};
use regulars_analysis::row_writer::arrow_stream;
use regulars_analysis::table::{Cell, line};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::deliver::{csv, disposition};
use super::form::{Form, RequestedForm};
use super::paging;
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::query::Query;
use crate::shared::Shared;
use crate::view::View;

/// A page of customers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CustomerList {
    run_id: String,
    /// Selected customers.
    customers_found: u64,
    /// Customers before this page.
    offset: usize,
    /// The page, from 1.
    page: usize,
    per_page: usize,
    customers: Vec<ListedCustomer>,
}

/// One row of the list.
#[derive(Debug, Serialize)]
struct ListedCustomer(Map<String, Value>);

impl JsonSchema for ListedCustomer {
    fn schema_name() -> Cow<'static, str> {
        "ListedCustomer".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let property = |column: &ListColumn| {
            let of = if column.is_number { json!(["number", "null"]) } else { json!("string") };
            (column.name.to_owned(), json!({ "type": of, "description": column.title }))
        };
        json_schema!({
            "type": "object",
            "description": "A customer; money in major units, null if the run has no value",
            "properties": COLUMNS.iter().map(property).collect::<Map<_, _>>(),
            "required": COLUMNS.iter().map(|column| column.name).collect::<Vec<_>>(),
        })
    }
}

/// The selected customers.
pub(crate) async fn customers(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
    uri: Uri,
    headers: HeaderMap,
    RequestedForm(form): RequestedForm,
) -> Result<Response, ServerError> {
    let mut pairs = paging::pairs(&query);
    let paged = pairs.iter().any(|(key, value)| key == "page" && !value.is_empty());
    let paging = paging::take(&mut pairs)?;
    let list_query = Query::read(&paging::address(&pairs))?;
    let listed = Listed { form, paged, paging, path: uri.path().to_owned(), query };
    // Files may be large and are rarely requested twice: not cached.
    if form != Form::Json {
        return shared.with_view_of(dataset, list_query, move |view, _| listed.answer(view)).await;
    }
    let what = format!("answer json {uri}");
    shared
        .cached_response(
            dataset,
            list_query,
            headers,
            move |_, _, _| Ok((what, listed)),
            |view, _, listed| listed.answer(view),
        )
        .await
}

/// A list of customers as requested.
struct Listed {
    form: Form,
    paged: bool,
    paging: paging::Paging,
    path: String,
    query: String,
}

impl Listed {
    fn answer(&self, view: &View) -> Result<Response, ServerError> {
        let Self { form, paged, paging, .. } = *self;
        let is_whole = form != Form::Json && !paged && paging == paging::Paging::default();
        let limit = paging
            .limit
            .map_or(if paged || form == Form::Json { PER_PAGE } else { usize::MAX }, |n| n as usize);
        let before = paging.offset.unwrap_or(0) as usize;
        let from = before.saturating_add(view.query.shown.page.saturating_mul(limit));
        let found = list(view, view.query.list_order(), (!is_whole).then_some((from, limit)))?;
        let total = found.total as u64;
        let shown = (from as u64, found.rows.len() as u64);
        let name = format!("{}-customers", view.dataset());
        let mut response = match form {
            Form::Csv => csv(&name, file(view, &found)),
            Form::Arrow => {
                let bytes = arrow_stream(columns(view, &found))?;
                let head = [
                    (header::CONTENT_TYPE, form.content_type()),
                    (header::CONTENT_DISPOSITION, disposition(&name, form)),
                ];
                (head, bytes).into_response()
            }
            Form::Json | Form::Events => Json(CustomerList {
                run_id: view.frame.summary.run_id.clone(),
                customers_found: total,
                offset: from,
                page: from / limit + 1,
                per_page: limit,
                customers: found.rows.iter().map(|row| object(view, &found, *row)).collect(),
            })
            .into_response(),
        };
        paging::say(&mut response, &self.path, &self.query, &view.frame.summary.run_id, shown, total);
        Ok(response)
    }
}

/// All results for one customer; money in minor units.
pub(crate) async fn customer(
    State(shared): State<Shared>,
    UrlPath((dataset, id)): UrlPath<(String, String)>,
    UrlQuery(query): UrlQuery,
) -> Result<Response, ServerError> {
    let query = Query::read(&query)?.with_shown(|shown| shown.customer = Some(id));
    shared
        .with_view_of(dataset, query, |view, _| Ok(Json(json!(view.named_customer()?)).into_response()))
        .await
}

fn object(view: &View, found: &List, row: usize) -> ListedCustomer {
    let cells = COLUMNS.iter().map(|column| {
        let raw = (column.cell)(found, row).raw(&view.money);
        let value = if column.is_number {
            raw.parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
        } else {
            json!(raw)
        };
        (column.name.to_owned(), value)
    });
    ListedCustomer(cells.collect())
}

fn file(view: &View, found: &List) -> String {
    let mut out = String::new();
    line(&mut out, COLUMNS.iter().map(|column| column.name));
    for row in &found.rows {
        line(&mut out, COLUMNS.iter().map(|column| (column.cell)(found, *row).raw(&view.money)));
    }
    out
}

/// The money columns: their type must not depend on whether a customer was found.
const MONEY: [&str; 4] = ["monetary", "predicted_ltv", "predicted_low", "predicted_high"];

/// The list as columns; money with its decimals.
fn columns(view: &View, found: &List) -> Vec<(&'static str, Column, Option<u8>)> {
    let decimals = view.frame.summary.money_decimals;
    COLUMNS
        .iter()
        .map(|column| {
            let cells = found.rows.iter().map(|row| (column.cell)(found, *row));
            let is_money = MONEY.contains(&column.name);
            debug_assert!(
                found
                    .rows
                    .first()
                    .is_none_or(|row| { matches!((column.cell)(found, *row), Cell::Money(_)) == is_money })
            );
            let is_share = column.name == "p_alive";
            let values = if !column.is_number {
                Column::Text(text(cells))
            } else if is_share {
                Column::Numbers(cells.map(|cell| cell.number()).collect())
            } else {
                let whole = |value: f64| if value.is_finite() { value as i64 } else { NO_INTEGER };
                Column::Integers(cells.map(|cell| whole(cell.number())).collect())
            };
            (column.name, values, is_money.then_some(decimals))
        })
        .collect()
}

fn text(cells: impl Iterator<Item = Cell>) -> TextColumn {
    let mut places = std::collections::HashMap::new();
    let mut text = TextColumn::default();
    for cell in cells {
        let Cell::Text(value) = cell else {
            text.codes.push(NO_CODE);
            continue;
        };
        let next = text.values.len() as u32;
        let code = *places.entry(value.clone()).or_insert(next);
        if code == next {
            text.values.push(value);
        }
        text.codes.push(code);
    }
    text
}
