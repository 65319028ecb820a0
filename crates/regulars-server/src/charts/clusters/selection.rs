//! Selection of the number of clusters: one chart per quality measure.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::tables::cluster_selection::Row;
use serde_json::{Value, json};

use super::super::figure::{Drawn, Figure};
use crate::view::View;

/// A measure of the quality of a number of clusters.
struct Measure {
    of: fn(&Row) -> Option<f64>,
    /// Its standard error, if it has one.
    error: fn(&Row) -> Option<f64>,
    title: &'static str,
    advice: &'static str,
    /// A threshold to draw.
    limit: Option<f64>,
    /// Whether to mark the elbow.
    elbow: bool,
    /// Whether the values are large.
    large: bool,
}

impl Measure {
    fn new(of: fn(&Row) -> Option<f64>, title: &'static str, advice: &'static str) -> Self {
        Self { of, error: |_| None, title, advice, limit: None, elbow: false, large: false }
    }
}

fn drawn(view: &View, measure: &Measure) -> Result<Option<Drawn>, BackendError> {
    let Some(all) = view.frame.rows::<Row>()? else { return Ok(None) };
    let value = |row: &Row| (measure.of)(row).unwrap_or(f64::NAN);
    let error = |row: &Row| (measure.error)(row).unwrap_or(f64::NAN);
    let rows: Vec<&Row> = all.iter().filter(|row| value(row).is_finite()).collect();
    let Some(chosen) = all.iter().find(|row| row.verdict.as_deref() == Some("chosen")) else {
        return Ok(None);
    };
    if rows.is_empty() {
        return Ok(None);
    }
    let mut table = Table::new(&[
        ("k", "Clusters"),
        ("value", ""),
        ("standard_error", "Standard error"),
        ("verdict", "Verdict"),
    ]);
    measure.title.clone_into(&mut table.columns[1].1);
    let places = |value: f64| {
        if !value.is_finite() {
            String::new()
        } else if value.abs() < 10.0 {
            format!("{value:.3}")
        } else {
            format::whole(value)
        }
    };
    for row in rows.iter().copied() {
        table.push(
            vec![
                Cell::Count(row.k),
                Cell::Text(places(value(row))),
                Cell::Text(places(error(row))),
                Cell::Text(verdict(row).to_owned()),
            ],
            None,
        );
    }
    let ks: Vec<u64> = rows.iter().map(|row| row.k).collect();
    let details: Vec<String> = rows
        .iter()
        .map(|row| {
            let verdict = verdict(row);
            format!(
                "{} clusters: {}{}{verdict}",
                row.k,
                places(value(row)),
                if verdict.is_empty() { "" } else { "<br>" }
            )
        })
        .collect();
    let is = |row: &Row, what: &str| row.verdict.as_deref() == Some(what);
    let mut shapes = Vec::new();
    if let Some(limit) = measure.limit {
        shapes.push(json!({ "type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": limit, "y1": limit, "line": { "color": "--muted", "width": 1.5, "dash": "dot" } }));
    }
    let elbow = rows.iter().find(|row| row.is_elbow).filter(|_| measure.elbow);
    let mut annotations = Vec::new();
    if let Some(elbow) = elbow {
        annotations.push(json!({ "x": elbow.k, "y": value(elbow), "text": "elbow", "showarrow": true, "arrowhead": 0, "ax": 24, "ay": -28, "arrowcolor": "--muted", "font": { "size": 12, "color": "--muted" } }));
    }
    let k = chosen.k;
    let said = match elbow {
        Some(elbow) => format!("{}: elbow at {} (not used to choose {k})", measure.title, elbow.k),
        None => format!(
            "{}: {} for {k}",
            measure.title,
            if value(chosen).is_finite() { places(value(chosen)) } else { format::NOTHING.to_owned() }
        ),
    };
    let errors: Vec<f64> =
        rows.iter().map(|row| error(row)).map(|e| if e.is_finite() { e } else { 0.0 }).collect();
    let mut trace = json!({
        "type": "scatter",
        "mode": "lines+markers",
        "x": ks,
        "y": rows.iter().map(|row| value(row)).collect::<Vec<_>>(),
        "customdata": details,
        "line": { "color": "--chart-2", "width": 2 },
        "marker": {
            "color": rows.iter().map(|row| if is(row, "chosen") { "--chart-1" } else { "--chart-2" }).collect::<Vec<_>>(),
            "size": rows.iter().map(|row| if is(row, "chosen") { 13 } else if is(row, "runner-up") { 9 } else { 6 }).collect::<Vec<_>>(),
        },
        "hovertemplate": "%{customdata}<extra></extra>",
    });
    if errors.iter().any(|error| *error > 0.0) {
        trace["error_y"] =
            json!({ "type": "data", "array": errors, "color": "--muted", "thickness": 1.2, "width": 3 });
    }
    Ok(Some(Drawn {
        title: said,
        advice: measure.advice.to_owned(),
        units: "by number of clusters; the large dot is the chosen one".to_owned(),
        figure: Figure {
            data: vec![trace],
            layout: json!({
                "height": 230,
                "showlegend": false,
                "margin": { "l": 12, "r": 16, "t": 12, "b": 40 },
                "shapes": shapes,
                "annotations": annotations,
                "xaxis": { "title": { "text": "Clusters", "standoff": 6 }, "dtick": 1, "nticks": 12, "showgrid": false },
                "yaxis": { "nticks": 5, "tickformat": if measure.large { "~s" } else { "" } },
            }),
            links: Value::Null,
        },
        table,
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

/// Mean silhouette.
pub(crate) fn silhouette(view: &View) -> Result<Option<Drawn>, BackendError> {
    drawn(
        view,
        &Measure {
            error: |row| row.silhouette_standard_error,
            ..Measure::new(
                |row| row.silhouette,
                "Mean silhouette",
                "How much closer customers are to their own cluster than to the next, from −1 to 1. Higher is better; it decides among stable solutions.",
            )
        },
    )
}

/// Adjusted Rand index of refits.
pub(crate) fn stability(view: &View) -> Result<Option<Drawn>, BackendError> {
    drawn(
        view,
        &Measure {
            limit: Some(0.6),
            ..Measure::new(
                |row| row.stability,
                "Stability",
                "Adjusted Rand index between fits on resampled customers; 1 means identical clusters. Solutions below the dotted line (0.6) are not considered.",
            )
        },
    )
}

/// Sum of squared distances to the cluster centers.
pub(crate) fn inertia(view: &View) -> Result<Option<Drawn>, BackendError> {
    drawn(
        view,
        &Measure {
            elbow: true,
            large: true,
            ..Measure::new(
                |row| row.inertia,
                "Inertia",
                "Sum of squared distances to the cluster centers. It always falls; after the elbow, further clusters help less. For comparison only.",
            )
        },
    )
}

/// Calinski-Harabasz index.
pub(crate) fn calinski_harabasz(view: &View) -> Result<Option<Drawn>, BackendError> {
    drawn(
        view,
        &Measure {
            large: true,
            ..Measure::new(
                |row| row.calinski_harabasz,
                "Calinski-Harabasz",
                "Ratio of between-cluster to within-cluster variance; higher is better. For comparison only.",
            )
        },
    )
}

/// Davies-Bouldin index.
pub(crate) fn davies_bouldin(view: &View) -> Result<Option<Drawn>, BackendError> {
    drawn(
        view,
        &Measure::new(
            |row| row.davies_bouldin,
            "Davies-Bouldin",
            "Mean similarity of each cluster to its most similar one; lower is better. For comparison only.",
        ),
    )
}

/// Gap statistic, if the run has it.
pub(crate) fn gap(view: &View) -> Result<Option<Drawn>, BackendError> {
    drawn(
        view,
        &Measure {
            error: |row| row.gap_standard_error,
            ..Measure::new(
                |row| row.gap,
                "Gap statistic",
                "How much tighter the clusters are than in uniform reference data; higher is better. For comparison only.",
            )
        },
    )
}
