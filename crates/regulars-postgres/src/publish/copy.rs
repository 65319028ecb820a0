//! The rows of one table, from its file to the server: one thread reads and encodes, the connection sends.

use std::pin::pin;

use bytes::Bytes;
use futures::SinkExt as _;
use regulars_core::postgres::{PublishedTable, identifier};
use regulars_core::progress::Progress;
use regulars_store::Run;
use tokio::sync::mpsc;
use tokio_postgres::Transaction;

use super::encode;
use crate::error::{Error, Kind};

/// Size of a chunk, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

/// Maximum number of chunks that wait to be sent.
const BUFFERED_CHUNKS: usize = 4;

/// Copies all rows of the table to the new relation; returns their number.
///
/// The rows are frozen: also a transaction that began before sees them as soon as the views do, not an empty table.
pub(super) async fn rows(
    transaction: &Transaction<'_>,
    run: &Run,
    table: &PublishedTable,
    relation: &str,
    progress: &dyn Progress,
) -> Result<u64, Error> {
    let doing = format!("writing the table `{}`", table.name);
    let mut chunks = encoded(run, table)?;
    let copy = format!("COPY {} FROM STDIN (FORMAT binary, FREEZE)", identifier(relation));
    let sink = transaction.copy_in::<_, Bytes>(&copy).await;
    let mut sink = pin!(sink.map_err(|error| Error::of_server(&doing, &error))?);
    while let Some(chunk) = chunks.recv().await {
        // Without the end of the copy, the server discards it.
        let (bytes, rows) = chunk?;
        sink.feed(bytes).await.map_err(|error| Error::of_server(&doing, &error))?;
        progress.advance(rows);
    }
    sink.as_mut().finish().await.map_err(|error| Error::of_server(&doing, &error))
}

type Chunk = Result<(Bytes, u64), Error>;

fn encoded(run: &Run, table: &PublishedTable) -> Result<mpsc::Receiver<Chunk>, Error> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.stored.as_str()).collect();
    let batches = run.read_range(&table.name, &columns, 0, None)?;
    let (decimals, table) = (run.manifest.money_decimals, table.clone());
    let (send, receive) = mpsc::channel::<Chunk>(BUFFERED_CHUNKS);
    tokio::task::spawn_blocking(move || {
        let mut buffer = encode::HEADER.to_vec();
        let mut rows = 0;
        for batch in batches {
            let encoded = batch.map_err(Error::from).and_then(|batch| {
                encode::rows(&table, &batch, decimals, &mut buffer).map(|()| batch.num_rows())
            });
            match encoded {
                Ok(count) => rows += count as u64,
                Err(error) => {
                    drop(send.blocking_send(Err(error)));
                    return;
                }
            }
            if buffer.len() >= CHUNK_BYTES {
                let next = Vec::with_capacity(buffer.capacity());
                let chunk = std::mem::replace(&mut buffer, next);
                if send.blocking_send(Ok((chunk.into(), rows))).is_err() {
                    // Nobody waits for more: the connection was lost.
                    return;
                }
                rows = 0;
            }
        }
        buffer.extend_from_slice(encode::TRAILER);
        drop(send.blocking_send(Ok((buffer.into(), rows))));
    });
    Ok(receive)
}

/// Checks that all rows arrived.
///
/// Errors: [`Kind::Data`].
pub(super) fn check_count(table: &PublishedTable, copied: u64, expected: u64) -> Result<(), Error> {
    if copied == expected {
        return Ok(());
    }
    let message =
        format!("table `{}` has {copied} rows instead of {expected}; nothing was published", table.name);
    Err(Error::new(Kind::Data, message).hint("check the run with `regulars runs show --verify`"))
}
