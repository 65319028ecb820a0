//! Maps a file's columns onto the canonical ones: by preset, by configuration, or by their names
//! and values, with a confidence; and asks rather than guesses when two columns fit alike.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::columns::Column;
use regulars_core::config::{Config, Source};
use regulars_core::dates::{DateOrder, Epoch};
use regulars_core::money::Notation;

use crate::cells::Cell;
use crate::error::{Error, Kind, Result};
use crate::files::{SAMPLE_ROWS, TableTraits};
use crate::presets::{self, Preset, normal_form};

mod doubts;
mod names;
mod values;

pub(crate) use values::OrderEvidence;

/// The beginning of a file, as far as it decides what its columns are.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Columns that are stored as a time, so that their text need not be looked at.
    pub(crate) times: Vec<bool>,
    /// `None` where fields are not delimited.
    pub(crate) delimiter: Option<u8>,
    /// What is peculiar about the table: a missing header, names that stand there twice.
    pub(crate) traits: TableTraits,
}

impl Sample {
    /// Whether any row has a value in the column.
    fn has_values(&self, index: usize) -> bool {
        present(self, index).next().is_some()
    }
}

/// One column of a file that was mapped.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// Its position in the file.
    pub index: usize,
    /// Its name in the file.
    pub source: String,
    /// How sure the mapping is, 0 to 1.
    pub confidence: f64,
}

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The columns found.
    pub columns: BTreeMap<Column, Mapped>,
    /// The preset used, given or recognised.
    pub preset: Option<&'static str>,
    /// How sure the whole is: the least of the needed columns'.
    pub confidence: f64,
    /// Columns of the file that are not used.
    pub unused: Vec<String>,
    pub(crate) notation: Notation,
    /// `None`: the sample does not tell.
    pub(crate) date_order: Option<DateOrder>,
    pub(crate) epoch: Option<Epoch>,
    /// The status column holds yes or no: yes means this word.
    pub(crate) status_flag: Option<&'static str>,
    /// The total of an order stands on each of its lines.
    pub(crate) total_repeats: bool,
    /// The currency that the file names.
    pub(crate) currency: Option<String>,
    /// The e-mail address, which tells customers who have no id of their own (guests).
    pub(crate) customer_fallback: Option<usize>,
}

impl Mapping {
    /// One sentence for the user: what was taken for what.
    pub fn describe(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(column, mapped)| format!("{} = {}", column.name(), mapped.source))
            .collect();
        let preset = self.preset.map_or_else(String::new, |p| format!("preset {p}, "));
        format!("{preset}confidence {:.0}%: {}", self.confidence * 100.0, columns.join(", "))
    }

    pub(crate) fn index(&self, column: Column) -> Option<usize> {
        self.columns.get(&column).map(|m| m.index)
    }
}

/// Least confidence with which a column is taken.
const ENOUGH: f64 = 0.6;
/// Two candidates this close are both possible.
const TOO_CLOSE: f64 = 0.1;

/// Maps the columns of a transactions file.
///
/// Errors: [`Kind::Unreadable`] if a needed column is missing, [`Kind::Unsure`] if two columns fit
/// one of them alike or the order of day and month cannot be told, [`Kind::Config`] if the
/// configuration names a column that is not there.
pub(crate) fn map_columns(sample: &Sample, config: &Config, shown: &str) -> Result<Mapping> {
    let normal: Vec<String> = sample.header.iter().map(|h| normal_form(h)).collect();
    let (preset, recognised) = match &config.source.preset {
        Some(name) => (Some(presets::preset(name)?), false),
        None => (presets::recognise(&normal), true),
    };
    let mut columns = configured(sample, config, shown)?;
    if let Some(preset) = preset {
        for (column, names) in preset.columns {
            let places = || names.iter().filter_map(|name| normal.iter().position(|h| h == name));
            // Exports have columns that a shop never fills.
            let found = places().find(|i| sample.has_values(*i)).or_else(|| places().next());
            if let (Some(index), false) = (found, columns.contains_key(column)) {
                columns.insert(*column, mapped(sample, index, if recognised { 0.99 } else { 1.0 }));
            }
        }
    }
    let decimals = config.source.money_decimals.unwrap_or(2);
    if preset.is_none() {
        detect_rest(sample, &normal, Notation { decimal_comma: false, decimals }, &mut columns, shown)?;
    }
    check_needed(&columns, preset, sample, shown)?;
    check_twins(&columns, sample, config, shown)?;
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let amounts: Vec<usize> = [Column::TotalAmount, Column::Price].into_iter().filter_map(at).collect();
    let notation = Notation {
        decimal_comma: config.source.decimal_comma.unwrap_or_else(|| values::decimal_comma(sample, &amounts)),
        decimals,
    };
    if let Some(amount) = amounts.first() {
        doubts::thousands(sample, *amount, &config.source, shown)?;
    }
    let currency = doubts::currency(sample, &normal, at(Column::TotalAmount), &config.source, shown)?;
    let total_repeats = total_repeats(sample, &normal, &columns, preset, notation, config, shown)?;
    let customer_fallback =
        names::email_column(&normal).filter(|email| at(Column::CustomerId) != Some(*email));
    let date = columns[&Column::TransactionDate].index;
    let epoch = values::epoch(sample, date);
    let date_order = date_order(sample, date, &config.source, shown)?;
    let status_flag =
        columns.get(&Column::Status).and_then(|m| values::status_flag(sample, m.index, &normal[m.index]));
    let used: Vec<usize> = columns.values().map(|m| m.index).collect();
    let unused = sample
        .header
        .iter()
        .enumerate()
        .filter(|(i, _)| !used.contains(i))
        .map(|(_, name)| name.clone())
        .collect();
    let confidence = [Column::CustomerId, Column::TransactionDate, Column::TotalAmount]
        .iter()
        .filter_map(|c| columns.get(c))
        .map(|m| m.confidence)
        .fold(1.0, f64::min);
    Ok(Mapping {
        columns,
        preset: preset.map(|p| p.name),
        confidence,
        unused,
        notation,
        date_order,
        epoch,
        status_flag,
        total_repeats,
        currency,
        customer_fallback: telling_apart(sample, customer_fallback),
    })
}

/// The column, unless all its values are one: the shop's own address tells nobody apart.
fn telling_apart(sample: &Sample, column: Option<usize>) -> Option<usize> {
    let column = column?;
    let mut values = present(sample, column);
    let first = values.next()?;
    (sample.rows.len() < 3 || values.any(|v| v != first)).then_some(column)
}

/// Whether the total of an order stands on each of its lines.
///
/// Errors: [`Kind::Unsure`] if that cannot be told.
fn total_repeats(
    sample: &Sample,
    normal: &[String],
    columns: &BTreeMap<Column, Mapped>,
    preset: Option<&'static Preset>,
    notation: Notation,
    config: &Config,
    shown: &str,
) -> Result<bool> {
    if let Some(repeats) = config.source.total_repeats {
        return Ok(repeats);
    }
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(transaction), Some(total)) = (at(Column::TransactionId), at(Column::TotalAmount)) else {
        return Ok(false);
    };
    if preset.is_some_and(|p| p.totals_on_first_row) {
        return Ok(false);
    }
    let price_and_quantity = at(Column::Price).zip(at(Column::Quantity));
    let order = doubts::OrderColumns { transaction, total, price_and_quantity };
    doubts::total_repeats(sample, &order, &normal[total], notation).ok_or_else(|| {
        Error::new(
            Kind::Unsure,
            format!(
                "every line of an order in `{shown}` has the same `{}`: is that the total of the order, or of the line?",
                sample.header[total]
            ),
        )
        .hint("say which under [source] in the configuration: `total_repeats = true` counts it once an order, `total_repeats = false` once a line")
    })
}

fn mapped(sample: &Sample, index: usize, confidence: f64) -> Mapped {
    Mapped { index, source: sample.header[index].clone(), confidence }
}

fn configured(sample: &Sample, config: &Config, shown: &str) -> Result<BTreeMap<Column, Mapped>> {
    let mut columns = BTreeMap::new();
    for (column, name) in &config.mapping {
        let exact = sample.header.iter().position(|h| h == name);
        let index = exact.or_else(|| sample.header.iter().position(|h| normal_form(h) == normal_form(name)));
        let Some(index) = index else {
            return Err(Error::new(
                Kind::Config,
                format!("`{shown}` has no column `{name}`, which `mapping.{}` names", column.name()),
            )
            .hint(format!("its columns are {}", sample.header.join(", "))));
        };
        columns.insert(*column, mapped(sample, index, 1.0));
    }
    Ok(columns)
}

fn detect_rest(
    sample: &Sample,
    normal: &[String],
    notation: Notation,
    columns: &mut BTreeMap<Column, Mapped>,
    shown: &str,
) -> Result<()> {
    for column in names::SEARCH_ORDER {
        if columns.contains_key(&column) {
            continue;
        }
        let mut candidates: Vec<(f64, usize)> = Vec::new();
        // By name alone, where no column has values: what is missing is then said row by row.
        let mut unfilled: Vec<(f64, usize)> = Vec::new();
        for (index, name) in normal.iter().enumerate() {
            if columns.values().any(|m| m.index == index) {
                continue;
            }
            let by_name = names::confidence(column, name);
            // A bare `id` may number anything: it is the order's only if no two rows share it.
            let numbers_rows = || {
                let mut seen = BTreeSet::new();
                present(sample, index).all(|id| seen.insert(id))
            };
            if column == Column::TransactionId && name == "id" && !numbers_rows() {
                continue;
            }
            if by_name > 0.0 {
                let confidence = by_name * values::fit(sample, index, column, notation);
                if confidence >= ENOUGH {
                    candidates.push((confidence, index));
                } else if by_name >= ENOUGH && !sample.has_values(index) {
                    unfilled.push((by_name, index));
                }
            }
        }
        if candidates.is_empty() {
            candidates = unfilled;
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let needed = matches!(
            column,
            Column::CustomerId
                | Column::TransactionDate
                | Column::TotalAmount
                | Column::TransactionId
                | Column::Status
        );
        match candidates.as_slice() {
            [] => {}
            [(best, first), (next, second), ..] if needed && best - next <= TOO_CLOSE + 1e-9 => {
                let (first, second) = (&sample.header[*first], &sample.header[*second]);
                return Err(Error::new(
                    Kind::Unsure,
                    format!("two columns of `{shown}` could be the {}: `{first}` and `{second}`", names::role(column)),
                )
                .hint(format!(
                    "say which: --map {}=\"{first}\", or `{} = \"{first}\"` under [mapping] in the configuration",
                    column.name(),
                    column.name()
                )));
            }
            [(confidence, index), ..] => {
                columns.insert(column, mapped(sample, *index, *confidence));
            }
        }
    }
    // A quantity beside an amount of the whole row needs no price; a lone price is the amount.
    if !columns.contains_key(&Column::TotalAmount)
        && !columns.contains_key(&Column::Quantity)
        && let Some(price) = columns.remove(&Column::Price)
    {
        columns.insert(Column::TotalAmount, price);
    }
    Ok(())
}

fn check_needed(
    columns: &BTreeMap<Column, Mapped>,
    preset: Option<&'static Preset>,
    sample: &Sample,
    shown: &str,
) -> Result<()> {
    let looked_up = |column: Column| {
        preset.is_some_and(|p| p.companions.iter().any(|c| c.columns.iter().any(|(col, ..)| *col == column)))
    };
    let has = |column: Column| columns.contains_key(&column) || looked_up(column);
    let amount = has(Column::TotalAmount) || (has(Column::Price) && has(Column::Quantity));
    let mut missing = Vec::new();
    if !has(Column::CustomerId) {
        missing.push(("customer_id", "customer"));
    }
    if !columns.contains_key(&Column::TransactionDate) {
        missing.push(("transaction_date", "date"));
    }
    if !amount {
        missing.push(("total_amount", "amount (or a price and a quantity)"));
    }
    let Some((key, _)) = missing.first() else {
        return Ok(());
    };
    let serial = sample.header.iter().enumerate().find(|(i, name)| {
        names::confidence(Column::TransactionDate, &normal_form(name)) > 0.0
            && values::are_day_numbers(sample, *i)
    });
    if let (Some((_, name)), true) = (serial, missing.iter().any(|(key, _)| *key == "transaction_date")) {
        return Err(Error::new(
            Kind::Unreadable,
            format!("column `{name}` of `{shown}` holds the day numbers of a spreadsheet (such as 45321), not dates"),
        )
        .hint("format the column as a date in the spreadsheet, and export again"));
    }
    let roles: Vec<&str> = missing.iter().map(|(_, role)| *role).collect();
    if sample.traits.header_missing {
        return Err(Error::new(
            Kind::Unreadable,
            format!(
                "the first line of `{shown}` is data, not a header, and its columns ({}) do not tell the {}",
                sample.header.join(", "),
                roles.join(", the ")
            ),
        )
        .hint(format!(
            "say which is which: --map {key}=column_1, or put the names of the columns into the first line"
        )));
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
        Some(doubt) => format!("{doubt}; if one of the columns is it, say so: --map {key}=\"NAME\""),
        None => format!(
            "if one of them is it, say so: --map {key}=\"NAME\", or under [mapping] in the configuration"
        ),
    }))
}

/// A column whose name stands in the header twice is used only where the two agree, or by its own
/// name in the configuration.
///
/// Errors: [`Kind::Unsure`].
fn check_twins(
    columns: &BTreeMap<Column, Mapped>,
    sample: &Sample,
    config: &Config,
    shown: &str,
) -> Result<()> {
    for (column, mapped) in columns {
        if config.mapping.contains_key(column) {
            continue;
        }
        for (later, first) in &sample.traits.twins {
            let is_one = mapped.index == *later || mapped.index == *first;
            if is_one && sample.rows.iter().any(|row| row[*later].trim() != row[*first].trim()) {
                let (name, other) = (&sample.header[*first], &sample.header[*later]);
                return Err(Error::new(
                    Kind::Unsure,
                    format!("`{shown}` has two columns named `{name}`, with different values: which is the {}?", names::role(*column)),
                )
                .hint(format!(
                    "the later one is called `{other}` here; say which: --map {}=\"{name}\" or --map {}=\"{other}\"",
                    column.name(),
                    column.name()
                )));
            }
        }
    }
    Ok(())
}

/// The column of another file (customers, products) that is its key.
///
/// Errors: [`Kind::Unreadable`] if there is none, [`Kind::Unsure`] if two fit alike.
pub(crate) fn key_column(
    sample: &Sample,
    column: Column,
    wanted: Option<&str>,
    shown: &str,
) -> Result<usize> {
    let normal: Vec<String> = sample.header.iter().map(|h| normal_form(h)).collect();
    // The name that the orders use is the surest.
    if let Some(index) = wanted.and_then(|w| normal.iter().position(|h| *h == normal_form(w))) {
        return Ok(index);
    }
    let mut candidates: Vec<(f64, usize)> = normal
        .iter()
        .enumerate()
        .map(|(i, name)| (names::confidence(column, name), i))
        .filter(|(c, _)| *c >= ENOUGH)
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
        [(best, first), (next, second), ..] if best - next <= TOO_CLOSE && *best < 1.0 => Err(Error::new(
            Kind::Unsure,
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

/// The column that a name makes `column`, best first; `None` without one.
pub(crate) fn column_by_name(sample: &Sample, column: Column) -> Option<usize> {
    let scored =
        sample.header.iter().enumerate().map(|(i, h)| (names::confidence(column, &normal_form(h)), i));
    scored
        .filter(|(c, _)| *c >= ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        .map(|(_, i)| i)
}

fn date_order(sample: &Sample, index: usize, source: &Source, shown: &str) -> Result<Option<DateOrder>> {
    if source.date_order.is_some() {
        return Ok(source.date_order);
    }
    if sample.times[index] {
        return Ok(Some(DateOrder::YearFirst));
    }
    let mut evidence = OrderEvidence::default();
    for row in sample.rows.iter().take(SAMPLE_ROWS) {
        evidence.look(row[index].as_bytes());
    }
    if evidence.is_contradictory() {
        return Err(Error::new(
            Kind::Unsure,
            format!("some dates in `{}` of `{shown}` are day first, others month first", sample.header[index]),
        )
        .hint("export them in one form (2024-03-31); or say which counts, --date-order day_first or month_first: the others are then rejected"));
    }
    Ok(evidence.order())
}

/// Whether the values of a sample's column are missing, for counting.
fn present(sample: &Sample, index: usize) -> impl Iterator<Item = &str> {
    sample.rows.iter().map(move |row| row[index].as_str()).filter(|v| !Cell::Text(v.as_bytes()).is_missing())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(header: &str, rows: &[&str]) -> Sample {
        let split = |line: &str| line.split(';').map(str::to_owned).collect::<Vec<_>>();
        let header = split(header);
        Sample {
            times: vec![false; header.len()],
            header,
            rows: rows.iter().map(|r| split(r)).collect(),
            delimiter: Some(b';'),
            traits: TableTraits::default(),
        }
    }

    fn found(header: &str, rows: &[&str]) -> String {
        match map_columns(&sample(header, rows), &Config::default(), "x.csv") {
            Ok(mapping) => {
                let columns: Vec<String> =
                    mapping.columns.iter().map(|(c, m)| format!("{}={}", c.name(), m.source)).collect();
                columns.join(" ")
            }
            Err(error) => error.message,
        }
    }

    #[test]
    fn exports_of_other_people_are_understood() {
        for (header, rows, expected) in [
            (
                "Order ID;Order Date;Customer Name;Customer ID;Sales;Quantity;Category;Ship Date",
                &[
                    "CA-1;2024-01-31;Ann;AG-1;12.5;2;Office;2024-02-02",
                    "CA-2;2024-02-01;Ann;AG-1;3;1;Office;2024-02-02",
                ][..],
                "transaction_id=Order ID customer_id=Customer ID transaction_date=Order Date total_amount=Sales quantity=Quantity product_category=Category",
            ),
            (
                "Kundennummer;Rechnungsdatum;Rechnungsnr;Betrag",
                &["17;31.01.2024;R1;12,50", "18;01.02.2024;R2;3,00"],
                "transaction_id=Rechnungsnr customer_id=Kundennummer transaction_date=Rechnungsdatum total_amount=Betrag",
            ),
            ("user_id,x;timestamp;revenue", &["1;1711893909;5"], ""),
            (
                "client;fecha;importe",
                &["a@x.es;2024-05-05;10"],
                "customer_id=client transaction_date=fecha total_amount=importe",
            ),
            (
                "email;created_at;updated_at;subtotal;tax;total",
                &["a@b.c;2024-01-01;2024-01-02;8;2;10"],
                "customer_id=email transaction_date=created_at total_amount=total",
            ),
            (
                "order_id;customer_id;order_date;unit_price;qty",
                &["1;5;2024-01-01;2.5;4"],
                "transaction_id=order_id customer_id=customer_id transaction_date=order_date price=unit_price quantity=qty",
            ),
        ] {
            if !expected.is_empty() {
                assert_eq!(found(header, rows), expected, "{header}");
            }
        }
    }

    #[test]
    fn what_could_be_two_things_is_asked() {
        let both = found("customer_id;client_id;date;amount", &["1;2;2024-01-01;5"]);
        assert!(both.contains("could be the customer: `customer_id` and `client_id`"), "{both}");
        let amounts = found("customer_id;date;net_amount;gross_amount", &["1;2024-01-01;5;6"]);
        assert!(amounts.contains("could be the amount"), "{amounts}");
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        let message = found("a;b;c", &["1;2;3"]);
        assert!(message.contains("no column for the customer, the date, the amount"), "{message}");
        assert!(message.contains("its columns are: a, b, c"), "{message}");
        // A column of that name whose values do not fit is not taken.
        let message = found("customer_id;date;amount", &["1;hello;5", "2;world;6"]);
        assert!(message.contains("no column for the date"), "{message}");
    }

    #[test]
    fn configuration_and_preset_come_first() {
        let mut config = Config::default();
        config.mapping.insert(Column::CustomerId, "client_id".to_owned());
        let mapping =
            map_columns(&sample("customer_id;client_id;date;amount", &["1;2;2024-01-01;5"]), &config, "x")
                .expect("told");
        assert_eq!(mapping.columns[&Column::CustomerId].source, "client_id");
        config.mapping.insert(Column::Status, "state".to_owned());
        let error = map_columns(&sample("customer_id;client_id;date;amount", &[]), &config, "x")
            .expect_err("not there");
        assert!(error.message.contains("no column `state`"));
        let cdnow = map_columns(
            &sample("customer_id;date;cds;amount", &["1;1997-01-01;1;5"]),
            &Config::default(),
            "x",
        )
        .expect("known");
        assert_eq!((cdnow.preset, cdnow.index(Column::Quantity)), (Some("cdnow"), Some(2)));
    }

    #[test]
    fn notation_and_order_come_from_the_values() {
        let comma =
            map_columns(&sample("customer;date;amount", &["1;31.01.2024;1.234,50"]), &Config::default(), "x")
                .expect("plain");
        assert!(comma.notation.decimal_comma);
        assert_eq!(comma.date_order, Some(DateOrder::DayFirst));
        let unsure =
            map_columns(&sample("customer;date;amount", &["1;01/02/2024;5.5"]), &Config::default(), "x")
                .expect("plain");
        assert_eq!(unsure.date_order, None);
        assert!(!unsure.notation.decimal_comma);
    }
}
