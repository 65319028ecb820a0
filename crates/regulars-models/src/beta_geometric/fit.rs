//! Fits all four models of the family.

use regulars_stats::optimise::ValueAndGradient;

use super::likelihood::{log_constant, mean_loss};
use super::{BetaGeometricParams, Variant};
use crate::lifetime::Error;
use crate::lifetime::boundary::{self, Edges};
use crate::lifetime::fit::{
    FitSettings, Likelihood, Maximum, Problem, Reported, SAMPLE_SIZES, maximise, report,
};
use crate::lifetime::model::{FittedLifetimeModel, PurchaseModel};
use crate::lifetime::patterns::Patterns;
use crate::nbd;

/// Names of the parameters.
const NAMES: &[&str] = &["r", "alpha", "a", "b"];

/// ln a of a model without dropout.
const NOBODY: f64 = -600.0;

/// Maximises the likelihood of a model of the family.
///
/// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NotConverged`].
pub(crate) fn fit_variant(
    model: &'static str,
    patterns: &Patterns,
    variant: Variant,
    settings: &FitSettings,
) -> Result<FittedLifetimeModel, Error> {
    let scale = nbd::time_scale(model, patterns)?;
    let scaled = patterns.scaled(scale);
    let constant = log_constant(&scaled, variant.k) - patterns.purchases() * scale.ln();
    let with_dropout = problem(model, &scaled, variant);
    let maximum = maximise(&with_dropout, settings).map_err(|error| nbd::unscaled(error, scale, constant))?;
    let chosen = usize::from(variant.k > 1);
    if variant.k == 1 {
        let staying = nbd::fit_parts(model, patterns, settings, false)?.2;
        if boundary::dropout_is_negligible(maximum.log_likelihood + constant, staying) {
            return boundary::without_dropout(model, patterns, settings);
        }
    } else {
        let without_dropout = problem_of_staying(model, &scaled, variant);
        let staying =
            maximise(&without_dropout, settings).map_err(|error| nbd::unscaled(error, scale, constant))?;
        if boundary::dropout_is_negligible(maximum.log_likelihood, staying.log_likelihood) {
            let values = values(&staying, scale);
            let params = BetaGeometricParams { r: values[0], alpha: values[1], a: NOBODY.exp(), b: 1.0 };
            let reported = Reported {
                problem: &without_dropout,
                values: &values,
                log_likelihood: staying.log_likelihood + constant,
                patterns: patterns.len(),
                chosen,
                boundary: Some(boundary::no_dropout("regular NBD")),
            };
            return Ok(FittedLifetimeModel {
                model: purchase_model(variant, params),
                unit: patterns.unit,
                report: report(&staying, reported),
            });
        }
    }
    let values = values(&maximum, scale);
    let params = BetaGeometricParams { r: values[0], alpha: values[1], a: values[2], b: values[3] };
    let edges = Edges {
        one_purchase_rate: params.r,
        one_chance_to_leave: params.a + params.b,
        undecided: maximum.undecided(),
    };
    let reported = Reported {
        problem: &with_dropout,
        values: &values,
        log_likelihood: maximum.log_likelihood + constant,
        patterns: patterns.len(),
        chosen,
        boundary: boundary::words(&edges),
    };
    Ok(FittedLifetimeModel {
        model: purchase_model(variant, params),
        unit: patterns.unit,
        report: report(&maximum, reported),
    })
}

fn purchase_model(variant: Variant, params: BetaGeometricParams) -> PurchaseModel {
    match (variant.dropout_after_first, variant.k) {
        (false, 1) => PurchaseModel::BgNbd(params),
        (true, 1) => PurchaseModel::MbgNbd(params),
        (false, k) => PurchaseModel::BgCnbdK { k, params },
        (true, k) => PurchaseModel::MbgCnbdK { k, params },
    }
}

/// Parameters in the model's time unit.
fn values(maximum: &Maximum, scale: f64) -> Vec<f64> {
    maximum.logs.iter().enumerate().map(|(i, log)| log.exp() * if i == 1 { scale } else { 1.0 }).collect()
}

/// The likelihood with its subsamples and starting points.
pub(crate) fn problem<'a>(model: &'static str, scaled: &'a Patterns, variant: Variant) -> Problem<'a> {
    let samples = samples(scaled, move |patterns, groups, logs| mean_loss(patterns, groups, variant, logs));
    let groups = scaled.by_purchases();
    let (shape, rate) = nbd::moments(scaled);
    let k = f64::from(variant.k);
    let starts = [(0.8, 2.5), (0.3, 3.0), (1.5, 1.5)]
        .map(|(a, b): (f64, f64)| vec![shape.ln(), (shape / (k * rate)).ln(), a.ln(), b.ln()])
        .to_vec();
    let full: Likelihood<'a> = Box::new(move |logs| mean_loss(scaled, &groups, variant, logs));
    Problem {
        model,
        names: NAMES.to_vec(),
        rate: Some("alpha"),
        starts,
        full,
        samples,
        customers: scaled.customers(),
        curvature: true,
        coefficients: 0,
    }
}

/// The same without dropout.
fn problem_of_staying<'a>(model: &'static str, scaled: &'a Patterns, variant: Variant) -> Problem<'a> {
    let loss = move |patterns: &Patterns, groups: &[(u32, f64)], logs: &[f64]| {
        let mut value: ValueAndGradient =
            mean_loss(patterns, groups, variant, &[logs[0], logs[1], NOBODY, 0.0]);
        value.gradient.truncate(2);
        value
    };
    let groups = scaled.by_purchases();
    let (shape, rate) = nbd::moments(scaled);
    let k = f64::from(variant.k);
    Problem {
        model,
        names: NAMES[..2].to_vec(),
        rate: Some("alpha"),
        starts: vec![vec![shape.ln(), (shape / (k * rate)).ln()]],
        full: Box::new(move |logs| loss(scaled, &groups, logs)),
        samples: samples(scaled, loss),
        customers: scaled.customers(),
        curvature: true,
        coefficients: 0,
    }
}

/// The likelihood on subsamples of the customers.
fn samples<'a>(
    scaled: &Patterns,
    loss: impl Fn(&Patterns, &[(u32, f64)], &[f64]) -> ValueAndGradient + Copy + Send + Sync + 'a,
) -> Vec<Likelihood<'a>> {
    SAMPLE_SIZES
        .into_iter()
        .filter(|size| scaled.len() as f64 > 3.0 * size)
        .map(|size| -> Likelihood<'a> {
            let sample = scaled.sample(size);
            let groups = sample.by_purchases();
            Box::new(move |logs| loss(&sample, &groups, logs))
        })
        .collect()
}
