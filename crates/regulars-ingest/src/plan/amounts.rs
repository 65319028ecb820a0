//! Determines what the amount is: its column; whether it belongs to a row, a piece, an order or a payment;
//! whether it is in cents; and whether it includes discount, tax and shipping.

use std::collections::BTreeMap;

use std::collections::{BTreeSet, HashMap};

use regulars_core::columns::Column;
use regulars_core::config::{AmountIs, Config, DiscountIs};

use super::columns::{Columns, Mapped, column_reading, free, mapped};
use super::sample::Sample;
use super::vocabulary::{
    AMOUNT, COUNT, DISCOUNT, DOCUMENT, EXCLUDED, FEE, ID, LINE, MINOR, NET, ORDER, PAYMENT, PRODUCT, RATE,
    REFUND, SHIPPING, SUBTOTAL, TAX, TOTAL, UNIT,
};
use super::words::Name;
use super::{Decision, cents, discounts, fan_out, refunds};
use crate::error::{Error, Kind, Result};
use crate::question::{ask, quoted, reading};

/// What the amount belongs to, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Belongs {
    #[default]
    Unsaid,
    ToOrder,
    ToLine,
    ToPayment,
}

/// How amounts are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct AmountPlan {
    /// What the amount belongs to, unless all rows have to decide it.
    pub(crate) is: Option<AmountIs>,
    /// What it belongs to by its name.
    pub(crate) belongs: Belongs,
    /// The total is another amount plus or minus its components.
    pub(crate) total_is_sum: bool,
    /// The total is in cents.
    pub(crate) total_in_cents: bool,
    /// The total is in millionths.
    pub(crate) total_in_micros: bool,
    /// The refund column is in cents.
    pub(crate) refund_in_cents: bool,
    /// The discount is in cents.
    pub(crate) discount_in_cents: bool,
    /// The price is in cents.
    pub(crate) price_in_cents: bool,
    /// A row without a total continues the previous row's order.
    pub(crate) blank_totals_continue: bool,
    /// The discount to subtract from price times quantity.
    pub(crate) discount: Option<(usize, DiscountIs)>,
    /// Columns of the returned or cancelled quantity of a line.
    pub(crate) returned_quantity: Vec<usize>,
    /// Columns that distinguish the lines of an order.
    pub(crate) item_key: Vec<usize>,
    /// Columns that distinguish the payments, shipments or refunds of an order.
    pub(crate) other_key: Vec<usize>,
    /// Columns with several values per line, each in a separate row.
    pub(crate) multi_value_key: Vec<usize>,
    /// One of these contains refund ids, and another column the refunded amounts.
    pub(crate) numbers_refunds: bool,
    /// The column of the cancelled part of an amount, besides the refunded part.
    pub(crate) cancelled_amount: Option<usize>,
    /// Amounts are per line, and every line has the refund of the whole order.
    pub(crate) refunds_are_of_orders: bool,
    /// Every quantity of the sample is 1, so unit price and line amount are equal; checked on every row.
    pub(crate) price_or_line_unclear: bool,
}

/// A component of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Component {
    Added,
    TakenOff,
}

/// The component that the column is by its name, if any.
pub(crate) fn component(name: &Name) -> Option<Component> {
    if name.has(RATE.and(ID).and(COUNT)) || name.has(REFUND) {
        return None;
    }
    if name.has(DISCOUNT) {
        return Some(Component::TakenOff);
    }
    (name.has(TAX) || name.has(SHIPPING) || name.has(FEE)).then_some(Component::Added)
}

/// Rows for testing the arithmetic of totals.
const TRIED: usize = 300;

/// The components that explain `total` by `net`: they fit nearly all rows, and are not always zero.
pub(crate) fn explains(
    sample: &Sample,
    total: usize,
    net: usize,
    parts: &[usize],
    comma: bool,
) -> Option<Vec<usize>> {
    let parts = &parts[..parts.len().min(6)];
    let step = sample.rows.len().div_ceil(TRIED).max(1);
    let amount = |row, index| sample.amount(row, index, comma);
    let rows = (0..sample.rows.len()).step_by(step).filter_map(|row| {
        let of_parts = parts.iter().map(|i| amount(row, *i).unwrap_or(0)).collect();
        Some((amount(row, total)?, amount(row, net)?, of_parts))
    });
    explained(sample, &rows.collect::<Vec<Sum>>(), parts)
}

/// A total, a net amount, and the components.
type Sum = (i64, i64, Vec<i64>);

fn explained(sample: &Sample, sums: &[Sum], parts: &[usize]) -> Option<Vec<usize>> {
    if sums.is_empty() {
        return None;
    }
    let taken_off: Vec<bool> =
        parts.iter().map(|i| component(&sample.names[*i]) == Some(Component::TakenOff)).collect();
    let fits = |chosen: u32| {
        let (mut good, mut told) = (0, 0);
        for (total, net, of_parts) in sums {
            let mut sum = *net;
            let mut moved = false;
            for (at, part) in of_parts.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1) {
                // A return does not give back a discount.
                sum += if taken_off[at] { -part.abs() * net.signum() } else { *part };
                moved |= *part != 0;
            }
            let near = (sum - total).abs() <= 20_000;
            good += usize::from(near);
            told += usize::from(near && moved);
        }
        good * 20 >= sums.len() * 19 && told * 20 >= good.min(20)
    };
    // Few components before many.
    let mut choices: Vec<u32> = (1..1_u32 << parts.len()).collect();
    choices.sort_by_key(|c| c.count_ones());
    let chosen = choices.into_iter().find(|c| fits(*c))?;
    Some(parts.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, i)| *i).collect())
}

/// Determines what the amount is, and reassigns columns if their values require it.
///
/// Errors: [`Kind::Ambiguous`] with the readings.
pub(super) fn plan(
    sample: &Sample,
    columns: &mut Columns,
    config: &Config,
    is_preset: bool,
    comma: bool,
    decisions: &mut Vec<Decision>,
    shown: &str,
) -> Result<AmountPlan> {
    let mut plan = AmountPlan { is: config.source.amount_is, ..AmountPlan::default() };
    if !is_preset {
        pieces_called_amount(sample, columns, config, comma, decisions, shown)?;
    }
    follow_setting(columns, config);
    price_or_line(sample, columns, config, is_preset, comma, &mut plan, decisions, shown)?;
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let total = at(Column::TotalAmount);
    if let Some(total) = total.filter(|_| !is_preset && !config.mapping.contains_key(&Column::TotalAmount)) {
        adopt_what_was_paid(sample, columns, total, comma);
        if adopt_order_total(sample, columns, total, comma) {
            plan.is = plan.is.or(Some(AmountIs::Order));
        } else if adopt_split_payment(sample, columns, total, comma) {
            plan.is = plan.is.or(Some(AmountIs::Row));
        }
    }
    let total = columns.get(&Column::TotalAmount).map(|m| m.index);
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    if let Some(total) = total {
        let name = &sample.names[total];
        plan.belongs = belongs(name);
        plan.total_is_sum = arithmetic(sample, columns, total, comma, decisions);
    }
    cents::detect(sample, columns, config, comma, &mut plan, decisions, shown)?;
    let is_whole = |i: usize| {
        sample.names[i].has(MINOR) || sample.share(i, |v| v.contains(['.', ','])).unwrap_or(0.0) < 0.01
    };
    plan.refund_in_cents = plan.total_in_cents && at(Column::RefundedAmount).is_some_and(is_whole);
    let in_cents = plan.total_in_cents || plan.price_in_cents;
    plan.discount_in_cents = in_cents && at(Column::Discount).is_some_and(is_whole);
    discounts::discount(sample, columns, config, comma, &mut plan, decisions, shown)?;
    refunds::find_cancelled_amount(sample, columns, comma, &mut plan, decisions);
    refunds::find_order_level_refunds(sample, columns, comma, &mut plan, decisions);
    refunds::returned_quantity(sample, columns, comma, &mut plan, decisions);
    if plan.is.is_none() && stands_on_first_rows(sample, columns) {
        plan.is = Some(AmountIs::FirstRow);
        decisions.push(Decision::new(
            "first_row",
            "the total of an order is on one of its rows; the others only list its items",
            "it is blank on the other rows of the order",
        ));
    }
    fan_out::find_line_and_part_keys(sample, columns, &mut plan);
    fan_out::find_multi_value_key(sample, columns, &mut plan, shown)?;
    Ok(plan)
}

/// What an amount belongs to, by its name.
pub(crate) fn belongs(name: &Name) -> Belongs {
    if name.has(PAYMENT) {
        Belongs::ToPayment
    } else if name.has(LINE.and(PRODUCT)) || name.has(super::vocabulary::PRICE) && !name.has(TOTAL) {
        Belongs::ToLine
    } else if name.has(ORDER.and(DOCUMENT)) && !name.is_word("sales")
        || name.is_word("grand")
        || name.is_word("grandtotal")
    {
        Belongs::ToOrder
    } else {
        Belongs::Unsaid
    }
}

/// Whether all values are integers up to a thousand.
fn holds_small_numbers(sample: &Sample, index: usize) -> bool {
    let small = |v: &str| v.trim().parse::<i64>().is_ok_and(|n| (-1_000..=1_000).contains(&n));
    sample.share(index, small) == Some(1.0)
}

/// Whether a column named like an amount may be a quantity by its values.
pub(super) fn may_be_pieces(sample: &Sample, index: usize) -> bool {
    sample.names[index].is_only(AMOUNT.and(COUNT).and(ID)) && holds_small_numbers(sample, index)
}

/// Treats small integers called `amount` beside a price as a quantity.
///
/// Errors: [`Kind::Ambiguous`] with the readings.
fn pieces_called_amount(
    sample: &Sample,
    columns: &mut Columns,
    config: &Config,
    comma: bool,
    decisions: &mut Vec<Decision>,
    shown: &str,
) -> Result<()> {
    if config.mapping.contains_key(&Column::TotalAmount) || columns.contains_key(&Column::Quantity) {
        return Ok(());
    }
    let Some(total) = columns.get(&Column::TotalAmount).map(|m| m.index) else { return Ok(()) };
    let price = columns.get(&Column::Price).map(|m| m.index);
    let name = &sample.names[total];
    if !name.is_only(AMOUNT.and(COUNT).and(ID).and(TOTAL)) {
        return Ok(());
    }
    let Some(price) = price else { return Ok(()) };
    let values = |index| -> Vec<i64> {
        (0..sample.rows.len()).filter_map(|row| sample.amount(row, index, comma)).collect()
    };
    let (pieces, mut prices) = (values(total), values(price));
    prices.sort_unstable();
    let small = |v: &i64| v % 1_000_000 == 0 && (-1_000..=1_000).contains(&(v / 1_000_000));
    let Some(median) = prices.get(prices.len() / 2) else { return Ok(()) };
    let mean = pieces.iter().map(|v| v.abs()).sum::<i64>() / pieces.len().max(1) as i64;
    if pieces.is_empty() || !pieces.iter().all(small) || mean > 100_000_000 {
        return Ok(());
    }
    if *median < 3 * mean {
        // Integers beside prices with decimals may be either.
        let exact = prices.iter().filter(|price| *price % 1_000_000 != 0).count();
        if exact * 2 < prices.len() || config.source.amount_is.is_some() {
            return Ok(());
        }
        let name = &sample.header[total];
        return Err(ask(
            format!(
                "`{name}` of `{shown}` contains small whole numbers next to a price: are these quantities, or money?"
            ),
            vec![column_reading(Column::Quantity, name), column_reading(Column::TotalAmount, name)],
        ));
    }
    let source = sample.header[total].clone();
    columns.remove(&Column::TotalAmount);
    columns.insert(Column::Quantity, mapped(sample, total, 0.7, "small whole numbers next to a price"));
    decisions.push(Decision::new(
        "pieces",
        format!("`{source}` is a quantity, not money"),
        "small whole numbers next to a price",
    ));
    Ok(())
}

/// Applies `source.amount_is` to the detected column.
fn follow_setting(columns: &mut Columns, config: &Config) {
    match config.source.amount_is {
        Some(AmountIs::Unit) if columns.contains_key(&Column::Quantity) => {
            if let Some(total) = columns.remove(&Column::TotalAmount) {
                columns.insert(Column::Price, total);
            }
        }
        Some(AmountIs::Row) if !columns.contains_key(&Column::TotalAmount) => {
            if let Some(price) = columns.remove(&Column::Price) {
                columns.insert(Column::TotalAmount, price);
            }
        }
        _ => {}
    }
}

/// Determines whether a price beside a quantity is the unit price or the line amount.
#[expect(clippy::too_many_arguments, reason = "the one caller holds all of them")]
fn price_or_line(
    sample: &Sample,
    columns: &mut Columns,
    config: &Config,
    is_preset: bool,
    comma: bool,
    plan: &mut AmountPlan,
    decisions: &mut Vec<Decision>,
    shown: &str,
) -> Result<()> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    if let (Some(total), None, Some(quantity), Some(product)) =
        (at(Column::TotalAmount), at(Column::Price), at(Column::Quantity), at(Column::ProductId))
    {
        // An `amount` that is the same for one piece of a product and for five is a unit price.
        let is_told = is_preset || plan.is.is_some() || config.mapping.contains_key(&Column::TotalAmount);
        let says_whole = sample.names[total].has(TOTAL.and(ORDER).and(LINE));
        if !is_told
            && !says_whole
            && price_evidence(sample, total, quantity, Some(product), comma) == PriceEvidence::Unit
        {
            return Err(ask_price(&sample.header[total], shown));
        }
    }
    let (None, Some(price), Some(quantity)) =
        (at(Column::TotalAmount), at(Column::Price), at(Column::Quantity))
    else {
        return Ok(());
    };
    let name = &sample.names[price];
    let each = name.has(UNIT) || name.is_word("each") || name.is_word("lineitem");
    if plan.is == Some(AmountIs::Unit) || each || is_preset || config.mapping.contains_key(&Column::Price) {
        let by = if each {
            "its name"
        } else if is_preset {
            "the preset"
        } else {
            "the configuration"
        };
        decisions.push(Decision::new("price", format!("`{}` is the unit price", sample.header[price]), by));
        return Ok(());
    }
    let evidence = price_evidence(sample, price, quantity, at(Column::ProductId), comma);
    let line = || mapped(sample, price, 0.8, "it grows with the quantity, so it is the amount of the line");
    match evidence {
        PriceEvidence::NoPieces => plan.price_or_line_unclear = true,
        PriceEvidence::Unit => decisions.push(Decision::new(
            "price",
            format!("`{}` is the unit price", sample.header[price]),
            "it does not depend on the quantity",
        )),
        PriceEvidence::Line => {
            decisions.push(Decision::new(
                "price",
                format!("`{}` is the amount of the line", sample.header[price]),
                "it grows with the quantity",
            ));
            columns.remove(&Column::Price);
            columns.insert(Column::TotalAmount, line());
        }
        PriceEvidence::Unclear => return Err(ask_price(&sample.header[price], shown)),
    }
    Ok(())
}

/// The question whether a price is the unit price or the line amount.
pub(crate) fn ask_price(name: &str, shown: &str) -> Error {
    ask(
        format!("is `{name}` of `{shown}` the unit price, or the amount of the line?"),
        vec![
            reading(
                format!("`{name}` is the unit price, to be multiplied by the quantity"),
                "source.amount_is=unit",
            ),
            reading(format!("`{name}` is the amount of the line, quantity included"), "source.amount_is=row"),
        ],
    )
}

/// Asks about a price beside a column of small integers with an uninformative name, which may be the
/// quantity.
///
/// Errors: [`Kind::Ambiguous`] with the readings.
pub(super) fn ask_about_pieces(
    sample: &Sample,
    columns: &Columns,
    price: &Mapped,
    is_told: bool,
    shown: &str,
) -> Result<()> {
    let may_be_pieces = |i: &usize| {
        let distinct: BTreeSet<&str> = sample.present(*i).collect();
        *i != price.index
            && sample.names[*i].is_unknown()
            && sample.filled(*i) >= 0.98
            && distinct.len() > 1
            && distinct.len() * 3 < sample.rows.len()
            && holds_small_numbers(sample, *i)
    };
    let pieces: Vec<usize> = free(sample, columns).filter(may_be_pieces).collect();
    if is_told || pieces.is_empty() {
        return Ok(());
    }
    let name = &price.source;
    let mut readings: Vec<_> =
        pieces.iter().map(|i| column_reading(Column::Quantity, &sample.header[*i])).collect();
    readings.push(reading(format!("`{name}` is the amount of the row"), "source.amount_is=row"));
    Err(ask(
        format!("is `{name}` of `{shown}` the unit price, and if so, which column is the quantity?"),
        readings,
    ))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PriceEvidence {
    /// All quantities are 1, so there is no difference.
    NoPieces,
    Unit,
    Line,
    Unclear,
}

/// What prices with different quantities show. List prices repeat: whichever of price and price per piece
/// recurs with other quantities is the list price.
pub(crate) fn price_evidence(
    sample: &Sample,
    price: usize,
    quantity: usize,
    product: Option<usize>,
    comma: bool,
) -> PriceEvidence {
    // The quantities seen by product and price (or price per piece).
    let mut as_unit: HashMap<(&str, i64), BTreeSet<i64>> = HashMap::new();
    let mut as_line: HashMap<(&str, i64), BTreeSet<i64>> = HashMap::new();
    let (mut logs, mut pieces) = (Vec::new(), false);
    for row in 0..sample.rows.len() {
        let (Some(paid), Some(count)) =
            (sample.amount(row, price, comma), sample.amount(row, quantity, comma))
        else {
            continue;
        };
        let (paid, count) = (paid.abs(), count.abs() / 1_000_000);
        if count == 0 || paid == 0 {
            continue;
        }
        pieces |= count != 1;
        let what = product.map_or("", |p| sample.rows[row][p].trim());
        as_unit.entry((what, paid)).or_default().insert(count);
        // To two decimals, since line amounts are rounded.
        as_line.entry((what, (paid + count / 2) / count / 10_000)).or_default().insert(count);
        logs.push(((count as f64).ln(), (paid as f64).ln()));
    }
    if !pieces {
        return PriceEvidence::NoPieces;
    }
    let again = |seen: &HashMap<(&str, i64), BTreeSet<i64>>| seen.values().filter(|q| q.len() > 1).count();
    let (unit, line) = (again(&as_unit), again(&as_line));
    if unit > 0 && unit >= 3 * line {
        return PriceEvidence::Unit;
    }
    if line > 0 && line >= 3 * unit {
        return PriceEvidence::Line;
    }
    match slope(&logs) {
        Some(slope) if slope < 0.3 => PriceEvidence::Unit,
        Some(slope) if slope > 0.7 => PriceEvidence::Line,
        _ => PriceEvidence::Unclear,
    }
}

/// The slope of log price over log quantity; `None` with too few rows.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |f: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>();
    let (xx, xy) = (sum(&|p| (p.0 - x).powi(2)), sum(&|p| (p.0 - x) * (p.1 - y)));
    let slope = xy / xx;
    let rest = sum(&|p| (p.1 - y - slope * (p.0 - x)).powi(2));
    let error = (rest / (n - 2.0) / xx).sqrt();
    (points.len() >= 30 && error < 0.15).then_some(slope)
}

/// Uses the column that equals the total plus tax and shipping, less discounts, as the amount paid, whatever
/// its name.
fn adopt_what_was_paid(sample: &Sample, columns: &mut Columns, total: usize, comma: bool) {
    let parts: Vec<usize> = (0..sample.header.len())
        .filter(|i| *i != total && component(&sample.names[*i]).is_some() && sample.is_numeric(*i))
        .collect();
    if parts.is_empty() {
        return;
    }
    let is_money = |i: &usize| {
        let other = RATE.and(ID).and(COUNT).and(REFUND).and(LINE).and(UNIT).and(NET).and(EXCLUDED);
        let other = other.and(super::vocabulary::COST).and(super::vocabulary::STATISTIC).and(SUBTOTAL);
        !parts.contains(i) && sample.is_numeric(*i) && !sample.names[*i].has(other) && sample.filled(*i) > 0.9
    };
    let paid: Vec<usize> = free(sample, columns)
        .filter(is_money)
        .filter(|i| explains(sample, *i, total, &parts, comma).is_some())
        .collect();
    if let [paid] = paid[..] {
        let reason = format!("it equals `{}` plus or minus its components", sample.header[total]);
        columns.insert(Column::TotalAmount, mapped(sample, paid, 0.8, reason));
        // The amount already includes the discount.
        columns.remove(&Column::Discount);
    }
}

/// Uses the column that repeats the amount of the order on each of its lines and equals the sum of the lines
/// plus tax and shipping, less discounts, if these are of the order, too.
fn adopt_order_total(sample: &Sample, columns: &mut Columns, total: usize, comma: bool) -> bool {
    let Some(order) = columns.get(&Column::TransactionId).map(|m| m.index) else { return false };
    let of_order = |i: &usize| sample.is_numeric(*i) && sample.is_of_order(order, *i, comma);
    if of_order(&total) {
        return false;
    }
    let parts: Vec<usize> = (0..sample.header.len())
        .filter(|i| *i != total && component(&sample.names[*i]).is_some() && of_order(i))
        .take(6)
        .collect();
    let other = RATE.and(ID).and(COUNT).and(REFUND).and(LINE).and(UNIT).and(NET).and(EXCLUDED).and(SUBTOTAL);
    let paid = |i: &usize| !parts.contains(i) && !sample.names[*i].has(other) && of_order(i);
    let mut orders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, cells) in sample.rows.iter().enumerate() {
        orders.entry(cells[order].trim()).or_default().push(row);
    }
    // The sample may end within an order.
    let last = sample.rows.len() - 1;
    orders.retain(|number, rows| !number.is_empty() && !rows.contains(&last));
    let amount = |row: usize, index: usize| sample.amount(row, index, comma);
    let explains = |paid: &usize| {
        let sums = orders.values().filter_map(|rows| {
            let lines: Option<i64> = rows.iter().map(|row| amount(*row, total)).sum();
            let of_parts = parts.iter().map(|i| amount(rows[0], *i).unwrap_or(0)).collect();
            Some((amount(rows[0], *paid)?, lines?, of_parts))
        });
        explained(sample, &sums.collect::<Vec<Sum>>(), &parts).is_some()
    };
    let found: Vec<usize> = free(sample, columns).filter(paid).filter(explains).collect();
    let [paid] = found[..] else { return false };
    let reason =
        format!("it equals the sum of `{}` plus or minus the components of the order", sample.header[total]);
    columns.insert(Column::TotalAmount, mapped(sample, paid, 0.8, reason));
    columns.remove(&Column::Discount);
    true
}

/// Uses the amount per payment method, if a line is repeated for each and its total is their sum.
fn adopt_split_payment(sample: &Sample, columns: &mut Columns, total: usize, comma: bool) -> bool {
    let Some(method) = columns.get(&Column::PaymentMethod).map(|m| m.index) else { return false };
    let is_paid = |paid: &usize| {
        let mut lines: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
        for (row, cells) in sample.rows.iter().enumerate() {
            let others = cells.iter().enumerate().filter(|(at, _)| *at != method && at != paid);
            lines.entry(others.map(|(_, cell)| cell.trim()).collect()).or_default().push(row);
        }
        let fits = |rows: &&Vec<usize>| {
            let paid: Option<i64> = rows.iter().map(|row| sample.amount(*row, *paid, comma)).sum();
            paid.zip(sample.amount(rows[0], total, comma))
                .is_some_and(|(paid, total)| (paid - total).abs() <= 10_000)
        };
        let split = || lines.values().filter(|rows| rows.len() > 1);
        let fit = lines.values().filter(fits).count();
        split().count() > 2 && split().all(|rows| fits(&rows)) && fit * 20 >= lines.len() * 19
    };
    let money = |i: &usize| sample.is_numeric(*i) && sample.filled(*i) > 0.9 && !sample.names[*i].has(RATE);
    let found: Vec<usize> = free(sample, columns).filter(money).filter(is_paid).collect();
    if let [paid] = found[..] {
        let reason = format!("summed over payment methods, it equals `{}`", sample.header[total]);
        columns.insert(Column::TotalAmount, mapped(sample, paid, 0.8, reason));
        return true;
    }
    false
}

/// Notes how the total is composed, if its components are present; returns whether the arithmetic was found.
fn arithmetic(
    sample: &Sample,
    columns: &Columns,
    total: usize,
    comma: bool,
    decisions: &mut Vec<Decision>,
) -> bool {
    let parts: Vec<usize> = (0..sample.header.len())
        .filter(|i| *i != total && component(&sample.names[*i]).is_some() && sample.is_numeric(*i))
        .collect();
    if parts.is_empty() {
        return false;
    }
    let bases = free(sample, columns)
        .filter(|i| sample.names[*i].has(NET.and(SUBTOTAL).and(EXCLUDED)) && sample.is_numeric(*i));
    let name = |i: &usize| format!("`{}`", sample.header[*i]);
    for base in bases {
        if let Some(found) = explains(sample, total, base, &parts, comma) {
            let terms: String = found
                .iter()
                .map(|i| {
                    let sign =
                        if component(&sample.names[*i]) == Some(Component::TakenOff) { "-" } else { "+" };
                    format!(" {sign} {}", name(i))
                })
                .collect();
            decisions.push(Decision::new(
                "total",
                format!("{} = {}{terms}; the total is what was paid, and is used", name(&total), name(&base)),
                "their arithmetic",
            ));
            return true;
        }
    }
    let unused: Vec<String> =
        parts.iter().filter(|i| !columns.values().any(|m| m.index == **i)).map(name).collect();
    if !unused.is_empty() {
        decisions.push(Decision::new(
            "total",
            format!("{} is the amount paid; not used: {}", name(&total), unused.join(", ")),
            "its name",
        ));
    }
    false
}

/// Whether the other rows of an order repeat its total.
pub(super) fn totals_are_repeated(sample: &Sample, columns: &Columns) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(total)) = (at(Column::TransactionId), at(Column::TotalAmount)) else {
        return false;
    };
    let cell = |row: usize, index: usize| sample.rows[row][index].trim();
    let repeats = |row: &usize| {
        let same = |index| cell(*row, index) == cell(*row - 1, index) && !cell(*row, index).is_empty();
        same(order) && same(total)
    };
    (1..sample.rows.len()).filter(repeats).count() > 1
}

/// Whether the total is blank exactly in rows that continue the previous row's order, or in all rows of an
/// order but the last.
fn stands_on_first_rows(sample: &Sample, columns: &Columns) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(total)) = (at(Column::TransactionId), at(Column::TotalAmount)) else {
        return false;
    };
    let cell = |row: usize, index: usize| sample.rows[row][index].trim();
    // Compared with the row above, and with the row below.
    let mut sides = [(0, 0); 2];
    let (mut blank, mut filled) = (0, 0);
    for row in 0..sample.rows.len() {
        let number = cell(row, order);
        let is_blank = cell(row, total).is_empty();
        if row > 0 {
            blank += usize::from(is_blank);
            filled += usize::from(!is_blank && !number.is_empty());
        }
        let neighbours = [row.checked_sub(1), Some(row + 1).filter(|below| *below < sample.rows.len())];
        for ((continues, alone), beside) in sides.iter_mut().zip(neighbours) {
            let same = !number.is_empty() && beside.is_some_and(|beside| cell(beside, order) == number);
            *continues += usize::from(is_blank && same);
            *alone += usize::from(!is_blank && !number.is_empty() && !same);
        }
    }
    let stands =
        |(continues, alone): &(usize, usize)| continues * 20 >= blank * 19 && alone * 20 >= filled * 19;
    blank >= 5 && sides.iter().any(stands)
}

/// Words in a name for amounts in thousands or millions.
const SCALES: [&str; 15] = [
    "teur",
    "keur",
    "tusd",
    "kusd",
    "tchf",
    "tsd",
    "thousands",
    "000s",
    "in_000",
    "mio",
    "mln",
    "millions",
    "k_eur",
    "t_eur",
    "tys",
];

/// Rejects amounts in thousands or millions, which cannot be added up to the cent.
///
/// Errors: [`Kind::Unreadable`], with the column.
pub(super) fn check_scale(sample: &Sample, columns: &Columns, config: &Config, shown: &str) -> Result<()> {
    for column in [Column::TotalAmount, Column::Price] {
        let Some(mapped) = columns.get(&column).filter(|_| !config.mapping.contains_key(&column)) else {
            continue;
        };
        let written = mapped.source.to_lowercase();
        let name = format!("_{}_", sample.names[mapped.index].normal);
        let by_sign = ["k€", "k$", "k£", "t€", "m€", "m$"].iter().any(|sign| {
            written
                .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']'))
                .any(|word| word == *sign)
        });
        if by_sign || SCALES.iter().any(|scale| name.contains(&format!("_{scale}_"))) {
            let source = &mapped.source;
            return Err(Error::new(
                Kind::Unreadable,
                format!("`{source}` of `{shown}` is in thousands or millions by its name"),
            )
            .hint(format!(
                "export the amounts themselves; to count them as they stand: --map {}={}",
                quoted(source),
                column.name()
            )));
        }
    }
    Ok(())
}
