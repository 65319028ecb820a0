//! The orders of a chunk of customers: times and content.
//!
//! Active customers order at the constant rate of the season; outside the season some of these orders are
//! dropped (thinning of a Poisson process).

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::Exp1;

use crate::calendar::Calendar;
use crate::customers::Behaviour;
use crate::shop::{MEAN_RATE, ORDINARY_RATE, Shop};
use crate::table::{Column, Table, Values};

/// Minimum amount of an order, in cents.
const MIN_AMOUNT: f64 = 100.0;
/// Maximum, so that the total always fits twelve digits.
const MAX_AMOUNT: f64 = 1e10;

/// The table `transactions`: at least one row per customer, by time, ids from 1.
pub(crate) fn draw_table(
    first_customer_id: i64,
    behaviours: &[Behaviour],
    shop: &Shop,
    rng: &mut ChaCha8Rng,
) -> Table {
    let order_times = draw_order_times(behaviours, &shop.calendar, rng);
    let count = order_times.len();
    let spend_levels: Vec<f64> = behaviours
        .iter()
        .map(|behaviour| behaviour.mean_spend_cents / shop.mean_price_factor(behaviour.favourite_category))
        .collect();

    let mut customer_ids = Vec::with_capacity(count);
    let mut dates = Vec::with_capacity(count);
    let mut categories = Vec::with_capacity(count);
    let mut prices = Vec::with_capacity(count);
    let mut quantities = Vec::with_capacity(count);
    let mut payments = Vec::with_capacity(count);
    let mut statuses = Vec::new();
    let mut totals = Vec::with_capacity(count);
    for order_time in order_times {
        let (second, customer) = order_time.parts();
        let behaviour = &behaviours[customer];
        let season = shop.calendar.is_season(Calendar::day_of_second(second));
        let category = shop.categories.draw_for(behaviour.favourite_category, rng);
        let quantity = i32::from(shop.quantities.draw(rng)) + 1;
        let amount =
            spend_levels[customer] * rng.sample(shop.spend_noise) * shop.price_factor(category, season);
        let price = (amount.clamp(MIN_AMOUNT, MAX_AMOUNT) / f64::from(quantity)).round() as i64;

        customer_ids.push(first_customer_id + customer as i64);
        dates.push(shop.calendar.micros(second));
        categories.push(category);
        prices.push(price);
        quantities.push(quantity);
        payments.push(shop.payments.draw_for(behaviour.favourite_payment, rng));
        if let Some(choice) = &shop.statuses {
            statuses.push(choice.draw(rng));
        }
        totals.push(price * i64::from(quantity));
    }

    let mut columns = vec![
        Column::new("transaction_id", Values::ids(1, count)),
        Column::new("customer_id", Values::Id(customer_ids)),
        Column::new("transaction_date", Values::Timestamp(dates)),
        Column::new("product_category", Values::words(categories, &shop.categories.words)),
        Column::new("price", Values::Cents(prices)),
        Column::new("quantity", Values::Count(quantities)),
        Column::new("payment_method", Values::words(payments, &shop.payments.words)),
    ];
    if let Some(choice) = &shop.statuses {
        columns.push(Column::new("status", Values::words(statuses, &choice.words)));
    }
    columns.push(Column::new("total_amount", Values::Cents(totals)));
    Table::new(columns)
}

/// An order of a customer of the chunk; sorts by time, then by customer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OrderTime(u64);

impl OrderTime {
    fn new(second: u32, customer: usize) -> Self {
        Self((u64::from(second) << 32) | customer as u64)
    }

    fn parts(self) -> (u32, usize) {
        ((self.0 >> 32) as u32, (self.0 & u64::from(u32::MAX)) as usize)
    }
}

/// The times of all orders, sorted.
fn draw_order_times(behaviours: &[Behaviour], calendar: &Calendar, rng: &mut ChaCha8Rng) -> Vec<OrderTime> {
    let window_days = f64::from(calendar.days);
    let accept_below = (ORDINARY_RATE * f64::from(u32::MAX)) as u32;
    let mut order_times = Vec::with_capacity(behaviours.len() * 9);
    for (customer, behaviour) in behaviours.iter().enumerate() {
        let season_rate = behaviour.purchase_rate_per_day / MEAN_RATE;
        let end_days = behaviour.end_days().min(window_days);
        let mut at_days = behaviour.start_days;
        order_times.push(OrderTime::new(calendar.second(at_days), customer));
        loop {
            let gap: f64 = rng.sample(Exp1);
            at_days += gap / season_rate;
            if at_days >= end_days {
                break;
            }
            if calendar.is_season(at_days as u32) || rng.random::<u32>() < accept_below {
                order_times.push(OrderTime::new(calendar.second(at_days), customer));
            }
        }
    }
    order_times.sort_unstable();
    order_times
}
