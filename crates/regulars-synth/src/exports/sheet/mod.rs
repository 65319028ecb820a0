//! How the cells of an export are written: which column shows what, and in which words and forms.
//!
//! A column is a header and a role; a spot is a row of the table, with the document, line and payment
//! that it is about.

mod cells;
mod headers;
mod spots;

use super::choices::{Cents, CustomerKey, Discount, Flag, FlagForm, Nobody, Place, ReturnSign};
use super::currencies::Currency;
use super::dates::DateForm;
use super::documents::Document;
use super::languages::{Language, Vocabulary};
use super::notation::Notation;
use super::shop::Shop;

pub(super) use headers::HeaderWriter;
pub(super) use spots::spots;

/// What a column shows.
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
    Place,
    Type,
    Flag,
    Stamp,
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
    /// Of a document whose header, lines and payments are rows: quantity, net, tax, total, paid, details.
    PaperQuantity,
    PaperNet,
    PaperTax,
    PaperTotal,
    Paid,
    Details,
    PaperSku,
    /// When the order was paid; empty if it was not.
    PaidAt,
    /// A long number of the order beside its number.
    LongNumber,
    /// Short form of what was bought, for rows that are orders.
    ProductList,
    DiscountCode,
    /// Counts rows from 0.
    Index,
    /// The line's part of the order's shipping.
    LineFreight,
    /// What a line costs before its discount.
    LineSubtotal,
    /// The same in all rows.
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
                | R::PaperNet
                | R::PaperTax
                | R::PaperTotal
                | R::Paid
                | R::LineSubtotal
                | R::LineFreight
        )
    }

    /// Whether the value belongs to a line, and not to the document.
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

/// What stands on the further rows of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Everything again.
    Repeated,
    /// Everything but what the document adds up to.
    WithoutTotals,
    /// Only the number, the address of the customer, and the line.
    OnlyNumber,
    /// The same, with the date.
    NumberAndDate,
}

/// What a row is, where that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Plain,
    PaperHeader,
    PaperLine,
    PaperPayment,
    View,
    Cart,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) line: Option<usize>,
    /// Payment, shipment or refund of the document.
    pub(super) fan: Option<usize>,
    /// Whether this is not the first row of the document.
    pub(super) is_rest: bool,
    pub(super) kind: RowKind,
    /// When; other than the document's time only for what came before it.
    pub(super) at: i64,
    /// Counts up over all rows.
    pub(super) row: usize,
}

/// Words of the statuses of one file.
#[derive(Debug, Clone)]
pub(super) struct StatusWords {
    pub(super) bought: Vec<&'static str>,
    pub(super) pending: &'static str,
    pub(super) cancelled: &'static str,
    pub(super) refunded: &'static str,
    pub(super) partly_refunded: &'static str,
    pub(super) failed: &'static str,
}

/// Words of the types of one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeWords {
    pub(super) sale: &'static str,
    pub(super) back: &'static str,
    pub(super) quote: &'static str,
    pub(super) exchange: &'static str,
}

/// Everything that decides what a cell says.
#[derive(Debug, Clone)]
pub(super) struct Sheet<'s> {
    pub(super) shop: &'s Shop,
    pub(super) language: Language,
    pub(super) words: &'static Vocabulary,
    pub(super) currency: &'static Currency,
    /// Some orders are in this one.
    pub(super) second_currency: Option<&'static Currency>,
    pub(super) money: Notation,
    /// From this document on, amounts are written so.
    pub(super) late_money: Option<(usize, Notation)>,
    /// From this document on, the second currency is used; before it never.
    pub(super) second_from: usize,
    pub(super) cents: Cents,
    pub(super) dates: DateForm,
    pub(super) customer: CustomerKey,
    pub(super) code_prefix: &'static str,
    pub(super) nobody: Nobody,
    pub(super) statuses: StatusWords,
    pub(super) types: TypeWords,
    pub(super) return_sign: ReturnSign,
    pub(super) refunds_negative: bool,
    pub(super) place: Place,
    pub(super) flag: Flag,
    pub(super) flag_form: FlagForm,
    pub(super) discount: Discount,
    pub(super) rest: Rest,
    /// Notes may have two lines.
    pub(super) has_long_notes: bool,
    /// Words for looking at something, putting it into the cart, and buying it.
    pub(super) events: [&'static str; 3],
    /// The customer column says whether somebody is new.
    pub(super) new_or_returning: bool,
    /// Numbers of orders or customers were rounded by a spreadsheet.
    pub(super) damaged_numbers: bool,
    pub(super) damaged_customers: bool,
    /// Orders, by their place among the documents, whose total on the last line is another one.
    pub(super) edited: Vec<(usize, i64)>,
}

impl Sheet<'_> {
    /// A time as this file writes it.
    pub(super) fn date(&self, at: i64) -> String {
        self.dates.write(at, self.shop.clock, self.words.calendar.as_ref())
    }

    /// The sign of a document's amounts.
    pub(super) fn sign(&self, document: &Document<'_>) -> i64 {
        if document.is_return() && self.return_sign == ReturnSign::Negative { -1 } else { 1 }
    }
}
