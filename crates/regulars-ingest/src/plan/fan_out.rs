//! Columns that a join added to order lines, so that a line is repeated for each value: payments, shipments,
//! refunds; categories, taxes, promotions.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::columns::Column;

use super::amounts::AmountPlan;
use super::columns::{Columns, free};
use super::sample::Sample;
use super::vocabulary::{
    AMOUNT, ATTRIBUTE, CATEGORY, COST, CUSTOMER, DATE, DISCOUNT, EMAIL, FEE, ID, LINE, NAME, ORDER, PAYMENT,
    PRICE, PRODUCT, QUANTITY, REFUND, SHIPPING, TAX, TOTAL, TRACKING,
};
use super::words::Name;
use crate::error::{Error, Result};
use crate::question::{ask, reading};

/// Finds the columns that distinguish order lines, and those that distinguish payments, shipments and
/// refunds.
pub(super) fn find_line_and_part_keys(sample: &Sample, columns: &Columns, plan: &mut AmountPlan) {
    let used = |column: Column| columns.get(&column).map(|m| m.index);
    let of_items = [Column::ProductId, Column::Price, Column::Quantity];
    let order = [used(Column::TransactionId), used(Column::CustomerId), used(Column::TotalAmount)];
    for (index, name) in sample.names.iter().enumerate() {
        if order.contains(&Some(index))
            || [Column::TransactionDate, Column::RefundedAmount].iter().any(|c| used(*c) == Some(index))
        {
            continue;
        }
        let mapped_item = of_items.iter().any(|c| used(*c) == Some(index));
        let numbers_refund = name.has(REFUND) && name.has(ID.and(DATE)) && !name.has(AMOUNT);
        if name.has(PAYMENT) || name.has(TRACKING) || (numbers_refund && !mapped_item) {
            plan.other_key.push(index);
        } else if mapped_item || name.has(LINE.and(PRODUCT)) {
            plan.item_key.push(index);
        }
    }
    plan.numbers_refunds = columns.contains_key(&Column::RefundedAmount)
        && plan.other_key.iter().any(|i| sample.names[*i].has(REFUND) && sample.names[*i].has(ID));
}

/// Whether a product may have several values of it, which are not separate lines.
fn is_of_product(name: &Name) -> bool {
    ["tag", "tags", "collection", "collections", "label", "labels", "keyword", "image"]
        .iter()
        .any(|word| name.is_word(word))
        || name.has(CATEGORY)
}

/// Finds the columns with several values per line, each in a separate row: those of products, and the time or
/// the file of an export, which an appended export changes.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) if rows differ in only one column, and it is unclear
/// whether they are separate lines.
pub(super) fn find_multi_value_key(
    sample: &Sample,
    columns: &Columns,
    plan: &mut AmountPlan,
    shown: &str,
) -> Result<()> {
    find_values_of_lines(sample, columns, plan, shown)?;
    if plan.is.is_none() && columns.contains_key(&Column::TransactionId) {
        const WORDS: [&str; 7] =
            ["exported", "extracted", "ingested", "imported", "synced", "snapshot", "dumped"];
        let of_export = |i: &usize| WORDS.iter().any(|word| sample.names[*i].is_word(word));
        let more: Vec<usize> =
            free(sample, columns).filter(|i| of_export(i) && !plan.multi_value_key.contains(i)).collect();
        plan.multi_value_key.extend(more);
    }
    Ok(())
}

/// Finds the columns with several values per line, each in a separate row.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) if rows differ in only one column, and it is unclear
/// whether they are separate lines.
fn find_values_of_lines(
    sample: &Sample,
    columns: &Columns,
    plan: &mut AmountPlan,
    shown: &str,
) -> Result<()> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(product)) = (at(Column::TransactionId), at(Column::ProductId)) else {
        return Ok(());
    };
    if plan.is.is_some() {
        return Ok(());
    }
    let category = at(Column::ProductCategory).filter(|c| *c != product);
    let unused = || free(sample, columns).chain(category);
    let is_text = |i: usize| !sample.is_numeric(i) && !sample.is_date(i);
    let known: Vec<usize> = unused()
        .filter(|i| {
            let name = &sample.names[*i];
            is_of_product(name) && is_text(*i) && !name.has(ID) || name.has(TAX) && !name.has(ORDER)
        })
        .collect();
    // A line with its own number is repeated for each of its parcels.
    let has_line_ids = sample.names.iter().any(|name| {
        name.has(LINE)
            && (name.has(ID) || name.is_only(LINE))
            && !name.has(TRACKING)
            && !["item", "items", "detail"].contains(&name.normal.as_str())
    });
    let is_money = AMOUNT.and(PRICE).and(COST).and(TAX).and(FEE).and(TOTAL);
    let of_parcels =
        |i: &usize| sample.names[*i].has(TRACKING.and(SHIPPING)) && !sample.names[*i].has(is_money);
    let parcels: Vec<usize> = if has_line_ids { unused().filter(of_parcels).collect() } else { Vec::new() };
    let known: Vec<usize> = known.into_iter().chain(parcels).collect();
    // Nearly unique values number individual pieces.
    let known: Vec<usize> = known
        .into_iter()
        .filter(|i| {
            let values: BTreeSet<&str> = sample.present(*i).collect();
            values.len() * 2 <= sample.rows.len() || sample.names[*i].has(TAX.and(TRACKING).and(SHIPPING))
        })
        .filter(|i| !(sample.names[*i].has(TAX) && sample.names[*i].has(ID)))
        .collect();
    let repeats = |apart: &[usize]| repeats(sample, order, apart);
    // Rows with the same line number that differ in only one column are one line.
    if has_line_ids {
        let numbers = |i: &usize| {
            sample.names[*i].has(LINE.and(QUANTITY)) || sample.names[*i].has(ID) && is_serial(sample, *i)
        };
        let beside: Vec<usize> = unused().filter(|i| !numbers(i) && repeats(&[*i]) > 2).collect();
        if !beside.is_empty() {
            plan.multi_value_key =
                beside.into_iter().chain(known).collect::<BTreeSet<_>>().into_iter().collect();
            return Ok(());
        }
    }
    // A product has the same categories in every order.
    let categories = || known.iter().copied().filter(|i| is_of_product(&sample.names[*i]));
    if let Some(index) = categories().find(|i| !is_of_every_order(sample, product, order, *i))
        && repeats(&[index]) > 2
    {
        return Err(ask_beside(sample, index, shown));
    }
    plan.multi_value_key = if repeats(&known) > 0 { known } else { Vec::new() };
    let promotions: Vec<usize> = unused().filter(|i| sample.names[*i].has(DISCOUNT)).collect();
    if repeats(&promotions) > 2 {
        return Err(ask_beside(sample, promotions[0], shown));
    }
    let makes_lines = ID.and(LINE).and(ATTRIBUTE).and(NAME).and(EMAIL).and(QUANTITY).and(DATE).and(AMOUNT);
    let makes_lines = makes_lines.and(PAYMENT).and(TRACKING).and(REFUND).and(PRODUCT).and(CUSTOMER);
    let others = unused().filter(|i| {
        let name = &sample.names[*i];
        is_text(*i) && !name.has(makes_lines) && !name.is_unknown() && !plan.multi_value_key.contains(i)
    });
    match others.into_iter().find(|i| repeats(&[*i]) > 2) {
        Some(index) => Err(ask_beside(sample, index, shown)),
        None => Ok(()),
    }
}

/// Whether nearly every row has a unique value.
fn is_serial(sample: &Sample, index: usize) -> bool {
    let values: BTreeSet<&str> = sample.present(index).collect();
    values.len() * 20 >= sample.rows.len() * 19
}

/// Whether a product has the same values in every order in which it has several.
fn is_of_every_order(sample: &Sample, product: usize, order: usize, index: usize) -> bool {
    let mut of: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for row in &sample.rows {
        of.entry((row[product].trim(), row[order].trim())).or_default().insert(row[index].trim());
    }
    let mut sets: BTreeMap<&str, BTreeSet<&BTreeSet<&str>>> = BTreeMap::new();
    for ((product, _), values) in &of {
        sets.entry(product).or_default().insert(values);
    }
    sets.values().filter(|sets| sets.len() == 1).count() * 5 >= sets.len() * 4
}

/// The number of rows of an order that differ in these columns only.
fn repeats(sample: &Sample, order: usize, apart: &[usize]) -> usize {
    if apart.is_empty() {
        return 0;
    }
    let mut lines: BTreeMap<Vec<&str>, BTreeSet<Vec<&str>>> = BTreeMap::new();
    for row in sample.rows.iter().filter(|row| !row[order].trim().is_empty()) {
        let cells = || row.iter().map(|cell| cell.trim()).enumerate();
        let rest = cells().filter(|(i, _)| !apart.contains(i)).map(|(_, cell)| cell).collect();
        lines.entry(rest).or_default().insert(apart.iter().map(|i| row[*i].trim()).collect());
    }
    // A blank value is not a separate line.
    let several = |values: &&BTreeSet<Vec<&str>>| {
        values.iter().filter(|value| value.iter().any(|cell| !cell.is_empty())).count() > 1
    };
    lines.values().filter(several).count()
}

fn ask_beside(sample: &Sample, index: usize, shown: &str) -> Error {
    let name = &sample.header[index];
    ask(
        format!("rows of one order in `{shown}` differ in `{name}` only: are they the same line repeated?"),
        vec![
            reading(
                format!("a line is repeated for each `{name}`, and counts once"),
                "source.amount_is=item",
            ),
            reading("every row is a separate line", "source.amount_is=row"),
        ],
    )
}
