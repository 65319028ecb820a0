//! What is to be learned, and how: kinds of models with their settings.
//!
//! Deliberately not here: data, and the search for better settings.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What a model of spend minimises.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Objective {
    /// Squared error: the mean, wherever it lies.
    SquaredError,
    /// Tweedie deviance, for totals of many zeros and few large amounts; effects multiply. What is
    /// below 0 counts as 0.
    Tweedie {
        /// How the variance grows with the mean: a power between 1 (counts) and 2 (amounts).
        variance_power: f64,
    },
    /// Two models: the chance of any spend, and the amount if there is some. What is below 0 counts
    /// as 0.
    Hurdle,
}

/// Settings of LightGBM's boosting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LightGbmParams {
    /// What is minimised.
    pub objective: Objective,
    /// Trees at most.
    pub rounds: u32,
    /// Trees of a hurdle's second model; none is as many as of the first.
    pub rounds_of_amount: Option<u32>,
    /// Rounds without a better validation after which no more are tried.
    pub patience: u32,
    /// The share of each tree's answer that counts.
    pub learning_rate: f64,
    /// Leaves of a tree at most.
    pub leaves: u32,
    /// Customers in a leaf at least.
    pub min_rows_in_leaf: u32,
    /// The share of features that a split chooses from.
    pub feature_share: f64,
    /// The share of customers that a tree sees.
    pub row_share: f64,
    /// How strongly leaves are drawn to 0.
    pub l2: f64,
    /// Where the choice of shares begins.
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

/// Settings of XGBoost's boosting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct XgBoostParams {
    /// What is minimised.
    pub objective: Objective,
    /// Trees at most.
    pub rounds: u32,
    /// Trees of a hurdle's second model; none is as many as of the first.
    pub rounds_of_amount: Option<u32>,
    /// Rounds without a better validation after which no more are tried.
    pub patience: u32,
    /// The share of each tree's answer that counts.
    pub learning_rate: f64,
    /// Splits one below the other at most.
    pub depth: u32,
    /// The weight (the second derivative of the loss; customers, for squared error) of a leaf at least.
    pub min_child_weight: f64,
    /// The share of features that a tree chooses from.
    pub feature_share: f64,
    /// The share of customers that a tree sees.
    pub row_share: f64,
    /// How strongly leaves are drawn to 0.
    pub l2: f64,
    /// Where the choice of shares begins.
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

/// Settings of a random forest: trees on samples of customers, each split choosing from a share of the
/// features, averaged. It is grown by LightGBM on binned features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestParams {
    /// Trees.
    pub trees: u32,
    /// Leaves of a tree at most.
    pub leaves: u32,
    /// Customers in a leaf at least.
    pub min_rows_in_leaf: u32,
    /// The share of features that a tree sees. Where these divide no customers the library answers with a
    /// tree of 0, so less than all is for many features alone.
    pub feature_share_of_tree: f64,
    /// The share of these that a split chooses from.
    pub feature_share: f64,
    /// The share of customers that a tree sees, drawn without repetition.
    pub row_share: f64,
    /// Where the choice of shares begins.
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

/// A model to be learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Recipe {
    /// The mean of the target: what every model has to beat.
    Mean,
    /// Ordinary least squares.
    Linear,
    /// Least squares drawn to 0. Of several penalties the best on the validation part is taken; without
    /// one, the first.
    Ridge {
        /// Penalties on the squares of the coefficients of standardised features.
        penalties: Vec<f64>,
    },
    /// A random forest.
    Forest(ForestParams),
    /// Boosted trees by XGBoost.
    XgBoost(XgBoostParams),
    /// Boosted trees by LightGBM.
    LightGbm(LightGbmParams),
}

/// A recipe whose settings are in range; only [`Recipe::check`] makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidRecipe(Recipe);

impl Recipe {
    /// Checks the settings.
    ///
    /// Errors: [`Error::Setting`] naming the first that is out of its range.
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
                        expected: "numbers from 0, at least one",
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
    let expected = if value < least { "more" } else { "less" };
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
    Err(Error::Setting { name, value: value.to_string(), expected: "a number from 0" })
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
