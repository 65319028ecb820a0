//! The tables as queries see them: canonical names, decimals, text.
//!
//! Deliberately by name and type of the stored columns rather than by table: customer attributes follow the
//! same rule.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::catalog::TableProvider;
use datafusion::logical_expr::{Expr, cast, ident, lit};
use datafusion::prelude::SessionContext;
use regulars_core::money::minor_per_major;

use super::RunTable;
use crate::error::{Operation, Result};
use crate::functions::minor_to_decimal;
use crate::session::open;

/// Decimal places of a quantity.
const QUANTITY_DECIMALS: u8 = 3;

/// Registers every table as a view over its file.
pub(super) async fn register(
    ctx: &SessionContext,
    tables: &[RunTable],
    money_decimals: u8,
    operation: &Operation,
) -> Result<()> {
    // Errors here are not the query's.
    let opening = Operation { tables: None, ..operation.clone() };
    for table in tables {
        let view = view(ctx, table, money_decimals, &opening).await?;
        ctx.register_table(datafusion::common::TableReference::bare(table.name.as_str()), view)
            .map_err(|e| opening.failed(e))?;
    }
    Ok(())
}

/// A view over the file of a table.
pub(super) async fn view(
    ctx: &SessionContext,
    table: &RunTable,
    money_decimals: u8,
    opening: &Operation,
) -> Result<Arc<dyn TableProvider>> {
    let stored = open(ctx, &table.path, opening).await?;
    let columns: Vec<Expr> =
        stored.schema().fields().iter().map(|f| view_column(f, money_decimals)).collect();
    Ok(stored.select(columns).map_err(|e| opening.failed(e))?.into_view())
}

fn view_column(field: &Field, money_decimals: u8) -> Expr {
    let name = field.name();
    let stored = || ident(name);
    match (field.data_type(), name.strip_suffix("_minor"), name.strip_suffix("_milli")) {
        (DataType::Int64, Some(money), _) => minor_to_decimal(stored(), money_decimals).alias(money),
        (DataType::Float64, Some(mean), _) => (stored() / lit(minor_per_major(money_decimals))).alias(mean),
        (DataType::Int64, _, Some(quantity)) => minor_to_decimal(stored(), QUANTITY_DECIMALS).alias(quantity),
        (DataType::Dictionary(_, values), ..) if matches!(**values, DataType::Utf8) => {
            cast(stored(), DataType::Utf8).alias(name)
        }
        _ => stored(),
    }
}
