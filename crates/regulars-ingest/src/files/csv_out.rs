//! Writes the CSV that other formats are converted to before they are read.
//!
//! A row is written to the line with its row number in the source, with blank lines in between. So reported
//! line numbers are row numbers of the sheet or line numbers of the JSON file.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A CSV file being written.
pub(crate) struct CsvOut {
    out: BufWriter<fs_err::File>,
    path: PathBuf,
    /// The next line to write.
    line: u64,
    row: Vec<u8>,
}

impl CsvOut {
    /// Creates a file in `scratch`.
    pub(crate) fn create(scratch: &Path) -> Result<Self> {
        let (file, path) = new_file(scratch, "table", "csv")?;
        Ok(Self { out: BufWriter::with_capacity(1 << 18, file), path, line: 1, row: Vec::new() })
    }

    /// Writes a row to `line`, or to the next line if that one is already written.
    pub(crate) fn row<'a>(&mut self, line: u64, fields: impl IntoIterator<Item = &'a str>) -> Result<()> {
        while self.line < line {
            self.row.push(b'\n');
            self.line += 1;
        }
        for (i, field) in fields.into_iter().enumerate() {
            if i > 0 {
                self.row.push(b',');
            }
            push_field(&mut self.row, field);
        }
        self.row.push(b'\n');
        self.line += 1;
        let written = self.out.write_all(&self.row);
        self.row.clear();
        written.map_err(|e| self.failed(&e))
    }

    /// Writes an unreadable row with one field more than the table's `width`: the reason, and its source
    /// text.
    pub(super) fn broken_row(&mut self, line: u64, width: usize, why: &str, raw: &str) -> Result<()> {
        let raw: String = raw.chars().take(2_000).collect();
        let fillers = std::iter::repeat_n("-", (width + 1).saturating_sub(2));
        self.row(line, [why, raw.as_str()].into_iter().chain(fillers))
    }

    /// Closes the file.
    pub(crate) fn finish(mut self) -> Result<PathBuf> {
        let flushed = self.out.flush();
        flushed.map_err(|e| self.failed(&e))?;
        Ok(self.path)
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::io("write", &self.path.display().to_string(), error)
    }
}

/// Appends a field without line breaks, quoted if necessary.
fn push_field(row: &mut Vec<u8>, field: &str) {
    let plain = !field.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r' | 0));
    if plain {
        row.extend_from_slice(field.as_bytes());
        return;
    }
    row.push(b'"');
    let mut after_cr = false;
    for byte in field.bytes() {
        match byte {
            b'"' => row.extend_from_slice(b"\"\""),
            b'\n' if after_cr => {}
            b'\n' | b'\r' => row.push(b' '),
            0 => {}
            other => row.push(other),
        }
        after_cr = byte == b'\r';
    }
    row.push(b'"');
}

/// Creates a new file in `scratch`.
pub(super) fn new_file(scratch: &Path, stem: &str, ending: &str) -> Result<(fs_err::File, PathBuf)> {
    let mut number = 1;
    loop {
        let path = scratch.join(format!("{stem}-{number}.{ending}"));
        match fs_err::File::create_new(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(Error::io("write", &path.display().to_string(), &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_their_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut out = CsvOut::create(folder.path()).expect("writable");
        out.row(2, ["a", "b,c", "say \"x\""]).expect("writable");
        out.row(5, ["two\r\nlines", "", "z\0"]).expect("writable");
        out.broken_row(6, 3, "no", "{\"a\"").expect("writable");
        let path = out.finish().expect("writable");
        let text = fs_err::read_to_string(path).expect("there");
        assert_eq!(text, "\na,\"b,c\",\"say \"\"x\"\"\"\n\n\n\"two lines\",,\"z\"\nno,\"{\"\"a\"\"\",-,-\n");
        let again = CsvOut::create(folder.path()).expect("another");
        assert!(again.path.ends_with("table-2.csv"));
    }
}
