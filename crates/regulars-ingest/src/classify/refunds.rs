//! Deductions in the columns of a row: order discounts, refunds, returned quantities.

use regulars_core::columns::Column;
use regulars_core::config::{DiscountIs, Meaning, Refunds};
use regulars_core::money::Notation;

use super::{Cells, Row, Rules};
use crate::cells::{Cell, divide_rounded};
use crate::row_checks::{RowChecks, RowMeaning};

impl Rules {
    /// The discount of the whole order in minor units; `None` without such a column.
    pub(crate) fn order_discount(&self, record: &impl Cells) -> Option<i64> {
        let (index, _) = self.discount.filter(|(_, is)| *is == DiscountIs::Order)?;
        let decimals = if self.discount_in_cents {
            self.notation.decimals.saturating_sub(2)
        } else {
            self.notation.decimals
        };
        let off = record.cell(index).amount(Notation { decimals, ..self.notation }).unwrap_or(0);
        Some(off.abs())
    }

    /// Subtracts returns recorded in the row's own columns, and reverses the sign of return documents.
    pub(super) fn settle_return(
        &self,
        row: &mut Row<'_>,
        record: &impl Cells,
        meaning: RowMeaning,
        checks: &mut RowChecks,
    ) {
        let back = meaning.meaning == Some(Meaning::Returned);
        if back && meaning.by_type && row.amount_minor > 0 {
            row.amount_minor = -row.amount_minor;
            return;
        }
        if self.refunds == Refunds::Keep || row.amount_minor < 0 {
            return;
        }
        let refund = match self.refunds.reduce_spend() {
            true if self.returned_quantity.is_empty() => self.refund(record, checks),
            true => self.refund_of_pieces(record, row),
            false => 0,
        };
        row.refund_minor = refund;
        if back {
            row.is_refunded = true;
        } else if row.amount_minor > 0 && refund > 0 {
            checks.count_refund(refund, row.amount_minor);
            if refund >= row.amount_minor {
                row.is_refunded = true;
            } else {
                row.amount_minor -= refund;
                row.returned_minor = refund;
            }
        }
    }

    /// The refunded amount of a line, in proportion to its returned quantity.
    fn refund_of_pieces(&self, record: &impl Cells, row: &Row<'_>) -> i64 {
        let pieces = |index: &usize| {
            record.cell(*index).amount(Notation { decimals: 3, ..self.notation }).unwrap_or(0).max(0)
        };
        let back: i64 = self.returned_quantity.iter().map(pieces).sum();
        match row.quantity_milli {
            Some(sold) if back > 0 && sold > 0 => {
                let share = i128::from(row.amount_minor) * i128::from(back.min(sold));
                divide_rounded(share, i128::from(sold)) as i64
            }
            _ => 0,
        }
    }

    /// The refund column; 0 without one.
    fn refund(&self, record: &impl Cells, checks: &mut RowChecks) -> i64 {
        if !self.has(Column::RefundedAmount) {
            return 0;
        }
        let refunded = self.cell(record, Column::RefundedAmount);
        let cancelled_amount = self.cancelled_amount.map(|index| record.cell(index));
        let notation = Notation { decimals: self.refund_decimals, ..self.notation };
        let mut sum = 0_i64;
        for cell in [Some(refunded), cancelled_amount].into_iter().flatten().filter(|cell| !cell.is_missing())
        {
            let amount = match cell {
                Cell::Text(text) => regulars_core::money::parse_amount(text, notation).map(|a| a.minor),
                _ => cell.amount(notation),
            };
            match amount.map(i64::unsigned_abs) {
                Ok(back) => sum = sum.saturating_add(i64::try_from(back).unwrap_or(i64::MAX)),
                Err(_not_a_number) => checks.count_unreadable_refund(cell),
            }
        }
        sum
    }
}
