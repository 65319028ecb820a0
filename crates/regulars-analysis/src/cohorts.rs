//! Cohorts: customers grouped by the month (or quarter) of their first order, and their orders in every later
//! period.
//!
//! Periods are calendar months, so the second one begins 1 to 31 days after the first order. Every purchase
//! is counted; excluding the incomplete period is left to `charts::cohorts`.

use std::sync::Arc;

use crate::columns::{NO_DAY, day_of};
use crate::error::BackendError;
use crate::filtered_run::FilteredRun;
use crate::frame::{MemorySize, Months, NO_ROW, Orders, month_name};

/// The length of cohort periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// Months, or quarters if there are too many months.
    #[default]
    Auto,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
}

/// Above this number of months, quarters are the default.
pub const MAX_MONTHS: usize = 36;

/// With more spans than this, dates are probably wrong, and the table would be too large.
const MAX_PERIODS: usize = 1200;

/// Orders of a cohort in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CohortPeriod {
    /// Customers who ordered.
    pub customers: u64,
    /// Revenue, minor units.
    pub revenue_minor: i64,
}

/// Customers with their first order in the same period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cohort {
    /// Index of the cohort period, counted from the first period of the data.
    pub span: usize,
    /// Number of customers in the cohort.
    pub customers: u64,
    /// Value of the orders on the day of the first order, minor units.
    pub first_minor: i64,
    /// Number of orders on the day of the first order.
    pub first_orders: u64,
    /// Per span, from that of the first order to the latest.
    pub periods: Vec<CohortPeriod>,
}

impl Cohort {
    /// Revenue so far, including the incomplete span.
    pub fn revenue_minor(&self) -> i64 {
        self.periods.iter().map(|periods| periods.revenue_minor).sum()
    }
}

/// The cohorts of the filtered customers.
///
/// Shape: chronological; cohorts without a filtered customer are omitted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cohorts {
    /// The cohorts.
    pub list: Vec<Cohort>,
    /// First month of every span, `YYYY-MM`, from the first order in the data to the analysis date.
    pub spans: Vec<String>,
    /// Number of complete spans.
    pub over: usize,
    /// Whether spans are quarters.
    pub quarters: bool,
    /// Whether there are more months than [`MAX_MONTHS`].
    pub long: bool,
}

impl MemorySize for Cohorts {
    fn bytes(&self) -> usize {
        self.list.iter().map(|cohort| 64 + cohort.periods.len() * size_of::<CohortPeriod>()).sum::<usize>()
            + self.spans.len() * 40
    }
}

impl Cohorts {
    /// Orders of a cohort `after` spans after the first, if that span is complete.
    pub fn full_period(&self, cohort: &Cohort, after: usize) -> Option<CohortPeriod> {
        (cohort.span + after < self.over).then(|| cohort.periods.get(after).copied()).flatten()
    }

    /// Retention: share of a cohort that ordered `after` spans after the first, if that span is complete.
    pub fn retention(&self, cohort: &Cohort, after: usize) -> Option<f64> {
        self.full_period(cohort, after).map(|periods| periods.customers as f64 / cohort.customers as f64)
    }

    /// Cumulative revenue per customer up to `after` spans after the first, if that span is complete.
    pub fn value_minor(&self, cohort: &Cohort, after: usize) -> Option<f64> {
        self.full_period(cohort, after)?;
        let sum: i64 = cohort.periods[..=after].iter().map(|periods| periods.revenue_minor).sum();
        Some(sum as f64 / cohort.customers as f64)
    }

    /// Share of the customers of all cohorts but the first who ordered `after` spans after the first.
    pub fn retention_of_all(&self, after: usize) -> Option<f64> {
        let known = self.list.iter().filter(|cohort| !Self::is_first(cohort));
        let (came, of) = known
            .filter_map(|cohort| Some((self.full_period(cohort, after)?.customers, cohort.customers)))
            .fold((0, 0), |(came, of), (c, n)| (came + c, of + n));
        (of > 0).then(|| came as f64 / of as f64)
    }

    /// Share of revenue after the span of the first order, in complete spans of cohorts that cannot gain
    /// customers; none if returns leave no such share.
    pub fn later_revenue_share(&self) -> Option<f64> {
        let (mut first, mut all) = (0_i64, 0_i64);
        for cohort in self.list.iter().filter(|cohort| !self.is_incomplete(cohort)) {
            let revenue = |after| self.full_period(cohort, after).map_or(0, |periods| periods.revenue_minor);
            first += revenue(0);
            all += (0..cohort.periods.len()).map(revenue).sum::<i64>();
        }
        let share = (all - first) as f64 / all as f64;
        (0.0..=1.0).contains(&share).then_some(share)
    }

    /// Numbers of spans after which cohorts are compared.
    pub fn compared_after(&self) -> [usize; 4] {
        if self.quarters { [1, 2, 4, 8] } else { [1, 3, 6, 12] }
    }

    /// An early and a late cohort to compare at the same age, with that age in spans.
    pub fn early_and_late(&self) -> Option<(usize, &Cohort, &Cohort)> {
        self.compared_after().into_iter().rev().find_map(|after| {
            let known =
                |cohort: &&Cohort| !Self::is_first(cohort) && self.full_period(cohort, after).is_some();
            let mut old_enough = self.list.iter().filter(known);
            let first = old_enough.next()?;
            Some((after, first, old_enough.next_back()?))
        })
    }

    /// Whether a cohort is the first, which includes all who were customers before the data begin.
    pub fn is_first(cohort: &Cohort) -> bool {
        cohort.span == 0
    }

    /// Whether a cohort can still gain customers.
    pub fn is_incomplete(&self, cohort: &Cohort) -> bool {
        cohort.span >= self.over
    }

    /// Months per span.
    pub fn months(&self) -> usize {
        if self.quarters { 3 } else { 1 }
    }
}

/// Maps days to spans.
struct Calendar {
    first_day: i32,
    /// Span of each day, from the first.
    span_of_day: Vec<u32>,
}

impl Calendar {
    fn span(&self, day: i32) -> usize {
        let at = (i64::from(day) - i64::from(self.first_day)).max(0) as usize;
        self.span_of_day.get(at).or(self.span_of_day.last()).map_or(0, |span| *span as usize)
    }
}

/// The cohorts of the filtered customers, cached by filter and span.
///
/// Shape: `None` if the run has no first order dates, or its dates are centuries apart.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn cohorts(run: &FilteredRun, span: Span) -> Result<Option<Arc<Cohorts>>, BackendError> {
    let Some(first_day) = run.frame.first_day()? else { return Ok(None) };
    let found = run.frame.cached(&format!("cohorts {span:?} {:?}", run.filter), || {
        let orders = run.frame.orders()?;
        let as_of = day_of(&run.frame.summary.as_of).unwrap_or(i32::MIN);
        Ok(count(&first_day, &orders, as_of, span, |row| run.chosen.has(row)))
    })?;
    Ok((!found.spans.is_empty()).then_some(found))
}

/// Counts the orders of every cohort in every span.
///
/// Contracts: `first_day` is the earliest purchase of each customer in `orders` (trusted).
fn count(
    first_day: &[i32],
    orders: &Orders,
    as_of: i32,
    span: Span,
    chosen: impl Fn(usize) -> bool,
) -> Cohorts {
    let Some(first) = first_day.iter().copied().filter(|day| *day != NO_DAY).min() else {
        return Cohorts::default();
    };
    let latest = orders.day.iter().copied().max().unwrap_or(first);
    let last = as_of.max(latest).max(first);
    let mut months = Months::default();
    let begin = months.of(first);
    let in_months = (months.of(last) - begin + 1) as usize;
    let long = in_months > MAX_MONTHS;
    let quarters = match span {
        Span::Auto => long,
        Span::Month => false,
        Span::Quarter => true,
    };
    let each = if quarters { 3 } else { 1 };
    // First month of the quarter that contains the first order.
    let begin = begin.div_euclid(each) * each;
    let of = |months: &mut Months, day: i32| ((months.of(day) - begin) / each) as usize;
    let spans = of(&mut months, last) + 1;
    if spans > MAX_PERIODS {
        return Cohorts::default();
    }
    let calendar = Calendar {
        first_day: first,
        span_of_day: (first..=last).map(|day| of(&mut months, day) as u32).collect(),
    };
    let over = of(&mut months, last.saturating_add(1));
    let mut cohorts: Vec<Cohort> = (0..spans)
        .map(|span| Cohort {
            span,
            periods: vec![CohortPeriod::default(); spans - span],
            ..Cohort::default()
        })
        .collect();
    let mut span_of = vec![u32::MAX; first_day.len()];
    for (row, day) in first_day.iter().enumerate() {
        if *day != NO_DAY && chosen(row) {
            let span = calendar.span(*day);
            span_of[row] = span as u32;
            cohorts[span].customers += 1;
        }
    }
    // One bit per customer and span: whether an order was counted there.
    let words = spans.div_ceil(64);
    let mut seen = vec![0_u64; first_day.len() * words];
    for at in 0..orders.customer.len() {
        let customer = orders.customer[at];
        if customer == NO_ROW {
            continue;
        }
        let row = customer as usize;
        let Some(cohort) = span_of.get(row).and_then(|span| cohorts.get_mut(*span as usize)) else {
            continue;
        };
        // A refund before the first order counts in the span of that order.
        let span = calendar.span(orders.day[at]).max(cohort.span);
        let periods = &mut cohort.periods[span - cohort.span];
        periods.revenue_minor += orders.amount_minor[at];
        if !orders.is_purchase[at] {
            continue;
        }
        if orders.day[at] == first_day[row] {
            cohort.first_minor += orders.amount_minor[at];
            cohort.first_orders += 1;
        }
        let (word, bit) = (row * words + span / 64, 1_u64 << (span % 64));
        periods.customers += u64::from(seen[word] & bit == 0);
        seen[word] |= bit;
    }
    cohorts.retain(|cohort| cohort.customers > 0);
    Cohorts {
        list: cohorts,
        spans: (0..spans).map(|span| month_name(begin + span as i32 * each)).collect(),
        over,
        quarters,
        long,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use regulars_core::dates::{DAY_MICROS, format_day};

    use super::*;

    /// Customer, day, amount in minor units; negative amounts are refunds.
    type Row = (u32, i32, i64);

    fn ledger(rows: &[Row]) -> Orders {
        Orders {
            customer: rows.iter().map(|row| row.0).collect(),
            day: rows.iter().map(|row| row.1).collect(),
            amount_minor: rows.iter().map(|row| row.2).collect(),
            is_purchase: rows.iter().map(|row| row.2 >= 0).collect(),
        }
    }

    fn firsts(rows: &[Row], customers: u32) -> Vec<i32> {
        let first = |customer| {
            let days = rows.iter().filter(|row| row.0 == customer && row.2 >= 0).map(|row| row.1);
            days.min().unwrap_or(NO_DAY)
        };
        (0..customers).map(first).collect()
    }

    /// `YYYY-MM`, or the first month of the quarter, from the text of the date.
    fn name(day: i32, quarters: bool) -> String {
        let text = format_day(i64::from(day) * DAY_MICROS);
        let month: u32 = text[5..7].parse().expect("a month");
        let month = if quarters { (month - 1) / 3 * 3 + 1 } else { month };
        format!("{}-{month:02}", &text[..4])
    }

    proptest! {
        #[test]
        fn every_cell_is_what_counting_one_by_one_gives(
            rows in prop::collection::vec((0..9_u32, 18_000..19_400_i32, -50..500_i64), 1..120),
            (quarters, later) in (prop::bool::ANY, 0..40_i32),
            left_out in 0..9_u32,
        ) {
            let first_day = firsts(&rows, 9);
            let as_of = rows.iter().map(|row| row.1).max().expect("a row") + later;
            let span = if quarters { Span::Quarter } else { Span::Month };
            let found = count(&first_day, &ledger(&rows), as_of, span, |row| row != left_out as usize);

            // By cohort and span: customers and revenue.
            let mut expected: BTreeMap<(String, String), (BTreeSet<u32>, i64)> = BTreeMap::new();
            let mut members: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
            for (customer, day, amount) in &rows {
                let first = first_day[*customer as usize];
                if first == NO_DAY || *customer == left_out {
                    continue;
                }
                let cohort = name(first, quarters);
                members.entry(cohort.clone()).or_default().insert(*customer);
                let cell = expected.entry((cohort, name((*day).max(first), quarters))).or_default();
                cell.1 += amount;
                if *amount >= 0 {
                    cell.0.insert(*customer);
                }
            }
            for cohort in &found.list {
                let own = &found.spans[cohort.span];
                prop_assert_eq!(cohort.customers as usize, members.remove(own).expect("a cohort").len());
                for (after, periods) in cohort.periods.iter().enumerate() {
                    let span = found.spans[cohort.span + after].clone();
                    let (who, minor) = expected.remove(&(own.clone(), span)).unwrap_or_default();
                    prop_assert_eq!((periods.customers as usize, periods.revenue_minor), (who.len(), minor));
                }
                prop_assert_eq!(cohort.periods[0].customers, cohort.customers);
                prop_assert!(cohort.first_orders >= cohort.customers);
            }
            prop_assert!(expected.is_empty() && members.is_empty());
            // A span is complete if the day after the analysis date is in another one.
            let now = name(as_of, quarters);
            for (at, span) in found.spans.iter().enumerate() {
                let is_over = *span < now || *span == now && name(as_of + 1, quarters) != now;
                prop_assert_eq!(at < found.over, is_over, "{} {}", span, now);
            }
        }
    }

    #[test]
    fn nobody_and_centuries_have_no_cohorts() {
        assert_eq!(count(&[NO_DAY], &ledger(&[]), 0, Span::Month, |_| true), Cohorts::default());
        let rows = [(0, -600_000, 5), (0, 19_000, 5)];
        assert_eq!(count(&[-600_000], &ledger(&rows), 19_000, Span::Month, |_| true), Cohorts::default());
    }

    #[test]
    fn many_months_are_put_together_unless_asked_for() {
        let rows = [(0, 18_000, 5), (0, 19_400, 5)];
        let by = |span| count(&[18_000], &ledger(&rows), 19_400, span, |_| true);
        assert!(by(Span::Auto).quarters && by(Span::Auto).long && !by(Span::Month).quarters);
        assert_eq!((by(Span::Month).spans.len(), by(Span::Auto).spans.len()), (47, 16));
        let found = by(Span::Month);
        assert_eq!(found.retention(&found.list[0], 1), Some(0.0));
        // The month of the last day is incomplete.
        assert_eq!((found.retention(&found.list[0], 46), found.list[0].revenue_minor()), (None, 10));
    }

    #[test]
    fn all_cohorts_together_leave_out_the_first() {
        // One customer in the first month; two in the second; one of them orders again a month later.
        let rows = [(0, 18_000, 5), (1, 18_030, 10), (2, 18_030, 10), (1, 18_060, 20)];
        let found = count(&firsts(&rows, 3), &ledger(&rows), 18_200, Span::Month, |_| true);
        assert_eq!((found.retention_of_all(1), found.retention_of_all(2)), (Some(0.5), Some(0.0)));
        assert_eq!(found.later_revenue_share(), Some(20.0 / 45.0));
        assert_eq!(found.early_and_late(), None);
        assert_eq!((found.compared_after(), found.retention_of_all(99)), ([1, 3, 6, 12], None));
    }
}
