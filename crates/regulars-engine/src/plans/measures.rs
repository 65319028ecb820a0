//! From sums per customer to the features as stored: days, means, shares.
//!
//! Deliberately the only place with floats: everything below it is integers, and so independent of the number
//! of threads and machines.

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

/// The same number for a known time.
pub(crate) fn day_of(micros: i64) -> i64 {
    micros.div_euclid(DAY_MICROS) + DAY_SHIFT
}

fn float(value: Expr) -> Expr {
    cast(value, DataType::Float64)
}

fn share(part: Expr, whole: Expr) -> Expr {
    float(part) / float(whole)
}

fn where_known(condition: Expr, value: Expr) -> Result<Expr> {
    when(condition, value).end()
}

const OF: customer_features::Columns<ColumnDef> = customer_features::COLUMNS;

/// The features in order, from the sums of `features.rs`; `favourite_category` still as its code.
pub(crate) fn measures(cutoff_micros: i64, payments_are_masked: bool) -> Result<Vec<Expr>> {
    let today = || lit(day_of(cutoff_micros));
    let (first_day, last_day) = (|| day(col("first")), || day(col("last")));
    let orders = || col("orders");
    let repeated = || orders().gt(lit(1_i64));
    let span = || last_day() - first_day();
    let of_orders = |part: Expr| share(part, orders());
    let counts = |field: &str| col("categories").field(field);
    let known_rows = || counts("rows").gt(lit(0_i64));
    let methods = if payments_are_masked {
        bit_count().call(vec![col("payments")])
    } else {
        col("methods").field("distinct")
    };
    let half = |name: &str| when(col(name).gt(lit(0_i64)), col(name)).otherwise(lit(0_i64));
    let (recent, before) = (half("spend_180")?, half("spend_before_180")?);
    let halves = recent.clone() + before.clone();
    let spread = |n: Expr, sum: Expr, squares: Expr| sample_deviation().call(vec![n, sum, squares]);
    let wide = |value: Expr| cast(value, crate::functions::SQUARES);

    let mut columns = vec![
        (today() - last_day()).alias(OF.recency_days.stored),
        orders().alias(OF.frequency_orders.stored),
        col("net").alias(OF.monetary_minor.stored),
        col("first").alias(OF.first_purchase.stored),
        col("last").alias(OF.last_purchase.stored),
        (today() - first_day()).alias(OF.tenure_days.stored),
        of_orders(col("amounts")).alias(OF.average_order_value_minor.stored),
        col("smallest").alias(OF.minimum_order_value_minor.stored),
        col("largest").alias(OF.maximum_order_value_minor.stored),
        spread(orders(), col("amounts"), col("amount_squares")).alias(OF.order_value_deviation_minor.stored),
        where_known(repeated(), share(span(), orders() - lit(1_i64)))?
            .alias(OF.days_between_orders_mean.stored),
        spread(orders() - lit(1_i64), span(), wide(col("gap_squares")))
            .alias(OF.days_between_orders_deviation.stored),
    ];
    for (days, column) in WINDOWS_DAYS.iter().zip(ORDERS_LAST) {
        columns.push(col(format!("orders_{days}")).alias(column.stored));
    }
    for (days, column) in WINDOWS_DAYS.iter().zip(SPEND_LAST) {
        columns.push(col(format!("spend_{days}")).alias(column.stored));
    }
    let autumn = orders() - col("winter") - col("spring") - col("summer");
    columns.extend([
        counts("distinct").alias(OF.distinct_categories.stored),
        methods.alias(OF.distinct_payment_methods.stored),
        counts("favourite").alias(OF.favourite_category.stored),
        where_known(known_rows(), share(counts("favourite_rows"), counts("rows")))?
            .alias(OF.favourite_category_share.stored),
        col("quantity").alias(OF.quantity_total_milli.stored),
        (of_orders(col("quantity")) / lit(1000.0)).alias(OF.quantity_per_order_mean.stored),
        of_orders(orders() - col("weekend")).alias(OF.weekday_order_share.stored),
        of_orders(col("weekend")).alias(OF.weekend_order_share.stored),
        of_orders(col("winter")).alias(OF.winter_order_share.stored),
        of_orders(col("spring")).alias(OF.spring_order_share.stored),
        of_orders(col("summer")).alias(OF.summer_order_share.stored),
        of_orders(autumn).alias(OF.autumn_order_share.stored),
        share(col("refunds"), col("refunds") + col("lines")).alias(OF.refund_share.stored),
        where_known(halves.clone().gt(lit(0_i64)), share(recent - before, halves))?
            .alias(OF.spend_trend.stored),
    ]);
    Ok(columns)
}
