//! The tables of a run: measuring, hashing and reading Parquet files.
//!
//! Deliberately not here: writing them (the engine does), and the meaning of columns.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use fs_err::File;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use regulars_core::manifest::TableFile;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::layout;

const BATCH_ROWS: usize = 8192;

/// Counts and hashes the table `name` in `dir`.
pub(crate) fn describe(dir: &Path, name: &str) -> Result<TableFile, Error> {
    let path = layout::table_path(dir, name);
    let rows = open(&path, name)?.metadata().file_metadata().num_rows();
    let (bytes, sha256) = hash(&path)?;
    Ok(TableFile { name: name.to_owned(), rows: rows.unsigned_abs(), bytes, sha256 })
}

/// The size of a file and the SHA-256 of its content in hex; reads it in chunks.
pub(crate) fn hash(path: &Path) -> Result<(u64, String), Error> {
    let read = || {
        let mut file = File::open(path)?;
        let mut hasher = Sha256::new();
        let mut bytes = 0_u64;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok((bytes, hex(&hasher.finalize())));
            }
            bytes += read as u64;
            hasher.update(&buffer[..read]);
        }
    };
    read().map_err(|source| Error::io("hash the table", path, source))
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// All rows of a table.
pub(crate) fn read(path: &Path, name: &str) -> Result<Vec<RecordBatch>, Error> {
    let reader = open(path, name)?.with_batch_size(BATCH_ROWS).build();
    let batches = reader.and_then(|reader| Ok(reader.collect::<Result<Vec<_>, _>>()?));
    batches.map_err(|source| unreadable(path, name, &source))
}

/// The named columns of a table, batch by batch, in file order (not in the order of `columns`).
pub(crate) fn stream(path: &Path, name: &str, columns: &[&str]) -> Result<ParquetRecordBatchReader, Error> {
    let builder = open(path, name)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    reader.map_err(|source| unreadable(path, name, &source))
}

/// Number of rows and schema of a table.
pub(crate) fn shape(path: &Path, name: &str) -> Result<(usize, SchemaRef), Error> {
    let builder = open(path, name)?;
    let rows = builder.metadata().file_metadata().num_rows();
    Ok((usize::try_from(rows).unwrap_or(0), Arc::clone(builder.schema())))
}

/// All rows of the named columns, in the order of `columns`.
pub(crate) fn read_columns(path: &Path, name: &str, columns: &[&str]) -> Result<Vec<RecordBatch>, Error> {
    let failed = |source: &dyn std::fmt::Display| unreadable(path, name, source);
    let (_, schema) = shape(path, name)?;
    if let Some(missing) = columns.iter().find(|column| schema.index_of(column).is_err()) {
        return Err(failed(&format!("it has no column `{missing}`")));
    }
    let mut batches = Vec::new();
    for batch in stream(path, name, columns)? {
        let batch = batch.map_err(|source| failed(&source))?;
        let places: Result<Vec<usize>, _> =
            columns.iter().map(|column| batch.schema_ref().index_of(column)).collect();
        let places = places.map_err(|source| failed(&source))?;
        batches.push(batch.project(&places).map_err(|source| failed(&source))?);
    }
    Ok(batches)
}

/// A range of rows of a table, in file order: see [`crate::Run::read_range`].
pub(crate) fn range(
    path: &Path,
    name: &str,
    columns: &[&str],
    offset: usize,
    limit: Option<usize>,
) -> Result<Batches, Error> {
    let builder = open(path, name)?;
    let schema = Arc::clone(builder.schema());
    if let Some(missing) = columns.iter().find(|column| schema.index_of(column).is_err()) {
        return Err(unreadable(path, name, &format!("it has no column `{missing}`")));
    }
    // Row groups before the offset are skipped entirely.
    let mut skipped = 0;
    let mut first = 0;
    for group in builder.metadata().row_groups() {
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        if skipped + rows > offset {
            break;
        }
        skipped += rows;
        first += 1;
    }
    let groups = (first..builder.metadata().num_row_groups()).collect();
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let mut builder = builder
        .with_row_groups(groups)
        .with_projection(mask)
        .with_offset(offset - skipped)
        .with_batch_size(BATCH_ROWS);
    if let Some(limit) = limit {
        builder = builder.with_limit(limit);
    }
    let reader = builder.build().map_err(|source| unreadable(path, name, &source))?;
    let (path, name) = (path.to_owned(), name.to_owned());
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    Ok(Box::new(reader.map(move |batch| {
        let ordered = batch.and_then(|batch| {
            let places: Result<Vec<usize>, _> =
                columns.iter().map(|column| batch.schema_ref().index_of(column)).collect();
            batch.project(&places?)
        });
        ordered.map_err(|source| unreadable(&path, &name, &source))
    })))
}

/// An iterator over batches, read on demand.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch, Error>> + Send>;

pub(crate) fn unreadable(path: &Path, name: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Table { table: name.to_owned(), reason: reason.to_string(), path: path.to_owned() }
}

fn open(path: &Path, name: &str) -> Result<ParquetRecordBatchReaderBuilder<std::fs::File>, Error> {
    let file = File::open(path).map_err(|source| Error::io("open the table", path, source))?;
    ParquetRecordBatchReaderBuilder::try_new(file.into_parts().0)
        .map_err(|source| unreadable(path, name, &source))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::testing::write_segments;

    #[test]
    fn hash_matches_sha256sum() {
        let root = tempfile::tempdir().expect("temp");
        let path = root.path().join("abc");
        fs_err::write(&path, "abc").expect("written");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash(&path).expect("hashed"), (3, expected.to_owned()));
    }

    #[test]
    fn a_table_is_measured_and_read() {
        let root = tempfile::tempdir().expect("temp");
        write_segments(root.path(), &[(1, "Lost"), (2, "New"), (3, "New")]);
        let table = describe(root.path(), "customer_segments").expect("measured");
        assert_eq!(table.rows, 3);
        let path = layout::table_path(root.path(), "customer_segments");
        assert_eq!(table.bytes, fs_err::metadata(&path).expect("there").len());
        let rows: usize =
            read(&path, "customer_segments").expect("read").iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows, 3);
    }

    #[test]
    fn a_range_of_rows_is_read_across_row_groups() {
        use arrow::array::{ArrayRef, AsArray, Int64Array};
        use arrow::datatypes::Int64Type;
        use parquet::file::properties::WriterProperties;

        let root = tempfile::tempdir().expect("temp");
        let path = root.path().join("x.parquet");
        let column = |from: i64| Arc::new((from..from + 10).collect::<Int64Array>()) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("a", column(0)), ("b", column(100))]).expect("a batch");
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(3)).build();
        let file = File::create(&path).expect("created");
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");

        let read = |columns: &[&str], offset: usize, limit: Option<usize>| -> Vec<Vec<i64>> {
            let batches = range(&path, "x", columns, offset, limit).expect("opened");
            let mut found = vec![Vec::new(); columns.len()];
            for batch in batches {
                let batch = batch.expect("read");
                for (values, array) in found.iter_mut().zip(batch.columns()) {
                    values.extend(array.as_primitive::<Int64Type>().values());
                }
            }
            found
        };
        for offset in 0..12_usize {
            for limit in [None, Some(1), Some(4), Some(99)] {
                let end = limit.map_or(10, |limit| (offset + limit).min(10)) as i64;
                let expected: Vec<i64> = (offset as i64..end).collect();
                let other: Vec<i64> = expected.iter().map(|n| n + 100).collect();
                assert_eq!(read(&["b", "a"], offset, limit), [other, expected], "{offset} {limit:?}");
            }
        }
        assert_eq!(range(&path, "x", &["c"], 0, None).err().map(|e| e.kind()), Some(Kind::Damaged));
    }

    #[test]
    fn a_file_that_is_not_parquet_is_an_error() {
        let root = tempfile::tempdir().expect("temp");
        fs_err::write(root.path().join("x.parquet"), "not a table at all").expect("written");
        let error = describe(root.path(), "x").expect_err("no table");
        assert_eq!(error.kind(), Kind::Damaged);
        assert!(error.to_string().starts_with("table `x` cannot be read ("), "{error}");
        assert_eq!(describe(root.path(), "y").expect_err("missing").kind(), Kind::Io);
    }
}
