//! `category_code(text, sorted list) -> Int32`: the index of a value in a sorted list, from 0; null stays
//! null.
//!
//! Deliberately over a batch's dictionary, not over its rows: a batch of 8192 rows has about ten values to
//! look up. A value missing from the list is an error, or it would be lost silently.

use std::sync::Arc;

use arrow::array::{AnyDictionaryArray, Array, ArrayRef, AsArray, Int32Array, ListArray, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{ScalarValue, exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility, lit,
};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CategoryCode {
    signature: Signature,
}

impl CategoryCode {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

/// A list of strings as a literal.
pub(crate) fn string_list(values: &[String]) -> Expr {
    let strings = StringArray::from_iter_values(values);
    let offsets = OffsetBuffer::from_lengths([strings.len()]);
    let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
    lit(ScalarValue::List(Arc::new(ListArray::new(field, offsets, Arc::new(strings), None))))
}

/// The strings of such a literal.
pub(crate) fn literal_strings(argument: &ColumnarValue) -> Result<ArrayRef> {
    match argument {
        ColumnarValue::Scalar(ScalarValue::List(list)) if list.len() == 1 => Ok(list.value(0)),
        _ => exec_err!("the list of categories must be a constant"),
    }
}

impl ScalarUDFImpl for CategoryCode {
    fn name(&self) -> &'static str {
        "category_code"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int32)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let list = literal_strings(&arguments.args[1])?;
        let sorted = list.as_string::<i32>();
        let column = arguments.args[0].to_array(arguments.number_rows)?;
        let codes: ArrayRef = match column.data_type() {
            DataType::Dictionary(..) => {
                let dictionary = column.as_any_dictionary();
                let codes: ArrayRef = Arc::new(codes_of(dictionary.values(), Some(dictionary), sorted)?);
                take(&codes, dictionary.keys(), None)?
            }
            _ => Arc::new(codes_of(&column, None, sorted)?),
        };
        Ok(ColumnarValue::Array(codes))
    }
}

/// The code of each of `values`; a dictionary may have values without a row, which may be unknown.
fn codes_of(
    values: &ArrayRef,
    dictionary: Option<&dyn AnyDictionaryArray>,
    sorted: &StringArray,
) -> Result<Int32Array> {
    let values = cast(values, &DataType::Utf8)?;
    let values = values.as_string::<i32>();
    let mut codes = Int32Array::builder(values.len());
    for i in 0..values.len() {
        if values.is_null(i) {
            codes.append_null();
            continue;
        }
        let value = values.value(i);
        match position(sorted, value) {
            Some(place) => codes.append_value(place),
            None if dictionary.is_some_and(|d| !has_key(d, i)) => codes.append_null(),
            None => {
                return Err(exec_datafusion_err!("the category `{value}` is not in the list of categories"));
            }
        }
    }
    Ok(codes.finish())
}

fn has_key(dictionary: &dyn AnyDictionaryArray, wanted: usize) -> bool {
    let keys = dictionary.normalized_keys();
    (0..dictionary.len()).any(|row| dictionary.is_valid(row) && keys[row] == wanted)
}

fn position(sorted: &StringArray, value: &str) -> Option<i32> {
    let (mut low, mut high) = (0, sorted.len());
    while low < high {
        let middle = low.midpoint(high);
        match sorted.value(middle).cmp(value) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return i32::try_from(middle).ok(),
        }
    }
    None
}
