//! Names of data sets and runs: restricted to what is valid as a folder name.

use crate::error::{Error, Kind};

/// Checks that `name` is a valid data set name: it becomes a folder name and part of a URL.
///
/// Errors: [`Kind::Name`] unless it is 1-64 of `a-z 0-9 _ -`, starting with a letter or digit.
pub fn check_dataset_name(name: &str) -> Result<(), Error> {
    let good = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
        && name.as_bytes()[0].is_ascii_alphanumeric();
    if good {
        return Ok(());
    }
    Err(Error::new(
        Kind::Name,
        format!("`{name}` is not a valid data set name: expected 1 to 64 of a-z, 0-9, `_` and `-`"),
    )
    .hint(format!("try `--name {}`", dataset_name_from(name))))
}

/// Whether `run` can be the name of a run, part of a path: 1 to 128 of `A-Z a-z 0-9 _ - .`, not starting
/// with a dot.
pub fn is_run_name(run: &str) -> bool {
    (1..=128).contains(&run.len())
        && !run.starts_with('.')
        && run.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Derives a data set name from a file name: `Orders 2024 (1).csv.gz` becomes `orders_2024_1`.
pub fn dataset_name_from(path: &str) -> String {
    let base = path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path);
    let mut stem = base;
    while let Some((head, tail)) = stem.rsplit_once('.') {
        if !matches!(
            tail.to_ascii_lowercase().as_str(),
            "csv"
                | "tsv"
                | "txt"
                | "gz"
                | "zst"
                | "zstd"
                | "parquet"
                | "pq"
                | "json"
                | "ndjson"
                | "jsonl"
                | "xlsx"
                | "xlsm"
                | "xlsb"
                | "xls"
                | "ods"
                | "zip"
        ) || head.is_empty()
        {
            break;
        }
        stem = head;
    }
    let mut out = String::new();
    for c in stem.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    let out: String = out.trim_end_matches('_').chars().take(64).collect();
    if out.is_empty() { "orders".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_files_and_pass_their_own_check() {
        for (path, expected) in [
            ("shared/data/cdnow_master.csv", "cdnow_master"),
            ("Orders 2024 (1).CSV.gz", "orders_2024_1"),
            ("Orders.xlsx", "orders"),
            ("s3://bucket/folder/", "folder"),
            ("*.csv", "orders"),
            ("-", "orders"),
            ("Übersicht.csv", "bersicht"),
            ("v1.2.parquet", "v1_2"),
        ] {
            let name = dataset_name_from(path);
            assert_eq!(name, expected, "{path}");
            assert!(check_dataset_name(&name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_name_that_could_leave_its_folder_is_refused() {
        for name in ["", "..", "a/b", "-x", "Über", "A", &"x".repeat(65)] {
            assert!(check_dataset_name(name).is_err(), "{name}");
        }
        assert!(is_run_name("20260101T000000Z-a") && is_run_name("previous"));
        for run in ["", "..", ".x", "a/b", "ä", &"x".repeat(129)] {
            assert!(!is_run_name(run), "{run}");
        }
    }
}
