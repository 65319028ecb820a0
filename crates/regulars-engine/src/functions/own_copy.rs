//! `own_copy(x) -> x`: the same values in separate memory.
//!
//! A grouping returns slices of one large array per column, and reserving memory for a slice reserves it for
//! the whole array: a sort above would spill, or fail, needlessly.

use arrow::array::Array as _;
use arrow::compute::concat;
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct OwnCopy {
    signature: Signature,
}

impl OwnCopy {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for OwnCopy {
    fn name(&self) -> &'static str {
        "own_copy"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments[0].clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let ColumnarValue::Array(array) = &arguments.args[0] else { return Ok(arguments.args[0].clone()) };
        // Concatenating a single array would not copy it.
        let half = array.len() / 2;
        let (head, tail) = (array.slice(0, half), array.slice(half, array.len() - half));
        Ok(ColumnarValue::Array(concat(&[head.as_ref(), tail.as_ref()])?))
    }
}
