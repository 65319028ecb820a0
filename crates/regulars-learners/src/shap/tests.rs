//! Contributions against their definition over all coalitions, and against the library for leaves with many
//! features.

use super::*;
use crate::features::Sample;
use crate::lightgbm as library;
use crate::loss::Loss;
use crate::recipe::LightGbmParams;

/// Expected value of a tree when only the features of `coalition` are known.
fn expected(tree: &Tree, child: Child, x: &[f64], coalition: u32) -> f64 {
    let number = match child {
        Child::Leaf { value, .. } => return value,
        Child::Split(number) => number,
    };
    let split = &tree.splits[number];
    let value = x[split.feature];
    if coalition >> split.feature & 1 == 1 {
        let left = if value.is_nan() { split.missing_left } else { value <= split.at_most };
        return expected(tree, if left { split.left } else { split.right }, x, coalition);
    }
    let cover = |child: Child| match child {
        Child::Leaf { cover, .. } => cover,
        Child::Split(number) => tree.splits[number].cover,
    };
    let side = |child: Child| cover(child) / split.cover * expected(tree, child, x, coalition);
    side(split.left) + side(split.right)
}

/// Shapley values by their definition.
fn shapley(tree: &Tree, x: &[f64]) -> Vec<f64> {
    let width = x.len();
    let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
    (0..width)
        .map(|feature| {
            let others = (0..1_u32 << width).filter(|coalition| coalition >> feature & 1 == 0);
            others
                .map(|coalition| {
                    let size = coalition.count_ones() as usize;
                    let weight = factorial(size) * factorial(width - size - 1) / factorial(width);
                    let with = expected(tree, Child::Split(0), x, coalition | 1 << feature);
                    weight * (with - expected(tree, Child::Split(0), x, coalition))
                })
                .sum()
        })
        .collect()
}

#[test]
fn contributions_are_shapley_values() {
    let leaf = |value: f64, cover: f64| Child::Leaf { value, cover };
    let split = |feature, at_most, missing_left, left, right, cover| Split {
        feature,
        at_most,
        missing_left,
        left,
        right,
        cover,
    };
    let tree = Tree {
        splits: vec![
            split(0, 1.0, false, Child::Split(1), Child::Split(2), 100.0),
            split(1, -2.0, true, leaf(3.0, 10.0), Child::Split(3), 60.0),
            split(0, 5.0, true, leaf(-1.0, 30.0), leaf(7.0, 10.0), 40.0),
            split(2, 0.0, false, leaf(0.5, 20.0), Child::Split(4), 50.0),
            split(1, 4.0, false, leaf(-6.0, 25.0), leaf(11.0, 5.0), 30.0),
        ],
        alone: 0.0,
    };
    let forest = Forest::new(&[tree.clone(), Tree { splits: vec![], alone: 2.5 }]).expect("few features");
    let places = [f64::NAN, -2.0, 0.0, 1.0, 1.5, 4.5, 9.0];
    let mut columns = vec![Vec::new(); 4];
    for a in places {
        for b in places {
            for c in places {
                for (column, value) in columns.iter_mut().zip([a, b, c, 1.0]) {
                    column.push(value);
                }
            }
        }
    }
    let names = ["a", "b", "c", "unused"].map(String::from).to_vec();
    let features =
        Features::new(names, &columns.iter().map(Vec::as_slice).collect::<Vec<_>>()).expect("features");
    let found = forest.contributions(&features, 1.0, false, |value| value);
    assert!((found.base - 2.5 - expected(&tree, Child::Split(0), &[0.0; 4], 0)).abs() < 1e-12);
    for row in 0..features.rows() {
        let x: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        for (found, expected) in found.row(row).iter().zip(shapley(&tree, &x)) {
            assert!((found - expected).abs() < 1e-12, "{x:?}: {found} {expected}");
        }
    }
}

#[test]
fn deep_trees_are_those_of_the_library() {
    let rows = 1500;
    let noise = |row: usize, by: usize| ((row * by + by) % 7919) as f64 / 7919.0;
    let columns: Vec<Vec<f64>> = (0..14)
        .map(|number| (0..rows).map(|row| (noise(row, 104_729 + 2 * number) * 60.0).round()).collect())
        .collect();
    let target: Vec<f64> =
        (0..rows).map(|row| columns.iter().map(|column| (column[row] / 9.0).sin()).sum::<f64>()).collect();
    let names = (0..14).map(|number| format!("f{number}")).collect();
    let features =
        Features::new(names, &columns.iter().map(Vec::as_slice).collect::<Vec<_>>()).expect("features");
    let params =
        LightGbmParams { leaves: 200, min_rows_in_leaf: 1, feature_share: 0.1, ..LightGbmParams::default() };
    let settings = library::boosting(&params, Loss::Squared, 12, false);
    let text =
        library::train(Sample::new(&features, &target).expect("a sample"), None, &settings).expect("it").text;
    let forest = Forest::new(&lightgbm(&text).expect("trees")).expect("few enough features a leaf");
    let most = forest.trees.iter().flat_map(|tree| &tree.leaves).map(|leaf| leaf.passes.len()).max();
    assert!(most > Some(TABLED), "{most:?}");
    let found = forest.contributions(&features, 1.0, false, |value| value);
    let expected = library::contributions(&text, &features, 0..rows, 1, false).expect("contributions");
    assert!((found.base - expected.base).abs() < 1e-10);
    for (found, expected) in found.values.iter().zip(&expected.values) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    // Identical with or without tables, on one or many threads.
    let few: Vec<usize> = (0..40).collect();
    let alone = forest.contributions(&features.of_rows(&few), 1.0, false, |value| value);
    assert!(alone.values == found.values[..40 * 14]);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    assert!(pool.install(|| forest.contributions(&features, 1.0, false, |value| value)) == found);
}

#[test]
fn what_is_not_known_is_left_to_the_library() {
    assert_eq!(lightgbm("tree\nversion=v4\n"), None);
    let categories = "\nTree=0\nnum_leaves=2\nnum_cat=1\nleaf_value=1 2\n\nend of trees";
    assert_eq!(lightgbm(categories), None);
    assert_eq!(xgboost(b"{}"), None);
    let chain = |count: usize| Tree {
        splits: (0..count)
            .map(|number| Split {
                feature: number,
                at_most: 0.0,
                missing_left: true,
                left: Child::Leaf { value: 1.0, cover: 1.0 },
                right: if number + 1 < count {
                    Child::Split(number + 1)
                } else {
                    Child::Leaf { value: 0.0, cover: 1.0 }
                },
                cover: (count - number + 1) as f64,
            })
            .collect(),
        alone: 0.0,
    };
    assert!(Forest::new(&[chain(MAX_FEATURES)]).is_some());
    assert!(Forest::new(&[chain(MAX_FEATURES + 1)]).is_none());
}
