//! Writing a run to a temporary folder and publishing it atomically.
//!
//! Deliberately not here: computing results, and reading them.

use std::path::{Path, PathBuf};

use regulars_core::manifest::{RunManifest, TableFile};
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dataset::Dataset;
use crate::error::Error;
use crate::lock::DatasetLock;
use crate::run::Run;
use crate::{durable, layout, table};

/// A run being written; holds the data set's lock.
///
/// If dropped without [`RunWriter::publish`], it removes what it has written. A killed process leaves its
/// finished steps to the next run; see [`RunWriter::earlier_steps`].
#[derive(Debug)]
pub struct RunWriter {
    dataset: Dataset,
    run_id: String,
    dir: PathBuf,
    /// Folders of killed runs with finished steps.
    leftovers: Vec<PathBuf>,
    // Released after `drop` below has removed the folder.
    _lock: DatasetLock,
}

impl RunWriter {
    pub(crate) fn new(
        dataset: Dataset,
        run_id: String,
        dir: PathBuf,
        leftovers: Vec<PathBuf>,
        lock: DatasetLock,
    ) -> Self {
        Self { dataset, run_id, dir, leftovers, _lock: lock }
    }

    pub(crate) fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    pub(crate) fn leftovers(&self) -> &[PathBuf] {
        &self.leftovers
    }

    /// The run id: the requested one, with `-2`, `-3`, ... appended if it is taken.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// The folder for `<table>.parquet`; any other files in it are published too.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file for the table `name`.
    pub fn table_path(&self, name: &str) -> PathBuf {
        layout::table_path(&self.dir, name)
    }

    /// Counts and hashes a written table, for the manifest.
    ///
    /// # Errors
    ///
    /// [`Kind::Incomplete`](crate::Kind::Incomplete) if `name` is not a valid table name,
    /// [`Kind::Damaged`](crate::Kind::Damaged) if the file is not Parquet,
    /// [`Kind::Io`](crate::Kind::Io) if there is no file.
    pub fn table_file(&self, name: &str) -> Result<TableFile, Error> {
        if !layout::is_table_name(name) {
            return Err(self.incomplete(format!("`{name}` is not a valid table name")));
        }
        table::describe(&self.dir, name)
    }

    /// Publishes the run. Afterwards it is complete, current, and survives a power failure. If the process is
    /// killed earlier, the previous run remains current and complete.
    ///
    /// The files contain [`RunWriter::run_id`] and the data set of this writer, whatever the arguments
    /// contain.
    ///
    /// # Errors
    ///
    /// [`Kind::Incomplete`](crate::Kind::Incomplete) if a table of the manifest is missing or has a different
    /// size, or if a number is not finite; [`Kind::NoSpace`](crate::Kind::NoSpace) and similar for system
    /// errors. The run is then removed and the previous run remains current, unless only the last sync fails:
    /// then the new run is current.
    pub fn publish(
        self,
        manifest: &RunManifest,
        summary: &RunSummary,
        validation: &ValidationReport,
    ) -> Result<Run, Error> {
        let manifest = RunManifest {
            run_id: self.run_id.clone(),
            dataset: self.dataset.name().to_owned(),
            ..manifest.clone()
        };
        let summary = RunSummary {
            run_id: self.run_id.clone(),
            dataset: self.dataset.name().to_owned(),
            ..summary.clone()
        };
        self.write_json(layout::SUMMARY, &summary)?;
        self.write_json(layout::VALIDATION, validation)?;
        self.write_json(layout::MANIFEST, &manifest)?;
        self.check(&manifest)?;
        durable::sync_tree(&self.dir)?;
        // Everything that needs space is on disk before anything becomes visible.
        let temporary_pointer = self.dataset.folder().join(layout::TEMPORARY_POINTER);
        durable::write_file(
            &temporary_pointer,
            format!("{}\n", self.run_id).as_bytes(),
            "write the pointer",
        )?;
        let finished = self.dataset.run_folder(&self.run_id);
        durable::rename(&self.dir, &finished, "publish the run")?;
        if let Err(error) = self.point(&temporary_pointer) {
            // Not current, so not published: renamed back, and removed by `drop`.
            let _ = fs_err::rename(&finished, &self.dir);
            return Err(error);
        }
        // From here on the run is current; if this fails, only a power cut could still undo it.
        durable::sync_folder(self.dataset.folder())?;
        // What is left now is removed by the next run.
        self.leftovers.iter().for_each(|folder| drop(fs_err::remove_dir_all(folder)));
        Run::open(&finished, &self.run_id)
    }

    fn point(&self, temporary_pointer: &Path) -> Result<(), Error> {
        // The run's new name is on disk before anything points at it.
        durable::sync_folder(&self.dataset.runs_folder())?;
        durable::rename(
            temporary_pointer,
            &self.dataset.folder().join(layout::POINTER),
            "make the run current",
        )
    }

    /// Detects mistakes of the caller before they become a damaged run.
    fn check(&self, manifest: &RunManifest) -> Result<(), Error> {
        Run::open(&self.dir, &self.run_id).map_err(|error| match error {
            Error::Damaged { reason, path, .. } => {
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.incomplete(format!("{reason}: {file}"))
            }
            Error::Newer { .. } => {
                self.incomplete(format!("manifest version {} is unknown", manifest.version))
            }
            other => other,
        })?;
        Ok(())
    }

    /// Writes JSON and checks that it can be read back: NaN, for example, would be written as null.
    fn write_json<T: Serialize + DeserializeOwned>(&self, file: &str, value: &T) -> Result<(), Error> {
        let refused =
            |source: serde_json::Error| self.incomplete(format!("{file} could not be read back ({source})"));
        let mut text = serde_json::to_vec_pretty(value).map_err(refused)?;
        serde_json::from_slice::<T>(&text).map_err(refused)?;
        text.push(b'\n');
        durable::write_file(&self.dir.join(file), &text, "write the run")
    }

    fn incomplete(&self, reason: String) -> Error {
        Error::Incomplete { run_id: self.run_id.clone(), reason }
    }
}

impl Drop for RunWriter {
    fn drop(&mut self) {
        // After publication the folder no longer exists.
        let _ = fs_err::remove_dir_all(&self.dir);
        let _ = fs_err::remove_file(self.dataset.folder().join(layout::TEMPORARY_POINTER));
    }
}

#[cfg(test)]
impl RunWriter {
    /// As if the process had been killed: the lock is free, the folder stays.
    pub(crate) fn abandon(mut self) {
        let elsewhere = self.dir.with_extension("elsewhere");
        self.dir = elsewhere;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::testing::{begin_and_publish, dataset, manifest, summary, validation, write_segments};

    const FIRST: &str = "20260101T000000Z-a";
    const SECOND: &str = "20260102T000000Z-b";

    #[test]
    fn a_published_run_is_current_and_nothing_is_left_over() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
        assert_eq!(dataset.current().expect("current"), Some(run));
        let names: Vec<_> = fs_err::read_dir(dataset.runs_folder())
            .expect("there")
            .map(|e| e.expect("entry").file_name())
            .collect();
        assert_eq!(names, [FIRST]);
        assert!(!dataset.folder().join(layout::TEMPORARY_POINTER).exists());
    }

    #[test]
    fn a_dropped_writer_keeps_the_previous_run() {
        let (_root, dataset) = dataset();
        begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
        let writer = dataset.begin(SECOND).expect("begun");
        write_segments(writer.dir(), &[(1, "New")]);
        let folder = writer.dir().to_owned();
        assert!(folder.exists());
        drop(writer);
        assert!(!folder.exists());
        assert_eq!(dataset.current().expect("current").expect("a run").run_id(), FIRST);
    }

    #[test]
    fn a_second_writer_is_refused_while_the_first_is_open() {
        let (_root, dataset) = dataset();
        let first = dataset.begin(FIRST).expect("begun");
        let error = dataset.begin(SECOND).expect_err("busy");
        assert_eq!(error.kind(), Kind::Busy);
        assert!(first.dir().exists(), "the second must not remove the files of the first");
        drop(first);
        dataset.begin(SECOND).expect("free");
    }

    #[test]
    fn a_run_id_taken_in_the_same_second_gets_a_number() {
        let (_root, dataset) = dataset();
        let names: Vec<String> =
            (0..3).map(|_| begin_and_publish(&dataset, FIRST, &[(1, "Lost")]).run_id().to_owned()).collect();
        assert_eq!(names, [FIRST.to_owned(), format!("{FIRST}-2"), format!("{FIRST}-3")]);
        assert_eq!(
            dataset.current().expect("current").expect("a run").summary().expect("summary").run_id,
            names[2]
        );
    }

    #[test]
    fn an_incomplete_run_is_not_published() {
        let (_root, dataset) = dataset();
        begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
        let publish = |damage: &dyn Fn(&RunWriter, &mut RunManifest, &mut RunSummary)| {
            let writer = dataset.begin(SECOND).expect("begun");
            write_segments(writer.dir(), &[(1, "New")]);
            let table = writer.table_file("customer_segments").expect("measured");
            let (mut manifest, mut summary) = (manifest(SECOND, vec![table]), summary(SECOND, &[(1, "New")]));
            damage(&writer, &mut manifest, &mut summary);
            let error = writer.publish(&manifest, &summary, &validation(1)).expect_err("incomplete");
            assert_eq!(error.kind(), Kind::Incomplete, "{error}");
            error.to_string()
        };
        let message = publish(&|_, _, summary| summary.repeat_rate = f64::NAN);
        assert!(message.contains("summary.json could not be read back"), "{message}");
        let message = publish(&|writer, _, _| {
            fs_err::remove_file(writer.table_path("customer_segments")).expect("removed");
        });
        assert!(message.ends_with("a file is missing: customer_segments.parquet"), "{message}");
        let message = publish(&|writer, _, _| write_segments(writer.dir(), &[(1, "New"), (2, "Lost")]));
        assert!(message.contains("bytes instead of"), "{message}");
        assert_eq!(dataset.current().expect("current").expect("a run").run_id(), FIRST);
        assert_eq!(dataset.runs().expect("listed").complete.len(), 1);
    }

    #[test]
    fn other_files_are_published_too() {
        let (_root, dataset) = dataset();
        let writer = dataset.begin(FIRST).expect("begun");
        fs_err::create_dir(writer.dir().join("models")).expect("created");
        fs_err::write(writer.dir().join("models/best.json"), "{}").expect("written");
        let run = writer
            .publish(&manifest(FIRST, vec![]), &summary(FIRST, &[]), &validation(0))
            .expect("published");
        assert!(run.dir.join("models/best.json").exists());
        assert!(run.read_table("transactions").expect_err("no table").to_string().ends_with("it has none"));
    }
}
