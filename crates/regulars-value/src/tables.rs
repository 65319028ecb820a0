//! Writes and reads the result tables of a run, as `regulars_core::tables` declares them.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, UInt8Array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float64Type, Int32Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType, UInt8Type,
};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowLeafColumn, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use regulars_core::tables::{ColumnDef, Row, Value};
use regulars_engine::Format;
use regulars_store::Run;

use crate::error::{Error, Kind, Result};
use crate::feature_columns::read_columns;
use crate::pieces::Pieces;

/// Strings by index, as a dictionary column.
pub fn words(numbers: &[u8], words: &[String]) -> ArrayRef {
    let keys = Int32Array::from_iter_values(numbers.iter().map(|n| i32::from(*n)));
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(words));
    Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values).expect("every number is one of a word"))
}

/// Money in minor units.
pub(crate) fn money_minor(value: f64, money_unit: f64) -> i64 {
    (value * money_unit).round() as i64
}

/// Money in minor units; none for an end left open because of too few customers.
pub(crate) fn known_minor(value: f64, money_unit: f64) -> Option<i64> {
    value.is_finite().then(|| money_minor(value, money_unit))
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

/// Whole numbers of all customers.
pub fn whole(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

/// Numbers of all customers.
pub fn numbers(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

/// Numbers of all customers, where known.
pub fn numbers_or_none(values: Vec<Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

/// Writes the columns of a declared table into `dir`; equal columns give equal bytes.
///
/// Shape: an array per column; `None` for a column that this run does not have.
///
/// Errors: a type that is not declared, or missing values where none are declared: bugs in Regulars; the file
/// cannot be written.
pub fn write<T: Into<Option<ArrayRef>>>(dir: &Path, columns: Vec<(ColumnDef, T)>) -> Result<()> {
    let Some((first, _)) = columns.first() else { return Ok(()) };
    let name = first.table;
    let bug = |message: String| Error::new(Kind::Internal, message);
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays = Vec::with_capacity(columns.len());
    for (column, array) in columns {
        let Some(array) = array.into() else { continue };
        let field = column.field(array.data_type());
        if field.data_type() != array.data_type() {
            return Err(bug(format!(
                "`{name}.{}` is {}, and declared as {}",
                column.stored,
                array.data_type(),
                field.data_type()
            )));
        }
        fields.push(field);
        arrays.push(array);
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|e| bug(format!("`{name}` cannot be built: {e}")))?;
    let failed = |e: String| Error {
        hint: Some("is there room on the disk?".to_owned()),
        ..Error::new(Kind::Environment, format!("cannot write `{name}.parquet`: {e}"))
    };
    let path = dir.join(format!("{name}.parquet"));
    let file = fs_err::File::create(path).map_err(|e| failed(e.to_string()))?;
    write_parquet(file, &batch).map_err(|e| failed(e.to_string()))
}

/// Writes the rows of a declared table into `dir`.
///
/// Errors: as `write`.
pub fn write_rows<R: Row>(dir: &Path, rows: &[R]) -> Result<()> {
    let mut cells: Vec<Vec<Value<'_>>> = R::COLUMNS.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (cells, value) in cells.iter_mut().zip(row.values()) {
            cells.push(value);
        }
    }
    let columns = R::COLUMNS.iter().zip(&cells);
    write(dir, columns.map(|(column, cells)| (*column, array(column, cells))).collect())
}

/// The stored array of a column of rows.
fn array(column: &ColumnDef, cells: &[Value<'_>]) -> ArrayRef {
    let text = || {
        cells.iter().map(|cell| match cell {
            Value::Text(text) => Some(text.as_ref()),
            _ => None,
        })
    };
    let integer = || {
        cells.iter().map(|cell| match cell {
            Value::Integer(number) => Some(*number),
            _ => None,
        })
    };
    match column.field(&DataType::Utf8).data_type() {
        DataType::Utf8 => Arc::new(text().collect::<StringArray>()),
        DataType::Dictionary(..) => Arc::new(text().collect::<DictionaryArray<Int32Type>>()),
        DataType::Float64 => Arc::new(
            cells
                .iter()
                .map(|cell| match cell {
                    Value::Number(number) => Some(*number),
                    _ => None,
                })
                .collect::<Float64Array>(),
        ),
        DataType::UInt8 => Arc::new(integer().map(|number| number.map(|n| n as u8)).collect::<UInt8Array>()),
        DataType::Timestamp(..) => Arc::new(integer().collect::<TimestampMicrosecondArray>()),
        _ => Arc::new(integer().collect::<Int64Array>()),
    }
}

/// Reads the rows of a declared table of a run; `None` if the run does not have the table.
///
/// Errors: an unreadable table, or one with other columns.
pub fn read_rows<R: Row>(run: &Run) -> Result<Option<Vec<R>>> {
    let Some(first) = R::COLUMNS.first() else { return Ok(None) };
    if !run.has_table(first.table) {
        return Ok(None);
    }
    let path = run.dir.join(format!("{}.parquet", first.table));
    let names: Vec<String> = R::COLUMNS.iter().map(|column| column.stored.to_owned()).collect();
    let columns = read_columns(&path, &names)?;
    // Dictionaries become text.
    let plain = columns.iter().map(|column| match column.data_type() {
        DataType::Dictionary(..) => cast(column, &DataType::Utf8),
        _ => Ok(column.clone()),
    });
    let columns: Vec<ArrayRef> =
        plain.collect::<Result<_, _>>().map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    let damaged = |column: &ColumnDef| Error {
        hint: Some("run again to rebuild the table".to_owned()),
        ..Error::new(
            Kind::Environment,
            format!("table `{}` has no column `{}` of the expected kind", first.table, column.name),
        )
    };
    let rows = columns.first().map_or(0, Array::len);
    let read = |row: usize| {
        let mut columns = columns.iter();
        R::read(|_column| columns.next().map_or(Value::Null, |array| value(array, row))).map_err(damaged)
    };
    (0..rows).map(read).collect::<Result<_>>().map(Some)
}

fn value(array: &ArrayRef, row: usize) -> Value<'_> {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).into()),
        DataType::Float64 => Value::Number(array.as_primitive::<Float64Type>().value(row)),
        DataType::UInt8 => Value::Integer(array.as_primitive::<UInt8Type>().value(row).into()),
        DataType::Int64 => Value::Integer(array.as_primitive::<Int64Type>().value(row)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Value::Integer(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        _ => Value::Null,
    }
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
///
/// Errors: the file cannot be written.
pub fn write_as<Name: AsRef<str>>(format: Format, out: &Path, columns: Vec<(Name, ArrayRef)>) -> Result<()> {
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
///
/// Errors: those of `write`, and of renaming.
pub fn write_aside(out: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
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
    use regulars_core::tables::rfm_thresholds;

    use super::*;

    #[test]
    fn columns_of_another_type_and_undeclared_nulls_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let columns = |customers: ArrayRef| rfm_thresholds::Columns {
            measure: Arc::new(StringArray::from(vec!["recency"])) as ArrayRef,
            within: Arc::new(StringArray::from(vec![None::<&str>])) as ArrayRef,
            score: Arc::new(UInt8Array::from(vec![1])) as ArrayRef,
            from_value: numbers(&[1.0]),
            to_value: numbers(&[2.0]),
            customers,
        };
        let written = |customers| write(folder.path(), columns(customers).into_list());
        assert!(written(whole(&[3])).is_ok());
        let other = written(numbers(&[3.0])).expect_err("a number is not a count");
        assert!(other.to_string().contains("`rfm_thresholds.customers`"), "{other}");
        let empty: ArrayRef = Arc::new(Int64Array::from(vec![None]));
        assert!(written(empty).is_err());
    }
}
