//! The write lock of a data set: held by one process at a time, released when it exits.
//!
//! Deliberately not here: waiting for the lock, and readers, which need none.

use std::fs::TryLockError;
use std::io::{Read, Seek, Write};
use std::path::Path;

use fs_err::{File, OpenOptions};

use crate::error::Error;
use crate::layout;

/// Held while a run is written or removed.
///
/// It is an operating system lock on an open file, so a killed process does not leave it locked. The file
/// itself remains: removing it would let two writers lock two files of the same name.
#[derive(Debug)]
pub(crate) struct DatasetLock {
    file: File,
}

impl DatasetLock {
    /// Acquires the lock of the data set in `folder`, or returns an error that names its holder.
    pub(crate) fn acquire(dataset: &str, folder: &Path) -> Result<Self, Error> {
        let path = folder.join(layout::LOCK);
        let refused = |source| Error::io("lock the data set", &path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Busy { dataset: dataset.to_owned(), process: read_process(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        // Only for other processes' error messages: a failure must not stop a run.
        let _ = write_process(&mut file);
        Ok(Self { file })
    }
}

impl Drop for DatasetLock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        // Closing is not enough: a child process forked in the meantime holds the same open file.
        let _ = self.file.unlock();
    }
}

fn write_process(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn read_process(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_second_writer_learns_who_holds_the_lock() {
        let root = tempfile::tempdir().expect("temp");
        let first = DatasetLock::acquire("x", root.path()).expect("free");
        let error = DatasetLock::acquire("x", root.path()).expect_err("held");
        assert_eq!(error.kind(), Kind::Busy);
        let expected = format!("another run of data set `x` is in progress (process {})", std::process::id());
        assert_eq!(error.to_string(), expected);
        assert!(error.hint().is_some());
        drop(first);
        DatasetLock::acquire("x", root.path()).expect("free again");
    }
}
