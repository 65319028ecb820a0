//! Connections that take pieces, decode their rows, and pass them on in the order of the pieces.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::SourceRequest;
use super::catalog::Relation;
use super::stage::decoded_schema;
use crate::connection::{Location, connect};
use crate::copy_decode::{Batch, Codec, Decoder};
use crate::error::{Error, Kind};

/// Begins every transaction.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Settings of every transaction.
///
/// Rows are in the order in which they are stored. The wait for locks is limited, unless the user has set a limit.
pub(super) const SETTINGS: &str = "SET LOCAL synchronize_seqscans = off;
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL datestyle = 'ISO';
    SELECT set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN '10s'
        ELSE current_setting('lock_timeout') END, true)";

/// Batches of one piece that may wait to be written.
const BUFFERED_BATCHES: usize = 32;

/// The rows of one piece.
pub(super) type Rows = mpsc::Receiver<Batch>;

/// Connects the readers with the writer, who receives the rows of each piece in turn.
pub(super) fn queue(streams: usize) -> (mpsc::Sender<Rows>, mpsc::Receiver<Rows>) {
    mpsc::channel(2 * streams.max(1))
}

/// The pieces that no connection has taken yet.
struct Pieces {
    statements: Vec<String>,
    next: Mutex<(usize, mpsc::Sender<Rows>)>,
    /// Becomes true when the last piece is taken.
    all_taken: watch::Sender<bool>,
    name: String,
    schema: SchemaRef,
    codecs: Vec<Codec>,
}

impl Pieces {
    /// Takes the next piece; `None` if there is none, or the writer has stopped.
    async fn take(&self) -> Option<(&str, mpsc::Sender<Batch>)> {
        let mut next = self.next.lock().await;
        let Some(statement) = self.statements.get(next.0) else {
            self.all_taken.send_replace(true);
            return None;
        };
        let (sender, rows) = mpsc::channel(BUFFERED_BATCHES);
        next.1.send(rows).await.ok()?;
        next.0 += 1;
        Some((statement, sender))
    }

    /// Reads pieces until none is left.
    async fn read(&self, client: &Client) -> Result<(), Error> {
        while let Some((statement, sender)) = self.take().await {
            if !self.copy(client, statement, sender).await? {
                break;
            }
        }
        Ok(())
    }

    /// Reads one piece; false if the writer has stopped.
    async fn copy(&self, client: &Client, statement: &str, rows: mpsc::Sender<Batch>) -> Result<bool, Error> {
        let doing = || format!("cannot read `{}`", self.name);
        let failed = |e: tokio_postgres::Error| Error::of_server(&doing(), &e);
        let malformed = |e: crate::copy_decode::DecodeError| {
            Error::new(Kind::Server, format!("{}: {e}", doing()))
                .hint("check for proxies that alter the data")
        };
        let stream = client.copy_out(statement).await.map_err(failed)?;
        let mut stream = std::pin::pin!(stream);
        let mut decoder = Decoder::new(Arc::clone(&self.schema), &self.codecs);
        while let Some(piece) = stream.next().await {
            decoder.push(&piece.map_err(failed)?).map_err(malformed)?;
            while let Some(batch) = decoder.pop() {
                if rows.send(batch).await.is_err() {
                    return Ok(false);
                }
            }
        }
        for batch in decoder.finish().map_err(malformed)? {
            if rows.send(batch).await.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Reads all pieces: with this client, and with others that see the same snapshot.
///
/// If a connection is not available (connection limit, busy pooler, another server at the same address), the others
/// read its pieces.
pub(super) async fn run(
    request: &SourceRequest<'_>,
    client: Client,
    relation: &Relation,
    statements: Vec<String>,
    queue: mpsc::Sender<Rows>,
) -> Result<(), Error> {
    let others = request.streams.min(statements.len()).saturating_sub(1);
    let pieces = Arc::new(Pieces {
        statements,
        next: Mutex::new((0, queue)),
        all_taken: watch::Sender::new(false),
        name: relation.name.clone(),
        schema: decoded_schema(relation),
        codecs: relation.columns.iter().filter_map(|column| column.codec.clone()).collect(),
    });
    // Dropped, and with it all tasks, if one fails.
    let mut streams = JoinSet::new();
    if others > 0 {
        let snapshot = Snapshot::export(&client).await?;
        for _ in 0..others {
            let (location, snapshot, pieces) =
                (request.location.clone(), snapshot.clone(), Arc::clone(&pieces));
            streams.spawn(async move {
                let mut all_taken = pieces.all_taken.subscribe();
                let client = tokio::select! {
                    client = snapshot.join(&location) => client,
                    _ = all_taken.wait_for(|all| *all) => None,
                };
                match client {
                    Some(client) => pieces.read(&client).await,
                    None => Ok(()),
                }
            });
        }
    }
    let others = async {
        while let Some(read) = streams.join_next().await {
            read.unwrap_or_else(|_stopped| Err(Error::new(Kind::Server, "a reader stopped unexpectedly")))?;
        }
        Ok(())
    };
    tokio::try_join!(pieces.read(&client), others)?;
    // Nothing was written, so nothing depends on it.
    drop(client.batch_execute("COMMIT").await);
    Ok(())
}

/// A snapshot that other transactions of the same server can use while its own lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Snapshot {
    id: String,
    /// When the server started, which tells servers with the same address apart.
    server: String,
}

const SERVER: &str = "extract(epoch FROM pg_postmaster_start_time())";

impl Snapshot {
    async fn export(client: &Client) -> Result<Self, Error> {
        let failed = |e| Error::of_server("cannot share the snapshot among connections", &e);
        let values =
            values(client, &format!("SELECT pg_export_snapshot(), {SERVER}")).await.map_err(failed)?;
        match <[String; 2]>::try_from(values) {
            Ok([id, server]) => Ok(Self { id, server }),
            Err(_) => Err(Error::new(Kind::Server, "the server did not share its snapshot")),
        }
    }

    /// Another connection in a transaction with the snapshot, if one is available.
    async fn join(&self, location: &Location) -> Option<Client> {
        let client = connect(location).await.ok()?;
        client.batch_execute(BEGIN).await.ok()?;
        client.batch_execute(&format!("SET TRANSACTION SNAPSHOT '{}'", self.id)).await.ok()?;
        client.batch_execute(SETTINGS).await.ok()?;
        let server = values(&client, &format!("SELECT {SERVER}")).await.ok()?;
        (server.first() == Some(&self.server)).then_some(client)
    }
}

/// The values of the first row.
async fn values(client: &Client, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(row.map_or_else(Vec::new, |row| {
        (0..row.len()).filter_map(|at| row.get(at).map(str::to_owned)).collect()
    }))
}
