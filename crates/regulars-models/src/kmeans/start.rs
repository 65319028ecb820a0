//! Initial centroids: greedy k-means++ and k-means||.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy)]

use pulp::{Arch, Simd, WithSimd};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::tiles::{LANES, Lanes, Points, Tiles, products};

/// Candidates compared at each step.
const CANDIDATES: usize = 4;

/// Passes of k-means||.
const PASSES: usize = 5;

/// Tiles per random generator in k-means||.
const DRAW_TILES: usize = 512;

/// Greedy k-means++: each next centroid is, of four rows drawn by squared distance, the one that leaves the
/// smallest sum.
///
/// `weights` (one per row; none means all 1) are the number of rows each row represents.
/// Source: Arthur & Vassilvitskii (2007), greedy.
pub(super) fn plus_plus(
    tiles: &Tiles,
    clusters: usize,
    weights: Option<&[f64]>,
    rng: &mut ChaCha8Rng,
) -> Points {
    let mut weight = vec![[0.0; LANES]; tiles.len()];
    for (row, weight) in weight.as_flattened_mut().iter_mut().take(tiles.rows).enumerate() {
        *weight = weights.map_or(1.0, |weights| weights[row]);
    }
    let mut chosen = Vec::with_capacity(clusters * tiles.width);
    // Distances start at infinity, so the first row is drawn by weight alone.
    let first = draw(&weight, rng.random::<f64>());
    chosen.extend(tiles.row(first));
    let mut closest = vec![[f64::INFINITY; LANES]; tiles.len()];
    let point = Points::new(tiles.width, tiles.row(first).collect());
    weigh(tiles, &pad(&point), &closest.clone(), &weight, Some((0, &mut closest)));
    while chosen.len() < clusters * tiles.width {
        let shares: Vec<Lanes> = closest
            .iter()
            .zip(&weight)
            .map(|(square, weight)| std::array::from_fn(|lane| square[lane] * weight[lane]))
            .collect();
        let rows: Vec<usize> = (0..CANDIDATES).map(|_| draw(&shares, rng.random::<f64>())).collect();
        let points = Points::new(tiles.width, rows.iter().flat_map(|row| tiles.row(*row)).collect());
        let left = weigh(tiles, &points, &closest, &weight, None);
        let best = (1..CANDIDATES).fold(0, |best, at| if left[at] < left[best] { at } else { best });
        chosen.extend(tiles.row(rows[best]));
        let before = closest.clone();
        weigh(tiles, &points, &before, &weight, Some((best, &mut closest)));
    }
    Points::new(tiles.width, chosen)
}

/// One centroid, repeated once per candidate.
fn pad(point: &Points) -> Points {
    Points::new(point.width, point.values.repeat(CANDIDATES))
}

/// Index at which the cumulative total reaches `share`; the first row if all shares are zero.
fn draw(shares: &[Lanes], share: f64) -> usize {
    let total: f64 = shares.iter().map(|lanes| lanes.iter().sum::<f64>()).sum();
    let mut left = share * total;
    let mut last = 0;
    for (tile, lanes) in shares.iter().enumerate() {
        let sum: f64 = lanes.iter().sum();
        if sum > 0.0 && left < sum {
            for (lane, value) in lanes.iter().enumerate() {
                if *value > 0.0 {
                    last = tile * LANES + lane;
                    if left < *value {
                        return last;
                    }
                }
                left -= value;
            }
            return last;
        }
        if sum > 0.0 {
            last = tile * LANES + lanes.iter().rposition(|value| *value > 0.0).unwrap_or(0);
        }
        left -= sum;
    }
    last
}

/// Weighted sum of squared distances that each candidate would leave; for one of them the squared distances
/// are also stored.
fn weigh(
    tiles: &Tiles,
    points: &Points,
    closest: &[Lanes],
    weights: &[Lanes],
    keep: Option<(usize, &mut Vec<Lanes>)>,
) -> [f64; CANDIDATES] {
    Arch::new().dispatch(Weigh { tiles, points, closest, weights, keep })
}

struct Weigh<'a> {
    tiles: &'a Tiles,
    points: &'a Points,
    closest: &'a [Lanes],
    weights: &'a [Lanes],
    keep: Option<(usize, &'a mut Vec<Lanes>)>,
}

impl WithSimd for Weigh<'_> {
    type Output = [f64; CANDIDATES];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { tiles, points, closest, weights, mut keep } = self;
        let mut sums = [[0.0; LANES]; CANDIDATES];
        for number in 0..tiles.len() {
            let tile = tiles.tile(number);
            let norms = S::as_simd_f64s(&tiles.norms[number]).0;
            let closest = S::as_simd_f64s(&closest[number]).0;
            let weights = S::as_simd_f64s(&weights[number]).0;
            for from in 0..LANES / S::F64_LANES {
                let products = products::<S, 1, CANDIDATES>(simd, tile, points, from, 0);
                for at in 0..CANDIDATES {
                    let norm = simd.splat_f64s(2.0 * points.half_norms[at]);
                    let norm = simd.add_f64s(norms[from], norm);
                    let square = simd.mul_add_f64s(simd.splat_f64s(-2.0), products[at][0], norm);
                    let square = simd.max_f64s(square, simd.splat_f64s(0.0));
                    let square = simd.min_f64s(square, closest[from]);
                    let sums = S::as_mut_simd_f64s(&mut sums[at]).0;
                    sums[from] = simd.mul_add_f64s(square, weights[from], sums[from]);
                    if let Some((kept, target)) = &mut keep
                        && *kept == at
                    {
                        S::as_mut_simd_f64s(&mut target[number]).0[from] = square;
                    }
                }
            }
        }
        let mut totals = [0.0; CANDIDATES];
        for at in 0..CANDIDATES {
            totals[at] = sums[at].iter().sum();
        }
        totals
    }
}

/// k-means||: a few passes draw about twice `clusters` rows each, by squared distance; greedy k-means++ on
/// these, weighted by the rows nearest to each, reduces them to `clusters`.
///
/// Source: Bahmani, Moseley, Vattani, Kumar & Vassilvitskii (2012), algorithm 2 with l = 2k, r = 5.
pub(super) fn parallel(tiles: &Tiles, clusters: usize, rng: &mut ChaCha8Rng) -> Points {
    let first = rng.random_range(0..tiles.rows);
    let mut chosen = vec![first as u32];
    let mut closest = vec![[f64::INFINITY; LANES]; tiles.len()];
    update(tiles, &points_of(tiles, &chosen), &mut closest);
    for _ in 0..PASSES {
        let total: f64 = closest.as_flattened()[..tiles.rows].iter().sum();
        if total <= 0.0 {
            break;
        }
        let factor = 2.0 * clusters as f64 / total;
        let seed: u64 = rng.random();
        // One generator per chunk, so that draws do not depend on threads.
        let drawn: Vec<Vec<u32>> = closest
            .par_chunks(DRAW_TILES)
            .enumerate()
            .map(|(chunk, closest)| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(chunk as u64);
                let from = chunk * DRAW_TILES * LANES;
                let squares = closest.as_flattened().iter().enumerate();
                squares
                    .map(|(at, square)| (from + at, rng.random::<f64>() < square * factor))
                    .filter(|(row, drawn)| *drawn && *row < tiles.rows)
                    .map(|(row, _)| row as u32)
                    .collect()
            })
            .collect();
        let drawn = drawn.concat();
        update(tiles, &points_of(tiles, &drawn), &mut closest);
        chosen.extend(drawn);
    }
    let candidates = points_of(tiles, &chosen);
    if candidates.len() <= clusters {
        return plus_plus(tiles, clusters, None, rng);
    }
    let mut weights = vec![0.0; candidates.len()];
    for (label, _, _) in super::lloyd::labels(tiles, &candidates) {
        weights[label as usize] += 1.0;
    }
    plus_plus(&tiles.some(&chosen), clusters, Some(&weights), rng)
}

fn points_of(tiles: &Tiles, rows: &[u32]) -> Points {
    Points::new(tiles.width, rows.iter().flat_map(|row| tiles.row(*row as usize)).collect())
}

/// Updates each row's squared distance to the nearest centroid with more centroids.
fn update(tiles: &Tiles, points: &Points, closest: &mut [Lanes]) {
    if points.len() == 0 {
        return;
    }
    for (row, (_, distance, _)) in super::lloyd::labels(tiles, points).into_iter().enumerate() {
        let square = &mut closest.as_flattened_mut()[row];
        *square = square.min(distance * distance);
    }
}
