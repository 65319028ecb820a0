//! Purchase cadence: a customer's purchase cycle, thresholds for overdue and lapsed, and spend
//! at the usual cadence, for runs and pages.
//!
//! Not here: probabilities (`regulars-models`). These simple rules do not depend on the chosen model.

/// Overdue: no order for more than this many purchase cycles. A random (Poisson) buyer exceeds it in one gap
/// out of seven.
pub const OVERDUE_CYCLE_RATIO: f64 = 2.0;

/// Lapsed: no order for more than this many purchase cycles. A random buyer exceeds it in one gap out of 55.
pub const LAPSED_CYCLE_RATIO: f64 = 4.0;

/// Lower bound of a purchase cycle, in days.
const MIN_GAP_DAYS: f64 = 1.0;

/// The gap of a shop without repeat orders: a month.
const UNKNOWN_GAP_DAYS: f64 = 30.0;

/// The typical gap of the shop: the (lower) median of its customers' mean gaps; one month if there are no
/// repeat orders.
///
/// Shape: `gap_mean_days` has one value per customer, NaN for one order; returns one value.
/// Units: days; at least 1.
pub fn shop_purchase_cycle_days(gap_mean_days: impl IntoIterator<Item = f64>) -> f64 {
    let mut known: Vec<f64> = gap_mean_days.into_iter().filter(|gap| !gap.is_nan()).collect();
    let Some(middle) = known.len().checked_sub(1) else { return UNKNOWN_GAP_DAYS };
    known.select_nth_unstable_by(middle / 2, f64::total_cmp).1.max(MIN_GAP_DAYS)
}

/// A customer's purchase cycle: the mean of the customer's gaps and one typical gap of the
/// shop.
///
/// Including one gap of the shop keeps a customer with two orders in one week from being overdue a month
/// later. The time since the last order is not included. With one order it is the gap of the shop.
///
/// Units: days; at least 1.
pub fn purchase_cycle_days(orders: f64, gap_mean_days: f64, of_shop_days: f64) -> f64 {
    if orders < 2.0 || gap_mean_days.is_nan() {
        return of_shop_days;
    }
    ((gap_mean_days * (orders - 1.0) + of_shop_days) / orders).max(MIN_GAP_DAYS)
}

/// Spend in the horizon if a customer bought at the usual cadence: one order per [`purchase_cycle_days`], times
/// the mean order value.
///
/// A ceiling, not a forecast: the customer may not come back. Using the purchase cycle keeps two orders on
/// consecutive days from implying an order per day.
///
/// Shape: `None` for a customer with one order, who has no cadence yet, or without positive order value.
/// Units: that of `order_value`.
pub fn spend_at_cadence_of(
    orders: f64,
    gap_mean_days: f64,
    of_shop_days: f64,
    order_value: f64,
    horizon_days: f64,
) -> Option<f64> {
    if orders < 2.0 || gap_mean_days.is_nan() || !(order_value > 0.0) {
        return None;
    }
    Some(horizon_days / purchase_cycle_days(orders, gap_mean_days, of_shop_days) * order_value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_gap_is_the_own_one_and_one_of_the_shop() {
        let shop = shop_purchase_cycle_days([40.0, f64::NAN, 10.0, 60.0]);
        assert!((shop - 40.0).abs() < 1e-12);
        // Nine gaps of 10 days and one of 40 make 13.
        assert!((purchase_cycle_days(10.0, 10.0, shop) - 13.0).abs() < 1e-12);
        assert!((purchase_cycle_days(1.0, f64::NAN, shop) - 40.0).abs() < 1e-12);
        assert!((purchase_cycle_days(50.0, 0.0, 1.0) - 1.0).abs() < 1e-12);
        assert!((shop_purchase_cycle_days([f64::NAN]) - 30.0).abs() < 1e-12);
        assert!((shop_purchase_cycle_days([0.0, 0.2]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn at_its_own_pace_a_customer_spends_an_order_a_usual_gap() {
        // Ten orders over 90 days in a shop with a gap of 40: one in 13 days, 180 / 13 orders of 20.
        let worth = spend_at_cadence_of(10.0, 10.0, 40.0, 20.0, 180.0).expect("a pace");
        assert!((worth - 180.0 / 13.0 * 20.0).abs() < 1e-9, "{worth}");
        // Two orders on consecutive days do not imply one per day: one in 20.5 days.
        let worth = spend_at_cadence_of(2.0, 1.0, 40.0, 20.0, 180.0).expect("a pace");
        assert!((worth - 180.0 / 20.5 * 20.0).abs() < 1e-9, "{worth}");
        assert_eq!(spend_at_cadence_of(1.0, f64::NAN, 40.0, 20.0, 180.0), None);
        assert_eq!(spend_at_cadence_of(3.0, 10.0, 40.0, -1.0, 180.0), None);
        assert_eq!(spend_at_cadence_of(3.0, 10.0, 40.0, f64::NAN, 180.0), None);
    }

    proptest! {
        #[test]
        fn more_orders_in_the_same_days_are_worth_more(
            orders in 2_u32..200, days in 0.0_f64..3000.0, shop in 1.0_f64..400.0, value in 0.01_f64..1e5,
            horizon in 1.0_f64..4000.0,
        ) {
            let worth = |orders: u32| {
                let gap = days / f64::from(orders - 1);
                spend_at_cadence_of(f64::from(orders), gap, shop, value, horizon).expect("a pace")
            };
            let (now, one_more) = (worth(orders), worth(orders + 1));
            prop_assert!(now > 0.0 && now.is_finite());
            prop_assert!(one_more >= now * (1.0 - 1e-9), "{} orders {now}, one more {one_more}", orders);
            // Never more than one order per day.
            prop_assert!(now <= horizon * value * (1.0 + 1e-9));
            // Proportional to the horizon.
            let gap = days / f64::from(orders - 1);
            let twice = spend_at_cadence_of(f64::from(orders), gap, shop, value, 2.0 * horizon).expect("a pace");
            prop_assert!((twice - 2.0 * now).abs() <= 1e-9 * twice);
        }
    }
}
