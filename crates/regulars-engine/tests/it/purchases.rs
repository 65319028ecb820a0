//! Purchases of every customer: one scan, each customer in one fold, orders in parts at the requested times.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array as _, AsArray};
use arrow::datatypes::Int64Type;
use proptest::prelude::*;
use regulars_engine::{Inputs, PurchaseFold, PurchaseRows};

use crate::fixtures::{
    Draw, Ids, Row, day, engine, excluded_rows, random_rows, rules, with_refunds, write_returns, write_run,
};

/// Customer, order, time, amount, whether it is a purchase, and when it was returned.
type Part = (i64, Option<i64>, i64, i64, bool, Option<i64>);

#[derive(Default)]
struct CollectedRows(Vec<Part>);

impl PurchaseFold for CollectedRows {
    fn rows(&mut self, rows: &PurchaseRows<'_>) {
        let customers = rows.customer_id.as_primitive::<Int64Type>();
        for row in 0..rows.at_micros.len() {
            self.0.push((
                customers.value(row),
                rows.order.map(|orders| orders.as_primitive::<Int64Type>().value(row)),
                rows.at_micros[row],
                rows.amount_minor[row],
                rows.is_purchase.value(row),
                rows.returned_at.filter(|at| at.is_valid(row)).map(|at| at.value(row)),
            ));
        }
    }
}

/// A tenth of the rows once more, as returned up to 200 days after the sale.
fn returns(rows: &[Row]) -> Vec<(Row, i64)> {
    let mut draw = Draw(9);
    let some: Vec<&Row> = rows.iter().filter(|_| draw.below(10) == 0).collect();
    some.into_iter().map(|row| (row.clone(), row.at + draw.below(200 * 86_400_000_000) as i64)).collect()
}

/// How often the plan reads the file.
fn scans(plan: &str, file: &str) -> usize {
    plan.lines().filter(|line| line.contains("DataSourceExec") && line.contains(file)).count()
}

#[test]
fn transactions_are_scanned_once_for_any_number_of_times() {
    let rows = random_rows(3, 3000, 200, 3);
    let folder = tempfile::tempdir().expect("a folder");
    let without = write_run(folder.path(), &rows, &excluded_rows(&rows, 4), Ids::Numbers);
    let back = write_returns(folder.path(), &returns(&rows), Ids::Numbers);
    let with = Inputs { returns: Some(back), ..without.clone() };
    let times = [day(2022, 6, 1), day(2023, 1, 1), day(2023, 7, 1), day(2024, 1, 1), day(2024, 12, 31)];
    for threads in [1, 2, 5] {
        let engine = engine(threads, None, folder.path());
        for (inputs, orders_are_rows) in [(&without, true), (&without, false), (&with, true), (&with, false)]
        {
            let rules = rules(day(2024, 12, 31), orders_are_rows);
            let plan = engine.explain_purchases(inputs, &rules, &times).expect("plans");
            assert_eq!(scans(&plan, "transactions.parquet"), 1, "{plan}");
            assert_eq!(scans(&plan, "returns.parquet"), usize::from(inputs.returns.is_some()), "{plan}");
            // Every customer is in one partition, which is sorted on its own.
            assert!(plan.starts_with("SortExec") && plan.contains("preserve_partitioning=[true]"), "{plan}");
            assert!(plan.contains(&format!("Hash([customer_id@0], {threads})")), "{plan}");
        }
    }
}

/// The lines of orders up to the cutoff, as the definition has them: by customer, order, sign, return, and number
/// of times passed.
fn by_hand(rows: &[Row], back: &[(Row, i64)], times: &[i64], cutoff: i64) -> BTreeSet<Part> {
    let earliest = times.iter().copied().min().unwrap_or(cutoff);
    let mut parts = BTreeMap::new();
    let returned = back.iter().filter(|(_, at)| *at > earliest).map(|(row, at)| (row, Some(*at)));
    for (row, returned_at) in rows.iter().map(|row| (row, None)).chain(returned) {
        if row.at <= cutoff {
            let passed = times.iter().filter(|at| row.at > **at).count();
            let key = (row.customer, row.order, row.amount >= 0, returned_at, passed);
            let part = parts.entry(key).or_insert((row.at, 0));
            *part = (part.0.min(row.at), part.1 + row.amount);
        }
    }
    let part = |((customer, order, is_purchase, returned_at, _), (at, amount))| {
        (customer, Some(order), at, amount, is_purchase, returned_at)
    };
    parts.into_iter().map(part).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn folds_get_all_parts_of_orders_by_customer(
        seed in 0_u64..1000, threads in 1_usize..5, times in prop::collection::vec(0_i64..1100, 0..4),
        has_returns in any::<bool>(),
    ) {
        let rows = with_refunds(&random_rows(seed, 400, 25, 3), seed);
        let folder = tempfile::tempdir().expect("a folder");
        let mut inputs = write_run(folder.path(), &rows, &[], Ids::Numbers);
        let back = if has_returns { returns(&rows) } else { Vec::new() };
        if has_returns {
            inputs.returns = Some(write_returns(folder.path(), &back, Ids::Numbers));
        }
        let cutoff = day(2024, 3, 1);
        let times: Vec<i64> = times.iter().map(|days| day(2021, 12, 1) + days * 86_400_000_000).collect();
        let engine = engine(threads, None, folder.path());
        let folds: Vec<CollectedRows> = (0..threads).map(|_| CollectedRows::default()).collect();
        let folded = engine.fold_purchases(&inputs, &rules(cutoff, false), &times, folds).expect("reads");
        prop_assert_eq!(folded.len(), threads);
        let mut seen = BTreeSet::new();
        for fold in &folded {
            prop_assert!(fold.0.is_sorted_by_key(|part| (part.0, part.1)));
            let customers: BTreeSet<i64> = fold.0.iter().map(|part| part.0).collect();
            prop_assert!(customers.is_disjoint(&seen));
            seen.extend(customers);
        }
        let count: usize = folded.iter().map(|fold| fold.0.len()).sum();
        let found: BTreeSet<Part> = folded.into_iter().flat_map(|fold| fold.0).collect();
        let expected = by_hand(&rows, &back, &times, cutoff);
        prop_assert_eq!(count, expected.len());
        prop_assert_eq!(found, expected);
    }
}
