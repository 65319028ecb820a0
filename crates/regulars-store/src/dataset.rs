//! One data set: its runs, the current run, and starting a new one.
//!
//! Deliberately not here: the content of runs, and removing old ones.

use std::cmp::Reverse;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};

use crate::error::Error;
use crate::lock::DatasetLock;
use crate::run::Run;
use crate::writer::RunWriter;
use crate::{durable, layout};

/// A data set in a home; it may have no run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    name: String,
    folder: PathBuf,
}

/// The runs of a data set.
#[derive(Debug, Default)]
pub struct RunList {
    /// The complete runs, newest first.
    pub complete: Vec<Run>,
    /// Unusable runs, by id.
    pub problems: Vec<RunProblem>,
}

/// An unusable run.
#[derive(Debug)]
pub struct RunProblem {
    /// The run.
    pub run_id: String,
    /// Why it is unusable.
    pub error: Error,
}

impl Dataset {
    pub(crate) fn new(name: String, folder: PathBuf) -> Self {
        Self { name, folder }
    }

    /// The name of the data set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of the data set; created by the first [`Dataset::begin`].
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a run, and removes what killed runs have left, except the finished steps of the newest.
    ///
    /// The run id becomes the name of a folder and orders the runs: it starts with the UTC time, as in
    /// `20261123T181500Z-1a2b3c4d`. If it is taken (the same run twice in one second), a number is appended:
    /// see [`RunWriter::run_id`].
    ///
    /// # Errors
    ///
    /// [`Kind::Busy`](crate::Kind::Busy) if another run of this data set is in progress,
    /// [`Kind::Name`](crate::Kind::Name) if `run_id` is invalid,
    /// [`Kind::NoPermission`](crate::Kind::NoPermission) and similar for system errors.
    pub fn begin(&self, run_id: &str) -> Result<RunWriter, Error> {
        layout::check_run_id(run_id)?;
        let lock = self.lock()?;
        let free = self.free_run_id(run_id);
        layout::check_run_id(&free)?;
        let dir = self.temporary_folder(&free);
        let mut killed = self.leftovers()?;
        let is_removed = |folder: &PathBuf| {
            folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(layout::REMOVED))
        };
        killed.retain(|folder| folder.join(layout::STEPS).is_dir() && !is_removed(folder));
        let killed = killed.split_off(killed.len().saturating_sub(1));
        self.remove_leftovers(&killed)?;
        durable::create_folder(&dir, "create the run's folder")?;
        Ok(RunWriter::new(self.clone(), free, dir, killed, lock))
    }

    /// The runs; unusable ones are reported separately.
    ///
    /// Shape: newest first, by the time in the run id, then by the finish time.
    ///
    /// # Errors
    ///
    /// [`Kind::NoPermission`](crate::Kind::NoPermission) and similar if the folder cannot be read.
    pub fn runs(&self) -> Result<RunList, Error> {
        let mut list = RunList::default();
        for run_id in self.run_ids()? {
            match self.open(&run_id) {
                Ok(run) => list.complete.push(run),
                // Removed by another process since the folder was listed.
                Err(_) if !self.run_folder(&run_id).exists() => {}
                Err(error) => list.problems.push(RunProblem { run_id, error }),
            }
        }
        list.complete.sort_by_cached_key(|run| Reverse(age_key(run)));
        Ok(list)
    }

    /// The current run: the one published last.
    ///
    /// Without a pointer (the first run was killed during publication) it is the newest complete run; `None`
    /// if there is no run.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`](crate::Kind::Damaged) if the pointer or its run is damaged: falling back to another
    /// run silently would show outdated numbers.
    pub fn current(&self) -> Result<Option<Run>, Error> {
        let mut pointed = self.current_id()?;
        loop {
            let Some(run_id) = &pointed else {
                return Ok(self.runs()?.complete.into_iter().next());
            };
            let error = match self.open(run_id) {
                Ok(run) => return Ok(Some(run)),
                Err(error) => error,
            };
            // Another process may have published a run and removed this one in between.
            let pointed_now = self.current_id()?;
            if pointed_now == pointed {
                return Err(if self.run_folder(run_id).exists() {
                    error
                } else {
                    self.bad_pointer(format!("names run `{run_id}`, which does not exist"))
                });
            }
            pointed = pointed_now;
        }
    }

    /// The run that matches `selector`: `current`, `previous` (the newest before the current one), a run id,
    /// or the beginning of exactly one run id.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind::NotFound) if no run or several runs match;
    /// [`Kind::Damaged`](crate::Kind::Damaged) if the matching run is unusable.
    pub fn run(&self, selector: &str) -> Result<Run, Error> {
        let no_runs = || Error::NoRuns { dataset: self.name.clone() };
        if selector == "current" {
            return self.current()?.ok_or_else(no_runs);
        }
        let mut list = self.runs()?;
        if list.complete.is_empty() && list.problems.is_empty() {
            return Err(no_runs());
        }
        let known: Vec<String> = list.complete.iter().map(|run| run.run_id().to_owned()).collect();
        let not_found = || Error::RunNotFound {
            dataset: self.name.clone(),
            selector: selector.to_owned(),
            known: known.clone(),
        };
        if selector == "previous" {
            let current = self.current()?.ok_or_else(no_runs)?;
            let older = list.complete.into_iter().skip_while(|run| run.run_id() != current.run_id()).nth(1);
            return older.ok_or_else(not_found);
        }
        let all = known.iter().chain(list.problems.iter().map(|problem| &problem.run_id));
        let matches: Vec<String> = match all.clone().find(|id| *id == selector) {
            Some(exact) => vec![exact.clone()],
            None => all.filter(|id| !selector.is_empty() && id.starts_with(selector)).cloned().collect(),
        };
        let [run_id] = matches.as_slice() else {
            if matches.is_empty() {
                return Err(not_found());
            }
            return Err(Error::RunAmbiguous {
                dataset: self.name.clone(),
                selector: selector.to_owned(),
                matches,
            });
        };
        if let Some(at) = list.complete.iter().position(|run| run.run_id() == run_id) {
            return Ok(list.complete.swap_remove(at));
        }
        let at = list.problems.iter().position(|problem| &problem.run_id == run_id);
        Err(at.map_or_else(not_found, |at| list.problems.swap_remove(at).error))
    }

    pub(crate) fn runs_folder(&self) -> PathBuf {
        self.folder.join(layout::RUNS)
    }

    pub(crate) fn run_folder(&self, run_id: &str) -> PathBuf {
        self.runs_folder().join(run_id)
    }

    /// Where a run is written before it is published.
    fn temporary_folder(&self, run_id: &str) -> PathBuf {
        self.runs_folder().join(format!("{}{run_id}", layout::TEMPORARY))
    }

    pub(crate) fn has_pointer(&self) -> bool {
        self.folder.join(layout::POINTER).exists()
    }

    pub(crate) fn lock(&self) -> Result<DatasetLock, Error> {
        durable::create_folder(&self.runs_folder(), "create the data set's folder")?;
        DatasetLock::acquire(&self.name, &self.folder)
    }

    /// The folders under `runs` with valid run ids, sorted; their content is not checked.
    pub(crate) fn run_ids(&self) -> Result<Vec<String>, Error> {
        let names = self.names_in_runs()?;
        let mut ids: Vec<String> = names.into_iter().filter(|name| layout::is_run_id(name)).collect();
        ids.retain(|id| self.run_folder(id).is_dir());
        ids.sort_unstable();
        Ok(ids)
    }

    /// What killed writers have left, sorted.
    fn leftovers(&self) -> Result<Vec<PathBuf>, Error> {
        let mut names = self.names_in_runs()?;
        names.retain(|name| name.starts_with(layout::TEMPORARY));
        names.sort_unstable();
        Ok(names.into_iter().map(|name| self.runs_folder().join(name)).collect())
    }

    /// Removes what killed writers have left, except `kept`; call only with the lock held.
    pub(crate) fn remove_leftovers(&self, kept: &[PathBuf]) -> Result<(), Error> {
        let action = "remove the leftovers of a killed run";
        for path in self.leftovers()?.iter().filter(|path| !kept.contains(path)) {
            let removed =
                if path.is_dir() { fs_err::remove_dir_all(path) } else { fs_err::remove_file(path) };
            removed.map_err(|source| Error::io(action, path, source))?;
        }
        let temporary_pointer = self.folder.join(layout::TEMPORARY_POINTER);
        match fs_err::remove_file(&temporary_pointer) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(Error::io(action, &temporary_pointer, source))
            }
            _ => Ok(()),
        }
    }

    fn names_in_runs(&self) -> Result<Vec<String>, Error> {
        let folder = self.runs_folder();
        let failed = |source| Error::io("list the runs", &folder, source);
        let entries = match fs_err::read_dir(&folder) {
            Ok(entries) => entries,
            Err(source) if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(source) => return Err(failed(source)),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        Ok(names)
    }

    fn open(&self, run_id: &str) -> Result<Run, Error> {
        Run::open(&self.run_folder(run_id), run_id)
    }

    fn free_run_id(&self, run_id: &str) -> String {
        let mut free = run_id.to_owned();
        let mut number = 1_u32;
        while self.run_folder(&free).exists() || self.temporary_folder(&free).exists() {
            number += 1;
            free = format!("{run_id}-{number}");
        }
        free
    }

    /// The id of the current run, without opening it; `None` if there is no pointer.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`](crate::Kind::Damaged) if the pointer is damaged.
    pub fn current_id(&self) -> Result<Option<String>, Error> {
        let path = self.folder.join(layout::POINTER);
        let bytes = match fs_err::read(&path) {
            Ok(bytes) => bytes,
            Err(source) if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(source) => return Err(Error::io("read the pointer", &path, source)),
        };
        match std::str::from_utf8(&bytes).map(str::trim) {
            Ok(run_id) if layout::is_run_id(run_id) => Ok(Some(run_id.to_owned())),
            _ => Err(self.bad_pointer("does not contain a run id".to_owned())),
        }
    }

    fn bad_pointer(&self, reason: String) -> Error {
        Error::Pointer { dataset: self.name.clone(), reason, path: self.folder.join(layout::POINTER) }
    }
}

/// Sort key by age: the ids of two runs started in the same second differ only in a hash, which has no order.
fn age_key(run: &Run) -> (String, Option<DateTime<FixedOffset>>, String) {
    let run_id = run.run_id();
    let second = run_id.split_once('-').map_or(run_id, |(second, _)| second);
    (second.to_owned(), DateTime::parse_from_rfc3339(&run.manifest.finished_at).ok(), run_id.to_owned())
}

#[cfg(test)]
#[path = "dataset_tests.rs"]
mod tests;
