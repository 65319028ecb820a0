//! Writes small result tables of a run as Parquet.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Int32Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowLeafColumn, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
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

/// A column that may have nulls in another run, although it has none in this one.
pub(crate) fn nullable(name: &str, array: impl Into<ArrayRef>) -> NewColumn {
    NewColumn { name: name.to_owned(), array: array.into(), nullable: true }
}

/// Strings by index, as a dictionary column.
pub(crate) fn words(numbers: &[u8], words: &[String]) -> ArrayRef {
    let keys = Int32Array::from_iter_values(numbers.iter().map(|n| i32::from(*n)));
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(words));
    Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values).expect("every number is one of a word"))
}

/// Rows per row group.
const ROWS_OF_A_GROUP: usize = 131_072;

/// Properties of every Parquet file.
pub(crate) fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_created_by("regulars".to_owned())
        // Unwritten row groups are kept in memory.
        .set_max_row_group_row_count(Some(ROWS_OF_A_GROUP))
        .build()
}

/// Checks that the columns of a result table are those of its declaration: SQL, exports and the API know no others.
fn check_declared(path: &Path, columns: &[NewColumn]) -> Result<()> {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(table) = regulars_core::tables::table(&name) else { return Ok(()) };
    let declared: Vec<String> =
        table.columns.iter().map(regulars_core::tables::ColumnDef::stored_name).collect();
    match columns.iter().find(|column| !declared.contains(&column.name)) {
        Some(other) => {
            let message = format!(
                "`{name}` has a column `{}` that `regulars_core::tables` does not declare",
                other.name
            );
            Err(Error::new(Kind::Internal, message))
        }
        None => Ok(()),
    }
}

/// Writes a table; equal columns give equal bytes.
///
/// Errors: columns of a result table that are not declared; the file cannot be written.
pub(crate) fn write(path: &Path, columns: Vec<NewColumn>) -> Result<()> {
    check_declared(path, &columns)?;
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
        ..Error::new(Kind::Environment, format!("cannot write `{shown}`: {e}"))
    };
    let file = fs_err::File::create(path).map_err(|e| failed(e.to_string()))?;
    write_parquet(file, &batch).map_err(|e| failed(e.to_string()))
}

/// Writes an in-memory table, encoding two columns of a row group at a time; the bytes are the same as one
/// column after the other.
fn write_parquet(file: fs_err::File, batch: &RecordBatch) -> parquet::errors::Result<()> {
    let writer = ArrowWriter::try_new(file.into_file(), batch.schema(), Some(properties()))?;
    let (mut writer, groups) = writer.into_serialized_writer()?;
    for (number, first) in (0..batch.num_rows()).step_by(ROWS_OF_A_GROUP).enumerate() {
        let rows = batch.slice(first, ROWS_OF_A_GROUP.min(batch.num_rows() - first));
        let mut leaves = Vec::with_capacity(rows.num_columns());
        for (field, array) in rows.schema().fields().iter().zip(rows.columns()) {
            leaves.extend(compute_leaves(field, array)?);
        }
        let columns = groups.create_column_writers(number)?.into_iter().zip(leaves).collect();
        let mut group = writer.next_row_group()?;
        for chunk in encoded(columns)? {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// The columns of one row group in order, encoded by two threads.
fn encoded(
    columns: Vec<(ArrowColumnWriter, ArrowLeafColumn)>,
) -> parquet::errors::Result<Vec<ArrowColumnChunk>> {
    let waiting = Mutex::new(columns.into_iter().enumerate());
    let encode = || -> parquet::errors::Result<Vec<(usize, ArrowColumnChunk)>> {
        let mut done = Vec::new();
        loop {
            let next = waiting.lock().map_or(None, |mut waiting| waiting.next());
            let Some((at, (mut writer, leaf))) = next else { return Ok(done) };
            writer.write(&leaf)?;
            done.push((at, writer.close()?));
        }
    };
    let (here, beside) = thread::scope(|scope| {
        let beside = scope.spawn(encode);
        (encode(), beside.join())
    });
    let stopped = |_panic| ParquetError::General("encoding stopped without a reason".to_owned());
    let mut chunks = here?;
    chunks.extend(beside.map_err(stopped)??);
    chunks.sort_unstable_by_key(|(at, _)| *at);
    Ok(chunks.into_iter().map(|(_, chunk)| chunk).collect())
}

/// Writes columns to `out` in the given format.
pub(crate) fn write_as<Name: AsRef<str>>(
    format: Format,
    out: &Path,
    columns: Vec<(Name, ArrayRef)>,
) -> Result<()> {
    let batch = RecordBatch::try_from_iter(columns).map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    if format == Format::Parquet {
        let failed = |e: String| Error {
            hint: Some("is there room on the disk?".to_owned()),
            ..Error::new(Kind::Environment, format!("cannot write `{}`: {e}", out.display()))
        };
        let file = fs_err::File::create(out).map_err(|e| failed(e.to_string()))?;
        return write_parquet(file, &batch).map_err(|e| failed(e.to_string()));
    }
    let mut file = Pieces::create(out, format, &batch.schema())?;
    file.write(&batch)?;
    file.close()
}

/// Writes to a temporary file and renames it, so that a failure leaves the old file.
pub(crate) fn write_aside(out: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    let aside = Path::new(&name);
    let done = write(aside)
        .and_then(|()| fs_err::rename(aside, out).map_err(|e| Error::new(Kind::Environment, e.to_string())));
    if done.is_err() {
        // Best effort: the first error matters.
        drop(fs_err::remove_file(aside));
    }
    done
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    #[test]
    fn columns_that_are_not_declared_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let written = |table: &str, name: &str| {
            let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
            write(&folder.path().join(format!("{table}.parquet")), vec![column(name, numbers)])
        };
        assert!(written("rfm_thresholds", "customers").is_ok());
        assert!(written("contacts_of_mine", "anything").is_ok());
        let refused = written("rfm_thresholds", "clients").expect_err("not declared");
        assert!(refused.to_string().contains("`clients`"), "{refused}");
    }
}
