//! `bit_count(Int64) -> Int64`: the number of set bits; null stays null.
//!
//! Counts the distinct values collected by a `bit_or` of their codes.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct BitCount {
    signature: Signature,
}

impl BitCount {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Int64], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for BitCount {
    fn name(&self) -> &'static str {
        "bit_count"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let array = arguments.args[0].to_array(arguments.number_rows)?;
        let counts: Int64Array = array.as_primitive::<Int64Type>().unary(|mask| i64::from(mask.count_ones()));
        Ok(ColumnarValue::Array(Arc::new(counts) as ArrayRef))
    }
}
