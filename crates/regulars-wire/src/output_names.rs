//! The names that PostgreSQL gives to columns without an alias: `count` for `count(*)`, `?column?` for `1 + 1`.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Ident, Query, SelectItem, SetExpr, Statement, VisitMut as _, VisitorMut,
};

/// The names of a query's columns; `None` for a column that keeps its name, and for a query with `*`.
pub(crate) fn output_names(statement: &Statement) -> Option<Vec<Option<String>>> {
    match statement {
        Statement::Query(query) => of_query(query),
        _ => None,
    }
}

/// Gives columns without an alias the names that PostgreSQL gives them, so that `ORDER BY count` works. Two columns may have
/// the same name: in the outermost query the second gets a unique one, which [`output_names`] replaces.
pub(crate) fn name_columns(statement: &mut Statement) {
    let _ = statement.visit(&mut Naming { depth: 0 });
}

struct Naming {
    depth: usize,
}

impl VisitorMut for Naming {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        let SetExpr::Select(select) = query.body.as_mut() else { return ControlFlow::Continue(()) };
        let name = |item: &SelectItem| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
            SelectItem::UnnamedExpr(expression) => of_expression(expression),
            _ => None,
        };
        let names: Vec<Option<String>> = select.projection.iter().map(name).collect();
        for (place, item) in select.projection.iter_mut().enumerate() {
            let SelectItem::UnnamedExpr(expression) = item else { continue };
            let is_column = matches!(expression, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
            let Some(name) = &names[place] else { continue };
            let is_unique = names.iter().filter(|other| other.as_ref() == Some(name)).count() == 1;
            // The first of two columns keeps its name.
            let is_first = names.iter().position(|other| other.as_ref() == Some(name)) == Some(place);
            if is_column && (is_unique || is_first) {
                continue;
            }
            let alias = match (is_unique && name != "?column?", self.depth) {
                (true, _) => name.clone(),
                (false, 1) => format!("{name} {}", place + 1),
                (false, _) => continue,
            };
            let expr = std::mem::replace(expression, Expr::Identifier(Ident::new("x")));
            *item = SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', alias) };
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

fn of_query(query: &Query) -> Option<Vec<Option<String>>> {
    let mut body = query.body.as_ref();
    // The first part of a UNION names the columns.
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    match body {
        SetExpr::Select(select) => select.projection.iter().map(of_item).collect(),
        SetExpr::Query(query) => of_query(query),
        _ => None,
    }
}

#[expect(clippy::option_option, reason = "no list of columns, or a column that keeps its name")]
fn of_item(item: &SelectItem) -> Option<Option<String>> {
    match item {
        SelectItem::ExprWithAlias { .. } => Some(None),
        SelectItem::UnnamedExpr(expression) => Some(of_expression(expression)),
        _ => None,
    }
}

/// The name of a column without an alias; `None` if it keeps that of the plan.
fn of_expression(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(column) => Some(folded(column)),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => of_expression(inner),
        Expr::Function(function) => {
            let last = function.name.0.last()?.as_ident()?;
            Some(if last.quote_style.is_some() {
                last.value.clone()
            } else {
                last.value.to_ascii_lowercase()
            })
        }
        Expr::Cast { expr, data_type, .. } => match expr.as_ref() {
            Expr::Value(_) => Some(type_name(data_type)),
            inner => of_expression(inner),
        },
        Expr::Case { .. } => Some("case".to_owned()),
        Expr::Extract { .. } => Some("extract".to_owned()),
        Expr::Ceil { .. } => Some("ceil".to_owned()),
        Expr::Floor { .. } => Some("floor".to_owned()),
        Expr::Position { .. } => Some("position".to_owned()),
        Expr::Substring { .. } => Some("substring".to_owned()),
        Expr::Trim { .. } => Some("btrim".to_owned()),
        Expr::Array(_) => Some("array".to_owned()),
        Expr::Exists { .. } => Some("exists".to_owned()),
        Expr::Interval(_) => Some("interval".to_owned()),
        Expr::Subquery(query) => of_query(query)?.into_iter().next()?,
        _ => Some("?column?".to_owned()),
    }
}

/// Names without quotes are folded to lower case.
fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => "int4".to_owned(),
        DataType::BigInt(_) | DataType::Int8(_) => "int8".to_owned(),
        DataType::SmallInt(_) | DataType::Int2(_) => "int2".to_owned(),
        DataType::Boolean | DataType::Bool => "bool".to_owned(),
        DataType::Double(_) | DataType::DoublePrecision | DataType::Float8 => "float8".to_owned(),
        DataType::Varchar(_) | DataType::CharacterVarying(_) => "varchar".to_owned(),
        other => other.to_string().to_ascii_lowercase().split('(').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use datafusion_pg_catalog::sql::PostgresCompatibilityParser;

    use super::*;

    #[test]
    fn names_are_those_of_postgresql() {
        let sql = "SELECT count(*), 1 + 1, a, t.b, c AS d, '1'::int, a::text, CASE WHEN a THEN 1 END, \
                   extract(year FROM e), sum(a) OVER () FROM t";
        let statements = PostgresCompatibilityParser::new().parse(sql).expect("parses");
        let names = output_names(&statements[0]).expect("a list of columns");
        let names: Vec<&str> = names.iter().map(|name| name.as_deref().unwrap_or("-")).collect();
        assert_eq!(names, ["count", "?column?", "a", "b", "-", "int4", "a", "case", "extract", "sum"]);
        let all = PostgresCompatibilityParser::new().parse("SELECT * FROM t").expect("parses");
        assert_eq!(output_names(&all[0]), None);
    }
}
