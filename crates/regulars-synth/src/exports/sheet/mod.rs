//! The cells of an export: role, wording and format of each column.
//!
//! A column has a header and a role. A `RowContext` is a row of the table with its document, line and payment.

mod cells;
mod headers;
mod row_contexts;

use super::choices::{Cents, CustomerKey, Discount, Flag, FlagForm, Placeholder, ReturnSign, StateColumn};
use super::currencies::Currency;
use super::dates::DateForm;
use super::documents::Document;
use super::languages::{Language, Vocabulary};
use super::notation::Notation;
use super::shop::Shop;

pub(super) use headers::HeaderWriter;
pub(super) use row_contexts::row_contexts;

/// The role of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Number,
    /// A number that only some documents have.
    PartFilled,
    RowId,
    Reference,
    Customer,
    CustomerName,
    Email,
    Date,
    Time,
    ShippedOn,
    Total,
    Subtotal,
    OrderDiscount,
    Shipping,
    Tax,
    Refunded,
    LineRefunded,
    Currency,
    Status,
    StateColumn,
    Type,
    Flag,
    CancellationTime,
    PaymentMethod,
    City,
    Postcode,
    Phone,
    Note,
    ItemsSold,
    ItemNumber,
    Product,
    Sku,
    Quantity,
    UnitPrice,
    LineTotal,
    LineDiscount,
    PaymentNumber,
    PaymentType,
    PaymentValue,
    ShipmentNumber,
    RefundNumber,
    RefundValue,
    Event,
    Session,
    LineType,
    /// For documents whose header, lines and payments are separate rows: quantity, net, tax, total, paid,
    /// details.
    ReceiptQuantity,
    ReceiptNet,
    ReceiptTax,
    ReceiptTotal,
    Paid,
    Details,
    ReceiptSku,
    /// When the order was paid; empty if unpaid.
    PaidAt,
    /// A second, long number of the order.
    LongNumber,
    /// Short description of the products, for one-row orders.
    ProductList,
    DiscountCode,
    /// Counts rows from 0.
    Index,
    /// The line's share of the order's shipping.
    LineFreight,
    /// The line's price before its discount.
    LineSubtotal,
    /// The same text in all rows.
    Text(&'static str),
}

impl Role {
    /// Whether the column holds amounts of money.
    pub(super) fn is_money(self) -> bool {
        use Role as R;
        matches!(
            self,
            R::Total
                | R::Subtotal
                | R::OrderDiscount
                | R::Shipping
                | R::Tax
                | R::Refunded
                | R::LineRefunded
                | R::UnitPrice
                | R::LineTotal
                | R::PaymentValue
                | R::RefundValue
                | R::ReceiptNet
                | R::ReceiptTax
                | R::ReceiptTotal
                | R::Paid
                | R::LineSubtotal
                | R::LineFreight
        )
    }

    /// Whether the value belongs to a line rather than to the whole document.
    fn is_of_line(self) -> bool {
        use Role as R;
        matches!(
            self,
            R::RowId
                | R::ItemNumber
                | R::Product
                | R::Sku
                | R::Quantity
                | R::UnitPrice
                | R::LineTotal
                | R::LineDiscount
                | R::LineRefunded
                | R::LineFreight
                | R::Index
                | R::LineSubtotal
        )
    }
}

/// What the later rows of a document repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RepeatedValues {
    /// Everything.
    Repeated,
    /// Everything except the document's totals.
    WithoutTotals,
    /// Only the number, the customer's email address, and the line.
    OnlyNumber,
    /// The same as `OnlyNumber`, with the date.
    NumberAndDate,
}

/// The type of row, if there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Plain,
    ReceiptHeader,
    ReceiptLine,
    ReceiptPayment,
    View,
    Cart,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowContext<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) line: Option<usize>,
    /// Which payment, shipment or refund of the document, if any.
    pub(super) fan: Option<usize>,
    /// Whether this is not the first row of the document.
    pub(super) is_later_row: bool,
    pub(super) kind: RowKind,
    /// Time; differs from the document's only for earlier events.
    pub(super) at: i64,
    /// Row counter.
    pub(super) row: usize,
}

/// The status words of one file.
#[derive(Debug, Clone)]
pub(super) struct StatusWords {
    pub(super) bought: Vec<&'static str>,
    pub(super) pending: &'static str,
    pub(super) cancelled: &'static str,
    pub(super) refunded: &'static str,
    pub(super) partly_refunded: &'static str,
    pub(super) failed: &'static str,
}

/// The type words of one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeWords {
    pub(super) sale: &'static str,
    pub(super) back: &'static str,
    pub(super) quote: &'static str,
    pub(super) exchange: &'static str,
}

/// Everything that determines the text of a cell.
#[derive(Debug, Clone)]
pub(super) struct Sheet<'s> {
    pub(super) shop: &'s Shop,
    pub(super) language: Language,
    pub(super) words: &'static Vocabulary,
    pub(super) currency: &'static Currency,
    /// Currency of some of the orders.
    pub(super) second_currency: Option<&'static Currency>,
    pub(super) money: Notation,
    /// First document that uses this notation for amounts.
    pub(super) late_money: Option<(usize, Notation)>,
    /// First document that uses the second currency.
    pub(super) second_from: usize,
    pub(super) cents: Cents,
    pub(super) dates: DateForm,
    pub(super) customer: CustomerKey,
    pub(super) code_prefix: &'static str,
    pub(super) placeholder: Placeholder,
    pub(super) statuses: StatusWords,
    pub(super) types: TypeWords,
    pub(super) return_sign: ReturnSign,
    pub(super) refunds_negative: bool,
    pub(super) place: StateColumn,
    pub(super) flag: Flag,
    pub(super) flag_form: FlagForm,
    pub(super) discount: Discount,
    pub(super) repeated: RepeatedValues,
    /// Notes may contain a line break.
    pub(super) has_long_notes: bool,
    /// Words for viewing, adding to the cart, and purchase.
    pub(super) events: [&'static str; 3],
    /// The customer column only says whether the customer is new.
    pub(super) new_or_returning: bool,
    /// Order or customer numbers were rounded by a spreadsheet.
    pub(super) damaged_numbers: bool,
    pub(super) damaged_customers: bool,
    /// Orders, by document index, whose last line has a different total.
    pub(super) edited: Vec<(usize, i64)>,
}

impl Sheet<'_> {
    /// A time in this file's format.
    pub(super) fn date(&self, at: i64) -> String {
        self.dates.write(at, self.shop.clock, self.words.calendar.as_ref())
    }

    /// The sign of a document's amounts.
    pub(super) fn sign(&self, document: &Document<'_>) -> i64 {
        if document.is_return() && self.return_sign == ReturnSign::Negative { -1 } else { 1 }
    }
}
