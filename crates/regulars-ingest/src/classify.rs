//! Reads one record into a canonical row, or says why it cannot count.
//!
//! Deliberately not here: duplicates (they need all rows) and counting (see `checks`).

use std::borrow::Cow;
use std::collections::HashSet;

use chrono_tz::Tz;
use regulars_core::columns::Column;
use regulars_core::config::{Refunds, ZeroAmounts};
use regulars_core::dates::{self, DAY_MICROS, DateOrder, Epoch};
use regulars_core::money::{AmountProblem, Notation};

use crate::cells::{Cell, divide_rounded, trim};
use crate::lookups::Lookup;
use crate::schema::{IdKinds, slot};
use crate::statuses::{Standing, Statuses};

/// A record that can be asked for the cell of a column.
pub(crate) trait Cells {
    fn cell(&self, column: usize) -> Cell<'_>;
}

/// An id as it will be stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Id<'a> {
    Whole(i64),
    Text(Cow<'a, str>),
}

/// One canonical row.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    pub(crate) transaction: Id<'a>,
    pub(crate) customer: Id<'a>,
    pub(crate) micros: i64,
    pub(crate) category: Option<Cow<'a, str>>,
    pub(crate) product: Option<Id<'a>>,
    pub(crate) price_minor: Option<i64>,
    pub(crate) quantity_milli: Option<i64>,
    pub(crate) payment: Option<Cow<'a, str>>,
    pub(crate) status: Option<Cow<'a, str>>,
    pub(crate) amount_minor: i64,
    /// The amount is zero before rounding, too.
    pub(crate) is_zero: bool,
    /// There is a total and it is not price times quantity.
    pub(crate) disagrees: bool,
}

/// Why a row cannot be used.
#[derive(Debug, Clone)]
pub(crate) struct Rejection {
    pub(crate) reason: &'static str,
    pub(crate) column: &'static str,
    pub(crate) value: String,
}

/// What becomes of a row.
#[derive(Debug)]
pub(crate) enum Verdict<'a> {
    Clean(Row<'a>),
    Excluded(Row<'a>, &'static str),
    Rejected(Rejection),
}

/// An id that was taken for a whole number is not one: landing starts again with text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotWhole(pub(crate) Column);

/// What status words were found to mean: there are few of them, and a row each.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    standings: Vec<(String, Standing)>,
}

impl Memo {
    pub(crate) fn standing(&mut self, statuses: &Statuses, word: &str) -> Standing {
        if let Some((_, standing)) = self.standings.iter().find(|(known, _)| known == word) {
            return *standing;
        }
        let standing = statuses.standing(word);
        if self.standings.len() < 64 {
            self.standings.push((word.to_owned(), standing));
        }
        standing
    }
}

/// How the rows of one file are read and judged.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) index: [Option<usize>; 10],
    pub(crate) kinds: IdKinds,
    pub(crate) notation: Notation,
    pub(crate) date_order: DateOrder,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) zone: Tz,
    pub(crate) local_is_utc: bool,
    pub(crate) statuses: Statuses,
    pub(crate) status_flag: Option<&'static str>,
    pub(crate) cancelled_prefix: Option<&'static str>,
    pub(crate) totals_on_first_row: bool,
    pub(crate) refunds: Refunds,
    pub(crate) zero_amounts: ZeroAmounts,
    /// Rows after it are left out.
    pub(crate) as_of: Option<i64>,
    /// Dates from here on are in the future.
    pub(crate) future_from: i64,
    /// Added to the line number to make an id where the file has none.
    pub(crate) line_id_base: i64,
    pub(crate) lookups: Vec<Lookup>,
    /// The column that tells customers who have no id of their own.
    pub(crate) customer_fallback: Option<usize>,
}

/// Words that shops write for customers without an account; all of these customers are not one.
const GUESTS: [&[u8]; 8] =
    [b"guest", b"guests", b"gast", b"anonymous", b"guest checkout", b"walk-in", b"invite", b"invitado"];

const MICRO: u8 = 6;

impl Rules {
    #[inline]
    fn cell<'a>(&'a self, record: &'a impl Cells, column: Column) -> Cell<'a> {
        if let Some(index) = self.index[slot(column)] {
            let cell = record.cell(index);
            if self.lookups.is_empty() || !cell.is_missing() {
                return cell;
            }
        }
        for lookup in &self.lookups {
            if let Some(i) = lookup.columns.iter().position(|c| *c == column) {
                return lookup
                    .find(record.cell(lookup.key_index), i)
                    .map_or(Cell::Null, |v| Cell::Text(v.as_bytes()));
            }
        }
        Cell::Null
    }

    /// Whether the file has the column, itself or by a lookup.
    pub(crate) fn has(&self, column: Column) -> bool {
        self.index[slot(column)].is_some() || self.lookups.iter().any(|l| l.columns.contains(&column))
    }

    /// Leaves columns alone that say nothing about when, who and how much.
    pub(crate) fn forget_details(&mut self) {
        for column in [Column::ProductId, Column::ProductCategory, Column::PaymentMethod] {
            self.index[slot(column)] = None;
        }
        if self.index[slot(Column::TotalAmount)].is_some() {
            self.index[slot(Column::Price)] = None;
            self.index[slot(Column::Quantity)] = None;
        }
        self.lookups
            .retain(|l| !l.columns.iter().all(|c| matches!(c, Column::ProductId | Column::ProductCategory)));
    }

    /// Reads and judges one record.
    ///
    /// Errors: [`NotWhole`] when an id does not fit its column's type.
    pub(crate) fn judge<'a>(
        &'a self,
        record: &'a impl Cells,
        line: u64,
        memo: &mut Memo,
    ) -> Result<Verdict<'a>, NotWhole> {
        let reject = |reason, column: Column, cell: Cell<'_>| {
            Ok(Verdict::Rejected(Rejection {
                reason,
                column: column.name(),
                value: cell.text().chars().take(80).collect(),
            }))
        };
        let customer = self.customer(record);
        if customer.is_missing() {
            if self.totals_on_first_row
                && self.cell(record, Column::TotalAmount).is_missing()
                && let transaction = self.cell(record, Column::TransactionId)
                && !transaction.is_missing()
            {
                return Ok(Verdict::Excluded(self.order_line(transaction)?, "order_line"));
            }
            return reject("missing_customer_id", Column::CustomerId, customer);
        }
        let transaction_cell = self.cell(record, Column::TransactionId);
        let transaction = if !self.has(Column::TransactionId) {
            Id::Whole(self.line_id_base + line as i64)
        } else if transaction_cell.is_missing() {
            return reject("missing_transaction_id", Column::TransactionId, transaction_cell);
        } else {
            read_id(transaction_cell, self.kinds.transaction, Column::TransactionId)?
        };
        let date = self.cell(record, Column::TransactionDate);
        if date.is_missing() {
            return reject("missing_date", Column::TransactionDate, date);
        }
        let Some(micros) = date
            .moment(self.date_order, self.epoch)
            .and_then(|moment| dates::wall_clock(moment, self.zone, self.local_is_utc))
        else {
            return reject("unreadable_date", Column::TransactionDate, date);
        };
        // The first day of 1970 is what a missing date becomes in many a program.
        if micros < DAY_MICROS {
            return reject("date_before_1970", Column::TransactionDate, date);
        }
        if micros >= self.future_from {
            return reject("future_date", Column::TransactionDate, date);
        }
        let amounts = match self.amounts(record) {
            Ok(amounts) => amounts,
            Err((problem, column, cell)) => {
                let reason = match problem {
                    AmountProblem::Empty => "missing_amount",
                    AmountProblem::NotANumber => "unreadable_amount",
                    AmountProblem::TooLarge => "amount_too_large",
                };
                return reject(reason, column, cell);
            }
        };
        let product = self.cell(record, Column::ProductId);
        let row = Row {
            customer: read_id(customer, self.kinds.customer, Column::CustomerId)?,
            transaction,
            micros,
            category: word(self.cell(record, Column::ProductCategory)),
            product: if product.is_missing() {
                None
            } else {
                Some(read_id(product, self.kinds.product, Column::ProductId)?)
            },
            price_minor: amounts.price_minor,
            quantity_milli: amounts.quantity_milli,
            payment: word(self.cell(record, Column::PaymentMethod)),
            status: self.status(record),
            amount_minor: amounts.amount_minor,
            is_zero: amounts.is_zero,
            disagrees: amounts.disagrees,
        };
        let standing =
            row.status.as_deref().map_or(Standing::Completed, |status| memo.standing(&self.statuses, status));
        let is_cancelled =
            || self.cancelled_prefix.is_some_and(|prefix| transaction_cell.text().starts_with(prefix));
        Ok(match self.policy(row.micros, standing, row.amount_minor, row.is_zero, is_cancelled) {
            Some(reason) => Verdict::Excluded(row, reason),
            None => Verdict::Clean(row),
        })
    }

    /// Who bought: guests by their address, if the file has one.
    #[inline]
    fn customer<'a>(&'a self, record: &'a impl Cells) -> Cell<'a> {
        let own = self.cell(record, Column::CustomerId);
        let guest = match own {
            Cell::Int(id) => id == 0 && self.customer_fallback.is_some(),
            Cell::Text(text) => {
                let text = trim(text);
                (text == b"0" && self.customer_fallback.is_some())
                    || (text.len() <= 14 && GUESTS.iter().any(|guest| text.eq_ignore_ascii_case(guest)))
            }
            _ => false,
        };
        match self.customer_fallback {
            Some(column) if guest || own.is_missing() => record.cell(column),
            None if guest => Cell::Null,
            _ => own,
        }
    }

    /// A further line of an order whose total is on its first: kept aside with what it says itself.
    fn order_line<'a>(&self, transaction: Cell<'a>) -> Result<Row<'a>, NotWhole> {
        Ok(Row {
            transaction: read_id(transaction, self.kinds.transaction, Column::TransactionId)?,
            customer: if self.kinds.customer { Id::Whole(0) } else { Id::Text(Cow::Borrowed("")) },
            micros: 0,
            category: None,
            product: None,
            price_minor: None,
            quantity_milli: None,
            payment: None,
            status: None,
            amount_minor: 0,
            is_zero: true,
            disagrees: false,
        })
    }

    fn status<'a>(&'a self, record: &'a impl Cells) -> Option<Cow<'a, str>> {
        let cell = self.cell(record, Column::Status);
        match self.status_flag {
            Some(word) => self
                .has(Column::Status)
                .then(|| Cow::Borrowed(if cell.flag() == Some(true) { word } else { "completed" })),
            None => word(cell),
        }
    }

    fn amounts<'a>(&'a self, record: &'a impl Cells) -> Result<Amounts, (AmountProblem, Column, Cell<'a>)> {
        let read = |column: Column, decimals: u8| {
            let cell = self.cell(record, column);
            if cell.is_missing() && !matches!(cell, Cell::Float(_)) {
                // "NaN" as text is a value that is no number, not a missing one.
                let spelled = matches!(cell, Cell::Text(text) if trim(text).eq_ignore_ascii_case(b"nan"));
                return Err((
                    if spelled { AmountProblem::NotANumber } else { AmountProblem::Empty },
                    column,
                    cell,
                ));
            }
            let notation = match cell {
                // Looked-up sums are written by us.
                Cell::Text(_) if self.index[slot(column)].is_none() => {
                    Notation { decimal_comma: false, decimals }
                }
                _ => Notation { decimals, ..self.notation },
            };
            cell.amount(notation).map_err(|problem| (problem, column, cell))
        };
        let optional = |column: Column, decimals: u8| match read(column, decimals) {
            Err((AmountProblem::Empty, ..)) => Ok(None),
            Err(problem) => Err(problem),
            Ok(value) => Ok(Some(value)),
        };
        let decimals = self.notation.decimals;
        let has_total = self.has(Column::TotalAmount);
        let has_price = self.has(Column::Price);
        // Beside a total, an unreadable price or quantity costs only itself.
        let lenient =
            |value: Result<Option<i64>, _>| if has_total { Ok(value.unwrap_or(None)) } else { value };
        let price_micro = if has_price { lenient(optional(Column::Price, MICRO))? } else { None };
        let quantity_milli =
            if self.has(Column::Quantity) { lenient(optional(Column::Quantity, 3))? } else { None };
        let price_minor = price_micro
            .map(|p| divide_rounded(i128::from(p), 10_i128.pow(u32::from(MICRO - decimals))) as i64);
        let by_lines = match (price_micro, quantity_milli) {
            (Some(price), Some(quantity)) => Some(i128::from(price) * i128::from(quantity)),
            _ => None,
        };
        let unit = || 10_i128.pow(u32::from(MICRO + 3 - decimals));
        if has_total {
            let amount_minor = read(Column::TotalAmount, decimals)?;
            let disagrees =
                by_lines.is_some_and(|exact| (exact - i128::from(amount_minor) * unit()).abs() > unit());
            return Ok(Amounts {
                amount_minor,
                price_minor,
                quantity_milli,
                is_zero: amount_minor == 0,
                disagrees,
            });
        }
        let Some(exact) = by_lines else {
            let column = if price_micro.is_none() { Column::Price } else { Column::Quantity };
            return Err((AmountProblem::Empty, column, self.cell(record, column)));
        };
        let amount_minor = i64::try_from(divide_rounded(exact, unit())).map_err(|_overflow| {
            (AmountProblem::TooLarge, Column::Price, self.cell(record, Column::Price))
        })?;
        Ok(Amounts { amount_minor, price_minor, quantity_milli, is_zero: exact == 0, disagrees: false })
    }

    /// Why a policy leaves a row out, if one does; `is_cancelled` looks at its transaction id.
    #[inline]
    pub(crate) fn policy(
        &self,
        micros: i64,
        standing: Standing,
        amount_minor: i64,
        is_zero: bool,
        is_cancelled: impl FnOnce() -> bool,
    ) -> Option<&'static str> {
        if self.as_of.is_some_and(|as_of| micros > as_of) {
            return Some("after_as_of");
        }
        // Money that went back in a row of its own counts against the customer's spend.
        let negative = amount_minor < 0;
        let counts = self.refunds == Refunds::Keep || (negative && self.refunds == Refunds::Net);
        match standing {
            Standing::Open => return Some("status"),
            Standing::Unknown => return Some("unknown_status"),
            _ if counts => {}
            Standing::Cancelled => return Some("cancelled"),
            Standing::Refunded => return Some("refunded"),
            Standing::Completed => {
                if is_cancelled() {
                    return Some("cancelled");
                }
                if negative {
                    return Some("returned");
                }
            }
        }
        (is_zero && self.zero_amounts == ZeroAmounts::Exclude).then_some("zero_amount")
    }
}

struct Amounts {
    amount_minor: i64,
    price_minor: Option<i64>,
    quantity_milli: Option<i64>,
    is_zero: bool,
    disagrees: bool,
}

fn word(cell: Cell<'_>) -> Option<Cow<'_, str>> {
    if cell.is_missing() { None } else { Some(cell.text()) }
}

pub(crate) fn read_id(cell: Cell<'_>, whole: bool, column: Column) -> Result<Id<'_>, NotWhole> {
    if whole {
        return cell.whole_id().map(Id::Whole).ok_or(NotWhole(column));
    }
    let text = cell.text();
    // One address in two spellings is one customer.
    if column == Column::CustomerId && text.contains('@') && text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Ok(Id::Text(Cow::Owned(text.to_lowercase())));
    }
    Ok(Id::Text(text))
}

/// The ids of the customers file.
#[derive(Debug)]
pub(crate) enum KnownCustomers {
    Whole(HashSet<i64>),
    Text(HashSet<String>),
}

impl KnownCustomers {
    pub(crate) fn has(&self, id: &Id<'_>) -> bool {
        match (self, id) {
            (Self::Whole(known), Id::Whole(id)) => known.contains(id),
            (Self::Text(known), Id::Text(id)) => known.contains(id.as_ref()),
            (Self::Text(known), Id::Whole(id)) => known.contains(&id.to_string()),
            (Self::Whole(known), Id::Text(id)) => id.parse().is_ok_and(|id: i64| known.contains(&id)),
        }
    }
}
