//! Classifies and encodes the rows of one task.

use arrow::array::RecordBatch;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use regulars_core::columns::Column;
use regulars_core::config::{GroupRows, Refunds};
use regulars_core::dates::DAY_MICROS;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::read::{BATCH_ROWS, Visit, read};
use super::{OrderFile, Pass, Stop, Task, take_rejected, write_error};
use crate::cells::{Cell, divide_rounded};
use crate::checks::Tally;
use crate::classify::{Cells, PartialRow, Rejection, Row, Verdict};
use crate::error::Result;
use crate::files::Repaired;
use crate::ids::Id;
use crate::orders::{Edit, Facts, NO_LINE};
use crate::row_checks::RowChecks;
use crate::schema::{slot, transactions};
use crate::tables_out::{RejectedBuilder, RowsBuilder};

/// The landed rows of one task.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) file: usize,
    /// The row group of the clean rows; empty if there are none.
    pub(crate) columns: Vec<ArrowColumnChunk>,
    pub(crate) excluded: Vec<RecordBatch>,
    pub(crate) rejected: Vec<RecordBatch>,
    pub(crate) tally: Tally,
    pub(crate) checks: RowChecks,
    pub(crate) facts: Facts,
}

/// Lands one task.
pub(super) fn run(
    pass: &Pass<'_>,
    factory: &ArrowRowGroupWriterFactory,
    number: usize,
    task: Task,
) -> std::result::Result<Landed, Stop> {
    let edits = pass.edits.and_then(|edits| edits.get(number)).map_or(&[][..], Vec::as_slice);
    let mut work = Work::new(pass, factory, task.file(), edits);
    read(pass, task, &mut work)?;
    work.finish()
}

struct Work<'a> {
    pass: &'a Pass<'a>,
    factory: &'a ArrowRowGroupWriterFactory,
    file_index: usize,
    file: &'a OrderFile,
    edits: std::slice::Iter<'a, (u32, Edit)>,
    next_edit: Option<&'a (u32, Edit)>,
    candidates: u32,
    checks: RowChecks,
    clean: RowsBuilder,
    excluded: RowsBuilder,
    rejected: RejectedBuilder,
    column_writers: Vec<ArrowColumnWriter>,
    excluded_batches: Vec<RecordBatch>,
    rejected_batches: Vec<RecordBatch>,
    tally: Tally,
    facts: Facts,
    ascending: bool,
    has_orders: bool,
    has_lines: bool,
    has_returned: bool,
    /// The source columns of canonical columns.
    mapped: Vec<(Column, usize)>,
}

impl<'a> Work<'a> {
    fn new(
        pass: &'a Pass<'a>,
        factory: &'a ArrowRowGroupWriterFactory,
        file_index: usize,
        edits: &'a [(u32, Edit)],
    ) -> Self {
        let mut edits = edits.iter();
        let file = &pass.files[file_index];
        let mapped =
            Column::ALL.into_iter().filter_map(|c| file.rules.index[slot(c)].map(|i| (c, i))).collect();
        Self {
            pass,
            factory,
            file_index,
            file,
            next_edit: edits.next(),
            edits,
            candidates: 0,
            checks: RowChecks::default(),
            clean: RowsBuilder::clean(pass.kinds),
            excluded: RowsBuilder::excluded(pass.kinds),
            rejected: RejectedBuilder::default(),
            column_writers: Vec::new(),
            excluded_batches: Vec::new(),
            rejected_batches: Vec::new(),
            tally: Tally::new(file.rules.notation.decimals, file.rules.refunds == Refunds::Keep),
            facts: Facts::default(),
            ascending: true,
            has_orders: file.rules.has(Column::TransactionId) || file.rules.group != GroupRows::None,
            has_lines: file.rules.has(Column::Price) && file.rules.has(Column::Quantity),
            has_returned: file.rules.has(Column::RefundedAmount) || !file.rules.returned_quantity.is_empty(),
            mapped,
        }
    }

    fn keep(&mut self, row: &Row<'_>, line: u64) {
        self.tally.read += 1;
        self.tally.clean(row, &self.file.shown, line, self.pass.known_customers);
        match (&row.transaction, &mut self.facts.ids) {
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

    fn leave_out(&mut self, row: &PartialRow<'_>, reason: &'static str, line: u64) {
        self.tally.read += 1;
        self.tally.leave_out(reason, row, &self.file.shown, line);
        if self.pass.hash_rows
            && matches!(reason, "cancelled" | "status")
            && let (Some(transaction), Some(customer), Some(micros)) =
                (&row.transaction, &row.customer, row.micros)
        {
            let day = micros.div_euclid(DAY_MICROS) as i32;
            self.facts.cancelled_orders.push((hash_order(transaction, customer), day, row.amount_minor));
            if let Some(amount) = row.amount_minor.filter(|amount| *amount > 0 && reason == "cancelled") {
                self.facts.cancelled_amounts.push((hash_order(&Id::Whole(amount), customer), day));
            }
        }
        self.excluded.push_partial(row, reason, &self.file.shown, line);
        if self.excluded.len() == BATCH_ROWS {
            self.flush_excluded();
        }
    }

    /// Applies the edit of the previous pass to the next row that counts.
    fn edit(&mut self, row: &mut Row<'_>) -> Option<&'static str> {
        let number = self.candidates;
        self.candidates += 1;
        let Some((_, edit)) = self.next_edit.filter(|(at, _)| *at == number) else {
            return row.is_refunded.then_some("refunded");
        };
        self.next_edit = self.edits.next();
        match edit {
            Edit::Drop(reason, minor) => {
                row.amount_minor = minor.unwrap_or(row.amount_minor);
                return Some(reason);
            }
            Edit::Amount { minor, returned_minor, returned_milli } => {
                row.amount_minor = *minor;
                row.returned_minor = *returned_minor;
                row.quantity_milli = row.quantity_milli.map(|pieces| pieces - returned_milli);
            }
            Edit::Refund { amount_minor, returned_minor } => {
                row.is_refunded = returned_minor >= amount_minor && *returned_minor > 0;
                let part = if row.is_refunded { 0 } else { *returned_minor };
                (row.amount_minor, row.returned_minor) = (amount_minor - part, part);
            }
        }
        row.is_refunded.then_some("refunded")
    }

    /// Records facts about a row that later passes need.
    fn note(&mut self, record: &impl Cells, row: &Row<'_>, width: usize) {
        let (file, facts) = (self.file, &mut self.facts);
        facts.rows.push(hash_row(record, &file.seeds, width, 0));
        facts.orders.push(if self.has_orders {
            hash_order(&row.transaction, &row.customer)
        } else {
            hash_row(record, &file.seeds, width, SECOND)
        });
        facts
            .references
            .push(file.rules.named_order(record, row).map_or(0, |id| hash_order(&id, &row.customer)));
        if row.amount_minor < 0 {
            let back = hash_order(&Id::Whole(-row.amount_minor), &row.customer);
            facts.refund_amounts.push((facts.amounts.len() as u32, back));
        }
        facts.amounts.push(row.amount_minor);
        facts.days.push((row.micros.div_euclid(DAY_MICROS)) as i32);
        if !file.item_key.is_empty() {
            facts.items.push(hash_key(record, &file.seeds, &file.item_key));
        }
        if !file.other_key.is_empty() {
            facts.others.push(hash_key(record, &file.seeds, &file.other_key));
        }
        if !file.multi_value_key.is_empty()
            && let Some(row) = facts.rows.last()
        {
            facts.copies.push(row.wrapping_sub(hash_key(record, &file.seeds, &file.multi_value_key)));
        }
        if self.has_lines {
            let line = row.price_minor.zip(row.quantity_milli).map_or(NO_LINE, |(price, milli)| {
                let exact = i128::from(price) * i128::from(milli);
                i64::try_from(divide_rounded(exact, 1_000)).unwrap_or(NO_LINE)
            });
            facts.lines.push(line);
        }
        if self.has_returned {
            facts.returned.push(row.returned_minor);
            facts.refunds.push(row.refund_minor);
        }
        if let Some(off) = file.rules.order_discount(record) {
            facts.discounts.push(off);
        }
        facts.refunded.push(row.is_refunded);
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
        let failed = |e| write_error("transactions.parquet", &e);
        if self.column_writers.is_empty() {
            self.column_writers = self.factory.create_column_writers(0).map_err(failed)?;
        }
        let batch = self.clean.finish();
        self.tally.note_words(&batch, false);
        let schema = transactions(self.pass.kinds);
        let mut writers = self.column_writers.iter_mut();
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            for leaf in compute_leaves(field, array).map_err(failed)? {
                // One leaf per column, since no column is nested.
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
        let failed = |e| write_error("transactions.parquet", &e);
        let columns = self
            .column_writers
            .into_iter()
            .map(ArrowColumnWriter::close)
            .collect::<std::result::Result<_, _>>()
            .map_err(failed)?;
        if !self.ascending {
            self.facts.ids = None;
        }
        Ok(Landed {
            file: self.file_index,
            columns,
            excluded: self.excluded_batches,
            rejected: self.rejected_batches,
            tally: self.tally,
            checks: self.checks,
            facts: self.facts,
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
        match file.rules.classify(record, line, &mut self.checks).map_err(Stop::NotWhole)? {
            Verdict::Rejected(rejection) => self.reject(line, &rejection, &raw()),
            Verdict::Excluded(row, reason) => self.exclude(&row, reason, line),
            Verdict::NoSale(row, reason) => self.leave_out(&row, reason, line),
            // Fully refunded rows help to determine whether a total counts once.
            Verdict::Clean(row) if row.is_refunded && !self.pass.refunded_are_landed => {
                self.exclude(&row, "refunded", line);
            }
            Verdict::Clean(mut row) => {
                if self.pass.hash_rows {
                    self.note(record, &row, width);
                }
                // The first pass lands all rows, so that orders can be resolved.
                let reason = if self.pass.edits.is_some() { self.edit(&mut row) } else { None };
                if let Some(reason) = reason {
                    self.exclude(&row, reason, line);
                    return Ok(());
                }
                self.keep(&row, line);
                let may_repeat = !self.ascending && !self.pass.ids_are_unique;
                if may_repeat && !self.pass.hash_rows && self.pass.edits.is_none() {
                    // The collector would find this at the end of the task.
                    return Err(Stop::Unordered);
                }
                if self.clean.len() == BATCH_ROWS {
                    self.flush_clean()?;
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

    fn repaired(&mut self, repaired: &Repaired) {
        self.tally.repaired(repaired);
    }
}

/// The hash of an order. It includes the customer, since numbers that restart (every year, in every shop)
/// denote different orders of different customers.
fn hash_order(transaction: &Id<'_>, customer: &Id<'_>) -> u64 {
    let hash = |id: &Id<'_>, seed: u64| match id {
        Id::Whole(id) => xxh3_64_with_seed(&id.to_le_bytes(), seed),
        Id::Text(id) => xxh3_64_with_seed(id.as_bytes(), seed),
    };
    hash(transaction, hash(customer, 0))
}

/// Turns the first hash of a row into a second one.
const SECOND: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes some fields.
fn hash_key(record: &impl Cells, seeds: &[u64], columns: &[usize]) -> u64 {
    columns
        .iter()
        .fold(0_u64, |hash, index| hash.wrapping_add(hash_field(record.cell(*index), seeds[*index])))
}

/// Hashes all fields, regardless of column order.
fn hash_row(record: &impl Cells, seeds: &[u64], width: usize, which: u64) -> u64 {
    let mut hash = 0_u64;
    for (index, seed) in seeds.iter().enumerate().take(width) {
        hash = hash.wrapping_add(hash_field(record.cell(index), seed ^ which));
    }
    hash
}

fn hash_field(cell: Cell<'_>, seed: u64) -> u64 {
    match cell {
        Cell::Text(text) => xxh3_64_with_seed(text, seed),
        Cell::Null => xxh3_64_with_seed(b"", seed),
        Cell::Int(value) | Cell::Time(value, _) => xxh3_64_with_seed(&value.to_le_bytes(), seed),
        Cell::Float(value) => xxh3_64_with_seed(&value.to_bits().to_le_bytes(), seed),
        Cell::Decimal(value, _) => xxh3_64_with_seed(&value.to_le_bytes(), seed),
        Cell::Bool(value) => xxh3_64_with_seed(&[u8::from(value)], seed),
    }
}
