//! Each customer's purchase cycle, and whether they bought recently.
//!
//! The definitions are in `regulars_core::cadence`, the claims based on them in `claims`.

use std::sync::Arc;

use regulars_core::cadence::{purchase_cycle_days, shop_purchase_cycle_days, spend_at_cadence_of};
use regulars_core::features::orders_last;
use regulars_core::segments::RECENT_ORDER_DAYS;
use regulars_core::tables::{ColumnDef, customer_features};

use super::cache::MemorySize;
use super::customers::{Frame, Integers, Numbers, present};
use crate::error::BackendError;

const OF: customer_features::Columns<ColumnDef> = customer_features::COLUMNS;

/// The cadence of each customer.
pub struct Cadence {
    /// Purchase cycle, days.
    pub purchase_cycle_days: Vec<f64>,
    /// Mean days between the customer's own orders; NaN for one order.
    gap_mean_days: Numbers,
    /// The shop's usual purchase cycle, days.
    of_shop_days: f64,
    orders_lately: Integers,
    orders: Integers,
    spend_minor: Integers,
    order_value_minor: Option<Numbers>,
}

impl MemorySize for Cadence {
    fn bytes(&self) -> usize {
        // The columns are counted separately.
        8 * self.purchase_cycle_days.len() + 64
    }
}

impl Cadence {
    /// Whether the customer bought recently.
    pub(crate) fn bought_lately(&self, row: usize) -> bool {
        present(self.orders_lately[row]).is_some_and(|orders| orders > 0)
    }

    /// Spend in the horizon at the customer's own cadence, minor units; `None` without a cadence.
    pub(crate) fn spend_at_cadence_of(&self, row: usize, horizon_days: u32) -> Option<f64> {
        let orders = self.orders[row] as f64;
        let of_spend = self.spend_minor[row] as f64 / orders;
        let order_value = self.order_value_minor.as_ref().map_or(of_spend, |values| values[row]);
        spend_at_cadence_of(
            orders,
            self.gap_mean_days[row],
            self.of_shop_days,
            order_value,
            f64::from(horizon_days),
        )
    }
}

impl Frame {
    /// The cadence of each customer; `None` if the run does not have the days between orders.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`] while reading the columns.
    pub fn cadence(&self) -> Result<Option<Arc<Cadence>>, BackendError> {
        let Some(lately) = orders_last(RECENT_ORDER_DAYS) else { return Ok(None) };
        let (Some(gap_mean_days), Some(orders_lately)) =
            (self.numbers(OF.days_between_orders_mean)?, self.integers(lately)?)
        else {
            return Ok(None);
        };
        let order_value_minor = self.numbers(OF.average_order_value_minor)?;
        let (orders, spend_minor) = (self.orders_of_each()?, self.spend_minor()?);
        self.cached("cadence", || {
            let of_shop_days = shop_purchase_cycle_days(gap_mean_days.iter().copied());
            let each = orders.iter().zip(&*gap_mean_days);
            let purchase_cycle_days =
                each.map(|(orders, gap)| purchase_cycle_days(*orders as f64, *gap, of_shop_days)).collect();
            Ok(Cadence {
                purchase_cycle_days,
                gap_mean_days,
                of_shop_days,
                orders_lately,
                orders,
                spend_minor,
                order_value_minor,
            })
        })
        .map(Some)
    }
}
