//! The statements that a connection may send: queries, the session's own settings, and transaction control. Everything
//! else is refused by name.

use datafusion::sql::sqlparser::ast::{
    ContextModifier, CopyOption, CopySource, CopyTarget, DiscardObject, Expr, Ident, Reset, ResetStatement,
    Set, Statement, Value,
};
use pgwire::error::PgWireError;

use crate::errors::with_hint;

/// What a statement asks for.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// SELECT, VALUES, EXPLAIN, SHOW TABLES.
    Query(Box<Statement>),
    /// COPY (query) TO STDOUT (FORMAT binary), as ADBC reads.
    CopyBinary(Box<Statement>),
    Show(String),
    ShowAll,
    /// `None` sets the default.
    Set {
        name: String,
        value: Option<String>,
        only_transaction: bool,
    },
    ResetAll,
    DiscardAll,
    Begin,
    /// COMMIT, or END.
    Commit,
    Rollback,
    RollbackToSavepoint,
    /// DEALLOCATE; `None` is ALL.
    Deallocate(Option<String>),
    /// No effect here; only the command tag is sent back.
    Done(&'static str),
}

/// The command of a statement.
///
/// Errors: statements that write or are not supported.
pub(crate) fn command(statement: Statement) -> Result<Command, PgWireError> {
    Ok(match statement {
        Statement::Query(query) => Command::Query(Box::new(Statement::Query(query))),
        Statement::Copy {
            source: CopySource::Query(query),
            to: true,
            target: CopyTarget::Stdout,
            options,
            ..
        } if options.iter().any(is_binary) => Command::CopyBinary(Box::new(Statement::Query(query))),
        Statement::Explain { .. } => Command::Query(Box::new(statement)),
        Statement::ShowVariable { variable } => match joined(&variable).as_str() {
            "all" => Command::ShowAll,
            name => Command::Show(name.to_owned()),
        },
        Statement::ShowTables { .. } => Command::Query(Box::new(statement)),
        Statement::Set(set) => return self::set(set),
        Statement::Reset(ResetStatement { reset }) => match reset {
            Reset::ALL => Command::ResetAll,
            Reset::ConfigurationParameter(name) => {
                Command::Set { name: name.to_string(), value: None, only_transaction: false }
            }
        },
        // READ WRITE is accepted: it is the default of clients that never write.
        Statement::StartTransaction { .. } => Command::Begin,
        Statement::Commit { chain: false, .. } => Command::Commit,
        Statement::Rollback { chain: false, savepoint: None } => Command::Rollback,
        Statement::Rollback { chain: false, savepoint: Some(_) } => Command::RollbackToSavepoint,
        Statement::Savepoint { .. } => Command::Done("SAVEPOINT"),
        Statement::ReleaseSavepoint { .. } => Command::Done("RELEASE"),
        Statement::Deallocate { name, .. } => {
            Command::Deallocate((!name.value.eq_ignore_ascii_case("all")).then_some(name.value))
        }
        Statement::Discard { object_type } => Command::Done(match object_type {
            DiscardObject::ALL => return Ok(Command::DiscardAll),
            DiscardObject::PLANS => "DISCARD PLANS",
            DiscardObject::SEQUENCES => "DISCARD SEQUENCES",
            DiscardObject::TEMP => "DISCARD TEMP",
        }),
        Statement::Close { .. } => Command::Done("CLOSE CURSOR ALL"),
        Statement::UNLISTEN { .. } => Command::Done("UNLISTEN"),
        other => return Err(refused(&first_words(&other.to_string()))),
    })
}

fn is_binary(option: &CopyOption) -> bool {
    matches!(option, CopyOption::Format(format) if format.value.eq_ignore_ascii_case("binary"))
}

fn refused(what: &str) -> PgWireError {
    with_hint(
        "25006",
        format!("{what} is not supported: connections are read-only"),
        "supported are SELECT, EXPLAIN, SHOW, SET of known parameters, BEGIN, COMMIT, ROLLBACK, savepoints and DEALLOCATE; \
         `regulars publish` writes the tables to a PostgreSQL server",
    )
}

/// The first words, which name the statement: `CREATE TABLE`.
fn first_words(statement: &str) -> String {
    let is_word = |word: &&str| word.bytes().all(|b| b.is_ascii_uppercase());
    let words: Vec<&str> = statement.split_whitespace().take(2).take_while(is_word).collect();
    if words.is_empty() { "this statement".to_owned() } else { words.join(" ") }
}

fn set(set: Set) -> Result<Command, PgWireError> {
    Ok(match set {
        Set::SingleAssignment { scope, variable, values, .. } => Command::Set {
            name: variable.to_string(),
            value: match values.as_slice() {
                [Expr::Identifier(word)] if word.value.eq_ignore_ascii_case("default") => None,
                values => Some(values.iter().map(text).collect::<Vec<_>>().join(", ")),
            },
            only_transaction: scope == Some(ContextModifier::Local),
        },
        Set::SetTimeZone { local, value } => {
            let value = text(&value);
            let is_default = ["default", "local"].iter().any(|word| value.eq_ignore_ascii_case(word));
            Command::Set {
                name: "timezone".to_owned(),
                value: (!is_default).then_some(value),
                only_transaction: local,
            }
        }
        Set::SetNames { charset_name, .. } => Command::Set {
            name: "client_encoding".to_owned(),
            value: Some(charset_name.value),
            only_transaction: false,
        },
        Set::SetNamesDefault {} => {
            Command::Set { name: "client_encoding".to_owned(), value: None, only_transaction: false }
        }
        // Every isolation level is met: a transaction sees one run of each data set.
        Set::SetTransaction { snapshot: None, .. } => Command::Done("SET"),
        other => return Err(refused(&first_words(&format!("SET {other}").replace("SET SET", "SET")))),
    })
}

fn text(value: &Expr) -> String {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        Expr::Identifier(Ident { value, .. }) => value.clone(),
        other => other.to_string().trim_matches(['"', '\'']).to_owned(),
    }
}

fn joined(words: &[Ident]) -> String {
    words.iter().map(|word| word.value.to_ascii_lowercase()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use datafusion_pg_catalog::sql::PostgresCompatibilityParser;

    use super::*;

    fn parsed(sql: &str) -> Result<Command, PgWireError> {
        let mut statements = PostgresCompatibilityParser::new().parse(sql).expect(sql);
        command(statements.pop().expect("one"))
    }

    #[test]
    fn what_writes_is_refused() {
        for sql in [
            "INSERT INTO t VALUES (1)",
            "UPDATE t SET a = 1",
            "DELETE FROM t",
            "CREATE TABLE t (a int)",
            "CREATE VIEW v AS SELECT 1",
            "DROP TABLE t",
            "TRUNCATE t",
            "COPY t FROM '/etc/passwd'",
            "COPY (SELECT 1) TO PROGRAM 'sh'",
            "SET ROLE postgres",
            "GRANT SELECT ON t TO public",
        ] {
            let failed = parsed(sql).expect_err(sql);
            assert!(failed.to_string().contains("25006"), "{sql}: {failed}");
        }
    }

    #[test]
    fn settings_are_read_as_clients_write_them() {
        for (sql, name, value, only_transaction) in [
            ("SET search_path TO synthetic", "search_path", Some("synthetic"), false),
            ("SET search_path = \"$user\", public", "search_path", Some("$user, public"), false),
            ("SET LOCAL statement_timeout = '5s'", "statement_timeout", Some("5s"), true),
            ("SET extra_float_digits = 3", "extra_float_digits", Some("3"), false),
            ("SET TIME ZONE 'Europe/Berlin'", "timezone", Some("Europe/Berlin"), false),
            ("SET NAMES 'UTF8'", "client_encoding", Some("UTF8"), false),
            ("RESET statement_timeout", "statement_timeout", None, false),
            ("SET statement_timeout TO DEFAULT", "statement_timeout", None, false),
        ] {
            match parsed(sql) {
                Ok(Command::Set { name: n, value: v, only_transaction: t }) => {
                    assert_eq!((n.as_str(), v.as_deref(), t), (name, value, only_transaction), "{sql}");
                }
                other => panic!("{sql}: {other:?}"),
            }
        }
    }
}
