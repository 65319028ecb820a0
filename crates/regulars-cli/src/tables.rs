//! Tables of PostgreSQL databases as inputs of commands.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use regulars_core::progress::{Progress, Unit};
use regulars_ingest::{ColumnFlaw, Error, Kind, TableFile, TableReader};
use regulars_postgres::connection::{Location, is_postgres};
use regulars_postgres::source::{self, SourceRequest};

use crate::environment;
use crate::failure::{Failure, Result};

/// Reads tables, each once.
#[derive(Debug)]
pub(crate) struct PostgresTables {
    threads: usize,
    /// By address.
    known: Mutex<BTreeMap<String, Arc<TableFile>>>,
}

impl PostgresTables {
    pub(crate) fn new(threads: usize) -> Self {
        Self { threads, known: Mutex::default() }
    }

    fn copy(
        &self,
        address: &str,
        number: usize,
        folder: &Path,
        progress: &dyn Progress,
    ) -> std::result::Result<TableFile, Error> {
        let location = Location::parse(address, &environment::postgres()).map_err(ingest_error)?;
        let path = folder.join(format!("table-{number}.parquet"));
        let named = location.parameter("table").map_or("the query".to_owned(), |table| format!("table {table}"));
        progress.step(&format!("Copying {named}"), None, Unit::Rows);
        let request = SourceRequest { location: &location, out: &path, streams: self.threads, progress };
        let read = source::read(&request).map_err(ingest_error)?;
        let flaw = |flaw: source::ColumnFlaw| {
            let source::ColumnFlaw { column, what, first, rows } = flaw;
            ColumnFlaw { column, what, first, rows }
        };
        Ok(TableFile {
            address: location.url().to_owned(),
            name: read.name,
            path,
            key: read.key,
            flaws: read.flaws.into_iter().map(flaw).collect(),
            notes: read.notes,
        })
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
        if let Some(table) = known.get(address).filter(|table| table.path.exists()) {
            return Ok(Arc::clone(table));
        }
        let table = Arc::new(self.copy(address, known.len(), folder, progress)?);
        known.insert(address.to_owned(), Arc::clone(&table));
        Ok(table)
    }
}

fn ingest_error(error: regulars_postgres::Error) -> Error {
    use regulars_postgres::Kind as Of;
    let kind = match error.kind {
        Of::Address => Kind::Config,
        Of::NotFound => Kind::NotFound,
        Of::Refused => Kind::Permission,
        Of::NoSpace => Kind::NoSpace,
        Of::Data => Kind::Unreadable,
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
    let mut encoded = String::new();
    for byte in query.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    let sign = if input.contains('?') { '&' } else { '?' };
    Ok(vec![format!("{input}{sign}query={encoded}")])
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
