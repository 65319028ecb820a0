//! `LIMIT (SELECT …)`: the subquery is run first, because DataFusion accepts only numbers.

use std::ops::ControlFlow;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::sqlparser::ast::{
    Expr, LimitClause, Query, SetExpr, Statement, Value, VisitMut as _, VisitorMut,
};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as Parsed;

/// Replaces subqueries in LIMIT with their values. They cannot depend on the rest of the query.
pub(super) async fn compute(ctx: &SessionContext, statement: &mut Statement) -> Result<()> {
    let mut found = Subqueries::default();
    let _ = statement.visit(&mut found);
    if found.queries.is_empty() {
        return Ok(());
    }
    let mut values = Vec::with_capacity(found.queries.len());
    for query in found.queries {
        let parsed = Parsed::Statement(Box::new(Statement::Query(query)));
        let plan = ctx.state().statement_to_plan(parsed).await?;
        super::super::read_only().verify_plan(&plan)?;
        let batches = ctx.execute_logical_plan(plan).await?.collect().await?;
        let rows: usize = batches.iter().map(arrow::array::RecordBatch::num_rows).sum();
        let [first] = batches.iter().filter(|b| b.num_rows() > 0).collect::<Vec<_>>()[..] else {
            return plan_err!("a subquery in LIMIT must return one row");
        };
        if rows != 1 || first.num_columns() != 1 {
            return plan_err!("a subquery in LIMIT must return one row and one column");
        }
        let number = cast(first.column(0), &DataType::Int64)?;
        let number = number.as_primitive::<Int64Type>().iter().next().flatten();
        values.push(number.map_or(Value::Null, |number| Value::Number(number.to_string(), false)));
    }
    let _ = statement.visit(&mut Values(values.into_iter()));
    Ok(())
}

fn limit(query: &mut Query) -> Option<&mut Expr> {
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit: Some(limit @ Expr::Subquery(_)), .. }) => Some(limit),
        _ => None,
    }
}

#[derive(Default)]
struct Subqueries {
    #[expect(clippy::vec_box, reason = "boxes of the syntax tree")]
    queries: Vec<Box<Query>>,
}

impl VisitorMut for Subqueries {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(Expr::Subquery(subquery)) = limit(query) {
            self.queries.push(std::mem::replace(subquery, Box::new(empty())));
        }
        ControlFlow::Continue(())
    }
}

struct Values(std::vec::IntoIter<Value>);

impl VisitorMut for Values {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(limit) = limit(query)
            && let Some(value) = self.0.next()
        {
            *limit = Expr::Value(value.with_empty_span());
        }
        ControlFlow::Continue(())
    }
}

/// A placeholder for a query that was moved out of the statement.
fn empty() -> Query {
    Query {
        with: None,
        body: Box::new(SetExpr::Values(datafusion::logical_expr::sqlparser::ast::Values {
            explicit_row: false,
            value_keyword: false,
            rows: Vec::new(),
        })),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}
