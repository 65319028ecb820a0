//! Reads trees from the libraries' own formats.
//!
//! Deliberately not here: what Regulars never produces (categorical splits, zeros as missing values, linear
//! leaves); such a model is rejected here, and its library computes the contributions instead.

use serde::Deserialize;

use super::{Child, Split, Tree};

/// Trees from LightGBM's text format; none if it contains anything unsupported.
pub(crate) fn lightgbm(text: &str) -> Option<Vec<Tree>> {
    let (_, trees) = text.split_once("\nTree=")?;
    let (trees, _) = trees.split_once("\nend of trees")?;
    trees.split("\nTree=").map(lightgbm_tree).collect()
}

fn lightgbm_tree(text: &str) -> Option<Tree> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    if field("num_cat")? != "0" || field("is_linear").is_some_and(|linear| linear != "0") {
        return None;
    }
    let values = numbers::<f64>(field("leaf_value")?)?;
    if field("num_leaves")? == "1" {
        return Some(Tree { splits: Vec::new(), alone: *values.first()? });
    }
    let features = numbers::<usize>(field("split_feature")?)?;
    let borders = numbers::<f64>(field("threshold")?)?;
    let decisions = numbers::<u8>(field("decision_type")?)?;
    let [left, right] = [numbers::<i64>(field("left_child")?)?, numbers(field("right_child")?)?];
    let leaf_counts = numbers::<f64>(field("leaf_count")?)?;
    let counts = numbers::<f64>(field("internal_count")?)?;
    let child = |number: i64| {
        if number >= 0 {
            return ((number as usize) < counts.len()).then_some(Child::Split(number as usize));
        }
        let leaf = usize::try_from(-1 - number).ok()?;
        Some(Child::Leaf { value: *values.get(leaf)?, cover: *leaf_counts.get(leaf)? })
    };
    let split = |number: usize| {
        let decision = *decisions.get(number)?;
        let at_most = *borders.get(number)?;
        // Bit 0: categorical. Bit 1: missing values go left. Bits 2 and 3: what counts as missing.
        let missing_left = match (decision & 1, decision >> 2 & 3) {
            // No value was missing in training: a missing value counts as 0.
            (0, 0) => 0.0 <= at_most,
            (0, 2) => decision & 2 != 0,
            _ => return None,
        };
        let (left, right) = (child(*left.get(number)?)?, child(*right.get(number)?)?);
        let cover = *counts.get(number)?;
        Some(Split { feature: *features.get(number)?, at_most, missing_left, left, right, cover })
    };
    let splits = (0..counts.len()).map(split).collect::<Option<Vec<Split>>>()?;
    Some(Tree { splits, alone: 0.0 })
}

fn numbers<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    text.split_ascii_whitespace().map(|number| number.parse().ok()).collect()
}

#[derive(Deserialize)]
struct Model {
    learner: Learner,
}

#[derive(Deserialize)]
struct Learner {
    gradient_booster: GradientBooster,
}

#[derive(Deserialize)]
struct GradientBooster {
    model: Trees,
}

#[derive(Deserialize)]
struct Trees {
    trees: Vec<XgBoostTree>,
}

#[derive(Deserialize)]
struct XgBoostTree {
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    split_indices: Vec<usize>,
    /// The threshold of a split or the value of a leaf.
    split_conditions: Vec<f32>,
    default_left: Vec<u8>,
    sum_hessian: Vec<f64>,
    split_type: Vec<u8>,
}

/// Trees from XGBoost's JSON; none if it contains anything unsupported.
pub(crate) fn xgboost(json: &[u8]) -> Option<Vec<Tree>> {
    let model: Model = serde_json::from_slice(json).ok()?;
    model.learner.gradient_booster.model.trees.iter().map(xgboost_tree).collect()
}

fn xgboost_tree(tree: &XgBoostTree) -> Option<Tree> {
    if tree.split_type.iter().any(|kind| *kind != 0) {
        return None;
    }
    // Splits are numbered in order, skipping leaves.
    let nodes = tree.left_children.len();
    let mut number_of = vec![None; nodes];
    let mut count = 0;
    for (node, number) in number_of.iter_mut().enumerate() {
        if tree.left_children[node] >= 0 {
            *number = Some(count);
            count += 1;
        }
    }
    if count == 0 {
        return Some(Tree { splits: Vec::new(), alone: f64::from(*tree.split_conditions.first()?) });
    }
    let child = |node: i64| {
        let node = usize::try_from(node).ok()?;
        match *number_of.get(node)? {
            Some(number) => Some(Child::Split(number)),
            None => {
                let value = f64::from(*tree.split_conditions.get(node)?);
                Some(Child::Leaf { value, cover: *tree.sum_hessian.get(node)? })
            }
        }
    };
    let split = |node: usize| {
        Some(Split {
            feature: *tree.split_indices.get(node)?,
            // XGBoost goes left below the threshold; in single precision that is at most the previous
            // float.
            at_most: f64::from(tree.split_conditions.get(node)?.next_down()),
            missing_left: *tree.default_left.get(node)? != 0,
            left: child(tree.left_children[node])?,
            right: child(*tree.right_children.get(node)?)?,
            cover: *tree.sum_hessian.get(node)?,
        })
    };
    let splits =
        (0..nodes).filter(|node| number_of[*node].is_some()).map(split).collect::<Option<Vec<Split>>>()?;
    Some(Tree { splits, alone: 0.0 })
}
