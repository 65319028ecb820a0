//! The rows of `transactions` as known at a cutoff: later cancellations and returns are added back.
//!
//! `transactions` has sales after all returns. `returns` has the amount and the time of every complete or partial
//! return; if it is later than the cutoff, its amount is added back, so that no feature and no forecast uses it.

use datafusion::error::Result;
use datafusion::logical_expr::{Expr, col};
use datafusion::prelude::DataFrame;

use super::orders::{PurchaseRules, timestamp};
use super::tables::Tables;

/// Rows at a cutoff, and what counts as a purchase among them.
pub(crate) struct RowsAtCutoff {
    pub(crate) frame: DataFrame,
    /// Every row is a purchase, so no row needs to be checked.
    pub(crate) only_purchases: bool,
    /// As given, but rows added back belong to the order of the remaining ones.
    pub(crate) rules: PurchaseRules,
}

/// The rows known at the cutoff of `rules`.
pub(crate) fn rows_at_cutoff(tables: &Tables, rules: &PurchaseRules) -> Result<RowsAtCutoff> {
    let only_purchases = tables.every_row_is_purchase(rules);
    let known = RowsAtCutoff { frame: tables.transactions.clone(), only_purchases, rules: rules.clone() };
    let Some(returned) = returned_after(tables, rules.cutoff_micros)? else { return Ok(known) };
    let columns: Vec<Expr> = known.frame.schema().fields().iter().map(|field| col(field.name())).collect();
    let rules = PurchaseRules { orders_are_rows: false, ..known.rules };
    Ok(RowsAtCutoff { frame: known.frame.union(returned.select(columns)?)?, only_purchases, rules })
}

/// Rows returned after a time, with the time of the return.
///
/// Shape: the columns of `transactions`, and `returned_at`; `None` if there are none.
pub(crate) fn returned_after(tables: &Tables, micros: i64) -> Result<Option<DataFrame>> {
    match &tables.returns {
        Some(returns) if tables.last_return.is_some_and(|last| last > micros) => {
            returns.clone().filter(col("returned_at").gt(timestamp(micros))).map(Some)
        }
        _ => Ok(None),
    }
}
