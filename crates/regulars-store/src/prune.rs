//! Removing old runs.
//!
//! Deliberately not here: automatic removal; runs are removed only on request, and never the current one.

use crate::dataset::Dataset;
use crate::durable;
use crate::error::Error;
use crate::layout;

impl Dataset {
    /// Removes all complete runs except the `keep` newest and the current one.
    ///
    /// A run disappears atomically, before its files are deleted. Damaged runs and runs of a newer program
    /// version are kept. With `dry_run` nothing is removed, and no lock is needed.
    ///
    /// Shape: the ids of the runs removed (or that would be removed), newest first.
    ///
    /// # Errors
    ///
    /// [`Kind::Busy`](crate::Kind::Busy) if a run of this data set is in progress,
    /// [`Kind::Damaged`](crate::Kind::Damaged) if the current run is unknown.
    pub fn prune(&self, keep: usize, dry_run: bool) -> Result<Vec<String>, Error> {
        if dry_run || !self.folder().exists() {
            return self.runs_to_prune(keep);
        }
        let _lock = self.lock()?;
        self.remove_leftovers(&[])?;
        let removed = self.runs_to_prune(keep)?;
        for run_id in &removed {
            let temporary = self.runs_folder().join(format!("{}{run_id}", layout::REMOVED));
            durable::rename(&self.run_folder(run_id), &temporary, "remove the run")?;
        }
        durable::sync_folder(&self.runs_folder())?;
        self.remove_leftovers(&[])?;
        Ok(removed)
    }

    fn runs_to_prune(&self, keep: usize) -> Result<Vec<String>, Error> {
        let current = self.current()?.map(|run| run.run_id().to_owned());
        let ids = self.runs()?.complete.into_iter().skip(keep).map(|run| run.run_id().to_owned());
        Ok(ids.filter(|run_id| Some(run_id) != current.as_ref()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::testing::{begin_and_publish, complete_ids, dataset, point};

    fn five_runs(dataset: &Dataset) {
        for day in 1..=5 {
            begin_and_publish(dataset, &format!("2026010{day}T000000Z-a"), &[(day, "Lost")]);
        }
    }

    #[test]
    fn the_newest_runs_are_kept() {
        let (_root, dataset) = dataset();
        five_runs(&dataset);
        let expected = ["20260103T000000Z-a", "20260102T000000Z-a", "20260101T000000Z-a"];
        assert_eq!(dataset.prune(2, true).expect("dry"), expected);
        assert_eq!(complete_ids(&dataset).len(), 5);
        assert_eq!(dataset.prune(2, false).expect("pruned"), expected);
        assert_eq!(complete_ids(&dataset), ["20260105T000000Z-a", "20260104T000000Z-a"]);
        assert_eq!(fs_err::read_dir(dataset.runs_folder()).expect("there").count(), 2);
        assert_eq!(dataset.prune(2, false).expect("again"), Vec::<String>::new());
    }

    #[test]
    fn the_current_run_is_kept_even_if_it_is_old() {
        let (_root, dataset) = dataset();
        five_runs(&dataset);
        point(&dataset, "20260102T000000Z-a\n");
        dataset.prune(1, false).expect("pruned");
        assert_eq!(complete_ids(&dataset), ["20260105T000000Z-a", "20260102T000000Z-a"]);
        dataset.prune(0, false).expect("pruned");
        assert_eq!(complete_ids(&dataset), ["20260102T000000Z-a"]);
    }

    #[test]
    fn nothing_is_removed_while_a_run_is_in_progress_or_the_pointer_is_damaged() {
        let (_root, dataset) = dataset();
        assert_eq!(dataset.prune(0, false).expect("no folder yet"), Vec::<String>::new());
        five_runs(&dataset);
        let writer = dataset.begin("20260106T000000Z-a").expect("begun");
        assert_eq!(dataset.prune(1, false).expect_err("busy").kind(), Kind::Busy);
        drop(writer);
        point(&dataset, "");
        assert_eq!(dataset.prune(1, false).expect_err("pointer").kind(), Kind::Damaged);
        assert_eq!(complete_ids(&dataset).len(), 5);
    }
}
