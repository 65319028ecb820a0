//! The home: the folder with all data sets.
//!
//! Deliberately not here: the location of the home (set by the command line), and the content of data sets.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use regulars_core::names;

use crate::dataset::Dataset;
use crate::durable;
use crate::error::Error;
use crate::layout;

/// The folder with all data sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// Opens the home at `root`; creates it if missing.
    ///
    /// An existing home is not written to, so readers can use one on a read-only disk.
    ///
    /// # Errors
    ///
    /// [`Kind::NotAFolder`](crate::Kind::NotAFolder) if the path or one of its parents is a file,
    /// [`Kind::NoPermission`](crate::Kind::NoPermission) or [`Kind::NoSpace`](crate::Kind::NoSpace)
    /// if it cannot be created.
    pub fn new(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let root = root.into();
        durable::create_folder(&root, "create the home folder")?;
        Ok(Self { root })
    }

    /// The home folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The names of the data sets that have or had a run.
    ///
    /// Shape: sorted, without duplicates; empty in a new home.
    ///
    /// # Errors
    ///
    /// [`Kind::NoPermission`](crate::Kind::NoPermission) and similar if the folder cannot be read.
    pub fn datasets(&self) -> Result<Vec<String>, Error> {
        let folder = self.root.join(layout::DATASETS);
        let failed = |source| Error::io("list the data sets", &folder, source);
        let entries = match fs_err::read_dir(&folder) {
            Ok(entries) => entries,
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(source)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let Ok(dataset) = self.dataset(name) else { continue };
            if dataset.has_pointer() || !dataset.run_ids()?.is_empty() {
                found.push(name.to_owned());
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The data set with this name; it may have no run yet.
    ///
    /// # Errors
    ///
    /// [`Kind::Name`](crate::Kind::Name) if `name` is invalid.
    pub fn dataset(&self, name: &str) -> Result<Dataset, Error> {
        names::check_dataset_name(name).map_err(|source| Error::DatasetName { source })?;
        Ok(Dataset::new(name.to_owned(), self.root.join(layout::DATASETS).join(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::testing::{begin_and_publish, home};

    #[test]
    fn a_home_is_created_and_lists_its_data_sets() {
        let (root, home) = home();
        assert_eq!(home.datasets().expect("listed"), Vec::<String>::new());
        for name in ["shop", "cdnow"] {
            begin_and_publish(&home.dataset(name).expect("name"), "20260101T000000Z-a", &[(1, "Lost")]);
        }
        drop(home.dataset("begun").expect("name").begin("20260101T000000Z-a").expect("begun"));
        fs_err::create_dir(root.path().join("home/datasets/Not a name")).expect("created");
        assert_eq!(home.datasets().expect("listed"), ["cdnow", "shop"]);
    }

    #[test]
    fn a_home_below_a_file_is_refused() {
        let root = tempfile::tempdir().expect("temp");
        let file = root.path().join("orders.csv");
        fs_err::write(&file, "x").expect("written");
        for path in [file.clone(), file.join("home"), file.join("a/home")] {
            let error = Home::new(&path).expect_err("a file");
            assert_eq!(error.kind(), Kind::NotAFolder);
            assert!(
                error.to_string().starts_with("cannot create the home folder: there is a file where"),
                "{error}"
            );
            assert!(error.hint().expect("hint").contains("--home"));
        }
    }

    #[test]
    fn an_invalid_name_is_refused_with_a_suggestion() {
        let (_root, home) = home();
        let error = home.dataset("My Shop").expect_err("name");
        assert_eq!(error.kind(), Kind::Name);
        assert_eq!(error.hint().as_deref(), Some("try `--name my_shop`"));
    }
}
