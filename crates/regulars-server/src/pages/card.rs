//! Chart cards: title, advice, figure, data table and downloads.

use regulars_analysis::error::BackendError;
use regulars_analysis::frame::MemorySize;
use regulars_analysis::table::ShownTable;

use crate::charts;
use crate::view::{View, path_part};

/// One display option of a chart.
#[derive(Debug, Clone)]
pub(crate) struct OptionLink {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) chosen: bool,
}

/// Display options of a chart, exactly one of them chosen.
#[derive(Debug, Clone)]
pub(crate) struct OptionGroup {
    pub(crate) label: &'static str,
    pub(crate) links: Vec<OptionLink>,
}

/// The axis scale of the box plots of a page, as links to its anchor `at`.
pub(crate) fn axes_of_boxes(view: &View, path: &str, at: &str) -> OptionGroup {
    let link = |(log, label): (bool, &'static str)| OptionLink {
        label,
        href: format!("{}#{at}", view.query.with_shown(|shown| shown.log = log).address(path)),
        chosen: view.query.shown.log == log,
    };
    OptionGroup { label: "Axis", links: [(false, "Linear"), (true, "Log scale")].map(link).to_vec() }
}

/// The card of a chart.
#[derive(Debug, Clone)]
pub(crate) struct ChartCard {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) advice: String,
    pub(crate) units: String,
    /// Its JSON, if it is inline in the page.
    pub(crate) figure: Option<String>,
    pub(crate) json: String,
    pub(crate) csv: String,
    pub(crate) table: Option<ShownTable>,
    pub(crate) options: Vec<OptionGroup>,
    /// Whether it spans the full width.
    pub(crate) wide: bool,
    /// Whether it ignores the filter in force.
    pub(crate) of_all: bool,
    /// Height to reserve before it is drawn, in pixels.
    pub(crate) height: u64,
}

/// A cached card; none if the run has no such chart.
struct Kept(Option<ChartCard>);

impl MemorySize for Kept {
    fn bytes(&self) -> usize {
        let Some(card) = &self.0 else { return 64 };
        // A table cell is three words and a short text.
        let cells = card.table.as_ref().map_or(0, |table| table.rows.len() * table.heads.len());
        512 + card.figure.as_ref().map_or(0, String::len) + cells * 80
    }
}

impl ChartCard {
    /// The card of the chart of that name; `None` if the run has no such chart.
    ///
    /// Cached by URL: a run never changes.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`] while reading its columns.
    pub(crate) fn of(view: &View, name: &str) -> Result<Option<Self>, BackendError> {
        let kept = view
            .frame
            .cached(&view.query.address(&format!("card {name}")), || Ok(Kept(Self::make(view, name)?)))?;
        Ok(kept.0.clone())
    }

    fn make(view: &View, name: &str) -> Result<Option<Self>, BackendError> {
        let alone = view.in_one_file;
        // A single-file export contains all marks and no links.
        let found = if alone { charts::whole(name, view)? } else { charts::outline(name, view)? };
        let Some((mut drawn, is_large)) = found else { return Ok(None) };
        if alone {
            drawn.figure.links = serde_json::Value::Null;
        }
        let with_table = !(drawn.table.rows.is_empty() || alone && is_large);
        let csv = match (alone, is_large) {
            (false, _) => view.api(&format!("charts/{}.csv", path_part(name))),
            (true, false) => data_address(&drawn.table.csv(&view.money)),
            (true, true) => String::new(),
        };
        Ok(Some(Self {
            figure: (alone || !is_large).then(|| drawn.script_json()),
            json: if alone { String::new() } else { view.api(&format!("charts/{}", path_part(name))) },
            csv,
            table: with_table.then(|| drawn.table.shown(&view.money)),
            title: drawn.title,
            advice: drawn.advice,
            units: drawn.units,
            options: Vec::new(),
            wide: is_large,
            of_all: charts::is_of_whole_run(name) && !view.chosen.is_all(),
            height: drawn.figure.layout["height"].as_u64().unwrap_or(320),
            // Attribute names are arbitrary; an element id has no spaces.
            name: name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
        }))
    }

    /// The cards of those charts that the run has.
    ///
    /// # Errors
    ///
    /// See [`Self::of`].
    pub(crate) fn all(view: &View, names: &[&str]) -> Result<Vec<Self>, BackendError> {
        let found: Result<Vec<Self>, _> =
            names.iter().filter_map(|name| Self::of(view, name).transpose()).collect();
        Ok(in_pairs(found?))
    }

    pub(crate) fn with_options(mut self, options: Vec<OptionGroup>) -> Self {
        self.options = options;
        self
    }
}

/// A small CSV file as a data URL.
fn data_address(csv: &str) -> String {
    format!("data:text/csv;charset=utf-8,{}", path_part(csv))
}

/// Lays cards out in pairs; an odd one out spans the full width.
pub(crate) fn in_pairs(mut cards: Vec<ChartCard>) -> Vec<ChartCard> {
    for card in &mut cards {
        card.wide = charts::is_large(&card.name);
    }
    if cards.iter().filter(|card| !card.wide).count() % 2 == 1
        && let Some(last) = cards.iter_mut().rev().find(|card| !card.wide)
    {
        last.wide = true;
    }
    cards
}
