//! Writes small result tables of a run as Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Int32Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use regulars_engine::Format;

use crate::error::{Error, Kind, Result};
use crate::pieces::Pieces;

/// One column of a table to write.
pub(crate) struct NewColumn {
    name: String,
    array: ArrayRef,
    nullable: bool,
}

pub(crate) fn column(name: &str, array: impl Into<ArrayRef>) -> NewColumn {
    let array = array.into();
    NewColumn { name: name.to_owned(), nullable: array.null_count() > 0, array }
}

/// A column that may hold nulls in another run, although it does not in this one.
pub(crate) fn nullable(name: &str, array: impl Into<ArrayRef>) -> NewColumn {
    NewColumn { name: name.to_owned(), array: array.into(), nullable: true }
}

/// Words by their number, as a dictionary column.
pub(crate) fn words(numbers: &[u8], words: &[String]) -> ArrayRef {
    let keys = Int32Array::from_iter_values(numbers.iter().map(|n| i32::from(*n)));
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(words));
    Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values).expect("every number is one of a word"))
}

/// Rows that are written together.
const ROWS_OF_A_GROUP: usize = 131_072;

/// How every Parquet file is written.
pub(crate) fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_created_by("regulars".to_owned())
        // What is not yet written out is held in memory.
        .set_max_row_group_row_count(Some(ROWS_OF_A_GROUP))
        .build()
}

/// Writes a table; equal columns give equal bytes.
pub(crate) fn write(path: &Path, columns: Vec<NewColumn>) -> Result<()> {
    let shown = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let fields: Vec<Field> =
        columns.iter().map(|c| Field::new(&c.name, c.array.data_type().clone(), c.nullable)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().map(|c| c.array).collect())
        .map_err(|e| {
            Error::new(Kind::Internal, format!("`{shown}` has columns of different lengths: {e}"))
        })?;
    let failed = |e: String| Error {
        hint: Some("is there room on the disk?".to_owned()),
        ..Error::new(Kind::Surroundings, format!("cannot write `{shown}`: {e}"))
    };
    let file = fs_err::File::create(path).map_err(|e| failed(e.to_string()))?;
    let mut writer =
        ArrowWriter::try_new(file, schema, Some(properties())).map_err(|e| failed(e.to_string()))?;
    writer.write(&batch).map_err(|e| failed(e.to_string()))?;
    writer.close().map_err(|e| failed(e.to_string()))?;
    Ok(())
}

/// Writes columns to `out` in the format asked for.
pub(crate) fn write_as<Name: AsRef<str>>(
    format: Format,
    out: &Path,
    columns: Vec<(Name, ArrayRef)>,
) -> Result<()> {
    let batch = RecordBatch::try_from_iter(columns).map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    let mut file = Pieces::create(out, format, &batch.schema())?;
    file.write(&batch)?;
    file.close()
}

/// Writes beside `out` and renames, so that a failure leaves what was there.
pub(crate) fn write_aside(out: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    let aside = Path::new(&name);
    let done = write(aside)
        .and_then(|()| fs_err::rename(aside, out).map_err(|e| Error::new(Kind::Surroundings, e.to_string())));
    if done.is_err() {
        // Best effort: the error that matters is the first.
        drop(fs_err::remove_file(aside));
    }
    done
}
