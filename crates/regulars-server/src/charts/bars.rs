//! Shares as bars: of customers by attribute, of rows by category or payment method.

use regulars_analysis::format;
use regulars_analysis::table::Table;
use serde_json::{Value, json};

use super::axes;
use super::figure::{Figure, label, short_label};

/// One bar.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) share: f64,
    /// What it stands for, for the tooltip.
    pub(super) words: String,
}

/// Horizontal bars with percentages, in the given order; links are those of the rows of `table`.
pub(super) fn shares(bars: &[Bar], axis: &str, table: &Table) -> Figure {
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let names: Vec<String> = bars.iter().map(|bar| short_label(&bar.name, 26)).collect();
    Figure {
        data: vec![json!({
            "type": "bar",
            "orientation": "h",
            // By position, since shortened names may coincide.
            "y": (0..bars.len()).collect::<Vec<usize>>(),
            "x": bars.iter().map(|bar| bar.share * 100.0).collect::<Vec<f64>>(),
            "text": bars.iter().map(|bar| format::percent(bar.share)).collect::<Vec<String>>(),
            "customdata": bars.iter().map(|bar| [label(&bar.name), label(&bar.words)]).collect::<Vec<_>>(),
            "textposition": "outside",
            "cliponaxis": false,
            "marker": { "color": "--chart-1" },
            "hovertemplate": "%{customdata[0]}<br>%{text}, %{customdata[1]}<extra></extra>",
        })],
        layout: json!({
            "height": 78 + 27 * bars.len().max(3),
            "bargap": 0.3,
            "showlegend": false,
            "margin": { "l": 12, "r": 52, "t": 8, "b": 44 },
            "xaxis": { "title": { "text": axis, "standoff": 8 }, "ticksuffix": "%", "rangemode": "tozero", "nticks": 5 },
            "yaxis": axes::bars(&names),
        }),
        links: if links.iter().all(Value::is_null) { Value::Null } else { json!([links]) },
    }
}
