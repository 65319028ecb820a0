//! Chooses the number of clusters and rates how strong they are.

use rand_chacha::ChaCha8Rng;
use regulars_core::money::format_count;
use regulars_stats::clusters::{Rows, elbow, mean_and_standard_error};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::params::ValidClusterParams;
use super::sweep::{Candidate, References, Sweep, reference_silhouettes};

/// Minimum stability: below it a number of clusters is not chosen, and a clustering counts as weak.
const STABLE: f64 = 0.6;

/// A cluster below this share of the customers is a handful of outliers.
const MIN_CLUSTER_SHARE: f64 = 0.005;

/// Silhouette thresholds between weak, moderate and strong structure.
///
/// Source: Kaufman & Rousseeuw (1990), table 4 of chapter 2: below .25 none, above .5 reasonable.
const MODERATE_SILHOUETTE: f64 = 0.25;
const STRONG_SILHOUETTE: f64 = 0.5;

/// A larger number of clusters is preferred if its mean silhouette is within this margin of the highest,
const SILHOUETTE_MARGIN: f64 = 0.1;

/// if its stability reaches this,
const VERY_STABLE: f64 = 0.9;

/// and if the mean silhouette of each cluster reaches this share of the highest mean: two groups close
/// together among distant ones score better as one, but are two.
const SEPARATION_SHARE: f64 = 0.75;

/// Margin by which the silhouette must beat that of data without clusters.
const REFERENCE_MARGIN: f64 = 0.02;

/// Strength of the clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// No better than splitting data without groups, or not stable under resampling.
    Weak,
    /// Overlapping but stable groups.
    Moderate,
    /// Well-separated groups.
    Strong,
}

/// The choice of the number of clusters; part of a run's manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// All numbers tried, ascending.
    pub candidates: Vec<Candidate>,
    /// Chosen number.
    pub chosen: usize,
    /// Rule that chose it, in words.
    pub rule: String,
    /// Second choice.
    pub runner_up: Option<usize>,
    /// Elbow of the inertia (kneedle), for comparison.
    pub elbow: Option<usize>,
    /// Strength of the clusters.
    pub strength: Strength,
    /// Reasons for the strength, in words.
    pub reasons: Vec<String>,
    /// Warnings for the reader.
    pub warnings: Vec<String>,
}

/// Chooses among the numbers of a sweep.
///
/// The rule: the highest mean silhouette among the numbers of clusters that are stable under resampling
/// (adjusted Rand index of at least 0.6) and have no tiny cluster (below 0.5% of the customers, or a single
/// one); if none qualifies, among all. Ties go to the smaller number. A larger qualifying number is chosen
/// instead if its mean silhouette is within 0.1 of the highest, its stability at least 0.9, and the mean
/// silhouette of each cluster at least 0.5 and 0.75 times the highest mean: the largest such number. A
/// fixed number is always used.
///
/// Errors: as [`crate::kmeans::fit`], for the reference data.
pub fn select(
    rows: Rows<'_>,
    sweep: &Sweep,
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<Selection, Error> {
    let candidates = sweep.candidates.clone();
    let sound = |candidate: &Candidate| {
        candidate.stability.is_none_or(|stability| stability >= STABLE)
            && !has_tiny_cluster(candidate, rows.len())
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

/// The largest number of clusters above the best that scores nearly as well and has only well-separated
/// clusters.
fn finer(candidates: &[Candidate], best: Option<usize>, sound: &dyn Fn(&Candidate) -> bool) -> Option<usize> {
    let best = &candidates[best?];
    let highest = best.silhouette?;
    let apart = (SEPARATION_SHARE * highest).max(STRONG_SILHOUETTE);
    (0..candidates.len())
        .filter(|at| {
            let candidate = &candidates[*at];
            candidate.clusters > best.clusters
                && sound(best)
                && sound(candidate)
                && candidate.silhouette.is_some_and(|silhouette| silhouette >= highest - SILHOUETTE_MARGIN)
                && candidate.stability.is_none_or(|stability| stability >= VERY_STABLE)
                && candidate.silhouette_lowest.is_some_and(|lowest| lowest >= apart)
        })
        .max_by_key(|at| candidates[*at].clusters)
}

/// The rule in words, as far as it applied.
fn rule(sound: bool, finer: bool, resampled: bool) -> String {
    let mut wanted = format!("no cluster below {}% of the customers", 100.0 * MIN_CLUSTER_SHARE);
    if resampled {
        wanted = format!("a stability of at least {STABLE} and {wanted}");
    }
    match (sound, finer) {
        (true, true) => format!(
            "the largest number of clusters that are all well separated, with a mean silhouette close to the \
             highest, {wanted}"
        ),
        (true, false) => {
            format!("the highest mean silhouette among the numbers of clusters with {wanted}")
        }
        (false, _) => format!("the highest mean silhouette; no number of clusters has {wanted}"),
    }
}

fn has_tiny_cluster(candidate: &Candidate, rows: usize) -> bool {
    candidate.sizes.iter().any(|size| *size < 2 || (*size as f64) < MIN_CLUSTER_SHARE * rows as f64)
}

fn strength(candidate: &Candidate, references: &[References], rows: usize) -> (Strength, Vec<String>) {
    let Some(silhouette) = candidate.silhouette else {
        return (Strength::Weak, vec!["a single cluster does not distinguish customers".to_owned()]);
    };
    let mut against = Vec::new();
    let mut with = Vec::new();
    if silhouette < MODERATE_SILHOUETTE {
        against.push(format!("the mean silhouette is {silhouette:.2}, below {MODERATE_SILHOUETTE}"));
    } else {
        with.push(format!("the mean silhouette is {silhouette:.2}"));
    }
    for References { name, silhouettes: found } in references {
        let mean = mean_and_standard_error(found).0;
        let spread = found.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max);
        if silhouette <= mean + spread + REFERENCE_MARGIN {
            against.push(format!(
                "splitting {name} into {} gives a silhouette of {mean:.2}; {silhouette:.2} is no \
                 better, so there is no evidence of groups",
                candidate.clusters
            ));
        } else {
            with.push(format!("splitting {name} would give {mean:.2}"));
        }
    }
    if has_tiny_cluster(candidate, rows) {
        let looks = if silhouette < MODERATE_SILHOUETTE { "" } else { ", which inflates the silhouette" };
        against.push(format!("one cluster is a handful of outliers{looks}"));
    }
    match candidate.stability {
        Some(stability) if stability < STABLE => against.push(format!(
            "refits on resampled customers agree with an adjusted Rand index of only {stability:.2}"
        )),
        Some(stability) => {
            with.push(format!(
                "refits on resampled customers agree with an adjusted Rand index of {stability:.2}"
            ));
        }
        None => {}
    }
    if !against.is_empty() {
        (Strength::Weak, against)
    } else if silhouette < STRONG_SILHOUETTE || candidate.stability.is_some_and(|stability| stability < 0.8) {
        (Strength::Moderate, with)
    } else {
        (Strength::Strong, with)
    }
}

fn warnings(candidates: &[Candidate], chosen: usize, rows: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    let share = |size: usize| 100.0 * size as f64 / rows as f64;
    let candidate = &candidates[chosen];
    let written = |size: &usize| format_count(*size as u64);
    let small: Vec<String> = candidate.sizes.iter().filter(|size| share(**size) < 1.0).map(written).collect();
    if !small.is_empty() && candidate.clusters > 1 {
        warnings.push(format!(
            "{} of the {} clusters hold less than 1% of the customers ({}): outliers rather than groups",
            small.len(),
            candidate.clusters,
            small.join("; ")
        ));
    }
    if let Some(largest) = candidate.sizes.first().filter(|size| share(**size) > 90.0)
        && candidate.clusters > 1
    {
        warnings.push(format!(
            "one cluster holds {:.0}% of the customers: the silhouette is high because the rest are far \
             away, not because there are groups",
            share(*largest)
        ));
    }
    // A number that only looks best because it isolates outliers.
    let best = candidates
        .iter()
        .filter(|other| other.silhouette > candidate.silhouette && has_tiny_cluster(other, rows))
        .max_by(|a, b| a.silhouette.unwrap_or(0.0).total_cmp(&b.silhouette.unwrap_or(0.0)));
    if let Some(best) = best {
        let sizes: Vec<String> = best.sizes.iter().map(written).collect();
        warnings.push(format!(
            "{} clusters have a silhouette of {:.2} but isolate a few customers (sizes {}): not chosen",
            best.clusters,
            best.silhouette.unwrap_or_default(),
            sizes.join("; ")
        ));
    }
    if !candidate.converged {
        warnings.push(format!("K-means did not converge in {} iterations", candidate.iterations));
    }
    warnings
}
