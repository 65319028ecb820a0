//! Joins the tables of a platform to one table of orders: values in several rows or files are written into
//! the order row, and refunds become separate rows with their own date.
//!
//! A refund row is a copy of the order row with the refund's date and a negative amount. So it counts if its
//! order counts, and is matched with it by number. Refund rows follow the rows of the file, which keep their
//! line numbers.
//!
//! Deliberately not here: what the columns mean, and which rows are sales (see `plan`).

use std::collections::HashMap;
use std::path::Path;

use regulars_core::config::{Config, Meaning};
use regulars_core::money::{Notation, format_count, format_minor};

use crate::cells::Cell;
use crate::error::Result;
use crate::files::CsvOut;
use crate::inspect::InputFile;
use crate::plan::status_meaning;
use crate::presets::{self, Preset, TableJoin, normal_form};

pub(crate) use fill_down::with_filled_rows;
pub(crate) use history::with_last_states;
pub(crate) use lines::with_totals;
pub(crate) use refund_customers::with_customers_of_refunds;
pub(crate) use refunds::with_refunds;

mod airbyte;
mod amazon;
mod etsy;
mod fill_down;
mod fivetran;
mod history;
mod lines;
mod magento;
mod paypal;
mod refund_customers;
mod refunds;
mod shopify;
mod stripe;
mod woocommerce;

/// Order files after joining, and the files joined into them.
pub(crate) struct JoinedTables {
    /// Order files, and files of unknown role; rewritten where necessary.
    pub(crate) inputs: Vec<InputFile>,
    /// Files whose rows were joined into the orders, with their row counts.
    pub(crate) used: Vec<(InputFile, u64)>,
    pub(crate) notes: Vec<String>,
}

/// A refund of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refund {
    date: String,
    /// In millionths, positive.
    micro: i64,
    /// Tax on top, if prices exclude tax.
    tax_micro: i64,
}

/// Refunds by order key.
type RefundsByOrder = HashMap<String, Vec<Refund>>;

/// How the tables of one platform are joined.
trait PlatformJoin {
    /// Columns to add.
    fn added(&self) -> &'static [&'static str] {
        &[]
    }
    /// Date columns, to be set in refund rows.
    fn date_columns(&self) -> Vec<String> {
        Vec::new()
    }
    fn amount_columns(&self) -> Vec<String> {
        Vec::new()
    }
    /// Columns that a refund row copies from its order, regardless of their names.
    fn kept(&self) -> Vec<String> {
        Vec::new()
    }
    /// Whether the order amounts have a decimal comma.
    fn decimal_comma(&self) -> bool {
        false
    }
    /// Whether the order does not count, so that it cannot have refunds.
    fn is_no_sale(&self, row: &Row<'_>) -> bool {
        row.is_no_sale()
    }
    /// Reads an order file before any is rewritten.
    fn first_pass(&mut self, _file: usize, _input: &InputFile) -> Result<()> {
        Ok(())
    }
    /// Modifies an order row, and returns the order's refunds.
    fn row(&mut self, place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>>;
    /// Notes for the user.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The columns of a table by normalised name.
#[derive(Debug)]
struct Names {
    by_name: HashMap<String, usize>,
    header: Vec<String>,
}

/// Airbyte's prefix for the columns of records that it did not flatten.
const RAW: &str = "_airbyte_data_";

impl Names {
    fn of(header: &[String], added: &[&str]) -> Self {
        let own = header.iter().map(|name| name.strip_prefix(RAW).unwrap_or(name).to_owned());
        let mut header: Vec<String> = own.collect();
        let known: Vec<String> = header.iter().map(|name| normal_form(name)).collect();
        header.extend(added.iter().filter(|a| !known.iter().any(|k| k == *a)).map(|a| (*a).to_owned()));
        let mut by_name = HashMap::new();
        for (at, name) in header.iter().enumerate() {
            by_name.entry(normal_form(name)).or_insert(at);
        }
        Self { by_name, header }
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}

/// A row with access by column name.
#[derive(Debug)]
struct Row<'a> {
    names: &'a Names,
    cells: Vec<String>,
}

const MILLIONTHS: Notation = Notation { decimal_comma: false, decimals: 6 };

/// An amount in millionths; `None` if the text is not an amount.
fn micro(text: &str) -> Option<i64> {
    Cell::Text(text.as_bytes()).amount(MILLIONTHS).ok()
}

/// An amount with as many decimals as it needs, at least two.
pub(crate) fn micro_text(micro: i64) -> String {
    let text = format_minor(micro, MILLIONTHS.decimals);
    let cut = text.trim_end_matches('0').len();
    let least = text.find('.').map_or(text.len(), |point| point + 3);
    text[..cut.max(least)].to_owned()
}

impl Row<'_> {
    /// The text of a column, trimmed; empty if the column is missing.
    fn get(&self, name: &str) -> &str {
        self.names.at(name).map_or("", |at| self.cells[at].trim())
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        if let Some(at) = self.names.at(name) {
            self.cells[at] = value.into();
        }
    }

    fn micro(&self, name: &str) -> Option<i64> {
        micro(self.get(name))
    }

    fn first(&self, names: &[&str]) -> &str {
        names.iter().map(|name| self.get(name)).find(|text| !text.is_empty()).unwrap_or("")
    }

    /// Whether the order does not count, so that it cannot have refunds.
    fn is_no_sale(&self) -> bool {
        let yes = |name: &str| Cell::Text(self.get(name).as_bytes()).flag() == Some(true);
        let no_sale = |name: &str| {
            matches!(status_meaning(self.get(name)), Some(Meaning::Cancelled | Meaning::Open))
                && !self.get(name).is_empty()
        };
        !self.get("row_is").is_empty()
            || !self.get("cancelled_at").is_empty()
            || ["test", "fivetran_deleted"].into_iter().any(yes)
            || ["financial_status", "display_financial_status", "status"].into_iter().any(no_sale)
    }

    /// Resets a status that repeats what the refunds say.
    fn no_longer_refunded(&mut self, columns: &[&str]) {
        for name in columns {
            if matches!(self.get(name).to_ascii_lowercase().as_str(), "refunded" | "partially_refunded") {
                self.set(name, "paid");
            }
        }
    }
}

/// Calls `visit` for every row of a file.
fn each_row(input: &InputFile, visit: &mut dyn FnMut(u64, &Row<'_>) -> Result<()>) -> Result<u64> {
    let names = Names::of(&input.sample.header, &[]);
    let mut rows = 0;
    input.each_row(&mut |line, record| {
        rows += 1;
        let cells = (0..input.sample.header.len()).map(|i| record.cell(i).text().into_owned()).collect();
        visit(line, &Row { names: &names, cells })?;
        Ok(true)
    })?;
    Ok(rows)
}

fn normal_header(input: &InputFile) -> Vec<String> {
    input.sample.header.iter().map(|name| normal_form(name)).collect()
}

/// The preset of a file, by its header; if records are in one column, by the first record.
pub(crate) fn preset_of(input: &InputFile, config: &Config) -> Option<&'static Preset> {
    let header = normal_header(input);
    let found = presets::recognise(&header).or_else(|| airbyte::is_raw(input, &header));
    // A preset named by the user must also match the file before its tables are joined.
    found.filter(|p| config.source.preset.as_deref().is_none_or(|name| name == p.name))
}

/// Joins the tables of platforms that spread orders over several rows or files.
///
/// Errors: a file cannot be read, or the joined table cannot be written.
pub(crate) fn join_tables(inputs: Vec<InputFile>, config: &Config, scratch: &Path) -> Result<JoinedTables> {
    let mut done = JoinedTables { inputs: Vec::new(), used: Vec::new(), notes: Vec::new() };
    let kinds: Vec<Option<&'static Preset>> = inputs.iter().map(|l| preset_of(l, config)).collect();
    let Some((preset, how)) = kinds.iter().flatten().find_map(|p| p.join_tables.map(|how| (*p, how))) else {
        done.inputs = inputs;
        return Ok(done);
    };
    let (mut orders, mut others) = (Vec::new(), Vec::new());
    for (input, kind) in inputs.into_iter().zip(kinds) {
        if kind.is_some_and(|p| p.name == preset.name) { orders.push(input) } else { others.push(input) }
    }
    let mut taken = vec![None; others.len()];
    let mut join: Box<dyn PlatformJoin> = match how {
        TableJoin::Fivetran => Box::new(fivetran::Fivetran::new(&others, &mut taken)?),
        TableJoin::Airbyte => Box::new(airbyte::Airbyte::new(&others, &mut taken)?),
        TableJoin::WooCommerce => match woocommerce::join_for(&orders) {
            Some(join) => join,
            None => {
                done.inputs = orders.into_iter().chain(others).collect();
                return Ok(done);
            }
        },
        TableJoin::CreditMemos => Box::new(magento::CreditMemos::new(&others, &mut taken)?),
        TableJoin::Etsy => Box::new(etsy::Etsy::new(&others, &mut taken)?),
        TableJoin::PayPal => Box::new(paypal::PayPal::default()),
        TableJoin::ShopifyTransactions => Box::new(shopify::Transactions::new(&others, &mut taken)?),
        TableJoin::StripeCharges => Box::new(stripe::Charges::new(&others, &mut taken)?),
        TableJoin::StripePayments => Box::new(stripe::Payments),
        TableJoin::AmazonItems => Box::new(amazon::Items::default()),
    };
    for (file, input) in orders.iter().enumerate() {
        join.first_pass(file, input)?;
    }
    for (file, input) in orders.into_iter().enumerate() {
        done.inputs.push(rewrite(&input, file, join.as_mut(), config, scratch, &mut done.notes)?);
    }
    done.notes.extend(join.notes());
    for (input, rows) in others.into_iter().zip(taken) {
        match rows {
            Some(rows) => {
                let read = counted(rows, "row", "rows");
                done.notes.push(format!("{}: {read} merged into the orders", input.location.shown));
                done.used.push((input, rows));
            }
            None => done.inputs.push(input),
        }
    }
    Ok(done)
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

/// `1 row`, `1,234 rows`.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", format_count(count), if count == 1 { one } else { many })
}

/// Whether a column is blank in refund rows: amounts and quantities of the order.
fn is_of_the_order(name: &str) -> bool {
    let parts =
        ["total", "price", "amount", "tax", "discount", "shipping", "qty", "quantity", "refund", "freight"];
    parts.iter().any(|part| name.contains(part)) && !name.contains("status")
}

/// Writes a modified copy of an order file.
fn rewrite(
    input: &InputFile,
    file: usize,
    join: &mut dyn PlatformJoin,
    config: &Config,
    scratch: &Path,
    notes: &mut Vec<String>,
) -> Result<InputFile> {
    let names = Names::of(&input.sample.header, join.added());
    let mut out = CsvOut::create(scratch)?;
    out.row(1, names.header.iter().map(String::as_str))?;
    // Rows keep their numbers; with a header, the first row is in line 2.
    let shift = u64::from(input.first_number() < 2);
    let mut refund_rows: Vec<Vec<String>> = Vec::new();
    let mut of_no_sale = 0;
    let width = input.sample.header.len();
    let malformed = input.each_row(&mut |line, record| {
        let mut cells: Vec<String> = (0..width).map(|i| record.cell(i).text().into_owned()).collect();
        cells.resize(names.header.len(), String::new());
        let mut row = Row { names: &names, cells };
        let refunds = by_date(join.row((file, line), &mut row)?);
        if !refunds.is_empty() && join.is_no_sale(&row) {
            of_no_sale += refunds.len() as u64;
        } else {
            refund_rows.extend(refunds.iter().map(|refund| refund_row(&row, refund, join)));
        }
        out.row(line + shift, row.cells.iter().map(String::as_str))?;
        Ok(true)
    })?;
    let shown = &input.location.shown;
    if malformed > 0 {
        notes.push(format!(
            "{shown}: {} with fewer or more fields than the header skipped",
            counted(malformed, "line", "lines")
        ));
    }
    if of_no_sale > 0 {
        notes.push(format!(
            "{shown}: {} of cancelled or unpaid orders skipped with these orders",
            counted(of_no_sale, "refund", "refunds")
        ));
    }
    for row in &refund_rows {
        out.row(0, row.iter().map(String::as_str))?;
    }
    if !refund_rows.is_empty() {
        let refunds = counted(refund_rows.len() as u64, "refund counts", "refunds count");
        notes.push(format!("{shown}: {refunds} on the day of the refund"));
    }
    input.with_rewritten_rows(out.finish()?, 2 - shift, config, scratch)
}

/// Combines refunds of the same time: two equal rows would be taken for duplicates.
fn by_date(refunds: Vec<Refund>) -> Vec<Refund> {
    let mut merged: Vec<Refund> = Vec::new();
    for refund in refunds {
        match merged.iter_mut().find(|m| m.date == refund.date) {
            Some(same) => same.micro += refund.micro,
            None => merged.push(refund),
        }
    }
    merged
}

fn refund_row(order: &Row<'_>, refund: &Refund, join: &dyn PlatformJoin) -> Vec<String> {
    let mut row = Row { names: order.names, cells: order.cells.clone() };
    let kept = join.kept();
    for (name, cell) in order.names.header.iter().zip(&mut row.cells) {
        let name = normal_form(name);
        if is_of_the_order(&name) && !kept.contains(&name) {
            cell.clear();
        }
    }
    for name in join.date_columns() {
        row.set(&name, refund.date.clone());
    }
    for name in join.amount_columns() {
        let amount = micro_text(-refund.micro);
        row.set(&name, if join.decimal_comma() { amount.replace('.', ",") } else { amount });
    }
    row.cells
}

/// Subtracts refunds from the column that gives their total without a date; the rest stays there.
fn subtract_refunds(row: &mut Row<'_>, column: &str, refunds: &[Refund]) {
    if let Some(told) = row.micro(column) {
        let rest = told.abs() - refunds.iter().map(|b| b.micro).sum::<i64>();
        row.set(column, if rest > 0 { micro_text(rest) } else { String::new() });
    }
}

/// The files with all of these columns, and their positions.
fn with_columns<'a>(others: &'a [InputFile], wanted: &[&str]) -> Vec<(usize, &'a InputFile)> {
    let has_all = |input: &InputFile| {
        let names = Names::of(&input.sample.header, &[]);
        wanted.iter().all(|name| names.has(name))
    };
    others.iter().enumerate().filter(|(_, input)| has_all(input)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_the_decimals_they_need() {
        assert_eq!(micro_text(45_000_000), "45.00");
        assert_eq!(micro_text(-300_000), "-0.30");
        assert_eq!(micro_text(1_234_500), "1.2345");
        assert_eq!(micro("45.0000"), Some(45_000_000));
        assert_eq!(micro(""), None);
    }
}
