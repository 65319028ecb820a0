//! Any mutation of a valid file is either read with counts that add up, or rejected.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use regulars_core::dates::civil_micros;

use super::shop::{Shop, counts};
use crate::MeasureOutcome;

const VALID: &str = "order_id,customer_id,order_date,total,status\n\
    1,a,2024-01-31 14:05,12.50,completed\n2,b,2024-02-01,\"1,234.00\",completed\n3,a,2024-02-03,7,refunded\n\
    4,\"c \"\"x\"\"\",2024-02-04,8.25,completed\n5,b,2024-02-05,-3,completed\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_lose_nothing(
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![
            &b""[..], b"\"", b"\n", b",", b";", b"\r", b"\0", b"\xff", b"x", b"-", b"99999999999999999999", b"NaN", b"\"\"", b"\xef\xbb\xbf", b" ",
        ]), 0_usize..4), 0..8),
        threads in 1_usize..3,
    ) {
        let mut text = VALID.as_bytes().to_vec();
        for (at, insert, remove) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.iter().copied());
        }
        let mut shop = Shop::new();
        shop.threads = threads;
        match shop.read_text(&text) {
            Ok(found) => {
                let (clean, rejected, excluded) = counts(&found);
                prop_assert_eq!(shop.rows("transactions", &["customer_id"]).len() as u64, clean);
                prop_assert_eq!(shop.rows("rejected", &["line"]).len() as u64, rejected);
                prop_assert_eq!(shop.rows("excluded", &["line"]).len() as u64, excluded);
            }
            Err(error) => prop_assert!(!error.message.is_empty()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Measuring customers directly gives the same result as a run, for any notation of values.
    #[test]
    fn customers_are_measured_as_they_are_landed(
        rows in prop::collection::vec((
            prop::sample::select(vec!["1", "2", "3", "4711", "\"5\"", " 6 ", "0", "007", "-1", "", "8.0", "1000000000000000000"]),
            prop::sample::select(vec![
                "2024-01-31", "2024-02-29 23:59:59", "2024-03-01T10:00:00.5", "\"2024-03-02\"", "2024-13-01", "1969-05-01", "2030-01-01", "",
            ]),
            prop::sample::select(vec![
                "12.50", "7", "0.00", "-3.00", "1e2", "$5.00", "\"1,234.00\"", "4.125", "many", "", " 9.99 ", "99999999999999999999",
            ]),
            prop::sample::select(vec!["completed", "completed", "Completed ", "cancelled", "refunded", ""]),
        ), 1..60),
        exclude in any::<bool>(),
        as_of in any::<bool>(),
    ) {
        let mut text = "order_id,customer_id,order_date,total,status\n".to_owned();
        for at in 0..30 {
            writeln!(text, "{},{},2024-01-{:02},10.50,completed", at + 1, 1 + at % 7, 1 + at % 28).expect("in memory");
        }
        for (at, (customer, date, amount, status)) in rows.iter().enumerate() {
            writeln!(text, "{},{customer},{date},{amount},{status}", at + 101).expect("in memory");
        }
        let mut shop = Shop::new();
        if exclude {
            shop.config.policy.refunds = regulars_core::config::Refunds::Exclude;
        }
        shop.as_of_micros = as_of.then(|| civil_micros(2024, 2, 15).expect("a day"));
        let file = shop.write("orders.csv", &text);
        let Ok(MeasureOutcome::Direct(measured)) = shop.measure(std::slice::from_ref(&file)) else {
            return Ok(());
        };
        let landed = shop.read(&[file]).expect("what is measured can be read");
        prop_assert_eq!(measured.rows, (landed.report.rows.read, landed.report.rows.clean));
        let mut customers: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for row in shop.rows("transactions", &["customer_id", "total_amount_minor"]) {
            let (id, amount) = row.split_once(' ').expect("two columns");
            let of = customers.entry(id.to_owned()).or_default();
            of.0 += 1;
            of.1 += amount.parse::<i64>().expect("a number");
        }
        let ids: Vec<String> = match measured.whole_ids.as_slice() {
            [] => measured.text_ids.clone(),
            ids => ids.iter().map(i64::to_string).collect(),
        };
        let found = measured.frequency_orders.iter().copied().zip(measured.monetary_minor.iter().copied());
        prop_assert_eq!(ids.into_iter().zip(found).collect::<BTreeMap<_, _>>(), customers);
    }
}

/// The file format around a table.
#[derive(Debug, Clone)]
struct Wrapping {
    encoding: usize,
    delimiter: char,
    line_end: &'static str,
    preamble: usize,
    units: bool,
    footer: usize,
    repeat_header_after: Option<usize>,
    padded: bool,
    gzip: bool,
}

const PREAMBLES: [&[&str]; 5] = [
    &[],
    &["Orders 2024"],
    &["Report|Orders 2024", "", "Shop:|Example"],
    &["Orders of the shop", "From|2024-01-01", "To|2024-12-31", "Currency|EUR", ""],
    &["", "Export|1", "Export|2", "Export|3", "Export|4", "Export|5", "Export|6", "Export|7"],
];
const FOOTERS: [&[&str]; 4] =
    [&[], &["", "Total rows: many"], &["Total|||99.00"], &["", "Generated by the shop", "Page|1"]];

/// Names that each encoding can represent.
const NAMES: [(&encoding_rs::Encoding, &[&str]); 8] = [
    (encoding_rs::UTF_8, &["Łukasz Żak", "Müller", "Şahin", "会员甲", "Ann", "Østergård", "Иванов"]),
    (
        encoding_rs::WINDOWS_1250,
        &[
            "Łukasz Żak",
            "Wiśniewska",
            "Gołąb",
            "Dąbrowska",
            "Ann",
            "Świątek",
            "Źrebak",
            "Kořínek",
            "Dvořák",
            "Růžička",
        ],
    ),
    (
        encoding_rs::WINDOWS_1252,
        &[
            "Müller",
            "José Núñez",
            "François",
            "Größler",
            "Ann",
            "Østergård",
            "Zoë",
            "Muñoz",
            "Jäger",
            "Sørensen",
        ],
    ),
    (
        encoding_rs::WINDOWS_1254,
        &[
            "Ayşe Yıldız",
            "Çağlar Şahin",
            "İbrahim Öztürk",
            "Gülşen Ağaoğlu",
            "Ann",
            "Işık Koç",
            "Doğan Güneş",
        ],
    ),
    (encoding_rs::WINDOWS_1251, &["Иванов", "Петрова", "Сидоренко", "Ann", "Кузнецов", "Щербакова"]),
    (encoding_rs::GBK, &["会员甲", "王小明", "张伟", "李娜娜", "Ann", "陈建国", "北京市朝阳区"]),
    (encoding_rs::SHIFT_JIS, &["山田太郎", "佐藤花子", "鈴木さくら", "Ann", "カタカナ商店", "高橋みなみ"]),
    (encoding_rs::UTF_16LE, &["Łukasz", "Müller", "会员甲", "Ann"]),
];

fn wrapping() -> impl Strategy<Value = Wrapping> {
    (
        0..NAMES.len(),
        prop::sample::select(vec![',', ';', '\t', '|']),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        0..PREAMBLES.len(),
        any::<bool>(),
        0..FOOTERS.len(),
        prop::option::of(1_usize..20),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(encoding, delimiter, line_end, preamble, units, footer, repeat_header_after, padded, gzip)| {
                Wrapping {
                    encoding,
                    delimiter,
                    line_end,
                    preamble,
                    units,
                    footer,
                    repeat_header_after,
                    padded,
                    gzip,
                }
            },
        )
}

/// The file, the customers of its rows, and the number of lines that are not rows.
fn wrap(picks: &[prop::sample::Index], how: &Wrapping) -> (Vec<u8>, Vec<String>, u64) {
    let (encoding, names) = NAMES[how.encoding];
    let header = "customer|order_id|date|amount|note";
    let mut lines: Vec<String> = PREAMBLES[how.preamble].iter().map(|l| (*l).to_owned()).collect();
    lines.push(header.to_owned());
    if how.units {
        lines.push("(text)|(no)|(date)|(EUR)|".to_owned());
    }
    let (mut customers, mut no_rows) = (Vec::new(), 0);
    for (i, pick) in picks.iter().enumerate() {
        // Every name once, so that the encoding can be detected.
        let name = if i < names.len() { names[i] } else { names[pick.index(names.len())] };
        customers.push(name.to_owned());
        lines.push(format!("{name}|{}|2024-03-{:02}|{}.50|", i + 1, i % 28 + 1, i + 5));
        if how.repeat_header_after == Some(i) {
            lines.push(header.to_owned());
            no_rows += 1;
        }
    }
    no_rows += FOOTERS[how.footer].iter().filter(|l| !l.is_empty()).count() as u64;
    lines.extend(FOOTERS[how.footer].iter().map(|l| (*l).to_owned()));
    let mut text = String::new();
    for line in lines {
        let missing = 4 - line.matches('|').count();
        let line = if how.padded { line + &"|".repeat(missing) } else { line };
        text.push_str(&line.replace('|', &how.delimiter.to_string()));
        text.push_str(how.line_end);
    }
    let bytes = if encoding == encoding_rs::UTF_16LE {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    } else {
        encoding.encode(&text).0.into_owned()
    };
    if how.gzip {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gz, &bytes).expect("in memory");
        return (gz.finish().expect("in memory"), customers, no_rows);
    }
    (bytes, customers, no_rows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// The rows of a table do not depend on its file format.
    #[test]
    fn wrappings_change_no_row(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 12..40),
        how in wrapping(),
    ) {
        let (bytes, customers, no_rows) = wrap(&picks, &how);
        let shop = Shop::new();
        let found = match shop.read_text(&bytes) {
            Ok(found) => found,
            Err(error) => return Err(TestCaseError::fail(format!("{error} {:?}", error.hint))),
        };
        let (clean, rejected, excluded) = counts(&found);
        prop_assert_eq!((clean, rejected, excluded), (customers.len() as u64, no_rows, 0));
        prop_assert_eq!(shop.rows("transactions", &["customer_id"]), customers);
        let expected: i64 = (0..picks.len() as i64).map(|i| (i + 5) * 100 + 50).sum();
        prop_assert_eq!(shop.revenue_minor(), expected);
    }
}
