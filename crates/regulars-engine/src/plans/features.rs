//! The plan of `customer_features`: every feature of every customer at one cutoff, in one pass.
//!
//! Deliberately one grouping by customer with integers only: no `count(distinct)`, no list per customer, and
//! all of it can spill. Floats come last (`measures.rs`). The same grouping with 27 built-in aggregates costs
//! 10% more processor time, and its sums overflow silently where `customer_sums` reports an error.
//!
//! Definitions beyond those of `regulars_core::features`:
//! - A window of N days is the N times 24 hours up to and including the cutoff.
//! - Days between purchases are calendar days; two purchases on one day are 0 days apart.
//! - The halves of the trend count as 0 if refunds exceed spend, so it stays within -1 and 1.

use std::path::Path;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::functions::core::expr_ext::FieldAccessor as _;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use regulars_core::features::FEATURES;
use regulars_core::tables::Kind;

use super::measures::{day, measures};
use super::orders::{Details, EventRows, Events, Inputs, MASK_BITS, PurchaseRules, detailed, timestamp};
use super::rows_at_cutoff::{RowsAtCutoff, rows_at_cutoff};
use super::tables::Tables;
use crate::error::{Error, Operation};
use crate::functions::{self, category_name, own_copy, string_list};
use crate::session::Engine;
use crate::writer::write_table;

/// Input of the features.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FeatureParams {
    /// The cutoff, and what counts as a purchase.
    pub rules: PurchaseRules,
    /// The distinct product categories, sorted bytewise; `None`: the engine determines them. An unlisted
    /// category is an error.
    pub categories: Option<Vec<String>>,
    /// The distinct payment methods, in the same way.
    pub payment_methods: Option<Vec<String>>,
}

impl Engine {
    /// Computes the features of every customer who bought up to the cutoff and writes them to `out`.
    ///
    /// Shape: one row per customer with at least one purchase, sorted by `customer_id`; columns
    /// [`customer_features`](regulars_core::tables::customer_features). The same rows give the same bytes, for any number
    /// of threads and memory limit.
    /// Units: those of [`FEATURES`]; money in minor units.
    /// Errors: [`Kind::Resources`](crate::Kind::Resources) when memory or spill space is too small;
    /// [`Kind::File`](crate::Kind::File) when a file cannot be read or written.
    ///
    /// Returns the number of customers.
    pub fn write_features(&self, inputs: &Inputs, params: &FeatureParams, out: &Path) -> crate::Result<u64> {
        let (ctx, operation) = (self.plans(), self.operation("computing customer features"));
        let (inputs, params, out) = (inputs.clone(), params.clone(), out.to_owned());
        self.block_on(Box::pin(async move {
            let frame = features(&ctx, &inputs, &params, &operation).await?;
            let stream = frame.execute_stream().await.map_err(|e| operation.failed(e))?;
            write_table(stream, &out, &operation).await
        }))
    }

    /// The plan of [`Self::write_features`] as text, with runtime metrics if `analyze`.
    ///
    /// Errors: as there.
    pub fn explain_features(
        &self,
        inputs: &Inputs,
        params: &FeatureParams,
        analyze: bool,
    ) -> crate::Result<String> {
        let (ctx, operation) = (self.plans(), self.operation("explaining customer features"));
        let (inputs, params) = (inputs.clone(), params.clone());
        self.block_on(Box::pin(async move {
            let frame = features(&ctx, &inputs, &params, &operation).await?;
            let plan = frame.explain(false, analyze).map_err(|e| operation.failed(e))?;
            plan.to_string().await.map_err(|e| operation.failed(e))
        }))
    }
}

async fn features(
    ctx: &SessionContext,
    inputs: &Inputs,
    params: &FeatureParams,
    operation: &Operation,
) -> crate::Result<DataFrame> {
    let tables = Tables::open(ctx, inputs, operation).await?;
    let known = rows_at_cutoff(&tables, &params.rules).map_err(|e| operation.failed(e))?;
    let past =
        known.frame.clone().filter(col("transaction_date").lt_eq(timestamp(params.rules.cutoff_micros)));
    let past = past.map_err(|e| operation.failed(e))?;
    let details = Details {
        categories: given_or_read(params.categories.as_ref(), &past, "product_category", operation).await?,
        payment_methods: given_or_read(params.payment_methods.as_ref(), &past, "payment_method", operation)
            .await?,
    };
    plan(known, tables.excluded, &details).map_err(|e| operation.failed(e))
}

fn plan(known: RowsAtCutoff, excluded: Option<DataFrame>, details: &Details) -> Result<DataFrame> {
    let RowsAtCutoff { frame, only_purchases, rules } = known;
    per_customer(detailed(frame, excluded, &rules, only_purchases, details)?, rules.cutoff_micros, details)
}

async fn given_or_read(
    given: Option<&Vec<String>>,
    rows: &DataFrame,
    column: &str,
    operation: &Operation,
) -> crate::Result<Vec<String>> {
    if let Some(given) = given {
        return if given.is_sorted() {
            Ok(given.clone())
        } else {
            Err(Error::data(format!("the list of values of `{column}` is not sorted")))
        };
    }
    let read = async {
        let text = cast(col(column), DataType::Utf8).alias("value");
        let distinct = rows.clone().aggregate(vec![text], vec![])?.filter(col("value").is_not_null())?;
        distinct.select(vec![cast(col("value"), DataType::Utf8)])?.collect().await
    };
    let mut values = Vec::new();
    for batch in read.await.map_err(|e| operation.failed(e))? {
        let column = arrow::array::AsArray::as_string::<i32>(batch.column(0));
        values.extend(column.iter().flatten().map(str::to_owned));
    }
    values.sort_unstable();
    Ok(values)
}

/// Purchases to features, sorted by customer.
fn per_customer(events: Events, cutoff_micros: i64, details: &Details) -> Result<DataFrame> {
    let masked = details.payment_methods.len() <= MASK_BITS;
    let sums = customer_sums(&events, cutoff_micros, masked);
    let mut columns = vec![cast_id(&events.frame)?];
    columns.extend(measures(cutoff_micros, masked)?);
    let measured = events
        .frame
        .aggregate(vec![col("customer_id")], sums)?
        .select(named_sums(&events.counted, masked))?
        .filter(col("orders").gt(lit(0_i64)))?
        .select(columns)?;
    let own = |name: &str| own_copy().call(vec![col(name)]).alias(name);
    let mut stored = vec![own("customer_id")];
    for feature in FEATURES {
        stored.push(if feature.kind == Kind::Category {
            category_name()
                .call(vec![own(feature.stored), string_list(&details.categories)])
                .alias(feature.stored)
        } else {
            own(feature.stored)
        });
    }
    // The sort must be the last step: anything above it may run in several partitions without a defined
    // order.
    measured.select(stored)?.sort(vec![col("customer_id").sort(true, false)])
}

/// The customer id, as text if the scan reads it as a string view.
pub(crate) fn cast_id(frame: &DataFrame) -> Result<Expr> {
    let id = frame.schema().field_with_unqualified_name("customer_id")?;
    Ok(match id.data_type() {
        DataType::Utf8View => cast(col("customer_id"), DataType::Utf8).alias("customer_id"),
        _ => col("customer_id"),
    })
}

/// All counts and sums per customer: integers only.
fn customer_sums(events: &Events, cutoff_micros: i64, payments_are_masked: bool) -> Vec<Expr> {
    let payments = if payments_are_masked { col("payments") } else { lit(ScalarValue::Int64(None)) };
    let arguments = vec![
        col("at"),
        col("amount"),
        col(events.spend_at),
        col(events.spend),
        col("quantity"),
        payments,
        lit(cutoff_micros),
    ];
    let mut sums = vec![
        functions::customer_sums().call(arguments).alias("sums"),
        functions::gap_squares().call(vec![cast(day(col("at")), DataType::Int32)]).alias("gap_squares"),
        functions::code_counts().call(vec![col("category")]).alias("categories"),
    ];
    if !payments_are_masked {
        sums.push(functions::code_counts().call(vec![col("payment")]).alias("methods"));
    }
    match &events.counted {
        EventRows::Rows => sums.push(count(lit(1_i64)).alias("rows")),
        EventRows::Lines => {
            sums.push(sum(col("lines")).alias("lines"));
            sums.push(sum(col("refunds")).alias("refunds"));
        }
    }
    sums
}

/// The sums under the names used in `measures.rs`.
fn named_sums(counted: &EventRows, payments_are_masked: bool) -> Vec<Expr> {
    let fields = functions::customer_sums_fields();
    let mut named: Vec<Expr> = fields.iter().map(|name| col("sums").field(name).alias(name)).collect();
    named.extend(["customer_id", "gap_squares", "categories"].map(col));
    if !payments_are_masked {
        named.push(col("methods"));
    }
    match counted {
        // Everything else is a refund.
        EventRows::Rows => {
            named.push(col("sums").field("orders").alias("lines"));
            named.push((col("rows") - col("sums").field("orders")).alias("refunds"));
        }
        EventRows::Lines => named.extend(["lines", "refunds"].map(col)),
    }
    named
}
