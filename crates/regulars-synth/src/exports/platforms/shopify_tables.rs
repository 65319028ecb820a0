//! Shopify's API tables as written by two data loaders.
//!
//! Fivetran: <https://fivetran.com/docs/connectors/applications/shopify/connector-schema>, and the columns
//! that its dbt package reads. Airbyte: <https://docs.airbyte.com/integrations/sources/shopify>; nested
//! objects are JSON in one cell.

use super::super::choices::{CustomerKey, Grain, NumberStyle, RowOrder};
use super::super::dates::{DAY, DateForm};
use super::super::documents::{Document, Numbering};
use super::super::draw::Draw;
use super::super::sheet::{Role, Sheet};
use super::super::shop::{Buyer, NotSale, Order, OrderOutcome, ShopSpec};
use super::super::table::Table;
use super::{Columns, PlatformFormat, table_of};

const ORDER: Columns = &[
    ("id", Role::Number),
    ("processed_at", Role::PaidAt),
    ("updated_at", Role::ShippedOn),
    ("user_id", Role::Text("")),
    ("total_discounts", Role::OrderDiscount),
    ("total_line_items_price", Role::Subtotal),
    ("total_price", Role::Total),
    ("total_tax", Role::Tax),
    ("subtotal_price", Role::Text("")),
    ("taxes_included", Role::Text("true")),
    ("name", Role::LongNumber),
    ("note", Role::Note),
    ("cancel_reason", Role::Text("")),
    ("cancelled_at", Role::CancellationTime),
    ("created_at", Role::Date),
    ("currency", Role::Currency),
    ("customer_id", Role::Customer),
    ("email", Role::Email),
    ("financial_status", Role::Status),
    ("fulfillment_status", Role::Text("fulfilled")),
    ("billing_address_province", Role::StateColumn),
    ("billing_address_zip", Role::Postcode),
    ("test", Role::Text("false")),
    ("_fivetran_deleted", Role::Text("false")),
    ("_fivetran_synced", Role::Text("2024-12-01 02:00:00.000 UTC")),
];

const AIRBYTE_ORDERS: Columns = &[
    ("id", Role::Number),
    ("name", Role::LongNumber),
    ("test", Role::Text("false")),
    ("email", Role::Email),
    ("contact_email", Role::Email),
    ("user_id", Role::Text("")),
    ("currency", Role::Currency),
    // Contains the customer object.
    ("customer", Role::Customer),
    ("closed_at", Role::Text("")),
    ("created_at", Role::Date),
    ("updated_at", Role::ShippedOn),
    ("processed_at", Role::PaidAt),
    ("cancelled_at", Role::CancellationTime),
    ("cancel_reason", Role::Text("")),
    ("total_tax", Role::Tax),
    ("total_discounts", Role::OrderDiscount),
    ("total_line_items_price", Role::Subtotal),
    ("total_price", Role::Total),
    ("financial_status", Role::Status),
    ("fulfillment_status", Role::Text("fulfilled")),
    ("line_items", Role::ProductList),
    ("tags", Role::Text("")),
    ("shop_url", Role::Text("main.myshopify.com")),
    ("deleted_at", Role::Text("")),
    ("_airbyte_extracted_at", Role::Text("2024-12-01T02:00:00.000Z")),
];

/// Refunds are per line, so that lines, refunds and payments add up to the same total.
fn spec(_: &mut Draw, spec: &mut ShopSpec) {
    spec.outcomes = vec![
        (OrderOutcome::Sale, 100),
        (OrderOutcome::NotSale(NotSale::Pending), 4),
        (OrderOutcome::NotSale(NotSale::Cancelled), 3),
        (OrderOutcome::NotSale(NotSale::Marked), 5),
    ];
    spec.refunds = (10, 6);
    spec.max_refunds = 2;
    spec.unknown_buyer_percent = 3;
    spec.guest_percent = 4;
}

/// What both loaders have in common.
const TABLES: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Number,
    guests_by_email: true,
    row_order: RowOrder::Oldest,
    tells_currency: true,
    numbering: Numbering::plain(NumberStyle::Long, 450_000_000),
    statuses: (&["paid"], ["pending", "voided", "refunded", "partially_refunded", "voided"]),
    spec,
    ..PlatformFormat::new("order", ORDER)
};

/// As Fivetran writes them.
pub(in crate::exports) const SHOPIFY_FIVETRAN: PlatformFormat =
    PlatformFormat { dates: DateForm::UtcWord, tables: Some(fivetran), ..TABLES };

/// As Airbyte writes them.
pub(in crate::exports) const SHOPIFY_AIRBYTE: PlatformFormat =
    PlatformFormat { dates: DateForm::Offset, columns: AIRBYTE_ORDERS, tables: Some(airbyte), ..TABLES };

/// A refund: its number, its time, and the lines and amounts it covers.
struct Refund {
    id: usize,
    at: i64,
    lines: Vec<(usize, i64)>,
    amount: i64,
}

/// The refunds of an order, allocated to its lines from the first on.
fn refunds(order: &Order, first_id: usize) -> Vec<Refund> {
    let mut left: Vec<i64> = order.lines.iter().map(|line| line.total).collect();
    order
        .refunds
        .iter()
        .enumerate()
        .map(|(place, &amount)| {
            let mut remaining = amount;
            let mut lines = Vec::new();
            for (line, left) in left.iter_mut().enumerate() {
                let part = remaining.min(*left);
                if part > 0 {
                    lines.push((line, part));
                    *left -= part;
                    remaining -= part;
                }
            }
            Refund { id: first_id + place, at: order.at + DAY * (2 + place as i64), lines, amount }
        })
        .collect()
}

fn fivetran(draw: &mut Draw, sheet: &Sheet<'_>, documents: &[Document<'_>]) -> Vec<Table> {
    let mut order = table_of(draw, "order", Grain::Order, ORDER, sheet, documents);
    spread_marks(&mut order, ORDER, documents, "_fivetran_deleted", "true");
    let mut line = Table::new(
        "order_line",
        &[
            "id",
            "order_id",
            "index",
            "name",
            "product_id",
            "sku",
            "quantity",
            "price",
            "total_discount",
            "fulfillment_status",
            "_fivetran_synced",
        ],
    );
    let mut refund = Table::new(
        "refund",
        &["id", "order_id", "created_at", "processed_at", "note", "restock", "_fivetran_synced"],
    );
    let mut refund_line = Table::new(
        "order_line_refund",
        &[
            "id",
            "refund_id",
            "order_line_id",
            "quantity",
            "subtotal",
            "total_tax",
            "restock_type",
            "_fivetran_synced",
        ],
    );
    let mut transaction = Table::new(
        "transaction",
        &[
            "id",
            "order_id",
            "refund_id",
            "kind",
            "status",
            "amount",
            "currency",
            "created_at",
            "test",
            "gateway",
        ],
    );
    let synced = "2024-12-01 02:00:00.000 UTC".to_owned();
    let money = |minor: i64| sheet.money.write(minor);
    for document in documents {
        let Some(order) = document.order else { continue };
        let line_id = |place: usize| (9_000_000_000 + document.place * 10 + place).to_string();
        for (place, item) in order.lines.iter().enumerate() {
            let product = &sheet.shop.products[item.product];
            line.push(
                document.at,
                vec![
                    line_id(place),
                    document.number.clone(),
                    (place + 1).to_string(),
                    product.name.clone(),
                    product.number.to_string(),
                    product.sku.clone(),
                    item.quantity.to_string(),
                    money(item.unit),
                    money(0),
                    "fulfilled".to_owned(),
                    synced.clone(),
                ],
            );
        }
        pay(&mut transaction, sheet, document, order);
        for back in refunds(order, 800_000_000 + document.place * 10) {
            let id = back.id.to_string();
            let day = sheet.date(back.at);
            refund.push(
                back.at,
                vec![
                    id.clone(),
                    document.number.clone(),
                    day.clone(),
                    day.clone(),
                    String::new(),
                    "true".to_owned(),
                    synced.clone(),
                ],
            );
            for (place, amount) in &back.lines {
                refund_line.push(
                    back.at,
                    vec![
                        (back.id * 10 + place).to_string(),
                        id.clone(),
                        line_id(*place),
                        order.lines[*place].quantity.to_string(),
                        money(*amount),
                        money(0),
                        "return".to_owned(),
                        synced.clone(),
                    ],
                );
            }
            let mut cells = payment_cells(sheet, document, &id, "refund", "success", back.amount, back.at);
            cells.push("false".to_owned());
            cells.push("shopify_payments".to_owned());
            transaction.push(back.at, cells);
        }
    }
    let customer = customers(sheet, "customer");
    vec![order, line, refund, refund_line, transaction, customer]
}

/// Turns some of the marked orders into tests, some into deleted ones, and leaves the others cancelled.
fn spread_marks(table: &mut Table, columns: Columns, documents: &[Document<'_>], deleted: &str, yes: &str) {
    let column_index = |name: &str| columns.iter().position(|(header, _)| *header == name).unwrap_or(0);
    for (row, document) in table.rows.iter_mut().zip(documents) {
        let marked =
            document.order.is_some_and(|order| order.outcome == OrderOutcome::NotSale(NotSale::Marked));
        let (column, value) = match document.salt % 3 {
            0 => ("test", "true"),
            1 => (deleted, yes),
            _ => continue,
        };
        if marked {
            row.cells[column_index("cancelled_at")].clear();
            value.clone_into(&mut row.cells[column_index(column)]);
        }
    }
}

/// The payment of an order; none if the order was cancelled before payment.
fn pay(transaction: &mut Table, sheet: &Sheet<'_>, document: &Document<'_>, order: &Order) {
    let status = match order.outcome {
        OrderOutcome::NotSale(NotSale::Pending) => "pending",
        OrderOutcome::NotSale(_) => return,
        _ => "success",
    };
    let mut cells = payment_cells(sheet, document, "", "sale", status, order.amounts.total, document.at);
    cells.push("false".to_owned());
    cells.push("shopify_payments".to_owned());
    transaction.push(document.at, cells);
}

fn payment_cells(
    sheet: &Sheet<'_>,
    document: &Document<'_>,
    refund: &str,
    kind: &str,
    status: &str,
    amount: i64,
    at: i64,
) -> Vec<String> {
    vec![
        (700_000_000 + at % 1_000_000_000 * 7 % 100_000_007).to_string(),
        document.number.clone(),
        refund.to_owned(),
        kind.to_owned(),
        status.to_owned(),
        sheet.money.write(amount),
        sheet.currency.code.to_owned(),
        sheet.date(at),
    ]
}

fn customers(sheet: &Sheet<'_>, name: &str) -> Table {
    let mut table = Table::new(
        name,
        &["id", "email", "first_name", "last_name", "created_at", "state", "orders_count", "total_spent"],
    );
    for (place, customer) in sheet.shop.customers.iter().enumerate() {
        let orders = || sheet.shop.orders.iter().filter(move |order| order.buyer == Buyer::Known(place));
        let spent = orders().map(|order| order.amounts.total).sum();
        let first = orders().map(|order| order.at).min().unwrap_or(0);
        let (given, family) = customer.name.split_once(' ').unwrap_or((&customer.name, ""));
        table.push(
            first,
            vec![
                customer.number.to_string(),
                customer.email.clone(),
                given.to_owned(),
                family.to_owned(),
                sheet.date(first),
                "enabled".to_owned(),
                orders().count().to_string(),
                sheet.money.write(spent),
            ],
        );
    }
    table
}

fn airbyte(draw: &mut Draw, sheet: &Sheet<'_>, documents: &[Document<'_>]) -> Vec<Table> {
    let mut orders = table_of(draw, "orders", Grain::Order, AIRBYTE_ORDERS, sheet, documents);
    spread_marks(&mut orders, AIRBYTE_ORDERS, documents, "deleted_at", "2024-11-30T10:00:00+00:00");
    let column_index =
        |name: &str| AIRBYTE_ORDERS.iter().position(|(header, _)| *header == name).unwrap_or(0);
    let (customer, items) = (column_index("customer"), column_index("line_items"));
    for (row, document) in orders.rows.iter_mut().zip(documents) {
        row.cells[customer] = match (document.buyer, sheet.person(document.buyer)) {
            (Buyer::Known(_), Some(person)) => {
                format!(r#"{{"id":{},"email":"{}","state":"enabled"}}"#, person.number, person.email)
            }
            _ => String::new(),
        };
        row.cells[items] = lines_as_json(sheet, document);
    }
    let mut refund = Table::new(
        "order_refunds",
        &[
            "id",
            "order_id",
            "created_at",
            "processed_at",
            "note",
            "restock",
            "transactions",
            "refund_line_items",
        ],
    );
    let mut transaction = Table::new(
        "transactions",
        &[
            "id",
            "order_id",
            "parent_id",
            "kind",
            "status",
            "amount",
            "currency",
            "created_at",
            "test",
            "gateway",
        ],
    );
    for document in documents {
        let Some(order) = document.order else { continue };
        pay(&mut transaction, sheet, document, order);
        for back in refunds(order, 800_000_000 + document.place * 10) {
            let amount = sheet.money.write(back.amount);
            let day = sheet.date(back.at);
            let code = sheet.currency.code;
            let paid = format!(
                r#"[{{"kind":"refund","status":"success","amount":"{amount}","currency":"{code}","order_id":{}}}]"#,
                document.number
            );
            let lines: Vec<String> = back
                .lines
                .iter()
                .map(|(place, part)| {
                    let line = &order.lines[*place];
                    format!(r#"{{"quantity":{},"subtotal":{}}}"#, line.quantity, sheet.money.write(*part))
                })
                .collect();
            refund.push(
                back.at,
                vec![
                    back.id.to_string(),
                    document.number.clone(),
                    day.clone(),
                    day,
                    String::new(),
                    "true".to_owned(),
                    paid,
                    format!("[{}]", lines.join(",")),
                ],
            );
            let mut cells = payment_cells(sheet, document, "", "refund", "success", back.amount, back.at);
            cells.push("false".to_owned());
            cells.push("shopify_payments".to_owned());
            transaction.push(back.at, cells);
        }
    }
    vec![orders, refund, transaction, customers(sheet, "customers")]
}

fn lines_as_json(sheet: &Sheet<'_>, document: &Document<'_>) -> String {
    let lines: Vec<String> = document
        .lines
        .iter()
        .map(|line| {
            let product = &sheet.shop.products[line.product];
            format!(
                r#"{{"sku":"{}","title":"{}","price":"{}","quantity":{}}}"#,
                product.sku,
                product.name,
                sheet.money.write(line.unit),
                line.quantity
            )
        })
        .collect();
    format!("[{}]", lines.join(","))
}
