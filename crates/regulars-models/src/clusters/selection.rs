//! Which number of clusters, by which rule, and whether there are clusters at all.

use rand_chacha::ChaCha8Rng;
use regulars_stats::clusters::{Rows, elbow, mean_and_error};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::params::ValidParams;
use super::sweep::{Candidate, References, Sweep, reference_silhouettes};

/// Stability below which a number of clusters is not chosen, and a clustering counts as weak.
const STABLE: f64 = 0.6;

/// Share of the customers below which a cluster is a handful of outliers.
const HANDFUL: f64 = 0.005;

/// Silhouettes between which structure is called weak, moderate and strong.
///
/// Source: Kaufman & Rousseeuw (1990), table 4 of chapter 2: below .25 none, above .5 reasonable.
const SOME: f64 = 0.25;
const MUCH: f64 = 0.5;

/// A larger number of clusters is preferred if its mean silhouette is lower than the highest by no more than
/// this,
const NEARLY_AS_HIGH: f64 = 0.1;

/// if its clusters are found again so well,
const VERY_STABLE: f64 = 0.9;

/// and if the mean silhouette of each of them reaches this share of the highest mean: two groups that stand
/// near each other among others far away look better as one, but are two.
const ALL_APART: f64 = 0.75;

/// By how much the silhouette must beat that of data without clusters.
const MARGIN: f64 = 0.02;

/// How real the clusters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// No better than cutting one cloud into pieces, or not found again in resampled customers.
    Weak,
    /// Groups that overlap, and are found again.
    Moderate,
    /// Groups well apart.
    Strong,
}

/// The choice of the number of clusters; belongs into the manifest of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// All numbers tried, ascending.
    pub candidates: Vec<Candidate>,
    /// The number chosen.
    pub chosen: usize,
    /// Why, in words.
    pub rule: String,
    /// The number that would have been next.
    pub runner_up: Option<usize>,
    /// Where the inertia bends most (kneedle), for comparison.
    pub elbow: Option<usize>,
    /// How real the clusters are.
    pub strength: Strength,
    /// What that rests on, in words.
    pub reasons: Vec<String>,
    /// What a reader of the clusters should know, in words.
    pub warnings: Vec<String>,
}

/// Chooses among the numbers of a sweep.
///
/// The rule: the highest mean silhouette among the numbers of clusters that are found again in resampled
/// customers (adjusted Rand index of at least 0.6) and have no cluster of a handful (below 0.5% of the
/// customers, or a single one); if none is left, among all. The smaller of equals. A larger sound number takes
/// its place if its mean silhouette is nearly as high (0.1), its stability at least 0.9, and the mean silhouette
/// of every one of its clusters at least 0.75 times the highest mean and 0.5: the largest such. A forced number
/// is taken as it is.
///
/// Errors: as [`crate::kmeans::fit`], for the reference data.
pub fn select(
    rows: Rows<'_>,
    sweep: &Sweep,
    params: &ValidParams,
    rng: &mut ChaCha8Rng,
) -> Result<Selection, Error> {
    let candidates = sweep.candidates.clone();
    let sound = |candidate: &Candidate| {
        candidate.stability.is_none_or(|stability| stability >= STABLE) && !has_handful(candidate, rows.len())
    };
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&candidates[*a], &candidates[*b]);
        let silhouette = |candidate: &Candidate| candidate.silhouette.unwrap_or(f64::NEG_INFINITY);
        sound(b)
            .cmp(&sound(a))
            .then(silhouette(b).total_cmp(&silhouette(a)))
            .then(a.clusters.cmp(&b.clusters))
    });
    let finer = finer(&candidates, order.first().copied(), &sound);
    if let Some(finer) = finer {
        order.retain(|at| *at != finer);
        order.insert(0, finer);
    }
    let forced = params.clusters.and_then(|k| candidates.iter().position(|c| c.clusters == k));
    let chosen =
        forced.or(order.first().copied()).ok_or(Error::TooFewRows { rows: rows.len(), clusters: 2 })?;
    let runner_up = order.iter().find(|at| **at != chosen).map(|at| candidates[*at].clusters);
    let rule = if forced.is_some() {
        "set by the configuration".to_owned()
    } else {
        rule(sound(&candidates[chosen]), finer.is_some(), candidates.iter().any(|c| c.stability.is_some()))
    };
    let tried: Vec<f64> = candidates.iter().map(|candidate| candidate.clusters as f64).collect();
    let inertias: Vec<f64> = candidates.iter().map(|candidate| candidate.inertia).collect();
    let elbow = elbow(&tried, &inertias).map(|at| candidates[at].clusters);
    let references = reference_silhouettes(rows, candidates[chosen].clusters, params, rng)?;
    let (strength, reasons) = strength(&candidates[chosen], &references, rows.len());
    let warnings = warnings(&candidates, chosen, rows.len());
    let chosen = candidates[chosen].clusters;
    Ok(Selection { candidates, chosen, rule, runner_up, elbow, strength, reasons, warnings })
}

/// The largest number of clusters above the best that is nearly as good and has all its clusters well apart.
fn finer(candidates: &[Candidate], best: Option<usize>, sound: &dyn Fn(&Candidate) -> bool) -> Option<usize> {
    let best = &candidates[best?];
    let highest = best.silhouette?;
    let apart = (ALL_APART * highest).max(MUCH);
    (0..candidates.len())
        .filter(|at| {
            let candidate = &candidates[*at];
            candidate.clusters > best.clusters
                && sound(best)
                && sound(candidate)
                && candidate.silhouette.is_some_and(|silhouette| silhouette >= highest - NEARLY_AS_HIGH)
                && candidate.stability.is_none_or(|stability| stability >= VERY_STABLE)
                && candidate.silhouette_lowest.is_some_and(|lowest| lowest >= apart)
        })
        .max_by_key(|at| candidates[*at].clusters)
}

/// The rule in words, as far as it had a part.
fn rule(sound: bool, finer: bool, resampled: bool) -> String {
    let mut wanted = format!("no cluster below {}% of the customers", 100.0 * HANDFUL);
    if resampled {
        wanted = format!("a stability of at least {STABLE} and {wanted}");
    }
    match (sound, finer) {
        (true, true) => format!(
            "the largest number of clusters that are all well apart, with a mean silhouette nearly as high as the \
             highest, {wanted}"
        ),
        (true, false) => {
            format!("the highest mean silhouette among the numbers of clusters with {wanted}")
        }
        (false, _) => format!("the highest mean silhouette; no number of clusters has {wanted}"),
    }
}

fn has_handful(candidate: &Candidate, rows: usize) -> bool {
    candidate.sizes.iter().any(|size| *size < 2 || (*size as f64) < HANDFUL * rows as f64)
}

fn strength(candidate: &Candidate, references: &[References], rows: usize) -> (Strength, Vec<String>) {
    let Some(silhouette) = candidate.silhouette else {
        return (Strength::Weak, vec!["a single cluster tells no customers apart".to_owned()]);
    };
    let mut against = Vec::new();
    let mut with = Vec::new();
    if silhouette < SOME {
        against.push(format!("the mean silhouette is {silhouette:.2}, below {SOME}"));
    } else {
        with.push(format!("the mean silhouette is {silhouette:.2}"));
    }
    for References { name, silhouettes: found } in references {
        let mean = mean_and_error(found).0;
        let spread = found.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max);
        if silhouette <= mean + spread + MARGIN {
            against.push(format!(
                "cutting {name} into {} gives a silhouette of {mean:.2}, so {silhouette:.2} shows no \
                 groups",
                candidate.clusters
            ));
        } else {
            with.push(format!("cutting {name} would give {mean:.2}"));
        }
    }
    if has_handful(candidate, rows) {
        let looks = if silhouette < SOME { "" } else { ", and they make the silhouette look good" };
        against.push(format!("a cluster is a handful of outliers{looks}"));
    }
    match candidate.stability {
        Some(stability) if stability < STABLE => against.push(format!(
            "refits on resampled customers agree by an adjusted Rand index of only {stability:.2}"
        )),
        Some(stability) => {
            with.push(format!(
                "refits on resampled customers agree by an adjusted Rand index of {stability:.2}"
            ));
        }
        None => {}
    }
    if !against.is_empty() {
        (Strength::Weak, against)
    } else if silhouette < MUCH || candidate.stability.is_some_and(|stability| stability < 0.8) {
        (Strength::Moderate, with)
    } else {
        (Strength::Strong, with)
    }
}

fn warnings(candidates: &[Candidate], chosen: usize, rows: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    let share = |size: usize| 100.0 * size as f64 / rows as f64;
    let candidate = &candidates[chosen];
    let small: Vec<String> =
        candidate.sizes.iter().filter(|size| share(**size) < 1.0).map(usize::to_string).collect();
    if !small.is_empty() && candidate.clusters > 1 {
        warnings.push(format!(
            "{} of the {} clusters hold less than 1% of the customers ({}): outliers rather than groups",
            small.len(),
            candidate.clusters,
            small.join(", ")
        ));
    }
    if let Some(largest) = candidate.sizes.first().filter(|size| share(**size) > 90.0)
        && candidate.clusters > 1
    {
        warnings.push(format!(
            "one cluster holds {:.0}% of the customers: the silhouette is high because the rest is far away, not because \
             there are groups",
            share(*largest)
        ));
    }
    // A number that looks best only because it sets outliers apart.
    let best = candidates
        .iter()
        .filter(|other| other.silhouette > candidate.silhouette && has_handful(other, rows))
        .max_by(|a, b| a.silhouette.unwrap_or(0.0).total_cmp(&b.silhouette.unwrap_or(0.0)));
    if let Some(best) = best {
        let sizes: Vec<String> = best.sizes.iter().map(usize::to_string).collect();
        warnings.push(format!(
            "{} clusters have a silhouette of {:.2}, but set a handful of customers apart (sizes {}): passed over",
            best.clusters,
            best.silhouette.unwrap_or_default(),
            sizes.join(", ")
        ));
    }
    if !candidate.converged {
        warnings.push(format!("K-means did not come to rest in {} iterations", candidate.iterations));
    }
    warnings
}
