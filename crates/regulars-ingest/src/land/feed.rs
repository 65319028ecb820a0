//! Cuts the files into tasks; runs on a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{FileLayout, OrderFile, Pass, Shared, TASK_ROWS, Task, text_blocks};
use crate::error::{Error, Kind, Result};
use crate::locations::{Location, Place};
use crate::open::{Fingerprint, RawStream};
use crate::text;

/// Sends every task, numbered, and returns what was read of each file.
pub(super) fn feed(
    pass: &Pass<'_>,
    tasks: &SyncSender<(usize, Task)>,
    stopped: &AtomicBool,
) -> Result<Vec<Fingerprint>> {
    let mut fingerprints = Vec::new();
    let mut number = 0;
    for (index, file) in pass.files.iter().enumerate() {
        let location =
            Location { shown: file.shown.clone(), place: Place::Local(file.path.clone()), bytes: file.bytes };
        let mut raw = RawStream::open(&location, pass.runtime)?;
        if !pass.hash_files {
            raw = raw.without_hash();
        }
        let mut send = |task: Task| {
            let sent = !stopped.load(Ordering::Relaxed) && tasks.send((number, task)).is_ok();
            number += 1;
            sent
        };
        let fingerprint = match file.layout {
            FileLayout::Text { encoding, .. } => feed_text(pass, index, file, raw, encoding, &mut send)?,
            FileLayout::Parquet { .. } => feed_parquet(pass, index, file, raw, &mut send)?,
        };
        let Some(fingerprint) = fingerprint else {
            break;
        };
        fingerprints.push(fingerprint);
    }
    Ok(fingerprints)
}

fn feed_text(
    pass: &Pass<'_>,
    index: usize,
    file: &OrderFile,
    raw: RawStream,
    encoding: regulars_core::config::Encoding,
    send: &mut dyn FnMut(Task) -> bool,
) -> Result<Option<Fingerprint>> {
    let raw = Arc::new(Mutex::new(raw));
    let broken = |e: std::io::Error| {
        Error::new(Kind::Unreadable, format!("`{}` cannot be read to its end: {e}", file.shown))
            .hint("the file may be cut off or damaged; export or copy it again")
    };
    let (stream, _) = text::decode(Box::new(Shared(Arc::clone(&raw))), Some(encoding), &file.shown)?;
    let Some(mut blocks) = text_blocks(stream, file).map_err(broken)? else {
        return Ok(None);
    };
    let mut reported = 0;
    while let Some(block) = blocks.next_block().map_err(broken)? {
        let read = raw.lock().map_or(reported, |raw| raw.bytes_read());
        pass.progress.advance(read.saturating_sub(reported));
        reported = read;
        if !send(Task::Text { file: index, block }) {
            return Ok(None);
        }
    }
    drop(blocks);
    let raw = Arc::into_inner(raw).and_then(|raw| raw.into_inner().ok());
    raw.map(RawStream::finish).transpose()
}

fn feed_parquet(
    pass: &Pass<'_>,
    index: usize,
    file: &OrderFile,
    raw: RawStream,
    send: &mut dyn FnMut(Task) -> bool,
) -> Result<Option<Fingerprint>> {
    let opened = fs_err::File::open(&file.path).map_err(|e| Error::io("open", &file.shown, &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(opened.into_file()).map_err(|e| {
        Error::new(Kind::Unreadable, format!("`{}` is not a readable Parquet file: {e}", file.shown))
    })?;
    let groups = builder.metadata().row_groups();
    let total: u64 = groups.iter().map(|g| g.num_rows() as u64).sum();
    let mut first_row = 1;
    for (row_group, group) in groups.iter().enumerate() {
        let rows = group.num_rows() as usize;
        for offset in (0..rows).step_by(TASK_ROWS) {
            let wanted = TASK_ROWS.min(rows - offset);
            if !send(Task::Rows { file: index, row_group, offset, rows: wanted, first_row }) {
                return Ok(None);
            }
            first_row += wanted as u64;
            pass.progress.advance(file.bytes * wanted as u64 / total.max(1));
        }
    }
    if pass.hash_files { raw.finish() } else { raw.finish_unread() }.map(Some)
}
