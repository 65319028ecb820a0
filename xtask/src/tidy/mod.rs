//! The automated project rules. Each returns a list of findings; an empty list is good.
//!
//! The tests at the end run every rule on this repository, so `./dev test` fails whenever `cargo xtask tidy`
//! does. Deliberately not here: what clippy and rustfmt already check.

mod edges;
mod executables;
mod files;
mod metadata;
mod project;
mod sources;
mod table;
mod words;

use std::path::Path;

/// Runs every rule on the workspace in `root`.
///
/// Shape: one line per finding, `place: what is wrong, and what was expected`; paths are relative to `root`.
pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<String>> {
    let packages = metadata::packages(root)?;
    let files = files::below(root)?;
    let mut findings = edges::check(&packages);
    findings.extend(executables::check(&packages)?);
    findings.extend(sources::check(&files)?);
    findings.extend(project::check_manifests(&packages)?);
    findings.extend(project::check_presence(root));
    findings.extend(project::check_scripts(&files)?);
    findings.extend(project::check_third_party(&files)?);
    findings.extend(words::check(root, &files)?);
    let prefix = format!("{}/", root.display());
    Ok(findings.iter().map(|finding| finding.replace(&prefix, "")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    fn expect_none(findings: &[String]) {
        assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    }

    #[test]
    fn every_dependency_is_in_the_table() {
        expect_none(&edges::check(&metadata::packages(root()).expect("metadata")));
    }

    #[test]
    fn few_executables_link_the_engine() {
        let packages = metadata::packages(root()).expect("metadata");
        expect_none(&executables::check(&packages).expect("readable"));
    }

    #[test]
    fn sources_are_opened_by_their_purpose_short_and_finished() {
        expect_none(&sources::check(&files::below(root()).expect("readable")).expect("readable"));
    }

    #[test]
    fn every_crate_takes_the_lints_of_the_workspace() {
        let packages = metadata::packages(root()).expect("metadata");
        expect_none(&project::check_manifests(&packages).expect("readable"));
    }

    #[test]
    fn the_documents_and_scripts_of_the_project_are_there() {
        expect_none(&project::check_presence(root()));
    }

    #[test]
    fn rejected_words_are_not_used() {
        expect_none(&words::check(root(), &files::below(root()).expect("readable")).expect("readable"));
    }

    #[test]
    fn shell_scripts_parse() {
        expect_none(&project::check_scripts(&files::below(root()).expect("readable")).expect("bash"));
    }

    #[test]
    fn no_third_party_file_is_in_the_tree() {
        expect_none(&project::check_third_party(&files::below(root()).expect("readable")).expect("readable"));
    }
}
