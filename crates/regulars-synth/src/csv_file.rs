//! Tables as CSV, written byte by byte: faster than a general formatter.
//!
//! Money as `12.34`, times as `2023-05-06 07:08:09`. Nothing is quoted: none of the values needs it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use fs_err as fs;
use regulars_core::dates::format_day;

use crate::error::Error;
use crate::pending::Pending;
use crate::table::{Table, Values};

const DAY_SECONDS: i64 = 86_400;

/// A CSV file being written.
pub(crate) struct CsvFile {
    pending: Pending,
    file: fs::File,
}

impl CsvFile {
    /// Creates the file with its header.
    pub(crate) fn create(folder: &Path, name: &str, columns: &Table) -> Result<Self, Error> {
        let (pending, file) = Pending::create(folder, name)?;
        let names: Vec<&str> = columns.columns.iter().map(|column| column.name).collect();
        let mut created = Self { pending, file };
        created.append(format!("{}\n", names.join(",")).as_bytes())?;
        Ok(created)
    }

    /// Appends rows from [`encode`].
    pub(crate) fn append(&mut self, text: &[u8]) -> Result<(), Error> {
        self.file.write_all(text).map_err(|source| Error::from_io(self.pending.path(), source))
    }

    /// Closes the file.
    pub(crate) fn finish(self) -> Pending {
        self.pending
    }
}

/// The rows of a table, with line ends, without a header.
pub(crate) fn encode(table: &Table) -> Vec<u8> {
    // A row takes 60 to 100 bytes.
    let mut text = Vec::with_capacity(table.len() * 100);
    let mut day_text = DayText::default();
    for row in 0..table.len() {
        for (place, column) in table.columns.iter().enumerate() {
            if place > 0 {
                text.push(b',');
            }
            match &column.values {
                Values::Sequence(first, _) => push_integer(&mut text, *first + row as i64),
                Values::Id(values) => push_integer(&mut text, values[row]),
                Values::Count(values) => push_integer(&mut text, i64::from(values[row])),
                Values::Cents(values) => push_cents(&mut text, values[row]),
                Values::Timestamp(values) => push_timestamp(&mut text, values[row], &mut day_text),
                Values::NullableTimestamp(values) => {
                    if let Some(moment) = values[row] {
                        push_timestamp(&mut text, moment, &mut day_text);
                    }
                }
                Values::Date(values) => text.extend_from_slice(day_text.of(i64::from(values[row]))),
                Values::Category(codes, words) => {
                    text.extend_from_slice(words[codes[row] as usize].as_bytes());
                }
                Values::Number(values) => text.extend_from_slice(values[row].to_string().as_bytes()),
                Values::Boolean(values) => {
                    text.extend_from_slice(if values[row] { b"true" } else { b"false" });
                }
            }
        }
        text.push(b'\n');
    }
    text
}

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

fn push_integer(text: &mut Vec<u8>, value: i64) {
    if value < 0 {
        text.push(b'-');
    }
    let mut rest = value.unsigned_abs();
    // 2^64 has twenty digits.
    let mut digits = [0; 20];
    let mut start = digits.len();
    while rest >= 10 {
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    if rest > 0 || start == digits.len() {
        start -= 1;
        digits[start] = b'0' + rest as u8;
    }
    text.extend_from_slice(&digits[start..]);
}

fn push_cents(text: &mut Vec<u8>, cents: i64) {
    if cents < 0 {
        text.push(b'-');
    }
    let cents = cents.unsigned_abs();
    push_integer(text, (cents / 100) as i64);
    text.push(b'.');
    text.extend_from_slice(&PAIRS[(cents % 100) as usize]);
}

fn push_timestamp(text: &mut Vec<u8>, micros: i64, day_text: &mut DayText) {
    let seconds = micros.div_euclid(1_000_000);
    let of_day = seconds.rem_euclid(DAY_SECONDS) as usize;
    let [hour, minute, second] = [of_day / 3600, of_day / 60 % 60, of_day % 60].map(|part| PAIRS[part]);
    text.extend_from_slice(day_text.of(seconds.div_euclid(DAY_SECONDS)));
    text.extend_from_slice(&[b' ', hour[0], hour[1], b':', minute[0], minute[1], b':', second[0], second[1]]);
}

/// Formatted text of the previous day: rows are sorted by time, so it is usually the same.
#[derive(Default)]
struct DayText {
    day: Option<i64>,
    text: String,
}

impl DayText {
    fn of(&mut self, day: i64) -> &[u8] {
        if self.day != Some(day) {
            self.day = Some(day);
            self.text.clear();
            let _ = self.text.write_str(&format_day(day * DAY_SECONDS * 1_000_000));
        }
        self.text.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn check(values: Values, expected: &str) {
        let table = Table::new(vec![Column::new("column", values)]);
        assert_eq!(String::from_utf8(encode(&table)).expect("ASCII"), expected);
    }

    #[test]
    fn every_kind_of_value_has_its_text() {
        check(
            Values::Id(vec![0, 7, 10, 99, 100, 101, 1_000, 65_536, i64::MAX, i64::MIN, -5]),
            "0\n7\n10\n99\n100\n101\n1000\n65536\n9223372036854775807\n-9223372036854775808\n-5\n",
        );
        check(Values::Sequence(9, 3), "9\n10\n11\n");
        check(
            Values::Cents(vec![0, 5, 99, 100, 1_234, 1_000_050, -7]),
            "0.00\n0.05\n0.99\n1.00\n12.34\n10000.50\n-0.07\n",
        );
        check(
            Values::Timestamp(vec![0, 1_683_356_889_000_000]),
            "1970-01-01 00:00:00\n2023-05-06 07:08:09\n",
        );
        check(Values::NullableTimestamp(vec![None, Some(-1_000_000)]), "\n1969-12-31 23:59:59\n");
        check(Values::Date(vec![19_358, 19_358, 0]), "2023-01-01\n2023-01-01\n1970-01-01\n");
        check(Values::words(vec![1, 0], &["Books", "Home & Garden"]), "Home & Garden\nBooks\n");
        check(Values::Number(vec![0.5]), "0.5\n");
        check(Values::Boolean(vec![true, false]), "true\nfalse\n");
    }
}
