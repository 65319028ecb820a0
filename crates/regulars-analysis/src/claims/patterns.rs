//! What pictures of time and groups may be said to show: days of the week that differ, the month most customers are won
//! in, a group that spends more.
//!
//! Deliberately not here: seasons (`season`), and words.

/// A day is strong whose share is this many times an equal one.
const STRONG: f64 = 1.25;

/// Standard errors beyond which a day is no chance.
const CHANCE: f64 = 3.0;

/// Customers of a group below which nothing is said of what they spend.
const FEW: u64 = 30;

/// A group spends more whose mean is this many times that of all.
const MORE: f64 = 1.1;

/// What days of the week say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weekdays {
    /// One brings clearly more orders than a seventh: which, from 0, and its share.
    Strong {
        /// The day.
        day: usize,
        /// Its share of orders.
        share: f64,
    },
    /// None does; the share of the one with most.
    Even {
        /// The day with most.
        day: usize,
        /// Its share of orders.
        share: f64,
    },
}

/// What days of the week say; none without an order.
///
/// Rule: a day is strong if it brings a quarter more than a seventh, and more than chance (three standard errors) would.
pub fn weekdays(orders: &[u64; 7]) -> Option<Weekdays> {
    let total: u64 = orders.iter().sum();
    if total == 0 {
        return None;
    }
    let day = (0..7).rev().max_by_key(|day| orders[*day]).unwrap_or(0);
    let (share, equal) = (orders[day] as f64 / total as f64, 1.0 / 7.0);
    let chance = CHANCE * (equal * (1.0 - equal) / total as f64).sqrt();
    let strong = share >= STRONG * equal && share > equal + chance;
    Some(if strong { Weekdays::Strong { day, share } } else { Weekdays::Even { day, share } })
}

/// The month with most new customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MostNew {
    /// Which month.
    pub at: usize,
    /// Its new customers.
    pub customers: u64,
}

/// The month with most new customers, the first month left out: it holds everybody who bought before the data begin.
/// None where there is no other.
pub fn most_new(by_month: &[u64]) -> Option<MostNew> {
    let later = (1..by_month.len()).filter(|at| by_month[*at] > 0);
    let at = later.rev().max_by_key(|at| by_month[*at])?;
    Some(MostNew { at, customers: by_month[at] })
}

/// Customers of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupSpend {
    /// Customers in it.
    pub customers: u64,
    /// Their spend, minor units.
    pub spend_minor: f64,
    /// The most that one of them spent.
    pub largest_minor: f64,
}

impl GroupSpend {
    fn mean(self) -> f64 {
        self.spend_minor / self.customers as f64
    }

    fn mean_without_largest(self) -> f64 {
        (self.spend_minor - self.largest_minor) / (self.customers - 1).max(1) as f64
    }
}

/// The group that spends most a customer, and how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendsMost {
    /// Which group.
    pub at: usize,
    /// Mean spend of its customers, minor units.
    pub mean_minor: f64,
}

/// The group whose customers spend most.
///
/// Rule: of 30 customers or more, and a fiftieth of all; a tenth above the mean of all, also without its largest
/// customer. Of one group nothing is said.
pub fn spends_most(groups: &[GroupSpend]) -> Option<SpendsMost> {
    let known: u64 = groups.iter().map(|group| group.customers).sum();
    let all = groups.iter().map(|group| group.spend_minor).sum::<f64>() / known.max(1) as f64;
    if groups.iter().filter(|group| group.customers > 0).count() < 2 {
        return None;
    }
    let large = |at: &usize| groups[*at].customers >= FEW && groups[*at].customers * 50 >= known;
    let best =
        (0..groups.len()).filter(large).max_by(|a, b| groups[*a].mean().total_cmp(&groups[*b].mean()))?;
    let found = groups[best];
    (found.mean() > MORE * all && found.mean_without_largest() > MORE * all)
        .then(|| SpendsMost { at: best, mean_minor: found.mean() })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // Three of twelve orders on one day are chance.
        assert!(matches!(weekdays(&[3, 2, 1, 2, 1, 2, 1]), Some(Weekdays::Even { day: 0, .. })));
    }

    #[test]
    fn the_first_month_is_not_one_of_new_customers() {
        assert_eq!(most_new(&[1_045, 394, 363, 436]), Some(MostNew { at: 3, customers: 436 }));
        assert_eq!(most_new(&[5, 2, 2]), Some(MostNew { at: 1, customers: 2 }));
        assert_eq!((most_new(&[5]), most_new(&[5, 0]), most_new(&[])), (None, None, None));
    }

    #[test]
    fn one_customer_does_not_make_a_group_spend_more() {
        let of = |customers, spend_minor, largest_minor| GroupSpend { customers, spend_minor, largest_minor };
        let plain = of(100, 10_000.0, 300.0);
        let found = spends_most(&[plain, of(100, 15_000.0, 400.0)]).expect("more");
        assert_eq!((found.at, found.mean_minor), (1, 150.0));
        assert_eq!(spends_most(&[plain, of(100, 15_000.0, 8_000.0)]), None);
        assert_eq!(spends_most(&[plain, of(29, 15_000.0, 600.0)]), None);
        assert_eq!(spends_most(&[plain]), None);
        assert_eq!(spends_most(&[plain, of(100, 10_500.0, 300.0)]), None);
        assert_eq!(spends_most(&[]), None);
    }
}
