//! The customers chosen, as JSON by page or as CSV whole.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::csv;
use crate::customer::customer as find;
use crate::customers::{COLUMNS, List, PER_PAGE, list};
use crate::error::ServerError;
use crate::extract::{AsCsv, UrlPath, UrlQuery};
use crate::query::Query;
use crate::routes::Shared;
use crate::table::line;
use crate::view::View;

/// The customers chosen.
pub(crate) async fn customers(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
    AsCsv(as_csv): AsCsv,
) -> Result<Response, ServerError> {
    shared
        .look(dataset, &query, move |view, _| {
            let found = list(view, !as_csv)?;
            if as_csv {
                return Ok(csv(&format!("{}-customers", view.dataset()), file(view, &found)));
            }
            let customers: Vec<Value> = found.rows.iter().map(|row| object(view, &found, *row)).collect();
            Ok(Json(json!({
                "run_id": view.frame.summary.run_id,
                "customers_found": found.total,
                "page": view.query.shown.page + 1,
                "per_page": PER_PAGE,
                "customers": customers,
            }))
            .into_response())
        })
        .await
}

/// Everything the run says of one customer; money in minor units.
pub(crate) async fn customer(
    State(shared): State<Shared>,
    UrlPath((dataset, id)): UrlPath<(String, String)>,
    UrlQuery(query): UrlQuery,
) -> Result<Response, ServerError> {
    let query = Query::read(&query)?.with_shown(|shown| shown.customer = Some(id));
    shared.look_with(dataset, query, |view, _| Ok(Json(json!(find(view)?)).into_response())).await
}

fn object(view: &View, found: &List, row: usize) -> Value {
    let cells = COLUMNS.iter().map(|column| {
        let raw = (column.cell)(found, row).raw(&view.money);
        let value = if column.is_number {
            raw.parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
        } else {
            json!(raw)
        };
        (column.name.to_owned(), value)
    });
    Value::Object(cells.collect())
}

fn file(view: &View, found: &List) -> String {
    let mut out = String::new();
    line(&mut out, COLUMNS.iter().map(|column| column.name));
    for row in &found.rows {
        line(&mut out, COLUMNS.iter().map(|column| (column.cell)(found, *row).raw(&view.money)));
    }
    out
}
