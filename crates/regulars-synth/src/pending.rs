//! A file with a temporary name until it is complete.

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::error::Error;

/// A file that gets its final name only when [`Pending::keep`] is called; otherwise it is removed.
///
/// A killed process leaves `<name>.part` behind, which the next one overwrites.
pub(crate) struct Pending {
    path: PathBuf,
    partial_path: PathBuf,
    kept: bool,
}

impl Pending {
    /// Creates `name` in `folder`, empty.
    pub(crate) fn create(folder: &Path, name: &str) -> Result<(Self, fs::File), Error> {
        let path = folder.join(name);
        let partial_path = folder.join(format!("{name}.part"));
        let file = fs::File::create(&partial_path).map_err(|source| Error::from_io(&path, source))?;
        Ok((Self { path, partial_path, kept: false }, file))
    }

    /// The final name of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the complete file its final name, replacing any other.
    pub(crate) fn keep(mut self) -> Result<PathBuf, Error> {
        fs::rename(&self.partial_path, &self.path).map_err(|source| Error::from_io(&self.path, source))?;
        self.kept = true;
        Ok(self.path.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.kept {
            // Report the original error, not one of the cleanup.
            let _ = fs::remove_file(&self.partial_path);
        }
    }
}
