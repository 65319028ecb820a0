//! Finished steps of a run, and reusing those of an earlier run of the data set.
//!
//! Each step leaves a record under `steps/` in the run's folder: its key, its files with their hashes, and
//! its result. A run that was killed leaves these records, too. Deliberately not here: what a key consists
//! of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regulars_core::manifest::TableFile;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::writer::RunWriter;
use crate::{layout, table};

/// The record of a finished step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The step.
    pub step: String,
    /// Hash of everything that the result depends on.
    pub key: String,
    /// The files written, sorted by path.
    pub files: Vec<StepFile>,
    /// The result of the step, besides its files.
    pub result: serde_json::Value,
}

impl StepRecord {
    /// The tables among the files.
    pub fn tables(&self) -> impl Iterator<Item = TableFile> {
        self.files.iter().filter_map(|file| {
            let name = file.path.strip_suffix(layout::TABLE_SUFFIX)?.to_owned();
            Some(TableFile { name, rows: file.rows?, bytes: file.bytes, sha256: file.sha256.clone() })
        })
    }
}

/// A file of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFile {
    /// Path in the run's folder, with `/`.
    pub path: String,
    /// Rows, if it is a table.
    pub rows: Option<u64>,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, in hex.
    pub sha256: String,
}

/// A finished step of an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierStep {
    /// The record that the step wrote.
    pub record: StepRecord,
    /// The run; `None` for one that was killed.
    pub run_id: Option<String>,
    dir: PathBuf,
}

impl RunWriter {
    /// Finished steps with that name, of killed runs first, then of complete runs, newest first.
    ///
    /// Unreadable records are left out: their steps are computed again.
    ///
    /// # Errors
    ///
    /// [`Kind::NoPermission`](crate::Kind::NoPermission) and similar if the runs cannot be listed.
    pub fn earlier_steps(&self, step: &str) -> Result<impl Iterator<Item = EarlierStep>, Error> {
        let killed = self.leftovers().iter().map(|dir| (dir.clone(), None));
        let complete = self.dataset().run_ids()?.into_iter().rev();
        let complete = complete.map(|id| (self.dataset().run_folder(&id), Some(id)));
        // Read one at a time: the first that matches is usually the newest.
        let read = move |(dir, run_id): (PathBuf, Option<String>)| {
            let text = fs_err::read(record_path(&dir, step)).ok()?;
            Some(EarlierStep { record: serde_json::from_slice(&text).ok()?, run_id, dir })
        };
        Ok(killed.chain(complete).filter_map(read))
    }

    /// Reuses an earlier step: links or copies its files into this run. `false`, and no file is added, if one of
    /// them is missing or has changed.
    ///
    /// # Errors
    ///
    /// System errors of this run's folder.
    pub fn reuse_step(&self, earlier: &EarlierStep) -> Result<bool, Error> {
        let intact = |file: &StepFile| {
            let found = table::hash(&earlier.dir.join(&file.path));
            found.is_ok_and(|(bytes, sha256)| bytes == file.bytes && sha256 == file.sha256)
        };
        if !earlier.record.files.iter().all(intact) {
            return Ok(false);
        }
        for file in &earlier.record.files {
            let to = self.dir().join(&file.path);
            let link = || {
                if let Some(folder) = to.parent() {
                    fs_err::create_dir_all(folder)?;
                }
                let from = earlier.dir.join(&file.path);
                // Files of a run never change, so two runs can share them. Not every file system has links.
                fs_err::hard_link(&from, &to).or_else(|_no_link| fs_err::copy(&from, &to).map(drop))
            };
            link().map_err(|source| Error::io("reuse a finished step", &to, source))?;
        }
        self.write_record(&earlier.record)?;
        Ok(true)
    }

    /// Records a step: its files are those in the folder that do not belong to the steps `before`.
    ///
    /// # Errors
    ///
    /// System errors; [`Kind::Damaged`](crate::Kind::Damaged) if a table is not Parquet.
    pub fn finish_step(
        &self,
        step: &str,
        key: String,
        result: serde_json::Value,
        before: &[StepRecord],
    ) -> Result<StepRecord, Error> {
        let known: BTreeSet<&str> =
            before.iter().flat_map(|record| &record.files).map(|file| file.path.as_str()).collect();
        let mut files = Vec::new();
        for path in paths_below(self.dir(), "")? {
            if !known.contains(path.as_str()) {
                files.push(self.measured(path)?);
            }
        }
        let record = StepRecord { step: step.to_owned(), key, files, result };
        self.write_record(&record)?;
        Ok(record)
    }

    fn measured(&self, path: String) -> Result<StepFile, Error> {
        match path.strip_suffix(layout::TABLE_SUFFIX).filter(|name| layout::is_table_name(name)) {
            Some(name) => {
                let TableFile { rows, bytes, sha256, .. } = table::describe(self.dir(), name)?;
                Ok(StepFile { path, rows: Some(rows), bytes, sha256 })
            }
            None => {
                let (bytes, sha256) = table::hash(&self.dir().join(&path))?;
                Ok(StepFile { path, rows: None, bytes, sha256 })
            }
        }
    }

    /// Written to a temporary file and renamed, so that a killed process leaves no partial record.
    fn write_record(&self, record: &StepRecord) -> Result<(), Error> {
        let path = record_path(self.dir(), &record.step);
        let temporary = path.with_extension("tmp");
        let write = || {
            fs_err::create_dir_all(self.dir().join(layout::STEPS))?;
            fs_err::write(&temporary, serde_json::to_vec(record).map_err(std::io::Error::other)?)?;
            fs_err::rename(&temporary, &path)
        };
        write().map_err(|source| Error::io("record a finished step", &path, source))
    }
}

fn record_path(dir: &Path, step: &str) -> PathBuf {
    dir.join(layout::STEPS).join(format!("{step}.json"))
}

/// The files in a run's folder and the folders below, sorted; without records and hidden folders.
fn paths_below(dir: &Path, prefix: &str) -> Result<Vec<String>, Error> {
    let failed = |source| Error::io("list the run's files", dir, source);
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if !entry.path().is_dir() {
            paths.push(path);
        } else if !name.starts_with('.') && path != layout::STEPS {
            paths.extend(paths_below(&entry.path(), &format!("{path}/"))?);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{dataset, manifest, summary, validation, write_segments};

    const FIRST: &str = "20260101T000000Z-a";
    const SECOND: &str = "20260102T000000Z-b";

    fn with_step(writer: &RunWriter) -> StepRecord {
        write_segments(writer.dir(), &[(1, "Lost")]);
        fs_err::create_dir(writer.dir().join("models")).expect("created");
        fs_err::write(writer.dir().join("models/best.json"), "{}").expect("written");
        writer.finish_step("scores", "key".to_owned(), json!({ "notes": [] }), &[]).expect("recorded")
    }

    fn earlier(writer: &RunWriter) -> Vec<EarlierStep> {
        writer.earlier_steps("scores").expect("listed").collect()
    }

    fn publish(writer: RunWriter, record: &StepRecord) {
        let tables = record.tables().collect();
        let id = writer.run_id().to_owned();
        let run = writer.publish(&manifest(&id, tables), &summary(&id, &[(1, "Lost")]), &validation(1));
        run.expect("published");
    }

    #[test]
    fn a_step_is_reused_with_all_its_files() {
        let (_root, dataset) = dataset();
        let first = dataset.begin(FIRST).expect("begun");
        let record = with_step(&first);
        let paths: Vec<&str> = record.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["customer_segments.parquet", "models/best.json"]);
        publish(first, &record);

        let second = dataset.begin(SECOND).expect("begun");
        let earlier = earlier(&second);
        assert_eq!((earlier[0].run_id.as_deref(), &earlier[0].record), (Some(FIRST), &record));
        assert!(second.reuse_step(&earlier[0]).expect("reused"));
        let again = self::earlier(&second);
        publish(second, &again[0].record);
        let run = dataset.current().expect("current").expect("a run");
        assert_eq!(run.read_table("customer_segments").expect("read")[0].num_rows(), 1);
        assert_eq!(fs_err::read(run.dir.join("models/best.json")).expect("read"), b"{}");
    }

    #[test]
    fn files_of_earlier_steps_do_not_belong_to_a_step() {
        let (_root, dataset) = dataset();
        let writer = dataset.begin(FIRST).expect("begun");
        let first = with_step(&writer);
        fs_err::create_dir(writer.dir().join(".scratch")).expect("created");
        fs_err::write(writer.dir().join(".scratch/temporary"), "").expect("written");
        fs_err::write(writer.dir().join("models/other.json"), "[]").expect("written");
        let second = writer.finish_step("value", "key".to_owned(), json!(null), &[first]).expect("recorded");
        let paths: Vec<&str> = second.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["models/other.json"]);
    }

    #[test]
    fn steps_of_a_killed_run_are_kept_until_the_next_is_published() {
        let (_root, dataset) = dataset();
        let killed = dataset.begin(FIRST).expect("begun");
        let (record, dir) = (with_step(&killed), killed.dir().to_owned());
        killed.abandon();

        let failed = dataset.begin(SECOND).expect("begun");
        assert_eq!(earlier(&failed)[0].run_id, None);
        drop(failed);
        assert!(dir.exists(), "a failed run leaves them for the next");

        let second = dataset.begin(SECOND).expect("begun");
        let earlier = earlier(&second);
        assert_eq!(earlier[0].record, record);
        assert!(second.reuse_step(&earlier[0]).expect("reused"));
        publish(second, &record);
        assert!(!dir.exists());
    }

    #[test]
    fn a_damaged_file_is_not_reused() {
        let (_root, dataset) = dataset();
        let first = dataset.begin(FIRST).expect("begun");
        let record = with_step(&first);
        publish(first, &record);
        // Same size, other content; the file is replaced, not changed.
        let path = dataset.run_folder(FIRST).join("models/best.json");
        fs_err::remove_file(&path).expect("removed");
        fs_err::write(&path, "[]").expect("written");
        let second = dataset.begin(SECOND).expect("begun");
        let earlier = earlier(&second);
        assert!(!second.reuse_step(&earlier[0]).expect("no system error"));
        assert!(!second.table_path("customer_segments").exists());
    }
}
