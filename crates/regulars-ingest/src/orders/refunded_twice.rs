//! Cancelled orders whose refund also has a separate row.

use std::collections::{HashMap, HashSet};

use super::{Edit, Edits, Facts};

/// Excludes refund rows of orders that no longer count: all that is left of such an order is rows that are
/// cancelled or refunded by status.
pub(crate) fn refunded_twice(facts: &[(usize, Facts)], edits: &[Edits]) -> Vec<Edits> {
    // By order: the day of its first cancelled row, and the sum of these rows, if known. Restarting numbers
    // belong to later orders, and at most this sum can be refunded.
    let mut cancelled: HashMap<u64, (i32, Option<i64>)> = HashMap::new();
    let mut note = |id: u64, day: i32, amount: Option<i64>| {
        let (first, sum) = cancelled.entry(id).or_insert((day, Some(0)));
        *first = day.min(*first);
        *sum = sum.zip(amount).map(|(sum, amount)| sum + amount);
    };
    let mut sold: HashSet<u64> = HashSet::new();
    let mut any_return = false;
    for (task, (_, facts)) in facts.iter().enumerate() {
        facts.cancelled_orders.iter().for_each(|(id, day, amount)| note(*id, *day, *amount));
        let mut dropped = edits[task].iter().filter(|(_, edit)| matches!(edit, Edit::Drop(..))).peekable();
        for (number, (id, amount)) in facts.orders.iter().zip(&facts.amounts).enumerate() {
            let is_dropped = dropped.next_if(|(at, _)| *at as usize == number).is_some();
            any_return |= *amount < 0;
            if facts.refunded.get(number) == Some(&true) {
                note(*id, facts.days.get(number).copied().unwrap_or(0), Some(*amount));
            } else if *amount > 0 && !is_dropped {
                sold.insert(*id);
            }
        }
    }
    let mut found = vec![Vec::new(); facts.len()];
    if !any_return || cancelled.is_empty() {
        return found;
    }
    for (task, (_, facts)) in facts.iter().enumerate() {
        for (number, (id, amount)) in facts.orders.iter().zip(&facts.amounts).enumerate() {
            let named = facts.references.get(number).copied().filter(|named| *named != 0);
            let day = facts.days.get(number).copied().unwrap_or(0);
            let is_cancelled = |id: &u64| {
                let is_taken_back = |(first, sum): &(i32, Option<i64>)| {
                    *first <= day && sum.is_none_or(|sum| amount.saturating_neg() <= sum + sum / 100)
                };
                cancelled.get(id).is_some_and(is_taken_back) && !sold.contains(id)
            };
            if *amount < 0 && (is_cancelled(id) || named.as_ref().is_some_and(is_cancelled)) {
                found[task].push((number as u32, Edit::Drop("refunded_twice", None)));
            }
        }
    }
    mirrors(facts, &mut found);
    found
}

/// Days within which a cancelled order is refunded.
const MIRROR_DAYS: i32 = 365;

/// Excludes rows that refund a cancelled order of the same customer and amount under a number of their own,
/// if most cancelled orders have such a row.
fn mirrors(facts: &[(usize, Facts)], found: &mut [Edits]) {
    let mut cancelled: HashMap<u64, Vec<i32>> = HashMap::new();
    for (key, day) in facts.iter().flat_map(|(_, facts)| &facts.cancelled_amounts) {
        cancelled.entry(*key).or_default().push(*day);
    }
    let all: usize = cancelled.values().map(Vec::len).sum();
    let mut mirrors: Vec<(usize, u32)> = Vec::new();
    for (task, (_, facts)) in facts.iter().enumerate() {
        for (number, key) in &facts.refund_amounts {
            let day = facts.days.get(*number as usize).copied().unwrap_or(0);
            let is_excluded = found[task].binary_search_by_key(number, |(at, _)| *at).is_ok();
            let Some(days) = cancelled.get_mut(key).filter(|_| !is_excluded) else { continue };
            let mirrored = days.iter().position(|of| (0..=MIRROR_DAYS).contains(&(day - of)));
            if let Some(at) = mirrored {
                days.swap_remove(at);
                mirrors.push((task, *number));
            }
        }
    }
    if mirrors.len() > 1 && mirrors.len() * 2 > all {
        for (task, number) in mirrors {
            found[task].push((number, Edit::Drop("refunded_twice", None)));
        }
        for edits in found {
            edits.sort_unstable_by_key(|(number, _)| *number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_off_is_not_taken_back_once_more() {
        // Order 1 is refunded by status, 2 is cancelled, 3 is sold; each has a return, and 9 refers to 2.
        // Order 4 is cancelled after the return of an earlier order with that number; the return with number
        // 5 exceeds what was cancelled under that number.
        let facts = Facts {
            orders: vec![1, 1, 2, 3, 3, 9, 4, 5],
            amounts: vec![500, -500, -700, 900, -900, -700, -300, -400],
            references: vec![0, 0, 0, 0, 0, 2, 0, 0],
            refunded: vec![true, false, false, false, false, false, false, false],
            days: vec![1, 2, 3, 4, 5, 6, 7, 8],
            cancelled_orders: vec![(2, 2, Some(700)), (4, 8, None), (5, 1, Some(299))],
            ..Facts::default()
        };
        let found = refunded_twice(&[(0, facts)], &[Vec::new()]);
        let rows: Vec<u32> = found[0].iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [1, 2, 5]);
    }

    #[test]
    fn a_mirror_under_another_number_takes_nothing_back_once_more() {
        let facts = |cancelled_amounts: Vec<(u64, i32)>| Facts {
            orders: vec![1, 11, 12, 13],
            amounts: vec![500, -300, -200, -100],
            days: vec![1, 5, 6, 7],
            cancelled_orders: vec![(2, 2, Some(200))],
            cancelled_amounts,
            refund_amounts: vec![(1, 30), (2, 20), (3, 10)],
            ..Facts::default()
        };
        let rows = |facts: Facts| -> Vec<u32> {
            refunded_twice(&[(0, facts)], &[Vec::new()])[0].iter().map(|(row, _)| *row).collect()
        };
        assert_eq!(rows(facts(vec![(30, 2), (20, 3), (99, 3)])), [1, 2]);
        assert_eq!(rows(facts(vec![(30, 2), (20, 9), (98, 3), (99, 3)])), Vec::<u32>::new());
    }
}
