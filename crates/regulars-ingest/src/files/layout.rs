//! Determines the layout of a text table: the delimiter, the header if there is one, the lines before it, and
//! the first rows.
//!
//! Deliberately not here: what the columns mean (see [`crate::plan`]).

use crate::error::{Error, Kind, Result};
use crate::records::Records;

mod header;
mod search;
mod shapes;

use header::{find_header, read_header};
use shapes::Shape;

/// Bytes of text to examine.
pub(crate) const SAMPLE_BYTES: usize = 1 << 20;
/// Rows to examine.
pub(crate) const SAMPLE_ROWS: usize = 5_000;

/// The layout of a text table.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) delimiter: u8,
    /// Column names, made unique.
    pub(crate) header: Vec<String>,
    /// The header as in the file; empty if there is none.
    pub(crate) header_line: Vec<u8>,
    /// Lines before the first row.
    pub(crate) lines_before: u64,
    /// The first rows.
    pub(crate) rows: Vec<Vec<String>>,
    /// Columns with a date in nearly every row.
    pub(crate) dates: Vec<usize>,
    pub(crate) traits: TableTraits,
    /// Assumptions and skipped parts, without the file name.
    pub(crate) notes: Vec<String>,
    /// Rows may have fewer fields than the header.
    pub(super) short_rows: bool,
}

/// Peculiarities of a table, for detection and messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TableTraits {
    /// There is no header: columns are named `column_1`, `column_2` and so on.
    pub(crate) header_missing: bool,
    /// Columns with a duplicate name, each with the first column of that name; their names are numbered:
    /// `Total (2)`.
    pub(crate) twins: Vec<(usize, usize)>,
    /// By column, whether its values are stored as numbers, so that a point in them is a decimal point; empty
    /// if unknown.
    pub(crate) numbers: Vec<bool>,
    /// Why the header or the values may be misread, for hints.
    pub(crate) doubts: Vec<String>,
}

/// What is already known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LayoutHints {
    pub(super) delimiter: Option<u8>,
    /// Rows may have fewer fields than the header: the last ones are empty, as in a spreadsheet.
    pub(super) short_rows: bool,
    /// The text is complete.
    pub(super) complete: bool,
}

/// Determines the layout of a text from its beginning.
///
/// Errors: [`Kind::Unreadable`] for a text with only blank lines.
pub(super) fn detect_layout(head: &[u8], given: LayoutHints, shown: &str) -> Result<Layout> {
    let mut start = 0;
    let mut delimiter = given.delimiter;
    // Excel's "sep=;" line, and blank lines before the header.
    while let Some(end) = memchr::memchr(b'\n', &head[start..]).map(|n| start + n) {
        let text = head[start..end].trim_ascii();
        if let Some(sep) = text.strip_prefix(b"sep=").and_then(|s| s.first()) {
            delimiter = delimiter.or(Some(*sep));
        } else if !text.is_empty() {
            break;
        }
        start = end + 1;
    }
    let text = if given.complete {
        &head[start..]
    } else {
        let end = memchr::memrchr(b'\n', &head[start..]).map_or(head.len(), |n| start + n + 1);
        &head[start..end]
    };
    if text.trim_ascii().is_empty() {
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` is empty"))
            .hint("export it again; it needs a header line and at least one row"));
    }
    let (delimiter, header) = find_header(text, delimiter, given.short_rows);
    let first_line = |end: usize| 1 + memchr::memchr_iter(b'\n', &head[..start + end]).count() as u64;
    let (mut end, mut notes) = (header.end, header.notes);
    let mut names =
        Names { delimiter, width: header.fields.len(), line: &header.line, short_rows: given.short_rows };
    let mut sample = read_rows(&text[end..], &names);
    if !given.short_rows && leave_out_ends(&text[end..], &names, &sample) {
        notes.push("empty fields at the end of rows are missing".to_owned());
        names.short_rows = true;
        sample = read_rows(&text[end..], &names);
    }
    let short_rows = names.short_rows;
    if !header.missing
        && let Some((bytes, said)) = units_line(&text[end..], &sample, delimiter)
    {
        notes.push(format!("line {} is skipped, {said}", first_line(end)));
        end += bytes;
        sample = read_rows(&text[end..], &names);
    }
    let mut traits = TableTraits { header_missing: header.missing, ..TableTraits::default() };
    let names = name_columns(&header.fields, header.missing, &mut traits, &mut notes);
    Ok(Layout {
        delimiter,
        dates: date_columns(&sample, names.len()),
        header: names,
        header_line: header.line,
        lines_before: first_line(end) - 1,
        rows: sample,
        traits,
        notes,
        short_rows,
    })
}

/// Whether rows with fewer fields than the header are otherwise as good as the others.
fn leave_out_ends(text: &[u8], names: &Names<'_>, rows: &[Vec<String>]) -> bool {
    let columns = shapes::columns_of(&rows[..rows.len().min(shapes::MAX_ROWS)], names.width);
    let told: Vec<(usize, Shape)> = (0..names.width)
        .filter_map(|i| [Shape::Date, Shape::Number].into_iter().find(|s| columns[i].is(*s)).map(|s| (i, s)))
        .collect();
    let last_date = told.iter().filter(|(_, s)| *s == Shape::Date).map(|(i, _)| *i).max();
    // Without dates, as with Unix times, a quarter of the fields may be missing.
    let Some(last_needed) = last_date.or_else(|| (told.len() > 2).then(|| names.width * 3 / 4 - 1)) else {
        return false;
    };
    let (mut short, mut alike, mut all) = (0, 0, 0);
    let mut records = Records::new(text, 1, names.delimiter, names.width);
    while let Some(record) = records.next_record() {
        all += 1;
        if record.well_formed || record.len() < 2 || record.len() > names.width {
            continue;
        }
        short += 1;
        let fits = |(at, shape): &(usize, Shape)| {
            *at >= record.len() || {
                let found = shapes::shape(&String::from_utf8_lossy(record.field(*at)));
                found == *shape || found == Shape::Empty
            }
        };
        // One column may have a word instead of a number, such as `guest`.
        let others = told.iter().filter(|column| !fits(column)).count();
        alike += usize::from(record.len() > last_needed && others <= usize::from(told.len() > 3));
        if all == SAMPLE_ROWS {
            break;
        }
    }
    short >= 3 && alike * 20 >= short * 19
}

/// The layout of a converted table, whose first line is always the header.
pub(super) fn detect_layout_below_names(head: &[u8], given: LayoutHints) -> Layout {
    let delimiter = given.delimiter.unwrap_or(b',');
    let (fields, end) = read_header(head, delimiter);
    let (mut traits, mut notes) = (TableTraits::default(), Vec::new());
    let names = name_columns(&fields, false, &mut traits, &mut notes);
    let last = memchr::memrchr(b'\n', head).map_or(0, |n| n + 1);
    let rows = if given.complete { &head[end..] } else { &head[end..last.max(end)] };
    let rows =
        read_rows(rows, &Names { delimiter, width: names.len(), line: b"", short_rows: given.short_rows });
    Layout {
        delimiter,
        dates: date_columns(&rows, names.len()),
        header: names,
        // No line of the source is the header.
        header_line: Vec::new(),
        lines_before: 1,
        rows,
        traits,
        notes,
        short_rows: given.short_rows,
    }
}

/// Columns with a date in nearly every row.
fn date_columns(rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let rows = &rows[..rows.len().min(shapes::MAX_ROWS)];
    let columns = shapes::columns_of(rows, width);
    let is_one = |at: &usize| {
        let is_date = |row: &Vec<String>| shapes::shape(&row[*at]) == Shape::Date;
        // Totals may follow the last date.
        let to = rows.iter().rposition(is_date).map_or(0, |last| last + 1);
        columns[*at].is(Shape::Date) && columns[*at].filled * 20 >= to * 19
    };
    (0..width).filter(is_one).collect()
}

/// What rows are read by.
struct Names<'a> {
    delimiter: u8,
    width: usize,
    /// The header line, which may be repeated among the rows.
    line: &'a [u8],
    short_rows: bool,
}

fn read_rows(text: &[u8], names: &Names<'_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut records = Records::new(text, 1, names.delimiter, names.width).short_rows(names.short_rows);
    while let Some(record) = records.next_record() {
        if record.well_formed && record.raw != names.line {
            rows.push(
                (0..names.width).map(|i| String::from_utf8_lossy(record.field(i)).into_owned()).collect(),
            );
        }
        if rows.len() == SAMPLE_ROWS {
            break;
        }
    }
    rows
}

/// If the line after the header has units, types or dashes: its length in bytes, and what it has.
fn units_line(text: &[u8], rows: &[Vec<String>], delimiter: u8) -> Option<(usize, String)> {
    let blank = text.len() - text.trim_ascii_start().len();
    let end = memchr::memchr(b'\n', &text[blank..]).map_or(text.len(), |n| blank + n + 1);
    let line = &text[blank..end];
    let trimmed = line.trim_ascii();
    let is_rule = |b: &u8| matches!(b, b'-' | b'=' | b'+' | b'|' | b':' | b' ' | b'"') || *b == delimiter;
    if trimmed.len() > 2 && trimmed.iter().all(is_rule) && trimmed.iter().any(|b| matches!(b, b'-' | b'=')) {
        return Some((end, format!("a line of dashes: {}", shorten(line))));
    }
    let (first, rest) = rows.split_first()?;
    let columns = shapes::columns_of(rest, first.len());
    let valued: Vec<usize> = (0..first.len()).filter(|i| columns[*i].has_values()).collect();
    let units = first.iter().filter(|cell| !cell.trim().is_empty()).count();
    let says_unit = first.iter().any(|cell| shapes::is_unit(cell));
    let no_values = valued.iter().all(|i| matches!(shapes::shape(&first[*i]), Shape::Text | Shape::Empty));
    (rest.len() > 1 && !valued.is_empty() && units > 0 && says_unit && no_values)
        .then(|| (end, format!("it holds units or types: {}", shorten(line))))
}

fn shorten(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    format!("`{short}`")
}

/// Column names, made unique.
fn name_columns(
    fields: &[String],
    missing: bool,
    traits: &mut TableTraits,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(fields.len());
    for (at, field) in fields.iter().enumerate() {
        if missing || field.is_empty() {
            names.push(format!("column_{}", at + 1));
            continue;
        }
        let first = fields[..at].iter().position(|earlier| earlier == field);
        let mut name = field.clone();
        let mut number = 1;
        while names.contains(&name) {
            number += 1;
            name = format!("{field} ({number})");
        }
        if let Some(first) = first {
            traits.twins.push((at, first));
            notes.push(format!("two columns are named `{field}`: the second one is shown as `{name}`"));
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests;
