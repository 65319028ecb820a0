//! Sums of distances over all pairs of rows, tile by tile: the expensive part of the silhouette.
//!
//! Rows are sorted into blocks that share their labels, so that one sum per block serves every labeling.
//! The rows of a block are stored in tiles, feature by feature, padded with rows of weight zero. Each pair
//! of rows is visited once and counts for both: stripes of blocks are paired in tournament rounds in which
//! no stripe appears twice. So two threads never add to the same row, and the order of additions does not
//! depend on the number of threads.
//!
//! Deliberately not here: the arithmetic ([`super::pair_sums`]).

use rayon::prelude::*;

use super::pair_sums::{BLOCK_TILES, LANES, Lanes, Side, Tiles, add_to_columns, sum_blocks};
use super::rows::Rows;

/// Number of stripes in the tournament; even, and enough for many cores.
const STRIPES: usize = 32;

/// Consecutive tiles whose rows have the same label in every labeling.
#[derive(Debug, Clone)]
struct Block {
    tiles: std::ops::Range<usize>,
    /// For every labeling, the column of the sums that this block adds to.
    columns: Vec<usize>,
}

/// Rows packed for the sums.
pub(super) struct Packed {
    width: usize,
    tiles: Tiles,
    /// 1 for rows, 0 for padding.
    weights: Vec<Lanes>,
    blocks: Vec<Block>,
    /// The row in each slot; `None` for padding.
    pub(super) slot_rows: Vec<Option<u32>>,
}

impl Packed {
    /// Packs groups of rows; `columns[g]` is the column that group `g` adds to, for every labeling.
    ///
    /// The rows are centred on `center` first, so that single precision (`exact` not set) keeps the digits
    /// in which the rows differ.
    pub(super) fn new(
        rows: Rows<'_>,
        center: &[f64],
        groups: &[(Vec<usize>, Vec<u32>)],
        exact: bool,
    ) -> Self {
        let width = rows.width();
        let mut packed = Self {
            width,
            tiles: Tiles::new(exact),
            weights: Vec::new(),
            blocks: Vec::new(),
            slot_rows: Vec::new(),
        };
        for (columns, members) in groups {
            for part in members.chunks(BLOCK_TILES * LANES) {
                let from = packed.weights.len();
                for tile in part.chunks(LANES) {
                    packed.push_tile(rows, center, tile);
                }
                packed.blocks.push(Block { tiles: from..packed.weights.len(), columns: columns.clone() });
            }
        }
        packed
    }

    fn push_tile(&mut self, rows: Rows<'_>, center: &[f64], members: &[u32]) {
        let from = self.tiles.push_tile(self.width);
        let mut weights = [0.0; LANES];
        for (lane, weight) in weights.iter_mut().enumerate() {
            let member = members.get(lane).copied();
            self.slot_rows.push(member);
            let Some(member) = member else { continue };
            *weight = 1.0;
            for (feature, (value, center)) in rows.row(member as usize).iter().zip(center).enumerate() {
                self.tiles.set(from + feature, lane, value - center);
            }
        }
        self.weights.push(weights);
    }

    fn side(&self) -> Side<'_> {
        Side { width: self.width, tiles: &self.tiles, weights: &self.weights }
    }

    /// Sums of every slot to every column.
    ///
    /// Shape: tile by tile, within a tile column by column, one lane per slot; padding slots are
    /// meaningless.
    pub(super) fn all_sums(&self, columns: usize) -> Vec<Lanes> {
        let mut sums = vec![[0.0; LANES]; self.weights.len() * columns];
        let stripes = self.stripes();
        // The number of stripes is even, so no stripe has to sit out a round.
        let mut parts: Vec<&mut [Lanes]> = Vec::with_capacity(stripes.len());
        let mut rest = sums.as_mut_slice();
        for stripe in &stripes {
            let (part, after) = rest.split_at_mut(self.tiles_of(stripe) * columns);
            parts.push(part);
            rest = after;
        }
        parts.par_iter_mut().zip(&stripes).for_each(|(part, stripe)| self.within(stripe, part, columns));
        let mut parts: Vec<Option<&mut [Lanes]>> = parts.into_iter().map(Some).collect();
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

    /// Sums of every slot of `sample` to every column of `self`.
    ///
    /// Shape: as [`Self::all_sums`].
    pub(super) fn sums_of(&self, sample: &Packed, columns: usize) -> Vec<Lanes> {
        let mut sums = vec![[0.0; LANES]; sample.weights.len() * columns];
        sums.par_chunks_mut(columns).enumerate().for_each(|(tile, sums)| {
            let mut unused = [[0.0; LANES]; BLOCK_TILES];
            for block in &self.blocks {
                let mut of_rows = [[0.0; LANES]];
                let from = tile..tile + 1;
                sum_blocks(sample.side(), from, self.side(), block.tiles.clone(), &mut of_rows, &mut unused);
                add_to_columns(sums, &of_rows, &block.columns, columns);
            }
        });
        sums
    }

    fn stripes(&self) -> Vec<std::ops::Range<usize>> {
        let tiles = self.weights.len();
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

    /// All pairs of rows within one stripe.
    fn within(&self, stripe: &std::ops::Range<usize>, sums: &mut [Lanes], columns: usize) {
        let Some(first) = self.blocks.get(stripe.start).map(|block| block.tiles.start) else { return };
        for a in stripe.clone() {
            let block_a = &self.blocks[a];
            let from_a = (block_a.tiles.start - first) * columns;
            // A block paired with itself contains every pair twice: once for each row.
            let mut rows = [[0.0; LANES]; BLOCK_TILES];
            let mut twice = [[0.0; LANES]; BLOCK_TILES];
            self.meet(block_a, block_a, &mut rows, &mut twice);
            add_to_columns(&mut sums[from_a..], &rows[..block_a.tiles.len()], &block_a.columns, columns);
            for b in a + 1..stripe.end {
                let block_b = &self.blocks[b];
                let from_b = (block_b.tiles.start - first) * columns;
                let mut rows = [[0.0; LANES]; BLOCK_TILES];
                let mut others = [[0.0; LANES]; BLOCK_TILES];
                self.meet(block_a, block_b, &mut rows, &mut others);
                add_to_columns(&mut sums[from_a..], &rows[..block_a.tiles.len()], &block_b.columns, columns);
                add_to_columns(
                    &mut sums[from_b..],
                    &others[..block_b.tiles.len()],
                    &block_a.columns,
                    columns,
                );
            }
        }
    }

    /// All pairs of rows between two stripes.
    fn between(
        &self,
        stripe_a: &std::ops::Range<usize>,
        stripe_b: &std::ops::Range<usize>,
        of_a: &mut [Lanes],
        of_b: &mut [Lanes],
        columns: usize,
    ) {
        let mut from_a = 0;
        for block_a in &self.blocks[stripe_a.clone()] {
            let mut from_b = 0;
            for block_b in &self.blocks[stripe_b.clone()] {
                let mut rows = [[0.0; LANES]; BLOCK_TILES];
                let mut others = [[0.0; LANES]; BLOCK_TILES];
                self.meet(block_a, block_b, &mut rows, &mut others);
                add_to_columns(&mut of_a[from_a..], &rows[..block_a.tiles.len()], &block_b.columns, columns);
                add_to_columns(
                    &mut of_b[from_b..],
                    &others[..block_b.tiles.len()],
                    &block_a.columns,
                    columns,
                );
                from_b += block_b.tiles.len() * columns;
            }
            from_a += block_a.tiles.len() * columns;
        }
    }

    fn meet(&self, a: &Block, b: &Block, rows: &mut [Lanes; BLOCK_TILES], others: &mut [Lanes; BLOCK_TILES]) {
        sum_blocks(self.side(), a.tiles.clone(), self.side(), b.tiles.clone(), rows, others);
    }
}

/// Pairings of one round of a tournament with an even number of players: the circle method.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_meets_once_and_no_player_twice_per_round() {
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
