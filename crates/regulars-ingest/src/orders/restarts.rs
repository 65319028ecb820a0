//! Order numbers that restart: receipt 1 of January and receipt 1 of February are two orders.

use std::collections::{BTreeMap, BTreeSet};

use super::Facts;

/// How rows with the same number and customer are spread over days.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Restarts {
    /// Orders of several rows on one day or on days close together.
    pub(crate) together: u64,
    /// Of these, orders on more than one day.
    pub(crate) over_days: u64,
    /// Orders whose rows are further apart.
    pub(crate) apart: u64,
    /// The median distance in days.
    pub(crate) median_gap_days: i32,
    /// Orders on one day with the same amount on all of several rows.
    pub(crate) constant: u64,
    /// Orders on several days with one amount per day that differs between days.
    pub(crate) two_totals: u64,
    /// All orders.
    pub(crate) orders: u64,
}

/// Maximum days between rows of one order: lines are shipped, or entered, a few days apart.
const NEAR_DAYS: i32 = 3;
/// From this many days on, two rows with the same number are two orders.
const FAR_DAYS: i32 = 7;

/// Measures how far apart the rows with the same number and customer are; refunds, which are later by nature,
/// and duplicates are ignored.
pub(crate) fn find_restarts(facts: &[(usize, Facts)]) -> Restarts {
    let mut days: Vec<(u64, u64, i32, i64)> = Vec::new();
    for (_, facts) in facts {
        let rows = facts.orders.iter().zip(&facts.rows).zip(&facts.days).zip(&facts.amounts);
        days.extend(
            rows.filter(|(_, amount)| **amount >= 0)
                .map(|(((order, row), day), amount)| (*order, *row, *day, *amount)),
        );
    }
    days.sort_unstable();
    days.dedup();
    let mut found = Restarts::default();
    let mut gaps: BTreeMap<i32, u64> = BTreeMap::new();
    for group in days.chunk_by(|a, b| a.0 == b.0) {
        found.orders += 1;
        if group.len() == 1 {
            continue;
        }
        let mut at: Vec<i32> = group.iter().map(|(_, _, day, _)| *day).collect();
        at.sort_unstable();
        // Amounts by day.
        let mut totals: BTreeMap<i32, BTreeSet<i64>> = BTreeMap::new();
        for (_, _, day, amount) in group {
            totals.entry(*day).or_default().insert(*amount);
        }
        let one_a_day = totals.values().all(|amounts| amounts.len() == 1);
        let all: BTreeSet<i64> = totals.values().flatten().copied().collect();
        found.constant += u64::from(totals.len() == 1 && one_a_day);
        found.two_totals += u64::from(totals.len() > 1 && one_a_day && all.len() == totals.len());
        let gap = at.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0);
        if gap <= NEAR_DAYS {
            found.together += 1;
            found.over_days += u64::from(gap > 0);
        } else {
            found.apart += 1;
            *gaps.entry(gap).or_default() += 1;
        }
    }
    let mut seen = 0;
    for (gap, count) in gaps {
        seen += count;
        if seen * 2 >= found.apart {
            found.median_gap_days = gap;
            break;
        }
    }
    found
}

impl Restarts {
    /// Whether numbers restart; `None` if the user has to be asked. `shared`: several customers share order
    /// numbers.
    pub(crate) fn verdict(&self, shared: bool) -> Option<bool> {
        // If numbers restart and orders rarely take more than a day, two days are two orders.
        let of_several_days = self.apart + self.over_days;
        if shared && of_several_days > 0 && of_several_days * 20 <= self.together {
            return Some(true);
        }
        // If every row has the total of its order, a different total on another day belongs to another order.
        let totals_repeat =
            self.together >= 20 && self.constant * 20 >= self.together.saturating_sub(self.over_days) * 19;
        if of_several_days > 0 && of_several_days == self.two_totals && totals_repeat {
            return Some(true);
        }
        if self.apart == 0 {
            return Some(false);
        }
        if self.median_gap_days < FAR_DAYS {
            return (self.apart * 20 <= self.together).then_some(false);
        }
        // Occasionally, an order is changed weeks later; restarting numbers coincide more often.
        if self.apart * 50 >= self.orders || self.apart * 4 >= self.together + self.apart {
            Some(true)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(rows: &[(u64, i32)]) -> Option<bool> {
        let facts = Facts {
            orders: rows.iter().map(|r| r.0).collect(),
            rows: (0..rows.len() as u64).collect(),
            days: rows.iter().map(|r| r.1).collect(),
            amounts: vec![1; rows.len()],
            ..Facts::default()
        };
        find_restarts(&[(0, facts)]).verdict(false)
    }

    #[test]
    fn rows_of_one_number_weeks_apart_are_two_orders() {
        assert_eq!(look_at(&[(1, 0), (2, 0), (1, 29), (2, 29)]), Some(true));
        assert_eq!(look_at(&[(1, 0), (1, 0), (2, 5), (2, 6)]), Some(false));
        assert_eq!(look_at(&[(1, 0), (2, 1), (3, 2)]), Some(false));
        let mut many: Vec<(u64, i32)> = (0..200).flat_map(|i| [(i, 0), (i, 0)]).collect();
        many[1].1 = 40;
        assert_eq!(look_at(&many), None);
        let one_near =
            Restarts { together: 190, apart: 1, median_gap_days: 6, orders: 300, ..Restarts::default() };
        assert_eq!(one_near.verdict(false), Some(false));
        assert_eq!(one_near.verdict(true), Some(true));
        let of_totals = Restarts { constant: 189, two_totals: 1, ..one_near.clone() };
        assert_eq!(of_totals.verdict(false), Some(true));
        let one_next = Restarts { apart: 0, over_days: 1, ..one_near.clone() };
        assert_eq!((one_next.verdict(false), one_next.verdict(true)), (Some(false), Some(true)));
        assert_eq!(Restarts { over_days: 40, ..one_near }.verdict(true), Some(false));
    }
}
