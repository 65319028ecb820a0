//! The purchases of every customer in order of time, batch by batch: the input of purchase histories.
//!
//! Deliberately one sort and no grouping: the rows of a customer are contiguous, so that readers hold one
//! customer at a time, and the sort can spill.

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::common::ScalarValue;
use datafusion::error::Result as PlanResult;
use datafusion::functions_aggregate::expr_fn::{min, sum};
use datafusion::logical_expr::{Expr, case, col, lit};
use datafusion::prelude::DataFrame;
use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::features::cast_id;
use super::known_rows::{KnownRows, known_rows, returned_between};
use super::orders::{Events, Inputs, PurchaseRules, moment, purchases};
use crate::error::{Error, Result};
use crate::session::Engine;

/// Rows ordered by customer and time; a customer's rows may continue in the next batch.
///
/// Shape: columns of equal length; only `returned_at_micros` and the times of `late` have nulls.
#[derive(Debug)]
pub struct PurchaseRows<'a> {
    /// Ids: an Int64 or Utf8 array.
    pub customer_id: &'a ArrayRef,
    /// Local time, in microseconds.
    pub at_micros: &'a [i64],
    /// Amount, in minor units.
    pub amount_minor: &'a [i64],
    /// Whether the row is a purchase; otherwise it is a refund.
    pub is_purchase: &'a BooleanArray,
    /// With a split time: when the row was returned, after the split. It was known at the split, but not at
    /// the cutoff; null for all other rows.
    pub returned_at_micros: Option<&'a TimestampMicrosecondArray>,
    /// With a split time: later lines of the same order, which are not in `amount_minor`.
    pub late: Option<LaterLines<'a>>,
}

/// Lines after a split time of orders that began before it.
#[derive(Debug, Clone, Copy)]
pub struct LaterLines<'a> {
    /// Time of the first, in microseconds; null if there are none.
    pub at_micros: &'a TimestampMicrosecondArray,
    /// Their sum, in minor units.
    pub amount_minor: &'a [i64],
}

/// Batches buffered for the reader.
const WAITING_BATCHES: usize = 4;

impl Engine {
    /// Passes every purchase up to the cutoff to `each`, sorted by customer id and then by time, on the
    /// caller's thread. Stops early with the error of `each`.
    ///
    /// An order is dated by its first line. For data as known at an earlier time, pass it as `split_micros`:
    /// later lines of an order are then kept separate.
    ///
    /// Shape: the customers are those of `customer_features`, in its order, and customers with refunds only.
    /// Errors: [`Kind::Resources`](crate::Kind::Resources) when memory or spill space is too small;
    /// [`Kind::File`](crate::Kind::File) when the file cannot be read; those of `each`.
    pub fn for_each_purchase(
        &self,
        inputs: &Inputs,
        rules: &PurchaseRules,
        split_micros: Option<i64>,
        each: &mut dyn FnMut(&PurchaseRows<'_>) -> Result<()>,
    ) -> Result<()> {
        let (ctx, doing) = (self.plans(), self.doing("reading the purchases of every customer"));
        let (inputs, rules) = (inputs.clone(), rules.clone());
        let mut batches = self.wait(Box::pin(async move {
            let KnownRows { frame, pure, rules } = known_rows(&ctx, &inputs, &rules, &doing).await?;
            let back = match split_micros {
                Some(split) => returned_between(&ctx, &inputs, split, rules.cutoff_micros, &doing).await?,
                None => None,
            };
            let frame = match split_micros.filter(|_| !rules.orders_are_rows || back.is_some()) {
                Some(split) => split_orders(frame, back, &rules, pure, split),
                None => purchases(frame, &rules, pure).and_then(in_order),
            };
            let frame = frame.map_err(|e| doing.failed(e))?;
            let mut stream = frame.execute_stream().await.map_err(|e| doing.failed(e))?;
            let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
            tokio::spawn(async move {
                while let Some(batch) = stream.next().await {
                    // The reader has stopped.
                    if sender.send(batch.map_err(|e| doing.failed(e))).await.is_err() {
                        break;
                    }
                }
            });
            Ok(receiver)
        }))?;
        while let Some(batch) = batches.blocking_recv() {
            each(&rows_of(&batch?)?)?;
        }
        Ok(())
    }
}

fn in_order(events: Events) -> PlanResult<DataFrame> {
    let id = cast_id(&events.frame)?;
    let (at, amount) = (col(events.spend_at).alias("moment"), col(events.spend).alias("paid"));
    let purchase = if events.spend_at == "at" { lit(true) } else { col("at").is_not_null() };
    events.frame.select(vec![id, at, amount, purchase.alias("is_purchase")])?.sort(vec![
        col("customer_id").sort(true, false),
        col("moment").sort(true, false),
        col("is_purchase").sort(false, false),
    ])
}

/// The same, with lines after `split` kept separate if their order began before it.
///
/// Rows of `back` are purchases known at the split; they stay separate from what is left of their orders.
fn split_orders(
    rows: DataFrame,
    back: Option<DataFrame>,
    rules: &PurchaseRules,
    pure: bool,
    split: i64,
) -> PlanResult<DataFrame> {
    let mut read = rows.filter(col("transaction_date").lt_eq(moment(rules.cutoff_micros)))?;
    let mut keys = vec![col("customer_id"), col("transaction_id")];
    let never = || lit(ScalarValue::TimestampMicrosecond(None, None));
    let mut back_at = never();
    if let Some(back) = back {
        let wanted = |at: Expr| -> Vec<Expr> {
            let names = ["customer_id", "transaction_id", "transaction_date", "total_amount_minor"];
            names.into_iter().map(col).chain([at.alias("back_at")]).collect()
        };
        read = read.select(wanted(never()))?.union(back.select(wanted(col("returned_at")))?)?;
        keys.push(col("back_at"));
        back_at = col("back_at");
    }
    if !pure {
        keys.push(col("total_amount_minor").gt_eq(lit(0_i64)).alias("own_purchase"));
    }
    let after = |value: Expr| case(col("transaction_date").gt(moment(split))).when(lit(true), value);
    let orders = read.aggregate(
        keys,
        vec![
            min(col("transaction_date")).alias("first"),
            sum(col("total_amount_minor")).alias("total"),
            min(after(col("transaction_date")).end()?).alias("first_after"),
            sum(after(col("total_amount_minor")).otherwise(lit(0_i64))?).alias("after"),
        ],
    )?;
    let spans = col("first").lt_eq(moment(split)).and(col("first_after").is_not_null());
    let late = case(spans.clone()).when(lit(true), col("after")).otherwise(lit(0_i64))?;
    let id = cast_id(&orders)?;
    orders
        .select(vec![
            id,
            col("first").alias("moment"),
            (col("total") - late.clone()).alias("paid"),
            if pure { lit(true) } else { col("own_purchase") }.alias("is_purchase"),
            case(spans).when(lit(true), col("first_after")).end()?.alias("late_at"),
            late.alias("late"),
            back_at.alias("back_at"),
        ])?
        .sort(vec![
            col("customer_id").sort(true, false),
            col("moment").sort(true, false),
            col("is_purchase").sort(false, false),
        ])
}

fn rows_of(batch: &RecordBatch) -> Result<PurchaseRows<'_>> {
    let unexpected = || Error::data("purchases do not have a customer, a time and an amount".to_owned());
    let late = match batch.num_columns() {
        4 => None,
        _ => Some(LaterLines {
            at_micros: batch.column(4).as_primitive_opt().ok_or_else(unexpected)?,
            amount_minor: batch.column(5).as_primitive_opt::<Int64Type>().ok_or_else(unexpected)?.values(),
        }),
    };
    let returned_at_micros = match batch.num_columns() {
        4 => None,
        _ => Some(batch.column(6).as_primitive_opt().ok_or_else(unexpected)?),
    };
    Ok(PurchaseRows {
        late,
        returned_at_micros,
        customer_id: batch.column(0),
        at_micros: batch
            .column(1)
            .as_primitive_opt::<TimestampMicrosecondType>()
            .ok_or_else(unexpected)?
            .values(),
        amount_minor: batch.column(2).as_primitive_opt::<Int64Type>().ok_or_else(unexpected)?.values(),
        is_purchase: batch.column(3).as_boolean_opt().ok_or_else(unexpected)?,
    })
}
