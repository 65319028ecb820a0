//! Files as delivered: detects the format, and converts it to a table of delimited text.
//!
//! The format is detected by content ([`kinds`]); the file is decompressed and decoded ([`text_form`],
//! [`encodings`], [`streams`], [`non_utf8`], [`line_ends`]); and its header is found ([`layout`]). Workbooks,
//! JSON, web pages and fixed-width texts are first converted to a CSV in the scratch folder, whose lines are
//! the rows of the source, and then read like any other.
//!
//! Deliberately not here: what the columns mean, and reading the rows.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use regulars_core::config::{self, Source};

use crate::error::{Error, Kind, Result};

mod archive;
mod csv_out;
mod encodings;
mod fixed_width;
mod footers;
mod html;
mod json;
mod kinds;
pub(crate) mod later_rows;
mod layout;
mod line_ends;
mod markup;
mod non_utf8;
mod sheets;
mod spreadsheet;
mod streams;
mod text_form;
mod xml_spreadsheet;

pub(crate) use csv_out::CsvOut;
use csv_out::new_file;
use kinds::{Markup, Stored};
use layout::LayoutHints;
pub(crate) use layout::{SAMPLE_ROWS, TableTraits};
pub(crate) use non_utf8::Repaired;
use non_utf8::{NonUtf8Lines, RepairedText};
use spreadsheet::Format;
use streams::TextStream;
pub(crate) use streams::text_of;
use text_form::DetectedForm;
pub(crate) use text_form::TextForm;

/// A table in a text file, and how to read it.
#[derive(Debug, Clone)]
pub(crate) struct TextTable {
    pub(crate) form: TextForm,
    pub(crate) delimiter: u8,
    /// Number of columns.
    pub(crate) width: usize,
    /// Lines of the text before the first row.
    pub(crate) lines_before: u64,
    /// The reported number of the first row.
    pub(crate) first_line: u64,
    /// The header as in the file, without delimiters at its end; empty if there is none.
    header_line: Arc<[u8]>,
    /// Columns with a date in nearly every row.
    dates: Vec<usize>,
    /// Rows may have fewer fields than the header.
    pub(crate) short_rows: bool,
    /// The reason code of unreadable source rows. Such rows have an extra field; the first two fields are the
    /// detailed reason and the source text.
    broken: Option<&'static str>,
}

/// The source of a converted table.
#[derive(Debug)]
pub(crate) struct Original {
    /// Local path.
    pub(crate) path: PathBuf,
    /// Size and modification time when it was converted.
    stamp: (u64, Option<SystemTime>),
}

/// An opened file, by format.
#[derive(Debug)]
pub(crate) enum Opened {
    Parquet(LocalFile),
    Text(Box<OpenedText>),
}

/// Where to read the bytes.
#[derive(Debug)]
pub(crate) struct LocalFile {
    /// The file itself, or its converted copy.
    pub(crate) path: PathBuf,
    pub(crate) original: Option<Arc<Original>>,
    pub(crate) notes: Vec<String>,
}

/// An inspected text.
#[derive(Debug)]
pub(crate) struct OpenedText {
    pub(crate) file: LocalFile,
    pub(crate) table: TextTable,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) traits: TableTraits,
    /// The table was converted from another format.
    pub(crate) converted: bool,
}

/// A table converted from another format.
#[derive(Debug)]
struct Converted {
    path: PathBuf,
    notes: Vec<String>,
    doubts: Vec<String>,
    /// By column, whether its values are stored as numbers.
    numbers: Vec<bool>,
    /// The number of the first row, if the header is in the first line.
    first_line: Option<u64>,
    /// The reason given for unreadable rows.
    broken: Option<&'static str>,
    short_rows: bool,
}

impl TextTable {
    /// Whether a record repeats the header, with or without delimiters at its end.
    pub(crate) fn is_header(&self, record: &[u8]) -> bool {
        let header = &*self.header_line;
        let record = without_last_delimiters(record, self.delimiter);
        let same = |record: &[u8]| record.len() == header.len() && record == header && !header.is_empty();
        same(record) || record.strip_prefix(b"\xef\xbb\xbf").is_some_and(same)
    }

    /// The first footer line, if any; `data` is the end of the text.
    pub(crate) fn footer_line(&self, data: &[u8], first_line: u64) -> Option<u64> {
        footers::first_line(self, data, first_line)
    }

    /// The reason, if a row of a converted table was unreadable in the source.
    pub(crate) fn broken_reason(&self, fields: usize) -> Option<&'static str> {
        self.broken.filter(|_| fields == self.width + 1)
    }
}

/// A line without the delimiters at its end.
fn without_last_delimiters(mut line: &[u8], delimiter: u8) -> &[u8] {
    while let [rest @ .., last] = line
        && *last == delimiter
    {
        line = rest;
    }
    line
}

impl Original {
    fn of(path: &Path, shown: &str) -> Result<Self> {
        let meta = fs_err::metadata(path).map_err(|e| Error::io("read", shown, &e))?;
        Ok(Self { path: path.to_owned(), stamp: (meta.len(), meta.modified().ok()) })
    }

    /// Checks that the source has not changed since it was converted.
    ///
    /// Errors: [`Kind::Changed`].
    pub(crate) fn check_unchanged(&self, shown: &str) -> Result<()> {
        match Self::of(&self.path, shown) {
            Ok(now) if now.stamp == self.stamp => Ok(()),
            _ => Err(Error::new(Kind::Changed, format!("`{shown}` changed while it was read"))
                .hint("run again when it is complete; nothing was published")),
        }
    }
}

/// Maximum nesting depth of compressed files.
const DEEPEST: usize = 3;

/// Detects the format of a local file and how to read it; formats other than text and Parquet are converted
/// to text in `scratch`.
///
/// Errors: [`Kind::Unreadable`] for unsupported formats, by name; [`Kind::Ambiguous`] and [`Kind::Config`] if
/// the configuration has to be more specific or is wrong.
pub(crate) fn open(path: &Path, shown: &str, source: &Source, scratch: &Path) -> Result<Opened> {
    let opening = Opening { shown, source, scratch, original: Original::of(path, shown)? };
    opening.open(path, Vec::new(), 0)
}

/// Opens a rewritten copy of a local file: a CSV in `scratch` whose first row has the number `first_line`.
///
/// Errors: same as [`open`].
pub(crate) fn open_rewritten(
    made: PathBuf,
    first_line: u64,
    path: &Path,
    shown: &str,
    source: &Source,
    scratch: &Path,
) -> Result<OpenedText> {
    let opening = Opening { shown, source, scratch, original: Original::of(path, shown)? };
    let found = Converted {
        path: made,
        notes: Vec::new(),
        doubts: Vec::new(),
        numbers: Vec::new(),
        first_line: Some(first_line),
        broken: None,
        short_rows: false,
    };
    opening.converted_text(found, Vec::new())
}

struct Opening<'a> {
    shown: &'a str,
    source: &'a Source,
    scratch: &'a Path,
    original: Original,
}

impl Opening<'_> {
    fn open(self, path: &Path, mut notes: Vec<String>, depth: usize) -> Result<Opened> {
        let shown = self.shown;
        let unreadable = |e: std::io::Error| Error::io("read", shown, &e);
        let mut file = fs_err::File::open(path).map_err(|e| Error::io("open", shown, &e))?;
        let stored =
            kinds::detect_stored(&streams::read_head(&mut file, streams::HEAD_BYTES).map_err(unreadable)?);
        drop(file);
        if depth > DEEPEST {
            return Err(kinds::refusal(shown, "packed too many times", "unpack it"));
        }
        match stored {
            Stored::Parquet => Ok(Opened::Parquet(self.local_file(path, notes))),
            Stored::UnsupportedFormat(unsupported) => Err(unsupported.refuse(shown)),
            Stored::Ole => self.workbook(path, Format::Xls, notes),
            Stored::Zip => match archive::open_archive(path, shown, self.scratch)? {
                archive::ArchiveContent::Workbook(format) => self.workbook(path, format, notes),
                archive::ArchiveContent::File(inner, name) => {
                    notes.push(format!("{shown}: `{name}` in it is read"));
                    self.open(&inner, notes, depth + 1)
                }
            },
            Stored::Gzip | Stored::Zstd => {
                let mut plain = streams::open_plain(path, shown)?;
                let head = streams::plain_head(&mut plain, shown)?;
                if kinds::detect_stored(&head) == Stored::Other {
                    return self.text(path, head, plain, notes);
                }
                let (mut out, inner) = new_file(self.scratch, "unpacked", "data")?;
                std::io::copy(&mut Cursor::new(head).chain(plain), &mut out).map_err(unreadable)?;
                drop(out);
                self.open(&inner, notes, depth + 1)
            }
            Stored::Other => {
                let mut plain = streams::open_plain(path, shown)?;
                let head = streams::plain_head(&mut plain, shown)?;
                self.text(path, head, plain, notes)
            }
        }
    }

    fn local_file(self, path: &Path, notes: Vec<String>) -> LocalFile {
        let original = (path != self.original.path).then(|| Arc::new(self.original));
        LocalFile { path: path.to_owned(), original, notes }
    }

    fn workbook(self, path: &Path, format: Format, notes: Vec<String>) -> Result<Opened> {
        let sheets = spreadsheet::read_sheets(path, format, self.shown, self.scratch)?;
        let found = sheets::choose(sheets, self.source.sheet.as_deref(), self.shown, "a workbook", "sheet")?;
        self.converted(found, notes)
    }

    /// Opens a text. `head` is its beginning, `plain` the rest.
    fn text(self, path: &Path, head: Vec<u8>, plain: TextStream, mut notes: Vec<String>) -> Result<Opened> {
        let shown = self.shown;
        let declared = declared_encoding(&head);
        let given = self.source.encoding.as_ref().or(declared.as_ref());
        let DetectedForm { form, notes: said, mut doubts } = text_form::detect(&head, given, path, shown)?;
        notes.extend(said);
        let broken = |e: std::io::Error| {
            Error::new(Kind::Unreadable, format!("`{shown}` cannot be read: {e}"))
                .hint("the file may be cut off or damaged; export it again")
        };
        let mut text = streams::decode(Box::new(Cursor::new(head).chain(plain)), &form, shown)?;
        let mut head = streams::read_head(&mut text, layout::SAMPLE_BYTES).map_err(broken)?;
        let complete = head.len() < layout::SAMPLE_BYTES;
        form.non_utf8.repair(&mut head);
        let beginning = String::from_utf8_lossy(&head);
        let reopen = || -> Result<TextStream> {
            let file = fs_err::File::open(path).map_err(|e| Error::io("open", shown, &e))?;
            let text = text_of(Box::new(file), &form, shown)?;
            Ok(Box::new(RepairedText::new(text, Arc::clone(&form.non_utf8))))
        };
        let all = || -> Result<String> {
            let mut page = String::new();
            reopen()?.read_to_string(&mut page).map_err(broken)?;
            Ok(page)
        };
        let sheet = self.source.sheet.as_deref();
        let found = match kinds::detect_markup(&beginning, shown)? {
            Markup::Table => None,
            Markup::Json => Some(json::convert(&reopen, shown, CsvOut::create(self.scratch)?)?),
            Markup::JsonLines => Some(json::convert_lines(&reopen, shown, CsvOut::create(self.scratch)?)?),
            Markup::Html => {
                let tables = html::read_tables(&all()?, self.scratch)?;
                if tables.is_empty() {
                    return Err(kinds::refusal(
                        shown,
                        "a web page (HTML) without a table",
                        "open it in a browser: it may be a login page or an error; download the export again",
                    ));
                }
                Some(sheets::choose(tables, sheet, shown, "an HTML page", "table")?)
            }
            Markup::XmlSpreadsheet => {
                let sheets = xml_spreadsheet::read_sheets(&all()?, self.scratch)?;
                Some(sheets::choose(sheets, sheet, shown, "an XML spreadsheet", "sheet")?)
            }
        };
        if let Some(found) = found {
            return self.converted(found, notes);
        }
        let delimiter = self.source.delimiter.map(|d| d as u8);
        let mut layout =
            layout::detect_layout(&head, LayoutHints { delimiter, short_rows: false, complete }, shown)?;
        if layout.header.len() == 1 && delimiter.is_none() {
            if let Some(starts) = fixed_width::columns(&beginning) {
                let out = CsvOut::create(self.scratch)?;
                let found = fixed_width::convert(reopen()?, &starts, shown, out)?;
                return self.converted(found, notes);
            }
            doubts.push(fixed_width::suspicion(&layout.header[0]).unwrap_or_else(|| {
                "no field delimiter was found; set it: `delimiter = \" \"` under [source]".to_owned()
            }));
        }
        layout.traits.doubts = doubts;
        let first_line = layout.lines_before + 1;
        Ok(Opened::Text(Box::new(self.laid_out(path, layout, form, first_line, notes))))
    }

    /// Opens a converted table.
    fn converted(self, found: Converted, notes: Vec<String>) -> Result<Opened> {
        Ok(Opened::Text(Box::new(self.converted_text(found, notes)?)))
    }

    fn converted_text(self, found: Converted, mut notes: Vec<String>) -> Result<OpenedText> {
        let shown = self.shown;
        notes.extend(found.notes);
        let mut text = streams::open_plain(&found.path, shown)?;
        let unreadable = |e: std::io::Error| Error::io("read", shown, &e);
        let head = streams::read_head(&mut text, layout::SAMPLE_BYTES).map_err(unreadable)?;
        let given = LayoutHints {
            delimiter: Some(b','),
            short_rows: found.short_rows,
            complete: head.len() < layout::SAMPLE_BYTES,
        };
        let mut layout = match found.first_line {
            Some(_) => layout::detect_layout_below_names(&head, given),
            None => layout::detect_layout(&head, given, shown)?,
        };
        layout.traits.doubts = found.doubts;
        layout.traits.numbers = found.numbers;
        layout.traits.numbers.resize(layout.header.len(), false);
        let form = TextForm {
            encoding: encoding_rs::UTF_8,
            line_ends: line_ends::LineEnds::Lf,
            non_utf8: Arc::new(NonUtf8Lines::of(&found.path, shown, line_ends::LineEnds::Lf)),
        };
        let first_line = found.first_line.unwrap_or(layout.lines_before + 1);
        let mut opened = self.laid_out(&found.path, layout, form, first_line, notes);
        opened.converted = true;
        opened.table.short_rows = found.short_rows;
        opened.table.broken = found.broken;
        Ok(opened)
    }

    fn laid_out(
        self,
        path: &Path,
        layout: layout::Layout,
        form: TextForm,
        first_line: u64,
        mut notes: Vec<String>,
    ) -> OpenedText {
        notes.extend(layout.notes.iter().map(|note| format!("{}: {note}", self.shown)));
        let table = TextTable {
            form,
            delimiter: layout.delimiter,
            width: layout.header.len(),
            lines_before: layout.lines_before,
            first_line,
            header_line: without_last_delimiters(&layout.header_line, layout.delimiter).into(),
            dates: layout.dates,
            short_rows: layout.short_rows,
            broken: None,
        };
        let mut rows = layout.rows;
        rows.extend(later_rows::later_rows(path, &table, &rows));
        OpenedText {
            file: self.local_file(path, notes),
            table,
            header: layout.header,
            rows,
            traits: layout.traits,
            converted: false,
        }
    }
}

/// The legacy encoding that a page or XML document declares, if any.
fn declared_encoding(head: &[u8]) -> Option<config::Encoding> {
    if head.trim_ascii_start().first() != Some(&b'<') || str::from_utf8(head).is_ok() {
        return None;
    }
    let lower = String::from_utf8_lossy(&head[..head.len().min(4096)]).to_ascii_lowercase();
    let at = ["charset=", "encoding="].iter().find_map(|key| lower.find(key).map(|at| at + key.len()))?;
    let label: String = lower[at..]
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    let label = config::Encoding::new(label);
    match encodings::by_label(&label) {
        Ok(Some(encoding)) if encoding != encoding_rs::UTF_8 => Some(label),
        _ => None,
    }
}
