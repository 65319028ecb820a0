//! Invalid input leads to a clear error or a counted rejection.

use std::fmt::Write;

use super::shop::{Shop, counts};
use crate::Kind;

fn error(text: impl AsRef<[u8]>) -> String {
    match Shop::new().read_text(text) {
        Err(error) => format!("{error} | {}", error.hint.as_deref().unwrap_or_default()),
        Ok(found) => panic!("was read: {:?}", found.report.rows),
    }
}

fn check_error(text: impl AsRef<[u8]>, expected: &str) {
    let message = error(text);
    assert!(message.contains(expected), "{message} should contain {expected}");
}

#[test]
fn files_that_cannot_be_orders_are_refused() {
    check_error("", "is empty");
    check_error("\n\n", "is empty");
    check_error("customer_id,date,amount\n", "has a header but no rows");
    check_error("1,2024-01-01,5\n2,2024-01-02,6\n", "is data, not a header");
    check_error("customer_id,date\n1,2024-01-01\n", "no column for the amount");
    check_error(
        "customer_id,client_id,date,amount\n1,2,2024-01-01,5\n",
        "could be the customer: `customer_id` and `client_id`",
    );
    check_error("customer_id,date,amount\n1,03/04/2024,5\n2,05/06/2024,6\n", "day first or month first");
    let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check_error(&noise, "binary");
    check_error(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03truncated", "cannot be decompressed");
    check_error(b"PAR1 and then nothing", "not a readable Parquet file");
    let missing = Shop::new().read(&["/no/such/file.csv".to_owned()]).expect_err("not there");
    assert_eq!(missing.kind, Kind::NotFound);
}

#[test]
fn rows_that_cannot_be_used_are_kept_with_their_reason() {
    let text = "order_id,customer_id,date,amount\n\
        1,a,2024-01-01,5\n2,,2024-01-01,5\n3,a,,5\n4,a,2024-13-01,5\n5,a,1970-01-01,5\n6,a,9999-12-31,5\n\
        7,a,2024-01-01,\n8,a,2024-01-01,NaN\n9,a,2024-01-01,inf\n10,a,2024-01-01,99999999999999999999\n\
        ,a,2024-01-01,5\n12,a,2024-01-01\n13,a,2024-01-01,5,6\n14,\"a,2024-01-01,5\n15,b,2024-01-02,6\n";
    let shop = Shop::new();
    let found = shop.read_text(text).expect("readable");
    assert_eq!(counts(&found), (2, 13, 0));
    assert_eq!(
        shop.rows("rejected", &["line", "reason"]),
        [
            "3 missing_customer_id",
            "4 missing_date",
            "5 unreadable_date",
            "6 date_before_1970",
            "7 future_date",
            "8 missing_amount",
            "9 unreadable_amount",
            "10 unreadable_amount",
            "11 amount_too_large",
            "12 missing_transaction_id",
            "13 wrong_width",
            "14 wrong_width",
            "15 wrong_width",
        ]
    );
    let rows = shop.rows("rejected", &["row"]);
    assert_eq!(rows[2], "4,a,2024-13-01,5");
    assert!(found.report.failed(), "most rows are bad");
    let dates = found.report.findings.iter().find(|f| f.check == "unreadable_date").expect("found");
    assert_eq!((dates.samples[0].line, dates.samples[0].value.as_str()), (5, "2024-13-01"));
}

#[test]
fn a_line_without_end_costs_one_row_and_no_memory() {
    let mut text = b"customer_id,date,amount\na,2024-01-01,5\n".to_vec();
    text.resize(text.len() + (40 << 20), b'x');
    text.extend_from_slice(b"\nb,2024-01-02,6\n");
    let shop = Shop::new();
    let found = shop.read_text(&text).expect("readable");
    assert_eq!(counts(&found), (2, 1, 0));
    assert_eq!(
        shop.rows("rejected", &["line", "reason", "value"]),
        [format!("3 line_too_long {} bytes", 40 << 20)]
    );
    assert_eq!(shop.rows("transactions", &["customer_id"]), ["a", "b"]);
}

#[test]
fn all_rows_twice_is_an_error_of_the_data() {
    let mut text = "order_id,customer_id,date,amount\n".to_owned();
    for _ in 0..2 {
        for i in 0..50 {
            writeln!(text, "{i},{},2024-01-01,5", i % 7).expect("in memory");
        }
    }
    let found = Shop::new().read_text(&text).expect("readable");
    assert_eq!(counts(&found), (50, 0, 50));
    assert!(found.report.failed());
}

#[test]
fn stray_latin1_far_down_is_mended() {
    let mut text = "customer_id,date,amount\n".to_owned().into_bytes();
    for i in 0..9000 {
        text.extend_from_slice(format!("c{i},2024-01-01,5\n").as_bytes());
    }
    text.extend_from_slice(b"M\xfcller,2024-01-02,6\n");
    let shop = Shop::new();
    let found = shop.read_text(&text).expect("readable");
    assert_eq!(counts(&found), (9001, 0, 0));
    assert_eq!(shop.rows("transactions", &["customer_id"])[9000], "Müller");
    assert!(found.report.findings.iter().any(|f| f.check == "mixed_encoding"));
}

#[test]
fn nothing_counting_is_an_error_of_the_data() {
    let text = "order_id,customer_id,order_date,amount,status\n1,a,2024-01-01,5,Z9\n";
    let asked = Shop::new().read_text(text).expect_err("a word that nobody knows");
    assert!(asked.message.contains("`Z9` (1 row, 5.00)"), "{asked}");
    let mut shop = Shop::new();
    shop.config = shop.config.with_setting("policy.unknown_words=ignore").expect("valid");
    let found = shop.read_text(text).expect("told");
    assert_eq!(counts(&found), (0, 0, 1));
    let checks: Vec<&str> = found.report.findings.iter().map(|f| f.check.as_str()).collect();
    assert!(found.report.failed() && checks.contains(&"no_clean_rows"), "{checks:?}");
}

#[test]
fn a_file_that_grows_while_it_is_read_is_noticed() {
    let shop = Shop::new();
    let path = shop.write("orders.csv", "customer_id,date,amount\na,2024-01-01,5\n");
    let location = crate::locations::Location {
        shown: path.clone(),
        storage: crate::locations::Storage::Local(path.clone().into()),
        bytes: 0,
        searched: false,
        table: None,
    };
    let runtime = crate::inspect::runtime().expect("starts");
    for change in ["grow", "vanish"] {
        let raw = crate::open::RawStream::open(&location, runtime.handle()).expect("there");
        if change == "grow" {
            fs_err::write(&path, "customer_id,date,amount\na,2024-01-01,5\nb,2024-01-01,5\n")
                .expect("writable");
        } else {
            fs_err::remove_file(&path).expect("there");
        }
        let changed = raw.finish().expect_err("changed");
        assert_eq!(changed.kind, Kind::Changed, "{changed}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_so() {
    let shop = Shop::new();
    let path = shop.write("orders.csv", "customer_id,date,amount\na,2024-01-01,5\n");
    std::os::unix::fs::symlink("/dev/full", shop.path("out").join("transactions.parquet")).expect("new link");
    let full = shop.read(&[path]).expect_err("no room");
    assert_eq!(full.kind, Kind::NoSpace, "{full}");
}

#[test]
fn a_file_named_twice_is_refused() {
    let shop = Shop::new();
    let path = shop.write("orders.csv", "customer_id,date,amount\na,2024-01-01,5\n");
    let twice = shop.read(&[path.clone(), path]).expect_err("twice");
    assert!(twice.message.contains("is named twice"), "{twice}");
}
