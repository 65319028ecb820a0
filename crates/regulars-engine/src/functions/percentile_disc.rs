//! `percentile_disc(fraction) WITHIN GROUP (ORDER BY value)`, as in PostgreSQL: the smallest value with at least that
//! share of the values less than or equal to it. An array of fractions returns an array of values.
//!
//! Shape: the type of the value, or a list of it; null if there are no values.
//! Source: SQL:2003, 10.9 (inverse distribution functions).

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp as _, ArrowPrimitiveType, AsArray as _, ListArray, PrimitiveArray,
    RecordBatch, UInt32Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortOptions, cast, concat, filter, is_not_null, sort_to_indices, take};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, FieldRef, Float64Type, Int16Type, Int32Type, Int64Type,
    UInt8Type,
};
use arrow::error::ArrowError;
use datafusion::common::{exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};
use datafusion::scalar::ScalarValue;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct PercentileDisc {
    signature: Signature,
}

impl PercentileDisc {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for PercentileDisc {
    fn name(&self) -> &'static str {
        "percentile_disc"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let value = arguments[0].clone();
        match &arguments[1] {
            DataType::List(_) | DataType::FixedSizeList(..) => Ok(DataType::new_list(value, true)),
            fraction if fraction.is_numeric() => Ok(value),
            other => {
                plan_err!("percentile_disc expects a fraction from 0 to 1, or an array of them, not {other}")
            }
        }
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let values = DataType::new_list(kept_as(arguments.input_fields[0].data_type()), true);
        Ok(vec![Arc::new(Field::new(format_state_name(arguments.name, "values"), values, true))])
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let (fractions, is_list) = fractions(&arguments)?;
        Ok(Box::new(Values {
            kept_as: kept_as(arguments.expr_fields[0].data_type()),
            data_type: arguments.expr_fields[0].data_type().clone(),
            fractions,
            is_list,
            descending: arguments.order_bys.first().is_some_and(|order| order.options.descending),
            pieces: Vec::new(),
        }))
    }

    fn supports_within_group_clause(&self) -> bool {
        true
    }
}

/// How values are kept until the end: decimals of up to 19 digits, such as money, in half of their bytes.
fn kept_as(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Decimal128(digits, _) if *digits <= 19 => DataType::Int64,
        other => other.clone(),
    }
}

/// The fractions, and whether they were given as an array.
fn fractions(arguments: &AccumulatorArgs) -> Result<(Vec<f64>, bool)> {
    let row = RecordBatch::new_empty(Arc::new(arguments.schema.clone()));
    let given = arguments.exprs[1].evaluate(&row)?.into_array(1)?;
    let is_list = matches!(given.data_type(), DataType::List(_) | DataType::FixedSizeList(..));
    let given = match given.data_type() {
        DataType::List(_) => Arc::clone(given.as_list::<i32>().values()),
        DataType::FixedSizeList(..) => Arc::clone(given.as_fixed_size_list().values()),
        _ => given,
    };
    let given = cast(&given, &DataType::Float64)?;
    let fractions: Vec<f64> =
        given.as_primitive::<Float64Type>().iter().map(|f| f.unwrap_or(f64::NAN)).collect();
    match fractions.iter().find(|fraction| !(0.0..=1.0).contains(*fraction)) {
        Some(fraction) => exec_err!("the fraction {fraction} of percentile_disc is not between 0 and 1"),
        None => Ok((fractions, is_list)),
    }
}

#[derive(Debug)]
struct Values {
    data_type: DataType,
    kept_as: DataType,
    fractions: Vec<f64>,
    is_list: bool,
    descending: bool,
    pieces: Vec<ArrayRef>,
}

impl Values {
    fn all(&self) -> Result<ArrayRef> {
        let pieces: Vec<&dyn Array> = self.pieces.iter().map(AsRef::as_ref).collect();
        if pieces.is_empty() {
            return Ok(arrow::array::new_empty_array(&self.kept_as));
        }
        let all = concat(&pieces)?;
        Ok(if all.null_count() == 0 { all } else { filter(&all, &is_not_null(&all)?)? })
    }
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.pieces.push(if self.kept_as == self.data_type {
            Arc::clone(&values[0])
        } else {
            let numbers = values[0].as_primitive::<Decimal128Type>();
            let narrow = numbers.try_unary::<_, Int64Type, ArrowError>(|number| {
                number.try_into().map_err(|_too_large| {
                    ArrowError::ArithmeticOverflow(format!("{number} has too many digits"))
                })
            });
            Arc::new(narrow?)
        });
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.pieces.extend(states[0].as_list::<i32>().iter().flatten());
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let all = self.all()?;
        self.pieces.clear();
        let field = Arc::new(Field::new_list_field(self.kept_as.clone(), true));
        let offsets = OffsetBuffer::from_lengths([all.len()]);
        Ok(vec![ScalarValue::List(Arc::new(ListArray::new(field, offsets, all, None)))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let all = self.all()?;
        let positions: Vec<usize> = self
            .fractions
            .iter()
            .map(|fraction| ((fraction * all.len() as f64).ceil() as usize).saturating_sub(1))
            .collect();
        let found: Vec<ScalarValue> = if all.is_empty() {
            vec![ScalarValue::try_from(&self.data_type)?; positions.len()]
        } else {
            let found = values_at(&all, &positions, self.descending)?;
            let scalar = |row| match (ScalarValue::try_from_array(&found, row)?, &self.data_type) {
                (ScalarValue::Int64(number), DataType::Decimal128(digits, decimals)) => {
                    Ok(ScalarValue::Decimal128(number.map(i128::from), *digits, *decimals))
                }
                (other, _) => Ok(other),
            };
            (0..found.len()).map(scalar).collect::<Result<_>>()?
        };
        Ok(if self.is_list {
            ScalarValue::List(ScalarValue::new_list(&found, &self.data_type, true))
        } else {
            found.into_iter().next().expect("one fraction")
        })
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.pieces.iter().map(Array::get_array_memory_size).sum::<usize>()
    }
}

/// The values at these positions of the sorted values.
fn values_at(values: &ArrayRef, positions: &[usize], descending: bool) -> Result<ArrayRef> {
    Ok(match values.data_type() {
        DataType::UInt8 => selected::<UInt8Type>(values, positions, descending),
        DataType::Int16 => selected::<Int16Type>(values, positions, descending),
        DataType::Int32 => selected::<Int32Type>(values, positions, descending),
        DataType::Date32 => selected::<Date32Type>(values, positions, descending),
        DataType::Int64 => selected::<Int64Type>(values, positions, descending),
        DataType::Float64 => selected::<Float64Type>(values, positions, descending),
        DataType::Decimal128(..) => selected::<Decimal128Type>(values, positions, descending),
        _ => {
            let sorted = sort_to_indices(values, Some(SortOptions { descending, nulls_first: false }), None)?;
            let rows: UInt32Array =
                positions.iter().map(|position| sorted.value(*position)).collect::<Vec<_>>().into();
            take(values, &rows, None)?
        }
    })
}

/// Selects instead of sorting: the time is linear in the number of values.
fn selected<T: ArrowPrimitiveType>(values: &ArrayRef, positions: &[usize], descending: bool) -> ArrayRef {
    let order = |a: &T::Native, b: &T::Native| -> Ordering {
        let order = a.compare(*b);
        if descending { order.reverse() } else { order }
    };
    let data_type = values.data_type().clone();
    let mut values = values.as_primitive::<T>().values().to_vec();
    let found = positions.iter().map(|position| *values.select_nth_unstable_by(*position, order).1);
    Arc::new(PrimitiveArray::<T>::from_iter_values(found).with_data_type(data_type))
}
