//! From sums per customer to the features as stored: days, means, shares.
//!
//! Deliberately the only place with floats: the sums are integers, and so independent of the number of threads
//! and machines.

use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::functions::core::expr_ext::FieldAccessor as _;
use datafusion::logical_expr::{Expr, cast, col, lit, when};
use regulars_core::dates::DAY_MICROS;
use regulars_core::features::{ORDERS_LAST, SPEND_LAST, WINDOWS_DAYS};
use regulars_core::tables::{ColumnDef, customer_features};

use crate::functions::{bit_count, sample_deviation};

/// Added to days so that dates before 1970 divide correctly.
const DAY_SHIFT: i64 = 1_000_000;

/// Calendar day number of a timestamp, as Int64; 0 is in the year -768.
pub(crate) fn day(timestamp: Expr) -> Expr {
    (cast(timestamp, DataType::Int64) + lit(DAY_SHIFT * DAY_MICROS)) / lit(DAY_MICROS)
}

/// As [`day`], for a constant.
pub(crate) fn day_of(micros: i64) -> i64 {
    micros.div_euclid(DAY_MICROS) + DAY_SHIFT
}

fn float(value: Expr) -> Expr {
    cast(value, DataType::Float64)
}

fn share(part: Expr, whole: Expr) -> Expr {
    float(part) / float(whole)
}

fn when_valid(condition: Expr, value: Expr) -> Result<Expr> {
    when(condition, value).end()
}

const FEATURES: customer_features::Columns<ColumnDef> = customer_features::COLUMNS;

/// The features in order, from the sums of `features.rs`; `favourite_category` still as its code.
pub(crate) fn measures(cutoff_micros: i64, payments_are_masked: bool) -> Result<Vec<Expr>> {
    let today = || lit(day_of(cutoff_micros));
    let (first_day, last_day) = (|| day(col("first")), || day(col("last")));
    let orders = || col("orders");
    let repeated = || orders().gt(lit(1_i64));
    let span = || last_day() - first_day();
    let order_share = |part: Expr| share(part, orders());
    let counts = |field: &str| col("categories").field(field);
    let has_category = || counts("rows").gt(lit(0_i64));
    let methods = if payments_are_masked {
        bit_count().call(vec![col("payments")])
    } else {
        col("methods").field("distinct")
    };
    let not_negative = |name: &str| when(col(name).gt(lit(0_i64)), col(name)).otherwise(lit(0_i64));
    let (recent, before) = (not_negative("spend_180")?, not_negative("spend_before_180")?);
    let halves = recent.clone() + before.clone();
    let deviation = |n: Expr, sum: Expr, squares: Expr| sample_deviation().call(vec![n, sum, squares]);
    let wide = |value: Expr| cast(value, crate::functions::SQUARES);

    let mut columns = vec![
        (today() - last_day()).alias(FEATURES.recency_days.stored),
        orders().alias(FEATURES.frequency_orders.stored),
        col("net").alias(FEATURES.monetary_minor.stored),
        col("first").alias(FEATURES.first_purchase.stored),
        col("last").alias(FEATURES.last_purchase.stored),
        (today() - first_day()).alias(FEATURES.tenure_days.stored),
        order_share(col("amounts")).alias(FEATURES.average_order_value_minor.stored),
        col("smallest").alias(FEATURES.minimum_order_value_minor.stored),
        col("largest").alias(FEATURES.maximum_order_value_minor.stored),
        deviation(orders(), col("amounts"), col("amount_squares"))
            .alias(FEATURES.order_value_deviation_minor.stored),
        when_valid(repeated(), share(span(), orders() - lit(1_i64)))?
            .alias(FEATURES.days_between_orders_mean.stored),
        deviation(orders() - lit(1_i64), span(), wide(col("gap_squares")))
            .alias(FEATURES.days_between_orders_deviation.stored),
    ];
    for (days, column) in WINDOWS_DAYS.iter().zip(ORDERS_LAST) {
        columns.push(col(format!("orders_{days}")).alias(column.stored));
    }
    for (days, column) in WINDOWS_DAYS.iter().zip(SPEND_LAST) {
        columns.push(col(format!("spend_{days}")).alias(column.stored));
    }
    let autumn = orders() - col("winter") - col("spring") - col("summer");
    columns.extend([
        counts("distinct").alias(FEATURES.distinct_categories.stored),
        methods.alias(FEATURES.distinct_payment_methods.stored),
        counts("favourite").alias(FEATURES.favourite_category.stored),
        when_valid(has_category(), share(counts("favourite_rows"), counts("rows")))?
            .alias(FEATURES.favourite_category_share.stored),
        col("quantity").alias(FEATURES.quantity_total_milli.stored),
        (order_share(col("quantity")) / lit(1000.0)).alias(FEATURES.quantity_per_order_mean.stored),
        order_share(orders() - col("weekend")).alias(FEATURES.weekday_order_share.stored),
        order_share(col("weekend")).alias(FEATURES.weekend_order_share.stored),
        order_share(col("winter")).alias(FEATURES.winter_order_share.stored),
        order_share(col("spring")).alias(FEATURES.spring_order_share.stored),
        order_share(col("summer")).alias(FEATURES.summer_order_share.stored),
        order_share(autumn).alias(FEATURES.autumn_order_share.stored),
        share(col("refunds"), col("refunds") + col("lines")).alias(FEATURES.refund_share.stored),
        when_valid(halves.clone().gt(lit(0_i64)), share(recent - before, halves))?
            .alias(FEATURES.spend_trend.stored),
    ]);
    Ok(columns)
}
