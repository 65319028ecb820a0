//! The user's SQL over the tables of a run: read-only, with canonical names and money as exact decimals.
//!
//! Deliberately not here: any other file, any statement that writes, session settings. Every query has its
//! own session, so queries cannot affect each other.

mod export;
mod model_functions;
mod postgres;
mod views;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::{DataFrame, SQLOptions, SessionContext};
use datafusion::sql::parser::Statement;
use futures::StreamExt as _;
use tokio::sync::mpsc;

pub use export::Format;
pub use model_functions::{Compute, FunctionType, FunctionValues, ModelFunction};
pub(crate) use postgres::PostgresArithmetic;
pub use postgres::{call, plan_postgres};

use crate::error::{Error, Operation, Result};
use crate::session::Engine;

/// A table available to queries.
#[derive(Debug, Clone)]
pub struct RunTable {
    /// Canonical name of the table.
    pub name: String,
    /// Parquet file of the table.
    pub path: PathBuf,
}

impl RunTable {
    /// The tables of these names in a run's folder.
    pub fn in_folder<'a>(folder: &Path, names: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let table = |name: &str| Self { name: name.to_owned(), path: folder.join(format!("{name}.parquet")) };
        names.into_iter().map(table).collect()
    }
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

/// The table as queries see it.
///
/// Errors: [`Kind::File`](crate::Kind::File) or [`Kind::Data`](crate::Kind::Data) if its file cannot be read.
pub async fn open_table(
    ctx: &SessionContext,
    table: &RunTable,
    money_decimals: u8,
) -> Result<Arc<dyn TableProvider>> {
    let operation = Operation { name: "opening a table", limit_bytes: None, tables: None };
    views::view(ctx, table, money_decimals, &operation).await
}

/// The error of a query on one of these tables.
pub fn query_error(error: DataFusionError, tables: Vec<String>, memory_limit_bytes: Option<u64>) -> Error {
    Operation { name: "running the query", limit_bytes: memory_limit_bytes, tables: Some(tables) }
        .failed(error)
}

/// What a query may do: read.
pub fn read_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

async fn plan(
    ctx: &SessionContext,
    query: &str,
    tables: &[RunTable],
    money_decimals: u8,
    operation: &Operation,
) -> Result<SendableRecordBatchStream> {
    views::register(ctx, tables, money_decimals, operation).await?;
    let parsed =
        ctx.state().sql_to_statement(query, &Dialect::PostgreSQL).map_err(|e| operation.failed(e))?;
    let plan = match parsed {
        Statement::Statement(statement) => plan_postgres(ctx, *statement).await,
        // DataFusion's own statements, such as COPY, are refused by the check.
        other => ctx.state().statement_to_plan(other).await,
    };
    let plan = plan.map_err(|e| operation.failed(e))?;
    read_only().verify_plan(&plan).map_err(|e| operation.failed(e))?;
    let frame = DataFrame::new(ctx.state(), plan);
    frame.execute_stream().await.map_err(|e| operation.failed(e))
}
