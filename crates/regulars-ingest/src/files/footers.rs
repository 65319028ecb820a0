//! Footer lines after a table: totals, counts, who created the report and when.
//!
//! Only the last lines of a file are examined. A line is a footer if it begins with words and lacks fields,
//! or a date where every row has one. A truncated row is not a footer.

use super::TextTable;
use crate::records::{Record, Records};

/// Bytes at the end of a file to examine.
const TAIL_BYTES: usize = 64 * 1024;

/// First words of footer lines.
const WORDS: [&str; 42] = [
    "total",
    "totals",
    "totale",
    "totaal",
    "grand",
    "sum",
    "sums",
    "summe",
    "gesamt",
    "gesamtsumme",
    "subtotal",
    "zwischensumme",
    "somme",
    "suma",
    "razem",
    "toplam",
    "celkem",
    "összesen",
    "итого",
    "всего",
    "合计",
    "总计",
    "合計",
    "count",
    "rows",
    "row",
    "records",
    "lines",
    "orders",
    "generated",
    "exported",
    "created",
    "printed",
    "erstellt",
    "page",
    "seite",
    "report",
    "end",
    "eof",
    "source",
    "note",
    "notes",
];

/// The first footer line; `data` is whole records up to the end of the text.
pub(super) fn first_line(table: &TextTable, data: &[u8], first_line: u64) -> Option<u64> {
    if table.width < 2 {
        return None;
    }
    let from = data.len().saturating_sub(TAIL_BYTES);
    let from = if from == 0 { 0 } else { memchr::memchr(b'\n', &data[from..]).map(|n| from + n + 1)? };
    let line = first_line + memchr::memchr_iter(b'\n', &data[..from]).count() as u64;
    let tail = &data[from..];
    let cut_off = !tail.ends_with(b"\n");
    let mut records = Records::new(tail, line, table.delimiter, table.width).short_rows(table.short_rows);
    let mut begun = None;
    let mut apart = false;
    let mut before = 0;
    while let Some(record) = records.next_record() {
        apart |= memchr::memchr(b'\n', &tail[before..record.start]).is_some();
        let line = record.line;
        let is_last = record.start + record.raw.len() >= tail.len();
        if is_footer(table, &record, apart, cut_off && is_last) {
            begun = begun.or(Some(line));
        } else {
            begun = None;
            apart = false;
        }
        before = records.position();
    }
    begun
}

/// Whether a record is a footer. `apart`: it follows a blank line. `cut_off`: the text ends within it.
fn is_footer(table: &TextTable, record: &Record<'_>, apart: bool, cut_off: bool) -> bool {
    let width = table.width.max(record.len());
    let filled: Vec<&[u8]> =
        (0..width).map(|i| record.field(i).trim_ascii()).filter(|field| !field.is_empty()).collect();
    let Some(label) = filled.first().map(|field| String::from_utf8_lossy(field)) else {
        return false;
    };
    let words: Vec<String> = label
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(3)
        .map(str::to_lowercase)
        .collect();
    let known = words.iter().any(|word| WORDS.contains(&word.as_str()));
    let worded = label.chars().any(char::is_alphabetic) || label.starts_with(['-', '=', '*', '#', '©']);
    let few = record.len() > 0 && record.len() < table.width;
    if few && !record.well_formed {
        if cut_off && filled.len() > 1 && !known && !apart {
            return false;
        }
        return worded && (known || apart || filled.len() == 1 && label.contains([' ', ':', '-', '=', '*']));
    }
    let undated =
        !table.dates.is_empty() && table.dates.iter().all(|i| record.field(*i).trim_ascii().is_empty());
    record.well_formed && undated && worded && (known || apart && filled.len() * 2 <= table.width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::layout::{self, LayoutHints};
    use crate::files::line_ends::LineEnds;
    use crate::files::non_utf8::NonUtf8Lines;
    use crate::files::text_form::TextForm;

    fn begin(text: &str, short_rows: bool) -> Option<u64> {
        let given = LayoutHints { delimiter: Some(b','), short_rows, complete: true };
        let layout = layout::detect_layout(text.as_bytes(), given, "x").expect("a table");
        let non_utf8 = NonUtf8Lines::of(std::path::Path::new("x"), "x", LineEnds::Lf);
        let table = TextTable {
            form: TextForm {
                encoding: encoding_rs::UTF_8,
                line_ends: LineEnds::Lf,
                non_utf8: non_utf8.into(),
            },
            delimiter: b',',
            width: layout.header.len(),
            lines_before: layout.lines_before,
            first_line: layout.lines_before + 1,
            header_line: layout.header_line.into(),
            dates: layout.dates,
            short_rows,
            broken: None,
        };
        let rows: usize = text.split_inclusive('\n').take(table.lines_before as usize).map(str::len).sum();
        first_line(&table, &text.as_bytes()[rows..], table.first_line)
    }

    #[test]
    fn what_follows_the_table_is_told_from_its_rows() {
        let rows = "customer,order,date,amount\na,1,2024-03-01,10\nb,2,2024-03-02,20\n";
        for (end, expected) in [
            ("", None),
            ("Total rows: 2\n", Some(4)),
            ("\nTotal,30\nGenerated by shop,2024-04-01\n", Some(5)),
            ("(2 rows)\n", Some(4)),
            ("Total,,,30\n", Some(4)),
            ("Grand Total,,,30\n\n\n", Some(4)),
            ("----------\n", Some(4)),
            ("\nAll amounts in EUR.\n", Some(5)),
            // Rows with missing fields, and a truncated row.
            ("c,3,2024-03-03\n", None),
            ("Ann Smith,,,5\n", None),
            ("c,3,2024", None),
            ("c", None),
            ("Total,,,30\nc,3,2024-03-03,5\n", None),
        ] {
            assert_eq!(begin(&format!("{rows}{end}"), false), expected, "{end:?}");
        }
        assert_eq!(begin(&format!("{rows}\nTotal\nby the shop\n"), true), Some(5));
        let many = rows.to_owned() + &"c,3,2024-03-03,5\n".repeat(10_000) + "Total: 10002\n";
        assert_eq!(begin(&many, false), Some(10_004));
    }
}
