//! Casts to integers and to text. PostgreSQL rounds (`2.5::int` is 3), DataFusion truncates. As text, DataFusion writes a
//! timestamp as `2024-01-31T10:00:00`.

use datafusion::logical_expr::sqlparser::ast::{CastKind, DataType, Expr, Value};

use super::like::call;
use crate::functions::postgres_casts::{INT2, INT4, INT8, TEXT};

/// Replaces such casts with our functions. Casts of parameters, strings and integer literals stay: they are exact, and
/// determine types.
pub(super) fn replace(expression: &mut Expr) {
    let Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } = expression else {
        return;
    };
    let function = match data_type {
        DataType::SmallInt(_) | DataType::Int2(_) => INT2,
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => INT4,
        DataType::BigInt(_) | DataType::Int8(_) => INT8,
        DataType::Text => TEXT,
        DataType::Varchar(None) | DataType::CharacterVarying(None) => TEXT,
        _ => return,
    };
    let is_exact = match expr.as_ref() {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(_) | Value::Null => true,
            Value::Number(number, _) => function != TEXT && number.bytes().all(|b| b.is_ascii_digit()),
            Value::SingleQuotedString(_) => true,
            _ => false,
        },
        _ => false,
    };
    if is_exact {
        return;
    }
    let value = std::mem::replace(expr.as_mut(), Expr::Value(Value::Null.with_empty_span()));
    *expression = call(function, vec![value]);
}
