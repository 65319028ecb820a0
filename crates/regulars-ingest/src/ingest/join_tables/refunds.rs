//! A refunds file beside orders of any kind: each refund has its order, date and amount.

use std::path::Path;

use regulars_core::columns::Column;
use regulars_core::config::{Config, Meaning};
use regulars_core::money::Notation;
use regulars_core::reading::RowIs;

use super::{MILLIONTHS, PlatformJoin, Refund, RefundsByOrder, Row, counted, rewrite};
use crate::cells::Cell;
use crate::error::Result;
use crate::inspect::InputFile;
use crate::plan::{FilePlan, column_by_name, order_key};

struct RefundsFile<'a> {
    plan: &'a FilePlan,
    /// The order column that refunds refer to.
    number: usize,
    refunds: RefundsByOrder,
}

impl RefundsFile<'_> {
    fn source(&self, column: Column) -> Vec<String> {
        let source = self.plan.columns.get(&column).map(|m| crate::plan::normal_form(&m.source));
        source.into_iter().collect()
    }

    /// Whether the order row's columns have such a meaning.
    fn says(&self, row: &Row<'_>, wanted: impl Fn(Meaning) -> bool) -> bool {
        self.plan.rules.iter().any(|rule| {
            let cell = Cell::Text(row.cells[rule.index].as_bytes());
            rule.meaning(cell).or(rule.unknown).is_none_or(&wanted)
        })
    }
}

impl PlatformJoin for RefundsFile<'_> {
    fn date_columns(&self) -> Vec<String> {
        self.source(Column::TransactionDate)
    }

    fn amount_columns(&self) -> Vec<String> {
        self.source(Column::TotalAmount)
    }

    fn kept(&self) -> Vec<String> {
        let kept = [Column::TransactionId, Column::CustomerId, Column::Currency, Column::Status];
        let rules = self.plan.rules.iter().map(|rule| crate::plan::normal_form(&rule.source));
        kept.into_iter().flat_map(|column| self.source(column)).chain(rules).collect()
    }

    fn decimal_comma(&self) -> bool {
        self.plan.notation.decimal_comma
    }

    fn is_no_sale(&self, row: &Row<'_>) -> bool {
        self.says(row, |meaning| !matches!(meaning, Meaning::Sale | Meaning::Returned))
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let refunds = self.refunds.remove(row.cells[self.number].trim()).unwrap_or_default();
        if refunds.is_empty() || self.is_no_sale(row) {
            return Ok(refunds);
        }
        // RefundsFile recorded in the order itself would now count twice.
        for rule in &self.plan.rules {
            let cell = Cell::Text(row.cells[rule.index].as_bytes());
            if rule.meaning(cell) == Some(Meaning::Returned) {
                row.cells[rule.index].clear();
            }
        }
        Ok(refunds)
    }
}

/// Adds the refunds of another file to the orders; returns the file, its number of rows, and notes. `None` if
/// the refunds file is not understood.
///
/// Errors: a file cannot be read, or the table cannot be written.
pub(crate) fn with_refunds(
    orders: &InputFile,
    plan: &FilePlan,
    refund_file: &InputFile,
    config: &Config,
    scratch: &Path,
) -> Result<Option<(InputFile, u64, Vec<String>)>> {
    let sample = &refund_file.sample;
    let has_refund_column = plan.columns.contains_key(&Column::RefundedAmount);
    let is_lines = plan.row_is != RowIs::Order
        || !plan.columns.contains_key(&Column::TotalAmount)
        || plan.amount.total_in_cents;
    let Some(number) = plan.index(Column::TransactionId).filter(|_| !is_lines && !has_refund_column) else {
        return Ok(None);
    };
    let keys = order_key(&orders.sample, Some(number));
    let order = sample.names.iter().position(|name| keys.contains(&name.normal));
    let (date, amount) = (column_by_name(sample, Column::TransactionDate), refunded(refund_file));
    let (Some(order), Some(date), Some(amount)) = (order, date, amount) else { return Ok(None) };
    let notation = Notation { decimal_comma: plan.notation.decimal_comma, ..MILLIONTHS };
    let (mut refunds, mut rows, mut understood) = (RefundsByOrder::new(), 0, true);
    refund_file.each_row(&mut |_, record| {
        rows += 1;
        let micro = record.cell(amount).amount(notation);
        understood &= micro.is_ok() && !record.cell(date).is_missing() && !record.cell(order).is_missing();
        if let Ok(micro) = micro.map(i64::abs) {
            let date = record.cell(date).text().into_owned();
            let of = refunds.entry(record.cell(order).text().trim().to_owned()).or_default();
            of.push(Refund { date, micro, tax_micro: 0 });
        }
        Ok(understood)
    })?;
    if !understood {
        return Ok(None);
    }
    let (mut join, mut notes) = (RefundsFile { plan, number, refunds }, Vec::new());
    let made = rewrite(orders, 0, &mut join, config, scratch, &mut notes)?;
    let left: u64 = join.refunds.values().map(|b| b.len() as u64).sum();
    if left * 2 > rows {
        return Ok(None);
    }
    let shown = &refund_file.location.shown;
    notes.push(format!("{shown}: {} merged into the orders", counted(rows, "refund", "refunds")));
    if left > 0 {
        let left = counted(left, "refund names", "refunds name");
        notes.push(format!("{shown}: {left} an order that is not in the file, and nothing is deducted"));
    }
    Ok(Some((made, rows, notes)))
}

/// The amount column of a refunds file, if there is exactly one.
fn refunded(refund_file: &InputFile) -> Option<usize> {
    let sample = &refund_file.sample;
    let named = column_by_name(sample, Column::RefundedAmount);
    let total = column_by_name(sample, Column::TotalAmount);
    match (named, total) {
        (Some(named), Some(total)) if named != total => None,
        (named, total) => named.or(total),
    }
}
