//! Checks the dependencies of every crate against the table.

use super::metadata::Package;
use super::table::{HEAVY, HEAVY_FAMILIES, Row, TABLE};

/// Shape: one finding per dependency that the table does not allow, per crate missing from the table, and per
/// crate in the table that no longer exists.
pub(super) fn check(packages: &[Package]) -> Vec<String> {
    check_against(packages, TABLE)
}

fn check_against(packages: &[Package], table: &[Row]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        let Some(row) = table.iter().find(|row| row.name == package.name) else {
            findings
                .push(format!("{}: is not in the table of crates (xtask/src/tidy/table.rs)", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let allowed = if packages.iter().any(|other| other.name == name) {
                row.ours.contains(&name)
            } else {
                !is_heavy(name) || row.heavy.contains(&name)
            };
            if !allowed {
                findings.push(format!(
                    "{}: depends on `{name}`, which its row in xtask/src/tidy/table.rs does not allow",
                    package.name
                ));
            }
        }
    }
    for row in table {
        if !packages.iter().any(|package| package.name == row.name) {
            findings.push(format!("{}: is in the table of crates but not in the workspace", row.name));
        }
    }
    findings
}

fn is_heavy(name: &str) -> bool {
    HEAVY.contains(&name) || HEAVY_FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::metadata::Dependency;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies =
            dependencies.iter().map(|name| Dependency { name: (*name).to_owned(), dev: false }).collect();
        Package { name: name.to_owned(), dependencies, ..Package::default() }
    }

    const TWO: &[Row] = &[
        Row { name: "low", ours: &[], heavy: &["serde"] },
        Row { name: "high", ours: &["low"], heavy: &[] },
    ];

    #[test]
    fn edges_in_the_table_and_light_crates_are_fine() {
        let packages = [package("low", &["serde", "thiserror"]), package("high", &["low", "thiserror"])];
        assert!(check_against(&packages, TWO).is_empty());
    }

    #[test]
    fn other_edges_are_found() {
        let packages = [package("low", &["high"]), package("high", &["serde", "datafusion-expr"])];
        let findings = check_against(&packages, TWO);
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(findings[0].starts_with("low: depends on `high`"));
        assert!(findings[2].starts_with("high: depends on `datafusion-expr`"));
    }

    #[test]
    fn table_and_workspace_name_the_same_crates() {
        let findings = check_against(&[package("low", &[]), package("new", &[])], TWO);
        assert!(findings[0].starts_with("new: is not in the table"));
        assert!(findings[1].starts_with("high: is in the table of crates but not"));
    }

    #[test]
    fn the_table_names_only_what_is_known_to_be_heavy() {
        for row in TABLE {
            for name in row.heavy {
                assert!(is_heavy(name), "{}: `{name}` is not in HEAVY", row.name);
            }
            for name in row.ours {
                assert!(TABLE.iter().any(|other| other.name == *name), "{}: `{name}` has no row", row.name);
            }
        }
    }
}
