//! 3D scatter plot: recency, frequency and spend of every customer.
//!
//! Beyond [`MOST`] customers a sample is drawn, the same share of every segment, and the page says so.
//! The sample takes every nth customer of a segment in id order: it is deterministic, so a link always shows
//! the same points.

use regulars_analysis::columns::Column;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{Coded, present};
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use serde_json::{Value, json};

use super::figure::{Drawn, Figure, short_label};
use super::typed::Typed;
use crate::palette;
use crate::query::Colour;
use crate::view::View;

/// Points that a browser rotates smoothly.
pub(super) const MOST: usize = 50_000;

const HEIGHT: u64 = 620;

/// One mark per customer; `None` if the run lacks the column to colour by.
pub(super) fn scatter(view: &View) -> Result<Option<Drawn>, BackendError> {
    let frame = &view.frame;
    let segments = frame.segments()?;
    let rows = sample(view.chosen.rows(), &segments, view.chosen.len(), MOST);
    let colour = view.query.shown.colour;
    let (recency, orders, spend) = (frame.recency_days()?, frame.orders_of_each()?, frame.spend_minor()?);
    let log = view.query.shown.log;
    // For the log scale, recency is shifted by one day and customers with no spend are left out.
    let is_drawn = |row: &usize| !log || spend[*row] > 0;
    let money = &view.money;
    let ids = frame.ids()?;
    let mut traces = Vec::new();
    let mut trace = |name: &str, rows: &[usize], marker: Value| {
        let rows: Vec<usize> = rows.iter().copied().filter(is_drawn).collect();
        if rows.is_empty() {
            return;
        }
        let days = |row: &usize| recency[*row] as f64 + if log { 1.0 } else { 0.0 };
        traces.push(json!({
            "type": "scatter3d",
            "mode": "markers",
            "name": name,
            "x": Typed::floats(rows.iter().map(days)),
            "y": Typed::integers(rows.iter().map(|row| orders[*row] as i32)),
            "z": Typed::floats(rows.iter().map(|row| money.units(spend[*row]))),
            "ids": ids_of(&ids, &rows),
            "marker": marker,
            "hovertemplate": "%{id}<br>%{x} days since the last order<br>%{y} orders<br>%{z} spent<extra>%{fullData.name}</extra>",
        }));
    };
    let size = if rows.len() > 5_000 { 2.0 } else { 3.5 };
    let marker =
        |colour: Value| json!({ "size": size, "opacity": 0.8, "color": colour, "line": { "width": 0 } });
    match colour {
        Colour::Segment => {
            for (place, name) in segments.labels.iter().enumerate() {
                trace(
                    &short_label(name, 28),
                    &of_class(&rows, &segments, place),
                    marker(json!(palette::segment(place))),
                );
            }
        }
        Colour::Cluster => {
            let Some(clusters) = frame.clusters()? else { return Ok(None) };
            for (place, name) in clusters.labels.iter().enumerate() {
                let words = short_label(&frame.cluster_name(name), 40);
                trace(&words, &of_class(&rows, &clusters, place), marker(json!(palette::cluster(place))));
            }
        }
        Colour::Value => {
            let Some(expected) = frame.expected_minor()? else { return Ok(None) };
            let rows: Vec<usize> = rows
                .iter()
                .copied()
                .filter(|row| present(expected[*row]).is_some() && is_drawn(row))
                .collect();
            // The scale ends at the 99th percentile, or a few customers would take all of it.
            let mut values: Vec<f64> = rows.iter().map(|row| money.units(expected[*row])).collect();
            let colours = Typed::floats(values.iter().copied());
            values.sort_unstable_by(f64::total_cmp);
            let most = values.get((values.len().max(1) - 1) * 99 / 100).copied().unwrap_or(1.0);
            let (prefix, suffix) = money.affixes();
            let mut marker = marker(colours);
            marker["cmin"] = json!(0);
            marker["cmax"] = json!(most.max(1.0));
            marker["colorscale"] = palette::point_scale();
            marker["colorbar"] = json!({ "title": { "text": "Predicted LTV" }, "thickness": 12, "len": 0.7, "tickprefix": prefix, "ticksuffix": suffix, "outlinewidth": 0, "tickformat": "~s", "tickfont": { "color": "--muted" } });
            trace("Customers", &rows, marker);
        }
    }
    Ok(Some(Drawn {
        figure: Figure { data: traces, layout: layout(view), links: search_link(view) },
        ..said(view, &rows, is_drawn)
    }))
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
    let rows = sample(view.chosen.rows(), &segments, view.chosen.len(), MOST);
    let log = view.query.shown.log;
    Ok(Some(said(view, &rows, |row| !log || spend[*row] > 0)))
}

fn layout(view: &View) -> Value {
    let log = view.query.shown.log;
    let (prefix, suffix) = view.money.affixes();
    let kind = if log { "log" } else { "linear" };
    let axis = |title: &str| {
        json!({
            "title": { "text": title, "font": { "size": 13 } }, "type": kind, "gridcolor": "--line-strong", "zerolinecolor": "--line-strong", "backgroundcolor": "rgba(0,0,0,0)",
            "showspikes": false, "tickfont": { "color": "--muted", "size": 11 }, "color": "--ink", "tickformat": "~s", "nticks": 5,
        })
    };
    let mut spend_axis = axis("Spend");
    spend_axis["tickprefix"] = json!(prefix);
    spend_axis["ticksuffix"] = json!(suffix);
    json!({
        "height": HEIGHT,
        "margin": { "l": 0, "r": 0, "t": 8, "b": 8 },
        "dragmode": "turntable",
        "legend": { "itemsizing": "constant", "itemclick": "toggle", "itemdoubleclick": "toggleothers", "y": 1.02 },
        "scene": {
            "xaxis": axis(if log { "Days since last order + 1" } else { "Days since last order" }),
            "yaxis": axis("Orders"),
            "zaxis": spend_axis,
            "aspectmode": "manual",
            "aspectratio": { "x": 1.25, "y": 1.25, "z": 0.9 },
            "camera": { "eye": { "x": 1.42, "y": 1.42, "z": 0.72 }, "center": { "x": 0, "y": 0, "z": -0.14 } },
        },
    })
}

/// URL of a customer, with a placeholder for the id.
fn search_link(view: &View) -> Value {
    json!(view.customer("{id}"))
}

fn ids_of(ids: &Column, rows: &[usize]) -> Vec<String> {
    rows.iter().map(|row| ids.display(*row)).collect()
}

/// Title, advice and units.
fn said(view: &View, rows: &[usize], is_drawn: impl Fn(&usize) -> bool) -> Drawn {
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
            format::counted(left_out as u64, "customer", "customers")
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
    let mut table = Table::new(&[
        ("customer_id", "Customer"),
        ("recency", "Days since last order"),
        ("frequency", "Orders"),
        ("monetary", "Spend"),
        ("segment", "Segment"),
    ]);
    for row in view.chosen.rows() {
        table.push(
            vec![
                Cell::Text(ids.display(row)),
                Cell::Number(recency[row] as f64),
                Cell::Number(orders[row] as f64),
                Cell::Money(spend[row] as f64),
                Cell::Text(segments.label(row).unwrap_or_default().to_owned()),
            ],
            None,
        );
    }
    Ok(table)
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
