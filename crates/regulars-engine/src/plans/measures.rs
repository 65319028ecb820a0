//! From sums per customer to the features as stored: days, means, shares.
//!
//! Deliberately the only place with floats: everything below it is integers, and so independent of the number
//! of threads and machines.

use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::functions::core::expr_ext::FieldAccessor as _;
use datafusion::logical_expr::{Expr, cast, col, lit, when};
use regulars_core::dates::DAY_MICROS;
use regulars_core::features::WINDOWS_DAYS;

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

/// The features in order, from the sums of `features.rs`; `favourite_category` still as its code.
pub(crate) fn measures(cut_micros: i64, payments_are_masked: bool) -> Result<Vec<Expr>> {
    let today = || lit(day_of(cut_micros));
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
        (today() - last_day()).alias("recency_days"),
        orders().alias("frequency_orders"),
        col("net").alias("monetary_minor"),
        col("first").alias("first_purchase"),
        col("last").alias("last_purchase"),
        (today() - first_day()).alias("tenure_days"),
        of_orders(col("amounts")).alias("average_order_value_minor"),
        col("smallest").alias("minimum_order_value_minor"),
        col("largest").alias("maximum_order_value_minor"),
        spread(orders(), col("amounts"), col("amount_squares")).alias("order_value_deviation_minor"),
        where_known(repeated(), share(span(), orders() - lit(1_i64)))?.alias("days_between_orders_mean"),
        spread(orders() - lit(1_i64), span(), wide(col("gap_squares")))
            .alias("days_between_orders_deviation"),
    ];
    for days in WINDOWS_DAYS {
        columns.push(col(format!("orders_{days}")).alias(format!("orders_last_{days}d")));
    }
    for days in WINDOWS_DAYS {
        columns.push(col(format!("spend_{days}")).alias(format!("spend_last_{days}d_minor")));
    }
    let autumn = orders() - col("winter") - col("spring") - col("summer");
    columns.extend([
        counts("distinct").alias("distinct_categories"),
        methods.alias("distinct_payment_methods"),
        counts("favourite").alias("favourite_category"),
        where_known(known_rows(), share(counts("favourite_rows"), counts("rows")))?
            .alias("favourite_category_share"),
        col("quantity").alias("quantity_total_milli"),
        (of_orders(col("quantity")) / lit(1000.0)).alias("quantity_per_order_mean"),
        of_orders(orders() - col("weekend")).alias("weekday_order_share"),
        of_orders(col("weekend")).alias("weekend_order_share"),
        of_orders(col("winter")).alias("winter_order_share"),
        of_orders(col("spring")).alias("spring_order_share"),
        of_orders(col("summer")).alias("summer_order_share"),
        of_orders(autumn).alias("autumn_order_share"),
        share(col("refunds"), col("refunds") + col("lines")).alias("refund_share"),
        where_known(halves.clone().gt(lit(0_i64)), share(recent - before, halves))?.alias("spend_trend"),
    ]);
    Ok(columns)
}
