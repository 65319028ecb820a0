//! Samples rows from later parts of a file, to detect changes before the file is read.
//!
//! Deliberately not here: what a change means. Every assumption is still checked on every row; these rows
//! only make it more likely that the first plan is right.

use std::io::{Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{UTF_16BE, UTF_16LE};

use super::TextTable;
use super::kinds::{self, Stored};
use super::layout::{SAMPLE_BYTES, SAMPLE_ROWS};
use super::line_ends::LineEnds;
use super::streams::{HEAD_BYTES, read_head};
use crate::records::Records;

/// Number of positions to sample.
pub(crate) const PLACES: usize = 8;
/// Rows per position.
pub(crate) const ROWS: usize = 200;
/// Bytes read per position.
const PLACE_BYTES: u64 = 64 << 10;
/// Positions with fewer bytes are skipped: they hold only a few lines.
const MIN_BYTES: u64 = 256;
/// Lines at the end of a file that may be footers.
const FOOTER_LINES: usize = 12;

/// Rows between the sample and the end of the file, evenly spaced.
///
/// Shape: empty if the file is compressed, if its encoding has no byte-wise line ends, or if the sample is
/// the whole file.
pub(super) fn later_rows(path: &Path, table: &TextTable, sample: &[Vec<String>]) -> Vec<Vec<String>> {
    read(path, table, sample).unwrap_or_default()
}

fn read(path: &Path, table: &TextTable, sample: &[Vec<String>]) -> std::io::Result<Vec<Vec<String>>> {
    let end = fs_err::metadata(path)?.len();
    let is_all = sample.len() < SAMPLE_ROWS && end <= SAMPLE_BYTES as u64;
    if is_all || table.short_rows {
        return Ok(Vec::new());
    }
    let mut file = fs_err::File::open(path)?;
    let head = read_head(&mut file, HEAD_BYTES)?;
    let encoding = table.form.encoding;
    let is_compressed = matches!(kinds::detect_stored(&head), Stored::Gzip | Stored::Zstd);
    let spans_lines = sample.iter().flatten().any(|cell| cell.contains('\n'));
    let has_lines = table.form.line_ends == LineEnds::Lf && encoding != UTF_16LE && encoding != UTF_16BE;
    if is_compressed || spans_lines || !has_lines {
        return Ok(Vec::new());
    }
    // The sample's cells no longer have their quotes.
    let cells: usize = sample.iter().map(|row| row.iter().map(|cell| cell.len() + 1).sum::<usize>()).sum();
    let quotes = memchr::memchr_iter(b'"', &head).count();
    let seen = cells as u64 * head.len() as u64 / (head.len() - quotes).max(1) as u64;
    let seen = if sample.len() < SAMPLE_ROWS { seen.max(SAMPLE_BYTES as u64) } else { seen };
    let begin = seen + head.len().min(4096) as u64;
    let step = end.saturating_sub(begin) / PLACES as u64;
    let bytes = step.min(PLACE_BYTES);
    if bytes < MIN_BYTES {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for place in 1..=PLACES as u64 {
        // The first lines at each position; at the end of the file, the last ones.
        let is_last = place == PLACES as u64;
        let at = if is_last { end - bytes } else { begin + (place - 1) * step };
        file.seek(SeekFrom::Start(at))?;
        let mut data = read_head(&mut file, bytes as usize)?;
        let Some(first) = memchr::memchr(b'\n', &data) else { continue };
        let Some(last) = memchr::memrchr(b'\n', &data).filter(|last| *last > first) else { continue };
        data.truncate(last + 1);
        let text = encoding.decode_without_bom_handling(&data[first + 1..]).0;
        let mut records = Records::new(text.as_bytes(), 1, table.delimiter, table.width);
        let mut found = Vec::new();
        while let Some(record) = records.next_record() {
            if record.well_formed && !table.is_header(record.raw) {
                let cell = |i| String::from_utf8_lossy(record.field(i)).into_owned();
                found.push((0..table.width).map(cell).collect::<Vec<_>>());
            }
        }
        if is_last {
            found.truncate(found.len().saturating_sub(FOOTER_LINES));
        }
        let most = found.len().min(ROWS);
        rows.extend(if is_last {
            found.split_off(found.len() - most)
        } else {
            found.into_iter().take(most).collect()
        });
    }
    Ok(rows)
}
