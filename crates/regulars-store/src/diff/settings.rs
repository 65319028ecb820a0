//! Settings that differ between two runs, key by key.
//!
//! Deliberately not here: the meaning of settings, and the effect of a change.

use std::collections::BTreeMap;

use regulars_core::manifest::RunManifest;
use serde::Serialize;
use serde_json::{Value, json};

/// One key whose values differ; a value is `None` if the key is not set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueChange {
    /// The key, with a dot between levels.
    pub key: String,
    /// Value in the first run.
    pub before: Option<Value>,
    /// Value in the second run.
    pub after: Option<Value>,
}

/// The configuration keys that differ, sorted.
pub(crate) fn config_changes(before: &RunManifest, after: &RunManifest) -> Vec<ValueChange> {
    changes(&config(before), &config(after))
}

/// Other differences that affect the results, sorted.
///
/// Each side is the manifest and the summary's description of scores and segments.
pub(crate) fn other_changes(before: (&RunManifest, &str), after: (&RunManifest, &str)) -> Vec<ValueChange> {
    changes(&other_inputs(before), &other_inputs(after))
}

fn config(manifest: &RunManifest) -> Value {
    serde_json::to_value(&manifest.config).expect("the configuration was JSON when the run was opened")
}

fn other_inputs((manifest, scoring): (&RunManifest, &str)) -> Value {
    json!({
        "as_of": manifest.as_of,
        "today": manifest.today,
        "seed": manifest.seed,
        "steps": manifest.steps,
        "versions": manifest.versions,
        "scoring": scoring,
    })
}

fn changes(before: &Value, after: &Value) -> Vec<ValueChange> {
    let (mut before, mut after) = (flat(before), flat(after));
    let keys: Vec<String> =
        before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))).cloned().collect();
    let mut changes: Vec<ValueChange> = keys
        .into_iter()
        .map(|key| ValueChange { before: before.remove(&key), after: after.remove(&key), key })
        .filter(|change| change.before != change.after)
        .collect();
    changes.sort_by(|one, other| one.key.cmp(&other.key));
    changes
}

fn flat(value: &Value) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    collect("", value, &mut leaves);
    leaves
}

fn collect(key: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let below = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                collect(&below, field, leaves);
            }
        }
        // A list of plain values is compared as a whole; a list of tables, such as rules, item by item.
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (at, item) in items.iter().enumerate() {
                collect(&format!("{key}[{at}]"), item, leaves);
            }
        }
        // Equivalent to a missing key.
        Value::Null => {}
        leaf => {
            leaves.insert(key.to_owned(), leaf.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &Value, after: &Value, expected: &[(&str, Value, Value)]) {
        let found = changes(before, after);
        let found: Vec<_> = found
            .into_iter()
            .map(|c| (c.key, c.before.unwrap_or_default(), c.after.unwrap_or_default()))
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(k, b, a)| ((*k).to_owned(), b.clone(), a.clone())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn keys_are_compared_leaf_by_leaf() {
        check(&json!({"a": {"b": 1, "c": 2}}), &json!({"a": {"c": 2, "b": 1}}), &[]);
        check(&json!({"a": {"b": 1}}), &json!({"a": {"b": 2}}), &[("a.b", json!(1), json!(2))]);
        check(
            &json!({"z": 1}),
            &json!({"a": 1}),
            &[("a", Value::Null, json!(1)), ("z", json!(1), Value::Null)],
        );
        check(&json!({"a": null}), &json!({}), &[]);
        check(&json!({"a": [1, 2]}), &json!({"a": [1, 3]}), &[("a", json!([1, 2]), json!([1, 3]))]);
        check(
            &json!({"rules": [{"r": 1}, {"r": 2}]}),
            &json!({"rules": [{"r": 1}, {"r": 3}]}),
            &[("rules[1].r", json!(2), json!(3))],
        );
    }
}
