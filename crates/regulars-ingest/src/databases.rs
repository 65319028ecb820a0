//! Tables of databases as inputs: `postgres://host/database?table=orders`.
//!
//! A table is copied to a Parquet file, which is read like any other. Deliberately not here: connections, which the
//! caller has (`TableReader`).

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regulars_core::money::format_count;
use regulars_core::progress::Progress;

use crate::error::{Error, Kind, Result};

/// Reads tables of databases.
pub trait TableReader: Debug + Send + Sync {
    /// The rows of what `address` names. They are copied to a file in `folder` once; later calls give the same rows.
    ///
    /// Errors: what the database says; messages show no password.
    fn read(&self, address: &str, folder: &Path, progress: &dyn Progress) -> Result<Arc<TableFile>>;

    /// Keeps in the folder of a run what the next run needs in order to read only what is new.
    ///
    /// Errors: those of writing.
    fn keep(&self, run: &Path) -> Result<()>;
}

/// The rows of a table, view or query in a Parquet file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    /// The address without password, with which it can be read again.
    pub address: String,
    /// Its name for messages.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The columns of its primary key, which name its rows; empty if it has none.
    pub key: Vec<String>,
    /// Columns with values that no file can hold.
    pub unsupported: Vec<UnsupportedValues>,
    /// What the user should know, one sentence each.
    pub notes: Vec<String>,
}

/// A column with values that no file can hold; they are null in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsupportedValues {
    /// The column.
    pub column: String,
    /// What the first such value is, such as `NaN` or `infinity`.
    pub what: String,
    /// Its row: the key, or the number of the row.
    pub first: String,
    /// Rows with such values.
    pub rows: u64,
}

impl TableFile {
    /// Checks that none of the columns in use has such values.
    ///
    /// Errors: [`Kind::Unreadable`], naming column and row.
    pub(crate) fn check_columns(&self, is_used: impl Fn(&str) -> bool) -> Result<()> {
        match self.unsupported.iter().find(|values| is_used(&values.column)) {
            Some(values) => Err(Error::new(Kind::Unreadable, self.unsupported_text(values)).hint(format!(
                "correct it, or leave such rows out: --query \"SELECT … FROM {} WHERE …\"",
                self.name
            ))),
            None => Ok(()),
        }
    }

    /// What is read as blank.
    pub(crate) fn unsupported_notes(&self) -> impl Iterator<Item = String> {
        self.unsupported.iter().map(|values| format!("{}; read as blank", self.unsupported_text(values)))
    }

    fn unsupported_text(&self, values: &UnsupportedValues) -> String {
        let others = match values.rows - 1 {
            0 => String::new(),
            others => format!(", and {} more", format_count(others)),
        };
        format!(
            "column `{}` of `{}` is {} (in {}{others})",
            values.column, self.name, values.what, values.first
        )
    }
}

/// The table of a database that an input names.
///
/// Errors: those of reading; [`Kind::Config`] for other databases than PostgreSQL, by name.
pub(crate) fn table(
    input: &str,
    tables: Option<&dyn TableReader>,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Option<Arc<TableFile>>> {
    let scheme = input.split_once("://").map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    match scheme.as_str() {
        "postgres" | "postgresql" => {
            let reader =
                tables.ok_or_else(|| Error::new(Kind::Config, "tables of databases cannot be read here"))?;
            reader.read(input, folder, progress).map(Some)
        }
        "mysql" | "mariadb" | "sqlite" | "mssql" | "sqlserver" | "oracle" | "snowflake" | "bigquery"
        | "redshift" | "clickhouse" | "mongodb" | "mongodb+srv" | "duckdb" | "jdbc" | "odbc" => {
            // The rest may contain a password.
            Err(Error::new(
                Kind::Config,
                format!("`{scheme}://` is not supported: of databases, only PostgreSQL is"),
            )
            .hint("export the table as CSV or Parquet, and name the file"))
        }
        _ => Ok(None),
    }
}

/// Whether an input is the table of a database.
pub(crate) fn is_table(input: &str) -> bool {
    let scheme = input.split_once("://").map_or("", |(scheme, _)| scheme);
    ["postgres", "postgresql"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}
