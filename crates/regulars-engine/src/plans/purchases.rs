//! The purchases of every customer in the order of time, batch by batch: what histories are folded
//! from.
//!
//! Deliberately one sort and no grouping: the rows of a customer stand together, so that whoever reads
//! them needs to hold one customer at a time, and the sort can be spilled.

use std::path::Path;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::{col, lit};
use datafusion::prelude::DataFrame;
use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::features::cast_id;
use super::orders::{Events, PurchaseRules, every_row_is_purchase, purchases};
use crate::error::{Error, Result};
use crate::session::{Engine, open};

/// Rows in the order of customers and time; those of one customer may go on in the next batch.
///
/// Shape: four columns of equal length, no nulls.
#[derive(Debug)]
pub struct PurchaseRows<'a> {
    /// Who: an Int64 or Utf8 array.
    pub customer_id: &'a ArrayRef,
    /// When, in microseconds of the wall clock.
    pub at_micros: &'a [i64],
    /// What was paid, in minor units.
    pub amount_minor: &'a [i64],
    /// Whether the row is a purchase; what is not went back.
    pub is_purchase: &'a BooleanArray,
}

/// Batches that may wait for the reader.
const WAITING_BATCHES: usize = 4;

impl Engine {
    /// Hands every purchase up to the cut to `each`, sorted by customer id and then by time, on the
    /// caller's thread. Ends early with the error of `each`.
    ///
    /// Shape: the customers are those of `customer_features`, in its order, and customers without a
    /// purchase whose money only went back.
    /// Errors: [`Kind::Resources`](crate::Kind::Resources) when memory or the disk to spill to is too
    /// small; [`Kind::File`](crate::Kind::File) when the file cannot be read; those of `each`.
    pub fn each_purchase(
        &self,
        transactions: &Path,
        rules: &PurchaseRules,
        each: &mut dyn FnMut(&PurchaseRows<'_>) -> Result<()>,
    ) -> Result<()> {
        let (ctx, doing) = (self.plans(), self.doing("reading the purchases of every customer"));
        let (path, rules) = (transactions.to_owned(), rules.clone());
        let mut batches = self.wait(Box::pin(async move {
            let rows = open(&ctx, &path, &doing).await?;
            let pure = every_row_is_purchase(&rules, &path)?;
            let frame = purchases(rows, &rules, pure).and_then(in_order).map_err(|e| doing.failed(e))?;
            let mut stream = frame.execute_stream().await.map_err(|e| doing.failed(e))?;
            let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
            tokio::spawn(async move {
                while let Some(batch) = stream.next().await {
                    // Nobody listens any more: the reader has stopped.
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

fn rows_of(batch: &RecordBatch) -> Result<PurchaseRows<'_>> {
    let unexpected = || Error::data("purchases do not hold a customer, a moment and an amount".to_owned());
    Ok(PurchaseRows {
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
