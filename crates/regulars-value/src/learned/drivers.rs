//! Drivers of a learned model's forecasts, per customer and overall.

use rayon::prelude::*;
use regulars_learners::Error;
use regulars_learners::contributions::{Contributions, Driver};
use regulars_learners::fitted::FittedLearner;

use super::cutoffs::evenly_spaced;
use super::forecasts::{LearnedModel, Table};
use super::recipes::entry_named;

/// Features listed per customer.
const TOP: usize = 5;

/// Customers per chunk, to bound memory.
const PIECE: usize = 32_768;

/// Sample size for mean contributions.
const SAMPLE: usize = 1_000;

/// Importance of a feature in a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Importance {
    pub(crate) model: &'static str,
    pub(crate) feature: String,
    /// Share of the training gain; none for the blend.
    pub(crate) gain: Option<f64>,
    /// Mean absolute contribution to expected spend, in the currency's unit.
    pub(crate) contribution: f64,
}

/// The features with the largest contributions to every customer's forecast, in either direction, in the
/// currency's unit.
///
/// Shape: one list per customer, largest first, in the order of the table.
pub(super) fn drivers(
    model: &LearnedModel,
    models: &[LearnedModel],
    weights: &[f64],
    table: &Table,
) -> Result<Vec<Vec<Driver>>, Error> {
    let rows = table.features.rows();
    let mut all = Vec::with_capacity(rows);
    for start in (0..rows).step_by(PIECE) {
        let range: Vec<usize> = (start..(start + PIECE).min(rows)).collect();
        let found = amounts(model, models, weights, table, &range)?;
        all.par_extend((0..range.len()).into_par_iter().map(|row| found.top(row, TOP)));
    }
    Ok(all)
}

/// Contributions of every feature to the spend of the given customers, relative to the mean customer: the
/// contribution of the expectation, to a factor's base or to a blend, counts for that feature.
pub(super) fn amounts(
    model: &LearnedModel,
    models: &[LearnedModel],
    weights: &[f64],
    table: &Table,
    rows: &[usize],
) -> Result<Contributions, Error> {
    let features = table.features.of_rows(rows);
    let width = features.width();
    let of_model = |model: &LearnedModel| -> Result<(Vec<f64>, f64), Error> {
        let (Some(fitted), Some(entry)) = (&model.fitted, entry_named(model.name)) else {
            return Ok((vec![0.0; rows.len() * width], 0.0));
        };
        let Contributions { mut values, base, .. } =
            fitted.contributions(&features)?.on_scale_of_prediction();
        if !entry.learns_factor {
            for value in &mut values {
                *value *= model.level;
            }
            return Ok((values, base * model.level));
        }
        for (contributions, row) in values.chunks_exact_mut(width).zip(rows) {
            for value in contributions.iter_mut() {
                *value *= model.level * table.expected[*row];
            }
            contributions[table.expected_at] += base * model.level * table.above_mean(*row);
        }
        Ok((values, base * model.level * table.mean_expected()))
    };
    let (values, base) = if model.fitted.is_some() {
        of_model(model)?
    } else {
        let of_expected = weights[0] * model.level;
        let mut base = of_expected * table.mean_expected();
        let mut sum = vec![0.0; rows.len() * width];
        for (row, contributions) in rows.iter().zip(sum.chunks_exact_mut(width)) {
            contributions[table.expected_at] = of_expected * table.above_mean(*row);
        }
        for (part, weight) in models.iter().zip(&weights[1..]).filter(|(_, weight)| **weight > 0.0) {
            let (values, of_part) = of_model(part)?;
            base += weight * model.level * of_part;
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += weight * model.level * value;
            }
        }
        (sum, base)
    };
    Ok(Contributions { width, values, base, log: false })
}

/// Importance of every feature in every model, on a sample of customers.
pub(super) fn importance(
    models: &[LearnedModel],
    weights: &[f64],
    table: &Table,
) -> Result<Vec<Importance>, Error> {
    let rows = evenly_spaced(table.features.rows(), SAMPLE);
    let of_model = |model: &LearnedModel| -> Result<Vec<Importance>, Error> {
        let gain = model.fitted.as_ref().map(FittedLearner::gain).transpose()?;
        let sizes = amounts(model, models, weights, table, &rows)?.mean_absolute();
        let names = table.features.names().iter().zip(sizes).enumerate();
        Ok(names
            .map(|(number, (feature, contribution))| Importance {
                model: model.name,
                feature: feature.clone(),
                gain: gain.as_ref().map(|gain| gain[number]),
                contribution,
            })
            .collect())
    };
    let all: Vec<Vec<Importance>> =
        models.par_iter().with_max_len(1).map(of_model).collect::<Result<_, _>>()?;
    Ok(all.concat())
}
