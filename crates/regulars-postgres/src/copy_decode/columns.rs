//! Values of one column, by type.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder, Int64Builder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, TimeUnit};

use super::numeric::Numeric;

/// How the values of a column are sent, and what they become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Codec {
    Bool,
    /// Two, four or eight bytes.
    Int(usize),
    /// An `oid`: four bytes, never negative.
    Oid,
    Float32,
    Float64,
    Text,
    /// Text after a byte with a version.
    Jsonb,
    Uuid,
    Date,
    /// Local time, or UTC to be shown in a zone.
    Timestamp(Option<Arc<str>>),
    /// A numeric with declared precision and scale.
    Decimal(u8, i8),
    /// A numeric whose decimals differ from row to row.
    NumericText,
}

impl Codec {
    /// The type of the decoded column.
    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int(_) | Self::Oid => DataType::Int64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Text | Self::Jsonb | Self::Uuid | Self::NumericText => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Timestamp(zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
            Self::Decimal(precision, scale) => DataType::Decimal128(*precision, *scale),
        }
    }
}

/// Why a value cannot be added.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ValueError {
    /// Its length is invalid for its type.
    Length(usize),
    /// It is not in the format of its type.
    Malformed,
    /// The column cannot represent it.
    Unsupported(&'static str),
}

/// A value was added.
pub(super) struct Pushed {
    pub(super) text_bytes: usize,
}

/// Builds one column.
pub(super) enum ColumnBuilder {
    Bool(BooleanBuilder),
    Int(usize, Int64Builder),
    Oid(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Text(StringBuilder),
    Jsonb(StringBuilder),
    Uuid(StringBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Decimal(i8, i128, Decimal128Builder),
    /// With the text of the current value.
    NumericText(StringBuilder, String),
}

/// Days and microseconds from 1970 to 2000, where PostgreSQL counts from.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * DAY_MICROS;
const DAY_MICROS: i64 = 86_400_000_000;
/// 1 January of the year 1, and of the year 10000, in days since 1970.
const FIRST_DAY: i64 = -719_162;
const AFTER_LAST_DAY: i64 = 2_932_897;

impl ColumnBuilder {
    pub(super) fn new(codec: &Codec) -> Self {
        match codec {
            Codec::Bool => Self::Bool(BooleanBuilder::new()),
            Codec::Int(bytes) => Self::Int(*bytes, Int64Builder::new()),
            Codec::Oid => Self::Oid(Int64Builder::new()),
            Codec::Float32 => Self::Float32(Float32Builder::new()),
            Codec::Float64 => Self::Float64(Float64Builder::new()),
            Codec::Text => Self::Text(StringBuilder::new()),
            Codec::Jsonb => Self::Jsonb(StringBuilder::new()),
            Codec::Uuid => Self::Uuid(StringBuilder::new()),
            Codec::Date => Self::Date(Date32Builder::new()),
            Codec::Timestamp(_) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(codec.data_type()))
            }
            Codec::Decimal(precision, scale) => Self::Decimal(
                *scale,
                10_i128.saturating_pow(u32::from(*precision)),
                Decimal128Builder::new().with_data_type(codec.data_type()),
            ),
            Codec::NumericText => Self::NumericText(StringBuilder::new(), String::new()),
        }
    }

    /// Adds a value; nothing is added if it is refused.
    #[inline]
    pub(super) fn push(&mut self, value: Option<&[u8]>) -> Result<Pushed, ValueError> {
        let Some(value) = value else {
            self.push_null();
            return Ok(Pushed { text_bytes: 0 });
        };
        let mut text_bytes = 0;
        match self {
            Self::Bool(builder) => match exactly(value)? {
                [0] => builder.append_value(false),
                [1] => builder.append_value(true),
                _ => return Err(ValueError::Malformed),
            },
            Self::Int(4, builder) => builder.append_value(i64::from(i32::from_be_bytes(exactly(value)?))),
            Self::Int(8, builder) => builder.append_value(i64::from_be_bytes(exactly(value)?)),
            Self::Int(_, builder) => builder.append_value(i64::from(i16::from_be_bytes(exactly(value)?))),
            Self::Oid(builder) => builder.append_value(i64::from(u32::from_be_bytes(exactly(value)?))),
            Self::Float32(builder) => builder.append_value(f32::from_be_bytes(exactly(value)?)),
            Self::Float64(builder) => builder.append_value(f64::from_be_bytes(exactly(value)?)),
            Self::Text(builder) => text_bytes = push_text(builder, value)?,
            Self::Jsonb(builder) => match value {
                [1, text @ ..] => text_bytes = push_text(builder, text)?,
                _ => return Err(ValueError::Malformed),
            },
            Self::Uuid(builder) => {
                builder.append_value(uuid(u128::from_be_bytes(exactly(value)?)));
                text_bytes = 36;
            }
            Self::Date(builder) => builder.append_value(date(i32::from_be_bytes(exactly(value)?))?),
            Self::Timestamp(builder) => builder.append_value(timestamp(i64::from_be_bytes(exactly(value)?))?),
            Self::Decimal(scale, limit, builder) => {
                let decimal = Numeric::parse(value)?.to_decimal(*scale)?;
                if decimal.unsigned_abs() >= limit.unsigned_abs() {
                    return Err(ValueError::Unsupported("a number with too many digits"));
                }
                builder.append_value(decimal);
            }
            Self::NumericText(builder, text) => {
                text.clear();
                Numeric::parse(value)?.write(text)?;
                builder.append_value(&*text);
                text_bytes = text.len();
            }
        }
        Ok(Pushed { text_bytes })
    }

    pub(super) fn push_null(&mut self) {
        match self {
            Self::Bool(builder) => builder.append_null(),
            Self::Int(_, builder) | Self::Oid(builder) => builder.append_null(),
            Self::Float32(builder) => builder.append_null(),
            Self::Float64(builder) => builder.append_null(),
            Self::Text(builder)
            | Self::Jsonb(builder)
            | Self::Uuid(builder)
            | Self::NumericText(builder, _) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Decimal(_, _, builder) => builder.append_null(),
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Int(_, builder) | Self::Oid(builder) => Arc::new(builder.finish()),
            Self::Float32(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Text(builder)
            | Self::Jsonb(builder)
            | Self::Uuid(builder)
            | Self::NumericText(builder, _) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Decimal(_, _, builder) => Arc::new(builder.finish()),
        }
    }
}

#[inline]
fn exactly<const N: usize>(value: &[u8]) -> Result<[u8; N], ValueError> {
    value.try_into().map_err(|_invalid| ValueError::Length(value.len()))
}

#[inline]
fn push_text(builder: &mut StringBuilder, value: &[u8]) -> Result<usize, ValueError> {
    // A database with the encoding SQL_ASCII holds any bytes.
    let text = str::from_utf8(value).map_err(|_invalid| ValueError::Unsupported("text that is not UTF-8"))?;
    builder.append_value(text);
    Ok(text.len())
}

fn uuid(number: u128) -> String {
    let digits = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    parts.join("-")
}

fn date(days: i32) -> Result<i32, ValueError> {
    if days == i32::MAX || days == i32::MIN {
        return Err(ValueError::Unsupported("infinity"));
    }
    in_calendar(i64::from(days) + i64::from(EPOCH_DAYS))?;
    Ok(days + EPOCH_DAYS)
}

fn timestamp(micros: i64) -> Result<i64, ValueError> {
    if micros == i64::MAX || micros == i64::MIN {
        return Err(ValueError::Unsupported("infinity"));
    }
    let micros =
        micros.checked_add(EPOCH_MICROS).ok_or(ValueError::Unsupported("a time after the year 9999"))?;
    in_calendar(micros.div_euclid(DAY_MICROS))?;
    Ok(micros)
}

fn in_calendar(days: i64) -> Result<(), ValueError> {
    match days {
        ..FIRST_DAY => Err(ValueError::Unsupported("a time BC")),
        AFTER_LAST_DAY.. => Err(ValueError::Unsupported("a time after the year 9999")),
        _ => Ok(()),
    }
}
