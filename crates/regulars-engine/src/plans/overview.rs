//! The headline numbers: revenue by month, totals, and activity in a period.
//!
//! Deliberately two plans. Money by month and period has few groups. Customers by month would be a group per
//! pair of month and customer; instead each customer collects a bit per month, and the bits are counted.

use arrow::array::{Array as _, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, TimestampMicrosecondType};
use datafusion::error::Result as PlanResult;
use datafusion::functions::datetime::expr_fn::date_part;
use datafusion::functions_aggregate::expr_fn::{bit_or, count, max, min, sum};
use datafusion::logical_expr::{
    Expr, ExprFunctionExt as _, bitwise_and, bitwise_shift_left, bitwise_shift_right, cast, col, lit, when,
};
use datafusion::prelude::DataFrame;
use regulars_core::dates::civil_micros;
use serde::{Deserialize, Serialize};

use super::orders::{EventRows, Events, Inputs, MASK_BITS, PurchaseRules, purchases, timestamp};
use super::rows_at_cutoff::{RowsAtCutoff, rows_at_cutoff};
use super::tables::Tables;
use crate::error::{Error, Operation, Result};
use crate::session::Engine;

/// A period of time; both bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodBounds {
    /// Start, in microseconds since 1970.
    pub from_micros: i64,
    /// End, in microseconds since 1970.
    pub to_micros: i64,
}

/// Activity in one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodFigures {
    /// The period.
    pub bounds: PeriodBounds,
    /// Customers who bought.
    pub customers: u64,
    /// Purchases.
    pub orders: u64,
    /// Revenue, in minor units.
    pub revenue_minor: i64,
    /// Customers who bought in the period and before.
    pub returning_customers: u64,
}

impl PeriodFigures {
    fn empty(bounds: PeriodBounds) -> Self {
        Self { bounds, customers: 0, orders: 0, revenue_minor: 0, returning_customers: 0 }
    }
}

/// One month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthRevenue {
    /// Start, in microseconds since 1970.
    pub start_micros: i64,
    /// Revenue, in minor units.
    pub revenue_minor: i64,
    /// Purchases.
    pub orders: u64,
    /// Customers who bought.
    pub customers: u64,
}

/// The headline numbers at a cutoff.
///
/// Shape: consecutive months from the first to the last with a purchase or refund; empty if there is no row.
/// Periods as requested.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Overview {
    /// Rows of `transactions` up to the cutoff.
    pub transactions: u64,
    /// Customers who bought.
    pub customers: u64,
    /// Customers with more than one purchase.
    pub repeat_customers: u64,
    /// Purchases.
    pub orders: u64,
    /// Revenue, in minor units, including customers with refunds only.
    pub revenue_minor: i64,
    /// Time of the first purchase, in microseconds since 1970.
    pub first_purchase_micros: Option<i64>,
    /// Time of the last purchase up to the cutoff, in microseconds since 1970.
    pub last_purchase_micros: Option<i64>,
    /// By month.
    pub months: Vec<MonthRevenue>,
    /// By period.
    pub periods: Vec<PeriodFigures>,
}

impl Engine {
    /// Computes the headline numbers of a run's rows at the cutoff of `rules`.
    ///
    /// Errors: [`Kind::Resources`](crate::Kind::Resources) when memory or spill space is too small;
    /// [`Kind::Data`](crate::Kind::Data) when a sum of money exceeds Int64.
    pub fn overview(
        &self,
        inputs: &Inputs,
        rules: &PurchaseRules,
        periods: &[PeriodBounds],
    ) -> Result<Overview> {
        let (by_month, by_customer) = (self.queries(), self.plans());
        let operation = self.operation("computing the headline numbers");
        let (inputs, rules, periods) = (inputs.clone(), rules.clone(), periods.to_vec());
        self.block_on(Box::pin(async move {
            let tables = Tables::open(&by_month, &inputs, &operation).await?;
            let found = collect(months(&tables, &rules, &periods), &operation).await?;
            let mut overview = Overview::default();
            if let Some(first_month) = take_months(&mut overview, &found, &periods)? {
                let tables = Tables::open(&by_customer, &inputs, &operation).await?;
                let events = events(&tables, &rules);
                let plan =
                    events.and_then(|events| customers(events, first_month, overview.months.len(), &periods));
                take_customers(&mut overview, &collect(plan, &operation).await?)?;
            }
            Ok(overview)
        }))
    }
}

fn events(tables: &Tables, rules: &PurchaseRules) -> PlanResult<Events> {
    let RowsAtCutoff { frame, only_purchases, rules } = rows_at_cutoff(tables, rules)?;
    purchases(frame, &rules, only_purchases)
}

async fn collect(plan: PlanResult<DataFrame>, operation: &Operation) -> Result<Vec<RecordBatch>> {
    let plan = plan.map_err(|e| operation.failed(e))?;
    plan.collect().await.map_err(|e| operation.failed(e))
}

/// Months since the year 0.
fn month(timestamp: &Expr) -> Expr {
    let part = |name: &str| cast(date_part(lit(name), timestamp.clone()), DataType::Int64);
    part("year") * lit(12_i64) + part("month") - lit(1_i64)
}

fn as_decimal(money: Expr) -> Expr {
    cast(money, DataType::Decimal128(19, 0))
}

fn within(at: Expr, period: &PeriodBounds) -> Expr {
    at.clone().gt_eq(timestamp(period.from_micros)).and(at.lt_eq(timestamp(period.to_micros)))
}

/// Money and purchases by month, and the part of each month in each period.
fn months(tables: &Tables, rules: &PurchaseRules, periods: &[PeriodBounds]) -> PlanResult<DataFrame> {
    let events = events(tables, rules)?;
    let rows = match events.counted {
        EventRows::Rows => count(lit(1_i64)),
        EventRows::Lines => sum(col("lines")),
    };
    let mut sums = vec![
        rows.alias("rows"),
        sum(as_decimal(col(events.spend))).alias("revenue"),
        count(col("at")).alias("orders"),
        min(col("at")).alias("first"),
        max(col("at")).alias("last"),
    ];
    for (i, period) in periods.iter().enumerate() {
        let spent =
            sum(as_decimal(col(events.spend))).filter(within(col(events.spend_at), period)).build()?;
        sums.push(spent.alias(format!("revenue_{i}")));
        sums.push(count(col("at")).filter(within(col("at"), period)).build()?.alias(format!("orders_{i}")));
    }
    events
        .frame
        .aggregate(vec![month(&col(events.spend_at)).alias("month")], sums)?
        .sort(vec![col("month").sort(true, false)])
}

/// Fills in months and periods, without customers; returns the first month.
fn take_months(
    overview: &mut Overview,
    batches: &[RecordBatch],
    periods: &[PeriodBounds],
) -> Result<Option<i64>> {
    let mut first_month = None;
    let mut revenue = 0_i128;
    overview.periods = periods.iter().map(|bounds| PeriodFigures::empty(*bounds)).collect();
    let mut of_periods = vec![0_i128; periods.len()];
    for batch in batches {
        for row in 0..batch.num_rows() {
            let Some(month) = whole(batch, "month", row)? else { continue };
            let first = *first_month.get_or_insert(month);
            // Months without a row.
            for missing in first + overview.months.len() as i64..=month {
                let (year, in_year) = (missing.div_euclid(12), missing.rem_euclid(12));
                let start_micros = civil_micros(year as i32, in_year as u32 + 1, 1)
                    .ok_or_else(|| Error::data(format!("the year {year} is out of range")))?;
                overview.months.push(MonthRevenue {
                    start_micros,
                    revenue_minor: 0,
                    orders: 0,
                    customers: 0,
                });
            }
            let of_month = money(batch, "revenue", row)?;
            let orders = whole(batch, "orders", row)?.unwrap_or(0).cast_unsigned();
            overview.transactions += whole(batch, "rows", row)?.unwrap_or(0).cast_unsigned();
            revenue += of_month;
            overview.orders += orders;
            if let Some(last) = overview.months.last_mut() {
                last.revenue_minor = minor(of_month)?;
                last.orders = orders;
            }
            for (i, period) in overview.periods.iter_mut().enumerate() {
                period.orders += whole(batch, &format!("orders_{i}"), row)?.unwrap_or(0).cast_unsigned();
                of_periods[i] += money(batch, &format!("revenue_{i}"), row)?;
            }
            for (name, end) in [("first", false), ("last", true)] {
                let column =
                    batch.column_by_name(name).map(AsArray::as_primitive::<TimestampMicrosecondType>);
                let Some(at) = column.filter(|c| c.is_valid(row)).map(|c| c.value(row)) else { continue };
                if end {
                    overview.last_purchase_micros =
                        Some(overview.last_purchase_micros.map_or(at, |t| t.max(at)));
                } else {
                    overview.first_purchase_micros =
                        Some(overview.first_purchase_micros.map_or(at, |t| t.min(at)));
                }
            }
        }
    }
    overview.revenue_minor = minor(revenue)?;
    for (period, revenue) in overview.periods.iter_mut().zip(of_periods) {
        period.revenue_minor = minor(revenue)?;
    }
    Ok(first_month)
}

/// Customers by month and by period, as one row.
fn customers(
    events: Events,
    first_month: i64,
    months: usize,
    periods: &[PeriodBounds],
) -> PlanResult<DataFrame> {
    let mut sums = vec![min(col("at")).alias("first"), count(col("at")).alias("orders")];
    let month_index = || month(&col("at")) - lit(first_month);
    let masks = months.div_ceil(MASK_BITS);
    for mask in 0..masks {
        let (from, to) = ((mask * MASK_BITS) as i64, ((mask + 1) * MASK_BITS) as i64);
        let bit = bitwise_shift_left(lit(1_i64), month_index() - lit(from));
        let bit = if masks == 1 {
            bit
        } else {
            when(month_index().gt_eq(lit(from)).and(month_index().lt(lit(to))), bit).end()?
        };
        sums.push(bit_or(bit).alias(format!("months_{mask}")));
    }
    for (i, period) in periods.iter().enumerate() {
        sums.push(count(col("at")).filter(within(col("at"), period)).build()?.alias(format!("orders_{i}")));
    }
    let by_customer = events.frame.aggregate(vec![col("customer_id")], sums)?;

    let customers_where = |condition: Expr| count(lit(1_i64)).filter(condition).build();
    let mut totals = vec![
        customers_where(col("orders").gt(lit(0_i64)))?.alias("customers"),
        customers_where(col("orders").gt(lit(1_i64)))?.alias("repeat_customers"),
    ];
    for nth in 0..months {
        let bits =
            bitwise_shift_right(col(format!("months_{}", nth / MASK_BITS)), lit((nth % MASK_BITS) as i64));
        totals.push(sum(bitwise_and(bits, lit(1_i64))).alias(format!("month_{nth}")));
    }
    for (i, period) in periods.iter().enumerate() {
        let bought = || col(format!("orders_{i}")).gt(lit(0_i64));
        let before = col("first").lt(timestamp(period.from_micros));
        totals.push(customers_where(bought())?.alias(format!("customers_{i}")));
        totals.push(customers_where(bought().and(before))?.alias(format!("returning_{i}")));
    }
    by_customer.aggregate(vec![], totals)
}

fn take_customers(overview: &mut Overview, batches: &[RecordBatch]) -> Result<()> {
    let row = batches.iter().find(|b| b.num_rows() == 1);
    let row = row.ok_or_else(|| Error::data("the totals of the customers are missing"))?;
    let number = |name: &str| Ok::<u64, Error>(whole(row, name, 0)?.unwrap_or(0).cast_unsigned());
    overview.customers = number("customers")?;
    overview.repeat_customers = number("repeat_customers")?;
    for (nth, month) in overview.months.iter_mut().enumerate() {
        month.customers = number(&format!("month_{nth}"))?;
    }
    for (i, period) in overview.periods.iter_mut().enumerate() {
        period.customers = number(&format!("customers_{i}"))?;
        period.returning_customers = number(&format!("returning_{i}"))?;
    }
    Ok(())
}

fn whole(batch: &RecordBatch, name: &str, row: usize) -> Result<Option<i64>> {
    let column = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
    let column = column.ok_or_else(|| Error::data(format!("the plan has no integer `{name}`")))?;
    Ok(column.is_valid(row).then(|| column.value(row)))
}

fn money(batch: &RecordBatch, name: &str, row: usize) -> Result<i128> {
    let column = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Decimal128Type>());
    let column = column.ok_or_else(|| Error::data(format!("the plan has no sum of money `{name}`")))?;
    Ok(if column.is_valid(row) { column.value(row) } else { 0 })
}

fn minor(sum: i128) -> Result<i64> {
    i64::try_from(sum)
        .map_err(|_too_large| Error::data(format!("a sum of money of {sum} minor units is too large")))
}
