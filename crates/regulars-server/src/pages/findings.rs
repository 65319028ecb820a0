//! Three sentences that the numbers say, with what follows from each.
//!
//! They look at the numbers, never at the names of segments, so that they hold for rule sets of
//! the user's own.

use regulars_core::summary::{MonthSummary, Period, RunSummary, SegmentSummary};

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
    [momentum(view), concentration(view), slipping(view), best(view), repeat(summary)]
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
            "{}; in the {days} days before, {}. {}",
            side(&p.current),
            side(&p.previous),
            year_before(&summary.months, &money, direction)
        ),
    })
}

/// The latest whole months against the same months of the year before, which have the same season.
fn year_before(months: &[MonthSummary], money: &Money, lately: Direction) -> String {
    const MONTHS: usize = 3;
    const YEAR: usize = 12;
    let end = months.iter().rposition(|month| month.complete).map_or(0, |last| last + 1);
    let compared = end.checked_sub(MONTHS).and_then(|start| {
        let (latest, before) = (&months[start..end], months.get(start.checked_sub(YEAR)?..end - YEAR)?);
        // Months without an order may be missing from the list.
        let same = latest
            .iter()
            .zip(before)
            .all(|(now, then)| now.complete && then.complete && now.month.get(5..) == then.month.get(5..));
        let sum =
            |months: &[MonthSummary]| months.iter().map(|month| month.revenue_minor as f64).sum::<f64>();
        let (text, direction) = format::change(sum(latest), sum(before)).filter(|_| same)?;
        let (from, to) = (&latest.first()?.month, &latest.last()?.month);
        Some(format!(
            "{} to {} brought {}, {text} against the same months a year before{}",
            format::month(from),
            format::month(to),
            money.rounded(sum(latest)),
            if direction == lately { "." } else { ": it was the season." }
        ))
    });
    compared.unwrap_or_else(|| {
        "The season may be all there is to it: the data do not reach back to the same months a year before."
            .to_owned()
    })
}

/// Whose numbers they are.
fn whose(view: &View) -> &'static str {
    if view.chosen.is_all() { "your" } else { "these" }
}

fn concentration(view: &View) -> Option<Finding> {
    let summary = &*view.figures.summary;
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
        headline: format!(
            "A fifth of {} customers bring {} of {}revenue",
            whose(view),
            format::percent_in_text(share),
            if view.chosen.is_all() { "" } else { "their " }
        ),
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
fn slipping(view: &View) -> Option<Finding> {
    let summary = &*view.figures.summary;
    let money = Money::of(summary);
    let segment = slipping_segment(summary)?;
    Some(Finding {
        headline: format!(
            "{} in {} are slipping away",
            format::counted(segment.customers, "good customer", "good customers"),
            segment.segment
        ),
        detail: format!(
            "They spent {} each on average, more than the average {}, but last bought {} days ago on average. {} of {} revenue \
             came from them: win them back before you pay for new ones.",
            money.rounded(segment.monetary_mean_minor),
            if view.chosen.is_all() { "customer" } else { "of these customers" },
            format::count(segment.recency_mean.round() as u64),
            format::percent_in_text(segment.revenue_share),
            if view.chosen.is_all() { "all" } else { "their" },
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

fn best(view: &View) -> Option<Finding> {
    let summary = &*view.figures.summary;
    let segment = best_segment(summary)?;
    Some(Finding {
        headline: format!(
            "{} is {} of {}customers and {} of {}revenue",
            segment.segment,
            format::percent_in_text(segment.customer_share),
            if view.chosen.is_all() { "" } else { "these " },
            format::percent_in_text(segment.revenue_share),
            if view.chosen.is_all() { "" } else { "their " }
        ),
        detail: format!(
            "They order {} times on average and spend {} an order. Find out what brought them, and look for more like them.",
            format::mean(segment.frequency_mean),
            Money::of(summary).mean(segment.average_order_value_minor),
        ),
    })
}

fn repeat(summary: &RunSummary) -> Option<Finding> {
    // Where all came back, or nobody did, the sentence says nothing that the number does not.
    (summary.orders > 0 && summary.repeat_rate < 1.0).then(|| Finding {
        headline: format!("{} of customers came back", format::percent(summary.repeat_rate)),
        detail: "The step from the first order to the second is the hardest: a message within the first weeks after it \
                 pays most."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Months from October 2022 on, the last one cut off.
    fn months(revenues: &[i64]) -> Vec<MonthSummary> {
        let of = |(at, revenue): (usize, &i64)| MonthSummary {
            month: format!("{}-{:02}", 2022 + (9 + at) / 12, (9 + at) % 12 + 1),
            revenue_minor: *revenue,
            orders: 1,
            customers: 1,
            complete: at + 1 < revenues.len(),
        };
        revenues.iter().enumerate().map(of).collect()
    }

    #[test]
    fn growth_is_held_against_the_season() {
        let money = Money::new(Some("EUR"), 2);
        // October to December of 2022, nine months, and the same of 2023, cut off in January.
        let two_years = |of_2022: i64, of_2023: i64| {
            let year = [[of_2022; 3].as_slice(), &[1000; 9]].concat();
            months(&[year.as_slice(), &[of_2023; 3], &[9_999_999]].concat())
        };
        let said = |then, now, lately| year_before(&two_years(then, now), &money, lately);
        assert_eq!(
            said(100_000, 110_000, Direction::Up),
            "Oct 2023 to Dec 2023 brought €3,300, +10.0% against the same months a year before."
        );
        assert!(
            said(100_000, 90_000, Direction::Up)
                .ends_with("−10.0% against the same months a year before: it was the season.")
        );
        assert!(
            said(100_000, 90_000, Direction::Down).ends_with("−10.0% against the same months a year before.")
        );
        // Too short; and a month without orders, so that the twelfth before is another one.
        let mut with_gap = two_years(100_000, 90_000);
        assert!(year_before(&with_gap[1..], &money, Direction::Up).starts_with("The season may be all"));
        with_gap.remove(6);
        with_gap.insert(0, months(&[1]).remove(0));
        assert!(year_before(&with_gap, &money, Direction::Up).starts_with("The season may be all"));
    }
}
