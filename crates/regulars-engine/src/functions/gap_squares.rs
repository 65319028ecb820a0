//! `gap_squares(day Int32) -> Int64`: the sum of squared days between consecutive purchases; 0 for one
//! purchase or none.
//!
//! Together with the first day, the last day and the count it gives the standard deviation of the gaps. It
//! cannot overflow: the gaps of a customer add up to less than eight million days.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::not_impl_err;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};

use super::sorted_groups::{SortedGroupAggregate, SortedGroups, state_type};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct GapSquares {
    signature: Signature,
}

impl GapSquares {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Int32], Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for GapSquares {
    fn name(&self) -> &'static str {
        "gap_squares"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn accumulator(&self, _arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        not_impl_err!("gap_squares without GROUP BY")
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(arguments.name, "days"), state_type(), true))])
    }

    fn groups_accumulator_supported(&self, _arguments: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(SortedGroups::new(Sums::default())))
    }
}

#[derive(Default)]
struct Sums {
    squares: Vec<i64>,
}

impl SortedGroupAggregate for Sums {
    fn add_group(&mut self, sorted: &[i32]) {
        let mut sum = 0;
        for row in 1..sorted.len() {
            let gap = i64::from(sorted[row]) - i64::from(sorted[row - 1]);
            sum += gap * gap;
        }
        self.squares.push(sum);
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        Ok(Arc::new(Int64Array::from(std::mem::take(&mut self.squares))))
    }
}
