//! The user's SQL over the tables of a run: read-only, with canonical names and money as exact decimals.
//!
//! Deliberately not here: any other file, any statement that writes, session settings. Every query has its
//! own session, so queries cannot affect each other.

mod export;
mod views;

use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::{SQLOptions, SessionContext};
use futures::StreamExt as _;
use tokio::sync::mpsc;

pub use export::Format;

use crate::error::{Operation, Result};
use crate::session::Engine;

/// A table available to queries.
#[derive(Debug, Clone)]
pub struct RunTable {
    /// Canonical name of the table.
    pub name: String,
    /// Parquet file of the table.
    pub path: PathBuf,
}

/// The rows of a query.
#[derive(Debug, Clone)]
pub struct QueryRows {
    /// Columns; present even without rows.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
}

/// Batches buffered for the reader of a stream.
const BUFFERED_BATCHES: usize = 4;

impl Engine {
    /// Runs a query over `tables`.
    ///
    /// Shape: the query's columns under its names; text is Utf8, money Decimal with `money_decimals` places,
    /// quantities Decimal with three.
    /// Errors: [`Kind::Query`](crate::Kind::Query) for an invalid query, with the available tables or columns
    /// as a hint; [`Kind::NotAllowed`](crate::Kind::NotAllowed) for statements that do more than read;
    /// [`Kind::Resources`](crate::Kind::Resources) for too little memory.
    pub fn sql(&self, query: &str, tables: &[RunTable], money_decimals: u8) -> Result<QueryRows> {
        let mut batches = Vec::new();
        let schema = self.for_each_batch(query, tables, money_decimals, &mut |batch| {
            batches.push(batch.clone());
            Ok(())
        })?;
        Ok(QueryRows { schema, batches })
    }

    /// Runs a query and passes its batches to `each`, in order, on the caller's thread; the complete result is
    /// never in memory. An error of `each` stops the query.
    ///
    /// Errors: as [`Self::sql`], and those of `each`.
    pub fn for_each_batch(
        &self,
        query: &str,
        tables: &[RunTable],
        money_decimals: u8,
        each: &mut dyn FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<SchemaRef> {
        let (schema, mut batches) = self.start(query, tables, money_decimals)?;
        while let Some(batch) = batches.blocking_recv() {
            each(&batch?)?;
        }
        Ok(schema)
    }

    /// Plans the query and starts it; batches arrive through the channel.
    pub(crate) fn start(
        &self,
        query: &str,
        tables: &[RunTable],
        money_decimals: u8,
    ) -> Result<(SchemaRef, mpsc::Receiver<Result<RecordBatch>>)> {
        let ctx = self.queries();
        let names = tables.iter().map(|t| t.name.clone()).collect();
        let operation = Operation { tables: Some(names), ..self.operation("running the query") };
        let (query, tables) = (query.to_owned(), tables.to_vec());
        self.block_on(Box::pin(async move {
            let mut stream = plan(&ctx, &query, &tables, money_decimals, &operation).await?;
            let schema = stream.schema();
            let (sender, receiver) = mpsc::channel(BUFFERED_BATCHES);
            tokio::spawn(async move {
                while let Some(batch) = stream.next().await {
                    // The reader has stopped.
                    if sender.send(batch.map_err(|e| operation.failed(e))).await.is_err() {
                        break;
                    }
                }
            });
            Ok((schema, receiver))
        }))
    }
}

async fn plan(
    ctx: &SessionContext,
    query: &str,
    tables: &[RunTable],
    money_decimals: u8,
    operation: &Operation,
) -> Result<SendableRecordBatchStream> {
    views::register(ctx, tables, money_decimals, operation).await?;
    let read_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = ctx.sql_with_options(query, read_only).await.map_err(|e| operation.failed(e))?;
    frame.execute_stream().await.map_err(|e| operation.failed(e))
}
