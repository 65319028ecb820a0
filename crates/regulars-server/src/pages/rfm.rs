//! RFM analysis: `/d/{dataset}/rfm`.

use askama::Template;
use axum::response::Response;
use regulars_analysis::format;
use regulars_core::label;

use super::card::{ChartCard, OptionGroup, OptionLink, in_pairs};
use super::kpis::{self, Kpi};
use super::nav::Page;
use super::score_thresholds::{self, ThresholdTable};
use super::segments::{self, SegmentRow};
use super::shell::{PageContext, Shell, render};
use crate::error::ServerError;
use crate::query::{Colour, RfmCellMeasure};
use crate::view::View;

const KPIS: [&str; 4] = ["recency_mean", "frequency_mean", "monetary_mean", "rfm_score_mean"];

/// The RFM analysis of a run.
#[derive(Template)]
#[template(path = "rfm.html")]
struct RfmPage {
    shell: Shell,
    kpis: Vec<Kpi>,
    picture: Option<ChartCard>,
    charts: Vec<ChartCard>,
    spreads: Vec<ChartCard>,
    segments: Vec<SegmentRow>,
    with_value: bool,
    scoring: String,
    /// The purchase cycle in this shop, in days.
    usual_gap: Option<String>,
    cuts: Vec<ThresholdTable>,
    csv: String,
}

pub(super) fn rfm(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let grid = ChartCard::of(view, "rfm-grid")?.map(|card| card.with_options(vec![cells(view)]));
    let sizes = ChartCard::of(view, "segment-sizes")?;
    let segments = segments::rows(view)?;
    let mut page = RfmPage {
        kpis: kpis::kpis(view, &KPIS)?,
        picture: match ChartCard::of(view, "rfm-scatter")? {
            Some(card) => Some(card.with_options(vec![colours(view)?, axes(view)])),
            None => None,
        },
        charts: in_pairs([grid, sizes].into_iter().flatten().collect()),
        spreads: ChartCard::all(view, &["recency", "frequency", "monetary", "rfm-score"])?,
        with_value: segments.iter().any(|segment| segment.value.is_some()),
        segments,
        scoring: view.frame.summary.scoring.clone(),
        usual_gap: view.frame.summary.purchase_cycle_days.map(format::mean),
        cuts: score_thresholds::tables(&view.frame.summary),
        csv: view.api("charts/segments.csv"),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Rfm, view, around)?;
    render(&page)
}

/// A link to the same page with one option changed, at its chart.
fn link(
    view: &View,
    label: &'static str,
    chosen: bool,
    chart: &str,
    change: impl FnOnce(&mut crate::query::Shown),
) -> OptionLink {
    let address = view.query.with_shown(change).address(&Page::Rfm.path(view.dataset()));
    OptionLink { label, href: format!("{address}#card-{chart}"), chosen }
}

fn cells(view: &View) -> OptionGroup {
    let now = view.query.shown.cells;
    let has_value = view.frame.summary.value.is_some();
    let all = [
        (RfmCellMeasure::Customers, "Customers"),
        (RfmCellMeasure::Revenue, label!(Revenue)),
        (RfmCellMeasure::Value, "Predicted LTV"),
    ];
    let links = all.into_iter().filter(|(cells, _)| has_value || *cells != RfmCellMeasure::Value);
    OptionGroup {
        label: "Cells show",
        links: links
            .map(|(cells, label)| link(view, label, cells == now, "rfm-grid", |shown| shown.cells = cells))
            .collect(),
    }
}

fn colours(view: &View) -> Result<OptionGroup, ServerError> {
    let now = view.query.shown.colour;
    let (has_clusters, has_value) =
        (view.frame.clusters()?.is_some(), view.frame.expected_minor()?.is_some());
    let all = [
        (Colour::Segment, "Segment", true),
        (Colour::Cluster, "Cluster", has_clusters),
        (Colour::Value, "Predicted LTV", has_value),
    ];
    let links = all.into_iter().filter(|(_, _, there)| *there);
    Ok(OptionGroup {
        label: "Colour",
        links: links
            .map(|(colour, label, _)| {
                link(view, label, colour == now, "rfm-scatter", |shown| shown.colour = colour)
            })
            .collect(),
    })
}

fn axes(view: &View) -> OptionGroup {
    let now = view.query.shown.log;
    let all = [(false, "Linear"), (true, "Log scale")];
    OptionGroup {
        label: "Axes",
        links: all
            .into_iter()
            .map(|(log, label)| link(view, label, log == now, "rfm-scatter", |shown| shown.log = log))
            .collect(),
    }
}
