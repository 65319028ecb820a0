//! Selection of the number of clusters: one chart per quality measure.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::TableOf;
use regulars_core::tables::cluster_selection::Row;
use serde_json::json;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure};
use super::super::trace::Trace;
use crate::view::View;

/// A measure of the quality of a number of clusters.
pub(crate) struct Measure {
    title: &'static str,
    advice: &'static str,
    of: fn(&Row) -> Option<f64>,
    /// Its standard error, if it has one.
    error: fn(&Row) -> Option<f64>,
    /// A threshold to draw.
    limit: Option<f64>,
    /// Whether to mark the elbow.
    elbow: bool,
    /// Whether the values are large.
    large: bool,
}

impl Measure {
    const fn new(title: &'static str, of: fn(&Row) -> Option<f64>, advice: &'static str) -> Self {
        Self { title, advice, of, error: |_| None, limit: None, elbow: false, large: false }
    }
}

/// Mean silhouette.
pub(crate) const SILHOUETTE: Measure = Measure {
    error: |row| row.silhouette_standard_error,
    ..Measure::new(
        "Mean silhouette",
        |row| row.silhouette,
        "How much closer customers are to their own cluster than to the next, from −1 to 1. Higher is better; it decides among stable solutions.",
    )
};

/// Adjusted Rand index of refits.
pub(crate) const STABILITY: Measure = Measure {
    limit: Some(0.6),
    ..Measure::new(
        "Stability",
        |row| row.stability,
        "Adjusted Rand index between fits on resampled customers; 1 means identical clusters. Solutions below the dotted line (0.6) are not considered.",
    )
};

/// Sum of squared distances to the cluster centers.
pub(crate) const INERTIA: Measure = Measure {
    elbow: true,
    large: true,
    ..Measure::new(
        "Inertia",
        |row| row.inertia,
        "Sum of squared distances to the cluster centers. It always falls; after the elbow, further clusters help less. For comparison only.",
    )
};

/// Calinski-Harabasz index.
pub(crate) const CALINSKI_HARABASZ: Measure = Measure {
    large: true,
    ..Measure::new(
        "Calinski-Harabasz",
        |row| row.calinski_harabasz,
        "Ratio of between-cluster to within-cluster variance; higher is better. For comparison only.",
    )
};

/// Davies-Bouldin index.
pub(crate) const DAVIES_BOULDIN: Measure = Measure::new(
    "Davies-Bouldin",
    |row| row.davies_bouldin,
    "Mean similarity of each cluster to its most similar one; lower is better. For comparison only.",
);

/// Gap statistic, if the run has it.
pub(crate) const GAP: Measure = Measure {
    error: |row| row.gap_standard_error,
    ..Measure::new(
        "Gap statistic",
        |row| row.gap,
        "How much tighter the clusters are than in uniform reference data; higher is better. For comparison only.",
    )
};

/// The chart of a measure; `None` if the run lacks it.
pub(crate) fn selection(view: &View, measure: &Measure) -> Result<Option<Drawn>, BackendError> {
    let Some(all) = view.frame.rows::<Row>()? else { return Ok(None) };
    let value = |row: &Row| (measure.of)(row).unwrap_or(f64::NAN);
    let error = |row: &Row| (measure.error)(row).filter(|error| error.is_finite());
    let rows: Vec<&Row> = all.iter().filter(|row| value(row).is_finite()).collect();
    let chosen = all.iter().find(|row| row.verdict.as_deref() == Some("chosen"));
    let Some(chosen) = chosen.filter(|_| !rows.is_empty()) else { return Ok(None) };
    let shown = |value: f64| match value {
        value if value.abs() < 10.0 => format!("{value:.3}"),
        value => format::whole(value),
    };
    let hover = |row: &Row| match verdict(row) {
        "" => format!("{} clusters: {}", row.k, shown(value(row))),
        verdict => format!("{} clusters: {}<br>{verdict}", row.k, shown(value(row))),
    };
    let size = |row: &Row| match row.verdict.as_deref() {
        Some("chosen") => 13_u8,
        Some("runner-up") => 9,
        _ => 6,
    };
    let points = Trace::line(rows.iter().copied(), "--chart-2", 2.0)
        .with_points(6)
        .x(|row| row.k)
        .y(value)
        .hover(hover)
        .colours(|row| if row.k == chosen.k { "--chart-1" } else { "--chart-2" })
        .marker("size", rows.iter().map(|row| size(row)).collect::<Vec<u8>>());
    let has_errors = rows.iter().any(|row| error(row).is_some_and(|error| error > 0.0));
    let deviations = |row: &Row| error(row).unwrap_or(0.0);
    let points = if has_errors { points.deviations("y", deviations, ("--muted", 1.2, 3)) } else { points };
    let clusters = Axis::default().set("title", json!({ "text": "Clusters", "standoff": 6 }));
    let mut figure = Figure::new(230, [16, 12, 40])
        .with(points)
        .x(clusters.every_one().ticks(12).no_grid())
        .y(Axis::default().ticks(5).set("tickformat", if measure.large { "~s" } else { "" }));
    if let Some(limit) = measure.limit {
        figure = figure.level(limit, "--muted");
    }
    let elbow = rows.iter().find(|row| row.is_elbow).filter(|_| measure.elbow);
    if let Some(elbow) = elbow {
        let at = json!({ "x": elbow.k, "y": value(elbow), "showarrow": true, "arrowhead": 0, "ax": 24, "ay": -28, "arrowcolor": "--muted" });
        figure = figure.note(at, "elbow", "--muted");
    }
    let (title, k) = (measure.title, chosen.k);
    Ok(Some(Drawn {
        title: match elbow {
            Some(elbow) => format!("{title}: elbow at {} (not used to choose {k})", elbow.k),
            None if value(chosen).is_finite() => format!("{title}: {} for {k}", shown(value(chosen))),
            None => format!("{title}: {} for {k}", format::NOTHING),
        },
        advice: measure.advice.to_owned(),
        units: "by number of clusters; the large dot is the chosen one".to_owned(),
        figure,
        table: TableOf::new(rows)
            .count("k", "Clusters", |row| row.k)
            .text("value", title, |row| shown(value(row)))
            .text("standard_error", "Standard error", |row| error(row).map_or_else(String::new, shown))
            .text("verdict", "Verdict", verdict)
            .done(),
    }))
}

fn verdict(row: &Row) -> &'static str {
    match (row.verdict.as_deref().unwrap_or_default(), row.is_elbow) {
        ("chosen", true) => "chosen, elbow",
        ("chosen", false) => "chosen",
        ("runner-up", true) => "runner-up, elbow",
        ("runner-up", false) => "runner-up",
        (_, true) => "elbow",
        _ => "",
    }
}
