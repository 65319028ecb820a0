//! `a IS DISTINCT FROM b OR c` is `(a IS DISTINCT FROM b) OR c` in PostgreSQL, but the parser reads
//! `a IS DISTINCT FROM (b OR c)`.

use datafusion::logical_expr::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

/// Groups AND, OR and IS DISTINCT FROM by precedence. Parentheses in the query are nodes of their own, and stay.
pub(super) fn regroup(expression: &mut Expr) {
    if !is_grouped_wrongly(expression) {
        return;
    }
    let whole = std::mem::replace(expression, Expr::Wildcard(empty_token()));
    let mut operands = Vec::new();
    let mut operators = Vec::new();
    flatten(whole, &mut operands, &mut operators);
    *expression = by_precedence(operands, &operators);
}

fn empty_token() -> datafusion::logical_expr::sqlparser::ast::helpers::attached_token::AttachedToken {
    datafusion::logical_expr::sqlparser::ast::helpers::attached_token::AttachedToken::empty()
}

fn is_logical(operator: &BinaryOperator) -> bool {
    matches!(operator, BinaryOperator::And | BinaryOperator::Or)
}

/// Whether an IS DISTINCT FROM has an AND or OR without parentheses as its right operand.
fn is_grouped_wrongly(expression: &Expr) -> bool {
    match expression {
        Expr::BinaryOp { left, op, right } if is_logical(op) => {
            is_grouped_wrongly(left) || is_grouped_wrongly(right)
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => is_grouped_wrongly(expr),
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => {
            matches!(right.as_ref(), Expr::BinaryOp { op, .. } if is_logical(op)) || is_grouped_wrongly(right)
        }
        _ => false,
    }
}

/// Collects the operands and operators in the order of the query text.
fn flatten(expression: Expr, operands: &mut Vec<Expr>, operators: &mut Vec<BinaryOperator>) {
    match expression {
        Expr::BinaryOp { left, op, right } if is_logical(&op) => {
            flatten(*left, operands, operators);
            operators.push(op);
            flatten(*right, operands, operators);
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            let first = operands.len();
            flatten(*expr, operands, operators);
            let operand = operands[first].clone();
            operands[first] = Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(operand) };
        }
        Expr::IsDistinctFrom(left, right) => {
            let first = operands.len();
            flatten(*right, operands, operators);
            operands[first] = Expr::IsDistinctFrom(left, Box::new(operands[first].clone()));
        }
        Expr::IsNotDistinctFrom(left, right) => {
            let first = operands.len();
            flatten(*right, operands, operators);
            operands[first] = Expr::IsNotDistinctFrom(left, Box::new(operands[first].clone()));
        }
        other => operands.push(other),
    }
}

/// Rebuilds the expression; AND binds more tightly than OR.
fn by_precedence(operands: Vec<Expr>, operators: &[BinaryOperator]) -> Expr {
    let join = |left: Expr, op: BinaryOperator, right: Expr| Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    };
    let mut operands = operands.into_iter();
    let mut term = operands.next().expect("one more operand than operators");
    let mut sum: Option<Expr> = None;
    for (operator, operand) in operators.iter().zip(operands) {
        if *operator == BinaryOperator::And {
            term = join(term, BinaryOperator::And, operand);
        } else {
            sum = Some(match sum {
                Some(sum) => join(sum, BinaryOperator::Or, term),
                None => term,
            });
            term = operand;
        }
    }
    match sum {
        Some(sum) => join(sum, BinaryOperator::Or, term),
        None => term,
    }
}
