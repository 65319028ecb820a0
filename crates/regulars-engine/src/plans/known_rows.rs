//! The rows of `transactions` as known at a cutoff: later cancellations and returns are added back.
//!
//! `transactions` has what is finally left. `returns` has, for every sale that was returned in part or as a
//! whole, the amount and the time; for an earlier cutoff it is added back, so that no feature and no forecast
//! uses it.

use std::path::Path;

use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::{Expr, col};
use datafusion::prelude::{DataFrame, SessionContext};
use fs_err::File;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::statistics::Statistics;

use super::orders::{Inputs, PurchaseRules, every_row_is_purchase, moment};
use crate::error::{Error, ErrorContext, Result};
use crate::session::open;

/// Rows at a cutoff, and what counts as a purchase among them.
pub(crate) struct KnownRows {
    pub(crate) frame: DataFrame,
    /// Every row is a purchase, so no row needs to be checked.
    pub(crate) pure: bool,
    /// As given, but rows added back share the order of what is left of it.
    pub(crate) rules: PurchaseRules,
}

/// The rows known at the cutoff of `rules`.
pub(crate) async fn known_rows(
    ctx: &SessionContext,
    inputs: &Inputs,
    rules: &PurchaseRules,
    doing: &ErrorContext,
) -> Result<KnownRows> {
    let rows = open(ctx, &inputs.transactions, doing).await?;
    let pure = every_row_is_purchase(rules, &inputs.transactions)?;
    let mut known = KnownRows { frame: rows, pure, rules: rules.clone() };
    let Some(returns) = &inputs.returns else { return Ok(known) };
    if last_return(returns)?.is_none_or(|last| last <= rules.cutoff_micros) {
        return Ok(known);
    }
    let back = open(ctx, returns, doing).await?;
    let later = col("returned_at").gt(moment(rules.cutoff_micros));
    let frame = put_back(known.frame, back, later).map_err(|e| doing.failed(e))?;
    known.rules.orders_are_rows = false;
    Ok(KnownRows { frame, ..known })
}

/// Rows known at `split` but not at the cutoff, with the time of the return.
///
/// Shape: the columns of `transactions`, and `returned_at`; `None` if there are none.
pub(crate) async fn returned_between(
    ctx: &SessionContext,
    inputs: &Inputs,
    split_micros: i64,
    cutoff_micros: i64,
    doing: &ErrorContext,
) -> Result<Option<DataFrame>> {
    let Some(returns) = &inputs.returns else { return Ok(None) };
    if last_return(returns)?.is_none_or(|last| last <= split_micros) {
        return Ok(None);
    }
    let back = open(ctx, returns, doing).await?;
    let between = col("returned_at")
        .gt(moment(split_micros))
        .and(col("returned_at").lt_eq(moment(cutoff_micros)))
        .and(col("transaction_date").lt_eq(moment(split_micros)));
    back.filter(between).map(Some).map_err(|e| doing.failed(e))
}

fn put_back(rows: DataFrame, back: DataFrame, which: Expr) -> PlanResult<DataFrame> {
    let like: Vec<Expr> = rows.schema().fields().iter().map(|field| col(field.name())).collect();
    rows.union(back.filter(which)?.select(like)?)
}

/// Time of the last return; `None` without any.
fn last_return(returns: &Path) -> Result<Option<i64>> {
    let file = File::open(returns).map_err(|source| Error::file("read", returns, source))?;
    let reader =
        SerializedFileReader::new(file.into_file()).map_err(|e| Error::parquet("read", returns, e))?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let Some(column) = (0..schema.num_columns()).find(|at| schema.column(*at).name() == "returned_at") else {
        return Err(Error::data(format!("no column `returned_at` in {}", returns.display())));
    };
    let latest = metadata.row_groups().iter().filter(|group| group.num_rows() > 0).map(|group| {
        match group.column(column).statistics() {
            Some(Statistics::Int64(moments)) => moments.max_opt().copied().unwrap_or(i64::MAX),
            _ => i64::MAX,
        }
    });
    Ok(latest.max())
}
