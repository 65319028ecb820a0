//! Segment movements: `/d/{dataset}/movements`. Transitions between segments since an earlier day or another
//! run.

use askama::Template;
use axum::response::Response;
use regulars_analysis::claims::words::ClaimText;
use regulars_analysis::columns::{date_of, day_of};
use regulars_analysis::filter::{ComparedWith, Filter};
use regulars_analysis::format::{self, NOTHING};
use regulars_analysis::movements::{DAYS_BEFORE, Flow, Movements, day_before, movements as find, then_of};
use regulars_core::label;

use super::card::{ChartCard, OptionLink};
use super::nav::Page;
use super::shell::{PageContext, Shell, render};
use crate::error::ServerError;
use crate::palette;
use crate::query::{CellMeasure, Query};
use crate::view::View;

/// A cell of the transition matrix.
#[derive(Debug)]
struct MatrixCell {
    text: String,
    href: Option<String>,
    detail: String,
    /// Whether it is on the diagonal: segment unchanged.
    same: bool,
    /// Background intensity, 0 to 5.
    depth: usize,
}

/// A row of the matrix: a segment then.
#[derive(Debug)]
struct MatrixRow {
    swatch: String,
    name: String,
    href: Option<String>,
    all: String,
    cells: Vec<MatrixCell>,
}

/// Segments then as rows, segments now as columns.
#[derive(Debug, Default)]
struct Matrix {
    heads: Vec<(String, String)>,
    rows: Vec<MatrixRow>,
    sums: Vec<String>,
    all: String,
}

/// Segment movements between two days or two runs.
#[derive(Template)]
#[template(path = "movements.html")]
struct MovementsPage {
    shell: Shell,
    lead: String,
    notes: Vec<String>,
    days: Vec<OptionLink>,
    runs: Vec<(String, String, bool)>,
    action: String,
    hidden: Vec<(String, String)>,
    /// The day selected, and the first and last that can be.
    day: String,
    earliest: String,
    latest: String,
    findings: Vec<ClaimText>,
    charts: Vec<ChartCard>,
    matrix: Matrix,
    counted: Vec<OptionLink>,
    csv: String,
    everybody_csv: String,
    missing: String,
}

pub(super) fn movements(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let found = find(view)?;
    let path = Page::Movements.path(view.dataset());
    let of = |then: Option<ComparedWith>| view.query.with_filter(Filter { then, ..view.filter() });
    let summary = &view.frame.summary;
    let earliest = summary.first_purchase.get(..10).unwrap_or_default().to_owned();
    let as_of = day_of(&summary.as_of);
    let latest = as_of.map_or_else(String::new, |day| date_of(day - 1));
    let then = then_of(view);
    let day = match &then {
        Some(ComparedWith::Day(day)) => day.clone(),
        _ => String::new(),
    };
    let mut before = DAYS_BEFORE;
    before.sort_unstable();
    let days = before.into_iter().filter_map(|days| {
        let that = day_before(view, days)?;
        let label = match days {
            30 => "30 days earlier",
            90 => "90 days earlier",
            180 => "180 days earlier",
            _ => "365 days earlier",
        };
        Some(OptionLink {
            label,
            chosen: day == that,
            href: of(Some(ComparedWith::Day(that))).address(&path),
        })
    });
    let others = around.runs().iter().filter(|run| run.run_id != summary.run_id);
    let chosen_run = found.as_ref().and_then(|found| found.past.run.clone());
    let runs = others
        .take(20)
        .map(|run| {
            let href = of(Some(ComparedWith::Run(run.run_id.clone()))).address(&path);
            (format::instant(&run.started_at), href, chosen_run.as_ref() == Some(&run.run_id))
        })
        .collect();
    let mut page = MovementsPage {
        lead: found.as_ref().map_or_else(String::new, |found| lead(view, found)),
        notes: found.as_ref().map_or_else(Vec::new, |found| notes(view, found)),
        days: days.collect(),
        runs,
        hidden: of(None).pairs(),
        action: path,
        day,
        earliest,
        latest,
        findings: found.as_ref().map_or_else(Vec::new, |found| findings(view, found)),
        charts: ChartCard::all(view, &["movements", "movement-net"])?
            .into_iter()
            .map(|card| ChartCard { wide: true, ..card })
            .collect(),
        matrix: found.as_ref().map_or_else(Matrix::default, |found| matrix(view, found)),
        counted: counted(view),
        csv: view.api("charts/movements.csv"),
        everybody_csv: view.api("movements.csv"),
        missing: if found.is_some() { String::new() } else { missing(view, then.as_ref()) },
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Movements, view, around)?;
    render(&page)
}

fn lead(view: &View, found: &Movements) -> String {
    match &found.past.run {
        Some(run) => format!(
            "Segments of this run (as of {}) compared with run {run} (as of {}), customer by customer.",
            format::day(&view.frame.summary.as_of),
            format::day(&found.past.day)
        ),
        None => format!(
            "Segments as of {} compared with {}, customer by customer. The earlier segments use only the orders up to \
             that day and the rules of this run.",
            format::day(&view.frame.summary.as_of),
            format::day(&found.past.day)
        ),
    }
}

fn notes(view: &View, found: &Movements) -> Vec<String> {
    let mut notes = vec![
        "Scores are relative: thresholds depend on all customers at the time, so a customer can move down because others \
         bought more."
            .to_owned(),
    ];
    if found.past.run.is_some() && !found.with_gone {
        notes.push(
            "Customers who are only in the other run are not counted, since filters cannot apply to them. Clear the filters \
             to include them."
                .to_owned(),
        );
    }
    if found.past.run.is_some()
        && view.frame.summary.as_of.get(..10).is_some_and(|now| now < found.past.day.as_str())
    {
        notes.push(
            "The other run has a later analysis date than this one, so “then” is after “now”.".to_owned(),
        );
    }
    notes
}

/// The largest of some flows; the first if several tie.
fn largest(
    found: &Movements,
    keep: impl Fn(usize, usize) -> bool,
    size: impl Fn(&Flow) -> u64,
) -> Option<(usize, usize, &Flow)> {
    let mut best: Option<(usize, usize, &Flow)> = None;
    for flow in found.flows().filter(|(from, to, flow)| keep(*from, *to) && size(flow) > 0) {
        if best.is_none_or(|(_, _, so_far)| size(flow.2) > size(so_far)) {
            best = Some(flow);
        }
    }
    best
}

/// Words for the largest group among some customers; “most” is more than half.
fn part_of(part: u64, all: u64) -> &'static str {
    match part {
        _ if part == all && all > 1 => "All of them",
        _ if part == all => "That one",
        _ if 2 * part > all => "Most of them",
        1 => "One of them",
        _ => "The largest group of them",
    }
}

fn findings(view: &View, found: &Movements) -> Vec<ClaimText> {
    let money = &view.money;
    let outside = found.outside();
    let both = found.both();
    let between = |from: usize, to: usize| from != to && from < outside && to < outside;
    let (mut up, mut down) = (0, 0);
    for (_, _, flow) in found.flows().filter(|(from, to, _)| between(*from, *to)) {
        up += flow.rose;
        down += flow.fell;
    }
    let share = |part: u64| format::percent_in_text(part as f64 / both.customers.max(1) as f64);
    let day = format::day(&found.past.day);
    let mut findings = Vec::new();
    let mut moved = |count: u64, rose: bool| {
        let size = move |flow: &Flow| if rose { flow.rose } else { flow.fell };
        let Some((from, to, flow)) = largest(found, between, size) else { return };
        let verb = if rose { "moved up" } else { "moved down" };
        findings.push(ClaimText {
            headline: format!("{} {verb} to another segment", format::customers(count)),
            detail: format!(
                "{} of {}, with {} RFM score than before. {} went from {} to {}: {}{}.",
                share(count),
                found.of_both(),
                if rose { "a higher" } else { "a lower" },
                part_of(size(flow), count),
                found.was(from),
                found.is(to),
                format::count(size(flow)),
                match flow.since_minor {
                    _ if found.past.run.is_some() || flow.customers != size(flow) => String::new(),
                    0 => ", with no spend since".to_owned(),
                    since => format!(", with {} spent since", money.rounded(since as f64)),
                }
            ),
        });
    };
    moved(up, true);
    moved(down, false);
    let new = found.from(outside);
    if new.customers > 0 {
        let now = found.to_all();
        let most = largest(found, |from, _| from == outside, |flow| flow.customers);
        let most = most.map_or_else(String::new, |(_, to, flow)| {
            let part = part_of(flow.customers, new.customers);
            let verb = if flow.customers == 1 || part.contains("group") { "is" } else { "are" };
            format!(" {part} {verb} in {} now: {}.", found.is(to), format::count(flow.customers))
        });
        findings.push(ClaimText {
            headline: format!("{} new", format::counted(new.customers, "customer is", "customers are")),
            detail: format!(
                "{} {}. Share of all customers now: {}; total spend: {}.{most}",
                if new.customers == 1 { "This customer" } else { "They" },
                if found.past.run.is_some() {
                    format!("{} not in the run as of {day}", if new.customers == 1 { "was" } else { "were" })
                } else {
                    format!("had not ordered by {day}")
                },
                format::percent_in_text(new.customers as f64 / now.max(1) as f64),
                money.rounded(new.spend_minor as f64),
            ),
        });
    }
    let gone = found.to(outside);
    if gone.customers > 0 {
        findings.push(ClaimText {
            headline: format!(
                "{} of that run {} not in this one",
                format::customers(gone.customers),
                if gone.customers == 1 { "is" } else { "are" }
            ),
            detail: format!(
                "They had spent {} up to {day}. Inactive customers stay in the data, so check which files the two runs \
                 read.",
                money.rounded(gone.spend_minor as f64)
            ),
        });
    }
    findings
}

fn matrix(view: &View, found: &Movements) -> Matrix {
    let money = &view.money;
    let counted = view.query.shown.counted;
    let places = |keep: &dyn Fn(usize) -> u64| -> Vec<usize> {
        (0..=found.outside()).filter(|at| keep(*at) > 0).collect()
    };
    let rows = places(&|at| found.from(at).customers);
    let columns = places(&|at| found.to(at).customers);
    let swatch = |at: usize| {
        if at < found.outside() { palette::swatch(&palette::segment(at)) } else { "chart-2".to_owned() }
    };
    let text = |flow: &Flow, of: &Flow| match counted {
        _ if flow.customers == 0 => NOTHING.to_owned(),
        CellMeasure::Share => format::percent(flow.customers as f64 / of.customers as f64),
        CellMeasure::Customers => format::count(flow.customers),
        CellMeasure::Revenue => money.rounded(flow.spend_minor as f64),
    };
    let sum = |flow: &Flow| match counted {
        CellMeasure::Revenue => money.rounded(flow.spend_minor as f64),
        _ => format::count(flow.customers),
    };
    let line = |from: usize| {
        let of = found.from(from);
        let cell = |to: usize| {
            let flow = found.flow(from, to);
            let share = flow.customers as f64 / of.customers as f64;
            MatrixCell {
                text: text(flow, &of),
                href: (flow.customers > 0).then(|| view.moved(found, Some(from), Some(to))).flatten(),
                detail: format!(
                    concat!("{} to {}: {}, {} of the row, {} of ", label!(revenue)),
                    found.was(from),
                    found.is(to),
                    format::customers(flow.customers),
                    format::percent(share),
                    money.rounded(flow.spend_minor as f64)
                ),
                same: from == to,
                depth: if flow.customers == 0 { 0 } else { 1 + ((share * 4.0) as usize).min(2) },
            }
        };
        MatrixRow {
            swatch: swatch(from),
            name: found.was(from),
            href: view.moved(found, Some(from), None),
            all: sum(&of),
            cells: columns.iter().map(|to| cell(*to)).collect(),
        }
    };
    let mut all = Flow::default();
    for (_, _, flow) in found.flows() {
        all.customers += flow.customers;
        all.spend_minor += flow.spend_minor;
    }
    Matrix {
        heads: columns.iter().map(|to| (swatch(*to), found.is(*to))).collect(),
        rows: rows.iter().map(|from| line(*from)).collect(),
        sums: columns.iter().map(|to| sum(&found.to(*to))).collect(),
        all: sum(&all),
    }
}

fn counted(view: &View) -> Vec<OptionLink> {
    let now = view.query.shown.counted;
    [
        (CellMeasure::Share, "Share of row"),
        (CellMeasure::Customers, "Customers"),
        (CellMeasure::Revenue, label!(Revenue)),
    ]
    .into_iter()
    .map(|(counted, label)| {
        let query: Query = view.query.with_shown(|shown| shown.counted = counted);
        let href = format!("{}#matrix", query.address(&Page::Movements.path(view.dataset())));
        OptionLink { label, href, chosen: counted == now }
    })
    .collect()
}

/// Why there is nothing to compare.
fn missing(view: &View, then: Option<&ComparedWith>) -> String {
    let summary = &view.frame.summary;
    let (first, last) = (format::day(&summary.first_purchase), format::day(&summary.as_of));
    match then {
        Some(ComparedWith::Day(day)) => format!(
            "There are no segments as of {}: choose a day from {first} to the day before {last}, the analysis date.",
            format::day(day)
        ),
        _ => format!(
            "All orders are from {first}, the analysis date, so there is no earlier day to compare with. Run the data set \
             again when there are new orders, and compare the two runs."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::part_of;

    #[test]
    fn most_is_more_than_half() {
        for (part, all, expected) in [
            (2, 2, "All of them"),
            (1, 1, "That one"),
            (3, 5, "Most of them"),
            (2, 4, "The largest group of them"),
            (154, 821, "The largest group of them"),
            (1, 3, "One of them"),
        ] {
            assert_eq!(part_of(part, all), expected, "{part} of {all}");
        }
    }
}
