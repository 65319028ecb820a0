//! Names clusters after the features that distinguish them most.
//!
//! A feature is more distinctive the further the centroid is from the mean of all customers, in standard
//! deviations. Features on one subject (recency and its score) count once. A word is used only if the raw
//! numbers agree: the mean of the cluster is on that side of the overall mean, and the median is not on the
//! other. Names within one clustering differ where further features can tell the clusters apart; remaining
//! duplicates are to be numbered.
//!
//! Deliberately not here: whether the clusters are real ([`super::Selection::strength`]).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::profile::{FeatureProfile, Profile};

/// Minimum distance in standard deviations for a feature to be named.
const MIN_DISTANCE_SDS: f64 = 0.25;

/// A feature that distinguishes a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistinctiveFeature {
    /// Feature name.
    pub feature: String,
    /// Centroid in standard deviations from the mean of all customers.
    pub z: f64,
    /// Word for it, such as `lapsed`.
    pub words: String,
}

/// Position of a word in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum WordPosition {
    When,
    HowOften,
    Other,
    Who,
    With,
}

/// Words for features: feature, subject, position, high, low.
const WORDS: &[(&str, &str, WordPosition, &str, &str)] = &[
    ("recency_days", "recency", WordPosition::When, "lapsed", "recent"),
    ("r_score", "recency", WordPosition::When, "recent", "lapsed"),
    ("frequency_orders", "frequency", WordPosition::HowOften, "frequent", "infrequent"),
    ("f_score", "frequency", WordPosition::HowOften, "frequent", "infrequent"),
    ("monetary", "spend", WordPosition::Who, "big spenders", "small spenders"),
    ("m_score", "spend", WordPosition::Who, "big spenders", "small spenders"),
    ("average_order_value", "basket", WordPosition::With, "large baskets", "small baskets"),
    ("maximum_order_value", "basket", WordPosition::With, "large baskets", "small baskets"),
    ("minimum_order_value", "basket", WordPosition::With, "large baskets", "small baskets"),
    ("tenure_days", "tenure", WordPosition::Other, "long-standing", "new"),
    ("days_between_orders_mean", "pace", WordPosition::Other, "slow-paced", "quick-paced"),
    ("distinct_categories", "range", WordPosition::With, "many categories", "few categories"),
    (
        "distinct_payment_methods",
        "payment",
        WordPosition::With,
        "several payment methods",
        "one payment method",
    ),
    ("order_value_deviation", "evenness", WordPosition::With, "varying order values", "steady order values"),
    (
        "quantity_per_order_mean",
        "quantity",
        WordPosition::With,
        "many items per order",
        "few items per order",
    ),
    ("refund_share", "refunds", WordPosition::With, "many returns", "few returns"),
    ("spend_trend", "trend", WordPosition::Other, "growing", "fading"),
    ("rfm_score", "score", WordPosition::With, "high scores", "low scores"),
    ("rfm_weighted_score", "score", WordPosition::With, "high scores", "low scores"),
];

/// Scores and the raw feature behind each: score, feature, whether high means high.
const SCORE_FEATURES: &[(&str, &str, bool)] = &[
    ("r_score", "recency_days", false),
    ("f_score", "frequency_orders", true),
    ("m_score", "monetary", true),
];

/// Words for clusters in which at least this share bought once.
const ONE_TIME_WORDS: &[(f64, &str)] = &[(0.8, "one-time"), (0.5, "mostly one-time")];

/// How far below that share the words of the previous run are kept.
const HYSTERESIS: f64 = 0.05;

/// Name of a cluster and its basis.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The name, capitalised.
    pub name: String,
    /// Features that the words come from.
    pub named_by: Vec<DistinctiveFeature>,
    /// Up to three features that distinguish the cluster most.
    pub traits: Vec<DistinctiveFeature>,
}

struct Distinction {
    about: String,
    place: WordPosition,
    feature: DistinctiveFeature,
}

/// Ranks the features that distinguish each cluster and names it.
///
/// Shape: one entry per profile. Two names are equal only if six features do not distinguish the clusters.
pub fn names(profiles: &[Profile]) -> Vec<Name> {
    let found: Vec<Vec<Distinction>> = profiles.iter().map(distinctions).collect();
    let mut wanted = vec![3_usize; profiles.len()];
    let mut named: Vec<(String, Vec<DistinctiveFeature>)> =
        found.iter().map(|found| name(found, 3)).collect();
    for words in 4..=6 {
        for at in duplicates(&named) {
            wanted[at] = words;
        }
        for (at, found) in found.iter().enumerate() {
            named[at] = name(found, wanted[at]);
        }
    }
    let traits = found
        .into_iter()
        .map(|found| found.into_iter().take(3).map(|distinction| distinction.feature).collect());
    named.into_iter().zip(traits).map(|((name, named_by), traits)| Name { name, named_by, traits }).collect()
}

/// Whether a name from the previous run is still true of a cluster.
pub(super) fn still_applies(named_by: &[DistinctiveFeature], profile: &Profile) -> bool {
    if named_by.is_empty() {
        // "Average customers".
        return distinctions(profile)
            .first()
            .is_none_or(|distinction| distinction.feature.z.abs() < 2.0 * MIN_DISTANCE_SDS);
    }
    named_by.iter().all(|used| {
        let Some(feature) = profile.features.iter().find(|feature| feature.name == used.feature) else {
            return false;
        };
        let far = feature.z.is_none_or(|z| z * used.z > 0.0);
        let once = ONE_TIME_WORDS.iter().find(|(_, words)| *words == used.words).is_none_or(|(share, _)| {
            profile.one_order_share.is_some_and(|found| found >= share - HYSTERESIS)
        });
        far && once && sides(profile, feature, used.z > 0.0).is_some_and(|(mean, _)| mean > 0.0)
    })
}

/// Numbers duplicate names, except the first of each.
pub(super) fn number(names: &mut [String]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for name in names {
        let mut number = 1;
        let mut candidate = name.clone();
        while !taken.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{name} ({number})");
        }
        *name = candidate;
    }
}

/// Indices of duplicate names.
fn duplicates(named: &[(String, Vec<DistinctiveFeature>)]) -> Vec<usize> {
    (0..named.len()).filter(|at| named.iter().filter(|(name, _)| *name == named[*at].0).count() > 1).collect()
}

/// Whether the raw numbers shown in tables agree.
fn agrees(profile: &Profile, feature: &FeatureProfile, high: bool) -> bool {
    sides(profile, feature, high).is_some_and(|(mean, median)| mean > 0.0 && median >= 0.0)
}

/// How far the raw mean and median lie on that side of the overall ones; none if few customers of the
/// cluster have the feature.
fn sides(profile: &Profile, feature: &FeatureProfile, high: bool) -> Option<(f64, f64)> {
    let plain =
        SCORE_FEATURES.iter().find(|(score, ..)| *score == feature.name).and_then(|(_, plain, same)| {
            Some((profile.features.iter().find(|other| other.name == *plain)?, high == *same))
        });
    let (feature, high) = plain.unwrap_or((feature, high));
    if feature.known_share < 0.5 {
        return None;
    }
    let side = |own: Option<f64>, overall: Option<f64>| {
        own.zip(overall).map_or(0.0, |(own, overall)| if high { own - overall } else { overall - own })
    };
    Some((side(feature.mean, feature.overall_mean), side(feature.median, feature.overall_median)))
}

/// Features used that have a word, most distinctive first, one per subject.
fn distinctions(profile: &Profile) -> Vec<Distinction> {
    let mut found: Vec<Distinction> = profile
        .features
        .iter()
        .filter_map(|feature| {
            let z = feature.z?;
            if !agrees(profile, feature, z > 0.0) {
                return None;
            }
            let known = WORDS.iter().find(|(name, ..)| *name == feature.name);
            let (about, place, words) = if let Some((_, about, place, high, low)) = known {
                ((*about).to_owned(), *place, (if z > 0.0 { *high } else { *low }).to_owned())
            } else {
                let grade = if z > 0.0 { "high" } else { "low" };
                let words = format!("{grade} {}", feature.name.replace('_', " "));
                (feature.name.clone(), WordPosition::With, words)
            };
            let once = profile.one_order_share.filter(|_| about == "frequency" && z < 0.0);
            let once = once.and_then(|found| ONE_TIME_WORDS.iter().find(|(share, _)| found >= *share));
            let words = once.map_or(words, |(_, words)| (*words).to_owned());
            Some(Distinction {
                about,
                place,
                feature: DistinctiveFeature { feature: feature.name.clone(), z, words },
            })
        })
        .collect();
    found.sort_by(|a, b| b.feature.z.abs().total_cmp(&a.feature.z.abs()));
    let mut seen = BTreeSet::new();
    found.retain(|distinction| seen.insert(distinction.about.clone()));
    // Sums of scores repeat recency, frequency and spend.
    if found.iter().any(|distinction| matches!(distinction.about.as_str(), "recency" | "frequency" | "spend"))
    {
        found.retain(|distinction| distinction.about != "score");
    }
    found
}

/// A name from up to `count` features, and those features.
fn name(found: &[Distinction], count: usize) -> (String, Vec<DistinctiveFeature>) {
    let mut used: Vec<&Distinction> = found
        .iter()
        .filter(|distinction| distinction.feature.z.abs() >= MIN_DISTANCE_SDS)
        .take(count)
        .collect();
    if used.is_empty() {
        return ("Average customers".to_owned(), Vec::new());
    }
    let named_by: Vec<DistinctiveFeature> =
        used.iter().map(|distinction| distinction.feature.clone()).collect();
    used.sort_by_key(|distinction| distinction.place);
    let words = |place: WordPosition| {
        used.iter()
            .filter(move |distinction| distinction.place == place)
            .map(|distinction| distinction.feature.words.as_str())
    };
    let mut parts: Vec<&str> = words(WordPosition::When)
        .chain(words(WordPosition::Other))
        .chain(words(WordPosition::HowOften))
        .collect();
    parts.push(words(WordPosition::Who).next().unwrap_or("buyers"));
    let with: Vec<&str> = words(WordPosition::With).collect();
    let joined = match with.as_slice() {
        [] => String::new(),
        [only] => format!(" with {only}"),
        [first @ .., last] => format!(" with {} and {last}", first.join(", ")),
    };
    let name = parts.join(" ") + &joined;
    let mut letters = name.chars();
    (letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect()), named_by)
}
