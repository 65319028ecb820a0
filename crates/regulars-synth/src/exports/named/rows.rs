//! Layouts that vary grain and order numbers.

use super::super::choices::{Constraints, FreeOrders, Grain, OrderNumber};
use super::super::layout::{Layout, mixture};

const ANY: Constraints = Constraints::ANY;

pub(super) static ROWS: &[Layout] = &[
    mixture("order", "a row is an order", Constraints { grain: Some(Grain::Order), ..ANY }),
    mixture(
        "line_total",
        "a row is a line with its total",
        Constraints { grain: Some(Grain::LineTotal), ..ANY },
    ),
    mixture(
        "line_price",
        "a row is a line with price and quantity",
        Constraints { grain: Some(Grain::LinePrice), ..ANY },
    ),
    mixture(
        "line_all",
        "a row is a line with price, quantity and total",
        Constraints { grain: Some(Grain::LineAll), ..ANY },
    ),
    mixture(
        "repeated_total",
        "lines, each with the total of its order",
        Constraints { grain: Some(Grain::RepeatedTotal), ..ANY },
    ),
    mixture(
        "repeated_total_free_orders",
        "the same, with zero orders",
        Constraints { grain: Some(Grain::RepeatedTotal), free_orders: Some(FreeOrders::Some), ..ANY },
    ),
    mixture(
        "first_row_total",
        "lines, the first of which has the order's total",
        Constraints { grain: Some(Grain::FirstRowTotal), ..ANY },
    ),
    mixture(
        "payment_fanout",
        "items joined to payments",
        Constraints { grain: Some(Grain::PaymentFanout), ..ANY },
    ),
    mixture(
        "shipment_fanout",
        "items joined to shipments",
        Constraints { grain: Some(Grain::ShipmentFanout), ..ANY },
    ),
    mixture(
        "refund_fanout",
        "items joined to refunds",
        Constraints { grain: Some(Grain::RefundFanout), ..ANY },
    ),
    mixture(
        "header_lines",
        "header, lines and payments of a sale",
        Constraints { grain: Some(Grain::HeaderLines), ..ANY },
    ),
    mixture(
        "events",
        "a log of views, carts and purchases",
        Constraints { grain: Some(Grain::Events), ..ANY },
    ),
    mixture(
        "several_tables",
        "separate files for orders, lines and refunds",
        Constraints { grain: Some(Grain::Tables), ..ANY },
    ),
    mixture(
        "orders_without_number",
        "orders without a number",
        Constraints { grain: Some(Grain::Order), order_number: Some(OrderNumber::Absent), ..ANY },
    ),
    mixture(
        "lines_without_number",
        "lines without an order number",
        Constraints { grain: Some(Grain::LineTotal), order_number: Some(OrderNumber::Absent), ..ANY },
    ),
    mixture(
        "odd_order_number",
        "lines whose order number has an unclear name",
        Constraints { grain: Some(Grain::LineTotal), order_number: Some(OrderNumber::Odd), ..ANY },
    ),
    mixture(
        "part_filled_invoice",
        "a part-filled invoice number beside a filled id",
        Constraints { order_number: Some(OrderNumber::PartFilled), ..ANY },
    ),
    mixture(
        "item_and_increment_id",
        "numbers of items and of orders",
        Constraints { order_number: Some(OrderNumber::ItemAndOrder), ..ANY },
    ),
    mixture(
        "numbers_begin_monthly",
        "numbers that restart each month",
        Constraints { order_number: Some(OrderNumber::Monthly), ..ANY },
    ),
    mixture(
        "numbers_begin_yearly",
        "numbers that restart each year",
        Constraints { order_number: Some(OrderNumber::Yearly), ..ANY },
    ),
];
