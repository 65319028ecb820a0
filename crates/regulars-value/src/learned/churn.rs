//! P(churn), no purchase in the target days: learned and calibrated, compared with the buy-till-you-die
//! model's.

use rayon::prelude::*;
use regulars_learners::Error;
use regulars_learners::churn::{self, Churn, ChurnAccuracy, ChurnRecipe, Method};

use super::cutoffs::evenly;
use super::forecasts::{Table, Window};
use super::recipes::trees_of_chance;

/// Number of customers from which calibration uses a curve instead of two parameters.
const MANY: usize = 2_000;

/// Maximum number of training customers: there are only two classes, and twelve models are trained.
const LEARNED_FROM: usize = 16_000;

/// A churn model.
#[derive(Debug)]
pub(crate) struct ChurnModel {
    pub(crate) name: &'static str,
    /// Holdout accuracy.
    pub(crate) judged: ChurnAccuracy,
    /// Its forecasts at the test cutoff.
    pub(crate) said: Vec<f64>,
    /// P(churn) of every customer from the analysis date.
    pub(crate) ahead: Vec<f64>,
    /// The model behind `ahead`; none for the buy-till-you-die model.
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
    /// The chosen model's forecasts at the test cutoff.
    pub(crate) fn said(&self) -> &[f64] {
        &self.models[self.chosen].said
    }

    /// The chosen model's forecasts for every customer.
    pub(crate) fn ahead(&self) -> &[f64] {
        &self.models[self.chosen].ahead
    }
}

/// Trains at the first cutoff, tests at the second, trains again there, and predicts.
pub(super) fn staying(
    train: &Window<'_>,
    judge: &Window<'_>,
    now: &Table,
    seed: u64,
) -> Result<ChurnModels, Error> {
    let method = if train.bought.len() < MANY { Method::Platt } else { Method::Isotonic };
    let away = |window: &Window<'_>| -> Vec<bool> { window.bought.iter().map(|bought| !bought).collect() };
    let (away_train, away_judge) = (away(train), away(judge));
    let recipes = [
        ("Logistic regression", ChurnRecipe::Logistic { penalty: 1.0 }),
        ("LightGBM", ChurnRecipe::LightGbm(trees_of_chance(seed as u32))),
    ];
    let learned: Vec<ChurnModel> = recipes
        .par_iter()
        .with_max_len(1)
        .map(|(name, recipe)| {
            let at = |window: &Window<'_>, away: &[bool]| {
                let rows = evenly(away.len(), LEARNED_FROM);
                let away: Vec<bool> = rows.iter().map(|row| away[*row]).collect();
                churn::fit(recipe, &window.table.features.of_rows(&rows), &away, None, method, seed)
            };
            let said = at(train, &away_train)?.predict(&judge.table.features)?;
            let fitted = at(judge, &away_judge)?;
            let ahead = fitted.predict(&now.features)?;
            let judged = churn::evaluate(&away_judge, &said)?;
            Ok(ChurnModel { name, judged, said, ahead, fitted: Some(fitted) })
        })
        .collect::<Result<_, Error>>()?;
    let buy_till_you_die = ChurnModel {
        name: "Buy-till-you-die",
        judged: churn::evaluate(&away_judge, &of_history(&judge.table))?,
        said: of_history(&judge.table),
        ahead: of_history(now),
        fitted: None,
    };
    let models: Vec<ChurnModel> = std::iter::once(buy_till_you_die).chain(learned).collect();
    let brier = |at: &usize| models[*at].judged.probabilities.brier;
    let chosen = (0..models.len()).min_by(|a, b| brier(a).total_cmp(&brier(b))).unwrap_or(0);
    Ok(ChurnModels { models, chosen })
}

/// P(churn) by the buy-till-you-die model.
pub(super) fn of_history(table: &Table) -> Vec<f64> {
    table.p_purchase.iter().map(|chance| (1.0 - chance).clamp(0.0, 1.0)).collect()
}
