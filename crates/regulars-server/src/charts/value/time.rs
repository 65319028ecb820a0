//! Tracking plot: actual and expected repeat purchases per week.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::tables::ltv_tracking::Row;
use serde_json::{Value, json};

use super::super::figure::{Drawn, Figure};
use crate::view::View;

const WEEK_MICROS: i64 = 7 * DAY_MICROS;

/// Actual and expected repeat purchases, with the holdout period shaded.
pub(crate) fn tracking(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(all) = view.frame.rows::<Row>()? else { return Ok(None) };
    // Only one model is tracked: the first.
    let Some(model) = all.first().map(|row| &row.model) else { return Ok(None) };
    let rows: Vec<&Row> = all.iter().filter(|row| row.model == *model).collect();
    let week_end = |row: &Row| format_day(row.period_end);
    let mut table = Table::new(&[
        ("week_end", "Week ending"),
        ("is_holdout", "Holdout"),
        ("actual", "Actual"),
        ("expected", "Expected"),
        ("actual_cumulative", "Cumulative actual"),
        ("expected_cumulative", "Cumulative expected"),
    ]);
    for row in &rows {
        table.push(
            vec![
                Cell::Text(week_end(row)),
                Cell::Text(if row.is_holdout { "yes" } else { "" }.to_owned()),
                Cell::Count(row.actual),
                Cell::Number(row.expected),
                Cell::Count(row.actual_cumulative),
                Cell::Number(row.expected_cumulative),
            ],
            None,
        );
    }
    let held_out: Vec<&Row> = rows.iter().copied().filter(|row| row.is_holdout).collect();
    let actual: u64 = held_out.iter().map(|row| row.actual).sum();
    let expected: f64 = held_out.iter().map(|row| row.expected).sum();
    // An incomplete last week stays in the table; in the chart it would look like a drop.
    let rows = match rows.as_slice() {
        [.., before, last] if last.period_end - before.period_end < WEEK_MICROS => &rows[..rows.len() - 1],
        all => all,
    };
    let dates: Vec<String> = rows.iter().map(|row| week_end(row)).collect();
    let last_known = rows.iter().rev().find(|row| !row.is_holdout);
    let (mut shapes, mut annotations) = (Vec::new(), Vec::new());
    if let (Some(from), Some(to)) = (last_known, rows.last().filter(|_| !held_out.is_empty())) {
        let (from, to) = (week_end(from), week_end(to));
        shapes.push(json!({ "type": "rect", "xref": "x", "yref": "paper", "x0": from, "x1": to, "y0": 0, "y1": 1, "line": { "width": 0 }, "fillcolor": "--chart-1-veil", "layer": "below" }));
        annotations.push(json!({ "xref": "x", "yref": "paper", "x": to, "y": 1, "xanchor": "right", "yanchor": "top", "showarrow": false, "text": "holdout", "font": { "color": "--muted", "size": 12 } }));
    }
    let trace = |name: &str, of: fn(&Row) -> f64, line: Value, shown: &str| {
        json!({
            "type": "scatter", "mode": "lines", "name": name, "x": dates, "y": rows.iter().map(|row| of(row)).collect::<Vec<f64>>(), "line": line,
            "hovertemplate": format!("week ending %{{x|%-d %b %Y}}<br>{shown}<extra></extra>"),
        })
    };
    let title = if held_out.is_empty() {
        format!("Repeat purchases: actual and expected by {model}")
    } else {
        format!(
            "{} repeat purchases in the holdout period, {} expected ({})",
            format::count(actual),
            format::count(expected.round() as u64),
            format::change(expected, actual as f64)
                .map_or_else(|| format::NOTHING.to_owned(), |(change, _)| change)
        )
    };
    Ok(Some(Drawn {
        title,
        advice: format!(
            "Customers acquired in the calibration period of {model}; the shaded weeks are the holdout period. Expectations depend only on first-order dates, so their total differs slightly from that of the forecasts."
        ),
        units: "repeat purchases per week".to_owned(),
        figure: Figure {
            data: vec![
                trace(
                    "Actual",
                    |row| row.actual as f64,
                    json!({ "color": "--chart-2", "width": 2 }),
                    "%{y:,} repeat purchases",
                ),
                trace(
                    "Expected",
                    |row| row.expected,
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
