//! The truth about an export: what a reader who makes no mistake finds in it.
//!
//! It is added up from the shop's history, never from what was written.

use std::collections::BTreeMap;

use super::dates::day_of;
use super::shop::{Fate, Match, Order, Shop, Who};

/// What an export says when it is read rightly.
///
/// Shape: `net_minor` is `gross_minor` less `cancelled_minor` less `returned_minor`, and the sum over
/// `by_customer`; `orders` is the sum of the orders there.
/// Units: amounts are integers of 10 to the power of -`money_decimals` of the currency's unit; days
/// count from 1970-01-01 on the clock that the export shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Customers with at least one order that still counts.
    pub customers: u64,
    /// Orders that still count: sales, less those that were cancelled or came back whole.
    pub orders: u64,
    /// Orders that are sales, whatever came back later.
    pub gross_orders: u64,
    /// Value of the orders that are sales.
    pub gross_minor: i64,
    /// Value of the orders that a return document mirrors as a whole.
    pub cancelled_minor: i64,
    /// What else came back: refunded by status or by an amount, returned in part, or matching nothing.
    pub returned_minor: i64,
    /// What is left.
    pub net_minor: i64,
    /// Decimals of the amounts.
    pub money_decimals: u8,
    /// ISO code of the currency, if the export leaves no doubt about it.
    pub currency: Option<String>,
    /// Customer as the export writes it: orders that still count, and net value. Whoever has a sale is
    /// here, even if none of them counts any more.
    pub by_customer: BTreeMap<String, (u64, i64)>,
    /// First day with an order that still counts.
    pub first_day: i64,
    /// Last day with an order that still counts.
    pub last_day: i64,
    /// For customers whose e-mail address or name stands in a column of its own beside the number: what
    /// the customer may also be called, and the key in `by_customer`.
    pub also_called: BTreeMap<String, String>,
}

/// Which orders count otherwise than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Free {
    /// Orders of nothing count as orders.
    Count,
    /// The layout's own rules leave rows of nothing out.
    Excluded,
}

/// Adds up the truth. `key` says what the export calls a customer; none is nobody.
pub(super) fn truth(shop: &Shop, free: Free, key: impl Fn(Who) -> Option<String>) -> Truth {
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
        also_called: BTreeMap::new(),
    };
    let mut back = vec![None; shop.orders.len()];
    for made in &shop.returns {
        let Some(customer) = key(made.who) else { continue };
        match made.matches {
            Match::Whole(place) => back[place] = Some(()),
            Match::Part(_) | Match::Unmatched => {
                truth.returned_minor += made.amounts.total;
                truth.by_customer.entry(customer).or_default().1 -= made.amounts.total;
            }
        }
    }
    for (order, back) in shop.orders.iter().zip(back) {
        let Some(customer) = key(order.who) else { continue };
        let total = order.amounts.total;
        if matches!(order.fate, Fate::NotSale(_)) || (free == Free::Excluded && total == 0) {
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
        if order.fate == Fate::Refunded || (refunded == total && total > 0) {
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

/// What went back of an order without a document of its own.
fn refunded(order: &Order) -> i64 {
    if order.fate == Fate::Refunded { order.amounts.total } else { order.refunded() }
}
