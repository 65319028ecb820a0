//! SQL with PostgreSQL's meaning: where DataFusion interprets a statement differently, it is rewritten before planning, or
//! refused. Results that differ silently are worse than errors.
//!
//! Deliberately not here: the catalogue and the session's settings (`regulars-wire`).

mod arithmetic;
mod casts;
mod distinct_from;
mod like;
mod limits;
mod order_by;
mod refused;
mod to_char;
mod using_columns;

use std::ops::ControlFlow;

use datafusion::common::Column;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::sqlparser::ast::{Expr, Query, Statement, VisitMut as _, VisitorMut};
use datafusion::logical_expr::{Expr as Planned, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as Parsed;

pub(crate) use arithmetic::PostgresArithmetic;
pub use like::call;

/// Plans a statement that reads.
///
/// Errors: statements that write, unknown names, incompatible types, and what cannot be given PostgreSQL's meaning.
pub async fn plan_postgres(ctx: &SessionContext, mut statement: Statement) -> Result<LogicalPlan> {
    let mut rewriter = Rewriter { depth: 0, renamed: Vec::new() };
    if let ControlFlow::Break(failed) = statement.visit(&mut rewriter) {
        return Err(DataFusionError::Plan(*failed));
    }
    limits::compute(ctx, &mut statement).await?;
    let plan = ctx.state().statement_to_plan(Parsed::Statement(Box::new(statement))).await?;
    super::read_only().verify_plan(&plan)?;
    if rewriter.renamed.is_empty() {
        return Ok(plan);
    }
    let columns = plan.schema().columns().into_iter().map(|column| {
        let shown = rewriter.renamed.iter().find(|(hidden, _)| *hidden == column.name);
        let name = shown.map(|(_, name)| name.clone());
        let column = Planned::Column(Column::new(column.relation, column.name));
        name.map_or(column.clone(), |name| column.alias(name))
    });
    let columns: Vec<Planned> = columns.collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

struct Rewriter {
    depth: usize,
    /// Columns of the outermost query: the name in the plan, and the name in the result.
    renamed: Vec<(String, String)>,
}

impl VisitorMut for Rewriter {
    type Break = Box<String>;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        self.depth += 1;
        let is_outermost = self.depth == 1;
        let rewritten = refused::check_query(query)
            .and_then(|()| using_columns::qualify(query))
            .and_then(|()| order_by::resolve(query, is_outermost));
        match rewritten {
            Ok(renamed) => self.renamed.extend(renamed),
            Err(failed) => return ControlFlow::Break(Box::new(failed)),
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<Self::Break> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Self::Break> {
        distinct_from::regroup(expression);
        like::escape(expression);
        casts::replace(expression);
        match refused::check(expression).and_then(|()| to_char::translate(expression)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failed) => ControlFlow::Break(Box::new(failed)),
        }
    }
}
