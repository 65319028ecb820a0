//! Dependencies and targets of the workspace crates, from `cargo metadata`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

/// One crate of the workspace.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest: PathBuf,
    /// All dependencies of any kind: dev-dependencies also cost build time.
    pub(super) dependencies: Vec<Dependency>,
    pub(super) targets: Vec<Target>,
}

#[derive(Debug, Default)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Used only by tests, benches and examples.
    pub(super) dev: bool,
}

/// A library, program, test or example of a crate.
#[derive(Debug, Default)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) kind: String,
    /// Whether `cargo test` builds an executable with its unit tests.
    pub(super) tested: bool,
    pub(super) source: PathBuf,
}

/// Asks cargo for the crates of the workspace in `root`.
pub(super) fn packages(root: &Path) -> anyhow::Result<Vec<Package>> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("cannot run `cargo metadata`")?;
    ensure!(output.status.success(), "`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).context("output of `cargo metadata`")?;
    list(&metadata, "packages").map(package).collect()
}

fn package(value: &Value) -> anyhow::Result<Package> {
    let dependencies = list(value, "dependencies")
        .map(|d| Ok(Dependency { name: text(d, "name")?, dev: d["kind"].as_str() == Some("dev") }))
        .collect::<anyhow::Result<_>>()?;
    let targets = list(value, "targets")
        .map(|target| {
            Ok(Target {
                name: text(target, "name")?,
                kind: target["kind"][0].as_str().context("`kind` of a target")?.to_owned(),
                tested: target["test"].as_bool().context("`test` of a target")?,
                source: text(target, "src_path")?.into(),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Package {
        name: text(value, "name")?,
        manifest: text(value, "manifest_path")?.into(),
        dependencies,
        targets,
    })
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    value[key].as_str().map(str::to_owned).with_context(|| format!("`cargo metadata` has no text `{key}`"))
}
