//! Finds the header of a text and its delimiter.
//!
//! The first line is the header if the rows fit it; otherwise [`super::search`] finds the table.

use super::{Names, SAMPLE_ROWS, read_rows, search, shapes, shorten};
use crate::records::Records;

const DELIMITERS: [u8; 6] = [b',', b';', b'\t', b'|', b'^', b'~'];

/// A header and its position.
pub(super) struct Header {
    pub(super) fields: Vec<String>,
    /// As in the text; empty if there is none.
    pub(super) line: Vec<u8>,
    /// Length in bytes up to the first row.
    pub(super) end: usize,
    /// The first line is a row.
    pub(super) missing: bool,
    pub(super) notes: Vec<String>,
}

/// The delimiter and the header: the first line if the rows fit it, otherwise the result of the search.
pub(super) fn find_header(text: &[u8], delimiter: Option<u8>, short_rows: bool) -> (u8, Header) {
    let best = delimiter.unwrap_or_else(|| guess_delimiter(text));
    if !short_rows {
        let (fields, end) = read_header(text, best);
        if fields.len() > 1 || delimiter.is_some() {
            let fits = count_fits(&text[end..], best, fields.len(), SAMPLE_ROWS as u64);
            let names = Names { delimiter: best, width: fields.len(), line: b"", short_rows };
            // The lines of a long preamble fit each other: the table after it is wider, or the first lines
            // differ from the rows.
            if fits.fit * 10 >= fits.seen * 9
                && !fits.ends_wider
                && search::begins_with_row(&read_rows(&text[end..], &names), fields.len())
            {
                let header = first_line_header(text, best, short_rows);
                if header.missing || search::are_names(&header.fields) {
                    return (best, header);
                }
            }
        }
    }
    let tried: Vec<u8> = delimiter.map_or_else(|| DELIMITERS.to_vec(), |d| vec![d]);
    let found = tried
        .iter()
        .filter_map(|d| search::find_table(text, *d, short_rows).map(|table| (table.weight, *d, table)))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, delimiter, table)) = found {
        let line = text[table.header_start..table.header_end].trim_ascii().to_vec();
        let mut notes = Vec::new();
        let before = &text[..table.header_start];
        if let Some(note) = preamble_note(before, delimiter) {
            notes.push(note);
        }
        let missing = table.header.is_none();
        if missing {
            notes.push(first_row_note(&text[table.header_start..], table.header_end - table.header_start));
        }
        let fields = table.header.unwrap_or_else(|| vec![String::new(); table.width]);
        return (
            delimiter,
            Header {
                fields,
                line: if missing { Vec::new() } else { line },
                end: table.rows_start,
                missing,
                notes,
            },
        );
    }
    (best, first_line_header(text, best, short_rows))
}

/// The first line as the header, or as a row if it resembles one.
fn first_line_header(text: &[u8], delimiter: u8, short_rows: bool) -> Header {
    let (fields, end) = read_header(text, delimiter);
    let rows = read_rows(&text[end..], &Names { delimiter, width: fields.len(), line: b"", short_rows });
    if shapes::is_data(&fields, &rows) {
        let notes = vec![first_row_note(text, end)];
        return Header { fields, line: Vec::new(), end: 0, missing: true, notes };
    }
    Header { fields, line: text[..end].trim_ascii_end().to_vec(), end, missing: false, notes: Vec::new() }
}

fn first_row_note(text: &[u8], end: usize) -> String {
    format!(
        "the first line is data, not a header: {}; its columns are named column_1, column_2, ...",
        shorten(&text[..end.min(text.len())])
    )
}

fn preamble_note(before: &[u8], delimiter: u8) -> Option<String> {
    let blank = |b: &u8| *b == delimiter || b.is_ascii_whitespace();
    let lines: Vec<&[u8]> = before
        .split(|b| *b == b'\n')
        .filter(|line| !line.iter().all(blank))
        .map(<[u8]>::trim_ascii)
        .collect();
    let first = lines.first()?;
    let end = first.iter().rposition(|b| !blank(b)).map_or(0, |at| at + 1);
    let first = shorten(&first[..end]);
    Some(match lines.len() {
        1 => format!("1 line before the header is skipped: {first}"),
        count => format!(
            "{} lines before the header are skipped: {first} ...",
            regulars_core::money::format_count(count as u64)
        ),
    })
}

/// The header's fields, and the length in bytes up to the end of its line.
pub(super) fn read_header(text: &[u8], delimiter: u8) -> (Vec<String>, usize) {
    // The width is unknown yet: take the fields of the first record.
    let line_end = memchr::memchr(b'\n', text).map_or(text.len(), |n| n + 1);
    for end in std::iter::once(line_end).chain(memchr::memchr_iter(b'\n', text).map(|n| n + 1)).take(20) {
        let quotes = memchr::memchr_iter(b'"', &text[..end]).count();
        if quotes.is_multiple_of(2) {
            let mut records = Records::new(&text[..end], 1, delimiter, usize::MAX);
            if let Some(record) = records.next_record() {
                let mut fields: Vec<String> = (0..record.len())
                    .map(|i| clean_name(&String::from_utf8_lossy(record.field(i))))
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

pub(super) fn clean_name(name: &str) -> String {
    name.trim().trim_matches('\u{feff}').to_owned()
}

/// How well the first rows fit a header.
struct Fits {
    seen: u64,
    fit: u64,
    /// The last row has more fields.
    ends_wider: bool,
}

fn count_fits(rows: &[u8], delimiter: u8, width: usize, most: u64) -> Fits {
    let mut records = Records::new(rows, 1, delimiter, width);
    let mut fits = Fits { seen: 0, fit: 0, ends_wider: false };
    while let Some(record) = records.next_record() {
        fits.seen += 1;
        fits.fit += u64::from(record.well_formed);
        fits.ends_wider = !record.well_formed && record.len() > width;
        if fits.seen == most {
            break;
        }
    }
    fits
}

fn guess_delimiter(text: &[u8]) -> u8 {
    let mut best = (b',', 0_u64, 1_usize);
    for delimiter in DELIMITERS {
        let (header, header_bytes) = read_header(text, delimiter);
        if header.len() < 2 {
            continue;
        }
        let fits = count_fits(&text[header_bytes..], delimiter, header.len(), 200);
        // The share of fitting rows decides, in steps of a tenth; then the wider table.
        let score = (fits.fit * 10).checked_div(fits.seen).unwrap_or(5);
        if (score, header.len()) > (best.1, best.2) {
            best = (delimiter, score, header.len());
        }
    }
    best.0
}
