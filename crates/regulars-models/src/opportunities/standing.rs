//! How a customer stands: still buying, overdue, lapsed, or with one order so far.
//!
//! Everybody is judged by the own habit: a customer who buys every week is overdue after two weeks of
//! silence, one who buys every season after half a year. The four standings exclude each other.
//!
//! Deliberately not here: chances ([`crate::lifetime`]). A rule that can be said in one sentence is what a
//! list for a campaign needs, and it does not change with the model that was chosen.

use regulars_core::cadence::{LAPSED_GAPS, OVERDUE_GAPS, gap_of_shop_days, usual_gap_days};

use super::Error;

/// How a customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Two orders or more, and not overdue.
    Stayed,
    /// Two orders or more, silent for more than twice its usual gap.
    Overdue,
    /// Two orders or more, silent for more than four times its usual gap.
    Lapsed,
    /// One order, and silent for at most four times the shop's usual gap.
    OneOrder,
    /// One order, and silent for longer.
    OneOrderLapsed,
}

/// What standings are read from, one value a customer.
#[derive(Debug, Clone, Copy)]
pub struct Habits<'a> {
    /// Orders; at least 1.
    pub orders: &'a [f64],
    /// Days since the last one.
    pub recency_days: &'a [f64],
    /// Mean days between orders in a row; NaN for one order.
    pub gap_mean_days: &'a [f64],
}

/// The usual gap between orders of each customer, by its own habit.
///
/// See [`usual_gap_days`]; segments go by it, too.
///
/// Shape: one value a customer, in order; at least 1.
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
    Ok(each.map(|(orders, mean)| usual_gap_days(*orders, *mean, of_shop)).collect())
}

/// How each customer stands; `usual_gaps_days` as [`usual_gaps_days`] gives them.
///
/// Shape: one value a customer, in order.
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

/// The lower median of the numbers among `values`; none if there is no number.
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
        // Nine gaps of 10 days and one of 40 make 13.
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
