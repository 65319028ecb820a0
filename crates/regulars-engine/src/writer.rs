//! Writes a stream of batches to one Parquet file whose bytes depend only on the rows.
//!
//! Row groups have a fixed number of rows and each column chunk is encoded at once, so the batch boundaries
//! have no effect; columns are encoded in parallel on the engine's threads while the next row group is
//! computed. Deliberately not atomic: the writer of a run renames its whole folder (exports:
//! `sql/export.rs`).

use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::physical_plan::SendableRecordBatchStream;
use fs_err::File;
use futures::StreamExt as _;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use tokio::task::JoinHandle;

use crate::error::{Error, Operation, Result};

/// Rows per row group: small enough that several threads can read the table of a million customers, large
/// enough that pages compress well.
pub(crate) const ROW_GROUP_ROWS: usize = 131_072;

type Columns = Vec<JoinHandle<ParquetResult<ArrowColumnChunk>>>;
type Writer = SerializedFileWriter<BufWriter<File>>;

/// Parquet writer properties.
///
/// Columns with nearly as many values as rows (identifiers, times, money) get no dictionary: it would be
/// built, found too large, and discarded.
pub(crate) fn properties(schema: &Schema) -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("1 is a level of zstd");
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for field in schema.fields() {
        let name = field.name();
        let is_varied = name.ends_with("_id")
            || name.ends_with("_minor") && !name.starts_with("spend_last_")
            || matches!(field.data_type(), DataType::Timestamp(..));
        if is_varied {
            builder = builder.set_column_dictionary_enabled(ColumnPath::from(name.as_str()), false);
        }
    }
    builder.build()
}

/// Writes all rows to `path`, synced, and returns the number of rows.
pub(crate) async fn write_table(
    mut stream: SendableRecordBatchStream,
    path: &Path,
    operation: &Operation,
) -> Result<u64> {
    let schema = stream.schema();
    let failed = |e: ParquetError| Error::parquet("write", path, e);
    let file = File::create(path).map_err(|source| Error::file("write", path, source))?;
    let synced = file.try_clone().map_err(|source| Error::file("write", path, source))?;
    let arrow_writer =
        ArrowWriter::try_new(BufWriter::new(file), Arc::clone(&schema), Some(properties(&schema)));
    let (mut writer, factory) = arrow_writer.and_then(ArrowWriter::into_serialized_writer).map_err(failed)?;

    let mut rows = 0;
    let mut groups = 0;
    let mut buffered = Vec::new();
    let mut buffered_rows = 0;
    let mut encoding: Option<Columns> = None;
    while let Some(batch) = stream.next().await {
        let mut batch: RecordBatch = batch.map_err(|e| operation.failed(e))?;
        rows += batch.num_rows() as u64;
        while buffered_rows + batch.num_rows() >= ROW_GROUP_ROWS {
            let missing = ROW_GROUP_ROWS - buffered_rows;
            buffered.push(batch.slice(0, missing));
            batch = batch.slice(missing, batch.num_rows() - missing);
            let full = std::mem::take(&mut buffered);
            buffered_rows = 0;
            let next = start(&factory, groups, &schema, full).map_err(failed)?;
            groups += 1;
            finish(&mut writer, encoding.replace(next), path).await?;
        }
        if batch.num_rows() > 0 {
            buffered_rows += batch.num_rows();
            buffered.push(batch);
        }
    }
    finish(&mut writer, encoding, path).await?;
    if !buffered.is_empty() {
        let last = start(&factory, groups, &schema, buffered).map_err(failed)?;
        finish(&mut writer, Some(last), path).await?;
    }
    writer.close().map_err(failed)?;
    synced.sync_all().map_err(|source| Error::file("write", path, source))?;
    Ok(rows)
}

/// Starts to encode all columns of a row group.
fn start(
    factory: &ArrowRowGroupWriterFactory,
    group: usize,
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
) -> ParquetResult<Columns> {
    let writers = factory.create_column_writers(group)?;
    debug_assert_eq!(writers.len(), schema.fields().len(), "no nested columns");
    let batches = Arc::new(batches);
    let columns = writers.into_iter().enumerate().map(|(index, mut writer)| {
        let (batches, schema) = (Arc::clone(&batches), Arc::clone(schema));
        tokio::spawn(async move {
            let pieces: Vec<&dyn arrow::array::Array> =
                batches.iter().map(|b| b.column(index).as_ref()).collect();
            let column: ArrayRef = concat(&pieces)?;
            for leaf in compute_leaves(schema.field(index), &column)? {
                writer.write(&leaf)?;
            }
            writer.close()
        })
    });
    Ok(columns.collect())
}

/// Waits for a row group and appends it to the file.
async fn finish(writer: &mut Writer, columns: Option<Columns>, path: &Path) -> Result<()> {
    let Some(columns) = columns else { return Ok(()) };
    let failed = |e: ParquetError| Error::parquet("write", path, e);
    let mut chunks = Vec::with_capacity(columns.len());
    for column in columns {
        let chunk = column.await.map_err(|e| Error::data(format!("a column could not be encoded: {e}")))?;
        chunks.push(chunk.map_err(failed)?);
    }
    let mut group = writer.next_row_group().map_err(failed)?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut group).map_err(failed)?;
    }
    group.close().map_err(failed)?;
    Ok(())
}
