//! `avg` of decimals, with at least twelve decimals. DataFusion's has four more than the values: only five for values such
//! as `1.0`.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::error::Result;
use datafusion::functions_aggregate::average::Avg;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

/// Minimum decimals of the values; their mean has four more.
const DECIMALS: i8 = 8;
/// Digits of the largest decimal.
const DIGITS: u8 = 38;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct PreciseAvg {
    signature: Signature,
    built_in: Arc<Avg>,
}

impl PreciseAvg {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable), built_in: Arc::new(Avg::new()) }
    }
}

impl AggregateUDFImpl for PreciseAvg {
    fn name(&self) -> &'static str {
        "avg"
    }

    fn aliases(&self) -> &[String] {
        self.built_in.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let [value] = arguments else {
            return datafusion::common::plan_err!("avg has one argument, not {}", arguments.len());
        };
        Ok(vec![match value {
            DataType::Decimal128(_, scale) if *scale < DECIMALS => DataType::Decimal128(DIGITS, DECIMALS),
            DataType::Decimal128(..) | DataType::Decimal256(..) | DataType::Duration(_) => value.clone(),
            number if number.is_numeric() || number.is_null() => DataType::Float64,
            other => return datafusion::common::plan_err!("avg expects numbers, not {other}"),
        }])
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.built_in.return_type(arguments)
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.built_in.state_fields(arguments)
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        self.built_in.accumulator(arguments)
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs) -> bool {
        self.built_in.groups_accumulator_supported(arguments)
    }

    fn create_groups_accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        self.built_in.create_groups_accumulator(arguments)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}
