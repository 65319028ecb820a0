//! Converts the sheets of a workbook to CSV, and chooses the one with the orders.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

use super::csv_out::CsvOut;
use super::layout::{self, LayoutHints, SAMPLE_BYTES};
use super::{Converted, streams};
use crate::checks::counted_rows;
use crate::error::{Error, Kind, Result};
use crate::presets::normal_form;
use crate::question::{ask, quoted, reading};
use crate::records::Records;

/// A sheet, or a table of a page, as CSV.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    path: PathBuf,
    /// Its position in the workbook.
    place: usize,
    /// Number of non-empty rows.
    rows: u64,
    /// By column, whether it holds only numbers, from the first number on.
    numbers: Vec<bool>,
}

/// Assembles cells to rows.
pub(super) struct SheetRows {
    out: CsvOut,
    row: u32,
    cells: Vec<String>,
    rows: u64,
    numbers: Vec<Numbers>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    some: bool,
    mixed: bool,
}

/// Maximum width of a sheet.
const MAX_COLUMNS: u32 = 16_384;

impl SheetRows {
    pub(super) fn new(out: CsvOut) -> Self {
        Self { out, row: 0, cells: Vec::new(), rows: 0, numbers: Vec::new() }
    }

    /// Adds a cell, with rows and columns counted from 0; rows come in order.
    pub(super) fn put(&mut self, row: u32, column: u32, text: &str, is_number: bool) -> Result<()> {
        if row != self.row {
            self.flush()?;
            // A row out of order keeps its cells; it is numbered by the line it is written to.
            self.row = row.max(self.row);
        }
        if column >= MAX_COLUMNS || text.is_empty() {
            return Ok(());
        }
        let at = column as usize;
        if self.cells.len() <= at {
            self.cells.resize(at + 1, String::new());
        }
        self.cells[at].clear();
        self.cells[at].push_str(text);
        if self.numbers.len() <= at {
            self.numbers.resize(at + 1, Numbers::default());
        }
        let numbers = &mut self.numbers[at];
        numbers.some |= is_number;
        numbers.mixed |= numbers.some && !is_number;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.cells.iter().any(|cell| !cell.is_empty()) {
            self.rows += 1;
            self.out.row(u64::from(self.row) + 1, self.cells.iter().map(String::as_str))?;
        }
        self.cells.clear();
        Ok(())
    }

    pub(super) fn finish(mut self, name: &str) -> Result<Sheet> {
        self.flush()?;
        Ok(Sheet {
            name: name.to_owned(),
            path: self.out.finish()?,
            place: 0,
            rows: self.rows,
            numbers: self.numbers.iter().map(|n| n.some && !n.mixed).collect(),
        })
    }
}

/// Properties of a sheet.
struct Candidate {
    sheet: Sheet,
    header: Vec<String>,
    /// Approximate number of rows below the header.
    rows: u64,
    /// Whether it has a date column.
    has_dates: bool,
    /// Lines up to the header.
    lines_before: u64,
}

/// Chooses the sheet that looks like a table of orders: with dates, and with the most rows. Sheets with the
/// same columns are combined with it.
///
/// `what` names the kind of file, `part` its parts ("sheet").
///
/// Errors: [`Kind::Unreadable`] if all are empty; [`Kind::Config`] if there is none with the requested name;
/// [`Kind::Ambiguous`] if others have the same columns and their names do not mark them as parts of one
/// table.
pub(super) fn choose(
    sheets: Vec<Sheet>,
    wanted: Option<&str>,
    shown: &str,
    what: &str,
    part: &str,
) -> Result<Converted> {
    let names: Vec<String> = sheets.iter().map(|s| format!("`{}`", s.name)).collect();
    let but = wanted.and_then(|wanted| wanted.strip_prefix(ALL_BUT));
    let wanted = if but.is_some() { Some(ALL) } else { wanted };
    let several = sheets.len() > 1;
    let mut candidates = Vec::new();
    let mut empty = Vec::new();
    for (place, mut sheet) in sheets.into_iter().enumerate() {
        sheet.place = place;
        let is = |name: &str| name.eq_ignore_ascii_case(&sheet.name);
        if but.is_some_and(is) || wanted.is_some_and(|wanted| wanted != ALL && !is(wanted)) {
            discard(&sheet);
        } else if sheet.rows == 0 {
            empty.push(sheet.name.clone());
            discard(&sheet);
        } else {
            candidates.push(look_at(sheet, shown)?);
        }
    }
    if candidates.is_empty() {
        return Err(match wanted {
            Some(wanted) if empty.is_empty() => Error::new(
                Kind::Config,
                format!("`{shown}` has no {part} `{wanted}`, which source.sheet names"),
            )
            .hint(format!("it has {}", names.join(", "))),
            _ => Error::new(Kind::Unreadable, format!("`{shown}` is {what} without a table in it"))
                .hint("save it with a header line and at least one row"),
        });
    }
    let place = |c: &Candidate| (c.has_dates && c.header.len() > 2, c.header.len() > 1, c.rows);
    let best = (0..candidates.len()).rev().max_by_key(|at| place(&candidates[*at])).unwrap_or(0);
    let best = candidates.swap_remove(best);
    let (alike, others): (Vec<Candidate>, Vec<Candidate>) =
        candidates.into_iter().partition(|c| c.rows > 0 && same_columns(&c.header, &best.header));
    if !alike.is_empty() {
        let names: Vec<&str> =
            alike.iter().map(|c| c.sheet.name.as_str()).chain([best.sheet.name.as_str()]).collect();
        if wanted != Some(ALL) && !are_periods(&names) {
            return Err(ask_sheets(&best, &alike, shown, part));
        }
        return combine(best, alike, &others, shown, part);
    }
    let mut notes = vec![if several {
        format!("{shown}: {part} `{}` is read, {}", best.sheet.name, counted_rows(best.rows))
    } else {
        format!("{shown}: {what}, {}", counted_rows(best.rows))
    }];
    notes.extend(left_alone(&others, shown, part));
    for candidate in &others {
        discard(&candidate.sheet);
    }
    Ok(Converted {
        path: best.sheet.path,
        notes,
        doubts: Vec::new(),
        numbers: best.sheet.numbers,
        first_line: None,
        broken: None,
        short_rows: true,
    })
}

/// Determines the header, the number of rows below it, and whether it has dates.
fn look_at(sheet: Sheet, shown: &str) -> Result<Candidate> {
    let mut text = streams::open_plain(&sheet.path, shown)?;
    let mut head = Vec::new();
    text.by_ref()
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|e| Error::io("read", shown, &e))?;
    let given = LayoutHints { delimiter: Some(b','), short_rows: true, complete: head.len() < SAMPLE_BYTES };
    let layout = layout::detect_layout(&head, given, shown)?;
    let above = head
        .split(|b| *b == b'\n')
        .take(layout.lines_before as usize)
        .filter(|line| !line.trim_ascii().is_empty())
        .count() as u64;
    let rows = sheet.rows.saturating_sub(above);
    let (has_dates, lines_before) = (!layout.dates.is_empty(), layout.lines_before);
    Ok(Candidate { sheet, header: layout.header, rows, has_dates, lines_before })
}

/// The value of `source.sheet` for all sheets with the same columns.
const ALL: &str = "*";
/// Prefix of a sheet name in `source.sheet`: all sheets but this one.
const ALL_BUT: &str = "!";

/// Whether the names mark parts of one table: months, quarters, years or numbers, possibly after a common
/// word.
fn are_periods(names: &[&str]) -> bool {
    let months = "january february march april may june july august september october november december januar \
        februar maerz mai juni juli oktober dezember janvier fevrier mars avril juin juillet aout septembre octobre \
        novembre decembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre \
        gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre h q kw week quarter";
    let is_period = |word: &str| {
        word.is_empty()
            || months
                .split_whitespace()
                .any(|month| month == word || word.len() > 2 && month.starts_with(word))
    };
    let bases: BTreeSet<String> = names
        .iter()
        .map(|name| {
            let words = normal_form(name);
            let kept = words.split('_').map(|word| word.trim_matches(|c: char| c.is_ascii_digit()));
            kept.filter(|word| !is_period(word)).collect::<Vec<_>>().join("_")
        })
        .collect();
    bases.len() == 1
}

fn ask_sheets(best: &Candidate, alike: &[Candidate], shown: &str, part: &str) -> Error {
    let mut all: Vec<&Candidate> = std::iter::once(best).chain(alike).collect();
    all.sort_by_key(|c| std::cmp::Reverse(c.rows));
    let list: Vec<String> =
        all.iter().map(|c| format!("`{}` ({})", c.sheet.name, counted_rows(c.rows))).collect();
    let setting = |name: &str| format!("source.sheet={}", quoted(name));
    let mut readings: Vec<_> = all
        .iter()
        .take(6)
        .map(|c| reading(format!("only the {part} `{}`", c.sheet.name), setting(&c.sheet.name)))
        .collect();
    readings.push(reading(format!("all of these {part}s, one after the other"), setting(ALL)));
    // One may be a total, or a copy of the others.
    for odd in all.iter().take(if all.len() > 2 { 6 } else { 0 }) {
        let rest: Vec<&str> =
            all.iter().map(|c| c.sheet.name.as_str()).filter(|n| *n != odd.sheet.name).collect();
        if are_periods(&rest) {
            let name = &odd.sheet.name;
            readings.push(reading(
                format!("all of these {part}s but `{name}`"),
                setting(&format!("{ALL_BUT}{name}")),
            ));
        }
    }
    ask(
        format!(
            "`{shown}` has {} {part}s with the same columns: {}; which are the orders?",
            all.len(),
            list.join(", ")
        ),
        readings,
    )
}

/// Whether two sheets are parts of one table: they have the same columns, or one has a few more.
fn same_columns(one: &[String], other: &[String]) -> bool {
    let names = |header: &[String]| header.iter().map(|name| normal_form(name)).collect::<BTreeSet<_>>();
    let (one, other) = (names(one), names(other));
    let (few, many) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    few.len() > 1
        && few.is_subset(&many)
        && (few.len() == many.len() || few.len() > 3 && many.len() <= few.len() + 2)
}

/// The note that names the sheets that are not read, if any.
fn left_alone(others: &[Candidate], shown: &str, part: &str) -> Option<String> {
    let names: Vec<String> =
        others.iter().map(|c| format!("`{}` ({})", c.sheet.name, counted_rows(c.rows))).collect();
    (!names.is_empty()).then(|| format!("{shown}: {part}s skipped: {}", names.join(", ")))
}

/// Combines the parts of one table, in workbook order.
fn combine(
    best: Candidate,
    alike: Vec<Candidate>,
    others: &[Candidate],
    shown: &str,
    part: &str,
) -> Result<Converted> {
    let mut parts: Vec<Candidate> = alike.into_iter().chain([best]).collect();
    parts.sort_by_key(|c| c.sheet.place);
    let widest =
        parts.iter().map(|c| &c.header).max_by_key(|header| header.len()).cloned().unwrap_or_default();
    let mut list: Vec<String> =
        parts.iter().map(|c| format!("`{}` ({})", c.sheet.name, counted_rows(c.rows))).collect();
    let folder = parts[0].sheet.path.parent().unwrap_or_else(|| std::path::Path::new("."));
    let mut out = CsvOut::create(folder)?;
    out.row(1, widest.iter().map(String::as_str))?;
    let mut numbers = vec![true; widest.len()];
    for candidate in &parts {
        let of = |name: &String| candidate.header.iter().position(|h| normal_form(h) == normal_form(name));
        let places: Vec<Option<usize>> = widest.iter().map(of).collect();
        for (is_number, place) in numbers.iter_mut().zip(&places) {
            *is_number &= place.is_some_and(|at| candidate.sheet.numbers.get(at) == Some(&true));
        }
        let mut text = Vec::new();
        let mut file = streams::open_plain(&candidate.sheet.path, shown)?;
        file.read_to_end(&mut text).map_err(|e| Error::io("read", shown, &e))?;
        let below = memchr::memchr_iter(b'\n', &text).nth(candidate.lines_before.saturating_sub(1) as usize);
        let rows = &text[below.map_or(text.len(), |end| end + 1)..];
        let mut records = Records::new(rows, 1, b',', candidate.header.len()).short_rows(true);
        while let Some(record) = records.next_record() {
            let cell = |place: &Option<usize>| match place {
                Some(at) if *at < record.len() => String::from_utf8_lossy(record.field(*at)).into_owned(),
                _ => String::new(),
            };
            let cells: Vec<String> = places.iter().map(cell).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                out.row(0, cells.iter().map(String::as_str))?;
            }
        }
        discard(&candidate.sheet);
    }
    let last = list.pop().unwrap_or_default();
    let mut notes = vec![format!(
        "{shown}: {part}s {} and {last} have the same columns and are read one after the other; row numbers continue (source.sheet selects one)",
        list.join(", ")
    )];
    notes.extend(left_alone(others, shown, part));
    let path = out.finish()?;
    Ok(Converted {
        path,
        notes,
        doubts: Vec::new(),
        numbers,
        first_line: Some(2),
        broken: None,
        short_rows: true,
    })
}

fn discard(sheet: &Sheet) {
    // If removal fails, the copy only takes space in the scratch folder, which is deleted with the run.
    drop(fs_err::remove_file(&sheet.path));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(sheets: &[(&str, &[&[&str]])], wanted: Option<&str>) -> Result<(Converted, tempfile::TempDir)> {
        let folder = tempfile::tempdir().expect("a folder");
        let sheets = sheets
            .iter()
            .map(|(name, rows)| {
                let mut out = SheetRows::new(CsvOut::create(folder.path()).expect("writable"));
                for (r, row) in rows.iter().enumerate() {
                    for (c, cell) in row.iter().enumerate() {
                        out.put(r as u32, c as u32, cell, cell.parse::<f64>().is_ok()).expect("writable");
                    }
                }
                out.finish(name).expect("writable")
            })
            .collect();
        choose(sheets, wanted, "b.xlsx", "a workbook", "sheet").map(|found| (found, folder))
    }

    const ORDERS: &[&[&str]] =
        &[&["customer", "date", "amount"], &["a", "2024-03-01", "5"], &["b", "2024-03-02", "6"]];
    const NOTES: &[&[&str]] = &[&["Remember"], &["this"], &["and"], &["that"]];
    const PIVOT: &[&[&str]] =
        &[&["month", "sum"], &["Mar", "11"], &["Apr", "0"], &["May", "0"], &["Jun", "0"]];

    #[test]
    fn the_sheet_of_orders_is_chosen() {
        let (found, _folder) =
            book(&[("Notes", NOTES), ("Pivot", PIVOT), ("Data", ORDERS)], None).expect("one");
        assert_eq!(found.notes[0], "b.xlsx: sheet `Data` is read, 2 rows");
        assert!(found.notes[1].contains("`Notes` (3 rows), `Pivot` (4 rows)"), "{:?}", found.notes);
        assert_eq!(found.numbers, [false, false, true]);
        let (named, _folder) = book(&[("Notes", NOTES), ("Data", ORDERS)], Some("notes")).expect("named");
        assert!(named.notes[0].contains("`Notes`"));
    }

    #[test]
    fn sheets_alike_are_read_as_one_and_missing_ones_named() {
        let copies = book(&[("Orders", ORDERS), ("Backup", ORDERS)], None).expect_err("a copy");
        assert_eq!(copies.question.map(|question| question.readings.len()), Some(3));
        assert!(book(&[("Orders", ORDERS), ("Backup", ORDERS)], Some("*")).is_ok());
        for (names, periods) in
            [(["Q1", "Q2"], true), (["Orders 2023", "Orders 2024"], true), (["Jan", "Totals"], false)]
        {
            assert_eq!(are_periods(&names), periods, "{names:?}");
        }
        let later: &[&[&str]] = &[
            &["customer", "date", "amount", "note", "place"],
            &["c", "2024-03-03", "7", "late", "Ulm"],
            &["d", "2024-03-04", "8"],
        ];
        let earlier: &[&[&str]] =
            &[&["date", "customer", "amount", "place"], &["2024-03-01", "a", "5", "Bonn"]];
        let (found, _folder) =
            book(&[("Jan", earlier), ("Notes", NOTES), ("Feb", later)], None).expect("both");
        assert_eq!(
            fs_err::read_to_string(&found.path).expect("there"),
            "customer,date,amount,note,place\na,2024-03-01,5,,Bonn\nc,2024-03-03,7,late,Ulm\nd,2024-03-04,8,,\n"
        );
        assert_eq!(found.numbers, [false, false, true, false, false]);
        assert!(book(&[("Jan", ORDERS), ("Feb", ORDERS)], Some("Feb")).is_ok());
        let with_totals = [("Jan", ORDERS), ("Feb", ORDERS), ("Totals", ORDERS)];
        let asked = book(&with_totals, None).expect_err("totals").question.expect("a question");
        assert_eq!(asked.readings.last().map(|r| r.setting.as_str()), Some("source.sheet=\"!Totals\""));
        let (found, _folder) = book(&with_totals, Some("!Totals")).expect("months");
        assert!(found.notes[0].contains("`Jan` (2 rows) and `Feb`"), "{:?}", found.notes);
        let missing = book(&[("Jan", ORDERS)], Some("Mar")).expect_err("none");
        assert_eq!((missing.kind, missing.hint.as_deref()), (Kind::Config, Some("it has `Jan`")));
        let empty = book(&[("Sheet1", &[])], None).expect_err("empty");
        assert!(empty.message.contains("without a table"));
    }
}
