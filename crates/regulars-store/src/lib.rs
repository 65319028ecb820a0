//! Storage of runs on disk, with atomic publication.
//!
//! ```text
//! <home>/datasets/<name>/
//!     current                     the id of the current run; replaced atomically
//!     .lock                       held by the writing process; released when it exits
//!     runs/<run_id>/              a complete run: never changed, only removed as a whole
//!         manifest.json  summary.json  validation.json  <table>.parquet ...
//!         steps/<step>.json       what each step depended on and wrote
//!     runs/.tmp-<run_id>/         a run being written, or leftovers of a killed process
//! ```
//!
//! Readers need no lock: everything under `runs/<run_id>` is complete.
//!
//! Deliberately not here: computing anything, SQL, remote storage, the clock and the environment.
//!
//! ```
//! use regulars_store::Home;
//!
//! let folder = tempfile::tempdir()?;
//! let home = Home::new(folder.path().join("regulars"))?;
//! assert!(home.dataset("shop")?.current()?.is_none(), "no run yet");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dataset;
mod diff;
mod durable;
mod error;
mod home;
mod layout;
mod lock;
mod prune;
mod run;
mod step_records;
mod table;
mod writer;

#[cfg(test)]
mod kill_tests;
#[cfg(test)]
mod testing;

pub use dataset::{Dataset, RunList, RunProblem};
pub use diff::{InputChange, Movement, RunDiff, RunFigures, SegmentChange, SegmentMove, ValueChange, diff};
pub use error::{Error, Kind};
pub use home::Home;
pub use run::Run;
pub use step_records::{EarlierStep, StepFile, StepRecord};
pub use table::{Batches, sha256};
pub use writer::RunWriter;
