//! Reads, judges and encodes the rows of one task.

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use regulars_core::columns::Column;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{FileLayout, OrderFile, Pass, Stop, Task, take_rejected, written};
use crate::blocks::Block;
use crate::cells::Cell;
use crate::checks::Tally;
use crate::classify::{Cells, Id, Memo, Rejection, Row, Verdict};
use crate::error::{Error, Kind, Result};
use crate::parquet_rows::{BatchCells, BatchRow};
use crate::records::{Record, Records};
use crate::schema::{slot, transactions};
use crate::tables_out::{RejectedBuilder, RowsBuilder};
use crate::text;

/// Rows a batch holds while it is built.
const BATCH_ROWS: usize = 1 << 16;

/// What one task landed.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) file: usize,
    /// The row group of the clean rows; empty without one.
    pub(crate) columns: Vec<ArrowColumnChunk>,
    pub(crate) excluded: Vec<RecordBatch>,
    pub(crate) rejected: Vec<RecordBatch>,
    pub(crate) tally: Tally,
    pub(crate) identity: Identity,
}

/// What tells the clean rows of a task from others.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    /// First and last transaction id, if they are whole numbers and ascend.
    pub(crate) ids: Option<(i64, i64)>,
    /// A hash of every field, by clean row; empty unless asked for.
    pub(crate) row_hashes: Vec<u64>,
    /// A hash of the transaction id.
    pub(crate) id_hashes: Vec<u64>,
}

/// Lands one task.
pub(super) fn run(pass: &Pass<'_>, factory: &ArrowRowGroupWriterFactory, number: usize, task: Task) -> std::result::Result<Landed, Stop> {
    let drops = pass.drops.get(number).map_or(&[][..], Vec::as_slice);
    match task {
        Task::Text { file, block } => {
            let mut work = Work::new(pass, factory, file, drops);
            work.text(block)?;
            work.finish()
        }
        Task::Rows { file, row_group, offset, rows, first_row } => {
            let mut work = Work::new(pass, factory, file, drops);
            work.parquet(row_group, offset, rows, first_row)?;
            work.finish()
        }
    }
}

struct Work<'a> {
    pass: &'a Pass<'a>,
    factory: &'a ArrowRowGroupWriterFactory,
    file_index: usize,
    file: &'a OrderFile,
    drops: std::slice::Iter<'a, (u32, &'static str)>,
    next_drop: Option<&'a (u32, &'static str)>,
    candidates: u32,
    memo: Memo,
    clean: RowsBuilder,
    excluded: RowsBuilder,
    rejected: RejectedBuilder,
    column_writers: Vec<ArrowColumnWriter>,
    excluded_batches: Vec<RecordBatch>,
    rejected_batches: Vec<RecordBatch>,
    tally: Tally,
    identity: Identity,
    ascending: bool,
    /// Columns of the source that stand for a canonical one.
    mapped: Vec<(Column, usize)>,
}

impl<'a> Work<'a> {
    fn new(pass: &'a Pass<'a>, factory: &'a ArrowRowGroupWriterFactory, file_index: usize, drops: &'a [(u32, &'static str)]) -> Self {
        let mut drops = drops.iter();
        let file = &pass.files[file_index];
        let mapped = Column::ALL.into_iter().filter_map(|c| file.rules.index[slot(c)].map(|i| (c, i))).collect();
        Self {
            pass,
            factory,
            file_index,
            file,
            next_drop: drops.next(),
            drops,
            candidates: 0,
            memo: Memo::default(),
            clean: RowsBuilder::clean(pass.kinds),
            excluded: RowsBuilder::excluded(pass.kinds),
            rejected: RejectedBuilder::default(),
            column_writers: Vec::new(),
            excluded_batches: Vec::new(),
            rejected_batches: Vec::new(),
            tally: Tally::default(),
            identity: Identity::default(),
            ascending: true,
            mapped,
        }
    }

    fn text(&mut self, mut block: Block) -> std::result::Result<(), Stop> {
        let FileLayout::Text { delimiter, width, .. } = self.file.layout else {
            return Ok(());
        };
        for line in &block.overlong {
            let rejection = Rejection { reason: "line_too_long", column: "", value: format!("{} bytes", line.bytes) };
            self.reject(line.line, &rejection, &String::from_utf8_lossy(&line.beginning));
        }
        self.tally.mended_lines += text::mend_lines(&mut block.data);
        let mut records = Records::new(&block.data, block.first_line, delimiter, width);
        while let Some(record) = records.next_record() {
            if record.well_formed {
                self.row(&record, record.line, width, || String::from_utf8_lossy(record.raw).into_owned())?;
            } else {
                let value = match record.len() {
                    0 => "a quote that is not closed".to_owned(),
                    n => format!("{n} fields, expected {width}"),
                };
                let rejection = Rejection { reason: "wrong_width", column: "", value };
                self.reject(record.line, &rejection, &String::from_utf8_lossy(&record.raw[..record.raw.len().min(2_000)]));
            }
        }
        Ok(())
    }

    fn parquet(&mut self, row_group: usize, offset: usize, rows: usize, first_row: u64) -> std::result::Result<(), Stop> {
        let FileLayout::Parquet { width } = self.file.layout else {
            return Ok(());
        };
        let shown = &self.file.shown;
        let broken = |e: String| {
            Error::new(Kind::Unreadable, format!("`{shown}` cannot be read at row {first_row}: {e}")).hint("the file may be cut off or damaged; write it again")
        };
        let opened = fs_err::File::open(&self.file.path).map_err(|e| Error::io("open", shown, &e))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(opened.into_file()).map_err(|e| broken(e.to_string()))?;
        // Hashing looks at every column, else only the mapped ones are read.
        let readable: Vec<bool> =
            builder.schema().fields().iter().map(|f| crate::parquet_rows::is_readable(f.data_type())).collect();
        let needed = |i: usize| {
            self.mapped.iter().any(|(_, at)| *at == i) || self.file.rules.lookups.iter().any(|l| l.key_index == i)
        };
        let wanted: Vec<usize> = (0..width).filter(|i| needed(*i) || (self.pass.hash_rows && readable[*i])).collect();
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
            for row in 0..batch.num_rows() {
                let record = BatchRow { batch: &cells, row };
                self.row(&record, row_number, width, || raw_row(&record, &batch, &wanted))?;
                row_number += 1;
            }
        }
        Ok(())
    }

    fn row(&mut self, record: &impl Cells, line: u64, width: usize, raw: impl FnOnce() -> String) -> std::result::Result<(), Stop> {
        for (column, index) in &self.mapped {
            self.tally.look_at_cell(*column, record.cell(*index));
        }
        let file = self.file;
        match file.rules.judge(record, line, &mut self.memo).map_err(Stop::NotWhole)? {
            Verdict::Rejected(rejection) => self.reject(line, &rejection, &raw()),
            Verdict::Excluded(row, reason) => self.exclude(&row, reason, line),
            Verdict::Clean(row) => {
                let number = self.candidates;
                self.candidates += 1;
                if let Some((_, reason)) = self.next_drop.filter(|(at, _)| *at == number) {
                    self.next_drop = self.drops.next();
                    self.exclude(&row, reason, line);
                } else {
                    self.keep(&row, line);
                    if self.pass.hash_rows {
                        self.identity.row_hashes.push(hash_row(record, &file.seeds, width));
                        self.identity.id_hashes.push(match &row.transaction {
                            Id::Whole(id) => xxh3_64(&id.to_le_bytes()),
                            Id::Text(id) => xxh3_64(id.as_bytes()),
                        });
                    }
                    if self.clean.len() == BATCH_ROWS {
                        self.flush_clean()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, row: &Row<'_>, line: u64) {
        self.tally.read += 1;
        self.tally.clean(row, &self.file.shown, line, self.pass.known_customers);
        match (&row.transaction, &mut self.identity.ids) {
            (Id::Whole(id), Some((_, last))) if *id > *last => *last = *id,
            (Id::Whole(id), ids @ None) if self.ascending => *ids = Some((*id, *id)),
            _ => self.ascending = false,
        }
        self.clean.push(row);
    }

    fn exclude(&mut self, row: &Row<'_>, reason: &'static str, line: u64) {
        self.tally.read += 1;
        self.tally.exclude(reason, row, &self.file.shown, line);
        self.excluded.push_excluded(row, reason, &self.file.shown, line);
        if self.excluded.len() == BATCH_ROWS {
            self.flush_excluded();
        }
    }

    fn reject(&mut self, line: u64, rejection: &Rejection, raw: &str) {
        self.tally.read += 1;
        self.tally.reject(rejection.reason, rejection.column, &self.file.shown, line, &rejection.value);
        self.rejected.push(&self.file.shown, line, rejection, raw);
        if self.rejected.len() == BATCH_ROWS {
            take_rejected(&mut self.rejected, &mut self.rejected_batches);
        }
    }

    fn flush_excluded(&mut self) {
        if self.excluded.len() > 0 {
            let batch = self.excluded.finish();
            self.tally.note_words(&batch, true);
            self.excluded_batches.push(batch);
        }
    }

    fn flush_clean(&mut self) -> Result<()> {
        if self.clean.len() == 0 {
            return Ok(());
        }
        let failed = |e| written("transactions.parquet", &e);
        if self.column_writers.is_empty() {
            self.column_writers = self.factory.create_column_writers(0).map_err(failed)?;
        }
        let batch = self.clean.finish();
        self.tally.note_words(&batch, false);
        let schema = transactions(self.pass.kinds);
        let mut writers = self.column_writers.iter_mut();
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            for leaf in compute_leaves(field, array).map_err(failed)? {
                // One leaf a column: no column is nested.
                if let Some(writer) = writers.next() {
                    writer.write(&leaf).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> std::result::Result<Landed, Stop> {
        self.flush_clean()?;
        self.flush_excluded();
        take_rejected(&mut self.rejected, &mut self.rejected_batches);
        let failed = |e| written("transactions.parquet", &e);
        let columns = self.column_writers.into_iter().map(ArrowColumnWriter::close).collect::<std::result::Result<_, _>>().map_err(failed)?;
        if !self.ascending {
            self.identity.ids = None;
        }
        Ok(Landed {
            file: self.file_index,
            columns,
            excluded: self.excluded_batches,
            rejected: self.rejected_batches,
            tally: self.tally,
            identity: self.identity,
        })
    }
}

/// A hash over all fields that does not depend on the order of the columns.
fn hash_row(record: &impl Cells, seeds: &[u64], width: usize) -> u64 {
    let mut hash = 0_u64;
    for (index, seed) in seeds.iter().enumerate().take(width) {
        let field = match record.cell(index) {
            Cell::Text(text) => xxh3_64_with_seed(text, *seed),
            Cell::Null => xxh3_64_with_seed(b"", *seed),
            other => xxh3_64_with_seed(other.text().as_bytes(), *seed),
        };
        hash = hash.wrapping_add(field);
    }
    hash
}

fn raw_row(record: &BatchRow<'_>, batch: &RecordBatch, wanted: &[usize]) -> String {
    let fields: Vec<String> = wanted
        .iter()
        .zip(batch.schema().fields())
        .map(|(index, field)| format!("{}={}", field.name(), record.cell(*index).text()))
        .collect();
    fields.join(", ")
}

impl Cells for Record<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        Cell::Text(self.field(column))
    }
}
