//! WooCommerce: its own order analytics, and plugin exports of orders and order items.
//!
//! Analytics: <https://woocommerce.com/document/woocommerce-analytics/>. Plugin, order and item rows:
//! <https://woocommerce.com/document/ordercustomer-csv-export/>. Statuses:
//! <https://woocommerce.com/document/managing-orders/>: an order on hold awaits payment.

use super::super::choices::{CustomerKey, Grain, NumberStyle, Placeholder};
use super::super::dates::DateForm;
use super::super::documents::Numbering;
use super::super::draw::Draw;
use super::super::sheet::Role;
use super::super::shop::{NotSale, OrderExtras, OrderOutcome, ReturnSpec, ShopSpec};
use super::{Columns, PlatformFormat};

const ANALYTICS: Columns = &[
    ("Date", Role::Date),
    ("Order #", Role::Number),
    ("Status", Role::Status),
    ("Customer", Role::CustomerName),
    ("Customer type", Role::Text("returning")),
    ("Product(s)", Role::ProductList),
    ("Items sold", Role::ItemsSold),
    ("Coupon(s)", Role::Text("")),
    ("N. Revenue", Role::Total),
];

const ORDERS: Columns = &[
    ("Order ID", Role::Number),
    ("Order Number", Role::Number),
    ("Order Status", Role::Status),
    ("Order Date", Role::Date),
    ("Customer User ID", Role::Customer),
    ("Email (Billing)", Role::Email),
    ("City (Billing)", Role::City),
    ("State Code (Billing)", Role::StateColumn),
    ("Postcode (Billing)", Role::Postcode),
    ("Phone (Billing)", Role::Phone),
    ("Payment Method Title", Role::PaymentMethod),
    ("Cart Discount Amount", Role::OrderDiscount),
    ("Order Subtotal Amount", Role::Subtotal),
    ("Order Shipping Amount", Role::Shipping),
    ("Order Refund Amount", Role::Refunded),
    ("Order Total Tax Amount", Role::Tax),
    ("Order Total Amount", Role::Total),
];

const LINES: Columns = &[
    ("order_id", Role::LongNumber),
    ("order_number", Role::Number),
    ("date", Role::Date),
    ("status", Role::Status),
    ("shipping_total", Role::Shipping),
    ("tax_total", Role::Tax),
    ("cart_discount", Role::OrderDiscount),
    ("order_total", Role::Total),
    ("refunded_total", Role::Refunded),
    ("order_currency", Role::Currency),
    ("payment_method", Role::PaymentMethod),
    ("customer_id", Role::Customer),
    ("billing_email", Role::Email),
    ("billing_city", Role::City),
    ("billing_state", Role::StateColumn),
    ("item_name", Role::Product),
    ("item_sku", Role::Sku),
    ("item_quantity", Role::Quantity),
    ("item_subtotal", Role::LineSubtotal),
    ("item_total", Role::LineTotal),
];

fn spec(_: &mut Draw, spec: &mut ShopSpec) {
    spec.order_extras = OrderExtras::All;
    spec.outcomes = vec![
        (OrderOutcome::Sale, 100),
        (OrderOutcome::NotSale(NotSale::Pending), 5),
        (OrderOutcome::NotSale(NotSale::Cancelled), 6),
        (OrderOutcome::NotSale(NotSale::Failed), 3),
    ];
    spec.refunds = (7, 4);
    spec.guest_percent = 12;
}

/// The orders report of WooCommerce's analytics: a refund is a separate, negative row.
pub(in crate::exports) const WOOCOMMERCE_ANALYTICS: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Name,
    numbering: Numbering::plain(NumberStyle::Sequence, 2_345),
    statuses: (&["completed", "processing"], ["on-hold", "cancelled", "refunded", "completed", "failed"]),
    spec: |_, spec| {
        spec.returns = ReturnSpec { whole: 6, part: 6, unmatched: 0, ..ReturnSpec::default() };
    },
    ..PlatformFormat::new("orders", ANALYTICS)
};

/// One row per order.
pub(in crate::exports) const WOOCOMMERCE_ORDERS: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Number,
    placeholder: Placeholder::Zero,
    guests_by_email: true,
    numbering: Numbering::plain(NumberStyle::Sequence, 2_345),
    statuses: (
        &["Completed", "Processing"],
        ["Pending payment", "Cancelled", "Refunded", "Completed", "Failed"],
    ),
    dates: DateForm::IsoMinutes,
    spec,
    ..PlatformFormat::new("orders-export", ORDERS)
};

/// One row per item, each with the order's values.
pub(in crate::exports) const WOOCOMMERCE_LINES: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Number,
    placeholder: Placeholder::Zero,
    guests_by_email: true,
    tells_currency: true,
    grain: Grain::RepeatedTotal,
    numbering: Numbering::plain(NumberStyle::Sequence, 2_345),
    statuses: (&["completed", "processing"], ["pending", "cancelled", "refunded", "completed", "failed"]),
    spec,
    ..PlatformFormat::new("orders-items-export", LINES)
};
