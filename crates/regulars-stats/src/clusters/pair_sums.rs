//! Kernels for sums of distances between the rows of two blocks.
//!
//! Distances come from differences, never from products of long rows, which lose precision for close ones.
//! Small data are summed in double precision. For large data distances are computed in single precision,
//! four times as fast, and summed block by block in double precision: a distance has seven digits, a mean
//! silhouette eight.
//!
//! Every lane is a separate pair and multiply-add is always fused, so wider registers do not change a bit
//! of the result.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

/// Rows per tile: as many as the widest registers have lanes.
pub(super) const LANES: usize = 16;

/// Rows of `a` processed together against a register of `b`.
const ROWS_PER_STEP: usize = 4;

/// Maximum tiles per block: what stays in the L1 cache at usual widths.
pub(super) const BLOCK_TILES: usize = 8;

/// One value per row of a tile.
pub(super) type Lanes = [f64; LANES];
type SingleLanes = [f32; LANES];

/// Coordinates in tiles, feature by feature, in one of two precisions.
#[derive(Debug)]
pub(super) enum Tiles {
    Double(Vec<Lanes>),
    Single(Vec<SingleLanes>),
}

impl Tiles {
    pub(super) fn new(exact: bool) -> Self {
        if exact { Self::Double(Vec::new()) } else { Self::Single(Vec::new()) }
    }

    /// Appends a tile of zeros; returns its offset.
    pub(super) fn push_tile(&mut self, width: usize) -> usize {
        match self {
            Self::Double(values) => {
                values.resize(values.len() + width, [0.0; LANES]);
                values.len() - width
            }
            Self::Single(values) => {
                values.resize(values.len() + width, [0.0; LANES]);
                values.len() - width
            }
        }
    }

    pub(super) fn set(&mut self, at: usize, lane: usize, value: f64) {
        match self {
            Self::Double(values) => values[at][lane] = value,
            Self::Single(values) => values[at][lane] = value as f32,
        }
    }
}

/// Tiles of a table of rows, with weights: 1 for rows, 0 for padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) width: usize,
    pub(super) tiles: &'a Tiles,
    pub(super) weights: &'a [Lanes],
}

/// For tiles of `a` against tiles of `b`, adds the distances of each row of `a` to `of_a` and those of each
/// row of `b` to `of_b`.
///
/// Shape: padding of `b` gets meaningless sums.
/// Contracts: both sides have the same precision and width; at most [`BLOCK_TILES`] tiles of each
/// (trusted).
pub(super) fn sum_blocks(
    a: Side<'_>,
    tiles_a: Range<usize>,
    b: Side<'_>,
    tiles_b: Range<usize>,
    of_a: &mut [Lanes],
    of_b: &mut [Lanes],
) {
    let arch = Arch::new();
    match (a.tiles, b.tiles) {
        (Tiles::Double(values_a), Tiles::Double(values_b)) => {
            arch.dispatch(Double { a, values_a, tiles_a, b, values_b, tiles_b, of_a, of_b });
        }
        (Tiles::Single(values_a), Tiles::Single(values_b)) => {
            arch.dispatch(Single { a, values_a, tiles_a, b, values_b, tiles_b, of_a, of_b });
        }
        _ => debug_assert!(false, "both sides are packed with the same precision"),
    }
}

struct Double<'m> {
    a: Side<'m>,
    values_a: &'m [Lanes],
    tiles_a: Range<usize>,
    b: Side<'m>,
    values_b: &'m [Lanes],
    tiles_b: Range<usize>,
    of_a: &'m mut [Lanes],
    of_b: &'m mut [Lanes],
}

impl WithSimd for Double<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Two registers of `b` against four rows of `a`: eight sums in flight hide the latency.
        self.run::<S, 2>(simd);
    }
}

impl Double<'_> {
    #[inline(always)]
    fn run<S: Simd, const WIDE: usize>(self, simd: S) {
        let width = self.a.width;
        let zero = simd.splat_f64s(0.0);
        for (tile_a, of_a) in self.tiles_a.zip(self.of_a.iter_mut()) {
            let values_a = &self.values_a[tile_a * width..(tile_a + 1) * width];
            for first in (0..LANES).step_by(ROWS_PER_STEP) {
                let weights: &[f64] = &self.a.weights[tile_a][first..first + ROWS_PER_STEP];
                let mut totals = [[0.0; LANES]; ROWS_PER_STEP];
                let mut from = 0;
                while from < LANES / S::F64_LANES {
                    let mut sums = [[zero; WIDE]; ROWS_PER_STEP];
                    for (tile_b, of_b) in self.tiles_b.clone().zip(self.of_b.iter_mut()) {
                        let values_b = &self.values_b[tile_b * width..(tile_b + 1) * width];
                        let mut squares = [[zero; WIDE]; ROWS_PER_STEP];
                        for (a, b) in values_a.iter().zip(values_b) {
                            let b = S::as_simd_f64s(b).0;
                            for row in 0..ROWS_PER_STEP {
                                let value = simd.splat_f64s(a[first + row]);
                                for wide in 0..WIDE {
                                    let difference = simd.sub_f64s(value, b[from + wide]);
                                    squares[row][wide] =
                                        simd.mul_add_f64s(difference, difference, squares[row][wide]);
                                }
                            }
                        }
                        let weights_b = S::as_simd_f64s(&self.b.weights[tile_b]).0;
                        let of_b = S::as_mut_simd_f64s(of_b).0;
                        for wide in 0..WIDE {
                            let mut of_b_here = of_b[from + wide];
                            for row in 0..ROWS_PER_STEP {
                                let distance = simd.sqrt_f64s(squares[row][wide]);
                                sums[row][wide] =
                                    simd.mul_add_f64s(distance, weights_b[from + wide], sums[row][wide]);
                                of_b_here =
                                    simd.mul_add_f64s(distance, simd.splat_f64s(weights[row]), of_b_here);
                            }
                            of_b[from + wide] = of_b_here;
                        }
                    }
                    for row in 0..ROWS_PER_STEP {
                        let totals = S::as_mut_simd_f64s(&mut totals[row]).0;
                        for wide in 0..WIDE {
                            totals[from + wide] = sums[row][wide];
                        }
                    }
                    from += WIDE;
                }
                for row in 0..ROWS_PER_STEP {
                    of_a[first + row] += weights[row] * sum(&totals[row]);
                }
            }
        }
    }
}

struct Single<'m> {
    a: Side<'m>,
    values_a: &'m [SingleLanes],
    tiles_a: Range<usize>,
    b: Side<'m>,
    values_b: &'m [SingleLanes],
    tiles_b: Range<usize>,
    of_a: &'m mut [Lanes],
    of_b: &'m mut [Lanes],
}

impl WithSimd for Single<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Eight sums in flight hide the latency, in as many registers as needed.
        if S::F32_LANES == LANES {
            self.run::<S, 8, 1>(simd);
        } else {
            self.run::<S, 4, 2>(simd);
        }
    }
}

impl Single<'_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const WIDE: usize>(self, simd: S) {
        let width = self.a.width;
        let zero = simd.splat_f32s(0.0);
        // Sums within one pair of blocks stay in single precision: at most as many terms as a block has
        // rows.
        let mut columns = [[0.0_f32; LANES]; BLOCK_TILES];
        let mut weights_b = [[0.0_f32; LANES]; BLOCK_TILES];
        for (tile_b, weights) in self.tiles_b.clone().zip(&mut weights_b) {
            *weights = self.b.weights[tile_b].map(|weight| weight as f32);
        }
        for (tile_a, of_a) in self.tiles_a.zip(self.of_a.iter_mut()) {
            let values_a = &self.values_a[tile_a * width..(tile_a + 1) * width];
            let weights_a = self.a.weights[tile_a].map(|weight| weight as f32);
            for first in (0..LANES).step_by(ROWS) {
                let mut totals = [[0.0_f32; LANES]; ROWS];
                let mut from = 0;
                while from < LANES / S::F32_LANES {
                    let mut sums = [[zero; WIDE]; ROWS];
                    for ((tile_b, weights_b), column) in
                        self.tiles_b.clone().zip(&weights_b).zip(columns.iter_mut())
                    {
                        let values_b = &self.values_b[tile_b * width..(tile_b + 1) * width];
                        let mut squares = [[zero; WIDE]; ROWS];
                        for (a, b) in values_a.iter().zip(values_b) {
                            let b = S::as_simd_f32s(b).0;
                            for row in 0..ROWS {
                                let value = simd.splat_f32s(a[first + row]);
                                for wide in 0..WIDE {
                                    let difference = simd.sub_f32s(b[from + wide], value);
                                    squares[row][wide] =
                                        simd.mul_add_f32s(difference, difference, squares[row][wide]);
                                }
                            }
                        }
                        let weights_b = S::as_simd_f32s(weights_b).0;
                        let column = S::as_mut_simd_f32s(column).0;
                        for wide in 0..WIDE {
                            // Four rows at a time, whatever the register width: the same sum to the last
                            // bit.
                            for fours in 0..ROWS / 4 {
                                let mut of_b = zero;
                                for row in 4 * fours..4 * fours + 4 {
                                    let distance = simd.sqrt_f32s(squares[row][wide]);
                                    sums[row][wide] =
                                        simd.mul_add_f32s(distance, weights_b[from + wide], sums[row][wide]);
                                    let weight = simd.splat_f32s(weights_a[first + row]);
                                    of_b = simd.mul_add_f32s(distance, weight, of_b);
                                }
                                column[from + wide] = simd.add_f32s(column[from + wide], of_b);
                            }
                        }
                    }
                    for row in 0..ROWS {
                        let totals = S::as_mut_simd_f32s(&mut totals[row]).0;
                        for wide in 0..WIDE {
                            totals[from + wide] = sums[row][wide];
                        }
                    }
                    from += WIDE;
                }
                for row in 0..ROWS {
                    of_a[first + row] += f64::from(weights_a[first + row]) * sum(&totals[row].map(f64::from));
                }
            }
        }
        for (of_b, column) in self.of_b.iter_mut().zip(&columns) {
            for lane in 0..LANES {
                of_b[lane] += f64::from(column[lane]);
            }
        }
    }
}

/// Adds the sums of rows with a block to that block's columns.
///
/// Shape: `sums` has `columns` lanes for each tile of `of_rows`, tile by tile.
pub(super) fn add_to_columns(sums: &mut [Lanes], of_rows: &[Lanes], block_columns: &[usize], columns: usize) {
    Arch::new().dispatch(AddToColumns { sums, of_rows, block_columns, columns });
}

struct AddToColumns<'m> {
    sums: &'m mut [Lanes],
    of_rows: &'m [Lanes],
    block_columns: &'m [usize],
    columns: usize,
}

impl WithSimd for AddToColumns<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (sums, of_rows) in self.sums.chunks_exact_mut(self.columns).zip(self.of_rows) {
            let of_rows = S::as_simd_f64s(of_rows).0;
            for column in self.block_columns {
                for (sum, more) in S::as_mut_simd_f64s(&mut sums[*column]).0.iter_mut().zip(of_rows) {
                    *sum = simd.add_f64s(*sum, *more);
                }
            }
        }
    }
}

/// Sum of all lanes, always in the same order.
#[inline(always)]
fn sum(lanes: &Lanes) -> f64 {
    let mut lanes = *lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a fixed pattern, the last of them padding.
    fn packed(rows: usize, width: usize, shift: f64, exact: bool) -> (Tiles, Vec<Lanes>, Vec<Vec<f64>>) {
        let mut tiles = Tiles::new(exact);
        let mut weights = Vec::new();
        let mut plain = Vec::new();
        for tile in 0..rows.div_ceil(LANES) {
            let at = tiles.push_tile(width);
            let mut weight = [0.0; LANES];
            for lane in 0..LANES.min(rows - tile * LANES) {
                let row = tile * LANES + lane;
                weight[lane] = 1.0;
                let values: Vec<f64> = (0..width)
                    .map(|feature| shift + f64::from((row * 37 + feature * 11) as u32 % 101) / 8.0)
                    .collect();
                for (feature, value) in values.iter().enumerate() {
                    tiles.set(at + feature, lane, *value);
                }
                plain.push(values);
            }
            weights.push(weight);
        }
        (tiles, weights, plain)
    }

    #[test]
    fn sums_match_all_pairs_in_either_precision() {
        for (exact, digits) in [(true, 1e-13), (false, 1e-6)] {
            for (rows_a, rows_b, width) in [(1, 1, 1), (17, 40, 3), (128, 100, 16), (5, 128, 7)] {
                let (tiles_a, weights_a, plain_a) = packed(rows_a, width, 0.0, exact);
                let (tiles_b, weights_b, plain_b) = packed(rows_b, width, 3.3, exact);
                let a = Side { width, tiles: &tiles_a, weights: &weights_a };
                let b = Side { width, tiles: &tiles_b, weights: &weights_b };
                let mut of_a = [[0.0; LANES]; BLOCK_TILES];
                let mut of_b = [[0.0; LANES]; BLOCK_TILES];
                sum_blocks(a, 0..weights_a.len(), b, 0..weights_b.len(), &mut of_a, &mut of_b);
                let difference = |x: &[f64], y: &[f64]| -> f64 {
                    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
                };
                let close = |found: f64, expected: f64| {
                    assert!((found - expected).abs() <= digits * expected, "{found} {expected} {exact}");
                };
                for (row, x) in plain_a.iter().enumerate() {
                    close(of_a.as_flattened()[row], plain_b.iter().map(|y| difference(x, y)).sum());
                }
                for (row, y) in plain_b.iter().enumerate() {
                    close(of_b.as_flattened()[row], plain_a.iter().map(|x| difference(x, y)).sum());
                }
                assert!(of_a.as_flattened()[rows_a..].iter().all(|padding| *padding == 0.0));
            }
        }
    }
}
