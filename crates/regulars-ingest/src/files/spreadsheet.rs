//! Workbooks: `.xlsx`, `.xlsb`, `.xls` and `.ods`, read with `calamine`.
//!
//! Every sheet becomes a CSV whose lines are the rows of the sheet; [`super::sheets`] chooses one. Numbers
//! are written with up to fifteen digits, dates as ISO timestamps, errors as their text.

use std::borrow::Cow;
use std::io::BufReader;
use std::path::Path;

use calamine::{DataType, ExcelDateTime, Ods, Reader, SheetType, Xls, Xlsb, Xlsx};

use super::csv_out::CsvOut;
use super::kinds::refusal;
use super::sheets::{Sheet, SheetRows};
use crate::error::{Error, Kind, Result};

/// The format of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

type Stored = BufReader<std::fs::File>;

/// Converts all sheets of a workbook to files in `scratch`.
///
/// Errors: [`Kind::Unreadable`] for a file that is damaged, password-protected, or not a workbook.
pub(super) fn read_sheets(path: &Path, format: Format, shown: &str, scratch: &Path) -> Result<Vec<Sheet>> {
    let file = fs_err::File::open(path).map_err(|e| Error::io("open", shown, &e))?;
    let stored = BufReader::new(file.into_file());
    match format {
        Format::Xlsx => {
            let mut book = open::<Xlsx<Stored>>(stored, path, shown)?;
            each_sheet(&names(&book), scratch, |name, rows| {
                let failed = |e: calamine::XlsxError| broken(shown, name, &e);
                let mut cells = book.worksheet_cells_reader(name).map_err(failed)?;
                while let Some(cell) = cells.next_cell().map_err(failed)? {
                    put(rows, cell.get_position(), cell.get_value())?;
                }
                Ok(())
            })
        }
        Format::Xlsb => {
            let mut book = open::<Xlsb<Stored>>(stored, path, shown)?;
            each_sheet(&names(&book), scratch, |name, rows| {
                let failed = |e: calamine::XlsbError| broken(shown, name, &e);
                let mut cells = book.worksheet_cells_reader(name).map_err(failed)?;
                while let Some(cell) = cells.next_cell().map_err(failed)? {
                    put(rows, cell.get_position(), cell.get_value())?;
                }
                Ok(())
            })
        }
        Format::Xls => whole_sheets(&mut open::<Xls<Stored>>(stored, path, shown)?, shown, scratch),
        Format::Ods => whole_sheets(&mut open::<Ods<Stored>>(stored, path, shown)?, shown, scratch),
    }
}

/// The sheets with cells, rather than charts or macros.
fn names<B: Reader<Stored>>(book: &B) -> Vec<String> {
    let cells = |kind: SheetType| kind == SheetType::WorkSheet;
    book.sheets_metadata().iter().filter(|s| cells(s.typ)).map(|s| s.name.clone()).collect()
}

fn whole_sheets<B: Reader<Stored>>(book: &mut B, shown: &str, scratch: &Path) -> Result<Vec<Sheet>>
where
    B::Error: std::fmt::Display,
{
    each_sheet(&names(book), scratch, |name, rows| {
        let range = book.worksheet_range(name).map_err(|e| broken(shown, name, &e))?;
        let (row, column) = range.start().unwrap_or_default();
        for (r, c, cell) in range.used_cells() {
            put(rows, (row + r as u32, column + c as u32), cell)?;
        }
        Ok(())
    })
}

fn each_sheet(
    names: &[String],
    scratch: &Path,
    mut read: impl FnMut(&str, &mut SheetRows) -> Result<()>,
) -> Result<Vec<Sheet>> {
    let mut sheets = Vec::new();
    for name in names {
        let mut rows = SheetRows::new(CsvOut::create(scratch)?);
        read(name, &mut rows)?;
        sheets.push(rows.finish(name)?);
    }
    Ok(sheets)
}

fn open<B: Reader<Stored>>(stored: Stored, path: &Path, shown: &str) -> Result<B>
where
    B::Error: std::fmt::Display,
{
    B::new(stored).map_err(|error| {
        let reason = error.to_string();
        if reason.contains("password") || is_encrypted(path) {
            return Error::new(
                Kind::Unreadable,
                format!("`{shown}` is a workbook that is protected by a password"),
            )
            .hint("open it with the password, and save it without one or as CSV");
        }
        // Old documents and emails use the same container as old workbooks.
        if reason.contains("Cannot find") || reason.contains("not found") {
            return refusal(
                shown,
                "an old Office document without a workbook",
                "open it, and save the table as CSV or .xlsx",
            );
        }
        Error::new(Kind::Unreadable, format!("`{shown}` is a workbook that cannot be opened: {reason}"))
            .hint("the file may be cut off or damaged; open it in a spreadsheet and save it again, or as CSV")
    })
}

/// Whether the container holds an encrypted package, by its directory.
fn is_encrypted(path: &Path) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs_err::read(path).is_ok_and(|bytes| memchr::memmem::find(&bytes, &name).is_some())
}

fn broken(shown: &str, sheet: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::Unreadable, format!("sheet `{sheet}` of `{shown}` cannot be read: {error}"))
        .hint("open it in a spreadsheet and save it again, or as CSV")
}

fn put(rows: &mut SheetRows, position: (u32, u32), cell: &impl DataType) -> Result<()> {
    if cell.is_empty() {
        return Ok(());
    }
    let is_number = cell.is_float() || cell.is_int();
    rows.put(position.0, position.1, &text(cell), is_number)
}

/// A cell as text.
fn text<C: DataType>(cell: &C) -> Cow<'_, str> {
    if let Some(text) = cell.get_string() {
        return Cow::Borrowed(text);
    }
    if let Some(number) = cell.get_float() {
        return Cow::Owned(number_text(number));
    }
    if let Some(number) = cell.get_int() {
        return Cow::Owned(number.to_string());
    }
    if let Some(flag) = cell.get_bool() {
        return Cow::Borrowed(if flag { "true" } else { "false" });
    }
    if let Some(moment) = cell.get_datetime() {
        return Cow::Owned(moment_text(&moment));
    }
    if let Some(iso) = cell.get_datetime_iso() {
        return Cow::Borrowed(plain_iso(iso));
    }
    if let Some(iso) = cell.get_duration_iso() {
        return Cow::Borrowed(iso);
    }
    cell.get_error().map_or(Cow::Borrowed(""), |error| Cow::Owned(error.to_string()))
}

/// Removes the time of a timestamp at midnight.
pub(super) fn plain_iso(iso: &str) -> &str {
    let zero = |time: &str| time.bytes().all(|b| matches!(b, b'0' | b':' | b'.'));
    match iso.split_once('T') {
        Some((day, time)) if zero(time) => day,
        _ => iso,
    }
}

/// Integers are exact up to here.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// A number as a spreadsheet shows it: an integer, or up to fifteen digits.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < WHOLE {
        return (number as i64).to_string();
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

/// A date, a time or a duration; days count from 1900 or 1904, depending on the workbook.
fn moment_text(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&serial) {
        let seconds = (serial * 86_400.0).round() as i64;
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.abs();
        return format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, millis) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, millis) {
        (0, 0, 0, 0) => date,
        (_, _, _, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}.{millis:03}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_a_spreadsheet_shows() {
        for (number, expected) in [
            (10.0, "10"),
            (-3.0, "-3"),
            (10.5, "10.5"),
            (0.1 + 0.2, "0.3"),
            (12.489_999_999_999_998, "12.49"),
            (1_234.567_8, "1234.5678"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (0.000_001, "0.000001"),
            (-0.0, "0"),
            (1e20, "100000000000000000000"),
        ] {
            assert_eq!(number_text(number), expected);
        }
    }

    #[test]
    fn moments_are_written_as_iso() {
        let moment = |serial: f64, is_1904: bool| {
            moment_text(&ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904))
        };
        assert_eq!(moment(45_352.0, false), "2024-03-01");
        assert_eq!(moment(45_352.0 + 14.0 / 24.0 + 5.0 / 1440.0, false), "2024-03-01 14:05:00");
        assert_eq!(moment(43_890.0, true), "2024-03-01");
        assert_eq!(moment(45_352.000_005_787, false), "2024-03-01 00:00:00.500");
        assert_eq!(moment(0.75, false), "18:00:00");
        let duration = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(moment_text(&duration), "36:00:00");
        assert_eq!(plain_iso("2024-03-01T00:00:00.000"), "2024-03-01");
        assert_eq!(plain_iso("2024-03-01T10:00:00"), "2024-03-01T10:00:00");
    }
}
