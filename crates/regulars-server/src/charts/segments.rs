//! Segments by customers and by revenue, in the same colours on every page.

use regulars_analysis::claims::customers::best_segment;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Table, TableOf};
use regulars_core::label;
use regulars_core::summary::{RunSummary, SegmentSummary};

use super::axes::Axis;
use super::figure::{Drawn, Figure, label};
use super::trace::Trace;
use crate::palette;
use crate::view::View;

/// The axis of the segments: their names are short enough for categories.
fn names() -> Axis {
    let axis = Axis::default().set("type", "category").set("autorange", "reversed");
    axis.roomy().set("ticklen", 8).no_grid()
}

/// Two bars per segment: its share of customers and its share of revenue.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(super) fn segments(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (summary, money) = (&*view.figures.summary, &view.money);
    if summary.segments.is_empty() {
        return Ok(None);
    }
    let bars = |name: &str, share: fn(&SegmentSummary) -> f64, amount: &dyn Fn(&SegmentSummary) -> String| {
        Trace::bars(&summary.segments)
            .name(name)
            .x(|s| share(s) * 100.0)
            .y(|s| label(&s.segment))
            .text(|s| format::percent(share(s)))
            .details(amount, &format!("%{{y}}<br>%{{text}} of {}: %{{customdata}}", name.to_lowercase()))
    };
    let table = table(view);
    Ok(Some(Drawn {
        title: title(summary),
        advice: concat!(
            "Where the ",
            label!(revenue),
            " bar is longer, customers spend more than average: retain these first."
        )
        .to_owned(),
        units: concat!("percent of all customers and of all ", label!(revenue)).to_owned(),
        figure: Figure::new(90 + 54 * summary.segments.len().max(2), [44, 34, 30])
            .legend()
            .with(
                bars("Customers", |s| s.customer_share, &|s| format::customers(s.customers))
                    .colour("--chart-2"),
            )
            .with(bars(label!(Revenue), |s| s.revenue_share, &|s| money.exact(s.revenue_minor)))
            .grouped(0.34)
            .x(Axis::default().set("ticksuffix", "%").zero_based().ticks(6).set("showgrid", true))
            .y(names())
            .linked(&table),
        table,
    }))
}

fn table(view: &View) -> Table {
    TableOf::new(&view.figures.summary.segments)
        .text("segment", "Segment", |s| &s.segment)
        .count("customers", "Customers", |s| s.customers)
        .share("customer_share", "% of customers", |s| s.customer_share)
        .money("revenue", label!(Revenue), |s| s.revenue_minor)
        .share("revenue_share", concat!("% of ", label!(revenue)), |s| s.revenue_share)
        .links(|s| (s.customers > 0).then(|| view.customers(view.filter().with_segment(&s.segment))))
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
    let table = table(view);
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
        figure: Figure::new(70 + 34 * summary.segments.len().max(3), [92, 10, 30])
            .with(
                Trace::bars(&summary.segments)
                    .x(|s| s.customers)
                    .y(|s| label(&s.segment))
                    .text(|s| {
                        format!("{} · {}", format::count(s.customers), format::percent(s.customer_share))
                    })
                    .details(|s| label(&s.meaning), "%{y}<br>%{text}<br>%{customdata}")
                    .colours(|s| palette::segment(place(s))),
            )
            .gap(0.3)
            .x(Axis::default().zero_based().ticks(5).whole())
            .y(names())
            .linked(&table),
        table,
    }))
}
