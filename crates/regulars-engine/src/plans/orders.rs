//! From the rows of `transactions` to purchases: the one definition of an order, its time, and its refunds.
//!
//! Deliberately not here: anything per customer.

use std::path::PathBuf;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::{bit_or, count, min, sum};
use datafusion::logical_expr::{Expr, bitwise_shift_left, case, cast, col, lit};
use datafusion::prelude::DataFrame;

use crate::functions::{category_code, string_list};

/// The files of a run with purchases.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// `transactions.parquet`: every row that counts.
    pub transactions: PathBuf,
    /// `excluded.parquet`, for the share of refunds; without it only the refunds in `transactions` are known.
    pub excluded: Option<PathBuf>,
    /// `returns.parquet`: which sales were returned, and when; read for earlier cutoffs. `None` if there are
    /// no returns.
    pub returns: Option<PathBuf>,
}

impl Inputs {
    /// Transactions only.
    pub fn transactions_only(transactions: PathBuf) -> Self {
        Self { transactions, excluded: None, returns: None }
    }
}

/// What counts as a purchase.
///
/// - Rows later than `cutoff_micros` are not read (checked by every plan).
/// - A row with a negative amount is a refund, unless `negative_rows_are_purchases`: it counts in the net
///   spend, on its own day, and is not a purchase.
/// - Rows of one customer with one `transaction_id` are one purchase, at the time of its first row; with
///   `orders_are_rows` every row is a separate purchase (trusted: there is no grouping).
#[derive(Debug, Clone, serde::Serialize)]
pub struct PurchaseRules {
    /// The cutoff, in microseconds since 1970, inclusive.
    pub cutoff_micros: i64,
    /// Every row is a purchase.
    pub orders_are_rows: bool,
    /// Negative amounts are purchases like any other.
    pub negative_rows_are_purchases: bool,
}

/// Columns needed beyond time and amount.
#[derive(Debug, Clone)]
pub(crate) struct Details {
    /// All categories, sorted.
    pub(crate) categories: Vec<String>,
    /// All payment methods, sorted.
    pub(crate) payment_methods: Vec<String>,
}

/// Bits of an Int64 without its sign: more distinct values do not fit into a mask.
pub(crate) const MASK_BITS: usize = 63;

/// Purchases, refunds and (if rows are not purchases) single rows, as one relation.
///
/// Columns: `customer_id`; `at` and `amount`, null unless the row is a purchase; the columns named by
/// `spend_at` and `spend`, null unless the row counts in the spend. With details also `quantity`, `category`, `payments`
/// (a bit mask) or `payment` (a code, beyond 63), and the columns of `counted`.
pub(crate) struct Events {
    pub(crate) frame: DataFrame,
    pub(crate) spend_at: &'static str,
    pub(crate) spend: &'static str,
    pub(crate) counted: EventRows,
}

/// How rows of purchases and refunds are counted.
pub(crate) enum EventRows {
    /// Every event is one row.
    Rows,
    /// Column `lines` has the number of rows of an event; with details those of purchases, and `refunds` the
    /// others.
    Lines,
}

/// The reasons in `excluded` that are refunds.
const REFUND_REASONS: [&str; 5] = ["refunded", "cancelled", "returned", "cancellation", "return"];

/// Purchases of `transactions`, with time and amount only.
pub(crate) fn purchases(rows: DataFrame, rules: &PurchaseRules, only_purchases: bool) -> Result<Events> {
    events(rows, None, rules, only_purchases, None)
}

/// Purchases and refunds with all details.
pub(crate) fn detailed(
    rows: DataFrame,
    excluded: Option<DataFrame>,
    rules: &PurchaseRules,
    only_purchases: bool,
    details: &Details,
) -> Result<Events> {
    events(rows, excluded, rules, only_purchases, Some(details))
}

pub(crate) fn timestamp(micros: i64) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(micros), None))
}

fn events(
    rows: DataFrame,
    excluded: Option<DataFrame>,
    rules: &PurchaseRules,
    only_purchases: bool,
    details: Option<&Details>,
) -> Result<Events> {
    let read = rows.filter(col("transaction_date").lt_eq(timestamp(rules.cutoff_micros)))?;
    let (spend_at, spend) = if only_purchases { ("at", "amount") } else { ("spend_at", "spend") };
    let (mut frame, counted) = if rules.orders_are_rows {
        (read.select(row_columns(only_purchases, details))?, EventRows::Rows)
    } else {
        (grouped(&read, only_purchases, details)?, EventRows::Lines)
    };
    if let Some(excluded) = excluded {
        let refunds = excluded
            .filter(col("transaction_date").lt_eq(timestamp(rules.cutoff_micros)))?
            .filter(col("reason").in_list(REFUND_REASONS.map(lit).to_vec(), false))?;
        let refund_value = |name: &str| match name {
            "lines" => Some(lit(0_i64)),
            "refunds" => Some(lit(1_i64)),
            _ => None,
        };
        let columns = padded(&frame, refund_value)?;
        frame = frame.union(refunds.select(columns)?)?;
    }
    Ok(Events { frame, spend_at, spend, counted })
}

/// `value` if the row is a purchase, else null.
fn if_purchase(value: Expr, only_purchases: bool) -> Result<Expr> {
    if only_purchases {
        return Ok(value);
    }
    case(col("total_amount_minor").gt_eq(lit(0_i64))).when(lit(true), value).end()
}

fn row_columns(only_purchases: bool, details: Option<&Details>) -> Vec<Expr> {
    let own = |value: Expr| if_purchase(value, only_purchases).expect("a CASE of one branch has one type");
    let mut columns = vec![
        col("customer_id"),
        own(col("transaction_date")).alias("at"),
        own(col("total_amount_minor")).alias("amount"),
    ];
    if !only_purchases {
        columns.push(col("transaction_date").alias("spend_at"));
        columns.push(col("total_amount_minor").alias("spend"));
    }
    if let Some(details) = details {
        columns.push(own(col("quantity_milli")).alias("quantity"));
        columns.push(own(category(details)).alias("category"));
        columns.push(if masked(details) {
            own(payment_bit(details)).alias("payments")
        } else {
            own(payment(details)).alias("payment")
        });
    }
    columns
}

fn masked(details: &Details) -> bool {
    details.payment_methods.len() <= MASK_BITS
}

fn category(details: &Details) -> Expr {
    category_code().call(vec![col("product_category"), string_list(&details.categories)])
}

fn payment(details: &Details) -> Expr {
    category_code().call(vec![col("payment_method"), string_list(&details.payment_methods)])
}

fn payment_bit(details: &Details) -> Expr {
    bitwise_shift_left(lit(1_i64), cast(payment(details), DataType::Int64))
}

/// Lines of one order as one purchase; refunds among them stay separate, on their own day. Rows follow again
/// with only their category, because an order may have several.
fn grouped(rows: &DataFrame, only_purchases: bool, details: Option<&Details>) -> Result<DataFrame> {
    let mut keys = vec![col("customer_id"), col("transaction_id")];
    if !only_purchases {
        keys.push(col("total_amount_minor").gt_eq(lit(0_i64)).alias("is_purchase"));
    }
    let mut sums = vec![
        min(col("transaction_date")).alias("day"),
        sum(col("total_amount_minor")).alias("total"),
        count(lit(1_i64)).alias("line_count"),
    ];
    if let Some(details) = details {
        sums.push(sum(col("quantity_milli")).alias("pieces"));
        if masked(details) {
            sums.push(bit_or(payment_bit(details)).alias("methods"));
        }
    }
    let orders = rows.clone().aggregate(keys, sums)?;
    let own = |value: Expr| {
        if only_purchases {
            return value;
        }
        case(col("is_purchase")).when(lit(true), value).end().expect("a CASE of one branch has one type")
    };
    let mut columns =
        vec![col("customer_id"), own(col("day")).alias("at"), own(col("total")).alias("amount")];
    if !only_purchases {
        columns.push(col("day").alias("spend_at"));
        columns.push(col("total").alias("spend"));
    }
    let Some(details) = details else {
        columns.push(col("line_count").alias("lines"));
        return orders.select(columns);
    };
    let none = || cast(lit(ScalarValue::Null), DataType::Int32);
    columns.push(own(col("pieces")).alias("quantity"));
    columns.push(none().alias("category"));
    columns.push(if masked(details) {
        own(col("methods")).alias("payments")
    } else {
        none().alias("payment")
    });
    let lines = if only_purchases { col("line_count") } else { own(col("line_count")) };
    let refunds = if only_purchases {
        lit(0_i64)
    } else {
        case(col("is_purchase")).when(lit(false), col("line_count")).otherwise(lit(0_i64))?
    };
    columns.push(lines.alias("lines"));
    columns.push(refunds.alias("refunds"));
    let orders = orders.select(columns)?;

    let single = |name: &str| match name {
        "category" => if_purchase(category(details), only_purchases).ok(),
        "payment" => if_purchase(payment(details), only_purchases).ok(),
        "lines" | "refunds" => Some(lit(0_i64)),
        _ => None,
    };
    let like = padded(&orders, single)?;
    let wanted = if masked(details) {
        col("product_category").is_not_null()
    } else {
        col("product_category").is_not_null().or(col("payment_method").is_not_null())
    };
    orders.union(rows.clone().filter(wanted)?.select(like)?)
}

/// The columns of `frame` for rows with only a customer and the `known` columns.
fn padded(frame: &DataFrame, known: impl Fn(&str) -> Option<Expr>) -> Result<Vec<Expr>> {
    frame
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let name = field.name();
            let value = match known(name) {
                Some(value) => value,
                None if name == "customer_id" => return Ok(col("customer_id")),
                None => lit(ScalarValue::try_from(field.data_type())?),
            };
            Ok(value.alias(name))
        })
        .collect()
}
