//! The features from their definitions only: loops over vectors, floats, no engine.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::features::FEATURES;
use regulars_engine::PurchaseRules;

use crate::fixtures::Row;

/// One value of a feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Whole(i64),
    Float(f64),
    Text(String),
    Empty,
}

struct Order {
    at: i64,
    amount: i64,
    quantity: Option<i64>,
}

/// Customer to feature values, in the order of `FEATURES`.
pub(crate) fn features(rows: &[Row], excluded: &[Row], rules: &PurchaseRules) -> BTreeMap<i64, Vec<Value>> {
    let read: Vec<&Row> = rows.iter().filter(|r| r.at <= rules.cutoff_micros).collect();
    let customers: BTreeSet<i64> = read.iter().map(|r| r.customer).collect();
    let mut table = BTreeMap::new();
    for customer in customers {
        let own: Vec<&Row> = read.iter().copied().filter(|r| r.customer == customer).collect();
        let excluded_refunds =
            excluded.iter().filter(|r| r.customer == customer && r.at <= rules.cutoff_micros);
        let excluded_refunds =
            excluded_refunds.filter(|r| ["refunded", "cancelled", "returned"].contains(&r.reason)).count();
        if let Some(values) = customer_features(&own, excluded_refunds, rules) {
            assert_eq!(values.len(), FEATURES.len());
            table.insert(customer, values);
        }
    }
    table
}

fn deviation(values: &[f64]) -> Value {
    if values.len() < 2 {
        return Value::Empty;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Value::Float((squares / (values.len() - 1) as f64).sqrt())
}

/// Groups rows into orders: (time of the first row, sum of amounts, sum of known quantities).
fn orders(rows: &[&Row], rules: &PurchaseRules) -> Vec<Order> {
    let mut grouped: BTreeMap<(i64, usize), Vec<&Row>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        let own = if rules.orders_are_rows { i } else { 0 };
        grouped.entry((row.order, own)).or_default().push(row);
    }
    grouped
        .values()
        .map(|lines| {
            let known: Vec<i64> = lines.iter().filter_map(|r| r.quantity_milli).collect();
            Order {
                at: lines.iter().map(|r| r.at).min().expect("not empty"),
                amount: lines.iter().map(|r| r.amount).sum(),
                quantity: (!known.is_empty()).then(|| known.iter().sum()),
            }
        })
        .collect()
}

fn customer_features(own: &[&Row], excluded_refunds: usize, rules: &PurchaseRules) -> Option<Vec<Value>> {
    use Value::{Empty, Float, Text, Whole};
    let bought = |r: &&Row| rules.negative_rows_are_purchases || r.amount >= 0;
    let lines: Vec<&Row> = own.iter().copied().filter(bought).collect();
    let refund_rows: Vec<&Row> = own.iter().copied().filter(|r| !bought(r)).collect();
    let mut purchases = orders(&lines, rules);
    let refunds = orders(&refund_rows, rules);
    purchases.sort_by_key(|o| o.at);
    let (first, last) = (purchases.first()?.at, purchases.last()?.at);
    let cutoff = rules.cutoff_micros;
    let day_of = |micros: i64| micros.div_euclid(DAY_MICROS);
    let n = purchases.len();
    let amounts: Vec<f64> = purchases.iter().map(|o| o.amount as f64).collect();
    let gaps: Vec<f64> = purchases.windows(2).map(|w| (day_of(w[1].at) - day_of(w[0].at)) as f64).collect();
    let money_in = |from: i64, to: i64| -> i64 {
        purchases.iter().chain(&refunds).filter(|o| o.at > from && o.at <= to).map(|o| o.amount).sum()
    };
    let back_days = |days: i64| cutoff - days * DAY_MICROS;

    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for row in &lines {
        if let Some(category) = &row.category {
            *counts.entry(category).or_default() += 1;
        }
    }
    let most = counts.values().max().copied();
    let favourite = counts.iter().find(|(_, rows)| Some(**rows) == most).map(|(name, _)| (*name).to_owned());
    let with_category: i64 = counts.values().sum();
    let methods: BTreeSet<&str> = lines.iter().filter_map(|r| r.payment.as_deref()).collect();
    let known: Vec<i64> = purchases.iter().filter_map(|o| o.quantity).collect();
    let pieces = (!known.is_empty()).then(|| known.iter().sum::<i64>());
    let of_orders = |wanted: &dyn Fn(&Order) -> bool| {
        Float(purchases.iter().filter(|o| wanted(o)).count() as f64 / n as f64)
    };
    let weekend = |o: &Order| (day_of(o.at) + 3).rem_euclid(7) >= 5;
    let month = |o: &Order| format_day(o.at)[5..7].parse::<u32>().expect("a month");
    let in_months = |months: [u32; 3]| of_orders(&move |o: &Order| months.contains(&month(o)));
    let (recent, before) =
        (money_in(back_days(180), cutoff).max(0), money_in(back_days(360), back_days(180)).max(0));

    let mut values = vec![
        Whole(day_of(cutoff) - day_of(last)),
        Whole(n as i64),
        Whole(own.iter().map(|r| r.amount).sum()),
        Whole(first),
        Whole(last),
        Whole(day_of(cutoff) - day_of(first)),
        Float(amounts.iter().sum::<f64>() / n as f64),
        Whole(purchases.iter().map(|o| o.amount).min()?),
        Whole(purchases.iter().map(|o| o.amount).max()?),
        deviation(&amounts),
        if gaps.is_empty() { Empty } else { Float(gaps.iter().sum::<f64>() / gaps.len() as f64) },
        deviation(&gaps),
    ];
    for days in [30, 90, 180, 365] {
        values.push(Whole(purchases.iter().filter(|o| o.at > back_days(days)).count() as i64));
    }
    for days in [30, 90, 180, 365] {
        values.push(Whole(money_in(back_days(days), cutoff)));
    }
    values.extend([
        Whole(counts.len() as i64),
        Whole(methods.len() as i64),
        favourite.map_or(Empty, Text),
        most.map_or(Empty, |rows| Float(rows as f64 / with_category as f64)),
        pieces.map_or(Empty, Whole),
        pieces.map_or(Empty, |p| Float(p as f64 / n as f64 / 1000.0)),
        of_orders(&|o| !weekend(o)),
        of_orders(&weekend),
        in_months([12, 1, 2]),
        in_months([3, 4, 5]),
        in_months([6, 7, 8]),
        in_months([9, 10, 11]),
        Float(
            (excluded_refunds + refund_rows.len()) as f64
                / (excluded_refunds + refund_rows.len() + lines.len()) as f64,
        ),
        if recent + before > 0 { Float((recent - before) as f64 / (recent + before) as f64) } else { Empty },
    ]);
    Some(values)
}
