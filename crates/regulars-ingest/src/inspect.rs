//! Inspects files (format, columns, sample rows), and reads small files row by row.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use regulars_core::config::{self, Config};
use regulars_core::progress::Silent;

use crate::blocks::{BLOCK_BYTES, BlockReader};
use crate::classify::Cells;
use crate::error::{Error, Kind, Result};
use crate::files::{self, Opened, Original, SAMPLE_ROWS, TextTable, later_rows};
use crate::ingest::{InputPaths, join_tables};
use crate::locations::{Access, Location, Storage, is_plain_table, locate};
use crate::open::{Fingerprint, RawStream, spool};
use crate::parquet_rows::{BatchCells, BatchRow, is_numeric_text, is_readable, is_time};
use crate::plan::{self, FilePlan, Sample};
use crate::records::Records;

/// An inspected file.
#[derive(Debug)]
pub(crate) struct InputFile {
    pub(crate) location: Location,
    pub(crate) stored: Stored,
    pub(crate) sample: Sample,
    /// Findings made before the columns are known.
    pub(crate) notes: Vec<String>,
    /// Where its rows are read from: the file itself, or a converted copy.
    path: PathBuf,
    /// The original file, if rows are read from a copy.
    pub(crate) original: Option<Arc<Original>>,
}

/// How the file is stored.
#[derive(Debug)]
pub(crate) enum Stored {
    Text(TextTable),
    Parquet { schema: SchemaRef },
}

/// What [`inspect`] found, for `init`.
#[derive(Debug)]
pub struct Inspection {
    /// One sentence per file: which columns it has.
    pub notes: Vec<String>,
    /// A configuration with the detected settings.
    pub config: Config,
    /// Unused columns of the first file.
    pub unused: Vec<String>,
}

/// Inspects the beginning of the order files and reports how they would be read.
///
/// Errors: those of [`crate::ingest`] that the beginning shows; an unclear date order is only a note.
pub fn inspect(
    input_paths: &InputPaths,
    config: &Config,
    store_options: &[(String, String)],
    scratch: &Path,
) -> Result<Inspection> {
    let runtime = runtime()?;
    let mut notes = Vec::new();
    let mut found = config.clone();
    let mut unused = Vec::new();
    let access = Access {
        store_options,
        tables: input_paths.tables.as_deref(),
        scratch,
        progress: &Silent,
        runtime: runtime.handle(),
    };
    let located = locate(&input_paths.orders, access)?;
    let combine = located.len() > 1;
    let mut first = true;
    let mut refused = None;
    let mut opened = Vec::new();
    for (number, location) in located.into_iter().enumerate() {
        let (searched, shown) = (location.searched && combine, location.shown.clone());
        let location = localise(location, scratch, number, runtime.handle())?;
        let input = match InputFile::open(location, config, scratch) {
            Ok(input) => input,
            // A file found in a folder need not be readable.
            Err(error) if searched && error.kind == Kind::Unreadable && !is_plain_table(&shown) => {
                notes.push(format!("{shown}: skipped: {error}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        notes.extend(input.notes.iter().cloned());
        opened.push(input);
    }
    let worked = join_tables(opened, config, scratch)?;
    notes.extend(worked.notes);
    for input in worked.inputs {
        let shown = input.location.shown.clone();
        match plan::plan(&input.sample, &input.sample, config, &shown) {
            Ok(mapping) => {
                notes.push(format!("{shown}: {}", mapping.describe()));
                if first {
                    unused.clone_from(&mapping.unused);
                    fill(&mut found, &mapping, &input);
                    first = false;
                }
            }
            Err(error) if combine && error.kind == Kind::Unreadable => {
                notes.push(format!("{shown}: not orders"));
                refused = refused.or(Some(error));
            }
            Err(error) => return Err(error),
        }
    }
    match refused {
        Some(error) if first => Err(error),
        _ => Ok(Inspection { notes, config: found, unused }),
    }
}

/// Adds the detected settings to a configuration where the user set nothing.
pub(crate) fn fill(config: &mut Config, mapping: &FilePlan, input: &InputFile) {
    let source = &mut config.source;
    source.preset = source.preset.take().or_else(|| mapping.preset.map(str::to_owned));
    if let Stored::Text(table) = &input.stored {
        // The format of a converted copy is not a setting.
        if !input.is_converted() {
            source.delimiter = source.delimiter.or(Some(char::from(table.delimiter)));
            source.encoding =
                source.encoding.take().or_else(|| Some(config::Encoding::new(table.form.encoding_name())));
        }
        source.decimal_comma = source.decimal_comma.or(Some(mapping.notation.decimal_comma));
    }
    source.date_order = source.date_order.or(mapping.dates.order);
    source.money_decimals = source.money_decimals.or(Some(mapping.notation.decimals));
    source.currency = source.currency.take().or_else(|| mapping.currencies.one());
    for (column, mapped) in &mapping.columns {
        config.mapping.entry(*column).or_insert_with(|| mapped.source.clone());
    }
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| Error::io("start", "the runtime for remote files", &e))
}

/// Makes a location local, since remote data are read more than once and out of order.
pub(crate) fn localise(
    location: Location,
    scratch: &Path,
    number: usize,
    runtime: &tokio::runtime::Handle,
) -> Result<Location> {
    match location.storage {
        Storage::Local(ref path) if fs_err::metadata(path).is_ok_and(|m| m.is_file()) => Ok(location),
        _ => spool(&location, scratch, number, runtime),
    }
}

impl InputFile {
    /// The encoding of a text file that is not Unicode.
    pub(crate) fn legacy_encoding(&self) -> Option<String> {
        match &self.stored {
            Stored::Text(table) => Some(table.form.encoding_name()).filter(|name| !name.starts_with("utf")),
            Stored::Parquet { .. } => None,
        }
    }

    /// Opens a local file; converted copies go to `scratch`.
    pub(crate) fn open(location: Location, config: &Config, scratch: &Path) -> Result<Self> {
        let opened = files::open(local_path(&location)?, &location.shown, &config.source, scratch)?;
        match opened {
            Opened::Parquet(file) => Self::open_parquet(location, file),
            Opened::Text(text) => Ok(Self::of_text(location, *text)),
        }
    }

    fn of_text(location: Location, text: files::OpenedText) -> Self {
        Self {
            location,
            sample: Sample {
                traits: text.traits,
                ..Sample::new(
                    text.header.clone(),
                    text.rows,
                    vec![false; text.header.len()],
                    // The delimiter of a converted copy says nothing about number formats.
                    (!text.converted).then_some(text.table.delimiter),
                )
            },
            stored: Stored::Text(text.table),
            notes: text.file.notes,
            path: text.file.path,
            original: text.file.original,
        }
    }

    /// The number of its first row.
    pub(crate) fn first_number(&self) -> u64 {
        match &self.stored {
            Stored::Text(table) => table.first_line,
            Stored::Parquet { .. } => 1,
        }
    }

    /// The same file, with its rows read from `made`, whose first row has the number `first_line`.
    ///
    /// Errors: same as [`Self::open`].
    pub(crate) fn with_rewritten_rows(
        &self,
        made: PathBuf,
        first_line: u64,
        config: &Config,
        scratch: &Path,
    ) -> Result<Self> {
        let shown = &self.location.shown;
        let path = local_path(&self.location)?;
        let opened = files::open_rewritten(made, first_line, path, shown, &config.source, scratch)?;
        Ok(Self { notes: self.notes.clone(), ..Self::of_text(self.location.clone(), opened) })
    }

    fn open_parquet(location: Location, file: files::LocalFile) -> Result<Self> {
        let shown = location.shown.clone();
        let builder = parquet_builder(&file.path, &shown)?;
        let schema = builder.schema().clone();
        let readable: Vec<usize> =
            (0..schema.fields().len()).filter(|i| is_readable(schema.field(*i).data_type())).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), readable.iter().copied());
        let broken = |e: String| {
            Error::new(Kind::Unreadable, format!("`{shown}` cannot be read: {e}"))
                .hint("the file may be cut off or damaged; write it again")
        };
        let groups: Vec<usize> =
            builder.metadata().row_groups().iter().map(|group| group.num_rows() as usize).collect();
        let reader = builder
            .with_projection(mask)
            .with_row_selection(sampled_rows(&groups))
            .with_batch_size(SAMPLE_ROWS)
            .build()
            .map_err(|e| broken(e.to_string()))?;
        let width = schema.fields().len();
        let mut rows = Vec::new();
        for batch in reader {
            let batch = batch.map_err(|e| broken(e.to_string()))?;
            let cells = BatchCells::new(&batch, &readable, width, &shown)?;
            for row in 0..batch.num_rows() {
                rows.push((0..width).map(|c| cells.cell(c, row).text().into_owned()).collect());
            }
        }
        let header = schema.fields().iter().map(|f| f.name().clone()).collect();
        let times = schema.fields().iter().map(|f| is_time(f.data_type())).collect();
        let mut sample = Sample::new(header, rows, times, None);
        sample.traits.numbers = schema.fields().iter().map(|f| is_numeric_text(f)).collect();
        let mut notes = file.notes;
        if let Some(table) = &location.table {
            notes.extend(table.notes.iter().cloned());
        }
        Ok(Self {
            location,
            stored: Stored::Parquet { schema },
            sample,
            notes,
            path: file.path,
            original: file.original,
        })
    }

    /// The path its rows are read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether rows are read from a converted copy.
    fn is_converted(&self) -> bool {
        self.sample.delimiter.is_none()
    }

    /// Calls `visit` with each row and its line number until it returns false.
    ///
    /// Shape: rows with the wrong number of fields are skipped; the result is their number.
    pub(crate) fn each_row(&self, visit: &mut dyn FnMut(u64, &dyn Cells) -> Result<bool>) -> Result<u64> {
        let shown = &self.location.shown;
        let width = self.sample.header.len();
        let mut malformed = 0;
        match &self.stored {
            Stored::Text(table) => {
                let broken = |e: std::io::Error| {
                    Error::new(Kind::Unreadable, format!("`{shown}` cannot be read to its end: {e}"))
                };
                let raw = fs_err::File::open(&self.path).map_err(|e| Error::io("open", shown, &e))?;
                let stream = files::text_of(Box::new(raw), &table.form, shown)?;
                let mut blocks = BlockReader::new(stream, table.delimiter, table.first_line, BLOCK_BYTES);
                blocks.skip_lines(table.lines_before).map_err(broken)?;
                while let Some(mut block) = blocks.next_block().map_err(broken)? {
                    malformed += block.overlong.len() as u64;
                    table.form.non_utf8.repair(&mut block.data);
                    let footer =
                        block.last.then(|| table.footer_line(&block.data, block.first_line)).flatten();
                    let mut records = Records::new(&block.data, block.first_line, table.delimiter, width)
                        .short_rows(table.short_rows);
                    while let Some(record) = records.next_record() {
                        let is_row =
                            footer.is_none_or(|footer| record.line < footer) && !table.is_header(record.raw);
                        if !record.well_formed || !is_row {
                            malformed += 1;
                        } else if !visit(record.line, &record)? {
                            return Ok(malformed);
                        }
                    }
                }
            }
            Stored::Parquet { schema } => {
                let readable: Vec<usize> =
                    (0..width).filter(|i| is_readable(schema.field(*i).data_type())).collect();
                let builder = parquet_builder(&self.path, shown)?;
                let broken =
                    |e: String| Error::new(Kind::Unreadable, format!("`{shown}` cannot be read: {e}"));
                let mask = ProjectionMask::roots(builder.parquet_schema(), readable.iter().copied());
                let mut line = 0;
                for batch in builder.with_projection(mask).build().map_err(|e| broken(e.to_string()))? {
                    let batch = batch.map_err(|e| broken(e.to_string()))?;
                    let cells = BatchCells::new(&batch, &readable, width, shown)?;
                    for row in 0..batch.num_rows() {
                        line += 1;
                        if !visit(line, &BatchRow { batch: &cells, row })? {
                            return Ok(malformed);
                        }
                    }
                }
            }
        }
        Ok(malformed)
    }

    /// Size and hash of the stored bytes.
    pub(crate) fn fingerprint(&self, runtime: &tokio::runtime::Handle) -> Result<Fingerprint> {
        RawStream::open(&self.location, runtime)?.finish()
    }
}

/// The first rows of a Parquet file, plus some from later row groups.
fn sampled_rows(groups: &[usize]) -> RowSelection {
    let mut left = SAMPLE_ROWS;
    let step = groups.len().div_ceil(later_rows::PLACES).max(1);
    let selected = groups.iter().enumerate().flat_map(|(number, rows)| {
        let mut wanted = left.min(*rows);
        left -= wanted;
        if wanted == 0 && number % step == 0 {
            wanted = later_rows::ROWS.min(*rows);
        }
        [RowSelector::select(wanted), RowSelector::skip(rows - wanted)]
    });
    RowSelection::from(selected.collect::<Vec<_>>())
}

fn parquet_builder(path: &Path, shown: &str) -> Result<ParquetRecordBatchReaderBuilder<std::fs::File>> {
    let file = fs_err::File::open(path).map_err(|e| Error::io("open", shown, &e))?;
    ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(|e| {
        Error::new(Kind::Unreadable, format!("`{shown}` is not a readable Parquet file: {e}"))
            .hint("the file may be cut off; write or copy it again")
    })
}

fn local_path(location: &Location) -> Result<&Path> {
    match &location.storage {
        Storage::Local(path) => Ok(path),
        _ => Err(Error::new(Kind::Io, format!("`{}` was not copied to this machine", location.shown))),
    }
}
