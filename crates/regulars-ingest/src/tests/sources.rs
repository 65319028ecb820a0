//! The same orders in many notations.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, TimestampNanosecondArray};
use parquet::arrow::ArrowWriter;
use regulars_core::columns::Column;
use regulars_core::config::{Duplicates, Refunds};
use regulars_core::dates::{civil_micros, parse_as_of};

use super::shop::{Shop, counts};

const ROWS: [&str; 2] = ["1 7 2024-01-31T14:05:00 1250", "2 8 2024-02-01T00:00:00 123400"];

fn check(text: impl AsRef<[u8]>) {
    let shop = Shop::new();
    let found =
        shop.read_text(&text).unwrap_or_else(|e| panic!("{}: {e}", String::from_utf8_lossy(text.as_ref())));
    assert_eq!(counts(&found), (2, 0, 0), "{}", String::from_utf8_lossy(text.as_ref()));
    let rows = shop
        .rows("transactions", &["transaction_id", "customer_id", "transaction_date", "total_amount_minor"]);
    assert_eq!(rows, ROWS, "{}", String::from_utf8_lossy(text.as_ref()));
}

#[test]
fn every_dialect_gives_the_same_rows() {
    check("order_id,customer_id,order_date,total\n1,7,2024-01-31 14:05,12.50\n2,8,2024-02-01,1234\n");
    check(
        "\u{feff}Order ID;Customer ID;Order Date;Total\r\n1;7;31.01.2024 14:05;12,50\r\n2;8;01.02.2024;1.234,00\r\n",
    );
    check(
        "order_id\tcustomer_id\torder_date\ttotal\n1\t7\t1/31/2024 2:05 PM\t$12.50\n2\t8\t2/1/2024\t\"1,234.00\"\n",
    );
    check(
        "sep=|\norder_id|customer_id|order_date|total\n1|7.0|2024-01-31T14:05:00|12.5\n2|8.0|2024-02-01|1234.0",
    );
    check(
        "total,note,order_date,customer_id,order_id\n12.50,\"two\nlines, \"\"quoted\"\"\",2024-01-31 14:05,7,1\n1234.00,,2024-02-01,8,2\n\n",
    );
    check(b"order_id,customer_id,name,order_date,total\n1,7,M\xfcller,2024-01-31 14:05,12.50\n2,8,Jos\xe9,2024-02-01,1234\n");
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain("order_id\tcustomer_id\torder_date\ttotal\n1\t7\t2024-01-31 14:05\t12.50\n2\t8\t2024-02-01\t1234\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    check(utf16);
}

#[test]
fn compressed_files_folders_and_patterns_are_read() {
    let shop = Shop::new();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"order_id,customer_id,order_date,total\n1,7,2024-01-31 14:05,12.50\n").expect("in memory");
    fs_err::create_dir(shop.path("exports")).expect("new folder");
    shop.write("exports/a.csv.gz", gz.finish().expect("in memory"));
    shop.write(
        "exports/b.csv.zst",
        zstd::encode_all(&b"order_id,customer_id,order_date,total\n2,8,2024-02-01,1234\n"[..], 1)
            .expect("in memory"),
    );
    shop.write("exports/notes.md", "not data");
    for input in [shop.path("exports"), shop.path("exports/*.csv.*")] {
        let found = shop.read(&[input.display().to_string()]).expect("readable");
        assert_eq!(counts(&found), (2, 0, 0));
        assert_eq!(found.inputs.len(), 2);
        assert_eq!(
            shop.rows(
                "transactions",
                &["transaction_id", "customer_id", "transaction_date", "total_amount_minor"]
            ),
            ROWS
        );
    }
    let none = shop.read(&[shop.path("exports/*.parquet").display().to_string()]).expect_err("nothing there");
    assert!(none.message.contains("no file matches"), "{none}");
}

#[test]
fn parquet_of_any_type_is_read() {
    let shop = Shop::new();
    let nanos =
        |y, m, d, minutes: i64| (civil_micros(y, m, d).expect("valid") + minutes * 60_000_000) * 1_000;
    let batch = RecordBatch::try_from_iter([
        ("order_id", Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef),
        ("customer_id", Arc::new(Float64Array::from(vec![Some(7.0), Some(8.0)]))),
        (
            "order_date",
            Arc::new(TimestampNanosecondArray::from(vec![nanos(2024, 1, 31, 845), nanos(2024, 2, 1, 0)])),
        ),
        ("total", Arc::new(Float64Array::from(vec![12.5, 1234.0]))),
        ("status", Arc::new(StringArray::from(vec![None::<&str>, Some("completed")]))),
    ])
    .expect("equal lengths");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("writable");
    writer.write(&batch).expect("writable");
    writer.close().expect("writable");
    let found = shop.read(&[shop.write("orders.parquet", bytes)]).expect("readable");
    assert_eq!(counts(&found), (2, 0, 0));
    assert_eq!(
        shop.rows(
            "transactions",
            &["transaction_id", "customer_id", "transaction_date", "total_amount_minor"]
        ),
        ROWS
    );
}

#[test]
fn policies_leave_rows_out_with_their_reason() {
    let text = "order_id,customer_id,order_date,total,status\n\
        1,a,2024-01-01,10,Completed\n2,a,2024-01-02,20,Refunded\n3,b,2024-01-03,30,Cancelled\n\
        4,b,2024-01-04,-5,completed\n5,c,2024-01-05,7,pending\n6,c,2024-01-06,8,paid\n";
    let mut shop = Shop::new();
    // By default, returns reduce the customer's spend.
    assert_eq!(counts(&shop.read_text(text).expect("readable")), (3, 0, 3));
    assert_eq!(shop.revenue_minor(), 1300);
    shop.config.policy.refunds = Refunds::Exclude;
    assert_eq!(counts(&shop.read_text(text).expect("readable")), (2, 0, 4));
    assert_eq!(
        shop.rows("excluded", &["transaction_id", "reason", "line"]),
        ["2 refunded 3", "3 cancelled 4", "4 returned 5", "5 status 6"]
    );
    assert_eq!(shop.revenue_minor(), 1800);
    shop.config.policy.refunds = Refunds::Net;
    assert_eq!(counts(&shop.read_text(text).expect("readable")), (3, 0, 3));
    assert_eq!(shop.revenue_minor(), 1300);
    shop.config.policy.refunds = Refunds::Keep;
    assert_eq!(counts(&shop.read_text(text).expect("readable")), (5, 0, 1));
    shop.config.policy = regulars_core::config::Policy {
        completed_statuses: Some(vec!["pending".to_owned()]),
        ..Default::default()
    };
    assert_eq!(counts(&shop.read_text(text).expect("readable")).0, 1);
    shop.config.policy = regulars_core::config::Policy::default();
    shop.as_of_micros = Some(parse_as_of("2024-01-01").expect("valid"));
    let found = shop.read_text(text).expect("readable");
    assert_eq!(counts(&found).0, 1);
    assert_eq!(found.as_of_micros, shop.as_of_micros.expect("set"));
}

#[test]
fn files_that_overlap_are_counted_once() {
    let header = "invoice,customer_id,date,product,amount\n";
    let shop = Shop::new();
    let first = shop.write("2010.csv", format!("{header}1,a,2010-12-01,x,1\n1,a,2010-12-01,y,2\n2,b,2010-12-09,x,3\n2,b,2010-12-09,x,3\n2,b,2010-12-09,z,4\n"));
    let second = shop.write("2011.csv", format!("{header}2,b,2010-12-09,x,3\n2,b,2010-12-09,x,3\n2,b,2010-12-09,z,4\n3,c,2011-01-01,x,5\n3,c,2011-01-01,y,5\n"));
    let found = shop.read(&[first, second]).expect("readable");
    assert_eq!(counts(&found), (7, 0, 3));
    assert_eq!(shop.revenue_minor(), 2300);
    assert!(!found.orders_are_rows);
    let checks: Vec<&str> = found.report.findings.iter().map(|f| f.check.as_str()).collect();
    assert!(
        checks.contains(&"overlap")
            && checks.contains(&"files_overlap")
            && checks.contains(&"equal_rows_kept"),
        "{checks:?}"
    );
    assert_eq!(shop.rows("excluded", &["reason", "line"]), ["overlap 2", "overlap 3", "overlap 4"]);
}

#[test]
fn equal_rows_follow_what_a_row_is() {
    let with_numbers =
        "order_id,customer_id,date,amount\n1,a,2024-01-01,5\n1,a,2024-01-01,5\n2,b,2024-01-02,6\n";
    let without = "customer_id,date,amount\na,2024-01-01,5\na,2024-01-01,5\nb,2024-01-02,6\n";
    let mut shop = Shop::new();
    let found = shop.read_text(with_numbers).expect("readable");
    assert_eq!(counts(&found), (2, 0, 1));
    assert!(found.orders_are_rows);
    assert_eq!(counts(&shop.read_text(without).expect("readable")), (3, 0, 0));
    shop.config.policy.duplicates = Duplicates::Exclude;
    assert_eq!(counts(&shop.read_text(without).expect("readable")), (2, 0, 1));
    shop.config.policy.duplicates = Duplicates::Keep;
    assert_eq!(counts(&shop.read_text(with_numbers).expect("readable")), (3, 0, 0));
}

#[test]
fn an_id_that_is_no_number_after_all_keeps_every_id_as_text() {
    let mut text = "order_id,customer_id,order_date,total\n".to_owned();
    for i in 1..=6000 {
        text.push_str(&format!("{i},{},2024-01-01,1\n", i % 50 + 1));
    }
    text.push_str("C6001,007,2024-01-02,1\n");
    let shop = Shop::new();
    assert_eq!(counts(&shop.read_text(&text).expect("readable")).0, 6001);
    let rows = shop.rows("transactions", &["transaction_id", "customer_id"]);
    assert_eq!((rows[0].as_str(), rows[6000].as_str()), ("1 2", "C6001 007"));
}

#[test]
fn customers_and_products_are_read_beside_the_orders() {
    let mut shop = Shop::new();
    let orders = shop.write("orders.csv", "order_id,customer_id,date,amount,product_id\n1,1,2024-01-01,5,p1\n2,2,2024-01-02,6,p2\n3,9,2024-01-03,6,p9\n");
    shop.customers = Some(shop.write(
        "people.csv",
        "Age,Customer ID,City,Joined\n31,1,Köln,2020-01-05\n,2,Ulm,2021-02-03\n40,2,Twice,2021-02-03\n",
    ));
    shop.products = Some(shop.write("products.csv", "product_id,category\np1,Tea\np2,Coffee\n"));
    let found = shop.read(&[orders]).expect("readable");
    assert_eq!(counts(&found), (3, 0, 0));
    assert!(found.has_customers);
    assert_eq!(shop.rows("customers", &["customer_id", "age", "city"]), ["1 31 Köln", "2  Ulm"]);
    assert_eq!(shop.rows("transactions", &["customer_id", "product_category"]), ["1 Tea", "2 Coffee", "9 "]);
    let unknown = found.report.findings.iter().find(|f| f.check == "unknown_customer").expect("found");
    assert_eq!((unknown.count, unknown.samples[0].value.as_str()), (1, "9"));
    assert_eq!(found.categories, Some(vec!["Coffee".to_owned(), "Tea".to_owned()]));
    let roles: Vec<&str> = found.inputs.iter().map(|i| i.role.as_str()).collect();
    assert_eq!(roles, ["transactions", "products", "customers"]);
}

#[test]
fn one_thread_and_two_write_the_same_bytes() {
    let mut text = "order_id,customer_id,order_date,total,category\n".to_owned();
    for i in 0..200_000_u64 {
        let bad = if i % 1000 == 7 { "x" } else { "" };
        text.push_str(&format!(
            "{},{},2024-01-{:02},{bad}{}.{:02},cat{}\n",
            (i * 7919) % 150_000,
            i % 977,
            i % 28 + 1,
            i % 300,
            i % 100,
            i % 7
        ));
    }
    let bytes = |threads: usize| {
        let mut shop = Shop::new();
        shop.threads = threads;
        // Small enough for one block; the second file is a second task.
        let files = [shop.write("a.csv", &text), shop.write("b.csv", &text[..text.len() / 2])];
        let found = shop.read(&files).expect("readable");
        let tables = ["transactions", "excluded", "rejected"]
            .map(|t| fs_err::read(shop.path("out").join(format!("{t}.parquet"))).expect("landed"));
        let folder = shop.path("").display().to_string();
        (serde_json::to_string(&found.report).expect("plain").replace(&folder, ""), tables[0].clone())
    };
    assert!(bytes(1) == bytes(2));
}

#[test]
fn the_mapping_can_be_told() {
    let mut shop = Shop::new();
    shop.config.mapping.insert(Column::CustomerId, "who".to_owned());
    shop.config.mapping.insert(Column::TotalAmount, "how_much".to_owned());
    let found = shop.read_text("who,date,how_much\nx,2024-01-01,5\n").expect("readable");
    assert_eq!(counts(&found), (1, 0, 0));
}
