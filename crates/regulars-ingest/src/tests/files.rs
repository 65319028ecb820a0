//! Real-world files: encodings, line ends, layouts and formats.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use regulars_core::columns::Column;
use regulars_core::config::Encoding;
use regulars_core::dates::DateOrder;
use sha2::Digest;

use super::shop::{Shop, counts};
use crate::Kind;

const ORDER: [&str; 4] = ["transaction_id", "customer_id", "transaction_date", "total_amount_minor"];

/// The path of a file in `fixtures`.
fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).display().to_string()
}

/// Reads a text, and checks its rows and a note.
fn check(name: &str, bytes: impl AsRef<[u8]>, rows: &[&str], note: &str) {
    let shop = Shop::new();
    let found = shop.read(&[shop.write(name, bytes)]).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(shop.rows("transactions", &ORDER), rows, "{name}");
    let notes = found.notes.join("\n");
    assert!(notes.contains(note), "{notes} should contain {note}");
    assert_eq!(counts(&found).1, 0, "nothing is rejected");
}

fn refused(name: &str, bytes: impl AsRef<[u8]>) -> (Kind, String) {
    let shop = Shop::new();
    let error = shop.read(&[shop.write(name, bytes)]).expect_err("refused");
    (error.kind, format!("{error} | {}", error.hint.as_deref().unwrap_or_default()))
}

#[test]
fn exports_in_older_encodings_are_read_and_named() {
    for (file, encoding, mapping, rows) in [
        ("windows1250.csv", "windows-1250", &[][..], "Łukasz 2024-03-01T00:00:00 1000"),
        (
            "windows1254.csv",
            "windows-1254",
            &[
                (Column::CustomerId, "Müşteri No"),
                (Column::TransactionDate, "Sipariş Tarihi"),
                (Column::TransactionId, "Sipariş No"),
                (Column::TotalAmount, "Toplam Tutar"),
            ],
            "1 2024-03-01T00:00:00 1000",
        ),
        (
            "gbk.csv",
            "GBK",
            &[
                (Column::CustomerId, "买家会员名"),
                (Column::TransactionDate, "订单付款时间"),
                (Column::TransactionId, "订单编号"),
                (Column::TotalAmount, "买家实际支付金额"),
            ],
            "会员甲 2024-03-01T10:00:00 1000",
        ),
    ] {
        let mut shop = Shop::new();
        shop.config.source.date_order = Some(DateOrder::DayFirst);
        for (column, name) in mapping {
            shop.config.mapping.insert(*column, (*name).to_owned());
        }
        let found =
            shop.read(&[fixture(&format!("exports/{file}"))]).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(shop.rows("transactions", &ORDER[1..]), [rows], "{file}");
        let notes = found.notes.join("\n");
        assert!(notes.contains(&format!("encoding {encoding}")), "{file}: {notes}");
        assert_eq!(found.config.source.encoding.as_ref().map(Encoding::label), Some(encoding), "{file}");
    }
}

#[test]
fn old_line_ends_and_titles_are_no_obstacle() {
    let mut shop = Shop::new();
    shop.config.source.date_order = Some(DateOrder::MonthFirst);
    let found = shop.read(&[fixture("exports/cr_line_ends.csv")]).expect("readable");
    assert_eq!(counts(&found), (2, 0, 0));
    assert_eq!(
        shop.rows("transactions", &ORDER),
        ["CA-1 Ann 2011-09-07T00:00:00 37800", "CA-2 Bob 2011-07-08T00:00:00 69900"]
    );
    let found = shop.read(&[fixture("exports/preamble.csv")]).expect("readable");
    assert_eq!(counts(&found), (2, 0, 0));
    assert_eq!(shop.revenue_minor(), 3000);
    assert!(found.notes.join("\n").contains("1 line before the header is skipped: `Report,Orders 2024`"));
}

#[test]
fn lines_are_counted_as_in_the_file() {
    let text = "Orders\n\norder_id,customer,date,amount\n(no),(text),(date),(EUR)\n1,a,2024-01-01,5\n2,b,soon,6\n\
        order_id,customer,date,amount\n3,c,2024-01-03,7\n4,d,2024-01-04,8,9\n\nTotal rows: 4\nby the shop\n";
    for (text, name) in
        [(text.to_owned(), "lf"), (text.replace('\n', "\r\n"), "crlf"), (text.replace('\n', "\r"), "cr")]
    {
        let shop = Shop::new();
        let found = shop.read(&[shop.write(name, text)]).expect("readable");
        assert_eq!(counts(&found), (2, 5, 0), "{name}");
        assert_eq!(
            shop.rows("rejected", &["line", "reason", "value"]),
            [
                "6 unreadable_date soon",
                "7 repeated_header order_id,customer,date,amount",
                "9 wrong_width 5 fields, expected 4",
                "11 footer Total rows: 4",
                "12 footer by the shop",
            ],
            "{name}"
        );
        let footer = found.report.findings.iter().find(|f| f.check == "footer").expect("reported");
        assert_eq!((footer.count, footer.samples[0].line), (2, 11));
    }
}

#[test]
fn a_stretch_of_other_line_ends_costs_no_row() {
    let mut text = "customer,date,amount\n".to_owned();
    for i in 0..20 {
        writeln!(text, "c{i},2024-01-01,5").expect("in memory");
    }
    text.push_str("x,2024-01-02,6\ry,2024-01-03,7\rz,2024-01-04,8\n");
    let shop = Shop::new();
    assert_eq!(counts(&shop.read_text(&text).expect("readable")), (23, 0, 0));
    assert_eq!(shop.rows("transactions", &["customer_id"])[20..], ["x", "y", "z"]);
}

#[test]
fn a_missing_header_is_answered_by_naming_columns() {
    let text = "7,2024-01-01,5.50\n8,2024-01-02,6.50\n";
    let (kind, message) = refused("orders.csv", text);
    assert_eq!(kind, Kind::Unreadable);
    assert!(
        message.contains("is data, not a header") && message.contains("customer_id=column_1"),
        "{message}"
    );
    let mut shop = Shop::new();
    for (column, name) in [
        (Column::CustomerId, "column_1"),
        (Column::TransactionDate, "column_2"),
        (Column::TotalAmount, "column_3"),
    ] {
        shop.config.mapping.insert(column, name.to_owned());
    }
    let found = shop.read_text(text).expect("answered");
    assert_eq!(counts(&found), (2, 0, 0));
    assert_eq!(shop.revenue_minor(), 1200);
    assert!(found.notes.join("\n").contains("the first line is data, not a header"));
}

#[test]
fn names_that_stand_there_twice_are_asked_about_only_when_used() {
    let mut shop = Shop::new();
    let (kind, message) = refused("x.csv", "customer,date,total,total\na,2024-01-01,5,6\n");
    assert_eq!(kind, Kind::Ambiguous);
    assert!(message.contains("`total` and `total (2)`"), "{message}");
    shop.config.mapping.insert(Column::TotalAmount, "total (2)".to_owned());
    shop.read_text("customer,date,total,total\na,2024-01-01,5,6\n").expect("answered");
    assert_eq!(shop.revenue_minor(), 600);
    // Duplicate values, and a column that is not used.
    let shop = Shop::new();
    let found = shop
        .read_text("customer,date,total,customer,note,note\na,2024-01-01,5,a,x,y\n")
        .expect("no question");
    assert_eq!(counts(&found), (1, 0, 0));
    assert!(found.notes.join("\n").contains("two columns are named `note`"), "{:?}", found.notes);
}

#[test]
fn strays_of_a_file_are_read_alike_and_reported() {
    let mut text = "customer_id,date,amount\n".to_owned().into_bytes();
    for i in 0..90_000 {
        text.extend_from_slice(format!("c{i},2024-01-01,5\n").as_bytes());
    }
    for name in ["Wiśniewska", "Łukasz Żak", "Gołąb", "Dąbrowska", "Café"] {
        text.extend_from_slice(&encoding_rs::WINDOWS_1250.encode(name).0);
        text.extend_from_slice(b",2024-01-02,6\n");
    }
    let shop = Shop::new();
    let found = shop.read_text(&text).expect("readable");
    assert_eq!(counts(&found), (90_005, 0, 0));
    assert_eq!(
        shop.rows("transactions", &["customer_id"])[90_000..],
        ["Wiśniewska", "Łukasz Żak", "Gołąb", "Dąbrowska", "Café"]
    );
    let mixed = found.report.findings.iter().find(|f| f.check == "mixed_encoding").expect("reported");
    assert_eq!(mixed.count, 5);
    assert!(mixed.action.contains("read as windows-1250"), "{}", mixed.action);
}

#[test]
fn an_encoding_can_be_named_and_wrong_ones_are_refused() {
    let text = encoding_rs::SHIFT_JIS.encode("customer,date,amount\n東京 太郎,2024-01-01,5\n").0.into_owned();
    let mut shop = Shop::new();
    shop.config.source.encoding = Some(Encoding::new("Shift_JIS"));
    shop.read_text(&text).expect("readable");
    assert_eq!(shop.rows("transactions", &["customer_id"]), ["東京 太郎"]);
    shop.config.source.encoding = Some(Encoding::new("klingon"));
    assert_eq!(shop.read_text(&text).expect_err("no encoding").kind, Kind::Config);
    shop.config.source.encoding = Some(Encoding::new("euc-jp"));
    let error = shop.read_text(&text).expect_err("another encoding");
    assert!(error.message.contains("is not in the encoding EUC-JP"), "{error}");
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("Shift_JIS")), "{:?}", error.hint);
}

#[test]
fn workbooks_of_all_formats_give_the_same_rows() {
    for file in ["orders.xlsx", "orders_1904.xlsx", "orders.xlsb", "orders.xls", "orders.ods"] {
        let path = fixture(&format!("files/{file}"));
        let shop = Shop::new();
        let found = shop.read(std::slice::from_ref(&path)).unwrap_or_else(|e| panic!("{file}: {e}"));
        // 1002 is unpaid.
        assert_eq!(counts(&found), (3, 0, 1), "{file}");
        assert_eq!(
            shop.rows("transactions", &ORDER),
            [
                "1001 Ann, Smith 2024-03-01T14:05:00 1050",
                "1003 Ann, Smith 2024-03-03T00:00:30 30",
                "1004 007 2024-03-05T00:00:00 123457",
            ],
            "{file}"
        );
        let notes = found.notes.join("\n");
        assert!(notes.contains("1 line before the header is skipped: `Orders 2024`"), "{file}: {notes}");
        assert_eq!(
            notes.contains("sheet `Orders` is read, 4 rows"),
            file.ends_with("xlsx"),
            "{file}: {notes}"
        );
        assert_eq!(notes.contains("skipped: `Read me`"), file.ends_with("xlsx"), "{file}: {notes}");
        // The manifest names the original file, not its converted copy.
        let bytes = fs_err::read(&path).expect("there");
        assert_eq!(
            (found.inputs[0].path.as_str(), found.inputs[0].bytes),
            (path.as_str(), bytes.len() as u64)
        );
        let hash: String = sha2::Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(found.inputs[0].sha256, hash, "{file}");
    }
}

#[test]
fn what_is_found_in_a_workbook_can_be_written_down() {
    let shop = Shop::new();
    let input_paths = crate::InputPaths { orders: vec![fixture("files/orders.xlsx")], ..Default::default() };
    let found = crate::inspect(&input_paths, &shop.config, &[], &shop.path("scratch")).expect("readable");
    let source = &found.config.source;
    assert_eq!((source.delimiter, &source.encoding), (None, &None), "those of our own file are no settings");
    assert_eq!(found.config.mapping[&Column::CustomerId], "Customer");
    assert!(found.notes.join("\n").contains("sheet `Orders` is read"), "{:?}", found.notes);
}

#[test]
fn rows_of_a_sheet_are_reported_by_their_number() {
    let mut shop = Shop::new();
    shop.config.mapping.insert(Column::TotalAmount, "Note".to_owned());
    let found = shop.read(&[fixture("files/orders.xlsx")]).expect("readable");
    assert_eq!(counts(&found), (0, 3, 1), "row 5 is not paid");
    assert_eq!(shop.rows("rejected", &["line", "value"]), ["4 two lines", "6 #N/A", "8 after a blank row"]);
}

#[test]
fn a_sheet_can_be_named() {
    let mut shop = Shop::new();
    shop.config.source.sheet = Some("orders".to_owned());
    assert_eq!(counts(&shop.read(&[fixture("files/orders.xlsx")]).expect("readable")), (3, 0, 1));
    shop.config.source.sheet = Some("Invoices".to_owned());
    let error = shop.read(&[fixture("files/orders.xlsx")]).expect_err("no such sheet");
    assert_eq!(error.kind, Kind::Config);
    assert!(error.hint.as_deref().is_some_and(|h| h.contains("`Read me`, `Orders`")), "{:?}", error.hint);
}

#[test]
fn a_file_of_one_column_or_of_a_header_alone_is_no_table_of_orders() {
    let (_, message) = refused("x.csv", "only\n1\n2\n3\n");
    assert!(message.contains("its columns are: only | no field delimiter was found"), "{message}");
    let (_, message) = refused("x.csv", "customer_id,date,amount\n");
    assert!(message.contains("has a header but no rows"), "{message}");
    let (_, message) = refused("x.csv", "Orders\n\ncustomer_id,date,amount\n");
    assert!(!message.contains("panicked"), "{message}");
    let (_, message) =
        refused("x.txt", "customer   date amount   note\nAnn Smith 2024-03-01 5 x\nB 2024-03-02 6 yy\n");
    assert!(message.contains("seem to have a fixed width"), "{message}");
}

const JSON_ROWS: [&str; 2] = ["1 7 2024-01-31T14:05:00 1250", "2 8 2024-02-01T00:00:00 123400"];
const OBJECTS: [&str; 2] = [
    r#"{"id": 1, "customer": {"id": 7, "name": "Łukasz"}, "created_at": "2024-01-31T14:05:00", "total": 12.50, "tags": ["a", "b"], "line_items": [{"sku": "x"}]}"#,
    r#"{"id": 2, "customer": {"id": 8}, "created_at": "2024-02-01", "total": "1234.00", "note": null}"#,
];

#[test]
fn json_of_every_shape_is_read() {
    let [one, two] = OBJECTS;
    check("a.json", format!("[{one},\n{two}]"), &JSON_ROWS, "JSON, 2 objects; rows are numbered by object");
    check(
        "b.json",
        format!(
            "\u{feff}{{\"count\": 2, \"data\": {{\"orders\": [{one}, {two}], \"users\": [{{\"id\": 1}}]}}}}"
        ),
        &JSON_ROWS,
        "2 objects under `data.orders`",
    );
    check("c.ndjson", format!("{one}\n\n{two}\n"), &JSON_ROWS, "JSON, one object per line");
    check("d.json", format!("{one}\n{two}"), &JSON_ROWS, "JSON");
    check(
        "e.json",
        format!("{}{}", one.replace(',', ",\n"), two.replace(',', ",\n")),
        &JSON_ROWS,
        "JSON, 2 objects",
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(format!("[{one},{two}]").as_bytes()).expect("in memory");
    check(
        "f.json.gz",
        gz.finish().expect("in memory"),
        &JSON_ROWS,
        "skipped nested lists of objects: `line_items`",
    );
    let zst = zstd::encode_all(format!("{one}\n{two}\n").as_bytes(), 1).expect("in memory");
    check("g.ndjson.zst", zst, &JSON_ROWS, "one object per line");
}

#[test]
fn a_broken_line_of_json_is_rejected_and_a_broken_document_refused() {
    let [one, two] = OBJECTS;
    let shop = Shop::new();
    let text = format!("{one}\n{{\"id\": 3, \"cust\n[1]\n\n{two}\n");
    let found = shop.read(&[shop.write("x.ndjson", text)]).expect("readable");
    assert_eq!(counts(&found), (2, 2, 0));
    assert_eq!(shop.rows("transactions", &ORDER), JSON_ROWS);
    let rejected = shop.rows("rejected", &["line", "reason", "value", "row"]);
    assert!(rejected[0].starts_with("2 broken_json is not valid JSON from column"), "{rejected:?}");
    assert!(rejected[0].ends_with("{\"id\": 3, \"cust"), "{rejected:?}");
    assert_eq!(rejected[1], "3 broken_json is not an object [1]");

    let (kind, message) = refused("x.json", format!("[{one},\n{}", &two[..30]));
    assert_eq!(kind, Kind::Unreadable);
    assert!(message.contains("breaks off in line 2, column 30"), "{message}");
    let (_, message) = refused("x.json", format!("[{one},\n  {{\"id\": 2,, }}]"));
    assert!(message.contains("is not valid JSON in line 2, column 12"), "{message}");
    for (text, expected) in [
        ("{\"orders\": []}", "it has no list with objects"),
        ("[[1, 2], [3, 4]]", "its lists contain no objects"),
        ("[]", "it has no list with objects"),
    ] {
        let (_, message) = refused("x.json", text);
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn amounts_in_json_that_stand_in_its_lists_are_pointed_out() {
    let (kind, message) =
        refused("x.json", r#"[{"id": 1, "customer_id": 7, "date": "2024-01-31", "items": [{"price": 5}]}]"#);
    assert_eq!(kind, Kind::Unreadable);
    assert!(message.contains("no column for the amount") && message.contains("(`items`)"), "{message}");
}

#[test]
fn tables_of_pages_and_of_fixed_width_are_read() {
    let rows = ["1 a 2024-03-01T00:00:00 1000", "2 b 2024-03-02T00:00:00 2000"];
    check(
        "x.xls",
        "<html><head><meta charset=\"utf-8\"></head><body><table><tr><td>Orders</td></tr></table><table>\
         <tr><th>order_id</th><th>customer</th><th>date</th><th>amount</th></tr>\
         <tr><td>1</td><td>a</td><td>2024-03-01</td><td>10.00</td></tr>\
         <tr><td>2</td><td>b</td><td>2024-03-02</td><td>20.00</td></tr></table></body></html>",
        &rows,
        "an HTML page, 2 rows",
    );
    check(
        "x.xml",
        "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"Orders\"><Table>\
         <Row><Cell><Data ss:Type=\"String\">order_id</Data></Cell><Cell><Data ss:Type=\"String\">customer</Data></Cell><Cell><Data ss:Type=\"String\">date</Data></Cell><Cell><Data ss:Type=\"String\">amount</Data></Cell></Row>\
         <Row><Cell><Data ss:Type=\"Number\">1</Data></Cell><Cell><Data ss:Type=\"String\">a</Data></Cell><Cell><Data ss:Type=\"DateTime\">2024-03-01T00:00:00.000</Data></Cell><Cell><Data ss:Type=\"Number\">10</Data></Cell></Row>\
         <Row><Cell><Data ss:Type=\"Number\">2</Data></Cell><Cell><Data ss:Type=\"String\">b</Data></Cell><Cell><Data ss:Type=\"DateTime\">2024-03-02T00:00:00.000</Data></Cell><Cell><Data ss:Type=\"Number\">20</Data></Cell></Row>\
         </Table></Worksheet></Workbook>",
        &rows,
        "an XML spreadsheet",
    );
    check(
        "x.txt",
        "order_id  customer  date        amount\n       1  a         2024-03-01   10.00\n       2  b         2024-03-02   20.00\n",
        &rows,
        "columns of fixed width",
    );
    let page = b"<html><meta charset=iso-8859-2><table><tr><td>customer<td>date<td>amount<tr><td>\xa3ukasz<td>2024-03-01<td>5</table>";
    let shop = Shop::new();
    shop.read(&[shop.write("x.xls", page)]).expect("readable");
    assert_eq!(shop.rows("transactions", &["customer_id"]), ["Łukasz"]);
}

#[test]
fn an_archive_of_one_file_is_read_and_others_are_named() {
    let shop = Shop::new();
    let path = shop.path("orders.zip");
    let mut writer = zip::ZipWriter::new(fs_err::File::create(&path).expect("writable").into_file());
    writer.start_file("export/orders.csv", zip::write::SimpleFileOptions::default()).expect("writable");
    writer.write_all(b"customer,date,amount\na,2024-03-01,5\n").expect("writable");
    writer.finish().expect("writable");
    let found = shop.read(&[path.display().to_string()]).expect("readable");
    assert_eq!(counts(&found), (1, 0, 0));
    assert!(found.notes[0].contains("`export/orders.csv` in it is read"), "{:?}", found.notes);
    assert!(found.inputs[0].path.ends_with("orders.zip"));
    for (bytes, what) in [
        (&b"%PDF-1.7 ..."[..], "is a PDF"),
        (b"{\\rtf1\\ansi Orders}", "is an RTF document"),
        (b"SQLite format 3\0\x10\0", "is an SQLite database"),
        (b"ORC\x08\x03\x10", "is an ORC file"),
        (b"Obj\x01\x04\x14avro", "is an Avro file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1and nothing else", "workbook that cannot be opened"),
        (b"PK\x03\x04and nothing else", "cannot be opened"),
        (b"<html><body>Please log in</body></html>", "a web page (HTML) without a table"),
        (b"<?xml version=\"1.0\"?>\n<orders><order/></orders>", "is XML (`<orders>`)"),
    ] {
        let (kind, message) = refused("orders.csv", bytes);
        assert_eq!(kind, Kind::Unreadable, "{what}");
        assert!(message.contains(what) && !message.contains("no column"), "{message}");
    }
}

#[test]
fn a_folder_leaves_alone_what_nobody_named() {
    let shop = Shop::new();
    fs_err::create_dir(shop.path("exports")).expect("new folder");
    shop.write("exports/orders.csv", "customer,date,amount\na,2024-03-01,5\n");
    shop.write("exports/settings.json", "{\"theme\": \"dark\"}");
    shop.write("exports/broken.xlsx", "PK\x03\x04");
    shop.write("exports/orders.json", "[{\"customer\": \"a\", \"date\": \"2024-03-01\", \"amount\": 5}]");
    shop.write("exports/~$orders.xlsx", "lock");
    let found = shop.read(&[shop.path("exports").display().to_string()]).expect("readable");
    assert_eq!(counts(&found), (1, 0, 0));
    let notes = found.notes.join("\n");
    for expected in [
        "settings.json: skipped",
        "broken.xlsx: skipped",
        "orders.json: skipped, the text file of the same name is read",
    ] {
        assert!(notes.contains(expected), "{notes}");
    }
}
