//! The headline numbers of the selected customers: those of the run without a filter, recomputed in the same
//! shape with one.
//!
//! Tests check that recomputing over all customers gives the run's numbers, here with synthetic customers and
//! in the command line with real runs.

use std::sync::Arc;

use regulars_core::summary::{
    MonthSummary, Period, PeriodComparison, RunSummary, SegmentSummary, TopCustomer,
};
use regulars_core::tables::rfm_scores;

use super::sums::{Sums, by_class};
use crate::columns::{date_of, day_of};
use crate::error::BackendError;
use crate::frame::{Coded, Frame, MemorySize, Orders};
use crate::selection::Selection;

/// Number of top customers listed.
const TOP_CUSTOMERS: usize = 10;

/// The headline numbers of the selected customers.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The summary of the selected customers; clusters and lifetime value are the run's.
    pub summary: Arc<RunSummary>,
    /// Sums over the selected customers.
    pub sums: Sums,
    /// Sum of their RFM scores.
    pub rfm_scores: i64,
    /// Lifetime value of the selected customers, if the run has it.
    pub value: Option<ValueFigures>,
}

impl MemorySize for Figures {}

/// Lifetime value of the selected customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueFigures {
    pub mean_minor: f64,
    /// The interval of the mean; only for all customers together, since it depends on how their errors are
    /// correlated.
    pub interval_minor: Option<(f64, f64)>,
    pub total_minor: f64,
    pub alive_mean: f64,
}

/// The headline numbers of the selected customers.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn figures(frame: &Frame, chosen: &Selection) -> Result<Figures, BackendError> {
    let summary =
        if chosen.is_all() { Arc::clone(&frame.summary) } else { Arc::new(computed(frame, chosen)?) };
    let sums = by_class(frame, chosen, None)?.pop().unwrap_or_default();
    let scores = frame.score(rfm_scores::COLUMNS.rfm_score)?;
    let value = match &frame.summary.value {
        Some(whole) if chosen.is_all() => Some(ValueFigures {
            mean_minor: whole.mean_ltv_minor,
            interval_minor: Some((whole.mean_ltv_low_minor, whole.mean_ltv_high_minor)),
            total_minor: whole.total_ltv_minor as f64,
            alive_mean: whole.mean_p_alive,
        }),
        Some(_) if sums.valued > 0 => Some(ValueFigures {
            mean_minor: sums.expected_mean_minor(),
            interval_minor: None,
            total_minor: sums.expected_minor as f64,
            alive_mean: sums.alive_mean(),
        }),
        _ => None,
    };
    Ok(Figures { summary, sums, rfm_scores: chosen.rows().map(|row| scores[row]).sum(), value })
}

/// The summary of the selected customers, computed from the columns.
///
/// Shape: segments without a selected customer are left out; months are those of the run.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn computed(frame: &Frame, chosen: &Selection) -> Result<RunSummary, BackendError> {
    let run = &*frame.summary;
    let sums = by_class(frame, chosen, None)?.pop().unwrap_or_default();
    let orders = frame.orders()?;
    let (of_each, spend) = (frame.orders_of_each()?, frame.spend_minor()?);
    let repeat = chosen.rows().filter(|row| of_each[*row] > 1).count();
    let span = purchases(&orders, chosen).map(|at| orders.day[at]);
    let (first, last) = span.fold((None, None), |(first, last): (Option<i32>, Option<i32>), day| {
        (Some(first.map_or(day, |f| f.min(day))), Some(last.map_or(day, |l| l.max(day))))
    });
    let day = |day: Option<i32>| day.map_or_else(String::new, date_of);
    Ok(RunSummary {
        customers: sums.customers,
        orders: sums.orders.unsigned_abs(),
        revenue_minor: sums.spend(),
        average_order_value_minor: if sums.orders == 0 { 0.0 } else { sums.order_value_minor() },
        repeat_rate: share(repeat as f64, sums.customers as f64),
        top_20_revenue_share: top_20(chosen.rows().map(|row| spend[row]).collect()),
        first_purchase: day(first),
        last_purchase: day(last),
        periods: run.periods.as_ref().map(|periods| comparison(periods, &orders, chosen)),
        segments: segments(frame, chosen, sums)?,
        months: months(&run.months, &orders, chosen),
        top_customers: top_customers(frame, chosen)?,
        ..run.clone()
    })
}

fn share(part: f64, of: f64) -> f64 {
    if of == 0.0 { 0.0 } else { part / of }
}

/// The positions of the selected customers' orders.
fn purchases<'a>(orders: &'a Orders, chosen: &'a Selection) -> impl Iterator<Item = usize> + 'a {
    (0..orders.customer.len())
        .filter(|at| orders.is_purchase[*at] && chosen.has(orders.customer[*at] as usize))
}

/// Share of spend of the top 20% of customers (rounded up).
fn top_20(mut spend_minor: Vec<i64>) -> f64 {
    let sum = |values: &[i64]| values.iter().map(|v| i128::from(*v)).sum::<i128>();
    let total = sum(&spend_minor);
    if total <= 0 {
        return 0.0;
    }
    let fifth = spend_minor.len().div_ceil(5);
    if fifth < spend_minor.len() {
        spend_minor.select_nth_unstable_by(fifth, |a, b| b.cmp(a));
    }
    sum(&spend_minor[..fifth]) as f64 / total as f64
}

/// The figures of the run's periods.
fn comparison(periods: &PeriodComparison, orders: &Orders, chosen: &Selection) -> PeriodComparison {
    let mut first_day =
        vec![i32::MAX; orders.customer.iter().map(|row| *row as usize + 1).max().unwrap_or(0)];
    for at in purchases(orders, chosen) {
        let first = &mut first_day[orders.customer[at] as usize];
        *first = (*first).min(orders.day[at]);
    }
    let count = |period: &Period| {
        let (from, to) = (day_of(&period.from).unwrap_or(0), day_of(&period.to).unwrap_or(0));
        let mut bought = vec![false; first_day.len()];
        let mut out =
            Period { customers: 0, orders: 0, revenue_minor: 0, returning_customers: 0, ..period.clone() };
        for at in 0..orders.customer.len() {
            let row = orders.customer[at] as usize;
            if !(from..=to).contains(&orders.day[at]) || !chosen.has(row) {
                continue;
            }
            out.revenue_minor += orders.amount_minor[at];
            if orders.is_purchase[at] {
                out.orders += 1;
                if !std::mem::replace(&mut bought[row], true) {
                    out.customers += 1;
                    out.returning_customers += u64::from(first_day[row] < from);
                }
            }
        }
        out
    };
    PeriodComparison {
        days: periods.days,
        current: count(&periods.current),
        previous: count(&periods.previous),
        year_before: periods.year_before.as_ref().map(count),
    }
}

/// Revenue, orders and customers by month of the run.
fn months(of_run: &[MonthSummary], orders: &Orders, chosen: &Selection) -> Vec<MonthSummary> {
    let empty =
        |month: &MonthSummary| MonthSummary { revenue_minor: 0, orders: 0, customers: 0, ..month.clone() };
    let mut out: Vec<MonthSummary> = of_run.iter().map(empty).collect();
    let starts: Vec<i32> =
        of_run.iter().map(|m| day_of(&format!("{}-01", m.month)).unwrap_or(i32::MAX)).collect();
    let Some(first) = starts.first().copied() else { return out };
    // Precompute the month of every day, to avoid a search per order.
    let last = orders.day.iter().copied().max().unwrap_or(first).max(first);
    let mut of_day = Vec::with_capacity((last - first) as usize + 1);
    let mut month = 0;
    for day in first..=last {
        while starts.get(month + 1).is_some_and(|start| *start <= day) {
            month += 1;
        }
        of_day.push(month);
    }
    let words = out.len().div_ceil(64);
    let customers = orders.customer.iter().map(|row| *row as usize + 1).max().unwrap_or(0);
    let mut seen = vec![0_u64; customers * words];
    for at in 0..orders.customer.len() {
        let row = orders.customer[at] as usize;
        let Some(month) = of_day.get((orders.day[at] - first).max(0) as usize).copied() else { continue };
        if !chosen.has(row) {
            continue;
        }
        out[month].revenue_minor += orders.amount_minor[at];
        if orders.is_purchase[at] {
            out[month].orders += 1;
            let (word, bit) = (row * words + month / 64, 1_u64 << (month % 64));
            out[month].customers += u64::from(seen[word] & bit == 0);
            seen[word] |= bit;
        }
    }
    out
}

fn segments(frame: &Frame, chosen: &Selection, all: Sums) -> Result<Vec<SegmentSummary>, BackendError> {
    let coded: Arc<Coded> = frame.segments()?;
    let sums = by_class(frame, chosen, Some(&coded))?;
    let whole = frame.summary.segments.iter().zip(sums).filter(|(_, of)| of.customers > 0);
    Ok(whole
        .map(|(segment, of)| SegmentSummary {
            segment: segment.segment.clone(),
            meaning: segment.meaning.clone(),
            priority: segment.priority,
            customers: of.customers,
            customer_share: share(of.customers as f64, all.customers as f64),
            revenue_minor: of.spend(),
            revenue_share: share(of.spend_minor as f64, all.spend_minor as f64),
            recency_mean: of.recency_mean(),
            frequency_mean: of.orders_mean(),
            monetary_mean_minor: of.spend_mean_minor(),
            average_order_value_minor: of.order_value_minor(),
        })
        .collect())
}

fn top_customers(frame: &Frame, chosen: &Selection) -> Result<Vec<TopCustomer>, BackendError> {
    let (ids, segments) = (frame.ids()?, frame.segments()?);
    let (recency, orders, spend) = (frame.recency_days()?, frame.orders_of_each()?, frame.spend_minor()?);
    let mut rows: Vec<usize> = chosen.rows().collect();
    let order = |a: &usize, b: &usize| spend[*b].cmp(&spend[*a]).then(a.cmp(b));
    if rows.len() > TOP_CUSTOMERS {
        rows.select_nth_unstable_by(TOP_CUSTOMERS, order);
        rows.truncate(TOP_CUSTOMERS);
    }
    rows.sort_unstable_by(order);
    let customer = |row: usize| TopCustomer {
        customer_id: ids.display(row),
        monetary_minor: spend[row],
        frequency: orders[row].unsigned_abs(),
        recency: recency[row],
        segment: segments.label(row).unwrap_or_default().to_owned(),
    };
    Ok(rows.into_iter().map(customer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_fifth_is_rounded_up() {
        assert!((top_20(vec![10, 50, 20, 15, 5]) - 0.5).abs() < 1e-12);
        assert!((top_20(vec![10, 50, 20, 15, 5, 100]) - 0.75).abs() < 1e-12);
        assert!((top_20(vec![7]) - 1.0).abs() < 1e-12);
        assert!(top_20(vec![5, -5]).abs() < 1e-12);
    }

    #[test]
    fn months_and_periods_count_each_customer_once() {
        let day = |date| day_of(date).expect("a date");
        let orders = Orders {
            customer: vec![0, 0, 1, 0, 2],
            day: vec![
                day("2024-01-05"),
                day("2024-01-20"),
                day("2024-02-01"),
                day("2024-02-10"),
                day("2024-02-11"),
            ],
            amount_minor: vec![100, 50, 70, -20, 1000],
            is_purchase: vec![true, true, true, false, true],
        };
        let mut chosen = Selection::all(3);
        chosen.keep(|row| row != 2);
        let month = |month: &str| MonthSummary {
            month: month.to_owned(),
            revenue_minor: 9,
            orders: 9,
            customers: 9,
            complete: true,
        };
        let found = months(&[month("2024-01"), month("2024-02")], &orders, &chosen);
        let figures = |m: &MonthSummary| (m.revenue_minor, m.orders, m.customers);
        assert_eq!((figures(&found[0]), figures(&found[1])), ((150, 2, 1), (50, 1, 1)));

        let period = |from: &str, to: &str| Period {
            from: from.to_owned(),
            to: to.to_owned(),
            customers: 9,
            orders: 9,
            revenue_minor: 9,
            returning_customers: 9,
        };
        let found = comparison(
            &PeriodComparison {
                days: 31,
                current: period("2024-01-15", "2024-02-14"),
                previous: period("2023-12-15", "2024-01-14"),
                year_before: Some(period("2023-01-15", "2023-02-14")),
            },
            &orders,
            &chosen,
        );
        let figures = |p: &Period| (p.customers, p.orders, p.revenue_minor, p.returning_customers);
        assert_eq!((figures(&found.current), figures(&found.previous)), ((2, 2, 100, 1), (1, 1, 100, 0)));
        assert_eq!(found.year_before.as_ref().map(figures), Some((0, 0, 0, 0)));
    }
}
