//! Three sentences that the numbers say, with what follows from each.
//!
//! They look at the numbers, never at the names of segments, so that they hold for rule sets of
//! the user's own.

use regulars_core::summary::{Period, RunSummary, SegmentSummary};

use super::kpis;
use crate::charts::best_segment;
use crate::format::{self, Direction, Money};
use crate::view::View;

/// One sentence, and what follows from it.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) headline: String,
    pub(crate) detail: String,
}

/// The first three of what can be said; fewer only where there are hardly any data.
pub(crate) fn findings(view: &View) -> Vec<Finding> {
    let summary = &*view.figures.summary;
    if summary.customers == 0 {
        return Vec::new();
    }
    [momentum(view), concentration(summary), slipping(summary), best(summary), repeat(summary)]
        .into_iter()
        .flatten()
        .take(3)
        .collect()
}

fn momentum(view: &View) -> Option<Finding> {
    if view.query.filter.is_by_behaviour() {
        return None;
    }
    let (summary, run) = (&*view.figures.summary, &*view.frame.summary);
    let money = Money::of(summary);
    let p = kpis::comparable(summary, run)?;
    let (text, direction) = format::change(p.current.revenue_minor as f64, p.previous.revenue_minor as f64)?;
    let days = p.days;
    let headline = match direction {
        Direction::Up => format!("Revenue grew by {} in the last {days} days", text.trim_start_matches('+')),
        Direction::Down => {
            format!("Revenue fell by {} in the last {days} days", text.trim_start_matches('−'))
        }
        Direction::Level => format!("Revenue stood still in the last {days} days"),
    };
    let side = |p: &Period| {
        let each = p.orders as f64 / p.customers.max(1) as f64;
        format!(
            "{} from {} with {each:.2} orders each",
            money.rounded(p.revenue_minor as f64),
            format::counted(p.customers, "customer", "customers")
        )
    };
    Some(Finding {
        headline,
        detail: format!(
            "{}; in the {days} days before, {}. Before you read much into it, compare with the same season a year ago.",
            side(&p.current),
            side(&p.previous)
        ),
    })
}

fn concentration(summary: &RunSummary) -> Option<Finding> {
    let share = summary.top_fifth_revenue_share;
    if summary.customers < 5 || !(0.2..=1.0).contains(&share) {
        return None;
    }
    let times = (share / 0.2) / ((1.0 - share) / 0.8);
    let comparison = if times.is_finite() && times < 1000.0 {
        format!("One of them spends as much as {} of the others. ", format::mean(times))
    } else {
        String::new()
    };
    Some(Finding {
        headline: format!("A fifth of your customers bring {} of revenue", format::percent_in_text(share)),
        detail: format!(
            "{comparison}Know them by name and let them go first: early access, better service, a personal word. {}",
            if share > 0.8 {
                "So much from so few is also a risk."
            } else {
                "The rest is where growth can come from."
            }
        ),
    })
}

/// The segment of good customers who have been away long, with the most revenue at stake.
fn slipping(summary: &RunSummary) -> Option<Finding> {
    let money = Money::of(summary);
    let segment = slipping_segment(summary)?;
    Some(Finding {
        headline: format!(
            "{} in {} are slipping away",
            format::counted(segment.customers, "good customer", "good customers"),
            segment.segment
        ),
        detail: format!(
            "They spent {} each on average, more than the average customer, but last bought {} days ago. {} of all revenue \
             came from them: win them back before you pay for new ones.",
            money.rounded(segment.monetary_mean_minor),
            format::count(segment.recency_mean.round() as u64),
            format::percent_in_text(segment.revenue_share),
        ),
    })
}

pub(super) fn slipping_segment(summary: &RunSummary) -> Option<&SegmentSummary> {
    let customers = summary.customers.max(1) as f64;
    let mean_spend = summary.revenue_minor as f64 / customers;
    let mean_recency =
        summary.segments.iter().map(|s| s.recency_mean * s.customers as f64).sum::<f64>() / customers;
    summary
        .segments
        .iter()
        .filter(|s| {
            s.customers > 0 && s.monetary_mean_minor > mean_spend && s.recency_mean > 1.2 * mean_recency
        })
        .max_by(|a, b| a.revenue_share.total_cmp(&b.revenue_share))
}

fn best(summary: &RunSummary) -> Option<Finding> {
    let segment = best_segment(summary)?;
    Some(Finding {
        headline: format!(
            "{} is {} of customers and {} of revenue",
            segment.segment,
            format::percent_in_text(segment.customer_share),
            format::percent_in_text(segment.revenue_share)
        ),
        detail: format!(
            "They order {} times on average and spend {} an order. Find out what brought them, and look for more like them.",
            format::mean(segment.frequency_mean),
            Money::of(summary).mean(segment.average_order_value_minor),
        ),
    })
}

fn repeat(summary: &RunSummary) -> Option<Finding> {
    (summary.orders > 0).then(|| Finding {
        headline: format!("{} of customers came back", format::percent(summary.repeat_rate)),
        detail: "The step from the first order to the second is the hardest: a message within the first weeks after it \
                 pays most."
            .to_owned(),
    })
}
