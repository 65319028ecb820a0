//! The list of the filtered customers: `/d/{dataset}/customers`.

use askama::Template;
use axum::response::Response;
use regulars_analysis::customers::{COLUMNS, List, PER_PAGE, list};
use regulars_analysis::format;

use super::nav::Page;
use super::shell::{PageContext, Shell, render};
use crate::error::ServerError;
use crate::palette;
use crate::view::View;

/// A column header.
#[derive(Debug)]
struct Head {
    title: &'static str,
    is_number: bool,
    /// The URL that sorts by it, and the direction if the list is sorted by it: `ascending`, `descending`.
    sort: Option<(String, Option<&'static str>)>,
}

#[derive(Debug)]
struct CustomerRow {
    id: String,
    href: String,
    swatch: String,
    segment: String,
    cells: Vec<(String, bool)>,
}

/// The list of customers.
#[derive(Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    shell: Shell,
    action: String,
    /// The other parameters of the URL, for the search form.
    hidden: Vec<(String, String)>,
    search: String,
    found: String,
    heads: Vec<Head>,
    rows: Vec<CustomerRow>,
    /// Shown if there are no rows: message, URL and label of a link.
    empty: (String, String, &'static str),
    place: String,
    previous: Option<String>,
    next: Option<String>,
    csv: String,
    json: String,
}

pub(super) fn customers(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let shown = &view.query.shown;
    let found = list(view, view.query.list_order(), Some((shown.page.saturating_mul(PER_PAGE), PER_PAGE)))?;
    let path = Page::Customers.path(view.dataset());
    let there: Vec<usize> = (0..COLUMNS.len()).filter(|at| is_there(view, COLUMNS[*at].name)).collect();
    let head = |at: &usize| {
        let column = &COLUMNS[*at];
        let sort = column.sort.map(|sort| {
            let is_now = sort == shown.sort;
            let query = view.query.with_shown(|shown| {
                shown.reverse = is_now && !shown.reverse;
                shown.sort = sort;
                shown.page = 0;
            });
            let rises = !column.is_number || column.name == "recency";
            let way = if rises == shown.reverse { "descending" } else { "ascending" };
            (query.address(&path), is_now.then_some(way))
        });
        Head { title: column.title, is_number: column.is_number, sort }
    };
    let at_page = |page: usize| view.query.with_shown(|shown| shown.page = page).address(&path);
    let pages = found.total.div_ceil(PER_PAGE);
    let first = shown.page.saturating_mul(PER_PAGE);
    let hidden = view.query.with_shown(|shown| {
        shown.search = String::new();
        shown.page = 0;
    });
    let mut page = CustomersPage {
        action: path.clone(),
        hidden: hidden.pairs(),
        search: shown.search.clone(),
        found: match shown.search.as_str() {
            "" => format::customers(found.total as u64),
            text => format!("{} with “{text}” in the ID", format::customers(found.total as u64)),
        },
        heads: there.iter().map(head).collect(),
        rows: found.rows.iter().map(|row| customer(view, &found, &there, *row)).collect(),
        empty: if found.total == 0 && !shown.search.is_empty() {
            (format!("No customer ID contains “{}”.", shown.search), hidden.address(&path), "Clear search")
        } else {
            ("This page is past the end of the list.".to_owned(), at_page(0), "Go to the first page")
        },
        place: if found.rows.is_empty() {
            String::new()
        } else {
            format!(
                "{} to {} of {}",
                format::count(first as u64 + 1),
                format::count((first + found.rows.len()) as u64),
                format::count(found.total as u64)
            )
        },
        previous: (shown.page > 0 && found.total > 0).then(|| at_page(shown.page.min(pages) - 1)),
        next: (shown.page + 1 < pages).then(|| at_page(shown.page + 1)),
        csv: view.api("customers.csv"),
        json: view.api("customers"),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Customers, view, around)?;
    render(&page)
}

/// Whether the run has the data of a column.
fn is_there(view: &View, column: &str) -> bool {
    match column {
        "cluster" => view.frame.summary.clusters.is_some(),
        "predicted_ltv" | "predicted_low" | "predicted_high" | "p_alive" => {
            view.figures.value.is_some() || view.frame.summary.value.is_some()
        }
        _ => true,
    }
}

fn customer(view: &View, found: &List, there: &[usize], row: usize) -> CustomerRow {
    let cell = |at: usize| {
        let column = &COLUMNS[at];
        ((column.cell)(found, row).shown(&view.money), column.is_number)
    };
    let segment = cell(1).0;
    let place = view.frame.summary.segments.iter().position(|s| s.segment == segment).unwrap_or(0);
    CustomerRow {
        href: view.customer(&cell(0).0),
        id: cell(0).0,
        swatch: palette::swatch(&palette::segment(place)),
        segment,
        cells: there.iter().filter(|at| **at > 1).map(|at| cell(*at)).collect(),
    }
}
