//! Rows of Parquet files as cells.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};

use crate::cells::Cell;
use crate::classify::Cells;
use crate::error::{Error, Kind, Result};

/// A column of a batch, in one of the few types that cells are built from.
#[derive(Debug)]
pub(crate) enum Values {
    Text(StringArray),
    /// Dictionary-encoded text: a code per row, and the distinct values.
    Words(Int32Array, StringArray),
    Int(Int64Array),
    Float(Float64Array),
    Decimal(Decimal128Array, i8),
    Bool(BooleanArray),
    Time(TimestampMicrosecondArray, bool),
    Nothing,
}

/// A batch with access to its cells.
#[derive(Debug)]
pub(crate) struct BatchCells {
    columns: Vec<Values>,
}

/// One row of it.
pub(crate) struct BatchRow<'a> {
    pub(crate) batch: &'a BatchCells,
    pub(crate) row: usize,
}

impl BatchCells {
    /// Prepares a batch that contains the columns `wanted` of a file with `width` columns; the others read as
    /// null.
    ///
    /// Errors: [`Kind::Unreadable`] for a column of a nested or binary type.
    pub(crate) fn new(batch: &RecordBatch, wanted: &[usize], width: usize, shown: &str) -> Result<Self> {
        let mut columns: Vec<Values> = (0..width).map(|_| Values::Nothing).collect();
        for (i, at) in wanted.iter().enumerate() {
            columns[*at] = values(batch.column(i), batch.schema_ref().field(i), shown)?;
        }
        Ok(Self { columns })
    }

    pub(crate) fn column(&self, column: usize) -> &Values {
        &self.columns[column]
    }

    #[inline]
    pub(crate) fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        match &self.columns[column] {
            Values::Nothing => Cell::Null,
            Values::Text(array) if array.is_valid(row) => Cell::Text(array.value(row).as_bytes()),
            Values::Words(numbers, words) if numbers.is_valid(row) => {
                let number = numbers.value(row) as usize;
                if words.is_valid(number) { Cell::Text(words.value(number).as_bytes()) } else { Cell::Null }
            }
            Values::Int(array) if array.is_valid(row) => Cell::Int(array.value(row)),
            Values::Float(array) if array.is_valid(row) => Cell::Float(array.value(row)),
            Values::Decimal(array, scale) if array.is_valid(row) => {
                Cell::Decimal(&array.values()[row], *scale)
            }
            Values::Bool(array) if array.is_valid(row) => Cell::Bool(array.value(row)),
            Values::Time(array, utc) if array.is_valid(row) => Cell::Time(array.value(row), *utc),
            _ => Cell::Null,
        }
    }
}

impl Cells for BatchRow<'_> {
    #[inline]
    fn cell(&self, column: usize) -> Cell<'_> {
        self.batch.cell(column, self.row)
    }
}

/// The key of a field's metadata with the name of its type in a database.
const DATABASE_TYPE: &str = "postgres_type";

fn values(array: &ArrayRef, field: &Field, shown: &str) -> Result<Values> {
    let name = field.name();
    let to = |wanted: &DataType| -> Result<ArrayRef> {
        if array.data_type() == wanted {
            return Ok(Arc::clone(array));
        }
        cast(array, wanted).map_err(|e| {
            Error::new(Kind::Unreadable, format!("column `{name}` of `{shown}` cannot be read: {e}"))
        })
    };
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    Ok(match array.data_type() {
        DataType::Null => Values::Nothing,
        DataType::Boolean => Values::Bool(to(&DataType::Boolean)?.as_boolean().clone()),
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => Values::Int(to(&DataType::Int64)?.as_primitive().clone()),
        words if *words == word_type() => {
            let dictionary = array.as_dictionary::<Int32Type>();
            Values::Words(dictionary.keys().clone(), dictionary.values().as_string().clone())
        }
        // Beyond Int64, only text keeps every digit.
        DataType::UInt64
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Dictionary(..) => Values::Text(to(&DataType::Utf8)?.as_string().clone()),
        DataType::Float16 | DataType::Float32 if matches!(array.data_type(), DataType::Float32) => {
            // Converted through text, so that 12.34 does not become 12.34000015.
            let text = to(&DataType::Utf8)?;
            Values::Text(text.as_string().clone())
        }
        DataType::Float16 | DataType::Float64 => {
            Values::Float(to(&DataType::Float64)?.as_primitive().clone())
        }
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            Values::Decimal(to(&DataType::Decimal128(*precision, *scale))?.as_primitive().clone(), *scale)
        }
        DataType::Decimal128(_, scale) => Values::Decimal(array.as_primitive().clone(), *scale),
        DataType::Decimal256(_, scale) => {
            Values::Decimal(to(&DataType::Decimal128(38, *scale))?.as_primitive().clone(), *scale)
        }
        DataType::Date32 | DataType::Date64 => Values::Time(to(&micros)?.as_primitive().clone(), false),
        DataType::Timestamp(_, zone) => {
            // With a time zone, the stored number is UTC, whatever the zone.
            let naive = match zone {
                None => to(&micros)?,
                Some(_) => {
                    let utc = to(&DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
                    let plain = utc
                        .as_primitive::<arrow::datatypes::TimestampMicrosecondType>()
                        .clone()
                        .with_timezone_opt(None::<String>);
                    Arc::new(plain) as ArrayRef
                }
            };
            Values::Time(naive.as_primitive().clone(), zone.is_some())
        }
        other => {
            return Err(Error::new(
                Kind::Unreadable,
                format!(
                    "column `{name}` of `{shown}` has the type {}, which cannot be read",
                    field.metadata().get(DATABASE_TYPE).map_or_else(|| other.to_string(), Clone::clone)
                ),
            )
            .hint("write it as text, number or timestamp"));
        }
    })
}

fn word_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// The schema with the text columns among `columns` read as dictionaries, so that each distinct value is
/// copied once rather than per row. `None` if there are none.
pub(crate) fn with_words(schema: &Schema, columns: impl Iterator<Item = usize>) -> Option<Arc<Schema>> {
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    let mut some = false;
    for column in columns {
        let field = &fields[column];
        if matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
            fields[column] = Arc::new(Field::clone(field).with_data_type(word_type()));
            some = true;
        }
    }
    some.then(|| Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}

/// Whether a column of this type can be read; others are ignored unless mapped.
pub(crate) fn is_readable(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
            | DataType::List(_)
            | DataType::LargeList(_)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
            | DataType::FixedSizeList(..)
            | DataType::Struct(_)
            | DataType::Union(..)
            | DataType::Map(..)
            | DataType::RunEndEncoded(..)
            | DataType::Interval(_)
            | DataType::Duration(_)
            | DataType::Time32(_)
            | DataType::Time64(_)
    )
}

/// Whether a column has the numbers of a database as text, so that a point in them is a decimal point.
pub(crate) fn is_numeric_text(field: &Field) -> bool {
    let of_database = field.metadata().get(DATABASE_TYPE).map(String::as_str);
    *field.data_type() == DataType::Utf8 && matches!(of_database, Some("numeric" | "money"))
}

/// Whether a column of this type contains points in time.
pub(crate) fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
}
