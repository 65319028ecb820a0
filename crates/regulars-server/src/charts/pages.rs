//! The registry of charts.

use regulars_analysis::error::BackendError;
use regulars_analysis::table::Table;

use super::clusters::selection::{self, selection};
use super::figure::Drawn;
use super::{
    clusters, cohorts, concentration, customer, data, distributions, grid, marketing, movements, revenue,
    scatter, segments, value,
};
use crate::view::View;

/// Draws a chart; `None` if the run or the selected customers have no data for it.
type Draw = fn(&View) -> Result<Option<Drawn>, BackendError>;
/// The table behind a chart.
type Tabulate = fn(&View) -> Result<Table, BackendError>;

/// One chart.
pub(crate) struct Chart {
    /// Its name in URLs and on the page.
    pub(crate) name: &'static str,
    /// Draws it; `None` if the run or the selected customers have no data for it.
    draw: Draw,
    /// For a lazily loaded chart: everything but marks and table.
    outline: Option<Draw>,
    /// The table of a lazily loaded chart, for its file.
    table: Option<Tabulate>,
    /// Whether it always covers all customers of the run; filters do not apply.
    whole: bool,
}

const fn small(name: &'static str, draw: Draw) -> Chart {
    Chart { name, draw, outline: None, table: None, whole: false }
}

/// A chart to which filters do not apply.
const fn of_all(name: &'static str, draw: Draw) -> Chart {
    Chart { whole: true, ..small(name, draw) }
}

/// Every chart except those of attributes and features, whose names carry a prefix.
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
        whole: false,
    },
    small("coverage", data::coverage),
    small("new-customers", data::acquired),
    small("weekdays", data::weekdays),
    small("seasons", data::seasons),
    small("missing", data::missing),
    small("categories", data::categories),
    small("payments", data::payments),
    small("clusters", clusters::sizes),
    small("cluster-recency", clusters::recency),
    small("cluster-frequency", clusters::frequency),
    small("cluster-monetary", clusters::monetary),
    of_all("cluster-profile", clusters::profile),
    Chart {
        name: "cluster-picture",
        draw: clusters::picture,
        outline: Some(clusters::outline),
        table: Some(clusters::table),
        whole: false,
    },
    small("silhouettes", clusters::silhouettes),
    small("cluster-segments", clusters::segments),
    of_all("selection-silhouette", |view| selection(view, &selection::SILHOUETTE)),
    of_all("selection-stability", |view| selection(view, &selection::STABILITY)),
    of_all("selection-inertia", |view| selection(view, &selection::INERTIA)),
    of_all("selection-calinski-harabasz", |view| selection(view, &selection::CALINSKI_HARABASZ)),
    of_all("selection-davies-bouldin", |view| selection(view, &selection::DAVIES_BOULDIN)),
    of_all("selection-gap", |view| selection(view, &selection::GAP)),
    of_all("models", value::models),
    small("agreement", value::agreement),
    small("residuals", value::residuals),
    of_all("calibration", value::calibration),
    small("gain", value::gain),
    small("value-by-segment", value::by_segment),
    small("value-by-cluster", value::by_cluster),
    small("value-by-score", value::by_score),
    of_all("forecast-segments", value::forecast_segments),
    of_all("forecast-clusters", value::forecast_clusters),
    of_all("forecast-deciles", value::forecast_deciles),
    of_all("feature-importance", value::permutation_importance),
    of_all("feature-gains", value::gains),
    small("drivers", value::drivers),
    small("buying", value::buying),
    small("alive", value::alive),
    small("churn", value::churn),
    of_all("churn-reliability", value::reliability),
    small("margin-by-segment", value::margin_by_segment),
    of_all("coverage-by-decile", value::coverage),
    small("churn-holdout", value::churn_holdout),
    of_all("tracking", value::tracking),
    small("value-at-risk", marketing::at_risk),
    small("value-and-risk", marketing::value_and_risk),
    small("opportunities", marketing::kinds),
    small("upside", marketing::upside),
    small("best-customer-profile", marketing::best_customer_profile),
    small("budget", marketing::curve),
    small("cohorts", cohorts::overview),
    small("cohort-retention", cohorts::retention),
    small("cohort-revenue", cohorts::revenue),
    small("cohort-value", cohorts::value),
    small("cohort-lines", cohorts::lines),
    small("movements", movements::streams),
    small("movement-net", movements::net),
    small("customer-orders", customer::orders),
    small("customer-alive", customer::alive),
    small("customer-drivers", customer::drivers),
];

/// Charts under an earlier name, and the present one.
pub(crate) const RENAMED: [(&str, &str); 3] =
    [("potential", "upside"), ("churn-judged", "churn-holdout"), ("look-alikes", "best-customer-profile")];

/// Prefix of the chart of a customer attribute.
const OF_ATTRIBUTE: &str = "attr.";

/// Prefix of the dependence plot of a feature.
const OF_FEATURE: &str = "dependence.";

/// Chart name of a feature's dependence plot.
pub(crate) fn dependence_of(feature: &str) -> String {
    format!("{OF_FEATURE}{feature}")
}

/// Whether the marks of a chart are loaded when it scrolls into view.
pub(crate) fn is_large(name: &str) -> bool {
    CHARTS.iter().any(|chart| chart.name == name && chart.outline.is_some())
}

/// Whether a chart always covers all customers of the run; filters do not apply.
pub(crate) fn is_of_whole_run(name: &str) -> bool {
    name.starts_with(OF_FEATURE) || CHARTS.iter().any(|chart| chart.name == name && chart.whole)
}

/// Chart name of a customer attribute.
pub(crate) fn shares_of_attribute(name: &str) -> String {
    format!("{OF_ATTRIBUTE}{name}")
}

/// Draws the named chart; `Err(None)` if no chart has this name.
pub(crate) fn chart(name: &str, view: &View) -> Result<Option<Drawn>, Option<BackendError>> {
    if let Some(chart) = CHARTS.iter().find(|chart| chart.name == name) {
        return (chart.draw)(view).map_err(Some);
    }
    if let Some(feature) = name.strip_prefix(OF_FEATURE) {
        let known = view.frame.dependence_features().map_err(Some)?;
        return if known.iter().any(|f| f == feature) {
            value::dependence(view, feature).map_err(Some)
        } else {
            Err(None)
        };
    }
    let attribute = name.strip_prefix(OF_ATTRIBUTE).ok_or(None)?;
    let attribute = view.frame.attribute(attribute).map_err(Some)?.ok_or(None)?;
    data::attribute(view, &attribute).map_err(Some)
}

/// The chart with all its marks, and whether a server would load them lazily.
pub(crate) fn whole(name: &str, view: &View) -> Result<Option<(Drawn, bool)>, BackendError> {
    let drawn = chart(name, view).or_else(|error| error.map_or(Ok(None), Err))?;
    Ok(drawn.map(|drawn| (drawn, is_large(name))))
}

/// The chart as the page needs it, and whether its marks are loaded lazily.
pub(crate) fn outline(name: &str, view: &View) -> Result<Option<(Drawn, bool)>, BackendError> {
    let large = CHARTS.iter().find(|chart| chart.name == name).and_then(|chart| chart.outline);
    match large {
        Some(outline) => Ok(outline(view)?.map(|drawn| (drawn, true))),
        None => whole(name, view),
    }
}

/// The table behind the named chart; `Err(None)` if no chart has this name.
pub(crate) fn table(name: &str, view: &View) -> Result<Option<Table>, Option<BackendError>> {
    match CHARTS.iter().find(|chart| chart.name == name).and_then(|chart| chart.table) {
        Some(table) => table(view).map(Some).map_err(Some),
        None => Ok(chart(name, view)?.map(|drawn| drawn.table)),
    }
}
