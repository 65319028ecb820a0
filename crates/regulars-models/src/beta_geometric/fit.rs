//! Fits the models with regular purchases, for which k is chosen by likelihood.

use super::likelihood::log_constant;
use crate::lifetime::boundary::{dropout_is_negligible, fit_with_dropout, no_dropout, words};
use crate::lifetime::error::Error;
use crate::lifetime::fit::{FitSettings, Problem};
use crate::lifetime::model::{FittedLifetimeModel, ModelKind, PurchaseModel};
use crate::lifetime::patterns::Patterns;
use crate::lifetime::search::{Search, mean_loss, samples, starts};

/// ln a of a model without dropout.
const LN_A_WITHOUT_DROPOUT: f64 = -600.0;

/// Largest k tried; beyond it, another stage changes the model little.
const MAX_K: u32 = 24;

/// Raises k until the likelihood has fallen twice in a row; k = 1 is the model with random purchases.
///
/// Errors: [`Error::NoIntervals`]; [`Error::TooFewRepeatCustomers`]; [`Error::NotConverged`].
pub(super) fn fit_choosing_k(
    kind: ModelKind,
    random_timing: ModelKind,
    patterns: &Patterns,
    settings: &FitSettings,
) -> Result<FittedLifetimeModel, Error> {
    if patterns.log_intervals.is_none() {
        return Err(Error::NoIntervals { model: kind.name() });
    }
    let mut best = fit_with_dropout(kind.name(), random_timing, patterns, settings)?;
    let mut fallen = 0;
    for k in 2..=MAX_K {
        let fitted = fit_regular(kind, k, patterns, settings)?;
        if best.report.log_likelihood >= fitted.report.log_likelihood {
            fallen += 1;
            if fallen == 2 {
                break;
            }
        } else {
            (best, fallen) = (fitted, 0);
        }
    }
    Ok(best)
}

fn fit_regular(
    kind: ModelKind,
    k: u32,
    patterns: &Patterns,
    settings: &FitSettings,
) -> Result<FittedLifetimeModel, Error> {
    let mut search = Search::new(kind.name(), patterns)?;
    search.constant += log_constant(&search.scaled, k);
    let problem = search.problem(kind, k);
    let found = search.maximise(&problem, settings)?;
    let without = without_dropout(kind, k, &search);
    let staying = search.maximise(&without, settings)?;
    let model = |values: Vec<f64>| PurchaseModel { kind, k, values };
    if dropout_is_negligible(found.maximum.log_likelihood, staying.maximum.log_likelihood) {
        let values = [&staying.values[..], &[LN_A_WITHOUT_DROPOUT.exp(), 1.0]].concat();
        return Ok(search.fitted(model(values), &without, &staying, Some(no_dropout("regular NBD"))));
    }
    let boundary = words(&found.maximum, found.values[0], kind.0.dropout_size(&found.values));
    Ok(search.fitted(model(found.values.clone()), &problem, &found, boundary))
}

/// The same without dropout.
fn without_dropout<'a>(kind: ModelKind, k: u32, search: &'a Search<'_>) -> Problem<'a> {
    let loss = move |patterns: &Patterns, groups: &[(u32, f64)], logs: &[f64]| {
        let mut value = mean_loss(kind, k, patterns, groups, &[logs[0], logs[1], LN_A_WITHOUT_DROPOUT, 0.0]);
        value.gradient.truncate(2);
        value
    };
    let groups = search.scaled.by_purchases();
    let start = starts(kind, k, &search.scaled)[0][..2].to_vec();
    Problem {
        names: vec!["r", "alpha"],
        starts: vec![start],
        full: Box::new(move |logs| loss(&search.scaled, &groups, logs)),
        samples: samples(&search.scaled, loss),
        ..search.problem(kind, k)
    }
}
