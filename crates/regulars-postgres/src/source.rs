//! Tables, views and queries as sources: their rows, copied to a local Parquet file, which is then read like any other.
//!
//! - All rows belong to one snapshot. On PostgreSQL 14 and later, large tables are read in pieces (`pieces`) on
//!   several connections (`streams`); views, foreign tables, queries and older servers on one. Rows come in the same
//!   order, and give the same file, however many connections there are.
//! - The relation is inspected first (`catalog`); the file is written while rows arrive (`stage`).
//! - Only transactions are assumed, no session: a pooler such as pgbouncer may be in between.
//!
//! Deliberately not here: what the columns mean.

use std::path::{Path, PathBuf};
use std::time::Duration;

use regulars_core::money::format_count;
use regulars_core::progress::Progress;
use tokio_postgres::Client;

use crate::connection::{Location, connect};
use crate::error::{Error, Kind};

mod catalog;
mod incremental;
mod pieces;
mod stage;
mod streams;

use catalog::{Catalog, Relation};

pub use incremental::{CopyState, EarlierCopy};

/// What to read, and where to write it.
pub struct SourceRequest<'a> {
    /// The database, with a parameter `table` or `query`, and perhaps `watermark`.
    pub location: &'a Location,
    /// The Parquet file to write.
    pub out: &'a Path,
    /// Maximum number of connections.
    pub streams: usize,
    /// An earlier copy, if the address has a watermark.
    pub earlier: Option<&'a EarlierCopy>,
    /// Receives progress.
    pub progress: &'a dyn Progress,
}

/// The rows of a table, view or query, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTable {
    /// Its name for messages: `orders`, `sales.orders`, `query`.
    pub name: String,
    /// Its number of rows.
    pub rows: u64,
    /// The columns of its primary key; empty if it has none.
    pub key: Vec<String>,
    /// Columns with values that exist only in PostgreSQL; these are null in the file.
    pub unsupported: Vec<UnsupportedValues>,
    /// Notes for the user, one sentence each.
    pub notes: Vec<String>,
    /// State of the copy, if the address has a watermark.
    pub state: Option<CopyState>,
}

/// A column with values that exist only in PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsupportedValues {
    /// The column.
    pub column: String,
    /// What the first such value is: `NaN`, `infinity`, `a time BC`.
    pub what: String,
    /// The row of that value: `order_id = 17`, or `row 17` without a primary key.
    pub first: String,
    /// Number of such rows.
    pub rows: u64,
}

/// The key of a field's metadata with the name of the column's type.
pub const TYPE_KEY: &str = "postgres_type";

/// Attempts to read, if the server interrupts reading.
const ATTEMPTS: u32 = 4;

/// The parameters of an address that select the rows.
const PARAMETERS: [&str; 3] = ["table", "query", "watermark"];

/// Copies the rows to a Parquet file.
///
/// Errors: any [`Kind`]; no file is left then.
pub fn read(request: &SourceRequest<'_>) -> Result<SourceTable, Error> {
    request.location.check_parameters(&PARAMETERS)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(request.streams.max(1))
        .enable_all()
        .build()
        .map_err(|e| Error::new(Kind::Server, format!("cannot start reading from the database: {e}")))?;
    let mut attempt = 1;
    let read = loop {
        match runtime.block_on(prepare(request)).and_then(|prepared| copy(request, &runtime, prepared)) {
            Err(error) if attempt < ATTEMPTS && is_transient(&error) => {
                // A replica needs some time to replay what it waited to.
                std::thread::sleep(Duration::from_millis(250) * 4_u32.pow(attempt - 1));
                attempt += 1;
            }
            result => break result,
        }
    };
    // Do not wait for connections that wait for a pooler.
    runtime.shutdown_background();
    if read.is_err() {
        // The files may not exist.
        drop(fs_err::remove_file(request.out));
        drop(fs_err::remove_file(newer_rows(request.out)));
    }
    read
}

/// Whether another attempt may succeed: a replica cancelled the query to go on replaying, the table was rewritten
/// between snapshot and lock, or a pooler's connection has a statement of that name.
fn is_transient(error: &Error) -> bool {
    match error.sqlstate.as_deref() {
        Some("40001" | "42P05") => true,
        Some("40P01" | "57P01") => error.message.contains("recovery"),
        Some(_) => false,
        None => error.message.ends_with(REWRITTEN),
    }
}

const REWRITTEN: &str = "is being rewritten by another session";

/// A transaction with a snapshot of a relation that can no longer change.
struct Prepared {
    client: Client,
    relation: Relation,
    /// The `COPY` statements whose rows, in this order, are all rows.
    pieces: Vec<String>,
    /// State of the copy, once it is written.
    state: Option<CopyState>,
}

async fn prepare(request: &SourceRequest<'_>) -> Result<Prepared, Error> {
    let client = connect(request.location).await?;
    let opening = |e| Error::of_server("cannot begin reading", &e);
    client.batch_execute(streams::BEGIN).await.map_err(opening)?;
    client.batch_execute(streams::SETTINGS).await.map_err(opening)?;
    let catalog = Catalog { client: &client, database: request.location.database() };
    let mut relation = catalog::find(&catalog, request.location).await?;
    let mut state = None;
    if let Some(watermark) = request.location.parameter("watermark") {
        let now = incremental::state(&catalog, &relation, watermark).await?;
        if let Some(earlier) = request.earlier {
            match incremental::full_read_reason(&earlier.state, &now) {
                Some(why) => {
                    relation.notes.push(format!("{}: all rows are read, because {why}", relation.name));
                }
                None => relation.condition = Some(incremental::condition(&earlier.state)),
            }
        }
        state = Some(now);
    }
    let pieces = pieces::statements(&relation);
    Ok(Prepared { client, relation, pieces, state })
}

/// Reads on several connections, while another thread writes.
fn copy(
    request: &SourceRequest<'_>,
    runtime: &tokio::runtime::Runtime,
    prepared: Prepared,
) -> Result<SourceTable, Error> {
    let Prepared { client, relation, pieces, state } = prepared;
    let earlier = request.earlier.filter(|_| relation.condition.is_some());
    let copied = match earlier {
        Some(_) => newer_rows(request.out),
        None => request.out.to_owned(),
    };
    let mut stage = stage::StagingFile::create(&copied, &relation)?;
    let (queue, waiting) = streams::queue(request.streams);
    let (read, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| stage.write(waiting, request.progress));
        let read = runtime.block_on(streams::run(request, client, &relation, pieces, queue));
        (read, writer.join())
    });
    // A full disk stops reading, too.
    written.map_err(|_panic| Error::new(Kind::Server, "the writer stopped unexpectedly"))??;
    read?;
    let merged = relation.clone();
    let mut table = stage.finish(relation)?;
    if let Some(earlier) = earlier {
        let newer = table.rows;
        let rows_kept = incremental::merge(&earlier.rows, &copied, request.out, &merged)?;
        fs_err::remove_file(&copied).map_err(|e| stage::write_error(&copied, &e))?;
        table.rows += rows_kept;
        table.notes.push(format!(
            "{}: {} are new, changed or read again, {} are kept from the previous run (deleted rows are not detected)",
            table.name,
            counted_rows(newer),
            counted_rows(rows_kept)
        ));
    }
    table.state =
        state.map(|state| CopyState { has_unsupported_values: !table.unsupported.is_empty(), ..state });
    Ok(table)
}

/// Where new rows are written before they are merged with those that are kept.
fn newer_rows(out: &Path) -> PathBuf {
    out.with_extension("newer")
}

fn counted_rows(rows: u64) -> String {
    format!("{} {}", format_count(rows), if rows == 1 { "row" } else { "rows" })
}
