//! The layout around every page: header with menus, navigation, filter bar and server panel.

use std::sync::Arc;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use regulars_analysis::backend::{Backend, RunRow};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_core::summary::RunSummary;

use super::filters::{self, FilterBar};
use super::nav::Page;
use crate::assets::{self, AssetUrls};
use crate::error::ServerError;
use crate::guard::Visitor;
use crate::query::Query;
use crate::view::View;

/// Renders a page.
pub(super) fn render(page: &impl askama::Template) -> Result<Response, ServerError> {
    let html = page.render()?;
    Ok(([(header::CONTENT_LANGUAGE, "en")], Html(html)).into_response())
}

/// One entry of a menu.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) note: String,
    pub(crate) href: String,
    pub(crate) chosen: bool,
}

/// One entry of the navigation.
#[derive(Debug)]
pub(crate) struct NavLink {
    pub(crate) label: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// Facts about the server and the run.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) figures: Vec<(&'static str, String)>,
    pub(crate) reload: String,
}

/// Shown instead of a page if no customers match.
#[derive(Debug)]
pub(crate) struct NoMatches {
    pub(crate) reasons: Vec<String>,
    pub(crate) clear: String,
}

/// The layout around a page.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) theme: Option<&'static str>,
    /// The data set shown, if any.
    pub(crate) dataset: Option<String>,
    pub(crate) datasets: Vec<Choice>,
    /// The run shown, formatted.
    pub(crate) run: String,
    pub(crate) runs: Vec<Choice>,
    /// The analysis date, formatted.
    pub(crate) as_of: String,
    /// URL of the current run, if an older one is shown.
    pub(crate) current_run: Option<String>,
    pub(crate) nav: Vec<NavLink>,
    pub(crate) heading: &'static str,
    /// The period that the data cover, formatted.
    pub(crate) span: String,
    pub(crate) filters: Option<FilterBar>,
    pub(crate) no_matches: Option<NoMatches>,
    pub(crate) panel: Option<Panel>,
    /// The form token, if the visitor can sign out.
    pub(crate) sign_out: Option<String>,
    /// The run shown, if the URL follows the current run.
    pub(crate) current: Option<String>,
    /// Whether this is a single-file export without a server.
    pub(crate) alone: bool,
    /// Whether the page has charts.
    pub(crate) charts: bool,
    pub(crate) urls: &'static AssetUrls,
    pub(crate) version: &'static str,
}

/// What the visitor may do.
pub(crate) struct Rights {
    visitor: Visitor,
    can_run: bool,
}

impl Rights {
    pub(super) fn new(visitor: Visitor, can_run: bool) -> Self {
        Self { visitor, can_run }
    }

    fn sign_out(&self) -> Option<String> {
        self.visitor.form_token.clone().filter(|_| self.visitor.is_signed_in())
    }

    /// The form token, if the visitor may start runs.
    pub(super) fn run_again(&self) -> Option<String> {
        self.visitor.form_token.clone().filter(|_| self.can_run)
    }
}

/// What a page needs beyond its view.
pub(crate) struct PageContext {
    datasets: Vec<String>,
    runs: Vec<RunRow>,
    pub(super) rights: Rights,
}

impl PageContext {
    /// For the single-file export: no menus, no server.
    pub(crate) fn of_one_file() -> Self {
        Self { datasets: Vec::new(), runs: Vec::new(), rights: Rights::new(Visitor::of_file(), false) }
    }

    /// A cache key: visitors with equal keys see the same page.
    pub(super) fn cache_key(&self) -> String {
        let Rights { visitor, can_run } = &self.rights;
        let (token, signed_in) = (&visitor.form_token, visitor.is_signed_in());
        format!("{:?} {:?} {token:?} {signed_in} {can_run}", self.datasets, self.runs)
    }

    /// The runs of the data set, newest first.
    pub(super) fn runs(&self) -> &[RunRow] {
        &self.runs
    }

    /// Reads the layout data from the backend.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub(super) fn load(dataset: &str, backend: &Backend, rights: Rights) -> Result<Self, BackendError> {
        Ok(Self { datasets: backend.reader.datasets()?, runs: backend.reader.runs(dataset)?, rights })
    }
}

impl Shell {
    /// The layout of a page without a data set.
    pub(crate) fn plain(title: &str, datasets: &[String]) -> Self {
        Self {
            title: title.to_owned(),
            theme: None,
            dataset: None,
            datasets: datasets.iter().map(|name| dataset_choice(name, None, None, Page::Summary)).collect(),
            run: String::new(),
            runs: Vec::new(),
            as_of: String::new(),
            current_run: None,
            nav: Vec::new(),
            heading: "",
            span: String::new(),
            filters: None,
            no_matches: None,
            panel: None,
            sign_out: None,
            current: None,
            alone: false,
            charts: false,
            urls: assets::urls(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// The layout of a page about one run.
    ///
    /// # Errors
    ///
    /// Any error while reading the data of the filter bar.
    pub(crate) fn of_run(page: Page, view: &View, around: &PageContext) -> Result<Self, ServerError> {
        let path = page.path(view.dataset());
        let shell = Self::of_part(page, &path, view, around);
        let query = &view.query;
        let everybody = query.with_filter(regulars_analysis::filter::Filter::default()).address(&path);
        let no_matches = (view.chosen.is_empty() && !query.filter.is_empty())
            .then(|| NoMatches { reasons: view.chosen.unknown.clone(), clear: everybody });
        let filters = if view.in_one_file { None } else { Some(filters::bar(view, &path)?) };
        Ok(Self { filters, alone: view.in_one_file, charts: no_matches.is_none(), no_matches, ..shell })
    }

    /// The layout of a page about part of a run, at its own URL; filters do not apply.
    pub(crate) fn of_part(page: Page, path: &str, view: &View, around: &PageContext) -> Self {
        let summary: &Arc<RunSummary> = &view.frame.summary;
        // The customer is part of the path.
        let query = &view.query.with_shown(|shown| shown.customer = None);
        let (theme, name) = (query.theme, view.dataset());
        let shown = around.runs.iter().find(|run| run.run_id == summary.run_id);
        let is_older = shown.is_some_and(|run| !run.current);
        let of_run = |run: Option<&str>| Query { run: run.map(str::to_owned), ..query.clone() }.address(path);
        let run_choice = |run: &RunRow| Choice {
            label: format::instant(&run.started_at),
            note: if run.current { "current".to_owned() } else { String::new() },
            href: of_run((!run.current).then_some(run.run_id.as_str())),
            chosen: run.run_id == summary.run_id,
        };
        let nav_link = |other: Page| NavLink {
            label: other.title(),
            picture: other.picture(),
            href: query.with_default_view().address(&other.path(name)),
            current: other == page,
        };
        Self {
            theme,
            dataset: Some(name.to_owned()),
            datasets: around
                .datasets
                .iter()
                .map(|other| dataset_choice(other, Some(name), theme, page))
                .collect(),
            run: shown.map_or_else(|| summary.run_id.clone(), |run| format::instant(&run.started_at)),
            runs: around.runs.iter().map(run_choice).collect(),
            as_of: format::day(&summary.as_of),
            current_run: is_older.then(|| of_run(None)),
            nav: Page::ALL.into_iter().map(nav_link).collect(),
            heading: page.title(),
            span: format::span(&summary.first_purchase, &summary.last_purchase),
            charts: true,
            panel: Some(panel(query, summary, path)),
            sign_out: around.rights.sign_out(),
            current: (query.run.is_none()).then(|| summary.run_id.clone()),
            ..Self::plain(&format!("{name} – {}", page.title().to_lowercase()), &[])
        }
    }
}

fn panel(query: &Query, summary: &RunSummary, path: &str) -> Panel {
    let figures = vec![
        ("Customers", format::count(summary.customers)),
        ("Order rows", format::count(summary.transactions)),
    ];
    Panel { figures, reload: query.address(path) }
}

/// Data sets differ in segments and attributes, so only the page is kept.
fn dataset_choice(name: &str, shown: Option<&str>, theme: Option<&'static str>, page: Page) -> Choice {
    Choice {
        label: name.to_owned(),
        note: String::new(),
        href: Query { theme, ..Query::default() }.address(&page.path(name)),
        chosen: shown == Some(name),
    }
}
