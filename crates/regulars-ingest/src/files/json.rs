//! JSON: arrays of objects, one object per line, and API responses with the array under a key.
//!
//! The file is streamed twice: first to find the array with the most objects and their field names, then to
//! write them as a table. Nested objects become columns (`customer_id` of `customer: {id}`), arrays of
//! scalars become one text; arrays of objects are omitted and reported.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};

use serde::de::{DeserializeSeed, IgnoredAny};

use super::Converted;
use super::csv_out::CsvOut;
use super::streams::TextStream;
use crate::error::{Error, Kind, Result};

mod flatten;
mod walk;

use flatten::{Fields, Record};
use walk::{Extract, Survey};

/// Maximum number of columns.
const MAX_COLUMNS: usize = 4_000;

/// What is known about an array of objects.
#[derive(Debug, Default)]
struct Found {
    /// The keys that lead to it; empty at the top level.
    keys: Vec<String>,
    objects: u64,
    /// Number of its elements that are not objects.
    others: u64,
    columns: Columns,
    /// Arrays of objects nested in its objects, by name, with the number of objects that have them.
    left_out: BTreeMap<String, u64>,
}

/// The fields of an array's objects, in order of first appearance.
#[derive(Debug, Default)]
struct Columns {
    names: Vec<String>,
    /// By column, whether all values so far were numbers.
    numbers: Vec<bool>,
    by_path: HashMap<String, usize>,
}

impl Fields for Found {
    fn value(&mut self, path: &str, text: &str, is_number: bool) {
        let columns = &mut self.columns;
        let at = columns.by_path.get(path).copied().unwrap_or_else(|| {
            let at = columns.names.len();
            if at < MAX_COLUMNS {
                columns.by_path.insert(path.to_owned(), at);
                columns.names.push(path.replace(flatten::STEP, "_"));
                columns.numbers.push(true);
            }
            at
        });
        if let Some(numbers) = columns.numbers.get_mut(at) {
            *numbers &= is_number || text.is_empty();
        }
    }

    fn left_out(&mut self, path: &str) {
        *self.left_out.entry(path.replace(flatten::STEP, "_")).or_default() += 1;
    }
}

/// The values of one object, by column.
struct Row<'a> {
    columns: &'a Columns,
    values: Vec<String>,
}

impl<'a> Row<'a> {
    fn of(columns: &'a Columns) -> Self {
        Self { columns, values: vec![String::new(); columns.names.len()] }
    }

    fn clear(&mut self) {
        self.values.iter_mut().for_each(String::clear);
    }
}

impl Fields for Row<'_> {
    fn value(&mut self, path: &str, text: &str, _is_number: bool) {
        if let Some(at) = self.columns.by_path.get(path) {
            self.values[*at].clear();
            self.values[*at].push_str(text);
        }
    }

    fn left_out(&mut self, _path: &str) {}
}

/// Converts a JSON document to a table; `open` returns its text from the beginning on each call.
///
/// Errors: [`Kind::Unreadable`] with line and column if it is not valid JSON, or contains no array of
/// objects.
pub(super) fn convert(
    open: &dyn Fn() -> Result<TextStream>,
    shown: &str,
    mut out: CsvOut,
) -> Result<Converted> {
    let mut survey = Survey::default();
    let mut top_objects = 0_u64;
    each_value(open()?, shown, |json| {
        top_objects += u64::from(survey.walk_top(json)?);
        Ok(())
    })?;
    // Consecutive objects are the rows, as is a single object without arrays of objects.
    let rows_at_top = top_objects > 1 || (top_objects == 1 && survey.lists.iter().all(|l| l.others > 0));
    if rows_at_top {
        survey = Survey::default();
        each_value(open()?, shown, |json| survey.as_row(json))?;
    }
    let mut lists = survey.lists;
    let holds_others = lists.iter().any(|list| list.others > 0);
    lists.retain(|list| list.objects > 0);
    // A stable sort: among equals, the first in the document.
    lists.sort_by_key(|list| std::cmp::Reverse(list.objects));
    let Some((list, others)) = lists.split_first() else {
        let what = if holds_others { "its lists contain no objects" } else { "it has no list with objects" };
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` is JSON without a table: {what}"))
            .hint("expected [{...}, ...], {\"orders\": [{...}, ...]}, or one object per line"));
    };
    out.row(1, list.columns.names.iter().map(String::as_str))?;
    let mut line = 2;
    let mut failed = None;
    let mut write = |row: Option<&[String]>| {
        let written = match row {
            Some(values) => out.row(line, values.iter().map(String::as_str)),
            None => out.broken_row(line, list.columns.names.len(), "is not an object", ""),
        };
        line += 1;
        let goes_on = written.is_ok();
        failed = failed.take().or(written.err());
        goes_on
    };
    let mut extract = Extract::new(list, &mut write);
    let read =
        each_value(
            open()?,
            shown,
            |json| {
                if rows_at_top { extract.as_row(json) } else { extract.walk_top(json) }
            },
        );
    if let Some(error) = failed {
        return Err(error);
    }
    read?;
    let mut notes = vec![format!(
        "{shown}: JSON, {} objects{}; rows are numbered by object, from 1",
        regulars_core::money::format_count(list.objects),
        under(&list.keys)
    )];
    if !others.is_empty() {
        let named: Vec<String> =
            others.iter().map(|o| format!("{} objects{}", o.objects, under(&o.keys))).collect();
        notes.push(format!("{shown}: skipped: {}", named.join(", ")));
    }
    let doubts = left_out(list, shown, &mut notes);
    Ok(converted(list, out.finish()?, notes, doubts))
}

/// Converts a file with one object per line to a table; invalid lines become rows to reject.
pub(super) fn convert_lines(
    open: &dyn Fn() -> Result<TextStream>,
    shown: &str,
    mut out: CsvOut,
) -> Result<Converted> {
    let mut list = Found::default();
    let unreadable = |e: std::io::Error| broken_off(shown, &e);
    each_line(open()?, |_number, line| {
        if let Ok(()) = flatten_line(line, &mut list) {
            list.objects += 1;
        }
        Ok(())
    })
    .map_err(unreadable)?;
    let width = list.columns.names.len();
    out.row(1, list.columns.names.iter().map(String::as_str))?;
    let mut failed = None;
    let ended = each_line(open()?, |number, line| {
        let mut row = Row::of(&list.columns);
        // The header occupies the first line of the table, so every object moves down one line.
        let written = match flatten_line(line, &mut row) {
            Ok(()) => out.row(number + 1, row.values.iter().map(String::as_str)),
            Err(why) => out.broken_row(number + 1, width, &why, &String::from_utf8_lossy(line)),
        };
        written.map_err(|error| {
            failed.get_or_insert(error);
            std::io::Error::other("stopped")
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    ended.map_err(unreadable)?;
    let mut notes = vec![format!("{shown}: JSON, one object per line")];
    let doubts = left_out(&list, shown, &mut notes);
    Ok(converted(&list, out.finish()?, notes, doubts))
}

fn converted(list: &Found, path: std::path::PathBuf, notes: Vec<String>, doubts: Vec<String>) -> Converted {
    Converted {
        path,
        notes,
        doubts,
        numbers: list.columns.numbers.clone(),
        first_line: Some(1),
        broken: Some("broken_json"),
        short_rows: false,
    }
}

fn under(keys: &[String]) -> String {
    if keys.is_empty() { String::new() } else { format!(" under `{}`", keys.join(".")) }
}

/// Notes which arrays of objects were omitted.
fn left_out(list: &Found, shown: &str, notes: &mut Vec<String>) -> Vec<String> {
    if list.left_out.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = list.left_out.keys().map(|name| format!("`{name}`")).collect();
    notes.push(format!("{shown}: skipped nested lists of objects: {}", names.join(", ")));
    vec![format!(
        "the lists within its objects ({}) are not read; export line items to a separate file if amounts are only there",
        names.join(", ")
    )]
}

fn broken_off(shown: &str, error: &std::io::Error) -> Error {
    Error::new(Kind::Unreadable, format!("`{shown}` cannot be read to its end: {error}"))
        .hint("the file may be cut off or damaged; export or copy it again")
}

/// Calls `visit` for every value of a document that has one or several.
fn each_value(
    text: TextStream,
    shown: &str,
    mut visit: impl FnMut(&mut Json) -> serde_json::Result<()>,
) -> Result<()> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 18, text));
    loop {
        // The input may end only between values.
        match json.end() {
            Ok(()) => return Ok(()),
            Err(error) if error.is_syntax() => {}
            Err(error) => return Err(no_json(&error, shown)),
        }
        visit(&mut json).map_err(|error| no_json(&error, shown))?;
    }
}

type Json = serde_json::Deserializer<serde_json::de::IoRead<BufReader<TextStream>>>;

fn no_json(error: &serde_json::Error, shown: &str) -> Error {
    let (line, column) = (error.line(), error.column());
    if error.is_io() {
        return broken_off(shown, &std::io::Error::other(error.to_string()));
    }
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
    let (what, hint) = if error.is_eof() {
        ("breaks off", "the file may be cut off; download or export it again")
    } else {
        ("is not valid JSON", "repair it there, or export it again; one object per line also works")
    };
    Error::new(Kind::Unreadable, format!("`{shown}` {what} in line {line}, column {column}: {reason}"))
        .hint(hint)
}

/// Calls `visit` for every non-blank line, with its number.
fn each_line(
    text: TextStream,
    mut visit: impl FnMut(u64, &[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut text = BufReader::with_capacity(1 << 18, text);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        if text.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        number += 1;
        let line = line.trim_ascii();
        if !line.is_empty() {
            visit(number, line)?;
        }
    }
}

/// Reads the object in a line.
fn flatten_line(line: &[u8], fields: &mut impl Fields) -> std::result::Result<(), String> {
    // Checked first: a truncated line has no fields.
    let whole: std::result::Result<IgnoredAny, _> = serde_json::from_slice(line);
    let short = |error: &serde_json::Error| {
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
        format!("is not valid JSON from column {} on: {reason}", error.column())
    };
    whole.map_err(|error| short(&error))?;
    let mut json = serde_json::Deserializer::from_slice(line);
    let is_object = Record { fields }.deserialize(&mut json).map_err(|error| short(&error))?;
    if is_object { Ok(()) } else { Err("is not an object".to_owned()) }
}
