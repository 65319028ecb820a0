//! `minor_to_decimal(Int64) -> Decimal(19, s)`: an integer of minor units as a decimal number.
//!
//! Deliberately no arithmetic: only the decimal point moves. Not in the list of functions, because the scale
//! is part of it and only the views of `sql.rs` use it.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Digits of the largest Int64.
const DIGITS: u8 = 19;

#[derive(Debug, PartialEq, Eq, Hash)]
struct MinorToDecimal {
    signature: Signature,
    scale: u8,
}

/// Moves the decimal point of a stored integer by `scale` digits.
pub(crate) fn minor_to_decimal(count: Expr, scale: u8) -> Expr {
    let signature = Signature::exact(vec![DataType::Int64], Volatility::Immutable);
    ScalarUDF::new_from_impl(MinorToDecimal { signature, scale }).call(vec![count])
}

impl ScalarUDFImpl for MinorToDecimal {
    fn name(&self) -> &'static str {
        "minor_to_decimal"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(DIGITS, self.scale.cast_signed()))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let counts = arguments.args[0].to_array(arguments.number_rows)?;
        let whole = cast(&counts, &DataType::Decimal128(DIGITS, 0))?;
        let shifted = whole
            .as_primitive::<Decimal128Type>()
            .clone()
            .with_precision_and_scale(DIGITS, self.scale.cast_signed())?;
        Ok(ColumnarValue::Array(Arc::new(shifted) as ArrayRef))
    }
}
