//! SQL functions that callers provide, such as forecasts by the models of a run.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

/// Values of a function, one per row.
#[derive(Debug, Clone, PartialEq)]
pub enum FunctionValues {
    /// Numbers; NaN becomes null.
    Numbers(Vec<f64>),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
}

/// The type of a function's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionType {
    /// [`FunctionValues::Numbers`]
    Number,
    /// [`FunctionValues::Integers`]
    Integer,
    /// [`FunctionValues::Texts`]
    Text,
}

/// Computes the values of rows from columns of arguments.
pub type Compute = Arc<dyn Fn(&[Vec<f64>]) -> std::result::Result<FunctionValues, String> + Send + Sync>;

/// A function with numeric arguments.
#[derive(Clone)]
pub struct ModelFunction {
    /// Name in SQL.
    pub name: &'static str,
    /// Names of the arguments.
    pub arguments: Vec<String>,
    /// The possible numbers of arguments, one per form of the function; the last form has all.
    pub forms: Vec<usize>,
    /// Type of the result.
    pub returns: FunctionType,
    /// What it computes, in one sentence.
    pub meaning: &'static str,
    /// The computation; it is given only rows without nulls.
    pub compute: Compute,
}

impl fmt::Debug for ModelFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.arguments.join(", "))
    }
}

impl ModelFunction {
    /// The function to register in a session.
    pub fn udf(self) -> ScalarUDF {
        let forms = self.forms.iter().map(|count| TypeSignature::Exact(vec![DataType::Float64; *count]));
        let signature = Signature::one_of(forms.collect(), Volatility::Stable);
        ScalarUDF::new_from_impl(Udf { function: self, signature })
    }
}

#[derive(Debug)]
struct Udf {
    function: ModelFunction,
    signature: Signature,
}

// A function of the same name may belong to another run, so a function equals only itself.
impl PartialEq for Udf {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
            && Arc::ptr_eq(&self.function.compute, &other.function.compute)
    }
}

impl Eq for Udf {}

impl Hash for Udf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for Udf {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.function.returns {
            FunctionType::Number => DataType::Float64,
            FunctionType::Integer => DataType::Int64,
            FunctionType::Text => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let columns: Vec<ArrayRef> =
            arguments.args.iter().map(|value| value.to_array(rows)).collect::<Result<_>>()?;
        let columns: Vec<&Float64Array> =
            columns.iter().map(arrow::array::AsArray::as_primitive::<Float64Type>).collect();
        let complete: Vec<usize> =
            (0..rows).filter(|row| columns.iter().all(|column| column.is_valid(*row))).collect();
        let given: Vec<Vec<f64>> =
            columns.iter().map(|column| complete.iter().map(|row| column.value(*row)).collect()).collect();
        let computed = (self.function.compute)(&given)
            .map_err(|reason| exec_datafusion_err!("{}: {reason}", self.function.name))?;
        Ok(ColumnarValue::Array(match computed {
            FunctionValues::Numbers(values) => {
                let values = spread(
                    rows,
                    &complete,
                    values.into_iter().map(|value| (!value.is_nan()).then_some(value)),
                );
                Arc::new(Float64Array::from(values)) as ArrayRef
            }
            FunctionValues::Integers(values) => {
                Arc::new(Int64Array::from(spread(rows, &complete, values.into_iter().map(Some))))
            }
            FunctionValues::Texts(values) => {
                Arc::new(StringArray::from(spread(rows, &complete, values.into_iter().map(Some))))
            }
        }))
    }
}

/// One value per row: those of complete rows, null for the others.
fn spread<T: Clone>(
    rows: usize,
    complete: &[usize],
    values: impl Iterator<Item = Option<T>>,
) -> Vec<Option<T>> {
    let mut all = vec![None; rows];
    for (row, value) in complete.iter().zip(values) {
        all[*row] = value;
    }
    all
}
