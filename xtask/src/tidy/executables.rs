//! Limits the number of executables that link the engine: each is well over 100 MB and takes seconds to link.
//!
//! A crate reaches the engine if it depends on `datafusion`, directly or through another crate of the
//! workspace. In such a crate each of these counts as one executable:
//!
//! - a program, and separately its unit tests;
//! - the unit tests of a library;
//! - a file or folder of `tests`, `examples` or `benches` whose source names a crate that reaches the engine.
//!   The linker includes only crates that are named, so tests that merely start the program are small and do
//!   not count.
//!
//! `test = false` on a library or program excludes its unit tests.

use std::collections::BTreeSet;
use std::path::Path;

use super::files;
use super::metadata::{Package, Target};
use super::table::{ENGINE, MAX_ENGINE_EXECUTABLES};

/// Shape: no finding, or one that lists the executables.
pub(super) fn check(packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let executables = linking_engine(packages)?;
    if executables.len() <= MAX_ENGINE_EXECUTABLES {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{} executables link {ENGINE}, at most {MAX_ENGINE_EXECUTABLES} may: {} (`test = false` under [lib] excludes unit tests)",
        executables.len(),
        executables.join(", ")
    )])
}

fn linking_engine(packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let with_dev = reaching_engine(packages);
    let mut executables = Vec::new();
    for package in packages {
        // A dev-dependency makes tests large, but not the crates that depend on this one.
        let reaches = package.dependencies.iter().any(|d| !d.dev && reaches_through(&d.name, &with_dev));
        let reaches_in_tests = package.dependencies.iter().any(|d| reaches_through(&d.name, &with_dev));
        for target in &package.targets {
            let name = format!("{} {} `{}`", package.name, target.kind, target.name);
            match target.kind.as_str() {
                "bin" if reaches => executables.push(name.clone()),
                "test" | "example" | "bench"
                    if reaches_in_tests && names_engine(target, package, &with_dev)? =>
                {
                    executables.push(name.clone());
                }
                _ => {}
            }
            if matches!(target.kind.as_str(), "bin" | "lib") && target.tested && reaches_in_tests {
                executables.push(format!("unit tests of {name}"));
            }
        }
    }
    Ok(executables)
}

/// Names of workspace crates that depend on the engine, directly or indirectly.
fn reaching_engine(packages: &[Package]) -> BTreeSet<&str> {
    let mut reaching = BTreeSet::new();
    loop {
        let before = reaching.len();
        for package in packages {
            if package.dependencies.iter().any(|d| !d.dev && reaches_through(&d.name, &reaching)) {
                reaching.insert(package.name.as_str());
            }
        }
        if reaching.len() == before {
            return reaching;
        }
    }
}

fn reaches_through(dependency: &str, reaching: &BTreeSet<&str>) -> bool {
    dependency == ENGINE || reaching.contains(dependency)
}

fn names_engine(target: &Target, package: &Package, reaching: &BTreeSet<&str>) -> anyhow::Result<bool> {
    let own_library = package.targets.iter().any(|t| t.kind == "lib");
    let crate_names: Vec<String> = reaching
        .iter()
        .chain([&ENGINE])
        .filter(|name| own_library || **name != package.name)
        .map(|name| format!("{}::", name.replace('-', "_")))
        .collect();
    let folder = target.source.parent().filter(|_| target.source.ends_with("main.rs"));
    let sources = match folder {
        Some(folder) => files::below(folder)?,
        None => vec![target.source.clone()],
    };
    for source in sources.iter().filter(|path| is_rust(path)) {
        let text = fs_err::read_to_string(source)?;
        if crate_names.iter().any(|name| text.contains(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::metadata::Dependency;

    fn package(name: &str, dependencies: &[&str], targets: &[(&str, bool)]) -> Package {
        Package {
            name: name.to_owned(),
            dependencies: dependencies
                .iter()
                .map(|d| Dependency {
                    name: d.trim_start_matches("dev:").to_owned(),
                    dev: d.starts_with("dev:"),
                })
                .collect(),
            targets: targets
                .iter()
                .map(|(kind, tested)| Target {
                    name: name.to_owned(),
                    kind: (*kind).to_owned(),
                    tested: *tested,
                    ..Target::default()
                })
                .collect(),
            ..Package::default()
        }
    }

    #[test]
    fn programs_and_unit_tests_count_wherever_the_engine_is_reached() {
        let packages = [
            package("core", &["serde"], &[("lib", true)]),
            package("engine", &["core", "datafusion"], &[("lib", false)]),
            package("pipeline", &["engine"], &[("lib", true)]),
            package("server", &["core", "dev:pipeline"], &[("lib", true)]),
            package("pages", &["server"], &[("lib", true)]),
            package("cli", &["pipeline", "server"], &[("bin", true)]),
        ];
        assert_eq!(
            linking_engine(&packages).expect("no sources read"),
            [
                "unit tests of pipeline lib `pipeline`",
                "unit tests of server lib `server`",
                "cli bin `cli`",
                "unit tests of cli bin `cli`"
            ]
        );
        assert!(check(&packages).expect("no sources read").is_empty());
    }

    #[test]
    fn a_fifth_is_one_too_many() {
        let mut packages = vec![package("engine", &["datafusion"], &[("lib", true)])];
        packages.extend((0..5).map(|_| package("cli", &["engine"], &[("bin", false)])));
        let findings = check(&packages).expect("no sources read");
        assert!(
            findings[0].starts_with("6 executables link datafusion, at most 5 may: unit tests of engine")
        );
    }
}
