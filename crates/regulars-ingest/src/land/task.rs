//! Judges and encodes the rows of one task.

use arrow::array::RecordBatch;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use regulars_core::columns::Column;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::read::{BATCH_ROWS, Visit, read};
use super::{OrderFile, Pass, Stop, Task, take_rejected, written};
use crate::cells::Cell;
use crate::checks::Tally;
use crate::classify::{Cells, Id, Memo, Rejection, Row, Verdict};
use crate::error::Result;
use crate::files::Mended;
use crate::schema::{slot, transactions};
use crate::tables_out::{RejectedBuilder, RowsBuilder};

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
    /// A hash of the transaction id and its customer; where the source has no ids, a second hash of
    /// every field.
    pub(crate) id_hashes: Vec<u64>,
}

/// Lands one task.
pub(super) fn run(
    pass: &Pass<'_>,
    factory: &ArrowRowGroupWriterFactory,
    number: usize,
    task: Task,
) -> std::result::Result<Landed, Stop> {
    let drops = pass.drops.get(number).map_or(&[][..], Vec::as_slice);
    let mut work = Work::new(pass, factory, task.file(), drops);
    read(pass, task, &mut work)?;
    work.finish()
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
    has_ids: bool,
    /// Columns of the source that stand for a canonical one.
    mapped: Vec<(Column, usize)>,
}

impl<'a> Work<'a> {
    fn new(
        pass: &'a Pass<'a>,
        factory: &'a ArrowRowGroupWriterFactory,
        file_index: usize,
        drops: &'a [(u32, &'static str)],
    ) -> Self {
        let mut drops = drops.iter();
        let file = &pass.files[file_index];
        let mapped =
            Column::ALL.into_iter().filter_map(|c| file.rules.index[slot(c)].map(|i| (c, i))).collect();
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
            tally: Tally::new(file.rules.notation.decimals),
            identity: Identity::default(),
            ascending: true,
            has_ids: file.rules.has(Column::TransactionId),
            mapped,
        }
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
        let columns = self
            .column_writers
            .into_iter()
            .map(ArrowColumnWriter::close)
            .collect::<std::result::Result<_, _>>()
            .map_err(failed)?;
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

impl Visit for Work<'_> {
    fn row(
        &mut self,
        record: &impl Cells,
        line: u64,
        width: usize,
        raw: impl FnOnce() -> String,
    ) -> std::result::Result<(), Stop> {
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
                    if !self.ascending && !self.pass.hash_rows && self.pass.drops.is_empty() {
                        // What `collect` would find at the end of the task.
                        return Err(Stop::Unordered);
                    }
                    if self.pass.hash_rows {
                        self.identity.row_hashes.push(hash_row(record, &file.seeds, width, 0));
                        self.identity.id_hashes.push(match &row.transaction {
                            _ if !self.has_ids => hash_row(record, &file.seeds, width, SECOND),
                            id => hash_order(id, &row.customer),
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

    fn reject(&mut self, line: u64, rejection: &Rejection, raw: &str) {
        self.tally.read += 1;
        self.tally.reject(rejection.reason, rejection.column, &self.file.shown, line, &rejection.value);
        self.rejected.push(&self.file.shown, line, rejection, raw);
        if self.rejected.len() == BATCH_ROWS {
            take_rejected(&mut self.rejected, &mut self.rejected_batches);
        }
    }

    fn mended(&mut self, mended: &Mended) {
        self.tally.mended(mended);
    }
}

/// A hash of an order. Numbers that start again (every year, in every shop) are other orders where
/// they are of other customers.
fn hash_order(transaction: &Id<'_>, customer: &Id<'_>) -> u64 {
    let hash = |id: &Id<'_>, seed: u64| match id {
        Id::Whole(id) => xxh3_64_with_seed(&id.to_le_bytes(), seed),
        Id::Text(id) => xxh3_64_with_seed(id.as_bytes(), seed),
    };
    hash(transaction, hash(customer, 0))
}

/// Makes the second hash of a row another one.
const SECOND: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash over all fields that does not depend on the order of the columns.
fn hash_row(record: &impl Cells, seeds: &[u64], width: usize, which: u64) -> u64 {
    let mut hash = 0_u64;
    for (index, seed) in seeds.iter().enumerate().take(width) {
        let seed = seed ^ which;
        let field = match record.cell(index) {
            Cell::Text(text) => xxh3_64_with_seed(text, seed),
            Cell::Null => xxh3_64_with_seed(b"", seed),
            Cell::Int(value) | Cell::Time(value, _) => xxh3_64_with_seed(&value.to_le_bytes(), seed),
            Cell::Float(value) => xxh3_64_with_seed(&value.to_bits().to_le_bytes(), seed),
            Cell::Decimal(value, _) => xxh3_64_with_seed(&value.to_le_bytes(), seed),
            Cell::Bool(value) => xxh3_64_with_seed(&[u8::from(value)], seed),
        };
        hash = hash.wrapping_add(field);
    }
    hash
}
