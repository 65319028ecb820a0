//! 3D scatter plot: recency, frequency and spend of every customer.
//!
//! Beyond [`MAX_POINTS`] customers a sample is drawn, the same share of every segment, and the page says so.
//! The sample takes every nth customer of a segment in id order: it is deterministic, so a link always shows
//! the same points.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{Coded, present};
use regulars_analysis::table::{Table, TableOf};
use regulars_core::label;
use serde_json::{Value, json};

use super::axes::Axis;
use super::figure::{Drawn, Figure, short_label};
use super::trace::Trace;
use super::typed::Typed;
use crate::palette;
use crate::query::Colour;
use crate::view::View;

/// Points that a browser rotates smoothly.
pub(super) const MAX_POINTS: usize = 50_000;

const HEIGHT: u64 = 620;

const TOOLTIP: &str =
    "%{id}<br>%{x} days since the last order<br>%{y} orders<br>%{z} spent<extra>%{fullData.name}</extra>";

/// One mark per customer; `None` if the run lacks the column to colour by.
pub(super) fn scatter(view: &View) -> Result<Option<Drawn>, BackendError> {
    let frame = &view.frame;
    let segments = frame.segments()?;
    let rows = sample(view.chosen.rows(), &segments, view.chosen.len(), MAX_POINTS);
    let colour = view.query.shown.colour;
    let (recency, orders, spend) = (frame.recency_days()?, frame.orders_of_each()?, frame.spend_minor()?);
    let log = view.query.shown.log;
    // For the log scale, recency is shifted by one day and customers with no spend are left out.
    let is_drawn = |row: &usize| !log || spend[*row] > 0;
    let money = &view.money;
    let ids = frame.ids()?;
    let size = if rows.len() > 5_000 { 2.0 } else { 3.5 };
    let points = |name: &str, rows: &[usize]| {
        let days = |row: &usize| recency[*row] as f64 + if log { 1.0 } else { 0.0 };
        Trace::points(rows.iter().copied(), size)
            .set("type", "scatter3d")
            .name(name)
            .set("x", Typed::floats(rows.iter().map(days)))
            .set("y", Typed::integers(rows.iter().map(|row| orders[*row] as i32)))
            .set("z", Typed::floats(rows.iter().map(|row| money.units(spend[*row]))))
            .each("ids", |row| ids.display(row))
            .set("hovertemplate", TOOLTIP)
            .marker("opacity", 0.8)
            .marker("line", json!({ "width": 0 }))
    };
    let mut figure =
        Figure { layout: layout(view), links: json!(view.customer("{id}")), ..Figure::default() };
    let rows_drawn: Vec<usize> = rows.iter().copied().filter(is_drawn).collect();
    // One trace per class that has a customer.
    let mut of_classes = |classes: &Coded, name: &dyn Fn(&str) -> String, colour: fn(usize) -> String| {
        for (place, label) in classes.labels.iter().enumerate() {
            let rows = of_class(&rows_drawn, classes, place);
            if !rows.is_empty() {
                figure.data.push(points(&name(label), &rows).colour(&colour(place)).into());
            }
        }
    };
    match colour {
        Colour::Segment => of_classes(&segments, &|name| short_label(name, 28), palette::segment),
        Colour::Cluster => {
            let Some(clusters) = frame.clusters()? else { return Ok(None) };
            of_classes(&clusters, &|name| short_label(&frame.cluster_name(name), 40), palette::cluster);
        }
        Colour::Value => {
            let Some(expected) = frame.expected_minor()? else { return Ok(None) };
            let rows = rows_drawn.iter().copied().filter(|row| present(expected[*row]).is_some());
            let rows: Vec<usize> = rows.collect();
            // The scale ends at the 99th percentile, or a few customers would take all of it.
            let mut values: Vec<f64> = rows.iter().map(|row| money.units(expected[*row])).collect();
            let colours = Typed::floats(values.iter().copied());
            values.sort_unstable_by(f64::total_cmp);
            let most = values.get((values.len().max(1) - 1) * 99 / 100).copied().unwrap_or(1.0);
            let bar = Axis::default().set("title", json!({ "text": "Predicted LTV" })).money(money);
            let bar = bar.set("thickness", 12).set("len", 0.7).set("outlinewidth", 0);
            let trace = points("Customers", &rows)
                .marker("color", colours)
                .marker("cmin", 0)
                .marker("cmax", most.max(1.0))
                .marker("colorscale", json!(palette::POINTS))
                .marker("colorbar", bar.set("tickfont", json!({ "color": "--muted" })));
            if !rows.is_empty() {
                figure.data.push(trace.into());
            }
        }
    }
    Ok(Some(Drawn { figure, ..outline_text(view, &rows, is_drawn) }))
}

/// The chart without its marks; `None` if there are none.
pub(super) fn outline(view: &View) -> Result<Option<Drawn>, BackendError> {
    let segments = view.frame.segments()?;
    let spend = view.frame.spend_minor()?;
    let missing = match view.query.shown.colour {
        Colour::Segment => false,
        Colour::Cluster => view.frame.clusters()?.is_none(),
        Colour::Value => view.frame.expected_minor()?.is_none(),
    };
    if missing || view.chosen.is_empty() {
        return Ok(None);
    }
    let rows = sample(view.chosen.rows(), &segments, view.chosen.len(), MAX_POINTS);
    let log = view.query.shown.log;
    Ok(Some(outline_text(view, &rows, |row| !log || spend[*row] > 0)))
}

fn layout(view: &View) -> Value {
    let log = view.query.shown.log;
    let kind = if log { "log" } else { "linear" };
    let axis = |title: &str| {
        let axis =
            Axis::default().set("title", json!({ "text": title, "font": { "size": 13 } })).set("type", kind);
        let axis = axis.set("gridcolor", "--line-strong").set("zerolinecolor", "--line-strong").ticks(5);
        let axis =
            axis.set("backgroundcolor", "rgba(0,0,0,0)").set("showspikes", false).set("color", "--ink");
        axis.set("tickfont", json!({ "color": "--muted", "size": 11 })).set("tickformat", "~s")
    };
    json!({
        "height": HEIGHT,
        "margin": { "l": 0, "r": 0, "t": 8, "b": 8 },
        "dragmode": "turntable",
        "legend": { "itemsizing": "constant", "itemclick": "toggle", "itemdoubleclick": "toggleothers", "y": 1.02 },
        "scene": {
            "xaxis": Value::from(axis(if log { "Days since last order + 1" } else { "Days since last order" })),
            "yaxis": Value::from(axis("Orders")),
            "zaxis": Value::from(axis("Spend").money(&view.money)),
            "aspectmode": "manual",
            "aspectratio": { "x": 1.25, "y": 1.25, "z": 0.9 },
            "camera": { "eye": { "x": 1.42, "y": 1.42, "z": 0.72 }, "center": { "x": 0, "y": 0, "z": -0.14 } },
        },
    })
}

/// Title, advice and units.
fn outline_text(view: &View, rows: &[usize], is_drawn: impl Fn(&usize) -> bool) -> Drawn {
    let mut words =
        "Drag to rotate, scroll to zoom, click a name to hide it or a point to open the customer.".to_owned();
    if rows.len() < view.chosen.len() {
        words.push_str(&format!(
            " Shown: a sample of {} of {} customers, the same share of every segment.",
            format::count(rows.len() as u64),
            format::count(view.chosen.len() as u64)
        ));
    }
    let left_out = rows.iter().filter(|row| !is_drawn(row)).count();
    if left_out > 0 {
        words.push_str(&format!(
            concat!(" {} without ", label!(spend), " cannot be shown on a log scale."),
            format::customers(left_out as u64)
        ));
    }
    Drawn {
        title: "Every customer by recency, frequency and spend".to_owned(),
        advice: words,
        units: concat!("days, orders and ", label!(spend), " per customer").to_owned(),
        figure: Figure { layout: json!({ "height": HEIGHT }), ..Figure::default() },
        table: Table::default(),
    }
}

/// The rows that belong to one class.
pub(super) fn of_class(rows: &[usize], classes: &Coded, place: usize) -> Vec<usize> {
    rows.iter().copied().filter(|row| usize::from(classes.codes[*row]) == place).collect()
}

/// At most `most` of `total` rows, the same share of every class, evenly spaced within each.
pub(super) fn sample(
    rows: impl Iterator<Item = usize>,
    classes: &Coded,
    total: usize,
    most: usize,
) -> Vec<usize> {
    if total <= most {
        return rows.collect();
    }
    // One extra class for rows without one.
    let mut seen = vec![0_usize; classes.labels.len() + 1];
    rows.filter(|row| {
        let class = usize::from(classes.codes[*row]).min(classes.labels.len());
        let at = seen[class];
        seen[class] += 1;
        // Take a row whenever the running quota reaches the next integer.
        (at + 1) * most / total > at * most / total
    })
    .collect()
}

/// All selected customers, for the file.
pub(super) fn table(view: &View) -> Result<Table, BackendError> {
    let frame = &view.frame;
    let (recency, orders, spend) = (frame.recency_days()?, frame.orders_of_each()?, frame.spend_minor()?);
    let (ids, segments) = (frame.ids()?, frame.segments()?);
    Ok(TableOf::new(view.chosen.rows())
        .text("customer_id", "Customer", |row| ids.display(row))
        .number("recency", "Days since last order", |row| recency[row])
        .number("frequency", "Orders", |row| orders[row])
        .money("monetary", "Spend", |row| spend[row])
        .text("segment", "Segment", |row| segments.label(row).unwrap_or_default())
        .done())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_gives_the_same_share() {
        let codes: Vec<u16> = (0..1000).map(|row| u16::from(row % 10 == 0)).collect();
        let classes = Coded { codes, labels: vec!["many".to_owned(), "few".to_owned()] };
        let taken = sample(0..1000, &classes, 1000, 250);
        let of = |class: u16| taken.iter().filter(|row| classes.codes[**row] == class).count();
        assert_eq!((of(0), of(1)), (225, 25));
        assert!(taken.is_sorted());
        assert_eq!(sample(0..1000, &classes, 1000, 1000).len(), 1000);
    }
}
