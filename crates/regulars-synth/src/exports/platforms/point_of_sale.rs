//! Point of sale: Lightspeed (Vend) with a header, lines and payments per sale, and Square's item details.
//!
//! Lightspeed: <https://x-series-support.lightspeedhq.com/hc/en-us/articles/25534196030619>. Square:
//! <https://squareup.com/help/us/en/article/5072-summaries-and-reports-from-the-online-square-dashboard>.

use super::super::choices::{CustomerKey, Grain, NumberStyle, Placeholder, RowOrder};
use super::super::dates::DateForm;
use super::super::documents::Numbering;
use super::super::sheet::{Role, TypeWords};
use super::super::shop::ReturnSpec;
use super::{Columns, PlatformFormat};

const LIGHTSPEED_COLUMNS: Columns = &[
    ("Date", Role::Date),
    ("Receipt Number", Role::Number),
    ("Line Type", Role::LineType),
    ("Customer Code", Role::Customer),
    ("Customer Name", Role::CustomerName),
    ("Note", Role::Text("")),
    ("Quantity", Role::ReceiptQuantity),
    ("Subtotal", Role::ReceiptNet),
    ("Sales Tax", Role::ReceiptTax),
    ("Discount", Role::Text("")),
    ("Loyalty", Role::Text("")),
    ("Total", Role::ReceiptTotal),
    ("Paid", Role::Paid),
    ("Details", Role::Details),
    ("Register", Role::Text("Main Register")),
    ("User", Role::Text("Cashier 1")),
    ("Status", Role::Text("CLOSED")),
    ("SKU", Role::ReceiptSku),
];

/// Lightspeed's sales history. A return is a sale with negative amounts.
pub(in crate::exports) const LIGHTSPEED: PlatformFormat = PlatformFormat {
    grain: Grain::HeaderLines,
    customer: CustomerKey::Code,
    code_prefix: "C-",
    placeholder: Placeholder::Blank,
    spec: |_, spec| {
        spec.unknown_buyer_percent = 10;
        spec.returns = ReturnSpec { whole: 5, part: 5, unmatched: 0, by_line: true, ..ReturnSpec::default() };
    },
    ..PlatformFormat::new("vend-sales", LIGHTSPEED_COLUMNS)
};

const SQUARE_COLUMNS: Columns = &[
    ("Date", Role::Date),
    ("Time", Role::Time),
    ("Time Zone", Role::Text("Eastern Time (US & Canada)")),
    ("Category", Role::Text("Home")),
    ("Item", Role::Product),
    ("Qty", Role::Quantity),
    ("Price Point Name", Role::Text("Regular")),
    ("SKU", Role::Sku),
    ("Modifiers Applied", Role::Text("")),
    ("Gross Sales", Role::LineSubtotal),
    ("Discounts", Role::LineDiscount),
    ("Net Sales", Role::LineTotal),
    ("Tax", Role::Text("$0.00")),
    ("Transaction ID", Role::Number),
    ("Payment ID", Role::Text("")),
    ("Device Name", Role::Text("Counter")),
    ("Event Type", Role::Type),
    ("Location", Role::Text("Main")),
    ("Customer ID", Role::Customer),
    ("Customer Name", Role::CustomerName),
];

/// Square's item details: negative discounts, and refunds as separate events.
pub(in crate::exports) const SQUARE: PlatformFormat = PlatformFormat {
    grain: Grain::LineAll,
    customer: CustomerKey::Hash,
    placeholder: Placeholder::Blank,
    row_order: RowOrder::Newest,
    dates: DateForm::Iso,
    currencies: &["USD"],
    numbering: Numbering::plain(NumberStyle::Hex, 1),
    types: TypeWords { sale: "Payment", back: "Refund", quote: "Payment", exchange: "Payment" },
    refunds_negative: true,
    money: |money| "$".clone_into(&mut money.before),
    spec: |_, spec| {
        spec.unknown_buyer_percent = 10;
        spec.returns = ReturnSpec { whole: 5, part: 5, unmatched: 0, by_line: true, ..ReturnSpec::default() };
    },
    ..PlatformFormat::new("items", SQUARE_COLUMNS)
};
