//! The tables of a run: their list, and their rows by page or as files.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use regulars_analysis::backend::Backend;
use regulars_analysis::error::BackendError;
use regulars_analysis::rows::{ResultTable, RowColumn, RowRange};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::deliver::{deliver, within};
use super::form::{Form, RequestedForm};
use super::paging;
use super::sql::USUAL_ROWS;
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::shared::{Shared, check_names};

/// The tables of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TableList {
    dataset: String,
    run_id: String,
    tables: Vec<ResultTable>,
}

/// Rows of a table.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TableRows {
    dataset: String,
    run_id: String,
    table: String,
    /// Rows of the table.
    total: u64,
    /// Rows before these.
    offset: u64,
    limit: Option<u64>,
    columns: Vec<RowColumn>,
    /// Objects with the requested columns, decimals as numbers; the schema of all columns is `tables.NAME`.
    rows: Vec<Map<String, Value>>,
}

/// The name of the requested run.
fn run_id(backend: &Backend, dataset: &str, run: Option<&str>) -> Result<String, BackendError> {
    Ok(backend.reader.manifest(dataset, run)?.run_id)
}

pub(crate) async fn tables(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Json<TableList>, ServerError> {
    let run = paging::pairs(&query).pop().map(|(_, run)| run).filter(|run| !run.is_empty());
    check_names(&dataset, run.as_deref())?;
    let found = shared
        .call_backend(move |backend| {
            let run_id = run_id(backend, &dataset, run.as_deref())?;
            let tables = backend.reader.tables(&dataset, &run_id, None)?;
            Ok(TableList { dataset, run_id, tables })
        })
        .await?;
    Ok(Json(found))
}

pub(crate) async fn table(
    State(shared): State<Shared>,
    UrlPath((dataset, table)): UrlPath<(String, String)>,
    UrlQuery(query): UrlQuery,
    uri: Uri,
    RequestedForm(form): RequestedForm,
) -> Result<Response, ServerError> {
    let mut given = paging::pairs(&query);
    let paging = paging::take(&mut given)?;
    let value = |wanted: &str| {
        given.iter().find(|(key, value)| key == wanted && !value.is_empty()).map(|(_, value)| value.clone())
    };
    let (run, columns) = (value("run"), value("columns"));
    check_names(&dataset, run.as_deref())?;
    let name = match form {
        Form::Json => &table,
        file => table.strip_suffix(&format!(".{}", file.extension())).unwrap_or(&table),
    }
    .to_owned();
    shared
        .call_backend_queued(move |backend| {
            let run_id = run_id(backend, &dataset, run.as_deref())?;
            let mut found = backend.reader.tables(&dataset, &run_id, Some(&name))?;
            let Some(mut table) = found.pop() else {
                let tables = backend.reader.tables(&dataset, &run_id, None)?;
                let tables = tables.into_iter().map(|table| table.name).collect();
                return Err(ServerError::UnknownTable { table: name, tables });
            };
            let mut range = RowRange {
                columns: Vec::new(),
                offset: paging.offset.unwrap_or(0).min(table.rows),
                limit: paging.limit.or((form == Form::Json).then_some(USUAL_ROWS)),
            };
            if let Some(columns) = columns {
                range.columns = columns.split(',').map(|name| name.trim().to_owned()).collect();
                let mut chosen = Vec::with_capacity(range.columns.len());
                for (at, name) in range.columns.iter().enumerate() {
                    if range.columns[..at].contains(name) {
                        let reason = format!("`columns` names `{name}` twice");
                        return Err(ServerError::BadRequest { reason });
                    }
                    let known = table.columns.iter().find(|column| column.name == *name);
                    chosen.push(known.cloned().ok_or_else(|| {
                        let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
                        let reason = format!(
                            "unknown column `{name}` in `columns`; the columns of `{}` are {}",
                            table.name,
                            names.join(", ")
                        );
                        ServerError::BadRequest { reason }
                    })?);
                }
                table.columns = chosen;
            }
            let rows = range.limit.unwrap_or(u64::MAX).min(table.rows - range.offset);
            let pieces = backend.reader.rows(&dataset, &run_id, &table.name, &range, form.rows())?;
            let pieces = if form == Form::Json {
                let head = TableRows {
                    dataset: dataset.clone(),
                    run_id: run_id.clone(),
                    table: table.name.clone(),
                    total: table.rows,
                    offset: range.offset,
                    limit: range.limit,
                    columns: table.columns,
                    rows: Vec::new(),
                };
                within(&json!(head), pieces)
            } else {
                pieces
            };
            let mut response = deliver(pieces, form, &format!("{dataset}-{}", table.name), ())?;
            paging::say(&mut response, uri.path(), &query, &run_id, (range.offset, rows), table.rows);
            Ok(response)
        })
        .await
}
