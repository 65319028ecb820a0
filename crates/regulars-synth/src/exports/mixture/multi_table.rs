//! Exports of several related tables, and monthly totals instead of orders.

use std::collections::BTreeMap;

use super::super::choices::{Choices, HeaderStyle, Returns, Status};
use super::super::dates::{DAY, date_time, month_of};
use super::super::documents::Document;
use super::super::draw::Draw;
use super::super::notation::CurrencyPlace;
use super::super::sheet::{HeaderWriter, Role, RowContext, RowKind, Sheet};
use super::super::table::Table;
use super::WrittenTables;

/// Orders, their lines, and perhaps customers and refunds, each in a separate file.
pub(super) fn tables(
    draw: &mut Draw,
    c: &Choices,
    sheet: &Sheet<'_>,
    documents: &[Document<'_>],
) -> WrittenTables {
    let style = |words: &[&'static str]| -> Vec<String> {
        let mut headers = HeaderWriter::new(HeaderStyle::Snake, c.cents, None);
        let mut none = Draw::new(0, 0);
        words.iter().map(|word| headers.write(&mut none, std::slice::from_ref(word), false)).collect()
    };
    let with_total = draw.chance(60);
    let with_customers = draw.chance(50);
    let mut order_columns =
        vec![(Role::Number, "Order ID"), (Role::Customer, "Customer ID"), (Role::Date, "Created At")];
    if c.status != Status::Absent {
        order_columns.push((Role::Status, "Status"));
    }
    if with_total {
        order_columns.push((Role::Total, "Total"));
    }
    if c.currency == CurrencyPlace::Column {
        order_columns.push((Role::Currency, "Currency"));
    }
    if !with_customers && c.customer_extras.has_email() {
        order_columns.push((Role::Email, "Email"));
    }
    let line_columns = [
        (Role::RowId, "ID"),
        (Role::Number, "Order ID"),
        (Role::Sku, "SKU"),
        (Role::Product, "Product Name"),
        (Role::Quantity, "Quantity"),
        (Role::UnitPrice, "Unit Price"),
    ];
    let mut orders = table("orders", style(&order_columns.iter().map(|(_, word)| *word).collect::<Vec<_>>()));
    let mut lines =
        table("order_lines", style(&line_columns.iter().map(|(_, word)| *word).collect::<Vec<_>>()));
    let mut refunds = table("refunds", style(&["ID", "Order ID", "Created At", "Amount"]));
    let mut row = 0;
    for document in documents {
        let context = RowContext {
            document,
            line: None,
            fan: None,
            is_later_row: false,
            kind: RowKind::Plain,
            at: document.at,
            row,
        };
        orders.push(document.at, order_columns.iter().map(|(role, _)| sheet.cell(*role, &context)).collect());
        for line in 0..document.lines.len() {
            let context = RowContext { line: Some(line), row, ..context };
            lines.push(
                document.at,
                line_columns.iter().map(|(role, _)| sheet.cell(*role, &context)).collect(),
            );
            row += 1;
        }
        for (place, &amount) in document.order.iter().flat_map(|order| &order.refunds).enumerate() {
            let at = document.at + DAY * (3 + place as i64);
            let id = (70_001 + refunds.rows.len()).to_string();
            let amount = sheet.amount(Role::RefundValue, document, amount);
            refunds.push(at, vec![id, document.number.clone(), sheet.date(at), amount]);
        }
    }
    let mut tables = vec![orders, lines];
    if c.returns == Returns::Column {
        tables.push(refunds);
    }
    if with_customers {
        let mut customers = table("customers", style(&["Customer ID", "Name", "Email"]));
        for customer in &sheet.shop.customers {
            customers.push(0, vec![sheet.key(customer), customer.name.clone(), customer.email.clone()]);
        }
        tables.push(customers);
    }
    WrittenTables { tables, roles: Vec::new() }
}

fn table(name: &str, header: Vec<String>) -> Table {
    Table { name: name.to_owned(), header, rows: Vec::new() }
}

/// One row per customer and month: orders cannot be distinguished.
pub(super) fn periods(draw: &mut Draw, c: &Choices, sheet: &Sheet<'_>) -> WrittenTables {
    let mut sums: BTreeMap<(i32, u32, String), (i64, i64)> = BTreeMap::new();
    for order in &sheet.shop.orders {
        let Some(person) = sheet.person(order.buyer) else { continue };
        let (year, month) = month_of(order.at);
        let entry = sums.entry((year, month, sheet.key(person))).or_default();
        entry.0 += 1;
        entry.1 += order.amounts.total;
    }
    let headers: &[&str] = if draw.chance(50) {
        &["Month", "Customer ID", "Orders", "Revenue"]
    } else {
        &["Period", "Customer", "Number of Orders", "Net Sales"]
    };
    let mut table = Table::new("sales_by_month", headers);
    for ((year, month, key), (orders, amount)) in sums {
        let at = super::super::dates::first_of_month(year, month);
        let text = if c.header_style == HeaderStyle::Title {
            sheet.date(at)
        } else {
            date_time(at).format("%Y-%m").to_string()
        };
        table.push(at, vec![text, key, orders.to_string(), sheet.money.write(amount)]);
    }
    WrittenTables { tables: vec![table], roles: Vec::new() }
}
