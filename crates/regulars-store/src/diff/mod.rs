//! Differences between two runs.
//!
//! Deliberately not here: interpreting and displaying them.

mod movement;
mod settings;

use std::collections::BTreeMap;

use regulars_core::manifest::{Input, RunManifest};
use regulars_core::summary::RunSummary;
use regulars_core::validation::RowCounts;
use serde::Serialize;

pub use movement::{Movement, SegmentMove};
pub use settings::ValueChange;

use crate::error::Error;
use crate::run::Run;

/// Differences between two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunDiff {
    /// Headline numbers of the first run.
    pub before: RunFigures,
    /// Headline numbers of the second run.
    pub after: RunFigures,
    /// Configuration keys whose values differ, sorted, such as `scores.method`.
    pub config: Vec<ValueChange>,
    /// Other differences that affect the results: `as_of`, `today`, `seed`, `steps`, `versions.*`, and
    /// `scoring` if a rule set has changed without a new name.
    pub other_changes: Vec<ValueChange>,
    /// Inputs that differ, sorted by role and path.
    pub inputs: Vec<InputChange>,
    /// Sizes of all segments: those of the second run by priority, then those only in the first.
    pub segments: Vec<SegmentChange>,
    /// Movements between segments; `None` unless both runs have the table `customer_segments`.
    pub movement: Option<Movement>,
}

/// Headline numbers of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunFigures {
    /// The run.
    pub run_id: String,
    /// The analysis date.
    pub as_of: String,
    /// Numbers of rows read, accepted, rejected and excluded.
    pub rows: RowCounts,
    /// Customers who bought.
    pub customers: u64,
    /// Orders.
    pub orders: u64,
    /// Revenue, in minor units according to `money_decimals`.
    pub revenue_minor: i64,
    /// Decimals of the amounts.
    pub money_decimals: u8,
    /// The currency, if known.
    pub currency: Option<String>,
}

/// One input that differs: added (`before` after `None`), removed (`after` after `None`) or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputChange {
    /// What the file was used as, such as `orders`.
    pub role: String,
    /// Path or URL.
    pub path: String,
    /// The input of the first run.
    pub before: Option<Input>,
    /// The input of the second run.
    pub after: Option<Input>,
}

/// The size of one segment; `None` if the run's rules have no such segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentChange {
    /// The segment.
    pub segment: String,
    /// Customers in it in the first run.
    pub before: Option<u64>,
    /// Customers in it in the second run.
    pub after: Option<u64>,
}

/// Compares two runs, usually of the same data set.
///
/// # Errors
///
/// [`Kind::Damaged`](crate::Kind::Damaged) if a file of either run cannot be read.
pub fn diff(before: &Run, after: &Run) -> Result<RunDiff, Error> {
    let (summary_before, summary_after) = (before.summary()?, after.summary()?);
    let segments = segment_changes(&summary_before, &summary_after);
    let order = segments.iter().map(|change| change.segment.clone()).collect();
    Ok(RunDiff {
        before: figures(&before.manifest, &summary_before),
        after: figures(&after.manifest, &summary_after),
        config: settings::config_changes(&before.manifest, &after.manifest),
        other_changes: settings::other_changes(
            (&before.manifest, &summary_before.scoring),
            (&after.manifest, &summary_after.scoring),
        ),
        inputs: input_changes(&before.manifest.inputs, &after.manifest.inputs),
        movement: movement::between(before, after, order)?,
        segments,
    })
}

fn figures(manifest: &RunManifest, summary: &RunSummary) -> RunFigures {
    RunFigures {
        run_id: manifest.run_id.clone(),
        as_of: manifest.as_of.clone(),
        rows: manifest.rows,
        customers: summary.customers,
        orders: summary.orders,
        revenue_minor: summary.revenue_minor,
        money_decimals: summary.money_decimals,
        currency: summary.currency.clone(),
    }
}

fn input_changes(before: &[Input], after: &[Input]) -> Vec<InputChange> {
    #[derive(Default)]
    struct Versions<'a> {
        before: Option<&'a Input>,
        after: Option<&'a Input>,
    }
    let mut pairs: BTreeMap<(&str, &str), Versions> = BTreeMap::new();
    for input in before {
        pairs.entry((&input.role, &input.path)).or_default().before = Some(input);
    }
    for input in after {
        pairs.entry((&input.role, &input.path)).or_default().after = Some(input);
    }
    let differ = pairs.into_iter().filter(|(_, versions)| match (versions.before, versions.after) {
        (Some(before), Some(after)) => (before.bytes, &before.sha256) != (after.bytes, &after.sha256),
        _ => true,
    });
    let changes = differ.map(|((role, path), versions)| InputChange {
        role: role.to_owned(),
        path: path.to_owned(),
        before: versions.before.cloned(),
        after: versions.after.cloned(),
    });
    changes.collect()
}

fn segment_changes(before: &RunSummary, after: &RunSummary) -> Vec<SegmentChange> {
    let size = |summary: &RunSummary, name: &str| {
        summary.segments.iter().find(|segment| segment.segment == name).map(|segment| segment.customers)
    };
    let gone = before.segments.iter().filter(|segment| size(after, &segment.segment).is_none());
    let names = after.segments.iter().chain(gone).map(|segment| segment.segment.as_str());
    let changes = names.map(|name| SegmentChange {
        segment: name.to_owned(),
        before: size(before, name),
        after: size(after, name),
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{begin_and_publish, dataset, publish};

    fn input(path: &str, sha256: &str) -> Input {
        Input {
            path: path.to_owned(),
            role: "transactions".to_owned(),
            bytes: 10,
            sha256: sha256.to_owned(),
            rows: 1,
        }
    }

    #[test]
    fn a_run_does_not_differ_from_itself() {
        let (_root, dataset) = dataset();
        let run = begin_and_publish(&dataset, "20260101T000000Z-a", &[(1, "Lost"), (2, "New")]);
        let diff = diff(&run, &run).expect("compared");
        assert_eq!(diff.before, diff.after);
        assert!(diff.config.is_empty() && diff.other_changes.is_empty() && diff.inputs.is_empty());
        let movement = diff.movement.expect("both have segments");
        assert_eq!((movement.stayed, movement.moved, movement.gained, movement.lost), (2, 0, 0, 0));
    }

    #[test]
    fn all_differences_are_reported() {
        let (_root, dataset) = dataset();
        let before =
            publish(&dataset, "20260101T000000Z-a", &[(1, "New"), (2, "New"), (3, "Lost")], |manifest| {
                manifest.inputs = vec![input("a.csv", "11"), input("b.csv", "22"), input("c.csv", "33")];
            });
        let after =
            publish(&dataset, "20260102T000000Z-a", &[(1, "Loyal"), (2, "New"), (4, "New")], |manifest| {
                manifest.inputs = vec![input("b.csv", "22"), input("c.csv", "34"), input("d.csv", "44")];
                manifest.config.scores.nested = !manifest.config.scores.nested;
                manifest.config.source.currency = Some("EUR".to_owned());
                manifest.seed = 7;
            });
        let diff = diff(&before, &after).expect("compared");
        assert_eq!((diff.before.customers, diff.after.revenue_minor), (3, 300));
        let keys: Vec<&str> = diff.config.iter().map(|change| change.key.as_str()).collect();
        assert_eq!(keys, ["scores.nested", "source.currency"]);
        assert_eq!(diff.config[1].before, None);
        assert_eq!(diff.config[1].after, Some("EUR".into()));
        let keys: Vec<&str> = diff.other_changes.iter().map(|change| change.key.as_str()).collect();
        assert_eq!(keys, ["seed"]);
        let inputs: Vec<_> =
            diff.inputs.iter().map(|i| (i.path.as_str(), i.before.is_some(), i.after.is_some())).collect();
        assert_eq!(inputs, [("a.csv", true, false), ("c.csv", true, true), ("d.csv", false, true)]);
        let segments: Vec<_> =
            diff.segments.iter().map(|s| (s.segment.as_str(), s.before, s.after)).collect();
        assert_eq!(segments, [("Loyal", None, Some(1)), ("New", Some(2), Some(2)), ("Lost", Some(1), None)]);
        let movement = diff.movement.as_ref().expect("both have segments");
        assert_eq!(movement.segments, ["Loyal", "New", "Lost"]);
        assert_eq!(movement.customers, [[0, 0, 0], [1, 1, 0], [0, 0, 0]]);
        assert_eq!(
            (movement.gained_into.as_slice(), movement.lost_from.as_slice()),
            (&[0, 1, 0][..], &[0, 0, 1][..])
        );
        let json = serde_json::to_value(&diff).expect("serialisable");
        assert_eq!(json["movement"]["moved"], 1);
        assert_eq!(json["before"]["rows"]["clean"], 3);
    }

    #[test]
    fn a_run_without_segments_has_no_movement() {
        let (_root, dataset) = dataset();
        let before = begin_and_publish(&dataset, "20260101T000000Z-a", &[(1, "New")]);
        let after =
            publish(&dataset, "20260102T000000Z-a", &[(1, "New")], |manifest| manifest.tables.clear());
        assert_eq!(diff(&before, &after).expect("compared").movement, None);
    }
}
