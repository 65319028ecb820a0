//! Rows that total other rows of their order, told by a word: `total` beside `sub_total` and `tax`, a set
//! beside its priced components. Counting both would count the money twice.

use std::collections::BTreeMap;

use regulars_core::columns::Column;
use regulars_core::config::Meaning;

use super::columns::Columns;
use super::meanings::plain;
use super::sample::Sample;

/// Distinct words that such a column has at most.
const MAX_WORDS: usize = 8;

/// Orders that have to agree at least.
const MIN_ORDERS: usize = 5;

/// Whether almost all of `of` are `fit`.
fn nearly_all(fit: usize, of: usize) -> bool {
    fit * 20 >= of * 19
}

/// The meanings of the words of a column in which one word marks rows that are the sum of rows with other
/// words: those other words mark details.
pub(super) fn words_of_totals(
    sample: &Sample,
    columns: &Columns,
    index: usize,
) -> Option<BTreeMap<String, Meaning>> {
    let order = columns.get(&Column::TransactionId)?.index;
    let amount = columns.get(&Column::TotalAmount)?.index;
    let words = sample.words(index, MAX_WORDS).filter(|words| words.len() > 1)?;
    [false, true].into_iter().find_map(|comma| {
        let mut sums: BTreeMap<&str, Vec<Option<i64>>> = BTreeMap::new();
        let mut rows = vec![0_usize; words.len()];
        for (row, cells) in sample.rows.iter().enumerate() {
            let word = words.iter().position(|word| *word == cells[index].trim())?;
            let of = sums.entry(cells[order].trim()).or_insert_with(|| vec![None; words.len()]);
            of[word] = Some(of[word].unwrap_or(0).saturating_add(sample.amount(row, amount, comma)?));
            rows[word] += 1;
        }
        let orders: Vec<Vec<Option<i64>>> = sums.into_values().collect();
        let details = (0..words.len()).find_map(|total| details(&orders, &rows, total))?;
        let meaning = |at: usize| if details >> at & 1 == 1 { Meaning::Detail } else { Meaning::Sale };
        Some(words.iter().enumerate().map(|(at, word)| (plain(word), meaning(at))).collect())
    })
}

/// The words, as bits, whose rows add up to those of the word `total` in nearly every order.
fn details(orders: &[Vec<Option<i64>>], rows: &[usize], total: usize) -> Option<u32> {
    // Words that hardly occur in orders without it; few columns have any.
    let occurs_with = |at: &usize| {
        let of = orders.iter().filter(|order| order[*at].is_some());
        let (mut with_both, mut all) = (0, 0);
        for order in of {
            all += 1;
            with_both += usize::from(order[total].is_some());
        }
        *at != total && with_both > 0 && nearly_all(with_both, all)
    };
    let words: Vec<usize> = (0..rows.len()).filter(occurs_with).collect();
    let fits = |chosen: &Vec<usize>| {
        let (mut with_both, mut equal) = (0, 0);
        for order in orders {
            let parts: Option<i64> = chosen
                .iter()
                .filter_map(|at| order[*at])
                .fold(None, |sum, part| Some(sum.unwrap_or(0) + part));
            if let (Some(sum), Some(parts)) = (order[total], parts) {
                with_both += 1;
                equal += usize::from(sum != 0 && (parts - sum).abs() <= 20_000);
            }
        }
        chosen.iter().map(|at| rows[*at]).sum::<usize>() > rows[total]
            && with_both >= MIN_ORDERS
            && nearly_all(equal, with_both)
    };
    // Many words before few, so that words without money are details as well.
    let mut choices: Vec<Vec<usize>> = (1_u32..1 << words.len())
        .map(|bits| {
            words.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, word)| *word).collect()
        })
        .collect();
    choices.sort_by_key(|chosen| std::cmp::Reverse(chosen.len()));
    let chosen = choices.into_iter().find(fits)?;
    Some(chosen.iter().fold(0, |bits, at| bits | 1 << at))
}
