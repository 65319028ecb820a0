//! Finds rows that are equal in every field: within a file, and between overlapping files.
//!
//! Compares two 64-bit hashes per row, of its id and of all its fields (two hashes of its fields if it has no
//! id). Rows are considered equal if all 128 bits agree. They are compared part by part to bound memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use regulars_core::config::Duplicates;

use super::{Edit, Edits, Facts};

/// Pairs sorted at once.
const PART_PAIRS: usize = 4 << 20;

/// Minimum number of equal orders that make one file a repetition of another.
const TOLD_AGAIN: usize = 3;

/// Rows to exclude.
#[derive(Debug, Default)]
pub(crate) struct DuplicateRows {
    /// By task, the clean rows to exclude, ascending, with the reason.
    pub(crate) edits: Vec<Edits>,
    /// Rows kept although they equal an earlier row of the file.
    pub(crate) kept: u64,
    /// Transaction ids of the remaining rows are unique.
    pub(crate) orders_are_rows: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    id: u64,
    row: u64,
    file: u32,
    day: i32,
    /// A refund.
    is_return: bool,
    /// The amount before a refund in the row's own column.
    amount_minor: i64,
}

#[derive(Default)]
struct Survey {
    equal_rows: HashSet<(u64, u64)>,
    /// Orders whose content differs between files, with the last of these files.
    superseded: HashMap<u64, u32>,
    /// Orders whose lines have equal amounts in several files, in rows that differ.
    told_again: HashMap<u64, u32>,
    ids: u64,
    ids_of_several_rows: u64,
}

/// Finds equal rows; `has_ids`: transaction ids come from the source.
pub(crate) fn find(facts: &[(usize, Facts)], has_ids: bool, policy: Duplicates) -> DuplicateRows {
    let survey = survey(facts);
    let mut cancelled_orders: HashMap<u64, (u32, i32)> = HashMap::new();
    let has_several_files = facts.iter().any(|(file, _)| *file != facts[0].0);
    for (file, facts) in facts.iter().filter(|_| has_several_files) {
        cancelled_orders
            .extend(facts.cancelled_orders.iter().map(|(id, day, _)| (*id, (*file as u32, *day))));
    }
    let lines_of_orders = survey.ids_of_several_rows * 100 > survey.ids;
    let once = match policy {
        Duplicates::Exclude => true,
        Duplicates::Keep => false,
        Duplicates::Auto => has_ids && !lines_of_orders,
    };
    let by_order = has_ids && !lines_of_orders && policy != Duplicates::Keep;
    let mut found = DuplicateRows { edits: vec![Vec::new(); facts.len()], ..DuplicateRows::default() };
    // By hash: the largest count in an earlier file, this file, and the count in it.
    let mut seen: HashMap<(u64, u64), (u32, u32, usize)> = HashMap::new();
    let mut dropped = 0;
    for (task, (file, facts)) in facts.iter().enumerate() {
        for (number, (row, id)) in facts.rows.iter().zip(&facts.orders).enumerate() {
            let is_return = facts.amounts.get(number).is_some_and(|amount| *amount < 0);
            let is_earlier = |last: &u32| *last > *file as u32;
            let is_told_again = if by_order {
                survey.superseded.get(id).is_some_and(|last| *last != *file as u32)
            } else {
                policy != Duplicates::Keep && survey.told_again.get(id).is_some_and(is_earlier)
            };
            // A later file has the same order, cancelled.
            let is_off = policy != Duplicates::Keep
                && cancelled_orders
                    .get(id)
                    .is_some_and(|(last, day)| is_earlier(last) && facts.days.get(number) == Some(day));
            let reason = if !is_return && (is_told_again || is_off) {
                Some("superseded")
            } else if survey.equal_rows.contains(&(*id, *row)) {
                let counts = seen.entry((*id, *row)).or_insert((0, 0, *file));
                if counts.2 != *file {
                    *counts = (counts.0.max(counts.1), 0, *file);
                }
                counts.1 += 1;
                let (before, here, _) = *counts;
                if here <= before {
                    Some("overlap")
                } else if once && here > 1 {
                    Some("duplicate")
                } else {
                    found.kept += u64::from(here > 1);
                    None
                }
            } else {
                None
            };
            if let Some(reason) = reason {
                found.edits[task].push((number as u32, Edit::Drop(reason, None)));
                dropped += 1;
            }
        }
    }
    let rows: u64 = facts.iter().map(|(_, f)| f.rows.len() as u64).sum();
    found.orders_are_rows = survey.ids == rows - dropped;
    found
}

fn survey(facts: &[(usize, Facts)]) -> Survey {
    let rows: usize = facts.iter().map(|(_, f)| f.rows.len()).sum();
    let parts = (rows / PART_PAIRS + 1) as u64;
    let mut survey = Survey::default();
    let mut told_again: BTreeMap<(u32, u32), Vec<u64>> = BTreeMap::new();
    let mut entries = Vec::with_capacity(rows.min(PART_PAIRS * 2));
    for part in 0..parts {
        entries.clear();
        for (file, facts) in facts {
            for (number, (row, id)) in facts.rows.iter().zip(&facts.orders).enumerate() {
                if id % parts == part {
                    let is_return = facts.amounts.get(number).is_some_and(|amount| *amount < 0);
                    let day = facts.days.get(number).copied().unwrap_or(0);
                    let amount = |of: &[i64]| of.get(number).copied().unwrap_or(0);
                    let amount_minor = amount(&facts.amounts).saturating_add(amount(&facts.returned));
                    entries.push(Entry {
                        id: *id,
                        row: *row,
                        file: *file as u32,
                        day,
                        is_return,
                        amount_minor,
                    });
                }
            }
        }
        entries.sort_unstable();
        for group in entries.chunk_by(|a, b| a.id == b.id) {
            survey.ids += 1;
            let several = group.iter().any(|e| e.row != group[0].row);
            survey.ids_of_several_rows += u64::from(several && has_several_in_one_file(group));
            survey
                .equal_rows
                .extend(group.windows(2).filter(|w| w[0].row == w[1].row).map(|w| (w[0].id, w[0].row)));
            // A refund in a later file does not change the content of the order.
            let sold = || group.iter().filter(|e| !e.is_return);
            let last = sold().map(|e| e.file).max().unwrap_or(0);
            let differs_between_files = several
                // On another day, the same number is another order.
                && sold().any(|e| {
                    let mut later = sold().filter(|o| o.file == last);
                    e.file != last && later.clone().any(|o| o.day == e.day) && !later.any(|o| o.row == e.row)
                });
            if differs_between_files {
                survey.superseded.insert(group[0].id, last);
            }
            for first in sold().map(|e| e.file).filter(|file| *file != last).collect::<BTreeSet<u32>>() {
                if several && are_repeated(group, first, last) {
                    told_again.entry((first, last)).or_default().push(group[0].id);
                }
            }
        }
    }
    // An order split between two files of a list is not a repetition.
    for ((_, last), orders) in told_again {
        if orders.len() >= TOLD_AGAIN {
            survey.told_again.extend(orders.into_iter().map(|id| (id, last)));
        }
    }
    survey
}

/// Whether the lines of an order in one file are repeated in another, in rows that differ.
fn are_repeated(group: &[Entry], first: u32, last: u32) -> bool {
    let of = |file: u32| {
        let mut lines: Vec<(i32, i64)> = group
            .iter()
            .filter(|e| e.file == file && !e.is_return)
            .map(|e| (e.day, e.amount_minor))
            .collect();
        lines.sort_unstable();
        lines
    };
    let rows = |file: u32| group.iter().filter(|e| e.file == file).map(|e| e.row).collect::<BTreeSet<u64>>();
    let lines = of(first);
    !lines.is_empty() && lines == of(last) && rows(first) != rows(last)
}

fn has_several_in_one_file(group: &[Entry]) -> bool {
    let mut rows: Vec<(u32, u64)> = group.iter().map(|e| (e.file, e.row)).collect();
    rows.sort_unstable();
    rows.windows(2).any(|w| w[0].0 == w[1].0 && w[0].1 != w[1].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests files of (order, row) pairs, one task each; returns which rows are excluded and why.
    fn dropped(files: &[&[(u64, u64)]], has_ids: bool, policy: Duplicates) -> (Vec<String>, DuplicateRows) {
        let facts: Vec<(usize, Facts)> = files
            .iter()
            .enumerate()
            .map(|(i, rows)| {
                (
                    i,
                    Facts {
                        orders: rows.iter().map(|r| r.0).collect(),
                        rows: rows.iter().map(|r| r.1).collect(),
                        ..Facts::default()
                    },
                )
            })
            .collect();
        let found = find(&facts, has_ids, policy);
        let names = found
            .edits
            .iter()
            .enumerate()
            .flat_map(|(t, edits)| edits.iter().map(move |(n, edit)| (t, n, edit)))
            .map(|(t, n, edit)| match edit {
                Edit::Drop(why, _) => format!("{t}.{n} {why}"),
                other => format!("{t}.{n} {other:?}"),
            })
            .collect();
        (names, found)
    }

    #[test]
    fn an_order_that_is_there_twice_counts_once() {
        let (names, found) = dropped(&[&[(1, 1), (2, 2), (1, 1)]], true, Duplicates::Auto);
        assert_eq!(names, ["0.2 duplicate"]);
        assert!(found.orders_are_rows);
        let (names, found) = dropped(&[&[(1, 1), (2, 2), (1, 1)]], true, Duplicates::Keep);
        assert!(names.is_empty() && found.kept == 1 && !found.orders_are_rows);
    }

    #[test]
    fn equal_lines_of_one_order_are_kept_unless_told() {
        let lines: &[(u64, u64)] = &[(1, 10), (1, 11), (1, 10), (2, 20), (2, 21)];
        let (names, found) = dropped(&[lines], true, Duplicates::Auto);
        assert!(names.is_empty() && found.kept == 1 && !found.orders_are_rows);
        assert_eq!(dropped(&[lines], true, Duplicates::Exclude).0, ["0.2 duplicate"]);
    }

    #[test]
    fn rows_of_overlapping_files_count_as_often_as_in_the_fuller_one() {
        let first = &[(1, 10), (1, 11), (2, 20), (2, 20), (2, 21)];
        let second = &[(2, 20), (2, 21), (3, 30), (3, 31)];
        let (names, _) = dropped(&[first, second], true, Duplicates::Auto);
        assert_eq!(names, ["1.0 overlap", "1.1 overlap"]);
        let (names, _) =
            dropped(&[&[(7, 5), (7, 5)], &[(7, 5), (7, 5), (7, 5), (8, 6)]], false, Duplicates::Auto);
        assert_eq!(names, ["1.0 overlap", "1.1 overlap"]);
    }

    #[test]
    fn rows_whose_hash_agrees_by_chance_are_apart_by_the_other() {
        let (names, _) = dropped(&[&[(1, 5), (1, 5), (2, 5)]], true, Duplicates::Exclude);
        assert_eq!(names, ["0.1 duplicate"]);
    }

    #[test]
    fn a_later_file_has_the_last_word_on_an_order() {
        let (names, found) = dropped(&[&[(1, 1), (2, 2)], &[(2, 3), (4, 4)]], true, Duplicates::Auto);
        assert_eq!(names, ["0.1 superseded"]);
        assert!(found.orders_are_rows);
    }
}
