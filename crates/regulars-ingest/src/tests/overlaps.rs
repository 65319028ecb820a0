//! Several files, and files that change midway: repeated rows count once or are rejected.

use std::fmt::Write as _;

use super::shop::Shop;
use crate::{Error, Ingested, Kind};

/// Orders with two lines each: number, customer, day, and line amounts in cents.
fn orders(from: u32, to: u32) -> impl Iterator<Item = (u32, u32, u32, [i64; 2])> {
    (from..to)
        .map(|i| (5_000 + i, 100 + i % 17, 1 + i % 28, [1_005 + i64::from(i) * 31, 2_050 + i64::from(i) * 7]))
}

fn money(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn total(from: u32, to: u32) -> i64 {
    orders(from, to).flat_map(|(.., lines)| lines).sum()
}

/// Order lines with a column that differs between exports.
fn lines(from: u32, to: u32, exported: &str) -> String {
    let mut text = "order_id,customer_id,order_date,sku,quantity,unit_price,exported_on\n".to_owned();
    for (order, customer, day, lines) in orders(from, to) {
        for (at, amount) in lines.iter().enumerate() {
            let price = money(*amount);
            writeln!(text, "{order},{customer},2024-03-{day:02},S{at},1,{price},{exported}")
                .expect("in memory");
        }
    }
    text
}

fn read(files: &[(&str, String)]) -> Result<Ingested, Error> {
    let shop = Shop::new();
    let files: Vec<String> = files.iter().map(|(name, text)| shop.write(name, text)).collect();
    shop.read(&files)
}

#[test]
fn lines_that_a_later_export_has_again_count_once() {
    let found = read(&[("a.csv", lines(0, 60, "2024-04-01")), ("b.csv", lines(40, 90, "2024-05-01"))]);
    let money = found.expect("reads").report.money;
    assert_eq!((money.net_minor, money.gross_orders), (total(0, 90), 90));
}

#[test]
fn an_order_that_a_list_of_files_cuts_in_two_keeps_both_parts() {
    let text = lines(0, 60, "");
    let header = text.lines().next().expect("a header").to_owned();
    // Order 30 has two equal lines, one in each file.
    let cut = text.lines().position(|line| line.starts_with("5030")).expect("there") + 1;
    let rows: Vec<&str> = text.lines().collect();
    let first = format!("{}\n", rows[..cut].join("\n"));
    let second = format!("{header}\n{}\n", rows[cut..].join("\n"));
    let money = read(&[("a.csv", first), ("b.csv", second)]).expect("reads").report.money;
    assert_eq!((money.net_minor, money.gross_orders), (total(0, 60), 60));
}

#[test]
fn an_order_that_a_later_export_has_as_cancelled_is_no_sale() {
    let list = |from: u32, to: u32, is_off: &dyn Fn(u32) -> bool| {
        let mut text = "order_id,customer_id,order_date,total,status\n".to_owned();
        for (order, customer, day, lines) in orders(from, to) {
            let (amount, status) =
                (money(lines.iter().sum()), if is_off(order) { "cancelled" } else { "completed" });
            writeln!(text, "{order},{customer},2024-03-{day:02},{amount},{status}").expect("in memory");
        }
        text
    };
    let off = |order: u32| order.is_multiple_of(11);
    let files = [("a.csv", list(0, 60, &|_| false)), ("b.csv", list(40, 90, &off))];
    let money = read(&files).expect("reads").report.money;
    let kept = orders(0, 90).filter(|(order, ..)| *order < 5_040 || !off(*order));
    assert_eq!(money.net_minor, kept.flat_map(|(.., lines)| lines).sum::<i64>());
}

#[test]
fn two_tables_of_the_same_orders_are_refused() {
    let mut payments = "order_id,customer_id,paid_at,amount,method\n".to_owned();
    for (order, customer, day, lines) in orders(0, 40) {
        let amount = money(lines.iter().sum());
        writeln!(payments, "{order},{customer},2024-03-{day:02},{amount},card").expect("in memory");
    }
    let error = read(&[("orders.csv", lines(0, 40, "")), ("payments.csv", payments)]).expect_err("twice");
    assert_eq!(error.kind, Kind::Unreadable);
    assert!(
        error.message.contains("payments.csv") && error.message.contains("orders.csv"),
        "{}",
        error.message
    );
}

#[test]
fn a_discount_that_changes_its_scale_further_down_is_asked_about() {
    let mut text = "order_id,customer_id,order_date,sku,quantity,unit_price,discount\n".to_owned();
    for i in 0..7_000 {
        let off = if i < 6_900 { "0" } else { "10" };
        writeln!(text, "{i},c{},2024-03-{:02},S{},1,{}.50,{off}", i % 300, 1 + i % 28, i % 9, 20 + i % 40)
            .expect("in memory");
    }
    let question = read(&[("orders.csv", text)]).expect_err("asks").question.expect("asks");
    let settings: Vec<&str> = question.readings.iter().map(|reading| reading.setting.as_str()).collect();
    assert!(settings.contains(&"source.discount_is=amount"), "{settings:?}");
    assert!(settings.contains(&"source.discount_is=percent"), "{settings:?}");
}

#[test]
fn shopify_totals_on_every_row_count_once() {
    let mut text =
        "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,\
                    Lineitem name,Lineitem price,Cancelled at,Refunded Amount,Id\n"
            .to_owned();
    for (order, customer, day, lines) in orders(0, 40) {
        let whole = money(lines.iter().sum());
        for amount in &lines {
            let price = money(*amount);
            writeln!(
                text,
                "#{order},c{customer}@example.com,paid,EUR,{whole},0.00,0.00,{whole},2024-03-{day:02} 10:00:00 +0100,1,Mug,{price},,0.00,{order}"
            )
            .expect("in memory");
        }
    }
    let found = read(&[("orders_export.csv", text)]).expect("reads");
    assert_eq!(found.config.source.preset.as_deref(), Some("shopify"));
    assert_eq!((found.report.money.net_minor, found.report.money.gross_orders), (total(0, 40), 40));
}

#[test]
fn a_comma_without_quotes_is_no_name_of_the_row() {
    let mut text = "Order,Date,Email,Total\n".to_owned();
    for i in 0..60 {
        writeln!(text, "{},2024-03-{:02},c{}@example.com,{},50", 50_001 + i, 1 + i % 28, i % 9, 20 + i)
            .expect("in memory");
    }
    let report = read(&[("orders.csv", text)]).expect("reads").report;
    assert_eq!((report.rows.clean, report.rows.rejected, report.failed()), (0, 60, true));
}

#[test]
fn amounts_in_thousands_are_refused() {
    let mut text = "Auftrag,Datum,Kunde,Umsatz (TEUR)\n".to_owned();
    for i in 0..60 {
        writeln!(text, "{},{:02}.03.2024,K{},{},5", 50_001 + i, 1 + i % 28, i % 9, 20 + i)
            .expect("in memory");
    }
    let text = text.replace(",5\n", ".5\n");
    assert_eq!(read(&[("orders.csv", text)]).expect_err("thousands").kind, Kind::Unreadable);
}
