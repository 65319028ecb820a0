//! Recency, frequency, monetary value and tenure of every customer as plain columns: the input of scores and
//! segments. Read from `customer_features`, or computed without the other features.
//!
//! Deliberately not here: scores (the pipeline computes quantiles of these columns).

use std::path::Path;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result as PlanResult;
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::logical_expr::{col, lit};
use datafusion::prelude::DataFrame;
use fs_err::File;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::tables::{ColumnDef, customer_features};

use super::features::cast_id;
use super::measures::{day, day_of};
use super::orders::{Events, Inputs, PurchaseRules, purchases};
use super::rows_at_cutoff::{RowsAtCutoff, rows_at_cutoff};
use super::tables::Tables;
use crate::error::{Error, Result};
use crate::session::Engine;

/// Input of scores and segments, one element per customer.
///
/// Shape: five columns of equal length, sorted by `customer_id`, no nulls.
#[derive(Debug, Clone)]
pub struct RfmColumns {
    /// Ids: an Int64 or Utf8 array.
    pub customer_id: ArrayRef,
    /// Calendar days from the last purchase to the cutoff.
    pub recency_days: Vec<i64>,
    /// Purchases.
    pub frequency_orders: Vec<i64>,
    /// Spend in minor units.
    pub monetary_minor: Vec<i64>,
    /// Calendar days from the first purchase to the cutoff.
    pub tenure_days: Vec<i64>,
}

const FEATURES: customer_features::Columns<ColumnDef> = customer_features::COLUMNS;
const COLUMNS: [&str; 5] = [
    FEATURES.customer_id.stored,
    FEATURES.recency_days.stored,
    FEATURES.frequency_orders.stored,
    FEATURES.monetary_minor.stored,
    FEATURES.tenure_days.stored,
];

impl Engine {
    /// Computes these columns from `transactions`.
    ///
    /// Shape: every customer with at least one purchase up to the cutoff, as in `customer_features`.
    /// Errors: [`Kind::Resources`](crate::Kind::Resources) when memory or spill space is too small;
    /// [`Kind::File`](crate::Kind::File) when the file cannot be read.
    pub fn rfm_from_transactions(&self, inputs: &Inputs, rules: &PurchaseRules) -> Result<RfmColumns> {
        let (ctx, operation) =
            (self.plans(), self.operation("computing recency, frequency, monetary value and tenure"));
        let (inputs, rules) = (inputs.clone(), rules.clone());
        self.block_on(Box::pin(async move {
            let tables = Tables::open(&ctx, &inputs, &operation).await?;
            let frame = plan(&tables, &rules).map_err(|e| operation.failed(e))?;
            let id = frame.schema().field(0).data_type().clone();
            let batches = frame.collect().await.map_err(|e| operation.failed(e))?;
            columns(&batches, &id)
        }))
    }
}

/// Reads these columns from a file of customer features.
///
/// Shape: the customers of the file, in its order.
/// Errors: [`Kind::File`](crate::Kind::File) when it cannot be read; [`Kind::Data`](crate::Kind::Data) when a
/// column is missing.
pub fn rfm_from_features(features: &Path) -> Result<RfmColumns> {
    let file = File::open(features).map_err(|source| Error::file("read", features, source))?;
    let failed = |e| Error::parquet("read", features, e);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(failed)?;
    let schema = builder.schema().clone();
    for name in COLUMNS {
        if schema.index_of(name).is_err() {
            return Err(Error::data(format!("no column `{name}` in {}", features.display())));
        }
    }
    let mask = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
    let reader = builder.with_projection(mask).with_batch_size(65_536).build().map_err(failed)?;
    let batches: std::result::Result<Vec<RecordBatch>, _> = reader.collect();
    let batches = batches.map_err(|e| failed(e.into()))?;
    let id = schema
        .field_with_name(FEATURES.customer_id.stored)
        .map_or(DataType::Int64, |f| f.data_type().clone());
    columns(&batches, &id)
}

fn plan(tables: &Tables, rules: &PurchaseRules) -> PlanResult<DataFrame> {
    let RowsAtCutoff { frame, only_purchases, rules } = rows_at_cutoff(tables, rules)?;
    per_customer(purchases(frame, &rules, only_purchases)?, rules.cutoff_micros)
}

fn per_customer(events: Events, cutoff_micros: i64) -> PlanResult<DataFrame> {
    let id = cast_id(&events.frame)?;
    let sums = vec![
        min(col("at")).alias("first"),
        max(col("at")).alias("last"),
        count(col("at")).alias(FEATURES.frequency_orders.stored),
        sum(col(events.spend)).alias(FEATURES.monetary_minor.stored),
    ];
    events
        .frame
        .aggregate(vec![col("customer_id")], sums)?
        .filter(col(FEATURES.frequency_orders.stored).gt(lit(0_i64)))?
        .select(vec![
            id,
            (lit(day_of(cutoff_micros)) - day(col("last"))).alias(FEATURES.recency_days.stored),
            col(FEATURES.frequency_orders.stored),
            col(FEATURES.monetary_minor.stored),
            (lit(day_of(cutoff_micros)) - day(col("first"))).alias(FEATURES.tenure_days.stored),
        ])?
        .sort(vec![col("customer_id").sort(true, false)])
}

fn columns(batches: &[RecordBatch], id: &DataType) -> Result<RfmColumns> {
    let mut columns = RfmColumns {
        customer_id: arrow::array::new_empty_array(id),
        recency_days: Vec::new(),
        frequency_orders: Vec::new(),
        monetary_minor: Vec::new(),
        tenure_days: Vec::new(),
    };
    let ids: Vec<&dyn arrow::array::Array> = batches.iter().map(|b| b.column(0).as_ref()).collect();
    if !ids.is_empty() {
        columns.customer_id =
            concat(&ids).map_err(|e| Error::data(format!("customer ids do not fit: {e}")))?;
    }
    for batch in batches {
        let numbers = |index: usize| {
            let column = batch.column(index).as_primitive_opt::<Int64Type>();
            column.ok_or_else(|| Error::data(format!("column `{}` is not of integer type", COLUMNS[index])))
        };
        columns.recency_days.extend_from_slice(numbers(1)?.values());
        columns.frequency_orders.extend_from_slice(numbers(2)?.values());
        columns.monetary_minor.extend_from_slice(numbers(3)?.values());
        columns.tenure_days.extend_from_slice(numbers(4)?.values());
    }
    Ok(columns)
}
