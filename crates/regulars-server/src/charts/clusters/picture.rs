//! Customers in the plane of the first two principal components, and their silhouettes.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::tables::{ColumnDef, customer_clusters};
use serde_json::{Value, json};

use super::super::figure::{Drawn, Figure, short_label};
use super::super::scatter::{of_class, sample};
use super::super::typed::Typed;
use crate::palette;
use crate::view::View;

const OF: customer_clusters::Columns<ColumnDef> = customer_clusters::COLUMNS;
const HEIGHT: u64 = 560;
/// Points that a browser draws quickly without WebGL, which plotly.js cannot use for 2D plots here: it would
/// need to evaluate code, which the content security policy forbids.
const MOST: usize = 5_000;
/// Customers drawn per cluster in the silhouette plot.
const STEPS: usize = 120;

/// One mark per customer; `None` without clusters.
pub(crate) fn picture(view: &View) -> Result<Option<Drawn>, BackendError> {
    let frame = &view.frame;
    let (Some(clusters), Some(x), Some(y)) = (frame.clusters()?, frame.numbers(OF.x)?, frame.numbers(OF.y)?)
    else {
        return Ok(None);
    };
    let (ids, segments) = (frame.ids()?, frame.segments()?);
    let rows = sample(view.chosen.rows(), &clusters, view.chosen.len(), MOST);
    let size = if rows.len() > 2_000 { 4.5 } else { 6.0 };
    let opacity = if rows.len() > 2_000 { 0.55 } else { 0.7 };
    let mut traces = Vec::new();
    for (place, label) in clusters.labels.iter().enumerate() {
        let of = of_class(&rows, &clusters, place);
        if of.is_empty() {
            continue;
        }
        traces.push(json!({
            "type": "scatter",
            "mode": "markers",
            "name": short_label(&frame.cluster_name(label), 44),
            "x": Typed::floats(of.iter().map(|row| x[*row])),
            "y": Typed::floats(of.iter().map(|row| y[*row])),
            "ids": of.iter().map(|row| ids.display(*row)).collect::<Vec<_>>(),
            "customdata": of.iter().map(|row| short_label(segments.label(*row).unwrap_or_default(), 40)).collect::<Vec<_>>(),
            "marker": { "size": size, "opacity": opacity, "color": palette::cluster(place), "line": { "width": 0 } },
            "hovertemplate": "%{id}, %{customdata}<extra>%{fullData.name}</extra>",
        }));
    }
    Ok(Some(Drawn {
        figure: Figure { data: traces, layout: layout(), links: json!(view.customer("{id}")) },
        ..said(view, rows.len())
    }))
}

/// The chart without its marks.
pub(crate) fn outline(view: &View) -> Result<Option<Drawn>, BackendError> {
    let frame = &view.frame;
    if frame.clusters()?.is_none() || frame.numbers(OF.x)?.is_none() || view.chosen.is_empty() {
        return Ok(None);
    }
    Ok(Some(said(view, view.chosen.len().min(MOST))))
}

fn layout() -> Value {
    let axis = |title: &str| json!({ "title": { "text": title, "standoff": 6 }, "showticklabels": false, "zeroline": false, "nticks": 8 });
    json!({
        "height": HEIGHT,
        "margin": { "l": 12, "r": 12, "t": 34, "b": 40 },
        "legend": { "itemsizing": "constant", "itemclick": "toggle", "itemdoubleclick": "toggleothers" },
        "xaxis": axis("First principal component"),
        "yaxis": axis("Second principal component"),
    })
}

fn said(view: &View, drawn: usize) -> Drawn {
    let mut advice = "PCA of all features: clusters that overlap in the first two components may be separate in others. Click a name to hide it, a point for its customer.".to_owned();
    if drawn < view.chosen.len() {
        advice.push_str(&format!(
            " Shown: a sample of about {} of {} customers, the same share of every cluster.",
            format::count(drawn as u64),
            format::count(view.chosen.len() as u64)
        ));
    }
    Drawn {
        title: "Customers by similarity (PCA)".to_owned(),
        advice,
        units: "first two principal components".to_owned(),
        figure: Figure { layout: json!({ "height": HEIGHT }), ..Figure::default() },
        table: Table::default(),
    }
}

/// All selected customers, for the file.
pub(crate) fn table(view: &View) -> Result<Table, BackendError> {
    let frame = &view.frame;
    let mut table = Table::new(&[
        ("customer_id", "Customer"),
        ("cluster", "Cluster"),
        ("x", "x"),
        ("y", "y"),
        ("silhouette", "Silhouette"),
    ]);
    let (Some(clusters), Some(x), Some(y)) = (frame.clusters()?, frame.numbers(OF.x)?, frame.numbers(OF.y)?)
    else {
        return Ok(table);
    };
    let silhouette = frame.numbers(OF.silhouette)?;
    let ids = frame.ids()?;
    for row in view.chosen.rows() {
        table.push(
            vec![
                Cell::Text(ids.display(row)),
                Cell::Text(clusters.label(row).unwrap_or_default().to_owned()),
                Cell::Number(x[row]),
                Cell::Number(y[row]),
                Cell::Number(silhouette.as_ref().map_or(f64::NAN, |s| s[row])),
            ],
            None,
        );
    }
    Ok(table)
}

/// Silhouettes of each cluster's customers, best first.
pub(crate) fn silhouettes(view: &View) -> Result<Option<Drawn>, BackendError> {
    let frame = &view.frame;
    let (Some(clusters), Some(values)) = (frame.clusters()?, frame.numbers(OF.silhouette)?) else {
        return Ok(None);
    };
    let mut of_each = vec![Vec::new(); clusters.labels.len()];
    for row in view.chosen.rows().filter(|row| values[*row].is_finite()) {
        if let Some(of) = of_each.get_mut(usize::from(clusters.codes[row])) {
            of.push(values[row]);
        }
    }
    let total: usize = of_each.iter().map(Vec::len).sum();
    if total == 0 {
        return Ok(None);
    }
    let mut table = Table::new(&[
        ("cluster_name", "Cluster"),
        ("customers", "Customers"),
        ("silhouette_mean", "Mean silhouette"),
        ("nearer_to_another", "Closer to another cluster"),
    ]);
    let (mut data, mut below, mut sum, mut shapes) = (Vec::new(), 0.0, 0.0, Vec::new());
    let mut astray = 0_usize;
    for (place, mut of) in of_each.into_iter().enumerate() {
        if of.is_empty() {
            continue;
        }
        of.sort_unstable_by(|a, b| b.total_cmp(a));
        let name = frame.cluster_name(&clusters.labels[place]);
        let mean = of.iter().sum::<f64>() / of.len() as f64;
        let wrong = of.iter().filter(|value| **value < 0.0).count();
        sum += of.iter().sum::<f64>();
        astray += wrong;
        table.push(
            vec![
                Cell::Text(name.clone()),
                Cell::Count(of.len() as u64),
                Cell::Text(format::two(mean)),
                Cell::Share(wrong as f64 / of.len() as f64),
            ],
            Some(view.customers(view.filter().with_cluster(&clusters.labels[place]))),
        );
        let width = of.len() as f64 / total as f64 * 100.0;
        let steps = STEPS.min(of.len());
        let at = |step: usize| if steps == 1 { 0 } else { step * (of.len() - 1) / (steps - 1) };
        let xs: Vec<f64> = (0..steps)
            .map(|step| below + width * at(step) as f64 / of.len().max(2).saturating_sub(1) as f64)
            .collect();
        let ys: Vec<f64> = (0..steps).map(|step| of[at(step)]).collect();
        data.push(json!({
            "type": "scatter", "mode": "lines", "name": short_label(&name, 44), "x": xs, "y": ys, "fill": "tozeroy",
            "line": { "color": palette::cluster(place), "width": 1.5 },
            "hovertemplate": "silhouette %{y:.2f}<extra>%{fullData.name}</extra>",
        }));
        below += width + 1.5;
    }
    let mean = sum / total as f64;
    shapes.push(json!({ "type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": mean, "y1": mean, "line": { "color": "--ink", "width": 1.5, "dash": "dot" } }));
    Ok(Some(Drawn {
        title: format!(
            "Mean silhouette {}; {} of customers are closer to another cluster",
            format::two(mean),
            format::percent_in_text(astray as f64 / total as f64)
        ),
        advice: "Customers of each cluster from best to worst fit; the dotted line is the mean. Below 0, a customer is closer to another cluster than to its own.".to_owned(),
        units: "silhouette per customer, −1 to 1".to_owned(),
        figure: Figure {
            data,
            layout: json!({
                "height": 360,
                "margin": { "l": 12, "r": 12, "t": 34, "b": 34 },
                "shapes": shapes,
                "xaxis": { "title": { "text": "Customers, by cluster", "standoff": 6 }, "showticklabels": false, "showgrid": false, "zeroline": false },
                "yaxis": { "title": { "text": "Silhouette" }, "nticks": 6 },
            }),
            links: Value::Null,
        },
        table,
    }))
}
