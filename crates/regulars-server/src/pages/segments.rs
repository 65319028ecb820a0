//! The segment table; each row links to its customers.

use regulars_analysis::error::BackendError;
use regulars_analysis::format::{self, NOTHING};
use regulars_analysis::measures::by_class;

use crate::palette;
use crate::view::View;

/// One row of the segment table.
#[derive(Debug)]
pub(crate) struct SegmentRow {
    pub(crate) name: String,
    /// Colour class in the style sheet.
    pub(crate) swatch: String,
    pub(crate) meaning: String,
    /// Where the name does not fit its customers; for the whole run only.
    pub(crate) caveat: Option<String>,
    pub(crate) href: String,
    pub(crate) customers: String,
    pub(crate) customer_share: String,
    /// Width of the share bar, in percent.
    pub(crate) customer_bar: String,
    pub(crate) revenue: String,
    pub(crate) revenue_share: String,
    pub(crate) revenue_bar: String,
    pub(crate) recency: String,
    pub(crate) frequency: String,
    pub(crate) monetary: String,
    pub(crate) average_order_value: String,
    /// Mean expected spend and mean P(purchase) in the horizon, if the run has them.
    pub(crate) value: Option<(String, String)>,
}

/// The segment table; an empty segment has no means.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub(crate) fn rows(view: &View) -> Result<Vec<SegmentRow>, BackendError> {
    let (summary, money) = (&view.figures.summary, &view.money);
    let coded = view.frame.segments()?;
    let sums = by_class(&view.frame, &view.chosen, Some(&coded))?;
    let checks = if view.chosen.is_all() { view.frame.summary.segment_checks.as_slice() } else { &[] };
    let caveat = |segment: &str| {
        let check = checks.iter().find(|check| check.segment == segment);
        check.and_then(|check| check.caveat.clone())
    };
    let row = |s: &regulars_core::summary::SegmentSummary| {
        let open = |text: String| if s.customers == 0 { NOTHING.to_owned() } else { text };
        let place = coded.code(&s.segment).map_or(0, usize::from);
        let value = sums.get(place).filter(|_| view.figures.value.is_some()).map(|sum| {
            let mean =
                if sum.valued == 0 { NOTHING.to_owned() } else { money.mean(sum.expected_mean_minor()) };
            (mean, format::percent(sum.purchase_mean()))
        });
        SegmentRow {
            name: s.segment.clone(),
            swatch: palette::swatch(&palette::segment(place)),
            meaning: s.meaning.clone(),
            caveat: caveat(&s.segment),
            href: view.customers(view.filter().with_segment(&s.segment)),
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
            value,
        }
    };
    Ok(summary.segments.iter().map(row).collect())
}

/// A share as the width of a bar, in percent.
pub(super) fn bar_width(share: f64) -> String {
    format!("{:.1}", share.clamp(0.0, 1.0) * 100.0)
}

/// One row of the table of top customers.
#[derive(Debug)]
pub(crate) struct TopRow {
    pub(crate) customer: String,
    pub(crate) href: String,
    pub(crate) segment: String,
    pub(crate) spend: String,
    pub(crate) orders: String,
    pub(crate) last_purchase: String,
}

/// The top customers by spend.
pub(crate) fn top_customers(view: &View) -> Vec<TopRow> {
    let row = |c: &regulars_core::summary::TopCustomer| TopRow {
        customer: c.customer_id.clone(),
        href: view.customer(&c.customer_id),
        segment: c.segment.clone(),
        spend: view.money.exact(c.monetary_minor),
        orders: format::count(c.frequency),
        last_purchase: match c.recency {
            ..=0 => "today".to_owned(),
            1 => "1 day ago".to_owned(),
            days => format!("{} days ago", format::count(days as u64)),
        },
    };
    view.figures.summary.top_customers.iter().map(row).collect()
}
