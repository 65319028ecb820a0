//! The purchases of every customer, for histories at any number of times: one scan, partitioned by customer,
//! each partition sorted and folded on its own.
//!
//! Deliberately no grouping by customer: a sort can spill, and its reader holds one customer at a time. Readers
//! define what a history is.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray, BooleanArray, RecordBatch, TimestampMicrosecondArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::common::ScalarValue;
use datafusion::common::internal_datafusion_err;
use datafusion::error::Result as PlanResult;
use datafusion::functions_aggregate::expr_fn::{min, sum};
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::physical_expr::expressions::col as column;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, displayable, execute_stream_partitioned};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt as _;
use tokio::task::JoinSet;

use super::features::cast_id;
use super::orders::{Inputs, PurchaseRules, timestamp};
use super::rows_at_cutoff::returned_after;
use super::tables::Tables;
use crate::error::{Error, Operation, Result};
use crate::session::{Engine, join_result};

/// Parts of orders, sorted by customer and by order; a customer's rows may continue in the next batch.
///
/// Lines of one order are one part, unless they were returned at different times or one of the requested times
/// is between them. Without `order`, every row is an order, and a customer's rows have no defined sequence.
///
/// Shape: columns of equal length; only `returned_at` has nulls.
#[derive(Debug)]
pub struct PurchaseRows<'a> {
    /// Ids: an Int64 or Utf8 array.
    pub customer_id: &'a ArrayRef,
    /// The order of the customer.
    pub order: Option<&'a ArrayRef>,
    /// Local time of the first line, in microseconds.
    pub at_micros: &'a [i64],
    /// Amount, in minor units.
    pub amount_minor: &'a [i64],
    /// Whether the row is a purchase; otherwise it is a refund.
    pub is_purchase: &'a BooleanArray,
    /// Local time of the return, in microseconds; null for rows that were not returned later.
    pub returned_at: Option<&'a TimestampMicrosecondArray>,
}

/// Receives the purchases of some of the customers.
pub trait PurchaseFold: Send {
    /// Takes the next rows; all rows of a customer reach the same fold, consecutively.
    fn rows(&mut self, rows: &PurchaseRows<'_>);
}

impl Engine {
    /// Passes every purchase up to the cutoff of `rules` to one of the `folds`, each in its own task, and
    /// returns them, in any sequence, when all rows were read. Which customers a fold gets is not defined.
    ///
    /// No row has lines from both sides of one of `times`, and rows returned after the earliest of them are
    /// included.
    ///
    /// Errors: [`Kind::Resources`](crate::Kind::Resources) when memory or spill space is too small;
    /// [`Kind::File`](crate::Kind::File) when the file cannot be read.
    pub fn fold_purchases<F: PurchaseFold + 'static>(
        &self,
        inputs: &Inputs,
        rules: &PurchaseRules,
        times: &[i64],
        folds: Vec<F>,
    ) -> Result<Vec<F>> {
        let (ctx, operation) = (self.plans(), self.operation("reading the purchases of every customer"));
        let (inputs, rules, times) = (inputs.clone(), rules.clone(), times.to_vec());
        self.block_on(Box::pin(async move {
            let plan = by_customer(&ctx, &inputs, &rules, &times, folds.len(), &operation).await?;
            let streams =
                execute_stream_partitioned(plan, ctx.task_ctx()).map_err(|e| operation.failed(e))?;
            let mut tasks = JoinSet::new();
            for (mut stream, mut fold) in streams.into_iter().zip(folds) {
                let operation = operation.clone();
                tasks.spawn(async move {
                    while let Some(batch) = stream.next().await {
                        fold.rows(&rows_of(&batch.map_err(|e| operation.failed(e))?)?);
                    }
                    Ok::<F, Error>(fold)
                });
            }
            let mut folded = Vec::with_capacity(tasks.len());
            while let Some(ended) = tasks.join_next().await {
                folded.push(join_result(ended)?);
            }
            Ok(folded)
        }))
    }

    /// The plan of [`Self::fold_purchases`] as text.
    ///
    /// Errors: as there.
    pub fn explain_purchases(&self, inputs: &Inputs, rules: &PurchaseRules, times: &[i64]) -> Result<String> {
        let (ctx, operation) = (self.plans(), self.operation("explaining the purchases of every customer"));
        let (inputs, rules, times) = (inputs.clone(), rules.clone(), times.to_vec());
        let partitions = self.options().threads;
        self.block_on(Box::pin(async move {
            let plan = by_customer(&ctx, &inputs, &rules, &times, partitions, &operation).await?;
            Ok(displayable(plan.as_ref()).indent(false).to_string())
        }))
    }
}

/// All rows of a customer in one partition, sorted.
async fn by_customer(
    ctx: &SessionContext,
    inputs: &Inputs,
    rules: &PurchaseRules,
    times: &[i64],
    partitions: usize,
    operation: &Operation,
) -> Result<Arc<dyn ExecutionPlan>> {
    let tables = Tables::open(ctx, inputs, operation).await?;
    let frame = plan(&tables, rules, times).map_err(|e| operation.failed(e))?;
    let plan = frame.create_physical_plan().await.map_err(|e| operation.failed(e))?;
    partitioned(plan, partitions).map_err(|e| operation.failed(e))
}

fn plan(tables: &Tables, rules: &PurchaseRules, times: &[i64]) -> PlanResult<DataFrame> {
    let rows = tables.transactions.clone();
    let only_purchases = tables.every_row_is_purchase(rules);
    let earliest = times.iter().copied().min().unwrap_or(rules.cutoff_micros);
    let returned = returned_after(tables, earliest)?;
    if rules.orders_are_rows && returned.is_none() {
        single_rows(rows, rules, only_purchases)
    } else {
        parts_of_orders(rows, returned, rules, only_purchases, times)
    }
}

fn single_rows(rows: DataFrame, rules: &PurchaseRules, only_purchases: bool) -> PlanResult<DataFrame> {
    let id = cast_id(&rows)?;
    rows.filter(col("transaction_date").lt_eq(timestamp(rules.cutoff_micros)))?.select(vec![
        id,
        col("transaction_date").alias("moment"),
        col("total_amount_minor").alias("paid"),
        is_purchase(only_purchases),
    ])
}

fn is_purchase(only_purchases: bool) -> Expr {
    let own = if only_purchases { lit(true) } else { col("total_amount_minor").gt_eq(lit(0_i64)) };
    own.alias("is_purchase")
}

/// One row per order, or per part of an order; `returned` rows stay separate from the remaining part.
fn parts_of_orders(
    rows: DataFrame,
    returned: Option<DataFrame>,
    rules: &PurchaseRules,
    only_purchases: bool,
    times: &[i64],
) -> PlanResult<DataFrame> {
    let wanted = |returned_at: Expr| -> Vec<Expr> {
        let names = ["customer_id", "transaction_id", "transaction_date", "total_amount_minor"];
        names.into_iter().map(col).chain([returned_at.alias("returned_at")]).collect()
    };
    let never = lit(ScalarValue::TimestampMicrosecond(None, None));
    let mut read = rows.select(wanted(never))?;
    if let Some(returned) = returned {
        read = read.union(returned.select(wanted(col("returned_at")))?)?;
    }
    let passed = times.iter().map(|at| cast(col("transaction_date").gt(timestamp(*at)), DataType::Int64));
    let keys = vec![
        col("customer_id"),
        col("transaction_id"),
        is_purchase(only_purchases),
        col("returned_at"),
        passed.fold(lit(0_i64), |sum, one| sum + one).alias("passed"),
    ];
    let parts = read.filter(col("transaction_date").lt_eq(timestamp(rules.cutoff_micros)))?.aggregate(
        keys,
        vec![min(col("transaction_date")).alias("moment"), sum(col("total_amount_minor")).alias("paid")],
    )?;
    let id = cast_id(&parts)?;
    parts.select(vec![
        id,
        col("moment"),
        col("paid"),
        col("is_purchase"),
        col("transaction_id"),
        col("returned_at"),
    ])
}

/// Each customer in one partition, sorted by customer and, if there are any, by order.
fn partitioned(plan: Arc<dyn ExecutionPlan>, partitions: usize) -> PlanResult<Arc<dyn ExecutionPlan>> {
    let schema = plan.schema();
    let customer = column("customer_id", &schema)?;
    let mut order = vec![PhysicalSortExpr::new(Arc::clone(&customer), SortOptions::default())];
    if schema.index_of("transaction_id").is_ok() {
        order.push(PhysicalSortExpr::new(column("transaction_id", &schema)?, SortOptions::default()));
    }
    let order = LexOrdering::new(order).ok_or_else(|| internal_datafusion_err!("nothing to sort by"))?;
    let by_customer = RepartitionExec::try_new(plan, Partitioning::Hash(vec![customer], partitions))?;
    Ok(Arc::new(SortExec::new(order, Arc::new(by_customer)).with_preserve_partitioning(true)))
}

fn rows_of(batch: &RecordBatch) -> Result<PurchaseRows<'_>> {
    let unexpected = || Error::data("purchases do not have a customer, a time and an amount".to_owned());
    let returned_at = match batch.num_columns() {
        4 => None,
        _ => Some(batch.column(5).as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(unexpected)?),
    };
    Ok(PurchaseRows {
        customer_id: batch.column(0),
        order: (batch.num_columns() > 4).then(|| batch.column(4)),
        at_micros: batch
            .column(1)
            .as_primitive_opt::<TimestampMicrosecondType>()
            .ok_or_else(unexpected)?
            .values(),
        amount_minor: batch.column(2).as_primitive_opt::<Int64Type>().ok_or_else(unexpected)?.values(),
        is_purchase: batch.column(3).as_boolean_opt().ok_or_else(unexpected)?,
        returned_at: returned_at.filter(|at| at.null_count() < at.len()),
    })
}
