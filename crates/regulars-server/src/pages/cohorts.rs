//! Cohorts: `/d/{dataset}/cohorts`. Acquisition, retention and cumulative revenue per cohort.

use askama::Template;
use axum::response::Response;
use regulars_analysis::cohorts::{Cohorts, Span, cohorts as find};
use regulars_analysis::format;
use regulars_analysis::table::ShownTable;
use regulars_core::label;

use super::card::{ChartCard, OptionGroup, OptionLink, in_pairs};
use super::nav::Page;
use super::shell::{PageContext, Shell, render};
use crate::charts;
use crate::error::ServerError;
use crate::query::{CellMeasure, Shown};
use crate::view::View;

/// The cohorts of a run.
#[derive(Template)]
#[template(path = "cohorts.html")]
struct CohortsPage {
    shell: Shell,
    lead: String,
    /// Caveats.
    notes: Vec<String>,
    options: OptionGroup,
    charts: Vec<ChartCard>,
    lines: Vec<ChartCard>,
    /// Shown if there is nothing to compare yet.
    missing: String,
    table: ShownTable,
    csv: String,
}

pub(super) fn cohorts(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let found = find(view, view.query.shown.span)?;
    let retention =
        ChartCard::of(view, "cohort-retention")?.map(|card| card.with_options(vec![counted(view)]));
    let mut charts: Vec<ChartCard> = retention.into_iter().collect();
    charts.extend(ChartCard::all(view, &["cohort-value", "cohort-revenue"])?);
    let mut page = CohortsPage {
        lead: found.as_ref().map_or_else(String::new, |found| lead(view, found)),
        notes: found.as_ref().map_or_else(Vec::new, |found| notes(view, found)),
        options: spans(view, found.as_ref().is_some_and(|found| found.long)),
        missing: if charts.iter().any(|card| card.name == "cohort-retention") {
            String::new()
        } else {
            missing(view, found.as_deref())
        },
        // Heat maps have different rows, so each takes the full width.
        charts: charts.into_iter().map(|card| ChartCard { wide: true, ..card }).collect(),
        lines: in_pairs(ChartCard::all(view, &["cohort-lines"])?),
        table: charts::cohort_table(view)?.shown(&view.money),
        csv: view.api("charts/cohorts.csv"),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Cohorts, view, around)?;
    render(&page)
}

fn lead(view: &View, found: &Cohorts) -> String {
    let span = if found.quarters { "quarter" } else { "month" };
    let customers: u64 = found.list.iter().map(|cohort| cohort.customers).sum();
    format!(
        "{} by {span} of first order, {} to {}. {span_title}s are calendar {span}s. A customer is active in every {span} \
         with at least one order. {} is defined as on the other pages.",
        format::customers(customers),
        format::day(&view.frame.summary.first_purchase),
        format::day(&view.frame.summary.as_of),
        label!(Revenue),
        span_title = if found.quarters { "Quarter" } else { "Month" },
    )
}

fn notes(view: &View, found: &Cohorts) -> Vec<String> {
    let span = if found.quarters { "quarter" } else { "month" };
    let mut notes = Vec::new();
    if found.list.first().is_some_and(Cohorts::is_first) {
        notes.push(format!(
            "The data begin on {}: the first {span} may include customers who had bought before, and so may the next ones. \
             The chart titles leave the first one out.",
            format::day(&view.frame.summary.first_purchase)
        ));
    }
    if found.over < found.spans.len() {
        let month = found.spans.last().map_or_else(String::new, |month| format::month(month));
        notes.push(format!(
            "The incomplete {span} as of {} ({}) is excluded from all heat maps and lines, since it would look worse than \
             it is. “So far” in the table includes it.",
            format::day(&view.frame.summary.as_of),
            if found.quarters { format!("from {month}") } else { month }
        ));
    }
    if view.query.filter.is_by_behaviour() {
        notes.push(
            "The filter selects customers by behaviour or forecast, which by itself affects their retention."
                .to_owned(),
        );
    }
    notes
}

/// Why there is no retention to show.
fn missing(view: &View, found: Option<&Cohorts>) -> String {
    match found {
        None => {
            "This run has no first order dates, or its dates are centuries apart: check the data overview."
                .to_owned()
        }
        Some(found) => {
            let span = if found.quarters { "quarter" } else { "month" };
            format!(
                "No cohort has completed a full {span} after that of its first order yet: the data end on {}. Retention \
                 will be shown when the next {span} is over. Until then, see the days between orders on the RFM analysis \
                 page.",
                format::day(&view.frame.summary.as_of)
            )
        }
    }
}

fn link(view: &View, label: &'static str, chosen: bool, change: impl FnOnce(&mut Shown)) -> OptionLink {
    let href = view.query.with_shown(change).address(&Page::Cohorts.path(view.dataset()));
    OptionLink { label, href, chosen }
}

/// Months or quarters; quarters by default if there are many months.
fn spans(view: &View, long: bool) -> OptionGroup {
    let now = view.query.shown.span;
    let is_quarters = now == Span::Quarter || now == Span::Auto && long;
    let month = if long { Span::Month } else { Span::Auto };
    let quarter = if long { Span::Auto } else { Span::Quarter };
    OptionGroup {
        label: "Cohorts by",
        links: vec![
            link(view, "Month", !is_quarters, |shown| shown.span = month),
            link(view, "Quarter", is_quarters, |shown| shown.span = quarter),
        ],
    }
}

fn counted(view: &View) -> OptionGroup {
    let now = view.query.shown.counted;
    let in_place = |label, counted, chosen| {
        let link = link(view, label, chosen, |shown| shown.counted = counted);
        OptionLink { href: format!("{}#card-cohort-retention", link.href), ..link }
    };
    OptionGroup {
        label: "Cells show",
        links: vec![
            in_place("Share", CellMeasure::Share, now != CellMeasure::Customers),
            in_place("Customers", CellMeasure::Customers, now == CellMeasure::Customers),
        ],
    }
}
