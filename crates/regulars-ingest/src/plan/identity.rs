//! Doubtful customer ids: a new one for every order, or the same for nearly all.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::columns::Column;
use regulars_core::config::{Config, Placeholders};
use regulars_core::money::format_count;

use super::columns::{Columns, column_reading, free};
use super::sample::Sample;
use super::vocabulary::{
    AMOUNT, COUNT, CURRENCY, CUSTOMER, DATE, EMAIL, FLAG, KIND, ORDER, PERSON, PLACE, PRODUCT, SHOP, STATUS,
};
use crate::error::Result;
use crate::ids::{plain_customer, spelled_differently};
use crate::question::{ask, quoted, reading};

/// Number of orders from which on it is suspicious that no customer returns.
const MIN_ORDERS: usize = 60;
/// So few customers may be the shop's staff or ledger accounts.
const MAX_FEW_VALUES: usize = 12;

/// The customer column, unless the configuration names it.
fn detected(columns: &Columns, config: &Config) -> Option<usize> {
    let customer = columns.get(&Column::CustomerId)?;
    (!config.mapping.contains_key(&Column::CustomerId)).then_some(customer.index)
}

/// Asks who the customer is if the customer column has a new value for each order, or a handful for all, and
/// another column has recurring values.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) with a reading for each column.
pub(super) fn ask_who_is_the_customer(
    sample: &Sample,
    columns: &Columns,
    config: &Config,
    shown: &str,
) -> Result<()> {
    let Some(customer) = detected(columns, config) else { return Ok(()) };
    let order = columns.get(&Column::TransactionId).map(|m| m.index);
    // The first row of each order.
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
            .filter(|value| !value.is_empty() && !crate::placeholders::is_placeholder(value))
            .collect();
        values.len()
    };
    let own = distinct(customer);
    let never_returns = orders >= MIN_ORDERS && own == orders;
    let is_few = own <= MAX_FEW_VALUES && orders >= own.max(5) * 20;
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
    // A single address for all orders is the shop's own.
    if own <= 2 && orders >= MIN_ORDERS && super::names::is_email(&sample.names[customer]) {
        let name = &sample.header[customer];
        return Err(ask(
            format!(
                "`{name}` of `{shown}` has {own} different addresses in {} orders: are these customers?",
                format_count(orders as u64)
            ),
            vec![reading(
                format!("`{name}` is the customer, although it has few distinct values"),
                format!("mapping.customer_id={}", quoted(name)),
            )],
        ));
    }
    let others: Vec<usize> = free(sample, columns).filter(named).filter(comes_back).take(3).collect();
    if others.is_empty() {
        return Ok(());
    }
    let told = |index: usize| {
        format!("`{}` ({} different)", sample.header[index], format_count(distinct(index) as u64))
    };
    let list: Vec<String> = others.iter().map(|index| told(*index)).collect();
    let readings =
        others.iter().chain([&customer]).map(|i| column_reading(Column::CustomerId, &sample.header[*i]));
    Err(ask(
        format!(
            "who is the customer of `{shown}`: {} in the first {} orders, or {}?",
            told(customer),
            format_count(orders as u64),
            list.join(", ")
        ),
        readings.collect(),
    ))
}

/// Whether customers occur in several spellings: `Anna Hahn` and `ANNA HAHN`, `c-3001` and `C-3001`.
pub(super) fn are_written_loosely(sample: &Sample, customer: usize) -> bool {
    let ids = sample.present(customer).map(str::trim).filter(|id| !id.contains('@'));
    spelled_differently(ids.map(|id| (plain_customer(id), id))) > 2
}

/// Asks who the customer is if ids and email addresses contradict each other.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) with a reading for each column.
pub(super) fn ask_about_addresses(
    sample: &Sample,
    columns: &Columns,
    config: &Config,
    shown: &str,
) -> Result<()> {
    let Some(customer) = detected(columns, config) else { return Ok(()) };
    let order = columns.get(&Column::TransactionId).map(|m| m.index);
    let Some(doubt) = ids_and_addresses(sample, columns, customer, order) else { return Ok(()) };
    let readings = [doubt.address, customer].map(|i| column_reading(Column::CustomerId, &sample.header[i]));
    Err(ask(
        format!(
            "who is the customer of `{shown}`: {} of {} {}",
            format_count(doubt.differ as u64),
            format_count(doubt.of as u64),
            doubt.what
        ),
        readings.to_vec(),
    ))
}

/// Ids and addresses that contradict each other.
struct Contradiction {
    address: usize,
    differ: usize,
    of: usize,
    what: String,
}

/// Finds ids that mostly have several addresses (several shops that each count their customers), and
/// addresses that often have several ids (a new id for every order).
fn ids_and_addresses(
    sample: &Sample,
    columns: &Columns,
    id: usize,
    order: Option<usize>,
) -> Option<Contradiction> {
    let is_address = |index: &usize| super::names::is_email(&sample.names[*index]);
    let address = free(sample, columns).find(is_address)?;
    // By key: its orders, and the values in the other column.
    let count = |key: usize, beside: usize| {
        let mut found: BTreeMap<&str, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for (row, cells) in sample.rows.iter().enumerate() {
            let (key, value) = (cells[key].trim(), cells[beside].trim().to_lowercase());
            let is_placeholder = |text: &str| text.is_empty() || crate::placeholders::is_placeholder(text);
            if !is_placeholder(key) && !is_placeholder(&value) {
                let of = found.entry(key).or_default();
                of.0.insert(
                    order.map_or_else(|| row.to_string(), |order| format!("{value} {}", cells[order].trim())),
                );
                of.1.insert(value);
            }
        }
        found.retain(|_, (orders, _)| orders.len() > 1);
        (found.values().filter(|(_, values)| values.len() > 1).count(), found.len())
    };
    let (name, address_name) = (&sample.header[id], &sample.header[address]);
    let (differ, of) = count(id, address);
    if differ >= 5 && differ * 2 > of {
        let what = format!("repeat ids in `{name}` have several addresses in `{address_name}`");
        return Some(Contradiction { address, differ, of, what });
    }
    let (differ, of) = count(address, id);
    if differ >= 5 && differ * 10 > of {
        let what = format!("repeat addresses in `{address_name}` have several ids in `{name}`");
        return Some(Contradiction { address, differ, of, what });
    }
    None
}

/// Asks about a customer with far more orders than any other, which is often a till.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) with both readings.
pub(super) fn ask_about_the_largest(
    sample: &Sample,
    customer: usize,
    [order, customer_name]: [Option<usize>; 2],
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
        if !row[customer].trim().is_empty() && !crate::placeholders::is_placeholder(&row[customer]) {
            orders.entry(row[customer].trim()).or_default().insert(order);
        }
    }
    let mut counts: Vec<(usize, &str)> = orders.iter().map(|(id, of)| (of.len(), *id)).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let all: usize = counts.iter().map(|(count, _)| count).sum();
    let [(first, id), (second, _), ..] = counts[..] else { return Ok(()) };
    // `99999` is usually a till.
    let nines = customer_name.is_none() && id.len() > 3 && id.bytes().all(|b| b == b'9');
    let (share, times) = if nines { (10, 2) } else { (6, 5) };
    if counts.len() < 20 || first < 20 || first * share < all || first < times * second {
        return Ok(());
    }
    let name = &sample.header[customer];
    Err(ask(
        format!(
            "`{id}` in `{name}` of `{shown}` has {} of the first {} orders, no other more than {}: is it one customer?",
            format_count(first as u64),
            format_count(all as u64),
            format_count(second as u64)
        ),
        vec![
            reading(
                format!("`{id}` stands for many customers (a till, guests) and is excluded"),
                format!("policy.not_customers=[{}]", quoted(id)),
            ),
            reading(format!("`{id}` is one customer"), "policy.not_customers=[]"),
        ],
    ))
}
