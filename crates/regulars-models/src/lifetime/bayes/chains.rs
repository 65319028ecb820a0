//! Runs several chains, each with its own stream of random numbers.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use regulars_stats::intervals::quantile_of_sorted;
use regulars_stats::mcmc::{Convergence, convergence};
use regulars_stats::optimise::{Matrix, ValueAndGradient};

use super::adaptation::{MassMatrix, StepSize, first_window, window_ends};
use super::nuts::{Energy, Point, draw, first_step};
use super::{BayesSettings, Marginal, Sampled};
use crate::lifetime::Error;
use crate::lifetime::fit::{FitSettings, Problem, maximise};

/// Maximum R-hat at convergence.
const MAX_R_HAT: f64 = 1.01;

/// Minimum effective sample size per chain.
const MIN_EFFECTIVE: f64 = 100.0;

/// Maximum share of divergences.
const MAX_DIVERGENT: f64 = 0.01;

/// Spread of the starting points around the maximum, in standard deviations: wide enough to test
/// convergence.
const START_SPREAD: f64 = 2.0;

/// Draws of one chain.
pub(super) struct Chain {
    pub(super) positions: Vec<Vec<f64>>,
    divergences: u64,
    longest: u64,
    evaluations: u64,
}

/// Runs one chain from a starting point.
pub(super) fn run(
    energy: &Energy<'_>,
    begin: Vec<f64>,
    settings: &BayesSettings,
    random: &mut ChaCha8Rng,
) -> Chain {
    let mut point = Point::at(begin, energy);
    let size = point.position.len();
    let mut variances = vec![1.0; size];
    let step = first_step(energy, &point, &variances, random);
    let mut step_size = StepSize::new(step, settings.target_acceptance);
    let mut widths = MassMatrix::new(size);
    let mut chain = Chain { positions: Vec::new(), divergences: 0, longest: 0, evaluations: 0 };
    let ends = window_ends(settings.warmup);
    for number in 1..=settings.warmup {
        let step = draw(energy, &mut point, step_size.now(), &variances, random);
        chain.evaluations += step.evaluations;
        step_size.learn(step.acceptance);
        if number > first_window(settings.warmup) {
            widths.learn(&point.position);
        }
        if ends.contains(&number) {
            variances = widths.variances();
            widths = MassMatrix::new(size);
            let step = first_step(energy, &point, &variances, random);
            step_size = StepSize::new(step, settings.target_acceptance);
        }
    }
    let final_step = step_size.final_step();
    for _ in 0..settings.draws {
        let step = draw(energy, &mut point, final_step, &variances, random);
        chain.evaluations += step.evaluations;
        chain.divergences += u64::from(step.diverged);
        chain.longest += u64::from(step.longest);
        chain.positions.push(point.position.clone());
    }
    chain
}

/// Runs all chains from random points around 0 with spread `START_SPREAD`.
pub(super) fn run_all(energy: &Energy<'_>, size: usize, settings: &BayesSettings) -> Vec<Chain> {
    (0..settings.chains)
        .into_par_iter()
        .map(|number| {
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            random.set_stream(number as u64);
            // Where the density is zero, retry closer to the maximum.
            let mut spread = START_SPREAD;
            let begin = loop {
                let begin: Vec<f64> = (0..size)
                    .map(|_| {
                        let normal: f64 = StandardNormal.sample(&mut random);
                        spread * normal
                    })
                    .collect();
                let value = energy(&begin);
                let usable = value.value.is_finite() && value.gradient.iter().all(|slope| slope.is_finite());
                if usable || spread < 1e-6 {
                    break begin;
                }
                spread *= 0.5;
            };
            run(energy, begin, settings, &mut random)
        })
        .collect()
}

/// Samples the posterior of a problem; `natural` converts log parameters to the model's units.
///
/// Errors: [`Error::BadSampling`]; [`Error::NotConverged`] if not even the posterior maximum is found.
pub(crate) fn sample_problem(
    problem: &Problem<'_>,
    settings: &BayesSettings,
    natural: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Sampled, Error> {
    settings.check()?;
    let fit = FitSettings { prior: Some(settings.prior), ..FitSettings::default() };
    let maximum = maximise(problem, &fit)?;
    let size = maximum.logs.len();
    // Without curvature at the maximum, fall back to the width of the prior.
    let lower = maximum.covariance.as_ref().and_then(Matrix::cholesky).unwrap_or_else(|| {
        let mut wide = Matrix::identity(size);
        for value in &mut wide.values {
            *value *= settings.prior.sd;
        }
        wide
    });
    let logs_of = |position: &[f64]| -> Vec<f64> {
        lower.times(position).iter().zip(&maximum.logs).map(|(step, log)| log + step).collect()
    };
    let precision = settings.prior.sd.powi(-2);
    let energy = |position: &[f64]| -> ValueAndGradient {
        let logs = logs_of(position);
        let mut value = (problem.full)(&logs);
        value.value *= problem.customers;
        let mut gradient = vec![0.0; size];
        for (row, log) in logs.iter().enumerate() {
            value.value += 0.5 * precision * log * log;
            let slope = value.gradient[row] * problem.customers + precision * log;
            // Chain rule: multiply by the transpose of the triangle.
            for (column, sum) in gradient.iter_mut().enumerate().take(row + 1) {
                *sum += lower.get(row, column) * slope;
            }
        }
        ValueAndGradient { value: value.value, gradient }
    };
    let chains = run_all(&energy, size, settings);
    let draws: Vec<Vec<Vec<f64>>> = chains
        .iter()
        .map(|chain| chain.positions.iter().map(|position| natural(&logs_of(position))).collect())
        .collect();
    Ok(summarised(problem, &chains, &draws))
}

fn summarised(problem: &Problem<'_>, chains: &[Chain], draws: &[Vec<Vec<f64>>]) -> Sampled {
    let parameters: Vec<Marginal> = problem
        .names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let of: Vec<Vec<f64>> =
                draws.iter().map(|chain| chain.iter().map(|draw| draw[number]).collect()).collect();
            marginal(name, &of)
        })
        .collect();
    let all = draws.iter().map(Vec::len).sum::<usize>() as f64;
    let sum = |of: fn(&Chain) -> u64| chains.iter().map(of).sum::<u64>();
    let (divergences, max_depth_hits) = (sum(|chain| chain.divergences), sum(|chain| chain.longest));
    let mut problems = Vec::new();
    let least = MIN_EFFECTIVE * chains.len() as f64;
    for Marginal { name, r_hat, ess_bulk, ess_tail, .. } in &parameters {
        // NaN does not count as converged.
        if !(*r_hat <= MAX_R_HAT) {
            problems.push(format!("the chains disagree on {name} (R-hat {r_hat:.3})"));
        }
        let effective = ess_bulk.min(*ess_tail);
        if !(effective >= least) {
            problems.push(format!(
                "the effective sample size of {name} is only {effective:.0}, expected at least {least:.0}"
            ));
        }
    }
    let mut converged = problems.is_empty();
    if divergences > 0 {
        converged &= divergences as f64 <= MAX_DIVERGENT * all;
        problems.push(format!(
            "{divergences} of {all} draws diverged: raise the target acceptance, or tighten the prior"
        ));
    }
    if max_depth_hits > 0 {
        problems.push(format!("{max_depth_hits} of {all} draws reached the maximum tree depth"));
    }
    Sampled {
        model: problem.model.to_owned(),
        parameters,
        draws: draws.concat(),
        chains: chains.len(),
        divergences,
        max_depth_hits,
        evaluations: sum(|chain| chain.evaluations),
        converged,
        problems,
    }
}

fn marginal(name: &str, chains: &[Vec<f64>]) -> Marginal {
    let Convergence { r_hat, ess_bulk, ess_tail } = convergence(chains);
    let mut values = chains.concat();
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Marginal {
        name: name.to_owned(),
        mean,
        median: quantile_of_sorted(&values, 0.5),
        deviation: variance.sqrt(),
        interval_90: (quantile_of_sorted(&values, 0.05), quantile_of_sorted(&values, 0.95)),
        r_hat,
        ess_bulk,
        ess_tail,
    }
}
