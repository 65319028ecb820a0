//! Sales documents of accounting programs: Xero's invoices, and the sales by customer of `QuickBooks`.
//!
//! Xero: <https://central.xero.com/s/article/Export-sales-invoices>: one row per line with the document's
//! total, and credit notes among the invoices.

use super::super::choices::{CustomerKey, Grain, NumberStyle, RowOrder};
use super::super::dates::DateForm;
use super::super::documents::Numbering;
use super::super::notation::Thousands;
use super::super::sheet::{Role, TypeWords};
use super::super::shop::{NotSale, OrderOutcome, ReturnSpec};
use super::{Columns, PlatformFormat};

const XERO_COLUMNS: Columns = &[
    ("ContactName", Role::CustomerName),
    ("EmailAddress", Role::Email),
    ("POAddressLine1", Role::Text("")),
    ("POCity", Role::City),
    ("SAPostalCode", Role::Postcode),
    ("InvoiceNumber", Role::Number),
    ("Reference", Role::Text("")),
    ("InvoiceDate", Role::Date),
    ("DueDate", Role::ShippedOn),
    ("Total", Role::Total),
    ("InvoiceAmountPaid", Role::Total),
    ("InvoiceAmountDue", Role::Text("0.00")),
    ("InventoryItemCode", Role::Sku),
    ("Description", Role::Product),
    ("Quantity", Role::Quantity),
    ("UnitAmount", Role::UnitPrice),
    ("LineAmount", Role::LineTotal),
    ("Currency", Role::Currency),
    ("Type", Role::Type),
    ("Sent", Role::Text("Sent")),
    ("Status", Role::Status),
];

/// Xero's sales invoices and credit notes. Credit notes have positive amounts; the type tells them apart.
pub(in crate::exports) const XERO: PlatformFormat = PlatformFormat {
    grain: Grain::RepeatedTotal,
    customer: CustomerKey::Email,
    row_order: RowOrder::Oldest,
    tells_currency: true,
    currencies: &["GBP", "AUD", "EUR"],
    dates: DateForm::DaySlash,
    numbering: Numbering { credit_notes: true, prefix: "INV-", ..Numbering::plain(NumberStyle::Prefixed, 1) },
    types: TypeWords {
        sale: "Sales invoice",
        back: "Sales credit note",
        quote: "Sales quote",
        exchange: "Sales invoice",
    },
    return_sign: super::super::choices::ReturnSign::Positive,
    statuses: (&["Paid", "Paid"], ["Draft", "Voided", "Paid", "Paid", "Deleted"]),
    spec: |_, spec| {
        spec.outcomes = vec![
            (OrderOutcome::Sale, 100),
            (OrderOutcome::NotSale(NotSale::Pending), 4),
            (OrderOutcome::NotSale(NotSale::Cancelled), 4),
            (OrderOutcome::NotSale(NotSale::Failed), 2),
        ];
        spec.returns = ReturnSpec { whole: 7, part: 7, unmatched: 3, by_line: true, ..ReturnSpec::default() };
    },
    ..PlatformFormat::new("SalesInvoices", XERO_COLUMNS)
};

const QUICKBOOKS_COLUMNS: Columns = &[
    ("Date", Role::Date),
    ("Transaction Type", Role::Type),
    ("Num", Role::Number),
    ("Customer", Role::Customer),
    ("Memo/Description", Role::Text("")),
    ("Product/Service", Role::Product),
    ("Qty", Role::Quantity),
    ("Sales Price", Role::UnitPrice),
    ("Amount", Role::LineTotal),
];

/// A sales detail report: lines of invoices, and of credit memos as negative amounts.
pub(in crate::exports) const QUICKBOOKS: PlatformFormat = PlatformFormat {
    grain: Grain::LineAll,
    customer: CustomerKey::Name,
    row_order: RowOrder::Oldest,
    dates: DateForm::MonthSlash,
    currencies: &["USD", "CAD"],
    types: TypeWords { sale: "Invoice", back: "Credit Memo", quote: "Estimate", exchange: "Invoice" },
    money: |money| money.thousands = Thousands::Comma,
    spec: |_, spec| {
        spec.returns = ReturnSpec {
            whole: 6,
            part: 8,
            unmatched: 3,
            by_line: true,
            pieces: true,
            ..ReturnSpec::default()
        };
    },
    ..PlatformFormat::new("Sales by Customer Detail", QUICKBOOKS_COLUMNS)
};
