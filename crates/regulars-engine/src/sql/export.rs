//! Writes a query result to a file: CSV, Parquet or JSON, in the query's order.
//!
//! Written to a temporary file and renamed at the end, so that readers see the old or the complete new file.
//! Deliberately not here: files of a run (`writer.rs`).

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::{Writer as CsvWriter, WriterBuilder as CsvWriterBuilder};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::json::ArrayWriter;
use fs_err::File;
use parquet::arrow::ArrowWriter;

use super::RunTable;
use crate::error::{Error, Result, with_path};
use crate::session::Engine;
use crate::writer::properties;

/// An export format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a header; timestamps as `2024-03-31 14:05:09`, nulls empty.
    Csv,
    /// Parquet, compressed with zstd.
    Parquet,
    /// One array of objects; nulls are written.
    Json,
}

impl Format {
    /// The format implied by the extension of a file name; `None` for an unknown one.
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "parquet" | "pq" => Some(Self::Parquet),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

enum Sink {
    Csv(Box<CsvWriter<BufWriter<File>>>),
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
    Json(Box<ArrayWriter<BufWriter<File>>>),
}

impl Engine {
    /// Writes the result of `query` to `out` and returns the number of rows.
    ///
    /// Shape: as [`Self::sql`]; without ORDER BY the order is unspecified.
    /// Errors: as [`Self::sql`]; [`Kind::File`](crate::Kind::File) when `out` cannot be written; an existing
    /// file is kept then.
    pub fn export(
        &self,
        query: &str,
        tables: &[RunTable],
        money_decimals: u8,
        format: Format,
        out: &Path,
    ) -> Result<u64> {
        let (schema, mut batches) = self.start(query, tables, money_decimals)?;
        let temporary = TemporaryFile::next_to(out);
        let file = File::create(&temporary.path).map_err(|source| Error::file("write", out, source))?;
        let synced = file.try_clone().map_err(|source| Error::file("write", out, source))?;
        let failed = |e: ArrowError| Error::file("write", out, into_io(e, out));
        let mut sink = Sink::open(format, BufWriter::new(file), &schema).map_err(failed)?;
        let mut rows = 0;
        while let Some(batch) = batches.blocking_recv() {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            sink.write(&batch).map_err(failed)?;
        }
        sink.close().map_err(failed)?;
        synced.sync_all().map_err(|source| Error::file("write", out, source))?;
        temporary.rename_to(out)?;
        Ok(rows)
    }
}

impl Sink {
    fn open(
        format: Format,
        file: BufWriter<File>,
        schema: &SchemaRef,
    ) -> std::result::Result<Self, ArrowError> {
        Ok(match format {
            Format::Csv => {
                let mut writer = CsvWriterBuilder::new()
                    .with_header(true)
                    .with_timestamp_format("%Y-%m-%d %H:%M:%S%.f".to_owned())
                    .build(file);
                // The header comes with the first batch; empty results have one, too.
                writer.write(&RecordBatch::new_empty(Arc::clone(schema)))?;
                Self::Csv(Box::new(writer))
            }
            Format::Parquet => {
                let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties(schema)))?;
                Self::Parquet(Box::new(writer))
            }
            Format::Json => {
                let builder = arrow::json::WriterBuilder::new().with_explicit_nulls(true);
                Self::Json(Box::new(builder.build(file)))
            }
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> std::result::Result<(), ArrowError> {
        match self {
            Self::Csv(writer) => writer.write(batch),
            Self::Parquet(writer) => Ok(writer.write(batch)?),
            Self::Json(writer) => writer.write(batch),
        }
    }

    fn close(self) -> std::result::Result<(), ArrowError> {
        match self {
            Self::Csv(writer) => Ok(writer.into_inner().flush()?),
            Self::Parquet(writer) => Ok(writer.into_inner()?.flush()?),
            Self::Json(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner().flush()?)
            }
        }
    }
}

fn into_io(error: ArrowError, path: &Path) -> std::io::Error {
    match error {
        ArrowError::IoError(_, io) => io,
        other => with_path(&other, path),
    }
}

/// A file that is removed unless it is renamed.
struct TemporaryFile {
    path: PathBuf,
    renamed: bool,
}

impl TemporaryFile {
    fn next_to(out: &Path) -> Self {
        let name = out.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let path = out.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        Self { path, renamed: false }
    }

    fn rename_to(mut self, out: &Path) -> Result<()> {
        fs_err::rename(&self.path, out).map_err(|source| Error::file("write", out, source))?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.renamed {
            // Ignore errors: it may be gone already.
            drop(fs_err::remove_file(&self.path));
        }
    }
}
