//! Fits the BG/BB.

use serde::{Deserialize, Serialize};

use super::likelihood::{mean_loss, mean_loss_without_dropout};
use super::{BgBbParams, Patterns};
use crate::lifetime::Error;
use crate::lifetime::boundary;
use crate::lifetime::fit::{
    FitReport, FitSettings, Likelihood, Maximum, Problem, Reported, maximise, report,
};

const MODEL: &str = "BG/BB";

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedBgBb {
    /// Parameters; without visible dropout γ is practically 0.
    pub params: BgBbParams,
    /// Fit report.
    pub report: FitReport,
}

/// Fits the BG/BB to counted histories.
///
/// Errors: those of [`Patterns::check`]; [`Error::TooFewRepeatCustomers`] if no customer bought at any occasion;
/// [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<FittedBgBb, Error> {
    patterns.check()?;
    let customers: f64 = patterns.count.iter().sum();
    let purchases: f64 = patterns
        .histories
        .iter()
        .zip(&patterns.count)
        .map(|(history, count)| f64::from(history.x) * count)
        .sum();
    if !(purchases > 0.0) {
        return Err(Error::TooFewRepeatCustomers {
            model: MODEL,
            needed: "customers who bought at an occasion",
            found: 0,
            customers: customers as u64,
        });
    }
    let starts = [[1.0, 1.0, 0.5, 2.0], [0.5, 1.5, 1.0, 1.0], [2.0, 2.0, 0.5, 8.0]]
        .map(|start: [f64; 4]| start.iter().map(|value| value.ln()).collect())
        .to_vec();
    let names = ["alpha", "beta", "gamma", "delta"];
    let full: Likelihood<'_> = Box::new(|logs| mean_loss(patterns, logs));
    let problem = Problem::new(MODEL, &names, starts, full, customers);
    let full: Likelihood<'_> = Box::new(|logs| mean_loss_without_dropout(patterns, logs));
    let staying = Problem::new(MODEL, &names[..2], vec![vec![0.0, 0.0]], full, customers);
    let maximum = maximise(&problem, settings)?;
    let without = maximise(&staying, settings)?;
    let finished = |problem: &Problem<'_>, maximum: &Maximum, boundary| {
        let values: Vec<f64> = maximum.logs.iter().map(|log| log.exp()).collect();
        let log_likelihood = maximum.log_likelihood;
        let patterns = patterns.histories.len();
        report(maximum, Reported { problem, values: &values, log_likelihood, patterns, chosen: 0, boundary })
    };
    if boundary::dropout_is_negligible(maximum.log_likelihood, without.log_likelihood) {
        let params = BgBbParams {
            alpha: without.logs[0].exp(),
            beta: without.logs[1].exp(),
            gamma: f64::MIN_POSITIVE,
            delta: 1.0,
        };
        let mut boundary = boundary::no_dropout("beta-binomial");
        if let Some(also) = boundary::words(&without, params.alpha + params.beta, 0.0) {
            boundary.words = format!("{}; {}", boundary.words, also.words);
        }
        let boundary = Some(boundary);
        return Ok(FittedBgBb { params, report: finished(&staying, &without, boundary) });
    }
    let values: Vec<f64> = maximum.logs.iter().map(|log| log.exp()).collect();
    let params = BgBbParams { alpha: values[0], beta: values[1], gamma: values[2], delta: values[3] };
    let words = boundary::words(&maximum, params.alpha + params.beta, params.gamma + params.delta);
    let report = finished(&problem, &maximum, words);
    Ok(FittedBgBb { params, report })
}
