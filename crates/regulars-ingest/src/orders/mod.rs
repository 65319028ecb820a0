//! Resolves orders once all rows have been read: duplicate rows, totals repeated on several rows, restarting
//! order numbers, and returns.
//!
//! A row is represented by a few numbers (see [`Facts`]); the result is a set of edits that the next pass
//! over the files applies.

mod duplicates;
mod match_returns;
mod order_totals;
mod refunded_twice;
mod restarts;
mod scope;

pub(crate) use duplicates::find;
pub(crate) use match_returns::{Matching, ReturnsFound, match_returns};
pub(crate) use order_totals::order_totals;
pub(crate) use refunded_twice::refunded_twice;
pub(crate) use restarts::{Restarts, find_restarts};
pub(crate) use scope::{
    Evidence, FileScope, Scope, decide, evidence, order_discounts, repeated_lines, settle,
};

/// A change to a clean row on the next pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Excluded for this reason; with its amount, if it was changed before.
    Drop(&'static str, Option<i64>),
    /// Replaces its amounts.
    Amount {
        /// The amount that counts.
        minor: i64,
        /// The amount returned.
        returned_minor: i64,
        /// The quantity returned, in thousandths.
        returned_milli: i64,
    },
    /// Replaces the returned part of its amount, whatever its own refund column says.
    Refund { amount_minor: i64, returned_minor: i64 },
}

/// The edits of one task: index of a clean row and its change; ascending.
pub(crate) type Edits = Vec<(u32, Edit)>;

/// Facts about the clean rows of one task.
///
/// Shape: equal lengths; `items`, `others`, `copies`, `discounts`, `lines` and `returned` are empty if not
/// needed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// First and last transaction id, if they are integers and ascend.
    pub(crate) ids: Option<(i64, i64)>,
    /// A hash of all fields.
    pub(crate) rows: Vec<u64>,
    /// A hash of transaction id and customer; without ids, a second hash of all fields.
    pub(crate) orders: Vec<u64>,
    /// The amount in minor units.
    pub(crate) amounts: Vec<i64>,
    /// Days since 1970-01-01.
    pub(crate) days: Vec<i32>,
    /// A hash of the columns that distinguish the lines of an order.
    pub(crate) items: Vec<u64>,
    /// A hash of the columns that distinguish its payments, shipments or refunds.
    pub(crate) others: Vec<u64>,
    /// Like `rows`, without the columns that have several values per line.
    pub(crate) copies: Vec<u64>,
    /// Price times quantity in minor units; otherwise [`NO_LINE`].
    pub(crate) lines: Vec<i64>,
    /// For a return, the order it refers to, as in `orders`; 0 if none.
    pub(crate) references: Vec<u64>,
    /// The amount returned according to a column of the row.
    pub(crate) returned: Vec<i64>,
    /// The refund column, whatever the amount.
    pub(crate) refunds: Vec<i64>,
    /// The discount of the whole order.
    pub(crate) discounts: Vec<i64>,
    /// The row is fully refunded.
    pub(crate) refunded: Vec<bool>,
    /// Orders with a cancelled row, as in `orders`, with the day of the row and its amount, if known.
    pub(crate) cancelled_orders: Vec<(u64, i32, Option<i64>)>,
    /// Cancelled rows: a hash of customer and amount, and the day.
    pub(crate) cancelled_amounts: Vec<(u64, i32)>,
    /// Refund rows: their index in the task, and the same hash with the amount refunded.
    pub(crate) refund_amounts: Vec<(u32, u64)>,
}

/// A row without price and quantity.
pub(crate) const NO_LINE: i64 = i64::MIN;

/// Adds later edits to earlier ones; rows that are already excluded stay so.
pub(crate) fn add_edits(all: &mut [Edits], later: Vec<Edits>) {
    for (mine, theirs) in all.iter_mut().zip(later) {
        if theirs.is_empty() {
            continue;
        }
        let mut merged: Edits = Vec::with_capacity(mine.len() + theirs.len());
        let (mut a, mut b) = (mine.drain(..).peekable(), theirs.into_iter().peekable());
        loop {
            match (a.peek(), b.peek()) {
                (Some((x, edit)), Some((y, _))) if x == y => {
                    let dropped = matches!(edit, Edit::Drop(..));
                    let (first, second) = (a.next(), b.next());
                    merged.extend(if dropped { first } else { second });
                }
                (Some((x, _)), Some((y, _))) if x < y => merged.extend(a.next()),
                (_, Some(_)) => merged.extend(b.next()),
                (Some(_), None) => merged.extend(a.next()),
                (None, None) => break,
            }
        }
        drop(a);
        *mine = merged;
    }
}
