//! Detects the kind of a file by its first bytes, never by its extension; names the kinds that are not
//! supported.

use crate::error::{Error, Kind, Result};

/// The kind of stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Parquet,
    Gzip,
    Zstd,
    /// A zip archive: a workbook, or other files.
    Zip,
    /// The container format of old Office files (OLE).
    Ole,
    /// A well-known format that is not supported.
    UnsupportedFormat(&'static UnsupportedFormat),
    /// Text or unknown.
    Other,
}

/// An unsupported kind of file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnsupportedFormat {
    /// Its magic bytes.
    begins: &'static [u8],
    what: &'static str,
    hint: &'static str,
}

const AS_CSV: &str = "export the orders as CSV, .xlsx or Parquet";

const fn unsupported(begins: &'static [u8], what: &'static str, hint: &'static str) -> UnsupportedFormat {
    UnsupportedFormat { begins, what, hint }
}

/// Its magic bytes are not at the beginning.
const TAR: UnsupportedFormat =
    unsupported(b"", "a tar archive", "unpack it: tar -xf FILE; then pass the file of orders");

const UNSUPPORTED: [UnsupportedFormat; 25] = [
    unsupported(
        b"SQLite format 3",
        "an SQLite database",
        "export the table: sqlite3 -csv -header FILE 'SELECT * FROM orders' > orders.csv",
    ),
    unsupported(b"%PDF", "a PDF", "a PDF is for printing: export the orders as CSV or .xlsx instead"),
    unsupported(b"{\\rtf", "an RTF document", "save the table as CSV or .xlsx instead"),
    unsupported(b"ORC", "an ORC file", "convert it to Parquet"),
    unsupported(b"Obj\x01", "an Avro file", "convert it to Parquet"),
    unsupported(
        b"ARROW1",
        "an Arrow (Feather) file",
        "write it as Parquet: df.to_parquet(\"orders.parquet\")",
    ),
    unsupported(b"\x89HDF", "an HDF5 file", "write it as Parquet: df.to_parquet(\"orders.parquet\")"),
    unsupported(b"\x80\x04\x95", "a Python pickle", "write it as Parquet: df.to_parquet(\"orders.parquet\")"),
    unsupported(b"\x80\x05\x95", "a Python pickle", "write it as Parquet: df.to_parquet(\"orders.parquet\")"),
    unsupported(
        b"RDX",
        "an R data file",
        "write it as CSV: write.csv(orders, \"orders.csv\", row.names = FALSE)",
    ),
    unsupported(b"$FL2", "an SPSS file", AS_CSV),
    unsupported(b"<stata_dta>", "a Stata file", AS_CSV),
    unsupported(b"\0\x01\0\0Standard Jet DB", "an Access database", AS_CSV),
    unsupported(b"\0\x01\0\0Standard ACE DB", "an Access database", AS_CSV),
    unsupported(
        b"PGDMP",
        "a PostgreSQL dump",
        "restore it, then: psql -c \"\\copy orders to orders.csv csv header\"",
    ),
    unsupported(b"BZh", "compressed with bzip2", "unpack it: bunzip2 FILE"),
    unsupported(b"\xfd7zXZ", "compressed with xz", "unpack it: unxz FILE"),
    unsupported(b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it"),
    unsupported(b"Rar!", "a RAR archive", "unpack it"),
    unsupported(b"\x89PNG", "a picture", AS_CSV),
    unsupported(b"\xff\xd8\xff", "a picture", AS_CSV),
    unsupported(b"GIF8", "a picture", AS_CSV),
    unsupported(b"bplist00", "a property list", AS_CSV),
    unsupported(
        b"MIME-Version:",
        "a web archive (MHTML), as spreadsheets save \"single file web pages\"",
        AS_CSV,
    ),
    unsupported(b"From: <Saved by", "a web archive (MHTML)", AS_CSV),
];

/// Detects the kind of stored bytes.
pub(super) fn detect_stored(head: &[u8]) -> Stored {
    match head {
        [b'P', b'A', b'R', b'1', ..] => Stored::Parquet,
        [0x1f, 0x8b, ..] => Stored::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Stored::Zstd,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Stored::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Stored::Ole,
        _ if head.get(257..262) == Some(b"ustar") => Stored::UnsupportedFormat(&TAR),
        _ => UNSUPPORTED
            .iter()
            .find(|f| head.starts_with(f.begins) && f.is_certain(head))
            .map_or(Stored::Other, Stored::UnsupportedFormat),
    }
}

impl UnsupportedFormat {
    /// Whether short magic bytes are not just the beginning of a header such as `ORCID,date`.
    fn is_certain(&self, head: &[u8]) -> bool {
        let next = head.get(self.begins.len());
        match self.begins {
            b"ORC" | b"RDX" | b"BZh" | b"PGDMP" => {
                next.is_some_and(|b| !b.is_ascii_alphabetic() && !matches!(b, b' ' | b',' | b';' | b'\t'))
            }
            _ => true,
        }
    }

    /// The error for this kind of file.
    pub(super) fn refuse(&self, shown: &str) -> Error {
        refusal(shown, self.what, self.hint)
    }
}

/// The error for a file that is not a table.
pub(super) fn refusal(shown: &str, what: &str, hint: &str) -> Error {
    Error::new(Kind::Unreadable, format!("`{shown}` is {what}, not CSV, a spreadsheet, JSON or Parquet"))
        .hint(hint)
}

/// The kind of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// A table of delimited fields, or of fixed width.
    Table,
    Json,
    /// One JSON object per line.
    JsonLines,
    Html,
    /// The "XML Spreadsheet" format of Excel 2003.
    XmlSpreadsheet,
}

/// Detects the kind of a text by its beginning.
///
/// Errors: [`Kind::Unreadable`] for well-known formats that are not tables.
pub(super) fn detect_markup(head: &str, shown: &str) -> Result<Markup> {
    let text = head.trim_start();
    let mut characters = text.chars();
    let (first, second) =
        (characters.next(), text.char_indices().skip(1).map(|(_, c)| c).find(|c| !c.is_whitespace()));
    match (first, second) {
        // `[id],[date]` is a header; so is a lone `{`.
        (Some('['), Some('{' | '[' | ']')) => return Ok(Markup::Json),
        (Some('{'), Some('"' | '}')) => {
            return Ok(if is_json_line(text) { Markup::JsonLines } else { Markup::Json });
        }
        (Some('<'), Some(_)) => return of_tags(text, shown),
        _ => {}
    }
    let line = text.lines().next().unwrap_or("");
    let sql = [
        "-- MySQL dump",
        "-- PostgreSQL database dump",
        "-- phpMyAdmin",
        "/*!",
        "INSERT INTO ",
        "CREATE TABLE ",
    ];
    if sql.iter().any(|start| line.to_ascii_lowercase().starts_with(&start.to_ascii_lowercase())) {
        return Err(refusal(
            shown,
            "a dump of SQL statements",
            "load it into a database and export the table of orders as CSV",
        ));
    }
    Ok(Markup::Table)
}

/// Whether every line is a separate object; a broken line among the first ones does not matter.
fn is_json_line(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(5).collect();
    let whole =
        |line: &&&str| line.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    // In a single document, only the last element of an array is complete without a comma.
    lines.len() > 1 && (whole(&&lines[0]) || lines.iter().filter(whole).count() > 1)
}

fn of_tags(text: &str, shown: &str) -> Result<Markup> {
    let mut end = text.len().min(16 * 1024);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let lower = text[..end].to_ascii_lowercase();
    if lower.contains("urn:schemas-microsoft-com:office:spreadsheet") && lower.contains("<workbook") {
        return Ok(Markup::XmlSpreadsheet);
    }
    if ["<table", "<html", "<!doctype html", "<body", "<meta", "<tr"].iter().any(|tag| lower.contains(tag)) {
        return Ok(Markup::Html);
    }
    if lower.starts_with("<?xml") || lower.starts_with("<!--") || is_element(&lower) {
        let root = lower
            .split('<')
            .skip(1)
            .find(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()))
            .and_then(|tag| tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next())
            .unwrap_or("?");
        return Err(refusal(shown, &format!("XML (`<{root}>`)"), "export the orders as CSV or JSON instead"));
    }
    Ok(Markup::Table)
}

/// Whether a text begins with a tag rather than with a header such as `<id>,<date>`.
fn is_element(lower: &str) -> bool {
    let first_line = lower.lines().next().unwrap_or("");
    let name: String = lower[1..].chars().take_while(char::is_ascii_alphanumeric).collect();
    !name.is_empty() && !first_line.contains([',', ';', '\t']) && lower.contains(&format!("</{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        for (head, expected) in [
            (&b"PAR1...."[..], Stored::Parquet),
            (b"\x1f\x8b\x08", Stored::Gzip),
            (b"PK\x03\x04..", Stored::Zip),
            (b"\xd0\xcf\x11\xe0", Stored::Ole),
            (b"customer,date", Stored::Other),
            (b"ORCID,date,amount", Stored::Other),
            (b"ORC code,date", Stored::Other),
            (b"", Stored::Other),
        ] {
            assert_eq!(detect_stored(head), expected, "{head:?}");
        }
        for (head, what) in [
            (&b"%PDF-1.7"[..], "a PDF"),
            (b"SQLite format 3\0", "SQLite"),
            (b"ORC\x08\x03", "ORC"),
            (b"Obj\x01\x04", "Avro"),
            (b"{\\rtf1\\ansi", "RTF"),
            (b"BZh91AY", "bzip2"),
            (b"PGDMP\x01", "PostgreSQL dump"),
            (b"MIME-Version: 1.0", "web archive"),
        ] {
            let Stored::UnsupportedFormat(unsupported) = detect_stored(head) else { panic!("{what}") };
            let error = unsupported.refuse("x");
            assert!(error.message.contains(what) && error.hint.is_some(), "{}", error.message);
        }
    }

    #[test]
    fn texts_are_told_by_their_beginning() {
        for (head, expected) in [
            ("a,b\n1,2\n", Markup::Table),
            ("[id],[date]\n", Markup::Table),
            ("<id>,<date>\n1,2\n", Markup::Table),
            ("{a},{b}\n", Markup::Table),
            ("  [\n {\"a\": 1}]", Markup::Json),
            ("[]", Markup::Json),
            ("{\"orders\": [\n{}]}", Markup::Json),
            ("{\"orders\": [{}]}", Markup::Json),
            ("{\"a\": 1,\n{\"a\": 2}\n{\"a\": 3}\n", Markup::JsonLines),
            ("{\"orders\": [\n{\"a\": 2},\n{\"a\": 3}\n]}", Markup::Json),
            ("{\"a\": 1}\n{\"a\": 2}\n", Markup::JsonLines),
            ("{\n\"a\": 1}\n", Markup::Json),
            ("<html><body><table>", Markup::Html),
            ("\n<table border=1>", Markup::Html),
            (
                "<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                Markup::XmlSpreadsheet,
            ),
        ] {
            assert_eq!(detect_markup(head, "x").expect("known"), expected, "{head}");
        }
        for (head, what) in [
            ("<?xml version=\"1.0\"?><orders><order/></orders>", "XML (`<orders>`)"),
            ("<orders>\n<order/></orders>", "XML (`<orders>`)"),
            ("-- MySQL dump 10.13\n", "SQL statements"),
            ("INSERT INTO orders VALUES (1)", "SQL statements"),
        ] {
            assert!(detect_markup(head, "x").expect_err("refused").message.contains(what), "{head}");
        }
    }
}
