//! Arithmetic of dates as in PostgreSQL: `date - date` is a number of days, `date + 1` the next day. DataFusion has
//! durations and intervals there, which scripts for PostgreSQL do not expect.

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::sqlparser::ast::BinaryOperator;
use datafusion::logical_expr::{Expr, ExprSchemable as _, Operator, cast};

/// Plans the operators `+` and `-` of dates.
#[derive(Debug)]
pub(crate) struct DateArithmetic;

impl ExprPlanner for DateArithmetic {
    fn plan_binary_op(
        &self,
        raw: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let operator = match raw.op {
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            _ => return Ok(PlannerResult::Original(raw)),
        };
        // Types of parameters are not known yet.
        let (Ok(left), Ok(right)) = (raw.left.get_type(schema), raw.right.get_type(schema)) else {
            return Ok(PlannerResult::Original(raw));
        };
        let is_date = |data_type: &DataType| matches!(data_type, DataType::Date32);
        let result = match (is_date(&left), is_date(&right), operator) {
            (true, true, Operator::Minus) => DataType::Int32,
            (true, false, _) if right.is_integer() => DataType::Date32,
            (false, true, Operator::Plus) if left.is_integer() => DataType::Date32,
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let days = |side: Expr| Box::new(cast(side, DataType::Int32));
        let sum = Expr::BinaryExpr(BinaryExpr::new(days(raw.left), operator, days(raw.right)));
        Ok(PlannerResult::Planned(if result == DataType::Date32 { cast(sum, result) } else { sum }))
    }
}
