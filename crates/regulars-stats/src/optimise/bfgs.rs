//! BFGS quasi-Newton method with box constraints.

use super::matrix::dot;
use super::{Bounds, Matrix, ValueAndGradient};
use crate::error::Error;

/// Settings of [`minimise`].
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Maximum number of steps.
    pub max_iterations: usize,
    /// Tolerance on the largest free gradient component.
    pub gradient_tolerance: f64,
    /// Initial inverse Hessian, if known.
    pub inverse_hessian: Option<Matrix>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_iterations: 300, gradient_tolerance: 1e-8, inverse_hessian: None }
    }
}

/// Result of a minimisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// Parameters.
    pub point: Vec<f64>,
    /// Function value at this point.
    pub value: f64,
    /// Gradient at this point.
    pub gradient: Vec<f64>,
    /// Largest gradient component among the free parameters.
    pub gradient_norm: f64,
    /// Whether each parameter is at a bound that keeps it from decreasing the function.
    pub at_bound: Vec<bool>,
    /// Steps taken.
    pub iterations: usize,
    /// Number of function evaluations.
    pub evaluations: usize,
    /// Estimated inverse Hessian.
    pub inverse_hessian: Matrix,
}

/// Where the function is flat to rounding, gradients up to this multiple of the tolerance are accepted:
/// further descent is not visible.
const FLAT_FACTOR: f64 = 1e3;

/// Minimises `function` from `start`.
///
/// Contracts:
/// - `function` is smooth inside `bounds` (trusted); where it is not finite, the search backtracks;
/// - `start` is inside `bounds` (moved there if not).
///
/// Errors: [`Error::InvalidStart`]; [`Error::NotConverged`], with the best point found.
/// Source: Nocedal & Wright (2006), algorithm 6.1, with steps projected onto the box (chapter 16.7) and
/// backtracking with interpolation until sufficient decrease (3.4).
pub fn minimise(
    function: &dyn Fn(&[f64]) -> ValueAndGradient,
    start: &[f64],
    bounds: &Bounds,
    settings: &Settings,
) -> Result<Minimum, Error> {
    let size = start.len();
    let mut point = clamp(start, bounds);
    let mut current = function(&point);
    let mut evaluations = 1;
    if !current.value.is_finite() || current.gradient.iter().any(|g| !g.is_finite()) {
        return Err(Error::InvalidStart { start: point });
    }
    let mut inverse = settings.inverse_hessian.clone().unwrap_or_else(|| Matrix::identity(size));
    // Without a known scale, the first step is short.
    let mut scaled = settings.inverse_hessian.is_some();
    let mut iterations = 0;
    let mut restarted = false;
    let converged = loop {
        let active_bounds = active_bounds(&point, &current.gradient, bounds);
        let gradient_norm = free_gradient_norm(&current.gradient, &active_bounds);
        if gradient_norm <= settings.gradient_tolerance {
            break true;
        }
        if iterations == settings.max_iterations {
            break false;
        }
        let mut direction = search_direction(&inverse, &current.gradient, &active_bounds);
        if dot(&direction, &current.gradient) >= 0.0 {
            inverse = Matrix::identity(size);
            scaled = false;
            direction = search_direction(&inverse, &current.gradient, &active_bounds);
        }
        let longest = direction.iter().fold(0.0_f64, |longest, step| longest.max(step.abs()));
        let limit = if scaled { 3.0 } else { 0.5_f64.min(longest) };
        if longest > limit {
            for step in &mut direction {
                *step *= limit / longest;
            }
        }
        let Some((next_point, next, tries)) = line_search(function, &point, &current, &direction, bounds)
        else {
            evaluations += MAX_HALVINGS;
            if restarted || !scaled {
                break gradient_norm <= FLAT_FACTOR * settings.gradient_tolerance;
            }
            // The estimated curvature may be stale: retry once by steepest descent.
            inverse = Matrix::identity(size);
            scaled = false;
            restarted = true;
            continue;
        };
        evaluations += tries;
        iterations += 1;
        let moved: Vec<f64> = next_point.iter().zip(&point).map(|(to, from)| to - from).collect();
        let change: Vec<f64> =
            next.gradient.iter().zip(&current.gradient).map(|(to, from)| to - from).collect();
        scaled = update(&mut inverse, &moved, &change, scaled);
        restarted = false;
        point = next_point;
        current = next;
    };
    let at_bound = active_bounds(&point, &current.gradient, bounds);
    let gradient_norm = free_gradient_norm(&current.gradient, &at_bound);
    if !converged {
        return Err(Error::NotConverged {
            best: point,
            value: current.value,
            gradient_norm,
            tolerance: settings.gradient_tolerance,
            iterations,
        });
    }
    Ok(Minimum {
        point,
        value: current.value,
        gradient: current.gradient,
        gradient_norm,
        at_bound,
        iterations,
        evaluations,
        inverse_hessian: inverse,
    })
}

fn clamp(point: &[f64], bounds: &Bounds) -> Vec<f64> {
    point.iter().zip(&bounds.lower).zip(&bounds.upper).map(|((x, low), high)| x.clamp(*low, *high)).collect()
}

/// Whether each parameter is held at its bound: at the bound, with the function decreasing beyond it.
fn active_bounds(point: &[f64], gradient: &[f64], bounds: &Bounds) -> Vec<bool> {
    (0..point.len())
        .map(|i| {
            (point[i] <= bounds.lower[i] && gradient[i] > 0.0)
                || (point[i] >= bounds.upper[i] && gradient[i] < 0.0)
        })
        .collect()
}

fn free_gradient_norm(gradient: &[f64], active_bounds: &[bool]) -> f64 {
    gradient
        .iter()
        .zip(active_bounds)
        .filter(|(_, active)| !**active)
        .fold(0.0, |norm, (g, _)| norm.max(g.abs()))
}

/// Quasi-Newton direction over the free parameters.
fn search_direction(inverse: &Matrix, gradient: &[f64], active_bounds: &[bool]) -> Vec<f64> {
    let free: Vec<f64> =
        gradient.iter().zip(active_bounds).map(|(g, active)| if *active { 0.0 } else { *g }).collect();
    inverse
        .times(&free)
        .into_iter()
        .zip(active_bounds)
        .map(|(d, active)| if *active { 0.0 } else { -d })
        .collect()
}

/// Maximum halvings of one step.
const MAX_HALVINGS: usize = 40;

/// Maximum doublings of one step.
const MAX_DOUBLINGS: usize = 8;

/// Line search along `direction`: backtracks until the decrease is sufficient, extends the step while the
/// function decreases as steeply.
fn line_search(
    function: &dyn Fn(&[f64]) -> ValueAndGradient,
    point: &[f64],
    current: &ValueAndGradient,
    direction: &[f64],
    bounds: &Bounds,
) -> Option<(Vec<f64>, ValueAndGradient, usize)> {
    let mut length = 1.0;
    for tries in 1..=MAX_HALVINGS {
        let trial = Trial::at(length, function, point, current, direction, bounds);
        if trial.decreases_enough(current) {
            return Some(if tries == 1 {
                extend_step(trial, function, point, current, direction, bounds)
            } else {
                (trial.point, trial.reached, tries)
            });
        }
        // Rounding: an equal value with a smaller gradient is progress, too.
        let reached = &trial.reached;
        if trial.finite
            && reached.value <= current.value + 4.0 * f64::EPSILON * current.value.abs()
            && dot(&reached.gradient, &reached.gradient) < 0.25 * dot(&current.gradient, &current.gradient)
        {
            return Some((trial.point, trial.reached, tries));
        }
        length *= if trial.finite {
            // Parabola through both values and the gradient here.
            let along = -trial.expected / (2.0 * (reached.value - current.value - trial.expected));
            along.clamp(0.1, 0.5)
        } else {
            0.25
        };
    }
    None
}

/// Doubles the step while the function decreases nearly as steeply as at its start: speeds up the search where
/// the gradient is constant, and keeps the estimated curvature positive.
fn extend_step(
    first: Trial,
    function: &dyn Fn(&[f64]) -> ValueAndGradient,
    point: &[f64],
    current: &ValueAndGradient,
    direction: &[f64],
    bounds: &Bounds,
) -> (Vec<f64>, ValueAndGradient, usize) {
    let steep_slope = 0.9 * dot(direction, &current.gradient);
    let mut best = first;
    let mut length = 1.0;
    for tries in 1..=MAX_DOUBLINGS {
        if dot(direction, &best.reached.gradient) > steep_slope {
            return (best.point, best.reached, tries);
        }
        length *= 2.0;
        let next = Trial::at(length, function, point, current, direction, bounds);
        if !next.decreases_enough(current) || next.reached.value >= best.reached.value {
            return (best.point, best.reached, tries + 1);
        }
        best = next;
    }
    (best.point, best.reached, MAX_DOUBLINGS + 1)
}

/// A trial point along a direction, with the function value.
struct Trial {
    point: Vec<f64>,
    reached: ValueAndGradient,
    /// Decrease predicted by the initial gradient.
    expected: f64,
    finite: bool,
}

impl Trial {
    fn at(
        length: f64,
        function: &dyn Fn(&[f64]) -> ValueAndGradient,
        from: &[f64],
        current: &ValueAndGradient,
        direction: &[f64],
        bounds: &Bounds,
    ) -> Self {
        let target: Vec<f64> = from.iter().zip(direction).map(|(x, d)| x + length * d).collect();
        let point = clamp(&target, bounds);
        let moved: Vec<f64> = point.iter().zip(from).map(|(to, from)| to - from).collect();
        let expected = dot(&moved, &current.gradient);
        let reached = function(&point);
        let finite = reached.value.is_finite() && reached.gradient.iter().all(|g| g.is_finite());
        Self { point, reached, expected, finite }
    }

    /// Whether the decrease is sufficient.
    fn decreases_enough(&self, current: &ValueAndGradient) -> bool {
        self.finite
            && self.reached.value < current.value
            && self.reached.value <= current.value + 1e-4 * self.expected
    }
}

/// BFGS update from one step; returns whether the matrix has a scale now.
fn update(inverse: &mut Matrix, moved: &[f64], change: &[f64], scaled: bool) -> bool {
    let size = moved.len();
    let curvature = dot(moved, change);
    if !(curvature > 1e-12 * dot(moved, moved).sqrt() * dot(change, change).sqrt()) {
        return scaled;
    }
    if !scaled {
        let scale = curvature / dot(change, change);
        *inverse = Matrix::identity(size);
        for value in &mut inverse.values {
            *value *= scale;
        }
    }
    let scaled_change = inverse.times(change);
    let factor = (1.0 + dot(change, &scaled_change) / curvature) / curvature;
    for i in 0..size {
        for j in 0..size {
            let value = inverse.get(i, j) + factor * moved[i] * moved[j]
                - (scaled_change[i] * moved[j] + moved[i] * scaled_change[j]) / curvature;
            inverse.set(i, j, value);
        }
    }
    true
}
