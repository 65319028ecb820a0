//! Customers in the plane of the first two principal components, and their silhouettes.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Table, TableOf};
use regulars_core::tables::{ColumnDef, customer_clusters};
use serde_json::json;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, short_label};
use super::super::scatter::{of_class, sample};
use super::super::trace::Trace;
use super::super::typed::Typed;
use crate::palette;
use crate::view::View;

const OF: customer_clusters::Columns<ColumnDef> = customer_clusters::COLUMNS;
const HEIGHT: usize = 560;
/// Points that a browser draws quickly without WebGL, which plotly.js cannot use for 2D plots here: it would
/// need to evaluate code, which the content security policy forbids.
const MAX_POINTS: usize = 5_000;
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
    let rows = sample(view.chosen.rows(), &clusters, view.chosen.len(), MAX_POINTS);
    let size = if rows.len() > 2_000 { 4.5 } else { 6.0 };
    let opacity = if rows.len() > 2_000 { 0.55 } else { 0.7 };
    let mut figure = Figure::new(HEIGHT, [12, 34, 40])
        .legend()
        .set(
            "legend",
            json!({ "itemsizing": "constant", "itemclick": "toggle", "itemdoubleclick": "toggleothers" }),
        )
        .x(component("First principal component"))
        .y(component("Second principal component"))
        .linked_to(json!(view.customer("{id}")));
    for (place, label) in clusters.labels.iter().enumerate() {
        let of = of_class(&rows, &clusters, place);
        if of.is_empty() {
            continue;
        }
        let points = Trace::points(of.iter().copied(), size)
            .name(&short_label(&frame.cluster_name(label), 44))
            .set("x", Typed::floats(of.iter().map(|row| x[*row])))
            .set("y", Typed::floats(of.iter().map(|row| y[*row])))
            .each("ids", |row| ids.display(row))
            .each("customdata", |row| short_label(segments.label(row).unwrap_or_default(), 40))
            .colour(&palette::cluster(place))
            .marker("opacity", opacity)
            .marker("line", json!({ "width": 0 }));
        figure =
            figure.with(points.set("hovertemplate", "%{id}, %{customdata}<extra>%{fullData.name}</extra>"));
    }
    Ok(Some(Drawn { figure, ..outline_text(view, rows.len()) }))
}

fn component(title: &str) -> Axis {
    let axis = Axis::default().set("title", json!({ "text": title, "standoff": 6 }));
    axis.set("showticklabels", false).no_zero().ticks(8)
}

/// The chart without its marks.
pub(crate) fn outline(view: &View) -> Result<Option<Drawn>, BackendError> {
    let frame = &view.frame;
    if frame.clusters()?.is_none() || frame.numbers(OF.x)?.is_none() || view.chosen.is_empty() {
        return Ok(None);
    }
    Ok(Some(outline_text(view, view.chosen.len().min(MAX_POINTS))))
}

fn outline_text(view: &View, drawn: usize) -> Drawn {
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
    let (clusters, ids) = (frame.clusters()?, frame.ids()?);
    let (x, y, silhouette) = (frame.numbers(OF.x)?, frame.numbers(OF.y)?, frame.numbers(OF.silhouette)?);
    let is_there = clusters.is_some() && x.is_some() && y.is_some();
    let cluster = |row: usize| clusters.as_ref().and_then(|clusters| clusters.label(row)).unwrap_or_default();
    Ok(TableOf::new(view.chosen.rows().filter(|_| is_there))
        .text("customer_id", "Customer", |row| ids.display(row))
        .text("cluster", "Cluster", cluster)
        .number("x", "x", |row| x.as_ref().map(|x| x[row]))
        .number("y", "y", |row| y.as_ref().map(|y| y[row]))
        .number("silhouette", "Silhouette", |row| silhouette.as_ref().map(|of| of[row]))
        .done())
}

/// Silhouettes of each cluster's customers, best first.
pub(crate) fn silhouettes(view: &View) -> Result<Option<Drawn>, BackendError> {
    let frame = &view.frame;
    let (Some(clusters), Some(values)) = (frame.clusters()?, frame.numbers(OF.silhouette)?) else {
        return Ok(None);
    };
    let of_each = clusters.divide(&view.chosen, |row| Some(values[row]).filter(|value| value.is_finite()));
    let total = of_each.iter().map(Vec::len).sum::<usize>() as f64;
    if total == 0.0 {
        return Ok(None);
    }
    let mut of_each: Vec<(usize, Vec<f64>)> =
        of_each.into_iter().enumerate().filter(|(_, of)| !of.is_empty()).collect();
    let name = |place: usize| frame.cluster_name(&clusters.labels[place]);
    let sum = |of: &[f64]| of.iter().sum::<f64>();
    let wrong = |of: &[f64]| of.iter().filter(|value| **value < 0.0).count();
    let axis = Axis::default().set("title", json!({ "text": "Customers, by cluster", "standoff": 6 }));
    let mut figure = Figure::new(360, [12, 34, 34])
        .legend()
        .x(axis.set("showticklabels", false).no_grid().no_zero())
        .y(Axis::upright("Silhouette").ticks(6));
    let mut below = 0.0;
    for (place, of) in &mut of_each {
        of.sort_unstable_by(|a, b| b.total_cmp(a));
        let width = of.len() as f64 / total * 100.0;
        let steps = STEPS.min(of.len());
        let at = |step: usize| if steps == 1 { 0 } else { step * (of.len() - 1) / (steps - 1) };
        let line = Trace::line((0..steps).map(at), &palette::cluster(*place), 1.5)
            .name(&short_label(&name(*place), 44))
            .x(|at| below + width * at as f64 / of.len().max(2).saturating_sub(1) as f64)
            .y(|at| of[at])
            .set("fill", "tozeroy");
        figure = figure.with(line.set("hovertemplate", "silhouette %{y:.2f}<extra>%{fullData.name}</extra>"));
        below += width + 1.5;
    }
    let mean = of_each.iter().map(|(_, of)| sum(of)).sum::<f64>() / total;
    let astray = of_each.iter().map(|(_, of)| wrong(of)).sum::<usize>();
    Ok(Some(Drawn {
        title: format!(
            "Mean silhouette {}; {} of customers are closer to another cluster",
            format::two(mean),
            format::percent_in_text(astray as f64 / total)
        ),
        advice: "Customers of each cluster from best to worst fit; the dotted line is the mean. Below 0, a customer is closer to another cluster than to its own.".to_owned(),
        units: "silhouette per customer, −1 to 1".to_owned(),
        figure: figure.level(mean, "--ink"),
        table: TableOf::new(&of_each)
            .text("cluster_name", "Cluster", |(place, _)| name(*place))
            .count("customers", "Customers", |(_, of)| of.len() as u64)
            .text("silhouette_mean", "Mean silhouette", |(_, of)| format::two(sum(of) / of.len() as f64))
            .share("nearer_to_another", "Closer to another cluster", |(_, of)| {
                wrong(of) as f64 / of.len() as f64
            })
            .links(|(place, _)| {
                Some(view.customers(view.filter().with_cluster(&clusters.labels[*place])))
            }),
    }))
}
