//! The headline numbers compared with plain loops.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_engine::{PeriodBounds, PurchaseRules};

use crate::fixtures::{Ids, Row, day, engine, random_rows, rules, with_refunds, write_run};

/// (time, customer, amount, whether it is a purchase) of every order and every refund.
fn orders(rows: &[Row], rules: &PurchaseRules) -> Vec<(i64, i64, i64, bool)> {
    let mut grouped: BTreeMap<(i64, i64, bool, usize), (i64, i64)> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate().filter(|(_, r)| r.at <= rules.cutoff_micros) {
        let own = if rules.orders_are_rows { i } else { 0 };
        let entry = grouped.entry((row.customer, row.order, row.amount >= 0, own)).or_insert((row.at, 0));
        *entry = (entry.0.min(row.at), entry.1 + row.amount);
    }
    grouped
        .into_iter()
        .map(|((customer, _, bought, _), (at, amount))| (at, customer, amount, bought))
        .collect()
}

fn check(rows: &[Row], rules: &PurchaseRules) {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = write_run(folder.path(), rows, &[], Ids::Text);
    let (to, middle) = (rules.cutoff_micros, rules.cutoff_micros - 90 * DAY_MICROS);
    let periods = [
        PeriodBounds { from_micros: middle + 1, to_micros: to },
        PeriodBounds { from_micros: middle - 90 * DAY_MICROS + 1, to_micros: middle },
    ];
    let found = engine(2, None, folder.path()).overview(&inputs, rules, &periods).expect("computes");

    let all = orders(rows, rules);
    let bought: Vec<_> = all.iter().filter(|o| o.3).collect();
    let mut per_customer: BTreeMap<i64, u64> = BTreeMap::new();
    for order in &bought {
        *per_customer.entry(order.1).or_default() += 1;
    }
    assert_eq!(found.transactions, rows.iter().filter(|r| r.at <= to).count() as u64);
    assert_eq!(found.customers, per_customer.len() as u64);
    assert_eq!(found.repeat_customers, per_customer.values().filter(|n| **n > 1).count() as u64);
    assert_eq!(found.orders, bought.len() as u64);
    assert_eq!(found.revenue_minor, all.iter().map(|o| o.2).sum::<i64>());
    assert_eq!(found.first_purchase_micros, bought.iter().map(|o| o.0).min());
    assert_eq!(found.last_purchase_micros, bought.iter().map(|o| o.0).max());

    let month = |at: i64| format_day(at)[..7].to_owned();
    let months: BTreeSet<String> = all.iter().map(|o| month(o.0)).collect();
    assert_eq!(found.months.first().map(|m| month(m.start_micros)), months.first().cloned());
    assert_eq!(found.months.last().map(|m| month(m.start_micros)), months.last().cloned());
    for pair in found.months.windows(2) {
        let days = (pair[1].start_micros - pair[0].start_micros) / DAY_MICROS;
        assert!((28..=31).contains(&days), "no holes");
    }
    for m in &found.months {
        let own: Vec<_> = all.iter().filter(|o| month(o.0) == month(m.start_micros)).collect();
        assert_eq!(m.revenue_minor, own.iter().map(|o| o.2).sum::<i64>());
        assert_eq!(m.orders, own.iter().filter(|o| o.3).count() as u64);
        let customers: BTreeSet<i64> = own.iter().filter(|o| o.3).map(|o| o.1).collect();
        assert_eq!(m.customers, customers.len() as u64);
    }
    for (found, bounds) in found.periods.iter().zip(periods) {
        assert_eq!(found.bounds, bounds);
        let within = |o: &&(i64, i64, i64, bool)| o.0 >= bounds.from_micros && o.0 <= bounds.to_micros;
        let customers: BTreeSet<i64> = bought.iter().copied().filter(within).map(|o| o.1).collect();
        let before: BTreeSet<i64> = bought.iter().filter(|o| o.0 < bounds.from_micros).map(|o| o.1).collect();
        assert_eq!(found.orders, bought.iter().copied().filter(within).count() as u64);
        assert_eq!(found.revenue_minor, all.iter().filter(within).map(|o| o.2).sum::<i64>());
        assert_eq!(found.customers, customers.len() as u64);
        assert_eq!(found.returning_customers, customers.intersection(&before).count() as u64);
    }
}

#[test]
fn matches_plain_loops() {
    let rows = random_rows(31, 4000, 300, 3);
    let cutoff = day(2023, 11, 5);
    for orders_are_rows in [true, false] {
        check(&rows, &rules(cutoff, orders_are_rows));
        check(&with_refunds(&rows, 32), &rules(cutoff, orders_are_rows));
        // A few rows are sixty years older: otherwise one mask of months would suffice.
        let recent: Vec<Row> = rows.iter().filter(|r| r.at > 0).cloned().collect();
        check(&recent, &rules(cutoff, orders_are_rows));
    }
}

#[test]
fn no_rows_give_no_months() {
    check(&[], &rules(day(2023, 1, 1), true));
}
