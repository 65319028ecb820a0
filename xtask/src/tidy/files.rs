//! The files of the repository.

use std::path::{Path, PathBuf};

/// Folders that are not checked: history and build outputs.
const SKIPPED: [&str; 4] = [".git", "target", "__pycache__", ".native"];

/// All files below `folder`, sorted by name.
pub(super) fn below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                if !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
                    open.push(entry.path());
                }
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
