//! Tracking plot: actual and expected repeat purchases per week.

use serde_json::{Value, json};

use super::super::{Drawn, Figure};
use crate::backend::BackendError;
use crate::format;
use crate::measures::day_of;
use crate::table::{Cell, Table};
use crate::view::View;

const WEEK_DAYS: i32 = 7;

/// Actual and expected repeat purchases, with the holdout period shaded.
pub(crate) fn tracking(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(of) = view.frame.small("ltv_tracking")? else { return Ok(None) };
    // Only one model is tracked: the first.
    let Some(model) = of.texts("model").into_iter().next() else { return Ok(None) };
    let rows = of.rows_with("model", &model);
    let mut table = Table::new(&[
        ("week_end", "Week ending"),
        ("is_holdout", "Holdout"),
        ("actual", "Actual"),
        ("expected", "Expected"),
        ("actual_cumulative", "Cumulative actual"),
        ("expected_cumulative", "Cumulative expected"),
    ]);
    for row in rows.iter().copied() {
        table.push(
            vec![
                Cell::Text(of.text("period_end", row)),
                Cell::Text(if of.is_set("is_holdout", row) { "yes" } else { "" }.to_owned()),
                Cell::Count(of.count("actual", row)),
                Cell::Number(of.number("expected", row)),
                Cell::Count(of.count("actual_cumulative", row)),
                Cell::Number(of.number("expected_cumulative", row)),
            ],
            None,
        );
    }
    let held_out: Vec<usize> = rows.iter().copied().filter(|row| of.is_set("is_holdout", *row)).collect();
    let sum = |name: &str| held_out.iter().map(|row| of.number(name, *row)).sum::<f64>();
    let (actual, expected) = (sum("actual"), sum("expected"));
    // An incomplete last week stays in the table; in the chart it would look like a drop.
    let day = |row: usize| day_of(&of.text("period_end", row)).unwrap_or(0);
    let rows = match rows.as_slice() {
        [.., before, last] if day(*last) - day(*before) < WEEK_DAYS => &rows[..rows.len() - 1],
        all => all,
    };
    let dates: Vec<String> = rows.iter().map(|row| of.text("period_end", *row)).collect();
    let last_known = rows.iter().rev().find(|row| !of.is_set("is_holdout", **row));
    let (mut shapes, mut annotations) = (Vec::new(), Vec::new());
    if let (Some(from), Some(to)) = (last_known, rows.last().filter(|_| !held_out.is_empty())) {
        let (from, to) = (of.text("period_end", *from), of.text("period_end", *to));
        shapes.push(json!({ "type": "rect", "xref": "x", "yref": "paper", "x0": from, "x1": to, "y0": 0, "y1": 1, "line": { "width": 0 }, "fillcolor": "--chart-1-veil", "layer": "below" }));
        annotations.push(json!({ "xref": "x", "yref": "paper", "x": to, "y": 1, "xanchor": "right", "yanchor": "top", "showarrow": false, "text": "holdout", "font": { "color": "--muted", "size": 12 } }));
    }
    let trace = |name: &str, column: &str, line: Value, shown: &str| {
        json!({
            "type": "scatter", "mode": "lines", "name": name, "x": dates, "y": rows.iter().map(|row| of.number(column, *row)).collect::<Vec<f64>>(), "line": line,
            "hovertemplate": format!("week ending %{{x|%-d %b %Y}}<br>{shown}<extra></extra>"),
        })
    };
    let title = if held_out.is_empty() {
        format!("Repeat purchases: actual and expected by {model}")
    } else {
        format!(
            "{} repeat purchases in the holdout period, {} expected ({})",
            format::count(actual.round() as u64),
            format::count(expected.round() as u64),
            format::change(expected, actual).map_or_else(|| format::NOTHING.to_owned(), |(change, _)| change)
        )
    };
    Ok(Some(Drawn {
        title,
        advice: format!(
            "Customers acquired before {model} was fitted; the shaded weeks are the holdout period. Expectations depend only on first-order dates, so their total differs slightly from that of the forecasts."
        ),
        units: "repeat purchases per week".to_owned(),
        figure: Figure {
            data: vec![
                trace(
                    "Actual",
                    "actual",
                    json!({ "color": "--chart-2", "width": 2 }),
                    "%{y:,} repeat purchases",
                ),
                trace(
                    "Expected",
                    "expected",
                    json!({ "color": "--chart-1", "width": 2.5 }),
                    "%{y:,.0f} expected",
                ),
            ],
            layout: json!({
                "height": 340,
                "margin": { "l": 12, "r": 16, "t": 34, "b": 42 },
                "xaxis": super::super::axes::months(),
                "yaxis": { "title": { "text": "Repeat purchases per week" }, "rangemode": "tozero", "nticks": 6, "tickformat": "," },
                "shapes": shapes,
                "annotations": annotations,
            }),
            links: Value::Null,
        },
        table,
    }))
}
