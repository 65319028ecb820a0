//! Detects what a zip archive contains: a workbook, one data file to unpack, or something else.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::csv_out::new_file;
use super::kinds::refusal;
use super::spreadsheet::Format;
use crate::error::{Error, Kind, Result};
use crate::locations::has_data_ending;

/// The content of an archive.
#[derive(Debug)]
pub(super) enum ArchiveContent {
    Workbook(Format),
    /// A single data file, unpacked, and its name.
    File(PathBuf, String),
}

type Archive = zip::ZipArchive<BufReader<std::fs::File>>;

/// Inspects an archive, and unpacks its single data file.
///
/// Errors: [`Kind::Unreadable`] for a damaged archive, another kind of document, and an archive with no data
/// file or several.
pub(super) fn open_archive(path: &Path, shown: &str, scratch: &Path) -> Result<ArchiveContent> {
    let file = fs_err::File::open(path).map_err(|e| Error::io("open", shown, &e))?;
    let mut archive = Archive::new(BufReader::new(file.into_file())).map_err(|e| damaged(shown, &e))?;
    let names: Vec<String> =
        archive.file_names().filter_map(std::result::Result::ok).map(std::borrow::Cow::into_owned).collect();
    let has = |part: &str| names.iter().any(|name| name.starts_with(part));
    if names.iter().any(|name| name.ends_with("workbook.bin")) {
        return Ok(ArchiveContent::Workbook(Format::Xlsb));
    }
    if has("xl/") || names.iter().any(|name| name.ends_with("workbook.xml")) {
        return Ok(ArchiveContent::Workbook(Format::Xlsx));
    }
    if has("content.xml") && has("mimetype") {
        return Ok(ArchiveContent::Workbook(Format::Ods));
    }
    if has("Index/") || has("Index.zip") {
        return Err(refusal(
            shown,
            "a document of Apple Numbers",
            "in Numbers: File, Export To, CSV (or Excel)",
        ));
    }
    if has("word/") || has("ppt/") {
        return Err(refusal(shown, "a document, not a workbook", "export the orders as CSV or .xlsx"));
    }
    let of_data = |name: &&String| {
        !name.ends_with('/')
            && !name.starts_with("__MACOSX/")
            && !name.rsplit('/').next().unwrap_or(name).starts_with('.')
            && has_data_ending(name)
    };
    let data: Vec<&String> = names.iter().filter(of_data).collect();
    match data.as_slice() {
        [name] => {
            let inner = unpack(&mut archive, name, shown, scratch)?;
            Ok(ArchiveContent::File(inner, (*name).clone()))
        }
        [] => Err(refusal(
            shown,
            &format!("a zip archive without a file of orders in it{}", listed(&names)),
            "files are recognised by their extension: .csv, .tsv, .txt, .xlsx, .xls, .ods, .json, .ndjson or .parquet",
        )),
        several => Err(Error::new(
            Kind::Ambiguous,
            format!("`{shown}` is a zip archive of {} files{}", several.len(), listed(&names)),
        )
        .hint("unpack it and pass the file of orders, or the folder if all files are orders")),
    }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().map(String::as_str).filter(|n| !n.ends_with('/')).take(4).collect();
    if shown.is_empty() {
        return String::new();
    }
    let more = if names.len() > shown.len() { ", ..." } else { "" };
    format!(": {}{more}", shown.join(", "))
}

fn unpack(archive: &mut Archive, name: &str, shown: &str, scratch: &Path) -> Result<PathBuf> {
    let mut inner = archive.by_name(name).map_err(|e| {
        if e.to_string().to_ascii_lowercase().contains("password") {
            Error::new(Kind::Unreadable, format!("`{shown}` is protected by a password"))
                .hint("unpack it with the password, and pass the file in it")
        } else {
            damaged(shown, &e)
        }
    })?;
    let (mut out, path) = new_file(scratch, "unpacked", "data")?;
    std::io::copy(&mut inner, &mut out).map_err(|e| damaged(shown, &e))?;
    Ok(path)
}

fn damaged(shown: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(
        Kind::Unreadable,
        format!("`{shown}` is a zip archive or a workbook that cannot be opened: {error}"),
    )
    .hint("the file may be cut off or damaged; download or save it again")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn look(files: &[(&str, &str)]) -> Result<(ArchiveContent, tempfile::TempDir)> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.zip");
        let mut writer = zip::ZipWriter::new(fs_err::File::create(&path).expect("writable").into_file());
        for (name, content) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("writable");
            writer.write_all(content.as_bytes()).expect("writable");
        }
        writer.finish().expect("writable");
        open_archive(&path, "x.zip", folder.path()).map(|inside| (inside, folder))
    }

    #[test]
    fn one_file_of_data_is_unpacked() {
        let (inside, _folder) =
            look(&[("__MACOSX/._orders.csv", "x"), ("readme.md", "x"), ("out/orders.csv", "a,b\n")])
                .expect("one file");
        let ArchiveContent::File(path, name) = inside else { panic!("a file") };
        assert_eq!(
            (fs_err::read_to_string(path).expect("there").as_str(), name.as_str()),
            ("a,b\n", "out/orders.csv")
        );
    }

    #[test]
    fn other_archives_are_named_for_what_they_are() {
        for (files, expected) in [
            (&[("a.csv", ""), ("b.csv", "")][..], "a zip archive of 2 files: a.csv, b.csv"),
            (&[("notes.md", "")], "without a file of orders in it: notes.md"),
            (&[("Index/Document.iwa", "")], "Apple Numbers"),
            (&[("word/document.xml", "")], "not a workbook"),
        ] {
            let error = look(files).expect_err("refused");
            assert!(error.message.contains(expected), "{}", error.message);
        }
    }
}
