//! Columns of `customer_features` for the models: `f64`, money in the currency's unit, NaN for missing
//! values.

use std::ops::Range;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use regulars_core::features::FEATURES;
use regulars_core::money::minor_per_major;
use regulars_core::tables::{ColumnDef, Kind as ColumnKind};

use crate::error::{Error, Kind, Result};

/// One feature of all customers.
#[derive(Debug, Clone)]
pub struct FeatureColumn {
    /// Its name.
    pub name: String,
    /// One value per row; NaN if missing.
    pub values: Vec<f64>,
}

impl FeatureColumn {
    /// The numbers of a stored column, divided by `scale`.
    ///
    /// Errors: a column that does not hold numbers.
    pub fn of(name: String, stored: &ArrayRef, scale: f64) -> Result<Self> {
        let numbers = cast(stored, &DataType::Float64)
            .map_err(|e| Error::new(Kind::Internal, format!("feature `{name}` is not numeric: {e}")))?;
        let values = numbers.as_primitive::<Float64Type>().iter();
        Ok(Self { name, values: values.map(|v| v.map_or(f64::NAN, |v| v / scale)).collect() })
    }
}

/// Reads the features `names` from the file, in that order; unknown names are skipped.
///
/// Shape: one value per customer, in the file's order (by customer id).
/// Errors: an unreadable file.
pub fn read_features(path: &Path, names: &[String], money_decimals: u8) -> Result<Vec<FeatureColumn>> {
    let wanted = Wanted::of(names);
    let arrays = read_columns(path, &wanted.stored())?;
    wanted.columns(&arrays, money_decimals)
}

/// Passes the same to a callback, `customers` at a time, with their row numbers.
///
/// Errors: an unreadable file; those of the callback.
pub fn for_each_batch(
    path: &Path,
    names: &[String],
    money_decimals: u8,
    customers: usize,
    mut visit: impl FnMut(Range<usize>, &[FeatureColumn]) -> Result<()>,
) -> Result<()> {
    let wanted = Wanted::of(names);
    let (reader, _, shown) = open(path, &wanted.stored(), Some(customers))?;
    let mut first = 0;
    for batch in reader {
        let batch = batch.map_err(|e| unreadable(&shown, e))?;
        let arrays: Vec<ArrayRef> =
            wanted.0.iter().filter_map(|f| batch.column_by_name(f.stored).cloned()).collect();
        let rows = first..first + batch.num_rows();
        first = rows.end;
        visit(rows, &wanted.columns(&arrays, money_decimals)?)?;
    }
    Ok(())
}

/// Features to read.
struct Wanted(Vec<&'static ColumnDef>);

impl Wanted {
    fn of(names: &[String]) -> Self {
        Self(names.iter().filter_map(|name| FEATURES.iter().find(|f| f.name == *name)).collect())
    }

    fn stored(&self) -> Vec<String> {
        self.0.iter().map(|feature| feature.stored.to_owned()).collect()
    }

    fn columns(&self, arrays: &[ArrayRef], money_decimals: u8) -> Result<Vec<FeatureColumn>> {
        let unit = minor_per_major(money_decimals);
        let each = self.0.iter().zip(arrays);
        each.map(|(feature, array)| {
            let scale = match feature.kind {
                ColumnKind::Money | ColumnKind::MoneyMean => unit,
                ColumnKind::Quantity => 1000.0,
                _ => 1.0,
            };
            FeatureColumn::of(feature.name.to_owned(), array, scale)
        })
        .collect()
    }
}

fn unreadable(shown: &str, error: impl std::fmt::Display) -> Error {
    Error::new(Kind::Environment, format!("cannot read `{shown}`: {error}"))
}

/// Opens the given columns of a Parquet file; also returns its display name.
fn open(
    path: &Path,
    names: &[String],
    batch_rows: Option<usize>,
) -> Result<(ParquetRecordBatchReader, SchemaRef, String)> {
    let shown = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let file = fs_err::File::open(path).map_err(|e| unreadable(&shown, e))?;
    let mut builder =
        ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(|e| unreadable(&shown, e))?;
    if let Some(rows) = batch_rows {
        builder = builder.with_batch_size(rows);
    }
    let schema = builder.schema().clone();
    let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().map(String::as_str));
    let reader = builder.with_projection(mask).build().map_err(|e| unreadable(&shown, e))?;
    Ok((reader, schema, shown))
}

/// Names of the columns of a Parquet file.
///
/// Errors: a missing file, or one that is not Parquet.
pub fn column_names(path: &Path) -> Result<Vec<String>> {
    let (_, schema, _) = open(path, &[], None)?;
    Ok(schema.fields().iter().map(|field| field.name().clone()).collect())
}

/// Reads complete columns of a Parquet file, in the order of `names`.
///
/// Errors: an unreadable file, or a missing column.
pub fn read_columns(path: &Path, names: &[String]) -> Result<Vec<ArrayRef>> {
    let (reader, schema, shown) = open(path, names, None)?;
    let batches: Vec<_> = reader.collect::<Result<_, _>>().map_err(|e| unreadable(&shown, e))?;
    names
        .iter()
        .map(|name| {
            let field = schema.field_with_name(name).map_err(|e| unreadable(&shown, e))?;
            let parts: Vec<&dyn Array> =
                batches.iter().filter_map(|b| b.column_by_name(name)).map(AsRef::as_ref).collect();
            if parts.is_empty() {
                return Ok(arrow::array::new_empty_array(field.data_type()));
            }
            concat(&parts).map_err(|e| unreadable(&shown, e))
        })
        .collect()
}
