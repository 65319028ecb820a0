//! Cadence of customers: their purchase cycle, and how overdue they are relative to it.
//!
//! Every customer is compared with their own cadence: a weekly buyer is late after two weeks without an
//! order, a quarterly buyer after half a year.
//!
//! **The purchase cycle** is that of [`regulars_core::cadence`].
//!
//! **The cycle ratio** is the days since the last order divided by the purchase cycle, rounded to two decimals,
//! so that rules and tables agree.
//!
//! Deliberately not here: which ratio counts as late ([`regulars_core::segments`]).

use regulars_core::cadence::{purchase_cycle_days, shop_purchase_cycle_days};

use crate::error::Error;

/// Order histories, as columns, from which the cycle ratio is computed.
///
/// Contracts: the columns have one value per customer, in the same order (checked); there is at least one
/// order, and the first is not after the last (trusted).
#[derive(Debug, Clone, Copy)]
pub struct Histories<'a> {
    /// Number of orders.
    pub orders: &'a [i64],
    /// Days from the last order to the analysis date.
    pub days_since_last_order: &'a [i64],
    /// Days from the first order to the analysis date.
    pub tenure_days: &'a [i64],
}

/// How late customers are relative to their cadence.
#[derive(Debug, Clone, PartialEq)]
pub struct CycleRatios {
    /// Purchase cycle of the shop, in days.
    pub shop_purchase_cycle_days: f64,
    /// Cycle ratio of each customer.
    pub cycle_ratio: Vec<f64>,
}

/// Measures how late each customer is.
///
/// Shape: one value per customer, in order.
/// Errors: [`Error::HistoryLengths`].
pub fn cycle_ratios(histories: Histories<'_>) -> Result<CycleRatios, Error> {
    let Histories { orders, days_since_last_order, tenure_days } = histories;
    if days_since_last_order.len() != orders.len() || tenure_days.len() != orders.len() {
        return Err(Error::HistoryLengths {
            orders: orders.len(),
            days_since_last_order: days_since_last_order.len(),
            tenure_days: tenure_days.len(),
        });
    }
    let rows = || (0..orders.len()).map(|row| (orders[row], days_since_last_order[row], tenure_days[row]));
    let gap_mean_days = |orders: i64, last: i64, first: i64| (first - last) as f64 / (orders - 1) as f64;
    let of_those_who_came_back = rows().filter(|(orders, ..)| *orders > 1);
    let shop_purchase_cycle_days = shop_purchase_cycle_days(
        of_those_who_came_back.map(|(orders, last, first)| gap_mean_days(orders, last, first)),
    );
    let ratio = |(orders, last, first): (i64, i64, i64)| {
        let gap = if orders > 1 { gap_mean_days(orders, last, first) } else { f64::NAN };
        let exact = last as f64 / purchase_cycle_days(orders as f64, gap, shop_purchase_cycle_days);
        (exact * 100.0).round() / 100.0
    };
    Ok(CycleRatios { shop_purchase_cycle_days, cycle_ratio: rows().map(ratio).collect() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(rows: &[[i64; 3]]) -> CycleRatios {
        let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<i64>>();
        let (orders, days_since_last_order, tenure_days) = (column(0), column(1), column(2));
        cycle_ratios(Histories {
            orders: &orders,
            days_since_last_order: &days_since_last_order,
            tenure_days: &tenure_days,
        })
        .expect("equal lengths")
    }

    #[test]
    fn everybody_is_late_by_the_own_pace() {
        // Mean gaps of 40, 40, 10, 0 and 40 days: the shop's is 40.
        let found = of(&[[2, 40, 80], [3, 0, 80], [10, 26, 116], [1, 100, 100], [2, 40, 40], [2, 0, 40]]);
        assert!((found.shop_purchase_cycle_days - 40.0).abs() < 1e-12);
        // The third: nine gaps of 10 days and one of 40 average 13. The fifth: two orders on one day give
        // 20.
        assert_eq!(found.cycle_ratio, [1.0, 0.0, 2.0, 2.5, 2.0, 0.0]);
    }

    #[test]
    fn nobody_came_back_or_everybody_on_one_day() {
        let found = of(&[[1, 45, 45], [1, 0, 0]]);
        assert!((found.shop_purchase_cycle_days - 30.0).abs() < 1e-12);
        assert_eq!(found.cycle_ratio, [1.5, 0.0]);
        let found = of(&[[2, 3, 3], [1, 8, 8]]);
        assert!((found.shop_purchase_cycle_days - 1.0).abs() < 1e-12);
        assert_eq!(found.cycle_ratio, [3.0, 8.0]);
        assert_eq!(of(&[]), CycleRatios { shop_purchase_cycle_days: 30.0, cycle_ratio: Vec::new() });
    }

    #[test]
    fn ratios_have_two_decimals() {
        // Two gaps of 7 days plus one of the shop, which is the same.
        assert_eq!(of(&[[3, 10, 24]]).cycle_ratio, [1.43]);
    }

    #[test]
    fn uneven_columns_are_refused() {
        let uneven = Histories { orders: &[1, 2], days_since_last_order: &[1], tenure_days: &[] };
        let error = cycle_ratios(uneven).expect_err("uneven");
        assert_eq!(
            error.to_string().split(':').next(),
            Some("2 values of orders, 1 of days since the last order and 0 of tenure")
        );
    }

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_matter(
            (rows, order) in prop::collection::vec((1..30_i64, 0..400_i64, 0..900_i64), 0..60).prop_flat_map(|rows| {
                let order: Vec<usize> = (0..rows.len()).collect();
                (Just(rows), Just(order).prop_shuffle())
            }),
        ) {
            let rows: Vec<[i64; 3]> = rows
                .into_iter()
                .map(|(orders, last, before)| [orders, last, last + if orders == 1 { 0 } else { before }])
                .collect();
            let before = of(&rows);
            let shuffled: Vec<[i64; 3]> = order.iter().map(|row| rows[*row]).collect();
            let after = of(&shuffled);
            prop_assert!((before.shop_purchase_cycle_days - after.shop_purchase_cycle_days).abs() < 1e-12);
            prop_assert!(before.shop_purchase_cycle_days >= 1.0);
            for (now, was) in order.iter().enumerate() {
                prop_assert!((after.cycle_ratio[now] - before.cycle_ratio[*was]).abs() < 1e-12);
            }
            for (row, ratio) in rows.iter().zip(&before.cycle_ratio) {
                prop_assert!(*ratio >= 0.0 && *ratio <= row[1] as f64);
                prop_assert!(row[0] > 1 || (ratio - row[1] as f64 / before.shop_purchase_cycle_days).abs() <= 0.0051);
            }
        }
    }
}
