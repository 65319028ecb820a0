//! Fits K-means with restarts and keeps the best.

use rand::seq::index::sample;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_stats::clusters::Rows;
use serde::{Deserialize, Serialize};

use super::lloyd::{Outcome, PARALLEL_ROWS, StoppingCriteria, labels, lloyd};
use super::params::{Start, ValidKMeansParams};
use super::start::{parallel, plus_plus};
use super::tiles::{Points, Tiles};
use crate::clusters::Error;

/// One more sample is refined per this multiple of the sample size, up to `MAX_SAMPLES`.
const SAMPLES_EVERY: usize = 2;
const MAX_SAMPLES: usize = 8;

/// Rows assigned at a time.
const PLACED_ROWS: usize = 4096;

/// Cluster centroids: all that is needed to assign new rows.
///
/// Shape: `values` row by row, clusters × `width`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Centroids {
    /// Number of values per centroid.
    pub width: usize,
    /// All values, centroid by centroid.
    pub values: Vec<f64>,
}

/// A fitted clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedKMeans {
    /// Centroids.
    pub centroids: Centroids,
    /// Cluster of each fitted row: the nearest centroid; ties go to the first.
    pub labels: Vec<u32>,
    /// Distance of each fitted row to its centroid.
    pub distances: Vec<f64>,
    /// Number of rows in each cluster.
    pub sizes: Vec<usize>,
    /// Sum of squared distances to the centroids.
    pub inertia: f64,
    /// Iterations over all rows of the best restart.
    pub iterations: usize,
    /// Whether the best restart converged before `max_iterations`.
    pub converged: bool,
}

/// Cluster assignment of rows.
///
/// Shape: all three have one value per row.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignments {
    /// Nearest centroid; ties go to the first.
    pub labels: Vec<u32>,
    /// Distance to it.
    pub distances: Vec<f64>,
    /// Distance to the second nearest; infinite with a single centroid.
    pub second_distances: Vec<f64>,
}

impl Centroids {
    /// Number of centroids.
    pub fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One centroid.
    pub fn centroid(&self, cluster: usize) -> &[f64] {
        &self.values[cluster * self.width..(cluster + 1) * self.width]
    }

    /// Assigns rows to their nearest centroids.
    ///
    /// Errors: [`Error::Measure`] for a value that is not finite; [`Error::Width`] if the rows and
    /// centroids have different columns.
    pub fn predict(&self, rows: Rows<'_>) -> Result<Assignments, Error> {
        rows.check_finite()?;
        if rows.width() != self.width {
            return Err(Error::Width { expected: self.width, found: rows.width() });
        }
        let middle = mean_of(&self.values, self.width);
        let points = moved(&self.values, &middle, -1.0);
        let count = rows.len();
        let mut placed = Assignments {
            labels: vec![0; count],
            distances: vec![0.0; count],
            second_distances: vec![0.0; count],
        };
        // Chunk by chunk, so that packed rows stay in the cache.
        let pieces: Result<Vec<()>, Error> = rows
            .values()
            .par_chunks(PLACED_ROWS * self.width)
            .zip(placed.labels.par_chunks_mut(PLACED_ROWS))
            .zip(placed.distances.par_chunks_mut(PLACED_ROWS))
            .zip(placed.second_distances.par_chunks_mut(PLACED_ROWS))
            .map(|(((values, piece_labels), distances), second_distances)| {
                let tiles = Tiles::new(Rows::new(values, self.width)?, &middle);
                for (at, (label, distance, second)) in labels(&tiles, &points).into_iter().enumerate() {
                    (piece_labels[at], distances[at], second_distances[at]) = (label, distance, second);
                }
                Ok(())
            })
            .collect();
        pieces?;
        Ok(placed)
    }
}

/// Fits K-means to rows; see [`super`] for the method.
///
/// Errors: [`Error::Measure`] for a value that is not finite; [`Error::TooFewRows`] for fewer distinct rows
/// than clusters.
pub fn fit(rows: Rows<'_>, params: &ValidKMeansParams, rng: &mut ChaCha8Rng) -> Result<FittedKMeans, Error> {
    check(rows, params.clusters)?;
    let middle = rows.column_means();
    let tiles = Tiles::new(rows, &middle);
    let limits = limits(&tiles, params);
    let seeds: Vec<u64> = (0..params.starts).map(|_| rng.random()).collect();
    let one = |seed: &u64| restart(&tiles, params, limits, &mut ChaCha8Rng::seed_from_u64(*seed));
    // Few rows: one restart per thread. Many: all threads on one restart, so that memory stays bounded.
    let outcomes: Vec<Outcome> = if rows.len() < PARALLEL_ROWS {
        seeds.par_iter().map(one).collect()
    } else {
        seeds.iter().map(one).collect()
    };
    let best =
        outcomes.into_iter().reduce(|best, next| if next.inertia < best.inertia { next } else { best });
    // Checked parameters have at least one start.
    let best = best.ok_or(Error::TooFewRows { rows: 0, clusters: params.clusters })?;
    Ok(finished(&tiles, &polished(&tiles, best, limits), &middle))
}

/// The best restart continues until no label changes: affordable for one restart, not for all.
fn polished(tiles: &Tiles, best: Outcome, limits: StoppingCriteria) -> Outcome {
    if best.iterations >= limits.max_iterations {
        return best;
    }
    let left = StoppingCriteria { max_iterations: limits.max_iterations - best.iterations, movement: 0.0 };
    let more = lloyd(tiles, best.points.clone(), left);
    if more.inertia > best.inertia {
        return best;
    }
    Outcome { iterations: best.iterations + more.iterations, converged: best.converged, ..more }
}

/// Fits K-means once, from given centroids.
///
/// Errors: as [`fit`], and [`Error::Width`] if the centroids have other columns than the rows, or are not
/// `params.clusters`.
pub fn fit_from(
    rows: Rows<'_>,
    params: &ValidKMeansParams,
    start: &Centroids,
) -> Result<FittedKMeans, Error> {
    check(rows, params.clusters)?;
    if start.width != rows.width() || start.len() != params.clusters {
        return Err(Error::Width { expected: rows.width() * params.clusters, found: start.values.len() });
    }
    Rows::new(&start.values, start.width)?.check_finite()?;
    let middle = rows.column_means();
    let tiles = Tiles::new(rows, &middle);
    let outcome = lloyd(&tiles, moved(&start.values, &middle, -1.0), limits(&tiles, params));
    Ok(finished(&tiles, &outcome, &middle))
}

fn limits(tiles: &Tiles, params: &ValidKMeansParams) -> StoppingCriteria {
    StoppingCriteria {
        max_iterations: params.max_iterations,
        movement: params.tolerance * tiles.mean_variance(),
    }
}

/// Runs one restart.
fn restart(
    tiles: &Tiles,
    params: &ValidKMeansParams,
    limits: StoppingCriteria,
    rng: &mut ChaCha8Rng,
) -> Outcome {
    let wanted = params.sample_rows.max(20 * params.clusters);
    let start = match params.start {
        Start::Parallel => parallel(tiles, params.clusters, rng),
        Start::PlusPlus if tiles.rows <= 2 * wanted => plus_plus(tiles, params.clusters, None, rng),
        Start::PlusPlus => {
            // With very many rows extra samples are cheap, and the best of them is a better start.
            let samples = (tiles.rows / (SAMPLES_EVERY * wanted)).clamp(1, MAX_SAMPLES);
            let seeds: Vec<u64> = (0..samples).map(|_| rng.random()).collect();
            let refined: Vec<(f64, Outcome)> = seeds
                .par_iter()
                .map(|seed| {
                    let rng = &mut ChaCha8Rng::seed_from_u64(*seed);
                    let mut drawn: Vec<u32> =
                        sample(rng, tiles.rows, wanted).into_iter().map(|row| row as u32).collect();
                    drawn.sort_unstable();
                    let few = tiles.some(&drawn);
                    let outcome = lloyd(&few, plus_plus(&few, params.clusters, None, rng), limits);
                    // Samples differ in spread, so their inertia is compared relative to it.
                    (outcome.inertia / few.mean_variance().max(f64::MIN_POSITIVE), outcome)
                })
                .collect();
            let best = refined.into_iter().reduce(|best, next| if next.0 < best.0 { next } else { best });
            match best {
                Some((_, outcome)) => outcome.points,
                None => plus_plus(tiles, params.clusters, None, rng),
            }
        }
    };
    lloyd(tiles, start, limits)
}

fn finished(tiles: &Tiles, outcome: &Outcome, middle: &[f64]) -> FittedKMeans {
    let placed = labels(tiles, &outcome.points);
    let labels: Vec<u32> = placed.iter().map(|(label, _, _)| *label).collect();
    let mut sizes = vec![0; outcome.points.len()];
    for label in &labels {
        sizes[*label as usize] += 1;
    }
    FittedKMeans {
        centroids: Centroids {
            width: tiles.width,
            values: moved(&outcome.points.values, middle, 1.0).values,
        },
        distances: placed.iter().map(|(_, distance, _)| *distance).collect(),
        labels,
        sizes,
        inertia: outcome.inertia,
        iterations: outcome.iterations,
        converged: outcome.converged,
    }
}

fn moved(values: &[f64], middle: &[f64], sign: f64) -> Points {
    let width = middle.len();
    let values = values
        .chunks_exact(width)
        .flat_map(|point| point.iter().zip(middle).map(|(value, middle)| value + sign * middle))
        .collect();
    Points::new(width, values)
}

fn mean_of(values: &[f64], width: usize) -> Vec<f64> {
    let points = values.len() / width;
    (0..width).map(|at| values.iter().skip(at).step_by(width).sum::<f64>() / points.max(1) as f64).collect()
}

/// Errors: [`Error::Measure`], [`Error::TooFewRows`].
fn check(rows: Rows<'_>, clusters: usize) -> Result<(), Error> {
    rows.check_finite()?;
    let distinct = distinct_rows(rows, clusters);
    if distinct < clusters {
        return Err(Error::TooFewRows { rows: distinct, clusters });
    }
    Ok(())
}

/// Distinct rows, counted up to `enough`.
pub(crate) fn distinct_rows(rows: Rows<'_>, enough: usize) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    for row in &rows {
        if seen.len() >= enough {
            break;
        }
        // -0 and 0 are equal.
        seen.insert(row.iter().map(|value| (value + 0.0).to_bits()).collect::<Vec<u64>>());
    }
    seen.len()
}
