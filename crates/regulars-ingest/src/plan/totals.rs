//! Rows that total other rows of their order, told by a word: `total` beside `sub_total` and `tax`, a set
//! beside its priced components. Counting both would count the money twice.

use std::collections::BTreeMap;

use regulars_core::columns::Column;
use regulars_core::config::Meaning;

use super::columns::Columns;
use super::meanings::plain;
use super::sample::Sample;

/// Distinct words that such a column has at most.
const MOST_WORDS: usize = 8;

/// Orders that have to agree at least.
const LEAST_ORDERS: usize = 5;

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
    let words = sample.words(index, MOST_WORDS).filter(|words| words.len() > 1)?;
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
    let others: u32 = ((1 << rows.len()) - 1) & !(1 << total);
    let has = |chosen: u32, at: usize| chosen >> at & 1 == 1;
    let fits = |chosen: &u32| {
        let details: usize =
            rows.iter().enumerate().filter(|(at, _)| has(*chosen, *at)).map(|(_, n)| n).sum();
        let (mut with_both, mut equal, mut with_details) = (0, 0, 0);
        for order in orders {
            let parts = order.iter().enumerate().filter(|(at, _)| has(*chosen, *at));
            let parts: Vec<i64> = parts.filter_map(|(_, sum)| *sum).collect();
            with_details += usize::from(!parts.is_empty());
            if let (Some(sum), false) = (order[total], parts.is_empty()) {
                with_both += 1;
                equal += usize::from(sum != 0 && (parts.iter().sum::<i64>() - sum).abs() <= 20_000);
            }
        }
        details > rows[total]
            && with_both >= LEAST_ORDERS
            && nearly_all(equal, with_both)
            && nearly_all(with_both, with_details)
    };
    // Many words before few, so that words without money are details as well.
    let mut choices: Vec<u32> = (1..=others).filter(|chosen| chosen & !others == 0).collect();
    choices.sort_by_key(|chosen| std::cmp::Reverse(chosen.count_ones()));
    choices.into_iter().find(fits)
}
