//! A small shop: its customers, orders, and returns.
//!
//! Amounts are integers in the smallest unit of the shop's currency. Nothing here depends on the layout;
//! `ShopSpec` describes what the export can express, and nothing else happens in the shop.

mod orders;
mod people;
mod returns;

use std::collections::{BTreeMap, BTreeSet};

use super::currencies::Currency;
use super::dates::Clock;
use super::draw::Draw;
use super::languages::Vocabulary;

pub(super) use people::{Customer, Product};

/// The customer of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Buyer {
    /// A customer with a number.
    Known(usize),
    /// A customer without a number but with an email address.
    Guest(usize),
    /// Unknown; the number chooses among placeholders.
    Placeholder(usize),
}

/// Why an order is not a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSale {
    Cancelled,
    Pending,
    Failed,
    /// Marked by a flag or a separate time: void, deleted, a test.
    Marked,
    Quote,
}

/// The outcome of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderOutcome {
    Sale,
    /// Fully returned, as shown by its status.
    Refunded,
    NotSale(NotSale),
}

/// One line of an order or of a return.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) product: usize,
    pub(super) quantity: i64,
    pub(super) unit: i64,
    /// Discount as a percentage of quantity times price.
    pub(super) percent: i64,
    /// Quantity times price less the discount, rounded half away from zero.
    pub(super) total: i64,
}

impl Line {
    pub(super) fn new(product: usize, quantity: i64, unit: i64, percent: i64) -> Self {
        Self { product, quantity, unit, percent, total: (quantity * unit * (100 - percent) + 50) / 100 }
    }

    /// The discount amount.
    pub(super) fn discount(&self) -> i64 {
        self.quantity * self.unit - self.total
    }
}

/// The components of an order's total: lines less discount, plus shipping and tax.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Amounts {
    pub(super) subtotal: i64,
    pub(super) discount: i64,
    pub(super) shipping: i64,
    pub(super) tax: i64,
    pub(super) total: i64,
}

impl Amounts {
    /// Only the lines.
    pub(super) fn of_lines(lines: &[Line]) -> Self {
        let total = lines.iter().map(|line| line.total).sum();
        Self { subtotal: total, total, ..Self::default() }
    }
}

/// An order.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) at: i64,
    pub(super) buyer: Buyer,
    pub(super) lines: Vec<Line>,
    pub(super) amounts: Amounts,
    pub(super) outcome: OrderOutcome,
    /// Refunds that are not separate documents, in chronological order.
    pub(super) refunds: Vec<i64>,
    /// Kind of payment and amount; they sum to the total.
    pub(super) payments: Vec<(usize, i64)>,
    pub(super) shipments: usize,
    /// Ordered at the same time as a return.
    pub(super) exchange: bool,
    /// Determines the place, the payment method and other unimportant values.
    pub(super) salt: usize,
}

impl Order {
    pub(super) fn refunded(&self) -> i64 {
        self.refunds.iter().sum()
    }
}

/// How a return relates to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// The whole order.
    Whole(usize),
    /// A part of an order.
    Part(usize),
    /// No known order.
    Unmatched,
}

/// A return that is a separate document.
#[derive(Debug, Clone)]
pub(super) struct Return {
    pub(super) at: i64,
    pub(super) buyer: Buyer,
    /// With positive quantities.
    pub(super) lines: Vec<Line>,
    /// Positive.
    pub(super) amounts: Amounts,
    pub(super) matches: Match,
    pub(super) salt: usize,
}

/// A shop and its history.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) currency: &'static Currency,
    pub(super) decimals: u8,
    pub(super) clock: Clock,
    pub(super) customers: Vec<Customer>,
    pub(super) guests: Vec<Customer>,
    pub(super) products: Vec<Product>,
    /// In chronological order; exchange orders at the end.
    pub(super) orders: Vec<Order>,
    /// In chronological order.
    pub(super) returns: Vec<Return>,
}

/// Charges of orders besides their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderExtras {
    Nothing,
    Shipping,
    /// A discount, shipping and tax.
    All,
}

/// Returns that an export can show as separate documents.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReturnSpec {
    /// Percentage of sales returned as a whole, in part, and without a reference to their order.
    pub(super) whole: u32,
    pub(super) part: u32,
    pub(super) unmatched: u32,
    /// Partial returns are lines of the order; otherwise any amount.
    pub(super) by_line: bool,
    /// Some customers place the same order twice before returning one.
    pub(super) ties: bool,
    /// A partial return may cover some pieces of a line.
    pub(super) pieces: bool,
    /// Some whole returns are exchanges: another order is placed at the same time.
    pub(super) exchanges: bool,
}

/// What may happen in the shop.
#[derive(Debug, Clone)]
pub(super) struct ShopSpec {
    pub(super) currency: &'static Currency,
    pub(super) decimals: u8,
    pub(super) clock: Clock,
    pub(super) customers: usize,
    pub(super) orders: usize,
    /// First day, in days since 1970, and number of days.
    pub(super) first_day: i64,
    pub(super) days: i64,
    /// No day of a month above this one.
    pub(super) last_day_of_month: u32,
    /// Price multiplier.
    pub(super) price_factor: i64,
    pub(super) max_lines: usize,
    pub(super) max_quantity: i64,
    /// The first orders have one line, are sales, and have no returns.
    pub(super) plain_orders: usize,
    /// A customer orders once a day at most.
    pub(super) one_order_a_day: bool,
    /// Percentages of line discounts, which some lines have; empty for none.
    pub(super) line_discounts: &'static [i64],
    pub(super) order_extras: OrderExtras,
    pub(super) free_percent: u32,
    pub(super) outcomes: Vec<(OrderOutcome, u32)>,
    /// Percentage of sales with a partial refund, and with a full refund, that is not a separate document.
    pub(super) refunds: (u32, u32),
    /// Maximum refunds per order.
    pub(super) max_refunds: usize,
    pub(super) guest_percent: u32,
    pub(super) unknown_buyer_percent: u32,
    pub(super) returns: ReturnSpec,
    pub(super) max_payments: usize,
    pub(super) max_shipments: usize,
}

impl ShopSpec {
    /// A shop with orders only.
    pub(super) fn plain(currency: &'static Currency) -> Self {
        Self {
            currency,
            decimals: currency.decimals,
            clock: Clock::UTC,
            customers: 12,
            orders: 60,
            first_day: 19_700,
            days: 300,
            last_day_of_month: 31,
            price_factor: 1,
            max_lines: 1,
            max_quantity: 4,
            plain_orders: 0,
            one_order_a_day: false,
            line_discounts: &[],
            order_extras: OrderExtras::Nothing,
            free_percent: 0,
            outcomes: vec![(OrderOutcome::Sale, 100)],
            refunds: (0, 0),
            max_refunds: 1,
            guest_percent: 0,
            unknown_buyer_percent: 0,
            returns: ReturnSpec::default(),
            max_payments: 1,
            max_shipments: 1,
        }
    }

    /// Draws the number of customers and orders, and the time window.
    pub(super) fn size(&mut self, draw: &mut Draw) {
        self.customers = draw.between(5, 60) as usize;
        self.orders = (self.customers * draw.between(2, 8) as usize).clamp(24, 400);
        self.first_day = draw.between(16_800, 20_000);
        self.days = draw.between(120, 720);
    }
}

/// Draws a shop and its history.
pub(super) fn open(draw: &mut Draw, spec: &ShopSpec, words: &Vocabulary) -> Shop {
    let mut shop = Shop {
        currency: spec.currency,
        decimals: spec.decimals,
        clock: spec.clock,
        customers: people::customers(draw, spec.customers, 0, words),
        guests: people::customers(draw, if spec.guest_percent > 0 { 4 } else { 0 }, spec.customers, words),
        products: people::products(draw, spec, words),
        orders: Vec::new(),
        returns: Vec::new(),
    };
    let mut taken = Taken::default();
    orders::place(draw, spec, &mut shop, &mut taken);
    returns::generate_returns(draw, spec, &mut shop, &mut taken);
    shop
}

/// Amounts and days of each customer that later orders and returns must avoid.
#[derive(Debug, Default)]
struct Taken {
    amounts: BTreeMap<Buyer, BTreeSet<i64>>,
    days: BTreeMap<Buyer, BTreeSet<i64>>,
}

impl Taken {
    /// Whether the amount was free for this customer; takes it.
    fn take_amount(&mut self, buyer: Buyer, amount: i64) -> bool {
        self.amounts.entry(buyer).or_default().insert(amount)
    }

    /// Whether the day was free for this customer; takes it.
    fn take_day(&mut self, buyer: Buyer, day: i64) -> bool {
        self.days.entry(buyer).or_default().insert(day)
    }
}
