//! The Parquet file with the rows of a relation.
//!
//! Its row groups have a fixed number of rows, so equal rows in equal order give equal bytes.

use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use regulars_core::progress::Progress;
use tokio::sync::mpsc;

use super::catalog::{Column, Relation};
use super::streams::Rows;
use super::{SourceTable, TYPE_KEY, UnsupportedValues};
use crate::copy_decode::{BATCH_ROWS, Batch, UnsupportedValue};
use crate::error::{Error, Kind};

const GROUP_ROWS: usize = 1 << 19;
/// For rows with long texts.
const GROUP_BYTES: usize = 1 << 28;

/// The columns that are read, as they are decoded.
pub(super) fn decoded_schema(relation: &Relation) -> SchemaRef {
    let read = |column: &Column| Some(Field::new(&column.name, column.codec.as_ref()?.data_type(), true));
    Arc::new(Schema::new(relation.columns.iter().filter_map(read).collect::<Vec<_>>()))
}

/// All columns as they are stored. Those that are not read are null, in a type that no role accepts.
pub(super) fn stored_schema(relation: &Relation) -> SchemaRef {
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the type is in a private module")]
    let field = |column: &Column| {
        let data_type = column.codec.as_ref().map_or(DataType::Binary, |codec| codec.data_type());
        let named = [(TYPE_KEY.to_owned(), column.type_name.clone())];
        Field::new(&column.name, data_type, true).with_metadata(named.into())
    };
    Arc::new(Schema::new(relation.columns.iter().map(field).collect::<Vec<_>>()))
}

/// Numbers and times repeat rarely, and are close to their neighbours.
fn properties(schema: &Schema) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_created_by("regulars".to_owned())
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_statistics_enabled(EnabledStatistics::None);
    for field in schema.fields() {
        let column = ColumnPath::new(vec![field.name().clone()]);
        match field.data_type() {
            DataType::Int64 | DataType::Timestamp(..) | DataType::Date32 => {
                properties = properties
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
            }
            DataType::Utf8 => {}
            _ => properties = properties.set_column_dictionary_enabled(column, false),
        }
    }
    properties.build()
}

/// Writes stored rows.
///
/// Batches are split and merged to equal sizes, because page boundaries depend on them.
pub(super) struct StoredWriter {
    path: PathBuf,
    batches: BatchCoalescer,
    writer: ArrowWriter<BufWriter<fs_err::File>>,
}

impl StoredWriter {
    pub(super) fn create(path: &Path, schema: &SchemaRef) -> Result<Self, Error> {
        let file =
            BufWriter::with_capacity(1 << 20, fs_err::File::create(path).map_err(|e| write_error(path, &e))?);
        let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties(schema)));
        Ok(Self {
            path: path.to_owned(),
            batches: BatchCoalescer::new(Arc::clone(schema), BATCH_ROWS),
            writer: writer.map_err(|e| parquet_error(path, &e))?,
        })
    }

    pub(super) fn write(&mut self, rows: RecordBatch) -> Result<(), Error> {
        self.batches.push_batch(rows).expect("rows have the schema of the file");
        self.write_completed()
    }

    fn write_completed(&mut self) -> Result<(), Error> {
        while let Some(rows) = self.batches.next_completed_batch() {
            self.writer.write(&rows).map_err(|e| parquet_error(&self.path, &e))?;
        }
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<(), Error> {
        self.batches.finish_buffered_batch().expect("rows have the schema of the file");
        self.write_completed()?;
        self.writer.close().map(drop).map_err(|e| parquet_error(&self.path, &e))
    }
}

/// The file being written.
pub(super) struct StagingFile {
    writer: StoredWriter,
    schema: SchemaRef,
    /// Whether each column is read.
    read: Vec<bool>,
    /// The key's columns among those that are read.
    key: Vec<usize>,
    rows: u64,
    /// By column.
    unsupported: Vec<Option<UnsupportedValues>>,
}

impl StagingFile {
    pub(super) fn create(path: &Path, relation: &Relation) -> Result<Self, Error> {
        let schema = stored_schema(relation);
        let writer = StoredWriter::create(path, &schema)?;
        let decoded = decoded_schema(relation);
        let key = relation.key.iter().filter_map(|name| decoded.index_of(name).ok()).collect();
        Ok(Self {
            writer,
            schema,
            read: relation.columns.iter().map(|column| column.codec.is_some()).collect(),
            key,
            rows: 0,
            unsupported: vec![None; decoded.fields().len()],
        })
    }

    /// Writes the rows of all pieces.
    pub(super) fn write(
        &mut self,
        mut pieces: mpsc::Receiver<Rows>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        while let Some(mut rows) = pieces.blocking_recv() {
            while let Some(batch) = rows.blocking_recv() {
                self.add(&batch)?;
                progress.advance(batch.rows.num_rows() as u64);
            }
        }
        Ok(())
    }

    fn add(&mut self, batch: &Batch) -> Result<(), Error> {
        for found in &batch.unsupported {
            self.add_unsupported(found, &batch.rows);
        }
        let rows = batch.rows.num_rows();
        let mut decoded = batch.rows.columns().iter();
        let columns = self.read.iter().map(|is_read| {
            let column = if *is_read { decoded.next().map(Arc::clone) } else { None };
            column.unwrap_or_else(|| new_null_array(&DataType::Binary, rows))
        });
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let stored = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns.collect(), &options)
            .expect("columns have the types of the schema, one value a row each");
        self.writer.write(stored)?;
        self.rows += rows as u64;
        Ok(())
    }

    fn add_unsupported(&mut self, found: &UnsupportedValue, rows: &RecordBatch) {
        if let Some(known) = &mut self.unsupported[found.column] {
            known.rows += found.rows;
            return;
        }
        let options = FormatOptions::default().with_null("NULL");
        let key_part = |column: &usize| {
            let name = rows.schema_ref().field(*column).name();
            // Times with a zone are shown in UTC: the names of zones are not known there.
            let shown = ArrayFormatter::try_new(rows.column(*column), &options)
                .map(|f| f.value(found.row).to_string());
            format!("{name} = {}", shown.unwrap_or_else(|_| "?".to_owned()))
        };
        let key: Vec<String> = self.key.iter().map(key_part).collect();
        let first =
            if key.is_empty() { format!("row {}", self.rows + found.row as u64 + 1) } else { key.join(", ") };
        let column = rows.schema_ref().field(found.column).name().clone();
        self.unsupported[found.column] =
            Some(UnsupportedValues { column, what: found.what.to_owned(), first, rows: found.rows });
    }

    /// Completes the file and describes the table.
    pub(super) fn finish(self, relation: Relation) -> Result<SourceTable, Error> {
        self.writer.close()?;
        Ok(SourceTable {
            name: relation.name,
            rows: self.rows,
            key: relation.key,
            unsupported: self.unsupported.into_iter().flatten().collect(),
            notes: relation.notes,
            state: None,
        })
    }
}

pub(super) fn write_error(path: &Path, error: &std::io::Error) -> Error {
    let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let message = format!("cannot write `{}`: {reason}", path.display());
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            Error::new(Kind::NoSpace, message).hint("free some space, or put --home on another disk")
        }
        _ => Error::new(Kind::Server, message),
    }
}

pub(super) fn parquet_error(path: &Path, error: &ParquetError) -> Error {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return write_error(path, io);
        }
        source = cause.source();
    }
    write_error(path, &std::io::Error::other(error.to_string()))
}
