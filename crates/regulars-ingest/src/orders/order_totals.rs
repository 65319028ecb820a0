//! Total rows among the lines of an order, from the beginning of a file or from a later row on.

use std::collections::BTreeMap;

use super::scope::{Entry, at, each_order, sold};
use super::{Edit, Edits, Facts};

/// Where an order begins: task and row.
type RowPosition = (u32, u32);

/// Finds total rows by file: in nearly all orders, one row is the sum of the others.
///
/// Shape: edits that exclude them, by task.
pub(crate) fn order_totals(facts: &[(usize, Facts)], edits: &[Edits]) -> Vec<Edits> {
    #[derive(Default)]
    struct Found {
        orders: u64,
        alone: u64,
        of_several: u64,
        several_fit: u64,
        pairs_fit: u64,
        first: u64,
    }
    let amount = |e: &Entry| at(facts, |f| &f.amounts, e).unwrap_or(0);
    let total_among = |group: &[Entry]| {
        let sum: i64 = group.iter().map(amount).sum();
        group.iter().position(|e| amount(e) > 0 && 2 * amount(e) == sum)
    };
    let mut files: BTreeMap<usize, Found> = BTreeMap::new();
    each_order(facts, edits, |group| {
        let found = files.entry(group[0].file as usize).or_default();
        let group = sold(facts, group);
        let total = total_among(&group);
        found.orders += 1;
        match group.len() {
            0 | 1 => found.alone += 1,
            2 => found.pairs_fit += u64::from(total.is_some()),
            _ => {
                found.of_several += 1;
                found.several_fit += u64::from(total.is_some());
                found.first += u64::from(total == Some(0));
            }
        }
    });
    let holds = |f: &Found| {
        let fit = f.several_fit + f.pairs_fit;
        f.several_fit >= 5
            && f.several_fit * 20 >= f.of_several * 19
            && (fit + f.alone) * 20 >= f.orders * 19
            && f.alone * 10 <= f.orders
    };
    // Where total rows begin: immediately, or later.
    let mut from: BTreeMap<usize, RowPosition> = BTreeMap::new();
    let mut late: BTreeMap<usize, Vec<(RowPosition, bool)>> = BTreeMap::new();
    for (file, found) in &files {
        if holds(found) {
            from.insert(*file, (0, 0));
        } else if found.several_fit >= 10 {
            late.insert(*file, Vec::new());
        }
    }
    let place = |group: &[Entry]| group.iter().map(|e| (e.task, e.number)).min().unwrap_or_default();
    if !late.is_empty() {
        each_order(facts, edits, |group| {
            let Some(orders) = late.get_mut(&(group[0].file as usize)) else { return };
            let group = sold(facts, group);
            if group.len() > 1 {
                orders.push((place(&group), total_among(&group).is_some()));
            }
        });
    }
    for (file, mut orders) in late {
        orders.sort_unstable();
        // The first position from which nearly all orders fit, including the next ones.
        let (mut fit, mut start) = (0, None);
        for (at, (_, fits)) in orders.iter().enumerate().rev() {
            fit += usize::from(*fits);
            let next = &orders[at..orders.len().min(at + 20)];
            let dense = next.iter().filter(|(_, fits)| *fits).count() * 20 >= next.len() * 19;
            if *fits && dense && fit >= 10 && fit * 20 >= (orders.len() - at) * 19 {
                start = Some(at);
            }
        }
        // Product bundles happen to add up now and then, from the first row on.
        let seldom = |at: &usize| orders[..*at].iter().filter(|(_, fits)| *fits).count() * 10 <= *at;
        if let Some(at) = start.filter(seldom) {
            let (task, number) = at.checked_sub(1).map_or((0, 0), |before| orders[before].0);
            from.insert(file, (task, number + 1));
        }
    }
    let mut dropped: Vec<Edits> = vec![Vec::new(); facts.len()];
    if !from.is_empty() {
        each_order(facts, edits, |group| {
            let file = group[0].file as usize;
            let (Some(found), Some(start)) = (files.get(&file), from.get(&file)) else { return };
            let group = sold(facts, group);
            if place(&group) < *start {
                return;
            }
            let total = match group.len() {
                0 | 1 => None,
                2 if total_among(&group).is_some() => Some(usize::from(found.first * 2 < found.of_several)),
                _ => total_among(&group),
            };
            if let Some(entry) = total.map(|at| group[at]) {
                dropped[entry.task as usize].push((entry.number, Edit::Drop("order_total_row", None)));
            }
        });
        for edits in &mut dropped {
            edits.sort_unstable_by_key(|(number, _)| *number);
        }
    }
    dropped
}
