//! Unqualified columns of `JOIN … USING (c)`. In PostgreSQL, `c` is the merged column of the join. DataFusion reports it as
//! ambiguous in WHERE, and for a FULL JOIN takes that of the left table, which is null if only the right table has a row.

use std::ops::ControlFlow;

use datafusion::logical_expr::sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, ObjectName, OrderByKind, Query, Select, SelectItem, SetExpr,
    TableFactor, VisitMut, VisitorMut,
};

use super::like::call;

/// Qualifies the columns of USING in a query, but not in its subqueries.
///
/// Errors: `*` over a FULL JOIN with USING.
pub(super) fn qualify(query: &mut Query) -> Result<(), String> {
    let SetExpr::Select(select) = query.body.as_mut() else { return Ok(()) };
    let columns = merged_columns(select)?;
    if columns.is_empty() {
        return Ok(());
    }
    let mut qualifier = Qualifier { columns, depth: 0 };
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expression) = item {
            // The alias keeps the name of the result's column unqualified.
            if let Some((column, merged)) = qualifier.of(expression) {
                *item = SelectItem::ExprWithAlias { expr: merged, alias: column };
                continue;
            }
        }
        let _ = item.visit(&mut qualifier);
    }
    let _ = select.selection.visit(&mut qualifier);
    let _ = select.group_by.visit(&mut qualifier);
    let _ = select.having.visit(&mut qualifier);
    // A name on its own in ORDER BY means the result's column.
    if let Some(order_by) = &mut query.order_by {
        let is_selected = |name: &Ident, items: &[SelectItem]| {
            items
                .iter()
                .any(|item| matches!(item, SelectItem::ExprWithAlias { alias, .. } if same(alias, name)))
        };
        if let OrderByKind::Expressions(keys) = &mut order_by.kind {
            for key in keys {
                match &key.expr {
                    Expr::Identifier(name) if is_selected(name, &select.projection) => {}
                    _ => {
                        let _ = key.expr.visit(&mut qualifier);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The columns of USING, and the expressions that they stand for.
fn merged_columns(select: &Select) -> Result<Vec<(Ident, Expr)>, String> {
    let mut merged: Vec<(Ident, Expr)> = Vec::new();
    let [from] = select.from.as_slice() else { return Ok(merged) };
    let mut left = vec![name(&from.relation)];
    for join in &from.joins {
        let right = name(&join.relation);
        let (constraint, kind) = match &join.join_operator {
            JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => (constraint, Kind::Inner),
            JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (constraint, Kind::Left),
            JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => {
                (constraint, Kind::Right)
            }
            JoinOperator::FullOuter(constraint) => (constraint, Kind::Full),
            _ => {
                left.push(right);
                continue;
            }
        };
        if let JoinConstraint::Using(columns) = constraint {
            for column in columns {
                let Some(column) = single(column) else { continue };
                let known = merged.iter().position(|(name, _)| same(name, column));
                let of_left = match (known, left.as_slice()) {
                    (Some(known), _) => Some(merged[known].1.clone()),
                    (None, [Some(only)]) => Some(qualified(only, column)),
                    _ => None,
                };
                let of_right = right.as_ref().map(|table| qualified(table, column));
                let value = match (kind, of_left, of_right) {
                    (Kind::Inner | Kind::Left, Some(left), _) => left,
                    (Kind::Inner | Kind::Right, _, Some(right)) => right,
                    (Kind::Full, Some(left), Some(right)) => call("coalesce", vec![left, right]),
                    _ => continue,
                };
                if kind == Kind::Full
                    && select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)))
                {
                    return Err(format!(
                        "`*` over a FULL JOIN with USING is not supported; list the columns, including `{column}`"
                    ));
                }
                match known {
                    Some(known) => merged[known].1 = value,
                    None => merged.push((column.clone(), value)),
                }
            }
        }
        left.push(right);
    }
    Ok(merged)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inner,
    Left,
    Right,
    Full,
}

/// The name by which the query refers to a table.
fn name(table: &TableFactor) -> Option<Ident> {
    match table {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Some(alias.name.clone())
        }
        TableFactor::Table { name, .. } => name.0.last()?.as_ident().cloned(),
        _ => None,
    }
}

fn single(name: &ObjectName) -> Option<&Ident> {
    match name.0.as_slice() {
        [part] => part.as_ident(),
        _ => None,
    }
}

pub(super) fn same(a: &Ident, b: &Ident) -> bool {
    let folded = |ident: &Ident| match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    };
    folded(a) == folded(b)
}

fn qualified(table: &Ident, column: &Ident) -> Expr {
    Expr::CompoundIdentifier(vec![table.clone(), column.clone()])
}

struct Qualifier {
    columns: Vec<(Ident, Expr)>,
    /// Subqueries have columns of their own.
    depth: usize,
}

impl Qualifier {
    fn of(&self, expression: &Expr) -> Option<(Ident, Expr)> {
        let Expr::Identifier(name) = expression else { return None };
        self.columns.iter().find(|(column, _)| same(column, name)).cloned()
    }
}

impl VisitorMut for Qualifier {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if self.depth == 0
            && let Some((_, merged)) = self.of(expression)
        {
            *expression = merged;
        }
        ControlFlow::Continue(())
    }
}
