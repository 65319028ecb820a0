//! Fits many models in parallel, one thread per model, optionally with cross-validation.
//!
//! Deliberately not here: choosing the best model.

use rayon::prelude::*;
use regulars_stats::forecast_accuracy as forecast;

use crate::error::Error;
use crate::features::Sample;
use crate::fitted::{FittedLearner, fit};
use crate::folds::Folds;
use crate::recipe::{Recipe, ValidRecipe};

/// Data shared by all models.
pub struct TrainingData<'a> {
    /// Training customers.
    pub train: Sample<'a>,
    /// Later customers, used for early stopping and for choosing the ridge penalty.
    pub validation: Option<Sample<'a>>,
    /// Cross-validation folds, if any.
    pub folds: Option<&'a Folds>,
    /// Clock in seconds, from any start. Affects only the reported times.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
}

/// One fitted model with its timing and cross-validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The fitted model.
    pub fitted: FittedLearner,
    /// Fit time on one thread in seconds, without cross-validation.
    pub fit_seconds: f64,
    /// Cross-validation of the same recipe, if folds were given.
    pub cross_validation: Option<CrossValidation>,
}

/// Out-of-fold accuracy of a recipe, in the same period.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// R² of each fold; none where the fold's targets do not vary.
    pub r2: Vec<Option<f64>>,
    /// Mean over the folds that have one.
    pub mean_r2: Option<f64>,
    /// Out-of-fold prediction of each customer.
    pub predictions: Vec<f64>,
}

/// Fits all models and, given folds, each of them once more per fold.
///
/// Early stopping and the choice of penalties come first; cross-validation reuses their results.
///
/// Shape: one outcome per recipe, in order; apart from the times it does not depend on the number of
/// threads.
/// Errors: [`Error::ColumnLength`] if the folds cover other customers; those of [`fit`].
pub fn fit_all(recipes: &[ValidRecipe], data: &TrainingData<'_>) -> Result<Vec<Outcome>, Error> {
    let rows = data.train.rows();
    if let Some(folds) = data.folds.filter(|folds| folds.of_row.len() != rows) {
        let (name, found) = ("folds".to_owned(), folds.of_row.len());
        return Err(Error::ColumnLength { name, expected: rows, found });
    }
    let train = |number: &usize| -> Result<(FittedLearner, f64), Error> {
        let start = (data.clock)();
        let fitted = fit(&recipes[*number], data.train, data.validation)?;
        Ok((fitted, (data.clock)() - start))
    };
    let fold_jobs = |of: &[usize]| -> Vec<(usize, u32)> {
        let count = data.folds.map_or(0, |folds| folds.count);
        of.iter().flat_map(|number| (0..count).map(move |fold| (*number, fold))).collect()
    };
    // Linear models run on all threads themselves. If one ran as a job, a waiting thread would pick up a
    // forest meanwhile, and its time would count as the linear model's.
    let (alone, together): (Vec<usize>, Vec<usize>) = (0..recipes.len())
        .partition(|n| matches!(*recipes[*n], Recipe::Mean | Recipe::Linear | Recipe::Ridge { .. }));
    let mut fits: Vec<Option<(FittedLearner, f64)>> = vec![None; recipes.len()];
    for number in &alone {
        fits[*number] = Some(train(number)?);
    }
    let first = |jobs: &[usize]| -> Result<Vec<(FittedLearner, f64)>, Error> {
        jobs.par_iter().with_max_len(1).map(train).collect()
    };
    // Without a validation sample nothing is tuned, so folds need not wait.
    let as_given = |number: &usize| recipes[*number].clone();
    let mut held_out_folds: Vec<Vec<Held>> = vec![Vec::new(); recipes.len()];
    let (found, held) = if data.validation.is_none() {
        let jobs = fold_jobs(&together);
        rayon::join(
            || first(&together),
            || -> Result<Vec<Held>, Error> {
                let job = |(number, fold): &(usize, u32)| held_out(&as_given(number), data, *number, *fold);
                jobs.par_iter().with_max_len(1).map(job).collect()
            },
        )
    } else {
        (first(&together), Ok(Vec::new()))
    };
    for (number, fit) in together.iter().zip(found?) {
        fits[*number] = Some(fit);
    }
    for held in held? {
        held_out_folds[held.number].push(held);
    }
    let chosen = |number: &usize| -> Result<ValidRecipe, Error> {
        match &fits[*number] {
            Some((fitted, _)) => fitted.recipe_for_refit().check(),
            None => Ok(as_given(number)),
        }
    };
    for (number, fold) in fold_jobs(&alone) {
        held_out_folds[number].push(held_out(&chosen(&number)?, data, number, fold)?);
    }
    if data.validation.is_some() {
        let job = |(number, fold): &(usize, u32)| held_out(&chosen(number)?, data, *number, *fold);
        let held: Result<Vec<Held>, Error> =
            fold_jobs(&together).par_iter().with_max_len(1).map(job).collect();
        for held in held? {
            held_out_folds[held.number].push(held);
        }
    }
    let outcome = |(fit, held): (Option<(FittedLearner, f64)>, Vec<Held>)| {
        let (fitted, fit_seconds) = fit?;
        let cross_validation = data.folds.map(|_| summarise(held, data.train.target));
        Some(Outcome { fitted, fit_seconds, cross_validation })
    };
    Ok(fits.into_iter().zip(held_out_folds).filter_map(outcome).collect())
}

/// Out-of-fold predictions of one fold.
#[derive(Debug, Clone)]
struct Held {
    number: usize,
    rows: Vec<usize>,
    predictions: Vec<f64>,
}

fn held_out(recipe: &ValidRecipe, data: &TrainingData<'_>, number: usize, fold: u32) -> Result<Held, Error> {
    let (held, rest) = data.folds.map(|folds| folds.split(fold)).unwrap_or_default();
    let (target, weight) = data.train.of_rows(&rest);
    let features = data.train.features.of_rows(&rest);
    let fitted =
        fit(recipe, Sample { features: &features, target: &target, weight: weight.as_deref() }, None)?;
    drop(features);
    let predictions = fitted.predict_here(&data.train.features.of_rows(&held))?;
    Ok(Held { number, rows: held, predictions })
}

fn summarise(held: Vec<Held>, target: &[f64]) -> CrossValidation {
    let mut predictions = vec![0.0; target.len()];
    let mut r2 = Vec::new();
    for part in held {
        let actual: Vec<f64> = part.rows.iter().map(|row| target[*row]).collect();
        r2.push(forecast::forecast_errors(&actual, &part.predictions).ok().and_then(|errors| errors.r2));
        for (row, value) in part.rows.into_iter().zip(part.predictions) {
            predictions[row] = value;
        }
    }
    let known: Vec<f64> = r2.iter().flatten().copied().collect();
    let mean_r2 = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    CrossValidation { r2, mean_r2, predictions }
}
