//! Data overview: `/d/{dataset}/data`.

use askama::Template;
use axum::response::Response;

use super::card::{ChartCard, in_pairs};
use super::checks::{self, Checks};
use super::kpis::{self, Kpi};
use super::nav::Page;
use super::provenance::{self, Provenance};
use super::reading::{self, PlanView};
use super::revenue_bridge::{self, BridgeView};
use super::shell::{PageContext, Shell, render};
use crate::charts;
use crate::error::ServerError;
use crate::view::View;

const KPIS: [&str; 4] = ["customers", "orders", "revenue", "average_order_value"];

/// The data overview of a run.
#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    shell: Shell,
    kpis: Vec<Kpi>,
    time: Vec<ChartCard>,
    people: Vec<ChartCard>,
    /// Whether the columns used have no missing values.
    whole: bool,
    wares: Vec<ChartCard>,
    checks: Checks,
    /// The bridge from gross sales to revenue.
    bridge: Option<BridgeView>,
    /// How the files were read; empty for runs that predate reading plans.
    reading: Vec<PlanView>,
    /// Download URL of the rejected rows, if any.
    rejected: Option<String>,
    provenance: Provenance,
    /// The form token, if the visitor may run the data set again.
    run_again: Option<String>,
    dataset: String,
    configuration: String,
    api: [String; 3],
}

pub(super) fn data(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let manifest = &view.frame.manifest;
    let of_run = |part: &str| format!("/api/v1/d/{}/{part}?run={}", view.dataset(), manifest.run_id);
    let attributes = view.frame.attribute_names()?;
    let names: Vec<String> = attributes.iter().map(|name| charts::shares_of_attribute(name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut people = ChartCard::all(view, &names)?;
    // Cards of similar height next to each other leave no gaps.
    people.sort_by_key(|card| card.height);
    let whole =
        view.frame.validation()?.columns.iter().all(|column| column.missing == 0 || column.source.is_empty());
    let mut page = DataPage {
        kpis: kpis::kpis(view, &KPIS)?,
        time: ChartCard::all(view, &["coverage", "new-customers", "seasons", "weekdays"])?,
        people: in_pairs(people),
        whole,
        wares: ChartCard::all(view, &["categories", "payments", "missing"])?,
        checks: checks::checks(&*view.frame.validation()?),
        bridge: revenue_bridge::bridge(view),
        reading: reading::plans(&manifest.reading, &view.money),
        rejected: (manifest.rows.rejected > 0).then(|| of_run("rejected.csv")),
        provenance: provenance::provenance(manifest),
        run_again: around.rights.run_again(),
        dataset: view.dataset().to_owned(),
        configuration: serde_json::to_string_pretty(&manifest.config).unwrap_or_default(),
        api: ["validation", "manifest", "summary"].map(of_run),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Data, view, around)?;
    render(&page)
}
