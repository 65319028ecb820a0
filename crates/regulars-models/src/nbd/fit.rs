//! Fits the NBD, and gives the other models their starting values.

use super::NbdParams;
use super::likelihood::mean_loss;
use crate::lifetime::Error;
use crate::lifetime::fit::{
    Boundary, FitSettings, Likelihood, Maximum, Problem, Reported, SAMPLE_SIZES, maximise, report,
};
use crate::lifetime::model::{FittedLifetimeModel, PurchaseModel};
use crate::lifetime::patterns::Patterns;

/// Above this shape, purchase rates are practically identical.
const ALIKE: f64 = 1e4;

/// Fits the NBD to counted histories.
///
/// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
    let (params, maximum, log_likelihood) = fit_parts("NBD", patterns, settings, true)?;
    let scaled = patterns.scaled(time_scale("NBD", patterns)?);
    let problem = problem("NBD", &scaled);
    let boundary = (params.r > ALIKE).then(|| Boundary {
        words: "no visible differences in purchase rates: one rate for all customers".to_owned(),
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
    Ok(FittedLifetimeModel {
        model: PurchaseModel::Nbd(params),
        unit: patterns.unit,
        report: report(&maximum, reported),
    })
}

/// Fitted parameters, the search result, and the log-likelihood in the model's time unit.
pub(crate) fn fit_parts(
    model: &'static str,
    patterns: &Patterns,
    settings: &FitSettings,
    curvature: bool,
) -> Result<(NbdParams, Maximum, f64), Error> {
    let scale = time_scale(model, patterns)?;
    let scaled = patterns.scaled(scale);
    let problem = Problem { curvature, ..problem(model, &scaled) };
    let constant = -patterns.purchases() * scale.ln();
    let maximum = maximise(&problem, settings).map_err(|error| unscaled(error, scale, constant))?;
    let params = NbdParams { r: maximum.logs[0].exp(), alpha: maximum.logs[1].exp() * scale };
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

/// Mean observation time, used to scale times for the search.
///
/// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase: any rate from 0 up then fits.
pub(crate) fn time_scale(model: &'static str, patterns: &Patterns) -> Result<f64, Error> {
    if patterns.purchases() > 0.0 {
        return Ok(patterns.mean_t());
    }
    Err(Error::TooFewRepeatCustomers {
        model,
        needed: "customers with a repeat purchase",
        found: 0,
        customers: patterns.customers() as u64,
    })
}

/// Method of moments: shape of the distribution of purchase rates, and their mean.
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

/// Converts the best point of a failed search, and its log-likelihood, from the search scale to the time
/// unit; `constant` is the offset of the log-likelihood.
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
