//! Segments by customers and by revenue, in the same colours on every page.

use regulars_analysis::claims::customers::best_segment;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use regulars_core::summary::{RunSummary, SegmentSummary};
use serde_json::{Value, json};

use super::figure::{Drawn, Figure, label};
use crate::palette;
use crate::view::View;

/// Two bars per segment: its share of customers and its share of revenue.
///
/// Shape: `x` in percent, `y` the names in the order of the summary, the first on top.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(super) fn segments(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (summary, money) = (&*view.figures.summary, &view.money);
    if summary.segments.is_empty() {
        return Ok(None);
    }
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
            "hovertemplate": format!("%{{y}}<br>%{{text}} of {}: %{{customdata}}<extra></extra>", name.to_lowercase()),
        })
    };
    let table = table(view);
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let figure = Figure {
        data: vec![
            trace("Customers", "--chart-2", customers.collect()),
            trace(label!(Revenue), "--chart-1", revenue.collect()),
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
        links: json!([links, links]),
    };
    Ok(Some(Drawn {
        title: title(summary),
        advice: concat!(
            "Where the ",
            label!(revenue),
            " bar is longer, customers spend more than average: retain these first."
        )
        .to_owned(),
        units: concat!("percent of all customers and of all ", label!(revenue)).to_owned(),
        figure,
        table,
    }))
}

fn table(view: &View) -> Table {
    let mut table = Table::new(&[
        ("segment", "Segment"),
        ("customers", "Customers"),
        ("customer_share", "% of customers"),
        ("revenue", label!(Revenue)),
        ("revenue_share", concat!("% of ", label!(revenue))),
    ]);
    for s in &view.figures.summary.segments {
        table.push(
            vec![
                Cell::Text(s.segment.clone()),
                Cell::Count(s.customers),
                Cell::Share(s.customer_share),
                Cell::Money(s.revenue_minor as f64),
                Cell::Share(s.revenue_share),
            ],
            (s.customers > 0).then(|| view.customers(view.filter().with_segment(&s.segment))),
        );
    }
    table
}

/// The finding.
fn title(summary: &RunSummary) -> String {
    let best =
        best_segment(summary).map(|best| (best.segment.as_str(), best.customer_share, best.revenue_share));
    let only = match summary.segments.as_slice() {
        [only] => Some(only.segment.as_str()),
        _ => None,
    };
    words::segment_shares(best, only)
}

/// Customers of each segment.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(super) fn sizes(view: &View) -> Result<Option<Drawn>, BackendError> {
    let summary = &*view.figures.summary;
    let Some(largest) = summary.segments.iter().rev().max_by_key(|s| s.customers) else { return Ok(None) };
    let place = |s: &SegmentSummary| {
        view.frame.summary.segments.iter().position(|other| other.segment == s.segment).unwrap_or(0)
    };
    let of = |f: &dyn Fn(&SegmentSummary) -> String| summary.segments.iter().map(f).collect::<Vec<String>>();
    let table = table(view);
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let figure = Figure {
        data: vec![json!({
            "type": "bar",
            "orientation": "h",
            "x": summary.segments.iter().map(|s| s.customers).collect::<Vec<u64>>(),
            "y": of(&|s| label(&s.segment)),
            "text": of(&|s| format!("{} · {}", format::count(s.customers), format::percent(s.customer_share))),
            "customdata": of(&|s| label(&s.meaning)),
            "textposition": "outside",
            "cliponaxis": false,
            "marker": { "color": of(&|s| palette::segment(place(s))) },
            "hovertemplate": "%{y}<br>%{text}<br>%{customdata}<extra></extra>",
        })],
        layout: json!({
            "height": 70 + 34 * summary.segments.len().max(3),
            "bargap": 0.3,
            "showlegend": false,
            "margin": { "l": 12, "r": 92, "t": 10, "b": 30 },
            "xaxis": { "rangemode": "tozero", "nticks": 5, "tickformat": "," },
            "yaxis": { "type": "category", "autorange": "reversed", "automargin": true, "ticklen": 8, "showgrid": false },
        }),
        links: json!([links]),
    };
    Ok(Some(Drawn {
        title: format!(
            "Largest segment: {} ({} of customers)",
            largest.segment,
            format::percent_in_text(largest.customer_share)
        ),
        advice:
            "Segments are rules; their colours are the same on every page. Click a bar for its customers."
                .to_owned(),
        units: "customers".to_owned(),
        figure,
        table,
    }))
}
