//! What the beginning of a file shows to be readable in two ways, or not to be added up at all:
//! better a question now than a wrong number later.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::config::Source;
use regulars_core::money::{self, Notation};

use super::Sample;
use crate::cells::{Cell, trim};
use crate::error::{Error, Kind, Result};

/// Columns of one order, as far as they were found.
pub(super) struct OrderColumns {
    pub(super) transaction: usize,
    pub(super) total: usize,
    pub(super) price_and_quantity: Option<(usize, usize)>,
}

/// Words of a column that holds the total of a whole order, or of a line of it.
const OF_ORDERS: [&str; 9] =
    ["order", "invoice", "grand", "basket", "cart", "transaction", "checkout", "receipt", "rechnungsbetrag"];
const OF_LINES: [&str; 6] = ["line", "item", "lineitem", "position", "row", "product"];

/// Whether the total of an order stands on each of its lines, so that it counts once.
///
/// Shape: `None` if the sample cannot tell.
pub(super) fn total_repeats(
    sample: &Sample,
    columns: &OrderColumns,
    name: &str,
    notation: Notation,
) -> Option<bool> {
    let mut orders: BTreeMap<&str, Vec<&Vec<String>>> = BTreeMap::new();
    for row in &sample.rows {
        let lines = orders.entry(row[columns.transaction].trim()).or_default();
        // The same line again is a duplicate, not another line.
        if !lines.contains(&row) {
            lines.push(row);
        }
    }
    let several: Vec<&Vec<&Vec<String>>> =
        orders.iter().filter(|(id, lines)| !id.is_empty() && lines.len() > 1).map(|(_, l)| l).collect();
    let total = |line: &Vec<String>| money::parse_minor(line[columns.total].trim().as_bytes(), notation).ok();
    let constant = |lines: &&Vec<&Vec<String>>| {
        let first = total(lines[0]);
        first.is_some_and(|t| t != 0) && lines.iter().all(|line| total(line) == first)
    };
    if several.is_empty() || !several.iter().all(constant) {
        return Some(false);
    }
    if let Some((price, quantity)) = columns.price_and_quantity {
        let product = |line: &Vec<String>| {
            let millis = Notation { decimals: 3, ..notation };
            let price = money::parse_minor(line[price].trim().as_bytes(), millis).ok()?;
            let quantity = money::parse_minor(line[quantity].trim().as_bytes(), millis).ok()?;
            Some(price as f64 * quantity as f64 / 1e6 * 10_f64.powi(i32::from(notation.decimals)))
        };
        let near = |a: f64, b: i64| (a - b as f64).abs() <= 1.0 + b.unsigned_abs() as f64 * 0.001;
        let lines_fit = several
            .iter()
            .all(|lines| lines.iter().all(|l| product(l).zip(total(l)).is_some_and(|(p, t)| near(p, t))));
        if lines_fit {
            return Some(false);
        }
        let sums_fit = several.iter().all(|lines| {
            let sum: Option<f64> = lines.iter().map(|l| product(l)).sum();
            sum.zip(total(lines[0])).is_some_and(|(p, t)| near(p, t))
        });
        if sums_fit {
            return Some(true);
        }
    }
    let words: Vec<&str> = name.split('_').collect();
    if words.iter().any(|w| OF_LINES.contains(w)) {
        return Some(false);
    }
    if words.iter().any(|w| OF_ORDERS.contains(w)) {
        return Some(true);
    }
    // Lines of one price each happen; in every one of many orders they do not.
    let different: BTreeSet<Option<i64>> = several.iter().map(|lines| total(lines[0])).collect();
    if several.len() >= 3 && different.len() >= 2 { None } else { Some(false) }
}

/// The currency that the sample names, if it names one.
///
/// Errors: [`Kind::Unsure`] if it names several and the configuration does not say that amounts are
/// in one.
pub(super) fn currency(
    sample: &Sample,
    normal: &[String],
    total: Option<usize>,
    source: &Source,
    shown: &str,
) -> Result<Option<String>> {
    let is_currency =
        |name: &String| name.split('_').any(|w| matches!(w, "currency" | "waehrung" | "devise" | "moneda"));
    let column = normal.iter().position(is_currency);
    let mut found: BTreeSet<String> = BTreeSet::new();
    for row in &sample.rows {
        if let Some(column) = column {
            let value = trim(row[column].as_bytes());
            if !Cell::Text(value).is_missing() {
                found.insert(String::from_utf8_lossy(value).to_uppercase());
            }
        } else if let Some(total) = total {
            found.extend(marks(&row[total]));
        }
    }
    if found.len() > 1 && source.currency.is_none() {
        let list: Vec<&str> = found.iter().map(String::as_str).take(5).collect();
        return Err(Error::new(
            Kind::Unsure,
            format!("the amounts of `{shown}` are in several currencies ({}) and cannot be added up", list.join(", ")),
        )
        .hint("convert them, or leave the orders of one currency; if the amounts are in one already, name it: `currency = \"EUR\"` under [source] in the configuration"));
    }
    let code = |c: &String| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase());
    Ok(if found.len() == 1 { found.into_iter().find(code) } else { None })
}

/// Currency signs and codes beside a number.
fn marks(value: &str) -> Option<String> {
    let mark: String = value
        .chars()
        .filter(|c| {
            !c.is_ascii_digit()
                && !matches!(c, '.' | ',' | '-' | '+' | '(' | ')' | '\'')
                && !c.is_whitespace()
        })
        .collect();
    let sign = matches!(mark.as_str(), "€" | "$" | "£" | "¥" | "₹" | "₽" | "₺" | "₩" | "₫" | "₴" | "₪");
    let code = mark.len() == 3 && mark.bytes().all(|b| b.is_ascii_uppercase()) && mark != "NAN";
    (sign || code).then_some(mark)
}

/// Refuses amounts such as `1.234` in a file of semicolons, where nothing tells whether that is a
/// thousand or one and a bit.
///
/// Errors: [`Kind::Unsure`].
pub(super) fn thousands(sample: &Sample, amount: usize, source: &Source, shown: &str) -> Result<()> {
    if source.decimal_comma.is_some() || !matches!(sample.delimiter, Some(b';' | b'\t' | b'|')) {
        return Ok(());
    }
    let mut example = None;
    for row in &sample.rows {
        let value = row[amount].trim().trim_matches(['€', '$', '£', ' ', '-']);
        if !value.contains(['.', ',']) {
            continue;
        }
        let parts: Vec<&str> = value.split(['.', ',']).collect();
        let grouped = parts.len() == 2
            && (1..=3).contains(&parts[0].len())
            && parts[1].len() == 3
            && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()));
        if !grouped {
            return Ok(());
        }
        example = example.or(Some(value));
    }
    let Some(example) = example else {
        return Ok(());
    };
    Err(Error::new(
        Kind::Unsure,
        format!(
            "the amounts of `{shown}` can be read in two ways: is `{example}` in `{}` more than a thousand, or less than ten?",
            sample.header[amount]
        ),
    )
    .hint("say which under [source] in the configuration: `decimal_comma = true` reads 1.234,50, `decimal_comma = false` reads 1,234.50"))
}
