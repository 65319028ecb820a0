//! The ground truth of an export: what an error-free reader finds in it.
//!
//! It is computed from the shop's history, never from the written files.

use std::collections::BTreeMap;

use super::dates::day_of;
use super::shop::{Buyer, Match, Order, OrderOutcome, Shop};

/// The correct result of reading an export.
///
/// Shape: `net_minor` is `gross_minor` less `cancelled_minor` less `returned_minor`, and the sum over
/// `by_customer`; `orders` is the sum of the orders there.
/// Units: amounts are integers of 10 to the power of -`money_decimals` of the currency's unit; days count
/// from 1970-01-01 in the export's local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Customers with at least one remaining order.
    pub customers: u64,
    /// Remaining orders: sales, less those cancelled or returned as a whole.
    pub orders: u64,
    /// Orders that are sales, including those returned later.
    pub gross_orders: u64,
    /// Value of the orders that are sales, in minor units.
    pub gross_minor: i64,
    /// Value of the orders that a return document covers in full, in minor units.
    pub cancelled_minor: i64,
    /// Other refunds, in minor units: by status or amount, partial, or without a matching order.
    pub returned_minor: i64,
    /// Net value, in minor units: the remainder.
    pub net_minor: i64,
    /// Decimals of the amounts.
    pub money_decimals: u8,
    /// ISO code of the currency, if unambiguous.
    pub currency: Option<String>,
    /// By customer as written in the export: remaining orders, and net value. Includes every customer with a
    /// sale, even if no order remains.
    pub by_customer: BTreeMap<String, (u64, i64)>,
    /// First day with a remaining order, in days since 1970-01-01.
    pub first_day: i64,
    /// Last day with a remaining order, in days since 1970-01-01.
    pub last_day: i64,
    /// For customers with an e-mail address or name in a separate column: their alternative name, and the key
    /// in `by_customer`.
    pub aliases: BTreeMap<String, String>,
}

/// Whether orders with a total of zero count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ZeroTotals {
    /// They count as orders.
    Count,
    /// The layout's own rules exclude zero rows.
    Excluded,
}

/// Computes the truth. `key` is the customer's name in the export; none for unknown customers.
pub(super) fn truth(shop: &Shop, free: ZeroTotals, key: impl Fn(Buyer) -> Option<String>) -> Truth {
    let mut truth = Truth {
        customers: 0,
        orders: 0,
        gross_orders: 0,
        gross_minor: 0,
        cancelled_minor: 0,
        returned_minor: 0,
        net_minor: 0,
        money_decimals: shop.decimals,
        currency: None,
        by_customer: BTreeMap::new(),
        first_day: i64::MAX,
        last_day: i64::MIN,
        aliases: BTreeMap::new(),
    };
    let mut back = vec![None; shop.orders.len()];
    for returned in &shop.returns {
        let Some(customer) = key(returned.buyer) else { continue };
        match returned.matches {
            Match::Whole(place) => back[place] = Some(()),
            Match::Part(_) | Match::Unmatched => {
                truth.returned_minor += returned.amounts.total;
                truth.by_customer.entry(customer).or_default().1 -= returned.amounts.total;
            }
        }
    }
    for (order, back) in shop.orders.iter().zip(back) {
        let Some(customer) = key(order.buyer) else { continue };
        let total = order.amounts.total;
        if matches!(order.outcome, OrderOutcome::NotSale(_)) || (free == ZeroTotals::Excluded && total == 0) {
            continue;
        }
        truth.gross_orders += 1;
        truth.gross_minor += total;
        let entry = truth.by_customer.entry(customer).or_default();
        let refunded = refunded(order);
        if back.is_some() {
            truth.cancelled_minor += total;
            continue;
        }
        truth.returned_minor += refunded;
        entry.1 += total - refunded;
        if order.outcome == OrderOutcome::Refunded || (refunded == total && total > 0) {
            continue;
        }
        entry.0 += 1;
        truth.orders += 1;
        truth.first_day = truth.first_day.min(day_of(order.at));
        truth.last_day = truth.last_day.max(day_of(order.at));
    }
    truth.customers = truth.by_customer.values().filter(|(orders, _)| *orders > 0).count() as u64;
    truth.net_minor = truth.gross_minor - truth.cancelled_minor - truth.returned_minor;
    truth
}

/// Refunds of an order without a separate document.
fn refunded(order: &Order) -> i64 {
    if order.outcome == OrderOutcome::Refunded { order.amounts.total } else { order.refunded() }
}
