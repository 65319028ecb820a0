//! `sample_deviation(n, sum, sum of squares) -> Float64`: the sample standard deviation; null
//! below two values.
//!
//! Exact up to the last step, and so free of cancellation and independent of row order: n*squares - sum*sum
//! is computed in 128 bits, in floats only beyond them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SampleDeviation {
    signature: Signature,
}

/// The type of a sum of squares.
pub(crate) const SQUARES: DataType = DataType::Decimal128(38, 0);

impl SampleDeviation {
    pub(crate) fn new() -> Self {
        let types = vec![DataType::Int64, DataType::Int64, SQUARES];
        Self { signature: Signature::exact(types, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for SampleDeviation {
    fn name(&self) -> &'static str {
        "sample_deviation"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let counts = arguments.args[0].to_array(rows)?;
        let sums = arguments.args[1].to_array(rows)?;
        let squares = arguments.args[2].to_array(rows)?;
        let (counts, sums) = (counts.as_primitive::<Int64Type>(), sums.as_primitive::<Int64Type>());
        let squares = squares.as_primitive::<Decimal128Type>();
        let mut deviations = Float64Array::builder(rows);
        for row in 0..rows {
            let known = counts.is_valid(row) && sums.is_valid(row) && squares.is_valid(row);
            if known && counts.value(row) > 1 {
                deviations.append_value(deviation(counts.value(row), sums.value(row), squares.value(row)));
            } else {
                deviations.append_null();
            }
        }
        Ok(ColumnarValue::Array(Arc::new(deviations.finish()) as ArrayRef))
    }
}

fn deviation(n: i64, sum: i64, squares: i128) -> f64 {
    let (wide_n, wide_sum) = (i128::from(n), i128::from(sum));
    let exact = wide_n.checked_mul(squares).and_then(|scaled| scaled.checked_sub(wide_sum * wide_sum));
    let (n, sum) = (n as f64, sum as f64);
    let scaled = exact.map_or_else(|| (n * squares as f64 - sum * sum).max(0.0), |exact| exact as f64);
    (scaled / (n * (n - 1.0))).sqrt()
}
