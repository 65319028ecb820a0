//! Small exports that an earlier version misread, each with the correct values (`fixtures/exports`): a file
//! is read correctly, or leads to a question with the truth among the readings.

use std::path::PathBuf;

use regulars_core::validation::Severity;

use super::shop::Shop;
use crate::{Error, Ingested, Kind};

fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/exports");
    folder.join(name).display().to_string()
}

/// The result of a file: customers, orders, net and gross revenue. A return counts against its customer.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Read {
    customers: usize,
    orders: u64,
    gross_minor: i64,
    net_minor: i64,
}

fn read_with(name: &str, settings: &[&str]) -> (Shop, Result<Ingested, Error>) {
    let mut shop = Shop::new();
    for setting in settings {
        shop.config = shop.config.with_setting(setting).unwrap_or_else(|e| panic!("{setting}: {e}"));
    }
    let found = shop.read(&[fixture(name)]);
    (shop, found)
}

fn measured(shop: &Shop, found: &Ingested) -> Read {
    let buyers: std::collections::BTreeSet<String> = shop
        .rows("transactions", &["total_amount_minor", "customer_id"])
        .into_iter()
        .filter(|row| !row.starts_with('-'))
        .map(|row| row.split_once(' ').expect("two columns").1.to_owned())
        .collect();
    let money = found.report.money;
    assert!(money.add_up(), "{money:?}");
    assert_eq!(money.net_minor, shop.revenue_minor(), "net is the sum of the table");
    Read {
        customers: buyers.len(),
        orders: money.gross_orders - money.reversed_orders,
        gross_minor: money.gross_minor,
        net_minor: money.net_minor,
    }
}

#[track_caller]
fn check_read(
    name: &str,
    customers: usize,
    orders: u64,
    gross_minor: i64,
    net_minor: i64,
) -> (Shop, Ingested) {
    let (shop, found) = read_with(name, &[]);
    let found = found.unwrap_or_else(|e| panic!("{name}: {e}\n{:?}", e.question));
    let read = measured(&shop, &found);
    assert_eq!(read, Read { customers, orders, gross_minor, net_minor }, "{name}: {:?}", found.notes);
    (shop, found)
}

/// Checks that the file leads to a question, and that one of its answers gives the truth.
#[track_caller]
fn check_asked(name: &str, orders: u64, net_minor: i64) {
    let (_, found) = read_with(name, &[]);
    let error = found.map(|f| f.notes).expect_err(name);
    assert_eq!(error.kind, Kind::Ambiguous, "{name}: {error}");
    let question = error.question.as_ref().unwrap_or_else(|| panic!("{name}: no question: {error}"));
    assert!(question.readings.len() > 1, "{name}: {question:?}");
    let true_one = question
        .readings
        .iter()
        .find(|r| r.figures.is_some_and(|f| (f.orders, f.net_minor) == (orders, net_minor)))
        .unwrap_or_else(|| panic!("{name}: the truth is not among {question:#?}"));
    // Reading again with this answer gives the truth.
    let (shop, found) = read_with(name, &[&true_one.setting]);
    let found = found.unwrap_or_else(|e| panic!("{name} with {}: {e}", true_one.setting));
    let read = measured(&shop, &found);
    assert_eq!((read.orders, read.net_minor), (orders, net_minor), "{name} with {}", true_one.setting);
}

#[track_caller]
fn check_refused(name: &str, message: &str) {
    let (_, found) = read_with(name, &[]);
    let error = found.map(|f| f.notes).expect_err(name);
    assert!(error.message.contains(message), "{name}: {error} should contain {message}");
}

fn severity(found: &Ingested, check: &str) -> Option<Severity> {
    found.report.findings.iter().find(|f| f.check == check).map(|f| f.severity)
}

#[test]
fn totals_count_once_an_order() {
    check_read("free_order.csv", 3, 3, 8_000, 8_000);
    let (_, found) = check_read("odd_order.csv", 3, 3, 8_500, 8_500);
    assert_eq!(severity(&found, "totals_differ"), Some(Severity::Warning));
    check_read("late_multiline.csv", 400, 5_101, 5_101_000, 5_101_000);
    check_read("payment_fanout.csv", 2, 2, 13_000, 13_000);
    check_read("increment_id_grand_total.csv", 2, 2, 4_000, 4_000);
}

#[test]
fn what_is_no_sale_is_told_by_its_words() {
    let (_, found) = check_read("sale_and_sale_line.csv", 2, 2, 8_000, 8_000);
    assert!(!found.report.failed());
    check_read("event_types.csv", 1, 1, 10_000, 10_000);
    // The order of 90 was fully refunded.
    let (_, found) = check_read("refund_type_rows.csv", 1, 1, 10_000, 1_000);
    assert_eq!((found.report.money.gross_orders, found.report.money.cancelled_minor), (2, 9_000));
    let (_, found) = check_read("xero_credit_note.csv", 1, 1, 8_000, 3_000);
    assert_eq!(found.report.money.gross_orders, 2);
    check_read("voided_flag.csv", 1, 1, 1_000, 1_000);
    check_read("is_deleted.csv", 1, 1, 1_000, 1_000);
    check_read("cancelled_at.csv", 1, 1, 1_000, 1_000);
    check_read("bestellstatus.csv", 2, 2, 4_000, 4_000);
    let (_, found) = check_read("magento_closed.csv", 1, 1, 12_000, 5_000);
    assert_eq!(found.report.money.returned_minor, 7_000);
    check_read("amount_refunded.csv", 2, 2, 20_000, 10_500);
    let (_, found) = check_read("shopify_lines_with_email.csv", 2, 2, 13_000, 3_500);
    assert!(!found.report.failed());
}

#[test]
fn columns_are_judged_by_their_values_and_neighbours() {
    check_read("ship_state.csv", 3, 4, 10_000, 10_000);
    check_read("store_state.csv", 2, 3, 6_000, 6_000);
    check_asked("quantity_called_amount.csv", 3, 26_400);
    check_read("amazon_item_price.csv", 3, 3, 6_200, 6_200);
    check_read("discount_column.csv", 2, 2, 3_500, 3_500);
    check_read("amount_cents.csv", 2, 2, 4_998, 4_998);
    let (_, found) = check_read("stripe_blank_invoice.csv", 2, 3, 6_000, 6_000);
    assert!(!found.report.failed());
    check_read("ordernumber_caps.csv", 2, 2, 22_000, 22_000);
    let (shop, found) = check_read("lines_without_order_id.csv", 2, 3, 5_000, 5_000);
    assert!(!found.orders_are_rows);
    assert_eq!(shop.rows("transactions", &["transaction_id"])[0], "a 2024-03-01 10:00:00");
    assert!(found.notes.iter().any(|n| n.contains("no order number")));
}

#[test]
fn ids_that_stand_for_many_are_nobody() {
    check_refused("new_returning.csv", "customer types (new, returning)");
    let (_, found) = check_read("guest_zero.csv", 1, 1, 4_000, 4_000);
    assert!(severity(&found, "placeholder_customer").is_some());
    check_read("placeholder_customers.csv", 2, 2, 13_000, 13_000);
    let (_, found) = check_read("grand_total_row.csv", 2, 2, 3_000, 3_000);
    assert!(severity(&found, "totals_row").is_some());
    let (_, found) = check_read("sci_order_ids.csv", 2, 3, 6_000, 6_000);
    assert_eq!(severity(&found, "rounded_order"), Some(Severity::Error));
    check_read("receipt_numbers_restart.csv", 2, 4, 10_000, 10_000);
}

#[test]
fn values_are_read_as_they_are_written() {
    check_asked("dot_thousands.csv", 3, 42_400_000);
    let (_, found) = read_with("late_currency.csv", &[]);
    let error = found.map(|f| f.notes).expect_err("two currencies");
    assert!(error.message.contains("several currencies (EUR, JPY)"), "{error}");
    let (_, found) = check_read("tiny_prices.csv", 2, 3, 552, 552);
    assert_eq!(found.money_decimals, 4);
    let (shop, _) = check_read("local_offset.csv", 2, 3, 7_000, 7_000);
    let days: Vec<String> =
        shop.rows("transactions", &["transaction_date"]).iter().map(|d| d[..10].to_owned()).collect();
    assert_eq!(days, ["2024-03-31", "2024-03-31", "2024-04-01"]);
    // The return of -40 is subtracted from Ann's only earlier order.
    let (_, found) = check_read("apostrophe_negative.csv", 2, 3, 17_000, 13_000);
    assert!(!found.report.failed());
    assert_eq!(found.report.money.returned_minor, 4_000);
}

#[test]
fn what_can_be_read_is_read() {
    check_read("currency_brl.csv", 2, 2, 3_000, 3_000);
    check_read("narrow_nbsp.csv", 2, 2, 125_450, 125_450);
    check_read("long_dates.csv", 2, 2, 3_000, 3_000);
    check_read("chinese_dates.csv", 2, 2, 3_000, 3_000);
    check_read("olist_without_payment_type.csv", 2, 2, 11_000, 11_000);
}

#[test]
fn a_customer_of_forty_orders_has_forty() {
    check_read("new_with_forty_orders.csv", 1, 40, 120_000, 120_000);
}
