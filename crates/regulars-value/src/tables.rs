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

use crate::chunked_file::ChunkedFile;
use crate::error::{Error, Kind, Result};
use crate::feature_columns::read_columns;

/// Strings by index, as a dictionary column.
///
/// # Panics
///
/// If a number is not the index of a word.
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
    let mut file = ChunkedFile::create(out, format, &batch.schema())?;
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

    use regulars_core::tables::{
        customer_segments, ltv_drivers, model_comparison, monthly_revenue, rfm_scores, rfm_summary,
    };

    use crate::feature_columns::column_names;

    /// A column of a table that was just written.
    fn back(folder: &Path, table: &str, name: &str) -> ArrayRef {
        read_columns(&folder.join(format!("{table}.parquet")), &[name.to_owned()]).expect("written").remove(0)
    }

    fn integers(column: &ArrayRef) -> Vec<Option<i64>> {
        column.as_primitive::<Int64Type>().iter().collect()
    }

    fn threshold(score: u8, from_value: Option<f64>) -> rfm_thresholds::Row {
        rfm_thresholds::Row {
            measure: "monetary".to_owned(),
            within: (score > 1).then(|| format!("of {score}")),
            score,
            from_value,
            to_value: from_value.map(|from| from + 0.5),
            customers: u64::from(score) * 10,
        }
    }

    #[test]
    fn rows_are_stored_by_kind_with_their_missing_values() {
        let folder = tempfile::tempdir().expect("a folder");
        write_rows(folder.path(), &[threshold(1, Some(-2.25)), threshold(5, None)]).expect("written");
        let column = |name: &str| back(folder.path(), "rfm_thresholds", name);
        let texts = |name: &str| -> Vec<Option<String>> {
            let plain = cast(&column(name), &DataType::Utf8).expect("text");
            plain.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
        };
        assert_eq!(texts("measure"), [Some("monetary".to_owned()), Some("monetary".to_owned())]);
        assert_eq!(texts("within"), [None, Some("of 5".to_owned())]);
        assert_eq!(column("score").as_primitive::<UInt8Type>().values().to_vec(), [1, 5]);
        let from: Vec<Option<f64>> = column("from_value").as_primitive::<Float64Type>().iter().collect();
        assert_eq!(from, [Some(-2.25), None]);
        assert_eq!(integers(&column("customers")), [Some(10), Some(50)]);
        let declared: Vec<&str> = rfm_thresholds::Row::COLUMNS.iter().map(|column| column.stored).collect();
        assert_eq!(column_names(&folder.path().join("rfm_thresholds.parquet")).expect("written"), declared);
    }

    #[test]
    fn months_are_stored_as_times_and_money_in_cents() {
        let folder = tempfile::tempdir().expect("a folder");
        let month = |month: i64, revenue_minor: i64| monthly_revenue::Row {
            month,
            revenue_minor,
            orders: 2,
            customers: 1,
        };
        write_rows(folder.path(), &[month(1_700_000_000_000_000, -12_345), month(-1, 0)]).expect("written");
        let times = back(folder.path(), "monthly_revenue", "month");
        assert_eq!(
            times.as_primitive::<TimestampMicrosecondType>().values().to_vec(),
            [1_700_000_000_000_000, -1]
        );
        assert_eq!(
            integers(&back(folder.path(), "monthly_revenue", "revenue_minor")),
            [Some(-12_345), Some(0)]
        );
    }

    #[test]
    fn every_declared_value_of_a_row_is_read_from_the_cell_it_was_put_in() {
        let row = rfm_summary::Row {
            segment: "Loyal \"x\", ü".to_owned(),
            segment_priority: 3,
            customers: 12,
            customer_share: 0.25,
            revenue_minor: -7,
            revenue_share: 0.125,
            recency_mean: 4.5,
            frequency_mean: 2.0,
            monetary_mean_minor: -0.5,
            average_order_value_minor: 99.75,
            bought_last_90d_share: None,
            overdue_share: Some(0.0),
            tenure_median: Some(100.0),
            cycle_ratio_median: None,
            caveat: None,
        };
        let columns = rfm_summary::Row::COLUMNS;
        let arrays: Vec<ArrayRef> =
            columns.iter().zip(row.values()).map(|(column, cell)| array(column, &[cell])).collect();
        for (column, array) in columns.iter().zip(&arrays) {
            assert_eq!(array.data_type(), column.field(array.data_type()).data_type(), "{}", column.stored);
            assert_eq!(array.len(), 1);
        }
        let plain: Vec<ArrayRef> = arrays
            .iter()
            .map(|array| match array.data_type() {
                DataType::Dictionary(..) => cast(array, &DataType::Utf8).expect("text"),
                _ => Arc::clone(array),
            })
            .collect();
        let mut columns = plain.iter();
        let read = rfm_summary::Row::read(|_| columns.next().map_or(Value::Null, |array| value(array, 0)));
        assert_eq!(format!("{:?}", read.expect("of its kinds").values()), format!("{:?}", row.values()));
        // A text where a number is declared is named.
        let wrong = rfm_summary::Row::read(|column| {
            if column.stored == "customers" { Value::Text("12".into()) } else { Value::Null }
        });
        assert!(wrong.is_err());
    }

    #[test]
    fn a_table_without_rows_keeps_its_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        write_rows::<model_comparison::Row>(folder.path(), &[]).expect("written");
        let names = column_names(&folder.path().join("model_comparison.parquet")).expect("written");
        assert_eq!(names.len(), model_comparison::Row::COLUMNS.len());
        assert_eq!(back(folder.path(), "model_comparison", "rmse_minor").len(), 0);
    }

    #[test]
    fn a_column_that_a_run_does_not_have_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let [measure, within, score, from, to, customers] = rfm_thresholds::Row::COLUMNS else {
            panic!("six columns")
        };
        let text: ArrayRef = Arc::new(StringArray::from(vec!["recency"]));
        let columns =
            vec![(*measure, Some(text)), (*within, None), (*score, None), (*from, None), (*to, None)];
        let columns = columns.into_iter().chain([(*customers, Some(whole(&[1])))]).collect();
        write(folder.path(), columns).expect("written");
        let names = column_names(&folder.path().join("rfm_thresholds.parquet")).expect("written");
        assert_eq!(names, ["measure", "customers"]);
        assert!(read_columns(&folder.path().join("rfm_thresholds.parquet"), &["score".to_owned()]).is_err());
        // No columns are no table.
        write::<Option<ArrayRef>>(folder.path(), Vec::new()).expect("nothing to do");
    }

    #[test]
    fn columns_of_different_lengths_are_a_bug() {
        let folder = tempfile::tempdir().expect("a folder");
        let columns = customer_segments::Columns {
            customer_id: whole(&[1, 2]),
            segment: words(&[0], &["Lost".to_owned()]),
            segment_priority: whole(&[1, 2]),
        };
        let refused = write(folder.path(), columns.into_list()).expect_err("two and one");
        assert_eq!(refused.kind, Kind::Internal);
        // The folder has to exist.
        let columns = customer_segments::Columns {
            customer_id: whole(&[1]),
            segment: words(&[0], &["Lost".to_owned()]),
            segment_priority: whole(&[1]),
        };
        let refused = write(&folder.path().join("none"), columns.into_list()).expect_err("no folder");
        assert_eq!(refused.kind, Kind::Environment);
    }

    #[test]
    fn ids_keep_the_type_of_their_source() {
        let folder = tempfile::tempdir().expect("a folder");
        let ids: [ArrayRef; 2] = [whole(&[3, 4]), Arc::new(StringArray::from(vec!["a", "b"]))];
        for id in ids {
            let columns = ltv_drivers::Columns {
                customer_id: Arc::clone(&id),
                rank: whole(&[1, 2]),
                feature: words(&[1, 0], &["p_alive".to_owned(), "recency".to_owned()]),
                effect_minor: whole(&[-5, 6]),
            };
            write(folder.path(), columns.into_list()).expect("written");
            assert_eq!(&back(folder.path(), "ltv_drivers", "customer_id"), &id);
            let features =
                cast(&back(folder.path(), "ltv_drivers", "feature"), &DataType::Utf8).expect("text");
            let features: Vec<&str> = features.as_string::<i32>().iter().flatten().collect();
            assert_eq!(features, ["recency", "p_alive"]);
        }
    }

    #[test]
    fn more_rows_than_a_group_are_read_back_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let rows = 2 * ROWS_OF_A_GROUP as i64 + 5;
        let values: Vec<i64> = (0..rows).map(|row| row * 7 % 1000).collect();
        let scores: ArrayRef =
            Arc::new(UInt8Array::from_iter_values((0..rows).map(|row| (row % 5) as u8 + 1)));
        let segments: Vec<u8> = (0..rows).map(|row| (row % 3) as u8).collect();
        let names = ["a", "b", "c"].map(str::to_owned);
        let columns = rfm_scores::Columns {
            customer_id: whole(&(0..rows).collect::<Vec<i64>>()),
            recency: whole(&values),
            frequency: whole(&values),
            monetary_minor: whole(&values),
            r_score: Arc::clone(&scores),
            f_score: Arc::clone(&scores),
            m_score: Arc::clone(&scores),
            rfm_score: scores,
            rfm_weighted_score: numbers(
                &values.iter().map(|value| *value as f64 / 8.0).collect::<Vec<f64>>(),
            ),
            segment: words(&segments, &names),
            tenure_days: whole(&values),
            cycle_ratio: numbers_or_none(values.iter().map(|value| Some(*value as f64)).collect()),
        };
        write(folder.path(), columns.into_list()).expect("written");
        let read = |name: &str| back(folder.path(), "rfm_scores", name);
        assert!(integers(&read("monetary_minor")).into_iter().flatten().eq(values.iter().copied()));
        assert!(integers(&read("customer_id")).into_iter().flatten().eq(0..rows));
        let text = cast(&read("segment"), &DataType::Utf8).expect("text");
        let expected = segments.iter().map(|segment| names[usize::from(*segment)].as_str());
        assert!(text.as_string::<i32>().iter().flatten().eq(expected));
        let weighted = read("rfm_weighted_score");
        let weighted = weighted.as_primitive::<Float64Type>().values().to_vec();
        assert!(weighted.iter().zip(&values).all(|(a, b)| (a * 8.0 - *b as f64).abs() < 1e-9));
    }

    #[test]
    fn equal_columns_give_equal_bytes() {
        let bytes = || {
            let folder = tempfile::tempdir().expect("a folder");
            write_rows(folder.path(), &[threshold(2, Some(1.0)), threshold(3, None)]).expect("written");
            fs_err::read(folder.path().join("rfm_thresholds.parquet")).expect("written")
        };
        assert!(bytes() == bytes());
    }

    #[test]
    fn money_is_rounded_to_the_minor_unit() {
        assert_eq!(
            [1.005, -1.006, 0.004, 12.346].map(|value| money_minor(value, 100.0)),
            [100, -101, 0, 1235]
        );
        assert_eq!(money_minor(7.6, 1.0), 8);
        assert_eq!(known_minor(2.5, 1000.0), Some(2500));
        assert_eq!(
            [f64::INFINITY, f64::NAN, f64::NEG_INFINITY].map(|open| known_minor(open, 100.0)),
            [None; 3]
        );
    }

    #[test]
    fn files_are_written_in_every_format() {
        let folder = tempfile::tempdir().expect("a folder");
        let columns = || -> Vec<(&str, ArrayRef)> {
            vec![("id", whole(&[7, 8])), ("share", numbers_or_none(vec![Some(0.5), None]))]
        };
        let out = |name: &str| folder.path().join(name);
        write_as(Format::Csv, &out("a.csv"), columns()).expect("written");
        assert_eq!(fs_err::read_to_string(out("a.csv")).expect("text"), "id,share\n7,0.5\n8,\n");
        write_as(Format::Json, &out("a.json"), columns()).expect("written");
        let text = fs_err::read_to_string(out("a.json")).expect("text");
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read[0], serde_json::json!({ "id": 7, "share": 0.5 }));
        assert_eq!(read[1], serde_json::json!({ "id": 8, "share": null }));
        write_as(Format::Parquet, &out("a.parquet"), columns()).expect("written");
        let read = read_columns(&out("a.parquet"), &["share".to_owned(), "id".to_owned()]).expect("written");
        assert_eq!(integers(&read[1]), [Some(7), Some(8)]);
        assert_eq!(read[0].null_count(), 1);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out.csv");
        fs_err::write(&out, "old").expect("written");
        let failed = write_aside(&out, |aside| {
            fs_err::write(aside, "half").expect("written");
            Err(Error::new(Kind::Environment, "full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs_err::read_to_string(&out).expect("text"), "old");
        let files = || fs_err::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(files(), 1);
        write_aside(&out, |aside| {
            assert_ne!(aside, out);
            fs_err::write(aside, "new").map_err(|e| Error::new(Kind::Environment, e.to_string()))
        })
        .expect("written");
        assert_eq!((fs_err::read_to_string(&out).expect("text").as_str(), files()), ("new", 1));
    }
}
