//! The executive summary of a run: `/d/{dataset}`.

use askama::Template;
use axum::response::Response;
use regulars_analysis::claims::words::ClaimText;

use super::card::ChartCard;
use super::findings;
use super::kpis::{self, Kpi};
use super::nav::Page;
use super::revenue_bridge::{self, BridgeView};
use super::segments::{self, TopRow};
use super::shell::{PageContext, Shell, render};
use crate::error::ServerError;
use crate::view::View;

/// The headline numbers, in display order.
const KPIS: [&str; 8] = [
    "customers",
    "orders",
    "revenue",
    "average_order_value",
    "predicted_value",
    "repeat_rate",
    "top_20_share",
    "will_buy",
];

/// The charts, in display order.
const CHARTS: [&str; 4] = ["revenue", "segments", "value-distribution", "concentration"];

/// The executive summary of a run.
#[derive(Template)]
#[template(path = "summary.html")]
struct SummaryPage {
    shell: Shell,
    kpis: Vec<Kpi>,
    comparison_note: Option<String>,
    /// The bridge from gross sales to revenue; for all customers only.
    bridge: Option<BridgeView>,
    findings: Vec<ClaimText>,
    charts: Vec<ChartCard>,
    top_customers: Vec<TopRow>,
    all_customers: String,
    api: String,
}

pub(super) fn summary(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let mut page = SummaryPage {
        kpis: kpis::kpis(view, &KPIS)?,
        comparison_note: kpis::comparison_note(view),
        bridge: if view.chosen.is_all() { revenue_bridge::bridge(view) } else { None },
        findings: findings::findings(view)?,
        charts: ChartCard::all(view, &CHARTS)?,
        top_customers: segments::top_customers(view),
        all_customers: view.customers(view.filter()),
        api: view.api("measures"),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Summary, view, around)?;
    render(&page)
}
