//! Conversion of Arrow columns to plain columns.

use std::collections::HashMap;

use arrow::array::{Array as _, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use regulars_core::dates::DAY_MICROS;

use crate::columns::{Column, ColumnKind, NO_CODE, NO_DAY, NO_INTEGER, TextColumn};

/// The column kind for an Arrow type; `None` if there is none.
pub(super) fn kind(of: &DataType) -> Option<ColumnKind> {
    Some(match of {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => ColumnKind::Days,
        other if other.is_integer() => ColumnKind::Integers,
        other if other.is_floating() => ColumnKind::Numbers,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean => ColumnKind::Text,
        DataType::Dictionary(_, values) => return kind(values),
        _ => return None,
    })
}

/// The values of an Arrow array as a plain column.
///
/// # Errors
///
/// A message if its type cannot be shown.
pub fn column_of(array: &ArrayRef) -> Result<Column, String> {
    column(array.data_type(), std::iter::once(array))
}

/// The values of Arrow arrays of one type, one after the other, as a plain column.
///
/// # Errors
///
/// A message if the type cannot be shown.
pub(super) fn column<'a>(
    of: &DataType,
    arrays: impl Iterator<Item = &'a ArrayRef>,
) -> Result<Column, String> {
    let kind = kind(of).ok_or_else(|| format!("columns of type {of} cannot be shown"))?;
    let read = match kind {
        ColumnKind::Integers => {
            values::<Int64Type, _>(arrays, |v| v.unwrap_or(NO_INTEGER)).map(Column::Integers)
        }
        ColumnKind::Numbers => {
            values::<Float64Type, _>(arrays, |v| v.unwrap_or(f64::NAN)).map(Column::Numbers)
        }
        ColumnKind::Days => {
            let day = |v: Option<i64>| v.map_or(NO_DAY, |v| v.div_euclid(DAY_MICROS) as i32);
            values::<TimestampMicrosecondType, _>(arrays, day).map(Column::Days)
        }
        ColumnKind::Text => text(arrays).map(Column::Text),
    };
    read.map_err(|e| e.to_string())
}

fn values<'a, T: ArrowPrimitiveType, V>(
    arrays: impl Iterator<Item = &'a ArrayRef>,
    of: impl Fn(Option<T::Native>) -> V,
) -> Result<Vec<V>, ArrowError> {
    let mut values = Vec::new();
    for array in arrays {
        values.extend(cast(array, &T::DATA_TYPE)?.as_primitive::<T>().iter().map(&of));
    }
    Ok(values)
}

fn text<'a>(arrays: impl Iterator<Item = &'a ArrayRef>) -> Result<TextColumn, ArrowError> {
    let mut text = TextColumn::default();
    let mut places: HashMap<String, u32> = HashMap::new();
    for array in arrays {
        for value in cast(array, &DataType::Utf8)?.as_string::<i32>() {
            let Some(value) = value else {
                text.codes.push(NO_CODE);
                continue;
            };
            let next = text.values.len() as u32;
            let code = places.get(value).copied().unwrap_or(next);
            if code == next {
                places.insert(value.to_owned(), next);
                text.values.push(value.to_owned());
            }
            text.codes.push(code);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        DictionaryArray, Float64Array, Int32Array, Int64Array, NullArray, TimestampMicrosecondArray,
    };
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn arrays_become_plain_columns_with_marks_for_what_is_missing() {
        let of = |array: ArrayRef| column_of(&array).expect("a known type");
        let whole = Int32Array::from(vec![Some(7), None]);
        assert_eq!(of(Arc::new(whole)), Column::Integers(vec![7, NO_INTEGER]));
        let days = TimestampMicrosecondArray::from(vec![Some(DAY_MICROS + 1), Some(-1), None]);
        assert_eq!(of(Arc::new(days)), Column::Days(vec![1, -1, NO_DAY]));
        let Column::Numbers(numbers) = of(Arc::new(Float64Array::from(vec![Some(0.5), None]))) else {
            panic!("numbers")
        };
        assert!(numbers[0].to_bits() == 0.5_f64.to_bits() && numbers[1].is_nan());
        let coded: DictionaryArray<Int32Type> = [Some("a"), None, Some("b"), Some("a")].into_iter().collect();
        let text = TextColumn { codes: vec![0, NO_CODE, 1, 0], values: vec!["a".to_owned(), "b".to_owned()] };
        assert_eq!(of(Arc::new(coded)), Column::Text(text));
        let refused = column_of(&(Arc::new(NullArray::new(1)) as ArrayRef)).expect_err("no values");
        assert_eq!(refused, "columns of type Null cannot be shown");
    }

    #[test]
    fn batches_of_a_table_are_one_column_and_no_batch_is_an_empty_one() {
        let parts: Vec<ArrayRef> =
            vec![Arc::new(Int64Array::from(vec![1, 2])), Arc::new(Int64Array::from(vec![3]))];
        assert_eq!(column(&DataType::Int64, parts.iter()), Ok(Column::Integers(vec![1, 2, 3])));
        assert_eq!(column(&DataType::Utf8, [].iter()), Ok(Column::Text(TextColumn::default())));
    }
}
