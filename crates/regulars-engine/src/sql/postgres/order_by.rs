//! Names inside expressions of ORDER BY. In PostgreSQL, `ORDER BY round(x)` sorts by the column `x` of a table even if the
//! result has a column `x`; DataFusion sorts by that of the result. A name on its own means the result's column in both.

use std::ops::ControlFlow;

use datafusion::logical_expr::sqlparser::ast::{
    Expr, Ident, OrderByKind, Query, SelectItem, SetExpr, VisitMut as _, VisitorMut,
};

use super::using_columns::same;

/// Renames aliases that also occur inside expressions of ORDER BY.
///
/// Shape: pairs of the temporary and the final name of a column.
/// Errors: such an alias in a subquery, whose columns cannot be renamed afterwards.
pub(super) fn resolve(query: &mut Query, is_outermost: bool) -> Result<Vec<(String, String)>, String> {
    let SetExpr::Select(select) = query.body.as_mut() else { return Ok(Vec::new()) };
    let Some(order_by) = &mut query.order_by else { return Ok(Vec::new()) };
    let OrderByKind::Expressions(keys) = &mut order_by.kind else { return Ok(Vec::new()) };
    let mut used = Names { names: Vec::new(), depth: 0 };
    for key in keys.iter_mut().filter(|key| !matches!(key.expr, Expr::Identifier(_))) {
        let _ = key.expr.visit(&mut used);
    }
    let mut renamed = Vec::new();
    for item in &mut select.projection {
        let SelectItem::ExprWithAlias { expr, alias } = item else { continue };
        let is_itself = match &*expr {
            Expr::Identifier(column) => same(column, alias),
            Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|column| same(column, alias)),
            _ => false,
        };
        if is_itself || !used.names.iter().any(|name| same(name, alias)) {
            continue;
        }
        if !is_outermost {
            return Err(format!(
                "`{alias}` in ORDER BY is ambiguous: a table and the result have a column of that name; write `TABLE.{alias}`"
            ));
        }
        let hidden = Ident::with_quote('"', format!("{} of the result", alias.value));
        for key in keys.iter_mut() {
            if matches!(&key.expr, Expr::Identifier(name) if same(name, alias)) {
                key.expr = Expr::Identifier(hidden.clone());
            }
        }
        let shown =
            if alias.quote_style.is_some() { alias.value.clone() } else { alias.value.to_lowercase() };
        renamed.push((hidden.value.clone(), shown));
        *alias = hidden;
    }
    Ok(renamed)
}

/// Collects names without a table.
struct Names {
    names: Vec<Ident>,
    depth: usize,
}

impl VisitorMut for Names {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if self.depth == 0
            && let Expr::Identifier(name) = expression
        {
            self.names.push(name.clone());
        }
        ControlFlow::Continue(())
    }
}
