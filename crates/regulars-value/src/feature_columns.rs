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
    /// Name of the feature.
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

/// Passes the same features to a callback, `customers` rows at a time, with their row numbers.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array, StringArray};
    use proptest::prelude::*;

    use super::*;
    use crate::tables::write_as;

    /// Features of so many customers: money in cents, a quantity in thousandths, days and a missing mean.
    fn stored(customers: i64) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("customer_features.parquet");
        let feature =
            |name: &str| FEATURES.iter().find(|feature| feature.name == name).expect("declared").stored;
        let whole = |of: &dyn Fn(i64) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values((0..customers).map(of)))
        };
        let gaps = (0..customers).map(|row| (row % 2 == 0).then_some(row as f64 + 0.5));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("customer_id", whole(&|row| row + 1)),
            (feature("monetary"), whole(&|row| row * 150)),
            (feature("recency_days"), whole(&|row| row)),
            (feature("days_between_orders_mean"), Arc::new(gaps.collect::<Float64Array>())),
        ];
        write_as(regulars_engine::Format::Parquet, &path, columns).expect("written");
        (folder, path)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn features_come_in_the_order_asked_for_and_in_their_units() {
        let (_folder, path) = stored(3);
        let wanted = names(&["recency_days", "no such feature", "monetary", "days_between_orders_mean"]);
        let found = read_features(&path, &wanted, 2).expect("written");
        assert_eq!(
            found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["recency_days", "monetary", "days_between_orders_mean"]
        );
        assert_eq!(found[0].values, [0.0, 1.0, 2.0]);
        assert_eq!(found[1].values, [0.0, 1.5, 3.0]);
        assert!(found[2].values[1].is_nan());
        assert_eq!((found[2].values[0], found[2].values[2]), (0.5, 2.5));
        // A currency without decimals.
        assert_eq!(
            read_features(&path, &names(&["monetary"]), 0).expect("written")[0].values,
            [0.0, 150.0, 300.0]
        );
        assert!(read_features(&path, &[], 2).expect("written").is_empty());
    }

    #[test]
    fn quantities_are_thousandths() {
        let feature = FEATURES.iter().find(|feature| feature.kind == ColumnKind::Quantity);
        let Some(feature) = feature else { return };
        let wanted = Wanted(vec![feature]);
        let stored: ArrayRef = Arc::new(Int64Array::from(vec![Some(2500), None]));
        let found = wanted.columns(&[stored], 2).expect("numbers");
        assert!((found[0].values[0] - 2.5).abs() < 1e-12 && found[0].values[1].is_nan());
    }

    #[test]
    fn text_is_not_a_feature() {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        let number = FeatureColumn::of("x".to_owned(), &text, 1.0);
        assert!(number.is_err() || number.is_ok_and(|column| column.values[0].is_nan()));
        let times = arrow::array::new_empty_array(&DataType::Binary);
        assert_eq!(
            FeatureColumn::of("x".to_owned(), &times, 1.0).expect_err("no number").kind,
            Kind::Internal
        );
    }

    #[test]
    fn an_unreadable_file_and_a_missing_column_are_errors_of_the_environment() {
        let (folder, path) = stored(2);
        let kind = |error: Error| error.kind;
        assert_eq!(
            read_columns(&path, &names(&["nothing"])).map_err(kind).expect_err("missing"),
            Kind::Environment
        );
        let none = folder.path().join("none.parquet");
        assert_eq!(column_names(&none).map_err(kind).expect_err("missing"), Kind::Environment);
        fs_err::write(&none, "no table").expect("written");
        assert_eq!(column_names(&none).map_err(kind).expect_err("text"), Kind::Environment);
        assert_eq!(column_names(&path).expect("a table").len(), 4);
    }

    #[test]
    fn an_empty_table_has_columns_of_its_types() {
        let (_folder, path) = stored(0);
        let found =
            read_columns(&path, &names(&["days_between_orders_mean", "customer_id"])).expect("a table");
        assert_eq!((found[0].len(), found[0].data_type()), (0, &DataType::Float64));
        assert_eq!((found[1].len(), found[1].data_type()), (0, &DataType::Int64));
    }

    #[test]
    fn an_error_of_the_visitor_stops_the_reading() {
        let (_folder, path) = stored(10);
        let mut seen = 0;
        let stopped = for_each_batch(&path, &names(&["monetary"]), 2, 3, |rows, _| {
            seen = rows.end;
            if rows.start >= 3 { Err(Error::new(Kind::Input, "enough")) } else { Ok(()) }
        });
        assert_eq!((stopped.expect_err("stopped").kind, seen), (Kind::Input, 6));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn parts_together_are_the_whole(customers in 0_i64..40, at_once in 1_usize..50) {
            let (_folder, path) = stored(customers);
            let wanted = names(&["days_between_orders_mean", "monetary"]);
            let all = read_features(&path, &wanted, 2).expect("written");
            let mut together = vec![Vec::new(); 2];
            let mut next = 0;
            for_each_batch(&path, &wanted, 2, at_once, |rows, columns| {
                assert_eq!(rows.start, next);
                assert!(rows.len() <= at_once);
                next = rows.end;
                for (together, column) in together.iter_mut().zip(columns) {
                    assert_eq!(column.values.len(), rows.len());
                    together.extend(column.values.iter().map(|value| value.to_bits()));
                }
                Ok(())
            }).expect("read");
            prop_assert_eq!(next, customers as usize);
            for (together, all) in together.iter().zip(&all) {
                let all: Vec<u64> = all.values.iter().map(|value| value.to_bits()).collect();
                prop_assert_eq!(together, &all);
            }
        }
    }
}
