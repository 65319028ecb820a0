//! Why a learned model says what it says of a customer, and which features it relies on.

use rayon::prelude::*;
use regulars_learners::Error;

use super::forecasts::{LearnedModel, Table};
use super::recipes::{Entry, entry_named};

/// Features named for each customer.
pub(crate) const TOP: usize = 5;

/// Customers taken together, so that memory does not grow with all of them.
const PIECE: usize = 32_768;

/// Customers that mean contributions are computed of.
const SAMPLE: usize = 1_000;

/// A feature and what it adds to a customer's expected spend, in the currency's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Driver {
    /// The feature's number; that of no feature is what the buy-till-you-die model expects, in a blend.
    pub(crate) feature: usize,
    pub(crate) amount: f64,
}

/// How much a model relies on a feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Importance {
    pub(crate) model: &'static str,
    pub(crate) feature: String,
    /// Share of what all features helped in learning.
    pub(crate) gain: f64,
    /// Mean size of its contributions to what customers will spend, in the currency's unit.
    pub(crate) contribution: f64,
}

/// The features that move every customer's forecast the most, in either direction.
///
/// Shape: one list a customer, the largest first, in the order of the table.
pub(super) fn drivers(
    model: &LearnedModel,
    models: &[LearnedModel],
    weights: &[f64],
    table: &Table,
) -> Result<Vec<Vec<Driver>>, Error> {
    let rows = table.features.rows();
    let starts: Vec<usize> = (0..rows).step_by(PIECE).collect();
    let mut all = Vec::with_capacity(rows);
    for start in starts {
        let range: Vec<usize> = (start..(start + PIECE).min(rows)).collect();
        let amounts = amounts(model, models, weights, table, &range)?;
        let width = table.features.width();
        let pieces: Vec<Vec<Driver>> = amounts.par_chunks_exact(width).map(top).collect();
        all.extend(pieces);
    }
    Ok(all)
}

fn top(amounts: &[f64]) -> Vec<Driver> {
    let mut drivers: Vec<Driver> = amounts
        .iter()
        .enumerate()
        .filter(|(_, amount)| amount.abs() > 0.0)
        .map(|(feature, amount)| Driver { feature, amount: *amount })
        .collect();
    drivers.sort_by(|a, b| b.amount.abs().total_cmp(&a.amount.abs()).then(a.feature.cmp(&b.feature)));
    drivers.truncate(TOP);
    drivers
}

/// What every feature adds to the spend of some customers, customer after customer.
fn amounts(
    model: &LearnedModel,
    models: &[LearnedModel],
    weights: &[f64],
    table: &Table,
    rows: &[usize],
) -> Result<Vec<f64>, Error> {
    let features = table.features.of_rows(rows);
    let of_model = |model: &LearnedModel| -> Result<Vec<f64>, Error> {
        let (Some(fitted), Some(entry)) = (&model.fitted, entry_named(model.name)) else {
            return Ok(vec![0.0; features.values().len()]);
        };
        let found = fitted.contributions(&features)?.on_scale_of_prediction();
        let mut values = found.values;
        for (contributions, row) in values.chunks_exact_mut(features.width()).zip(rows) {
            let scale = model.level * scale_of(entry, table, *row);
            for value in contributions {
                *value *= scale;
            }
        }
        Ok(values)
    };
    if model.fitted.is_some() {
        return of_model(model);
    }
    // The first weight is that of what is expected, which no feature explains here.
    let mut sum = vec![0.0; features.values().len()];
    for (part, weight) in models.iter().zip(&weights[1..]).filter(|(_, weight)| **weight > 0.0) {
        for (sum, value) in sum.iter_mut().zip(of_model(part)?) {
            *sum += weight * model.level * value;
        }
    }
    Ok(sum)
}

fn scale_of(entry: &Entry, table: &Table, row: usize) -> f64 {
    if entry.learns_factor { table.expected[row] } else { 1.0 }
}

/// How much every model relies on every feature, on a sample of customers.
pub(super) fn importance(models: &[LearnedModel], table: &Table) -> Result<Vec<Importance>, Error> {
    let rows: Vec<usize> =
        (0..table.features.rows()).step_by(table.features.rows().div_ceil(SAMPLE).max(1)).collect();
    let of_model = |model: &LearnedModel| -> Result<Vec<Importance>, Error> {
        let Some(fitted) = &model.fitted else { return Ok(Vec::new()) };
        let gain = fitted.gain()?;
        let amounts = amounts(model, &[], &[], table, &rows)?;
        let mut sizes = vec![0.0; gain.len()];
        for row in amounts.chunks_exact(gain.len()) {
            for (size, amount) in sizes.iter_mut().zip(row) {
                *size += amount.abs();
            }
        }
        let names = table.features.names().iter();
        Ok(names
            .zip(gain)
            .zip(sizes)
            .map(|((feature, gain), size)| Importance {
                model: model.name,
                feature: feature.clone(),
                gain,
                contribution: size / rows.len() as f64,
            })
            .collect())
    };
    let all: Vec<Vec<Importance>> =
        models.par_iter().with_max_len(1).map(of_model).collect::<Result<_, _>>()?;
    Ok(all.concat())
}
