//! Rules for everything but the code: manifests, documents, scripts and third-party files.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::metadata::Package;

/// Files that every contributor expects.
const EXPECTED: [&str; 7] =
    ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".ci/run", "dev"];

/// Those that have to be executable.
const EXECUTABLE: [&str; 2] = [".ci/run", "dev"];

/// Longer lines are not written by hand, but are typical of minified scripts and styles.
const LONGEST_LINE: usize = 1000;

/// Shape: one finding per crate that does not inherit the workspace lints.
pub(super) fn check_manifests(packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for package in packages {
        let manifest = fs_err::read_to_string(&package.manifest)?;
        if !takes_workspace_lints(&manifest) {
            findings.push(format!(
                "{}: `[lints]` with `workspace = true` is missing",
                package.manifest.display()
            ));
        }
    }
    Ok(findings)
}

fn takes_workspace_lints(manifest: &str) -> bool {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[lints]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .any(|line| line == "workspace = true")
}

/// Shape: one finding per document or script that is missing or not executable.
pub(super) fn check_presence(root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    for name in EXPECTED {
        match fs_err::metadata(root.join(name)) {
            Err(_) => findings.push(format!("{name}: is missing")),
            Ok(metadata) if EXECUTABLE.contains(&name) && metadata.permissions().mode() & 0o111 == 0 => {
                findings.push(format!("{name}: is not executable"));
            }
            Ok(_) => {}
        }
    }
    findings
}

/// Shape: one finding per shell script that bash cannot parse.
pub(super) fn check_scripts(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files {
        // A script is recognised by its extension or first line; only candidates are read.
        let by_name = path.extension().is_some_and(|extension| extension == "sh" || extension == "bash");
        if !by_name && (path.extension().is_some() || !opens_as_shell(&fs_err::read(path)?)) {
            continue;
        }
        let output = Command::new("bash").arg("-n").arg(path).output().context("cannot run bash")?;
        if !output.status.success() {
            findings.push(format!("{}: {}", path.display(), String::from_utf8_lossy(&output.stderr).trim()));
        }
    }
    Ok(findings)
}

fn opens_as_shell(content: &[u8]) -> bool {
    let first_line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let words = String::from_utf8_lossy(first_line);
    words.starts_with("#!") && words.split(['/', ' ']).any(|word| matches!(word, "sh" | "bash"))
}

/// Shape: one finding per third-party or minified file.
pub(super) fn check_third_party(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let foreign_folder = path
            .components()
            .any(|part| matches!(part.as_os_str().to_str(), Some("node_modules" | "vendor")));
        if foreign_folder || name.ends_with(".min.js") || name.ends_with(".min.css") {
            findings
                .push(format!("{}: is a third-party file; take it from a package instead", path.display()));
        } else if path.extension().is_some_and(|extension| extension == "js" || extension == "css") {
            let text = fs_err::read_to_string(path)?;
            if text.lines().any(|line| line.len() > LONGEST_LINE) {
                findings.push(format!(
                    "{}: has a line of more than {LONGEST_LINE} characters and looks minified",
                    path.display()
                ));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_taken_from_their_own_section() {
        assert!(takes_workspace_lints("[package]\n[lints]\nworkspace = true\n"));
        assert!(!takes_workspace_lints("[package]\nworkspace = true\n[lints]\n[lib]\nworkspace = true\n"));
    }

    #[test]
    fn shell_scripts_are_known_by_their_first_line() {
        assert!(opens_as_shell(b"#!/usr/bin/env bash\nset -e\n"));
        assert!(opens_as_shell(b"#!/bin/sh -e\n"));
        assert!(!opens_as_shell(b"#!/usr/bin/env python3\n"));
        assert!(!opens_as_shell(b"bash is a shell\n"));
    }

    #[test]
    fn foreign_files_are_known_by_name_and_place() {
        let findings = check_third_party(&["static/plotly.min.js".into(), "static/vendor/x.txt".into()])
            .expect("by name");
        assert_eq!(findings.len(), 2);
    }
}
