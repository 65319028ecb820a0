//! Status of a customer: active, overdue, lapsed, or with one order so far.
//!
//! Every customer is compared with their own cadence: a weekly buyer is overdue after two weeks without an
//! order, a quarterly buyer after half a year. The four statuses are mutually exclusive.
//!
//! Deliberately not here: probabilities ([`crate::lifetime`]). A campaign list needs a rule that fits in
//! one sentence and does not change with the model chosen.

use regulars_core::cadence::{LAPSED_GAPS, OVERDUE_GAPS, gap_of_shop_days, purchase_cycle_days};

use super::Error;

/// Status of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Two or more orders, not overdue.
    Stayed,
    /// Two or more orders, none for more than twice the usual gap.
    Overdue,
    /// Two or more orders, none for more than four times the usual gap.
    Lapsed,
    /// One order, at most four times the shop's usual gap ago.
    OneOrder,
    /// One order, longer ago.
    OneOrderLapsed,
}

/// Columns that the status is derived from, one value per customer.
#[derive(Debug, Clone, Copy)]
pub struct Habits<'a> {
    /// Number of orders; at least 1.
    pub orders: &'a [f64],
    /// Days since the last order.
    pub recency_days: &'a [f64],
    /// Mean days between consecutive orders; NaN for one order.
    pub gap_mean_days: &'a [f64],
}

/// Usual gap between orders, by the customer's own cadence.
///
/// See [`purchase_cycle_days`]; segments use it, too.
///
/// Shape: one value per customer, in order; at least 1.
/// Units: days.
/// Errors: [`Error::Lengths`].
pub fn usual_gaps_days(habits: Habits<'_>) -> Result<Vec<f64>, Error> {
    let customers = habits.orders.len();
    for column in [habits.recency_days, habits.gap_mean_days] {
        if column.len() != customers {
            return Err(Error::Lengths { found: column.len(), expected: customers });
        }
    }
    let of_shop = gap_of_shop_days(habits.gap_mean_days.iter().copied());
    let each = habits.orders.iter().zip(habits.gap_mean_days);
    Ok(each.map(|(orders, mean)| purchase_cycle_days(*orders, *mean, of_shop)).collect())
}

/// Status of each customer; `usual_gaps_days` comes from the function [`usual_gaps_days`].
///
/// Shape: one value per customer, in order.
/// Errors: [`Error::Lengths`].
pub fn standings(habits: Habits<'_>, usual_gaps_days: &[f64]) -> Result<Vec<Standing>, Error> {
    let customers = habits.orders.len();
    for column in [habits.recency_days, usual_gaps_days] {
        if column.len() != customers {
            return Err(Error::Lengths { found: column.len(), expected: customers });
        }
    }
    let standing = |at: usize| {
        let gaps = habits.recency_days[at] / usual_gaps_days[at];
        match habits.orders[at] < 2.0 {
            true if gaps > LAPSED_GAPS => Standing::OneOrderLapsed,
            true => Standing::OneOrder,
            false if gaps > LAPSED_GAPS => Standing::Lapsed,
            false if gaps > OVERDUE_GAPS => Standing::Overdue,
            false => Standing::Stayed,
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

    fn of(habits: Habits<'_>) -> Result<Vec<Standing>, Error> {
        standings(habits, &usual_gaps_days(habits)?)
    }

    fn check(orders: f64, recency: f64, gap: f64) -> Standing {
        // The shop's usual gap is 40 days.
        let habits = Habits {
            orders: &[orders, 2.0, 2.0, 2.0],
            recency_days: &[recency, 0.0, 0.0, 0.0],
            gap_mean_days: &[gap, 40.0, 40.0, 40.0],
        };
        of(habits).expect("equal lengths")[0]
    }

    #[test]
    fn everybody_is_judged_by_the_own_habit() {
        // Nine gaps of 10 days and one of 40 average 13.
        assert_eq!(check(10.0, 26.0, 10.0), Standing::Stayed);
        assert_eq!(check(10.0, 27.0, 10.0), Standing::Overdue);
        assert_eq!(check(10.0, 52.0, 10.0), Standing::Overdue);
        assert_eq!(check(10.0, 53.0, 10.0), Standing::Lapsed);
        assert_eq!(check(2.0, 53.0, 60.0), Standing::Stayed);
        // Two orders on one day.
        assert_eq!(check(2.0, 40.0, 0.0), Standing::Stayed);
        assert_eq!(check(1.0, 160.0, f64::NAN), Standing::OneOrder);
        assert_eq!(check(1.0, 161.0, f64::NAN), Standing::OneOrderLapsed);
    }

    #[test]
    fn a_shop_where_nobody_came_back_has_a_usual_gap() {
        let habits =
            Habits { orders: &[1.0, 1.0], recency_days: &[120.0, 121.0], gap_mean_days: &[f64::NAN; 2] };
        assert_eq!(of(habits), Ok(vec![Standing::OneOrder, Standing::OneOrderLapsed]));
        let short = Habits { orders: &[1.0], recency_days: &[], gap_mean_days: &[1.0] };
        assert_eq!(of(short), Err(Error::Lengths { found: 0, expected: 1 }));
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(median(&[3.0, f64::NAN, 1.0, 2.0]), Some(2.0));
    }
}
