//! From a table to the bytes of a file: delimiter, quoting, line ends, encoding, and lines around the rows.

use encoding_rs::Encoding;

use super::dimension::dimension;
use super::table::Table;

dimension! {
    /// Separator between cells.
    Delimiter "delimiter" { Comma ",", Semicolon ";", Tab "tab", Pipe "|" }
}

dimension! {
    /// Which cells are quoted.
    Quoting "quotes" { Needed "where needed", All "all cells", Texts "texts" }
}

dimension! {
    /// The encoding of a file. `Legacy` is the pre-Unicode encoding of the file's language.
    Charset "encoding" {
        Utf8 "UTF-8", Utf8Mark "UTF-8 with BOM", Utf16Little "UTF-16LE", Utf16Big "UTF-16BE", Legacy "legacy",
    }
}

dimension! {
    /// Line terminator.
    LineEnd "line end" { Lf "LF", CrLf "CRLF", Cr "CR" }
}

dimension! {
    /// Lines before the header.
    Preamble "preamble" {
        Nothing "none", Title "title", TitleAndBlank "title and blank line", Settings "several settings",
    }
}

dimension! {
    /// Lines after the last row.
    Footer "footer" { Nothing "none", Note "note", Count "row count" }
}

dimension! {
    /// Blank lines.
    BlankLines "blank lines" { Nothing "none", Between "between rows", End "at the end" }
}

dimension! {
    /// Whether the header is repeated in the middle.
    HeaderAgain "header again" { Never "never", Sometimes "in the middle" }
}

dimension! {
    /// Whether all lines have as many cells as the header.
    Ragged "ragged lines" {
        Even "none", ExtraDelimiter "delimiter at the end of rows", AllExtra "delimiter at the end of all lines",
        ShortRows "empty cells at the end left out",
    }
}

dimension! {
    /// Whether the last line has a terminator.
    LastLine "last line" { Ended "ended", Open "not ended" }
}

dimension! {
    /// Whether there is a header.
    HeaderRow "header" { Present "present", Absent "absent" }
}

/// How a file is written.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) quoting: Quoting,
    pub(super) charset: Charset,
    /// Encoding, for [`Charset::Legacy`].
    pub(super) legacy_encoding: &'static str,
    pub(super) line_end: LineEnd,
    pub(super) preamble: Preamble,
    pub(super) footer: Footer,
    pub(super) blank_lines: BlankLines,
    pub(super) header_again: HeaderAgain,
    pub(super) ragged: Ragged,
    pub(super) last_line: LastLine,
    pub(super) header: HeaderRow,
}

impl Dialect {
    /// The most common dialect.
    pub(super) const PLAIN: Self = Self {
        delimiter: Delimiter::Comma,
        quoting: Quoting::Needed,
        charset: Charset::Utf8,
        legacy_encoding: "windows-1252",
        line_end: LineEnd::Lf,
        preamble: Preamble::Nothing,
        footer: Footer::Nothing,
        blank_lines: BlankLines::Nothing,
        header_again: HeaderAgain::Never,
        ragged: Ragged::Even,
        last_line: LastLine::Ended,
        header: HeaderRow::Present,
    };

    /// The file extension.
    pub(super) fn ending(&self) -> &'static str {
        match self.delimiter {
            Delimiter::Tab => "tsv",
            _ => "csv",
        }
    }

    /// The bytes of tables that share a dialect, and the name of the encoding used: if the requested one
    /// cannot represent some text, all are written in UTF-8.
    pub(super) fn bytes(&self, tables: &[Table]) -> (Vec<Vec<u8>>, &'static str) {
        let texts: Vec<String> = tables.iter().map(|table| self.text(table)).collect();
        let all = |bytes: fn(&str) -> Vec<u8>| texts.iter().map(|text| bytes(text)).collect();
        match self.charset {
            Charset::Utf8 => (all(|text| text.as_bytes().to_vec()), "UTF-8"),
            Charset::Utf8Mark => (all(|text| [b"\xef\xbb\xbf", text.as_bytes()].concat()), "UTF-8 with BOM"),
            Charset::Utf16Little => (all(|text| utf16(text, u16::to_le_bytes)), "UTF-16LE"),
            Charset::Utf16Big => (all(|text| utf16(text, u16::to_be_bytes)), "UTF-16BE"),
            Charset::Legacy => Encoding::for_label(self.legacy_encoding.as_bytes())
                .and_then(|encoding| {
                    let encoded: Option<Vec<Vec<u8>>> =
                        texts.iter().map(|text| legacy(encoding, text)).collect();
                    encoded.map(|bytes| (bytes, encoding.name()))
                })
                .unwrap_or_else(|| (all(|text| text.as_bytes().to_vec()), "UTF-8")),
        }
    }

    fn text(&self, table: &Table) -> String {
        let mut out = String::with_capacity(table.rows.len() * 80 + 400);
        let width = table.header.len();
        for line in self.lines_before() {
            self.line(&mut out, line, false);
        }
        if self.header == HeaderRow::Present {
            self.line(&mut out, &table.header, self.ragged == Ragged::AllExtra);
        }
        let middle = table.rows.len() / 2;
        for (place, row) in table.rows.iter().enumerate() {
            if place == middle && place > 0 {
                if self.header_again == HeaderAgain::Sometimes && self.header == HeaderRow::Present {
                    self.line(&mut out, &table.header, self.ragged == Ragged::AllExtra);
                }
                if self.blank_lines == BlankLines::Between {
                    self.end(&mut out);
                }
            }
            let mut cells = row.cells.as_slice();
            if self.ragged == Ragged::ShortRows {
                while cells.len() > 1 && cells[cells.len() - 1].is_empty() {
                    cells = &cells[..cells.len() - 1];
                }
            }
            self.line(&mut out, cells, matches!(self.ragged, Ragged::ExtraDelimiter | Ragged::AllExtra));
        }
        if self.blank_lines == BlankLines::End {
            self.end(&mut out);
            self.end(&mut out);
        }
        match self.footer {
            Footer::Nothing => {}
            Footer::Note => self.line(&mut out, &["End of report"], false),
            Footer::Count => self.line(&mut out, &["Rows", &table.rows.len().to_string()], false),
        }
        debug_assert!(width > 0);
        if self.last_line == LastLine::Open {
            let end = self.end_of_line();
            if out.ends_with(end) {
                out.truncate(out.len() - end.len());
            }
        }
        out
    }

    fn lines_before(&self) -> &'static [&'static [&'static str]] {
        match self.preamble {
            Preamble::Nothing => &[],
            Preamble::Title => &[&["Report", "Orders"]],
            Preamble::TitleAndBlank => &[&["Sales report"], &[]],
            Preamble::Settings => &[
                &["Sales report"],
                &["Store", "Main"],
                &["Filter", "all orders"],
                &["Exported by", "admin"],
                &[],
            ],
        }
    }

    fn delimiter(&self) -> char {
        match self.delimiter {
            Delimiter::Comma => ',',
            Delimiter::Semicolon => ';',
            Delimiter::Tab => '\t',
            Delimiter::Pipe => '|',
        }
    }

    fn end_of_line(&self) -> &'static str {
        match self.line_end {
            LineEnd::Lf => "\n",
            LineEnd::CrLf => "\r\n",
            LineEnd::Cr => "\r",
        }
    }

    fn end(&self, out: &mut String) {
        out.push_str(self.end_of_line());
    }

    fn line(&self, out: &mut String, cells: &[impl AsRef<str>], extra: bool) {
        let delimiter = self.delimiter();
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                out.push(delimiter);
            }
            self.cell(out, cell.as_ref(), delimiter);
        }
        if extra {
            out.push(delimiter);
        }
        self.end(out);
    }

    fn cell(&self, out: &mut String, cell: &str, delimiter: char) {
        let needed = cell.contains([delimiter, '"', '\n', '\r']);
        let quoted = needed
            || match self.quoting {
                Quoting::Needed => false,
                Quoting::All => true,
                Quoting::Texts => cell.contains(|c: char| c.is_alphabetic()),
            };
        if !quoted {
            out.push_str(cell);
            return;
        }
        out.push('"');
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    }
}

/// Encodes text in a legacy encoding; none if it would be decoded differently.
fn legacy(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    let (bytes, _, lossy) = encoding.encode(text);
    let (back, _, faulty) = encoding.decode(&bytes);
    // A yen sign becomes a backslash in Shift_JIS.
    (!lossy && !faulty && back == text).then(|| bytes.into_owned())
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("orders", &["id", "name"]);
        table.push(0, vec!["1".to_owned(), "Müller, A".to_owned()]);
        table.push(0, vec!["2".to_owned(), String::new()]);
        table
    }

    fn check(dialect: &Dialect, expected: &[u8]) {
        let (bytes, _) = dialect.bytes(&[table()]);
        assert_eq!(bytes[0], expected, "{}", String::from_utf8_lossy(&bytes[0]));
    }

    #[test]
    fn a_table_in_several_dialects() {
        let plain = Dialect::PLAIN;
        check(&plain, "id,name\n1,\"Müller, A\"\n2,\n".as_bytes());
        check(
            &Dialect { charset: Charset::Legacy, delimiter: Delimiter::Semicolon, ..plain.clone() },
            b"id;name\n1;M\xfcller, A\n2;\n",
        );
        check(
            &Dialect {
                line_end: LineEnd::Cr,
                ragged: Ragged::ShortRows,
                last_line: LastLine::Open,
                ..plain.clone()
            },
            "id,name\r1,\"Müller, A\"\r2".as_bytes(),
        );
        let (bytes, name) = Dialect { charset: Charset::Utf16Little, ..plain }.bytes(&[table()]);
        assert_eq!((&bytes[0][..4], name), (&b"\xff\xfei\x00"[..], "UTF-16LE"));
    }

    #[test]
    fn text_that_the_encoding_lacks_falls_back_to_utf8() {
        for (letters, encoding) in [("名前", "windows-1252"), ("¥", "Shift_JIS")] {
            let mut table = table();
            letters.clone_into(&mut table.header[1]);
            let dialect = Dialect { charset: Charset::Legacy, legacy_encoding: encoding, ..Dialect::PLAIN };
            let (bytes, name) = dialect.bytes(&[self::table(), table]);
            assert_eq!(name, "UTF-8");
            assert!(String::from_utf8(bytes[1].clone()).unwrap().contains(letters));
        }
    }
}
