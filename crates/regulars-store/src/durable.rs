//! Durable writes that survive a power failure: first the file, then its name, then the folder.
//!
//! Deliberately not here: what is written, and rollback, which is up to the caller.

use std::io::{ErrorKind, Write};
use std::path::Path;

use fs_err::{File, OpenOptions};

use crate::error::Error;

/// Creates a folder with its parents, and waits until their names are on disk.
pub(crate) fn create_folder(path: &Path, action: &'static str) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_folder(parent, action)?;
    }
    match fs_err::create_dir(path) {
        Ok(()) => sync_folder(parent.unwrap_or(Path::new("."))),
        Err(source) if source.kind() == ErrorKind::AlreadyExists => {
            // Another process was faster, or there is a file with this name.
            if path.is_dir() { Ok(()) } else { Err(Error::io(action, path, ErrorKind::NotADirectory.into())) }
        }
        Err(source) => Err(Error::io(action, path, source)),
    }
}

/// Writes a file and waits until its content is on disk; its name may not be yet.
pub(crate) fn write_file(path: &Path, bytes: &[u8], action: &'static str) -> Result<(), Error> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| Error::io(action, path, source))
}

/// Waits until everything in a folder is on disk, contents before names.
pub(crate) fn sync_tree(folder: &Path) -> Result<(), Error> {
    let action = "write the run to disk";
    let entries = fs_err::read_dir(folder).map_err(|source| Error::io(action, folder, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| Error::io(action, folder, source))?;
        let path = entry.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            // Opened for writing because some systems sync only through a writable handle.
            let sync = || OpenOptions::new().write(true).open(&path)?.sync_all();
            sync().map_err(|source| Error::io(action, &path, source))?;
        }
    }
    sync_folder(folder)
}

/// Waits until the names in a folder are on disk.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> Result<(), Error> {
    let synced = File::open(folder).and_then(|file| file.sync_all());
    match synced {
        // Some network file systems cannot sync a folder.
        Err(source) if matches!(source.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        other => other.map_err(|source| Error::io("write the folder to disk", folder, source)),
    }
}

/// Folders cannot be opened on this platform; the file system makes names durable itself.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
pub(crate) fn sync_folder(_folder: &Path) -> Result<(), Error> {
    Ok(())
}

/// Renames; the new name is visible immediately, and on disk after [`sync_folder`].
pub(crate) fn rename(from: &Path, to: &Path, action: &'static str) -> Result<(), Error> {
    fs_err::rename(from, to).map_err(|source| Error::io(action, to, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn folders_are_created_with_their_parents() {
        let root = tempfile::tempdir().expect("temp");
        let path = root.path().join("a/b/c");
        create_folder(&path, "create it").expect("created");
        create_folder(&path, "create it").expect("again");
        assert!(path.is_dir());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let root = tempfile::tempdir().expect("temp");
        let file = root.path().join("file");
        write_file(&file, b"x", "write").expect("written");
        for path in [file.clone(), file.join("below"), file.join("far/below")] {
            let error = create_folder(&path, "create the folder").expect_err("in the way");
            assert_eq!(error.kind(), Kind::NotAFolder, "{error}");
        }
    }
}
