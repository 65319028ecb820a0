//! Claims about time and groups: strong days of the week, the month with most new customers, the group that
//! spends most.
//!
//! Seasonality is in `season`, the wording in `words`.

/// A strong day has at least this multiple of an equal share.
const STRONG_DAY: f64 = 1.25;

/// Standard errors beyond which a difference is not chance.
const STANDARD_ERRORS: f64 = 3.0;

/// Customers a group needs for a claim about its spend.
const MIN_GROUP_CUSTOMERS: u64 = 30;

/// A group spends more if its mean is at least this multiple of the overall mean.
const MIN_RATIO: f64 = 1.1;

/// Pattern of orders by day of the week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weekdays {
    /// One day has clearly more than a seventh of orders.
    Strong {
        /// The day, from 0.
        day: usize,
        /// Share of orders on that day.
        share: f64,
    },
    /// No day stands out.
    Even {
        /// The day with most orders.
        day: usize,
        /// Share of orders on that day.
        share: f64,
    },
}

/// The pattern by day of the week; none without orders.
///
/// Rule: a day is strong if its share is 25% above one seventh, and beyond chance (three standard errors).
pub fn weekdays(orders: &[u64; 7]) -> Option<Weekdays> {
    let total: u64 = orders.iter().sum();
    if total == 0 {
        return None;
    }
    let day = (0..7).rev().max_by_key(|day| orders[*day]).unwrap_or(0);
    let (share, equal) = (orders[day] as f64 / total as f64, 1.0 / 7.0);
    let within_chance = STANDARD_ERRORS * (equal * (1.0 - equal) / total as f64).sqrt();
    let strong = share >= STRONG_DAY * equal && share > equal + within_chance;
    Some(if strong { Weekdays::Strong { day, share } } else { Weekdays::Even { day, share } })
}

/// Expected orders in a gap for it to be reported: by chance it would be empty with probability e^-10.
const MIN_EXPECTED_ORDERS: f64 = 10.0;

/// Days (or weeks) before and after a gap that it is compared with.
const NEIGHBOURHOOD: usize = 14;

/// A time without orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// First day (or week), from 0.
    pub start: usize,
    /// Length in days.
    pub days: usize,
}

/// The longest time without orders, if it is remarkable; orders are counted per `step` days.
///
/// Rule: at least three days, and ten orders expected in it, by the lower of the rates just before and after.
pub fn gap(counts: &[u64], step: usize) -> Option<Gap> {
    let (length, start) = longest_gap(counts);
    let mean = |days: &[u64]| days.iter().sum::<u64>() as f64 / days.len().max(1) as f64;
    let end = (start + length).min(counts.len());
    let before = mean(&counts[start.saturating_sub(NEIGHBOURHOOD)..start]);
    let after = mean(&counts[end..(end + NEIGHBOURHOOD).min(counts.len())]);
    let is_remarkable = length * step >= 3 && length as f64 * before.min(after) >= MIN_EXPECTED_ORDERS;
    is_remarkable.then_some(Gap { start, days: length * step })
}

/// Length and start of the longest run of zeros.
fn longest_gap(counts: &[u64]) -> (usize, usize) {
    let (mut best, mut begin, mut length) = ((0, 0), 0, 0);
    for (at, count) in counts.iter().enumerate() {
        if *count > 0 {
            length = 0;
            continue;
        }
        if length == 0 {
            begin = at;
        }
        length += 1;
        if length > best.0 {
            best = (length, begin);
        }
    }
    best
}

/// The month with most new customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopAcquisitionMonth {
    /// Index of the month.
    pub at: usize,
    /// New customers in that month.
    pub customers: u64,
}

/// The month with most new customers, without the first month, which includes customers from before the data
/// begin. None if there is no other month.
pub fn top_acquisition_month(by_month: &[u64]) -> Option<TopAcquisitionMonth> {
    let later = (1..by_month.len()).filter(|at| by_month[*at] > 0);
    let at = later.rev().max_by_key(|at| by_month[*at])?;
    Some(TopAcquisitionMonth { at, customers: by_month[at] })
}

/// Customers of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupSpend {
    /// Number of customers.
    pub customers: u64,
    /// Their spend, minor units.
    pub spend_minor: f64,
    /// The highest spend of a single customer.
    pub largest_minor: f64,
}

impl GroupSpend {
    /// A group of customers with this spend, minor units.
    pub fn of(spend: &[i64]) -> Self {
        Self {
            customers: spend.len() as u64,
            spend_minor: spend.iter().map(|minor| i128::from(*minor)).sum::<i128>() as f64,
            largest_minor: spend.iter().copied().max().unwrap_or(0).max(0) as f64,
        }
    }

    fn mean(self) -> f64 {
        self.spend_minor / self.customers as f64
    }

    fn mean_without_largest(self) -> f64 {
        (self.spend_minor - self.largest_minor) / (self.customers - 1).max(1) as f64
    }
}

/// The group with the highest spend per customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopSpendGroup {
    /// Index of the group.
    pub at: usize,
    /// Mean spend of its customers, minor units.
    pub mean_minor: f64,
}

/// The group whose customers spend most.
///
/// Rule: at least 30 customers and 2% of all; 10% above the overall mean, also without its largest customer.
/// No claim if there is only one group.
pub fn top_spend_group(groups: &[GroupSpend]) -> Option<TopSpendGroup> {
    let known: u64 = groups.iter().map(|group| group.customers).sum();
    let all = groups.iter().map(|group| group.spend_minor).sum::<f64>() / known.max(1) as f64;
    if groups.iter().filter(|group| group.customers > 0).count() < 2 {
        return None;
    }
    let large =
        |at: &usize| groups[*at].customers >= MIN_GROUP_CUSTOMERS && groups[*at].customers * 50 >= known;
    let best =
        (0..groups.len()).filter(large).max_by(|a, b| groups[*a].mean().total_cmp(&groups[*b].mean()))?;
    let found = groups[best];
    (found.mean() > MIN_RATIO * all && found.mean_without_largest() > MIN_RATIO * all)
        .then(|| TopSpendGroup { at: best, mean_minor: found.mean() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_remarkable_between_many_orders() {
        assert_eq!(longest_gap(&[1, 0, 0, 2, 0, 0, 0, 1, 0]), (3, 4));
        assert_eq!(longest_gap(&[1, 2]), (0, 0));
        assert_eq!(gap(&[5, 5, 0, 0, 0, 5, 5], 1), Some(Gap { start: 2, days: 3 }));
        assert_eq!((gap(&[1, 1, 0, 0, 0, 1, 1], 1), gap(&[5, 0, 0, 5], 1)), (None, None));
    }

    #[test]
    fn a_day_is_strong_if_it_is_more_than_chance() {
        assert_eq!(weekdays(&[0; 7]), None);
        assert!(matches!(
            weekdays(&[100, 100, 100, 110, 100, 100, 100]),
            Some(Weekdays::Even { day: 3, .. })
        ));
        assert!(matches!(
            weekdays(&[1_000, 900, 900, 1_400, 900, 500, 400]),
            Some(Weekdays::Strong { day: 3, .. })
        ));
        // Three of twelve orders on one day may be chance.
        assert!(matches!(weekdays(&[3, 2, 1, 2, 1, 2, 1]), Some(Weekdays::Even { day: 0, .. })));
    }

    #[test]
    fn the_first_month_is_not_one_of_new_customers() {
        assert_eq!(
            top_acquisition_month(&[1_045, 394, 363, 436]),
            Some(TopAcquisitionMonth { at: 3, customers: 436 })
        );
        assert_eq!(top_acquisition_month(&[5, 2, 2]), Some(TopAcquisitionMonth { at: 1, customers: 2 }));
        assert_eq!(
            (top_acquisition_month(&[5]), top_acquisition_month(&[5, 0]), top_acquisition_month(&[])),
            (None, None, None)
        );
    }

    #[test]
    fn one_customer_does_not_make_a_group_spend_more() {
        let of = |customers, spend_minor, largest_minor| GroupSpend { customers, spend_minor, largest_minor };
        let plain = of(100, 10_000.0, 300.0);
        let found = top_spend_group(&[plain, of(100, 15_000.0, 400.0)]).expect("more");
        assert_eq!((found.at, found.mean_minor), (1, 150.0));
        assert_eq!(top_spend_group(&[plain, of(100, 15_000.0, 8_000.0)]), None);
        assert_eq!(top_spend_group(&[plain, of(29, 15_000.0, 600.0)]), None);
        assert_eq!(top_spend_group(&[plain]), None);
        assert_eq!(top_spend_group(&[plain, of(100, 10_500.0, 300.0)]), None);
        assert_eq!(top_spend_group(&[]), None);
    }
}
