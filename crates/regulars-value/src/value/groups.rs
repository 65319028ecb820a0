//! Total value of customer groups, with intervals: `ltv_summary`.
//!
//! Deliberately not here: accuracy of group totals in the holdout period. Today's segments depend on what
//! happened in it, so the comparison would be biased.

use regulars_core::tables::ltv_summary;

use super::intervals::of_sum;
use super::value_result::ValueResult;
use crate::request::{Grouping, ValueRequest};
use crate::tables::money_minor;

/// All customers, then every group of every partition, then the deciles by predicted value; empty groups are
/// left out.
pub(super) fn groups(request: &ValueRequest<'_>, found: &ValueResult) -> Vec<ltv_summary::Row> {
    let customers = found.base.now.x.len();
    let everybody =
        Grouping { name: "all".to_owned(), groups: vec!["all".to_owned()], of: vec![0; customers] };
    let tenths = Grouping {
        name: "decile".to_owned(),
        groups: (1..=10).map(|tenth| tenth.to_string()).collect(),
        of: deciles(&found.forecast.value).into_iter().map(|tenth| tenth as u32 - 1).collect(),
    };
    let of = |grouping: &Grouping| -> Vec<ltv_summary::Row> {
        let mut rows = vec![Vec::new(); grouping.groups.len()];
        for (row, group) in grouping.of.iter().enumerate() {
            rows[*group as usize].push(row);
        }
        let named = grouping.groups.iter().zip(&rows).filter(|(_, rows)| !rows.is_empty());
        named.map(|(name, rows)| one(request, found, (&grouping.name, name), rows)).collect()
    };
    std::iter::once(&everybody).chain(request.groupings).chain([&tenths]).flat_map(of).collect()
}

fn one(
    request: &ValueRequest<'_>,
    found: &ValueResult,
    (grouping, name): (&str, &str),
    rows: &[usize],
) -> ltv_summary::Row {
    let unit = request.money_unit();
    let sum = |values: &[f64]| rows.iter().map(|row| values[*row]).sum::<f64>();
    let mean = |values: &[f64]| sum(values) / rows.len() as f64;
    let whole = rows.len() == found.forecast.value.len();
    // Totals of all customers appear once.
    let all = found.forecast.totals.value;
    let value = if whole { all } else { of_sum(found, rows, request.seed) };
    let [predicted_ltv_minor, predicted_low_minor, predicted_high_minor] =
        value.map(|value| money_minor(value, unit));
    ltv_summary::Row {
        grouping: grouping.to_owned(),
        name: name.to_owned(),
        customers: rows.len() as u64,
        predicted_ltv_minor,
        predicted_low_minor,
        predicted_high_minor,
        mean_ltv_minor: value[0] * unit / rows.len() as f64,
        share: (all[0] > 0.0).then(|| value[0] / all[0]),
        expected_purchases: sum(&found.forecast.expected_purchases),
        mean_p_alive: mean(&found.forecast.p_alive),
        mean_p_churn: found.learned.done().map(|learned| mean(learned.churned.p_churn())),
        mean_p_purchase: mean(&found.forecast.p_purchase),
    }
}

/// Deciles of the customers by expected spend: 1 is the highest; ties in their order.
pub(super) fn deciles(values: &[f64]) -> Vec<i64> {
    let mut tenths = vec![0; values.len()];
    for (rank, row) in highest_first(values).into_iter().enumerate() {
        tenths[row] = (rank * 10 / values.len()) as i64 + 1;
    }
    tenths
}

/// Rows by descending value, ties in their order.
pub(super) fn highest_first(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::valued;
    use super::*;
    use crate::testing::{Shop, quick};

    #[test]
    fn the_highest_come_first_and_ties_keep_their_order() {
        assert_eq!(highest_first(&[1.0, 3.0, 2.0, 3.0]), [1, 3, 2, 0]);
        assert_eq!(highest_first(&[0.0, 0.0, 0.0]), [0, 1, 2]);
        assert!(highest_first(&[]).is_empty());
    }

    #[test]
    fn the_first_tenth_of_twenty_are_two() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let found = deciles(&values);
        assert_eq!(found, [10, 10, 9, 9, 8, 8, 7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
        assert_eq!(deciles(&[5.0]), [1]);
        // Three of ten tenths are enough for three customers.
        assert_eq!(deciles(&[1.0, 2.0, 3.0]), [7, 4, 1]);
    }

    proptest! {
        #[test]
        fn deciles_are_of_equal_size_and_fall_with_the_value(
            values in prop::collection::vec(0_u32..50, 1..200),
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let found = deciles(&values);
            let size = |tenth: i64| found.iter().filter(|of| **of == tenth).count();
            let sizes: Vec<usize> = (1..=10).map(size).collect();
            prop_assert_eq!(sizes.iter().sum::<usize>(), values.len());
            let (least, most) = (values.len() / 10, values.len().div_ceil(10));
            prop_assert!(sizes.iter().all(|size| (least..=most).contains(size)), "{sizes:?}");
            for (one, of_one) in values.iter().zip(&found) {
                for (other, of_other) in values.iter().zip(&found) {
                    prop_assert!(one <= other || of_one <= of_other);
                }
            }
        }
    }

    #[test]
    fn groups_add_up_to_all_customers_and_their_forecasts() {
        let (shop, config) = (Shop::usual(), quick());
        let customers = shop.rfm.frequency_orders.len();
        // By number of orders; nobody is in the last group.
        let orders = |row: usize| shop.rfm.frequency_orders[row];
        let parity = Grouping {
            name: "orders".to_owned(),
            groups: vec!["odd".to_owned(), "even".to_owned(), "none".to_owned()],
            of: (0..customers).map(|row| u32::from(orders(row) % 2 == 0)).collect(),
        };
        let groupings = [parity];
        let request = shop.request(&config, &groupings);
        let found = valued(&shop, &request);
        let rows = groups(&request, &found);
        let names: Vec<(&str, &str)> =
            rows.iter().map(|row| (row.grouping.as_str(), row.name.as_str())).take(4).collect();
        assert_eq!(names, [("all", "all"), ("orders", "odd"), ("orders", "even"), ("decile", "1")]);
        assert_eq!(rows.len(), 13);
        let all = &rows[0];
        assert_eq!(all.customers as usize, customers);
        assert_eq!(all.share, Some(1.0));
        let sum = |of: &dyn Fn(usize) -> f64| (0..customers).map(of).sum::<f64>();
        let value = sum(&|row| found.forecast.value[row]);
        assert!((all.predicted_ltv_minor as f64 / 100.0 - value).abs() < 0.01 + 1e-9 * value);
        assert!((all.mean_ltv_minor * customers as f64 / 100.0 - value).abs() < 1e-6 * value);
        assert!(all.predicted_low_minor < all.predicted_ltv_minor);
        assert!(all.predicted_ltv_minor < all.predicted_high_minor);
        for grouping in ["orders", "decile"] {
            let of: Vec<&ltv_summary::Row> = rows.iter().filter(|row| row.grouping == grouping).collect();
            assert_eq!(of.iter().map(|row| row.customers).sum::<u64>(), all.customers);
            let minor: i64 = of.iter().map(|row| row.predicted_ltv_minor).sum();
            assert!((minor - all.predicted_ltv_minor).abs() <= of.len() as i64, "{grouping}: {minor}");
            let share: f64 = of.iter().filter_map(|row| row.share).sum();
            assert!((share - 1.0).abs() < 1e-9);
            let purchases: f64 = of.iter().map(|row| row.expected_purchases).sum();
            assert!((purchases - all.expected_purchases).abs() < 1e-6);
            let alive: f64 = of.iter().map(|row| row.mean_p_alive * row.customers as f64).sum();
            assert!((alive / customers as f64 - all.mean_p_alive).abs() < 1e-9);
            for row in &of {
                assert!(row.predicted_low_minor <= row.predicted_ltv_minor);
                assert!(row.predicted_ltv_minor <= row.predicted_high_minor);
            }
        }
        // A part is relatively less certain than all of them.
        let width = |row: &ltv_summary::Row| {
            (row.predicted_high_minor - row.predicted_low_minor) as f64 / row.predicted_ltv_minor as f64
        };
        assert!(rows[3..].iter().filter(|row| row.name != "1").all(|row| width(row) > width(all)));
        // One of the groups by hand.
        let odd: f64 =
            (0..customers).filter(|row| orders(*row) % 2 == 1).map(|row| found.forecast.value[row]).sum();
        assert!((rows[1].predicted_ltv_minor as f64 / 100.0 - odd).abs() < 0.01 + 1e-9 * odd);
        // The deciles fall.
        let means: Vec<f64> = rows[3..].iter().map(|row| row.mean_ltv_minor).collect();
        assert!(means.windows(2).all(|pair| pair[0] >= pair[1]), "{means:?}");
    }
}
