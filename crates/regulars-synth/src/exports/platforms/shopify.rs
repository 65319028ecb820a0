//! The order export of Shopify's admin: one row per line, with the order's own values on its first row.
//!
//! Columns: <https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders>.

use super::super::choices::{Grain, NumberStyle};
use super::super::dates::{Clock, DateForm};
use super::super::documents::Numbering;
use super::super::draw::Draw;
use super::super::sheet::{RepeatedValues, Role};
use super::super::shop::{NotSale, OrderExtras, OrderOutcome, ShopSpec};
use super::{Columns, PlatformFormat};

const COLUMNS: Columns = &[
    ("Name", Role::Number),
    ("Email", Role::Email),
    ("Financial Status", Role::Status),
    ("Paid at", Role::PaidAt),
    ("Fulfillment Status", Role::Text("fulfilled")),
    ("Fulfilled at", Role::ShippedOn),
    ("Accepts Marketing", Role::Text("no")),
    ("Currency", Role::Currency),
    ("Subtotal", Role::Subtotal),
    ("Shipping", Role::Shipping),
    ("Taxes", Role::Tax),
    ("Total", Role::Total),
    ("Discount Code", Role::DiscountCode),
    ("Discount Amount", Role::OrderDiscount),
    ("Shipping Method", Role::Text("Standard")),
    ("Created at", Role::Date),
    ("Lineitem quantity", Role::Quantity),
    ("Lineitem name", Role::Product),
    ("Lineitem price", Role::UnitPrice),
    ("Lineitem compare at price", Role::Text("")),
    ("Lineitem sku", Role::Sku),
    ("Lineitem requires shipping", Role::Text("true")),
    ("Lineitem taxable", Role::Text("true")),
    ("Lineitem fulfillment status", Role::Text("fulfilled")),
    ("Billing Name", Role::CustomerName),
    ("Billing City", Role::City),
    ("Billing Zip", Role::Postcode),
    ("Billing Province", Role::StateColumn),
    ("Billing Country", Role::Text("US")),
    ("Notes", Role::Note),
    ("Cancelled at", Role::CancellationTime),
    ("Payment Method", Role::PaymentMethod),
    ("Refunded Amount", Role::Refunded),
    ("Vendor", Role::Text("Main")),
    ("Id", Role::LongNumber),
    ("Tags", Role::Text("")),
    ("Risk Level", Role::Text("Low")),
    ("Source", Role::Text("web")),
    ("Lineitem discount", Role::Text("0.00")),
    ("Phone", Role::Phone),
];

/// What happens in a Shopify shop.
pub(super) fn spec(draw: &mut Draw, spec: &mut ShopSpec) {
    spec.order_extras = OrderExtras::All;
    spec.clock = *draw.pick(&[
        Clock { winter_minutes: -300, has_summer: true },
        Clock { winter_minutes: 60, has_summer: true },
        Clock { winter_minutes: 0, has_summer: true },
    ]);
    spec.outcomes = vec![
        (OrderOutcome::Sale, 100),
        (OrderOutcome::NotSale(NotSale::Pending), 4),
        (OrderOutcome::NotSale(NotSale::Cancelled), 3),
        (OrderOutcome::NotSale(NotSale::Marked), 5),
        (OrderOutcome::Refunded, 3),
    ];
    spec.refunds = (8, 4);
    spec.free_percent = 2;
    spec.unknown_buyer_percent = 4;
}

/// Orders with several lines each.
pub(in crate::exports) const SHOPIFY_LINES: PlatformFormat = PlatformFormat {
    grain: Grain::FirstRowTotal,
    repeated: RepeatedValues::NumberAndDate,
    dates: DateForm::OffsetSpaced,
    tells_currency: true,
    numbering: Numbering::plain(NumberStyle::HashSign, 1001),
    statuses: (&["paid"], ["pending", "voided", "refunded", "partially_refunded", "voided"]),
    spec,
    ..PlatformFormat::new("orders_export_1", COLUMNS)
};

/// Orders with one line each: nothing shows that rows are lines.
pub(in crate::exports) const SHOPIFY_ORDERS: PlatformFormat = PlatformFormat {
    spec: |draw, wanted| {
        spec(draw, wanted);
        wanted.max_lines = 1;
    },
    ..SHOPIFY_LINES
};
