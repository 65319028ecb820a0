//! Tables of PostgreSQL databases as inputs of commands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use regulars_core::progress::{Progress, Unit};
use regulars_ingest::{Error, Kind, TableFile, TableReader, UnsupportedValues};
use regulars_postgres::connection::{Location, is_postgres};
use regulars_postgres::source::{self, CopyState, EarlierCopy, SourceRequest};

use crate::environment;
use crate::failure::{Failure, Result};

/// Reads tables, each once.
#[derive(Debug)]
pub(crate) struct PostgresTables {
    threads: usize,
    /// The folder of an earlier run, with its copies of tables.
    earlier_run: Option<PathBuf>,
    /// The tables read, by address, with the state of their copies.
    known: Mutex<BTreeMap<String, KnownTable>>,
}

type KnownTable = (Arc<TableFile>, Option<CopyState>);

/// The folder in a run with the rows of tables that are read by a watermark.
const COPIES_FOLDER: &str = "source";

impl PostgresTables {
    pub(crate) fn new(threads: usize) -> Self {
        Self { threads, earlier_run: None, known: Mutex::default() }
    }

    /// Reads by watermark only what is newer than the copies of an earlier run.
    pub(crate) fn after(self, earlier_run: Option<PathBuf>) -> Self {
        Self { earlier_run, ..self }
    }

    /// The copy of a table in the earlier run.
    fn earlier_copy(&self, address: &str) -> Option<EarlierCopy> {
        let (rows, state) = copy_files(self.earlier_run.as_ref()?, address);
        let state = serde_json::from_str(&fs_err::read_to_string(state).ok()?).ok()?;
        rows.exists().then_some(EarlierCopy { rows, state })
    }

    fn copy(
        &self,
        address: &str,
        number: usize,
        folder: &Path,
        progress: &dyn Progress,
    ) -> std::result::Result<(TableFile, Option<CopyState>), Error> {
        let location = Location::parse(address, &environment::postgres()).map_err(ingest_error)?;
        let path = folder.join(format!("table-{number}.parquet"));
        let named =
            location.parameter("table").map_or("the query".to_owned(), |table| format!("table {table}"));
        progress.step(&format!("Copying {named}"), None, Unit::Rows);
        let earlier = location.parameter("watermark").and_then(|_| self.earlier_copy(location.url()));
        let (streams, earlier) = (self.threads, earlier.as_ref());
        let request = SourceRequest { location: &location, out: &path, streams, earlier, progress };
        let read = source::read(&request).map_err(ingest_error)?;
        let unsupported = |values: source::UnsupportedValues| {
            let source::UnsupportedValues { column, what, first, rows } = values;
            UnsupportedValues { column, what, first, rows }
        };
        let table = TableFile {
            address: location.url().to_owned(),
            name: read.name,
            path,
            key: read.key,
            unsupported: read.unsupported.into_iter().map(unsupported).collect(),
            notes: read.notes,
        };
        Ok((table, read.state))
    }
}

impl TableReader for PostgresTables {
    fn read(
        &self,
        address: &str,
        folder: &Path,
        progress: &dyn Progress,
    ) -> std::result::Result<Arc<TableFile>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = known.get(address).map(|(table, _)| table).filter(|table| table.path.exists()) {
            return Ok(Arc::clone(table));
        }
        let (table, state) = self.copy(address, known.len(), folder, progress)?;
        let table = Arc::new(table);
        known.insert(address.to_owned(), (Arc::clone(&table), state));
        Ok(table)
    }

    fn keep(&self, run: &Path) -> std::result::Result<(), Error> {
        let failed = |e: std::io::Error| Error {
            message: format!("cannot keep the rows of a table: {e}"),
            hint: None,
            kind: Kind::Io,
            question: None,
        };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (table, state) in known.values() {
            let Some(state) = state else { continue };
            let (rows, file) = copy_files(run, &table.address);
            fs_err::create_dir_all(run.join(COPIES_FOLDER)).map_err(failed)?;
            // The copy is in a folder of the run that is removed.
            fs_err::rename(&table.path, rows).map_err(failed)?;
            let text = serde_json::to_string_pretty(state).map_err(std::io::Error::other).map_err(failed)?;
            fs_err::write(file, text).map_err(failed)?;
        }
        Ok(())
    }
}

/// The files in a run with the rows of a table, and with where they end.
fn copy_files(run: &Path, address: &str) -> (PathBuf, PathBuf) {
    let name = &regulars_store::sha256(address.as_bytes())[..16];
    let file = |ending: &str| run.join(COPIES_FOLDER).join(format!("{name}.{ending}"));
    (file("parquet"), file("json"))
}

fn ingest_error(error: regulars_postgres::Error) -> Error {
    use regulars_postgres::Kind as PostgresKind;
    let kind = match error.kind {
        PostgresKind::Address => Kind::Config,
        PostgresKind::NotFound => Kind::NotFound,
        PostgresKind::AccessDenied => Kind::Permission,
        PostgresKind::NoSpace => Kind::NoSpace,
        PostgresKind::Data => Kind::Unreadable,
        _ => Kind::Io,
    };
    Error { message: error.message, hint: error.hint, kind, question: None }
}

/// The inputs, with the query added to the address of its database.
pub(crate) fn with_query(inputs: &[String], query: Option<&str>) -> Result<Vec<String>> {
    let Some(query) = query else { return Ok(inputs.to_vec()) };
    let [input] = inputs else {
        return Err(Failure::new("--query needs one INPUT, the database in which it is run"));
    };
    if !is_postgres(input) {
        return Err(Failure::new("--query needs the address of a database as INPUT")
            .hint("e.g. regulars run postgres://user@host/db --query \"SELECT * FROM orders\""));
    }
    Ok(vec![with_parameter(input, "query", query)])
}

/// The inputs, to be read by a watermark.
pub(crate) fn with_watermark(inputs: &[String], watermark: Option<&str>) -> Result<Vec<String>> {
    let Some(watermark) = watermark else { return Ok(inputs.to_vec()) };
    if let Some(file) = inputs.iter().find(|input| !is_postgres(input)) {
        return Err(Failure::new(format!("--watermark is for PostgreSQL tables, and `{file}` is none"))
            .hint("files are read whole; unchanged ones are recognised"));
    }
    Ok(inputs.iter().map(|input| with_parameter(input, "watermark", watermark)).collect())
}

fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}{name}={encoded}")
}

/// An input without password.
pub(crate) fn shown_input(input: &str) -> String {
    if !is_postgres(input) {
        return input.to_owned();
    }
    let location = Location::parse(input, &environment::postgres());
    location.map_or_else(|_| "…".to_owned(), |location| format!("'{}'", location.url()))
}

/// The name of the table that an input names; of the database, if it is a query.
pub(crate) fn name_of(input: &str) -> Option<String> {
    let location = is_postgres(input).then(|| Location::parse(input, &environment::postgres()).ok())??;
    let table = location.parameter("table").map(|table| table.rsplit('.').next().unwrap_or(table));
    Some(table.unwrap_or_else(|| location.database()).to_owned())
}
