//! Runs on disk: published whole or not at all.
//!
//! ```text
//! <home>/datasets/<name>/
//!     current                     the id of the run that is served; replaced in one step
//!     .lock                       held by the one process that writes; dies with it
//!     runs/<run_id>/              a finished run: never changed, only removed whole
//!         manifest.json  summary.json  validation.json  <table>.parquet ...
//!     runs/.tmp-<run_id>/         a run being written, or the leftovers of a killed one
//! ```
//!
//! A reader needs no lock: whatever it finds under `runs/<run_id>` is complete.
//!
//! Deliberately not here: computing anything, SQL, remote storage, the clock and the environment.

mod dataset;
mod diff;
mod durable;
mod error;
mod home;
mod layout;
mod lock;
mod prune;
mod run;
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
pub use table::Batches;
pub use writer::RunWriter;
