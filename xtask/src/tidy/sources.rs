//! Rules for Rust files: a purpose at the top, a limited length, no unfinished work, documented errors.

use std::path::{Path, PathBuf};

/// Maximum number of lines of a file, without its tests.
const MAX_LINES: usize = 800;

/// Marks of unfinished work. Split in two so that this file does not match.
const UNFINISHED: [&str; 5] = [
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Shape: one finding per violation in the Rust files among `files`.
pub(super) fn check(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        let text = fs_err::read_to_string(path)?;
        findings.extend(
            problems(path, &text).into_iter().map(|problem| format!("{}: {problem}", path.display())),
        );
    }
    Ok(findings)
}

fn problems(path: &Path, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !text.starts_with("//!") {
        problems.push(
            "does not start with `//!`: state the purpose of the file and what does not belong here"
                .to_owned(),
        );
    }
    let lines = lines_without_tests(path, text);
    if lines > MAX_LINES {
        problems.push(format!(
            "has {lines} lines without tests, at most {MAX_LINES}: split it by responsibility"
        ));
    }
    for (number, line) in text.lines().enumerate() {
        if let Some(mark) = UNFINISHED.iter().find(|mark| line.contains(**mark)) {
            problems.push(format!("line {}: `{mark}` is unfinished work", number + 1));
        }
    }
    if is_library(path) {
        problems.extend(undocumented_errors(text));
    }
    problems
}

/// Number of lines before the final `mod tests`; 0 for files that only contain tests.
fn lines_without_tests(path: &Path, text: &str) -> usize {
    let all_tests = path.file_name().is_some_and(|name| name == "tests.rs")
        || path.components().any(|part| part.as_os_str() == "tests");
    if all_tests {
        return 0;
    }
    let code = text.find("\n#[cfg(test)]\nmod tests {").map_or(text, |start| &text[..=start]);
    code.lines().count()
}

/// Whether the file belongs to a library; programs print their errors instead.
fn is_library(path: &Path) -> bool {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let Some(at) = parts.iter().rposition(|part| part == "crates") else { return false };
    parts.get(at + 1).is_some_and(|name| name != "regulars-cli")
        && parts.get(at + 2).is_some_and(|part| part == "src")
}

/// Documented public functions that return a `Result` without a line `Errors:` or a heading `# Errors`.
fn undocumented_errors(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut docs: Option<bool> = None;
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    for (number, line) in lines.iter().enumerate() {
        if let Some(doc) = line.strip_prefix("///") {
            let doc = doc.trim_start();
            docs = Some(docs.unwrap_or(false) || doc.starts_with("Errors:") || doc == "# Errors");
            continue;
        }
        // Attributes come between the docs and the function.
        if line.starts_with("#[") {
            continue;
        }
        let says_errors = docs.take();
        let public = ["pub fn ", "pub async fn "].iter().any(|start| line.starts_with(start));
        if public && says_errors == Some(false) {
            let end = lines[number..].iter().position(|line| line.ends_with(['{', ';'])).unwrap_or(0);
            let signature = lines[number..=number + end].concat();
            if signature.split_once("->").is_some_and(|(_, result)| result.starts_with(" Result<")) {
                problems.push(format!("line {}: returns a Result, its docs have no `Errors:`", number + 1));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, text: &str) -> Vec<String> {
        problems(Path::new(path), text)
    }

    #[test]
    fn a_good_file_has_no_problems() {
        let text = "//! Adds.\n\n/// Adds.\n///\n/// Errors: none in truth.\n#[inline]\npub fn add() -> Result<(), E> {\n}\n";
        assert!(of("crates/regulars-core/src/add.rs", text).is_empty());
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        assert!(of("a.rs", "use std::fmt;\n")[0].starts_with("does not start with `//!`"));
    }

    #[test]
    fn only_code_counts_as_length() {
        let long = "//! Long.\n".repeat(801);
        assert!(of("a.rs", &long)[0].starts_with("has 801 lines"));
        assert!(of("src/rfm/tests.rs", &long).is_empty());
        assert!(of("tests/it/main.rs", &long).is_empty());
        let tests = format!("//! Short.\n\n#[cfg(test)]\nmod tests {{\n{}}}\n", "    // line\n".repeat(900));
        assert!(of("a.rs", &tests).is_empty());
    }

    #[test]
    fn unfinished_work_is_found() {
        let text = format!("//! Soon.\nfn soon() {{ {}) }}\n", UNFINISHED[0]);
        assert!(of("a.rs", &text)[0].starts_with("line 2: "));
    }

    #[test]
    fn errors_of_public_functions_of_libraries_are_explained() {
        let text =
            "//! Adds.\n\n/// Adds.\npub fn add(\n    a: i64,\n) -> Result<i64, E> {\n    /// Inner.\n}\n";
        assert!(of("crates/regulars-core/src/a.rs", text)[0].starts_with("line 4: returns a Result"));
        assert!(of("crates/regulars-cli/src/a.rs", text).is_empty());
        let sound = "//! Adds.\n\n/// Adds.\npub fn add() -> i64 {\n}\n\n/// Why not.\npub enum E {}\n";
        assert!(of("crates/regulars-core/src/a.rs", sound).is_empty());
    }
}
