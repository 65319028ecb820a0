//! Doubts about who the customer is: an id that is new with every order, or the same in nearly all.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::columns::Column;
use regulars_core::config::{Config, Placeholders};

use super::columns::{Columns, free};
use super::sample::Sample;
use super::vocabulary::{
    AMOUNT, COUNT, CURRENCY, CUSTOMER, DATE, EMAIL, FLAG, KIND, ORDER, PERSON, PLACE, PRODUCT, SHOP, STATUS,
};
use crate::error::Result;
use crate::question::{ask, quoted, reading};

/// Orders from which on it is remarkable that no customer ever comes back.
const ENOUGH_ORDERS: usize = 60;
/// Customers that may be the staff of a shop, or its ledger accounts.
const FEW: usize = 12;

/// Asks who the customer is where the column named like it has a new value for each order, or a handful
/// for all, and another column has values that come back.
///
/// Errors: [`Kind::Unsure`](crate::Kind::Unsure) with a reading for each column.
pub(super) fn ask_who_is_the_customer(
    sample: &Sample,
    columns: &Columns,
    config: &Config,
    shown: &str,
) -> Result<()> {
    let (Some(customer), None) = (columns.get(&Column::CustomerId), config.mapping.get(&Column::CustomerId))
    else {
        return Ok(());
    };
    let order = columns.get(&Column::TransactionId).map(|m| m.index);
    // By order: its first row.
    let mut first_rows: BTreeMap<String, usize> = BTreeMap::new();
    for (row, cells) in sample.rows.iter().enumerate() {
        let key = order.map_or_else(|| row.to_string(), |order| cells[order].trim().to_owned());
        first_rows.entry(key).or_insert(row);
    }
    let orders = first_rows.len();
    let distinct = |index: usize| {
        let values: BTreeSet<&str> = first_rows
            .values()
            .map(|row| sample.rows[*row][index].trim())
            .filter(|value| !value.is_empty() && !crate::nobody::is_placeholder(value))
            .collect();
        values.len()
    };
    let own = distinct(customer.index);
    let never_returns = orders >= ENOUGH_ORDERS && own == orders;
    let is_few = own <= FEW && orders >= own.max(5) * 20;
    if !never_returns && !is_few {
        return Ok(());
    }
    let named = |index: &usize| {
        let name = &sample.names[*index];
        let other =
            AMOUNT.and(COUNT).and(CURRENCY).and(DATE).and(FLAG).and(KIND).and(ORDER).and(PLACE).and(PRODUCT);
        let by_word =
            ["phone", "mobile", "username", "loyalty", "telefon", "handy"].iter().any(|w| name.is_word(w));
        let is_part = super::PARTS_OF_NAMES.split_whitespace().any(|word| name.is_word(word));
        let is_person = name.has(EMAIL.and(CUSTOMER).and(PERSON)) || by_word;
        is_person && !is_part && (by_word || !name.has(other)) && !name.has(SHOP.and(STATUS))
    };
    let comes_back = |index: &usize| {
        let values = distinct(*index);
        sample.filled(*index) > 0.9
            && values * 4 <= orders * 3
            && values >= 10
            && (never_returns || values > own * 2)
    };
    let others: Vec<usize> = free(sample, columns).filter(named).filter(comes_back).take(3).collect();
    if others.is_empty() {
        return Ok(());
    }
    let told = |index: usize| format!("`{}` ({} different)", sample.header[index], distinct(index));
    let list: Vec<String> = others.iter().map(|index| told(*index)).collect();
    let readings = others.iter().copied().chain([customer.index]).map(|index| {
        let name = &sample.header[index];
        reading(format!("`{name}` is the customer"), format!("mapping.customer_id={}", quoted(name)))
    });
    Err(ask(
        format!(
            "who is the customer of `{shown}`: {} in the first {orders} orders, or {}?",
            told(customer.index),
            list.join(", ")
        ),
        readings.collect(),
    ))
}

/// One that has far more orders than any other is often a till's.
///
/// Errors: [`Kind::Unsure`](crate::Kind::Unsure) with both readings.
pub(super) fn ask_about_the_largest(
    sample: &Sample,
    customer: usize,
    order: Option<usize>,
    config: &Config,
    shown: &str,
) -> Result<()> {
    let policy = &config.policy;
    if policy.not_customers.is_some() || policy.placeholder_customers == Some(Placeholders::Keep) {
        return Ok(());
    }
    let mut orders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let numbers: Vec<String> = (0..sample.rows.len()).map(|row| row.to_string()).collect();
    for (row, number) in sample.rows.iter().zip(&numbers) {
        let order = order.map_or(number.as_str(), |order| row[order].trim());
        if !row[customer].trim().is_empty() && !crate::nobody::is_placeholder(&row[customer]) {
            orders.entry(row[customer].trim()).or_default().insert(order);
        }
    }
    let mut counts: Vec<(usize, &str)> = orders.iter().map(|(id, of)| (of.len(), *id)).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let all: usize = counts.iter().map(|(count, _)| count).sum();
    let [(first, id), (second, _), ..] = counts[..] else { return Ok(()) };
    if counts.len() < 20 || first < 20 || first * 6 < all || first < 5 * second {
        return Ok(());
    }
    let name = &sample.header[customer];
    Err(ask(
        format!(
            "`{id}` in `{name}` of `{shown}` has {first} of the first {all} orders, no other more than {second}: is it one customer?"
        ),
        vec![
            reading(
                format!("`{id}` stands for many (a till, guests), and is left out"),
                format!("policy.not_customers=[{}]", quoted(id)),
            ),
            reading(format!("`{id}` is one customer"), "policy.not_customers=[]"),
        ],
    ))
}
