//! The API: the files of a run as JSON, unchanged, and the charts as the page draws them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::backend::{Backend, RunRow};
use crate::charts::{self, Figure};
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::routes::{Shared, check_names};

/// Which run is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct WhichRun {
    run: Option<String>,
}

/// The answer of `/api/v1/datasets`.
#[derive(Debug, Serialize)]
pub(crate) struct DatasetList {
    datasets: Vec<DatasetRow>,
}

#[derive(Debug, Serialize)]
struct DatasetRow {
    dataset: String,
    runs: Vec<RunRow>,
}

pub(crate) async fn datasets(State(shared): State<Shared>) -> Result<Json<DatasetList>, ServerError> {
    let datasets = shared
        .ask(|backend| {
            let row = |dataset: String| Ok(DatasetRow { runs: backend.runs(&dataset)?, dataset });
            backend.datasets()?.into_iter().map(row).collect()
        })
        .await?;
    Ok(Json(DatasetList { datasets }))
}

pub(crate) async fn summary(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(which): UrlQuery<WhichRun>,
) -> Result<Json<RunSummary>, ServerError> {
    check_names(&dataset, which.run.as_deref())?;
    Ok(Json(shared.ask(move |backend| backend.summary(&dataset, which.run.as_deref())).await?))
}

pub(crate) async fn validation(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(which): UrlQuery<WhichRun>,
) -> Result<Json<ValidationReport>, ServerError> {
    check_names(&dataset, which.run.as_deref())?;
    Ok(Json(shared.ask(move |backend| backend.validation(&dataset, which.run.as_deref())).await?))
}

pub(crate) async fn manifest(
    State(shared): State<Shared>,
    UrlPath(dataset): UrlPath<String>,
    UrlQuery(which): UrlQuery<WhichRun>,
) -> Result<Json<RunManifest>, ServerError> {
    check_names(&dataset, which.run.as_deref())?;
    Ok(Json(shared.ask(move |backend| backend.manifest(&dataset, which.run.as_deref())).await?))
}

pub(crate) async fn chart(
    State(shared): State<Shared>,
    UrlPath((dataset, chart)): UrlPath<(String, String)>,
    UrlQuery(which): UrlQuery<WhichRun>,
) -> Result<Json<Figure>, ServerError> {
    check_names(&dataset, which.run.as_deref())?;
    let summary = shared.ask(move |backend| backend.summary(&dataset, which.run.as_deref())).await?;
    match charts::by_name(&chart, &summary) {
        Some(figure) => Ok(Json(figure)),
        None => Err(ServerError::UnknownChart { chart }),
    }
}

/// For supervisors: 200 while runs can be listed, 503 when they cannot.
pub(crate) async fn health(State(shared): State<Shared>) -> Response {
    let version = env!("CARGO_PKG_VERSION");
    match shared.ask(<dyn Backend>::datasets).await {
        Ok(datasets) => {
            Json(json!({ "status": "ok", "version": version, "datasets": datasets.len() })).into_response()
        }
        Err(error) => {
            error.log();
            let body = json!({ "status": "error", "version": version, "message": error.to_string() });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}
