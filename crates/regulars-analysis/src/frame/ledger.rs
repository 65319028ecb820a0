//! The orders behind the frame: customer, day, amount.
//!
//! Orders are defined as in `regulars_engine`'s plan of orders: rows of one customer with one transaction id
//! are one order, on its first day; a negative amount is a refund, unless the policy keeps it as an order. A
//! test compares both.

use std::collections::HashMap;
use std::sync::Arc;

use regulars_core::config::Refunds;
use regulars_core::tables::{ColumnDef, transactions};

use super::cache::MemorySize;
use super::coded::{Coded, NONE};
use super::customers::{Frame, unexpected};
use crate::columns::{Column, NO_CODE, NO_DAY, NO_INTEGER};
use crate::error::BackendError;

const OF: transactions::Columns<ColumnDef> = transactions::COLUMNS;

/// Row number of customers outside the frame, who only have refunds.
pub const NO_ROW: u32 = u32::MAX;

/// Orders and refunds of the customers of the frame.
///
/// Shape: three columns of equal length, in the order of the run's rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    /// Row of the customer in the frame.
    pub customer: Vec<u32>,
    /// Days since 1970.
    pub day: Vec<i32>,
    /// What was paid, minor units.
    pub amount_minor: Vec<i64>,
    /// Whether it is an order; otherwise a refund.
    pub is_purchase: Vec<bool>,
}

impl MemorySize for Orders {
    fn bytes(&self) -> usize {
        self.customer.len() * 17
    }
}

/// Raw transaction rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines {
    /// Row of the customer in the frame, or [`NO_ROW`].
    pub customer: Vec<u32>,
    /// What was paid, minor units.
    pub amount_minor: Vec<i64>,
}

impl MemorySize for Lines {
    fn bytes(&self) -> usize {
        self.customer.len() * 12
    }
}

impl Frame {
    /// The orders of the run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn orders(&self) -> Result<Arc<Orders>, BackendError> {
        self.cached("orders", || {
            if !self.has(OF.customer_id)? {
                return Ok(Orders::default());
            }
            let has_ids = self.has(OF.transaction_id)?;
            let Column::Days(day) = self.read_one(OF.transaction_date)? else {
                return Err(unexpected(OF.transaction_date));
            };
            let amount = self.amounts()?;
            let customer = self.rows_of(&self.read_one(OF.customer_id)?)?;
            let id = if has_ids { Some(self.read_one(OF.transaction_id)?) } else { None };
            let keep = self.manifest.config.policy.refunds == Refunds::Keep;
            Ok(orders(&customer, &day, &amount, id.as_ref(), keep))
        })
    }

    fn amounts(&self) -> Result<Vec<i64>, BackendError> {
        match self.read_one(OF.total_amount_minor)? {
            Column::Integers(amounts) => Ok(amounts),
            _ => Err(unexpected(OF.total_amount_minor)),
        }
    }

    /// The transaction rows.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn lines(&self) -> Result<Arc<Lines>, BackendError> {
        self.cached("lines", || {
            if !self.has(OF.customer_id)? {
                return Ok(Lines::default());
            }
            let customer = self.rows_of(&self.read_one(OF.customer_id)?)?;
            Ok(Lines { customer, amount_minor: self.amounts()? })
        })
    }

    /// A text column of the transactions, aligned with [`Self::lines`]; `None` if the run has no such column,
    /// or it is empty.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn line_classes(&self, column: ColumnDef) -> Result<Option<Arc<Coded>>, BackendError> {
        if !self.has(column)? {
            return Ok(None);
        }
        let found = self
            .cached(&format!("line {}", column.name), || Ok(Coded::of_text(&self.read_one(column)?, &[])))?;
        Ok(found.codes.iter().any(|code| *code != NONE).then_some(found))
    }
}

/// Groups rows into orders.
fn orders(
    customer: &[u32],
    day: &[i32],
    amount_minor: &[i64],
    id: Option<&Column>,
    negative_rows_are_purchases: bool,
) -> Orders {
    let key = |row: usize| match id {
        Some(Column::Integers(ids)) => ids[row],
        Some(Column::Text(text)) => match text.codes[row] {
            NO_CODE => NO_INTEGER,
            code => i64::from(code),
        },
        _ => NO_INTEGER,
    };
    let grouped = (0..customer.len()).any(|row| key(row) != NO_INTEGER);
    let mut out = Orders::default();
    let mut places: HashMap<(u32, i64, bool), usize> = HashMap::new();
    for row in 0..customer.len() {
        if customer[row] == NO_ROW || day[row] == NO_DAY || amount_minor[row] == NO_INTEGER {
            continue;
        }
        let is_purchase = negative_rows_are_purchases || amount_minor[row] >= 0;
        if grouped {
            let next = out.customer.len();
            let place = *places.entry((customer[row], key(row), is_purchase)).or_insert(next);
            if place < next {
                out.day[place] = out.day[place].min(day[row]);
                out.amount_minor[place] += amount_minor[row];
                continue;
            }
        }
        out.customer.push(customer[row]);
        out.day.push(day[row]);
        out.amount_minor.push(amount_minor[row]);
        out.is_purchase.push(is_purchase);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_order_are_one_purchase_and_refunds_stand_apart() {
        let ids = Column::Integers(vec![7, 7, 7, 8, 7]);
        let found = orders(&[0, 0, 0, 1, 2], &[10, 9, 12, 5, 6], &[100, 50, -30, 20, 70], Some(&ids), false);
        assert_eq!(found.customer, [0, 0, 1, 2]);
        assert_eq!(found.day, [9, 12, 5, 6]);
        assert_eq!(found.amount_minor, [150, -30, 20, 70]);
        assert_eq!(found.is_purchase, [true, false, true, true]);
        let kept = orders(&[0, 0], &[1, 2], &[100, -30], None, true);
        assert_eq!(kept.is_purchase, [true, true]);
    }

    #[test]
    fn without_ids_every_row_is_a_purchase_and_strangers_are_left_out() {
        let found = orders(&[0, NO_ROW, 0], &[1, 1, 1], &[5, 6, 7], None, false);
        assert_eq!((found.customer, found.amount_minor), (vec![0, 0], vec![5, 7]));
    }
}
