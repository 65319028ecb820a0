//! The executive summary of a run: `/d/{dataset}`.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::card::ChartCard;
use super::findings::{self, Finding};
use super::kpis::{self, Kpi};
use super::nav::Page;
use super::segments::{self, TopRow};
use super::shell::{Around, Shell};
use super::{answer, render};
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::routes::Shared;
use crate::view::View;

/// The headline numbers, in their order.
const KPIS: [&str; 8] = [
    "customers",
    "orders",
    "revenue",
    "average_order_value",
    "predicted_value",
    "repeat_rate",
    "top_fifth_share",
    "still_customers",
];

/// The charts, in their order.
const CHARTS: [&str; 4] = ["revenue", "segments", "value-distribution", "concentration"];

/// The executive summary of a run.
#[derive(Template)]
#[template(path = "summary.html")]
struct SummaryPage {
    shell: Shell,
    kpis: Vec<Kpi>,
    comparison_note: Option<String>,
    findings: Vec<Finding>,
    charts: Vec<ChartCard>,
    top_customers: Vec<TopRow>,
    all_customers: String,
    api: String,
}

pub(crate) async fn summary(
    State(shared): State<Shared>,
    path: Result<UrlPath<String>, ServerError>,
    query: UrlQuery,
) -> Response {
    answer(&shared, path, query, page).await
}

fn page(view: &View, around: &Around) -> Result<Response, ServerError> {
    let mut page = SummaryPage {
        kpis: kpis::kpis(view, &KPIS),
        comparison_note: kpis::comparison_note(view),
        findings: findings::findings(view),
        charts: ChartCard::all(view, &CHARTS)?,
        top_customers: segments::top_customers(view),
        all_customers: view.customers(view.filter()),
        api: view.api("measures"),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Summary, view, around)?;
    render(&page)
}
