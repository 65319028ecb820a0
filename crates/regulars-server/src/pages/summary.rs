//! The executive summary of a run: `/d/{dataset}`.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;

use super::checks::{self, Checks};
use super::clusters::{self, ClusterCard};
use super::cuts::{self, CutTable};
use super::findings::{self, Finding};
use super::kpis::{self, Kpi};
use super::provenance::{self, Provenance};
use super::render;
use super::segments::{self, MonthRow, SegmentRow, TopRow};
use super::shell::{PageQuery, Shell};
use super::value::{self, ValueCard};
use crate::backend::{Backend, BackendError, RunRow};
use crate::charts;
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::format;
use crate::routes::{Shared, check_names};

/// The executive summary of a run.
#[derive(Template)]
#[template(path = "summary.html")]
struct SummaryPage {
    shell: Shell,
    span: String,
    kpis: Vec<Kpi>,
    comparison_note: Option<String>,
    findings: Vec<Finding>,
    segment_title: String,
    segment_figure: String,
    segments: Vec<SegmentRow>,
    clusters: Option<ClusterCard>,
    value: Option<ValueCard>,
    revenue_title: String,
    revenue_figure: String,
    months: Vec<MonthRow>,
    scoring: String,
    cuts: Vec<CutTable>,
    top_customers: Vec<TopRow>,
    checks: Checks,
    provenance: Provenance,
    api: ApiUrls,
}

/// Where the same numbers are to be had as JSON; the run is named, so that they stay the same.
struct ApiUrls {
    summary: String,
    validation: String,
    manifest: String,
}

impl ApiUrls {
    fn of(summary: &RunSummary) -> Self {
        let url = |part: &str| format!("/api/v1/d/{}/{part}?run={}", summary.dataset, summary.run_id);
        Self { summary: url("summary"), validation: url("validation"), manifest: url("manifest") }
    }
}

/// What the page is made from.
struct Answers {
    datasets: Vec<String>,
    runs: Vec<RunRow>,
    summary: RunSummary,
    manifest: RunManifest,
    validation: ValidationReport,
}

pub(crate) async fn summary(
    State(shared): State<Shared>,
    path: Result<UrlPath<String>, ServerError>,
    query: Result<UrlQuery<PageQuery>, ServerError>,
) -> Response {
    match page(&shared, path, query).await {
        Ok(response) => response,
        Err(error) => super::problem(&shared, error).await,
    }
}

async fn page(
    shared: &Shared,
    path: Result<UrlPath<String>, ServerError>,
    query: Result<UrlQuery<PageQuery>, ServerError>,
) -> Result<Response, ServerError> {
    let (UrlPath(dataset), UrlQuery(query)) = (path?, query?);
    check_names(&dataset, query.run.as_deref())?;
    let asked_run = query.run.clone();
    let answers = shared.ask(move |backend| gather(backend, &dataset, asked_run.as_deref())).await?;
    render(&SummaryPage::new(&answers, &query))
}

/// Asks for everything at once; the run is resolved first, so that a run that finishes meanwhile
/// cannot mix its numbers in.
fn gather(backend: &dyn Backend, dataset: &str, run: Option<&str>) -> Result<Answers, BackendError> {
    let summary = backend.summary(dataset, run)?;
    let run = Some(summary.run_id.as_str());
    Ok(Answers {
        datasets: backend.datasets()?,
        runs: backend.runs(dataset)?,
        manifest: backend.manifest(dataset, run)?,
        validation: backend.validation(dataset, run)?,
        summary,
    })
}

impl SummaryPage {
    fn new(answers: &Answers, query: &PageQuery) -> Self {
        let summary = &answers.summary;
        let title = format!("{} – executive summary", summary.dataset);
        Self {
            shell: Shell::of_run(&title, summary, &answers.datasets, &answers.runs, query),
            span: format!(
                "{} to {}",
                format::day(&summary.first_purchase),
                format::day(&summary.last_purchase)
            ),
            kpis: kpis::kpis(summary),
            comparison_note: kpis::comparison_note(summary),
            findings: findings::findings(summary),
            segment_title: segments::chart_title(summary),
            segment_figure: charts::segments(summary).to_script_json(),
            segments: segments::rows(summary),
            clusters: clusters::card(summary),
            value: value::card(summary),
            revenue_title: segments::revenue_title(summary),
            revenue_figure: charts::revenue(summary).to_script_json(),
            months: segments::months(summary),
            scoring: summary.scoring.clone(),
            cuts: cuts::tables(summary),
            top_customers: segments::top_customers(summary),
            checks: checks::checks(&answers.validation),
            provenance: provenance::provenance(&answers.manifest),
            api: ApiUrls::of(summary),
        }
    }
}
