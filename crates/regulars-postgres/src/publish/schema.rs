//! The schema that runs are published to: who may write now, numbered migrations, and what in it is ours.

use std::time::Duration;

use regulars_core::postgres::{identifier, literal};
use regulars_core::progress::Progress;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use crate::error::{Error, Kind};

/// SQL that creates Regulars' own tables, by version. Released versions never change.
const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_runs.sql")];

/// The table of applied migrations, and its comment, which identifies it.
const VERSIONS: &str = "regulars_migrations";
const VERSIONS_COMMENT: &str = "Versions of what Regulars keeps in this schema";

/// The oldest supported server version.
const MIN_SERVER_VERSION: i32 = 120_000;

/// Maximum length of a name in PostgreSQL, in bytes.
const MAX_NAME_BYTES: usize = 63;

/// Pause between attempts to acquire a lock.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// Checks a name for the schema.
///
/// Errors: [`Kind::Address`].
pub(super) fn check_name(schema: &str) -> Result<(), Error> {
    let fits = (1..=MAX_NAME_BYTES).contains(&schema.len()) && !schema.contains('\0');
    if fits && !schema.starts_with("pg_") && schema != "information_schema" {
        return Ok(());
    }
    Err(Error::new(Kind::Address, format!("`{}` cannot be the name of a schema", schema.escape_debug()))
        .hint(format!(
            "use 1 to {MAX_NAME_BYTES} bytes, not beginning with `pg_`; the default is `regulars`"
        )))
}

/// Overrides the server's defaults in the transaction; `wait` is the maximum wait for a lock.
pub(super) async fn settings(
    transaction: &Transaction<'_>,
    schema: &str,
    wait: Duration,
) -> Result<(), Error> {
    let script = format!(
        "SET LOCAL client_min_messages = warning; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '{}ms'; \
         SET LOCAL standard_conforming_strings = on; SET LOCAL search_path TO {}, pg_temp;",
        wait.as_millis().max(1),
        identifier(schema),
    );
    transaction
        .batch_execute(&script)
        .await
        .map_err(|error| Error::of_server("starting to publish", &error))?;
    let version = "SELECT current_setting('server_version_num')::integer, current_setting('server_version')";
    let row = transaction.query_typed(version, &[]).await;
    let row = row.map_err(|error| Error::of_server("reading the server's version", &error))?;
    if row[0].get::<_, i32>(0) < MIN_SERVER_VERSION {
        let found: &str = row[0].get(1);
        return Err(Error::new(
            Kind::Server,
            format!("the server's version is {found}; 12 or later is supported"),
        ));
    }
    Ok(())
}

/// A session that holds a lock, in words.
const SESSION: &str = "'process ' || a.pid || ' of user ' || coalesce(a.usename, '?') \
     || coalesce(' (' || nullif(a.application_name, '') || ')', '') \
     || coalesce(' since ' || to_char(a.xact_start, 'HH24:MI:SS'), '')";

/// The lock of a schema: one publisher at a time.
fn key(schema: &str) -> String {
    format!("hashtextextended({}, 0)", literal(&format!("regulars publish {schema}")))
}

/// Waits until no other publisher writes to the schema.
///
/// Errors: [`Kind::Busy`], naming the other, after `wait`.
pub(super) async fn lock(
    transaction: &Transaction<'_>,
    schema: &str,
    wait: Duration,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let failed = |error| Error::of_server("waiting for other publishers", &error);
    let mut waited = Duration::ZERO;
    loop {
        if try_lock(transaction, schema).await? {
            return Ok(());
        }
        if waited.is_zero() {
            progress.note(&format!("another publisher writes to the schema `{schema}`; waiting for it"));
        }
        if waited >= wait {
            let holder = format!(
                "SELECT {SESSION} FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
                 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
                 AND (l.classid::bigint << 32) | l.objid::bigint = {} LIMIT 1",
                key(schema)
            );
            let rows = transaction.query_typed(&holder, &[]).await.map_err(failed)?;
            let holder = rows.first().map_or("another publisher", |row| row.get(0)).to_owned();
            let message = format!("{holder} is publishing to the schema `{schema}`");
            return Err(Error::new(Kind::Busy, message).hint(WAIT_LONGER));
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
        waited += RETRY_INTERVAL;
    }
}

pub(super) const WAIT_LONGER: &str = "try again when it has ended, or wait longer with --wait SECONDS";

pub(super) async fn try_lock(transaction: &Transaction<'_>, schema: &str) -> Result<bool, Error> {
    let query = format!("SELECT pg_try_advisory_xact_lock({})", key(schema));
    let rows = transaction.query_typed(&query, &[]).await;
    Ok(rows.map_err(|error| Error::of_server("acquiring the publishers' lock", &error))?[0].get(0))
}

/// The sessions that use the views or their tables.
pub(super) async fn readers(transaction: &Transaction<'_>) -> Result<String, Error> {
    let query = format!(
        "SELECT coalesce(string_agg(DISTINCT {SESSION}, ', '), 'another session') \
         FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE l.granted AND l.pid <> pg_backend_pid() \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND l.relation IN (SELECT relation FROM regulars_views UNION SELECT relation FROM regulars_tables)"
    );
    let rows = transaction.query_typed(&query, &[]).await;
    Ok(rows.map_err(|error| Error::of_server("looking for locks", &error))?[0].get(0))
}

/// Creates the schema and what Regulars keeps in it, or brings it up to date.
///
/// Errors: [`Kind::NameTaken`] if tables of those names are not ours, [`Kind::Newer`].
pub(super) async fn migrate(transaction: &Transaction<'_>, schema: &str) -> Result<(), Error> {
    let failed = |error: &_| Error::of_server(&format!("preparing the schema `{schema}`"), error);
    let one = async |query: &'static str| transaction.query_typed(query, &[(&schema, Type::TEXT)]).await;
    // Not IF NOT EXISTS, which needs the right to create schemas even if there is one.
    let exists = one("SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE'), \
         quote_ident(current_user) FROM pg_namespace WHERE nspname = $1");
    let exists = exists.await.map_err(|error| failed(&error))?;
    match exists.first() {
        None => {
            let script = format!(
                "CREATE SCHEMA {0}; COMMENT ON SCHEMA {0} IS 'Results of customer analytics, published by Regulars';",
                identifier(schema)
            );
            transaction.batch_execute(&script).await.map_err(|error| failed(&error))?;
        }
        // A search path leaves out schemas without USAGE: the tables would be temporary ones.
        Some(row) if !row.get::<_, bool>(0) => {
            let message = format!("the user needs the rights USAGE and CREATE on the schema `{schema}`");
            let grant =
                format!("GRANT USAGE, CREATE ON SCHEMA {} TO {}", identifier(schema), row.get::<_, &str>(1));
            return Err(
                Error::new(Kind::AccessDenied, message).hint(format!("its owner grants them: {grant}"))
            );
        }
        Some(_) => {}
    }
    let marks = one(
        "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = 'regulars_migrations'",
    );
    let marks = marks.await.map_err(|error| failed(&error))?;
    let mark: Option<Option<&str>> = marks.first().map(|row| row.get(0));
    let mut script = String::new();
    let applied = match mark {
        None => {
            script += &format!(
                "CREATE TABLE {VERSIONS} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());\n\
                 COMMENT ON TABLE {VERSIONS} IS {};\n",
                literal(VERSIONS_COMMENT)
            );
            0
        }
        Some(Some(VERSIONS_COMMENT)) => {
            let version = "SELECT coalesce(max(version), 0) FROM regulars_migrations";
            let rows = transaction.query_typed(version, &[]).await.map_err(|error| failed(&error))?;
            usize::try_from(rows[0].get::<_, i32>(0)).unwrap_or_default()
        }
        Some(_) => return Err(foreign(schema, VERSIONS)),
    };
    if applied > MIGRATIONS.len() {
        let message = format!("the schema `{schema}` was written by a newer version of Regulars");
        return Err(Error::new(Kind::Newer, message)
            .hint("update this program, or use another schema: --schema NAME"));
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(applied) {
        script += &format!("{migration}\nINSERT INTO {VERSIONS} (version) VALUES ({version});\n");
    }
    transaction.batch_execute(&script).await.map_err(|error| failed(&error))
}

/// The error for something that Regulars did not create.
pub(super) fn foreign(schema: &str, name: &str) -> Error {
    let message = format!("`{schema}.{name}` exists, and Regulars did not create it; nothing was changed");
    Error::new(Kind::NameTaken, message).hint("rename it, or publish to another schema: --schema NAME")
}

/// Checks that the schema is that of the data set and that the names of the views are free or ours.
///
/// Errors: [`Kind::NameTaken`], naming what is in the way.
pub(super) async fn check_names(
    transaction: &Transaction<'_>,
    schema: &str,
    dataset: &str,
    names: &[String],
) -> Result<(), Error> {
    let failed = |error: &_| Error::of_server(&format!("reading the schema `{schema}`"), error);
    // Forget views that were dropped.
    let script =
        "DELETE FROM regulars_views v WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = v.relation)";
    transaction.batch_execute(script).await.map_err(|error| failed(&error))?;
    let query = "SELECT dataset FROM regulars_runs ORDER BY publication DESC LIMIT 1";
    let rows = transaction.query_typed(query, &[]).await.map_err(|error| failed(&error))?;
    if let Some(other) = rows.first().map(|row| row.get::<_, &str>(0)).filter(|other| *other != dataset) {
        let message = format!("the schema `{schema}` has the data set `{other}`; nothing was changed");
        let hint = format!(
            "publish `{dataset}` to a schema of its own, such as --schema {}",
            dataset.replace('-', "_")
        );
        return Err(Error::new(Kind::NameTaken, message).hint(hint));
    }
    let query = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 LEFT JOIN regulars_views v ON v.relation = c.oid AND v.name = c.relname \
                 WHERE n.nspname = $1 AND c.relname = ANY ($2) AND v.relation IS NULL ORDER BY 1 LIMIT 1";
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&schema, Type::TEXT), (&names, Type::TEXT_ARRAY)];
    let rows = transaction.query_typed(query, &parameters).await.map_err(|error| failed(&error))?;
    rows.first().map_or(Ok(()), |row| Err(foreign(schema, row.get(0))))
}
