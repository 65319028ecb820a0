//! Publishing a run: its tables, and views over them under their public names, in one transaction.
//!
//! - Each publication has tables of its own, `run_NUMBER_TABLE`; the views and `regulars_runs` are switched when all
//!   are written. Readers see the previous run or this one.
//! - If anything fails, or the program or the server is killed, the transaction never happened.
//! - Only objects that Regulars created are replaced or dropped (`regulars_tables`, `regulars_views`).
//! - Tables of earlier publications are dropped afterwards, or by the next publisher.

use std::time::Duration;

use regulars_core::postgres::{PublishedTable, identifier, literal};
use regulars_core::progress::{Progress, Unit};
use regulars_store::Run;
use tokio_postgres::{Client, IsolationLevel, Transaction};

use crate::connection::{Location, connect};
use crate::error::{Error, Kind};

mod copy;
mod encode;
mod schema;
mod views;

/// The default schema.
pub const DEFAULT_SCHEMA: &str = "regulars";

/// Maximum wait for readers of old tables before dropping them.
const CLEANUP_WAIT: Duration = Duration::from_secs(2);

/// Where and how to publish.
#[derive(Debug, Clone)]
pub struct Target {
    /// The database.
    pub location: Location,
    /// The schema; it holds one data set.
    pub schema: String,
    /// Number of earlier publications whose tables are kept.
    pub keep: u32,
    /// Maximum wait for other publishers, and for readers that lock the views.
    pub wait: Duration,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Number of the publication in the schema.
    pub publication: i64,
    /// Number of tables.
    pub tables: usize,
    /// Total number of rows.
    pub rows: u64,
}

/// Checks the target before long work: the name of the schema, and that the user can connect.
///
/// Errors: as [`connect`]; [`Kind::Address`] for an invalid name of the schema.
pub fn check(target: &Target) -> Result<(), Error> {
    check_target(target)?;
    runtime()?.block_on(async { connect(&target.location).await.map(drop) })
}

/// Publishes a run.
///
/// Errors: any [`Kind`]; the server is then unchanged.
pub fn publish(run: &Run, target: &Target, progress: &dyn Progress) -> Result<Published, Error> {
    check_target(target)?;
    let mut tables = Vec::new();
    for name in run.tables() {
        let (_, stored) = run.table_shape(name)?;
        let table = PublishedTable::new(name, &stored, run.manifest.money_decimals);
        tables.push(
            table.map_err(|error| Error { hint: error.hint, ..Error::new(Kind::Data, error.message) })?,
        );
    }
    runtime()?.block_on(async {
        let mut client = connect(&target.location).await?;
        let published = write(&mut client, run, tables, target, progress).await?;
        if let Err(error) = clean(&mut client, target, progress).await {
            progress
                .note(&format!("the run is published; the next publication will drop old tables: {error}"));
        }
        Ok(published)
    })
}

fn check_target(target: &Target) -> Result<(), Error> {
    schema::check_name(&target.schema)?;
    target.location.check_parameters(&[])
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Error::new(Kind::Server, format!("cannot start the connection: {error}")))
}

async fn begin<'a>(client: &'a mut Client, target: &Target) -> Result<Transaction<'a>, Error> {
    // Read committed: after waiting for a lock, what others committed is seen.
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .read_only(false)
        .start()
        .await;
    let transaction = transaction.map_err(|error| Error::of_server("starting to publish", &error))?;
    schema::settings(&transaction, &target.schema, target.wait).await?;
    Ok(transaction)
}

async fn write(
    client: &mut Client,
    run: &Run,
    tables: Vec<PublishedTable>,
    target: &Target,
    progress: &dyn Progress,
) -> Result<Published, Error> {
    let manifest = &run.manifest;
    let mut transaction = begin(client, target).await?;
    schema::lock(&transaction, &target.schema, target.wait, progress).await?;
    schema::migrate(&transaction, &target.schema).await?;
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    schema::check_names(&transaction, &target.schema, &manifest.dataset, &names).await?;

    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    let publication = register(&transaction, run, tables.len(), rows).await?;
    let mut written = Vec::with_capacity(tables.len());
    for (table, file) in tables.into_iter().zip(&manifest.tables) {
        let relation = format!("run_{publication}_{}", table.name);
        let doing = format!("creating the table `{}`", table.name);
        let created = transaction.batch_execute(&table.create(&relation)).await;
        created.map_err(|error| Error::of_server(&doing, &error))?;
        progress.step(&table.name, Some(file.rows), Unit::Rows);
        let copied = copy::rows(&transaction, run, &table, &relation, progress).await?;
        copy::check_count(&table, copied, file.rows)?;
        progress.step(&format!("{}: indexes", table.name), None, Unit::Parts);
        let script = format!(
            "{}{}INSERT INTO regulars_tables (relation, name, publication, row_count) \
             VALUES ({}::regclass, {}, {publication}, {copied});\n",
            table.finish(&relation),
            table.comments("TABLE", &relation),
            literal(&identifier(&relation)),
            literal(&table.name),
        );
        let finished = transaction.batch_execute(&script).await;
        finished
            .map_err(|error| Error::of_server(&format!("indexing the table `{}`", table.name), &error))?;
        written.push((table, relation));
    }

    progress.step("views", None, Unit::Parts);
    views::switch(&mut transaction, &target.schema, &written, target.wait, progress).await?;
    let script = format!(
        "UPDATE regulars_runs SET is_current = false WHERE is_current; \
         UPDATE regulars_runs SET is_current = true WHERE publication = {publication};"
    );
    let doing = "marking the run as current";
    transaction.batch_execute(&script).await.map_err(|error| Error::of_server(doing, &error))?;
    let committed = transaction.commit().await;
    committed.map_err(|error| Error::of_server("committing", &error))?;
    Ok(Published { publication, tables: written.len(), rows })
}

/// Adds the run to `regulars_runs`; returns the number of the publication.
async fn register(transaction: &Transaction<'_>, run: &Run, tables: usize, rows: u64) -> Result<i64, Error> {
    let of = &run.manifest;
    let version = of.versions.get("regulars").map_or("unknown", String::as_str);
    let query = format!(
        "INSERT INTO regulars_runs (dataset, run_id, analysis_date, started_at, finished_at, program_version, \
         currency, money_decimals, customers, table_count, row_count) \
         VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {tables}, {rows}) RETURNING publication",
        literal(&of.dataset),
        literal(&of.run_id),
        literal(&of.as_of),
        literal(&of.started_at),
        literal(&of.finished_at),
        literal(version),
        of.currency.as_deref().map_or_else(|| "NULL".to_owned(), literal),
        of.money_decimals,
        of.customers,
    );
    let rows = transaction.query_typed(&query, &[]).await;
    Ok(rows.map_err(|error| Error::of_server("adding the run to `regulars_runs`", &error))?[0].get(0))
}

/// Drops the tables of earlier publications, except of the last `keep`.
async fn clean(client: &mut Client, target: &Target, progress: &dyn Progress) -> Result<(), Error> {
    let failed = |error| Error::of_server("dropping old tables", &error);
    let query = format!(
        "SELECT r.publication, r.run_id, coalesce((SELECT string_agg(t.relation::text, ', ') FROM regulars_tables t \
         JOIN pg_class c ON c.oid = t.relation WHERE t.publication = r.publication), '') \
         FROM regulars_runs r WHERE r.is_kept AND NOT r.is_current \
         ORDER BY r.publication DESC OFFSET {}",
        target.keep
    );
    let target = &Target { wait: CLEANUP_WAIT, ..target.clone() };
    let mut transaction = begin(client, target).await?;
    if !schema::try_lock(&transaction, &target.schema).await? {
        // The other publisher will drop them.
        return Ok(());
    }
    let old = transaction.query_typed(&query, &[]).await.map_err(failed)?;
    for row in &old {
        let (publication, run_id, relations): (i64, &str, &str) = (row.get(0), row.get(1), row.get(2));
        let drop = if relations.is_empty() { String::new() } else { format!("DROP TABLE {relations};") };
        let script = format!(
            "{drop} DELETE FROM regulars_tables WHERE publication = {publication}; \
             UPDATE regulars_runs SET is_kept = false WHERE publication = {publication};"
        );
        let savepoint = transaction.savepoint("old").await.map_err(failed)?;
        match savepoint.batch_execute(&script).await {
            Ok(()) => savepoint.commit().await.map_err(failed)?,
            Err(error) if error.is_closed() => return Err(failed(error)),
            Err(error) => {
                savepoint.rollback().await.map_err(failed)?;
                let doing = format!("the tables of run `{run_id}` stay for now");
                progress.note(&Error::of_server(&doing, &error).to_string());
            }
        }
    }
    transaction.commit().await.map_err(failed)
}
