//! The API: files of a run as JSON, unchanged; measures, charts and customers as on the pages; tables and
//! queries. `endpoints` lists them; the OpenAPI document derives from that list and from the types that are sent.

pub(crate) mod body;
pub(crate) mod check;
mod customers;
mod deliver;
pub(crate) mod endpoint;
pub(crate) mod endpoints;
pub(crate) mod form;
mod marketing;
pub(crate) mod openapi;
pub(crate) mod paging;
pub(crate) mod parameters;
pub(crate) mod schemas;
pub(crate) mod sql;
mod tables;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use regulars_analysis::backend::RunRow;
use regulars_analysis::measures::{MEASURES, Measure, Unit};
use regulars_analysis::table::{Cell, TableOf, line};
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use customers::{CustomerList, customer, customers};
pub(crate) use marketing::{ContactPlan, actions, contacts, list};
pub(crate) use sql::{QueryBody, QueryResult, query_by_address, query_by_body};
pub(crate) use tables::{TableList, TableRows, table, tables};

use self::deliver::csv;
use self::form::{Form, RequestedForm};
use crate::charts as drawn;
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::guard::ProcessFigures;
use crate::query::Query;
use crate::shared::{Shared, check_names};
use crate::view::View;

/// The data sets with a finished run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DatasetList {
    datasets: Vec<DatasetRow>,
}

/// A data set and its finished runs, newest first.
#[derive(Debug, Serialize, JsonSchema)]
struct DatasetRow {
    dataset: String,
    runs: Vec<RunRow>,
}

/// The current run, used where no run is given.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Current {
    run_id: String,
    /// Start time, RFC 3339, UTC.
    started_at: String,
}

/// All measures of the selected customers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MeasureList {
    dataset: String,
    run_id: String,
    currency: Option<String>,
    /// Selected customers.
    customers: usize,
    measures: Vec<MeasureValue>,
}

/// One measure; money in major units.
#[derive(Debug, Serialize, JsonSchema)]
struct MeasureValue {
    id: &'static str,
    label: &'static str,
    definition: &'static str,
    unit: &'static str,
    value: Option<f64>,
    period: Option<MeasurePeriods>,
}

/// The measure in the last period, the previous period, and the same days of the previous year.
#[derive(Debug, Serialize, JsonSchema)]
struct MeasurePeriods {
    days: u32,
    current: Option<f64>,
    previous: Option<f64>,
    year_before: Option<f64>,
}

/// The available charts.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChartList {
    charts: Vec<String>,
}

/// Whether runs can be listed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Health {
    /// `ok` or `error`.
    status: &'static str,
    version: &'static str,
    /// Data sets with a finished run.
    #[serde(skip_serializing_if = "Option::is_none")]
    datasets: Option<usize>,
    /// Why runs cannot be listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

pub(crate) async fn datasets(State(shared): State<Shared>) -> Result<Json<DatasetList>, ServerError> {
    let datasets = shared
        .call_backend(|backend| {
            let row = |dataset: String| Ok(DatasetRow { runs: backend.reader.runs(&dataset)?, dataset });
            backend.reader.datasets()?.into_iter().map(row).collect()
        })
        .await?;
    Ok(Json(DatasetList { datasets }))
}

/// The current run: a cheap request, made by open pages when they regain focus.
pub(crate) async fn current(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
) -> Result<Json<Current>, ServerError> {
    check_names(&dataset, None)?;
    let manifest = shared.call_backend(move |backend| backend.reader.manifest(&dataset, None)).await?;
    Ok(Json(Current { run_id: manifest.run_id, started_at: manifest.started_at }))
}

/// A file of a run; filters do not apply.
fn run_of(dataset: &str, query: &str) -> Result<Option<String>, ServerError> {
    let query = Query::read(query)?;
    check_names(dataset, query.run.as_deref())?;
    if !query.filter.is_empty() {
        let reason = "filters do not apply: a file of a run covers all its customers; only `run` is allowed"
            .to_owned();
        return Err(ServerError::BadRequest { reason });
    }
    Ok(query.run)
}

pub(crate) async fn summary(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Json<RunSummary>, ServerError> {
    let run = run_of(&dataset, &query)?;
    Ok(Json(shared.call_backend(move |backend| backend.reader.summary(&dataset, run.as_deref())).await?))
}

pub(crate) async fn validation(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Json<ValidationReport>, ServerError> {
    let run = run_of(&dataset, &query)?;
    Ok(Json(shared.call_backend(move |backend| backend.reader.validation(&dataset, run.as_deref())).await?))
}

pub(crate) async fn manifest(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Json<RunManifest>, ServerError> {
    let run = run_of(&dataset, &query)?;
    Ok(Json(shared.call_backend(move |backend| backend.reader.manifest(&dataset, run.as_deref())).await?))
}

/// A measure as JSON; money in major units.
fn measured(view: &View, measure: &Measure) -> MeasureValue {
    let number = |value: Option<f64>| {
        let value =
            if measure.unit == Unit::Money { value.map(|minor| view.money.units_of(minor)) } else { value };
        value.filter(|value| value.is_finite())
    };
    let period =
        view.figures.summary.periods.as_ref().zip(measure.in_period).map(|(periods, of)| MeasurePeriods {
            days: periods.days,
            current: number(of(&periods.current)),
            previous: number(of(&periods.previous)),
            year_before: number(periods.year_before.as_ref().and_then(of)),
        });
    MeasureValue {
        id: measure.id,
        label: measure.label,
        definition: measure.definition,
        unit: measure.unit.name(),
        value: number((measure.of)(&view.figures)),
        period,
    }
}

/// All measures of the selected customers.
pub(crate) async fn measures(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
    RequestedForm(form): RequestedForm,
) -> Result<Response, ServerError> {
    shared
        .with_view(dataset, &query, move |view, _| {
            if form == Form::Csv {
                let value = |measure: &Measure| {
                    let value = (measure.of)(&view.figures).unwrap_or(f64::NAN);
                    if measure.unit == Unit::Money { Cell::Money(value) } else { Cell::Number(value) }
                };
                let table = TableOf::new(MEASURES)
                    .text("measure", "", |measure| measure.id)
                    .cells("value", "", value)
                    .text("unit", "", |measure| measure.unit.name())
                    .text("definition", "", |measure| measure.definition)
                    .done();
                return Ok(csv(&format!("{}-measures", view.dataset()), table.csv(&view.money)));
            }
            let summary = &view.frame.summary;
            Ok(Json(MeasureList {
                dataset: view.dataset().to_owned(),
                run_id: summary.run_id.clone(),
                currency: summary.currency.clone(),
                customers: view.chosen.len(),
                measures: MEASURES.iter().map(|measure| measured(view, measure)).collect(),
            })
            .into_response())
        })
        .await
}

/// The charts that the run has data for.
pub(crate) async fn charts(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Json<ChartList>, ServerError> {
    shared
        .with_view(dataset, &query, |view, _| {
            let mut names: Vec<String> = drawn::CHARTS.iter().map(|chart| chart.name.to_owned()).collect();
            let attributes = view.frame.attribute_names()?;
            names.extend(attributes.iter().map(|name| drawn::shares_of_attribute(name)));
            Ok(Json(ChartList { charts: names }))
        })
        .await
}

/// One chart as on the page, or the table behind it.
pub(crate) async fn chart(
    State(shared): State<Shared>,
    UrlPath((dataset, name)): UrlPath<(String, String)>,
    UrlQuery(query): UrlQuery,
    RequestedForm(form): RequestedForm,
    headers: HeaderMap,
) -> Result<Response, ServerError> {
    let name = name.strip_suffix(".csv").unwrap_or(&name).to_owned();
    check_names(&dataset, None)?;
    if let Some((_, renamed)) = drawn::RENAMED.iter().find(|(old, _)| *old == name) {
        let ending = if form == Form::Csv { ".csv" } else { "" };
        let question = if query.is_empty() { "" } else { "?" };
        let to = format!("/api/v1/d/{dataset}/charts/{renamed}{ending}{question}{query}");
        return Ok(Redirect::permanent(&to).into_response());
    }
    shared
        .cached_response(
            dataset,
            Query::read(&query)?,
            headers,
            move |_, query, _| Ok((query.address(&format!("answer {} {name}", form.extension())), name)),
            move |view, _, name| drawn_as(view, &name, form),
        )
        .await
}

fn drawn_as(view: &View, name: &str, form: Form) -> Result<Response, ServerError> {
    let unknown = || ServerError::UnknownChart { chart: name.to_owned() };
    let missing = || ServerError::NotInRun { what: name.to_owned() };
    if form == Form::Csv {
        let table = drawn::table(name, view).map_err(|e| e.map_or_else(unknown, ServerError::from))?;
        let table = table.ok_or_else(missing)?;
        return Ok(csv(&format!("{}-{name}", view.dataset()), table.csv(&view.money)));
    }
    let found = drawn::chart(name, view).map_err(|e| e.map_or_else(unknown, ServerError::from))?;
    let json = found.ok_or_else(missing)?.json();
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// Every selected customer, then and now.
pub(crate) async fn movements(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Response, ServerError> {
    shared
        .with_view(dataset, &query, |view, _| {
            let file = drawn::movements_file(view)?;
            let file = file.ok_or_else(|| ServerError::NotInRun { what: "movements".to_owned() })?;
            Ok(csv(&format!("{}-movements", view.dataset()), file))
        })
        .await
}

/// Rejected rows.
pub(crate) async fn rejected(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(query): UrlQuery,
) -> Result<Response, ServerError> {
    shared
        .with_view(dataset, &query, |view, backend| {
            let (dataset, run) = (view.dataset(), &view.frame.summary.run_id);
            let shape = backend.reader.table(dataset, run, "rejected")?;
            let shape = shape.ok_or_else(|| ServerError::NotInRun { what: "rejected".to_owned() })?;
            let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
            let columns = backend.reader.columns(dataset, run, "rejected", &names)?;
            let mut out = String::new();
            line(&mut out, names.iter());
            for row in 0..shape.rows {
                line(&mut out, columns.iter().map(|column| column.display(row)));
            }
            Ok(csv(&format!("{dataset}-rejected"), out))
        })
        .await
}

/// Memory and CPU time of the server.
pub(crate) async fn process(
    State(shared): State<Shared>,
) -> Result<Json<Option<ProcessFigures>>, ServerError> {
    let environment = shared.guard.environment();
    Ok(Json(tokio::task::spawn_blocking(move || environment.process()).await?))
}

/// Health check: 200 if runs can be listed, 503 otherwise.
pub(crate) async fn health(State(shared): State<Shared>) -> Response {
    let version = env!("CARGO_PKG_VERSION");
    match shared.call_backend(|backend| backend.reader.datasets()).await {
        Ok(datasets) => {
            let datasets = Some(datasets.len());
            Json(Health { status: "ok", version, datasets, message: None }).into_response()
        }
        Err(error) => {
            error.log();
            let body = Health { status: "error", version, datasets: None, message: Some(error.to_string()) };
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}
