//! Columns with a few words for failed or returned orders, but no other sign that they are about orders.

use std::collections::BTreeSet;

use regulars_core::columns::Column;
use regulars_core::config::Meaning;

use super::columns::Columns;
use super::flags::amounts_have_no_sign;
use super::meanings;
use super::sales::{RuleKind, belongs_to};
use super::sample::Sample;
use super::vocabulary::{
    AMOUNT, ATTRIBUTE, CATEGORY, CURRENCY, CUSTOMER, DATE, DISCOUNT, EMAIL, NAME, PLACE, PRICE, PRODUCT,
    QUANTITY, STATUS, TAX, TEST,
};
use super::words::Name;

/// A rule for a column with some words for failed or returned orders whose name does not mention orders: the
/// user is asked.
pub(super) fn doubtful_rule(
    sample: &Sample,
    columns: &Columns,
    index: usize,
) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    let elsewhere = CUSTOMER.and(PLACE).and(PRODUCT).and(CATEGORY).and(NAME).and(EMAIL).and(DATE).and(AMOUNT);
    let elsewhere = elsewhere.and(CURRENCY).and(DISCOUNT).and(PRICE).and(QUANTITY).and(TAX).and(ATTRIBUTE);
    if name.has(elsewhere.and(TEST)) && !name.has(STATUS) || is_about_something_else(name) {
        return None;
    }
    let words = sample.words(index, 12)?;
    if words.len() < 2 || words.len() * 8 > sample.rows.len() || words.iter().any(|word| word.len() < 3) {
        return None;
    }
    let is_back =
        |word: &str| matches!(meanings::status_meaning(word), Some(Meaning::Returned | Meaning::Cancelled));
    let amount =
        columns.get(&Column::TotalAmount).or_else(|| columns.get(&Column::Quantity)).map(|m| m.index);
    // A sign is better evidence.
    let is_told = |row: &&Vec<String>| amount.is_some_and(|at| row[at].trim().starts_with(['-', '(']));
    let back = sample.rows.iter().filter(|row| is_back(row[index].trim()) && !is_told(row)).count();
    let of_customer = columns.get(&Column::CustomerId).is_some_and(|m| belongs_to(sample, index, m.index));
    let of_product = columns.get(&Column::ProductId).is_some_and(|m| belongs_to(sample, index, m.index));
    if back == 0 || back * 2 >= sample.rows.len() || of_customer || of_product {
        return None;
    }
    // A contract may end after its orders.
    let of_contract =
        ["subscription", "membership", "plan", "contract"].iter().any(|word| name.is_word(word));
    let known = words.iter().filter(|word| meanings::status_meaning(word).is_some()).count();
    let is_status = name.has(STATUS) && !of_contract && known * 5 >= words.len() * 4;
    Some((if is_status { RuleKind::Status } else { RuleKind::Doubtful }, None))
}

/// A rule for a column of notes that begin with a word for a refund, beside unsigned amounts: `Refund for order
/// 1042`. The user is asked, unless the notes name other orders: then the rows are their refunds.
pub(super) fn notes_of_refunds(
    sample: &Sample,
    columns: &Columns,
    index: usize,
) -> Option<(RuleKind, Option<Meaning>)> {
    let texts = sample.present(index).count();
    // Most texts are notes, and fewer than half of the rows have one.
    if texts < 3 || texts * 8 >= sample.rows.len() * 5 || !amounts_have_no_sign(sample, columns) {
        return None;
    }
    let is_note = |note: &&str| {
        let first = note.split_whitespace().next().unwrap_or("");
        note.bytes().any(|b| b.is_ascii_digit())
            && first.len() < note.trim().len()
            && meanings::type_meaning(first) == Some(Meaning::Returned)
    };
    let notes = sample.present(index).filter(is_note).count();
    if notes < 3 || notes * 5 < texts * 4 || notes * 2 >= sample.rows.len() {
        return None;
    }
    let named =
        columns.get(&Column::TransactionId).map_or(0, |m| rows_that_name_others(sample, m.index, index));
    Some((RuleKind::Filled((named * 5 >= texts * 4).then_some(Meaning::Returned)), None))
}

/// Rows with a text that contains the number of another order of the sample.
pub(super) fn rows_that_name_others(sample: &Sample, order: usize, index: usize) -> usize {
    let numbers: BTreeSet<&str> = sample.present(order).map(str::trim).collect();
    let names_one = |row: &&Vec<String>| {
        let own = row[order].trim();
        let mut words = row[index].split(|c: char| c.is_whitespace() || "#:,.;()".contains(c));
        words.any(|word| word.len() > 2 && word != own && numbers.contains(word))
    };
    sample.rows.iter().filter(names_one).count()
}

/// `review status`, `consent`: states of something other than the order.
pub(super) fn is_about_something_else(name: &Name) -> bool {
    const WORDS: &str = "review consent email newsletter stock inventory marketing kyc vip loyalty sync export address \
        account credit approval verification marital";
    WORDS.split_whitespace().any(|word| name.is_word(word))
}
