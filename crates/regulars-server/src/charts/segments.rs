//! Segments by customers and by revenue: two bars a segment, both in shares.

use regulars_core::summary::RunSummary;
use serde_json::json;

use super::{Figure, label};
use crate::format::{self, Money};

/// Two bars a segment: its share of customers and its share of revenue.
///
/// Shape: `x` in percent, `y` the names, in the order of the summary; the first stands on top.
pub(crate) fn segments(summary: &RunSummary) -> Figure {
    let money = Money::of(summary);
    let names: Vec<String> = summary.segments.iter().map(|s| label(&s.segment)).collect();
    let customers = summary
        .segments
        .iter()
        .map(|s| (s.customer_share, format::counted(s.customers, "customer", "customers")));
    let revenue = summary.segments.iter().map(|s| (s.revenue_share, money.exact(s.revenue_minor)));
    let trace = |name: &str, colour: &str, bars: Vec<(f64, String)>| {
        let shares: Vec<f64> = bars.iter().map(|(share, _)| share * 100.0).collect();
        let percents: Vec<String> = bars.iter().map(|(share, _)| format::percent(*share)).collect();
        let amounts: Vec<&String> = bars.iter().map(|(_, amount)| amount).collect();
        json!({
            "type": "bar",
            "orientation": "h",
            "name": name,
            "x": shares,
            "y": names,
            "text": percents,
            "customdata": amounts,
            "textposition": "outside",
            "cliponaxis": false,
            "marker": { "color": colour },
            "hovertemplate": format!("<b>%{{y}}</b><br>%{{text}} of {}: %{{customdata}}<extra></extra>", name.to_lowercase()),
        })
    };
    Figure {
        data: vec![
            trace("Customers", "--chart-2", customers.collect()),
            trace("Revenue", "--chart-1", revenue.collect()),
        ],
        layout: json!({
            "height": 90 + 54 * summary.segments.len().max(2),
            "barmode": "group",
            "bargap": 0.34,
            "bargroupgap": 0.08,
            "margin": { "l": 12, "r": 44, "t": 34, "b": 30 },
            "xaxis": { "ticksuffix": "%", "rangemode": "tozero", "nticks": 6, "showgrid": true },
            "yaxis": { "type": "category", "autorange": "reversed", "automargin": true, "ticklen": 8, "showgrid": false },
        }),
    }
}
