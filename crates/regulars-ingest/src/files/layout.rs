//! How a text is laid out as a table: the delimiter, where the header stands and whether there is
//! one, what stands before it, and the first rows.
//!
//! Deliberately not here: what the columns mean (see [`crate::detect`]).

use crate::error::{Error, Kind, Result};
use crate::records::Records;

mod search;
mod shapes;

use shapes::Shape;

/// Bytes of text looked at.
pub(crate) const SAMPLE_BYTES: usize = 1 << 20;
/// Rows looked at.
pub(crate) const SAMPLE_ROWS: usize = 5_000;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a text is laid out.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) delimiter: u8,
    /// A name for every column, each another.
    pub(crate) header: Vec<String>,
    /// The header as it stands in the file; empty without one.
    pub(crate) header_line: Vec<u8>,
    /// Lines before the first row.
    pub(crate) lines_before: u64,
    /// The first rows.
    pub(crate) rows: Vec<Vec<String>>,
    /// Columns that hold a date in nearly every row.
    pub(crate) dates: Vec<usize>,
    pub(crate) traits: TableTraits,
    /// What was assumed or left out, without the file's name.
    pub(crate) notes: Vec<String>,
}

/// What is peculiar about a table, for detection and for messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TableTraits {
    /// The first line is a row: columns are named `column_1`, `column_2` and so on.
    pub(crate) header_missing: bool,
    /// Columns whose name stands in the header before, and the column that has it first; they were
    /// given a number: `Total (2)`.
    pub(crate) twins: Vec<(usize, usize)>,
    /// By column whether its values are stored as numbers, so that a point in them is a decimal
    /// point; empty where nothing is known.
    pub(crate) numbers: Vec<bool>,
    /// Why the header or the values may be misread, for hints.
    pub(crate) doubts: Vec<String>,
}

/// What is known beforehand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Given {
    pub(super) delimiter: Option<u8>,
    /// Rows may have fewer fields than there are columns: the last are empty, as in a sheet.
    pub(super) short_rows: bool,
    /// The text is all there is.
    pub(super) complete: bool,
}

/// A header, and where it stands.
struct Header {
    fields: Vec<String>,
    line: Vec<u8>,
    /// Bytes of the text up to the first row.
    end: usize,
    missing: bool,
    notes: Vec<String>,
}

/// Tells the layout of a text from its beginning.
///
/// Errors: [`Kind::Unreadable`] for a text of blank lines.
pub(super) fn lay_out(head: &[u8], given: Given, shown: &str) -> Result<Layout> {
    let mut start = 0;
    let mut delimiter = given.delimiter;
    // Excel's own "sep=;" line, and blank lines before the header.
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
    let names =
        Names { delimiter, width: header.fields.len(), line: &header.line, short_rows: given.short_rows };
    let mut sample = read_rows(&text[end..], &names);
    if !header.missing
        && let Some((bytes, said)) = units_line(&text[end..], &sample, delimiter)
    {
        notes.push(format!("line {} is left out, {said}", first_line(end)));
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
    })
}

/// The layout of a table of ours, whose first line is its header whatever it looks like.
pub(super) fn lay_out_below_names(head: &[u8], given: Given) -> Layout {
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
    }
}

/// Columns that hold a date in nearly every row.
fn date_columns(rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let rows = &rows[..rows.len().min(shapes::ENOUGH_ROWS)];
    let columns = shapes::columns_of(rows, width);
    let is_one = |at: &usize| {
        let is_date = |row: &Vec<String>| shapes::shape(&row[*at]) == Shape::Date;
        // What follows the last date may be totals.
        let to = rows.iter().rposition(is_date).map_or(0, |last| last + 1);
        columns[*at].is(Shape::Date) && columns[*at].filled * 20 >= to * 19
    };
    (0..width).filter(is_one).collect()
}

/// The delimiter and the header: the first line where the rows fit it, else what the search finds.
fn find_header(text: &[u8], delimiter: Option<u8>, short_rows: bool) -> (u8, Header) {
    let best = delimiter.unwrap_or_else(|| guess_delimiter(text));
    if !short_rows {
        let (fields, end) = read_header(text, best);
        if fields.len() > 1 || delimiter.is_some() {
            let fits = count_fits(&text[end..], best, fields.len(), SAMPLE_ROWS as u64);
            let names = Names { delimiter: best, width: fields.len(), line: b"", short_rows };
            // A long preamble fits its own first line: the table that follows it is wider, or its
            // first lines are unlike the rows.
            if fits.fit * 10 >= fits.seen * 9
                && !fits.ends_wider
                && search::begins_with_row(&read_rows(&text[end..], &names), fields.len())
            {
                return (best, first_line_header(text, best, short_rows));
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

/// The first line as the header, or as a row if it looks like one.
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
        1 => format!("1 line before the header is left out: {first}"),
        count => format!("{count} lines before the header are left out: {first} ..."),
    })
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

fn clean_name(name: &str) -> String {
    name.trim().trim_matches('\u{feff}').to_owned()
}

/// How the first rows fit a header.
struct Fits {
    seen: u64,
    fit: u64,
    /// The last of them has more fields.
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
        // Rows that fit decide, in steps of a tenth; among equals the wider table.
        let score = (fits.fit * 10).checked_div(fits.seen).unwrap_or(5);
        if (score, header.len()) > (best.1, best.2) {
            best = (delimiter, score, header.len());
        }
    }
    best.0
}

/// What rows are read by.
struct Names<'a> {
    delimiter: u8,
    width: usize,
    /// The header, which may stand among the rows once more.
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

/// Whether the line after the header holds units, types or dashes: its bytes, and what it is.
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

/// A name for every column, each another.
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
            notes.push(format!("two columns are named `{field}`: the later one is called `{name}` here"));
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        lay_out(text.as_bytes(), Given { complete: true, ..Given::default() }, "x").expect("readable")
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
    fn the_header_is_found_and_its_lines_are_counted() {
        let found = layout("\n\n\"Order, id\",\"two\nlines\",c\n1,2,3\n");
        assert_eq!(found.header, ["Order, id", "two\nlines", "c"]);
        assert_eq!(found.lines_before, 4);
        assert_eq!(found.rows, [["1", "2", "3"]]);
    }

    /// The header, the lines before the first row, and the notes.
    fn check(text: &str, header: &str, lines_before: u64, note: &str) {
        let found = layout(text);
        assert_eq!(found.header.join("|"), header, "{text}");
        assert_eq!(found.lines_before, lines_before, "{text}");
        let notes = found.notes.join("; ");
        assert!(
            notes.contains(note) && notes.is_empty() == note.is_empty(),
            "{notes:?} should contain {note:?}"
        );
    }

    #[test]
    fn titles_before_the_header_are_left_out_and_said() {
        let rows = "a,1,2024-03-01,10.00\nb,2,2024-03-02,20.00\n";
        let header = "customer_id,order_id,date,amount";
        let names = "customer_id|order_id|date|amount";
        check(&format!("{header}\n{rows}"), names, 1, "");
        check(
            &format!("Report,Orders 2024\n\n{header}\n{rows}"),
            names,
            3,
            "1 line before the header is left out: `Report,Orders 2024`",
        );
        check(
            &format!(
                "Orders 2024\nGenerated by: shop, at night\nFrom,2024-03-01,to,2024-03-31\n\n{header}\n{rows}"
            ),
            names,
            5,
            "3 lines before the header",
        );
        // As a spreadsheet saves it: every line has all delimiters.
        check(
            &format!("Orders 2024,,,\nShop:,Example Ltd,,\n,,,\n{header}\n{rows}"),
            names,
            4,
            "2 lines before the header",
        );
        let many: String = (0..300).map(|i| format!("Setting {i},value {i}\n")).collect();
        check(&format!("{many}{header}\n{rows}"), names, 301, "300 lines before the header");
        let below = format!("Shop,Example,Country,DE\n\n{header}\n(text),(no),(date),(EUR)\n{rows}");
        check(&below, names, 4, "1 line before the header");
        check(
            "Umsatz 2024\nKunde;Datum;Betrag\n1;01.03.2024;5,00\n2;02.03.2024;6,00\n",
            "Kunde|Datum|Betrag",
            2,
            "`Umsatz 2024`",
        );
    }

    #[test]
    fn units_and_rules_below_the_header_are_left_out() {
        let names = "customer|date|amount";
        check(
            "customer,date,amount\n,(d.m.y),(EUR)\na,01.03.2024,5\nb,02.03.2024,6\n",
            names,
            2,
            "it holds units or types",
        );
        check(
            "customer,date,amount\ntext,timestamp,decimal\na,2024-03-01,5\nb,2024-03-02,6\n",
            names,
            2,
            "line 2 is left out",
        );
        check(
            "customer|date|amount\n---|---|---\na|2024-03-01|5\nb|2024-03-02|6\n",
            names,
            2,
            "a line of dashes",
        );
        // A row that lacks something is a row.
        check("customer,date,amount\nAnn,,\nb,2024-03-01,5\nc,2024-03-02,6\n", names, 1, "");
        check("customer,date,amount\nAnn,soon,much\nb,2024-03-01,5\nc,2024-03-02,6\n", names, 1, "");
    }

    #[test]
    fn a_missing_header_is_seen_by_the_values() {
        for text in [
            "1,1997-01-01,11.77\n2,1997-01-12,12.00\n",
            "Łukasz,2024-03-01,\"R$ 10,00\"\nAnn,2024-03-02,\"R$ 12,00\"\n",
            "a,x,y,z,2024-03-01,10 EUR\nb,x,y,z,2024-03-02,11 EUR\n",
        ] {
            let found = layout(text);
            assert!(found.traits.header_missing, "{text}");
            assert_eq!((found.header[0].as_str(), found.header[1].as_str()), ("column_1", "column_2"));
            assert_eq!((found.lines_before, found.rows.len()), (0, 2));
            assert!(found.notes[0].contains("is data, not a header"), "{:?}", found.notes);
        }
        for text in [
            "customer,2023,2024\na,1,2\nb,3,4\n",
            "0,1,2\na,2024-01-01,3\nb,2024-01-02,4\n",
            "customer,Q1 2024,Q2 2024\na,1,2\nb,3,4\n",
            "name,city\nAnn,Rome\n",
            "name\nAnn\n",
        ] {
            assert!(!layout(text).traits.header_missing, "{text}");
        }
    }

    #[test]
    fn names_are_made_different() {
        let found = layout("Total,,Total,Total\n1,2,3,4\n");
        assert_eq!(found.header, ["Total", "column_2", "Total (2)", "Total (3)"]);
        assert_eq!(found.traits.twins, [(2, 0), (3, 0)]);
        assert!(found.notes[0].contains("two columns are named `Total`"));
    }

    #[test]
    fn rows_of_a_sheet_may_be_short() {
        let sheet = |text: &str| {
            let given = Given { delimiter: Some(b','), short_rows: true, complete: true };
            lay_out(text.as_bytes(), given, "x").expect("readable")
        };
        let found = sheet(
            "Orders 2024\n\ncustomer,date,amount,note\na,2024-03-01,5\nb,2024-03-02,6,x\n\nTotal,,11\n",
        );
        assert_eq!(found.header, ["customer", "date", "amount", "note"]);
        assert_eq!(found.lines_before, 3);
        assert_eq!(found.rows[0], ["a", "2024-03-01", "5", ""]);
        // A column without a name is a column.
        let found = sheet("customer,date,amount\na,2024-03-01,5,x\nb,2024-03-02,6,y\n");
        assert_eq!(found.header, ["customer", "date", "amount", "column_4"]);
    }

    #[test]
    fn what_holds_nothing_is_refused() {
        let empty = lay_out(b"\n\n", Given { complete: true, ..Given::default() }, "x").expect_err("refused");
        assert!(empty.message.contains("is empty"));
        let lone = layout("customer_id,date,amount\n");
        assert_eq!((lone.header.len(), lone.rows.len()), (3, 0));
    }
}
