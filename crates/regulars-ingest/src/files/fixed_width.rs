//! Fixed-width text, whose columns are only separated by blanks, as printed by databases and mainframes.
//!
//! It is read if the columns are clear: blanks in the same position of every line, or a line of dashes below
//! the header. Every line is then checked against the columns; lines that cross them are rejected.

use std::io::{BufRead, BufReader};

use super::Converted;
use super::csv_out::CsvOut;
use super::streams::TextStream;
use crate::error::{Error, Kind, Result};

/// Lines to examine.
const MAX_LINES: usize = 2_000;
/// Lines before or after the table that may have another form.
const MAX_PREAMBLE_LINES: usize = 8;

/// Start of each column, in characters; a column ends where the next one starts.
type Starts = Vec<usize>;

/// The columns of a text, if clear: at least three, in at least three lines.
pub(super) fn columns(head: &str) -> Option<Starts> {
    if head.contains('\t') {
        return None;
    }
    let lines: Vec<Vec<char>> = head
        .lines()
        .map(|line| line.trim_end().chars().collect())
        .filter(|line: &Vec<char>| !line.is_empty())
        .take(MAX_LINES)
        .collect();
    if let Some(rule) = lines.iter().find(|line| is_rule(line)) {
        let starts = starts_of(rule.iter().map(|c| *c == ' '), 1);
        return (starts.len() > 1).then_some(starts);
    }
    // Titles may precede the table, and totals follow it.
    for skipped in 0..MAX_PREAMBLE_LINES.min(lines.len()) {
        for left_out in 0..3.min(lines.len() - skipped) {
            let body = &lines[skipped..lines.len() - left_out];
            if body.len() < 3 {
                break;
            }
            let width = body.iter().map(Vec::len).max().unwrap_or(0);
            let blank = (0..width).map(|at| body.iter().all(|line| line.get(at).is_none_or(|c| *c == ' ')));
            let starts = starts_of(blank, 2);
            let full = |line: &Vec<char>| cells(line, &starts).iter().filter(|c| !c.is_empty()).count();
            // The header names every column, and rows fill most of them.
            if starts.len() > 2
                && full(&body[0]) == starts.len()
                && body.iter().map(full).sum::<usize>() * 10 >= body.len() * starts.len() * 6
            {
                return Some(starts);
            }
        }
    }
    None
}

fn is_rule(line: &[char]) -> bool {
    line.iter().all(|c| matches!(c, '-' | '=' | ' '))
        && line.windows(3).any(|w| matches!(w, ['-' | '=', ' ', '-' | '=']))
}

/// Positions where text begins after at least `gap` blanks.
fn starts_of(blank: impl Iterator<Item = bool>, gap: usize) -> Starts {
    let mut starts = Vec::new();
    let mut blanks = gap;
    for (at, is_blank) in blank.enumerate() {
        if is_blank {
            blanks += 1;
        } else {
            if blanks >= gap {
                starts.push(at);
            }
            blanks = 0;
        }
    }
    starts
}

fn cells(line: &[char], starts: &[usize]) -> Vec<String> {
    starts
        .iter()
        .enumerate()
        .map(|(i, start)| {
            let start = if i == 0 { 0 } else { (*start).min(line.len()) };
            let end = starts.get(i + 1).map_or(line.len(), |end| (*end).min(line.len()));
            line[start.min(end)..end].iter().collect::<String>().trim().to_owned()
        })
        .collect()
}

/// Whether a line has a blank before every column.
fn keeps_to(line: &[char], starts: &[usize]) -> bool {
    starts.iter().filter(|start| **start > 0).all(|start| line.get(start - 1).is_none_or(|c| *c == ' '))
}

/// Converts the text to a table.
pub(super) fn convert(text: TextStream, starts: &[usize], shown: &str, mut out: CsvOut) -> Result<Converted> {
    let mut text = BufReader::with_capacity(1 << 18, text);
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        let read = text.read_until(b'\n', &mut bytes).map_err(|e| {
            Error::new(Kind::Unreadable, format!("`{shown}` cannot be read to its end: {e}"))
                .hint("the file may be cut off or damaged; export or copy it again")
        })?;
        if read == 0 {
            break;
        }
        number += 1;
        let line = String::from_utf8_lossy(&bytes);
        let line: Vec<char> = line.trim_end().chars().collect();
        if line.is_empty() {
            continue;
        }
        if keeps_to(&line, starts) {
            let cells = cells(&line, starts);
            out.row(number, cells.iter().map(String::as_str))?;
        } else {
            let raw: String = line.iter().collect();
            out.broken_row(number, starts.len(), "text runs across columns", &raw)?;
        }
    }
    Ok(Converted {
        path: out.finish()?,
        notes: vec![format!("{shown}: columns of fixed width, {} of them", starts.len())],
        doubts: vec![
            "its columns are detected by spaces; if they are wrong, export it with a delimiter".to_owned(),
        ],
        numbers: Vec::new(),
        first_line: None,
        broken: Some("wrong_width"),
        short_rows: false,
    })
}

/// A hint if a one-column text seems to have several columns separated by blanks.
pub(super) fn suspicion(header: &str) -> Option<String> {
    let apart = header.trim().split("  ").filter(|part| !part.trim().is_empty()).count();
    (apart > 2).then(|| {
        "its columns seem to have a fixed width but cannot be separated reliably; export it with a delimiter, or convert it: in a spreadsheet by \"Text to Columns\", in Python by pandas.read_fwf"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn converted(text: &str) -> Option<String> {
        let starts = columns(text)?;
        let folder = tempfile::tempdir().expect("a folder");
        let out = CsvOut::create(folder.path()).expect("writable");
        let found =
            convert(Box::new(Cursor::new(text.as_bytes().to_vec())), &starts, "x", out).expect("read");
        Some(fs_err::read_to_string(found.path).expect("there"))
    }

    #[test]
    fn plain_columns_are_read() {
        let text = "\
customer    date          amount
Ann Smith   2024-03-01     10.00
Łukasz      2024-03-02      5.50
";
        assert_eq!(
            converted(text).as_deref(),
            Some("customer,date,amount\nAnn Smith,2024-03-01,10.00\nŁukasz,2024-03-02,5.50\n")
        );
        let ruled = "\
id date       amount
-- ---------- ------
 1 2024-03-01  10.00
 2 2024-03-02   5.50
";
        assert_eq!(
            converted(ruled).as_deref(),
            Some("id,date,amount\n--,----------,------\n1,2024-03-01,10.00\n2,2024-03-02,5.50\n")
        );
        let titled =
            format!("Orders of the shop, March\n\n{text}Total: 15.50 of all customers of the month\n");
        assert_eq!(
            converted(&titled).as_deref(),
            Some(
                "text runs across columns,\"Orders of the shop, March\",-,-\n\ncustomer,date,amount\nAnn Smith,2024-03-01,10.00\nŁukasz,2024-03-02,5.50\ntext runs across columns,Total: 15.50 of all customers of the month,-,-\n"
            )
        );
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in [
            "only\n1\n2\n3\n",
            "a b c\n1 2 3\n4 5 6\n",
            "a long line of words\nand another one\nand a third\n",
        ] {
            assert_eq!(converted(text), None, "{text}");
        }
        assert!(suspicion("id   date    amount").is_some());
        assert!(suspicion("customer name").is_none());
    }
}
