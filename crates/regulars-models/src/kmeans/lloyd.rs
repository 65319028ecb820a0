//! Lloyd's iterations with Hamerly's bounds, tile by tile.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::tiles::{LANES, Lanes, Points, Tiles, nearest};

/// Tiles per chunk, the work of one task. Fixed, so that sums are added in the same order on any number of
/// threads.
const CHUNK_TILES: usize = 512;

/// From this many rows on, one fit uses several threads.
pub(super) const PARALLEL_ROWS: usize = 200_000;

/// Tolerance on the bounds for rounding.
const SLACK: f64 = 1.0 + 1e-9;

/// Not assigned yet.
const NONE: u32 = u32::MAX;

/// Result of the iterations.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) points: Points,
    pub(super) inertia: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// Stopping criteria.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoppingCriteria {
    pub(super) max_iterations: usize,
    /// Sum of squared movements of all centroids.
    pub(super) movement: f64,
}

/// Bounds of the rows of one tile.
#[derive(Clone)]
struct CenterBounds {
    label: [u32; LANES],
    /// Upper bound of the distance to the assigned centroid.
    upper: Lanes,
    /// Lower bound of the distance to any other.
    lower: Lanes,
}

/// Changes from one chunk.
struct CenterUpdate {
    sums: Vec<f64>,
    counts: Vec<i64>,
    changed: usize,
}

impl CenterUpdate {
    fn none(points: usize, width: usize) -> Self {
        Self { sums: vec![0.0; points * width], counts: vec![0; points], changed: 0 }
    }

    fn add(&mut self, other: &Self) {
        for (sum, more) in self.sums.iter_mut().zip(&other.sums) {
            *sum += more;
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.changed += other.changed;
    }
}

/// Movement of the centroids since the bounds were last exact.
struct Moves {
    of_point: Vec<f64>,
    /// Per centroid, the largest movement of any other.
    of_others: Vec<f64>,
    /// Half the distance to the nearest other centroid: rows closer than this certainly belong to it.
    safe: Vec<f64>,
}

/// Iterates from `start`, given in the tiles' coordinates.
pub(super) fn lloyd(tiles: &Tiles, start: Points, limits: StoppingCriteria) -> Outcome {
    let (clusters, width) = (start.len(), tiles.width);
    let mut known =
        vec![
            CenterBounds { label: [NONE; LANES], upper: [f64::INFINITY; LANES], lower: [0.0; LANES] };
            tiles.len()
        ];
    let mut state = CenterUpdate::none(clusters, width);
    let mut points = start;
    let mut moves =
        Moves { of_point: vec![0.0; clusters], of_others: vec![0.0; clusters], safe: vec![0.0; clusters] };
    let (mut iterations, mut converged) = (0, false);
    while iterations < limits.max_iterations && !converged {
        iterations += 1;
        let change = assign(tiles, &points, &moves, &mut known);
        state.add(&change);
        if change.changed == 0 {
            converged = true;
            break;
        }
        if state.counts.contains(&0) {
            fill_empty(tiles, &points, &mut known, &mut state);
        }
        let moved = means(&state, &points);
        let movement: Vec<f64> =
            (0..clusters).map(|at| euclidean_distance(points.point(at), moved.point(at))).collect();
        points = moved;
        moves = moves_of(&movement, &points);
        converged = movement.iter().map(|m| m * m).sum::<f64>() <= limits.movement;
    }
    // The sums were updated many times; recomputing them removes accumulated rounding.
    let fresh = fresh_sums(tiles, &known, clusters);
    points = means(&fresh, &points);
    let inertia = inertia(tiles, &points);
    Outcome { points, inertia, iterations, converged }
}

fn in_chunks<R: Send>(tiles: &Tiles, work: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let chunks = tiles.len().div_ceil(CHUNK_TILES);
    let range = |chunk: usize| chunk * CHUNK_TILES..((chunk + 1) * CHUNK_TILES).min(tiles.len());
    if tiles.rows < PARALLEL_ROWS {
        (0..chunks).map(|chunk| work(range(chunk))).collect()
    } else {
        (0..chunks).into_par_iter().map(|chunk| work(range(chunk))).collect()
    }
}

fn assign(tiles: &Tiles, points: &Points, moves: &Moves, known: &mut [CenterBounds]) -> CenterUpdate {
    let arch = Arch::new();
    let one = |(chunk, known): (usize, &mut [CenterBounds])| {
        let mut change = CenterUpdate::none(points.len(), tiles.width);
        let first = chunk * CHUNK_TILES;
        arch.dispatch(Assign { tiles, first, points, moves, known, change: &mut change });
        change
    };
    let changes: Vec<CenterUpdate> = if tiles.rows < PARALLEL_ROWS {
        known.chunks_mut(CHUNK_TILES).enumerate().map(one).collect()
    } else {
        known.par_chunks_mut(CHUNK_TILES).enumerate().map(one).collect()
    };
    let mut total = CenterUpdate::none(points.len(), tiles.width);
    for change in &changes {
        total.add(change);
    }
    total
}

struct Assign<'a> {
    tiles: &'a Tiles,
    first: usize,
    points: &'a Points,
    moves: &'a Moves,
    known: &'a mut [CenterBounds],
    change: &'a mut CenterUpdate,
}

impl WithSimd for Assign<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { tiles, first, points, moves, known, change } = self;
        let width = tiles.width;
        for (at, known) in known.iter_mut().enumerate() {
            let number = first + at;
            let rows = tiles.rows_of(number);
            if !stale(known, moves, rows) {
                continue;
            }
            let tile = tiles.tile(number);
            let found = nearest(simd, tile, points);
            let norms = &tiles.norms[number];
            for lane in 0..LANES {
                known.upper[lane] = distance(norms[lane], found.best[lane]);
                known.lower[lane] = distance(norms[lane], found.second[lane]);
            }
            for lane in 0..rows {
                let (before, now) = (known.label[lane], found.label[lane] as u32);
                if before == now {
                    continue;
                }
                change.changed += 1;
                known.label[lane] = now;
                change.counts[now as usize] += 1;
                let sums = &mut change.sums[now as usize * width..][..width];
                for (sum, lanes) in sums.iter_mut().zip(tile) {
                    *sum += lanes[lane];
                }
                if before != NONE {
                    change.counts[before as usize] -= 1;
                    let sums = &mut change.sums[before as usize * width..][..width];
                    for (sum, lanes) in sums.iter_mut().zip(tile) {
                        *sum -= lanes[lane];
                    }
                }
            }
        }
    }
}

/// Shifts the bounds with the centroids; returns whether they no longer prove every label.
#[inline(always)]
fn stale(known: &mut CenterBounds, moves: &Moves, rows: usize) -> bool {
    let mut stale = false;
    for lane in 0..rows {
        let label = known.label[lane] as usize;
        if known.label[lane] == NONE {
            return true;
        }
        known.upper[lane] += moves.of_point[label];
        known.lower[lane] -= moves.of_others[label];
        let proven = known.lower[lane].max(moves.safe[label]);
        stale |= known.upper[lane] * SLACK >= proven;
    }
    stale
}

#[inline(always)]
fn distance(norm: f64, score: f64) -> f64 {
    let square = 2.0_f64.mul_add(score, norm);
    if square > 0.0 { square.sqrt() } else { 0.0 }
}

fn euclidean_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

fn moves_of(movement: &[f64], points: &Points) -> Moves {
    let clusters = points.len();
    let of_others = (0..clusters)
        .map(|own| {
            (0..clusters).filter(|other| *other != own).map(|other| movement[other]).fold(0.0, f64::max)
        })
        .collect();
    let safe = (0..clusters)
        .map(|own| {
            let nearest = (0..clusters)
                .filter(|other| *other != own)
                .map(|other| euclidean_distance(points.point(own), points.point(other)))
                .fold(f64::INFINITY, f64::min);
            nearest / 2.0
        })
        .collect();
    Moves { of_point: movement.to_vec(), of_others, safe }
}

/// Mean of each cluster; an empty one stays where it was.
fn means(state: &CenterUpdate, before: &Points) -> Points {
    let width = before.width;
    let mut values = before.values.clone();
    for (at, count) in state.counts.iter().enumerate() {
        if *count > 0 {
            let sums = &state.sums[at * width..(at + 1) * width];
            for (value, sum) in values[at * width..(at + 1) * width].iter_mut().zip(sums) {
                *value = sum / *count as f64;
            }
        }
    }
    Points::new(width, values)
}

/// Gives each empty cluster the row furthest from its centroid; ties go to the first.
///
/// A row that is alone in its cluster, or lies on its centroid, stays; the cluster then stays empty.
fn fill_empty(tiles: &Tiles, points: &Points, known: &mut [CenterBounds], state: &mut CenterUpdate) {
    let width = tiles.width;
    let mut far: Vec<(f64, usize)> = (0..tiles.rows)
        .map(|row| {
            let own = points.point(known[row / LANES].label[row % LANES] as usize);
            (tiles.row(row).zip(own).map(|(x, c)| (x - c) * (x - c)).sum::<f64>(), row)
        })
        .filter(|(square, _)| *square > 0.0)
        .collect();
    far.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut far = far.into_iter().map(|(_, row)| row);
    for empty in 0..state.counts.len() {
        if state.counts[empty] > 0 {
            continue;
        }
        for row in far.by_ref() {
            let (tile, lane) = (row / LANES, row % LANES);
            let before = known[tile].label[lane] as usize;
            if state.counts[before] < 2 {
                continue;
            }
            for (feature, value) in tiles.row(row).enumerate() {
                state.sums[before * width + feature] -= value;
                state.sums[empty * width + feature] += value;
            }
            state.counts[before] -= 1;
            state.counts[empty] += 1;
            known[tile].label[lane] = empty as u32;
            known[tile].upper[lane] = f64::INFINITY;
            break;
        }
    }
}

fn fresh_sums(tiles: &Tiles, known: &[CenterBounds], clusters: usize) -> CenterUpdate {
    let width = tiles.width;
    let parts = in_chunks(tiles, |range| {
        let mut part = CenterUpdate::none(clusters, width);
        for tile in range {
            for lane in 0..tiles.rows_of(tile) {
                let label = known[tile].label[lane] as usize;
                part.counts[label] += 1;
                let sums = &mut part.sums[label * width..(label + 1) * width];
                for (sum, lanes) in sums.iter_mut().zip(tiles.tile(tile)) {
                    *sum += lanes[lane];
                }
            }
        }
        part
    });
    let mut total = CenterUpdate::none(clusters, width);
    for part in &parts {
        total.add(part);
    }
    total
}

/// Nearest centroid of each row, with the distances to it and to the second nearest.
///
/// Shape: one entry per row. With a single centroid the second distance is infinite.
pub(super) fn labels(tiles: &Tiles, points: &Points) -> Vec<(u32, f64, f64)> {
    let arch = Arch::new();
    let parts = in_chunks(tiles, |range| {
        arch.dispatch(AssignmentPass { tiles, range, points, inertia_only: false }).1
    });
    parts.concat()
}

/// Sum of squared distances to the nearest centroids, computed from differences for full precision.
pub(super) fn inertia(tiles: &Tiles, points: &Points) -> f64 {
    let arch = Arch::new();
    in_chunks(tiles, |range| arch.dispatch(AssignmentPass { tiles, range, points, inertia_only: true }).0)
        .into_iter()
        .sum()
}

struct AssignmentPass<'a> {
    tiles: &'a Tiles,
    range: Range<usize>,
    points: &'a Points,
    inertia_only: bool,
}

impl WithSimd for AssignmentPass<'_> {
    type Output = (f64, Vec<(u32, f64, f64)>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { tiles, range, points, inertia_only } = self;
        let mut inertia = 0.0;
        let mut found = Vec::new();
        for number in range {
            let tile = tiles.tile(number);
            let nearest = nearest(simd, tile, points);
            for lane in 0..tiles.rows_of(number) {
                let own = points.point(nearest.label[lane] as usize);
                let mut square = 0.0_f64;
                for (lanes, coordinate) in tile.iter().zip(own) {
                    let difference = lanes[lane] - coordinate;
                    square = difference.mul_add(difference, square);
                }
                inertia += square;
                if !inertia_only {
                    let second = distance(tiles.norms[number][lane], nearest.second[lane]);
                    found.push((nearest.label[lane] as u32, square.sqrt(), second));
                }
            }
        }
        (inertia, found)
    }
}
