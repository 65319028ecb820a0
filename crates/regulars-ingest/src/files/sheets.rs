//! Sheets of a workbook as CSV, and the choice of the one that holds the orders.

use std::io::Read;
use std::path::PathBuf;

use super::csv_out::CsvOut;
use super::layout::{self, Given, SAMPLE_BYTES};
use super::{Converted, streams};
use crate::error::{Error, Kind, Result};
use crate::presets::normal_form;

/// One sheet, or one table of a page, as CSV.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    path: PathBuf,
    /// Rows with anything in them.
    rows: u64,
    /// By column whether it holds numbers and, below the first of them, nothing else.
    numbers: Vec<bool>,
}

/// Puts cells together to rows.
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

/// Widest sheet that is read.
const MOST_COLUMNS: u32 = 16_384;

impl SheetRows {
    pub(super) fn new(out: CsvOut) -> Self {
        Self { out, row: 0, cells: Vec::new(), rows: 0, numbers: Vec::new() }
    }

    /// Puts a cell, rows and columns from 0; rows come in order.
    pub(super) fn put(&mut self, row: u32, column: u32, text: &str, is_number: bool) -> Result<()> {
        if row != self.row {
            self.flush()?;
            // A row that comes late keeps its cells; its number is that of the line it stands in.
            self.row = row.max(self.row);
        }
        if column >= MOST_COLUMNS || text.is_empty() {
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
            rows: self.rows,
            numbers: self.numbers.iter().map(|n| n.some && !n.mixed).collect(),
        })
    }
}

/// What a sheet looks like.
struct Candidate {
    sheet: Sheet,
    header: Vec<String>,
    /// Rows below the header, about.
    rows: u64,
    /// Whether a column of it holds dates.
    has_dates: bool,
}

/// Chooses the sheet that looks like a table of orders: dates, and the most rows.
///
/// `what` names the kind of file, `part` what it consists of ("sheet").
/// Errors: [`Kind::Unreadable`] if all are empty, [`Kind::Config`] if there is none of the name asked
/// for, [`Kind::Unsure`] if another one has the same columns.
pub(super) fn choose(
    sheets: Vec<Sheet>,
    wanted: Option<&str>,
    shown: &str,
    what: &str,
    part: &str,
) -> Result<Converted> {
    let names: Vec<String> = sheets.iter().map(|s| format!("`{}`", s.name)).collect();
    let several = sheets.len() > 1;
    let mut candidates = Vec::new();
    let mut empty = Vec::new();
    for sheet in sheets {
        if wanted.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&sheet.name)) {
            discard(&sheet);
        } else {
            match look_at(&sheet, shown)? {
                Some((header, rows, has_dates)) => {
                    candidates.push(Candidate { sheet, header, rows, has_dates });
                }
                None => {
                    empty.push(sheet.name.clone());
                    discard(&sheet);
                }
            }
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
    let alike: Vec<&Candidate> =
        candidates.iter().filter(|c| c.rows > 0 && same_columns(&c.header, &best.header)).collect();
    if !alike.is_empty() {
        let list: Vec<String> = std::iter::once(&best)
            .chain(alike)
            .map(|c| format!("`{}` ({} rows)", c.sheet.name, c.rows))
            .collect();
        return Err(Error::new(
            Kind::Unsure,
            format!("`{shown}` has {} {part}s with the same columns: {}", list.len(), list.join(", ")),
        )
        .hint(format!(
            "name the one to read: `sheet = \"{}\"` under [source] in the configuration; to read all of them, save each as a CSV file",
            best.sheet.name
        )));
    }
    let mut notes = vec![if several {
        format!("{shown}: {part} `{}` is read, {} rows", best.sheet.name, best.rows)
    } else {
        format!("{shown}: {what}, {} rows", best.rows)
    }];
    let others: Vec<String> =
        candidates.iter().map(|c| format!("`{}` ({} rows)", c.sheet.name, c.rows)).collect();
    if !others.is_empty() {
        notes.push(format!("{shown}: {part}s left alone: {}", others.join(", ")));
    }
    for candidate in &candidates {
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

/// The header, the rows below it and whether it has dates; `None` for a sheet without a table.
fn look_at(sheet: &Sheet, shown: &str) -> Result<Option<(Vec<String>, u64, bool)>> {
    if sheet.rows == 0 {
        return Ok(None);
    }
    let mut text = streams::open_plain(&sheet.path, shown)?;
    let mut head = Vec::new();
    text.by_ref()
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|e| Error::io("read", shown, &e))?;
    let given = Given { delimiter: Some(b','), short_rows: true, complete: head.len() < SAMPLE_BYTES };
    let layout = layout::lay_out(&head, given, shown)?;
    let above = head
        .split(|b| *b == b'\n')
        .take(layout.lines_before as usize)
        .filter(|line| !line.trim_ascii().is_empty())
        .count() as u64;
    let rows = sheet.rows.saturating_sub(above);
    Ok(Some((layout.header, rows, !layout.dates.is_empty())))
}

fn same_columns(one: &[String], other: &[String]) -> bool {
    one.len() > 1
        && one.len() == other.len()
        && one.iter().zip(other).all(|(a, b)| normal_form(a) == normal_form(b))
}

fn discard(sheet: &Sheet) {
    // A copy that stays behind is only room in the scratch folder, which goes with the run.
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
    fn sheets_alike_are_asked_about_and_missing_ones_named() {
        let twice = book(&[("Jan", ORDERS), ("Feb", ORDERS)], None).expect_err("two");
        assert_eq!(twice.kind, Kind::Unsure);
        assert!(twice.message.contains("`Jan` (2 rows), `Feb` (2 rows)"), "{}", twice.message);
        assert!(book(&[("Jan", ORDERS), ("Feb", ORDERS)], Some("Feb")).is_ok());
        let missing = book(&[("Jan", ORDERS)], Some("Mar")).expect_err("none");
        assert_eq!((missing.kind, missing.hint.as_deref()), (Kind::Config, Some("it has `Jan`")));
        let empty = book(&[("Sheet1", &[])], None).expect_err("empty");
        assert!(empty.message.contains("without a table"));
    }
}
