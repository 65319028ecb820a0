//! The source files of a run, and whether they are still what they were: by their state where that settles
//! it, else by their hash.
//!
//! Deliberately not here: reading rows.

use std::path::Path;

use regulars_core::dates::parse_iso;
use regulars_core::manifest::Input;
use regulars_core::progress::Progress;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::ingest::InputPaths;
use crate::inspect::runtime;
use crate::locations::{Access, Location, Storage, locate};
use crate::open::RawStream;

/// A file changed later than this before it was read may change again without a new time stamp.
const SETTLED_SECONDS: i64 = 2;

/// A source file at the time it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The role under which it was named: `orders`, `customers` or `products`.
    pub role: String,
    /// Path or URL.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// The file's version in the file system or object store; the content is unchanged as long as it is
    /// unchanged. `None` if unknown.
    pub state: Option<String>,
    /// SHA-256 of the stored bytes, in hex.
    pub sha256: String,
}

/// The source files as they are now.
pub struct Sources {
    files: Vec<(&'static str, Location, Option<String>)>,
    runtime: tokio::runtime::Runtime,
}

impl Sources {
    /// Finds the files; `None` if one of them can be read only once (standard input, a named pipe). Tables of databases
    /// are copied to `scratch`: only their rows show whether they are the same.
    ///
    /// Errors: as [`crate::ingest`] for files that are not there.
    pub fn find(
        input_paths: &InputPaths,
        store_options: &[(String, String)],
        scratch: &Path,
        progress: &dyn Progress,
    ) -> Result<Option<Self>> {
        let runtime = runtime()?;
        let tables = input_paths.tables.as_deref();
        let mut files = Vec::new();
        let beside = [("customers", &input_paths.customers), ("products", &input_paths.products)];
        let beside =
            beside.into_iter().filter_map(|(role, of)| Some((role, std::slice::from_ref(of.as_ref()?))));
        for (role, named) in std::iter::once(("orders", input_paths.orders.as_slice())).chain(beside) {
            let access = Access { store_options, tables, scratch, progress, runtime: runtime.handle() };
            for location in locate(named, access)? {
                let state = match &location.storage {
                    Storage::Stdin => return Ok(None),
                    Storage::Local(path) if !path.is_file() => return Ok(None),
                    // The rows, not the copy, decide.
                    Storage::Local(_) if location.table.is_some() => None,
                    Storage::Local(path) => local_state(path),
                    Storage::Remote { tag, .. } => tag.clone(),
                };
                files.push((role, location, state));
            }
        }
        Ok(Some(Self { files, runtime }))
    }

    /// Whether these are the files of `then`, with the same content. Files are read only if their state is
    /// not known or not the same.
    ///
    /// Errors: those of reading.
    pub fn are_unchanged(&self, then: &[SourceFile]) -> Result<bool> {
        let same = |((role, now, _), then): (&(&str, Location, _), &SourceFile)| {
            *role == then.role && now.address() == then.path && now.bytes == then.bytes
        };
        if self.files.len() != then.len() || !self.files.iter().zip(then).all(same) {
            return Ok(false);
        }
        for ((_, location, state), then) in self.files.iter().zip(then) {
            let known = state.is_some() && *state == then.state;
            if !known && self.hash(location)? != then.sha256 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The files for the record of a run that has just read them as `inputs`, and began at `started_at` (RFC
    /// 3339).
    ///
    /// Errors: those of reading files that the run left aside.
    pub fn to_records(&self, inputs: &[Input], started_at: &str) -> Result<Vec<SourceFile>> {
        let started_seconds = parse_iso(started_at.trim_end_matches('Z').as_bytes()).unwrap_or(0) / 1_000_000;
        let record = |(role, location, state): &(&str, Location, Option<String>)| {
            let input =
                inputs.iter().find(|input| input.path == location.address() && !input.sha256.is_empty());
            Ok(SourceFile {
                role: (*role).to_owned(),
                path: location.address().to_owned(),
                bytes: location.bytes,
                state: state.clone().filter(|_| is_settled(location, started_seconds)),
                sha256: input.map_or_else(|| self.hash(location), |input| Ok(input.sha256.clone()))?,
            })
        };
        self.files.iter().map(record).collect()
    }

    fn hash(&self, location: &Location) -> Result<String> {
        Ok(RawStream::open(location, self.runtime.handle())?.finish()?.sha256)
    }
}

fn is_settled(location: &Location, started_seconds: i64) -> bool {
    let Storage::Local(path) = &location.storage else { return true };
    changed_seconds(path).is_some_and(|changed| changed + SETTLED_SECONDS < started_seconds)
}

#[cfg(unix)]
fn local_state(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs_err::metadata(path).ok()?;
    let (modified, changed) = ((meta.mtime(), meta.mtime_nsec()), (meta.ctime(), meta.ctime_nsec()));
    Some(format!("{}:{}:{modified:?}:{changed:?}", meta.dev(), meta.ino()))
}

#[cfg(unix)]
fn changed_seconds(path: &Path) -> Option<i64> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs_err::metadata(path).ok()?;
    Some(meta.mtime().max(meta.ctime()))
}

/// Without inodes and times of change, a time stamp can be set back: the content decides.
#[cfg(not(unix))]
fn local_state(_path: &Path) -> Option<String> {
    None
}

#[cfg(not(unix))]
fn changed_seconds(_path: &Path) -> Option<i64> {
    None
}

#[cfg(test)]
mod tests {
    use regulars_core::progress::Silent;

    use super::*;

    const LATER: &str = "2100-01-01T00:00:00Z";

    fn of(folder: &Path) -> Sources {
        let input_paths = InputPaths { orders: vec![folder.display().to_string()], ..InputPaths::default() };
        Sources::find(&input_paths, &[], folder, &Silent).expect("found").expect("files")
    }

    #[test]
    fn files_are_the_same_until_their_content_or_their_list_changes() {
        let folder = tempfile::tempdir().expect("folder");
        let write = |name: &str, text: &str| fs_err::write(folder.path().join(name), text).expect("written");
        write("a.csv", "id\n1\n");
        write("b.csv", "id\n2\n");
        let then = of(folder.path()).to_records(&[], LATER).expect("recorded");
        assert!(then.iter().all(|file| file.state.is_some() == cfg!(unix)));
        assert!(of(folder.path()).are_unchanged(&then).expect("compared"));
        // Rewritten with the same content: another state, the same hash.
        write("b.csv", "id\n2\n");
        assert!(of(folder.path()).are_unchanged(&then).expect("compared"));
        // The same size, other content.
        write("b.csv", "id\n3\n");
        assert!(!of(folder.path()).are_unchanged(&then).expect("compared"));
        write("b.csv", "id\n2\n");
        write("c.csv", "id\n4\n");
        assert!(!of(folder.path()).are_unchanged(&then).expect("compared"));
    }

    #[test]
    fn a_file_written_as_the_run_began_is_known_by_its_hash_only() {
        let folder = tempfile::tempdir().expect("folder");
        fs_err::write(folder.path().join("a.csv"), "id\n1\n").expect("written");
        let then = of(folder.path()).to_records(&[], "1980-01-01T00:00:00Z").expect("recorded");
        assert_eq!(then[0].state, None);
        assert!(of(folder.path()).are_unchanged(&then).expect("compared"));
    }

    #[test]
    fn what_can_be_read_only_once_is_not_compared() {
        let input_paths = InputPaths { orders: vec!["-".to_owned()], ..InputPaths::default() };
        assert!(Sources::find(&input_paths, &[], Path::new("."), &Silent).expect("no error").is_none());
    }
}
