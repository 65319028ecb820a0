//! The tables that plans read, opened by name: plans are synchronous functions from these to a data frame.
//!
//! Deliberately Parquet files only, and only their metadata is read here.

use std::path::Path;

use datafusion::prelude::{DataFrame, SessionContext};
use fs_err::File;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::statistics::Statistics;

use super::orders::{Inputs, PurchaseRules};
use crate::error::{Error, Operation, Result};
use crate::session::open;

/// The tables of [`Inputs`].
pub(crate) struct Tables {
    pub(crate) transactions: DataFrame,
    pub(crate) excluded: Option<DataFrame>,
    pub(crate) returns: Option<DataFrame>,
    /// Time of the last return, in microseconds since 1970; `None` without any.
    pub(crate) last_return: Option<i64>,
    /// Whether an amount of `transactions` may be negative.
    has_negative_amounts: bool,
}

impl Tables {
    /// Errors: a file that is missing, or lacks a column.
    pub(crate) async fn open(ctx: &SessionContext, inputs: &Inputs, operation: &Operation) -> Result<Self> {
        let transactions = open(ctx, &inputs.transactions, operation).await?;
        let excluded = optional(ctx, inputs.excluded.as_deref(), operation).await?;
        let returns = optional(ctx, inputs.returns.as_deref(), operation).await?;
        let last_return = inputs.returns.as_deref().map(last_return).transpose()?.flatten();
        let has_negative_amounts = has_negative_amounts(&inputs.transactions)?;
        Ok(Self { transactions, excluded, returns, last_return, has_negative_amounts })
    }

    /// Whether every row of `transactions` is a purchase, so no row needs to be checked.
    pub(crate) fn every_row_is_purchase(&self, rules: &PurchaseRules) -> bool {
        rules.negative_rows_are_purchases || !self.has_negative_amounts
    }
}

async fn optional(
    ctx: &SessionContext,
    path: Option<&Path>,
    operation: &Operation,
) -> Result<Option<DataFrame>> {
    match path {
        Some(path) => open(ctx, path, operation).await.map(Some),
        None => Ok(None),
    }
}

fn has_negative_amounts(transactions: &Path) -> Result<bool> {
    let (metadata, column) = column_of(transactions, "total_amount_minor")?;
    Ok(!metadata.row_groups().iter().all(|group| match group.column(column).statistics() {
        Some(Statistics::Int64(amounts)) => amounts.min_opt().is_some_and(|min| *min >= 0),
        _ => false,
    }))
}

fn last_return(returns: &Path) -> Result<Option<i64>> {
    let (metadata, column) = column_of(returns, "returned_at")?;
    let latest = metadata.row_groups().iter().filter(|group| group.num_rows() > 0).map(|group| {
        match group.column(column).statistics() {
            Some(Statistics::Int64(moments)) => moments.max_opt().copied().unwrap_or(i64::MAX),
            _ => i64::MAX,
        }
    });
    Ok(latest.max())
}

/// The footer of a file, and the index of one of its columns.
fn column_of(path: &Path, name: &str) -> Result<(ParquetMetaData, usize)> {
    let file = File::open(path).map_err(|source| Error::file("read", path, source))?;
    let reader = SerializedFileReader::new(file.into_file()).map_err(|e| Error::parquet("read", path, e))?;
    let metadata = reader.metadata().clone();
    let schema = metadata.file_metadata().schema_descr();
    match (0..schema.num_columns()).find(|at| schema.column(*at).name() == name) {
        Some(column) => Ok((metadata, column)),
        None => Err(Error::data(format!("no column `{name}` in {}", path.display()))),
    }
}
