//! What is settled order by order, once all rows have been seen: rows that are there twice, totals that
//! stand on several rows, order numbers that begin again, returns that find their orders.
//!
//! A row is known here by a few numbers (see [`Facts`]); what is settled comes back as edits that the
//! next pass over the files carries out.

mod called_off;
mod duplicates;
mod order_totals;
mod restarts;
mod returns;
mod scope;

pub(crate) use called_off::told_twice;
pub(crate) use duplicates::find;
pub(crate) use order_totals::order_totals;
pub(crate) use restarts::{Restarts, look as look_for_restarts};
pub(crate) use returns::{Matching, ReturnsFound, match_returns};
pub(crate) use scope::{
    Counting, Evidence, Scope, decide, evidence, order_discounts, repeated_lines, settle,
};

/// What is done to a clean row on the next pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// It is left out, and why; with its amount where that was settled before.
    Drop(&'static str, Option<i64>),
    /// Its amount, and what of it went back, become these.
    Amount {
        /// What counts.
        minor: i64,
        /// What went back.
        returned_minor: i64,
        /// Pieces that went back, in thousandths.
        returned_milli: i64,
    },
    /// Of its amount, this went back, whatever its own column of refunds says.
    Refund { amount_minor: i64, returned_minor: i64 },
}

/// The edits of one task: the number of a clean row within it, and what is done to it; ascending.
pub(crate) type Edits = Vec<(u32, Edit)>;

/// What is known of the clean rows of one task.
///
/// Shape: equal lengths; `items`, `others`, `copies`, `discounts`, `lines` and `returned` are empty where nobody asks for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// First and last transaction id, if they are whole numbers and ascend.
    pub(crate) ids: Option<(i64, i64)>,
    /// A hash of every field.
    pub(crate) rows: Vec<u64>,
    /// A hash of the transaction id and its customer; where the source has no ids, a second hash of
    /// every field.
    pub(crate) orders: Vec<u64>,
    /// The amount, in minor units.
    pub(crate) amounts: Vec<i64>,
    /// The day since 1970.
    pub(crate) days: Vec<i32>,
    /// A hash of what tells the lines of an order apart.
    pub(crate) items: Vec<u64>,
    /// A hash of what tells its payments, shipments or refunds apart.
    pub(crate) others: Vec<u64>,
    /// As `rows`, but for the columns of which a line may have several values.
    pub(crate) copies: Vec<u64>,
    /// Price times quantity in minor units; [`NO_LINE`] without.
    pub(crate) lines: Vec<i64>,
    /// Of a return, the order that it names, as in `orders`; 0 where it names none.
    pub(crate) references: Vec<u64>,
    /// What went back by a column of the row.
    pub(crate) returned: Vec<i64>,
    /// What the column of refunds says, whatever the amount.
    pub(crate) refunds: Vec<i64>,
    /// What a column takes off the whole order.
    pub(crate) discounts: Vec<i64>,
    /// All of the row went back.
    pub(crate) refunded: Vec<bool>,
    /// Orders of which a row is called off, as in `orders`, the day of the row, and its amount, if known.
    pub(crate) called_off: Vec<(u64, i32, Option<i64>)>,
    /// Rows that are called off, by a hash of customer and amount, and their days.
    pub(crate) off_amounts: Vec<(u64, i32)>,
    /// Rows that take money back: their number in the task, and the same hash of what they take back.
    pub(crate) back_amounts: Vec<(u32, u64)>,
}

/// A row without price and quantity.
pub(crate) const NO_LINE: i64 = i64::MIN;

/// Adds edits that were settled later to those before; what is left out already stays so.
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
