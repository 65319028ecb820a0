//! The layout of a home folder: names of files and folders, and which names are valid.
//!
//! Deliberately not here: file access.

use std::path::{Path, PathBuf};

use crate::error::Error;

pub(crate) const DATASETS: &str = "datasets";
pub(crate) const RUNS: &str = "runs";
pub(crate) const LOCK: &str = ".lock";
pub(crate) const POINTER: &str = "current";
pub(crate) const TEMPORARY_POINTER: &str = "current.tmp";
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const SUMMARY: &str = "summary.json";
pub(crate) const VALIDATION: &str = "validation.json";
pub(crate) const STEPS: &str = "steps";
pub(crate) const TABLE_SUFFIX: &str = ".parquet";

/// Files and folders with this prefix are never listed, and are removed by the next writer.
pub(crate) const TEMPORARY: &str = ".tmp-";
/// Prefix of runs that are being removed.
pub(crate) const REMOVED: &str = ".tmp-removed-";

/// Words that select a run, and so cannot be run ids.
pub(crate) const SELECTORS: [&str; 2] = ["current", "previous"];

/// Whether `run_id` is a valid run id: safe as a folder name on any system.
pub(crate) fn is_run_id(run_id: &str) -> bool {
    (1..=80).contains(&run_id.len())
        && run_id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        && run_id.as_bytes()[0].is_ascii_alphanumeric()
        && !SELECTORS.contains(&run_id)
}

pub(crate) fn check_run_id(run_id: &str) -> Result<(), Error> {
    if is_run_id(run_id) { Ok(()) } else { Err(Error::RunName { run_id: run_id.to_owned() }) }
}

/// Whether `table` is a valid table name; a manifest must not point outside its folder.
pub(crate) fn is_table_name(table: &str) -> bool {
    (1..=80).contains(&table.len()) && table.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

pub(crate) fn table_path(dir: &Path, table: &str) -> PathBuf {
    dir.join(format!("{table}{TABLE_SUFFIX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_escape_its_folder_is_refused() {
        assert!(is_run_id("20261123T181500Z-1a2b3c4d"));
        for name in ["", ".", "..", ".tmp-x", "-x", "a/b", "a b", "current", "previous", &"x".repeat(81)] {
            assert!(!is_run_id(name), "{name}");
        }
        assert!(is_table_name("rfm_scores"));
        for name in ["", "../x", "a/b", "A", "a.b"] {
            assert!(!is_table_name(name), "{name}");
        }
    }
}
