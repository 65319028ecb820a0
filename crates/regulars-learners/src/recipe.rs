//! Model recipes: kinds of models and their settings.
//!
//! Deliberately not here: data, and hyperparameter search.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Objective of a spend model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Objective {
    /// Squared error; predicts the mean.
    SquaredError,
    /// Tweedie deviance, for zero-inflated, skewed totals; effects are multiplicative. Negative targets are
    /// set to 0.
    Tweedie {
        /// Variance power: between 1 (Poisson) and 2 (gamma).
        variance_power: f64,
    },
    /// Hurdle model in two parts: the probability of any spend, and the amount given some spend. Negative
    /// targets are set to 0.
    Hurdle,
}

/// Settings of LightGBM boosting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LightGbmParams {
    /// Objective.
    pub objective: Objective,
    /// Maximum number of trees.
    pub rounds: u32,
    /// Maximum number of trees of a hurdle's amount model; none means the same as `rounds`.
    pub rounds_of_amount: Option<u32>,
    /// Early stopping: rounds without improvement on the validation sample.
    pub patience: u32,
    /// Learning rate (shrinkage) of each tree.
    pub learning_rate: f64,
    /// Maximum leaves per tree.
    pub leaves: u32,
    /// Minimum customers per leaf.
    pub min_rows_in_leaf: u32,
    /// Share of features sampled per split.
    pub feature_share: f64,
    /// Share of customers sampled per tree.
    pub row_share: f64,
    /// L2 regularisation of leaf values.
    pub l2: f64,
    /// Random seed.
    pub seed: u32,
}

impl Default for LightGbmParams {
    fn default() -> Self {
        Self {
            objective: Objective::SquaredError,
            rounds: 300,
            rounds_of_amount: None,
            patience: 50,
            learning_rate: 0.05,
            leaves: 31,
            min_rows_in_leaf: 20,
            feature_share: 1.0,
            row_share: 1.0,
            l2: 0.0,
            seed: 42,
        }
    }
}

/// Settings of XGBoost boosting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct XgBoostParams {
    /// Objective.
    pub objective: Objective,
    /// Maximum number of trees.
    pub rounds: u32,
    /// Maximum number of trees of a hurdle's amount model; none means the same as `rounds`.
    pub rounds_of_amount: Option<u32>,
    /// Early stopping: rounds without improvement on the validation sample.
    pub patience: u32,
    /// Learning rate (shrinkage) of each tree.
    pub learning_rate: f64,
    /// Maximum tree depth.
    pub depth: u32,
    /// Minimum leaf weight (sum of second derivatives; customers, for squared error).
    pub min_child_weight: f64,
    /// Share of features sampled per tree.
    pub feature_share: f64,
    /// Share of customers sampled per tree.
    pub row_share: f64,
    /// L2 regularisation of leaf values.
    pub l2: f64,
    /// Random seed.
    pub seed: u32,
}

impl Default for XgBoostParams {
    fn default() -> Self {
        Self {
            objective: Objective::SquaredError,
            rounds: 300,
            rounds_of_amount: None,
            patience: 50,
            learning_rate: 0.05,
            depth: 6,
            min_child_weight: 1.0,
            feature_share: 1.0,
            row_share: 1.0,
            l2: 1.0,
            seed: 42,
        }
    }
}

/// Settings of a random forest, grown by LightGBM on binned features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestParams {
    /// Number of trees.
    pub trees: u32,
    /// Maximum leaves per tree.
    pub leaves: u32,
    /// Minimum customers per leaf.
    pub min_rows_in_leaf: u32,
    /// Share of features sampled per tree. If none of them can be split on, LightGBM returns an all-zero
    /// tree, so values below 1 suit only many features.
    pub feature_share_of_tree: f64,
    /// Share of those features sampled per split.
    pub feature_share: f64,
    /// Share of customers sampled per tree, without replacement.
    pub row_share: f64,
    /// Random seed.
    pub seed: u32,
}

impl Default for ForestParams {
    fn default() -> Self {
        // Measured, see `bench/forest.py`.
        Self {
            trees: 100,
            leaves: 128,
            min_rows_in_leaf: 20,
            feature_share_of_tree: 1.0,
            feature_share: 0.5,
            row_share: 0.632,
            seed: 42,
        }
    }
}

/// A model to fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Recipe {
    /// Mean of the target: the baseline every model has to beat.
    Mean,
    /// Ordinary least squares.
    Linear,
    /// Ridge regression. Of several penalties the best on the validation sample is used; without one, the
    /// first.
    Ridge {
        /// L2 penalties on the coefficients of standardised features.
        penalties: Vec<f64>,
    },
    /// A random forest.
    Forest(ForestParams),
    /// Gradient-boosted trees by XGBoost.
    XgBoost(XgBoostParams),
    /// Gradient-boosted trees by LightGBM.
    LightGbm(LightGbmParams),
}

/// A recipe whose settings are in range; created only by [`Recipe::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct ValidRecipe(Recipe);

impl Recipe {
    /// Checks the settings.
    ///
    /// Errors: [`Error::Setting`] naming the first that is out of range.
    pub fn check(self) -> Result<ValidRecipe, Error> {
        match &self {
            Self::Mean | Self::Linear => {}
            Self::Ridge { penalties } => {
                let valid = |value: &f64| value.is_finite() && *value >= 0.0;
                if penalties.is_empty() || !penalties.iter().all(valid) {
                    let value = format!("{penalties:?}");
                    return Err(Error::Setting {
                        name: "penalties",
                        value,
                        expected: "at least one penalty, each 0 or more",
                    });
                }
            }
            Self::Forest(params) => {
                whole("trees", params.trees, 1, 100_000)?;
                whole("leaves", params.leaves, 2, 131_072)?;
                whole("min_rows_in_leaf", params.min_rows_in_leaf, 1, u32::MAX)?;
                share("feature_share_of_tree", params.feature_share_of_tree)?;
                share("feature_share", params.feature_share)?;
                if params.row_share >= 1.0 {
                    let value = params.row_share.to_string();
                    return Err(Error::Setting { name: "row_share", value, expected: "below 1 in a forest" });
                }
                share("row_share", params.row_share)?;
            }
            Self::XgBoost(params) => {
                objective(params.objective)?;
                boosting(params.rounds, params.rounds_of_amount, params.patience, params.learning_rate)?;
                whole("depth", params.depth, 1, 30)?;
                from_zero("min_child_weight", params.min_child_weight)?;
                share("feature_share", params.feature_share)?;
                share("row_share", params.row_share)?;
                from_zero("l2", params.l2)?;
            }
            Self::LightGbm(params) => {
                objective(params.objective)?;
                boosting(params.rounds, params.rounds_of_amount, params.patience, params.learning_rate)?;
                whole("leaves", params.leaves, 2, 131_072)?;
                whole("min_rows_in_leaf", params.min_rows_in_leaf, 1, u32::MAX)?;
                share("feature_share", params.feature_share)?;
                share("row_share", params.row_share)?;
                from_zero("l2", params.l2)?;
            }
        }
        Ok(ValidRecipe(self))
    }
}

impl std::ops::Deref for ValidRecipe {
    type Target = Recipe;

    fn deref(&self) -> &Recipe {
        &self.0
    }
}

fn whole(name: &'static str, value: u32, least: u32, most: u32) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let expected = if value < least { "a larger value" } else { "a smaller value" };
    Err(Error::Setting { name, value: value.to_string(), expected })
}

fn share(name: &'static str, value: f64) -> Result<(), Error> {
    if value > 0.0 && value <= 1.0 {
        return Ok(());
    }
    Err(Error::Setting { name, value: value.to_string(), expected: "above 0, at most 1" })
}

fn from_zero(name: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Error::Setting { name, value: value.to_string(), expected: "0 or more" })
}

fn objective(objective: Objective) -> Result<(), Error> {
    match objective {
        Objective::Tweedie { variance_power } if !(variance_power > 1.0 && variance_power < 2.0) => {
            let (name, value) = ("variance_power", variance_power.to_string());
            Err(Error::Setting { name, value, expected: "above 1 and below 2" })
        }
        _ => Ok(()),
    }
}

fn boosting(rounds: u32, of_amount: Option<u32>, patience: u32, learning_rate: f64) -> Result<(), Error> {
    whole("rounds", rounds, 1, 100_000)?;
    whole("rounds_of_amount", of_amount.unwrap_or(1), 1, 100_000)?;
    whole("patience", patience, 1, 100_000)?;
    share("learning_rate", learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(recipe: Recipe, name: &str) {
        let error = recipe.check().unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }

    #[test]
    fn defaults_are_in_range() {
        for recipe in [
            Recipe::Mean,
            Recipe::Ridge { penalties: vec![0.0, 1.0] },
            Recipe::Forest(ForestParams::default()),
            Recipe::XgBoost(XgBoostParams::default()),
            Recipe::LightGbm(LightGbmParams::default()),
        ] {
            recipe.check().unwrap();
        }
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let light = LightGbmParams::default();
        refused(Recipe::Ridge { penalties: vec![] }, "penalties");
        refused(Recipe::Ridge { penalties: vec![f64::NAN] }, "penalties");
        refused(Recipe::Forest(ForestParams { row_share: 1.0, ..ForestParams::default() }), "row_share");
        refused(Recipe::Forest(ForestParams { trees: 0, ..ForestParams::default() }), "trees");
        refused(Recipe::XgBoost(XgBoostParams { depth: 0, ..XgBoostParams::default() }), "depth");
        refused(Recipe::XgBoost(XgBoostParams { l2: -1.0, ..XgBoostParams::default() }), "l2");
        refused(Recipe::LightGbm(LightGbmParams { learning_rate: 0.0, ..light.clone() }), "learning_rate");
        refused(
            Recipe::LightGbm(LightGbmParams { rounds_of_amount: Some(0), ..light.clone() }),
            "rounds_of_amount",
        );
        let objective = Objective::Tweedie { variance_power: 2.0 };
        refused(Recipe::LightGbm(LightGbmParams { objective, ..light }), "variance_power");
    }
}
