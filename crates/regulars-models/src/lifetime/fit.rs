//! Maximum likelihood estimation with standard errors.
//!
//! Each model supplies its mean negative log-likelihood per customer as a function of its log parameters,
//! with times divided by their mean: on that scale all models look alike to the search, whatever the unit.
//! The search starts on a small sample from several starting points, continues on a larger one, and ends on
//! all customers; the early stages cost next to nothing and leave only a few steps for the last.

use rayon::prelude::*;
use regulars_stats::intervals::log_interval;
use regulars_stats::optimise::{Bounds, Matrix, Minimum, Settings, ValueAndGradient, hessian, minimise};
use serde::{Deserialize, Serialize};

use super::error::Error;

/// Fit settings.
#[derive(Debug, Clone, PartialEq)]
pub struct FitSettings {
    /// Maximum steps per stage of the search.
    pub max_iterations: usize,
    /// Shrinkage prior for small samples; none means maximum likelihood.
    pub prior: Option<Shrinkage>,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self { max_iterations: 200, prior: None }
    }
}

/// Shrinkage prior: every log parameter is normal, around 0 for shapes and around the log of the mean
/// observation time for rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shrinkage {
    /// Prior standard deviation of the log parameters: 1 is tight, 3 weakly informative.
    #[serde(alias = "spread")]
    pub sd: f64,
}

/// Estimate of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Symbol in the paper.
    pub name: String,
    /// Estimate, in the model's time unit.
    pub value: f64,
    /// Standard error; none where the likelihood has no curvature (see the boundary).
    pub standard_error: Option<f64>,
    /// 90% confidence interval, by the delta method on the logarithm.
    pub interval_90: Option<(f64, f64)>,
}

/// A fit at the boundary of the model, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// What the data show, as a sentence.
    pub words: String,
    /// The simpler model used for predictions instead, if any.
    pub used: Option<String>,
}

/// Result of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// Model requested.
    pub model: String,
    /// Parameter estimates.
    pub parameters: Vec<Estimate>,
    /// Correlation matrix of the estimates (of their logs, which the delta method makes equal).
    ///
    /// Shape: one row and column per parameter; empty without standard errors.
    pub correlation: Vec<Vec<f64>>,
    /// Covariance of the log parameters; empty without standard errors.
    pub log_covariance: Vec<Vec<f64>>,
    /// Log-likelihood of all customers in the model's time unit, without the prior.
    pub log_likelihood: f64,
    /// Akaike information criterion (AIC).
    pub aic: f64,
    /// Bayesian information criterion (BIC), by customers.
    pub bic: f64,
    /// Number of customers fitted.
    pub customers: u64,
    /// Number of distinct histories.
    pub patterns: u64,
    /// Steps of the search over all customers.
    pub iterations: usize,
    /// Largest remaining gradient component, per customer and log parameter.
    #[serde(alias = "slope")]
    pub gradient_norm: f64,
    /// Always true: a fit that does not converge is an error.
    pub converged: bool,
    /// Set if the fit reached a boundary.
    pub boundary: Option<Boundary>,
}

/// A likelihood to maximise, on the scale of this module.
pub(crate) struct Problem<'a> {
    /// Model name.
    pub(crate) model: &'static str,
    /// Parameter names.
    pub(crate) names: Vec<&'static str>,
    /// Starting points, as log parameters.
    pub(crate) starts: Vec<Vec<f64>>,
    /// The parameter that may be far below the scale of the data, if any.
    pub(crate) rate: Option<&'static str>,
    /// Mean negative log-likelihood over all customers.
    pub(crate) full: Likelihood<'a>,
    /// The same on samples, small to large; empty if there are few customers.
    pub(crate) samples: Vec<Likelihood<'a>>,
    /// Number of customers.
    pub(crate) customers: f64,
    /// Whether to compute the curvature.
    pub(crate) curvature: bool,
    /// Number of trailing parameters that are covariate coefficients: not logs, and centred on 0.
    pub(crate) coefficients: usize,
}

impl<'a> Problem<'a> {
    /// Without samples, curvature wanted.
    pub(crate) fn new(
        model: &'static str,
        names: &[&'static str],
        starts: Vec<Vec<f64>>,
        full: Likelihood<'a>,
        customers: f64,
    ) -> Self {
        Self {
            model,
            names: names.to_vec(),
            starts,
            rate: None,
            full,
            samples: Vec::new(),
            customers,
            curvature: true,
            coefficients: 0,
        }
    }
}

/// Mean negative log-likelihood and its gradient by the log parameters.
pub(crate) type Likelihood<'a> = Box<dyn Fn(&[f64]) -> ValueAndGradient + Sync + 'a>;

/// Maximum of a likelihood.
#[derive(Debug, Clone)]
pub(crate) struct Maximum {
    /// Log parameters.
    pub(crate) logs: Vec<f64>,
    /// Log-likelihood of all customers, on the scale of the search.
    pub(crate) log_likelihood: f64,
    pub(crate) iterations: usize,
    pub(crate) gradient_norm: f64,
    /// Whether each parameter is at the bound of the search.
    pub(crate) at_bound: Vec<bool>,
    /// Covariance of the log parameters, if the likelihood is curved in all directions.
    pub(crate) covariance: Option<Matrix>,
}

/// Bound of the search: e^±16 times the scale, where gamma and beta distributions are practically a point
/// and rates practically never or always.
const LOG_BOUND: f64 = 16.0;

/// Lower bound of log α relative to the mean observation time: one customer may be observed for a millionth
/// of another's time.
const LOWEST_RATE: f64 = -34.0;

/// Starting points stay within this distance: beyond it, gradients are too small to lead back.
const START_BOUND: f64 = 3.5;

/// Gradient tolerance on samples.
const SAMPLE_GRADIENT_TOLERANCE: f64 = 1e-5;

/// Gradient per customer at which one more Newton step settles all printed digits.
const GRADIENT_TOLERANCE: f64 = 1e-7;

/// Gradient at which even that step is skipped.
const CONVERGED_GRADIENT: f64 = 1e-10;

/// Step of the finite differences for the curvature over all customers: one-sided suffices for standard
/// errors, at half the cost.
const CURVATURE_STEP: f64 = 1e-5;

/// Gradient accepted at the bound of the search.
const BOUND_GRADIENT_TOLERANCE: f64 = 1e-2;

/// Sample sizes, in customers.
const SAMPLE_SIZES: [f64; 2] = [1200.0, 12_000.0];

/// Sizes of the samples of a table with so many patterns, small to large.
pub(crate) fn sample_sizes(patterns: usize) -> impl Iterator<Item = f64> {
    SAMPLE_SIZES.into_iter().filter(move |size| patterns as f64 > 3.0 * size)
}

/// Finds the maximum.
///
/// Errors: [`Error::NotConverged`] with the best parameters (on the scale of the search).
pub(crate) fn maximise(problem: &Problem<'_>, settings: &FitSettings) -> Result<Maximum, Error> {
    let size = problem.names.len();
    let lowest = |i: usize| if problem.rate == Some(problem.names[i]) { LOWEST_RATE } else { -LOG_BOUND };
    let bounds = Bounds { lower: (0..size).map(lowest).collect(), upper: vec![LOG_BOUND; size] };
    let with_prior = |likelihood: &Likelihood<'_>, logs: &[f64]| {
        penalised(likelihood(logs), logs, settings.prior, problem.customers)
    };
    let full = |logs: &[f64]| with_prior(&problem.full, logs);
    let inside = |minimum: &Minimum| minimum.point.iter().all(|log| log.abs() < START_BOUND);
    let mut best = None;
    let mut inverse = None;
    let mut starts = problem.starts.clone();
    // The first starting point nearly always succeeds; the others are fallbacks.
    let mut first = 1;
    for sample in &problem.samples {
        let function = |logs: &[f64]| with_prior(sample, logs);
        let search = |starts: &[Vec<f64>]| {
            best_of(&function, starts, &bounds, settings, inverse.as_ref(), SAMPLE_GRADIENT_TOLERANCE)
        };
        let found = search(&starts[..first]).filter(inside).or_else(|| search(&starts));
        let Some(minimum) = found else {
            continue;
        };
        let inside: Vec<f64> = minimum.point.iter().map(|log| log.clamp(-START_BOUND, START_BOUND)).collect();
        let without = without_effects(&inside, problem.coefficients);
        // Curvature from the sample saves steps on more customers. Not with coefficients: a group missing
        // from the sample has no curvature, which would make the first step far too large.
        inverse = (problem.coefficients == 0).then(|| hessian(&function, &inside).inverse()).flatten();
        starts = std::iter::once(inside).chain(without).collect();
        first = starts.len();
    }
    if !problem.samples.is_empty() {
        best = best_of(&full, &starts, &bounds, settings, inverse.as_ref(), GRADIENT_TOLERANCE);
    }
    // At a bound, or not converged: try all starting points on all customers.
    if !best.as_ref().is_some_and(inside) {
        let again = best_of(&full, &problem.starts, &bounds, settings, None, GRADIENT_TOLERANCE);
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

/// The same point without covariate effects: if a group is nearly absent from a sample, its coefficient can
/// diverge so far that all customers together cannot bring it back.
///
/// Shape: none without coefficients.
fn without_effects(point: &[f64], coefficients: usize) -> Option<Vec<f64>> {
    let mut without = point.to_vec();
    let first = point.len() - coefficients;
    without[first..].fill(0.0);
    (coefficients > 0).then_some(without)
}

/// The lowest minimum over the starting points; ties go to the first.
fn best_of(
    function: &(dyn Fn(&[f64]) -> ValueAndGradient + Sync),
    starts: &[Vec<f64>],
    bounds: &Bounds,
    settings: &FitSettings,
    inverse: Option<&Matrix>,
    gradient_tolerance: f64,
) -> Option<Minimum> {
    let search = |start: &Vec<f64>| {
        let settings = Settings {
            max_iterations: settings.max_iterations,
            gradient_tolerance,
            inverse_hessian: inverse.cloned(),
        };
        let found = minimise(&|logs: &[f64]| function(logs), start, bounds, &settings);
        found.map_or_else(|error| at_edge(&error, function, bounds), Some)
    };
    let minima: Vec<Option<Minimum>> = starts.par_iter().map(search).collect();
    minima.into_iter().flatten().reduce(|best, next| if next.value < best.value { next } else { best })
}

/// Accepts a search that rounding stopped at the bound: with parameters in the millions the likelihood has
/// few significant digits. Such a fit is reported as a boundary.
fn at_edge(
    error: &regulars_stats::Error,
    function: &(dyn Fn(&[f64]) -> ValueAndGradient + Sync),
    bounds: &Bounds,
) -> Option<Minimum> {
    let regulars_stats::Error::NotConverged { best, value, gradient_norm, iterations, .. } = error else {
        return None;
    };
    let at = |i: usize| best[i] <= bounds.lower[i] || best[i] >= bounds.upper[i];
    let at_bound: Vec<bool> = (0..best.len()).map(at).collect();
    (at_bound.contains(&true) && *gradient_norm < BOUND_GRADIENT_TOLERANCE).then(|| Minimum {
        point: best.clone(),
        value: *value,
        gradient: function(best).gradient,
        gradient_norm: *gradient_norm,
        at_bound,
        iterations: *iterations,
        evaluations: *iterations,
        inverse_hessian: Matrix::identity(best.len()),
    })
}

/// Why no starting point converged, with the best point found.
fn failure(
    problem: &Problem<'_>,
    full: &dyn Fn(&[f64]) -> ValueAndGradient,
    bounds: &Bounds,
    settings: &FitSettings,
) -> Error {
    let settings = Settings {
        max_iterations: settings.max_iterations,
        gradient_tolerance: GRADIENT_TOLERANCE,
        inverse_hessian: None,
    };
    match minimise(full, &problem.starts[0], bounds, &settings) {
        Err(regulars_stats::Error::NotConverged { best, value, gradient_norm, iterations, .. }) => {
            Error::NotConverged {
                model: problem.model,
                names: problem.names.clone(),
                best: best.iter().map(|log| log.exp()).collect(),
                log_likelihood: -value * problem.customers,
                iterations,
                gradient_norm,
            }
        }
        Err(error) => Error::Stats(error),
        Ok(minimum) => Error::NotConverged {
            model: problem.model,
            names: problem.names.clone(),
            best: minimum.point.iter().map(|log| log.exp()).collect(),
            log_likelihood: -minimum.value * problem.customers,
            iterations: minimum.iterations,
            gradient_norm: minimum.gradient_norm,
        },
    }
}

/// Final precision by one Newton step, and the curvature.
fn finished(
    problem: &Problem<'_>,
    full: &dyn Fn(&[f64]) -> ValueAndGradient,
    minimum: Minimum,
    prior: Option<Shrinkage>,
) -> Maximum {
    let free = !minimum.at_bound.iter().any(|held| *held);
    let inverse = if free && problem.curvature { curvature(full, &minimum).inverse() } else { None };
    let Minimum { point: mut logs, mut value, gradient, mut gradient_norm, mut iterations, at_bound, .. } =
        minimum;
    if let Some(inverse) = &inverse
        && gradient_norm > CONVERGED_GRADIENT
    {
        let step = inverse.times(&gradient);
        let target: Vec<f64> = logs.iter().zip(&step).map(|(log, step)| log - step).collect();
        let there = full(&target);
        let norm_there = there.gradient.iter().fold(0.0_f64, |norm, g| norm.max(g.abs()));
        if norm_there < gradient_norm {
            (logs, gradient_norm, value) = (target, norm_there, there.value);
            iterations += 1;
        }
    }
    // Without the prior: log-likelihood of the data alone.
    let none = ValueAndGradient { value: 0.0, gradient: vec![0.0; logs.len()] };
    let log_likelihood =
        -(value - penalised(none, &logs, prior, problem.customers).value) * problem.customers;
    let covariance = inverse.map(|mut inverse| {
        for value in &mut inverse.values {
            *value /= problem.customers;
        }
        inverse
    });
    Maximum { logs, log_likelihood, iterations, gradient_norm, at_bound, covariance }
}

/// Second derivatives at the minimum, by one-sided differences of the gradient.
fn curvature(full: &dyn Fn(&[f64]) -> ValueAndGradient, minimum: &Minimum) -> Matrix {
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

/// Adds the log prior, per customer.
fn penalised(
    mut value: ValueAndGradient,
    logs: &[f64],
    prior: Option<Shrinkage>,
    customers: f64,
) -> ValueAndGradient {
    let Some(prior) = prior else { return value };
    let weight = 1.0 / (prior.sd * prior.sd * customers);
    for (slope, log) in value.gradient.iter_mut().zip(logs) {
        value.value += 0.5 * weight * log * log;
        *slope += weight * log;
    }
    value
}

impl Maximum {
    /// Whether the likelihood is flat in some direction, although no parameter is at a bound.
    pub(crate) fn is_flat(&self) -> bool {
        self.covariance.is_none() && !self.at_bound.contains(&true)
    }

    /// Adds the parameters at the bound of the search to a boundary's description.
    ///
    /// Shapes at the upper bound are already covered by an existing description.
    pub(crate) fn with_parameters_at_bound(
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
            "the search ended at its bound ({}): the likelihood may be higher beyond it, and there are \
             no standard errors",
            held.join(", ")
        );
        Some(match boundary {
            None => Boundary { words, used: None },
            Some(also) => Boundary { words: format!("{}; {words}", also.words), used: also.used },
        })
    }
}

/// Inputs of [`report`] besides the maximum.
pub(crate) struct Reported<'a> {
    pub(crate) problem: &'a Problem<'a>,
    /// Parameters in the model's time unit.
    pub(crate) values: &'a [f64],
    /// Log-likelihood in the model's time unit.
    pub(crate) log_likelihood: f64,
    pub(crate) patterns: usize,
    /// Parameters chosen outside the search, such as k.
    pub(crate) chosen: usize,
    pub(crate) boundary: Option<Boundary>,
}

/// Builds the fit report.
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
            // A standard error in the hundreds means that there is no interval.
            interval_90: deviation(i)
                .map(|of_log| log_interval(values[i], of_log, 0.9))
                .filter(|(low, high)| *low > 0.0 && high.is_finite()),
        })
        .collect();
    let [correlation, log_covariance] = matrices(covariance);
    let free = (size + chosen) as f64;
    let boundary = maximum.with_parameters_at_bound(boundary, &problem.names, values);
    FitReport {
        model: problem.model.to_owned(),
        parameters,
        correlation,
        log_covariance,
        log_likelihood,
        aic: 2.0 * free - 2.0 * log_likelihood,
        bic: free * problem.customers.ln() - 2.0 * log_likelihood,
        customers: problem.customers as u64,
        patterns: patterns as u64,
        iterations: maximum.iterations,
        gradient_norm: maximum.gradient_norm,
        converged: true,
        boundary,
    }
}

/// Correlation and covariance matrices, by rows; empty without a covariance.
pub(crate) fn matrices(covariance: Option<&Matrix>) -> [Vec<Vec<f64>>; 2] {
    let Some(matrix) = covariance else { return [Vec::new(), Vec::new()] };
    let rows = |value: &dyn Fn(usize, usize) -> f64| {
        (0..matrix.size).map(|i| (0..matrix.size).map(|j| value(i, j)).collect()).collect()
    };
    let correlation = |i, j| matrix.get(i, j) / (matrix.get(i, i) * matrix.get(j, j)).sqrt();
    [rows(&correlation), rows(&|i, j| matrix.get(i, j))]
}
