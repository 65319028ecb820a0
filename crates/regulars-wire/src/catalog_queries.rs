//! Catalogue queries of drivers that DataFusion cannot plan. Subqueries over catalogue tables that are empty here become
//! NULL; other scalar subqueries, which look up one row by OID, get the aggregate that DataFusion requires.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CastKind, DataType, Expr, FunctionArguments, Query, Select, SelectItem, SetExpr,
    Statement, TableFactor, Value, VisitMut as _, VisitorMut,
};
use regulars_engine::call;

/// Catalogue tables without rows about our tables: they have no defaults, sequences, policies, triggers or collations of
/// their own.
const EMPTY: [&str; 9] = [
    "pg_attrdef",
    "pg_sequence",
    "pg_collation",
    "pg_inherits",
    "pg_policy",
    "pg_trigger",
    "pg_foreign_table",
    "pg_partitioned_table",
    "pg_statistic_ext",
];

/// Arrays of privileges and options. They are always empty, and in the catalogue some are text and some are missing.
const EMPTY_ARRAYS: [&str; 9] =
    ["attacl", "datacl", "defaclacl", "lanacl", "nspacl", "proacl", "relacl", "reloptions", "typacl"];

/// Whether the expression is such an array, or `ARRAY(SELECT …)`, which psql uses for the members of roles.
fn is_empty_array(expression: &Expr) -> bool {
    match expression {
        Expr::CompoundIdentifier(parts) => parts
            .last()
            .is_some_and(|column| EMPTY_ARRAYS.contains(&column.value.to_ascii_lowercase().as_str())),
        Expr::Function(function) => {
            matches!(function.args, FunctionArguments::Subquery(_))
                && function.name.to_string().eq_ignore_ascii_case("array")
        }
        _ => false,
    }
}

/// A column of `pg_type` with a function.
fn is_function_of_type(expression: &Expr) -> bool {
    let column = match expression {
        Expr::Identifier(column) => Some(column),
        Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    };
    column.is_some_and(|column| {
        ["typinput", "typoutput", "typreceive", "typsend"]
            .contains(&column.value.to_ascii_lowercase().as_str())
    })
}

/// Whether the expression is a field of a key that the JDBC driver expands, or an element of an array of columns, which is
/// text in the catalogue.
fn is_field_of_key(expression: &Expr) -> bool {
    if !matches!(expression, Expr::CompoundFieldAccess { .. }) {
        return false;
    }
    let text = expression.to_string().to_ascii_lowercase();
    let list = text.split('[').next().unwrap_or_default();
    text.contains("_pg_expandarray")
        || text.contains(".keys).")
        || ["indoption", "indkey", "indclass", "indcollation", "conkey", "confkey"]
            .iter()
            .any(|column| list.ends_with(column))
}

fn null(data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::DoubleColon,
        expr: Box::new(Expr::Value(Value::Null.with_empty_span())),
        data_type,
        array: false,
        format: None,
    }
}

/// Rewrites scalar subqueries over the catalogue.
pub(crate) fn simplify(statement: &mut Statement) {
    let _ = statement.visit(&mut Simplifier);
}

struct Simplifier;

impl VisitorMut for Simplifier {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = query.body.as_mut()
            && reads_keys(select)
        {
            remove_key_arrays(select);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::BinaryOp { left, right, .. } = expression
            && is_function_of_type(left)
            && right.to_string() == "0"
        {
            // Functions are names here, and none is `-`.
            **right = Expr::Value(Value::SingleQuotedString("-".to_owned()).with_empty_span());
        }
        if is_empty_array(expression) {
            *expression =
                null(DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(DataType::Text), None)));
        } else if is_field_of_key(expression) {
            *expression = null(DataType::SmallInt(None));
        }
        let Expr::Subquery(query) = expression else { return ControlFlow::Continue(()) };
        match kind(query) {
            Kind::Empty => *expression = Expr::Value(Value::Null.with_empty_span()),
            Kind::Lookup => aggregate(query),
            Kind::Other => {}
        }
        ControlFlow::Continue(())
    }
}

/// Whether a SELECT reads keys or indexes, which our tables do not have.
fn reads_keys(select: &Select) -> bool {
    let relations = select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    relations.filter_map(table_name).any(|name| ["pg_index", "pg_constraint"].contains(&name.as_str()))
}

/// Replaces expanded arrays of key columns, which DataFusion cannot plan. Our tables have no keys, so the result is empty.
fn remove_key_arrays(select: &mut Select) {
    let mut is_empty = false;
    for item in &mut select.projection {
        let (SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }) = item else {
            continue;
        };
        let text = value.to_string().to_ascii_lowercase();
        if ["unnest(", "generate_subscripts(", "_pg_expandarray("]
            .iter()
            .any(|function| text.contains(function))
        {
            *value = null(DataType::SmallInt(None));
            is_empty = true;
        }
    }
    if is_empty {
        select.selection = Some(Expr::Value(Value::Boolean(false).with_empty_span()));
    }
}

fn table_name(table: &TableFactor) -> Option<String> {
    match table {
        TableFactor::Table { name, .. } => Some(name.0.last()?.as_ident()?.value.to_ascii_lowercase()),
        _ => None,
    }
}

enum Kind {
    /// Reads an empty table.
    Empty,
    /// Looks up one value in the catalogue.
    Lookup,
    Other,
}

fn kind(query: &Query) -> Kind {
    let SetExpr::Select(select) = query.body.as_ref() else { return Kind::Other };
    // An aggregate over no rows still returns a row.
    let is_aggregate = |item: &SelectItem| {
        let text = item.to_string().to_ascii_lowercase();
        ["count(", "array_agg(", "string_agg(", "min(", "max(", "sum("].iter().any(|name| text.contains(name))
    };
    if select.projection.iter().any(is_aggregate) || select.distinct.is_some() || query.order_by.is_some() {
        return Kind::Other;
    }
    let tables: Vec<String> =
        select.from.iter().map(|from| table_name(&from.relation).unwrap_or_default()).collect();
    if tables.iter().any(|table| EMPTY.contains(&table.as_str())) {
        Kind::Empty
    } else if select.projection.len() == 1
        && !tables.is_empty()
        && tables.iter().all(|table| table.starts_with("pg_"))
    {
        Kind::Lookup
    } else {
        Kind::Other
    }
}

/// `SELECT max(x)` for `SELECT x`.
fn aggregate(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    if let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_mut_slice()
    {
        let looked_up = std::mem::replace(value, Expr::Value(Value::Null.with_empty_span()));
        *value = call("max", vec![looked_up]);
        query.limit_clause = None;
    }
}

#[cfg(test)]
mod tests {
    use datafusion_pg_catalog::sql::PostgresCompatibilityParser;

    use super::*;

    #[test]
    fn subqueries_over_the_catalogue_can_be_planned() {
        let sql = "SELECT (SELECT adbin FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid), \
                   (SELECT count(*) FROM pg_attrdef), (SELECT typname FROM pg_type LIMIT 1) FROM pg_attribute a";
        let mut statement = PostgresCompatibilityParser::new().parse(sql).expect("parses").remove(0);
        simplify(&mut statement);
        let text = statement.to_string();
        assert!(!text.contains("adbin") && text.contains("NULL"), "{text}");
        let looked_up = "(SELECT max(typname) FROM pg_catalog.pg_type)";
        assert!(text.contains("count(*)") && text.contains(looked_up), "{text}");
    }
}
