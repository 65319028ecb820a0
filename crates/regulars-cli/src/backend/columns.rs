//! Conversion of Arrow columns to the server's plain columns.

use std::collections::HashMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use regulars_core::dates::DAY_MICROS;
use regulars_server::{Column, ColumnKind, NO_CODE, NO_DAY, NO_INTEGER, TextColumn};

/// The server's column kind for an Arrow type; `None` if there is none.
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

/// The column at `place` of all batches.
///
/// Errors: a message if Arrow cannot cast the values.
pub(super) fn column(kind: ColumnKind, place: usize, batches: &[RecordBatch]) -> Result<Column, String> {
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let arrays = batches.iter().map(|batch| batch.column(place));
    let cast_to = |array, to: &DataType| cast(array, to).map_err(|e| e.to_string());
    match kind {
        ColumnKind::Integers => {
            let mut values = Vec::with_capacity(rows);
            for array in arrays {
                let array = cast_to(array, &DataType::Int64)?;
                values.extend(array.as_primitive::<Int64Type>().iter().map(|v| v.unwrap_or(NO_INTEGER)));
            }
            Ok(Column::Integers(values))
        }
        ColumnKind::Numbers => {
            let mut values = Vec::with_capacity(rows);
            for array in arrays {
                let array = cast_to(array, &DataType::Float64)?;
                values.extend(array.as_primitive::<Float64Type>().iter().map(|v| v.unwrap_or(f64::NAN)));
            }
            Ok(Column::Numbers(values))
        }
        ColumnKind::Days => {
            let mut values = Vec::with_capacity(rows);
            for array in arrays {
                let array = cast_to(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                let days = array.as_primitive::<TimestampMicrosecondType>();
                values.extend(days.iter().map(|v| v.map_or(NO_DAY, |v| v.div_euclid(DAY_MICROS) as i32)));
            }
            Ok(Column::Days(values))
        }
        ColumnKind::Text => {
            let mut text = TextColumn { codes: Vec::with_capacity(rows), values: Vec::new() };
            let mut places: HashMap<String, u32> = HashMap::new();
            for array in arrays {
                let array = cast_to(array, &DataType::Utf8)?;
                let strings = array.as_string::<i32>();
                for value in strings {
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
            Ok(Column::Text(text))
        }
    }
}
