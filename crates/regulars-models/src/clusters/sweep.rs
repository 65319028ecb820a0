//! Fits and measures every number of clusters.

use rand::seq::index::sample;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_stats::clusters::{
    Gap, Rows, adjusted_rand, calinski_harabasz, davies_bouldin, gap, mean_and_standard_error, silhouettes,
    silhouettes_of_sample,
};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::params::ValidClusterParams;
use super::reference::{Reference, Shape};
use super::unclustered_reference::UnclusteredReference;
use crate::kmeans;

/// Maximum rows of a reference data set: its silhouette hardly depends on the size.
const REFERENCE_ROWS: usize = 1_000;

/// From this many customers on, numbers of clusters are fitted one after the other.
const ONE_BY_ONE_ROWS: usize = 200_000;

/// Measures of one number of clusters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Number of clusters.
    pub clusters: usize,
    /// Sum of squared distances to the centroids.
    pub inertia: f64,
    /// Iterations of the best restart.
    pub iterations: usize,
    /// Whether it converged.
    pub converged: bool,
    /// Mean silhouette; none for a single cluster.
    pub silhouette: Option<f64>,
    /// Lowest mean silhouette of a cluster.
    pub silhouette_lowest: Option<f64>,
    /// Standard error of the mean silhouette, if estimated from a sample.
    pub silhouette_standard_error: Option<f64>,
    /// Calinski-Harabasz index; none where undefined.
    pub calinski_harabasz: Option<f64>,
    /// Davies-Bouldin index; none where undefined.
    pub davies_bouldin: Option<f64>,
    /// Mean adjusted Rand index against refits on resampled customers.
    pub stability: Option<f64>,
    /// Gap statistic, if requested.
    pub gap: Option<f64>,
    /// Standard error of the gap statistic.
    pub gap_standard_error: Option<f64>,
    /// Cluster sizes, largest first.
    pub sizes: Vec<usize>,
}

/// All numbers of clusters that were tried.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// Measures of each number of clusters.
    pub candidates: Vec<Candidate>,
    /// Clustering of each.
    pub fits: Vec<kmeans::FittedKMeans>,
    /// Rows with a silhouette, ascending; none means all.
    pub sampled: Option<Vec<u32>>,
    /// Silhouettes of these rows, per number of clusters.
    pub silhouettes: Vec<Vec<f64>>,
}

/// Fits and measures the given numbers of clusters.
///
/// Shape: one entry per number, in order.
/// Errors: as [`kmeans::fit`].
pub fn sweep(
    rows: Rows<'_>,
    numbers: &[usize],
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<Sweep, Error> {
    let fits = fit_numbers(rows, numbers, params.starts, rng)?;
    let labelings: Vec<&[u32]> = fits.iter().map(|fit| fit.labels.as_slice()).collect();
    let sampled = (rows.len() > params.silhouette_exact_rows).then(|| {
        let mut drawn: Vec<u32> = sample(rng, rows.len(), params.silhouette_sample_rows.min(rows.len()))
            .into_iter()
            .map(|row| row as u32)
            .collect();
        drawn.sort_unstable();
        drawn
    });
    let (silhouettes, measured) = rayon::join(
        || match &sampled {
            None => silhouettes(rows, &labelings),
            Some(sampled) => silhouettes_of_sample(rows, &labelings, sampled),
        },
        || {
            let stabilities = stabilities(rows, numbers, &fits, params, rng)?;
            Ok::<_, Error>((stabilities, gaps(rows, numbers, &fits, params, rng)?))
        },
    );
    let (silhouettes, (stabilities, gaps)) = (silhouettes?, measured?);
    let candidates = (0..fits.len())
        .into_par_iter()
        .map(|at| {
            let fit = &fits[at];
            let several = numbers[at] > 1;
            let (mean, error) = mean_and_standard_error(&silhouettes[at]);
            let mut sizes = fit.sizes.clone();
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            Candidate {
                clusters: numbers[at],
                inertia: fit.inertia,
                iterations: fit.iterations,
                converged: fit.converged,
                silhouette: several.then_some(mean),
                silhouette_lowest: several.then(|| lowest(fit, sampled.as_deref(), &silhouettes[at])),
                silhouette_standard_error: (several && sampled.is_some()).then_some(error),
                calinski_harabasz: calinski_harabasz(rows, &fit.labels).ok(),
                davies_bouldin: davies_bouldin(rows, &fit.labels).ok(),
                stability: stabilities[at],
                gap: gaps[at].map(|gap| gap.gap),
                gap_standard_error: gaps[at].map(|gap| gap.standard_error),
                sizes,
            }
        })
        .collect();
    Ok(Sweep { candidates, fits, sampled, silhouettes })
}

/// The lowest mean silhouette of a cluster, among clusters with a known silhouette.
fn lowest(fit: &kmeans::FittedKMeans, sampled: Option<&[u32]>, known: &[f64]) -> f64 {
    let mut sums = vec![(0.0, 0.0); fit.sizes.len()];
    for (at, silhouette) in known.iter().enumerate() {
        let row = sampled.map_or(at, |sampled| sampled[at] as usize);
        let (sum, count) = &mut sums[fit.labels[row] as usize];
        (*sum, *count) = (*sum + silhouette, *count + 1.0);
    }
    sums.iter().filter(|(_, count)| *count > 0.0).map(|(sum, count)| sum / count).fold(1.0, f64::min)
}

/// Fits the given numbers of clusters, all from one generator.
///
/// Shape: one fit per number, in order.
/// Errors: as [`kmeans::fit`].
pub fn fit_numbers(
    rows: Rows<'_>,
    numbers: &[usize],
    starts: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<kmeans::FittedKMeans>, Error> {
    let seeds: Vec<u64> = numbers.iter().map(|_| rng.random()).collect();
    let fit_one = |(clusters, seed): (&usize, &u64)| {
        let with = kmeans::KMeansParams { starts, ..kmeans::KMeansParams::of(*clusters) }.check()?;
        kmeans::fit(rows, &with, &mut ChaCha8Rng::seed_from_u64(*seed))
    };
    // Very many rows keep all threads busy, and should be in memory only once.
    if rows.len() < ONE_BY_ONE_ROWS {
        numbers.par_iter().zip(&seeds).map(fit_one).collect()
    } else {
        numbers.iter().zip(&seeds).map(fit_one).collect()
    }
}

/// Stability of each clustering under resampling.
///
/// Each refit uses customers drawn with replacement, assigns a fixed set of customers, and is compared with
/// their labels.
/// Source: Hennig (2007), with the adjusted Rand index instead of Jaccard's.
fn stabilities(
    rows: Rows<'_>,
    numbers: &[usize],
    fits: &[kmeans::FittedKMeans],
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<Option<f64>>, Error> {
    if params.bootstraps == 0 {
        return Ok(vec![None; numbers.len()]);
    }
    let count = rows.len().min(params.bootstrap_rows);
    let mut compared: Vec<usize> = sample(rng, rows.len(), count).into_vec();
    compared.sort_unstable();
    let compared_values = gathered(rows, &compared);
    let judged_rows = Rows::new(&compared_values, rows.width())?;
    let seeds: Vec<u64> = (0..params.bootstraps).map(|_| rng.random()).collect();
    let work: Vec<(usize, u64)> =
        (0..numbers.len()).flat_map(|at| seeds.iter().map(move |seed| (at, *seed))).collect();
    let agreements: Result<Vec<Option<f64>>, Error> = work
        .par_iter()
        .map(|(at, seed)| {
            if numbers[*at] < 2 {
                return Ok(None);
            }
            let mut rng = ChaCha8Rng::seed_from_u64(*seed);
            let drawn: Vec<usize> = (0..count).map(|_| rng.random_range(0..rows.len())).collect();
            let values = gathered(rows, &drawn);
            let with =
                kmeans::KMeansParams { starts: 2, ..kmeans::KMeansParams::of(numbers[*at]) }.check()?;
            let refit = match kmeans::fit(Rows::new(&values, rows.width())?, &with, &mut rng) {
                // Too few distinct customers were drawn to compare.
                Err(Error::TooFewRows { .. }) => return Ok(None),
                other => other?,
            };
            let before: Vec<u32> = compared.iter().map(|row| fits[*at].labels[*row]).collect();
            let now = refit.centroids.predict(judged_rows)?.labels;
            Ok(Some(adjusted_rand(&before, &now)?))
        })
        .collect();
    let agreements = agreements?;
    Ok(agreements
        .chunks(params.bootstraps)
        .map(|known| {
            let known: Vec<f64> = known.iter().copied().flatten().collect();
            (!known.is_empty()).then(|| mean_and_standard_error(&known).0)
        })
        .collect())
}

fn gathered(rows: Rows<'_>, drawn: &[usize]) -> Vec<f64> {
    drawn.iter().flat_map(|row| rows.row(*row)).copied().collect()
}

fn gaps(
    rows: Rows<'_>,
    numbers: &[usize],
    fits: &[kmeans::FittedKMeans],
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<Option<Gap>>, Error> {
    if params.gap_references == 0 {
        return Ok(vec![None; numbers.len()]);
    }
    let reference = Reference::of(rows);
    let mut inertias = vec![Vec::new(); numbers.len()];
    for _ in 0..params.gap_references {
        let values = reference.draw(Shape::Box, rows.len(), rng);
        for (clusters, inertias) in numbers.iter().zip(&mut inertias) {
            let with = kmeans::KMeansParams { starts: 3, ..kmeans::KMeansParams::of(*clusters) }.check()?;
            inertias.push(kmeans::fit(Rows::new(&values, rows.width())?, &with, rng)?.inertia);
        }
    }
    Ok(fits.iter().zip(&inertias).map(|(fit, references)| gap(fit.inertia, references)).collect())
}

/// Draws one data set.
type Draw<'a> = &'a (dyn Fn(&mut ChaCha8Rng) -> Vec<f64> + Sync);

/// Silhouettes that K-means reaches on data without clusters.
pub(super) struct References {
    /// Description of the data.
    pub(super) name: &'static str,
    /// Mean silhouette of each data set.
    pub(super) silhouettes: Vec<f64>,
}

/// Silhouettes that K-means reaches on reference data without clusters.
///
/// Shape: per kind of reference, its mean silhouettes; empty without references.
pub(super) fn reference_silhouettes(
    rows: Rows<'_>,
    clusters: usize,
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<References>, Error> {
    if params.references == 0 || clusters < 2 {
        return Ok(Vec::new());
    }
    let reference = Reference::of(rows);
    let alike = UnclusteredReference::of(rows);
    let count = rows.len().min(REFERENCE_ROWS).max(clusters + 1);
    let seed: u64 = rng.random();
    let with = kmeans::KMeansParams { starts: 3, ..kmeans::KMeansParams::of(clusters) }.check()?;
    let kinds: [(&'static str, Draw<'_>); 3] = [
        ("reference data from one normal distribution", &|rng| reference.draw(Shape::Normal, count, rng)),
        ("reference data spread evenly over the same range", &|rng| reference.draw(Shape::Box, count, rng)),
        ("reference customers with the same values but no groups", &|rng| alike.draw(count, rng)),
    ];
    kinds
        .into_iter()
        .enumerate()
        .map(|(stream, (name, draw))| {
            let silhouettes = (0..params.references)
                .into_par_iter()
                .map(|number| {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed);
                    rng.set_stream((number * 3 + stream) as u64);
                    let values = draw(&mut rng);
                    let rows = Rows::new(&values, rows.width())?;
                    let fit = match kmeans::fit(rows, &with, &mut rng) {
                        // So few distinct values that each cluster would be one of them: nothing beats
                        // that.
                        Err(Error::TooFewRows { .. }) => return Ok(1.0),
                        fit => fit?,
                    };
                    Ok(mean_and_standard_error(&silhouettes(rows, &[&fit.labels])?[0]).0)
                })
                .collect::<Result<Vec<f64>, Error>>()?;
            Ok(References { name, silhouettes })
        })
        .collect()
}
