//! The chance that a customer buys nothing in the target days: learned and calibrated, beside what the
//! buy-till-you-die model says of the same.

use rayon::prelude::*;
use regulars_learners::Error;
use regulars_learners::churn::{self, Churn, ChurnRecipe, Judged, Method};

use super::cuts::evenly;
use super::forecasts::{Table, Window};
use super::recipes::trees_of_chance;

/// Customers from which on chances are calibrated by a curve instead of two numbers.
const MANY: usize = 2_000;

/// Customers that a chance is learned from, at most: it is of two kinds of customers alone, and twelve
/// models learn it.
const LEARNED_FROM: usize = 16_000;

/// A model of the chance to stay away.
#[derive(Debug)]
pub(crate) struct ChurnModel {
    pub(crate) name: &'static str,
    /// How it did on the days held out.
    pub(crate) judged: Judged,
    /// What it had said of the customers of the judged cut.
    pub(crate) said: Vec<f64>,
    /// The chance of every customer from the analysis date on.
    pub(crate) ahead: Vec<f64>,
    /// What `ahead` comes from; none for the buy-till-you-die model.
    pub(super) fitted: Option<Churn>,
}

/// What the models of the chance say.
#[derive(Debug)]
pub(crate) struct Churned {
    /// The buy-till-you-die model first.
    pub(crate) models: Vec<ChurnModel>,
    /// The one with the smallest Brier score.
    pub(crate) chosen: usize,
}

impl Churned {
    /// What the chosen model had said of the customers of the judged cut.
    pub(crate) fn said(&self) -> &[f64] {
        &self.models[self.chosen].said
    }

    /// The chance of every customer by the chosen model.
    pub(crate) fn ahead(&self) -> &[f64] {
        &self.models[self.chosen].ahead
    }
}

/// Learns at the first cut, judges at the second, learns again there, and predicts.
pub(super) fn staying(
    train: &Window<'_>,
    judge: &Window<'_>,
    now: &Table,
    seed: u64,
) -> Result<Churned, Error> {
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
            let judged = churn::judge(&away_judge, &said)?;
            Ok(ChurnModel { name, judged, said, ahead, fitted: Some(fitted) })
        })
        .collect::<Result<_, Error>>()?;
    let buy_till_you_die = ChurnModel {
        name: "Buy-till-you-die",
        judged: churn::judge(&away_judge, &of_history(&judge.table))?,
        said: of_history(&judge.table),
        ahead: of_history(now),
        fitted: None,
    };
    let models: Vec<ChurnModel> = std::iter::once(buy_till_you_die).chain(learned).collect();
    let brier = |at: &usize| models[*at].judged.chances.brier;
    let chosen = (0..models.len()).min_by(|a, b| brier(a).total_cmp(&brier(b))).unwrap_or(0);
    Ok(Churned { models, chosen })
}

/// What the buy-till-you-die model says of staying away.
pub(super) fn of_history(table: &Table) -> Vec<f64> {
    table.p_purchase.iter().map(|chance| (1.0 - chance).clamp(0.0, 1.0)).collect()
}
