//! Axes that several charts have.

use serde_json::{Value, json};

/// Rows of cells or of bars, the first on top, by place, since shortened names may be alike.
pub(super) fn rows(names: &[String]) -> Value {
    json!({
        "tickvals": (0..names.len()).collect::<Vec<usize>>(), "ticktext": names,
        "range": [names.len() as f64 - 0.5, -0.5], "ticklen": 6, "showgrid": false, "zeroline": false,
    })
}

/// Columns of cells, by place.
pub(super) fn columns(names: &[String]) -> Value {
    json!({
        "tickvals": (0..names.len()).collect::<Vec<usize>>(), "ticktext": names,
        "nticks": 20, "showgrid": false, "zeroline": false, "tickangle": 0,
    })
}

/// Bars that lie one below the other, with room for their names.
pub(super) fn bars(names: &[String]) -> Value {
    json!({
        "tickvals": (0..names.len()).collect::<Vec<usize>>(), "ticktext": names,
        "autorange": "reversed", "automargin": true, "ticklen": 8, "showgrid": false, "zeroline": false,
    })
}

/// Time, in months.
pub(super) fn months() -> Value {
    json!({ "type": "date", "tickformat": "%b\n%Y", "nticks": 12, "showgrid": false, "tickangle": 0 })
}
