//! Which charts there are, and on which page each stands.

use super::{Drawn, concentration, data, distributions, grid, revenue, scatter, segments};
use crate::backend::BackendError;
use crate::table::Table;
use crate::view::View;

/// Draws a chart, if the run and the customers chosen bear one out.
type Draw = fn(&View) -> Result<Option<Drawn>, BackendError>;
/// The table behind a chart.
type Tabulate = fn(&View) -> Result<Table, BackendError>;

/// One chart.
pub(crate) struct Chart {
    /// Its name in addresses and on the page.
    pub(crate) name: &'static str,
    /// Draws it; `None` where the run or the customers chosen bear out no such chart.
    draw: Draw,
    /// For a chart that is fetched when it comes into view: all of it but marks and table.
    outline: Option<Draw>,
    /// The table of such a chart, for its file.
    table: Option<Tabulate>,
}

const fn small(name: &'static str, draw: Draw) -> Chart {
    Chart { name, draw, outline: None, table: None }
}

/// Every chart but those of attributes, which have names of their own.
pub(crate) const CHARTS: &[Chart] = &[
    small("segments", segments::segments),
    small("revenue", revenue::revenue),
    small("value-distribution", distributions::value),
    small("concentration", concentration::concentration),
    small("segment-sizes", segments::sizes),
    small("recency", distributions::recency),
    small("frequency", distributions::frequency),
    small("monetary", distributions::monetary),
    small("rfm-score", distributions::rfm_score),
    small("rfm-grid", grid::grid),
    Chart {
        name: "rfm-scatter",
        draw: scatter::scatter,
        outline: Some(scatter::outline),
        table: Some(scatter::table),
    },
    small("coverage", data::coverage),
    small("new-customers", data::acquired),
    small("weekdays", data::weekdays),
    small("seasons", data::seasons),
    small("missing", data::missing),
    small("categories", data::categories),
    small("payments", data::payments),
];

/// Before the name of an attribute, the name of its chart.
const OF_ATTRIBUTE: &str = "attr.";

/// The name of the chart of an attribute.
pub(crate) fn shares_of_attribute(name: &str) -> String {
    format!("{OF_ATTRIBUTE}{name}")
}

/// Draws the chart of that name: `Err(None)` if there is no such chart at all.
pub(crate) fn chart(name: &str, view: &View) -> Result<Option<Drawn>, Option<BackendError>> {
    if let Some(chart) = CHARTS.iter().find(|chart| chart.name == name) {
        return (chart.draw)(view).map_err(Some);
    }
    let attribute = name.strip_prefix(OF_ATTRIBUTE).ok_or(None)?;
    let attribute = view.frame.attribute(attribute).map_err(Some)?.ok_or(None)?;
    data::attribute(view, &attribute).map_err(Some)
}

/// The chart as the page needs it, and whether its marks are to be fetched.
pub(crate) fn outline(name: &str, view: &View) -> Result<Option<(Drawn, bool)>, BackendError> {
    let large = CHARTS.iter().find(|chart| chart.name == name).and_then(|chart| chart.outline);
    match large {
        Some(outline) => Ok(outline(view)?.map(|drawn| (drawn, true))),
        None => match chart(name, view) {
            Ok(drawn) => Ok(drawn.map(|drawn| (drawn, false))),
            Err(Some(error)) => Err(error),
            Err(None) => Ok(None),
        },
    }
}

/// The table behind the chart of that name; `Err(None)` if there is no such chart at all.
pub(crate) fn table(name: &str, view: &View) -> Result<Option<Table>, Option<BackendError>> {
    match CHARTS.iter().find(|chart| chart.name == name).and_then(|chart| chart.table) {
        Some(table) => table(view).map(Some).map_err(Some),
        None => Ok(chart(name, view)?.map(|drawn| drawn.table)),
    }
}
