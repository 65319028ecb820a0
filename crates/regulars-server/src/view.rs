//! The view of a request: a run, the filtered customers and display options. Every page, chart and file is
//! made from it, so that they cannot disagree.

use std::ops::Deref;

use regulars_analysis::campaign::Campaign;
use regulars_analysis::customer::{Customer, customer};
use regulars_analysis::error::BackendError;
use regulars_analysis::filter::Filter;
use regulars_analysis::filtered_run::FilteredRun;
use regulars_analysis::frame::Frame;
use regulars_analysis::movements::Movements;

use crate::error::ServerError;
use crate::query::{Query, Shown};

/// A name as a percent-encoded path segment.
pub(crate) fn path_part(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The view of a request; code that only reads the run takes it as a [`FilteredRun`].
pub(crate) struct View {
    pub(crate) run: FilteredRun,
    pub(crate) query: Query,
    /// Whether it is for the single-file export, where no server answers.
    pub(crate) in_one_file: bool,
}

impl Deref for View {
    type Target = FilteredRun;

    fn deref(&self) -> &FilteredRun {
        &self.run
    }
}

impl View {
    /// Applies the filter of `query` to an open run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub(crate) fn new(frame: Frame, query: Query) -> Result<Self, BackendError> {
        let run = FilteredRun::new(frame, query.filter.clone())?;
        Ok(Self { run, query, in_one_file: false })
    }

    /// The URL listing the customers of another filter. It names the run, so that it lists those who were
    /// counted even after a newer run is published.
    pub(crate) fn customers(&self, filter: Filter) -> String {
        self.query
            .with_default_view()
            .with_filter(filter)
            .of_run(&self.frame.summary.run_id)
            .address(&format!("/d/{}/customers", self.dataset()))
    }

    /// The URL of a customer page.
    pub(crate) fn customer(&self, id: &str) -> String {
        let query = self.query.with_default_view().of_run(&self.frame.summary.run_id);
        // Browsers resolve these as path segments, even percent-encoded; search for the ID instead.
        if matches!(id, "." | "..") || id.is_empty() {
            let search = id.to_owned();
            return query
                .with_shown(|shown| shown.search = search)
                .address(&format!("/d/{}/customers", self.dataset()));
        }
        query.address(&self.customer_path(id))
    }

    /// The path of a customer page.
    pub(crate) fn customer_path(&self, id: &str) -> String {
        format!("/d/{}/customers/{}", self.dataset(), path_part(id))
    }

    /// The URL listing the customers of a flow (or of one side, if the other is `None`), if they are in this
    /// run.
    pub(crate) fn moved(&self, of: &Movements, from: Option<usize>, to: Option<usize>) -> Option<String> {
        of.narrowed(&self.filter, from, to).map(|filter| self.customers(filter))
    }

    /// The customer in the URL.
    ///
    /// # Errors
    ///
    /// [`ServerError::UnknownCustomer`]; any [`BackendError`] while reading the columns.
    pub(crate) fn named_customer(&self) -> Result<Customer, ServerError> {
        let id = self.query.shown.customer.clone().unwrap_or_default();
        let found = customer(self, &id)?;
        found.ok_or_else(|| ServerError::UnknownCustomer { id, dataset: self.dataset().to_owned() })
    }

    /// A copy of the filter in force, to narrow.
    pub(crate) fn filter(&self) -> Filter {
        self.filter.clone()
    }

    /// The URL of an API endpoint for this run, with filter and display options. It names the run, so that
    /// the response stays the same.
    pub(crate) fn api(&self, part: &str) -> String {
        let mut query = Query { theme: None, ..self.query.of_run(&self.frame.summary.run_id) };
        // Each endpoint accepts its own options only.
        let all = std::mem::take(&mut query.shown);
        query.shown = match part.split(['/', '.']).next() {
            Some("charts") => Shown {
                colour: all.colour,
                log: all.log,
                cells: all.cells,
                span: all.span,
                counted: all.counted,
                customer: all.customer,
                campaign: if part.starts_with("charts/budget") { all.campaign } else { Campaign::default() },
                ..Shown::default()
            },
            Some("contacts") => Shown { campaign: all.campaign, ..Shown::default() },
            Some("customers") if !part.contains('/') => Shown {
                sort: all.sort,
                reverse: all.reverse,
                search: all.search,
                page: if part == "customers" { all.page } else { 0 },
                ..Shown::default()
            },
            _ => Shown::default(),
        };
        if part.starts_with("customers/") {
            query.filter = Filter::default();
        }
        query.address(&format!("/api/v1/d/{}/{part}", self.dataset()))
    }
}
