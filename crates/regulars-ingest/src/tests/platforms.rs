//! Exports in the layouts of platforms (`fixtures/presets`), each with its correct values.
//!
//! Most of them show the same shop: Anna with two orders, one of them an hour before the end of a month; Ben,
//! who returned half; Cleo, who returned everything; Dan, who cancelled; Eve, who never paid; a guest; and an
//! order that is a test, deleted or failed.

use std::path::PathBuf;

use regulars_core::columns::Column;

use super::shop::Shop;
use crate::{Error, Ingested, Kind};

fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/presets");
    folder.join(name).display().to_string()
}

/// The result in minor units. `left`: orders with something left. `customers`: those with such an order.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Read {
    gross: i64,
    back: i64,
    net: i64,
    sold: u64,
    left: u64,
    customers: usize,
}

fn measured(shop: &Shop, found: &Ingested) -> Read {
    let money = found.report.money;
    assert!(money.add_up(), "{money:?}");
    assert!(found.report.rows.add_up(), "{:?}", found.report.rows);
    assert_eq!(money.net_minor, shop.revenue_minor(), "net is the sum of the table");
    let buyers: std::collections::BTreeSet<String> = shop
        .rows("transactions", &["total_amount_minor", "customer_id"])
        .into_iter()
        .filter(|row| !row.starts_with('-'))
        .map(|row| row.split_once(' ').expect("two columns").1.to_owned())
        .collect();
    Read {
        gross: money.gross_minor,
        back: money.cancelled_minor + money.returned_minor,
        net: money.net_minor,
        sold: money.gross_orders,
        left: money.gross_orders - money.reversed_orders,
        customers: buyers.len(),
    }
}

fn read_with(names: &[&str], settings: &[&str]) -> (Shop, Result<Ingested, Error>) {
    let mut shop = Shop::new();
    for setting in settings {
        shop.config = shop.config.with_setting(setting).unwrap_or_else(|e| panic!("{setting}: {e}"));
    }
    let inputs: Vec<String> = names.iter().map(|name| fixture(name)).collect();
    let found = shop.read(&inputs);
    (shop, found)
}

/// Reads files of a preset, and checks gross revenue, returns, net revenue, orders sold, orders with
/// something left, and customers.
#[track_caller]
fn check(
    names: &[&str],
    preset: Option<&str>,
    (gross, back, net): (i64, i64, i64),
    (sold, left, customers): (u64, u64, usize),
) -> (Shop, Ingested) {
    let (shop, found) = read_with(names, &[]);
    let found = found.unwrap_or_else(|e| panic!("{names:?}: {e}\n{:?}", e.question));
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross, back, net, sold, left, customers }, "{names:?}: {:#?}", found.notes);
    assert_eq!(found.config.source.preset.as_deref(), preset, "{names:?}");
    (shop, found)
}

/// The days of an order's rows in a table.
fn days(shop: &Shop, table: &str, order: &str) -> Vec<String> {
    let mut days: Vec<String> = shop
        .rows(table, &["transaction_id", "transaction_date"])
        .iter()
        .filter_map(|row| row.strip_prefix(order).map(|rest| rest.trim()[..10].to_owned()))
        .collect();
    days.sort();
    days
}

fn reason(shop: &Shop, order: &str) -> Vec<String> {
    let rows = shop.rows("excluded", &["transaction_id", "reason"]);
    rows.iter().filter_map(|row| row.strip_prefix(order).map(|rest| rest.trim().to_owned())).collect()
}

/// Checks that the file is rejected with a message that names all of these.
#[track_caller]
fn check_refused(names: &[&str], named: &[&str]) {
    let (_, found) = read_with(names, &[]);
    let error = found.map(|f| f.notes).expect_err(names[0]);
    assert_eq!(error.kind, Kind::Unreadable, "{error}");
    let said = format!("{error} {}", error.hint.as_deref().unwrap_or(""));
    for word in named {
        assert!(said.contains(word), "{names:?}: `{said}` should name `{word}`");
    }
}

#[test]
fn shopify_export() {
    // 242.00 sold, including 12.00 without a customer.
    let (shop, found) = check(&["shopify/"], Some("shopify"), (23_000, 13_000, 10_000), (4, 3, 2));
    assert_eq!(found.report.rows.rejected, 1);
    assert_eq!(shop.rows("rejected", &["reason"]), ["missing_customer_id"]);
    // Paid through the gateway for tests.
    assert_eq!(reason(&shop, "#1008"), ["not_a_sale", "order_line"]);
    // The local day counts, not the UTC day.
    assert_eq!(days(&shop, "transactions", "#1005"), ["2024-03-31"]);
    assert_eq!(reason(&shop, "#1009"), ["cancelled"]);
}

#[test]
fn shopify_export_with_transaction_histories() {
    let files = ["shopify/orders_export_1.csv", "shopify_transactions/transactions_export_1.csv"];
    let (shop, _) = check(&files, Some("shopify"), (23_000, 13_000, 10_000), (4, 3, 2));
    assert_eq!(days(&shop, "returns", "#1002"), ["2024-03-02"]);
    let returned = shop.rows("returns", &["transaction_id", "returned_at"]);
    assert_eq!(returned, ["#1003 2024-03-12T10:00:00", "#1002 2024-03-10T10:00:00"], "the day of the refund");
    check_refused(&files[1..], &["transaction histories", "customers", "export of orders"]);
}

#[test]
fn shopify_by_fivetran() {
    // 263.00 sold, including 11.00 without a customer.
    let (shop, found) =
        check(&["shopify_fivetran/"], Some("shopify_fivetran"), (25_200, 14_250, 10_950), (4, 3, 2));
    assert_eq!(shop.rows("rejected", &["reason"]), ["missing_customer_id"]);
    // A refund has its own date.
    assert_eq!(days(&shop, "excluded", "5002"), ["2024-03-10"]);
    assert_eq!(reason(&shop, "5003"), ["cancelled_order", "cancellation"]);
    // Voided, test, deleted.
    for order in ["5004", "5008", "5009"] {
        assert_eq!(reason(&shop, order), ["cancelled"], "{order}");
    }
    assert_eq!(shop.rows("transactions", &["product_id"]), ["7003", "7004", "7005"]);
    // Days are UTC, and the report says so.
    assert_eq!(days(&shop, "transactions", "5005"), ["2024-04-01"]);
    assert!(found.notes.iter().any(|n| n.contains("UTC") && n.contains("timezone")), "{:?}", found.notes);
    let roles: Vec<&str> = found.inputs.iter().map(|i| i.role.as_str()).collect();
    assert_eq!(roles, ["transactions", "refunds", "companion"]);
    let (shop, found) = read_with(&["shopify_fivetran/"], &["source.timezone=\"America/Chicago\""]);
    let found = found.expect("readable");
    assert_eq!(days(&shop, "transactions", "5005"), ["2024-03-31"]);
    assert!(!found.notes.iter().any(|n| n.contains("so are the days")));
}

#[test]
fn fivetran_refunds_by_lines_are_those_by_payments() {
    let files =
        ["order.csv", "order_line.csv", "refund.csv", "order_line_refund.csv", "order_adjustment.csv"];
    let files: Vec<String> = files.iter().map(|f| format!("shopify_fivetran/{f}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    check(&files, Some("shopify_fivetran"), (25_200, 14_250, 10_950), (4, 3, 2));
}

#[test]
fn fivetran_orders_alone_say_what_they_cannot_tell() {
    let (_, found) =
        check(&["shopify_fivetran/order.csv"], Some("shopify_fivetran"), (25_200, 9_300, 15_900), (4, 3, 2));
    assert!(found.notes.iter().any(|n| n.contains("1 order is partially refunded")), "{:?}", found.notes);
}

#[test]
fn two_refunds_of_one_time_are_two() {
    let shop = Shop::new();
    let order = shop.write(
        "order.csv",
        "id,created_at,customer_id,total_price,financial_status,_fivetran_synced,currency\n\
         1,2024-03-01 10:00:00.000 +0000,901,50.00,refunded,2024-05-01 00:00:00.000 +0000,EUR\n\
         2,2024-03-02 10:00:00.000 +0000,902,20.00,paid,2024-05-01 00:00:00.000 +0000,EUR\n",
    );
    let payments = shop.write(
        "transaction.csv",
        "id,order_id,refund_id,amount,created_at,gateway,currency,kind,status,test\n\
         1,1,9,10.00,2024-03-03 10:00:00.000 +0000,x,EUR,refund,success,false\n\
         1,1,9,10.00,2024-03-03 10:00:00.000 +0000,x,EUR,refund,success,false\n\
         2,1,10,10.00,2024-03-03 10:00:00.000 +0000,x,EUR,refund,success,false\n",
    );
    let found = shop.read(&[order, payments]).expect("readable");
    let read = measured(&shop, &found);
    // The first order is duplicated. Despite its status, it was only partly refunded.
    assert_eq!(read, Read { gross: 7_000, back: 2_000, net: 5_000, sold: 2, left: 2, customers: 2 });
    assert!(found.notes.iter().any(|n| n.contains("1 order is marked as refunded")), "{:?}", found.notes);
}

#[test]
fn a_refund_of_a_cancelled_order_takes_nothing_from_others() {
    let shop = Shop::new();
    let order = shop.write(
        "order.csv",
        "id,created_at,customer_id,email,total_price,financial_status,cancelled_at,test,_fivetran_deleted,_fivetran_synced,currency\n\
         1,2024-03-01 10:00:00.000 +0000,901,a@x.com,50.00,paid,,false,false,2024-05-01 00:00:00.000 +0000,EUR\n\
         2,2024-03-02 10:00:00.000 +0000,901,a@x.com,50.00,refunded,2024-03-03 10:00:00.000 +0000,false,false,2024-05-01 00:00:00.000 +0000,EUR\n\
         3,2024-03-04 10:00:00.000 +0000,902,b@x.com,20.00,paid,,false,false,2024-05-01 00:00:00.000 +0000,EUR\n",
    );
    let payments = shop.write(
        "transaction.csv",
        "id,order_id,refund_id,amount,created_at,gateway,currency,kind,status,test\n\
         1,2,9,50.00,2024-03-03 10:00:00.000 +0000,x,EUR,refund,success,false\n\
         2,3,10,5.00,2024-03-05 10:00:00.000 +0000,x,EUR,refund,failure,false\n",
    );
    let found = shop.read(&[order, payments]).expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 7_000, back: 0, net: 7_000, sold: 2, left: 2, customers: 2 });
    assert!(found.notes.iter().any(|n| n.contains("1 refund of cancelled or unpaid orders")));
}

#[test]
fn a_table_alone_names_what_is_missing() {
    check_refused(&["shopify_fivetran/order_line.csv"], &["order_line", "customers", "`order`"]);
    check_refused(&["shopify_fivetran/transaction.csv"], &["payments", "customers", "`order`"]);
    check_refused(&["shopify_fivetran/order_line_refund.csv"], &["`order` and `refund`"]);
    check_refused(&["shopify_fivetran/refund.csv"], &["amounts", "`order`"]);
    check_refused(&["shopify_fivetran/order_adjustment.csv"], &["dates", "`order` and `refund`"]);
    check_refused(&["shopify_fivetran/customer.csv"], &["table of customers", "`order`"]);
    check_refused(&["amazon/all_orders/fba_returns.txt"], &["report of returns", "order report"]);
    check_refused(
        &["shopify_fivetran/order_line.csv", "shopify_fivetran/refund.csv"],
        &["order_line", "`order`"],
    );
    check_refused(&["shopify_airbyte/order_refunds.csv"], &["customers", "`orders`"]);
    check_refused(&["magento/tables/sales_order_item.csv"], &["sales_order_item", "`sales_order`"]);
    check_refused(&["magento/grid/creditmemos.csv"], &["credit memos", "grid of orders"]);
    check_refused(&["etsy/EtsyDirectCheckoutPayments2024.csv"], &["payments", "sold orders"]);
    check_refused(&["stripe/balance_history/"], &["balance history", "customers"]);
    check_refused(&["amazon/all_orders/"], &["buyers", "order report"]);
    check_refused(&["amazon/transactions/"], &["buyers", "order report"]);
    check_refused(&["amazon/kaggle_sale_report/"], &["buyers", "order report"]);
}

#[test]
fn shopify_by_airbyte() {
    // 242.00 sold, including 12.00 without a customer.
    let wanted = ((23_000, 13_000, 10_000), (4, 3, 2));
    let (shop, found) = check(&["shopify_airbyte/"], Some("shopify_airbyte"), wanted.0, wanted.1);
    // The older version of 5002, and its refund with its own date.
    assert_eq!(reason(&shop, "5002"), ["not_a_sale", "return"]);
    assert_eq!(days(&shop, "excluded", "5002"), ["2024-03-02", "2024-03-10"]);
    // 5010, and the row that deletes it.
    assert_eq!(reason(&shop, "5010"), ["cancelled", "not_a_sale"]);
    assert_eq!(reason(&shop, "5008"), ["not_a_sale"]);
    assert_eq!(days(&shop, "transactions", "5005"), ["2024-03-31"]);
    assert_eq!(found.report.rows.read, 13, "11 rows and 2 refunds");
    // Refunds are also in the orders, and count once.
    check(&["shopify_airbyte/orders.csv"], Some("shopify_airbyte"), wanted.0, wanted.1);
}

#[test]
fn a_look_at_tables_sees_them_as_they_are_read() {
    let shop = Shop::new();
    let input_paths = crate::InputPaths { orders: vec![fixture("shopify_airbyte/")], ..Default::default() };
    let found = crate::inspect(&input_paths, &shop.config, &[], &shop.path("scratch")).expect("readable");
    assert_eq!(found.config.source.preset.as_deref(), Some("shopify_airbyte"));
    let source = |column: Column| found.config.mapping.get(&column).map(String::as_str);
    assert_eq!(source(Column::CustomerId), Some("customer_id"));
    assert_eq!(source(Column::TotalAmount), Some("total_price"));
    // The detected settings can be saved, and give the same result.
    let mut again = Shop::new();
    again.config = found.config;
    let read = again.read(&input_paths.orders).expect("readable");
    assert_eq!(read.report.money.net_minor, 10_000);
}

#[test]
fn several_exports_of_a_table_are_one() {
    // Versions of one order in two files, as appended by a connector; the later one counts.
    let shop = Shop::new();
    let header = "id,updated_at,created_at,email,currency,total_price,current_total_price,financial_status,refunds,customer,_airbyte_extracted_at\n";
    let first = shop.write(
        "2024_03_01_1.csv",
        format!("{header}1,2024-03-01T10:00:00Z,2024-03-01T10:00:00Z,a@x.com,EUR,50.00,50.00,pending,[],,1\n2,2024-03-01T11:00:00Z,2024-03-01T11:00:00Z,b@x.com,EUR,20.00,20.00,paid,[],,1\n"),
    );
    let second = shop.write(
        "2024_03_02_2.csv",
        format!("{header}1,2024-03-02T10:00:00Z,2024-03-01T10:00:00Z,a@x.com,EUR,50.00,50.00,paid,[],,2\n2,2024-03-01T11:00:00Z,2024-03-01T11:00:00Z,b@x.com,EUR,20.00,20.00,paid,[],,2\n"),
    );
    let found = shop.read(&[first, second]).expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 7_000, back: 0, net: 7_000, sold: 2, left: 2, customers: 2 });
}

#[test]
fn airbyte_records_that_were_not_flattened() {
    // Nested arrays are not read; the remaining amount of an order shows the refund.
    let wanted = ((21_000, 13_000, 8_000), (3, 2, 2));
    check(&["shopify_airbyte_raw/orders_raw.jsonl"], Some("shopify_airbyte"), wanted.0, wanted.1);
    // In CSV, the record is one column, including arrays.
    let shop = Shop::new();
    let records = fs_err::read_to_string(fixture("shopify_airbyte_raw/orders_raw.jsonl")).expect("there");
    let mut text = "_airbyte_raw_id,_airbyte_extracted_at,_airbyte_data\n".to_owned();
    for line in records.lines() {
        let record: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let data = record["_airbyte_data"].to_string().replace('"', "\"\"");
        let of = |key: &str| record[key].as_str().expect("text").to_owned();
        text += &format!("{},{},\"{data}\"\n", of("_airbyte_raw_id"), of("_airbyte_extracted_at"));
    }
    let found = shop.read_text(text).expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 21_000, back: 13_000, net: 8_000, sold: 3, left: 2, customers: 2 });
    assert_eq!(days(&shop, "excluded", "5002"), ["2024-03-02", "2024-03-10"]);
}

#[test]
fn woocommerce_layouts() {
    // Without tax and shipping; refunds are rows.
    let (shop, _) =
        check(&["woocommerce/analytics_orders/"], Some("woocommerce"), (23_200, 12_500, 10_700), (5, 4, 3));
    assert_eq!(days(&shop, "excluded", "102"), ["2024-03-10"]);
    // Refunds are text in a cell.
    let (shop, _) =
        check(&["woocommerce/webtoffee/"], Some("woocommerce"), (25_400, 13_000, 12_400), (5, 4, 3));
    assert_eq!(days(&shop, "excluded", "102"), ["2024-03-10"]);
    assert_eq!(days(&shop, "transactions", "105"), ["2024-03-31"]);
    // Lines with the order's amounts on each.
    check(&["woocommerce/advanced_order_export/"], Some("woocommerce"), (25_400, 13_000, 12_400), (5, 4, 3));
}

#[test]
fn olist_with_payments_and_without() {
    let (shop, _) = check(&["olist/"], Some("olist"), (24_200, 0, 24_200), (5, 5, 4));
    assert_eq!(
        shop.rows("transactions", &["transaction_id", "payment_method", "total_amount_minor"])[0],
        "o01 credit_card 9000"
    );
    let files = ["olist/olist_orders_dataset.csv", "olist/olist_customers_dataset.csv"];
    let items = [files[0], files[1], "olist/olist_order_items_dataset.csv"];
    let (_, found) = check(&items, Some("olist"), (24_200, 0, 24_200), (5, 5, 4));
    assert!(found.notes.iter().any(|n| n.contains("used for the amounts")), "{:?}", found.notes);
    check_refused(&files, &["payment_value", "payments"]);
}

#[test]
fn stripe_payments() {
    // The bank took back 50.00 in a lost dispute.
    let (shop, _) = check(&["stripe/payments/"], Some("stripe"), (29_200, 18_000, 11_200), (6, 4, 3));
    // Authorised and released: neither sold nor returned.
    assert_eq!(reason(&shop, "ch_8"), ["not_a_sale"]);
    assert_eq!(days(&shop, "transactions", "ch_5"), ["2024-03-31"]);
    let (shop, _) = check(&["stripe/unified_payments/"], Some("stripe"), (24_200, 13_000, 11_200), (5, 4, 3));
    assert_eq!(shop.rows("returns", &["returned_at"]), ["2024-03-12T09:00:00"; 2]);
    let (shop, found) = read_with(&["stripe/payments/"], &["source.timezone=\"Asia/Tokyo\""]);
    found.expect("readable");
    assert_eq!(days(&shop, "transactions", "ch_5"), ["2024-04-01"]);
}

#[test]
fn stripe_charges_with_refunds_and_disputes() {
    let returned = |shop: &Shop| shop.rows("returns", &["transaction_id", "returned_at"]);
    let wanted = ((24_200, 13_000, 11_200), (5, 4, 3));
    let (shop, _) = check(&["stripe_charges/api/"], Some("stripe_charges"), wanted.0, wanted.1);
    assert_eq!(returned(&shop), ["ch_2 2024-03-12T09:00:00", "ch_3 2024-03-12T10:00:00"]);
    // Never captured.
    assert_eq!(reason(&shop, "ch_6"), ["not_a_sale"]);
    // The charges alone have the amount, but not the day.
    let (_, found) = check(&["stripe_charges/api/charges.json"], Some("stripe_charges"), wanted.0, wanted.1);
    assert!(found.notes.iter().any(|note| note.contains("2 charges were refunded")), "{:?}", found.notes);
    // One dispute was lost, another won.
    let (shop, _) =
        check(&["stripe_charges/fivetran/"], Some("stripe_charges"), (24_200, 16_500, 7_700), (5, 3, 3));
    assert_eq!(returned(&shop)[0], "ch_1 2024-04-10T09:00:00");
    check_refused(&["stripe_charges/api/refunds.json"], &["refunds", "customers", "table of charges"]);
}

#[test]
fn magento_grid_and_tables() {
    let wanted = ((25_400, 13_000, 12_400), (5, 4, 3));
    let (shop, found) = check(&["magento/grid/"], Some("magento"), wanted.0, wanted.1);
    assert!(!found.report.failed());
    assert_eq!(days(&shop, "excluded", "000000002"), ["2024-03-10"], "the day of the credit memo");
    assert_eq!(days(&shop, "transactions", "000000005"), ["2024-03-31"]);
    // The orders alone show the refunded amount, but not the date.
    check(&["magento/grid/export.csv"], Some("magento"), wanted.0, wanted.1);
    let (shop, _) = check(&["magento/tables/"], Some("magento_tables"), wanted.0, wanted.1);
    assert_eq!(shop.rows("transactions", &["product_id"]), ["MUG", "VASE", "PLATE", "CUP-S"]);
    check(&["magento/tables/sales_order.csv"], Some("magento_tables"), wanted.0, wanted.1);
    let (shop, found) = read_with(&["magento/tables/"], &["source.timezone=\"Europe/Berlin\""]);
    found.expect("readable");
    assert_eq!(
        shop.rows("transactions", &["transaction_date"])[2],
        "2024-03-31T23:30:00",
        "the hour of the shop"
    );
}

#[test]
fn amazon_order_report() {
    // Price, shipping and tax, less two promotions of one line.
    let (shop, _) = check(&["amazon/order_report/"], Some("amazon"), (16_500, 0, 16_500), (4, 4, 3));
    assert_eq!(reason(&shop, "111-0000002-0000002"), ["detail_row"]);
    assert_eq!(days(&shop, "transactions", "111-0000005-0000005"), ["2024-03-31"]);
    // Prices in other currencies include tax.
    let shop = Shop::new();
    let found = shop
        .read_text(
            "amazon-order-id\tshipment-item-id\tpurchase-date\tbuyer-email\tsku\tquantity-shipped\tcurrency\titem-price\titem-tax\tshipping-price\tgift-wrap-price\titem-promotion-discount\n\
             303-1\ta\t2024-03-01T10:00:00+00:00\tx@marketplace.amazon.de\tMUG\t2\tEUR\t23.80\t3.80\t4.00\t1.00\t-2.80\n\
             303-1\tb\t2024-03-01T10:00:00+00:00\tx@marketplace.amazon.de\tCUP\t1\tEUR\t10.00\t1.60\t0.00\t\t\n",
        )
        .expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 3_600, back: 0, net: 3_600, sold: 1, left: 1, customers: 1 });
}

#[test]
fn etsy_with_payments_and_without() {
    let (shop, _) = check(&["etsy/"], Some("etsy"), (24_920, 13_000, 11_920), (5, 4, 3));
    assert_eq!(reason(&shop, "3100000003"), ["refunded"]);
    // The file does not show full refunds, and the report says so.
    let (_, found) =
        check(&["etsy/EtsySoldOrders2024.csv"], Some("etsy"), (24_920, 4_500, 20_420), (5, 5, 4));
    assert!(
        found.notes.iter().any(|n| n.contains("5 orders are missing from the payments files")),
        "{:?}",
        found.notes
    );
}

#[test]
fn square_transactions() {
    // The amount collected, including tax and tips; 14.96 without a customer; a refund without items is no
    // net sale.
    check(&["square/"], Some("square"), (131_760, 13_140, 118_620), (4, 3, 2));
}

#[test]
fn paypal_activity() {
    // Euros and dollars cannot be added up.
    let (_, found) = read_with(&["paypal/"], &[]);
    let error = found.map(|f| f.notes).expect_err("two currencies");
    assert_eq!(error.kind, Kind::Ambiguous, "{error}");
    let (shop, found) = read_with(&["paypal/"], &["policy.only_currency=\"EUR\""]);
    let found = found.expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 123_000, back: 13_000, net: 110_000, sold: 4, left: 3, customers: 2 });
}

#[test]
fn others_are_read_by_detection() {
    check(&["bigcommerce/"], None, (25_200, 13_000, 12_200), (5, 4, 3));
    // 12.00 of walk-in customers count for nobody.
    check(&["vend_lightspeed/"], None, (12_000, 4_500, 7_500), (2, 2, 2));
}

#[test]
fn orders_and_their_lines_are_told_by_their_columns() {
    let lines = "id,order_id,sku,product_name,quantity,unit_price\n\
                 1,A-1,MUG,Mug,2,10.00\n2,A-1,CUP,Cup,1,5.50\n3,A-2,CUP,Cup,3,5.50\n4,A-3,MUG,Mug,1,10.00\n";
    // Without its own amount, an order is the sum of its lines.
    let shop = Shop::new();
    let orders = shop.write(
        "orders.csv",
        "order_id,customer_id,created_at,status\nA-1,7,2024-03-01 10:00:00,Completed\n\
         A-2,8,2024-03-02 10:00:00,Completed\nA-3,7,2024-03-03 10:00:00,Cancelled\n",
    );
    let lines = shop.write("order_lines.csv", lines);
    let found = shop.read(&[orders, lines.clone()]).expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 4_200, back: 0, net: 4_200, sold: 2, left: 2, customers: 2 });
    assert_eq!(shop.rows("transactions", &["product_id", "total_amount_minor"]), ["MUG 2550", "CUP 1650"]);
    // With its own amount, that counts, including shipping.
    let shop = Shop::new();
    let orders = shop.write(
        "orders.csv",
        "order_id,customer_id,created_at,total\nA-1,7,2024-03-01 10:00:00,30.50\nA-2,8,2024-03-02 10:00:00,16.50\n",
    );
    let found = shop.read(&[orders.clone(), lines]).expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 4_700, back: 0, net: 4_700, sold: 2, left: 2, customers: 2 });
    // A refund is subtracted on its own date.
    let refunds = shop.write(
        "refunds.csv",
        "id,order_id,created_at,amount\n1,A-1,2024-03-05 10:00:00,10.00\n2,A-2,2024-03-06 10:00:00,16.50\n",
    );
    let found = shop.read(&[orders.clone(), refunds]).expect("readable");
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 4_700, back: 2_650, net: 2_050, sold: 2, left: 1, customers: 1 });
    assert_eq!(days(&shop, "excluded", "A-1"), ["2024-03-05"]);
    // A refunds file that is not understood is never ignored.
    let refunds = shop.write("refunds.csv", "id,order_id,sku,quantity,amount\n1,A-1,MUG,1,10.00\n");
    let error = shop.read(&[orders, refunds]).map(|f| f.notes).expect_err("refunds of unknown layout");
    assert!(error.message.contains("refunds.csv"), "{error}");
}

#[test]
fn magento_lines_hold_the_total_of_their_order() {
    let shop = Shop::new();
    let found = shop
        .read_text(
            "item_id,status,created_at,sku,price,qty_ordered,grand_total,increment_id,customer_id\n\
             1,complete,2024-03-01,X,10.00,1,30.00,100147443,7\n2,complete,2024-03-01,Y,20.00,1,30.00,100147443,7\n\
             3,closed,2024-03-02,Y,20.00,1,20.00,100147444,8\n4,canceled,2024-03-03,Y,20.00,1,20.00,100147445,9\n",
        )
        .expect("readable");
    assert_eq!(found.config.source.preset.as_deref(), Some("magento_items"));
    let read = measured(&shop, &found);
    assert_eq!(read, Read { gross: 5_000, back: 2_000, net: 3_000, sold: 2, left: 1, customers: 1 });
}
