//! Splits the files into tasks, on a separate thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{FileLayout, OrderFile, Pass, Shared, TASK_ROWS, Task, text_blocks};
use crate::error::{Error, Kind, Result};
use crate::files::{self, TextTable};
use crate::locations::{Location, Storage};
use crate::open::{Fingerprint, RawStream};

/// Sends all tasks with their numbers, and returns what was read of each file.
pub(super) fn feed(
    pass: &Pass<'_>,
    tasks: &SyncSender<(usize, Task)>,
    stopped: &AtomicBool,
) -> Result<Vec<Fingerprint>> {
    let mut fingerprints = Vec::new();
    let mut number = 0;
    for (index, file) in pass.files.iter().enumerate() {
        let location = Location {
            shown: file.shown.clone(),
            storage: Storage::Local(file.path.clone()),
            bytes: file.bytes,
            searched: false,
            table: None,
        };
        let mut raw = RawStream::open(&location, pass.runtime)?;
        if !pass.hash_files || file.original.is_some() {
            raw = raw.without_hash();
        }
        let mut send = |task: Task| {
            let sent = !stopped.load(Ordering::Relaxed) && tasks.send((number, task)).is_ok();
            number += 1;
            sent
        };
        let fingerprint = match &file.layout {
            FileLayout::Text(table) => feed_text(pass, index, file, raw, table, &mut send)?,
            FileLayout::Parquet { .. } => feed_parquet(pass, index, file, raw, &mut send)?,
        };
        let Some(fingerprint) = fingerprint else {
            break;
        };
        fingerprints.push(of_original(pass, file)?.unwrap_or(fingerprint));
    }
    Ok(fingerprints)
}

/// The fingerprint of a converted table's source, if it has not changed.
fn of_original(pass: &Pass<'_>, file: &OrderFile) -> Result<Option<Fingerprint>> {
    let Some(original) = &file.original else {
        return Ok(None);
    };
    let storage = Storage::Local(original.path.clone());
    let raw = RawStream::open(
        &Location { shown: file.shown.clone(), storage, bytes: file.bytes, searched: false, table: None },
        pass.runtime,
    )?;
    let fingerprint = if pass.hash_files { raw.finish() } else { raw.without_hash().finish_unread() }?;
    original.check_unchanged(&file.shown)?;
    Ok(Some(fingerprint))
}

fn feed_text(
    pass: &Pass<'_>,
    index: usize,
    file: &OrderFile,
    raw: RawStream,
    table: &TextTable,
    send: &mut dyn FnMut(Task) -> bool,
) -> Result<Option<Fingerprint>> {
    let raw = Arc::new(Mutex::new(raw));
    let broken = |e: std::io::Error| {
        Error::new(Kind::Unreadable, format!("`{}` cannot be read to its end: {e}", file.shown))
            .hint("the file may be cut off or damaged; export or copy it again")
    };
    let stream = files::text_of(Box::new(Shared(Arc::clone(&raw))), &table.form, &file.shown)?;
    let mut blocks = text_blocks(stream, table).map_err(broken)?;
    let mut reported = 0;
    // Progress counts bytes of the named file, but a converted copy has another size.
    let stored = fs_err::metadata(&file.path).map_or(0, |meta| meta.len());
    let share = |read: u64| match &file.original {
        Some(_) => (u128::from(read) * u128::from(file.bytes) / u128::from(stored.max(1))) as u64,
        None => read,
    };
    while let Some(block) = blocks.next_block().map_err(broken)? {
        let read = raw.lock().map_or(reported, |raw| share(raw.bytes_read()));
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
