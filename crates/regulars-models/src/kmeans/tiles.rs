//! Rows in tiles of eight, and their distances to centroids.
//!
//! A tile holds eight rows feature by feature, so that one instruction serves several rows. `pulp` picks
//! the widest instructions at run time; each row has its own lane and multiply-add is always fused, so that
//! the choice does not change a bit of the result.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy)]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use regulars_stats::clusters::Rows;

/// Rows per tile.
pub(super) const LANES: usize = 8;

/// Tiles filled per task.
const FILL_TILES: usize = 512;

/// Centroids processed together: as many sums as fit into the registers.
const TOGETHER: usize = 4;

/// One value per row of a tile.
pub(super) type Lanes = [f64; LANES];

/// Centred rows, in tiles.
///
/// Distances come from products, `|x|^2 + |c|^2 - 2xc`, which lose precision far from the origin; hence the
/// centring.
pub(super) struct Tiles {
    pub(super) width: usize,
    pub(super) rows: usize,
    values: Vec<Lanes>,
    /// Squared length of each row.
    pub(super) norms: Vec<Lanes>,
}

impl Tiles {
    pub(super) fn new(rows: Rows<'_>, middle: &[f64]) -> Self {
        Self::filled(rows.width(), rows.len(), |row, target| {
            for (target, (value, middle)) in target.iter_mut().zip(rows.row(row).iter().zip(middle)) {
                *target = value - middle;
            }
        })
    }

    /// Selects rows, in the given order.
    pub(super) fn some(&self, rows: &[u32]) -> Self {
        Self::filled(self.width, rows.len(), |at, target| {
            for (target, value) in target.iter_mut().zip(self.row(rows[at] as usize)) {
                *target = value;
            }
        })
    }

    /// Builds tiles from rows that `write` provides.
    fn filled(width: usize, rows: usize, write: impl Fn(usize, &mut [f64]) + Sync) -> Self {
        let tiles = rows.div_ceil(LANES);
        let mut values = vec![[0.0; LANES]; tiles * width];
        let mut norms = vec![[0.0; LANES]; tiles];
        values.par_chunks_mut(FILL_TILES * width).zip(norms.par_chunks_mut(FILL_TILES)).enumerate().for_each(
            |(chunk, (values, norms))| {
                let first = chunk * FILL_TILES * LANES;
                let mut row_values = vec![0.0; width];
                for (at, row) in (first..rows.min(first + norms.len() * LANES)).enumerate() {
                    write(row, &mut row_values);
                    let tile = &mut values[at / LANES * width..][..width];
                    for (lanes, value) in tile.iter_mut().zip(&row_values) {
                        lanes[at % LANES] = *value;
                    }
                }
                Arch::new().dispatch(Norms { values, width, squares: norms });
            },
        );
        Self { width, rows, values, norms }
    }

    /// Number of tiles.
    pub(super) fn len(&self) -> usize {
        self.norms.len()
    }

    #[inline(always)]
    pub(super) fn tile(&self, tile: usize) -> &[Lanes] {
        &self.values[tile * self.width..(tile + 1) * self.width]
    }

    /// Rows of a tile that are not padding.
    #[inline(always)]
    pub(super) fn rows_of(&self, tile: usize) -> usize {
        (self.rows - tile * LANES).min(LANES)
    }

    /// One row.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = f64> + '_ {
        let (tile, lane) = (row / LANES, row % LANES);
        self.tile(tile).iter().map(move |lanes| lanes[lane])
    }

    /// Mean variance of the columns; the rows have mean zero.
    pub(super) fn mean_variance(&self) -> f64 {
        self.norms.as_flattened().iter().sum::<f64>() / (self.rows * self.width) as f64
    }
}

/// Squared lengths of the rows of some tiles.
struct Norms<'a> {
    values: &'a [Lanes],
    width: usize,
    squares: &'a mut [Lanes],
}

impl WithSimd for Norms<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (tile, squares) in self.values.chunks_exact(self.width).zip(self.squares) {
            for (from, square) in S::as_mut_simd_f64s(squares).0.iter_mut().enumerate() {
                for lanes in tile {
                    let values = registers::<S>(lanes)[from];
                    *square = simd.mul_add_f64s(values, values, *square);
                }
            }
        }
    }
}

/// Centroids, centred like the tiles, with half their squared lengths.
#[derive(Debug, Clone)]
pub(super) struct Points {
    pub(super) width: usize,
    pub(super) values: Vec<f64>,
    pub(super) half_norms: Vec<f64>,
}

impl Points {
    pub(super) fn new(width: usize, values: Vec<f64>) -> Self {
        let half_norms =
            values.chunks_exact(width).map(|point| point.iter().map(|v| v * v).sum::<f64>() / 2.0).collect();
        Self { width, values, half_norms }
    }

    pub(super) fn len(&self) -> usize {
        self.half_norms.len()
    }

    #[inline(always)]
    pub(super) fn point(&self, point: usize) -> &[f64] {
        &self.values[point * self.width..(point + 1) * self.width]
    }
}

/// For each row of a tile the nearest centroid, and the distances to it and to the second nearest as half
/// the squared distance minus half the row's squared length.
pub(super) struct Nearest {
    /// Centroid indices as floats, exact because they are small.
    pub(super) label: Lanes,
    pub(super) best: Lanes,
    pub(super) second: Lanes,
}

/// Eight lanes as registers.
#[inline(always)]
fn registers<S: Simd>(lanes: &Lanes) -> &[S::f64s] {
    S::as_simd_f64s(lanes).0
}

/// Nearest centroids of a tile; ties go to the first.
#[inline(always)]
pub(super) fn nearest<S: Simd>(simd: S, tile: &[Lanes], points: &Points) -> Nearest {
    let mut nearest = Nearest { label: [0.0; LANES], best: [0.0; LANES], second: [0.0; LANES] };
    // Two registers of rows against several centroids: enough sums in flight to hide the latency.
    let mut from = 0;
    while from < LANES / S::F64_LANES {
        if S::F64_LANES * 2 <= LANES {
            look::<S, 2>(simd, tile, points, from, &mut nearest);
            from += 2;
        } else {
            look::<S, 1>(simd, tile, points, from, &mut nearest);
            from += 1;
        }
    }
    nearest
}

/// Running result for some registers of rows.
struct Found<S: Simd, const WIDE: usize> {
    label: [S::f64s; WIDE],
    best: [S::f64s; WIDE],
    second: [S::f64s; WIDE],
}

#[inline(always)]
fn look<S: Simd, const WIDE: usize>(
    simd: S,
    tile: &[Lanes],
    points: &Points,
    from: usize,
    nearest: &mut Nearest,
) {
    let far = simd.splat_f64s(f64::INFINITY);
    let mut found: Found<S, WIDE> =
        Found { label: [simd.splat_f64s(0.0); WIDE], best: [far; WIDE], second: [far; WIDE] };
    let mut first = 0;
    while first < points.len() {
        match points.len() - first {
            1 => first = compare::<S, WIDE, 1>(simd, tile, points, from, first, &mut found),
            2 => first = compare::<S, WIDE, 2>(simd, tile, points, from, first, &mut found),
            3 | 6 => first = compare::<S, WIDE, 3>(simd, tile, points, from, first, &mut found),
            5 | 9 | 10 => first = compare::<S, WIDE, 5>(simd, tile, points, from, first, &mut found),
            _ => first = compare::<S, WIDE, TOGETHER>(simd, tile, points, from, first, &mut found),
        }
    }
    let label = S::as_mut_simd_f64s(&mut nearest.label).0;
    let best = S::as_mut_simd_f64s(&mut nearest.best).0;
    let second = S::as_mut_simd_f64s(&mut nearest.second).0;
    for wide in 0..WIDE {
        label[from + wide] = found.label[wide];
        best[from + wide] = found.best[wide];
        second[from + wide] = found.second[wide];
    }
}

#[inline(always)]
fn compare<S: Simd, const WIDE: usize, const N: usize>(
    simd: S,
    tile: &[Lanes],
    points: &Points,
    from: usize,
    first: usize,
    found: &mut Found<S, WIDE>,
) -> usize {
    let products = products::<S, WIDE, N>(simd, tile, points, from, first);
    for at in 0..N {
        let number = simd.splat_f64s((first + at) as f64);
        let half_norm = simd.splat_f64s(points.half_norms[first + at]);
        for wide in 0..WIDE {
            let score = simd.sub_f64s(half_norm, products[at][wide]);
            let (best, second) = (found.best[wide], found.second[wide]);
            let closer = simd.less_than_f64s(score, best);
            found.second[wide] = simd.select_f64s(closer, best, simd.min_f64s(score, second));
            found.best[wide] = simd.select_f64s(closer, score, best);
            found.label[wide] = simd.select_f64s(closer, number, found.label[wide]);
        }
    }
    first + N
}

/// Inner products of some registers of rows with `N` centroids.
#[inline(always)]
pub(super) fn products<S: Simd, const WIDE: usize, const N: usize>(
    simd: S,
    tile: &[Lanes],
    points: &Points,
    from: usize,
    first: usize,
) -> [[S::f64s; WIDE]; N] {
    let mut sums = [[simd.splat_f64s(0.0); WIDE]; N];
    let mut of_points: [&[f64]; N] = [&[]; N];
    for at in 0..N {
        of_points[at] = &points.point(first + at)[..tile.len()];
    }
    for (feature, values) in tile.iter().enumerate() {
        let values = registers::<S>(values);
        for at in 0..N {
            let coordinate = simd.splat_f64s(of_points[at][feature]);
            for wide in 0..WIDE {
                sums[at][wide] = simd.mul_add_f64s(values[from + wide], coordinate, sums[at][wide]);
            }
        }
    }
    sums
}
