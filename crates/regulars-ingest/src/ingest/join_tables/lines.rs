//! Orders whose amounts are only in another table, line by line.

use std::collections::HashMap;
use std::path::Path;

use regulars_core::config::Config;
use regulars_core::money::Notation;

use super::{MILLIONTHS, counted, micro_text};
use crate::error::Result;
use crate::files::CsvOut;
use crate::inspect::InputFile;
use crate::plan::{LineTable, lines_of, order_key};

/// The column that is added.
const TOTAL: &str = "order_total";

/// If no file is complete by itself: finds one that only lacks amounts and adds the line totals of another;
/// returns its position, the file, and a note.
///
/// Errors: a file cannot be read, or the table cannot be written.
pub(crate) fn with_totals(
    inputs: &[&InputFile],
    config: &Config,
    scratch: &Path,
) -> Result<Option<(usize, InputFile, String)>> {
    for (at, orders) in inputs.iter().enumerate() {
        let keys = order_key(&orders.sample, None);
        let header = &orders.sample.names;
        let own = keys.first().and_then(|key| header.iter().position(|name| name.normal == *key));
        let Some(own) = own.or_else(|| header.iter().position(|name| name.normal == "id")) else { continue };
        if header.iter().any(|name| name.normal == TOTAL) {
            continue;
        }
        for (other, lines) in inputs.iter().enumerate() {
            if other == at {
                continue;
            }
            let Some(table) = lines_of(&lines.sample, &keys, &config.source) else { continue };
            let Some(totals) = totals(lines, table)? else { continue };
            let (made, without) = add(orders, own, &totals, config, scratch)?;
            let mut note = format!(
                "{}: an order is the sum of its lines, price times quantity, in {}",
                orders.location.shown, lines.location.shown
            );
            if without > 0 {
                note += &format!("; {} without lines", counted(without, "order is", "orders are"));
            }
            return Ok(Some((at, made, note)));
        }
    }
    Ok(None)
}

/// The sum of the lines by order, in millionths; `None` if an amount is unreadable.
fn totals(lines: &InputFile, table: LineTable) -> Result<Option<HashMap<String, i64>>> {
    let Some((price, quantity, comma)) = table.paid else { return Ok(None) };
    let notation = Notation { decimal_comma: comma, ..MILLIONTHS };
    let thousandths = Notation { decimals: 3, ..notation };
    let mut totals: HashMap<String, i64> = HashMap::new();
    let mut unreadable = false;
    lines.each_row(&mut |_, record| {
        let order = record.cell(table.order);
        let paid =
            record.cell(price).amount(notation).ok().zip(record.cell(quantity).amount(thousandths).ok());
        let Some((price, pieces)) = paid.filter(|_| !order.is_missing()) else {
            unreadable = true;
            return Ok(false);
        };
        let amount = i64::try_from(i128::from(price) * i128::from(pieces) / 1_000).unwrap_or(i64::MAX);
        let sum = totals.entry(order.text().trim().to_owned()).or_default();
        *sum = sum.saturating_add(amount);
        Ok(true)
    })?;
    Ok((!unreadable).then_some(totals))
}

fn add(
    orders: &InputFile,
    own: usize,
    totals: &HashMap<String, i64>,
    config: &Config,
    scratch: &Path,
) -> Result<(InputFile, u64)> {
    let header = &orders.sample.header;
    let mut out = CsvOut::create(scratch)?;
    out.row(1, header.iter().map(String::as_str).chain([TOTAL]))?;
    let shift = u64::from(orders.first_number() < 2);
    let mut without = 0;
    orders.each_row(&mut |line, record| {
        let cells: Vec<String> = (0..header.len()).map(|i| record.cell(i).text().into_owned()).collect();
        let total = totals.get(record.cell(own).text().trim()).map(|sum| micro_text(*sum));
        without += u64::from(total.is_none());
        let total = total.unwrap_or_default();
        out.row(line + shift, cells.iter().map(String::as_str).chain([total.as_str()]))?;
        Ok(true)
    })?;
    Ok((orders.with_rewritten_rows(out.finish()?, 2 - shift, config, scratch)?, without))
}
