//! Status of a customer: active, overdue, lapsed, or with one order so far.
//!
//! Every customer is compared with their own cadence: a weekly buyer is overdue after two weeks without an
//! order, a quarterly buyer after half a year. The four statuses are mutually exclusive.
//!
//! Deliberately not here: probabilities ([`crate::lifetime`]). A campaign list needs a rule that fits in
//! one sentence and does not change with the model chosen.

use regulars_core::cadence::{
    LAPSED_CYCLE_RATIO, OVERDUE_CYCLE_RATIO, purchase_cycle_days, shop_purchase_cycle_days,
};

use super::Error;

/// Status of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerStatus {
    /// Two or more orders, not overdue.
    Stayed,
    /// Two or more orders, none for more than twice the purchase cycle.
    Overdue,
    /// Two or more orders, none for more than four times the purchase cycle.
    Lapsed,
    /// One order, at most four times the shop's purchase cycle ago.
    OneOrder,
    /// One order, longer ago.
    OneOrderLapsed,
}

/// Columns that the status is derived from, one value per customer.
#[derive(Debug, Clone, Copy)]
pub struct OrderHistory<'a> {
    /// Number of orders; at least 1.
    pub orders: &'a [f64],
    /// Days since the last order.
    pub recency_days: &'a [f64],
    /// Mean days between consecutive orders; NaN for one order.
    pub gap_mean_days: &'a [f64],
}

/// Purchase cycle of each customer.
///
/// See [`purchase_cycle_days`]; segments use it, too.
///
/// Shape: one value per customer, in order; at least 1.
/// Units: days.
/// Errors: [`Error::Lengths`].
pub fn purchase_cycles_days(history: OrderHistory<'_>) -> Result<Vec<f64>, Error> {
    let customers = history.orders.len();
    for column in [history.recency_days, history.gap_mean_days] {
        if column.len() != customers {
            return Err(Error::Lengths { found: column.len(), expected: customers });
        }
    }
    let of_shop = shop_purchase_cycle_days(history.gap_mean_days.iter().copied());
    let each = history.orders.iter().zip(history.gap_mean_days);
    Ok(each.map(|(orders, mean)| purchase_cycle_days(*orders, *mean, of_shop)).collect())
}

/// Status of each customer; `purchase_cycles_days` comes from the function [`purchase_cycles_days`].
///
/// Shape: one value per customer, in order.
/// Errors: [`Error::Lengths`].
pub fn customer_statuses(
    history: OrderHistory<'_>,
    purchase_cycles_days: &[f64],
) -> Result<Vec<CustomerStatus>, Error> {
    let customers = history.orders.len();
    for column in [history.recency_days, purchase_cycles_days] {
        if column.len() != customers {
            return Err(Error::Lengths { found: column.len(), expected: customers });
        }
    }
    let standing = |at: usize| {
        let gaps = history.recency_days[at] / purchase_cycles_days[at];
        match history.orders[at] < 2.0 {
            true if gaps > LAPSED_CYCLE_RATIO => CustomerStatus::OneOrderLapsed,
            true => CustomerStatus::OneOrder,
            false if gaps > LAPSED_CYCLE_RATIO => CustomerStatus::Lapsed,
            false if gaps > OVERDUE_CYCLE_RATIO => CustomerStatus::Overdue,
            false => CustomerStatus::Stayed,
        }
    };
    Ok((0..customers).map(standing).collect())
}

/// Lower median of the non-NaN values; none if there are none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let middle = known.len().checked_sub(1)? / 2;
    Some(*known.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(history: OrderHistory<'_>) -> Result<Vec<CustomerStatus>, Error> {
        customer_statuses(history, &purchase_cycles_days(history)?)
    }

    fn check(orders: f64, recency: f64, gap: f64) -> CustomerStatus {
        // The shop's purchase cycle is 40 days.
        let history = OrderHistory {
            orders: &[orders, 2.0, 2.0, 2.0],
            recency_days: &[recency, 0.0, 0.0, 0.0],
            gap_mean_days: &[gap, 40.0, 40.0, 40.0],
        };
        of(history).expect("equal lengths")[0]
    }

    #[test]
    fn everybody_is_judged_by_the_own_habit() {
        // Nine gaps of 10 days and one of 40 average 13.
        assert_eq!(check(10.0, 26.0, 10.0), CustomerStatus::Stayed);
        assert_eq!(check(10.0, 27.0, 10.0), CustomerStatus::Overdue);
        assert_eq!(check(10.0, 52.0, 10.0), CustomerStatus::Overdue);
        assert_eq!(check(10.0, 53.0, 10.0), CustomerStatus::Lapsed);
        assert_eq!(check(2.0, 53.0, 60.0), CustomerStatus::Stayed);
        // Two orders on one day.
        assert_eq!(check(2.0, 40.0, 0.0), CustomerStatus::Stayed);
        assert_eq!(check(1.0, 160.0, f64::NAN), CustomerStatus::OneOrder);
        assert_eq!(check(1.0, 161.0, f64::NAN), CustomerStatus::OneOrderLapsed);
    }

    #[test]
    fn a_shop_where_nobody_came_back_has_a_usual_gap() {
        let history = OrderHistory {
            orders: &[1.0, 1.0],
            recency_days: &[120.0, 121.0],
            gap_mean_days: &[f64::NAN; 2],
        };
        assert_eq!(of(history), Ok(vec![CustomerStatus::OneOrder, CustomerStatus::OneOrderLapsed]));
        let short = OrderHistory { orders: &[1.0], recency_days: &[], gap_mean_days: &[1.0] };
        assert_eq!(of(short), Err(Error::Lengths { found: 0, expected: 1 }));
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(median(&[3.0, f64::NAN, 1.0, 2.0]), Some(2.0));
    }
}
