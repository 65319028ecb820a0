//! Arithmetic as in PostgreSQL: `date - date` is a number of days, `date + 1` the next day, a date plus an interval is a
//! timestamp, intervals are compared by length, and quotients of decimals have enough digits. In DataFusion, `date - date`
//! is a duration, a date plus an interval loses the time of day, intervals are compared by months first, and `1.0 / 30000`
//! has five decimals.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::sqlparser::ast::BinaryOperator;
use datafusion::logical_expr::{Expr, ExprSchemable as _, Operator, cast};

use crate::functions::{interval_micros, timestamp_difference};

/// Plans `+` and `-` of dates, `/` of decimals, and comparisons of intervals.
#[derive(Debug)]
pub(crate) struct PostgresArithmetic;

/// Decimals of a dividend. The quotient has four more and is truncated, so that rounding it to fewer decimals is exact.
const DIVIDEND_DECIMALS: i8 = 8;
/// Digits of the largest decimal.
const DIGITS: u8 = 38;

impl ExprPlanner for PostgresArithmetic {
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let operator = match raw.op {
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            BinaryOperator::Divide => Operator::Divide,
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => return Ok(comparison(raw, schema)),
            _ => return Ok(PlannerResult::Original(raw)),
        };
        // A sum without an interval is a date only inside our cast. Its operands need not be looked at, so that planning
        // long sums takes linear time.
        if operator != Operator::Divide && is_sum_of_numbers(&raw.left, schema) {
            return Ok(PlannerResult::Original(raw));
        }
        // The types of parameters are not known yet.
        let (Ok(left), Ok(right)) = (raw.left.get_type(schema), raw.right.get_type(schema)) else {
            return Ok(PlannerResult::Original(raw));
        };
        if operator == Operator::Divide {
            return Ok(quotient(raw, &left, &right));
        }
        let is_date = |data_type: &DataType| matches!(data_type, DataType::Date32);
        let is_time = |data_type: &DataType| matches!(data_type, DataType::Timestamp(_, None));
        let is_interval = |data_type: &DataType| matches!(data_type, DataType::Interval(_));
        if operator == Operator::Minus && is_time(&left) && is_time(&right) {
            return Ok(PlannerResult::Planned(timestamp_difference().call(vec![raw.left, raw.right])));
        }
        if is_date(&left) && is_interval(&right) {
            let time = cast(raw.left, DataType::Timestamp(TimeUnit::Microsecond, None));
            return Ok(PlannerResult::Planned(binary(time, operator, raw.right)));
        }
        let result = match (is_date(&left), is_date(&right), operator) {
            (true, true, Operator::Minus) => DataType::Int32,
            (true, false, _) if right.is_integer() => DataType::Date32,
            (false, true, Operator::Plus) if left.is_integer() => DataType::Date32,
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let days = |side: Expr| cast(side, DataType::Int32);
        let sum = binary(days(raw.left), operator, days(raw.right));
        Ok(PlannerResult::Planned(if result == DataType::Date32 { cast(sum, result) } else { sum }))
    }
}

fn is_sum_of_numbers(expression: &Expr, schema: &DFSchema) -> bool {
    let Expr::BinaryExpr(sum) = expression else { return false };
    let is_interval =
        |side: &Expr| matches!(side.get_type(schema), Ok(DataType::Interval(_) | DataType::Duration(_)));
    matches!(sum.op, Operator::Plus | Operator::Minus) && !is_interval(&sum.right)
}

/// Compares intervals by length.
fn comparison(raw: RawBinaryExpr, schema: &DFSchema) -> PlannerResult<RawBinaryExpr> {
    let is_interval =
        |side: &Expr| matches!(side.get_type(schema), Ok(DataType::Interval(_) | DataType::Duration(_)));
    // The right side first: it is usually a column or a literal, whose type is cheap to find.
    if !is_interval(&raw.right) || !is_interval(&raw.left) {
        return PlannerResult::Original(raw);
    }
    let micros = |side: Expr| interval_micros().call(vec![side]);
    PlannerResult::Original(RawBinaryExpr { op: raw.op, left: micros(raw.left), right: micros(raw.right) })
}

fn quotient(raw: RawBinaryExpr, left: &DataType, right: &DataType) -> PlannerResult<RawBinaryExpr> {
    let is_decimal = |data_type: &DataType| matches!(data_type, DataType::Decimal128(..));
    let decimals = match left {
        DataType::Decimal128(_, scale) => *scale,
        whole if whole.is_integer() && is_decimal(right) => 0,
        _ => return PlannerResult::Original(raw),
    };
    if !is_decimal(right) && !right.is_integer() || decimals >= DIVIDEND_DECIMALS {
        return PlannerResult::Original(raw);
    }
    let dividend = cast(raw.left, DataType::Decimal128(DIGITS, DIVIDEND_DECIMALS));
    PlannerResult::Planned(binary(dividend, Operator::Divide, raw.right))
}

fn binary(left: Expr, operator: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}
