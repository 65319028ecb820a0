//! A refunds file beside orders of any kind: each refund has its order, date and amount.

use std::path::Path;

use regulars_core::columns::Column;
use regulars_core::config::{Config, Meaning};
use regulars_core::money::Notation;
use regulars_core::reading::RowIs;

use super::{Back, Backs, MILLIONTHS, Row, Work, counted, rewrite};
use crate::cells::Cell;
use crate::error::Result;
use crate::inspect::InputFile;
use crate::plan::{FilePlan, column_by_name, order_key};

struct Refunds<'a> {
    plan: &'a FilePlan,
    /// The order column that refunds refer to.
    number: usize,
    backs: Backs,
}

impl Refunds<'_> {
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

impl Work for Refunds<'_> {
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

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Back>> {
        let backs = self.backs.remove(row.cells[self.number].trim()).unwrap_or_default();
        if backs.is_empty() || self.is_no_sale(row) {
            return Ok(backs);
        }
        // Refunds recorded in the order itself would now count twice.
        for rule in &self.plan.rules {
            let cell = Cell::Text(row.cells[rule.index].as_bytes());
            if rule.meaning(cell) == Some(Meaning::Returned) {
                row.cells[rule.index].clear();
            }
        }
        Ok(backs)
    }
}

/// Adds the refunds of another file to the orders; returns the file, its number of rows, and notes. `None` if
/// the refunds file is not understood.
///
/// Errors: a file cannot be read, or the table cannot be written.
pub(crate) fn with_refunds(
    orders: &InputFile,
    plan: &FilePlan,
    refunds: &InputFile,
    config: &Config,
    scratch: &Path,
) -> Result<Option<(InputFile, u64, Vec<String>)>> {
    let sample = &refunds.sample;
    let told_twice = plan.columns.contains_key(&Column::RefundedAmount);
    let is_lines = plan.row_is != RowIs::Order
        || !plan.columns.contains_key(&Column::TotalAmount)
        || plan.amount.total_in_cents;
    let Some(number) = plan.index(Column::TransactionId).filter(|_| !is_lines && !told_twice) else {
        return Ok(None);
    };
    let keys = order_key(&orders.sample, Some(number));
    let order = sample.names.iter().position(|name| keys.contains(&name.normal));
    let (date, amount) = (column_by_name(sample, Column::TransactionDate), refunded(refunds));
    let (Some(order), Some(date), Some(amount)) = (order, date, amount) else { return Ok(None) };
    let notation = Notation { decimal_comma: plan.notation.decimal_comma, ..MILLIONTHS };
    let (mut backs, mut rows, mut understood) = (Backs::new(), 0, true);
    refunds.each_row(&mut |_, record| {
        rows += 1;
        let micro = record.cell(amount).amount(notation);
        understood &= micro.is_ok() && !record.cell(date).is_missing() && !record.cell(order).is_missing();
        if let Ok(micro) = micro.map(i64::abs) {
            let date = record.cell(date).text().into_owned();
            let of = backs.entry(record.cell(order).text().trim().to_owned()).or_default();
            of.push(Back { date, micro, tax_micro: 0 });
        }
        Ok(understood)
    })?;
    if !understood {
        return Ok(None);
    }
    let (mut work, mut notes) = (Refunds { plan, number, backs }, Vec::new());
    let made = rewrite(orders, 0, &mut work, config, scratch, &mut notes)?;
    let left: u64 = work.backs.values().map(|b| b.len() as u64).sum();
    if left * 2 > rows {
        return Ok(None);
    }
    let shown = &refunds.location.shown;
    notes.push(format!("{shown}: {} merged into the orders", counted(rows, "refund", "refunds")));
    if left > 0 {
        let left = counted(left, "refund names", "refunds name");
        notes.push(format!("{shown}: {left} no order of the file, and nothing is taken off"));
    }
    Ok(Some((made, rows, notes)))
}

/// The amount column of a refunds file, if there is exactly one.
fn refunded(refunds: &InputFile) -> Option<usize> {
    let sample = &refunds.sample;
    let named = column_by_name(sample, Column::RefundedAmount);
    let total = column_by_name(sample, Column::TotalAmount);
    match (named, total) {
        (Some(named), Some(total)) if named != total => None,
        (named, total) => named.or(total),
    }
}
