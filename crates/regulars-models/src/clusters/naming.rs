//! What a cluster is, in words: the features that set it apart most, and a name made from them.
//!
//! A feature is telling by how far the centroid is from the mean of all customers, in standard
//! deviations. Features that say the same (recency and its score) count once. A word is only used if what
//! people will look at agrees: the plain mean is on that side of the mean of all customers, and the median
//! is not on the other. Names of one clustering are different where more features can tell them apart;
//! what is left equal is to be numbered.
//!
//! Deliberately not here: whether there is anything to be named ([`super::Selection::strength`]).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::profile::{FeatureProfile, Profile};

/// Below this many standard deviations a feature is not worth a word.
const WORTH_A_WORD: f64 = 0.25;

/// A feature that sets a cluster apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// The feature.
    pub feature: String,
    /// The centroid in standard deviations from the mean of all customers.
    pub z: f64,
    /// The same in words, such as `lapsed`.
    pub words: String,
}

/// Where a word stands in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    When,
    HowOften,
    Other,
    Who,
    With,
}

/// The words of features: name of the feature, what it is about, its place, high, low.
const WORDS: &[(&str, &str, Place, &str, &str)] = &[
    ("recency_days", "recency", Place::When, "lapsed", "recent"),
    ("r_score", "recency", Place::When, "recent", "lapsed"),
    ("frequency_orders", "frequency", Place::HowOften, "frequent", "infrequent"),
    ("f_score", "frequency", Place::HowOften, "frequent", "infrequent"),
    ("monetary", "spend", Place::Who, "big spenders", "small spenders"),
    ("m_score", "spend", Place::Who, "big spenders", "small spenders"),
    ("average_order_value", "basket", Place::With, "large baskets", "small baskets"),
    ("maximum_order_value", "basket", Place::With, "large baskets", "small baskets"),
    ("minimum_order_value", "basket", Place::With, "large baskets", "small baskets"),
    ("tenure_days", "tenure", Place::Other, "long-standing", "newly won"),
    ("days_between_orders_mean", "pace", Place::Other, "slow-paced", "quick-paced"),
    ("distinct_categories", "range", Place::With, "many categories", "few categories"),
    ("distinct_payment_methods", "payment", Place::With, "many ways to pay", "one way to pay"),
    ("order_value_deviation", "evenness", Place::With, "uneven amounts", "even amounts"),
    ("quantity_per_order_mean", "quantity", Place::With, "many pieces an order", "few pieces an order"),
    ("refund_share", "refunds", Place::With, "many returns", "few returns"),
    ("spend_trend", "trend", Place::Other, "growing", "fading"),
    ("rfm_score", "score", Place::With, "high scores", "low scores"),
    ("rfm_weighted_score", "score", Place::With, "high scores", "low scores"),
];

/// Features that stand for another, which people look at: the score, the feature, whether high is high.
const PLAIN: &[(&str, &str, bool)] = &[
    ("r_score", "recency_days", false),
    ("f_score", "frequency_orders", true),
    ("m_score", "monetary", true),
];

/// Words for clusters in which at least this share bought once.
const ONCE: &[(f64, &str)] = &[(0.8, "one-time"), (0.5, "mostly one-time")];

/// How far below that share the words of the run before are kept.
const KEPT: f64 = 0.05;

/// What a cluster is called, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// In words, beginning with a capital letter.
    pub name: String,
    /// The features that the words are made from.
    pub said: Vec<Trait>,
    /// The features that set the cluster apart most, at most three.
    pub traits: Vec<Trait>,
}

struct Telling {
    about: String,
    place: Place,
    told: Trait,
}

/// The features that set each cluster apart, the most telling first, and a name for it.
///
/// Shape: one entry a profile. Names are equal only where six features do not tell them apart.
pub fn names(profiles: &[Profile]) -> Vec<Name> {
    let told: Vec<Vec<Telling>> = profiles.iter().map(telling).collect();
    let mut wanted = vec![3_usize; profiles.len()];
    let mut named: Vec<(String, Vec<Trait>)> = told.iter().map(|told| name(told, 3)).collect();
    for words in 4..=6 {
        for at in doubled(&named) {
            wanted[at] = words;
        }
        for (at, told) in told.iter().enumerate() {
            named[at] = name(told, wanted[at]);
        }
    }
    let traits = told.into_iter().map(|told| told.into_iter().take(3).map(|telling| telling.told).collect());
    named.into_iter().zip(traits).map(|((name, said), traits)| Name { name, said, traits }).collect()
}

/// Whether a name given in the run before is still true of a cluster.
pub(super) fn holds(said: &[Trait], profile: &Profile) -> bool {
    if said.is_empty() {
        // "Average customers".
        return telling(profile).first().is_none_or(|telling| telling.told.z.abs() < 2.0 * WORTH_A_WORD);
    }
    said.iter().all(|said| {
        let Some(feature) = profile.features.iter().find(|feature| feature.name == said.feature) else {
            return false;
        };
        let far = feature.z.is_none_or(|z| z * said.z > 0.0);
        let once = ONCE
            .iter()
            .find(|(_, words)| *words == said.words)
            .is_none_or(|(share, _)| profile.once_share.is_some_and(|found| found >= share - KEPT));
        far && once && sides(profile, feature, said.z > 0.0).is_some_and(|(mean, _)| mean > 0.0)
    })
}

/// Numbers names that occur more than once, but for their first.
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

/// Places of names that occur more than once.
fn doubled(named: &[(String, Vec<Trait>)]) -> Vec<usize> {
    (0..named.len()).filter(|at| named.iter().filter(|(name, _)| *name == named[*at].0).count() > 1).collect()
}

/// Whether the plain numbers say so, too: those that tables show.
fn agrees(profile: &Profile, feature: &FeatureProfile, high: bool) -> bool {
    sides(profile, feature, high).is_some_and(|(mean, median)| mean > 0.0 && median >= 0.0)
}

/// By how much plain mean and median are on that side of those of all customers; nothing if few of the
/// cluster's customers have the feature.
fn sides(profile: &Profile, feature: &FeatureProfile, high: bool) -> Option<(f64, f64)> {
    let plain = PLAIN.iter().find(|(score, ..)| *score == feature.name).and_then(|(_, plain, same)| {
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

/// Every feature used that has a word, the most telling first, each subject once.
fn telling(profile: &Profile) -> Vec<Telling> {
    let mut told: Vec<Telling> = profile
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
                (feature.name.clone(), Place::With, words)
            };
            let once = profile.once_share.filter(|_| about == "frequency" && z < 0.0);
            let once = once.and_then(|found| ONCE.iter().find(|(share, _)| found >= *share));
            let words = once.map_or(words, |(_, words)| (*words).to_owned());
            Some(Telling { about, place, told: Trait { feature: feature.name.clone(), z, words } })
        })
        .collect();
    told.sort_by(|a, b| b.told.z.abs().total_cmp(&a.told.z.abs()));
    let mut seen = BTreeSet::new();
    told.retain(|telling| seen.insert(telling.about.clone()));
    // Sums of the scores say again what recency, frequency and spend say.
    if told.iter().any(|telling| matches!(telling.about.as_str(), "recency" | "frequency" | "spend")) {
        told.retain(|telling| telling.about != "score");
    }
    told
}

/// A name of up to `count` features, and these.
fn name(told: &[Telling], count: usize) -> (String, Vec<Trait>) {
    let mut used: Vec<&Telling> =
        told.iter().filter(|telling| telling.told.z.abs() >= WORTH_A_WORD).take(count).collect();
    if used.is_empty() {
        return ("Average customers".to_owned(), Vec::new());
    }
    let said: Vec<Trait> = used.iter().map(|telling| telling.told.clone()).collect();
    used.sort_by_key(|telling| telling.place);
    let words = |place: Place| {
        used.iter().filter(move |telling| telling.place == place).map(|telling| telling.told.words.as_str())
    };
    let mut parts: Vec<&str> =
        words(Place::When).chain(words(Place::Other)).chain(words(Place::HowOften)).collect();
    parts.push(words(Place::Who).next().unwrap_or("buyers"));
    let with: Vec<&str> = words(Place::With).collect();
    let joined = match with.as_slice() {
        [] => String::new(),
        [only] => format!(" with {only}"),
        [first @ .., last] => format!(" with {} and {last}", first.join(", ")),
    };
    let name = parts.join(" ") + &joined;
    let mut letters = name.chars();
    (letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect()), said)
}
