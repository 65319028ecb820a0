//! Reads all rows of all files on several threads, and lands them in file order.
//!
//! The split into tasks depends only on the content (a block of text, a range of a row group), and the clean
//! rows of each task are one row group of `transactions.parquet`. So the output does not depend on the number
//! of threads.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::file::writer::SerializedFileWriter;
use regulars_core::progress::Progress;

use crate::blocks::{BLOCK_BYTES, Block, BlockReader};
use crate::checks::Tally;
use crate::classify::Rules;
use crate::error::{Error, Kind, Result};
use crate::files::{Original, TextTable};
use crate::ids::{KnownCustomers, NotWhole};
use crate::open::Fingerprint;
use crate::orders::{Edits, Facts};
use crate::row_checks::RowChecks;
use crate::schema::{self, IdKinds};
use crate::tables_out::RejectedBuilder;

mod fast_path;
mod feed;
pub(crate) mod measure;
mod read;
mod task;

pub(crate) use task::Landed;

/// Rows per task for Parquet files.
const TASK_ROWS: usize = 1 << 19;

/// An order file, ready to be read.
#[derive(Debug)]
pub(crate) struct OrderFile {
    pub(crate) shown: String,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) layout: FileLayout,
    pub(crate) rules: Rules,
    /// One hash seed per column, so that equal rows have equal hashes regardless of column order.
    pub(crate) seeds: Vec<u64>,
    /// Columns that distinguish the lines of an order; empty if not needed.
    pub(crate) item_key: Vec<usize>,
    /// Columns that distinguish its payments, shipments or refunds.
    pub(crate) other_key: Vec<usize>,
    /// Columns with several values per line.
    pub(crate) multi_value_key: Vec<usize>,
    /// The primary key of a table, which names rejected rows.
    pub(crate) row_key: Vec<usize>,
    /// The file named by the user, if `path` is a converted copy.
    pub(crate) original: Option<Arc<Original>>,
}

impl OrderFile {
    /// Whether the rows are read by a column.
    pub(crate) fn uses(&self, column: usize) -> bool {
        let rules = &self.rules;
        rules.index.contains(&Some(column))
            || [
                rules.customer_fallback,
                rules.customer_name,
                rules.totals_label,
                rules.time,
                rules.shop_of_number,
            ]
            .contains(&Some(column))
            || rules.sales.iter().any(|r| r.index == column)
            || rules.discount.is_some_and(|(index, _)| index == column)
            || rules.returned_quantity.contains(&column)
            || rules.lookups.iter().any(|l| l.key_index == column)
    }
}

/// The storage format of a file's rows.
#[derive(Debug)]
pub(crate) enum FileLayout {
    Text(TextTable),
    Parquet { width: usize },
}

/// The parameters of a pass over the files.
pub(crate) struct Pass<'a> {
    pub(crate) files: &'a [OrderFile],
    pub(crate) kinds: IdKinds,
    /// Whether to hash rows, to find duplicates.
    pub(crate) hash_rows: bool,
    /// Transaction ids are the primary key of a table, so they need not ascend to differ.
    pub(crate) ids_are_unique: bool,
    /// Whether fully refunded rows are landed on the first pass, and excluded on the second.
    pub(crate) refunded_are_landed: bool,
    /// Whether to hash files, for the manifest.
    pub(crate) hash_files: bool,
    /// Changes to clean rows by task, from the previous pass; `None` on the first pass.
    pub(crate) edits: Option<&'a [Edits]>,
    pub(crate) known_customers: Option<&'a KnownCustomers>,
    pub(crate) out: &'a Path,
    pub(crate) threads: usize,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) runtime: &'a tokio::runtime::Handle,
}

/// The result of a pass.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) tally: Tally,
    pub(crate) by_file: Vec<FileOutcome>,
    /// Per task: its file, and facts about its clean rows.
    pub(crate) facts: Vec<(usize, Facts)>,
    /// Per task: its number of rows in `transactions.parquet`.
    pub(crate) landed: Vec<u64>,
    /// Transaction ids are strictly ascending, or a primary key.
    pub(crate) ids_differ: bool,
}

/// The result of a pass for one file.
#[derive(Debug, Default, Clone)]
pub(crate) struct FileOutcome {
    pub(crate) rows: u64,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) span: Option<(i64, i64)>,
    /// What the rows showed about the plan.
    pub(crate) checks: RowChecks,
}

/// Why a pass was abandoned.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An id in this column is not an integer.
    NotWhole(NotWhole),
    /// Transaction ids do not ascend, and rows were not hashed.
    Unordered,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads and lands all rows once.
pub(crate) fn land(pass: &Pass<'_>) -> std::result::Result<Outcome, Stop> {
    let mut writers = Writers::create(pass)?;
    let factory = Arc::new(writers.take_factory());
    let stopped = AtomicBool::new(false);
    let (task_sender, task_receiver) = mpsc::sync_channel(1);
    let tasks = Arc::new(Mutex::new(task_receiver));
    // Large enough for everything the workers may have in progress, so no worker blocks while the collector
    // lives.
    let (done_sender, done_receiver) = mpsc::sync_channel(4 * pass.threads.max(1));
    let mut outcome = Outcome {
        by_file: vec![FileOutcome::default(); pass.files.len()],
        ids_differ: true,
        ..Outcome::default()
    };
    std::thread::scope(|scope| {
        let feeder = scope.spawn(|| {
            // Dropped at the end, which tells the workers to stop.
            let sender = task_sender;
            feed::feed(pass, &sender, &stopped)
        });
        for _ in 0..pass.threads.max(1) {
            let (tasks, done, factory) = (Arc::clone(&tasks), done_sender.clone(), Arc::clone(&factory));
            let stopped = &stopped;
            scope.spawn(move || {
                loop {
                    let next = tasks.lock().map_or(None, |queue| queue.recv().ok());
                    let Some((number, task)) = next else {
                        break;
                    };
                    if stopped.load(Ordering::Relaxed) {
                        break;
                    }
                    if done.send((number, task::run(pass, &factory, number, task))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done_sender);
        drop(tasks);
        let collected = collect(pass, &mut writers, &mut outcome, &done_receiver);
        if collected.is_err() {
            stopped.store(true, Ordering::Relaxed);
        }
        drop(done_receiver);
        let fed = feeder.join().map_err(|_panic| Error::new(Kind::Io, "reading stopped without a reason"))?;
        collected?;
        for (file, fingerprint) in fed?.into_iter().enumerate() {
            outcome.by_file[file].fingerprint = Some(fingerprint);
        }
        Ok::<(), Stop>(())
    })?;
    writers.finish()?;
    Ok(outcome)
}

type Done = (usize, std::result::Result<Landed, Stop>);

/// Collects the results of the workers in task order.
fn collect(
    pass: &Pass<'_>,
    writers: &mut Writers,
    outcome: &mut Outcome,
    done: &mpsc::Receiver<Done>,
) -> std::result::Result<(), Stop> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    let mut last_id = None;
    for (number, landed) in done {
        waiting.insert(number, landed);
        while let Some(landed) = waiting.remove(&next) {
            let landed = landed?;
            next += 1;
            let ascends = match (&landed.facts.ids, last_id) {
                (Some((first, _)), Some(last)) => *first > last,
                (Some(_), None) => true,
                (None, _) => landed.tally.clean == 0,
            };
            if let Some((_, last)) = landed.facts.ids {
                last_id = Some(last);
            }
            outcome.ids_differ &= ascends || pass.ids_are_unique;
            if !outcome.ids_differ && !pass.hash_rows && pass.edits.is_none() {
                return Err(Stop::Unordered);
            }
            let file = &mut outcome.by_file[landed.file];
            file.rows += landed.tally.read;
            if let (Some(first), Some(last)) = (landed.tally.first_micros, landed.tally.last_micros) {
                file.span = Some(file.span.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
            }
            file.checks.merge(landed.checks);
            writers.append(landed.columns, &landed.excluded, &landed.rejected)?;
            outcome.landed.push(landed.tally.clean);
            outcome.facts.push((landed.file, landed.facts));
            outcome.tally.merge(landed.tally);
        }
    }
    Ok(())
}

/// The output files.
struct Writers {
    clean: SerializedFileWriter<NamedFile>,
    factory: Option<ArrowRowGroupWriterFactory>,
    excluded: ArrowWriter<NamedFile>,
    rejected: ArrowWriter<NamedFile>,
}

impl Writers {
    fn create(pass: &Pass<'_>) -> Result<Self> {
        let open = |name: &str| NamedFile::create(&pass.out.join(name));
        let writer = |name: &str, schema: SchemaRef| -> Result<ArrowWriter<NamedFile>> {
            let properties = schema::properties(&schema);
            ArrowWriter::try_new(open(name)?, schema, Some(properties)).map_err(|e| write_error(name, &e))
        };
        let (clean, factory) = writer("transactions.parquet", schema::transactions(pass.kinds))?
            .into_serialized_writer()
            .map_err(|e| write_error("transactions.parquet", &e))?;
        Ok(Self {
            clean,
            factory: Some(factory),
            excluded: writer("excluded.parquet", schema::excluded(pass.kinds))?,
            rejected: writer("rejected.parquet", schema::rejected())?,
        })
    }

    fn take_factory(&mut self) -> ArrowRowGroupWriterFactory {
        self.factory.take().expect("taken once, by `land`")
    }

    fn append(
        &mut self,
        columns: Vec<parquet::arrow::arrow_writer::ArrowColumnChunk>,
        excluded: &[RecordBatch],
        rejected: &[RecordBatch],
    ) -> Result<()> {
        if !columns.is_empty() {
            let failed = |e| write_error("transactions.parquet", &e);
            let mut group = self.clean.next_row_group().map_err(failed)?;
            for column in columns {
                column.append_to_row_group(&mut group).map_err(failed)?;
            }
            group.close().map_err(failed)?;
        }
        for batch in excluded {
            self.excluded.write(batch).map_err(|e| write_error("excluded.parquet", &e))?;
        }
        for batch in rejected {
            self.rejected.write(batch).map_err(|e| write_error("rejected.parquet", &e))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        let mut clean = self.clean;
        clean.finish().map_err(|e| write_error("transactions.parquet", &e))?;
        self.excluded.close().map_err(|e| write_error("excluded.parquet", &e))?;
        self.rejected.close().map_err(|e| write_error("rejected.parquet", &e))?;
        Ok(())
    }
}

/// A file that remembers the kind of a failed write, since the Parquet library only passes on text.
struct NamedFile {
    file: std::io::BufWriter<fs_err::File>,
}

impl NamedFile {
    fn create(path: &Path) -> Result<Self> {
        let file =
            fs_err::File::create(path).map_err(|e| Error::io("write", &path.display().to_string(), &e))?;
        Ok(Self { file: std::io::BufWriter::with_capacity(1 << 20, file) })
    }
}

impl Write for NamedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The error of a failed write, with its kind restored if the disk is full.
pub(crate) fn write_error(table: &str, error: &parquet::errors::ParquetError) -> Error {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return Error::io("write", table, io);
        }
        source = cause.source();
    }
    let text = error.to_string();
    if text.contains("No space left") || text.contains("os error 28") {
        return Error::io("write", table, &std::io::Error::from(std::io::ErrorKind::StorageFull));
    }
    Error::new(Kind::Io, format!("cannot write `{table}`: {text}"))
}

/// A read handle to a stream that is finished elsewhere.
pub(crate) struct Shared<R>(pub(crate) Arc<Mutex<R>>);

impl<R: Read> Read for Shared<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.lock().map_err(|_poisoned| std::io::Error::other("reader stopped"))?.read(buffer)
    }
}

/// The blocks of a text after the header.
pub(crate) fn text_blocks<R: Read>(text: R, table: &TextTable) -> std::io::Result<BlockReader<R>> {
    let mut blocks = BlockReader::new(text, table.delimiter, table.first_line, BLOCK_BYTES);
    blocks.skip_lines(table.lines_before)?;
    Ok(blocks)
}

/// A unit of work.
pub(crate) enum Task {
    Text { file: usize, block: Block },
    Rows { file: usize, row_group: usize, offset: usize, rows: usize, first_row: u64 },
}

impl Task {
    /// The index of its file.
    pub(crate) fn file(&self) -> usize {
        match self {
            Self::Text { file, .. } | Self::Rows { file, .. } => *file,
        }
    }
}

/// Moves a full builder's rows to `batches`.
pub(crate) fn take_rejected(builder: &mut RejectedBuilder, batches: &mut Vec<RecordBatch>) {
    if builder.len() > 0 {
        batches.push(builder.finish());
    }
}
