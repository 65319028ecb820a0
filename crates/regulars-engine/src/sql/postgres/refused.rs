//! Refuses what DataFusion ignores, or answers differently than PostgreSQL, and says what to write instead.

use datafusion::logical_expr::sqlparser::ast::{
    Expr, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    TableFactor,
};

/// Checks an expression.
pub(super) fn check(expression: &mut Expr) -> Result<(), String> {
    match expression {
        Expr::SimilarTo { .. } => {
            Err("SIMILAR TO is not supported; use LIKE, or ~ with a regular expression".to_owned())
        }
        Expr::AtTimeZone { .. } => {
            Err("AT TIME ZONE is not supported; times of orders have no time zone".to_owned())
        }
        Expr::AllOp { .. } => {
            Err("comparisons with ALL are not supported; compare with min() or max(), or use NOT EXISTS"
                .to_owned())
        }
        // A missing value among the rows is lost.
        Expr::InSubquery { negated: true, expr, .. } if matches!(expr.as_ref(), Expr::Value(_)) => {
            Err("a constant before NOT IN with a subquery is not supported; use NOT EXISTS".to_owned())
        }
        Expr::Function(function) => {
            // PostgreSQL's removes all occurrences, DataFusion's only the first.
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
                    "{op} ALL is not supported; number equal rows with row_number(), then use {op}"
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
                    return Err(
                        "NATURAL RIGHT JOIN and NATURAL FULL JOIN are not supported; use JOIN … USING"
                            .to_owned(),
                    );
                }
                JoinOperator::Right(JoinConstraint::Using(_))
                | JoinOperator::RightOuter(JoinConstraint::Using(_))
                    if has_star =>
                {
                    return Err(
                        "`*` over a RIGHT JOIN with USING is not supported; list the columns".to_owned()
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
        TableFactor::Table { sample: Some(_), .. } => Err("TABLESAMPLE is not supported".to_owned()),
        TableFactor::Table { with_ordinality: true, .. } => {
            Err("WITH ORDINALITY is not supported".to_owned())
        }
        _ => Ok(()),
    }
}
