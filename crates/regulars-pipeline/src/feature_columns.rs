//! Columns of `customer_features` as the models want them: `f64`, money in the currency's unit, NaN
//! where there is no value.

use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::features::FEATURES;

use crate::error::{Error, Kind, Result};

/// One feature of every customer.
#[derive(Debug, Clone)]
pub(crate) struct FeatureColumn {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

impl FeatureColumn {
    /// The numbers of a stored column, which counts `scale` to one.
    pub(crate) fn of(name: String, stored: &ArrayRef, scale: f64) -> Result<Self> {
        let numbers = cast(stored, &DataType::Float64)
            .map_err(|e| Error::new(Kind::Internal, format!("feature `{name}` is no number: {e}")))?;
        let values = numbers.as_primitive::<Float64Type>().iter();
        Ok(Self { name, values: values.map(|v| v.map_or(f64::NAN, |v| v / scale)).collect() })
    }
}

/// Reads the features `names` of the file, in that order; names that are no features are passed over.
///
/// Shape: one value a customer, in the file's order (by customer id).
pub(crate) fn read_features(path: &Path, names: &[String], money_decimals: u8) -> Result<Vec<FeatureColumn>> {
    let wanted: Vec<_> = names.iter().filter_map(|name| FEATURES.iter().find(|f| f.name == *name)).collect();
    let stored: Vec<String> = wanted.iter().map(|f| f.stored_name()).collect();
    let unit = 10_f64.powi(i32::from(money_decimals));
    let arrays = read_columns(path, &stored)?;
    let mut columns = Vec::with_capacity(wanted.len());
    for ((feature, stored), array) in wanted.iter().zip(&stored).zip(arrays) {
        let scale = match stored {
            _ if stored.ends_with("_minor") => unit,
            _ if stored.ends_with("_milli") => 1000.0,
            _ => 1.0,
        };
        columns.push(FeatureColumn::of(feature.name.to_owned(), &array, scale)?);
    }
    Ok(columns)
}

/// Reads whole columns of a Parquet file, in the order of `names`.
pub(crate) fn read_columns(path: &Path, names: &[String]) -> Result<Vec<ArrayRef>> {
    let shown = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let failed = |e: String| Error::new(Kind::Surroundings, format!("cannot read `{shown}`: {e}"));
    let file = fs_err::File::open(path).map_err(|e| failed(e.to_string()))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(|e| failed(e.to_string()))?;
    let schema = builder.schema().clone();
    let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().map(String::as_str));
    let reader = builder.with_projection(mask).build().map_err(|e| failed(e.to_string()))?;
    let batches: Vec<_> = reader.collect::<std::result::Result<_, _>>().map_err(|e| failed(e.to_string()))?;
    names
        .iter()
        .map(|name| {
            let field = schema.field_with_name(name).map_err(|e| failed(e.to_string()))?;
            let parts: Vec<&dyn Array> =
                batches.iter().filter_map(|b| b.column_by_name(name)).map(AsRef::as_ref).collect();
            if parts.is_empty() {
                return Ok(arrow::array::new_empty_array(field.data_type()));
            }
            concat(&parts).map_err(|e| failed(e.to_string()))
        })
        .collect()
}
