//! Reading a complete run.
//!
//! Deliberately not here: changes. A complete run is never changed, only removed as a whole.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::table::Batches;
use crate::{layout, table};

/// The newest version of `manifest.json` that this program reads.
const MANIFEST_VERSION: u32 = RunManifest::VERSION;

/// A complete run.
///
/// Opening it checks that its files exist and have the expected sizes; [`Run::verify`] also compares the
/// hashes.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Inputs, settings and outputs of the run.
    pub manifest: RunManifest,
    /// The folder of the run.
    pub dir: PathBuf,
}

/// The part of a manifest that all versions have in common.
#[derive(Deserialize)]
struct ManifestHeader {
    version: u32,
}

impl Run {
    /// Opens the run in `dir`, whose last component is the run id.
    pub(crate) fn open(dir: &Path, run_id: &str) -> Result<Self, Error> {
        let path = dir.join(layout::MANIFEST);
        let text = read_file(&path, run_id)?;
        let ManifestHeader { version } = parse(&text, &path, run_id)?;
        if version > MANIFEST_VERSION {
            return Err(Error::Newer {
                run_id: run_id.to_owned(),
                found: version,
                supported: MANIFEST_VERSION,
            });
        }
        if version < MANIFEST_VERSION {
            return Err(Error::Older { run_id: run_id.to_owned() });
        }
        let manifest: RunManifest = parse(&text, &path, run_id)?;
        if manifest.run_id != run_id {
            return Err(damaged(run_id, &path, format!("its manifest belongs to run `{}`", manifest.run_id)));
        }
        for file in [layout::SUMMARY, layout::VALIDATION] {
            size(&dir.join(file), run_id)?;
        }
        for table in &manifest.tables {
            if !layout::is_table_name(&table.name) {
                return Err(damaged(run_id, &path, format!("`{}` is not a valid table name", table.name)));
            }
            let path = layout::table_path(dir, &table.name);
            let bytes = size(&path, run_id)?;
            if bytes != table.bytes {
                let reason = format!("table `{}` has {bytes} bytes instead of {}", table.name, table.bytes);
                return Err(damaged(run_id, &path, reason));
            }
        }
        Ok(Self { manifest, dir: dir.to_owned() })
    }

    /// The run id.
    pub fn run_id(&self) -> &str {
        &self.manifest.run_id
    }

    /// The headline numbers.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`](crate::Kind::Damaged) if the file is missing or invalid.
    pub fn summary(&self) -> Result<RunSummary, Error> {
        self.read_json(layout::SUMMARY)
    }

    /// The result of the data checks.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`](crate::Kind::Damaged) if the file is missing or invalid.
    pub fn validation(&self) -> Result<ValidationReport, Error> {
        self.read_json(layout::VALIDATION)
    }

    /// The names of the tables, in the manifest's order.
    pub fn tables(&self) -> Vec<&str> {
        self.manifest.tables.iter().map(|table| table.name.as_str()).collect()
    }

    /// Whether the run has the table.
    pub fn has_table(&self, name: &str) -> bool {
        self.manifest.tables.iter().any(|table| table.name == name)
    }

    /// The Parquet file of a table.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind::NotFound), listing the existing tables, if it has no such table.
    pub fn table_path(&self, name: &str) -> Result<PathBuf, Error> {
        if self.has_table(name) {
            return Ok(layout::table_path(&self.dir, name));
        }
        Err(Error::TableNotFound {
            run_id: self.run_id().to_owned(),
            table: name.to_owned(),
            known: self.tables().into_iter().map(str::to_owned).collect(),
        })
    }

    /// All rows of a table, in memory; for small tables.
    ///
    /// Shape: rows in file order; no batch for a table without rows.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind::NotFound) if there is no such table,
    /// [`Kind::Damaged`](crate::Kind::Damaged) if its file cannot be read.
    pub fn read_table(&self, name: &str) -> Result<Vec<RecordBatch>, Error> {
        table::read(&self.table_path(name)?, name)
    }

    /// Number of rows and schema of a table.
    ///
    /// # Errors
    ///
    /// As [`Run::read_table`].
    pub fn table_shape(&self, name: &str) -> Result<(usize, SchemaRef), Error> {
        table::shape(&self.table_path(name)?, name)
    }

    /// All rows of the named columns of a table.
    ///
    /// Shape: batches in file order, each with the columns in the order of `columns`.
    ///
    /// # Errors
    ///
    /// As [`Run::read_table`]; also [`Kind::Damaged`](crate::Kind::Damaged) for a missing column.
    pub fn read_columns(&self, name: &str, columns: &[&str]) -> Result<Vec<RecordBatch>, Error> {
        table::read_columns(&self.table_path(name)?, name, columns)
    }

    /// Rows of the named columns of a table from row `offset` on, at most `limit`, read batch by batch to
    /// save memory.
    ///
    /// Shape: batches in file order, each with the columns in the order of `columns`, without duplicates.
    ///
    /// # Errors
    ///
    /// As [`Run::read_columns`]; also from each batch.
    pub fn read_range(
        &self,
        name: &str,
        columns: &[&str],
        offset: usize,
        limit: Option<usize>,
    ) -> Result<Batches, Error> {
        table::range(&self.table_path(name)?, name, columns, offset, limit)
    }

    /// Checks every file: valid JSON, and tables with the sizes and hashes of the manifest.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`](crate::Kind::Damaged) for the first invalid file.
    pub fn verify(&self) -> Result<(), Error> {
        let run_id = self.run_id();
        let on_disk = Self::open(&self.dir, run_id)?;
        on_disk.summary()?;
        on_disk.validation()?;
        for table in &on_disk.manifest.tables {
            let path = layout::table_path(&self.dir, &table.name);
            let (bytes, sha256) = table::hash(&path)?;
            if (bytes, &sha256) != (table.bytes, &table.sha256) {
                let reason =
                    format!("table `{}` has changed since it was written (its hash differs)", table.name);
                return Err(damaged(run_id, &path, reason));
            }
        }
        Ok(())
    }

    fn read_json<T: DeserializeOwned>(&self, file: &str) -> Result<T, Error> {
        let path = self.dir.join(file);
        parse(&read_file(&path, self.run_id())?, &path, self.run_id())
    }
}

fn damaged(run_id: &str, path: &Path, reason: String) -> Error {
    Error::Damaged { run_id: run_id.to_owned(), reason, path: path.to_owned() }
}

/// A missing file means a damaged run; other errors, such as missing permission, do not.
fn failed(run_id: &str, path: &Path, source: std::io::Error) -> Error {
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            damaged(run_id, path, "a file is missing".to_owned())
        }
        _ => Error::io("read the run", path, source),
    }
}

fn read_file(path: &Path, run_id: &str) -> Result<Vec<u8>, Error> {
    fs_err::read(path).map_err(|source| failed(run_id, path, source))
}

fn size(path: &Path, run_id: &str) -> Result<u64, Error> {
    fs_err::metadata(path).map(|metadata| metadata.len()).map_err(|source| failed(run_id, path, source))
}

fn parse<T: DeserializeOwned>(text: &[u8], path: &Path, run_id: &str) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|source| damaged(run_id, path, format!("invalid JSON ({source})")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::testing::{begin_and_publish, dataset, segments_of};

    const ID: &str = "20260101T000000Z-a";

    #[test]
    fn a_run_contains_what_was_published() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, ID, &[(1, "Lost"), (2, "New")]);
        assert_eq!(run.summary().expect("summary").run_id, ID);
        assert_eq!(run.validation().expect("validation").rows.read, 2);
        assert_eq!(run.tables(), ["customer_segments"]);
        assert_eq!(segments_of(&run), ["Lost", "New"]);
        run.verify().expect("as written");
    }

    #[test]
    fn columns_are_in_the_requested_order() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, ID, &[(1, "Lost"), (2, "New")]);
        let (rows, schema) = run.table_shape("customer_segments").expect("there");
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(rows, 2);
        let backwards: Vec<&str> = names.iter().rev().copied().collect();
        let batches = run.read_columns("customer_segments", &backwards).expect("read");
        let found: Vec<String> = batches[0].schema().fields().iter().map(|f| f.name().clone()).collect();
        assert_eq!(found, backwards);
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
        let error = run.read_columns("customer_segments", &["colour"]).expect_err("no such column");
        assert!(error.to_string().contains("it has no column `colour`"), "{error}");
        assert_eq!(run.table_shape("colours").expect_err("no such table").kind(), Kind::NotFound);
    }

    #[test]
    fn an_unknown_table_lists_the_known_ones() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, ID, &[(1, "Lost")]);
        for name in ["rfm", "../manifest", ""] {
            let error = run.table_path(name).expect_err("unknown");
            assert_eq!(error.kind(), Kind::NotFound);
            let expected = format!("run `{ID}` has no table `{name}`; it has customer_segments");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn verify_finds_a_flipped_byte_and_opening_finds_a_truncated_file() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, ID, &[(1, "Lost")]);
        let path = run.table_path("customer_segments").expect("there");
        let mut bytes = fs_err::read(&path).expect("read");
        bytes[10] ^= 1;
        fs_err::write(&path, &bytes).expect("written");
        assert!(Run::open(&run.dir, ID).is_ok());
        let error = run.verify().expect_err("flipped");
        assert!(error.to_string().contains("its hash differs"), "{error}");
        fs_err::write(&path, &bytes[..20]).expect("written");
        let error = Run::open(&run.dir, ID).expect_err("cut");
        assert_eq!(error.kind(), Kind::Damaged);
        assert!(error.to_string().contains("has 20 bytes instead of"), "{error}");
    }

    #[test]
    fn a_manifest_of_a_newer_program_is_not_damaged() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, ID, &[(1, "Lost")]);
        fs_err::write(run.dir.join(layout::MANIFEST), r#"{"version": 99, "shape": "another"}"#)
            .expect("written");
        let error = Run::open(&run.dir, ID).expect_err("newer");
        assert_eq!(error.kind(), Kind::Newer);
        fs_err::write(run.dir.join(layout::MANIFEST), r#"{"version": 1}"#).expect("written");
        let error = Run::open(&run.dir, ID).expect_err("older");
        assert_eq!(error.hint().as_deref(), Some("run the data again with `regulars run`"));
    }

    #[test]
    fn a_manifest_cannot_refer_to_files_outside_its_folder() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, ID, &[(1, "Lost")]);
        let path = run.dir.join(layout::MANIFEST);
        let text = fs_err::read_to_string(&path).expect("read");
        fs_err::write(&path, text.replace("\"customer_segments\"", "\"../../x\"")).expect("written");
        assert_eq!(Run::open(&run.dir, ID).expect_err("leads out").kind(), Kind::Damaged);
    }
}
