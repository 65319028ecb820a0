//! Casts as in PostgreSQL: to integers, with rounding (decimals half away from zero, floats half to even) and a range check,
//! and to text.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, Decimal128Array, Int64Array, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(crate) const INT2: &str = "pg_int2";
pub(crate) const INT4: &str = "pg_int4";
pub(crate) const INT8: &str = "pg_int8";
pub(crate) const TEXT: &str = "pg_text";

/// The functions.
pub(crate) fn postgres_casts() -> [ScalarUDF; 4] {
    [(INT2, DataType::Int16), (INT4, DataType::Int32), (INT8, DataType::Int64), (TEXT, DataType::Utf8)].map(
        |(name, to)| {
            let signature = Signature::any(1, Volatility::Immutable);
            ScalarUDF::new_from_impl(PostgresCast { name, to, signature })
        },
    )
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PostgresCast {
    name: &'static str,
    to: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for PostgresCast {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = matches!(arguments.args[0], ColumnarValue::Scalar(_));
        let values = arguments.args[0].to_array(arguments.number_rows)?;
        let checked = CastOptions { safe: false, ..CastOptions::default() };
        let result = if self.to == DataType::Utf8 {
            text(&values, &checked)?
        } else {
            cast_with_options(&rounded(values)?, &self.to, &checked)?
        };
        Ok(if is_scalar && result.len() == 1 {
            ColumnarValue::Scalar(datafusion::scalar::ScalarValue::try_from_array(&result, 0)?)
        } else {
            ColumnarValue::Array(result)
        })
    }
}

/// Rounds decimals and floats to whole numbers; leaves other values as they are.
fn rounded(values: ArrayRef) -> Result<ArrayRef> {
    let values = match values.data_type() {
        DataType::Float32 => arrow::compute::cast(&values, &DataType::Float64)?,
        _ => values,
    };
    Ok(match values.data_type() {
        DataType::Float64 => {
            let mut whole = Vec::with_capacity(values.len());
            for value in values.as_primitive::<Float64Type>() {
                // 2^63 itself is out of range, -2^63 is not.
                const LIMIT: f64 = 9_223_372_036_854_775_808.0;
                whole.push(match value.map(f64::round_ties_even) {
                    Some(value) if !(-LIMIT..LIMIT).contains(&value) => {
                        return exec_err!("integer out of range: {value}");
                    }
                    value => value.map(|value| value as i64),
                });
            }
            Arc::new(Int64Array::from(whole))
        }
        DataType::Decimal128(_, scale) if *scale > 0 => {
            let unit = 10_i128.pow(u32::from(scale.unsigned_abs()));
            let whole_numbers = values.as_primitive::<Decimal128Type>().iter().map(|value| {
                value.map(|value| {
                    let (whole, rest) = (value / unit, value % unit);
                    if rest.abs() * 2 >= unit { whole + rest.signum() } else { whole }
                })
            });
            Arc::new(whole_numbers.collect::<Decimal128Array>().with_precision_and_scale(38, 0)?)
        }
        _ => values,
    })
}

fn text(values: &ArrayRef, checked: &CastOptions) -> Result<ArrayRef> {
    Ok(match values.data_type() {
        DataType::Timestamp(_, None) => {
            let micros =
                cast_with_options(values, &DataType::Timestamp(TimeUnit::Microsecond, None), checked)?;
            let micros = micros.as_primitive::<TimestampMicrosecondType>();
            let texts = (0..micros.len()).map(|row| {
                let time = micros.is_valid(row).then(|| micros.value_as_datetime(row)).flatten()?;
                let text = time.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
                Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
            });
            Arc::new(texts.collect::<StringArray>())
        }
        DataType::Float64 => {
            let texts =
                values.as_primitive::<Float64Type>().iter().map(|value| value.map(|value| value.to_string()));
            Arc::new(texts.collect::<StringArray>())
        }
        DataType::List(_) | DataType::Interval(_) | DataType::Duration(_) => {
            return exec_err!("cannot cast {} to text", values.data_type());
        }
        _ => cast_with_options(values, &DataType::Utf8, checked)?,
    })
}
