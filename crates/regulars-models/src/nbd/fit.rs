//! The fit, and what the other models begin theirs with.

use super::Params;
use super::likelihood::mean_loss;
use crate::lifetime::Error;
use crate::lifetime::fit::{
    Boundary, FitSettings, Likelihood, Maximum, Problem, Reported, SAMPLE_SIZES, maximise, report,
};
use crate::lifetime::model::{Fitted, PurchaseModel};
use crate::lifetime::patterns::Patterns;

/// From this shape on customers cannot be told from customers who all buy at one rate.
const ALIKE: f64 = 1e4;

/// Fits the NBD to counted histories.
///
/// Errors: [`Error::NothingToLearn`] without a repeat purchase; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<Fitted, Error> {
    let (params, maximum, log_likelihood) = fit_parts("NBD", patterns, settings, true)?;
    let scaled = patterns.scaled(time_scale("NBD", patterns)?);
    let problem = problem("NBD", &scaled);
    let boundary = (params.r > ALIKE).then(|| Boundary {
        words: "customers do not differ visibly in how often they buy: one purchase rate for all".to_owned(),
        used: None,
    });
    let reported = Reported {
        problem: &problem,
        values: &[params.r, params.alpha],
        log_likelihood,
        patterns: patterns.len(),
        chosen: 0,
        boundary,
    };
    Ok(Fitted { model: PurchaseModel::Nbd(params), unit: patterns.unit, report: report(&maximum, reported) })
}

/// The most likely parameters, how they were found, and the log-likelihood in the time unit.
pub(crate) fn fit_parts(
    model: &'static str,
    patterns: &Patterns,
    settings: &FitSettings,
    curvature: bool,
) -> Result<(Params, Maximum, f64), Error> {
    let scale = time_scale(model, patterns)?;
    let scaled = patterns.scaled(scale);
    let problem = Problem { curvature, ..problem(model, &scaled) };
    let constant = -patterns.purchases() * scale.ln();
    let maximum = maximise(&problem, settings).map_err(|error| unscaled(error, scale, constant))?;
    let params = Params { r: maximum.logs[0].exp(), alpha: maximum.logs[1].exp() * scale };
    let log_likelihood = maximum.log_likelihood + constant;
    Ok((params, maximum, log_likelihood))
}

pub(crate) fn problem<'a>(model: &'static str, scaled: &'a Patterns) -> Problem<'a> {
    let likelihood = |patterns: Patterns| -> Likelihood<'a> {
        let groups = patterns.by_purchases();
        Box::new(move |logs| mean_loss(&patterns, &groups, logs))
    };
    let groups = scaled.by_purchases();
    let samples = SAMPLE_SIZES
        .into_iter()
        .filter(|size| scaled.len() as f64 > 3.0 * size)
        .map(|size| likelihood(scaled.sample(size)))
        .collect();
    let (shape, rate) = moments(scaled);
    let full: Likelihood<'a> = Box::new(move |logs| mean_loss(scaled, &groups, logs));
    Problem {
        model,
        names: vec!["r", "alpha"],
        rate: Some("alpha"),
        starts: vec![vec![shape.ln(), (shape / rate).ln()], vec![0.0, -rate.ln()]],
        full,
        samples,
        customers: scaled.customers(),
        curvature: true,
        coefficients: 0,
    }
}

/// The mean time observed, by which times are divided for the search.
///
/// Errors: [`Error::NothingToLearn`] if no customer bought again: every rate from 0 up explains that.
pub(crate) fn time_scale(model: &'static str, patterns: &Patterns) -> Result<f64, Error> {
    if patterns.purchases() > 0.0 {
        return Ok(patterns.mean_t());
    }
    Err(Error::NothingToLearn {
        model,
        needed: "customers who bought again",
        found: 0,
        customers: patterns.customers() as u64,
    })
}

/// Shape of the distribution of purchase rates, and their mean, by the method of moments.
pub(crate) fn moments(patterns: &Patterns) -> (f64, f64) {
    let rate = patterns.purchases()
        / patterns.t.iter().zip(&patterns.count).map(|(t, count)| t * count).sum::<f64>();
    let (mut spread, mut squares) = (0.0, 0.0);
    for row in 0..patterns.len() {
        let expected = rate * patterns.t[row];
        let distance = f64::from(patterns.x[row]) - expected;
        spread += patterns.count[row] * (distance * distance - expected);
        squares += patterns.count[row] * expected * expected;
    }
    let shape = if spread > 0.0 { squares / spread } else { 10.0 };
    (shape.clamp(0.05, 10.0), rate)
}

/// Brings the best point of a search that failed, and its log-likelihood, from the search's scale to the
/// time unit; `constant` is what the log-likelihood differs by.
pub(crate) fn unscaled(error: Error, scale: f64, constant: f64) -> Error {
    match error {
        Error::NotConverged { model, names, mut best, log_likelihood, iterations, slope } => {
            for (name, value) in names.iter().zip(&mut best) {
                if matches!(*name, "alpha" | "beta") {
                    *value *= scale;
                }
            }
            let log_likelihood = log_likelihood + constant;
            Error::NotConverged { model, names, best, log_likelihood, iterations, slope }
        }
        other => other,
    }
}
