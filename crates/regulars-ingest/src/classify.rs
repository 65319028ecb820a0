//! Reads one record into a canonical row, or determines why it does not count.
//!
//! Deliberately not here: anything that needs other rows (duplicates, orders, returns: see `orders`), and
//! counting (see `row_checks`, `checks`).

use std::borrow::Cow;
use std::sync::Arc;

use chrono_tz::Tz;
use regulars_core::columns::Column;
use regulars_core::config::{DiscountIs, GroupRows, Meaning, Refunds, ZeroAmounts};
use regulars_core::dates::{self, DAY_MICROS, DateOrder};
use regulars_core::money::{AmountProblem, Notation};

use crate::accounts::Accounts;
use crate::cells::{Cell, divide_rounded, trim, without_unit};
use crate::ids::{Id, NotWhole, plain_customer, plain_number, read_id};
use crate::lookups::Lookup;
use crate::placeholders;
use crate::plan::{DatePlan, SaleRule, swap_day_and_month};
use crate::row_checks::{RowChecks, RowMeaning};
use crate::schema::{IdKinds, slot};

mod refunds;

/// A record with access to its cells by column.
pub(crate) trait Cells {
    fn cell(&self, column: usize) -> Cell<'_>;
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
    /// The amount that counts, less `returned_minor`.
    pub(crate) amount_minor: i64,
    /// The amount returned according to a column of the row.
    pub(crate) returned_minor: i64,
    /// The amount in the refund column.
    pub(crate) refund_minor: i64,
    /// The row is fully refunded, by its status or by that column.
    pub(crate) is_refunded: bool,
    /// The amount is zero even before rounding.
    pub(crate) is_zero: bool,
    /// The total differs from price times quantity.
    pub(crate) disagrees: bool,
}

/// A row that is not a sale, as far as it is readable.
#[derive(Debug, Clone, Default)]
pub(crate) struct PartialRow<'a> {
    pub(crate) transaction: Option<Id<'a>>,
    pub(crate) customer: Option<Id<'a>>,
    pub(crate) micros: Option<i64>,
    pub(crate) product: Option<Id<'a>>,
    pub(crate) status: Option<Cow<'a, str>>,
    pub(crate) amount_minor: Option<i64>,
}

/// Why a row is unusable.
#[derive(Debug, Clone)]
pub(crate) struct Rejection {
    pub(crate) reason: &'static str,
    pub(crate) column: &'static str,
    pub(crate) value: String,
}

/// How a row is classified.
#[derive(Debug)]
pub(crate) enum Verdict<'a> {
    Clean(Row<'a>),
    Excluded(Row<'a>, &'static str),
    /// Not a sale; the row may be incomplete.
    NoSale(PartialRow<'a>, &'static str),
    Rejected(Rejection),
}

/// How the rows of one file are read and classified.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) index: [Option<usize>; Column::ALL.len()],
    pub(crate) kinds: IdKinds,
    pub(crate) notation: Notation,
    /// Decimals of the total and the price: those of the currency, or 0 for amounts in cents.
    pub(crate) total_decimals: u8,
    pub(crate) total_in_micros: bool,
    pub(crate) refund_decimals: u8,
    pub(crate) price_in_cents: bool,
    /// The column of the cancelled part of the amount.
    pub(crate) cancelled_amount: Option<usize>,
    /// Columns of the returned quantity of a line.
    pub(crate) returned_quantity: Vec<usize>,
    pub(crate) discount: Option<(usize, DiscountIs)>,
    pub(crate) discount_in_cents: bool,
    pub(crate) dates: DatePlan,
    /// The time column, if the date column has no time of day.
    pub(crate) time: Option<usize>,
    pub(crate) date_order: DateOrder,
    pub(crate) zone: Option<Tz>,
    pub(crate) local_is_utc: bool,
    pub(crate) sales: Vec<SaleRule>,
    pub(crate) cancelled_prefix: Option<&'static str>,
    /// A row that refers to another order is a refund of it, whatever else it contains.
    pub(crate) references_are_refunds: bool,
    pub(crate) totals_on_first_row: bool,
    pub(crate) refunds: Refunds,
    pub(crate) zero_amounts: ZeroAmounts,
    /// Rows in other currencies are excluded.
    pub(crate) only_currency: Option<String>,
    /// Currencies are checked row by row.
    pub(crate) watch_currency: bool,
    /// Rows after this time are excluded.
    pub(crate) as_of: Option<i64>,
    /// Dates from here on are in the future.
    pub(crate) future_from: i64,
    /// Added to the line number to form an id if the file has none.
    pub(crate) line_id_base: i64,
    /// Which rows form one purchase, if the file has no order number.
    pub(crate) group: GroupRows,
    /// One customer may be spelled in several ways.
    pub(crate) customers_are_loose: bool,
    /// One order number may be spelled in several ways.
    pub(crate) numbers_are_loose: bool,
    /// Rows with one order number are one order only within a day.
    pub(crate) numbers_restart: bool,
    pub(crate) lookups: Vec<Lookup>,
    /// The column that identifies customers without an id.
    pub(crate) customer_fallback: Option<usize>,
    /// The accounts of guests, once guests are known to exist.
    pub(crate) accounts: Option<Arc<Accounts>>,
    /// The customer name column, if some names are placeholders.
    pub(crate) customer_name: Option<usize>,
    /// The column of the shop or till, if each numbers its own orders.
    pub(crate) shop_of_number: Option<usize>,
    /// Ids that the configuration declares to be placeholders.
    pub(crate) not_customers: Vec<String>,
    /// The column that contains labels such as `Subtotal`.
    pub(crate) totals_label: Option<usize>,
    pub(crate) placeholders: placeholders::PlaceholderRule,
}

const MICRO: u8 = 6;

impl Rules {
    #[inline]
    fn cell<'a>(&'a self, record: &'a (impl Cells + ?Sized), column: Column) -> Cell<'a> {
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

    /// Whether the file has the column, directly or by a lookup.
    pub(crate) fn has(&self, column: Column) -> bool {
        self.index[slot(column)].is_some() || self.lookups.iter().any(|l| l.columns.contains(&column))
    }

    /// Ignores columns other than customer, date and amount.
    pub(crate) fn forget_details(&mut self) {
        for column in [Column::ProductId, Column::ProductCategory, Column::PaymentMethod] {
            self.index[slot(column)] = None;
        }
        if self.index[slot(Column::TotalAmount)].is_some() {
            self.index[slot(Column::Price)] = None;
            if self.returned_quantity.is_empty() {
                self.index[slot(Column::Quantity)] = None;
            }
        }
        self.lookups
            .retain(|l| !l.columns.iter().all(|c| matches!(c, Column::ProductId | Column::ProductCategory)));
    }

    /// Reads and classifies one record.
    ///
    /// Errors: [`NotWhole`] if an id does not fit its column's type.
    pub(crate) fn classify<'a>(
        &'a self,
        record: &'a impl Cells,
        line: u64,
        checks: &mut RowChecks,
    ) -> Result<Verdict<'a>, NotWhole> {
        let reject = |reason, column: Column, cell: Cell<'_>| {
            Ok(Verdict::Rejected(Rejection {
                reason,
                column: column.name(),
                value: cell.text().chars().take(200).collect(),
            }))
        };
        let row_meaning =
            if self.sales.is_empty() { RowMeaning::SALE } else { checks.meaning(&self.sales, record) };
        let row_meaning = self.as_document(record, row_meaning);
        match row_meaning.meaning {
            Some(Meaning::Ignore) => return Ok(self.no_sale(record, "not_a_sale", checks, row_meaning)),
            Some(Meaning::Detail) => return Ok(self.no_sale(record, "detail_row", checks, row_meaning)),
            Some(Meaning::Open) => return Ok(self.no_sale(record, "status", checks, row_meaning)),
            None => return Ok(self.no_sale(record, "unknown_word", checks, row_meaning)),
            Some(Meaning::Cancelled) if !self.counts_cancelled(record) => {
                return Ok(self.no_sale(record, "cancelled", checks, row_meaning));
            }
            _ => {}
        }
        let transaction_cell = self.cell(record, Column::TransactionId);
        let own_customer = self.cell(record, Column::CustomerId);
        let item = self.totals_label.map_or(Cell::Null, |index| record.cell(index));
        let label = [own_customer, transaction_cell, item].into_iter().find_map(placeholders::totals_label);
        if let Some(label) = label {
            return reject("totals_row", Column::CustomerId, Cell::Text(label.as_bytes()));
        }
        // The first row of an order has all values; the others only continue it.
        let continues = self.totals_on_first_row
            && !transaction_cell.is_missing()
            && self.cell(record, Column::TotalAmount).is_missing();
        if continues {
            return Ok(self.no_sale(record, "order_line", checks, row_meaning));
        }
        let customer = match self.customer(record, own_customer, checks) {
            Ok(customer) => customer,
            Err(reason) => {
                let undated = self.cell(record, Column::TransactionDate).is_missing();
                let continues = undated && !self.cell(record, Column::ProductId).is_missing();
                checks.continuations += u64::from(continues && own_customer.is_missing());
                return reject(reason, Column::CustomerId, own_customer);
            }
        };
        let date = self.cell(record, Column::TransactionDate);
        if date.is_missing() {
            return reject("missing_date", Column::TransactionDate, date);
        }
        let Some(micros) = self.moment(date, checks).map(|day| day + self.time_of_day(record)) else {
            let cells = [transaction_cell, own_customer, date, self.cell(record, Column::TotalAmount)];
            let names = cells.iter().filter(|cell| crate::plan::is_column_name(&cell.text())).count();
            let reason = if names > 2 { "other_header" } else { "unreadable_date" };
            return reject(reason, Column::TransactionDate, date);
        };
        // Many programs write a missing date as the first day of 1970.
        if micros < DAY_MICROS {
            return reject("date_before_1970", Column::TransactionDate, date);
        }
        if micros >= self.future_from {
            return reject("future_date", Column::TransactionDate, date);
        }
        let customer_id = self.customer_id(customer)?;
        let shop = self.shop_of_number.map(|index| record.cell(index).text());
        let transaction = self.transaction(transaction_cell, shop, &customer_id, micros, line, checks)?;
        let Some(transaction) = transaction else {
            return reject("missing_transaction_id", Column::TransactionId, transaction_cell);
        };
        let amounts = match self.amounts(record, checks) {
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
        let mut row = Row {
            customer: customer_id,
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
            status: self.status(record, row_meaning),
            amount_minor: amounts.amount_minor,
            returned_minor: 0,
            refund_minor: 0,
            is_refunded: false,
            is_zero: amounts.is_zero,
            disagrees: amounts.disagrees,
        };
        if self.watch_currency
            && let Some(reason) = self.other_currency(record, row.amount_minor, checks)
        {
            return Ok(Verdict::Excluded(row, reason));
        }
        checks.count_words(&self.sales, row.amount_minor);
        if self.as_of.is_some_and(|as_of| micros > as_of) {
            return Ok(Verdict::Excluded(row, "after_as_of"));
        }
        self.settle_return(&mut row, record, row_meaning, checks);
        let is_cancelled =
            || self.cancelled_prefix.is_some_and(|prefix| transaction_cell.text().starts_with(prefix));
        Ok(match self.policy(row.amount_minor, row.is_zero, row_meaning.meaning, is_cancelled) {
            Some(reason) => Verdict::Excluded(row, reason),
            None => Verdict::Clean(row),
        })
    }

    /// The meaning of a row that refers to another order: it refunds that order's money.
    #[inline]
    fn as_document(&self, record: &impl Cells, row_meaning: RowMeaning) -> RowMeaning {
        let Some(index) = self.index[slot(Column::OriginalTransactionId)] else { return row_meaning };
        let takes_back = match row_meaning.meaning {
            Some(Meaning::Returned | Meaning::Cancelled) => true,
            Some(Meaning::Sale) => self.references_are_refunds,
            _ => false,
        };
        let named = record.cell(index);
        if !takes_back || named.is_missing() {
            return row_meaning;
        }
        let named = named.text();
        if named == "0" || named == self.cell(record, Column::TransactionId).text() {
            return row_meaning;
        }
        RowMeaning { meaning: Some(Meaning::Returned), by_type: true }
    }

    /// Whether a row called cancelled counts nevertheless, because it reverses an earlier row.
    fn counts_cancelled(&self, record: &impl Cells) -> bool {
        if self.refunds == Refunds::Keep {
            return true;
        }
        let cell = if self.has(Column::TotalAmount) { Column::TotalAmount } else { Column::Quantity };
        self.cell(record, cell).amount(self.notation).is_ok_and(|amount| amount < 0)
            || self
                .cancelled_prefix
                .is_some_and(|prefix| self.cell(record, Column::TransactionId).text().starts_with(prefix))
    }

    /// A row that is not a sale, with everything readable in it.
    fn no_sale<'a>(
        &'a self,
        record: &'a impl Cells,
        reason: &'static str,
        checks: &mut RowChecks,
        row_meaning: RowMeaning,
    ) -> Verdict<'a> {
        let id = |column: Column, whole: bool| {
            let cell = self.cell(record, column);
            (!cell.is_missing()).then(|| read_id(cell, whole, column).ok()).flatten()
        };
        let own = self.cell(record, Column::CustomerId);
        let date = self.cell(record, Column::TransactionDate);
        let micros = date
            .moment(self.date_order, self.dates.epoch)
            .and_then(|m| dates::to_local_micros(m, self.zone, self.local_is_utc))
            .map(|day| day + self.time_of_day(record))
            .filter(|micros| (DAY_MICROS..self.future_from).contains(micros));
        let amount_minor = self.amounts(record, &mut RowChecks::default()).ok().map(|a| a.amount_minor);
        checks.count_words(&self.sales, amount_minor.unwrap_or(0));
        let late = self.as_of.zip(micros).is_some_and(|(as_of, micros)| micros > as_of);
        let row = PartialRow {
            transaction: id(Column::TransactionId, self.kinds.transaction),
            customer: (!own.is_missing()).then(|| self.customer_id(own).ok()).flatten(),
            micros,
            product: id(Column::ProductId, self.kinds.product),
            status: self.status(record, row_meaning),
            amount_minor,
        };
        Verdict::NoSale(row, if late { "after_as_of" } else { reason })
    }

    fn customer_id<'a>(&self, cell: Cell<'a>) -> Result<Id<'a>, NotWhole> {
        Ok(match read_id(cell, self.kinds.customer, Column::CustomerId)? {
            Id::Text(id) if self.customers_are_loose && !id.contains('@') => {
                Id::Text(Cow::Owned(plain_customer(&id)))
            }
            id => id,
        })
    }

    /// The customer. Guests are identified by their address, if the file has one, or by the account with that
    /// address.
    ///
    /// Errors: the reason why there is no customer.
    #[inline]
    fn customer<'a>(
        &'a self,
        record: &'a impl Cells,
        own: Cell<'a>,
        checks: &mut RowChecks,
    ) -> Result<Cell<'a>, &'static str> {
        let stands_for_many = self.stands_for_many(record, own);
        if !stands_for_many && !own.is_missing() {
            return Ok(own);
        }
        if let Some(address) = self.address(record) {
            checks.guests += 1;
            let account = self.accounts.as_ref().and_then(|accounts| accounts.of(address));
            checks.guests_with_account += u64::from(account.is_some());
            return Ok(account.map_or(address, |id| Cell::Text(id.as_bytes())));
        }
        if stands_for_many {
            checks.count_placeholder(own);
            return Err("placeholder_customer");
        }
        Err("missing_customer_id")
    }

    fn stands_for_many(&self, record: &(impl Cells + ?Sized), own: Cell<'_>) -> bool {
        self.placeholders.matches(own)
            || (!self.not_customers.is_empty() && self.not_customers.iter().any(|id| *id == own.text()))
            || self.customer_name.is_some_and(|name| {
                let name = record.cell(name);
                !name.is_missing()
                    && placeholders::PlaceholderRule { words_are_placeholders: false, ..self.placeholders }
                        .matches(name)
            })
    }

    /// The address that identifies a guest.
    fn address<'a>(&self, record: &'a (impl Cells + ?Sized)) -> Option<Cell<'a>> {
        let address = record.cell(self.customer_fallback?);
        (!address.is_missing() && !self.placeholders.matches(address)).then_some(address)
    }

    /// The address and customer id of a row; no id for a guest.
    pub(crate) fn address_and_id<'a>(
        &'a self,
        record: &'a (impl Cells + ?Sized),
    ) -> Option<(Cell<'a>, Option<Cell<'a>>)> {
        let own = self.cell(record, Column::CustomerId);
        let has_id = !own.is_missing() && !self.stands_for_many(record, own);
        Some((self.address(record)?, has_id.then_some(own)))
    }

    fn time_of_day(&self, record: &impl Cells) -> i64 {
        let Some(Cell::Text(text)) = self.time.map(|index| record.cell(index)) else { return 0 };
        dates::parse_time_of_day(text).unwrap_or(0)
    }

    fn moment(&self, date: Cell<'_>, checks: &mut RowChecks) -> Option<i64> {
        let moment = date.moment(self.date_order, self.dates.epoch)?;
        checks.look_at_date(date, moment);
        let micros = dates::to_local_micros(moment, self.zone, self.local_is_utc)?;
        let converted = || match date {
            Cell::Text(text) => !trim(text).contains(&b'/') && text.get(2) != Some(&b'.'),
            _ => true,
        };
        Some(if self.dates.swapped && converted() { swap_day_and_month(micros) } else { micros })
    }

    /// The order id; `None` if the number is missing.
    fn transaction<'a>(
        &self,
        cell: Cell<'a>,
        shop: Option<Cow<'_, str>>,
        customer: &Id<'_>,
        micros: i64,
        line: u64,
        checks: &mut RowChecks,
    ) -> Result<Option<Id<'a>>, NotWhole> {
        let with =
            |what: &dyn std::fmt::Display, when: String| Id::Text(Cow::Owned(format!("{what} {when}")));
        if !self.has(Column::TransactionId) {
            let customer: &dyn std::fmt::Display = match customer {
                Id::Whole(id) => id,
                Id::Text(id) => id,
            };
            return Ok(Some(match self.group {
                GroupRows::None => Id::Whole(self.line_id_base + line as i64),
                GroupRows::CustomerAndTime => with(customer, dates::format_timestamp(micros)),
                GroupRows::CustomerAndDay => with(customer, dates::format_day(micros)),
            }));
        }
        if cell.is_missing() {
            return Ok(None);
        }
        if self.numbers_are_loose && !self.numbers_restart && shop.is_none() {
            return self.loose_number(cell).map(Some);
        }
        let damaged = matches!(cell, Cell::Text(text) if placeholders::is_rounded(text));
        if damaged {
            checks.count_rounded_order(cell);
        }
        if damaged || self.numbers_restart || shop.is_some() {
            if self.kinds.transaction {
                return Err(NotWhole(Column::TransactionId));
            }
            if let Some(shop) = shop {
                let number = with(&cell.text(), shop.into_owned());
                return Ok(Some(match number {
                    Id::Text(number) if self.numbers_restart => with(&number, dates::format_day(micros)),
                    number => number,
                }));
            }
            return Ok(Some(with(&cell.text(), dates::format_day(micros))));
        }
        read_id(cell, self.kinds.transaction, Column::TransactionId).map(Some)
    }

    fn loose_number<'a>(&self, cell: Cell<'_>) -> Result<Id<'a>, NotWhole> {
        if self.kinds.transaction {
            return Err(NotWhole(Column::TransactionId));
        }
        Ok(Id::Text(Cow::Owned(plain_number(&cell.text()))))
    }

    /// The order that a return refers to: in a separate column, or by its number after a prefix (`C#28`).
    pub(crate) fn named_order<'a>(&'a self, record: &'a impl Cells, row: &Row<'a>) -> Option<Id<'a>> {
        if row.amount_minor >= 0 {
            return None;
        }
        let named = self.index[slot(Column::OriginalTransactionId)].map(|index| record.cell(index));
        if let Some(cell) = named.filter(|cell| !cell.is_missing()) {
            if let Some(shop) = self.shop_of_number {
                return Some(Id::Text(Cow::Owned(format!("{} {}", cell.text(), record.cell(shop).text()))));
            }
            if self.numbers_are_loose {
                return self.loose_number(cell).ok();
            }
            return read_id(cell, self.kinds.transaction, Column::TransactionId).ok();
        }
        let Id::Text(number) = &row.transaction else { return None };
        let behind_letters = number.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let differs =
            behind_letters.len() < number.len() && behind_letters.bytes().any(|b| b.is_ascii_digit());
        differs.then(|| Id::Text(Cow::Owned(behind_letters.trim_start_matches(['-', '_', ' ']).to_owned())))
    }

    fn status<'a>(&'a self, record: &'a impl Cells, row_meaning: RowMeaning) -> Option<Cow<'a, str>> {
        let index = self.index[slot(Column::Status)];
        let flag = self.sales.iter().find(|r| Some(r.index) == index && r.is_flag());
        match flag {
            Some(_) => Some(Cow::Borrowed(match row_meaning.meaning {
                Some(Meaning::Cancelled) => "cancelled",
                Some(Meaning::Returned) => "refunded",
                _ => "completed",
            })),
            None => word(self.cell(record, Column::Status)),
        }
    }

    /// Why a row is excluded for its currency, if it is; counts the currency.
    fn other_currency(
        &self,
        record: &impl Cells,
        amount_minor: i64,
        checks: &mut RowChecks,
    ) -> Option<&'static str> {
        let cell = self.cell(record, Column::Currency);
        let amount = self.cell(record, Column::TotalAmount);
        let mark = if cell.is_missing() {
            match amount {
                Cell::Text(text) => {
                    str::from_utf8(text).ok().and_then(regulars_core::money::currency_mark).map(Cow::Borrowed)
                }
                _ => None,
            }
        } else {
            Some(cell.text())
        };
        let mark = mark?;
        let agrees = checks.count_currency(&mark, amount_minor, self.only_currency.as_deref());
        (!agrees).then_some("other_currency")
    }

    fn amounts<'a>(
        &'a self,
        record: &'a impl Cells,
        checks: &mut RowChecks,
    ) -> Result<Amounts, (AmountProblem, Column, Cell<'a>)> {
        let read = |column: Column, decimals: u8, checks: &mut RowChecks| {
            let cell = match self.cell(record, column) {
                Cell::Text(text) if column == Column::Quantity => Cell::Text(without_unit(text)),
                cell => cell,
            };
            if cell.is_missing() && !matches!(cell, Cell::Float(_)) {
                // "NaN" as text is an invalid value, not a missing one.
                let spelled = matches!(cell, Cell::Text(text) if trim(text).eq_ignore_ascii_case(b"nan"));
                return Err((
                    if spelled { AmountProblem::NotANumber } else { AmountProblem::Empty },
                    column,
                    cell,
                ));
            }
            let notation = match cell {
                // Looked-up sums are in our own notation.
                Cell::Text(_) if self.index[slot(column)].is_none() => {
                    Notation { decimal_comma: false, decimals }
                }
                _ => Notation { decimals, ..self.notation },
            };
            match cell {
                Cell::Text(text) if column == Column::TotalAmount || column == Column::Price => {
                    let text = trim(text);
                    let parse = |notation| regulars_core::money::parse_amount(text, notation);
                    let parsed = match parse(notation) {
                        // Only one reading is possible.
                        Err(AmountProblem::NotANumber)
                            if checks.is_of_other_mark(text, notation.decimal_comma) =>
                        {
                            parse(Notation { decimal_comma: !notation.decimal_comma, ..notation })
                        }
                        parsed => parsed,
                    };
                    let amount = parsed.map_err(|problem| (problem, column, cell))?;
                    checks.count_decimals(amount.decimals_written, amount.minor);
                    Ok(amount.minor)
                }
                _ => cell.amount(notation).map_err(|problem| (problem, column, cell)),
            }
        };
        let mut optional = |column: Column, decimals: u8| match read(column, decimals, checks) {
            Err((AmountProblem::Empty, ..)) => Ok(None),
            Err(problem) => Err(problem),
            Ok(value) => Ok(Some(value)),
        };
        let decimals = self.notation.decimals;
        let has_total = self.has(Column::TotalAmount);
        // If there is a total, an unreadable price or quantity does not reject the row.
        let lenient =
            |value: Result<Option<i64>, _>| if has_total { Ok(value.unwrap_or(None)) } else { value };
        let price_decimals = if self.price_in_cents { MICRO - 2 } else { MICRO };
        let price_micro =
            if self.has(Column::Price) { lenient(optional(Column::Price, price_decimals))? } else { None };
        let quantity_milli =
            if self.has(Column::Quantity) { lenient(optional(Column::Quantity, 3))? } else { None };
        let price_minor = price_micro
            .map(|p| divide_rounded(i128::from(p), 10_i128.pow(u32::from(MICRO - decimals))) as i64);
        let by_lines = match (price_micro, quantity_milli) {
            (Some(price), Some(quantity)) => Some(i128::from(price) * i128::from(quantity)),
            _ => None,
        };
        let unit = 10_i128.pow(u32::from(MICRO + 3 - decimals));
        if has_total {
            let amount_minor = if self.total_in_micros {
                let micros = read(Column::TotalAmount, 0, checks)?;
                divide_rounded(i128::from(micros), 10_i128.pow(u32::from(MICRO - decimals))) as i64
            } else {
                read(Column::TotalAmount, self.total_decimals, checks)?
            };
            let amount_minor = self
                .less_discount(record, i128::from(amount_minor) * unit, by_lines, checks)
                .map_or(Some(amount_minor), |exact| i64::try_from(divide_rounded(exact, unit)).ok())
                .ok_or((
                    AmountProblem::TooLarge,
                    Column::TotalAmount,
                    self.cell(record, Column::TotalAmount),
                ))?;
            let disagrees =
                by_lines.is_some_and(|exact| (exact - i128::from(amount_minor) * unit).abs() > unit);
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
        checks.count_pieces(quantity_milli);
        let exact = self.less_discount(record, exact, Some(exact), checks).unwrap_or(exact);
        let amount_minor = i64::try_from(divide_rounded(exact, unit)).map_err(|_overflow| {
            (AmountProblem::TooLarge, Column::Price, self.cell(record, Column::Price))
        })?;
        Ok(Amounts { amount_minor, price_minor, quantity_milli, is_zero: exact == 0, disagrees: false })
    }

    /// An exact amount (in units of 10^-9) less the row's discount; `None` without a discount.
    fn less_discount(
        &self,
        record: &impl Cells,
        amount: i128,
        by_lines: Option<i128>,
        checks: &mut RowChecks,
    ) -> Option<i128> {
        let (index, is) = self.discount?;
        let cell = record.cell(index);
        let value = match cell {
            Cell::Text(text) => {
                let text = trim(text);
                let text = text.strip_suffix(b"%").unwrap_or(text);
                Cell::Text(text).amount(Notation { decimals: MICRO, ..self.notation }).ok()?
            }
            _ => cell.amount(Notation { decimals: MICRO, ..self.notation }).ok()?,
        };
        let value = i128::from(value).abs();
        let base = by_lines.unwrap_or(amount);
        let off = match is {
            DiscountIs::Rate => base * value / 1_000_000,
            DiscountIs::Percent => base * value / 100_000_000,
            DiscountIs::Amount => {
                let off = value * if self.discount_in_cents { 10 } else { 1_000 };
                if amount < 0 { -off } else { off }
            }
            // Subtracted once per order, when all of its rows are known.
            DiscountIs::Order | DiscountIs::Ignore => return None,
        };
        if off.abs() > amount.abs() + 10_000_000 {
            checks.count_discount_beyond(cell);
        }
        Some(amount - off)
    }

    /// Why a policy excludes a row, if it does; `is_cancelled` checks its transaction id.
    #[inline]
    pub(crate) fn policy(
        &self,
        amount_minor: i64,
        is_zero: bool,
        meaning: Option<Meaning>,
        is_cancelled: impl FnOnce() -> bool,
    ) -> Option<&'static str> {
        // A refund in a separate row reduces the customer's spend.
        let negative = amount_minor < 0;
        let counts = self.refunds == Refunds::Keep || (negative && self.refunds.reduce_spend());
        if !counts {
            match meaning {
                Some(Meaning::Cancelled) => return Some("cancelled"),
                Some(Meaning::Returned) if negative => return Some("returned"),
                _ => {}
            }
            if is_cancelled() {
                return Some("cancelled");
            }
            if negative {
                return Some("returned");
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
