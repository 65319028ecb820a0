//! Cohorts: `/d/{dataset}/cohorts`. Who came when, who came back, and what that was worth.

use askama::Template;
use axum::response::Response;
use regulars_core::label;

use super::card::{ChartCard, OptionGroup, OptionLink, in_pairs};
use super::nav::Page;
use super::render;
use super::shell::{Around, Shell};
use crate::charts;
use crate::cohorts::{Cohorts, cohorts as find};
use crate::error::ServerError;
use crate::format;
use crate::query::{Counted, Shown, Span};
use crate::table::ShownTable;
use crate::view::View;

/// The cohorts of a run.
#[derive(Template)]
#[template(path = "cohorts.html")]
struct CohortsPage {
    shell: Shell,
    lead: String,
    /// What the numbers must not be taken for.
    notes: Vec<String>,
    options: OptionGroup,
    charts: Vec<ChartCard>,
    lines: Vec<ChartCard>,
    /// Said where there is nothing to compare yet.
    missing: String,
    table: ShownTable,
    csv: String,
}

pub(super) fn cohorts(view: &View, around: &Around) -> Result<Response, ServerError> {
    let found = find(view)?;
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
        // Rows of one map stand beside those of no other: each takes the width.
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
        "{} by the {span} of their first order, {} to {}. {span_title}s are those of the calendar, and a customer counts in \
         each in which at least one order was placed; {} is that of the other pages.",
        format::counted(customers, "customer", "customers"),
        format::day(&view.frame.summary.first_purchase),
        format::day(&view.frame.summary.as_of),
        label!(revenue),
        span_title = if found.quarters { "Quarter" } else { "Month" },
    )
}

fn notes(view: &View, found: &Cohorts) -> Vec<String> {
    let span = if found.quarters { "quarter" } else { "month" };
    let mut notes = Vec::new();
    if found.list.first().is_some_and(Cohorts::is_first) {
        notes.push(format!(
            "The first cohort is not one of new customers: the data begin on {}, and whoever had bought before and came \
             back in that {span} is in it. Cohorts soon after hold some of them, too. It is left out of the sentences \
             above the charts.",
            format::day(&view.frame.summary.first_purchase)
        ));
    }
    if found.over < found.spans.len() {
        let month = found.spans.last().map_or_else(String::new, |month| format::month(month));
        notes.push(format!(
            "The {span} that is not over on {} ({}) is left out of all maps and lines, since it would look worse than it \
             is; “so far” in the table includes it.",
            format::day(&view.frame.summary.as_of),
            if found.quarters { format!("from {month}") } else { month }
        ));
    }
    if view.query.filter.is_by_behaviour() {
        notes.push(
            "These customers were chosen by what they did or are expected to do: who stays is then partly the choice itself."
                .to_owned(),
        );
    }
    notes
}

/// Why nobody's coming back can be seen.
fn missing(view: &View, found: Option<&Cohorts>) -> String {
    match found {
        None => "This run does not say when customers first ordered, or its dates lie centuries apart: look at the data \
                 overview."
            .to_owned(),
        Some(found) => {
            let span = if found.quarters { "quarter" } else { "month" };
            format!(
                "No cohort of these customers has seen a whole {span} after that of its first order yet: the data end on \
                 {}. Whether customers come back can be seen when the next {span} is over; until then, look at the days \
                 between orders in the RFM analysis.",
                format::day(&view.frame.summary.as_of)
            )
        }
    }
}

fn link(view: &View, label: &'static str, chosen: bool, change: impl FnOnce(&mut Shown)) -> OptionLink {
    let href = view.query.with_shown(change).address(&Page::Cohorts.path(view.dataset()));
    OptionLink { label, href, chosen }
}

/// Months or quarters, where there are many months.
fn spans(view: &View, long: bool) -> OptionGroup {
    let now = view.query.shown.span;
    let is_quarters = now == Span::Quarter || now == Span::Fitting && long;
    let month = if long { Span::Month } else { Span::Fitting };
    let quarter = if long { Span::Fitting } else { Span::Quarter };
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
            in_place("Share", Counted::Share, now != Counted::Customers),
            in_place("Customers", Counted::Customers, now == Counted::Customers),
        ],
    }
}
