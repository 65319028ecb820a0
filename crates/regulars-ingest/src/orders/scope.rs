//! Determines what amounts belong to: the row, the whole order, or a payment or line that other rows of the
//! order repeat.
//!
//! The evidence is taken from every order with several rows. If amounts are equal on all rows of nearly every
//! order, they belong to the order; if they repeat for every line, they belong to a payment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use regulars_core::config::AmountIs;

use super::{Edit, Edits, Facts, NO_LINE};
use crate::plan::Belongs;

/// Evidence from the orders of one file that have several rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) orders: u64,
    /// Orders with a non-return row, and those that were fully refunded.
    pub(crate) sold: u64,
    pub(crate) refunded: u64,
    /// Orders with several rows that are not all equal.
    pub(crate) of_several_rows: u64,
    /// All amounts are equal and not zero.
    pub(crate) constant: u64,
    /// Amounts differ.
    pub(crate) varying: u64,
    /// On every row, the amount is price times quantity.
    pub(crate) lines_fit: u64,
    /// The amount is equal on all rows, and is the sum of price times quantity.
    pub(crate) sums_fit: u64,
    /// Rows after the first of the constant orders.
    pub(crate) repeated_rows: u64,
    /// The probability that two orders share an amount, estimated from their amounts.
    pub(crate) chance_alike: f64,
    /// Every line is combined with every payment (shipment, refund).
    pub(crate) crossed: u64,
    /// Several payments, but not every line is combined with each.
    pub(crate) not_crossed: u64,
    /// One line with several payments.
    pub(crate) one_line: u64,
    /// Several lines with one payment.
    pub(crate) one_other: u64,
    /// In crossed orders: the amount depends on the line, or on the payment.
    pub(crate) follows_item: u64,
    pub(crate) follows_other: u64,
}

/// What the amounts of a file belong to, as far as decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Decided.
    Is(AmountIs),
    /// One of two; the first is more likely.
    Ask(AmountIs, AmountIs),
}

/// A row of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    order: u64,
    pub(super) file: u32,
    pub(super) task: u32,
    pub(super) number: u32,
}

/// Rows sorted at once.
const PART_ROWS: usize = 4 << 20;
/// Maximum number of orders whose amounts are compared.
const COMPARED: usize = 200_000;

/// Calls `each` with the rows of every order of one file, in file order, without rows that `edits` exclude.
pub(super) fn each_order(facts: &[(usize, Facts)], edits: &[Edits], mut each: impl FnMut(&[Entry])) {
    let rows: usize = facts.iter().map(|(_, f)| f.orders.len()).sum();
    let parts = (rows / PART_ROWS + 1) as u64;
    let mut entries = Vec::with_capacity(rows.min(PART_ROWS * 2));
    for part in 0..parts {
        entries.clear();
        for (task, (file, facts)) in facts.iter().enumerate() {
            let mut dropped = edits.get(task).map_or(&[][..], Vec::as_slice).iter().peekable();
            for (number, order) in facts.orders.iter().enumerate() {
                let number = number as u32;
                let gone = dropped
                    .next_if(|(at, _)| *at == number)
                    .is_some_and(|(_, e)| matches!(e, Edit::Drop(..)));
                if !gone && order % parts == part {
                    entries.push(Entry { order: *order, file: *file as u32, task: task as u32, number });
                }
            }
        }
        entries.sort_unstable();
        for group in entries.chunk_by(|a, b| (a.order, a.file) == (b.order, b.file)) {
            each(group);
        }
    }
}

pub(super) fn at<T: Copy>(
    facts: &[(usize, Facts)],
    of: impl Fn(&Facts) -> &Vec<T>,
    entry: &Entry,
) -> Option<T> {
    of(&facts[entry.task as usize].1).get(entry.number as usize).copied()
}

/// The amount of a row before the refund in its own column.
fn before_refund(facts: &[(usize, Facts)], entry: &Entry) -> i64 {
    at(facts, |f| &f.amounts, entry).unwrap_or(0) + at(facts, |f| &f.returned, entry).unwrap_or(0)
}

/// Rows that are not returns, which come in their own rows with their own amounts.
pub(super) fn sold(facts: &[(usize, Facts)], group: &[Entry]) -> Vec<Entry> {
    group.iter().filter(|e| at(facts, |f| &f.amounts, e).is_some_and(|a| a >= 0)).copied().collect()
}

/// Collects the evidence of every file; files of one group share it.
pub(crate) fn evidence(facts: &[(usize, Facts)], edits: &[Edits], groups: &[usize]) -> Vec<Evidence> {
    let files = groups.len();
    let mut all = vec![Evidence::default(); files];
    let mut amounts: Vec<HashMap<i64, u64>> = vec![HashMap::new(); files];
    let mut compared = vec![0_u64; files];
    // The previous order, its file, and whether all of it was refunded.
    let mut before: Option<(u64, usize, bool)> = None;
    each_order(facts, edits, |group| {
        let (order, file) = (group[0].order, groups[group[0].file as usize]);
        let cut_in_two = before.filter(|(last, ..)| *last == order);
        if let Some((_, first, true)) = cut_in_two {
            all[first].refunded -= 1;
        }
        let found = &mut all[file];
        found.orders += 1;
        let group = sold(facts, group);
        let is_refunded = |e: &Entry| at(facts, |f| &f.refunded, e).unwrap_or(false);
        let mut all_refunded = !group.is_empty() && group.iter().all(is_refunded);
        all_refunded &= cut_in_two.is_none_or(|(.., refunded)| refunded);
        found.sold += u64::from(!group.is_empty() && cut_in_two.is_none());
        found.refunded += u64::from(all_refunded);
        if !group.is_empty() {
            before = Some((order, file, all_refunded));
        }
        let amount = |e: &Entry| before_refund(facts, e);
        // Each distinct amount of an order counts once.
        if (compared[file] as usize) < COMPARED {
            compared[file] += 1;
            for amount in group.iter().map(amount).collect::<BTreeSet<i64>>() {
                *amounts[file].entry(amount).or_default() += 1;
            }
        }
        let rows: BTreeSet<u64> = group.iter().filter_map(|e| at(facts, |f| &f.rows, e)).collect();
        if group.len() < 2 || rows.len() < 2 {
            return;
        }
        found.of_several_rows += 1;
        let first = amount(&group[0]);
        let constant = group.iter().all(|e| amount(e) == first);
        if constant && first != 0 {
            found.constant += 1;
            found.repeated_rows += group.len() as u64 - 1;
        } else if !constant {
            found.varying += 1;
        }
        let line = |e: &Entry| at(facts, |f| &f.lines, e).filter(|l| *l != NO_LINE);
        let near = |a: i64, b: i64| (a - b).abs() <= 1 + b.abs() / 1_000;
        found.lines_fit += u64::from(group.iter().all(|e| line(e).is_some_and(|l| near(l, amount(e)))));
        let sum: Option<i64> = group.iter().map(line).sum();
        found.sums_fit += u64::from(constant && sum.is_some_and(|s| near(s, first)));
        crossing(facts, &group, found);
    });
    for (found, amounts) in all.iter_mut().zip(&amounts) {
        let total: u64 = amounts.values().sum();
        let pairs: f64 = amounts.values().map(|n| *n as f64 * (*n as f64 - 1.0)).sum();
        found.chance_alike = if total > 1 { pairs / (total as f64 * (total as f64 - 1.0)) } else { 0.0 };
    }
    let of_first = |(file, group): (usize, &usize)| {
        // Orders are counted once, in the first file of the group.
        let counted = if file == *group { (all[file].sold, all[file].refunded) } else { (0, 0) };
        Evidence { sold: counted.0, refunded: counted.1, ..all[*group].clone() }
    };
    groups.iter().enumerate().map(of_first).collect()
}

/// Counts whether every line of an order is combined with every payment, and which of the two determines the
/// amount.
fn crossing(facts: &[(usize, Facts)], group: &[Entry], found: &mut Evidence) {
    let key = |e: &Entry| Some((at(facts, |f| &f.items, e)?, at(facts, |f| &f.others, e)?));
    let Some(keys) = group.iter().map(key).collect::<Option<Vec<(u64, u64)>>>() else { return };
    let items: BTreeSet<u64> = keys.iter().map(|k| k.0).collect();
    let others: BTreeSet<u64> = keys.iter().map(|k| k.1).collect();
    match (items.len(), others.len()) {
        (1, 1) => {}
        (1, _) => found.one_line += 1,
        (_, 1) => found.one_other += 1,
        (lines, payments) => {
            let pairs: BTreeSet<(u64, u64)> = keys.iter().copied().collect();
            if pairs.len() != lines * payments {
                found.not_crossed += 1;
                return;
            }
            found.crossed += 1;
            let follows = |of: &dyn Fn(&(u64, u64)) -> u64| {
                let mut by: BTreeMap<u64, i64> = BTreeMap::new();
                keys.iter().zip(group).all(|(k, e)| {
                    let amount = before_refund(facts, e);
                    *by.entry(of(k)).or_insert(amount) == amount
                })
            };
            found.follows_item += u64::from(follows(&|k| k.0));
            found.follows_other += u64::from(follows(&|k| k.1));
        }
    }
}

/// Smaller probabilities count as zero.
const NO_CHANCE_LOG10: f64 = -6.0;

/// Decides what the amounts of a file belong to, from all of its orders and the column's name. `fans_out`: it
/// has payment, shipment or refund columns besides line columns. `numbers_refunds`: one of these contains
/// refund ids, and another the refunded amounts.
pub(crate) fn decide(found: &Evidence, belongs: Belongs, numbers_refunds: bool) -> Scope {
    use AmountIs::{Item, Order, Payment, Row};
    let Evidence { constant, varying, crossed, not_crossed, .. } = *found;
    if found.of_several_rows == 0 {
        return Scope::Is(Row);
    }
    // Lines times payments.
    let fans = crossed > 0 && not_crossed * 20 <= crossed;
    // Without lines, payments are separate rows.
    if belongs == Belongs::ToPayment && crossed + found.one_line + found.one_other + not_crossed == 0 {
        return Scope::Is(Row);
    }
    if belongs == Belongs::ToPayment && (fans || (not_crossed == 0 && found.one_other > 0)) {
        return Scope::Is(Payment);
    }
    if fans {
        return match (found.follows_item * 10 >= crossed * 9, found.follows_other * 10 >= crossed * 9) {
            (true, true) => Scope::Is(Order),
            (true, false) => Scope::Is(Item),
            (false, true) => Scope::Is(Payment),
            (false, false) => Scope::Ask(Row, Order),
        };
    }
    // Every refund is combined with every line of its order.
    let beside = crossed + found.one_line + found.one_other;
    if numbers_refunds && belongs != Belongs::ToOrder && beside > 0 && not_crossed * 20 <= beside {
        return Scope::Is(Item);
    }
    if crossed > 0 {
        return Scope::Ask(if belongs == Belongs::ToPayment { Payment } else { Item }, Row);
    }
    if constant == 0 {
        return Scope::Is(Row);
    }
    // Price and quantity prove it order by order.
    if found.lines_fit * 10 >= found.of_several_rows * 9 {
        return Scope::Is(Row);
    }
    if found.sums_fit * 2 >= constant && constant >= varying {
        return Scope::Is(Order);
    }
    let share = constant as f64 / (constant + varying) as f64;
    let chance_log10 = found.repeated_rows as f64 * found.chance_alike.max(1e-6).log10();
    let by_chance = chance_log10 > NO_CHANCE_LOG10;
    match belongs {
        Belongs::ToOrder if share >= 0.5 => Scope::Is(Order),
        Belongs::ToOrder if share < 0.2 => Scope::Is(Row),
        Belongs::ToOrder => Scope::Ask(Order, Row),
        Belongs::ToLine if share > 0.98 && !by_chance && constant >= 20 => Scope::Ask(Order, Row),
        Belongs::ToLine => Scope::Is(Row),
        _ if share >= 0.9 && !by_chance && constant >= 5 => Scope::Is(Order),
        // Lines with equal prices happen, but not in most of many orders.
        _ if share < 0.5 => Scope::Is(Row),
        _ if by_chance && constant < 3 => Scope::Is(Row),
        _ => Scope::Ask(Order, Row),
    }
}

/// Subtracts discounts of whole orders from their lines, once.
///
/// Shape: edits of amounts, by task.
pub(crate) fn order_discounts(facts: &[(usize, Facts)], edits: &[Edits]) -> Resolution {
    let mut settled = Resolution { edits: vec![Vec::new(); facts.len()], ..Resolution::default() };
    if facts.iter().all(|(_, f)| f.discounts.is_empty()) {
        return settled;
    }
    each_order(facts, edits, |group| {
        let group = sold(facts, group);
        // It may be on the first line only.
        let of = |entry: &Entry| (at(facts, |f| &f.discounts, entry).unwrap_or(0), 0);
        let offs: Vec<(i64, i64)> = group.iter().map(of).filter(|off| off.0 > 0).collect();
        let (off, _) = most_frequent(&offs);
        settled.orders_that_differ += u64::from(offs.iter().any(|other| other.0 != off));
        let sum = |of: &dyn Fn(&Facts) -> &Vec<i64>| -> i64 {
            group.iter().map(|e| at(facts, of, e).unwrap_or(0)).sum()
        };
        let (total, back) = (sum(&|f| &f.amounts), sum(&|f| &f.returned));
        if off > 0 {
            spread(facts, &group, (total - off).max(0), back, &mut settled.edits);
        }
    });
    for edits in &mut settled.edits {
        edits.sort_unstable_by_key(|(number, _)| *number);
    }
    settled
}

/// Finds rows that only repeat a line of their order with another category, tag or tax.
///
/// Shape: edits that exclude them, by task.
pub(crate) fn repeated_lines(facts: &[(usize, Facts)], edits: &[Edits]) -> Resolution {
    let mut settled = Resolution { edits: vec![Vec::new(); facts.len()], ..Resolution::default() };
    if facts.iter().all(|(_, f)| f.copies.is_empty()) {
        return settled;
    }
    each_order(facts, edits, |group| {
        // Equal rows may be separate lines, which then repeat equally often. A return does not repeat a sale.
        let mut first: BTreeMap<(u64, bool), u64> = BTreeMap::new();
        for entry in group {
            let Some((line, row)) = at(facts, |f| &f.copies, entry).zip(at(facts, |f| &f.rows, entry)) else {
                continue;
            };
            let is_return = at(facts, |f| &f.amounts, entry).is_some_and(|amount| amount < 0);
            if *first.entry((line, is_return)).or_insert(row) != row {
                settled.drop_repeated(entry);
            }
        }
    });
    for edits in &mut settled.edits {
        edits.sort_unstable_by_key(|(number, _)| *number);
    }
    settled
}

/// What resolving orders changed, for the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Resolution {
    /// By task.
    pub(crate) edits: Vec<Edits>,
    /// Orders whose rows have different totals although they should agree.
    pub(crate) orders_that_differ: u64,
    /// Rows that only repeat another row of their order.
    pub(crate) repeated_rows: u64,
    /// By file with refunds counted once: number of orders with nothing left.
    pub(crate) refunded: BTreeMap<usize, u64>,
}

impl Resolution {
    /// Excludes a row that repeats a line of its order.
    fn drop_repeated(&mut self, entry: &Entry) {
        self.repeated_rows += 1;
        self.edits[entry.task as usize].push((entry.number, Edit::Drop("repeated_line", None)));
    }
}

/// How the amounts of a file count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileScope {
    pub(crate) scope: AmountIs,
    /// A column contains refund ids.
    pub(crate) numbers_refunds: bool,
    /// Amounts are per line, and every line has the refund of the whole order.
    pub(crate) refunds_are_of_orders: bool,
}

/// Counts each amount once: the total of an order is allocated to its lines, and repeated payments or lines
/// are excluded.
///
/// Shape: the rows of an order add up exactly to its total.
pub(crate) fn settle(facts: &[(usize, Facts)], edits: &[Edits], counting: &[FileScope]) -> Resolution {
    let mut settled = Resolution { edits: vec![Vec::new(); facts.len()], ..Resolution::default() };
    each_order(facts, edits, |group| {
        let file = group[0].file as usize;
        let FileScope { scope, numbers_refunds, refunds_are_of_orders } = counting[file];
        if scope == AmountIs::Row && refunds_are_of_orders {
            *settled.refunded.entry(file).or_default() +=
                u64::from(refund_of_order(facts, group, &mut settled));
            return;
        }
        if scope == AmountIs::Item && numbers_refunds {
            *settled.refunded.entry(file).or_default() +=
                u64::from(settle_refunds(facts, group, &mut settled));
            return;
        }
        if group.len() < 2 || !matches!(scope, AmountIs::Order | AmountIs::Payment | AmountIs::Item) {
            return;
        }
        settle_returns(facts, group, scope, &mut settled);
        let group = sold(facts, group);
        if group.len() < 2 {
            return;
        }
        let amount = |e: &Entry| at(facts, |f| &f.amounts, e).unwrap_or(0);
        let returned = |e: &Entry| at(facts, |f| &f.returned, e).unwrap_or(0);
        match scope {
            AmountIs::Order => {
                let totals: Vec<(i64, i64)> = group.iter().map(|e| (amount(e), returned(e))).collect();
                if numbers_refunds && several_refunds(facts, &group) {
                    *settled.refunded.entry(file).or_default() +=
                        u64::from(refund_once(facts, &group, &mut settled));
                    return;
                }
                let (total, back) = most_frequent(&totals);
                settled.orders_that_differ += u64::from(totals.iter().any(|t| *t != (total, back)));
                settled.repeated_rows += group.len() as u64 - 1;
                spread(facts, &group, total, back, &mut settled.edits);
            }
            AmountIs::Payment => {
                let first = at(facts, |f| &f.items, &group[0]);
                let (counted, others): (Vec<Entry>, Vec<Entry>) =
                    group.iter().partition(|e| at(facts, |f| &f.items, e) == first);
                let total = counted.iter().map(amount).sum();
                let back = counted.iter().map(returned).sum();
                // The first row of each line stays.
                let mut seen = BTreeSet::new();
                let (lines, again): (Vec<Entry>, Vec<Entry>) =
                    group.iter().partition(|e| seen.insert(at(facts, |f| &f.items, e)));
                for entry in &again {
                    settled.drop_repeated(entry);
                }
                settled.orders_that_differ += u64::from(others.len() % counted.len().max(1) != 0);
                spread(facts, &lines, total, back, &mut settled.edits);
            }
            _ => {
                let mut seen = BTreeSet::new();
                for entry in &group {
                    if !seen.insert((at(facts, |f| &f.items, entry), amount(entry))) {
                        settled.drop_repeated(entry);
                    }
                }
            }
        }
    });
    for edits in &mut settled.edits {
        edits.sort_unstable_by_key(|(number, _)| *number);
    }
    settled
}

/// Whether the rows of an order belong to different refunds.
fn several_refunds(facts: &[(usize, Facts)], group: &[Entry]) -> bool {
    let others: BTreeSet<u64> = group.iter().filter_map(|e| at(facts, |f| &f.others, e)).collect();
    others.len() > 1
}

/// Counts an order whose rows are its refunds once, less each refund; returns whether it is fully refunded.
fn refund_once(facts: &[(usize, Facts)], group: &[Entry], settled: &mut Resolution) -> bool {
    let totals: Vec<(i64, i64)> = group.iter().map(|e| (before_refund(facts, e), 0)).collect();
    let (total, _) = most_frequent(&totals);
    let refunds: BTreeMap<Option<u64>, i64> = group
        .iter()
        .map(|e| (at(facts, |f| &f.others, e), at(facts, |f| &f.refunds, e).unwrap_or(0)))
        .collect();
    let refunded = refunds.values().sum::<i64>().min(total);
    for (at, entry) in group.iter().enumerate() {
        if at > 0 {
            settled.drop_repeated(entry);
        } else {
            settled.edits[entry.task as usize]
                .push((entry.number, Edit::Refund { amount_minor: total, returned_minor: refunded }));
        }
    }
    refunded >= total
}

/// Subtracts the refund that all lines of an order repeat, once; returns whether it is fully refunded.
fn refund_of_order(facts: &[(usize, Facts)], group: &[Entry], settled: &mut Resolution) -> bool {
    let lines = sold(facts, group);
    let refunds: Vec<(i64, i64)> =
        lines.iter().map(|e| (at(facts, |f| &f.refunds, e).unwrap_or(0), 0)).filter(|r| r.0 > 0).collect();
    let (refunded, _) = most_frequent(&refunds);
    if refunded == 0 {
        return false;
    }
    settled.orders_that_differ += u64::from(refunds.iter().any(|other| other.0 != refunded));
    refund_lines(facts, &lines, refunded, settled)
}

/// Allocates a refund to lines by their amounts; returns whether they are fully refunded.
fn refund_lines(facts: &[(usize, Facts)], lines: &[Entry], refunded: i64, settled: &mut Resolution) -> bool {
    let weights: Vec<i64> = lines.iter().map(|e| before_refund(facts, e)).collect();
    let total: i64 = weights.iter().sum();
    for ((entry, amount_minor), returned_minor) in
        lines.iter().zip(&weights).zip(shares(refunded.min(total), &weights))
    {
        settled.edits[entry.task as usize]
            .push((entry.number, Edit::Refund { amount_minor: *amount_minor, returned_minor }));
    }
    refunded >= total
}

/// Counts each line of an order once, and subtracts each refund once; returns whether it is fully refunded.
fn settle_refunds(facts: &[(usize, Facts)], group: &[Entry], settled: &mut Resolution) -> bool {
    let group = sold(facts, group);
    let mut seen = BTreeSet::new();
    let (lines, again): (Vec<Entry>, Vec<Entry>) =
        group.iter().partition(|e| seen.insert((at(facts, |f| &f.items, e), before_refund(facts, e))));
    for entry in &again {
        settled.drop_repeated(entry);
    }
    let refunds: BTreeMap<Option<u64>, i64> = group
        .iter()
        .map(|e| (at(facts, |f| &f.others, e), at(facts, |f| &f.refunds, e).unwrap_or(0)))
        .collect();
    let refunded: i64 = refunds.values().sum();
    let is_refunded = |e: &Entry| at(facts, |f| &f.refunded, e).unwrap_or(false);
    if refunded == 0 {
        return !lines.is_empty() && lines.iter().all(is_refunded);
    }
    refund_lines(facts, &lines, refunded, settled)
}

/// Counts each return of an order once: the same amount on the same day is one return, repeated on its lines.
fn settle_returns(facts: &[(usize, Facts)], group: &[Entry], scope: AmountIs, settled: &mut Resolution) {
    let amount = |e: &Entry| at(facts, |f| &f.amounts, e).unwrap_or(0);
    let mut returns: BTreeMap<(i32, i64), Vec<Entry>> = BTreeMap::new();
    for entry in group.iter().filter(|e| amount(e) < 0) {
        let day = at(facts, |f| &f.days, entry).unwrap_or(0);
        returns.entry((day, amount(entry))).or_default().push(*entry);
    }
    for ((_, total), rows) in returns.into_iter().filter(|(_, rows)| rows.len() > 1) {
        if scope == AmountIs::Order {
            settled.repeated_rows += rows.len() as u64 - 1;
            spread(facts, &rows, total, 0, &mut settled.edits);
            continue;
        }
        let mut seen = BTreeSet::new();
        for entry in &rows {
            if !seen.insert(at(facts, |f| &f.items, entry)) {
                settled.drop_repeated(entry);
            }
        }
    }
}

/// The most frequent total among the rows; of several, the last.
fn most_frequent(totals: &[(i64, i64)]) -> (i64, i64) {
    let count = |t: &(i64, i64)| totals.iter().filter(|o| *o == t).count();
    let most = totals.iter().map(count).max().unwrap_or(0);
    totals.iter().rev().find(|t| count(t) == most).copied().unwrap_or_default()
}

/// Allocates a total to the lines of an order: by price times quantity if known, otherwise evenly; the first
/// lines take the rounding difference.
fn spread(facts: &[(usize, Facts)], group: &[Entry], total: i64, back: i64, edits: &mut [Edits]) {
    let lines: Vec<i64> = group
        .iter()
        .map(|e| at(facts, |f| &f.lines, e).filter(|l| *l != NO_LINE).map_or(NO_LINE, i64::abs))
        .collect();
    let known = !lines.contains(&NO_LINE) && lines.iter().any(|l| *l > 0);
    let weights: Vec<i64> = if known { lines } else { vec![1; group.len()] };
    let amounts = shares(total, &weights);
    let backs = shares(back, &weights);
    for ((entry, minor), returned_minor) in group.iter().zip(amounts).zip(backs) {
        edits[entry.task as usize]
            .push((entry.number, Edit::Amount { minor, returned_minor, returned_milli: 0 }));
    }
}

/// Splits a sum into integer shares.
pub(super) fn shares(total: i64, weights: &[i64]) -> Vec<i64> {
    if total < 0 {
        // A return is split like the amount it refunds.
        return shares(-total, weights).into_iter().map(|share| -share).collect();
    }
    let all: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if all == 0 {
        let mut shares = vec![0; weights.len()];
        if let Some(first) = shares.first_mut() {
            *first = total;
        }
        return shares;
    }
    let mut shares: Vec<i64> =
        weights.iter().map(|w| (i128::from(total) * i128::from(*w)).div_euclid(all) as i64).collect();
    let mut left = total - shares.iter().sum::<i64>();
    let mut at = 0;
    while left > 0 {
        if weights[at % weights.len()] > 0 {
            shares[at % weights.len()] += 1;
            left -= 1;
        }
        at += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Builds rows of (order, amount, line value, item, payment) of one file.
    fn facts(rows: &[(u64, i64, i64, u64, u64)]) -> Vec<(usize, Facts)> {
        let facts = Facts {
            orders: rows.iter().map(|r| r.0).collect(),
            rows: (0..rows.len() as u64).collect(),
            amounts: rows.iter().map(|r| r.1).collect(),
            lines: rows.iter().map(|r| r.2).collect(),
            items: rows.iter().map(|r| r.3).collect(),
            others: rows.iter().map(|r| r.4).collect(),
            days: vec![0; rows.len()],
            ..Facts::default()
        };
        vec![(0, facts)]
    }

    fn decided(rows: &[(u64, i64, i64, u64, u64)], belongs: Belongs) -> Scope {
        decide(&evidence(&facts(rows), &[Vec::new()], &[0])[0], belongs, false)
    }

    fn revenue(rows: &[(u64, i64, i64, u64, u64)], scope: AmountIs) -> i64 {
        let settled = settle(
            &facts(rows),
            &[Vec::new()],
            &[FileScope { scope, numbers_refunds: false, refunds_are_of_orders: false }],
        );
        let mut amounts: Vec<i64> = rows.iter().map(|r| r.1).collect();
        for (number, edit) in &settled.edits[0] {
            amounts[*number as usize] = match edit {
                Edit::Drop(..) => 0,
                Edit::Amount { minor, .. } => *minor,
                Edit::Refund { amount_minor, returned_minor } => amount_minor - returned_minor,
            };
        }
        amounts.iter().sum()
    }

    #[test]
    fn a_total_on_every_row_is_the_orders_though_one_order_was_free() {
        let rows = [
            (1, 3000, NO_LINE, 1, 0),
            (1, 3000, NO_LINE, 2, 0),
            (2, 5000, NO_LINE, 1, 0),
            (2, 5000, NO_LINE, 2, 0),
            (3, 0, NO_LINE, 1, 0),
            (3, 0, NO_LINE, 2, 0),
        ];
        assert_eq!(decided(&rows, Belongs::ToOrder), Scope::Is(AmountIs::Order));
        assert_eq!(revenue(&rows, AmountIs::Order), 8000);
        assert_eq!(decided(&rows, Belongs::ToLine), Scope::Is(AmountIs::Row));
        let edited = [rows.as_slice(), &[(4, 600, NO_LINE, 1, 0), (4, 500, NO_LINE, 2, 0)]].concat();
        assert_eq!(decided(&edited, Belongs::ToOrder), Scope::Is(AmountIs::Order));
        assert_eq!(revenue(&edited, AmountIs::Order), 8500);
    }

    #[test]
    fn price_and_quantity_decide() {
        let of_order = [(1, 3000, 1000, 1, 0), (1, 3000, 2000, 2, 0), (2, 1000, 1000, 1, 0)];
        assert_eq!(decided(&of_order, Belongs::Unsaid), Scope::Is(AmountIs::Order));
        let of_line = [(1, 1000, 1000, 1, 0), (1, 1000, 1000, 2, 0)];
        assert_eq!(decided(&of_line, Belongs::Unsaid), Scope::Is(AmountIs::Row));
    }

    #[test]
    fn payments_that_fan_out_over_lines_count_once() {
        let rows = [
            (1, 6000, NO_LINE, 1, 1),
            (1, 2000, NO_LINE, 1, 2),
            (1, 6000, NO_LINE, 2, 1),
            (1, 2000, NO_LINE, 2, 2),
            (2, 5000, NO_LINE, 1, 1),
            (2, 5000, NO_LINE, 2, 1),
        ];
        assert_eq!(decided(&rows, Belongs::ToPayment), Scope::Is(AmountIs::Payment));
        assert_eq!(revenue(&rows, AmountIs::Payment), 13_000);
        // The price of the line with every payment.
        let prices = rows.map(|(o, _, l, item, pay)| (o, 1000 * item as i64, l, item, pay));
        assert_eq!(decided(&prices, Belongs::Unsaid), Scope::Is(AmountIs::Item));
        assert_eq!(revenue(&prices, AmountIs::Item), 6_000);
    }

    #[test]
    fn lines_with_numbers_of_parcels_do_not_fan_out() {
        let rows = [
            (1, 1000, NO_LINE, 1, 1),
            (1, 1000, NO_LINE, 2, 2),
            (2, 700, NO_LINE, 1, 3),
            (2, 900, NO_LINE, 3, 4),
            (3, 500, NO_LINE, 1, 5),
            (3, 300, NO_LINE, 3, 6),
        ];
        assert_eq!(decided(&rows, Belongs::Unsaid), Scope::Is(AmountIs::Row));
    }

    #[test]
    fn few_equal_lines_are_no_totals_and_many_are() {
        let orders = |n: u64| -> Vec<(u64, i64, i64, u64, u64)> {
            (0..n).flat_map(|o| [1, 2].map(|item| (o, 1000 + o as i64 * 37, NO_LINE, item, 0))).collect()
        };
        assert_eq!(decided(&orders(40), Belongs::Unsaid), Scope::Is(AmountIs::Order));
        assert!(matches!(decided(&orders(4), Belongs::Unsaid), Scope::Ask(..)));
    }

    proptest! {
        #[test]
        fn shares_add_up(total in -1_000_000_i64..1_000_000, weights in prop::collection::vec(0_i64..1000, 1..20)) {
            let shares = shares(total, &weights);
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
            prop_assert_eq!(shares.len(), weights.len());
        }
    }
}
