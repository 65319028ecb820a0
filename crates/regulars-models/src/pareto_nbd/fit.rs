//! Fits the Pareto/NBD.

use super::ParetoNbdParams;
use super::likelihood::mean_loss;
use crate::lifetime::Error;
use crate::lifetime::boundary::{self, Edges};
use crate::lifetime::fit::{FitSettings, Likelihood, Problem, Reported, SAMPLE_SIZES, maximise, report};
use crate::lifetime::model::{FittedLifetimeModel, PurchaseModel};
use crate::lifetime::patterns::Patterns;
use crate::nbd;

const MODEL: &str = "Pareto/NBD";

/// Fits the Pareto/NBD to counted histories.
///
/// Without visible dropout the NBD is used, and the report says so.
///
/// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
    let scale = nbd::time_scale(MODEL, patterns)?;
    let scaled = patterns.scaled(scale);
    let problem = problem(&scaled);
    let constant = -patterns.purchases() * scale.ln();
    let maximum = maximise(&problem, settings).map_err(|error| nbd::unscaled(error, scale, constant))?;
    let log_likelihood = maximum.log_likelihood + constant;
    let stays = nbd::fit_parts(MODEL, patterns, settings, false)?;
    if boundary::dropout_is_negligible(log_likelihood, stays.2) {
        return boundary::without_dropout(MODEL, patterns, settings);
    }
    let values: Vec<f64> =
        maximum.logs.iter().zip([1.0, scale, 1.0, scale]).map(|(log, unit)| log.exp() * unit).collect();
    let params = ParetoNbdParams { r: values[0], alpha: values[1], s: values[2], beta: values[3] };
    let edges =
        Edges { one_purchase_rate: params.r, one_chance_to_leave: params.s, undecided: maximum.undecided() };
    let reported = Reported {
        problem: &problem,
        values: &values,
        log_likelihood,
        patterns: patterns.len(),
        chosen: 0,
        boundary: boundary::words(&edges),
    };
    Ok(FittedLifetimeModel {
        model: PurchaseModel::ParetoNbd(params),
        unit: patterns.unit,
        report: report(&maximum, reported),
    })
}

pub(crate) fn problem(scaled: &Patterns) -> Problem<'_> {
    let groups = scaled.by_purchases();
    let samples = SAMPLE_SIZES
        .into_iter()
        .filter(|size| scaled.len() as f64 > 3.0 * size)
        .map(|size| -> Likelihood<'_> {
            let sample = scaled.sample(size);
            let groups = sample.by_purchases();
            Box::new(move |logs| mean_loss(&sample, &groups, logs))
        })
        .collect();
    let (shape, rate) = nbd::moments(scaled);
    let starts = [(0.6, 0.4), (0.3, 3.0), (2.0, 2.0)]
        .map(|(s, beta): (f64, f64)| vec![shape.ln(), (shape / rate).ln(), s.ln(), beta.ln()])
        .to_vec();
    Problem {
        model: MODEL,
        names: vec!["r", "alpha", "s", "beta"],
        rate: Some("alpha"),
        starts,
        full: Box::new(move |logs| mean_loss(scaled, &groups, logs)),
        samples,
        customers: scaled.customers(),
        curvature: true,
        coefficients: 0,
    }
}
