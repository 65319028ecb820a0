//! Maps the columns of a file: by configuration, by preset, or by name and values; asks if two candidates fit
//! equally well and give different numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use regulars_core::columns::Column;
use regulars_core::config::Config;
use regulars_core::money::format_count;
use regulars_core::question::Reading;

use super::by_values;
use super::converted::converted;
use super::date_notation;
use super::names::{self, SEARCH_ORDER};
use super::notation;
use super::role_fit::{Fit, fit, has_decimals, numbers_rows, numbers_things, tells_kinds_of_customers};
use super::sample::{Sample, is_number};
use super::vocabulary::{AMOUNT, COUNT, DISCOUNT, FEE, ID, KIND, NET, ORDER, PRODUCT, SUBTOTAL, TAX, TOTAL};
use super::words::Name;
use crate::error::{Error, Kind, Result};
use crate::presets::Preset;
use crate::question::{ask, quoted, reading};

/// A mapped column of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mapped {
    /// Its position in the file.
    pub index: usize,
    /// Its name in the file.
    pub source: String,
    /// Confidence of the mapping, 0 to 1.
    pub confidence: f64,
    /// Why it was mapped.
    pub reason: String,
}

pub(crate) type Columns = BTreeMap<Column, Mapped>;

/// Minimum confidence to map a column.
const MIN_CONFIDENCE: f64 = 0.6;
/// Smaller differences in confidence do not decide between two columns.
const TOO_CLOSE: f64 = 0.03;
/// Share of rows on which two columns must agree to be considered equal.
const SAME: f64 = 0.99;

pub(super) fn mapped(sample: &Sample, index: usize, confidence: f64, reason: impl Into<String>) -> Mapped {
    Mapped { index, source: sample.header[index].clone(), confidence, reason: reason.into() }
}

/// Maps the columns that the configuration names.
///
/// Errors: [`Kind::Config`] if it names a missing column.
pub(super) fn configured(sample: &Sample, config: &Config, shown: &str) -> Result<Columns> {
    let mut columns = Columns::new();
    for (column, name) in &config.mapping {
        let wanted = Name::new(name).normal;
        let exact = sample.header.iter().position(|h| h == name);
        let index = exact.or_else(|| sample.names.iter().position(|n| n.normal == wanted));
        let Some(index) = index else {
            return Err(Error::new(
                Kind::Config,
                format!("`{shown}` has no column `{name}`, which `mapping.{}` names", column.name()),
            )
            .hint(format!("its columns are {}", sample.header.join(", "))));
        };
        columns.insert(*column, mapped(sample, index, 1.0, "the configuration"));
    }
    Ok(columns)
}

/// Maps the columns of a preset.
pub(super) fn from_preset(sample: &Sample, preset: &Preset, recognised: bool, columns: &mut Columns) {
    for (column, names) in preset.columns {
        let places = || names.iter().filter_map(|name| sample.names.iter().position(|n| n.normal == **name));
        // Exports have columns that a shop never fills, and columns of customer types.
        let places =
            || places().filter(|i| *column != Column::CustomerId || !tells_kinds_of_customers(sample, *i));
        let found = places().find(|i| sample.has_values(*i)).or_else(|| places().next());
        if let (Some(index), false) = (found, columns.contains_key(column)) {
            let confidence = if recognised { 0.99 } else { 1.0 };
            columns.insert(*column, mapped(sample, index, confidence, format!("the preset {}", preset.name)));
        }
    }
}

/// A column whose name fits but whose values are unreadable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unreadable {
    pub(super) column: Column,
    pub(super) index: usize,
}

/// Maps the remaining columns by name and values.
///
/// Errors: [`Kind::Ambiguous`] if two columns fit a required one equally well and differ.
pub(super) fn detect(sample: &Sample, columns: &mut Columns, shown: &str) -> Result<Vec<Unreadable>> {
    let mut unreadable = Vec::new();
    for column in SEARCH_ORDER {
        if columns.contains_key(&column) {
            continue;
        }
        let candidates = candidates(sample, columns, column, &mut unreadable);
        if let Some((confidence, index)) = best(sample, columns, column, &candidates, shown)? {
            columns.insert(column, mapped(sample, index, confidence, "its name and values"));
        }
    }
    super::orders::find_named_orders(sample, columns);
    detect_parts(
        sample,
        columns,
        &[Column::RefundedAmount, Column::Discount, Column::Currency, Column::OriginalTransactionId],
    );
    Ok(unreadable)
}

/// Maps columns that only affect what amounts are.
pub(super) fn detect_parts(sample: &Sample, columns: &mut Columns, wanted: &[Column]) {
    for column in wanted.iter().copied() {
        if columns.contains_key(&column) {
            continue;
        }
        let scored = free(sample, columns).map(|i| (names::confidence(column, &sample.names[i]), i));
        let fits = |i: usize| match column {
            // `Refunded` with 0 and 1 is a flag, not an amount.
            Column::RefundedAmount
                if !sample.names[i].has(AMOUNT.and(TOTAL))
                    && sample.has_values(i)
                    && sample.present(i).all(|v| matches!(v.trim(), "0" | "1")) =>
            {
                false
            }
            Column::RefundedAmount if holds_pieces_back(sample, columns, i) => false,
            // Numbers of coupons and receipts are not amounts.
            Column::Discount if numbers_things(sample, i) => false,
            Column::Discount if sample.names[i].is_word("voucher") && !has_decimals(sample, i) => false,
            Column::RefundedAmount | Column::Discount => {
                let is_number = |v: &str| {
                    is_number(v.trim_end_matches('%').as_bytes())
                        || crate::placeholders::totals_label(crate::cells::Cell::Text(v.as_bytes())).is_some()
                };
                // Total rows may have their label in this column.
                let least = if column == Column::RefundedAmount { 0.6 } else { 0.9 };
                sample.share(i, is_number).is_none_or(|s| s > least)
            }
            _ => true,
        };
        let found = scored
            .filter(|(c, i)| *c >= MIN_CONFIDENCE && fits(*i))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        if let Some((confidence, index)) = found {
            columns.insert(column, mapped(sample, index, confidence, "its name and values"));
        }
    }
}

/// Whether `returned` beside price and quantity is a quantity: integers, none above the line's quantity.
fn holds_pieces_back(sample: &Sample, columns: &Columns, index: usize) -> bool {
    let (Some(quantity), true) = (columns.get(&Column::Quantity), columns.contains_key(&Column::Price))
    else {
        return false;
    };
    let pieces = |row: &[String], index: usize| row[index].trim().parse::<u32>().ok();
    let within = |row: &Vec<String>| {
        row[index].trim().is_empty()
            || pieces(row, index).zip(pieces(row, quantity.index)).is_some_and(|(back, sold)| back <= sold)
    };
    // With net quantities, more may have been returned than remains; amounts are rarely all so round.
    let is_round =
        |row: &Vec<String>| row[index].trim().is_empty() || pieces(row, index).is_some_and(|n| n < 100);
    let net = sample.names[quantity.index].has(NET) && sample.rows.iter().all(is_round);
    !sample.names[index].has(AMOUNT.and(TOTAL))
        && sample.has_values(index)
        && (net || sample.rows.iter().all(within))
}

/// Columns of the file that are not mapped yet.
pub(super) fn free<'a>(sample: &'a Sample, columns: &'a Columns) -> impl Iterator<Item = usize> + 'a {
    (0..sample.header.len()).filter(|i| !columns.values().any(|m| m.index == *i))
}

/// Candidates for `column`, by descending confidence.
fn candidates(
    sample: &Sample,
    columns: &Columns,
    column: Column,
    unreadable: &mut Vec<Unreadable>,
) -> Vec<(f64, usize)> {
    let (mut candidates, mut unfilled) = (Vec::new(), Vec::new());
    for index in free(sample, columns) {
        let by_name = names::confidence(column, &sample.names[index]);
        if by_name < MIN_CONFIDENCE {
            continue;
        }
        match fit(sample, columns, index, column) {
            Fit::Fits => candidates.push((by_name, index)),
            Fit::Empty => unfilled.push((by_name, index)),
            Fit::CannotBeRead => unreadable.push(Unreadable { column, index }),
            Fit::SomethingElse => {}
        }
    }
    // The shop's own name or address is in every row and distinguishes nobody.
    if column == Column::CustomerId && candidates.len() > 1 && sample.rows.len() > 2 {
        let tells = |i: usize| {
            let mut values = sample.present(i);
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        if candidates.iter().any(|(_, i)| tells(*i)) {
            candidates.retain(|(_, i)| tells(*i));
        }
    }
    // By name alone if all candidates are empty; missing values are then reported per row.
    if candidates.is_empty() {
        candidates = unfilled;
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    candidates
}

/// The best candidate.
fn best(
    sample: &Sample,
    columns: &Columns,
    column: Column,
    candidates: &[(f64, usize)],
    shown: &str,
) -> Result<Option<(f64, usize)>> {
    let Some(&(confidence, first)) = candidates.first() else {
        return Ok(None);
    };
    // A few words over many orders are customer types, if another column has more distinct values.
    if column == Column::CustomerId && sample.rows.len() >= 60 {
        let distinct = |i: usize| sample.present(i).map(str::trim).collect::<BTreeSet<_>>().len();
        let are_words = sample.share(first, |v| v.bytes().any(|b| b.is_ascii_digit())) == Some(0.0);
        let few = distinct(first) <= 3 && are_words;
        let addresses = (0..sample.header.len()).filter(|i| names::is_email(&sample.names[*i]));
        let other = candidates.iter().map(|(_, i)| *i).chain(addresses).find(|i| distinct(*i) >= 10);
        match other.filter(|_| few) {
            Some(index) => return Ok(Some((0.7, index))),
            None if few && distinct(first) > 1 && sample.rows.len() >= 90 && !sample.names[first].has(ID) => {
                let name = &sample.header[first];
                return Err(ask(
                    format!(
                        "`{name}` of `{shown}` has {} values in {} rows: are these customers?",
                        format_count(distinct(first) as u64),
                        format_count(sample.rows.len() as u64)
                    ),
                    vec![column_reading(column, name)],
                ));
            }
            None => {}
        }
    }
    // A number identifies customers better than a name.
    if column == Column::CustomerId && !sample.names[first].has(ID) {
        let has_digit = |v: &str| v.bytes().any(|b| b.is_ascii_digit());
        let are_numbers = |i: usize| sample.share(i, has_digit).is_some_and(|share| share > 0.8);
        let are_names = sample.share(first, |v| !has_digit(v) && !v.contains('@')).is_some_and(|s| s > 0.8);
        let number = candidates
            .iter()
            .find(|(_, i)| sample.names[*i].has(ID) && sample.filled(*i) > 0.5 && are_numbers(*i));
        if let (true, Some(number)) = (are_names, number) {
            return Ok(Some(*number));
        }
    }
    let needed = matches!(
        column,
        Column::CustomerId | Column::TransactionDate | Column::TotalAmount | Column::TransactionId
    );
    if column == Column::ProductId && numbers_rows(sample, first) {
        // A column with a new value in every row numbers lines; products recur.
        let product = candidates.iter().find(|(_, i)| !numbers_rows(sample, *i) && sample.filled(*i) > 0.5);
        return Ok(Some(product.copied().unwrap_or((confidence, first))));
    }
    if !needed {
        return Ok(Some((confidence, first)));
    }
    // A ticket has its own number, and another column numbers the booking.
    if column == Column::TransactionId
        && ["ticket", "voucher", "card"].iter().any(|word| sample.names[first].is_word(word))
        && numbers_rows(sample, first)
        && let all =
            candidates.iter().map(|(_, i)| *i).filter(|i| !numbers_rows(sample, *i)).collect::<Vec<_>>()
        && let Some(index) = groups_rows(sample, columns, &all)
    {
        return Ok(Some((confidence, index)));
    }
    // A candidate filled in some rows loses to one filled in all.
    let may_lack = matches!(column, Column::TotalAmount | Column::CustomerId);
    if !may_lack && sample.filled(first) < 0.98 {
        let fuller = candidates.iter().find(|(_, i)| sample.filled(*i) >= 0.98);
        if let Some(&(confidence, index)) = fuller {
            return Ok(Some((confidence, index)));
        }
    }
    // Small integers are a quantity if another amount has decimals.
    if column == Column::TotalAmount && super::amounts::may_be_pieces(sample, first) {
        let has_decimals = |i: usize| sample.share(i, |v| v.contains(['.', ','])).unwrap_or(0.0) > 0.5;
        if let Some(found) = candidates.iter().find(|(_, i)| has_decimals(*i)) {
            return Ok(Some(*found));
        }
    }
    if column == Column::TotalAmount
        && let all = candidates.iter().map(|(_, i)| *i).collect::<Vec<_>>()
        && let Some(index) = paid_in_the_end(sample, columns, &all)
    {
        return Ok(Some((confidence, index)));
    }
    let close: Vec<usize> = candidates
        .iter()
        .filter(|(c, _)| confidence - c <= TOO_CLOSE + 1e-9)
        .map(|(_, i)| *i)
        .filter(|i| sample.filled(*i) >= 0.98 || sample.filled(first) < 0.98)
        .collect();
    let rivals: Vec<usize> =
        close.iter().copied().filter(|i| *i != first && !same(sample, first, *i, column)).collect();
    if rivals.is_empty() {
        return Ok(Some((confidence, first)));
    }
    if column == Column::TotalAmount
        && let Some(found) = [false, true].into_iter().find_map(|comma| converted(sample, &close, comma))
    {
        return Ok(Some((confidence, found.index)));
    }
    if column == Column::TotalAmount
        && let Some(index) = total_of_orders(sample, columns, &close)
    {
        return Ok(Some((confidence, index)));
    }
    if column == Column::TransactionId
        && let Some(index) = groups_rows(sample, columns, &close)
    {
        return Ok(Some((confidence, index)));
    }
    let names: Vec<String> = std::iter::once(first).chain(rivals).map(|i| sample.header[i].clone()).collect();
    let list = match names.as_slice() {
        [one, other] => format!("`{one}` and `{other}`"),
        many => many.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "),
    };
    let count = if names.len() == 2 { "two columns".to_owned() } else { format!("{} columns", names.len()) };
    let readings = names.iter().map(|name| column_reading(column, name)).collect();
    Err(ask(format!("{count} of `{shown}` could be the {}: {list}", names::role(column)), readings))
}

/// The reading that maps a column of the file to `column`.
pub(super) fn column_reading(column: Column, name: &str) -> Reading {
    reading(
        format!("`{name}` is the {}", names::role(column)),
        format!("mapping.{}={}", column.name(), quoted(name)),
    )
}

/// Whether it makes no difference which of two columns is used.
fn same(sample: &Sample, one: usize, other: usize, column: Column) -> bool {
    let rows = &sample.rows;
    if rows.is_empty() {
        return false;
    }
    match column {
        Column::TransactionDate => {
            let day = |row: &Vec<String>, i: usize| row[i].trim().get(..10).map(str::to_owned);
            let agree = rows.iter().filter(|row| day(row, one) == day(row, other)).count();
            agree as f64 >= SAME * rows.len() as f64
        }
        Column::CustomerId | Column::TransactionId => {
            // Values correspond one to one.
            let mut there: HashMap<&str, &str> = HashMap::new();
            let mut back: HashMap<&str, &str> = HashMap::new();
            let agrees = rows.iter().all(|row| {
                let (a, b) = (row[one].trim(), row[other].trim());
                *there.entry(a).or_insert(b) == b && *back.entry(b).or_insert(a) == a
            });
            agrees && (there.len() > 1 && there.len() < rows.len() || rows.iter().all(|r| r[one] == r[other]))
        }
        _ => {
            let amount = |row, i| sample.amount(row, i, false).or_else(|| sample.amount(row, i, true));
            let agree = (0..rows.len()).filter(|row| amount(*row, one) == amount(*row, other)).count();
            agree as f64 >= SAME * rows.len() as f64
        }
    }
}

/// The amount that is the sum of the others: gross is net plus tax.
fn paid_in_the_end(sample: &Sample, columns: &Columns, close: &[usize]) -> Option<usize> {
    let comma = notation::decimal_comma(sample, close, &Config::default().source, "").ok()?.0;
    let parts: Vec<usize> = free(sample, columns)
        .filter(|i| !close.contains(i) && sample.is_numeric(*i))
        .filter(|i| super::amounts::component(&sample.names[*i]).is_some())
        .collect();
    // Platform fees are negative and concern the seller; the customer paid the gross amount.
    let is_loss = |v: &str| v.trim_start().starts_with(['-', '(', '\u{2212}']);
    let (losses, parts): (Vec<usize>, Vec<usize>) = parts.into_iter().partition(|i| {
        sample.names[*i].has(FEE) && sample.share(*i, is_loss).is_some_and(|share| share >= 0.5)
    });
    let explains = |total: usize, net: usize| {
        let by = |parts: &[usize]| super::amounts::explains(sample, total, net, parts, comma).is_some();
        net != total && (by(&parts) || super::amounts::explains(sample, net, total, &losses, comma).is_some())
    };
    let totals: Vec<usize> =
        close.iter().copied().filter(|total| close.iter().any(|net| explains(*total, *net))).collect();
    // Goods plus tax are a total; with shipping, they are another total.
    totals.iter().copied().find(|total| !totals.iter().any(|more| explains(*more, *total)))
}

/// The amount that is equal on all rows of an order, if the others are line amounts: they add up to it, or to
/// less if its name says total.
fn total_of_orders(sample: &Sample, columns: &Columns, close: &[usize]) -> Option<usize> {
    let order = columns.get(&Column::TransactionId)?.index;
    let comma = notation::decimal_comma(sample, close, &Config::default().source, "").ok()?.0;
    let mut orders: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, cells) in sample.rows.iter().enumerate() {
        orders.entry(cells[order].trim()).or_default().push(row);
    }
    orders.retain(|number, rows| !number.is_empty() && rows.len() > 1);
    if orders.len() < 3 {
        return None;
    }
    let most = |count: usize| count * 20 >= orders.len() * 19;
    let amounts = |rows: &[usize], i: usize| -> Vec<i64> {
        rows.iter().filter_map(|row| sample.amount(*row, i, comma)).collect()
    };
    let repeated = |i: usize| {
        let equal = |rows: &&Vec<usize>| amounts(rows, i).windows(2).all(|pair| pair[0] == pair[1]);
        most(orders.values().filter(equal).count())
    };
    let (totals, lines): (Vec<usize>, Vec<usize>) = close.iter().copied().partition(|i| repeated(*i));
    let [total] = totals.as_slice() else { return None };
    let within = |line: usize, fits: fn(i64, i64) -> bool| {
        let fits = |rows: &&Vec<usize>| {
            let sum: i64 = amounts(rows, line).iter().sum();
            amounts(rows, *total).first().is_some_and(|total| fits(sum, *total))
        };
        most(orders.values().filter(fits).count())
    };
    let named = sample.names[*total].has(TOTAL);
    let adds_up = |line: &usize| {
        within(*line, |sum, total| (sum - total).abs() <= 50_000)
            || named && within(*line, |sum, total| sum.abs() <= total.abs() + 50_000)
    };
    (!lines.is_empty() && lines.iter().all(adds_up)).then_some(*total)
}

/// Of two order number columns, the one that groups rows, if the other numbers the rows.
fn groups_rows(sample: &Sample, columns: &Columns, close: &[usize]) -> Option<usize> {
    let customer = columns.get(&Column::CustomerId).map(|m| m.index);
    let groups = |i: usize| {
        let repeats = !numbers_rows(sample, i);
        repeats && customer.is_none_or(|c| super::orders::repeats_within_customers(sample, i, c))
    };
    let grouping: Vec<usize> = close.iter().copied().filter(|i| groups(*i)).collect();
    match grouping.as_slice() {
        [only] => Some(*only),
        // None groups rows: the first will do, if all number them.
        [] if close.iter().all(|i| numbers_rows(sample, *i)) => close.first().copied(),
        _ => None,
    }
}

/// Whether a file lists customers with their spend instead of orders.
fn is_list_of_customers(sample: &Sample, columns: &Columns) -> bool {
    let counts_orders = |name: &Name| {
        matches!(
            name.normal.as_str(),
            "payment_count"
                | "total_orders"
                | "orders_count"
                | "order_count"
                | "number_of_orders"
                | "num_orders"
                | "orders"
        )
    };
    let customer = columns.get(&Column::CustomerId);
    // `id` alone may be the customer's.
    let order = columns.get(&Column::TransactionId).map(|m| m.index);
    let has_orders = order.is_some_and(|order| sample.names[order].normal != "id");
    !has_orders
        && sample.rows.len() > 1
        && sample.names.iter().any(counts_orders)
        && customer.is_some_and(|customer| numbers_rows(sample, customer.index))
}

/// Checks that required columns are mapped; the error names the actual cause.
///
/// Errors: [`Kind::Unreadable`].
pub(super) fn check_needed(
    sample: &Sample,
    columns: &Columns,
    preset: Option<&'static Preset>,
    unreadable: &[Unreadable],
    shown: &str,
) -> Result<()> {
    if is_list_of_customers(sample, columns) {
        return Err(Error::new(
            Kind::Unreadable,
            format!(
                "`{shown}` has one row per customer with a number of orders; Regulars needs the orders themselves"
            ),
        )
        .hint("export the orders: one row per order, or per line of an order, each with its date"));
    }
    let looked_up = |column: Column| {
        preset.is_some_and(|p| p.companions.iter().any(|c| c.columns.iter().any(|(col, ..)| *col == column)))
    };
    let has = |column: Column| columns.contains_key(&column) || looked_up(column);
    let amount = has(Column::TotalAmount) || (has(Column::Price) && has(Column::Quantity));
    let mut missing = Vec::new();
    if !has(Column::CustomerId) {
        missing.push((Column::CustomerId, "customer"));
    }
    if !columns.contains_key(&Column::TransactionDate) {
        missing.push((Column::TransactionDate, "date"));
    }
    if !amount {
        missing.push((Column::TotalAmount, "amount (or a price and a quantity)"));
    }
    let Some((first, _)) = missing.first() else {
        return Ok(());
    };
    // An unreadable column is not a missing one.
    for found in unreadable {
        match found.column {
            Column::TransactionDate if missing.iter().any(|(c, _)| *c == Column::TransactionDate) => {
                return Err(date_notation::unreadable(sample, found.index, shown));
            }
            Column::TotalAmount | Column::Price if !amount => {
                return Err(notation::unreadable(sample, found.index, shown));
            }
            _ => {}
        }
    }
    if *first == Column::CustomerId
        && let Some(kinds) = (0..sample.header.len()).find(|i| {
            names::confidence(Column::CustomerId, &sample.names[*i]) > 0.0
                && tells_kinds_of_customers(sample, *i)
        })
    {
        let words = sample.words(kinds, 8).unwrap_or_default().join(", ");
        return Err(Error::new(
            Kind::Unreadable,
            format!(
                "`{}` of `{shown}` contains customer types ({words}), not customer ids",
                sample.header[kinds]
            ),
        )
        .hint("export the orders with the customer's number or email address; if another column is the customer: --map customer_id=\"NAME\""));
    }
    let roles: Vec<&str> = missing.iter().map(|(_, role)| *role).collect();
    if sample.traits.header_missing {
        return Err(Error::new(
            Kind::Unreadable,
            format!(
                "the first line of `{shown}` is data, not a header, and its columns ({}) do not show which is the {}",
                sample.header.join(", "),
                roles.join(", the ")
            ),
        )
        .hint(format!(
            "map the columns: --map {}=column_1, or add a header line",
            first.name()
        )));
    }
    if let ([(column, role)], None) = (missing.as_slice(), preset) {
        let found = by_values::candidates(sample, columns, *column);
        if (1..=6).contains(&found.len()) {
            let role = role.split(" (").next().unwrap_or(role);
            return Err(ask(
                format!("no column name of `{shown}` suggests the {role}: which column is it?"),
                found.iter().map(|i| column_reading(*column, &sample.header[*i])).collect(),
            ));
        }
    }
    let by = preset.map_or_else(String::new, |p| format!(" by the preset `{}`", p.name));
    Err(Error::new(
        Kind::Unreadable,
        format!(
            "`{shown}` has no column for the {}{by}; its columns are: {}",
            roles.join(", the "),
            sample.header.join(", ")
        ),
    )
    .hint(match sample.traits.doubts.first() {
        Some(doubt) => {
            format!("{doubt}; if one of the columns is it: --map {}=\"NAME\"", first.name())
        }
        None => format!(
            "if one of them is it: --map {}=\"NAME\", or set it under [mapping] in the configuration",
            first.name()
        ),
    }))
}

/// Checks duplicate column names: such a column may be used only if both columns agree, or if the
/// configuration names it.
///
/// Errors: [`Kind::Ambiguous`] with both readings.
pub(super) fn check_twins(sample: &Sample, columns: &Columns, config: &Config, shown: &str) -> Result<()> {
    for (column, mapped) in columns.iter().filter(|(column, _)| !config.mapping.contains_key(column)) {
        for (later, first) in &sample.traits.twins {
            let is_one = mapped.index == *later || mapped.index == *first;
            if is_one && sample.rows.iter().any(|row| row[*later].trim() != row[*first].trim()) {
                let (name, other) = (&sample.header[*first], &sample.header[*later]);
                return Err(ask(
                    format!(
                        "`{shown}` has two columns named `{name}`, with different values: which is the {}? The second one is shown as `{other}`",
                        names::role(*column)
                    ),
                    vec![column_reading(*column, name), column_reading(*column, other)],
                ));
            }
        }
    }
    Ok(())
}

/// The key column of another file (customers, products).
///
/// Errors: [`Kind::Unreadable`] if there is none, [`Kind::Ambiguous`] if two fit equally well.
pub(crate) fn key_column(
    sample: &Sample,
    column: Column,
    wanted: Option<&str>,
    shown: &str,
) -> Result<usize> {
    // The name used by the orders is the safest choice.
    let wanted = wanted.map(|w| Name::new(w).normal);
    if let Some(index) = wanted.and_then(|w| sample.names.iter().position(|n| n.normal == w)) {
        return Ok(index);
    }
    let mut candidates: Vec<(f64, usize)> = sample
        .names
        .iter()
        .enumerate()
        .map(|(i, name)| (names::confidence(column, name), i))
        .filter(|(c, _)| *c >= MIN_CONFIDENCE)
        .collect();
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    match candidates.as_slice() {
        [] => Err(Error::new(
            Kind::Unreadable,
            format!(
                "`{shown}` has no column for the {}; its columns are: {}",
                names::role(column),
                sample.header.join(", ")
            ),
        )
        .hint(format!("name its column `{}`", column.name()))),
        [(best, first), (next, second), ..] if best - next <= 0.1 && *best < 1.0 => Err(Error::new(
            Kind::Ambiguous,
            format!(
                "two columns of `{shown}` could be the {}: `{}` and `{}`",
                names::role(column),
                sample.header[*first],
                sample.header[*second]
            ),
        )
        .hint(format!("name the right one `{}`", column.name()))),
        [(_, index), ..] => Ok(*index),
    }
}

/// The column that best matches `column` by name; `None` if there is none.
pub(crate) fn column_by_name(sample: &Sample, column: Column) -> Option<usize> {
    let scored = sample.names.iter().enumerate().map(|(i, name)| (names::confidence(column, name), i));
    scored
        .filter(|(c, _)| *c >= MIN_CONFIDENCE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        .map(|(_, i)| i)
}

/// Whether the file has columns of individual products, so that a row is a line rather than an order.
pub(super) fn has_products(sample: &Sample, columns: &Columns) -> bool {
    // `Merchandise total` is an amount.
    let no_product = KIND.and(ORDER).and(TOTAL).and(AMOUNT).and(SUBTOTAL).and(COUNT).and(DISCOUNT).and(TAX);
    columns.contains_key(&Column::ProductId)
        || sample.names.iter().any(|n| n.has(PRODUCT) && !n.has(no_product))
}
