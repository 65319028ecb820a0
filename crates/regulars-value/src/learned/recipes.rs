//! The learned models and their settings.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regulars_core::config::Objective as Goal;
use regulars_learners::recipe::{ForestParams, LightGbmParams, Objective, Recipe, XgBoostParams};

/// A learned model.
pub(super) struct Entry {
    /// Key in the configuration.
    pub(super) key: &'static str,
    /// Name in tables and pages.
    pub(super) name: &'static str,
    /// Whether it predicts a factor on the expectation, instead of spend.
    pub(super) learns_factor: bool,
    pub(super) recipe: fn(&RecipeRequest) -> Recipe,
}

/// Inputs of the settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecipeRequest {
    pub(super) seed: u32,
    pub(super) customers: usize,
    pub(super) objective: Goal,
}

/// Tweedie variance power, between counts and amounts.
const VARIANCE_POWER: f64 = 1.5;

/// Many small trees, each on a sample of customers and features: there are too few large amounts for bigger
/// ones. Without a window for early stopping, this number of trees worked well on all data tried.
const ROUNDS: u32 = 150;
const LEARNING_RATE: f64 = 0.03;

/// Every learned model, in the order of the tables.
pub(super) static ENTRIES: [Entry; 5] = [
    Entry { key: "linear", name: "Linear regression", learns_factor: false, recipe: |_| Recipe::Linear },
    Entry {
        key: "ridge",
        name: "Ridge regression",
        learns_factor: false,
        recipe: |ask| Recipe::Ridge {
            // Penalties are relative to sums over customers.
            penalties: [0.01, 0.001, 0.1, 1.0].map(|share| share * ask.customers as f64).to_vec(),
        },
    },
    Entry {
        key: "random_forest",
        name: "Random forest",
        learns_factor: false,
        recipe: |ask| {
            // A tree that sees half of many features is cheaper than one that sees all and draws a third at
            // every split, and predicts as well (`bench/forest.py`).
            Recipe::Forest(ForestParams {
                min_rows_in_leaf: 10,
                feature_share_of_tree: 0.5,
                feature_share: 0.66,
                seed: ask.seed,
                ..ForestParams::default()
            })
        },
    },
    Entry {
        key: "xgboost",
        name: "XGBoost",
        learns_factor: true,
        recipe: |ask| {
            Recipe::XgBoost(XgBoostParams {
                objective: objective(ask.objective),
                rounds: ROUNDS,
                learning_rate: LEARNING_RATE,
                depth: 3,
                min_child_weight: 20.0,
                feature_share: 0.5,
                row_share: 0.7,
                seed: ask.seed,
                ..XgBoostParams::default()
            })
        },
    },
    Entry {
        key: "lightgbm",
        name: "LightGBM",
        learns_factor: true,
        recipe: |ask| {
            Recipe::LightGbm(LightGbmParams { objective: objective(ask.objective), ..small_trees(ask.seed) })
        },
    },
];

/// LightGBM settings for churn: two classes need fewer trees than amounts.
pub(super) fn churn_trees(seed: u32) -> LightGbmParams {
    LightGbmParams { rounds: 80, learning_rate: 0.055, ..small_trees(seed) }
}

/// LightGBM settings for few and noisy targets.
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

/// Every learned model and the blend: key in the configuration, name in tables.
pub(crate) fn model_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    ENTRIES.iter().map(|entry| (entry.key, entry.name)).chain([("blend", super::forecasts::BLEND)])
}

/// Configuration key for a name in tables.
pub(super) fn key_of(name: &str) -> &'static str {
    model_keys().find(|(_, known)| *known == name).map_or("", |(key, _)| key)
}

/// Name in tables for a configuration key.
pub(super) fn name_of(key: &str) -> &'static str {
    model_keys().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
}

/// The entry of a name in tables.
pub(super) fn entry_named(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

fn objective(goal: Goal) -> Objective {
    match goal {
        Goal::Tweedie => Objective::Tweedie { variance_power: VARIANCE_POWER },
        Goal::Hurdle => Objective::Hurdle,
        Goal::SquaredError => Objective::SquaredError,
    }
}

/// Weight of a customer for learning factors, so that the loss equals that of the spend itself: Tweedie
/// deviance of amounts scales with the power 2 minus the variance power, squared error with the square, and
/// the deviance of a hurdle's amounts not at all.
pub(super) fn factor_weight(goal: Goal, expected: f64) -> f64 {
    match goal {
        Goal::Tweedie => expected.powf(2.0 - VARIANCE_POWER),
        Goal::Hurdle => 1.0,
        Goal::SquaredError => expected * expected,
    }
}

/// Random alternative settings to try; none for models without tunable settings.
///
/// Shape: `trials` recipes, the same for the same seed.
pub(super) fn variants(recipe: &Recipe, trials: u32, seed: u64) -> Vec<Recipe> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut one = |recipe: &Recipe| -> Option<Recipe> {
        // Sampled on a log scale where ratios matter.
        let mut between = |low: f64, high: f64| low * (high / low).powf(rng.random_range(0.0..1.0));
        let (learning_rate, l2) = (between(0.01, 0.1), between(0.1, 30.0));
        let (feature_share, row_share) = (between(0.25, 0.9), between(0.5, 0.95));
        // With a validation window, boosting stops early.
        let rounds = between(100.0, 600.0) as u32;
        match recipe {
            Recipe::XgBoost(usual) => Some(Recipe::XgBoost(XgBoostParams {
                rounds,
                learning_rate,
                depth: between(2.0, 6.99) as u32,
                min_child_weight: between(5.0, 200.0),
                feature_share,
                row_share,
                l2,
                ..usual.clone()
            })),
            Recipe::LightGbm(usual) => Some(Recipe::LightGbm(LightGbmParams {
                rounds,
                learning_rate,
                leaves: between(4.0, 48.0) as u32,
                min_rows_in_leaf: between(15.0, 300.0) as u32,
                feature_share,
                row_share,
                l2,
                ..usual.clone()
            })),
            _ => None,
        }
    };
    (0..trials).map_while(|_| one(recipe)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_to_try_are_valid_different_and_the_same_again() {
        let ask = RecipeRequest { seed: 1, customers: 1000, objective: Goal::Hurdle };
        for entry in &ENTRIES {
            let usual = (entry.recipe)(&ask);
            let tune = variants(&usual, 30, 7);
            assert_eq!(tune.len(), if entry.learns_factor { 30 } else { 0 }, "{}", entry.key);
            assert_eq!(tune, variants(&usual, 30, 7));
            for (number, recipe) in tune.iter().enumerate() {
                assert!(recipe.clone().check().is_ok(), "{recipe:?}");
                assert!(!tune[..number].contains(recipe), "{recipe:?}");
            }
        }
    }

    #[test]
    fn the_configuration_knows_every_entry() {
        let keys: Vec<&str> = ENTRIES.iter().map(|entry| entry.key).collect();
        assert_eq!(keys, regulars_core::config::LEARNED_MODELS);
    }

    #[test]
    fn names_and_keys_are_inverse() {
        let all: Vec<(&str, &str)> = model_keys().collect();
        assert_eq!(all.len(), ENTRIES.len() + 1);
        for (key, name) in all {
            assert_eq!((key_of(name), name_of(key)), (key, name));
            assert_eq!(entry_named(name).map(|entry| entry.key), (key != "blend").then_some(key));
        }
        assert_eq!((key_of("another"), name_of("another")), ("", ""));
        assert!(entry_named("another").is_none());
    }

    #[test]
    fn the_weight_of_a_factor_gives_the_loss_of_the_spend() {
        // Squared errors of spend are those of factors times the squared expectation.
        let (spend, forecast, expected) = (12.0, 20.0, 4.0);
        let of_factor = (spend / expected - forecast / expected) * (spend / expected - forecast / expected);
        let weight = factor_weight(Goal::SquaredError, expected);
        assert!((of_factor * weight - (spend - forecast) * (spend - forecast)).abs() < 1e-12);
        // Tweedie deviance with a power of 1.5.
        let deviance = |y: f64, mu: f64| {
            2.0 * (y.powf(0.5) / (0.5 * -0.5) - y * mu.powf(-0.5) / -0.5 + mu.powf(0.5) / 0.5)
        };
        let weight = factor_weight(Goal::Tweedie, expected);
        let of_factor = deviance(spend / expected, forecast / expected);
        assert!((of_factor * weight - deviance(spend, forecast)).abs() < 1e-12);
        assert!((factor_weight(Goal::Hurdle, expected) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn penalties_grow_with_the_customers() {
        let ask = |customers| RecipeRequest { seed: 1, customers, objective: Goal::Tweedie };
        let penalties = |customers| match (ENTRIES[1].recipe)(&ask(customers)) {
            Recipe::Ridge { penalties } => penalties,
            other => panic!("{other:?}"),
        };
        assert_eq!(penalties(1000), [10.0, 1.0, 100.0, 1000.0]);
        assert!(penalties(2000).iter().zip(penalties(1000)).all(|(two, one)| (two - 2.0 * one).abs() < 1e-9));
    }

    #[test]
    fn the_objective_and_the_seed_reach_the_boosted_trees() {
        for (goal, expected) in [
            (Goal::Tweedie, Objective::Tweedie { variance_power: 1.5 }),
            (Goal::Hurdle, Objective::Hurdle),
            (Goal::SquaredError, Objective::SquaredError),
        ] {
            for entry in ENTRIES.iter().filter(|entry| entry.learns_factor) {
                let ask = RecipeRequest { seed: 77, customers: 1000, objective: goal };
                let (found, seed) = match (entry.recipe)(&ask) {
                    Recipe::XgBoost(params) => (params.objective, params.seed),
                    Recipe::LightGbm(params) => (params.objective, params.seed),
                    other => panic!("{other:?}"),
                };
                assert_eq!((found, seed), (expected, 77), "{}", entry.key);
            }
        }
        let churn = churn_trees(5);
        assert_eq!((churn.rounds, churn.leaves, churn.seed), (80, 8, 5));
    }

    #[test]
    fn settings_to_try_stay_within_their_ranges() {
        let ask = RecipeRequest { seed: 1, customers: 1000, objective: Goal::Tweedie };
        for entry in ENTRIES.iter().filter(|entry| entry.learns_factor) {
            let usual = (entry.recipe)(&ask);
            assert!(variants(&usual, 0, 1).is_empty());
            assert!(variants(&usual, 3, 1) != variants(&usual, 3, 2));
            // The first ones are the same, however many there are.
            assert_eq!(variants(&usual, 3, 1), variants(&usual, 9, 1)[..3]);
            for recipe in variants(&usual, 200, 9) {
                let (rounds, rate, features, rows, l2) = match &recipe {
                    Recipe::XgBoost(p) => (p.rounds, p.learning_rate, p.feature_share, p.row_share, p.l2),
                    Recipe::LightGbm(p) => (p.rounds, p.learning_rate, p.feature_share, p.row_share, p.l2),
                    other => panic!("{other:?}"),
                };
                assert!((100..600).contains(&rounds) && (0.01..=0.1).contains(&rate), "{recipe:?}");
                assert!((0.25..=0.9).contains(&features) && (0.5..=0.95).contains(&rows), "{recipe:?}");
                assert!((0.1..=30.0).contains(&l2), "{recipe:?}");
            }
        }
    }
}
