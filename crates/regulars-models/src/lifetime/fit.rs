//! Finding the most likely parameters, and how sure they are.
//!
//! Every model hands in its mean negative log-likelihood per customer as a function of the
//! logarithms of its parameters, over times divided by their mean: on that scale all models look
//! alike to the search, whatever the unit. The search begins on a small sample with several starting
//! points, goes on with a larger one, and ends on all customers; the early stages cost next to nothing
//! and bring the last one to a few steps.

use rayon::prelude::*;
use regulars_stats::intervals::log_interval;
use regulars_stats::optimise::{Bounds, Matrix, Minimum, Settings, Value, hessian, minimise};
use serde::{Deserialize, Serialize};

use super::error::Error;

/// How to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitSettings {
    /// Steps at most, in each stage of the search.
    pub max_iterations: usize,
    /// Pulls parameters towards plain values where there are few customers; none: maximum likelihood.
    pub prior: Option<Shrinkage>,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self { max_iterations: 200, prior: None }
    }
}

/// A prior that shrinks: the logarithm of every parameter is normal, around 0 for shapes and around
/// the logarithm of the mean time observed for rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shrinkage {
    /// The standard deviation of the logarithms; 1 is firm, 3 is hardly felt.
    pub spread: f64,
}

/// One parameter as estimated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The letter of the paper.
    pub name: String,
    /// The estimate, in the model's time unit.
    pub value: f64,
    /// Its standard error; none where the likelihood has no curvature (see the boundary).
    pub standard_error: Option<f64>,
    /// The 90% interval, by the delta method on the logarithm.
    pub interval_90: Option<(f64, f64)>,
}

/// A fit that ran to the edge of what the model can say, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// What the data show, as a sentence for people.
    pub words: String,
    /// The simpler model that gives the answers instead, if one does.
    pub used: Option<String>,
}

/// How a fit went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// The model that was asked for.
    pub model: String,
    /// Its parameters.
    pub parameters: Vec<Estimate>,
    /// Correlation of the estimates (of their logarithms, which by the delta method is the same).
    ///
    /// Shape: a row and a column for each parameter; empty without standard errors.
    pub correlation: Vec<Vec<f64>>,
    /// Covariance of the logarithms of the parameters; empty without standard errors.
    pub log_covariance: Vec<Vec<f64>>,
    /// The log-likelihood of all customers, in the model's time unit; without the prior.
    pub log_likelihood: f64,
    /// Akaike's criterion.
    pub aic: f64,
    /// The Bayesian criterion, by customers.
    pub bic: f64,
    /// Customers learned from.
    pub customers: u64,
    /// Distinct histories among them.
    pub patterns: u64,
    /// Steps of the search over all customers.
    pub iterations: usize,
    /// The largest slope left, per customer and by the logarithm of a parameter.
    pub slope: f64,
    /// Always true: what did not converge is an error.
    pub converged: bool,
    /// Set if the fit ran to a boundary.
    pub boundary: Option<Boundary>,
}

/// A likelihood to be maximised, on the scale of this module.
pub(crate) struct Problem<'a> {
    /// The model's name.
    pub(crate) model: &'static str,
    /// Names of the parameters.
    pub(crate) names: Vec<&'static str>,
    /// Logarithms of the parameters to begin from.
    pub(crate) starts: Vec<Vec<f64>>,
    /// The one of them that may be far below the scale of the data.
    pub(crate) rate: Option<&'static str>,
    /// Mean negative log-likelihood over all customers.
    pub(crate) full: Likelihood<'a>,
    /// The same over samples, small to large; empty where all customers are few.
    pub(crate) samples: Vec<Likelihood<'a>>,
    /// Customers.
    pub(crate) customers: f64,
    /// Whether the curvature is asked for.
    pub(crate) curvature: bool,
    /// How many of the last parameters are coefficients of covariates: no logarithms, and around 0.
    pub(crate) coefficients: usize,
}

/// A mean negative log-likelihood and its gradient by the logarithms of the parameters.
pub(crate) type Likelihood<'a> = Box<dyn Fn(&[f64]) -> Value + Sync + 'a>;

/// Where a likelihood is largest.
#[derive(Debug, Clone)]
pub(crate) struct Maximum {
    /// Logarithms of the parameters.
    pub(crate) logs: Vec<f64>,
    /// The log-likelihood of all customers, on the scale of the search.
    pub(crate) log_likelihood: f64,
    pub(crate) iterations: usize,
    pub(crate) slope: f64,
    /// Whether each parameter is held by the edge of the search.
    pub(crate) at_bound: Vec<bool>,
    /// Covariance of the logarithms, if the likelihood is curved in all directions.
    pub(crate) covariance: Option<Matrix>,
}

/// No parameter is looked for beyond e^±16 times the scale: there shapes of gamma and beta
/// distributions are a single point, and rates are never or always.
const REACH: f64 = 16.0;

/// α, in parts of the mean time observed, is looked for down to this: one customer may be watched for a
/// millionth of what another is.
const LOWEST_RATE: f64 = -34.0;

/// Starting points stay this far inside: beyond, slopes are too small to lead back.
const START_REACH: f64 = 3.5;

/// Slope at which a search on a sample is good enough.
const SAMPLE_SLOPE: f64 = 1e-5;

/// Slope, per customer, from which one step of Newton's method settles all digits that are printed.
const FULL_SLOPE: f64 = 1e-7;

/// Slope at which even that step is spared.
const SETTLED_SLOPE: f64 = 1e-10;

/// How far the gradient is looked at for the curvature over all customers: one side is enough for
/// standard errors, at half the cost.
const CURVATURE_STEP: f64 = 1e-5;

/// Slope that is accepted at the edge of the reach.
const EDGE_SLOPE: f64 = 1e-2;

/// Sizes of the samples, in customers.
pub(crate) const SAMPLE_SIZES: [f64; 2] = [1200.0, 12_000.0];

/// Finds the maximum.
///
/// Errors: [`Error::NotConverged`] with the best parameters (on the scale of the search).
pub(crate) fn maximise(problem: &Problem<'_>, settings: &FitSettings) -> Result<Maximum, Error> {
    let size = problem.names.len();
    let lowest = |i: usize| if problem.rate == Some(problem.names[i]) { LOWEST_RATE } else { -REACH };
    let bounds = Bounds { lower: (0..size).map(lowest).collect(), upper: vec![REACH; size] };
    let with_prior = |likelihood: &Likelihood<'_>, logs: &[f64]| {
        penalised(likelihood(logs), logs, settings.prior, problem.customers)
    };
    let full = |logs: &[f64]| with_prior(&problem.full, logs);
    let inside = |minimum: &Minimum| minimum.point.iter().all(|log| log.abs() < START_REACH);
    let mut best = None;
    let mut inverse = None;
    let mut starts = problem.starts.clone();
    // The first starting point nearly always leads inside; the others are for when it does not.
    let mut first = 1;
    for sample in &problem.samples {
        let function = |logs: &[f64]| with_prior(sample, logs);
        let search = |starts: &[Vec<f64>]| {
            best_of(&function, starts, &bounds, settings, inverse.as_ref(), SAMPLE_SLOPE)
        };
        let found = search(&starts[..first]).filter(inside).or_else(|| search(&starts));
        let Some(minimum) = found else {
            continue;
        };
        let inside: Vec<f64> = minimum.point.iter().map(|log| log.clamp(-START_REACH, START_REACH)).collect();
        let without = without_effects(&inside, problem.coefficients);
        // What is learned of the curvature here saves steps over more customers. Not with coefficients: of a
        // sort that the sample has not, they are without curvature, which throws the first step far out.
        inverse = (problem.coefficients == 0).then(|| hessian(&function, &inside).inverse()).flatten();
        starts = std::iter::once(inside).chain(without).collect();
        first = starts.len();
    }
    if !problem.samples.is_empty() {
        best = best_of(&full, &starts, &bounds, settings, inverse.as_ref(), FULL_SLOPE);
    }
    // At an edge, or nowhere: all starting points have their turn on all customers.
    if !best.as_ref().is_some_and(inside) {
        let again = best_of(&full, &problem.starts, &bounds, settings, None, FULL_SLOPE);
        best = match (best, again) {
            (Some(one), Some(other)) => Some(if other.value < one.value { other } else { one }),
            (one, other) => one.or(other),
        };
    }
    let Some(minimum) = best else {
        return Err(failure(problem, &full, &bounds, settings));
    };
    Ok(finished(problem, &full, minimum, settings.prior))
}

/// The same point without effects: where a sample has hardly anybody of a sort, the coefficient runs off to
/// where all customers together cannot bring it back from.
///
/// Shape: none without coefficients.
fn without_effects(point: &[f64], coefficients: usize) -> Option<Vec<f64>> {
    let mut without = point.to_vec();
    let first = point.len() - coefficients;
    without[first..].fill(0.0);
    (coefficients > 0).then_some(without)
}

/// The lowest of the minima that the starting points lead to; the first of equals.
fn best_of(
    function: &(dyn Fn(&[f64]) -> Value + Sync),
    starts: &[Vec<f64>],
    bounds: &Bounds,
    settings: &FitSettings,
    inverse: Option<&Matrix>,
    max_slope: f64,
) -> Option<Minimum> {
    let search = |start: &Vec<f64>| {
        let settings = Settings {
            max_iterations: settings.max_iterations,
            max_slope,
            inverse_hessian: inverse.cloned(),
        };
        let found = minimise(&|logs: &[f64]| function(logs), start, bounds, &settings);
        found.map_or_else(|error| at_edge(&error, function, bounds), Some)
    };
    let minima: Vec<Option<Minimum>> = starts.par_iter().map(search).collect();
    minima.into_iter().flatten().reduce(|best, next| if next.value < best.value { next } else { best })
}

/// Accepts a search that rounding stopped at the edge of the reach: parameters of millions leave the
/// likelihood few digits. Such a fit is named as a boundary.
fn at_edge(
    error: &regulars_stats::Error,
    function: &(dyn Fn(&[f64]) -> Value + Sync),
    bounds: &Bounds,
) -> Option<Minimum> {
    let regulars_stats::Error::NotConverged { best, value, slope, iterations, .. } = error else {
        return None;
    };
    let at = |i: usize| best[i] <= bounds.lower[i] || best[i] >= bounds.upper[i];
    let at_bound: Vec<bool> = (0..best.len()).map(at).collect();
    (at_bound.contains(&true) && *slope < EDGE_SLOPE).then(|| Minimum {
        point: best.clone(),
        value: *value,
        gradient: function(best).gradient,
        slope: *slope,
        at_bound,
        iterations: *iterations,
        evaluations: *iterations,
        inverse_hessian: Matrix::identity(best.len()),
    })
}

/// Why no starting point arrived, with the best point that was seen.
fn failure(
    problem: &Problem<'_>,
    full: &dyn Fn(&[f64]) -> Value,
    bounds: &Bounds,
    settings: &FitSettings,
) -> Error {
    let settings =
        Settings { max_iterations: settings.max_iterations, max_slope: FULL_SLOPE, inverse_hessian: None };
    match minimise(full, &problem.starts[0], bounds, &settings) {
        Err(regulars_stats::Error::NotConverged { best, value, slope, iterations, .. }) => {
            Error::NotConverged {
                model: problem.model,
                names: problem.names.clone(),
                best: best.iter().map(|log| log.exp()).collect(),
                log_likelihood: -value * problem.customers,
                iterations,
                slope,
            }
        }
        Err(error) => Error::Stats(error),
        Ok(minimum) => Error::NotConverged {
            model: problem.model,
            names: problem.names.clone(),
            best: minimum.point.iter().map(|log| log.exp()).collect(),
            log_likelihood: -minimum.value * problem.customers,
            iterations: minimum.iterations,
            slope: minimum.slope,
        },
    }
}

/// The last digits by one step of Newton's method, and the curvature.
fn finished(
    problem: &Problem<'_>,
    full: &dyn Fn(&[f64]) -> Value,
    minimum: Minimum,
    prior: Option<Shrinkage>,
) -> Maximum {
    let free = !minimum.at_bound.iter().any(|held| *held);
    let inverse = if free && problem.curvature { curvature(full, &minimum).inverse() } else { None };
    let Minimum { point: mut logs, mut value, gradient, mut slope, mut iterations, at_bound, .. } = minimum;
    if let Some(inverse) = &inverse
        && slope > SETTLED_SLOPE
    {
        let step = inverse.times(&gradient);
        let target: Vec<f64> = logs.iter().zip(&step).map(|(log, step)| log - step).collect();
        let there = full(&target);
        let slope_there = there.gradient.iter().fold(0.0_f64, |slope, g| slope.max(g.abs()));
        if slope_there < slope {
            (logs, slope, value) = (target, slope_there, there.value);
            iterations += 1;
        }
    }
    // Without the prior: what the data say of these parameters.
    let none = Value { value: 0.0, gradient: vec![0.0; logs.len()] };
    let log_likelihood =
        -(value - penalised(none, &logs, prior, problem.customers).value) * problem.customers;
    let covariance = inverse.map(|mut inverse| {
        for value in &mut inverse.values {
            *value /= problem.customers;
        }
        inverse
    });
    Maximum { logs, log_likelihood, iterations, slope, at_bound, covariance }
}

/// Second derivatives at the minimum, by differences of the gradient to one side.
fn curvature(full: &dyn Fn(&[f64]) -> Value, minimum: &Minimum) -> Matrix {
    let size = minimum.point.len();
    let mut raw = Matrix::zeros(size);
    for column in 0..size {
        let mut point = minimum.point.clone();
        point[column] += CURVATURE_STEP;
        let step = point[column] - minimum.point[column];
        let there = full(&point).gradient;
        for (row, (there, here)) in there.iter().zip(&minimum.gradient).enumerate() {
            raw.set(row, column, (there - here) / step);
        }
    }
    let mut symmetric = Matrix::zeros(size);
    for row in 0..size {
        for column in 0..size {
            symmetric.set(row, column, 0.5 * (raw.get(row, column) + raw.get(column, row)));
        }
    }
    symmetric
}

/// Adds the prior's pull, per customer.
fn penalised(mut value: Value, logs: &[f64], prior: Option<Shrinkage>, customers: f64) -> Value {
    let Some(prior) = prior else { return value };
    let weight = 1.0 / (prior.spread * prior.spread * customers);
    for (slope, log) in value.gradient.iter_mut().zip(logs) {
        value.value += 0.5 * weight * log * log;
        *slope += weight * log;
    }
    value
}

impl Maximum {
    /// Whether the likelihood is flat in some direction, though no edge of the search holds a parameter.
    pub(crate) fn undecided(&self) -> bool {
        self.covariance.is_none() && !self.at_bound.contains(&true)
    }

    /// Adds to the words of a boundary the parameters that the edge of the search holds.
    ///
    /// Shapes that ran to the upper edge are what the words are about, if there are any.
    pub(crate) fn with_held(
        &self,
        boundary: Option<Boundary>,
        names: &[&'static str],
        values: &[f64],
    ) -> Option<Boundary> {
        let accounted = |i: usize| match &boundary {
            None => false,
            Some(boundary) => boundary.used.is_some() || self.logs[i] > 0.0,
        };
        let held: Vec<String> = (0..names.len().min(values.len()))
            .filter(|i| self.at_bound.get(*i) == Some(&true) && !accounted(*i))
            .map(|i| format!("{} = {:.3e}", names[i], values[i]))
            .collect();
        if held.is_empty() {
            return boundary;
        }
        let words = format!(
            "the search ended at its edge ({}): beyond it the likelihood may be higher, and there are no standard \
             errors",
            held.join(", ")
        );
        Some(match boundary {
            None => Boundary { words, used: None },
            Some(also) => Boundary { words: format!("{}; {words}", also.words), used: also.used },
        })
    }
}

/// What [`report`] needs beside the maximum.
pub(crate) struct Reported<'a> {
    pub(crate) problem: &'a Problem<'a>,
    /// Parameters in the model's time unit.
    pub(crate) values: &'a [f64],
    /// The log-likelihood in the model's time unit.
    pub(crate) log_likelihood: f64,
    pub(crate) patterns: usize,
    /// Parameters that were chosen beside the search, such as k.
    pub(crate) chosen: usize,
    pub(crate) boundary: Option<Boundary>,
}

/// Writes down how a fit went.
pub(crate) fn report(maximum: &Maximum, reported: Reported<'_>) -> FitReport {
    let Reported { problem, values, log_likelihood, patterns, chosen, boundary } = reported;
    let size = values.len();
    let covariance = maximum.covariance.as_ref();
    let deviation = |i: usize| covariance.map(|matrix| matrix.get(i, i).max(0.0).sqrt());
    let parameters = (0..size)
        .map(|i| Estimate {
            name: problem.names[i].to_owned(),
            value: values[i],
            standard_error: deviation(i).map(|of_log| of_log * values[i]),
            // An error of hundreds says that there is no interval.
            interval_90: deviation(i)
                .map(|of_log| log_interval(values[i], of_log, 0.9))
                .filter(|(low, high)| *low > 0.0 && high.is_finite()),
        })
        .collect();
    let rows = |value: &dyn Fn(&Matrix, usize, usize) -> f64| {
        covariance.map_or_else(Vec::new, |matrix| {
            (0..size).map(|i| (0..size).map(|j| value(matrix, i, j)).collect()).collect()
        })
    };
    let free = (size + chosen) as f64;
    let boundary = maximum.with_held(boundary, &problem.names, values);
    FitReport {
        model: problem.model.to_owned(),
        parameters,
        correlation: rows(&|matrix, i, j| matrix.get(i, j) / (matrix.get(i, i) * matrix.get(j, j)).sqrt()),
        log_covariance: rows(&|matrix, i, j| matrix.get(i, j)),
        log_likelihood,
        aic: 2.0 * free - 2.0 * log_likelihood,
        bic: free * problem.customers.ln() - 2.0 * log_likelihood,
        customers: problem.customers as u64,
        patterns: patterns as u64,
        iterations: maximum.iterations,
        slope: maximum.slope,
        converged: true,
        boundary,
    }
}
