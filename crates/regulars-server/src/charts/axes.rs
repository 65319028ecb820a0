//! Axes shared by several charts.

use serde_json::{Value, json};

/// Rows of cells or bars, the first on top; by position, since shortened names may coincide.
pub(super) fn rows(names: &[String]) -> Value {
    json!({
        "tickvals": (0..names.len()).collect::<Vec<usize>>(), "ticktext": names,
        "range": [names.len() as f64 - 0.5, -0.5], "ticklen": 6, "showgrid": false, "zeroline": false,
    })
}

/// Columns of cells, by position.
pub(super) fn columns(names: &[String]) -> Value {
    json!({
        "tickvals": (0..names.len()).collect::<Vec<usize>>(), "ticktext": names,
        "nticks": 20, "showgrid": false, "zeroline": false, "tickangle": 0,
    })
}

/// Horizontal bars with room for their names.
pub(super) fn bars(names: &[String]) -> Value {
    json!({
        "tickvals": (0..names.len()).collect::<Vec<usize>>(), "ticktext": names,
        "autorange": "reversed", "automargin": true, "ticklen": 8, "showgrid": false, "zeroline": false,
    })
}

/// A time axis with monthly ticks.
pub(super) fn months() -> Value {
    json!({ "type": "date", "tickformat": "%b\n%Y", "nticks": 12, "showgrid": false, "tickangle": 0 })
}
