//! Which rows form an order: by order number, by a column that behaves like one, or by customer and time.

use std::collections::{HashMap, HashSet};

use regulars_core::columns::Column;
use regulars_core::config::{Config, GroupRows, Meaning, Source};
use regulars_core::money::format_count;

use super::columns::{Columns, free, has_products, mapped};
use super::sales::SaleRule;
use super::sample::Sample;
use super::vocabulary::{
    AMOUNT, ATTRIBUTE, CATEGORY, CURRENCY, DATE, DISCOUNT, EMAIL, ID, KIND, LINE, NAME, ORDER, ORIGINAL,
    PAID, PAYMENT, PLACE, PRICE, PRODUCT, QUANTITY, REFUND, REVENUE, SHIPPING, SHOP, STATUS, TAX, TOTAL,
};
use super::words::Name;
use crate::cells::Cell;
use crate::error::Result;
use crate::files::SAMPLE_ROWS;
use crate::ids::{plain_number, spelled_differently};
use crate::question::{ask, reading};

/// Whether rows with the same value in the column all have the same customer.
pub(super) fn repeats_within_customers(sample: &Sample, index: usize, customer: usize) -> bool {
    let mut of: HashMap<&str, &str> = HashMap::new();
    let (mut repeats, mut apart) = (0_u32, 0_u32);
    for row in &sample.rows {
        let (value, who) = (row[index].trim(), row[customer].trim());
        if value.is_empty() {
            continue;
        }
        match of.get(value) {
            None => {
                of.insert(value, who);
            }
            Some(before) if *before == who || who.is_empty() => repeats += 1,
            Some(_) => apart += 1,
        }
    }
    repeats > 0 && apart * 20 <= repeats
}

/// Whether several order numbers are shared by purchases of different customers.
pub(super) fn are_shared(sample: &Sample, order: usize, customer: usize) -> bool {
    let mut of: HashMap<&str, &str> = HashMap::new();
    let mut shared: HashSet<&str> = HashSet::new();
    for row in &sample.rows {
        let (number, who) = (row[order].trim(), row[customer].trim());
        if !number.is_empty() && !who.is_empty() && *of.entry(number).or_insert(who) != who {
            shared.insert(number);
        }
    }
    shared.len() >= 3
}

/// Whether rows of one customer and day have an order number in several spellings: `SO1001` and `so1001`,
/// `#1001` and `1001`.
pub(super) fn are_written_loosely(sample: &Sample, columns: &Columns) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(customer), Some(date)) =
        (at(Column::TransactionId), at(Column::CustomerId), at(Column::TransactionDate))
    else {
        return false;
    };
    let numbers = sample.rows.iter().filter(|row| !plain_number(&row[order]).is_empty());
    let spellings = numbers.map(|row| {
        let number = row[order].trim();
        ((plain_number(number), row[customer].trim(), row[date].trim()), number)
    });
    spelled_differently(spellings) > 1
}

/// Columns named like a reference to another order: `parent_id`, `original_order`.
pub(crate) fn references_by_name(sample: &Sample) -> Vec<usize> {
    let is_reference = |i: &usize| {
        let name = &sample.names[*i];
        name.has(ORIGINAL) && !name.has(DATE.and(AMOUNT).and(TOTAL).and(PRICE))
    };
    (0..sample.header.len()).filter(is_reference).collect()
}

/// Whether a column such as `refund_of` refers to the orders that its rows refund.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) if rows refer to an order of at least their amount,
/// and nothing shows what they are.
pub(super) fn references_are_refunds(
    sample: &Sample,
    columns: &Columns,
    rules: &[SaleRule],
    config: &Config,
    comma: bool,
    shown: &str,
) -> Result<bool> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(reference), Some(total)) =
        (at(Column::TransactionId), at(Column::OriginalTransactionId), at(Column::TotalAmount))
    else {
        return Ok(config.source.references_are_refunds == Some(true));
    };
    if let Some(given) = config.source.references_are_refunds {
        return Ok(given);
    }
    let mut amounts: HashMap<&str, i64> = HashMap::new();
    for (row, cells) in sample.rows.iter().enumerate() {
        *amounts.entry(cells[order].trim()).or_default() += sample.amount(row, total, comma).unwrap_or(0);
    }
    let is_told = |cells: &[String]| {
        let says = |rule: &SaleRule| rule.meaning(Cell::Text(cells[rule.index].as_bytes()));
        rules.iter().any(|rule| says(rule) != Some(Meaning::Sale))
    };
    let (mut naming, mut known, mut within) = (0, 0, 0);
    for (row, cells) in sample.rows.iter().enumerate() {
        let named = cells[reference].trim();
        if Cell::Text(named.as_bytes()).is_missing() || named == cells[order].trim() || is_told(cells) {
            continue;
        }
        naming += 1;
        if let Some(whole) = amounts.get(named) {
            known += 1;
            within += usize::from(
                sample.amount(row, total, comma).is_some_and(|back| (1..=*whole).contains(&back)),
            );
        }
    }
    if known < 2 || known * 5 < naming * 4 {
        return Ok(false);
    }
    let words = sample.names[reference].normal.split('_').any(|word| Name::new(word).has(REFUND));
    if words || within < known || naming * 2 > sample.rows.len() {
        return Ok(words);
    }
    let name = &sample.header[reference];
    Err(ask(
        format!(
            "{} of the first {} rows of `{shown}` name another order in `{name}`, never with a larger amount than that order: are they refunds?",
            format_count(naming as u64),
            format_count(sample.rows.len() as u64)
        ),
        vec![
            reading("they are refunds", "source.references_are_refunds=true"),
            reading("they are separate sales", "source.references_are_refunds=false"),
        ],
    ))
}

/// The column of the shop, branch or till, if each numbers its own orders so that different customers share
/// numbers.
pub(super) fn shop_of_number(
    sample: &Sample,
    columns: &Columns,
    order: usize,
    customer: usize,
) -> Option<usize> {
    let shared = |shop: Option<usize>| {
        let mut of: HashMap<(&str, &str), &str> = HashMap::new();
        let clashes = sample.rows.iter().filter(|row| {
            let (number, who) =
                ((row[order].trim(), shop.map_or("", |s| row[s].trim())), row[customer].trim());
            !number.0.is_empty() && !who.is_empty() && *of.entry(number).or_insert(who) != who
        });
        clashes.count()
    };
    let all = shared(None);
    free(sample, columns)
        .filter(|i| sample.names[*i].has(SHOP) && sample.filled(*i) > 0.98)
        .find(|shop| all >= 3 && shared(Some(*shop)) * 2 <= all)
}

/// A column that behaves like an order number without being named so: values repeat only within one customer
/// and time, and nearly every customer and time has a single value.
pub(super) fn by_behaviour(sample: &Sample, columns: &Columns) -> Option<usize> {
    let (customer, date) =
        (columns.get(&Column::CustomerId)?.index, columns.get(&Column::TransactionDate)?.index);
    let amounts: Vec<usize> = [Column::TotalAmount, Column::Price, Column::Quantity]
        .iter()
        .filter_map(|column| columns.get(column).map(|m| m.index))
        .collect();
    let types: Vec<usize> = free(sample, columns).filter(|i| sample.names[*i].has(KIND)).collect();
    let told = AMOUNT
        .and(TOTAL)
        .and(REVENUE)
        .and(PRICE)
        .and(QUANTITY)
        .and(PRODUCT)
        .and(CATEGORY)
        .and(STATUS)
        .and(KIND)
        .and(DATE)
        .and(PLACE)
        .and(TAX)
        .and(SHIPPING)
        .and(CURRENCY)
        .and(EMAIL)
        .and(LINE)
        .and(SHOP)
        .and(NAME)
        .and(ATTRIBUTE)
        .and(PAYMENT);
    let behaves = |index: usize| {
        if sample.names[index].has(told) || sample.filled(index) < 0.95 || sample.is_date(index) {
            return false;
        }
        let is_code = |v: &str| v.bytes().any(|b| b.is_ascii_digit()) && !v.contains([' ', '@', '.', ',']);
        if !sample.share(index, is_code).is_some_and(|share| share > 0.95) {
            return false;
        }
        let mut of: HashMap<&str, (&str, &str)> = HashMap::new();
        let mut pairs: HashMap<(&str, &str), &str> = HashMap::new();
        let (mut repeats, mut apart) = (0_u32, 0_u32);
        // A later return has the number of its order.
        let goes_back = |row: &[String]| {
            let is_return = |i: &usize| super::meanings::type_meaning(&row[*i]) == Some(Meaning::Returned);
            amounts.iter().any(|i| row[*i].trim().starts_with(['-', '(', '\'']))
                || types.iter().any(is_return)
        };
        for row in sample.rows.iter().filter(|row| !goes_back(row)) {
            let (value, pair) = (row[index].trim(), (row[customer].trim(), row[date].trim()));
            if value.is_empty() || pair.0.is_empty() {
                continue;
            }
            match of.get(value) {
                None => {
                    of.insert(value, pair);
                }
                Some(before) if *before == pair => repeats += 1,
                Some(_) => apart += 1,
            }
            pairs.entry(pair).or_insert(value);
        }
        // A return with the number of an earlier sale to the customer.
        let returns = || sample.rows.iter().filter(|row| goes_back(row));
        let known = returns()
            .filter(|row| of.get(row[index].trim()).is_some_and(|(who, _)| *who == row[customer].trim()))
            .count() as u32;
        let tells_returns = known > 2 && known as usize * 5 >= returns().count() * 4;
        // Total rows and repeated headers are not orders.
        (repeats > 0 || tells_returns)
            && apart * 30 <= repeats.max(known)
            && pairs.len() as f64 >= 0.8 * of.len() as f64
    };
    // `Cupom` is a coupon or a receipt.
    let coupon = columns.get(&Column::Discount).map(|m| m.index).filter(|i| {
        ["coupon", "cupom", "cupon", "cupones"].iter().any(|word| sample.names[*i].is_word(word))
    });
    free(sample, columns).chain(coupon).find(|i| behaves(*i))
}

/// Whether a column counts the rows, such as the index of a data frame.
fn counts_rows(sample: &Sample, index: usize) -> bool {
    let number = |row: &Vec<String>| row[index].trim().parse::<u64>().ok();
    let name = &sample.names[index];
    let names_rows = ["column_", "unnamed", "index"].iter().any(|word| name.normal.starts_with(word))
        || name.has(LINE) && !name.has(ORDER);
    names_rows
        && sample.rows.len() > 2
        && sample.rows.windows(2).all(|pair| {
            number(&pair[0]).zip(number(&pair[1])).is_some_and(|(above, below)| below == above + 1)
        })
}

/// Whether two sets of numbers have the same format: the same letters and number of digits.
fn are_written_alike(some: &HashSet<&str>, all: &HashSet<&str>) -> bool {
    let shape = |number: &&str| -> String {
        number.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
    };
    let shapes: HashSet<String> = all.iter().map(shape).collect();
    shapes.len() <= 4 && some.iter().all(|number| shapes.contains(&shape(number)))
}

/// Finds by values the column in which returns refer to orders: a few rows have a value, which is the number
/// of an order. A column of unknown name with these numbers is the order number.
pub(super) fn find_named_orders(sample: &Sample, columns: &mut Columns) {
    if columns.contains_key(&Column::OriginalTransactionId) {
        return;
    }
    let other = AMOUNT.and(TOTAL).and(PRICE).and(QUANTITY).and(DISCOUNT).and(TAX).and(DATE).and(CURRENCY);
    let other = other.and(EMAIL).and(CATEGORY).and(SHIPPING).and(ATTRIBUTE).and(PLACE);
    let is_code = |v: &str| v.bytes().any(|b| b.is_ascii_digit()) && !v.contains([' ', '@', ',', ':']);
    let may_name = |i: &usize| {
        let filled = sample.filled(*i);
        let distinct: HashSet<&str> = sample.present(*i).map(str::trim).collect();
        filled > 0.0
            && filled <= 0.5
            && distinct.len() > 1
            && distinct.len() * 10 >= sample.present(*i).count() * 4
            && !sample.names[*i].has(other)
            && sample.share(*i, is_code) == Some(1.0)
    };
    let naming: Vec<usize> = free(sample, columns).filter(may_name).collect();
    let orders: Vec<usize> = match columns.get(&Column::TransactionId) {
        Some(order) => vec![order.index],
        None => free(sample, columns)
            .filter(|i| sample.filled(*i) >= 0.98 && !sample.names[*i].has(other.and(PRODUCT)))
            .filter(|i| !sample.is_date(*i))
            .filter(|i| sample.share(*i, is_code).is_some_and(|share| share > 0.95))
            .filter(|i| !counts_rows(sample, *i))
            .collect(),
    };
    for order in orders {
        let numbers: HashSet<&str> = sample.present(order).map(str::trim).collect();
        let names_orders = |i: &&usize| {
            let named: HashSet<&str> = sample.present(**i).map(str::trim).collect();
            let known = named.iter().filter(|number| numbers.contains(*number)).count();
            // In a long file, the orders referred to may be outside the sample. `Ref` may also be a product.
            let may_be_outside = sample.rows.len() >= SAMPLE_ROWS && !sample.names[**i].has(PRODUCT);
            let alike = || may_be_outside && are_written_alike(&named, &numbers);
            known > 1 && (known * 5 >= named.len() * 4 || alike())
        };
        if let Some(named) = naming.iter().find(names_orders) {
            let reason = "its values are numbers of other orders";
            columns.insert(Column::OriginalTransactionId, mapped(sample, *named, 0.8, reason));
            let reason = format!("`{}` names its values", sample.header[*named]);
            columns.entry(Column::TransactionId).or_insert_with(|| mapped(sample, order, 0.8, reason));
            return;
        }
    }
}

/// Whether customers with several rows mostly have a single value, such as a phone number.
fn is_of_customers(sample: &Sample, index: usize, customer: usize) -> bool {
    let of = sample.values_by(customer, index);
    let several: Vec<_> = of.values().filter(|(rows, _)| *rows > 2).collect();
    several.iter().filter(|(_, values)| values.len() > 1).count() * 5 < several.len() * 4
}

/// Whether a number is unique per row although many rows share customer and time and have products: it
/// numbers lines.
fn numbers_lines(sample: &Sample, columns: &Columns, index: usize) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(customer), Some(date)) = (at(Column::CustomerId), at(Column::TransactionDate)) else {
        return false;
    };
    let name = &sample.names[index];
    let is_told = ["order", "invoice", "bestellung", "commande", "pedido", "ordine", "rechnung"];
    let unique = sample.present(index).collect::<HashSet<_>>().len() == sample.rows.len();
    if !unique
        || is_told.iter().any(|word| name.is_word(word))
        || !super::date_notation::has_time(sample, date)
        || !has_products(sample, columns)
    {
        return false;
    }
    let moments: HashSet<(&str, &str)> =
        sample.rows.iter().map(|row| (row[customer].trim(), row[date].trim())).collect();
    sample.rows.len() > 20 && moments.len() * 10 < sample.rows.len() * 8
}

/// The `name` of a record, if it is a number: `SO-50001`.
fn numbers_records(sample: &Sample, columns: &Columns) -> Option<usize> {
    let is_code = |v: &str| v.bytes().any(|b| b.is_ascii_digit()) && !v.contains([' ', '@']);
    let is_number = |i: &usize| {
        let distinct: HashSet<&str> = sample.present(*i).collect();
        sample.names[*i].normal == "name"
            && sample.rows.len() > 1
            && distinct.len() == sample.rows.len()
            && sample.share(*i, is_code) == Some(1.0)
    };
    free(sample, columns).find(is_number)
}

/// A numeric column that behaves like an order number: nearly all values differ, and rows are purchases,
/// since hardly any share customer and time.
fn numbers_purchases(sample: &Sample, columns: &Columns) -> Option<usize> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (customer, date) = (at(Column::CustomerId)?, at(Column::TransactionDate)?);
    if has_products(sample, columns) || sample.rows.len() < 20 {
        return None;
    }
    // With a time of day, hardly any rows share customer and time.
    let time = super::date_notation::time_column(sample, columns);
    if time.is_some() || super::date_notation::has_time(sample, date) {
        let moments: HashSet<(&str, &str, &str)> = sample
            .rows
            .iter()
            .map(|row| (row[customer].trim(), row[date].trim(), time.map_or("", |t| row[t].trim())))
            .collect();
        if moments.len() * 20 < sample.rows.len() * 19 {
            return None;
        }
    }
    let is_number = |v: &str| {
        let is_code = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() || matches!(b, b'#' | b'-' | b'/');
        (1..=24).contains(&v.len()) && v.bytes().all(is_code) && v.bytes().any(|b| b.is_ascii_digit())
    };
    let numbers = |i: &usize| {
        let distinct: HashSet<&str> = sample.present(*i).collect();
        (sample.names[*i].is_unknown() || is_plain_number(&sample.names[*i]))
            && sample.filled(*i) > 0.99
            && sample.share(*i, is_number) == Some(1.0)
            && distinct.len() * 2 >= sample.rows.len()
            && if distinct.len() < sample.rows.len() {
                repeats_within_customers(sample, *i, customer) && !is_of_customers(sample, *i, customer)
            } else {
                // Row numbers start from 0 or 1.
                !sample.present(*i).any(|v| v.trim().parse::<u64>().is_ok_and(|number| number < 100))
            }
    };
    free(sample, columns).find(numbers)
}

/// `Nr`, `Nummer`, `Numéro`: a number of something unspecified.
fn is_plain_number(name: &Name) -> bool {
    name.is_only(ID) && !["id", "ids", "key", "hash", "index", "uuid", "guid"].iter().any(|w| name.is_word(w))
}

/// An integer column that counts orders row by row, and may restart: rows with the same number are
/// consecutive and share customer and time, and every other customer or time gets the next number.
fn counts_orders(sample: &Sample, columns: &Columns) -> Option<usize> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (customer, date) = (at(Column::CustomerId)?, at(Column::TransactionDate)?);
    let counts = |i: &usize| {
        let name = &sample.names[*i];
        if !(name.is_unknown() || is_plain_number(name)) {
            return false;
        }
        let numbers: Option<Vec<u64>> = sample.rows.iter().map(|row| row[*i].trim().parse().ok()).collect();
        let Some(numbers) = numbers else { return false };
        let (mut lines, mut next, mut again, mut other) = (0_usize, 0_usize, 0_usize, 0_usize);
        for (rows, pair) in sample.rows.windows(2).zip(numbers.windows(2)) {
            let same = rows[0][customer].trim() == rows[1][customer].trim()
                && rows[0][date].trim() == rows[1][date].trim();
            match pair[1] {
                number if number == pair[0] && same => lines += 1,
                number if number == pair[0] + 1 => next += 1,
                number if number < pair[0] && number <= 3 => again += 1,
                _ => other += 1,
            }
        }
        lines >= 5 && next >= 10 && again * 10 <= next && other * 50 <= next
    };
    free(sample, columns).find(counts)
}

/// Whether rows of a customer are seconds apart: a till that scans one product after another.
fn follow_by_seconds(sample: &Sample, columns: &Columns) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(customer), Some(date)) = (at(Column::CustomerId), at(Column::TransactionDate)) else {
        return false;
    };
    let seconds = |row: &Vec<String>| {
        let clock = row[date].trim().split([' ', 'T']).nth(1)?;
        let clock = regulars_core::dates::parse_time_of_day(clock.as_bytes())?;
        Some(clock / 1_000_000)
    };
    let day = |row: &Vec<String>| row[date].trim().split([' ', 'T']).next().unwrap_or_default().to_owned();
    let (mut near, mut equal, mut other) = (0_usize, 0_usize, 0_usize);
    for rows in sample.rows.windows(2) {
        if rows[0][customer].trim() != rows[1][customer].trim() || day(&rows[0]) != day(&rows[1]) {
            continue;
        }
        match seconds(&rows[0]).zip(seconds(&rows[1])).map(|(one, two)| (two - one).abs()) {
            Some(0) => equal += 1,
            Some(1..=120) => near += 1,
            _ => other += 1,
        }
    }
    near >= 10 && near * 10 >= sample.rows.len() && equal * 4 <= near && other * 10 <= near
}

/// Whether so many rows share customer and day that they are lines.
fn share_days(sample: &Sample, columns: &Columns) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(customer), Some(date)) = (at(Column::CustomerId), at(Column::TransactionDate)) else {
        return false;
    };
    let mut days: HashMap<(&str, &str), usize> = HashMap::new();
    for row in sample.rows.iter().filter(|row| !row[customer].trim().is_empty()) {
        *days.entry((row[customer].trim(), row[date].trim())).or_default() += 1;
    }
    let rows: usize = days.values().sum();
    let shared: usize = days.values().filter(|rows| **rows > 1).sum();
    days.len() > 20 && shared * 5 > rows
}

/// How rows without an order number are grouped, and why.
pub(super) fn grouping(
    sample: &Sample,
    columns: &Columns,
    source: &Source,
    has_time: bool,
) -> (GroupRows, &'static str) {
    if let Some(group) = source.group_rows {
        return (group, "the configuration");
    }
    if !columns.contains_key(&Column::TransactionDate) {
        return (GroupRows::None, "there is no date");
    }
    if has_time && follow_by_seconds(sample, columns) {
        (GroupRows::CustomerAndDay, "rows of one customer are seconds apart")
    } else if has_time {
        (GroupRows::CustomerAndTime, "dates have a time of day")
    } else if has_products(sample, columns) {
        (GroupRows::CustomerAndDay, "rows list products")
    } else if share_days(sample, columns) {
        (GroupRows::CustomerAndDay, "customers have several rows a day")
    } else {
        (GroupRows::None, "rows list no products")
    }
}

/// The basket number, if the column called order number is unique per line.
fn basket_of_lines(sample: &Sample, columns: &Columns, order: usize) -> Option<usize> {
    let numbers: HashSet<&str> = sample.present(order).collect();
    if numbers.len() < sample.rows.len() || sample.rows.len() < 10 || !has_products(sample, columns) {
        return None;
    }
    let basket = by_behaviour(sample, columns)?;
    let baskets: HashSet<&str> = sample.present(basket).collect();
    (baskets.len() * 5 <= numbers.len() * 4).then_some(basket)
}

/// Uses a column that behaves like an order number, if none was found by name or the one found numbers rows.
pub(super) fn adopt_order_number(sample: &Sample, columns: &mut Columns) {
    if let Some(found) = columns.get(&Column::TransactionId)
        && numbers_lines(sample, columns, found.index)
    {
        columns.remove(&Column::TransactionId);
    }
    if let Some(found) = columns.get(&Column::TransactionId) {
        if let Some(basket) = basket_of_lines(sample, columns, found.index) {
            let reason = format!(
                "rows with the same value share customer and time, and `{}` is different on each row",
                found.source
            );
            columns.insert(Column::TransactionId, mapped(sample, basket, 0.7, reason));
            return;
        }
        // A number that is often missing loses to one that is always present.
        let fuller = free(sample, columns).find(|i| {
            let distinct: HashSet<&str> = sample.present(*i).collect();
            let is_code =
                |v: &str| v.bytes().any(|b| b.is_ascii_digit()) && !v.contains([' ', '@', '.', ',', ':']);
            (sample.names[*i].has(ORDER.and(PAYMENT).and(PAID)) || sample.names[*i].is_word("balance"))
                && sample.share(*i, is_code) == Some(1.0)
                && !sample.is_date(*i)
                && sample.filled(*i) > 0.98
                && distinct.len() == sample.rows.len()
        });
        if let Some(fuller) = fuller.filter(|_| sample.filled(found.index) < 0.8 && sample.rows.len() > 1) {
            columns.insert(Column::TransactionId, mapped(sample, fuller, 0.7, "every row has one"));
        }
        return;
    }
    if let Some(index) = by_behaviour(sample, columns).or_else(|| counts_orders(sample, columns)) {
        let reason = "its values repeat only within one customer and time";
        columns.retain(|_, mapped| mapped.index != index);
        columns.insert(Column::TransactionId, mapped(sample, index, 0.7, reason));
        super::columns::detect_parts(sample, columns, &[Column::Discount]);
    } else if let Some(index) =
        numbers_records(sample, columns).or_else(|| numbers_purchases(sample, columns))
    {
        let reason = "it numbers the purchases: nearly every customer and time has one";
        columns.insert(Column::TransactionId, mapped(sample, index, 0.7, reason));
    }
}
