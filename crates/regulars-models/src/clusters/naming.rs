//! What a cluster is, in words: the features that set it apart most, and a name made from them.
//!
//! A feature is telling by how far the centroid is from the mean of all customers, in standard
//! deviations. Features that say the same (recency and its score) count once. Names of one clustering
//! are different: where two would be equal, more features are told, and in the end they are numbered.
//!
//! Deliberately not here: whether there is anything to be named ([`super::Selection::strength`]).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::profile::Profile;

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

struct Telling {
    about: String,
    place: Place,
    told: Trait,
}

/// The features that set each cluster apart, the most telling first, and a name for it.
///
/// Shape: one entry a profile, with at most three features; names are all different and begin with a
/// capital letter.
pub fn names(profiles: &[Profile]) -> Vec<(String, Vec<Trait>)> {
    let told: Vec<Vec<Telling>> = profiles.iter().map(telling).collect();
    let mut wanted = vec![3_usize; profiles.len()];
    let mut names: Vec<String> = told.iter().map(|told| name(told, 3)).collect();
    for words in 4..=6 {
        for at in doubled(&names) {
            wanted[at] = words;
        }
        for (at, told) in told.iter().enumerate() {
            names[at] = name(told, wanted[at]);
        }
    }
    number(&mut names);
    let traits = told.into_iter().map(|told| told.into_iter().take(3).map(|telling| telling.told).collect());
    names.into_iter().zip(traits).collect()
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
fn doubled(names: &[String]) -> Vec<usize> {
    (0..names.len()).filter(|at| names.iter().filter(|name| **name == names[*at]).count() > 1).collect()
}

/// Every feature used, the most telling first, each subject once.
fn telling(profile: &Profile) -> Vec<Telling> {
    let mut told: Vec<Telling> = profile
        .features
        .iter()
        .filter_map(|feature| {
            let z = feature.z?;
            let known = WORDS.iter().find(|(name, ..)| *name == feature.name);
            let (about, place, words) = if let Some((_, about, place, high, low)) = known {
                ((*about).to_owned(), *place, (if z > 0.0 { *high } else { *low }).to_owned())
            } else {
                let grade = if z > 0.0 { "high" } else { "low" };
                let words = format!("{grade} {}", feature.name.replace('_', " "));
                (feature.name.clone(), Place::With, words)
            };
            // Half or more bought once: that is what everybody calls them.
            let once = about == "frequency" && z < 0.0 && feature.median == Some(1.0);
            let words = if once { "one-time".to_owned() } else { words };
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

/// A name of up to `count` features.
fn name(told: &[Telling], count: usize) -> String {
    let mut used: Vec<&Telling> =
        told.iter().filter(|telling| telling.told.z.abs() >= WORTH_A_WORD).take(count).collect();
    if used.is_empty() {
        return "Average customers".to_owned();
    }
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
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
