//! Reading only what is new since an earlier copy: rows above a watermark, and rows of transactions that had not ended
//! when the earlier snapshot was taken, whatever their watermark.
//!
//! PostgreSQL numbers transactions when they begin, so a row can become visible after rows with a higher watermark. Each
//! row has the number of the transaction that wrote it (`xmin`), and a snapshot the lowest number that was still running:
//! rows from there on are read again, and replace the earlier ones by primary key.
//!
//! Deliberately not here: deleted rows, which are not detected.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::row::{RowConverter, SortField};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, Column, Relation, literal, quoted};
use super::stage::{StoredWriter, parquet_error, stored_schema, write_error};
use crate::copy_decode::{BATCH_ROWS, Codec};
use crate::error::{Error, Kind};

/// An earlier copy of a table.
#[derive(Debug, Clone)]
pub struct EarlierCopy {
    /// The file with its rows.
    pub rows: PathBuf,
    /// Where it ends.
    pub state: CopyState,
}

/// Where a copy of a table ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyState {
    /// The column of the watermark.
    pub watermark: String,
    /// The highest value of the watermark, as text; `None` if the table has none.
    pub highest: Option<String>,
    /// The lowest transaction that was still running (`xmin` of the snapshot).
    pub first_running: u64,
    /// Identity of the table: system identifier and timeline of the server, and the table's number.
    pub table: String,
    /// Names and types of the columns.
    pub columns: Vec<String>,
    /// The primary key.
    pub key: Vec<String>,
    /// Whether values were read as null because no column type can hold them.
    #[serde(alias = "has_flaws")]
    pub has_unsupported_values: bool,
}

/// Transactions are numbered modulo 2^32, and compared within half of that.
const COMPARABLE: u64 = (1 << 31) - (1 << 20);

/// Where the copy that begins now will end.
///
/// Errors: [`Kind::Data`] if the relation cannot be read by a watermark.
pub(super) async fn state(
    catalog: &Catalog<'_>,
    relation: &Relation,
    watermark: &str,
) -> Result<CopyState, Error> {
    let name = &relation.name;
    let refused = |why: &str, hint: String| {
        Err(Error::new(Kind::Data, format!("`{name}` cannot be read by a watermark: {why}")).hint(hint))
    };
    let Some(oid) = relation.oid.as_ref().filter(|_| relation.has_row_versions) else {
        return refused(
            "only tables have row versions (xmin)",
            "name the table, or read everything, without the watermark".to_owned(),
        );
    };
    if relation.key.is_empty() {
        let hint = format!("add one: ALTER TABLE {} ADD PRIMARY KEY (…)", relation.from);
        return refused("it has no primary key that this user may read, which identifies changed rows", hint);
    }
    if !relation.columns.iter().any(|column| column.name == watermark && column.codec.is_some()) {
        let names: Vec<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
        return refused(
            &format!("it has no column `{watermark}`"),
            format!("its columns are {}", names.join(", ")),
        );
    }
    let doing = format!("cannot read `{name}` by its watermark");
    let single_value = async |sql: &str| -> Result<Option<String>, Error> {
        Ok(catalog.rows(&doing, sql).await?.into_iter().flatten().next().flatten())
    };
    let first_running = single_value("SELECT txid_snapshot_xmin(txid_current_snapshot())").await?;
    let first_running = first_running.and_then(|number| number.parse().ok());
    let Some(first_running) = first_running else {
        return Err(Error::new(
            Kind::Server,
            format!("{doing}: the server did not report its running transactions"),
        ));
    };
    let highest =
        single_value(&format!("SELECT max({})::text FROM {}", quoted(watermark), relation.from)).await?;
    // Without the privilege, only the table identifies the database.
    let may_ask = "SELECT bool_and(has_function_privilege(f, 'EXECUTE'))
        FROM unnest(ARRAY['pg_control_system()', 'pg_control_checkpoint()']) AS f";
    let history = match single_value(may_ask).await?.as_deref() {
        Some("t") => single_value(
            "SELECT (pg_control_system()).system_identifier || '/' || (pg_control_checkpoint()).timeline_id",
        )
        .await?,
        _ => None,
    };
    let column = |column: &Column| {
        let read_as = column.codec.as_ref().map(Codec::data_type);
        format!("{} {} {read_as:?}", column.name, column.type_name)
    };
    Ok(CopyState {
        watermark: watermark.to_owned(),
        highest,
        first_running,
        table: format!("{}/{oid}", history.unwrap_or_default()),
        columns: relation.columns.iter().map(column).collect(),
        key: relation.key.clone(),
        has_unsupported_values: false,
    })
}

/// Why all rows have to be read; `None` if the newer ones are enough.
pub(super) fn full_read_reason(earlier: &CopyState, now: &CopyState) -> Option<&'static str> {
    let lost =
        earlier.first_running > now.first_running || now.first_running - earlier.first_running > COMPARABLE;
    match () {
        () if earlier.watermark != now.watermark => Some("another watermark was used"),
        () if earlier.table != now.table => Some("the table or the server is not the one of before"),
        () if earlier.columns != now.columns || earlier.key != now.key => {
            Some("its columns or key have changed")
        }
        () if earlier.has_unsupported_values => Some("it had values that were read as blank"),
        () if lost => Some("its transactions cannot be compared with the earlier ones"),
        () => None,
    }
}

/// The SQL condition for rows that may be newer than the copy.
pub(super) fn condition(earlier: &CopyState) -> String {
    let first_running = earlier.first_running % (1 << 32);
    // The age of a row is that of the transaction that wrote it.
    let not_ended = format!("age(xmin) <= age('{first_running}'::xid)");
    match &earlier.highest {
        Some(highest) => format!("({} >= {} OR {not_ended})", quoted(&earlier.watermark), literal(highest)),
        None => not_ended,
    }
}

/// Writes the rows of the earlier copy that were not replaced, and then the new ones; returns the number of earlier rows.
pub(super) fn merge(earlier: &Path, new: &Path, out: &Path, relation: &Relation) -> Result<u64, Error> {
    let schema = stored_schema(relation);
    let mut writer = StoredWriter::create(out, &schema)?;
    let keys = Keys::of(&schema, &relation.key)?;
    let mut replaced = HashSet::new();
    for batch in batches(new)? {
        let batch = batch.map_err(|e| unreadable(new, &e.to_string()))?;
        replaced.extend(keys.rows(&batch)?);
    }
    let mut rows_kept = 0;
    for batch in batches(earlier)? {
        let batch = batch.map_err(|e| unreadable(earlier, &e.to_string()))?;
        let is_kept: BooleanArray = keys.rows(&batch)?.map(|key| Some(!replaced.contains(&key))).collect();
        let batch = filter_record_batch(&batch, &is_kept).map_err(|e| unreadable(earlier, &e.to_string()))?;
        rows_kept += batch.num_rows() as u64;
        writer.write(batch)?;
    }
    for batch in batches(new)? {
        writer.write(batch.map_err(|e| unreadable(new, &e.to_string()))?)?;
    }
    writer.close()?;
    Ok(rows_kept)
}

/// The primary keys of rows, as bytes that are equal if they are.
struct Keys {
    converter: RowConverter,
    columns: Vec<usize>,
}

impl Keys {
    fn of(schema: &SchemaRef, key: &[String]) -> Result<Self, Error> {
        let columns: Vec<usize> = key.iter().filter_map(|name| schema.index_of(name).ok()).collect();
        let fields = columns.iter().map(|column| SortField::new(schema.field(*column).data_type().clone()));
        let converter = RowConverter::new(fields.collect())
            .map_err(|e| Error::new(Kind::Data, format!("cannot compare keys: {e}")))?;
        Ok(Self { converter, columns })
    }

    fn rows(&self, batch: &RecordBatch) -> Result<impl Iterator<Item = Box<[u8]>> + use<>, Error> {
        let columns: Vec<_> = self.columns.iter().map(|column| batch.column(*column).clone()).collect();
        let rows = self.converter.convert_columns(&columns);
        let rows = rows.map_err(|e| Error::new(Kind::Data, format!("cannot compare keys: {e}")))?;
        Ok((0..rows.num_rows()).map(move |row| Box::from(rows.row(row).as_ref())))
    }
}

fn batches(path: &Path) -> Result<ParquetRecordBatchReader, Error> {
    let file = fs_err::File::open(path).map_err(|e| write_error(path, &e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file.into_file())
        .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build());
    reader.map_err(|e| parquet_error(path, &e))
}

fn unreadable(path: &Path, reason: &str) -> Error {
    Error::new(Kind::Data, format!("`{}` cannot be read: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> CopyState {
        CopyState {
            watermark: "updated_at".to_owned(),
            highest: Some("2024-01-01".to_owned()),
            first_running: (1 << 32) + 700,
            table: "1/2/3".to_owned(),
            columns: vec!["id bigint".to_owned()],
            key: vec!["id".to_owned()],
            has_unsupported_values: false,
        }
    }

    #[test]
    fn rows_of_transactions_that_had_not_ended_are_read_again() {
        assert_eq!(condition(&state()), "(\"updated_at\" >= '2024-01-01' OR age(xmin) <= age('700'::xid))");
        assert_eq!(condition(&CopyState { highest: None, ..state() }), "age(xmin) <= age('700'::xid)");
    }

    #[test]
    fn changed_tables_are_read_in_full() {
        assert_eq!(full_read_reason(&state(), &state()), None);
        let later = CopyState { first_running: state().first_running + COMPARABLE, highest: None, ..state() };
        assert_eq!(full_read_reason(&state(), &later), None);
        let far = CopyState { first_running: later.first_running + 1, ..later.clone() };
        for (earlier, now) in [
            (state(), far),
            (later, state()),
            (state(), CopyState { table: "1/3/3".to_owned(), ..state() }),
            (state(), CopyState { watermark: "id".to_owned(), ..state() }),
            (state(), CopyState { columns: vec!["id integer".to_owned()], ..state() }),
            (state(), CopyState { key: Vec::new(), ..state() }),
            (CopyState { has_unsupported_values: true, ..state() }, state()),
        ] {
            assert!(full_read_reason(&earlier, &now).is_some(), "{earlier:?} {now:?}");
        }
    }
}
