//! Intervals as in PostgreSQL: the difference of two timestamps has days and a time, and in comparisons a month counts as
//! 30 days. Arrow compares months first, and its differences have no days.

use std::sync::Arc;

use arrow::array::IntervalMonthDayNanoArray;
use arrow::array::types::IntervalMonthDayNano;
use arrow::array::{Array as _, ArrayRef, AsArray as _, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationMicrosecondType, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

const DAY_MICROS: i64 = 86_400_000_000;

/// `timestamp - timestamp`.
pub(crate) fn timestamp_difference() -> ScalarUDF {
    ScalarUDF::new_from_impl(Intervals {
        name: "timestamp_difference",
        result: DataType::Interval(IntervalUnit::MonthDayNano),
        signature: Signature::any(2, Volatility::Immutable),
    })
}

/// Microseconds of an interval, for comparisons.
pub(crate) fn interval_micros() -> ScalarUDF {
    ScalarUDF::new_from_impl(Intervals {
        name: "interval_micros",
        result: DataType::Int64,
        signature: Signature::any(1, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Intervals {
    name: &'static str,
    result: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for Intervals {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.result.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let columns: Vec<ArrayRef> =
            arguments.args.iter().map(|value| value.to_array(rows)).collect::<Result<_>>()?;
        let result = match columns.as_slice() {
            [left, right] => difference(left, right)?,
            [interval] => micros(interval)?,
            _ => return datafusion::common::internal_err!("one or two arguments"),
        };
        Ok(ColumnarValue::Array(result))
    }
}

fn difference(left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let (left, right) = (cast(left, &micros)?, cast(right, &micros)?);
    let pairs = left
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .zip(right.as_primitive::<TimestampMicrosecondType>());
    let differences = pairs.map(|(left, right)| {
        let micros = left?.checked_sub(right?)?;
        let days = i32::try_from(micros / DAY_MICROS).ok()?;
        Some(IntervalMonthDayNano::new(0, days, micros % DAY_MICROS * 1000))
    });
    Ok(Arc::new(differences.collect::<IntervalMonthDayNanoArray>()))
}

fn micros(interval: &ArrayRef) -> Result<ArrayRef> {
    if let DataType::Duration(_) = interval.data_type() {
        let micros = cast(interval, &DataType::Duration(TimeUnit::Microsecond))?;
        let micros = micros.as_primitive::<DurationMicrosecondType>();
        return Ok(Arc::new(micros.iter().collect::<Int64Array>()));
    }
    let parts = cast(interval, &DataType::Interval(IntervalUnit::MonthDayNano))?;
    let parts = parts.as_primitive::<IntervalMonthDayNanoType>();
    let micros = (0..parts.len()).map(|row| {
        let part = parts.is_valid(row).then(|| parts.value(row))?;
        let days = i64::from(part.months) * 30 + i64::from(part.days);
        Some(days.saturating_mul(DAY_MICROS).saturating_add(part.nanoseconds / 1000))
    });
    Ok(Arc::new(micros.collect::<Int64Array>()))
}
