//! An amount in the order's currency beside the same amount in the shop's currency.

use std::collections::BTreeMap;

use regulars_core::columns::Column;

use super::columns::{Columns, mapped};
use super::sample::Sample;
use super::vocabulary::CURRENCY;

/// The column of converted amounts and its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Converted {
    pub(super) index: usize,
    pub(super) currency: String,
}

/// Words for an amount in the shop's currency.
const HOME: [&str; 16] = [
    "base",
    "converted",
    "home",
    "equivalent",
    "lcy",
    "bcy",
    "local",
    "company",
    "settlement",
    "settled",
    "settle",
    "reporting",
    "functional",
    "hauswaehrung",
    "store",
    "payout",
];
/// Words for an amount in the order's currency.
const FOREIGN: [&str; 10] = [
    "foreign",
    "original",
    "document",
    "transaction",
    "presentment",
    "fcy",
    "belegwaehrung",
    "local_currency",
    "charged",
    "customer",
];

/// Finds the amount that is entirely in one currency: it equals another amount where that is in this
/// currency, and differs elsewhere.
pub(super) fn converted(sample: &Sample, amounts: &[usize], comma: bool) -> Option<Converted> {
    let is_code = |v: &str| v.trim().len() == 3 && v.trim().bytes().all(|b| b.is_ascii_alphabetic());
    let column = (0..sample.header.len()).find(|i| {
        sample.names[*i].has(CURRENCY)
            && sample.share(*i, is_code) == Some(1.0)
            && sample.words(*i, 40).is_some_and(|words| words.len() > 1)
    })?;
    let agree = |one: usize, other: usize| {
        let mut by_currency: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for row in 0..sample.rows.len() {
            let pair = sample.amount(row, one, comma).zip(sample.amount(row, other, comma));
            if let Some((one, other)) = pair.filter(|(one, _)| *one != 0) {
                let of = by_currency.entry(sample.rows[row][column].trim()).or_default();
                of.0 += 1;
                of.1 += usize::from(one == other);
            }
        }
        by_currency.remove("");
        let mut same = by_currency.iter().filter(|(_, (rows, equal))| equal * 20 >= rows * 19);
        let (currency, home) = (same.next(), same.next().is_none());
        let others = by_currency.values().filter(|(rows, equal)| equal * 20 <= *rows).count();
        currency.filter(|_| home && others > 0 && others + 1 == by_currency.len()).map(|(code, _)| *code)
    };
    amounts.iter().find_map(|first| {
        let mut others = amounts.iter().filter(|other| *other != first);
        let found = others.find_map(|other| agree(*first, *other).map(|code| (*other, code)))?;
        let is_word = |i: usize, words: &[&str]| words.iter().any(|word| sample.names[i].is_word(word));
        let is_home = |i: usize| is_word(i, &HOME) || sample.names[i].is_word(&found.1.to_lowercase());
        let is_foreign = |i: usize| is_word(i, &FOREIGN);
        // `Settlement amount` is more specific than `Amount`.
        let says_more = |one: usize, other: usize| {
            let (one, other) = (&sample.names[one].words, &sample.names[other].words);
            one.len() > other.len() && other.iter().all(|word| one.contains(word))
        };
        let (one, other) = (*first, found.0);
        let first_is_home = match (is_home(one), is_home(other)) {
            (true, false) => true,
            (false, true) => false,
            _ if is_foreign(one) != is_foreign(other) => is_foreign(other),
            // The order's own amount comes first, or has the less specific name.
            _ => says_more(one, other),
        };
        let index = if first_is_home { one } else { other };
        Some(Converted { index, currency: found.1.to_owned() })
    })
}

/// Uses converted amounts as the total, whose currency is then no longer the order's.
pub(super) fn adopt(sample: &Sample, columns: &mut Columns, comma: bool) -> Option<Converted> {
    let total = columns.get(&Column::TotalAmount)?.index;
    let is_money = |i: &usize| {
        *i == total
            || !columns.values().any(|m| m.index == *i) && sample.is_numeric(*i) && sample.filled(*i) > 0.9
    };
    let mut amounts: Vec<usize> = (0..sample.header.len()).filter(is_money).collect();
    amounts.sort_by_key(|i| *i != total);
    let found = converted(sample, &amounts, comma)?;
    let reason = format!("it is always in {}, whatever the order's currency", found.currency);
    columns.insert(Column::TotalAmount, mapped(sample, found.index, 0.8, reason));
    columns.remove(&Column::Currency);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_that_agree_in_one_currency_only_are_in_that_currency() {
        let rows = [["12.00", "EUR", "12.00"], ["10.00", "GBP", "11.70"], ["5.00", "EUR", "5.00"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        let header = ["total", "currency", "total_eur"].map(str::to_owned).to_vec();
        let sample = Sample::new(header, rows, vec![false; 3], Some(b','));
        let found = converted(&sample, &[0, 2], false);
        assert_eq!(found, Some(Converted { index: 2, currency: "EUR".to_owned() }));
        assert_eq!(converted(&sample, &[0], false), None);
        for (own, home) in
            [("Amount", "Amount (LCY)"), ("Amount", "Settlement amount"), ("Foreign total", "Total")]
        {
            for turned in [false, true] {
                let header = if turned { [home, "Currency", own] } else { [own, "Currency", home] };
                let rows: Vec<Vec<String>> = sample
                    .rows
                    .iter()
                    .map(|row| if turned { row.iter().rev().cloned().collect() } else { row.clone() })
                    .collect();
                let sample =
                    Sample::new(header.map(str::to_owned).to_vec(), rows, vec![false; 3], Some(b','));
                for amounts in [[0, 2], [2, 0]] {
                    let found = converted(&sample, &amounts, false).map(|found| found.index);
                    assert_eq!(found, Some(if turned { 0 } else { 2 }), "{own} {home} {amounts:?}");
                }
            }
        }
    }
}
