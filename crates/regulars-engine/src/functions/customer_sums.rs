//! `customer_sums(at, amount, spend_at, spend, quantity, payments, cutoff) -> struct`: every count and sum of a
//! customer's purchases that the features need, collected in one pass over the rows.
//!
//! Deliberately one function rather than twenty-four built-in ones: a group is one block of memory instead of
//! an entry in each of thirty columns, a sum that exceeds Int64 is an error, and spilling a group writes one
//! short row.
//!
//! `at` and `amount` are null unless the row is a purchase, `spend_at` and `spend` unless it counts in the
//! spend; `cutoff` is a constant, in microseconds.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::not_impl_err;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};

use super::sample_deviation::SQUARES;
use super::sums_by_group::SumsByGroup;
use regulars_core::tables::TIMESTAMP;

/// How two values of a field are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    Add,
    Smaller,
    Larger,
    Or,
}

/// The integers of a group, in order of their indices.
pub(super) const FIELDS: [(&str, Merge); 23] = [
    ("orders", Merge::Add),
    ("net", Merge::Add),
    ("first", Merge::Smaller),
    ("last", Merge::Larger),
    ("smallest", Merge::Smaller),
    ("largest", Merge::Larger),
    ("amounts", Merge::Add),
    ("orders_30", Merge::Add),
    ("orders_90", Merge::Add),
    ("orders_180", Merge::Add),
    ("orders_365", Merge::Add),
    ("spend_30", Merge::Add),
    ("spend_90", Merge::Add),
    ("spend_180", Merge::Add),
    ("spend_365", Merge::Add),
    ("spend_before_180", Merge::Add),
    ("quantity", Merge::Add),
    ("known_quantities", Merge::Add),
    ("weekend", Merge::Add),
    ("winter", Merge::Add),
    ("spring", Merge::Add),
    ("summer", Merge::Add),
    ("payments", Merge::Or),
];

/// The indices in [`FIELDS`].
pub(super) mod field {
    pub(crate) const ORDERS: usize = 0;
    pub(crate) const NET: usize = 1;
    pub(crate) const FIRST: usize = 2;
    pub(crate) const LAST: usize = 3;
    pub(crate) const SMALLEST: usize = 4;
    pub(crate) const LARGEST: usize = 5;
    pub(crate) const AMOUNTS: usize = 6;
    pub(crate) const ORDERS_SINCE: usize = 7;
    pub(crate) const SPEND_SINCE: usize = 11;
    pub(crate) const SPEND_BEFORE: usize = 15;
    pub(crate) const QUANTITY: usize = 16;
    pub(crate) const KNOWN_QUANTITIES: usize = 17;
    pub(crate) const WEEKEND: usize = 18;
    pub(crate) const SEASONS: usize = 19;
    pub(crate) const PAYMENTS: usize = 22;
}

/// The fields of the result: those of a group, and the sum of squared amounts.
pub(super) fn result_fields() -> Fields {
    let mut fields: Vec<Field> = FIELDS
        .iter()
        .map(|(name, _)| {
            let is_timestamp = matches!(*name, "first" | "last");
            Field::new(*name, if is_timestamp { TIMESTAMP } else { DataType::Int64 }, true)
        })
        .collect();
    fields.push(Field::new("amount_squares", SQUARES, true));
    Fields::from(fields)
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CustomerSums {
    signature: Signature,
}

impl CustomerSums {
    pub(crate) fn new() -> Self {
        let mut types = vec![DataType::Int64; 7];
        (types[0], types[2]) = (TIMESTAMP, TIMESTAMP);
        Self { signature: Signature::exact(types, Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for CustomerSums {
    fn name(&self) -> &'static str {
        "customer_sums"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(result_fields()))
    }

    fn accumulator(&self, _arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        not_impl_err!("customer_sums without GROUP BY")
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |name: &str, data_type| {
            Arc::new(Field::new(format_state_name(arguments.name, name), data_type, true))
        };
        let mut fields: Vec<FieldRef> = FIELDS.iter().map(|(name, _)| field(name, DataType::Int64)).collect();
        fields.push(field("amount_squares", SQUARES));
        Ok(fields)
    }

    fn groups_accumulator_supported(&self, _arguments: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(SumsByGroup::default()))
    }
}
