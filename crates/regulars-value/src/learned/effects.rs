//! Permutation importance and partial dependence of a model's spend forecasts.
//!
//! For models of factors, changing a feature also changes the expectation if the feature is part of it.
//! Deliberately not here: contributions of features for single customers (`drivers`).

use regulars_learners::explain::{
    Dependence, PermutationImportance, partial_dependence, permutation_importance,
};
use regulars_learners::{Error, Features, Sample};

use super::Learned;
use super::cutoffs::evenly;
use super::forecasts::{LearnedModel, Table, forecasts_of, times};
use super::recipes::entry_named;

/// Customers of the test cutoff to shuffle features among, and repetitions.
const DEALT: usize = 1_000;
const DEALS: u32 = 2;

/// Points of the dependence curve, and customers per point.
const PLACES: usize = 12;
const ASKED: usize = 500;

/// Partial dependence of the mean forecast on one feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dependent {
    /// Index of the feature.
    pub(crate) feature: usize,
    /// Its values, ascending, with mean spend in the target days, in the currency's unit.
    pub(crate) places: Vec<Dependence>,
}

/// Time of the forecast: the test cutoff, or the analysis date.
#[derive(Clone, Copy)]
enum When {
    Then,
    Now,
}

/// A model's forecasts for customers with the features of its table.
fn says(learned: &Learned, model: usize, when: When, features: &Features) -> Result<Vec<f64>, Error> {
    let table = match when {
        When::Then => &learned.judge,
        When::Now => &learned.now,
    };
    let expected = table.expected_of(features);
    let model = &learned.models[model];
    if let Some(said) = alone(model, when, features, &expected)? {
        return Ok(said);
    }
    let mut sum: Vec<f64> = expected.iter().map(|expected| learned.weights[0] * expected).collect();
    for (part, weight) in
        learned.models.iter().zip(&learned.weights[1..]).filter(|(_, weight)| **weight > 0.0)
    {
        let said = alone(part, when, features, &expected)?.unwrap_or_default();
        for (sum, value) in sum.iter_mut().zip(said) {
            *sum += weight * value;
        }
    }
    let level = if matches!(when, When::Then) { model.level_then } else { model.level };
    Ok(times(sum, level))
}

/// A single model's forecasts; none for the blend.
fn alone(
    model: &LearnedModel,
    when: When,
    features: &Features,
    expected: &[f64],
) -> Result<Option<Vec<f64>>, Error> {
    let (fitted, level) = match when {
        When::Then => (&model.fitted_then, model.level_then),
        When::Now => (&model.fitted, model.level),
    };
    let (Some(fitted), Some(entry)) = (fitted, entry_named(model.name)) else { return Ok(None) };
    forecasts_of(entry, fitted, level, features, expected).map(Some)
}

/// See [`Learned::permuted`].
pub(super) fn permuted(
    learned: &Learned,
    model: usize,
    spend: &[f64],
    seed: u64,
) -> Result<Vec<PermutationImportance>, Error> {
    let rows = evenly(spend.len(), DEALT);
    let features = learned.judge.features.of_rows(&rows);
    let actual: Vec<f64> = rows.iter().map(|row| spend[*row]).collect();
    let holdout = Sample::new(&features, &actual)?;
    debug_assert!({
        let judged = &learned.models[model].judged;
        let said = says(learned, model, When::Then, &features)?;
        let near = |(said, row): (&f64, &usize)| (said - judged[*row]).abs() <= 1e-9 * (1.0 + judged[*row]);
        said.iter().zip(&rows).all(near)
    });
    permutation_importance(
        &|features: &Features| says(learned, model, When::Then, features),
        holdout,
        DEALS,
        seed,
    )
}

/// See [`Learned::dependence`].
pub(super) fn dependence(
    learned: &Learned,
    model: usize,
    features: &[usize],
) -> Result<Vec<Dependent>, Error> {
    let table: &Table = &learned.now;
    let of_one = |feature: &usize| {
        let predict = |features: &Features| says(learned, model, When::Now, features);
        let places = partial_dependence(&predict, &table.features, *feature, PLACES, ASKED)?;
        Ok(Dependent { feature: *feature, places })
    };
    features.iter().map(of_one).collect()
}
