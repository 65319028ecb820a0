//! Splits a block of text into records and fields.
//!
//! A line without quotes, or whose quotes surround whole fields, is split in place. Everything else (doubled
//! quotes, multi-line fields) is left to `csv-core`. A multi-line record of the wrong width is treated as a
//! stray quote: its first line is returned as malformed, and reading continues with the next line.

use csv_core::{ReadRecordResult, Terminator};
use memchr::memchr;

use crate::byte_masks::{WINDOW, marks};

/// Iterates over the records of one block.
pub(crate) struct Records<'a> {
    data: &'a [u8],
    at: usize,
    /// Position of the scanned window; `ahead` has its remaining delimiters, line ends and quotes.
    window: usize,
    ahead: u64,
    line: u64,
    delimiter: u8,
    width: usize,
    short_rows: bool,
    /// Field bounds: in `data` for a line split in place, otherwise in `unquoted`.
    bounds: Vec<(u32, u32)>,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
    core: csv_core::Reader,
}

/// One record.
pub(crate) struct Record<'a> {
    /// Line number in the file.
    pub(crate) line: u64,
    /// Start position in the block.
    pub(crate) start: usize,
    /// The record as in the file, without its line end.
    pub(crate) raw: &'a [u8],
    fields: &'a [u8],
    bounds: &'a [(u32, u32)],
    /// Whether the number of fields matches the header.
    pub(crate) well_formed: bool,
}

/// The current field.
struct Field {
    start: usize,
    /// Inside its quotes.
    open: bool,
    /// Position of its closing quote.
    closed_at: Option<usize>,
}

impl Field {
    /// Bounds of its content, if the field ends before `end`; none if text follows the closing quote.
    fn bounds(&self, end: usize) -> Option<(u32, u32)> {
        match self.closed_at {
            None => Some((self.start as u32, end as u32)),
            Some(quote) => (quote + 1 == end).then_some((self.start as u32 + 1, quote as u32)),
        }
    }
}

impl<'a> Record<'a> {
    /// Number of fields.
    pub(crate) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// The field of a column; empty if a malformed record lacks it.
    pub(crate) fn field(&self, column: usize) -> &'a [u8] {
        self.bounds.get(column).map_or(b"", |(from, to)| &self.fields[*from as usize..*to as usize])
    }
}

impl<'a> Records<'a> {
    /// `width` is the number of header fields.
    pub(crate) fn new(data: &'a [u8], first_line: u64, delimiter: u8, width: usize) -> Self {
        let core =
            csv_core::ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        let mut records = Self {
            data,
            at: 0,
            window: 0,
            ahead: 0,
            line: first_line,
            delimiter,
            width,
            short_rows: false,
            bounds: Vec::with_capacity(width.min(256)),
            unquoted: Vec::new(),
            ends: Vec::new(),
            core,
        };
        records.move_to(0);
        records
    }

    /// Accepts rows with fewer fields than the header; the missing last fields are empty.
    pub(crate) fn short_rows(mut self, short_rows: bool) -> Self {
        self.short_rows = short_rows;
        self
    }

    /// Start of the next record, or of blank lines before it.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next record; `None` at the end of the block.
    pub(crate) fn next_record(&mut self) -> Option<Record<'_>> {
        loop {
            if self.at >= self.data.len() {
                return None;
            }
            let start = self.at;
            let line = self.line;
            if self.split_in_place() {
                let end = trim_line_end(self.data, start, self.at);
                // Spreadsheets write trailing lines that are blank or contain only delimiters.
                if self.data[start..end].iter().all(|b| *b == self.delimiter || *b == b' ') {
                    continue;
                }
                let well_formed = self.fit_width(self.data);
                return Some(Record {
                    line,
                    start,
                    raw: &self.data[start..end],
                    fields: self.data,
                    bounds: &self.bounds,
                    well_formed,
                });
            }
            self.split_quoted();
            self.move_to(self.at);
            let unquoted = std::mem::take(&mut self.unquoted);
            let well_formed = self.fit_width(&unquoted);
            self.unquoted = unquoted;
            let several_lines = self.line > line + 1;
            if several_lines
                && (!well_formed || !is_strictly_quoted(&self.data[start..self.at], self.delimiter))
            {
                let line_end = memchr(b'\n', &self.data[start..]).map_or(self.data.len(), |n| start + n + 1);
                self.move_to(line_end);
                self.line = line + 1;
                self.bounds.clear();
                let end = trim_line_end(self.data, start, line_end);
                return Some(Record {
                    line,
                    start,
                    raw: &self.data[start..end],
                    fields: self.data,
                    bounds: &[],
                    well_formed: false,
                });
            }
            let end = trim_line_end(self.data, start, self.at);
            return Some(Record {
                line,
                start,
                raw: &self.data[start..end],
                fields: &self.unquoted,
                bounds: &self.bounds,
                well_formed,
            });
        }
    }

    /// The next delimiter, line end or quote; advances past it.
    #[inline]
    fn next_mark(&mut self) -> Option<usize> {
        while self.ahead == 0 {
            self.window += WINDOW;
            self.ahead = self.marks_of(self.data.get(self.window..)?);
        }
        let mark = self.ahead.trailing_zeros() as usize;
        self.ahead &= self.ahead - 1;
        Some(self.window + mark)
    }

    fn move_to(&mut self, at: usize) {
        self.at = at;
        self.window = at;
        self.ahead = self.marks_of(&self.data[at..]);
    }

    #[inline]
    fn marks_of(&self, text: &[u8]) -> u64 {
        marks(text, [self.delimiter, b'\n', b'"'])
    }

    /// Splits the line at `at` in place and advances. False, with `at` unchanged, if more is needed than
    /// removing the quotes around fields.
    fn split_in_place(&mut self) -> bool {
        self.bounds.clear();
        let mut field = Field { start: self.at, open: false, closed_at: None };
        while let Some(here) = self.next_mark() {
            match self.data[here] {
                b'"' if field.open => {
                    field.open = false;
                    field.closed_at = Some(here);
                }
                b'"' if field.closed_at.is_some() => return false,
                b'"' => field.open = here == field.start,
                // A multi-line field, or a stray quote.
                b'\n' if field.open => return false,
                b'\n' => {
                    let end = trim_line_end(self.data, field.start, here);
                    return self.end_line(&field, end, here + 1);
                }
                _ if field.open => {}
                _ => {
                    let Some(bounds) = field.bounds(here) else {
                        return false;
                    };
                    self.bounds.push(bounds);
                    field = Field { start: here + 1, open: false, closed_at: None };
                }
            }
        }
        let end = trim_line_end(self.data, field.start, self.data.len());
        !field.open && self.end_line(&field, end, self.data.len())
    }

    fn end_line(&mut self, last: &Field, end: usize, next_line: usize) -> bool {
        let Some(bounds) = last.bounds(end) else {
            return false;
        };
        self.bounds.push(bounds);
        self.at = next_line;
        self.line += 1;
        true
    }

    fn split_quoted(&mut self) {
        self.bounds.clear();
        self.core.reset();
        let needed = self.width.clamp(8, 256);
        if self.ends.len() < needed {
            self.ends.resize(needed, 0);
        }
        if self.unquoted.len() < 1024 {
            self.unquoted.resize(1024, 0);
        }
        let (mut written, mut fields) = (0, 0);
        let start = self.at;
        loop {
            let input = &self.data[self.at..];
            let (result, read, wrote, ended) =
                self.core.read_record(input, &mut self.unquoted[written..], &mut self.ends[fields..]);
            self.at += read;
            written += wrote;
            fields += ended;
            match result {
                // At the end of the block, another call without input closes the record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.unquoted.resize(self.unquoted.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        let mut from = 0;
        for &end in &self.ends[..fields] {
            self.bounds.push((from, end as u32));
            from = end as u32;
        }
        if let Some(last) = self.bounds.last_mut()
            && last.1 > last.0
            && self.unquoted[last.1 as usize - 1] == b'\r'
        {
            last.1 -= 1;
        }
        let mut newlines = memchr::memchr_iter(b'\n', &self.data[start..self.at]).count() as u64;
        if self.data[self.at - 1] != b'\n' {
            newlines += 1;
        }
        self.line += newlines;
    }

    /// Drops empty fields beyond the header's; returns whether the width then matches.
    fn fit_width(&mut self, fields: &[u8]) -> bool {
        while self.bounds.len() > self.width {
            match self.bounds.last() {
                Some((from, to)) if fields[*from as usize..*to as usize].iter().all(|b| *b == b' ') => {
                    self.bounds.pop();
                }
                _ => return false,
            }
        }
        self.bounds.len() == self.width || self.width == usize::MAX || self.short_rows
    }
}

/// Whether every quote of a record opens or closes a field, or is doubled within one.
///
/// If not, a multi-line record is probably a stray quote that swallowed the following lines.
fn is_strictly_quoted(record: &[u8], delimiter: u8) -> bool {
    let ends_field = |b: Option<&u8>| b.is_none_or(|b| *b == delimiter || matches!(b, b'\n' | b'\r'));
    let mut at = 0;
    while let Some(open) = memchr(b'"', &record[at..]).map(|q| at + q) {
        if open > 0 && record[open - 1] != delimiter {
            return false;
        }
        let mut close = open + 1;
        loop {
            match memchr(b'"', &record[close..]).map(|q| close + q) {
                None => return false,
                Some(quote) if record.get(quote + 1) == Some(&b'"') => close = quote + 2,
                Some(quote) => {
                    close = quote;
                    break;
                }
            }
        }
        if !ends_field(record.get(close + 1)) {
            return false;
        }
        at = close + 1;
    }
    true
}

fn trim_line_end(data: &[u8], start: usize, mut end: usize) -> usize {
    if end > start && data[end - 1] == b'\n' {
        end -= 1;
    }
    if end > start && data[end - 1] == b'\r' {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records as `line: a|b|c`; malformed ones are marked with `!`.
    fn read(text: &str, width: usize) -> Vec<String> {
        let mut records = Records::new(text.as_bytes(), 1, b',', width);
        let mut out = Vec::new();
        while let Some(record) = records.next_record() {
            let fields: Vec<String> =
                (0..record.len()).map(|i| String::from_utf8_lossy(record.field(i)).into_owned()).collect();
            let mark = if record.well_formed { "" } else { "!" };
            out.push(format!("{}{mark}: {}", record.line, fields.join("|")));
        }
        out
    }

    #[test]
    fn plain_and_quoted_lines_split_alike() {
        assert_eq!(read("a,b,c\r\n1,,3\n", 3), ["1: a|b|c", "2: 1||3"]);
        assert_eq!(read("\"a\",\"b,\"\"x\"\"\",c\r\n1,2,\"3\"\r\n", 3), ["1: a|b,\"x\"|c", "2: 1|2|3"]);
        assert_eq!(read("5\" disk,2,3\nx,y,z", 3), ["1: 5\" disk|2|3", "2: x|y|z"]);
        assert_eq!(read("a,\"two\nlines\",c\nd,e,f", 3), ["1: a|two\nlines|c", "3: d|e|f"]);
        assert_eq!(read("a,b,\"c\"", 3), ["1: a|b|c"]);
        assert_eq!(read("\"a,b\",\"\",\"c\"\r\n\"d\" ,e,f", 3), ["1: a,b||c", "2: d |e|f"]);
    }

    proptest::proptest! {
        /// Splitting in place gives the same result as `csv-core`.
        #[test]
        fn splitting_in_place_changes_nothing(line in "[ab,\" ]{1,24}\r?") {
            let mut records = Records::new(line.as_bytes(), 1, b',', usize::MAX);
            proptest::prop_assume!(records.split_in_place());
            let fields = |records: &Records<'_>, data: &[u8]| -> Vec<Vec<u8>> {
                records.bounds.iter().map(|(f, t)| data[*f as usize..*t as usize].to_vec()).collect()
            };
            let in_place = fields(&records, line.as_bytes());
            let mut records = Records::new(line.as_bytes(), 1, b',', usize::MAX);
            records.width = 8;
            records.split_quoted();
            let unquoted = records.unquoted.clone();
            proptest::prop_assert_eq!(in_place, fields(&records, &unquoted));
        }
    }

    #[test]
    fn blank_lines_are_no_records_and_trailing_delimiters_no_fields() {
        assert_eq!(read("\na,b\n\n,\r\n\r\nc,d,,\n", 2), ["2: a|b", "6: c|d"]);
    }

    #[test]
    fn short_rows_are_filled_up() {
        let mut records = Records::new(b"a\n\nb,c,d\nx,y,z,1\n", 1, b',', 3).short_rows(true);
        let first = records.next_record().expect("a record");
        assert_eq!((first.well_formed, first.field(0), first.field(2)), (true, &b"a"[..], &b""[..]));
        let second = records.next_record().expect("a record");
        assert_eq!((second.well_formed, second.start), (true, 3));
        assert!(!records.next_record().expect("a record").well_formed);
        assert_eq!(records.position(), 17);
    }

    #[test]
    fn wrong_width_is_malformed() {
        assert_eq!(read("a,b\nc\nd,e,f\n", 2), ["1: a|b", "2!: c", "3!: d|e|f"]);
    }

    #[test]
    fn a_stray_quote_costs_one_line() {
        assert_eq!(read("a,\"b\nc,d\ne,f\n", 2), ["1!: ", "2: c|d", "3: e|f"]);
        assert_eq!(read("a,\"b\nc,d\ne,\"f\ng,h\n", 2)[1..], ["2: c|d", "3!: ", "4: g|h"]);
    }
}
