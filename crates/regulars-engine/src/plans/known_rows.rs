//! The rows of `transactions` as known at a cutoff: later cancellations and returns are added back.
//!
//! `transactions` has what is finally left. `returns` has, for every sale that was returned in part or as a
//! whole, the amount and the time; for an earlier cutoff it is added back, so that no feature and no forecast
//! uses it.

use datafusion::error::Result;
use datafusion::logical_expr::{Expr, col};
use datafusion::prelude::DataFrame;

use super::orders::{PurchaseRules, moment};
use super::tables::Tables;

/// Rows at a cutoff, and what counts as a purchase among them.
pub(crate) struct KnownRows {
    pub(crate) frame: DataFrame,
    /// Every row is a purchase, so no row needs to be checked.
    pub(crate) pure: bool,
    /// As given, but rows added back share the order of what is left of it.
    pub(crate) rules: PurchaseRules,
}

/// The rows known at the cutoff of `rules`.
pub(crate) fn known_rows(tables: &Tables, rules: &PurchaseRules) -> Result<KnownRows> {
    let pure = tables.every_row_is_purchase(rules);
    let known = KnownRows { frame: tables.transactions.clone(), pure, rules: rules.clone() };
    let Some(back) = returned_after(tables, rules.cutoff_micros)? else { return Ok(known) };
    let like: Vec<Expr> = known.frame.schema().fields().iter().map(|field| col(field.name())).collect();
    let rules = PurchaseRules { orders_are_rows: false, ..known.rules };
    Ok(KnownRows { frame: known.frame.union(back.select(like)?)?, pure, rules })
}

/// Rows returned after a time, with the time of the return.
///
/// Shape: the columns of `transactions`, and `returned_at`; `None` if there are none.
pub(crate) fn returned_after(tables: &Tables, micros: i64) -> Result<Option<DataFrame>> {
    match &tables.returns {
        Some(returns) if tables.last_return.is_some_and(|last| last > micros) => {
            returns.clone().filter(col("returned_at").gt(moment(micros))).map(Some)
        }
        _ => Ok(None),
    }
}
