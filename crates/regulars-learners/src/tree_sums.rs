//! Sums of trees for many customers at once: the numbers of LightGBM's own prediction, bit by bit, in a fraction
//! of its time.
//!
//! Values are replaced by their rank among the thresholds of their feature. Then each split moves the customers
//! that have reached it to its left or right side, without a branch, for hundreds of customers at once. The
//! trees of a customer are added in the library's order.
//!
//! Deliberately not here: reading trees from a model (`shap`), and the link function (`loss`).

// Functions called inside a dispatch must be inlined into it.
#![allow(clippy::inline_always)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::features::Features;
use crate::shap::{Child, Tree};

/// Customers moved at once.
const LANES: usize = 256;

/// Rank of a missing value.
const MISSING: u16 = u16::MAX;

/// Trees prepared for all customers at once.
#[derive(Debug)]
pub(crate) struct TreeSums {
    /// Features of the trees, each with its thresholds, ascending.
    features: Vec<(usize, Vec<f64>)>,
    trees: Vec<Moves>,
}

/// A tree: customers start at place 0, and end at a leaf.
#[derive(Debug)]
struct Moves {
    /// The splits, each after the one above it.
    splits: Vec<Move>,
    /// Value of the leaf at each place; 0 at splits.
    values: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Move {
    /// Place of the split.
    at: u16,
    /// Index of the feature within [`TreeSums`].
    slot: usize,
    /// Ranks up to this go left, after adding `shift`, which turns a missing value's rank into 0.
    most: u16,
    shift: u16,
    left: u16,
    right: u16,
}

impl TreeSums {
    /// Prepares trees; none if there are too many thresholds, or leaves in a tree, or a split precedes the one
    /// above it.
    pub(crate) fn new(trees: &[Tree]) -> Option<Self> {
        let mut features: Vec<(usize, Vec<f64>)> = Vec::new();
        for split in trees.iter().flat_map(|tree| &tree.splits) {
            match features.iter_mut().find(|(feature, _)| *feature == split.feature) {
                Some((_, borders)) => borders.push(split.at_most),
                None => features.push((split.feature, vec![split.at_most])),
            }
        }
        for (_, borders) in &mut features {
            borders.sort_by(f64::total_cmp);
            borders.dedup();
            if borders.len() >= usize::from(MISSING) - 1 {
                return None;
            }
        }
        let trees = trees.iter().map(|tree| Moves::new(tree, &features)).collect::<Option<_>>()?;
        Some(Self { features, trees })
    }

    /// The sum of the trees for each customer of a range.
    pub(crate) fn of(&self, features: &Features, rows: Range<usize>) -> Vec<f64> {
        let mut sums = vec![0.0; rows.len()];
        Arch::new().dispatch(Add { trees: self, features, first: rows.start, sums: &mut sums });
        sums
    }

    #[inline(always)]
    fn add(&self, features: &Features, start: usize, sums: &mut [f64]) {
        let mut ranks = vec![[0; LANES]; self.features.len()];
        for (block, sums) in sums.chunks_mut(LANES).enumerate() {
            let first = start + block * LANES;
            for ((feature, borders), ranks) in self.features.iter().zip(&mut ranks) {
                let column = &features.column(*feature)[first..first + sums.len()];
                for (rank, value) in ranks.iter_mut().zip(column) {
                    let below = borders.partition_point(|border| border < value) as u16;
                    *rank = if value.is_nan() { MISSING } else { below };
                }
            }
            for tree in &self.trees {
                let places = tree.places(&ranks);
                for (sum, place) in sums.iter_mut().zip(places) {
                    *sum += tree.values[usize::from(place)];
                }
            }
        }
    }
}

/// A type of its own: the body of a closure would not be compiled for wide instructions.
struct Add<'a> {
    trees: &'a TreeSums,
    features: &'a Features,
    first: usize,
    sums: &'a mut [f64],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        self.trees.add(self.features, self.first, self.sums);
    }
}

impl Moves {
    fn new(tree: &Tree, features: &[(usize, Vec<f64>)]) -> Option<Self> {
        let count = tree.splits.len();
        let mut values = vec![0.0; count];
        if count == 0 {
            values.push(tree.alone);
        }
        let mut splits = Vec::with_capacity(count);
        for (at, split) in tree.splits.iter().enumerate() {
            let mut place = |child: Child| match child {
                Child::Split(number) => {
                    (number > at && number < count).then(|| u16::try_from(number).ok())?
                }
                Child::Leaf { value, .. } => {
                    values.push(value);
                    u16::try_from(values.len() - 1).ok()
                }
            };
            let (left, right) = (place(split.left)?, place(split.right)?);
            let slot = features.iter().position(|(feature, _)| *feature == split.feature)?;
            let most = features[slot].1.partition_point(|border| *border < split.at_most) as u16;
            let shift = u16::from(split.missing_left);
            splits.push(Move { at: u16::try_from(at).ok()?, slot, most: most + shift, shift, left, right });
        }
        Some(Self { splits, values })
    }

    /// The leaf of every customer.
    #[inline(always)]
    fn places(&self, ranks: &[[u16; LANES]]) -> [u16; LANES] {
        let mut places = [0; LANES];
        for split in &self.splits {
            for (place, rank) in places.iter_mut().zip(&ranks[split.slot]) {
                let next =
                    if rank.wrapping_add(split.shift) <= split.most { split.left } else { split.right };
                *place = if *place == split.at { next } else { *place };
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shap::Split;

    /// Follows the splits one by one.
    fn by_hand(tree: &Tree, features: &Features, row: usize) -> f64 {
        if tree.splits.is_empty() {
            return tree.alone;
        }
        let mut at = 0;
        loop {
            let split = &tree.splits[at];
            let value = features.column(split.feature)[row];
            let left = if value.is_nan() { split.missing_left } else { value <= split.at_most };
            match if left { split.left } else { split.right } {
                Child::Leaf { value, .. } => return value,
                Child::Split(next) => at = next,
            }
        }
    }

    /// A tree that grows at a random leaf; thresholds are few, so that values meet them.
    fn tree(choices: &[(usize, usize, u8, bool)]) -> Tree {
        let mut splits: Vec<Split> = Vec::new();
        let leaf = |number: usize| Child::Leaf { value: (number as f64 + 0.1).sqrt(), cover: 1.0 };
        for (number, (where_to, feature, border, missing_left)) in choices.iter().enumerate() {
            let mut open: Vec<(usize, bool)> = Vec::new();
            for (at, split) in splits.iter().enumerate() {
                open.extend(matches!(split.left, Child::Leaf { .. }).then_some((at, true)));
                open.extend(matches!(split.right, Child::Leaf { .. }).then_some((at, false)));
            }
            if !open.is_empty() {
                let (above, left) = open[where_to % open.len()];
                let side = if left { &mut splits[above].left } else { &mut splits[above].right };
                *side = Child::Split(number);
            }
            splits.push(Split {
                feature: *feature,
                at_most: f64::from(*border),
                missing_left: *missing_left,
                left: leaf(2 * number),
                right: leaf(2 * number + 1),
                cover: 1.0,
            });
        }
        Tree { splits, alone: 0.25 }
    }

    proptest! {
        #[test]
        fn the_sum_is_that_of_following_the_splits(
            trees in prop::collection::vec(
                prop::collection::vec((0_usize..99, 0_usize..3, 0_u8..9, any::<bool>()), 0..40), 0..6,
            ),
            rows in prop::collection::vec((0_u8..20, 0_u8..20, 0_u8..20), 1..600),
            from in 0_usize..600,
        ) {
            let number = |value: u8| if value == 19 { f64::NAN } else { f64::from(value) / 2.0 };
            let columns = [
                rows.iter().map(|row| number(row.0)).collect::<Vec<f64>>(),
                rows.iter().map(|row| number(row.1)).collect(),
                rows.iter().map(|row| number(row.2)).collect(),
            ];
            let names = ["a", "b", "c"].map(str::to_owned).to_vec();
            let features = Features::new(names, &columns.each_ref().map(Vec::as_slice)).expect("features");
            let trees: Vec<Tree> = trees.iter().map(|choices| tree(choices)).collect();
            let range = from.min(rows.len())..rows.len();
            let found = TreeSums::new(&trees).expect("few splits").of(&features, range.clone());
            prop_assert_eq!(found.len(), range.len());
            for (row, found) in range.zip(found) {
                let expected = trees.iter().fold(0.0, |sum, tree| sum + by_hand(tree, &features, row));
                prop_assert_eq!(found.to_bits(), f64::to_bits(expected));
            }
        }
    }

    #[test]
    fn a_split_before_the_one_above_it_is_refused() {
        let mut wrong = tree(&[(0, 0, 1, false), (0, 1, 2, false)]);
        wrong.splits[1].left = Child::Split(0);
        assert!(TreeSums::new(&[wrong]).is_none());
    }
}
