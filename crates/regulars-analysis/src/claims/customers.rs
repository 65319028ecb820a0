//! Claims about all customers: revenue concentration, good customers gone quiet, the best segment, repeat
//! rate.
//!
//! They depend on numbers, never on segment names, so that they also hold for custom rule sets. Single
//! customers are in `large_customers`, the wording is in `words`.

use regulars_core::summary::{RunSummary, SegmentSummary};

/// Customers needed for shares of customers.
const MIN_CUSTOMERS: u64 = 5;

/// Revenue share of the top 20% of customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// Their share of revenue.
    pub share: f64,
    /// Ratio of their mean spend to that of the others; none if the others spend nothing.
    pub times: Option<f64>,
}

/// Revenue share of the top 20%: for at least five customers, if it exceeds 20%.
pub fn concentration(summary: &RunSummary) -> Option<Concentration> {
    let share = summary.top_20_revenue_share;
    if summary.customers < MIN_CUSTOMERS || !(0.2..=1.0).contains(&share) {
        return None;
    }
    let times = (share / 0.2) / ((1.0 - share) / 0.8);
    Some(Concentration { share, times: (times.is_finite() && times < 1000.0).then_some(times) })
}

/// Recent buyers and overdue customers of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentActivity {
    /// The segment.
    pub segment: String,
    /// Share who bought in the last 90 days.
    pub bought_lately_share: f64,
    /// Share without an order for more than two purchase cycles.
    pub overdue_share: f64,
}

/// A segment of good customers, most of them overdue.
#[derive(Debug, Clone, PartialEq)]
pub struct OverdueSegment {
    /// The segment.
    pub segment: SegmentSummary,
    /// The behaviour of its customers.
    pub activity: SegmentActivity,
    /// Mean spend per customer over all segments, minor units.
    pub spend_mean_minor: f64,
}

/// The overdue segment with the most revenue.
///
/// Rules: its customers spent more than average, most of them have not ordered for more than twice their own
/// purchase cycle, and fewer than half bought in the last 90 days. Without cadence data there is no claim.
pub fn overdue_segment(summary: &RunSummary, activity: &[SegmentActivity]) -> Option<OverdueSegment> {
    let spend_mean_minor = summary.revenue_minor as f64 / summary.customers.max(1) as f64;
    let of = |segment: &SegmentSummary| activity.iter().find(|activity| activity.segment == segment.segment);
    let fits = |segment: &&SegmentSummary| {
        segment.customers > 0
            && segment.monetary_mean_minor > spend_mean_minor
            && of(segment)
                .is_some_and(|activity| activity.overdue_share > 0.5 && activity.bought_lately_share < 0.5)
    };
    let found = summary.segments.iter().filter(fits);
    let segment = found.max_by(|a, b| a.revenue_share.total_cmp(&b.revenue_share))?;
    Some(OverdueSegment { activity: of(segment)?.clone(), segment: segment.clone(), spend_mean_minor })
}

/// The segment whose revenue share exceeds its customer share most.
pub fn best_segment(summary: &RunSummary) -> Option<&SegmentSummary> {
    let lead = |segment: &SegmentSummary| segment.revenue_share - segment.customer_share;
    summary
        .segments
        .iter()
        .filter(|segment| segment.customers > 0 && lead(segment) > 1e-9)
        .max_by(|a, b| lead(a).total_cmp(&lead(b)))
}

/// Repeat rate, and after which order most customers are lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatRate {
    /// Share with more than one order.
    pub share: f64,
    /// Of those with two orders, the share with a third; none if unknown.
    pub third: Option<f64>,
    /// Whether the step from the first to the second order loses more customers than the next.
    pub first_step_is_hardest: bool,
}

/// Customers with at least two and at least three orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orders {
    /// With two or more.
    pub two: u64,
    /// With three or more.
    pub three: u64,
}

/// The repeat rate; no claim if it is 0% or 100%.
pub fn repeat_rate(summary: &RunSummary, orders: Option<Orders>) -> Option<RepeatRate> {
    if summary.orders == 0 || !(summary.repeat_rate > 0.0 && summary.repeat_rate < 1.0) {
        return None;
    }
    let third = orders.filter(|orders| orders.two > 0).map(|orders| orders.three as f64 / orders.two as f64);
    Some(RepeatRate {
        share: summary.repeat_rate,
        third,
        first_step_is_hardest: third.is_some_and(|third| summary.repeat_rate < third),
    })
}

/// Median and mean per customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skew {
    /// The median, minor units.
    pub median_minor: f64,
    /// The mean, minor units.
    pub mean_minor: f64,
}

impl Skew {
    /// Whether most customers are far below average: the median is less than half the mean.
    pub fn most_are_far_below(&self) -> bool {
        self.mean_minor > 0.0 && self.median_minor < 0.5 * self.mean_minor
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{segment, summary};
    use super::*;

    fn segment_activity(segment: &str, bought_lately_share: f64, overdue_share: f64) -> SegmentActivity {
        SegmentActivity { segment: segment.to_owned(), bought_lately_share, overdue_share }
    }

    #[test]
    fn a_fifth_is_spoken_of_where_it_brings_more_than_a_fifth() {
        let mut run = summary();
        let found = concentration(&run).expect("a fifth");
        assert!((found.times.expect("others spend") - 0.77 / 0.2 / (0.23 / 0.8)).abs() < 1e-9);
        run.top_20_revenue_share = 0.19;
        assert_eq!(concentration(&run), None);
        run.top_20_revenue_share = 1.0;
        assert_eq!(concentration(&run).expect("all").times, None);
        run.customers = 4;
        assert_eq!(concentration(&run), None);
    }

    #[test]
    fn only_the_silent_slip_away() {
        let mut run = summary();
        run.segments = vec![
            segment("Rich and silent", 500, 400_000_000, &run),
            segment("Poor and silent", 3_000, 100_000_000, &run),
            segment("Rich and there", 900, 900_000_000, &run),
        ];
        let silent = [
            segment_activity("Rich and silent", 0.0, 0.9),
            segment_activity("Poor and silent", 0.0, 1.0),
            segment_activity("Rich and there", 0.9, 0.1),
        ];
        let found = overdue_segment(&run, &silent).expect("one");
        assert_eq!((found.segment.segment.as_str(), found.activity.overdue_share), ("Rich and silent", 0.9));
        // Scores are relative, so every shop has low ones; recent or on-cycle buyers are still not overdue.
        assert_eq!(overdue_segment(&run, &[segment_activity("Rich and silent", 0.77, 0.9)]), None);
        assert_eq!(overdue_segment(&run, &[segment_activity("Rich and silent", 0.0, 0.4)]), None);
        assert_eq!(overdue_segment(&run, &[]), None);
        assert_eq!(best_segment(&run).map(|s| s.segment.as_str()), Some("Rich and there"));
    }

    #[test]
    fn the_first_step_is_the_hardest_only_where_it_is() {
        let run = summary();
        let found = repeat_rate(&run, Some(Orders { two: 4_200, three: 3_300 })).expect("some");
        assert!(
            found.first_step_is_hardest && (found.third.expect("known") - 3_300.0 / 4_200.0).abs() < 1e-12
        );
        assert!(
            !repeat_rate(&run, Some(Orders { two: 4_200, three: 1_000 }))
                .expect("some")
                .first_step_is_hardest
        );
        assert!(!repeat_rate(&run, None).expect("some").first_step_is_hardest);
        for rate in [0.0, 1.0, f64::NAN] {
            let run = RunSummary { repeat_rate: rate, ..summary() };
            assert_eq!(repeat_rate(&run, None), None);
        }
    }

    #[test]
    fn far_below_is_less_than_half() {
        let of = |median_minor, mean_minor| Skew { median_minor, mean_minor }.most_are_far_below();
        assert!(of(40.0, 100.0) && !of(60.0, 100.0) && !of(0.0, 0.0));
    }
}
