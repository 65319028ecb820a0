//! Returns as separate documents: whole orders, parts of orders, and amounts unrelated to any order.
//!
//! A returned amount equals exactly one order of its customer or none, so that matching by amount is correct.
//! If two orders are equal on purpose, the later one is returned.

use super::super::dates::{DAY, day_of};
use super::super::draw::Draw;
use super::orders::{days_of, order};
use super::{Amounts, Buyer, Line, Match, Order, OrderOutcome, Return, Shop, ShopSpec, Taken};

/// A return is matched with orders within this many days.
const MATCH_DAYS: i64 = 365;

pub(super) fn generate_returns(draw: &mut Draw, spec: &ShopSpec, shop: &mut Shop, taken: &mut Taken) {
    let wanted = spec.returns;
    if wanted.whole + wanted.part + wanted.unmatched == 0 {
        return;
    }
    if wanted.ties {
        repeat_some(draw, spec, shop);
    }
    let last_equal = last_equals(shop);
    let mut returns = Vec::new();
    // At most one return per order. An order with no return or a partial one remains, so that customers with
    // unmatched returns remain customers.
    for (place, order) in shop.orders.iter().enumerate().skip(spec.plain_orders) {
        if !matches!(order.buyer, Buyer::Known(_)) || !counts(order) || order.amounts.total == 0 {
            continue;
        }
        let chance = draw.below(100) as u32;
        returns.extend(if chance < wanted.whole {
            whole(draw, spec, shop, taken, place, last_equal[place])
        } else if chance < wanted.whole + wanted.part {
            part(draw, spec, shop, taken, place)
        } else if chance < wanted.whole + wanted.part + wanted.unmatched {
            unmatched(draw, spec, shop, taken, place)
        } else {
            None
        });
    }
    returns.sort_by_key(|returned| (returned.at, returned.buyer));
    if wanted.exchanges {
        exchange(draw, spec, shop, taken, &returns);
    }
    shop.returns = returns;
}

/// Turns some whole returns into exchanges.
fn exchange(draw: &mut Draw, spec: &ShopSpec, shop: &mut Shop, taken: &mut Taken, returns: &[Return]) {
    for returned in returns {
        if matches!(returned.matches, Match::Whole(_)) && draw.chance(30) {
            let order = order(draw, spec, shop, taken, returned.at, returned.buyer, true);
            // The new order must differ: of two equal orders, it would be unclear which one was returned.
            let order = order.filter(|order| {
                let same = |returned: &&Return| {
                    returned.buyer == order.buyer && returned.amounts.total == order.amounts.total
                };
                returns.iter().find(same).is_none()
            });
            shop.orders.extend(order.map(|order| Order { exchange: true, ..order }));
        }
    }
}

/// Whether an order is a sale without other refunds.
fn counts(order: &Order) -> bool {
    order.outcome == OrderOutcome::Sale && order.refunds.is_empty()
}

/// For each order, whether it is the last of its customer with its total.
fn last_equals(shop: &Shop) -> Vec<bool> {
    let mut seen = std::collections::BTreeSet::new();
    let mut last = vec![false; shop.orders.len()];
    for (place, order) in shop.orders.iter().enumerate().rev() {
        last[place] = seen.insert((order.buyer, order.amounts.total));
    }
    last
}

/// Repeats the orders of some customers a few days later.
fn repeat_some(draw: &mut Draw, spec: &ShopSpec, shop: &mut Shop) {
    let mut again: Vec<Order> = Vec::new();
    for order in shop.orders.iter().skip(spec.plain_orders) {
        if again.len() >= 3 || !matches!(order.buyer, Buyer::Known(_)) || !counts(order) || !draw.chance(8) {
            continue;
        }
        let at = order.at + DAY * draw.between(1, 9) + draw.between(-900, 900);
        let twice = again.iter().any(|other| other.buyer == order.buyer);
        if twice || !free_day(shop, order.buyer, day_of(at)) {
            continue;
        }
        again.push(Order { at, ..order.clone() });
    }
    shop.orders.extend(again);
    shop.orders.sort_by_key(|order| (order.at, order.buyer));
}

fn free_day(shop: &Shop, buyer: Buyer, day: i64) -> bool {
    days_of(shop, buyer).all(|other| other != day)
}

/// Returns a whole order, minutes or weeks later.
fn whole(
    draw: &mut Draw,
    spec: &ShopSpec,
    shop: &Shop,
    taken: &mut Taken,
    place: usize,
    last_equal: bool,
) -> Option<Return> {
    if !last_equal {
        return None;
    }
    let order = &shop.orders[place];
    let soon = !spec.one_order_a_day && draw.chance(30) && (order.at + 3_600) / DAY == order.at / DAY;
    let at = if soon {
        order.at + draw.between(300, 3_500)
    } else {
        later(draw, shop, taken, order.buyer, order.at, 60)?
    };
    Some(Return {
        at,
        buyer: order.buyer,
        lines: order.lines.clone(),
        amounts: order.amounts,
        matches: Match::Whole(place),
        salt: order.salt,
    })
}

/// A time on a later day without orders or returns of the customer.
fn later(draw: &mut Draw, shop: &Shop, taken: &mut Taken, buyer: Buyer, at: i64, days: i64) -> Option<i64> {
    for _ in 0..30 {
        let after = at + DAY * draw.between(1, days) + draw.between(-3_000, 3_000);
        let day = day_of(after);
        if day > day_of(at) && free_day(shop, buyer, day) && taken.take_day(buyer, day) {
            return Some(after);
        }
    }
    None
}

fn part(draw: &mut Draw, spec: &ShopSpec, shop: &Shop, taken: &mut Taken, place: usize) -> Option<Return> {
    let order = &shop.orders[place];
    let lines = if spec.returns.by_line { vec![part_of_a_line(draw, spec, order)?] } else { Vec::new() };
    let amounts = if spec.returns.by_line {
        Amounts::of_lines(&lines)
    } else {
        let amount = draw.between(1, order.amounts.total - 1);
        Amounts { subtotal: amount, total: amount, ..Amounts::default() }
    };
    // A part that equals another whole order would be matched with that one.
    let mirrors = |other: &Order| other.buyer == order.buyer && other.amounts.total == amounts.total;
    if amounts.total == 0
        || shop.orders.iter().any(mirrors)
        || amounts.total >= order.amounts.total
        || !taken.take_amount(order.buyer, amounts.total)
    {
        return None;
    }
    let at = later(draw, shop, taken, order.buyer, order.at, 40)?;
    // With two orders of the same product, it would also be unclear to which one a piece belongs.
    let elsewhere = |other: &Order| {
        let has_product = lines.iter().any(|l| other.lines.iter().any(|line| line.product == l.product));
        other.buyer == order.buyer && other.at != order.at && other.at <= at && has_product
    };
    if shop.orders.iter().any(elsewhere) {
        return None;
    }
    Some(Return { at, buyer: order.buyer, lines, amounts, matches: Match::Part(place), salt: order.salt })
}

fn part_of_a_line(draw: &mut Draw, spec: &ShopSpec, order: &Order) -> Option<Line> {
    let line = draw.pick(&order.lines);
    let quantity = if spec.returns.pieces && line.quantity > 1 {
        draw.between(1, line.quantity - 1)
    } else {
        line.quantity
    };
    if quantity == line.quantity && order.lines.len() == 1 {
        return None;
    }
    Some(Line::new(line.product, quantity, line.unit, line.percent))
}

/// Returns an amount that matches no order, or a product that the customer never bought.
fn unmatched(
    draw: &mut Draw,
    spec: &ShopSpec,
    shop: &Shop,
    taken: &mut Taken,
    place: usize,
) -> Option<Return> {
    let order = &shop.orders[place];
    let lines = if spec.returns.by_line {
        let product = draw.below(shop.products.len());
        let bought = shop.orders.iter().filter(|other| other.buyer == order.buyer);
        if bought.flat_map(|other| &other.lines).any(|line| line.product == product) {
            return None;
        }
        vec![Line::new(product, 1, shop.products[product].price, 0)]
    } else {
        Vec::new()
    };
    let amounts = if spec.returns.by_line {
        Amounts::of_lines(&lines)
    } else {
        let amount = draw.between(1, order.amounts.total.max(2) - 1);
        Amounts { subtotal: amount, total: amount, ..Amounts::default() }
    };
    if !taken.take_amount(order.buyer, amounts.total) {
        return None;
    }
    let at = later(draw, shop, taken, order.buyer, order.at, MATCH_DAYS / 2)?;
    Some(Return { at, buyer: order.buyer, lines, amounts, matches: Match::Unmatched, salt: order.salt })
}
