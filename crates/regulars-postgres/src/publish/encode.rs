//! Rows in the binary format of `COPY`.
//!
//! A row is its number of columns, then per column the number of bytes (-1 for no value) and the bytes, all in
//! network order. PostgreSQL's text has no U+0000, which becomes U+FFFD.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray, UInt8Array,
};
use arrow::datatypes::{DataType, Int32Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use bytes::BufMut;
use regulars_core::money::minor_per_major;
use regulars_core::postgres::{PublishedColumn, PublishedTable, SqlType};

use crate::error::{Error, Kind};

/// Signature, flags, and the length of an extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What ends the rows.
pub(super) const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// From 1970 to 2000, PostgreSQL's first day.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// The values of one column, and how they are written.
enum Cells<'a> {
    Smallint(&'a Int64Array),
    Score(&'a UInt8Array),
    Integer(&'a Int64Array),
    Bigint(&'a Int64Array),
    Numeric(&'a Int64Array, u8),
    Double(&'a Float64Array),
    /// Divided by the number of minor units in a major one.
    Mean(&'a Float64Array, f64),
    Boolean(&'a BooleanArray),
    Text(&'a StringArray),
    Category(&'a arrow::array::Int32Array, &'a StringArray),
    Timestamp(&'a arrow::array::TimestampMicrosecondArray),
}

/// Appends the rows of a batch whose columns are those of the table.
///
/// Errors: [`Kind::Data`] for columns of another type, and for values beyond PostgreSQL's.
pub(super) fn rows(
    table: &PublishedTable,
    batch: &RecordBatch,
    money_decimals: u8,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let cells = table.columns.iter().zip(batch.columns());
    let cells = cells
        .map(|(column, array)| {
            Cells::of(column, array, money_decimals).ok_or_else(|| {
                let message = format!(
                    "column `{}` of table `{}` cannot be published as {}: it is stored as {}",
                    column.stored,
                    table.name,
                    column.sql_type,
                    array.data_type()
                );
                Error::new(Kind::Data, message).hint("run the data again with `regulars run`")
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let Ok(width) = i16::try_from(cells.len()) else {
        return Err(Error::new(Kind::Data, format!("table `{}` has too many columns", table.name)));
    };
    for row in 0..batch.num_rows() {
        out.put_i16(width);
        for (cells, column) in cells.iter().zip(&table.columns) {
            cells.write(row, out).ok_or_else(|| {
                let message = format!(
                    "a value of column `{}` of table `{}` is too large for {}",
                    column.name, table.name, column.sql_type
                );
                Error::new(Kind::Data, message)
            })?;
        }
    }
    Ok(())
}

impl<'a> Cells<'a> {
    fn of(column: &PublishedColumn, array: &'a ArrayRef, money_decimals: u8) -> Option<Self> {
        Some(match (column.sql_type, array.data_type()) {
            (SqlType::Smallint, DataType::UInt8) => Self::Score(array.as_primitive()),
            (SqlType::Smallint, DataType::Int64) => Self::Smallint(array.as_primitive()),
            (SqlType::Integer, DataType::Int64) => Self::Integer(array.as_primitive()),
            (SqlType::Bigint, DataType::Int64) => Self::Bigint(array.as_primitive()),
            (SqlType::Numeric { decimals }, DataType::Int64) => Self::Numeric(array.as_primitive(), decimals),
            (SqlType::Double, DataType::Float64) if column.is_minor_mean => {
                Self::Mean(array.as_primitive(), minor_per_major(money_decimals))
            }
            (SqlType::Double, DataType::Float64) => Self::Double(array.as_primitive()),
            (SqlType::Boolean, DataType::Boolean) => Self::Boolean(array.as_boolean()),
            (SqlType::Text, DataType::Utf8) => Self::Text(array.as_string()),
            (SqlType::Text, DataType::Dictionary(..)) => {
                let dictionary = array.as_dictionary_opt::<Int32Type>()?;
                Self::Category(dictionary.keys(), dictionary.values().as_string_opt()?)
            }
            (SqlType::Timestamp, DataType::Timestamp(..)) => {
                Self::Timestamp(array.as_primitive_opt::<TimestampMicrosecondType>()?)
            }
            _ => return None,
        })
    }

    /// Appends one value; `None` if it is too large for its type.
    #[inline]
    fn write(&self, row: usize, out: &mut Vec<u8>) -> Option<()> {
        // A dictionary's value can be missing, too.
        let is_null = match self {
            Self::Score(a) => a.is_null(row),
            Self::Double(a) | Self::Mean(a, _) => a.is_null(row),
            Self::Boolean(a) => a.is_null(row),
            Self::Text(a) => a.is_null(row),
            Self::Category(keys, values) => {
                keys.is_null(row) || values.is_null(usize::try_from(keys.value(row)).ok()?)
            }
            Self::Timestamp(a) => a.is_null(row),
            Self::Smallint(a) | Self::Integer(a) | Self::Bigint(a) | Self::Numeric(a, _) => a.is_null(row),
        };
        if is_null {
            out.put_i32(-1);
            return Some(());
        }
        match self {
            Self::Score(a) => {
                out.put_i32(2);
                out.put_i16(i16::from(a.value(row)));
            }
            Self::Smallint(a) => {
                out.put_i32(2);
                out.put_i16(i16::try_from(a.value(row)).ok()?);
            }
            Self::Integer(a) => {
                out.put_i32(4);
                out.put_i32(i32::try_from(a.value(row)).ok()?);
            }
            Self::Bigint(a) => {
                out.put_i32(8);
                out.put_i64(a.value(row));
            }
            Self::Numeric(a, decimals) => numeric(a.value(row), *decimals, out),
            Self::Double(a) => {
                out.put_i32(8);
                out.put_f64(a.value(row));
            }
            Self::Mean(a, minor_per_major) => {
                out.put_i32(8);
                out.put_f64(a.value(row) / minor_per_major);
            }
            Self::Boolean(a) => {
                out.put_i32(1);
                out.put_u8(u8::from(a.value(row)));
            }
            Self::Text(a) => text(a.value(row), out)?,
            Self::Category(keys, values) => text(values.value(usize::try_from(keys.value(row)).ok()?), out)?,
            Self::Timestamp(a) => {
                out.put_i32(8);
                out.put_i64(a.value(row).checked_sub(EPOCH_MICROS)?);
            }
        }
        Some(())
    }
}

fn text(value: &str, out: &mut Vec<u8>) -> Option<()> {
    if value.as_bytes().contains(&0) {
        return text(&value.replace('\0', "\u{fffd}"), out);
    }
    out.put_i32(i32::try_from(value.len()).ok()?);
    out.put_slice(value.as_bytes());
    Some(())
}

/// A decimal number: digits to the base of 10,000, the power of the first, sign and number of decimals.
fn numeric(value: i64, decimals: u8, out: &mut Vec<u8>) {
    const BASE: u128 = 10_000;
    let fraction_digits = decimals.div_ceil(4);
    let mut rest = u128::from(value.unsigned_abs()) * 10_u128.pow(u32::from(4 * fraction_digits - decimals));
    // From the last digit to the first.
    let (mut digits, mut count, mut skipped) = ([0_u16; 16], 0, 0);
    while rest > 0 {
        let digit = (rest % BASE) as u16;
        rest /= BASE;
        if digit == 0 && count == 0 {
            skipped += 1;
        } else {
            digits[count] = digit;
            count += 1;
        }
    }
    let weight = if count == 0 { 0 } else { (count + skipped) as i16 - i16::from(fraction_digits) - 1 };
    out.put_i32(8 + 2 * count as i32);
    out.put_i16(count as i16);
    out.put_i16(weight);
    out.put_u16(if value < 0 { 0x4000 } else { 0 });
    out.put_u16(u16::from(decimals));
    for digit in digits[..count].iter().rev() {
        out.put_u16(*digit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number that PostgreSQL reads, in units of 10^-decimals.
    fn read(bytes: &[u8]) -> (i128, u16) {
        let word = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        assert_eq!(bytes.len(), 4 + 8 + 2 * usize::from(word(4)));
        assert_eq!(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize, bytes.len() - 4);
        let (weight, decimals) = (i32::from(word(6).cast_signed()), word(10));
        // In units of 10^-40, which is more than any scale here.
        let value: i128 = (0..usize::from(word(4)))
            .map(|at| {
                let power = 4 * (weight - at as i32) + i32::from(decimals);
                let digit = i128::from(word(12 + 2 * at));
                assert!(digit < 10_000);
                if power >= 0 {
                    digit * 10_i128.pow(power.unsigned_abs())
                } else {
                    let divisor = 10_i128.pow(power.unsigned_abs());
                    assert_eq!(digit % divisor, 0, "more decimals than said");
                    digit / divisor
                }
            })
            .sum();
        (if word(8) == 0x4000 { -value } else { value }, decimals)
    }

    #[test]
    fn decimal_numbers_are_exact() {
        let values = [0, 1, -1, 99, 100, 10_000, 123_456, -1_000_000, 10_i64.pow(18), i64::MAX, i64::MIN];
        for decimals in [0, 1, 2, 3, 4, 5, 8, 9] {
            for value in values {
                let mut bytes = Vec::new();
                numeric(value, decimals, &mut bytes);
                assert_eq!(read(&bytes), (i128::from(value), u16::from(decimals)), "{value} {decimals}");
            }
        }
    }

    #[test]
    fn text_without_a_code_point_zero() {
        let mut bytes = Vec::new();
        text("a\0é", &mut bytes).expect("short");
        assert_eq!(bytes, [&[0, 0, 0, 6], "a\u{fffd}é".as_bytes()].concat());
    }
}
