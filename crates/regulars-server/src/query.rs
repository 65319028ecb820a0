//! The query string of a URL as one typed value: run, filter and display options. Reading and writing are
//! inverses.

use std::fmt::Write as _;

use regulars_analysis::campaign::Campaign;
use regulars_analysis::cohorts::Span;
use regulars_analysis::customers::{ListOrder, Sort};
use regulars_analysis::filter::Filter;

use crate::error::ServerError;

/// What the points of a scatter plot are coloured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Colour {
    #[default]
    Segment,
    Cluster,
    Value,
}

/// What the cells of the RFM grid show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RfmCellMeasure {
    #[default]
    Customers,
    Revenue,
    Value,
}

/// What the cells of cohorts and movements show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CellMeasure {
    #[default]
    Share,
    Customers,
    Revenue,
}

/// An option whose values have names, the default first.
pub(crate) trait Named: Copy + PartialEq + Default + 'static {
    /// Values and their names in URLs.
    const NAMES: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(value, _)| *value == self).map_or("", |(_, name)| name)
    }
}

impl Named for Colour {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Segment, "segment"), (Self::Cluster, "cluster"), (Self::Value, "value")];
}

impl Named for RfmCellMeasure {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Customers, "customers"), (Self::Revenue, "revenue"), (Self::Value, "value")];
}

impl Named for Span {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Auto, "auto"), (Self::Month, "month"), (Self::Quarter, "quarter")];
}

impl Named for CellMeasure {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Share, "share"), (Self::Customers, "customers"), (Self::Revenue, "revenue")];
}

impl Named for Sort {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Spend, "spend"),
        (Self::Customer, "customer"),
        (Self::Segment, "segment"),
        (Self::Cluster, "cluster"),
        (Self::Recency, "recency"),
        (Self::Orders, "orders"),
        (Self::Score, "score"),
        (Self::Value, "value"),
        (Self::Alive, "alive"),
    ];
}

impl Named for bool {
    const NAMES: &'static [(Self, &'static str)] = &[(false, "no"), (true, "yes")];
}

/// Display options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    pub(crate) colour: Colour,
    /// Whether axes use a log scale.
    pub(crate) log: bool,
    pub(crate) cells: RfmCellMeasure,
    /// Length of cohort periods.
    pub(crate) span: Span,
    /// What the cells of cohorts and movements show.
    pub(crate) counted: CellMeasure,
    pub(crate) sort: Sort,
    /// Whether the default order of the column is reversed.
    pub(crate) reverse: bool,
    /// Text that the customer ID contains, or an SQL query.
    pub(crate) search: String,
    /// Page of the list, from 0.
    pub(crate) page: usize,
    /// The ID of the customer that a page or chart is about.
    pub(crate) customer: Option<String>,
    /// The campaign form.
    pub(crate) campaign: Campaign,
}

/// Everything in a URL query string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Query {
    /// The run; default: the current one.
    pub(crate) run: Option<String>,
    /// `light` or `dark`; default: the stored choice or the system setting.
    pub(crate) theme: Option<&'static str>,
    pub(crate) filter: Filter,
    pub(crate) shown: Shown,
}

impl Query {
    /// Parses a query string.
    ///
    /// # Errors
    ///
    /// [`ServerError::BadRequest`] for an unknown or repeated key, or an invalid value.
    pub(crate) fn read(text: &str) -> Result<Self, ServerError> {
        let mut query = Self::default();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            query.take(&key, &value).map_err(|reason| ServerError::BadRequest { reason })?;
        }
        Ok(query)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), String> {
        let shown = &mut self.shown;
        match key {
            "run" if self.run.is_some() => return Err("`run` is given twice".to_owned()),
            "run" => self.run = (!value.is_empty()).then(|| value.to_owned()),
            // Ignore unknown themes: they do not affect the content.
            "theme" => self.theme = ["light", "dark"].into_iter().find(|theme| *theme == value),
            "colour" => shown.colour = option(key, value)?,
            "log" => shown.log = option(key, value)?,
            "cells" => shown.cells = option(key, value)?,
            "by" => shown.span = option(key, value)?,
            "show" => shown.counted = option(key, value)?,
            "sort" => shown.sort = option(key, value)?,
            "reverse" => shown.reverse = option(key, value)?,
            "q" => value.trim().clone_into(&mut shown.search),
            "customer" => shown.customer = (!value.is_empty()).then(|| value.to_owned()),
            "page" if value.is_empty() => shown.page = 0,
            "page" => {
                let page = value.parse::<usize>().ok().filter(|page| *page > 0);
                shown.page =
                    page.ok_or_else(|| format!("`page` is `{value}`, expected a whole number from 1"))? - 1;
            }
            _ if shown.campaign.take(key, value) => {}
            _ => {
                if !self.filter.take(key, value)? {
                    return Err(format!("unknown parameter `{key}`: not a filter or option of this page"));
                }
            }
        }
        Ok(())
    }

    /// The URL parameters, without defaults.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let mut pair = |key: &str, value: &str| pairs.push((key.to_owned(), value.to_owned()));
        if let Some(run) = &self.run {
            pair("run", run);
        }
        if let Some(theme) = self.theme {
            pair("theme", theme);
        }
        let filter = self.filter.pairs();
        let shown = &self.shown;
        let mut options = Vec::new();
        let mut option = |key: &str, value: &str, is_default: bool| {
            if !is_default {
                options.push((key.to_owned(), value.to_owned()));
            }
        };
        option("colour", shown.colour.name(), shown.colour == Colour::default());
        option("log", shown.log.name(), !shown.log);
        option("cells", shown.cells.name(), shown.cells == RfmCellMeasure::default());
        option("by", shown.span.name(), shown.span == Span::default());
        option("show", shown.counted.name(), shown.counted == CellMeasure::default());
        option("sort", shown.sort.name(), shown.sort == Sort::default());
        option("reverse", shown.reverse.name(), !shown.reverse);
        option("q", &shown.search, shown.search.is_empty());
        option("page", &(shown.page + 1).to_string(), shown.page == 0);
        option("customer", shown.customer.as_deref().unwrap_or_default(), shown.customer.is_none());
        options.extend(shown.campaign.pairs());
        pairs.extend(filter);
        pairs.extend(options);
        pairs
    }

    /// `path` with this query string.
    pub(crate) fn address(&self, path: &str) -> String {
        let mut out = path.to_owned();
        let mut separator = '?';
        for (key, value) in self.pairs() {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            // Writing to a String cannot fail.
            let _ = write!(out, "{separator}{}={}", encode(&key), encode(&value));
            separator = '&';
        }
        out
    }

    /// The same run and filter with default display options, for links to other pages.
    pub(crate) fn with_default_view(&self) -> Self {
        Self { shown: Shown::default(), filter: self.filter.without_then(), ..self.clone() }
    }

    /// With another filter, on the first page of the list.
    pub(crate) fn with_filter(&self, filter: Filter) -> Self {
        Self { filter, shown: Shown { page: 0, ..self.shown.clone() }, ..self.clone() }
    }

    /// With other display options.
    pub(crate) fn with_shown(&self, change: impl FnOnce(&mut Shown)) -> Self {
        let mut query = self.clone();
        change(&mut query.shown);
        query
    }

    /// Search and order of the customer list.
    pub(crate) fn list_order(&self) -> ListOrder<'_> {
        ListOrder { search: &self.shown.search, sort: self.shown.sort, reverse: self.shown.reverse }
    }

    /// With a fixed run.
    pub(crate) fn of_run(&self, run: &str) -> Self {
        Self { run: Some(run.to_owned()), ..self.clone() }
    }
}

fn option<T: Named>(key: &str, value: &str) -> Result<T, String> {
    if value.is_empty() {
        return Ok(T::default());
    }
    T::NAMES.iter().find(|(_, name)| *name == value).map(|(value, _)| *value).ok_or_else(|| {
        let names: Vec<&str> = T::NAMES.iter().map(|(_, name)| *name).collect();
        format!("`{key}` is `{value}`, expected one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_address_says_all_of_it(
            run in prop::option::of("[a-zA-Z0-9._-]{1,20}"),
            theme in prop::sample::select(vec![None, Some("light"), Some("dark")]),
            segment in "[^\\x00]{1,12}",
            at in (0..3_usize, 0..3_usize, 0..9_usize, 0..3_usize, 0..3_usize),
            (log, reverse) in (prop::bool::ANY, prop::bool::ANY),
            search in "[a-zA-Z0-9&=%+#é<>\"]{0,9}",
            page in 0..1000_usize,
            customer in prop::option::of("[a-zA-Z0-9&=%+#é<>\"/ ]{1,9}"),
            (budget, kind) in ("[0-9,.%-]{0,6}", "[a-z&<]{1,9}"),
        ) {
            let campaign = Campaign { budget, kinds: [kind].into(), ..Campaign::default() };
            let shown = Shown {
                colour: Colour::NAMES[at.0].0, cells: RfmCellMeasure::NAMES[at.1].0, sort: Sort::NAMES[at.2].0,
                span: Span::NAMES[at.3].0, counted: CellMeasure::NAMES[at.4].0, log, reverse, search, page, customer,
                campaign,
            };
            let query = Query { run, theme, filter: Filter::default().with_segment(&segment), shown };
            let address = query.address("/d/shop");
            let text = address.split_once('?').map_or("", |(_, text)| text);
            prop_assert!(text.is_ascii() && !text.contains(['<', '"', ' ']));
            prop_assert_eq!(Query::read(text).expect("readable"), query);
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, expected) in [
            ("run=a&run=b", "`run` is given twice"),
            ("segmnt=Lost", "unknown parameter `segmnt`: not a filter or option of this page"),
            ("page=0", "`page` is `0`, expected a whole number from 1"),
            ("colour=red", "`colour` is `red`, expected one of segment, cluster, value"),
        ] {
            let error = Query::read(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert_eq!(Query::read("theme=pink&run=&q=&colour=&page=").expect("defaults"), Query::default());
    }
}
