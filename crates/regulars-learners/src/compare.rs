//! Many models at once: each on one thread, together on all of them, also for cross-validation.
//!
//! Deliberately not here: which of them is best.

use rayon::prelude::*;
use regulars_stats::forecast;

use crate::error::Error;
use crate::features::Sample;
use crate::fitted::{Fitted, fit};
use crate::folds::Folds;
use crate::recipe::{Recipe, ValidRecipe};

/// What all models are learned from.
pub struct Plan<'a> {
    /// Customers to learn from.
    pub train: Sample<'a>,
    /// Later customers on which boosting ends and ridge chooses its penalty.
    pub validation: Option<Sample<'a>>,
    /// Parts of the customers for cross-validation, if it is wanted.
    pub folds: Option<&'a Folds>,
    /// Seconds since some beginning. Nothing but the reported times depends on it.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
}

/// One of many learned models.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The model.
    pub fitted: Fitted,
    /// Seconds that learning took, on one thread; cross-validation is not in it.
    pub fit_seconds: f64,
    /// How well models of the same recipe predict customers that they were not learned from.
    pub cross_validation: Option<CrossValidation>,
}

/// How well a recipe predicts customers that it was not learned from, in the same window.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// The R² of each part, predicted from the others; none where the part's targets are all alike.
    pub r2: Vec<Option<f64>>,
    /// The mean of those there are.
    pub mean_r2: Option<f64>,
    /// For each customer the prediction of the model that was not learned from them.
    pub predictions: Vec<f64>,
}

/// Learns all models, and with folds as many more of each as there are folds.
///
/// Early stopping and the choice of penalties come first; cross-validation repeats what they chose.
///
/// Shape: one outcome a recipe, in their order; the same, but for times, on any number of threads.
/// Errors: [`Error::ColumnLength`] if the folds are of other customers; those of [`fit`].
pub fn fit_all(recipes: &[ValidRecipe], plan: &Plan<'_>) -> Result<Vec<Outcome>, Error> {
    let rows = plan.train.rows();
    if let Some(folds) = plan.folds.filter(|folds| folds.of_row.len() != rows) {
        let (name, found) = ("folds".to_owned(), folds.of_row.len());
        return Err(Error::ColumnLength { name, expected: rows, found });
    }
    let learn = |number: &usize| -> Result<(Fitted, f64), Error> {
        let start = (plan.clock)();
        let fitted = fit(&recipes[*number], plan.train, plan.validation)?;
        Ok((fitted, (plan.clock)() - start))
    };
    let fold_jobs = |of: &[usize]| -> Vec<(usize, u32)> {
        let count = plan.folds.map_or(0, |folds| folds.count);
        of.iter().flat_map(|number| (0..count).map(move |fold| (*number, fold))).collect()
    };
    // Linear models use all threads by themselves; a thread that waits in one would take up a forest
    // meanwhile, and the time of the forest would count as the linear model's.
    let (alone, together): (Vec<usize>, Vec<usize>) = (0..recipes.len())
        .partition(|n| matches!(*recipes[*n], Recipe::Mean | Recipe::Linear | Recipe::Ridge { .. }));
    let mut fits: Vec<Option<(Fitted, f64)>> = vec![None; recipes.len()];
    for number in &alone {
        fits[*number] = Some(learn(number)?);
    }
    let first = |jobs: &[usize]| -> Result<Vec<(Fitted, f64)>, Error> {
        jobs.par_iter().with_max_len(1).map(learn).collect()
    };
    // Without a validation part nothing is chosen, and folds need not wait for what was.
    let as_given = |number: &usize| recipes[*number].clone();
    let mut judged: Vec<Vec<Held>> = vec![Vec::new(); recipes.len()];
    let (found, held) = if plan.validation.is_none() {
        let jobs = fold_jobs(&together);
        rayon::join(
            || first(&together),
            || -> Result<Vec<Held>, Error> {
                let job = |(number, fold): &(usize, u32)| held_out(&as_given(number), plan, *number, *fold);
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
        judged[held.number].push(held);
    }
    let chosen = |number: &usize| -> Result<ValidRecipe, Error> {
        match &fits[*number] {
            Some((fitted, _)) => fitted.recipe_for_refit().check(),
            None => Ok(as_given(number)),
        }
    };
    for (number, fold) in fold_jobs(&alone) {
        judged[number].push(held_out(&chosen(&number)?, plan, number, fold)?);
    }
    if plan.validation.is_some() {
        let job = |(number, fold): &(usize, u32)| held_out(&chosen(number)?, plan, *number, *fold);
        let held: Result<Vec<Held>, Error> =
            fold_jobs(&together).par_iter().with_max_len(1).map(job).collect();
        for held in held? {
            judged[held.number].push(held);
        }
    }
    let outcome = |(fit, held): (Option<(Fitted, f64)>, Vec<Held>)| {
        let (fitted, fit_seconds) = fit?;
        let cross_validation = plan.folds.map(|_| summarise(held, plan.train.target));
        Some(Outcome { fitted, fit_seconds, cross_validation })
    };
    Ok(fits.into_iter().zip(judged).filter_map(outcome).collect())
}

/// Predictions of one part by a model of the others.
#[derive(Debug, Clone)]
struct Held {
    number: usize,
    rows: Vec<usize>,
    predictions: Vec<f64>,
}

fn held_out(recipe: &ValidRecipe, plan: &Plan<'_>, number: usize, fold: u32) -> Result<Held, Error> {
    let (held, rest) = plan.folds.map(|folds| folds.split(fold)).unwrap_or_default();
    let (target, weight) = plan.train.of_rows(&rest);
    let features = plan.train.features.of_rows(&rest);
    let fitted =
        fit(recipe, Sample { features: &features, target: &target, weight: weight.as_deref() }, None)?;
    drop(features);
    let predictions = fitted.predict_here(&plan.train.features.of_rows(&held))?;
    Ok(Held { number, rows: held, predictions })
}

fn summarise(held: Vec<Held>, target: &[f64]) -> CrossValidation {
    let mut predictions = vec![0.0; target.len()];
    let mut r2 = Vec::new();
    for part in held {
        let actual: Vec<f64> = part.rows.iter().map(|row| target[*row]).collect();
        r2.push(forecast::errors(&actual, &part.predictions).ok().and_then(|errors| errors.r2));
        for (row, value) in part.rows.into_iter().zip(part.predictions) {
            predictions[row] = value;
        }
    }
    let known: Vec<f64> = r2.iter().flatten().copied().collect();
    let mean_r2 = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    CrossValidation { r2, mean_r2, predictions }
}
