//! Permutation importance and partial dependence of a model's spend forecasts.
//!
//! For models of factors, changing a feature also changes the expectation if the feature is part of it.
//! Deliberately not here: contributions of features for single customers (`drivers`).

use regulars_learners::explain::{
    Dependence, PermutationImportance, partial_dependence, permutation_importance,
};
use regulars_learners::{Error, Features, Sample};

use super::Learned;
use super::cutoffs::evenly_spaced;
use super::forecasts::{LearnedModel, Table, forecasts_of, times};
use super::recipes::entry_named;

/// Customers of the test cutoff in permutation importance, and shuffles per feature.
const SHUFFLED_CUSTOMERS: usize = 1_000;
const SHUFFLES: u32 = 2;

/// Points of a partial dependence curve, and customers averaged per point.
const CURVE_POINTS: usize = 12;
const CURVE_CUSTOMERS: usize = 500;

/// Partial dependence of the mean forecast on one feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PartialDependence {
    /// Index of the feature.
    pub(crate) feature: usize,
    /// Its values, ascending, with mean spend in the target days, in the currency's unit.
    pub(crate) points: Vec<Dependence>,
}

/// Day of the forecast: the test cutoff or the analysis date.
#[derive(Clone, Copy)]
enum ForecastDay {
    Test,
    Today,
}

/// A model's forecasts for customers with the features of its table.
fn forecasts(
    learned: &Learned,
    model: usize,
    day: ForecastDay,
    features: &Features,
) -> Result<Vec<f64>, Error> {
    let table = match day {
        ForecastDay::Test => &learned.test,
        ForecastDay::Today => &learned.now,
    };
    let expected = table.expected_of(features);
    let model = &learned.models[model];
    if let Some(forecasts) = single_model_forecasts(model, day, features, &expected)? {
        return Ok(forecasts);
    }
    let mut sum: Vec<f64> = expected.iter().map(|expected| learned.weights[0] * expected).collect();
    for (part, weight) in
        learned.models.iter().zip(&learned.weights[1..]).filter(|(_, weight)| **weight > 0.0)
    {
        let forecasts = single_model_forecasts(part, day, features, &expected)?.unwrap_or_default();
        for (sum, value) in sum.iter_mut().zip(forecasts) {
            *sum += weight * value;
        }
    }
    let level = if matches!(day, ForecastDay::Test) { model.holdout_level } else { model.level };
    Ok(times(sum, level))
}

/// A single model's forecasts; none for the blend.
fn single_model_forecasts(
    model: &LearnedModel,
    day: ForecastDay,
    features: &Features,
    expected: &[f64],
) -> Result<Option<Vec<f64>>, Error> {
    let (fitted, level) = match day {
        ForecastDay::Test => (&model.fitted_for_holdout, model.holdout_level),
        ForecastDay::Today => (&model.fitted, model.level),
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
    let rows = evenly_spaced(spend.len(), SHUFFLED_CUSTOMERS);
    let features = learned.test.features.of_rows(&rows);
    let actual: Vec<f64> = rows.iter().map(|row| spend[*row]).collect();
    let holdout = Sample::new(&features, &actual)?;
    debug_assert!({
        let holdout_forecast = &learned.models[model].holdout_forecast;
        let forecasts = forecasts(learned, model, ForecastDay::Test, &features)?;
        let near = |(forecasts, row): (&f64, &usize)| {
            (forecasts - holdout_forecast[*row]).abs() <= 1e-9 * (1.0 + holdout_forecast[*row])
        };
        forecasts.iter().zip(&rows).all(near)
    });
    permutation_importance(
        &|features: &Features| forecasts(learned, model, ForecastDay::Test, features),
        holdout,
        SHUFFLES,
        seed,
    )
}

/// See [`Learned::dependence`].
pub(super) fn dependence(
    learned: &Learned,
    model: usize,
    features: &[usize],
) -> Result<Vec<PartialDependence>, Error> {
    let table: &Table = &learned.now;
    let of_one = |feature: &usize| {
        let predict = |features: &Features| forecasts(learned, model, ForecastDay::Today, features);
        let points = partial_dependence(&predict, &table.features, *feature, CURVE_POINTS, CURVE_CUSTOMERS)?;
        Ok(PartialDependence { feature: *feature, points })
    };
    features.iter().map(of_one).collect()
}
