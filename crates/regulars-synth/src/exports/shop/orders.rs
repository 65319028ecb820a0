//! Who orders what and when, and the outcome of each order.

use super::super::dates::{DAY, day_of, day_of_month};
use super::super::draw::Draw;
use super::{Amounts, Line, Needs, Order, OrderExtras, OrderOutcome, Shop, Taken, Who};

/// Draws the orders of a shop. Totals of one customer are distinct.
pub(super) fn place(draw: &mut Draw, needs: &Needs, shop: &mut Shop, taken: &mut Taken) {
    let mut moments: Vec<(i64, Who)> = Vec::with_capacity(needs.orders);
    // Everybody orders at least once, if there are enough orders.
    for place in 0..needs.orders {
        let regular = if place < needs.customers { place } else { often(draw, needs.customers) };
        let who = buyer(draw, needs, shop, regular);
        if let Some(at) = moment(draw, needs, who, taken) {
            moments.push((at, who));
        }
    }
    moments.sort_by_key(|&(at, who)| (at, who));
    for (place, (at, who)) in moments.into_iter().enumerate() {
        let plain = place < needs.plain_orders;
        if let Some(order) = order(draw, needs, shop, taken, at, who, plain) {
            shop.orders.push(order);
        }
    }
}

/// Draws a customer; some order more often than others.
fn often(draw: &mut Draw, customers: usize) -> usize {
    let top = draw.below(customers) + 1;
    draw.below(top)
}

fn buyer(draw: &mut Draw, needs: &Needs, shop: &Shop, regular: usize) -> Who {
    if draw.chance(needs.nobody_percent) {
        Who::Placeholder(draw.below(1000))
    } else if draw.chance(needs.guest_percent) && !shop.guests.is_empty() {
        Who::Guest(draw.below(shop.guests.len()))
    } else {
        Who::Known(regular)
    }
}

/// A time that this customer has not used yet; none if none is found.
fn moment(draw: &mut Draw, needs: &Needs, who: Who, taken: &mut Taken) -> Option<i64> {
    for _ in 0..60 {
        let day = needs.first_day + draw.between(0, needs.days - 1);
        if day_of_month(day * DAY) > needs.last_day_of_month {
            continue;
        }
        if needs.one_order_a_day && !taken.take_day(who, day) {
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
    needs: &Needs,
    shop: &Shop,
    taken: &mut Taken,
    at: i64,
    who: Who,
    plain: bool,
) -> Option<Order> {
    let free = !plain && draw.chance(needs.free_percent);
    // Thousands of plain orders cannot all be distinct.
    let may_repeat = plain && needs.plain_orders > 0;
    let mut found = None;
    for _ in 0..80 {
        let lines = lines(draw, needs, shop, if plain { 1 } else { needs.max_lines }, free);
        let amounts = if free { Amounts::of_lines(&lines) } else { extras(draw, needs, &lines) };
        if free || taken.take_amount(who, amounts.total) || may_repeat {
            found = Some((lines, amounts));
            break;
        }
    }
    let (lines, amounts) = found?;
    let fate = if plain { OrderOutcome::Sale } else { draw.weighted(&needs.fates) };
    let refunds =
        if fate == OrderOutcome::Sale && !plain { refunds(draw, needs, amounts.total) } else { Vec::new() };
    Some(Order {
        at,
        who,
        payments: payments(draw, needs, amounts.total),
        shipments: draw.between(1, needs.max_shipments as i64) as usize,
        exchange: false,
        salt: draw.below(1 << 20),
        lines,
        amounts,
        fate,
        refunds,
    })
}

fn lines(draw: &mut Draw, needs: &Needs, shop: &Shop, max_lines: usize, free: bool) -> Vec<Line> {
    let count = if max_lines == 1 { 1 } else { draw.weighted(&[(1, 40), (2, 32), (3, 18), (4, 7), (5, 3)]) };
    let mut products: Vec<usize> = Vec::with_capacity(count);
    while products.len() < count.min(max_lines) {
        let product = often(draw, shop.products.len());
        if !products.contains(&product) {
            products.push(product);
        }
    }
    products
        .into_iter()
        .map(|product| {
            let quantity =
                draw.weighted(&[(1, 60), (2, 22), (3, 9), (4, 5), (6, 3), (12, 1)]).min(needs.max_quantity);
            let percent = if needs.line_discounts.is_empty() || !draw.chance(40) {
                0
            } else {
                *draw.pick(needs.line_discounts)
            };
            let unit = if free { 0 } else { shop.products[product].price };
            Line::new(product, quantity, unit, percent)
        })
        .collect()
}

/// Order discount, shipping and tax on top of the lines.
fn extras(draw: &mut Draw, needs: &Needs, lines: &[Line]) -> Amounts {
    let plain = Amounts::of_lines(lines);
    let fee = needs.currency.low * 10_i64.pow(u32::from(needs.decimals));
    match needs.order_extras {
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

fn refunds(draw: &mut Draw, needs: &Needs, total: i64) -> Vec<i64> {
    let (part, full) = needs.refunds;
    if total < 20 {
        return Vec::new();
    }
    if draw.chance(full) {
        return split(draw, total, needs.max_refunds);
    }
    if draw.chance(part) {
        let amount = draw.between(1, total - 1);
        return split(draw, amount, needs.max_refunds);
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

fn payments(draw: &mut Draw, needs: &Needs, total: i64) -> Vec<(usize, i64)> {
    let kind = draw.below(3);
    if needs.max_payments < 2 || total < 30 || draw.chance(60) {
        return vec![(kind, total)];
    }
    let first = draw.between(1, (total - 1) / 2);
    let rest = total - first;
    if needs.max_payments < 3 || draw.chance(70) || rest < 10 {
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
pub(super) fn days_of(shop: &Shop, who: Who) -> impl Iterator<Item = i64> {
    shop.orders.iter().filter(move |order| order.who == who).map(|order| day_of(order.at))
}
