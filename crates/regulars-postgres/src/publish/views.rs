//! The public names: views over the tables of the current run, all of them switched at once.
//!
//! - A view whose columns remain, perhaps with new ones at the end, is replaced: views over it, grants and comments
//!   stay. If columns went or have another type, it is created again with its grants; if views depend on it, that is
//!   an error.
//! - A view of a table that the run does not have becomes empty.
//! - Readers never wait for long and are not ended by a deadlock: all locks are requested with a short timeout,
//!   released if one is not available, and requested again.

use std::time::Duration;

use regulars_core::postgres::{PublishedTable, identifier, literal};
use regulars_core::progress::Progress;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::schema;
use crate::error::{Error, Kind};

/// Maximum wait for all locks in one attempt: less than `deadlock_timeout`, usually a second.
const LOCK_TIMEOUT: Duration = Duration::from_millis(300);
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// A column of a view, as in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    sql_type: String,
}

/// A view that exists, with its columns.
struct View {
    name: String,
    columns: Vec<Column>,
}

/// Points the views at the tables of the publication, and empties those of other tables.
///
/// Errors: [`Kind::Busy`] if views are locked for longer than `wait`, naming the sessions; [`Kind::NameTaken`] if the
/// columns of a view changed and others depend on it.
pub(super) async fn switch(
    transaction: &mut Transaction<'_>,
    schema: &str,
    tables: &[(PublishedTable, String)],
    wait: Duration,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let views = existing(transaction, schema).await?;
    let mut waited = Duration::ZERO;
    loop {
        let savepoint = transaction.savepoint("switch").await;
        let savepoint = savepoint.map_err(|error| Error::of_server("switching the views", &error))?;
        let error = match attempt(&savepoint, schema, tables, &views, progress).await {
            Ok(()) => {
                return savepoint
                    .commit()
                    .await
                    .map_err(|error| Error::of_server("switching the views", &error));
            }
            // A lock was not available in time.
            Err(error) if matches!(error.sqlstate.as_deref(), Some("57014" | "55P03")) => error,
            Err(error) => return Err(error),
        };
        savepoint.rollback().await.map_err(|error| Error::of_server("switching the views", &error))?;
        if waited.is_zero() {
            progress.note("the views are in use; waiting until they can be switched");
        }
        if waited >= wait {
            let readers = schema::readers(transaction).await?;
            let message = format!("the views cannot be switched: {readers} uses them; nothing was changed");
            return Err(Error { kind: Kind::Busy, message, ..error }.hint(schema::WAIT_LONGER));
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
        waited += LOCK_TIMEOUT + RETRY_INTERVAL;
    }
}

/// The views that Regulars created.
async fn existing(transaction: &Transaction<'_>, schema: &str) -> Result<Vec<View>, Error> {
    let query = "SELECT v.name, a.attname::text, format_type(a.atttypid, a.atttypmod) \
                 FROM regulars_views v JOIN pg_class c ON c.oid = v.relation AND c.relname = v.name \
                 JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1 \
                 JOIN pg_attribute a ON a.attrelid = v.relation AND a.attnum > 0 AND NOT a.attisdropped \
                 ORDER BY v.name, a.attnum";
    let rows = transaction.query_typed(query, &[(&schema, Type::TEXT)]).await;
    let mut views: Vec<View> = Vec::new();
    for row in rows.map_err(|error| Error::of_server("reading the views", &error))? {
        let (name, column) = (row.get(0), Column { name: row.get(1), sql_type: row.get(2) });
        match views.last_mut().filter(|view| view.name == name) {
            Some(view) => view.columns.push(column),
            None => views.push(View { name, columns: vec![column] }),
        }
    }
    Ok(views)
}

async fn attempt(
    savepoint: &Transaction<'_>,
    schema: &str,
    tables: &[(PublishedTable, String)],
    views: &[View],
    progress: &dyn Progress,
) -> Result<(), Error> {
    let run = async |script: &str, doing: &str| {
        savepoint.batch_execute(script).await.map_err(|error| Error::of_server(doing, &error))
    };
    if !views.is_empty() {
        let names: Vec<String> = views.iter().map(|view| identifier(&view.name)).collect();
        let doing = "locking the views";
        let limit = LOCK_TIMEOUT.as_millis();
        run(
            &format!("SET LOCAL lock_timeout = '{limit}ms'; SET LOCAL statement_timeout = '{limit}ms'"),
            doing,
        )
        .await?;
        run(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", ")), doing).await?;
        run("SET LOCAL statement_timeout = 0", doing).await?;
    }
    for (table, relation) in tables {
        let name = identifier(&table.name);
        let doing = format!("switching the view `{}`", table.name);
        let columns: Vec<Column> = table
            .columns
            .iter()
            .map(|column| Column { name: column.name.clone(), sql_type: column.sql_type.in_catalog() })
            .collect();
        let before = views.iter().find(|view| view.name == table.name);
        let mut grants = String::new();
        let order = match before.map(|view| merged(&view.columns, &columns)) {
            None => columns,
            Some(Ok(order)) => order,
            Some(Err(change)) => {
                grants = grants_of(savepoint, schema, &table.name, &columns).await?;
                let dropped = savepoint.batch_execute(&format!("DROP VIEW {name}")).await;
                dropped.map_err(|error| in_use(schema, &table.name, &change, &error))?;
                progress.note(&format!("the columns of `{schema}.{}` changed: {change}", table.name));
                columns
            }
        };
        let list: Vec<String> = order.iter().map(|column| identifier(&column.name)).collect();
        let script = format!(
            "CREATE OR REPLACE VIEW {name} AS SELECT {} FROM {};\n{grants}{}\
             DELETE FROM regulars_views WHERE name = {of};\n\
             INSERT INTO regulars_views (relation, name) VALUES ({}::regclass, {of});\n",
            list.join(", "),
            identifier(relation),
            table.comments("VIEW", &table.name),
            literal(&name),
            of = literal(&table.name),
        );
        run(&script, &doing).await?;
    }
    for view in views.iter().filter(|view| !tables.iter().any(|(table, _)| table.name == view.name)) {
        let name = identifier(&view.name);
        let columns = view.columns.iter().map(|c| format!("NULL::{} AS {}", c.sql_type, identifier(&c.name)));
        let script = format!(
            "CREATE OR REPLACE VIEW {name} AS SELECT {} WHERE false;\n\
             COMMENT ON VIEW {name} IS 'Empty: the current run has no such table';\n",
            columns.collect::<Vec<_>>().join(", ")
        );
        run(&script, &format!("emptying the view `{}`", view.name)).await?;
    }
    Ok(())
}

/// The columns in an order that lets the view be replaced; an error with the changes if that is impossible.
fn merged(before: &[Column], now: &[Column]) -> Result<Vec<Column>, String> {
    let mut changes = Vec::new();
    for old in before {
        match now.iter().find(|column| column.name == old.name) {
            None => changes.push(format!("`{}` is gone", old.name)),
            Some(new) if new.sql_type != old.sql_type => {
                changes.push(format!("`{}` is {} instead of {}", old.name, new.sql_type, old.sql_type));
            }
            Some(_) => {}
        }
    }
    if !changes.is_empty() {
        return Err(changes.join(", "));
    }
    let added = now.iter().filter(|column| !before.contains(column));
    Ok(before.iter().chain(added).cloned().collect())
}

/// GRANT statements for a view and its remaining columns.
async fn grants_of(
    savepoint: &Transaction<'_>,
    schema: &str,
    view: &str,
    columns: &[Column],
) -> Result<String, Error> {
    let query = "WITH of AS (\
                     SELECT c.oid, c.relacl, c.relowner, quote_ident(c.relname) AS name \
                     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                     WHERE n.nspname = $1 AND c.relname = $2\
                 ), grants AS (\
                     SELECT name, acl.*, NULL::text AS attname, relowner FROM of, aclexplode(relacl) AS acl \
                     UNION ALL \
                     SELECT name, acl.*, a.attname::text, relowner \
                     FROM of JOIN pg_attribute a ON a.attrelid = of.oid AND NOT a.attisdropped, \
                     aclexplode(a.attacl) AS acl\
                 ) \
                 SELECT attname, 'GRANT ' || privilege_type || coalesce(' (' || quote_ident(attname) || ')', '') \
                     || ' ON ' || name || ' TO ' \
                     || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END \
                     || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END \
                 FROM grants WHERE grantee <> relowner ORDER BY 2";
    let rows = savepoint.query_typed(query, &[(&schema, Type::TEXT), (&view, Type::TEXT)]).await;
    let rows = rows.map_err(|error| Error::of_server(&format!("reading the grants on `{view}`"), &error))?;
    let remains =
        |name: Option<&str>| name.is_none_or(|name| columns.iter().any(|column| column.name == name));
    let kept = rows.iter().filter(|row| remains(row.get(0)));
    Ok(kept.map(|row| format!("{};\n", row.get::<_, &str>(1))).collect())
}

fn in_use(schema: &str, view: &str, change: &str, error: &tokio_postgres::Error) -> Error {
    let doing =
        format!("the columns of `{schema}.{view}` changed ({change}), and the view cannot be replaced");
    let mut reported = Error::of_server(&doing, error);
    if reported.sqlstate.as_deref() == Some("2BP01") {
        reported.kind = Kind::NameTaken;
        reported.hint = Some(
            "drop the views that depend on it and publish again; the previously published run is unchanged"
                .to_owned(),
        );
    }
    reported
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<Column> {
        let columns = text.split_whitespace().filter_map(|column| column.split_once(':'));
        columns.map(|(name, of)| Column { name: name.to_owned(), sql_type: of.to_owned() }).collect()
    }

    #[test]
    fn existing_columns_keep_their_position_and_changes_are_named() {
        let cases = [
            ("a:text b:bigint", "a:text b:bigint", Ok("a:text b:bigint")),
            ("a:text b:bigint", "c:text b:bigint a:text", Ok("a:text b:bigint c:text")),
            ("a:text b:bigint", "b:bigint", Err("`a` is gone")),
            ("a:text b:bigint", "a:bigint c:text", Err("`a` is bigint instead of text, `b` is gone")),
        ];
        for (before, now, expected) in cases {
            let found = merged(&columns(before), &columns(now));
            assert_eq!(found, expected.map(columns).map_err(str::to_owned), "{before} -> {now}");
        }
    }
}
