//! Sums over the selected customers of each class.

use regulars_core::tables::ltv_predictions;

use crate::error::BackendError;
use crate::frame::{Coded, Frame, present};
use crate::selection::Selection;

/// Sums over customers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    /// Number of customers.
    pub customers: u64,
    /// Days since the last order.
    pub recency_days: i64,
    /// Orders.
    pub orders: i64,
    /// Spend, minor units.
    pub spend_minor: i128,
    /// Customers with a predicted value.
    pub valued: u64,
    /// Predicted LTV, minor units.
    pub expected_minor: i128,
    /// P(alive).
    pub alive: f64,
    /// Sum of P(purchase); NaN if the run has none.
    pub purchase: f64,
}

impl Sums {
    fn mean(self, sum: f64) -> f64 {
        sum / self.customers as f64
    }

    /// Mean days since the last order; NaN without customers, like the other means.
    pub fn recency_mean(self) -> f64 {
        self.mean(self.recency_days as f64)
    }

    /// Mean number of orders.
    pub fn orders_mean(self) -> f64 {
        self.mean(self.orders as f64)
    }

    /// Mean spend, minor units.
    pub fn spend_mean_minor(self) -> f64 {
        self.mean(self.spend_minor as f64)
    }

    /// Mean value of an order, minor units.
    pub(crate) fn order_value_minor(self) -> f64 {
        self.spend_minor as f64 / self.orders as f64
    }

    /// Mean predicted LTV; NaN if no customer has one.
    pub fn expected_mean_minor(self) -> f64 {
        self.expected_minor as f64 / self.valued as f64
    }

    /// Mean P(alive).
    pub fn alive_mean(self) -> f64 {
        self.alive / self.valued as f64
    }

    /// Mean P(purchase) in the horizon; NaN if unknown.
    pub fn purchase_mean(self) -> f64 {
        self.purchase / self.valued as f64
    }

    /// Spend, minor units.
    pub fn spend(self) -> i64 {
        // Sums of a run fit into 64 bits: the pipeline checks their total.
        self.spend_minor as i64
    }
}

/// Sums over the selected customers by class; a single sum if no classes are given.
///
/// Shape: one per label.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn by_class(
    frame: &Frame,
    chosen: &Selection,
    classes: Option<&Coded>,
) -> Result<Vec<Sums>, BackendError> {
    let (recency, orders, spend) = (frame.recency_days()?, frame.orders_of_each()?, frame.spend_minor()?);
    let (recency, orders, spend): (&[i64], &[i64], &[i64]) = (&recency, &orders, &spend);
    let value = frame.value()?;
    let value = value.as_ref().map(|value| (&*value.expected_minor, &*value.p_alive));
    let purchase = frame.numbers(ltv_predictions::COLUMNS.p_purchase)?;
    let mut sums = vec![Sums::default(); classes.map_or(1, |classes| classes.labels.len())];
    for row in chosen.rows() {
        let class = classes.map_or(0, |classes| usize::from(classes.codes[row]));
        let Some(of) = sums.get_mut(class) else { continue };
        of.customers += 1;
        of.recency_days += recency[row];
        of.orders += orders[row];
        of.spend_minor += i128::from(spend[row]);
        if let Some((expected, alive)) = value
            && let Some(expected) = present(expected[row])
        {
            of.valued += 1;
            of.expected_minor += i128::from(expected);
            of.alive += alive[row];
            of.purchase += purchase.as_ref().map_or(f64::NAN, |purchase| purchase[row]);
        }
    }
    Ok(sums)
}
