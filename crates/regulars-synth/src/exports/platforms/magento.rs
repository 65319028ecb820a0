//! Magento's grid of orders and a table of its order items, and PrestaShop's list of orders.
//!
//! Grid: <https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/orders>.
//! Statuses: <https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/order-status>:
//! a closed order has a credit memo. PrestaShop: <https://docs.prestashop-project.org/1.7-documentation/user-guide/managing-orders/orders>.

use super::super::choices::{CustomerKey, Grain, NumberStyle};
use super::super::dates::DateForm;
use super::super::documents::Numbering;
use super::super::draw::Draw;
use super::super::file::{Delimiter, Dialect, Quoting};
use super::super::sheet::Role;
use super::super::shop::{NotSale, OrderExtras, OrderOutcome, ShopSpec};
use super::{Columns, PlatformFormat};

const GRID: Columns = &[
    ("ID", Role::Number),
    ("Purchase Point", Role::Text("Main Website")),
    ("Purchase Date", Role::Date),
    ("Bill-to Name", Role::CustomerName),
    ("Ship-to Name", Role::CustomerName),
    ("Grand Total (Base)", Role::Total),
    ("Grand Total (Purchased)", Role::Total),
    ("Status", Role::Status),
    ("Billing Address", Role::City),
    ("Shipping Information", Role::Text("Flat Rate - Fixed")),
    ("Customer Email", Role::Email),
    ("Customer Group", Role::Text("General")),
    ("Subtotal", Role::Subtotal),
    ("Shipping and Handling", Role::Shipping),
    ("Customer Name", Role::CustomerName),
    ("Payment Method", Role::PaymentMethod),
    ("Total Refunded", Role::Refunded),
];

const ITEMS: Columns = &[
    ("item_id", Role::RowId),
    ("status", Role::Status),
    ("created_at", Role::Date),
    ("sku", Role::Sku),
    ("name", Role::Product),
    ("price", Role::UnitPrice),
    ("qty_ordered", Role::Quantity),
    ("row_total", Role::LineTotal),
    ("discount_amount", Role::OrderDiscount),
    ("shipping_amount", Role::Shipping),
    ("tax_amount", Role::Tax),
    ("grand_total", Role::Total),
    ("increment_id", Role::Number),
    ("customer_id", Role::Customer),
    ("base_currency_code", Role::Currency),
];

const PRESTA: Columns = &[
    ("ID", Role::Number),
    ("Reference", Role::PartFilled),
    ("New client", Role::Text("0")),
    ("Delivery", Role::Text("United States")),
    ("Customer", Role::CustomerName),
    ("Total", Role::Total),
    ("Payment", Role::PaymentMethod),
    ("Status", Role::Status),
    ("Date", Role::Date),
];

fn spec(_: &mut Draw, spec: &mut ShopSpec) {
    spec.order_extras = OrderExtras::All;
    spec.outcomes = vec![
        (OrderOutcome::Sale, 100),
        (OrderOutcome::NotSale(NotSale::Pending), 5),
        (OrderOutcome::NotSale(NotSale::Cancelled), 7),
    ];
}

/// The order grid.
pub(in crate::exports) const MAGENTO_ORDERS: PlatformFormat = PlatformFormat {
    numbering: Numbering::plain(NumberStyle::Long, 1),
    statuses: (&["Complete", "Processing"], ["Pending", "Canceled", "Closed", "Complete", "Canceled"]),
    dialect: Dialect { quoting: Quoting::All, ..Dialect::PLAIN },
    spec: |draw, wanted| {
        spec(draw, wanted);
        wanted.refunds = (5, 7);
        wanted.guest_percent = 0;
    },
    ..PlatformFormat::new("export", GRID)
};

/// Order items with the values of their order.
pub(in crate::exports) const MAGENTO_ITEMS: PlatformFormat = PlatformFormat {
    grain: Grain::RepeatedTotal,
    customer: CustomerKey::Number,
    tells_currency: true,
    numbering: Numbering::plain(NumberStyle::Long, 100_147_443),
    statuses: (&["complete", "processing"], ["pending", "canceled", "closed", "complete", "canceled"]),
    spec: |draw, wanted| {
        spec(draw, wanted);
        wanted.outcomes.push((OrderOutcome::Refunded, 5));
    },
    ..PlatformFormat::new("sales_order_item", ITEMS)
};

/// PrestaShop's order list.
pub(in crate::exports) const PRESTASHOP: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Name,
    dates: DateForm::IsoTime,
    numbering: Numbering::plain(NumberStyle::Sequence, 120),
    currencies: &["EUR"],
    statuses: (
        &["Payment accepted", "Delivered"],
        ["Awaiting check payment", "Canceled", "Refunded", "Delivered", "Payment error"],
    ),
    dialect: Dialect { delimiter: Delimiter::Semicolon, quoting: Quoting::All, ..Dialect::PLAIN },
    spec: |draw, wanted| {
        spec(draw, wanted);
        wanted.outcomes.extend([(OrderOutcome::NotSale(NotSale::Failed), 3), (OrderOutcome::Refunded, 5)]);
        wanted.order_extras = OrderExtras::Nothing;
    },
    ..PlatformFormat::new("order", PRESTA)
};
