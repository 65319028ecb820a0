//! Layouts that vary grain and order numbers.

use super::super::choices::{FreeOrders, Grain, OrderNumber, Wish};
use super::super::layout::{Layout, mixture};

const ANY: Wish = Wish::ANY;

pub(super) static ROWS: &[Layout] = &[
    mixture("order", "a row is an order", Wish { grain: Some(Grain::Order), ..ANY }),
    mixture("line_total", "a row is a line with its total", Wish { grain: Some(Grain::LineTotal), ..ANY }),
    mixture(
        "line_price",
        "a row is a line with price and quantity",
        Wish { grain: Some(Grain::LinePrice), ..ANY },
    ),
    mixture(
        "line_all",
        "a row is a line with price, quantity and total",
        Wish { grain: Some(Grain::LineAll), ..ANY },
    ),
    mixture(
        "repeated_total",
        "lines, each with the total of its order",
        Wish { grain: Some(Grain::RepeatedTotal), ..ANY },
    ),
    mixture(
        "repeated_total_free_orders",
        "the same, with zero orders",
        Wish { grain: Some(Grain::RepeatedTotal), free_orders: Some(FreeOrders::Some), ..ANY },
    ),
    mixture(
        "first_row_total",
        "lines, the first of which has the order's total",
        Wish { grain: Some(Grain::FirstRowTotal), ..ANY },
    ),
    mixture("payment_fanout", "items joined to payments", Wish { grain: Some(Grain::PaymentFanout), ..ANY }),
    mixture(
        "shipment_fanout",
        "items joined to shipments",
        Wish { grain: Some(Grain::ShipmentFanout), ..ANY },
    ),
    mixture("refund_fanout", "items joined to refunds", Wish { grain: Some(Grain::RefundFanout), ..ANY }),
    mixture(
        "header_lines",
        "header, lines and payments of a sale",
        Wish { grain: Some(Grain::HeaderLines), ..ANY },
    ),
    mixture("events", "a log of views, carts and purchases", Wish { grain: Some(Grain::Events), ..ANY }),
    mixture(
        "several_tables",
        "separate files for orders, lines and refunds",
        Wish { grain: Some(Grain::Tables), ..ANY },
    ),
    mixture(
        "orders_without_number",
        "orders without a number",
        Wish { grain: Some(Grain::Order), order_number: Some(OrderNumber::Absent), ..ANY },
    ),
    mixture(
        "lines_without_number",
        "lines without an order number",
        Wish { grain: Some(Grain::LineTotal), order_number: Some(OrderNumber::Absent), ..ANY },
    ),
    mixture(
        "odd_order_number",
        "lines whose order number has an unclear name",
        Wish { grain: Some(Grain::LineTotal), order_number: Some(OrderNumber::Odd), ..ANY },
    ),
    mixture(
        "part_filled_invoice",
        "a part-filled invoice number beside a filled id",
        Wish { order_number: Some(OrderNumber::PartFilled), ..ANY },
    ),
    mixture(
        "item_and_increment_id",
        "numbers of items and of orders",
        Wish { order_number: Some(OrderNumber::ItemAndOrder), ..ANY },
    ),
    mixture(
        "numbers_begin_monthly",
        "numbers that restart each month",
        Wish { order_number: Some(OrderNumber::Monthly), ..ANY },
    ),
    mixture(
        "numbers_begin_yearly",
        "numbers that restart each year",
        Wish { order_number: Some(OrderNumber::Yearly), ..ANY },
    ),
];
