//! Segments in words and rows, and the months beside them.

use regulars_core::summary::RunSummary;

use super::findings::best_segment;
use crate::format::{self, Money, NOTHING};

/// One row of the segment table.
#[derive(Debug)]
pub(crate) struct SegmentRow {
    pub(crate) name: String,
    pub(crate) meaning: String,
    pub(crate) customers: String,
    pub(crate) customer_share: String,
    /// The share as the width of a bar, in percent.
    pub(crate) customer_bar: String,
    pub(crate) revenue: String,
    pub(crate) revenue_share: String,
    pub(crate) revenue_bar: String,
    pub(crate) recency: String,
    pub(crate) frequency: String,
    pub(crate) monetary: String,
    pub(crate) average_order_value: String,
}

/// The segment table; the means of an empty segment are left open.
pub(crate) fn rows(summary: &RunSummary) -> Vec<SegmentRow> {
    let money = Money::of(summary);
    let row = |s: &regulars_core::summary::SegmentSummary| {
        let open = |text: String| if s.customers == 0 { NOTHING.to_owned() } else { text };
        SegmentRow {
            name: s.segment.clone(),
            meaning: s.meaning.clone(),
            customers: format::count(s.customers),
            customer_share: format::percent(s.customer_share),
            customer_bar: bar_width(s.customer_share),
            revenue: money.exact(s.revenue_minor),
            revenue_share: format::percent(s.revenue_share),
            revenue_bar: bar_width(s.revenue_share),
            recency: open(format::mean(s.recency_mean)),
            frequency: open(format::mean(s.frequency_mean)),
            monetary: open(money.mean(s.monetary_mean_minor)),
            average_order_value: open(money.mean(s.average_order_value_minor)),
        }
    };
    summary.segments.iter().map(row).collect()
}

/// A share as the width of a bar, in percent.
pub(super) fn bar_width(share: f64) -> String {
    format!("{:.1}", share.clamp(0.0, 1.0) * 100.0)
}

/// What the segment chart says.
pub(crate) fn chart_title(summary: &RunSummary) -> String {
    match best_segment(summary) {
        Some(s) => format!(
            "{} is {} of customers but {} of revenue: keep them first",
            s.segment,
            format::percent_in_text(s.customer_share),
            format::percent_in_text(s.revenue_share)
        ),
        None => "Every segment brings what its number of customers promises".to_owned(),
    }
}

/// One row of the table beside the revenue chart.
#[derive(Debug)]
pub(crate) struct MonthRow {
    pub(crate) month: String,
    pub(crate) revenue: String,
    pub(crate) orders: String,
    pub(crate) customers: String,
    pub(crate) complete: bool,
}

/// Revenue by month, latest first.
pub(crate) fn months(summary: &RunSummary) -> Vec<MonthRow> {
    let money = Money::of(summary);
    let row = |m: &regulars_core::summary::MonthSummary| MonthRow {
        month: format::month(&m.month),
        revenue: money.exact(m.revenue_minor),
        orders: format::count(m.orders),
        customers: format::count(m.customers),
        complete: m.complete,
    };
    summary.months.iter().rev().map(row).collect()
}

/// What the revenue chart says: the best whole month, and the latest one against it.
pub(crate) fn revenue_title(summary: &RunSummary) -> String {
    let money = Money::of(summary);
    let whole: Vec<_> = summary.months.iter().filter(|m| m.complete).collect();
    // The first of equal months, so that the sentence does not change with the order of a tie.
    let best = whole.iter().rev().max_by_key(|m| m.revenue_minor);
    match (best, whole.last()) {
        (Some(best), Some(last)) if best.month == last.month => {
            format!(
                "{} was the best month so far: {}",
                format::month(&best.month),
                money.rounded(best.revenue_minor as f64)
            )
        }
        (Some(best), Some(last)) => format!(
            "The best month was {} with {}; {}, the latest whole one, brought {}",
            format::month(&best.month),
            money.rounded(best.revenue_minor as f64),
            format::month(&last.month),
            money.rounded(last.revenue_minor as f64)
        ),
        _ => "The data do not cover a whole month yet".to_owned(),
    }
}

/// One row of the table of top customers.
#[derive(Debug)]
pub(crate) struct TopRow {
    pub(crate) customer: String,
    pub(crate) segment: String,
    pub(crate) spend: String,
    pub(crate) orders: String,
    pub(crate) last_purchase: String,
}

/// The customers who spent most.
pub(crate) fn top_customers(summary: &RunSummary) -> Vec<TopRow> {
    let money = Money::of(summary);
    let row = |c: &regulars_core::summary::TopCustomer| TopRow {
        customer: c.customer_id.clone(),
        segment: c.segment.clone(),
        spend: money.exact(c.monetary_minor),
        orders: format::count(c.frequency),
        last_purchase: match c.recency {
            ..=0 => "today".to_owned(),
            1 => "1 day ago".to_owned(),
            days => format!("{} days ago", format::count(days as u64)),
        },
    };
    summary.top_customers.iter().map(row).collect()
}
