//! Fits the Gamma-Gamma model.

use serde::{Deserialize, Serialize};

use super::likelihood::{known, mean_loss};
use super::{Exclusions, GammaGammaParams, Spend, SpendPatterns};
use crate::lifetime::Error;
use crate::lifetime::fit::{
    Boundary, FitReport, FitSettings, Likelihood, Maximum, Problem, Reported, maximise, report, sample_sizes,
};

const MODEL: &str = "Gamma-Gamma";

/// Above this q, all customers spend nearly the same.
const DEGENERATE_SHAPE: f64 = 1e4;

/// A fitted spend model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedGammaGamma {
    /// Parameters.
    pub params: GammaGammaParams,
    /// Mean spend per repeat purchase over all customers; expected of new customers if the model's own mean
    /// is infinite.
    pub observed_mean: f64,
    /// Rows excluded, by reason.
    pub excluded: Exclusions,
    /// Fit report.
    pub report: FitReport,
}

/// Fits the Gamma-Gamma model to customers with repeat purchases.
///
/// Units: parameters are in the currency unit of `spend`.
/// Errors: [`Error::ColumnLengths`]; [`Error::TooFewRepeatCustomers`] with fewer than two customers with repeat
/// purchases and spend; [`Error::NotConverged`].
pub fn fit(spend: &Spend<'_>, settings: &FitSettings) -> Result<FittedGammaGamma, Error> {
    let (counted, excluded, scale) = counted_on_scale(spend)?;
    let customers = counted.customers();
    let problem = problem(&counted);
    let maximum = if all_equal(&counted) {
        at_edge(&problem)
    } else {
        maximise(&problem, settings).map_err(|error| unscaled(error, scale, customers))?
    };
    let values = [maximum.logs[0].exp(), maximum.logs[1].exp(), maximum.logs[2].exp() * scale];
    let params = GammaGammaParams { p: values[0], q: values[1], gamma: values[2] };
    let reported = Reported {
        problem: &problem,
        values: &values,
        // The density is per unit of money, once per customer.
        log_likelihood: maximum.log_likelihood - customers * scale.ln(),
        patterns: counted.x.len(),
        chosen: 0,
        boundary: boundary(&params, maximum.is_flat()),
    };
    Ok(FittedGammaGamma { params, observed_mean: scale, excluded, report: report(&maximum, reported) })
}

/// Selects the customers to fit and divides their spend by the mean of all purchases.
pub(super) fn counted_on_scale(spend: &Spend<'_>) -> Result<(SpendPatterns, Exclusions, f64), Error> {
    let (mut counted, excluded) = SpendPatterns::of(spend)?;
    if counted.customers() < 2.0 {
        return Err(Error::TooFewRepeatCustomers {
            model: MODEL,
            needed: "two customers with repeat purchases and spend",
            found: counted.customers() as u64,
            customers: spend.x.len() as u64,
        });
    }
    let sums = (0..counted.x.len()).map(|row| {
        let purchases = counted.x[row] * counted.count[row];
        (purchases * counted.mean[row], purchases)
    });
    let (money, purchases) = sums.fold((0.0, 0.0), |(a, b), (money, count)| (a + money, b + count));
    let scale = money / purchases;
    for mean in &mut counted.mean {
        *mean /= scale;
    }
    Ok((counted, excluded, scale))
}

pub(super) fn problem(counted: &SpendPatterns) -> Problem<'_> {
    let all = known(counted);
    let samples = sample_sizes(counted.x.len())
        .map(|size| -> Likelihood<'_> {
            let sample = sample(counted, size);
            let known = known(&sample);
            Box::new(move |logs| mean_loss(&sample, &known, logs))
        })
        .collect();
    // A mean spend of 1 on this scale: pγ/(q−1) = 1.
    let starts = [(3.0, 4.0), (1.0, 2.0), (8.0, 8.0)]
        .map(|(p, q): (f64, f64)| vec![p.ln(), q.ln(), ((q - 1.0) / p).ln()])
        .to_vec();
    let full: Likelihood<'_> = Box::new(move |logs| mean_loss(counted, &all, logs));
    let names = ["p", "q", "gamma"];
    Problem { samples, ..Problem::new(MODEL, &names, starts, full, counted.customers()) }
}

/// Systematic sample of the rows, in the order of x and spend.
fn sample(counted: &SpendPatterns, rows: f64) -> SpendPatterns {
    let step = (counted.x.len() as f64 / rows).floor() as usize;
    let every = |values: &[f64]| values.iter().skip(step / 2).step_by(step).copied().collect();
    SpendPatterns { x: every(&counted.x), mean: every(&counted.mean), count: every(&counted.count) }
}

/// Whether all customers spend the same: the likelihood is then unbounded.
fn all_equal(counted: &SpendPatterns) -> bool {
    let first = counted.mean[0];
    counted.mean.iter().all(|mean| (mean / first - 1.0).abs() < 1e-9)
}

/// Result for customers who all spend the same: a point far along the unbounded direction.
fn at_edge(problem: &Problem<'_>) -> Maximum {
    let far = 1e6_f64;
    let logs = vec![far.ln(), far.ln(), ((far - 1.0) / far).ln()];
    let value = (problem.full)(&logs);
    Maximum {
        log_likelihood: -value.value * problem.customers,
        gradient_norm: value.gradient.iter().fold(0.0, |norm, g| norm.max(g.abs())),
        logs,
        iterations: 0,
        at_bound: Vec::new(),
        covariance: None,
    }
}

fn boundary(params: &GammaGammaParams, is_flat: bool) -> Option<Boundary> {
    let mut words = Vec::new();
    if params.q > DEGENERATE_SHAPE {
        words.push("no visible differences in spend per purchase: one mean for all customers");
    } else if params.p > DEGENERATE_SHAPE {
        words.push("each customer spends the same at every purchase: the forecast is their mean so far");
    } else if is_flat {
        words.push("the likelihood is flat around the maximum: individual parameters are not meaningful");
    }
    if params.q <= 1.0 {
        words.push(
            "spend varies so much between customers that the mean for a new customer is infinite (q ≤ 1): \
             the observed mean is used",
        );
    }
    (!words.is_empty()).then(|| Boundary { words: words.join("; "), used: None })
}

fn unscaled(error: Error, scale: f64, customers: f64) -> Error {
    match error {
        Error::NotConverged { model, names, mut best, log_likelihood, iterations, gradient_norm } => {
            if let Some(gamma) = best.last_mut() {
                *gamma *= scale;
            }
            let log_likelihood = log_likelihood - customers * scale.ln();
            Error::NotConverged { model, names, best, log_likelihood, iterations, gradient_norm }
        }
        other => other,
    }
}
