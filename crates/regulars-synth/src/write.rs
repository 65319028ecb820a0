//! Writes a data set: chunks are generated and encoded on all threads, and appended in order.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fs_err as fs;
use regulars_core::progress::{Progress, Unit};

use crate::chunk::{Chunk, Chunks};
use crate::csv_file::{self, CsvFile};
use crate::error::Error;
use crate::params::{Formats, MAX_CUSTOMERS, SynthParams, TablePaths, Written};
use crate::parquet_file::{Encoder, ParquetFile, RowGroup};
use crate::pending::Pending;
use crate::sequencer::Sequencer;
use crate::shop::Shop;
use crate::table::Table;

/// Writes the data set described by `params` to the folder `out`, which is created if missing.
///
/// The files are `transactions` and `customers` in the given formats, and `truth.parquet`. Once all are
/// complete, they replace older ones. Files in other formats are left unchanged.
///
/// Shape: one row per customer in `customers` and `truth`, by id from 1; at least one row per customer in
/// `transactions`, ids from 1 without gaps, by time within each chunk of customers. The bytes depend only on
/// `params`, not on `threads` (0 counts as 1).
/// Units: money has two decimals; times have no zone.
///
/// # Errors
///
/// [`Error::Customers`] and [`Error::NoFormat`] for invalid parameters; [`Error::NoSpace`],
/// [`Error::NoPermission`] and [`Error::Io`] name the file that could not be written. On error, existing
/// files are unchanged, unless renaming the complete files itself fails.
pub fn write(
    params: &SynthParams,
    formats: Formats,
    out: &Path,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Written, Error> {
    if params.customers == 0 || params.customers > MAX_CUSTOMERS {
        return Err(Error::Customers { customers: params.customers });
    }
    if !formats.parquet && !formats.csv {
        return Err(Error::NoFormat);
    }
    fs::create_dir_all(out).map_err(|source| Error::from_io(out, source))?;

    progress.step("generating", Some(params.customers), Unit::Rows);
    let shop = Shop::new(params.preset);
    let chunks = Chunks::new(params.customers);
    let columns = Chunk::empty(params, &shop);
    let (transactions, transaction_encoder) = create(out, "transactions", formats, &columns.transactions)?;
    let (customers, customer_encoder) = create(out, "customers", formats, &columns.customers)?;
    let (truth, truth_encoder) = create(out, "truth", Formats::PARQUET, &columns.truth)?;
    let work = Work {
        params,
        shop: &shop,
        chunks,
        progress,
        encoders: [transaction_encoder, customer_encoder, truth_encoder],
        next_chunk: AtomicU64::new(0),
        next_transaction_id: Sequencer::new(1),
        files: Sequencer::new([transactions, customers, truth]),
    };
    run(&work, threads)?;

    let last_transaction_id = work.next_transaction_id.into_inner() - 1;
    let [transactions, customers, truth] = work.files.into_inner();
    let complete = [transactions.finish()?, customers.finish()?, truth.finish()?];
    let [transactions, customers, truth] = complete;
    let both = |transactions: Option<PathBuf>, customers: Option<PathBuf>| {
        transactions.zip(customers).map(|(transactions, customers)| TablePaths { transactions, customers })
    };
    let (truth_parquet, _) = truth.keep()?;
    let (customers_parquet, customers_csv) = customers.keep()?;
    let (transactions_parquet, transactions_csv) = transactions.keep()?;
    Ok(Written {
        customers: params.customers,
        transactions: last_transaction_id as u64,
        parquet: both(transactions_parquet, customers_parquet),
        csv: both(transactions_csv, customers_csv),
        truth: truth_parquet.unwrap_or_else(|| out.join("truth.parquet")),
    })
}

/// State shared by the threads.
struct Work<'a> {
    params: &'a SynthParams,
    shop: &'a Shop,
    chunks: Chunks,
    progress: &'a dyn Progress,
    encoders: [TableEncoder; 3],
    next_chunk: AtomicU64,
    next_transaction_id: Sequencer<i64>,
    files: Sequencer<[TableFiles; 3]>,
}

fn run(work: &Work<'_>, threads: usize) -> Result<(), Error> {
    let threads = (threads.max(1) as u64).min(work.chunks.count());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| make_chunks(work))).collect();
        let results: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        for result in results {
            result.unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        Ok(())
    })
}

/// Generates, encodes and appends chunks until there are none left, or another thread failed.
fn make_chunks(work: &Work<'_>) -> Result<(), Error> {
    let mut abandon_on_exit = AbandonOnExit { work, done: false };
    loop {
        let index = work.next_chunk.fetch_add(1, Ordering::Relaxed);
        if index >= work.chunks.count() {
            abandon_on_exit.done = true;
            return Ok(());
        }
        let mut chunk = Chunk::generate(work.params, work.shop, work.chunks, index);
        let rows = chunk.transactions.len() as i64;
        let numbered = work.next_transaction_id.in_turn(index, |next_id| {
            chunk.transactions.renumber(*next_id);
            *next_id += rows;
        });
        if numbered.is_none() {
            return Ok(());
        }
        let tables = [&chunk.transactions, &chunk.customers, &chunk.truth];
        let mut pieces = Vec::with_capacity(tables.len());
        for (encoder, table) in work.encoders.iter().zip(tables) {
            pieces.push(encoder.encode(table)?);
        }
        drop(chunk);
        let appended = work.files.in_turn(index, |files| {
            files.iter_mut().zip(pieces).try_for_each(|(file, piece)| file.append(piece))
        });
        match appended {
            Some(result) => result?,
            None => return Ok(()),
        }
        work.progress.advance(work.chunks.len(index));
    }
}

/// Releases waiting threads if one stops early because of an error or a panic.
struct AbandonOnExit<'a> {
    work: &'a Work<'a>,
    done: bool,
}

impl Drop for AbandonOnExit<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.work.next_transaction_id.abandon();
            self.work.files.abandon();
        }
    }
}

/// The files of one table.
struct TableFiles {
    parquet: Option<ParquetFile>,
    csv: Option<CsvFile>,
}

/// The encoders for the files of one table.
struct TableEncoder {
    parquet: Option<Encoder>,
    csv: bool,
}

/// A chunk of one table, encoded.
struct Piece {
    parquet: Option<RowGroup>,
    csv: Option<Vec<u8>>,
}

/// The files of one table, complete but with temporary names.
struct CompleteFiles {
    parquet: Option<Pending>,
    csv: Option<Pending>,
}

fn create(
    out: &Path,
    table: &str,
    formats: Formats,
    columns: &Table,
) -> Result<(TableFiles, TableEncoder), Error> {
    let (mut file, mut encoder) = (None, None);
    if formats.parquet {
        let (created, its_encoder) = ParquetFile::create(out, &format!("{table}.parquet"), columns)?;
        file = Some(created);
        encoder = Some(its_encoder);
    }
    let csv = if formats.csv { Some(CsvFile::create(out, &format!("{table}.csv"), columns)?) } else { None };
    Ok((TableFiles { parquet: file, csv }, TableEncoder { parquet: encoder, csv: formats.csv }))
}

impl TableEncoder {
    fn encode(&self, table: &Table) -> Result<Piece, Error> {
        let parquet = self.parquet.as_ref().map(|encoder| encoder.encode(table)).transpose()?;
        Ok(Piece { parquet, csv: self.csv.then(|| csv_file::encode(table)) })
    }
}

impl TableFiles {
    fn append(&mut self, piece: Piece) -> Result<(), Error> {
        if let (Some(file), Some(group)) = (&mut self.parquet, piece.parquet) {
            file.append(group)?;
        }
        if let (Some(file), Some(text)) = (&mut self.csv, piece.csv) {
            file.append(&text)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<CompleteFiles, Error> {
        let parquet = self.parquet.map(ParquetFile::finish).transpose()?;
        Ok(CompleteFiles { parquet, csv: self.csv.map(CsvFile::finish) })
    }
}

impl CompleteFiles {
    fn keep(self) -> Result<(Option<PathBuf>, Option<PathBuf>), Error> {
        Ok((self.parquet.map(Pending::keep).transpose()?, self.csv.map(Pending::keep).transpose()?))
    }
}
