//! Tables as Parquet: one row group per chunk, with columns encoded off the writing thread.
//!
//! Money is `DECIMAL(12, 2)`, text is dictionary-encoded, ascending integers are delta-encoded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array,
    Int64Array, StringArray, TimestampMicrosecondArray, UInt8Array,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit, UInt8Type};
use fs_err as fs;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use crate::error::Error;
use crate::pending::Pending;
use crate::table::{Table, Values};

/// Precision and scale of amounts.
const DECIMAL: (u8, i8) = (12, 2);

/// A Parquet file being written.
pub(crate) struct ParquetFile {
    pending: Pending,
    writer: SerializedFileWriter<fs::File>,
}

/// Encodes chunks for one [`ParquetFile`]; shared by the threads.
pub(crate) struct Encoder {
    path: PathBuf,
    schema: Arc<Schema>,
    factory: ArrowRowGroupWriterFactory,
}

/// An encoded row group.
pub(crate) struct RowGroup(Vec<ArrowColumnChunk>);

impl ParquetFile {
    /// Creates the file and its encoder.
    pub(crate) fn create(folder: &Path, name: &str, columns: &Table) -> Result<(Self, Encoder), Error> {
        let (pending, file) = Pending::create(folder, name)?;
        let path = pending.path().to_owned();
        let schema = Arc::new(schema(columns));
        let properties = Arc::new(properties(columns));
        let writer = ArrowSchemaConverter::new()
            .convert(&schema)
            .and_then(|descriptor| SerializedFileWriter::new(file, descriptor.root_schema_ptr(), properties))
            .map_err(|source| Error::from_parquet(&path, source))?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        Ok((Self { pending, writer }, Encoder { path, schema, factory }))
    }

    /// Appends a row group.
    pub(crate) fn append(&mut self, group: RowGroup) -> Result<(), Error> {
        append_group(&mut self.writer, group)
            .map_err(|source| Error::from_parquet(self.pending.path(), source))
    }

    /// Writes the footer and closes the file.
    pub(crate) fn finish(mut self) -> Result<Pending, Error> {
        self.writer.finish().map_err(|source| Error::from_parquet(self.pending.path(), source))?;
        Ok(self.pending)
    }
}

fn append_group(writer: &mut SerializedFileWriter<fs::File>, group: RowGroup) -> Result<(), ParquetError> {
    let mut group_writer = writer.next_row_group()?;
    for column in group.0 {
        column.append_to_row_group(&mut group_writer)?;
    }
    group_writer.close()?;
    Ok(())
}

impl Encoder {
    /// Encodes and compresses a table with the columns of the file.
    pub(crate) fn encode(&self, table: &Table) -> Result<RowGroup, Error> {
        self.encode_columns(table).map_err(|source| Error::from_parquet(&self.path, source))
    }

    fn encode_columns(&self, table: &Table) -> Result<RowGroup, ParquetError> {
        // The row group number matters only for encryption.
        let writers = self.factory.create_column_writers(0)?;
        let mut chunks = Vec::with_capacity(writers.len());
        for ((mut writer, field), column) in writers.into_iter().zip(self.schema.fields()).zip(&table.columns)
        {
            for leaf in compute_leaves(field, &array(&column.values))? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok(RowGroup(chunks))
    }
}

fn schema(table: &Table) -> Schema {
    let field = |name: &str, values: &Values| {
        Field::new(name, data_type(values), matches!(values, Values::NullableTimestamp(_)))
    };
    Schema::new(table.columns.iter().map(|column| field(column.name, &column.values)).collect::<Vec<Field>>())
}

fn data_type(values: &Values) -> DataType {
    match values {
        Values::Sequence(..) | Values::Id(_) => DataType::Int64,
        Values::Count(_) => DataType::Int32,
        Values::Cents(_) => DataType::Decimal128(DECIMAL.0, DECIMAL.1),
        Values::Timestamp(_) | Values::NullableTimestamp(_) => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        Values::Date(_) => DataType::Date32,
        Values::Category(..) => DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::Utf8)),
        Values::Number(_) => DataType::Float64,
        Values::Boolean(_) => DataType::Boolean,
    }
}

fn array(values: &Values) -> ArrayRef {
    match values {
        Values::Sequence(first, count) => {
            Arc::new(Int64Array::from_iter_values(*first..*first + *count as i64))
        }
        Values::Id(values) => Arc::new(Int64Array::from_iter_values(values.iter().copied())),
        Values::Count(values) => Arc::new(Int32Array::from_iter_values(values.iter().copied())),
        Values::Cents(values) => Arc::new(
            Decimal128Array::from_iter_values(values.iter().map(|&cents| i128::from(cents)))
                .with_precision_and_scale(DECIMAL.0, DECIMAL.1)
                .expect("the scale is within the precision"),
        ),
        Values::Timestamp(values) => {
            Arc::new(TimestampMicrosecondArray::from_iter_values(values.iter().copied()))
        }
        Values::NullableTimestamp(values) => {
            Arc::new(values.iter().copied().collect::<TimestampMicrosecondArray>())
        }
        Values::Date(values) => Arc::new(Date32Array::from_iter_values(values.iter().copied())),
        Values::Category(codes, words) => {
            let keys = UInt8Array::from_iter_values(codes.iter().copied());
            let words = Arc::new(StringArray::from_iter_values(words));
            Arc::new(
                DictionaryArray::<UInt8Type>::try_new(keys, words)
                    .expect("every code is a place among the words"),
            )
        }
        Values::Number(values) => Arc::new(Float64Array::from_iter_values(values.iter().copied())),
        Values::Boolean(values) => Arc::new(values.iter().map(|&flag| Some(flag)).collect::<BooleanArray>()),
    }
}

fn properties(table: &Table) -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("zstd has a level one");
    let mut builder = WriterProperties::builder().set_compression(Compression::ZSTD(level));
    for column in &table.columns {
        let path = ColumnPath::from(column.name);
        // A dictionary of rarely repeated numbers costs time and saves nothing compared with delta encoding.
        builder = match &column.values {
            Values::Count(_) | Values::Category(..) => builder.set_column_dictionary_enabled(path, true),
            Values::Number(_) | Values::Boolean(_) => builder.set_column_dictionary_enabled(path, false),
            Values::Sequence(..)
            | Values::Id(_)
            | Values::Cents(_)
            | Values::Timestamp(_)
            | Values::NullableTimestamp(_)
            | Values::Date(_) => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
        };
    }
    builder.build()
}
