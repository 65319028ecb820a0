//! `category_name(code, sorted list) -> text`: the value at an index of a list; null stays null.
//!
//! The inverse of `category_code`: the code is the dictionary key, and nothing is copied.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DictionaryArray};
use arrow::datatypes::{DataType, Int32Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::category_code::literal_strings;
use regulars_core::tables::dictionary;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CategoryName {
    signature: Signature,
}

impl CategoryName {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for CategoryName {
    fn name(&self) -> &'static str {
        "category_name"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(dictionary())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let codes = arguments.args[0].to_array(arguments.number_rows)?;
        let keys = codes.as_primitive::<Int32Type>().clone();
        let names = DictionaryArray::try_new(keys, literal_strings(&arguments.args[1])?)?;
        Ok(ColumnarValue::Array(Arc::new(names) as ArrayRef))
    }
}
