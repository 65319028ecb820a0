//! P(churn), no purchase in the target days: learned and calibrated, compared with the buy-till-you-die
//! model's.

use rayon::prelude::*;
use regulars_learners::Error;
use regulars_learners::churn::{self, Churn, ChurnAccuracy, ChurnRecipe, Method};

use super::cutoffs::evenly_spaced;
use super::forecasts::{Table, Window};
use super::recipes::churn_trees;

/// Number of customers from which calibration is isotonic instead of Platt scaling.
const MIN_ISOTONIC_CUSTOMERS: usize = 2_000;

/// Maximum number of training customers: there are only two classes, and twelve models are trained.
const MAX_TRAINING_CUSTOMERS: usize = 16_000;

/// A churn model.
#[derive(Debug)]
pub(crate) struct ChurnModel {
    pub(crate) name: &'static str,
    /// Holdout accuracy.
    pub(crate) accuracy: ChurnAccuracy,
    /// P(churn) of the customers at the test cutoff.
    pub(crate) holdout_p_churn: Vec<f64>,
    /// P(churn) of every customer from the analysis date.
    pub(crate) p_churn: Vec<f64>,
    /// The model behind `p_churn`; none for the buy-till-you-die model.
    pub(super) fitted: Option<Churn>,
}

/// All churn models.
#[derive(Debug)]
pub(crate) struct ChurnModels {
    /// The buy-till-you-die model first.
    pub(crate) models: Vec<ChurnModel>,
    /// The one with the lowest Brier score.
    pub(crate) chosen: usize,
}

impl ChurnModels {
    /// P(churn) at the test cutoff by the chosen model.
    pub(crate) fn holdout_p_churn(&self) -> &[f64] {
        &self.models[self.chosen].holdout_p_churn
    }

    /// P(churn) of every customer by the chosen model.
    pub(crate) fn p_churn(&self) -> &[f64] {
        &self.models[self.chosen].p_churn
    }
}

/// Trains at the first cutoff, tests at the second, trains again there, and predicts.
pub(super) fn train_churn(
    train: &Window<'_>,
    test: &Window<'_>,
    now: &Table,
    seed: u64,
) -> Result<ChurnModels, Error> {
    let method = if train.bought.len() < MIN_ISOTONIC_CUSTOMERS { Method::Platt } else { Method::Isotonic };
    let churned = |window: &Window<'_>| -> Vec<bool> { window.bought.iter().map(|bought| !bought).collect() };
    let (churned_train, churned_test) = (churned(train), churned(test));
    let recipes = [
        ("Logistic regression", ChurnRecipe::Logistic { penalty: 1.0 }),
        ("LightGBM", ChurnRecipe::LightGbm(churn_trees(seed as u32))),
    ];
    let learned: Vec<ChurnModel> = recipes
        .par_iter()
        .with_max_len(1)
        .map(|(name, recipe)| {
            let at = |window: &Window<'_>, churned: &[bool]| {
                let rows = evenly_spaced(churned.len(), MAX_TRAINING_CUSTOMERS);
                let churned: Vec<bool> = rows.iter().map(|row| churned[*row]).collect();
                churn::fit(recipe, &window.table.features.of_rows(&rows), &churned, None, method, seed)
            };
            let holdout_p_churn = at(train, &churned_train)?.predict(&test.table.features)?;
            let fitted = at(test, &churned_test)?;
            let p_churn = fitted.predict(&now.features)?;
            let accuracy = churn::evaluate(&churned_test, &holdout_p_churn)?;
            Ok(ChurnModel { name, accuracy, holdout_p_churn, p_churn, fitted: Some(fitted) })
        })
        .collect::<Result<_, Error>>()?;
    let buy_till_you_die = ChurnModel {
        name: "Buy-till-you-die",
        accuracy: churn::evaluate(&churned_test, &btyd_p_churn(&test.table))?,
        holdout_p_churn: btyd_p_churn(&test.table),
        p_churn: btyd_p_churn(now),
        fitted: None,
    };
    let models: Vec<ChurnModel> = std::iter::once(buy_till_you_die).chain(learned).collect();
    let brier = |at: &usize| models[*at].accuracy.probabilities.brier;
    let chosen = (0..models.len()).min_by(|a, b| brier(a).total_cmp(&brier(b))).unwrap_or(0);
    Ok(ChurnModels { models, chosen })
}

/// P(churn) by the buy-till-you-die model.
pub(super) fn btyd_p_churn(table: &Table) -> Vec<f64> {
    table.p_purchase.iter().map(|p_purchase| (1.0 - p_purchase).clamp(0.0, 1.0)).collect()
}
