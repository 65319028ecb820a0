//! Tracking plot: actual and expected repeat purchases per week.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::TableOf;
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::tables::ltv_tracking::Row;
use serde_json::json;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure};
use super::super::trace::Trace;
use crate::view::View;

const WEEK_MICROS: i64 = 7 * DAY_MICROS;

/// Actual and expected repeat purchases, with the holdout period shaded.
pub(crate) fn tracking(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(all) = view.frame.rows::<Row>()? else { return Ok(None) };
    // Only one model is tracked: the first.
    let Some(model) = all.first().map(|row| &row.model) else { return Ok(None) };
    let rows: Vec<&Row> = all.iter().filter(|row| row.model == *model).collect();
    let week_end = |row: &Row| format_day(row.period_end);
    let held_out = || rows.iter().filter(|row| row.is_holdout);
    let has_holdout = held_out().next().is_some();
    let actual: u64 = held_out().map(|row| row.actual).sum();
    let expected: f64 = held_out().map(|row| row.expected).sum();
    // An incomplete last week stays in the table; in the chart it would look like a drop.
    let shown = match rows.as_slice() {
        [.., before, last] if last.period_end - before.period_end < WEEK_MICROS => &rows[..rows.len() - 1],
        all => all,
    };
    let line = |name: &str, of: fn(&Row) -> f64, colour: &str, width: f64, hover: &str| {
        let line = Trace::line(shown.iter().copied(), colour, width).name(name).x(week_end).y(of);
        line.tooltip(&format!("week ending %{{x|%-d %b %Y}}<br>{hover}"))
    };
    let mut figure = Figure::new(340, [16, 34, 42])
        .legend()
        .with(line("Actual", |row| row.actual as f64, "--chart-2", 2.0, "%{y:,} repeat purchases"))
        .with(line("Expected", |row| row.expected, "--chart-1", 2.5, "%{y:,.0f} expected"))
        .x(Axis::months())
        .y(Axis::counts("Repeat purchases per week", 6));
    let last_known = shown.iter().rev().find(|row| !row.is_holdout);
    if let (Some(from), Some(to)) = (last_known, shown.last().filter(|_| has_holdout)) {
        let (from, to) = (week_end(from), week_end(to));
        let corner = json!({ "xref": "x", "yref": "paper", "x": to, "y": 1, "xanchor": "right", "yanchor": "top", "showarrow": false });
        figure = figure
            .push("shapes", json!({ "type": "rect", "xref": "x", "yref": "paper", "x0": from, "x1": to, "y0": 0, "y1": 1, "line": { "width": 0 }, "fillcolor": "--chart-1-veil", "layer": "below" }))
            .note(corner, "holdout", "--muted");
    }
    let change = format::change(expected, actual as f64);
    Ok(Some(Drawn {
        title: if has_holdout {
            format!(
                "{} repeat purchases in the holdout period, {} expected ({})",
                format::count(actual),
                format::count(expected.round() as u64),
                change.map_or_else(|| format::NOTHING.to_owned(), |(change, _)| change)
            )
        } else {
            format!("Repeat purchases: actual and expected by {model}")
        },
        advice: format!(
            "Customers acquired in the calibration period of {model}; the shaded weeks are the holdout period. Expectations depend only on first-order dates, so their total differs slightly from that of the forecasts."
        ),
        units: "repeat purchases per week".to_owned(),
        figure,
        table: TableOf::new(rows.iter().copied())
            .text("week_end", "Week ending", week_end)
            .text("is_holdout", "Holdout", |row| if row.is_holdout { "yes" } else { "" })
            .count("actual", "Actual", |row| row.actual)
            .number("expected", "Expected", |row| row.expected)
            .count("actual_cumulative", "Cumulative actual", |row| row.actual_cumulative)
            .number("expected_cumulative", "Cumulative expected", |row| row.expected_cumulative)
            .done(),
    }))
}
