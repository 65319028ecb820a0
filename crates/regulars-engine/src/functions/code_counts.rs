//! `code_counts(code Int32) -> struct`: the most frequent code (the smallest on ties), its number of rows,
//! the number of rows, and the number of distinct codes.
//!
//! Replaces `count(distinct)` and a count per (customer, category), without a hash table of a million small
//! sets or of every pair.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::not_impl_err;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};

use super::sorted_groups::{SortedGroupAggregate, SortedGroups, state_type};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CodeCounts {
    signature: Signature,
}

impl CodeCounts {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Int32], Volatility::Immutable) }
    }
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("favourite", DataType::Int32, true),
        Field::new("favourite_rows", DataType::Int64, true),
        Field::new("rows", DataType::Int64, true),
        Field::new("distinct", DataType::Int64, true),
    ])
}

impl AggregateUDFImpl for CodeCounts {
    fn name(&self) -> &'static str {
        "code_counts"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn accumulator(&self, _arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        not_impl_err!("code_counts without GROUP BY")
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(arguments.name, "codes"), state_type(), true))])
    }

    fn groups_accumulator_supported(&self, _arguments: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(SortedGroups::new(Counts::default())))
    }
}

#[derive(Default)]
struct Counts {
    favourite: Int32Builder,
    favourite_rows: Vec<i64>,
    rows: Vec<i64>,
    distinct: Vec<i64>,
}

impl SortedGroupAggregate for Counts {
    fn add_group(&mut self, sorted: &[i32]) {
        let (mut best, mut best_rows, mut distinct) = (None, 0, 0);
        let mut start = 0;
        for row in 1..=sorted.len() {
            if row == sorted.len() || sorted[row] != sorted[start] {
                distinct += 1;
                if row - start > best_rows {
                    (best, best_rows) = (Some(sorted[start]), row - start);
                }
                start = row;
            }
        }
        self.favourite.append_option(best);
        self.favourite_rows.push(best_rows as i64);
        self.rows.push(sorted.len() as i64);
        self.distinct.push(distinct);
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let counts = |values: &mut Vec<i64>| Arc::new(Int64Array::from(std::mem::take(values))) as ArrayRef;
        let columns = vec![
            Arc::new(self.favourite.finish()) as ArrayRef,
            counts(&mut self.favourite_rows),
            counts(&mut self.rows),
            counts(&mut self.distinct),
        ];
        Ok(Arc::new(StructArray::try_new(fields(), columns, None)?))
    }
}
