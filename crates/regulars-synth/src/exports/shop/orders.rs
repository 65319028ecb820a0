//! Who orders what and when, and the outcome of each order.

use super::super::dates::{DAY, day_of, day_of_month};
use super::super::draw::Draw;
use super::{Amounts, Buyer, Line, Order, OrderExtras, OrderOutcome, Shop, ShopSpec, Taken};

/// Draws the orders of a shop. Totals of one customer are distinct.
pub(super) fn place(draw: &mut Draw, spec: &ShopSpec, shop: &mut Shop, taken: &mut Taken) {
    let mut order_times: Vec<(i64, Buyer)> = Vec::with_capacity(spec.orders);
    // Everybody orders at least once, if there are enough orders.
    for place in 0..spec.orders {
        let regular = if place < spec.customers { place } else { skewed_index(draw, spec.customers) };
        let buyer = draw_buyer(draw, spec, shop, regular);
        if let Some(at) = order_time(draw, spec, buyer, taken) {
            order_times.push((at, buyer));
        }
    }
    order_times.sort_by_key(|&(at, buyer)| (at, buyer));
    for (place, (at, buyer)) in order_times.into_iter().enumerate() {
        let plain = place < spec.plain_orders;
        if let Some(order) = order(draw, spec, shop, taken, at, buyer, plain) {
            shop.orders.push(order);
        }
    }
}

/// Draws an index from 0 to `customers` - 1; low ones are more frequent.
fn skewed_index(draw: &mut Draw, customers: usize) -> usize {
    let top = draw.below(customers) + 1;
    draw.below(top)
}

fn draw_buyer(draw: &mut Draw, spec: &ShopSpec, shop: &Shop, regular: usize) -> Buyer {
    if draw.chance(spec.unknown_buyer_percent) {
        Buyer::Placeholder(draw.below(1000))
    } else if draw.chance(spec.guest_percent) && !shop.guests.is_empty() {
        Buyer::Guest(draw.below(shop.guests.len()))
    } else {
        Buyer::Known(regular)
    }
}

/// A time that this customer has not used yet; none if none is found.
fn order_time(draw: &mut Draw, spec: &ShopSpec, buyer: Buyer, taken: &mut Taken) -> Option<i64> {
    for _ in 0..60 {
        let day = spec.first_day + draw.between(0, spec.days - 1);
        if day_of_month(day * DAY) > spec.last_day_of_month {
            continue;
        }
        if spec.one_order_a_day && !taken.take_day(buyer, day) {
            continue;
        }
        // Mostly during the day, sometimes close to midnight.
        let second = if draw.chance(6) { draw.between(84_600, 86_399) } else { draw.between(28_800, 79_200) };
        return Some(day * DAY + second);
    }
    None
}

pub(super) fn order(
    draw: &mut Draw,
    spec: &ShopSpec,
    shop: &Shop,
    taken: &mut Taken,
    at: i64,
    buyer: Buyer,
    plain: bool,
) -> Option<Order> {
    let free = !plain && draw.chance(spec.free_percent);
    // Thousands of plain orders cannot all be distinct.
    let may_repeat = plain && spec.plain_orders > 0;
    let mut found = None;
    for _ in 0..80 {
        let lines = lines(draw, spec, shop, if plain { 1 } else { spec.max_lines }, free);
        let amounts = if free { Amounts::of_lines(&lines) } else { extras(draw, spec, &lines) };
        if free || taken.take_amount(buyer, amounts.total) || may_repeat {
            found = Some((lines, amounts));
            break;
        }
    }
    let (lines, amounts) = found?;
    let outcome = if plain { OrderOutcome::Sale } else { draw.weighted(&spec.outcomes) };
    let refunds =
        if outcome == OrderOutcome::Sale && !plain { refunds(draw, spec, amounts.total) } else { Vec::new() };
    Some(Order {
        at,
        buyer,
        payments: payments(draw, spec, amounts.total),
        shipments: draw.between(1, spec.max_shipments as i64) as usize,
        exchange: false,
        salt: draw.below(1 << 20),
        lines,
        amounts,
        outcome,
        refunds,
    })
}

fn lines(draw: &mut Draw, spec: &ShopSpec, shop: &Shop, max_lines: usize, free: bool) -> Vec<Line> {
    let count = if max_lines == 1 { 1 } else { draw.weighted(&[(1, 40), (2, 32), (3, 18), (4, 7), (5, 3)]) };
    let mut products: Vec<usize> = Vec::with_capacity(count);
    while products.len() < count.min(max_lines) {
        let product = skewed_index(draw, shop.products.len());
        if !products.contains(&product) {
            products.push(product);
        }
    }
    products
        .into_iter()
        .map(|product| {
            let quantity =
                draw.weighted(&[(1, 60), (2, 22), (3, 9), (4, 5), (6, 3), (12, 1)]).min(spec.max_quantity);
            let percent = if spec.line_discounts.is_empty() || !draw.chance(40) {
                0
            } else {
                *draw.pick(spec.line_discounts)
            };
            let unit = if free { 0 } else { shop.products[product].price };
            Line::new(product, quantity, unit, percent)
        })
        .collect()
}

/// Order discount, shipping and tax on top of the lines.
fn extras(draw: &mut Draw, spec: &ShopSpec, lines: &[Line]) -> Amounts {
    let plain = Amounts::of_lines(lines);
    let fee = spec.currency.low * 10_i64.pow(u32::from(spec.decimals));
    match spec.order_extras {
        OrderExtras::Nothing => return plain,
        OrderExtras::Shipping => {
            let shipping = draw.between(fee, fee * 4);
            return Amounts { shipping, total: plain.total + shipping, ..plain };
        }
        OrderExtras::All => {}
    }
    let subtotal = plain.subtotal;
    let percent = draw.weighted(&[(0, 70), (5, 10), (10, 12), (20, 8)]);
    let discount = (subtotal * percent + 50) / 100;
    let shipping = draw.weighted(&[(0, 40), (fee, 40), (fee * 3 / 2, 20)]);
    let rate = draw.weighted(&[(0, 10), (7, 20), (19, 70)]);
    let tax = ((subtotal - discount) * rate + 50) / 100;
    Amounts { subtotal, discount, shipping, tax, total: subtotal - discount + shipping + tax }
}

fn refunds(draw: &mut Draw, spec: &ShopSpec, total: i64) -> Vec<i64> {
    let (part, full) = spec.refunds;
    if total < 20 {
        return Vec::new();
    }
    if draw.chance(full) {
        return split(draw, total, spec.max_refunds);
    }
    if draw.chance(part) {
        let amount = draw.between(1, total - 1);
        return split(draw, amount, spec.max_refunds);
    }
    Vec::new()
}

/// Parts of an amount, all positive and distinct.
fn split(draw: &mut Draw, amount: i64, max_parts: usize) -> Vec<i64> {
    if max_parts < 2 || amount < 20 || draw.chance(50) {
        return vec![amount];
    }
    let first = draw.between(1, (amount - 1) / 2);
    vec![first, amount - first]
}

fn payments(draw: &mut Draw, spec: &ShopSpec, total: i64) -> Vec<(usize, i64)> {
    let kind = draw.below(3);
    if spec.max_payments < 2 || total < 30 || draw.chance(60) {
        return vec![(kind, total)];
    }
    let first = draw.between(1, (total - 1) / 2);
    let rest = total - first;
    if spec.max_payments < 3 || draw.chance(70) || rest < 10 {
        return vec![(kind, rest), (3, first)];
    }
    // Two vouchers of the same kind with different values.
    let second = draw.between(1, (rest - 1) / 2);
    if second == first || rest - second == first {
        return vec![(kind, rest), (3, first)];
    }
    vec![(kind, rest - second), (3, second), (3, first)]
}

/// The days on which a customer ordered; returns avoid them.
pub(super) fn days_of(shop: &Shop, buyer: Buyer) -> impl Iterator<Item = i64> {
    shop.orders.iter().filter(move |order| order.buyer == buyer).map(|order| day_of(order.at))
}
