//! Looks at the beginning of a text: delimiter, header, sample rows.

use regulars_core::config::Source;

use crate::error::{Error, Kind, Result};
use crate::records::Records;

/// Bytes of text looked at.
pub(crate) const SAMPLE_BYTES: usize = 1 << 20;
/// Rows looked at.
pub(crate) const SAMPLE_ROWS: usize = 5_000;

/// How a text is laid out.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) delimiter: u8,
    pub(crate) header: Vec<String>,
    /// Bytes up to the end of the header line.
    pub(crate) header_bytes: usize,
    /// The number of the line after the header.
    pub(crate) first_line: u64,
    pub(crate) rows: Vec<Vec<String>>,
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Tells the layout of a text from its beginning; `complete` says that `head` is all of it.
///
/// Errors: [`Kind::Unreadable`] without a header or rows.
pub(crate) fn sniff(head: &[u8], complete: bool, source: &Source, shown: &str) -> Result<Layout> {
    let mut start = 0;
    let mut line = 1;
    let mut delimiter = source.delimiter.map(|d| d as u8);
    // Excel's own "sep=;" line, and blank lines before the header.
    while let Some(end) = head[start..].iter().position(|b| *b == b'\n').map(|n| start + n) {
        let text = head[start..end].trim_ascii();
        if let Some(sep) = text.strip_prefix(b"sep=").and_then(|s| s.first()) {
            delimiter = delimiter.or(Some(*sep));
        } else if !text.is_empty() {
            break;
        }
        start = end + 1;
        line += 1;
    }
    let text = if complete {
        &head[start..]
    } else {
        let end = memchr::memrchr(b'\n', &head[start..]).map_or(head.len(), |n| start + n + 1);
        &head[start..end]
    };
    if text.trim_ascii().is_empty() {
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` is empty"))
            .hint("export it again; it needs a header line and at least one row"));
    }
    let delimiter = delimiter.unwrap_or_else(|| guess_delimiter(text));
    let (header, header_bytes) = read_header(text, delimiter);
    check_header(&header, shown)?;
    let first_line = line + memchr::memchr_iter(b'\n', &text[..header_bytes]).count() as u64;
    let mut rows = Vec::new();
    let mut records = Records::new(&text[header_bytes..], first_line, delimiter, header.len());
    while let Some(record) = records.next_record() {
        if record.well_formed {
            rows.push(
                (0..header.len()).map(|i| String::from_utf8_lossy(record.field(i)).into_owned()).collect(),
            );
        }
        if rows.len() == SAMPLE_ROWS {
            break;
        }
    }
    Ok(Layout { delimiter, header, header_bytes: start + header_bytes, first_line, rows })
}

/// The header's fields, and the bytes up to the end of its line.
fn read_header(text: &[u8], delimiter: u8) -> (Vec<String>, usize) {
    // The width is not known yet: take whatever the first record has.
    let line_end = memchr::memchr(b'\n', text).map_or(text.len(), |n| n + 1);
    for end in std::iter::once(line_end).chain(memchr::memchr_iter(b'\n', text).map(|n| n + 1)).take(20) {
        let quotes = memchr::memchr_iter(b'"', &text[..end]).count();
        if quotes.is_multiple_of(2) {
            let mut records = Records::new(&text[..end], 1, delimiter, usize::MAX);
            if let Some(record) = records.next_record() {
                let mut fields: Vec<String> = (0..record.len())
                    .map(|i| {
                        String::from_utf8_lossy(record.field(i)).trim().trim_matches('\u{feff}').to_owned()
                    })
                    .collect();
                while fields.len() > 1 && fields.last().is_some_and(String::is_empty) {
                    fields.pop();
                }
                return (fields, end);
            }
        }
    }
    (vec![String::from_utf8_lossy(&text[..line_end]).trim().to_owned()], line_end)
}

fn guess_delimiter(text: &[u8]) -> u8 {
    let mut best = (b',', 0_u64, 1_usize);
    for delimiter in DELIMITERS {
        let (header, header_bytes) = read_header(text, delimiter);
        if header.len() < 2 {
            continue;
        }
        let mut records = Records::new(&text[header_bytes..], 1, delimiter, header.len());
        let (mut seen, mut fit) = (0_u64, 0_u64);
        while let Some(record) = records.next_record() {
            seen += 1;
            fit += u64::from(record.well_formed);
            if seen == 200 {
                break;
            }
        }
        // Rows that fit decide, in steps of a tenth; among equals the wider table.
        let score = (fit * 10).checked_div(seen).unwrap_or(5);
        if (score, header.len()) > (best.1, best.2) {
            best = (delimiter, score, header.len());
        }
    }
    best.0
}

fn check_header(header: &[String], shown: &str) -> Result<()> {
    let looks_like_data = |name: &String| {
        let name = name.trim();
        !name.is_empty()
            && name.bytes().any(|b| b.is_ascii_digit())
            && name.bytes().all(|b| !b.is_ascii_alphabetic())
    };
    let data = header.iter().filter(|n| looks_like_data(n)).count();
    if data * 2 > header.len() {
        return Err(Error::new(
            Kind::Unreadable,
            format!("the first line of `{shown}` is data, not a header: {}", header.join(", ")),
        )
        .hint("put the names of the columns into the first line, e.g. `customer_id,date,amount`"));
    }
    for (i, name) in header.iter().enumerate() {
        if !name.is_empty() && header[..i].contains(name) {
            return Err(Error::new(Kind::Unsure, format!("`{shown}` has two columns named `{name}`"))
                .hint("rename one of them in the first line"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        sniff(text.as_bytes(), true, &Source::default(), "x").expect("readable")
    }

    #[test]
    fn delimiters_are_told_from_the_rows() {
        for (text, delimiter) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b;c\n1;2,5;3\n1;2,5;3\n", b';'),
            ("a\tb\n1\t\"x, y\"\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("sep=;\na;b\n1;2\n", b';'),
            ("only\n1\n", b','),
        ] {
            assert_eq!(layout(text).delimiter, delimiter, "{text:?}");
        }
    }

    #[test]
    fn the_header_is_found_and_measured() {
        let found = layout("\n\n\"Order, id\",\"two\nlines\",c\n1,2,3\n");
        assert_eq!(found.header, ["Order, id", "two\nlines", "c"]);
        assert_eq!(found.first_line, 5);
        assert_eq!(found.rows, [["1", "2", "3"]]);
    }

    #[test]
    fn a_header_that_is_data_is_refused() {
        let error =
            |text: &str| sniff(text.as_bytes(), true, &Source::default(), "x").expect_err("refused").message;
        assert!(error("1,1997-01-01,11.77\n2,1997-01-12,12.00\n").contains("is data, not a header"));
        assert!(error("a,b,a\n1,2,3\n").contains("two columns named `a`"));
        assert!(error("\n\n").contains("is empty"));
    }
}
