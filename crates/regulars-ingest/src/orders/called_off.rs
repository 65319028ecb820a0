//! Orders that their status has called off, whose money goes back in a row of its own as well.

use std::collections::{HashMap, HashSet};

use super::{Edit, Edits, Facts};

/// Rows that take back what counts no more: of an order of which nothing is left but rows that are called off
/// or refunded by their status.
pub(crate) fn told_twice(facts: &[(usize, Facts)], edits: &[Edits]) -> Vec<Edits> {
    // By order the first day of a row that is off: numbers that begin again are those of later orders.
    let mut off: HashMap<u64, i32> = HashMap::new();
    let mut note = |id: u64, day: i32| {
        let first = off.entry(id).or_insert(day);
        *first = day.min(*first);
    };
    let mut sold: HashSet<u64> = HashSet::new();
    let mut any_return = false;
    for (task, (_, facts)) in facts.iter().enumerate() {
        facts.called_off.iter().for_each(|(id, day)| note(*id, *day));
        let mut dropped = edits[task].iter().filter(|(_, edit)| matches!(edit, Edit::Drop(..))).peekable();
        for (number, (id, amount)) in facts.orders.iter().zip(&facts.amounts).enumerate() {
            let is_dropped = dropped.next_if(|(at, _)| *at as usize == number).is_some();
            any_return |= *amount < 0;
            if facts.refunded.get(number) == Some(&true) {
                note(*id, facts.days.get(number).copied().unwrap_or(0));
            } else if *amount > 0 && !is_dropped {
                sold.insert(*id);
            }
        }
    }
    let mut found = vec![Vec::new(); facts.len()];
    if !any_return || off.is_empty() {
        return found;
    }
    for (task, (_, facts)) in facts.iter().enumerate() {
        for (number, (id, amount)) in facts.orders.iter().zip(&facts.amounts).enumerate() {
            let named = facts.references.get(number).copied().filter(|named| *named != 0);
            let day = facts.days.get(number).copied().unwrap_or(0);
            let is_off = |id: &u64| off.get(id).is_some_and(|first| *first <= day) && !sold.contains(id);
            if *amount < 0 && (is_off(id) || named.as_ref().is_some_and(is_off)) {
                found[task].push((number as u32, Edit::Drop("told_twice", None)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_off_is_not_taken_back_once_more() {
        // Order 1 is refunded by its status, 2 is called off, 3 is sold; each has a return, and 9 names 2.
        // Order 4 is called off after a return of an earlier order of that number.
        let facts = Facts {
            orders: vec![1, 1, 2, 3, 3, 9, 4],
            amounts: vec![500, -500, -700, 900, -900, -700, -300],
            references: vec![0, 0, 0, 0, 0, 2, 0],
            refunded: vec![true, false, false, false, false, false, false],
            days: vec![1, 2, 3, 4, 5, 6, 7],
            called_off: vec![(2, 2), (4, 8)],
            ..Facts::default()
        };
        let found = told_twice(&[(0, facts)], &[Vec::new()]);
        let rows: Vec<u32> = found[0].iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [1, 2, 5]);
    }
}
