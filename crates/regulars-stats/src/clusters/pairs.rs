//! Sums of distances over all pairs of rows, tile against tile: the costly part of the silhouette.
//!
//! Rows come sorted into blocks that share their labels, so that one sum a block serves every
//! labeling. Rows of a block stand in tiles of eight, feature by feature, padded with rows of weight
//! zero. A pair of rows is looked at once and counts for both: stripes of blocks meet in the rounds of
//! a tournament in which nobody plays twice a round. So two threads never add to the same row, and the
//! order of the additions does not depend on how many threads there are.
//!
//! `pulp` picks the widest instructions at run time. Every lane is a pair of its own and multiply-add is
//! always fused, so that wider registers do not change a bit of the result.

// What runs inside `Arch::dispatch` must be inlined into it, or it is compiled without the wide
// instructions.
#![allow(clippy::inline_always)]
// Counted loops over arrays stay in registers.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy)]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::rows::Rows;

/// Rows of a tile.
pub(super) const LANES: usize = 8;

/// Tiles of a block at most: what stays in the first-level cache at usual widths.
const BLOCK_TILES: usize = 16;

/// Stripes that meet in the tournament; even, and enough for many cores.
const STRIPES: usize = 32;

/// One value for each row of a tile.
type Lanes = [f64; LANES];

/// Consecutive tiles whose rows have the same label in every labeling.
#[derive(Debug, Clone)]
struct Block {
    tiles: std::ops::Range<usize>,
    /// For every labeling the column of the sums that this block adds to.
    columns: Vec<usize>,
}

/// Rows packed for the sums.
pub(super) struct Packed {
    width: usize,
    /// Tile by tile, in it feature by feature.
    values: Vec<Lanes>,
    /// Squared length of every row.
    norms: Vec<Lanes>,
    /// 1 for rows, 0 for padding.
    weights: Vec<Lanes>,
    blocks: Vec<Block>,
    /// The row of every place; `None` for padding.
    pub(super) places: Vec<Option<u32>>,
    /// Whether distances come from differences (small data, to the last digit) or from products.
    exact: bool,
}

impl Packed {
    /// Packs groups of rows; `columns[g]` says where group `g` adds to, for every labeling.
    ///
    /// The rows are moved to `middle` first: products of large numbers lose what differences keep.
    pub(super) fn new(
        rows: Rows<'_>,
        middle: &[f64],
        groups: &[(Vec<usize>, Vec<u32>)],
        exact: bool,
    ) -> Self {
        let width = rows.width();
        let mut packed = Self {
            width,
            values: Vec::new(),
            norms: Vec::new(),
            weights: Vec::new(),
            blocks: Vec::new(),
            places: Vec::new(),
            exact,
        };
        for (columns, members) in groups {
            for part in members.chunks(BLOCK_TILES * LANES) {
                let from = packed.norms.len();
                for tile in part.chunks(LANES) {
                    packed.push_tile(rows, middle, tile);
                }
                packed.blocks.push(Block { tiles: from..packed.norms.len(), columns: columns.clone() });
            }
        }
        packed
    }

    fn push_tile(&mut self, rows: Rows<'_>, middle: &[f64], members: &[u32]) {
        let from = self.values.len();
        self.values.resize(from + self.width, [0.0; LANES]);
        let (mut norms, mut weights) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            let member = members.get(lane).copied();
            self.places.push(member);
            let Some(member) = member else { continue };
            weights[lane] = 1.0;
            for (feature, (value, middle)) in rows.row(member as usize).iter().zip(middle).enumerate() {
                let moved = value - middle;
                self.values[from + feature][lane] = moved;
                norms[lane] = moved.mul_add(moved, norms[lane]);
            }
        }
        self.norms.push(norms);
        self.weights.push(weights);
    }

    #[inline(always)]
    fn tile(&self, tile: usize) -> &[Lanes] {
        &self.values[tile * self.width..(tile + 1) * self.width]
    }

    /// Sums of every place to every column: `places x columns`, row by row.
    ///
    /// Rows of padding hold zeros.
    pub(super) fn all_sums(&self, columns: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.places.len() * columns];
        let stripes = self.stripes();
        // A place for a stripe that sits out where the number is odd is not needed: it is even.
        let mut parts: Vec<&mut [f64]> = Vec::with_capacity(stripes.len());
        let mut rest = sums.as_mut_slice();
        for stripe in &stripes {
            let (part, after) = rest.split_at_mut(self.tiles_of(stripe) * LANES * columns);
            parts.push(part);
            rest = after;
        }
        parts.par_iter_mut().zip(&stripes).for_each(|(part, stripe)| self.within(stripe, part, columns));
        let mut parts: Vec<Option<&mut [f64]>> = parts.into_iter().map(Some).collect();
        for round in 0..stripes.len() - 1 {
            let pairs = pairs_of_round(stripes.len(), round);
            let mut games: Vec<_> = Vec::with_capacity(pairs.len());
            for (a, b) in &pairs {
                games.push((*a, *b, parts[*a].take(), parts[*b].take()));
            }
            games.par_iter_mut().for_each(|(a, b, of_a, of_b)| {
                if let (Some(of_a), Some(of_b)) = (of_a.as_deref_mut(), of_b.as_deref_mut()) {
                    self.between(&stripes[*a], &stripes[*b], of_a, of_b, columns);
                }
            });
            for (a, b, of_a, of_b) in games {
                parts[a] = of_a;
                parts[b] = of_b;
            }
        }
        sums
    }

    /// Sums of every place of `sample` to every column of this: `places x columns`, row by row.
    pub(super) fn sums_of(&self, sample: &Packed, columns: usize) -> Vec<f64> {
        let mut sums = vec![0.0; sample.places.len() * columns];
        sums.par_chunks_mut(LANES * columns).enumerate().for_each(|(tile, sums)| {
            let mut unused = [[0.0; LANES]; BLOCK_TILES];
            for block in &self.blocks {
                let mut of_rows = [0.0; LANES];
                let from = tile..tile + 1;
                sum_blocks(sample, from, self, block.tiles.clone(), &mut [&mut of_rows], &mut unused);
                fold(sums, &[of_rows], block, columns);
            }
        });
        sums
    }

    fn stripes(&self) -> Vec<std::ops::Range<usize>> {
        let tiles = self.norms.len();
        let mut stripes = Vec::with_capacity(STRIPES);
        let mut at = 0;
        for stripe in 1..=STRIPES {
            let from = at;
            while at < self.blocks.len() && self.blocks[at].tiles.end * STRIPES <= tiles * stripe {
                at += 1;
            }
            stripes.push(from..at);
        }
        stripes
    }

    fn tiles_of(&self, stripe: &std::ops::Range<usize>) -> usize {
        self.blocks[stripe.clone()].iter().map(|block| block.tiles.len()).sum()
    }

    /// Every pair of rows within one stripe.
    fn within(&self, stripe: &std::ops::Range<usize>, sums: &mut [f64], columns: usize) {
        let Some(first) = self.blocks.get(stripe.start).map(|block| block.tiles.start) else { return };
        for a in stripe.clone() {
            let block_a = &self.blocks[a];
            let from_a = (block_a.tiles.start - first) * LANES * columns;
            // The square of a block with itself has every pair twice: once for either row.
            let mut rows = [[0.0; LANES]; BLOCK_TILES];
            let mut twice = [[0.0; LANES]; BLOCK_TILES];
            self.meet(block_a, block_a, &mut rows, &mut twice);
            fold(&mut sums[from_a..], &rows[..block_a.tiles.len()], block_a, columns);
            for b in a + 1..stripe.end {
                let block_b = &self.blocks[b];
                let from_b = (block_b.tiles.start - first) * LANES * columns;
                let mut rows = [[0.0; LANES]; BLOCK_TILES];
                let mut others = [[0.0; LANES]; BLOCK_TILES];
                self.meet(block_a, block_b, &mut rows, &mut others);
                fold(&mut sums[from_a..], &rows[..block_a.tiles.len()], block_b, columns);
                fold(&mut sums[from_b..], &others[..block_b.tiles.len()], block_a, columns);
            }
        }
    }

    /// Every pair of rows of two stripes.
    fn between(
        &self,
        stripe_a: &std::ops::Range<usize>,
        stripe_b: &std::ops::Range<usize>,
        of_a: &mut [f64],
        of_b: &mut [f64],
        columns: usize,
    ) {
        let mut from_a = 0;
        for block_a in &self.blocks[stripe_a.clone()] {
            let mut from_b = 0;
            for block_b in &self.blocks[stripe_b.clone()] {
                let mut rows = [[0.0; LANES]; BLOCK_TILES];
                let mut others = [[0.0; LANES]; BLOCK_TILES];
                self.meet(block_a, block_b, &mut rows, &mut others);
                fold(&mut of_a[from_a..], &rows[..block_a.tiles.len()], block_b, columns);
                fold(&mut of_b[from_b..], &others[..block_b.tiles.len()], block_a, columns);
                from_b += block_b.tiles.len() * LANES * columns;
            }
            from_a += block_a.tiles.len() * LANES * columns;
        }
    }

    fn meet(&self, a: &Block, b: &Block, rows: &mut [Lanes; BLOCK_TILES], others: &mut [Lanes; BLOCK_TILES]) {
        let mut targets: [&mut Lanes; BLOCK_TILES] = rows.each_mut();
        sum_blocks(self, a.tiles.clone(), self, b.tiles.clone(), &mut targets, others);
    }
}

/// Who plays whom in a round of a tournament of an even number: the circle method.
fn pairs_of_round(players: usize, round: usize) -> Vec<(usize, usize)> {
    let turning = players - 1;
    let seat = |at: usize| if at == 0 { turning } else { (at - 1 + round) % turning };
    (0..players / 2)
        .map(|at| {
            let (a, b) = (seat(at), seat(players - 1 - at));
            (a.min(b), a.max(b))
        })
        .collect()
}

/// Adds the sums that rows have with a block to the columns of that block.
fn fold(sums: &mut [f64], of_rows: &[Lanes], block: &Block, columns: usize) {
    let values = of_rows.as_flattened();
    for (sums, value) in sums.chunks_exact_mut(columns).zip(values) {
        for column in &block.columns {
            sums[*column] += value;
        }
    }
}

/// Adds, for tiles of `a` against tiles of `b`, the distances of each row of `a` to `of_a` and those of
/// each row of `b` to `of_b`.
fn sum_blocks(
    a: &Packed,
    tiles_a: std::ops::Range<usize>,
    b: &Packed,
    tiles_b: std::ops::Range<usize>,
    of_a: &mut [&mut Lanes],
    of_b: &mut [Lanes],
) {
    let arch = Arch::new();
    if b.exact {
        arch.dispatch(Meeting::<true> { a, tiles_a, b, tiles_b, of_a, of_b });
    } else {
        arch.dispatch(Meeting::<false> { a, tiles_a, b, tiles_b, of_a, of_b });
    }
}

struct Meeting<'m, 't, const EXACT: bool> {
    a: &'m Packed,
    tiles_a: std::ops::Range<usize>,
    b: &'m Packed,
    tiles_b: std::ops::Range<usize>,
    of_a: &'m mut [&'t mut Lanes],
    of_b: &'m mut [Lanes],
}

impl<const EXACT: bool> WithSimd for Meeting<'_, '_, EXACT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Two registers of `b` against four rows of `a`: eight sums in flight hide the latency.
        if S::F64_LANES * 2 <= LANES {
            self.run::<S, 2>(simd);
        } else {
            self.run::<S, 1>(simd);
        }
    }
}

impl<const EXACT: bool> Meeting<'_, '_, EXACT> {
    #[inline(always)]
    fn run<S: Simd, const WIDE: usize>(self, simd: S) {
        let zero = simd.splat_f64s(0.0);
        for (tile_a, of_a) in self.tiles_a.zip(self.of_a.iter_mut()) {
            let values_a = self.a.tile(tile_a);
            for half in [0, LANES / 2] {
                let norms = quarter(&self.a.norms[tile_a], half);
                let weights = quarter(&self.a.weights[tile_a], half);
                let mut totals = [[0.0; LANES]; 4];
                let mut from = 0;
                while from < LANES / S::F64_LANES {
                    let mut sums = [[zero; WIDE]; 4];
                    for (tile_b, of_b) in self.tiles_b.clone().zip(self.of_b.iter_mut()) {
                        let values_b = self.b.tile(tile_b);
                        let squares = if EXACT {
                            differences::<S, WIDE>(simd, values_a, half, values_b, from)
                        } else {
                            let norms_b = registers::<S>(&self.b.norms[tile_b]);
                            products::<S, WIDE>(simd, values_a, half, values_b, from, &norms, norms_b)
                        };
                        let weights_b = registers::<S>(&self.b.weights[tile_b]);
                        let of_b = S::as_mut_simd_f64s(of_b).0;
                        for wide in 0..WIDE {
                            let mut of_b_here = of_b[from + wide];
                            for row in 0..4 {
                                let distance = simd.sqrt_f64s(squares[row][wide]);
                                sums[row][wide] =
                                    simd.mul_add_f64s(distance, weights_b[from + wide], sums[row][wide]);
                                of_b_here =
                                    simd.mul_add_f64s(distance, simd.splat_f64s(weights[row]), of_b_here);
                            }
                            of_b[from + wide] = of_b_here;
                        }
                    }
                    for row in 0..4 {
                        let totals = S::as_mut_simd_f64s(&mut totals[row]).0;
                        for wide in 0..WIDE {
                            totals[from + wide] = sums[row][wide];
                        }
                    }
                    from += WIDE;
                }
                for row in 0..4 {
                    of_a[half + row] += weights[row] * sum(&totals[row]);
                }
            }
        }
    }
}

/// Eight lanes as registers.
#[inline(always)]
fn registers<S: Simd>(lanes: &Lanes) -> &[S::f64s] {
    S::as_simd_f64s(lanes).0
}

#[inline(always)]
fn quarter(lanes: &Lanes, half: usize) -> [f64; 4] {
    [lanes[half], lanes[half + 1], lanes[half + 2], lanes[half + 3]]
}

/// The sum of eight lanes, always in the same order.
#[inline(always)]
fn sum(lanes: &Lanes) -> f64 {
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// Squared distances of four rows of a tile to some registers of another, by differences.
#[inline(always)]
fn differences<S: Simd, const WIDE: usize>(
    simd: S,
    a: &[Lanes],
    half: usize,
    b: &[Lanes],
    from: usize,
) -> [[S::f64s; WIDE]; 4] {
    let mut squares = [[simd.splat_f64s(0.0); WIDE]; 4];
    for (a, b) in a.iter().zip(b) {
        let b = registers::<S>(b);
        for row in 0..4 {
            let value = simd.splat_f64s(a[half + row]);
            for wide in 0..WIDE {
                let apart = simd.sub_f64s(value, b[from + wide]);
                squares[row][wide] = simd.mul_add_f64s(apart, apart, squares[row][wide]);
            }
        }
    }
    squares
}

/// The same by products, `|a|^2 + |b|^2 - 2ab`: half the work, and seven digits of a small distance.
#[inline(always)]
fn products<S: Simd, const WIDE: usize>(
    simd: S,
    a: &[Lanes],
    half: usize,
    b: &[Lanes],
    from: usize,
    norms_a: &[f64; 4],
    norms_b: &[S::f64s],
) -> [[S::f64s; WIDE]; 4] {
    let mut dots = [[simd.splat_f64s(0.0); WIDE]; 4];
    for (a, b) in a.iter().zip(b) {
        let b = registers::<S>(b);
        for row in 0..4 {
            let value = simd.splat_f64s(a[half + row]);
            for wide in 0..WIDE {
                dots[row][wide] = simd.mul_add_f64s(value, b[from + wide], dots[row][wide]);
            }
        }
    }
    for row in 0..4 {
        let norm = simd.splat_f64s(norms_a[row]);
        for wide in 0..WIDE {
            let norms = simd.add_f64s(norm, norms_b[from + wide]);
            let square = simd.mul_add_f64s(simd.splat_f64s(-2.0), dots[row][wide], norms);
            dots[row][wide] = simd.max_f64s(square, simd.splat_f64s(0.0));
        }
    }
    dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_meets_everybody_once_and_nobody_plays_twice_a_round() {
        let players = 8;
        let mut met = std::collections::BTreeSet::new();
        for round in 0..players - 1 {
            let pairs = pairs_of_round(players, round);
            let busy: std::collections::BTreeSet<usize> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
            assert_eq!(busy.len(), players, "{pairs:?}");
            for pair in pairs {
                assert!(pair.0 < pair.1 && met.insert(pair), "{pair:?}");
            }
        }
        assert_eq!(met.len(), players * (players - 1) / 2);
    }
}
