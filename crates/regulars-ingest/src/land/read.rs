//! Reads the rows of one task, for any storage format.

use std::sync::Arc;

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use regulars_core::columns::Column;

use super::{FileLayout, OrderFile, Pass, Stop, Task};
use crate::blocks::Block;
use crate::cells::Cell;
use crate::classify::{Cells, Rejection};
use crate::error::{Error, Kind};
use crate::files::{Repaired, TextTable};
use crate::parquet_rows::{BatchCells, BatchRow, with_words};
use crate::records::{Record, Records};
use crate::schema::slot;

/// Rows per batch, so that its columns fit in the processor's cache.
pub(super) const BATCH_ROWS: usize = 1 << 13;

/// Receives every row of a task, in order.
pub(super) trait Visit {
    /// A row with as many fields as the header; `raw` is its source text.
    fn row(
        &mut self,
        record: &impl Cells,
        line: u64,
        width: usize,
        raw: impl FnOnce() -> String,
    ) -> Result<(), Stop>;
    /// A whole batch of rows; false, with nothing done, to receive the rows individually instead.
    fn batch(
        &mut self,
        _batch: &BatchCells,
        _rows: usize,
        _first_line: u64,
        _width: usize,
    ) -> Result<bool, Stop> {
        Ok(false)
    }
    /// A malformed row.
    fn reject(&mut self, line: u64, rejection: &Rejection, raw: &str);
    /// Repaired lines that were not UTF-8.
    fn repaired(&mut self, repaired: &Repaired);
}

/// Passes the rows of `task` to `visit`.
pub(super) fn read(pass: &Pass<'_>, task: Task, visit: &mut impl Visit) -> Result<(), Stop> {
    let file = &pass.files[task.file()];
    match task {
        Task::Text { block, .. } => match &file.layout {
            FileLayout::Text(table) => read_text(table, block, visit),
            FileLayout::Parquet { .. } => Ok(()),
        },
        Task::Rows { row_group, offset, rows, first_row, .. } => {
            read_parquet(file, pass.hash_rows, (row_group, offset, rows), first_row, visit)
        }
    }
}

fn read_text(table: &TextTable, mut block: Block, visit: &mut impl Visit) -> Result<(), Stop> {
    for line in &block.overlong {
        let rejection =
            Rejection { reason: "line_too_long", column: "", value: format!("{} bytes", line.bytes) };
        visit.reject(line.line, &rejection, &String::from_utf8_lossy(&line.beginning));
    }
    if let Some(repaired) = table.form.non_utf8.repair(&mut block.data) {
        visit.repaired(&repaired);
    }
    let footer = if block.last { table.footer_line(&block.data, block.first_line) } else { None };
    let footer = footer.unwrap_or(u64::MAX);
    let mut records = Records::new(&block.data, block.first_line, table.delimiter, table.width)
        .short_rows(table.short_rows);
    while let Some(record) = records.next_record() {
        if record.line >= footer || table.is_header(record.raw) {
            let reason = if record.line >= footer { "footer" } else { "repeated_header" };
            let rejection = Rejection { reason, column: "", value: text(record.raw, 120) };
            visit.reject(record.line, &rejection, &text(record.raw, 2_000));
        } else if record.well_formed {
            visit.row(&record, record.line, table.width, || {
                String::from_utf8_lossy(record.raw).into_owned()
            })?;
        } else {
            read_malformed(table, &record, visit)?;
        }
    }
    Ok(())
}

/// Handles a record whose number of fields differs from the header.
fn read_malformed(table: &TextTable, record: &Record<'_>, visit: &mut impl Visit) -> Result<(), Stop> {
    if let Some(reason) = table.broken_reason(record.len()) {
        let rejection = Rejection { reason, column: "", value: text(record.field(0), 500) };
        visit.reject(record.line, &rejection, &text(record.field(1), 2_000));
        return Ok(());
    }
    // Lines that end in a lone CR, in a file whose other lines do not.
    let pieces: Vec<&[u8]> =
        record.raw.split(|b| *b == b'\r').filter(|p| !p.trim_ascii().is_empty()).collect();
    if record.len() > 0 && pieces.len() > 1 && pieces.iter().all(|piece| fits(table, piece)) {
        for piece in pieces {
            let mut records = Records::new(piece, record.line, table.delimiter, table.width);
            if let Some(row) = records.next_record() {
                visit.row(&row, row.line, table.width, || text(piece, usize::MAX))?;
            }
        }
        return Ok(());
    }
    let value = match record.len() {
        0 => "a quote that is not closed".to_owned(),
        n => format!("{n} {}, expected {}", if n == 1 { "field" } else { "fields" }, table.width),
    };
    let rejection = Rejection { reason: "wrong_width", column: "", value };
    visit.reject(record.line, &rejection, &text(record.raw, 2_000));
    Ok(())
}

/// Whether a piece of a line is a row by itself.
fn fits(table: &TextTable, piece: &[u8]) -> bool {
    let mut records = Records::new(piece, 1, table.delimiter, table.width);
    records.next_record().is_some_and(|record| record.well_formed)
}

fn text(bytes: &[u8], most: usize) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(most)]).into_owned()
}

fn read_parquet(
    file: &OrderFile,
    all_columns: bool,
    (row_group, offset, rows): (usize, usize, usize),
    first_row: u64,
    visit: &mut impl Visit,
) -> Result<(), Stop> {
    let FileLayout::Parquet { width } = file.layout else {
        return Ok(());
    };
    let shown = &file.shown;
    let broken = |e: String| {
        Error::new(Kind::Unreadable, format!("`{shown}` cannot be read at row {first_row}: {e}"))
            .hint("the file may be cut off or damaged; write it again")
    };
    let opened = fs_err::File::open(&file.path).map_err(|e| Error::io("open", shown, &e))?.into_file();
    let mut metadata = ArrowReaderMetadata::load(&opened, ArrowReaderOptions::default())
        .map_err(|e| broken(e.to_string()))?;
    let words = [Column::ProductCategory, Column::PaymentMethod, Column::Status];
    let words = words.into_iter().filter_map(|c| file.rules.index[slot(c)]);
    let words = words.chain(file.rules.sales.iter().filter(|r| !r.is_filled()).map(|r| r.index));
    // If a file cannot be read with dictionaries, it is read as it is.
    if let Some(schema) = with_words(metadata.schema(), words)
        && let Ok(as_words) = ArrowReaderMetadata::try_new(
            Arc::clone(metadata.metadata()),
            ArrowReaderOptions::new().with_schema(schema),
        )
    {
        metadata = as_words;
    }
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, metadata);
    // Finding duplicates takes all columns; otherwise only the columns in use are read.
    let readable: Vec<bool> =
        builder.schema().fields().iter().map(|f| crate::parquet_rows::is_readable(f.data_type())).collect();
    let used = |i: usize| file.uses(i) || file.row_key.contains(&i);
    let wanted: Vec<usize> = (0..width).filter(|i| used(*i) || (all_columns && readable[*i])).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let selection = RowSelection::from(vec![RowSelector::skip(offset), RowSelector::select(rows)]);
    let reader = builder
        .with_projection(mask)
        .with_row_groups(vec![row_group])
        .with_row_selection(selection)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|e| broken(e.to_string()))?;
    let mut row_number = first_row;
    for batch in reader {
        let batch = batch.map_err(|e| broken(e.to_string()))?;
        let cells = BatchCells::new(&batch, &wanted, width, shown)?;
        if visit.batch(&cells, batch.num_rows(), row_number, width)? {
            row_number += batch.num_rows() as u64;
            continue;
        }
        for row in 0..batch.num_rows() {
            let record = BatchRow { batch: &cells, row };
            visit.row(&record, row_number, width, || raw_row(&record, &batch, &wanted, &file.row_key))?;
            row_number += 1;
        }
    }
    Ok(())
}

/// The values of a row, those of its key first.
fn raw_row(record: &BatchRow<'_>, batch: &RecordBatch, wanted: &[usize], key: &[usize]) -> String {
    let of_key = |index: usize| key.iter().position(|of_key| *of_key == index).unwrap_or(key.len());
    let mut fields: Vec<(usize, String)> = wanted
        .iter()
        .zip(batch.schema().fields())
        .map(|(index, field)| (of_key(*index), format!("{}={}", field.name(), record.cell(*index).text())))
        .collect();
    fields.sort_by_key(|(of_key, _)| *of_key);
    fields.into_iter().map(|(_, field)| field).collect::<Vec<String>>().join(", ")
}

impl Cells for Record<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        Cell::Text(self.field(column))
    }
}
