//! Which models learn, with which settings.

use regulars_learners::recipe::{ForestParams, LightGbmParams, Objective, Recipe, XgBoostParams};

/// A model that a run can learn.
pub(super) struct Entry {
    /// As the configuration names it.
    pub(super) key: &'static str,
    /// As tables and pages name it.
    pub(super) name: &'static str,
    /// Whether it learns a factor on what is expected, instead of the spend itself.
    pub(super) learns_factor: bool,
    /// For so many customers.
    pub(super) recipe: fn(seed: u32, customers: usize) -> Recipe,
}

/// Variance of spend between that of counts and that of amounts.
const VARIANCE_POWER: f64 = 1.5;

/// Small trees, many of them, each of some customers and features: spend has too few large amounts for
/// more. Without a window to stop in, so many trees do well on all data that was tried.
const ROUNDS: u32 = 150;
const LEARNING_RATE: f64 = 0.03;

/// Every learned model, in the order of the tables.
pub(super) static ENTRIES: [Entry; 5] = [
    Entry { key: "linear", name: "Linear regression", learns_factor: false, recipe: |_, _| Recipe::Linear },
    Entry {
        key: "ridge",
        name: "Ridge regression",
        learns_factor: false,
        recipe: |_, customers| Recipe::Ridge {
            // Penalties stand beside sums over customers.
            penalties: [0.01, 0.001, 0.1, 1.0].map(|share| share * customers as f64).to_vec(),
        },
    },
    Entry {
        key: "random_forest",
        name: "Random forest",
        learns_factor: false,
        recipe: |seed, _| {
            // A tree that sees half of many features costs less than one that sees all and chooses from a
            // third of them at every split, and predicts as well (`bench/forest.py`).
            Recipe::Forest(ForestParams {
                min_rows_in_leaf: 10,
                feature_share_of_tree: 0.5,
                feature_share: 0.66,
                seed,
                ..ForestParams::default()
            })
        },
    },
    Entry {
        key: "xgboost",
        name: "XGBoost",
        learns_factor: true,
        recipe: |seed, _| {
            Recipe::XgBoost(XgBoostParams {
                objective: Objective::Tweedie { variance_power: VARIANCE_POWER },
                rounds: ROUNDS,
                learning_rate: LEARNING_RATE,
                depth: 3,
                min_child_weight: 20.0,
                feature_share: 0.5,
                row_share: 0.7,
                seed,
                ..XgBoostParams::default()
            })
        },
    },
    Entry {
        key: "lightgbm",
        name: "LightGBM",
        learns_factor: true,
        recipe: |seed, _| {
            Recipe::LightGbm(LightGbmParams {
                objective: Objective::Tweedie { variance_power: VARIANCE_POWER },
                ..small_trees(seed)
            })
        },
    },
];

/// LightGBM's settings for staying away: two kinds of customers need fewer trees than amounts do.
pub(super) fn trees_of_chance(seed: u32) -> LightGbmParams {
    LightGbmParams { rounds: 80, learning_rate: 0.055, ..small_trees(seed) }
}

/// LightGBM's settings for few and noisy targets.
fn small_trees(seed: u32) -> LightGbmParams {
    LightGbmParams {
        rounds: ROUNDS,
        learning_rate: LEARNING_RATE,
        leaves: 8,
        min_rows_in_leaf: 50,
        feature_share: 0.5,
        row_share: 0.7,
        seed,
        ..LightGbmParams::default()
    }
}

/// Every learned model and the blend: as the configuration names them, and as tables do.
pub(crate) fn model_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    ENTRIES.iter().map(|entry| (entry.key, entry.name)).chain([("blend", super::forecasts::BLEND)])
}

/// The entry of a name in tables.
pub(super) fn entry_named(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// The weight of a customer whose factor is learned, so that the loss is that of the spend itself: Tweedie
/// deviance of amounts grows with their scale to the power of 2 less that of the variance.
pub(super) fn factor_weight(expected: f64) -> f64 {
    expected.powf(2.0 - VARIANCE_POWER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_knows_every_entry() {
        let keys: Vec<&str> = ENTRIES.iter().map(|entry| entry.key).collect();
        assert_eq!(keys, regulars_core::config::LEARNED_MODELS);
    }
}
