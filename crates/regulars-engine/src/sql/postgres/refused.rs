//! What DataFusion accepts and gives other results for than PostgreSQL, or ignores: refused, with what to write instead.

use datafusion::logical_expr::sqlparser::ast::{
    Expr, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    TableFactor,
};

/// Checks an expression.
pub(super) fn check(expression: &mut Expr) -> Result<(), String> {
    match expression {
        Expr::SimilarTo { .. } => {
            Err("SIMILAR TO is not possible; use LIKE, or ~ with a regular expression".to_owned())
        }
        Expr::AtTimeZone { .. } => {
            Err("AT TIME ZONE is not possible; times of orders have no time zone".to_owned())
        }
        Expr::AllOp { .. } => {
            Err("a comparison with ALL is not possible; use NOT IN, or an aggregate".to_owned())
        }
        // A missing value among the rows is lost.
        Expr::InSubquery { negated: true, expr, .. } if matches!(expr.as_ref(), Expr::Value(_)) => {
            Err("a constant before NOT IN with a subquery is not possible; use NOT EXISTS".to_owned())
        }
        Expr::Function(function) => {
            // PostgreSQL removes all.
            if let Some(name) = function.name.0.last().and_then(|part| part.as_ident())
                && name.value.eq_ignore_ascii_case("array_remove")
            {
                function.name = vec!["array_remove_all".into()].into();
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Checks a query without its subqueries.
pub(super) fn check_query(query: &Query) -> Result<(), String> {
    check_body(&query.body)
}

fn check_body(body: &SetExpr) -> Result<(), String> {
    match body {
        SetExpr::SetOperation { op, set_quantifier, left, right } => {
            let counts = matches!(op, SetOperator::Except | SetOperator::Intersect | SetOperator::Minus)
                && *set_quantifier == SetQuantifier::All;
            if counts {
                return Err(format!(
                    "{op} ALL is not possible; number the rows with row_number() and use {op}"
                ));
            }
            check_body(left)?;
            check_body(right)
        }
        SetExpr::Select(select) => check_select(select),
        _ => Ok(()),
    }
}

fn check_select(select: &Select) -> Result<(), String> {
    let has_star = select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)));
    for from in &select.from {
        check_table(&from.relation)?;
        for join in &from.joins {
            check_table(&join.relation)?;
            match &join.join_operator {
                JoinOperator::Right(JoinConstraint::Natural)
                | JoinOperator::RightOuter(JoinConstraint::Natural)
                | JoinOperator::FullOuter(JoinConstraint::Natural) => {
                    return Err("NATURAL RIGHT and FULL JOIN are not possible; use JOIN … USING".to_owned());
                }
                JoinOperator::Right(JoinConstraint::Using(_))
                | JoinOperator::RightOuter(JoinConstraint::Using(_))
                    if has_star =>
                {
                    return Err(
                        "`*` over a RIGHT JOIN with USING is not possible; list the columns".to_owned()
                    );
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn check_table(table: &TableFactor) -> Result<(), String> {
    match table {
        TableFactor::Table { sample: Some(_), .. } => Err("TABLESAMPLE is not possible".to_owned()),
        TableFactor::Table { with_ordinality: true, .. } => Err("WITH ORDINALITY is not possible".to_owned()),
        _ => Ok(()),
    }
}
