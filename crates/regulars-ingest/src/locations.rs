//! Resolves inputs (file, folder, pattern, `-`, URL) to an ordered list of objects to read.
//!
//! Local paths and `s3://`, `gs://`, `az://` and `https://` URLs are all objects of an `ObjectStore` here.
//! Deliberately not here: opening them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::{ObjectStore, path::Path as ObjectPath};
use regulars_core::progress::Progress;

use crate::databases::{self, TableFile, TableReader};
use crate::error::{Error, Kind, Result};

/// One object to read.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    /// Name shown to the user.
    pub(crate) shown: String,
    pub(crate) storage: Storage,
    /// Size in bytes when found; 0 for standard input.
    pub(crate) bytes: u64,
    /// Found in a folder rather than named by the user.
    pub(crate) searched: bool,
    /// The table of a database that was copied to this file.
    pub(crate) table: Option<Arc<TableFile>>,
}

/// What it takes to find inputs that are not files of this machine.
#[derive(Clone, Copy)]
pub(crate) struct Access<'a> {
    /// Object store settings.
    pub(crate) store_options: &'a [(String, String)],
    pub(crate) tables: Option<&'a dyn TableReader>,
    /// Where tables of databases are copied to.
    pub(crate) scratch: &'a Path,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) runtime: &'a tokio::runtime::Handle,
}

/// Where the bytes of an object are.
#[derive(Debug, Clone)]
pub(crate) enum Storage {
    /// On this machine.
    Local(PathBuf),
    /// In an object store.
    Remote {
        store: Arc<dyn ObjectStore>,
        path: ObjectPath,
        /// The `ETag` of the content, if the store provides one.
        tag: Option<String>,
    },
    /// Standard input.
    Stdin,
}

impl Location {
    /// The file name without folders.
    pub(crate) fn file_name(&self) -> &str {
        self.shown.rsplit('/').next().unwrap_or(&self.shown)
    }

    /// What to name in order to read it again.
    pub(crate) fn address(&self) -> &str {
        self.table.as_ref().map_or(&self.shown, |table| &table.address)
    }
}

/// File extensions to look for in folders.
const ENDINGS: [&str; 13] = [
    ".csv", ".tsv", ".txt", ".parquet", ".pq", ".json", ".ndjson", ".jsonl", ".xlsx", ".xlsm", ".xlsb",
    ".xls", ".ods",
];

/// Extensions of compressed files.
const COMPRESSED: [&str; 2] = [".gz", ".zst"];

/// Whether a name has the extension of a data file.
pub(crate) fn has_data_ending(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Lock files of open spreadsheets.
    if name.rsplit('/').next().is_some_and(|file| file.starts_with("~$")) {
        return false;
    }
    let plain = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// Whether a file is in an internal folder such as `_delta_log`.
fn is_hidden(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(|f| f.starts_with(['_', '.'])))
}

/// Whether the extension is only used for tables, unlike `report.xlsx` or `settings.json`.
pub(crate) fn is_plain_table(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    [".csv", ".tsv", ".txt", ".parquet", ".pq"].iter().any(|ending| plain.ends_with(ending))
}

/// Lists the objects that `inputs` name; those of each input are sorted by name.
///
/// Errors: [`Kind::NotFound`] for a missing file, an empty folder, or a pattern without matches.
pub(crate) fn locate(inputs: &[String], access: Access<'_>) -> Result<Vec<Location>> {
    let mut found: Vec<Location> = Vec::new();
    for input in inputs {
        if input == "-" {
            found.push(Location {
                shown: "standard input".to_owned(),
                storage: Storage::Stdin,
                bytes: 0,
                searched: false,
                table: None,
            });
        } else if let Some(table) = databases::table(input, access.tables, access.scratch, access.progress)? {
            found.push(table_location(table, &found)?);
        } else if input.contains("://") {
            found.extend(locate_url(input, access.store_options, access.runtime)?);
        } else {
            found.extend(locate_local(input)?);
        }
    }
    for (i, location) in found.iter().enumerate() {
        if found[..i].iter().any(|earlier| earlier.address() == location.address()) {
            return Err(Error::new(Kind::Config, format!("`{}` is named twice", location.address()))
                .hint("name each file once; a folder or pattern may already contain it"));
        }
    }
    Ok(found)
}

fn locate_local(input: &str) -> Result<Vec<Location>> {
    let path = Path::new(input);
    match fs_err::metadata(path) {
        Ok(meta) if meta.is_dir() => list_folder(path),
        Ok(meta) => Ok(vec![Location {
            shown: input.to_owned(),
            storage: Storage::Local(path.to_owned()),
            bytes: meta.len(),
            searched: false,
            table: None,
        }]),
        Err(_) if input.contains(['*', '?', '[']) => match_pattern(input),
        Err(error) => Err(Error::io("read", input, &error)),
    }
}

fn list_folder(folder: &Path) -> Result<Vec<Location>> {
    let shown = folder.display().to_string();
    let paths = files_below(folder)?;
    if paths.is_empty() {
        return Err(Error::new(
            Kind::NotFound,
            format!("there is no file of data in the folder `{shown}`"),
        )
        .hint("files are found by their ending: .csv, .tsv, .txt, .xlsx, .xls, .ods, .json, .ndjson, .parquet, also with .gz or .zst; others can be named"));
    }
    paths.into_iter().map(|path| local_file(path, true)).collect()
}

/// The data files of a folder; if it only has subfolders, theirs (`2023/01`).
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let shown = folder.display().to_string();
    let entries = fs_err::read_dir(folder).map_err(|e| Error::io("list", &shown, &e))?;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in entries {
        let path = entry.map_err(|e| Error::io("list", &shown, &e))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            folders.push(path);
        } else if has_data_ending(&name) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    folders.sort();
    if files.is_empty() {
        for folder in folders {
            files.extend(files_below(&folder)?);
        }
    }
    Ok(files)
}

fn match_pattern(pattern: &str) -> Result<Vec<Location>> {
    let matches = glob::glob(pattern)
        .map_err(|e| Error::new(Kind::NotFound, format!("`{pattern}` is not a pattern: {e}")))?;
    let mut paths: Vec<PathBuf> =
        matches.filter_map(std::result::Result::ok).filter(|p| p.is_file()).collect();
    if paths.is_empty() {
        return Err(Error::new(Kind::NotFound, format!("no file matches `{pattern}`"))
            .hint("quote the pattern so that the shell leaves it alone, and check the folder"));
    }
    paths.sort();
    paths.into_iter().map(|path| local_file(path, false)).collect()
}

/// The copy of a table. It is shown by its name, unless another one has the same.
fn table_location(table: Arc<TableFile>, others: &[Location]) -> Result<Location> {
    let meta = fs_err::metadata(&table.path).map_err(|e| Error::io("read", &table.name, &e))?;
    let is_other = |other: &Location| other.shown == table.name && other.address() != table.address;
    let shown = if others.iter().any(is_other) { &table.address } else { &table.name };
    Ok(Location {
        shown: shown.clone(),
        storage: Storage::Local(table.path.clone()),
        bytes: meta.len(),
        searched: false,
        table: Some(table),
    })
}

fn local_file(path: PathBuf, searched: bool) -> Result<Location> {
    let shown = path.display().to_string();
    let meta = fs_err::metadata(&path).map_err(|e| Error::io("read", &shown, &e))?;
    Ok(Location { shown, storage: Storage::Local(path), bytes: meta.len(), searched, table: None })
}

fn locate_url(
    input: &str,
    store_options: &[(String, String)],
    runtime: &tokio::runtime::Handle,
) -> Result<Vec<Location>> {
    let bad = |reason: String| {
        Error::new(Kind::NotFound, format!("cannot read `{input}`: {reason}"))
            .hint("use s3://bucket/path, gs://bucket/path, az://container/path or https://...; keys come from the environment (AWS_ACCESS_KEY_ID, GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_NAME, ...)")
    };
    // `*` and `[` are valid in a URL, but `?` would start its query.
    let wildcard = input.find(['*', '?', '[']).filter(|_| !input.starts_with("http"));
    let folder = wildcard.map_or(input, |at| &input[..=input[..at].rfind('/').unwrap_or(at)]);
    let pattern = wildcard
        .map(|_| glob::Pattern::new(input))
        .transpose()
        .map_err(|e| bad(format!("it is not a pattern: {e}")))?;
    let url = url::Url::parse(folder).map_err(|e| bad(e.to_string()))?;
    let mut options: Vec<(&str, &str)> =
        store_options.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    // An explicit http:// endpoint (MinIO, Azurite) is intended.
    if options.iter().any(|(k, v)| k.contains("endpoint") && v.starts_with("http://")) {
        options.push(("allow_http", "true"));
    }
    let (store, path) = object_store::parse_url_opts(&url, options).map_err(|e| bad(e.to_string()))?;
    let store: Arc<dyn ObjectStore> = Arc::from(store);
    let prefix = match folder.trim_end_matches('/').strip_suffix(path.as_ref()) {
        // A whole bucket.
        Some(bucket) if path.as_ref().is_empty() => format!("{bucket}/"),
        Some(prefix) => prefix.to_owned(),
        None => folder.to_owned(),
    };
    let location = |meta: object_store::ObjectMeta, searched: bool| Location {
        shown: format!("{prefix}{}", meta.location),
        storage: Storage::Remote { store: Arc::clone(&store), path: meta.location, tag: meta.e_tag },
        bytes: meta.size,
        searched,
        table: None,
    };
    runtime.block_on(async {
        if !folder.ends_with('/') {
            match object_store::ObjectStoreExt::head(store.as_ref(), &path).await {
                Ok(meta) => return Ok(vec![location(meta, false)]),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(bad(reason(&error))),
            }
        }
        let metas: Vec<_> = store.list(Some(&path)).try_collect().await.map_err(|e| bad(reason(&e)))?;
        let mut locations: Vec<_> = metas.into_iter().map(|meta| location(meta, pattern.is_none())).collect();
        // A pattern is explicit about its files; `*` stays within a folder, as in a shell.
        let within = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
        locations.retain(|found| match &pattern {
            Some(pattern) => pattern.matches_with(&found.shown, within),
            None => {
                has_data_ending(&found.shown)
                    && !is_hidden(found.shown.strip_prefix(folder).unwrap_or(&found.shown))
            }
        });
        locations.sort_by(|a, b| a.shown.cmp(&b.shown));
        if locations.is_empty() {
            return Err(bad(
                if pattern.is_some() { "no file matches" } else { "nothing is there" }.to_owned()
            ));
        }
        Ok(locations)
    })
}

/// The root cause of an object store error.
fn reason(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let further = cause.to_string();
        if !text.contains(&further) {
            text = format!("{text}: {further}");
        }
        source = cause.source();
    }
    text
}
