//! The part of an address after the question mark, as one typed value: which run, which customers, how
//! to show them. Reading and writing are one another's inverse.

use std::fmt::Write as _;

use crate::campaign::Campaign;
use crate::error::ServerError;
use crate::filter::Filter;

/// What the points of a picture are coloured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Colour {
    #[default]
    Segment,
    Cluster,
    Value,
}

/// What the cells of the grid show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Cells {
    #[default]
    Customers,
    Revenue,
    Value,
}

/// Which time customers are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Span {
    /// Months, or quarters where there are too many of them.
    #[default]
    Fitting,
    Month,
    Quarter,
}

/// What the cells of a table of groups show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Counted {
    #[default]
    Share,
    Customers,
    Revenue,
}

/// What the list of customers is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    Customer,
    Segment,
    Cluster,
    Recency,
    Orders,
    #[default]
    Spend,
    Score,
    Value,
    Alive,
}

/// Names of the values of an option, the default first.
pub(crate) trait Named: Copy + PartialEq + Default + 'static {
    /// Value and name in addresses.
    const NAMES: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(value, _)| *value == self).map_or("", |(_, name)| name)
    }
}

impl Named for Colour {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Segment, "segment"), (Self::Cluster, "cluster"), (Self::Value, "value")];
}

impl Named for Cells {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Customers, "customers"), (Self::Revenue, "revenue"), (Self::Value, "value")];
}

impl Named for Span {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Fitting, "fitting"), (Self::Month, "month"), (Self::Quarter, "quarter")];
}

impl Named for Counted {
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

/// How to show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    pub(crate) colour: Colour,
    /// Axes of the picture in powers of ten.
    pub(crate) log: bool,
    pub(crate) cells: Cells,
    /// What cohorts are put together by.
    pub(crate) span: Span,
    /// What cohorts and movements are counted in.
    pub(crate) counted: Counted,
    pub(crate) sort: Sort,
    /// The other way round than the column is usually read.
    pub(crate) reverse: bool,
    /// Part of a customer id.
    pub(crate) search: String,
    /// Page of the list, from 0.
    pub(crate) page: usize,
    /// The id of the one customer that a page or a chart is about.
    pub(crate) customer: Option<String>,
    /// The campaign that a budget is spent on.
    pub(crate) campaign: Campaign,
}

/// Everything an address says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Query {
    /// The run; the current one if absent.
    pub(crate) run: Option<String>,
    /// `light` or `dark`; what the reader chose or the system says if absent.
    pub(crate) theme: Option<&'static str>,
    pub(crate) filter: Filter,
    pub(crate) shown: Shown,
}

impl Query {
    /// Reads the part after the question mark.
    ///
    /// # Errors
    ///
    /// [`ServerError::BadRequest`] for a key that is unknown or given twice, or a value that cannot be
    /// read.
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
            // Another theme than ours is none: the page is the same.
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
                    return Err(format!("`{key}` is not a filter or an option of this page"));
                }
            }
        }
        Ok(())
    }

    /// The pairs of the address, defaults left out.
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
        option("cells", shown.cells.name(), shown.cells == Cells::default());
        option("by", shown.span.name(), shown.span == Span::default());
        option("show", shown.counted.name(), shown.counted == Counted::default());
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

    /// `path` with this after a question mark.
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

    /// The same run and customers, shown as usual: for links to another page.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { shown: Shown::default(), filter: self.filter.without_then(), ..self.clone() }
    }

    /// Another filter, the rest the same but for the page of the list.
    pub(crate) fn with_filter(&self, filter: Filter) -> Self {
        Self { filter, shown: Shown { page: 0, ..self.shown.clone() }, ..self.clone() }
    }

    /// Another way to show it.
    pub(crate) fn with_shown(&self, change: impl FnOnce(&mut Shown)) -> Self {
        let mut query = self.clone();
        change(&mut query.shown);
        query
    }

    /// Everything of this in a named run.
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
                colour: Colour::NAMES[at.0].0, cells: Cells::NAMES[at.1].0, sort: Sort::NAMES[at.2].0,
                span: Span::NAMES[at.3].0, counted: Counted::NAMES[at.4].0, log, reverse, search, page, customer,
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
            ("segmnt=Lost", "`segmnt` is not a filter or an option of this page"),
            ("page=0", "`page` is `0`, expected a whole number from 1"),
            ("colour=red", "`colour` is `red`, expected one of segment, cluster, value"),
        ] {
            let error = Query::read(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert_eq!(Query::read("theme=pink&run=&q=&colour=&page=").expect("defaults"), Query::default());
    }
}
