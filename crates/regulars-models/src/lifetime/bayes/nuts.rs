//! One draw of the No-U-Turn sampler.
//!
//! The trajectory doubles forwards or backwards in time at random until it turns back; the draw is one of
//! its points, weighted by density and biased towards the later half.
//!
//! Source: Hoffman & Gelman (2014); Betancourt (2017), appendix A: multinomial sampling of the trajectory
//! and the U-turn criterion by summed momenta; as in Stan also between the halves of each doubling.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use regulars_stats::optimise::ValueAndGradient;

/// Maximum tree depth.
const MAX_TREE_DEPTH: u32 = 10;

/// Maximum energy error; above it the trajectory diverges.
const MAX_ENERGY_ERROR: f64 = 1000.0;

/// Negative log density, up to a constant, with its gradient.
pub(super) type Energy<'a> = dyn Fn(&[f64]) -> ValueAndGradient + Sync + 'a;

/// A point of a trajectory.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) position: Vec<f64>,
    momentum: Vec<f64>,
    pub(super) energy: ValueAndGradient,
}

impl Point {
    /// A point with zero momentum.
    pub(super) fn at(position: Vec<f64>, energy: &Energy<'_>) -> Self {
        let value = energy(&position);
        Self { momentum: vec![0.0; position.len()], position, energy: value }
    }
}

/// Statistics of one draw.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    /// Mean acceptance probability over the trajectory, used to adapt the step size.
    pub(super) acceptance: f64,
    pub(super) diverged: bool,
    pub(super) longest: bool,
    pub(super) evaluations: u64,
}

/// Part of a trajectory, in time order.
struct Trajectory {
    first: Point,
    last: Point,
    momentum_sum: Vec<f64>,
    /// Log of the summed weights of its points.
    ln_weight: f64,
    chosen: Point,
}

/// State shared by all steps of one draw.
struct TrajectoryState<'a> {
    energy: &'a Energy<'a>,
    step: f64,
    /// Variances along the axes: the inverse mass matrix.
    variances: &'a [f64],
    begin: f64,
    acceptance_sum: f64,
    evaluations: u64,
    diverged: bool,
}

/// Moves `point` to the next draw.
pub(super) fn draw(
    energy: &Energy<'_>,
    point: &mut Point,
    step: f64,
    variances: &[f64],
    random: &mut ChaCha8Rng,
) -> Step {
    draw_momentum(point, variances, random);
    let begin = point.energy.value + kinetic(&point.momentum, variances);
    let mut state = TrajectoryState {
        energy,
        step,
        variances,
        begin,
        acceptance_sum: 0.0,
        evaluations: 0,
        diverged: false,
    };
    let mut trajectory = Trajectory {
        first: point.clone(),
        last: point.clone(),
        momentum_sum: point.momentum.clone(),
        ln_weight: 0.0,
        chosen: point.clone(),
    };
    let mut longest = true;
    for doubling in 0..MAX_TREE_DEPTH {
        let forwards = random.random::<bool>();
        let from = if forwards { &trajectory.last } else { &trajectory.first };
        let Some(more) = state.build(doubling, from, forwards, random) else {
            longest = false;
            break;
        };
        // Biased towards the new half, so that draws move far.
        let takes_new = random.random::<f64>().ln() < more.ln_weight - trajectory.ln_weight;
        let (joined, turned) = state.join(trajectory, more, forwards, |_, _| takes_new);
        trajectory = joined;
        if turned {
            longest = false;
            break;
        }
    }
    *point = trajectory.chosen;
    Step {
        acceptance: state.acceptance_sum / state.evaluations.max(1) as f64,
        diverged: state.diverged,
        longest,
        evaluations: state.evaluations,
    }
}

/// Draws a new momentum for the point.
fn draw_momentum(point: &mut Point, variances: &[f64], random: &mut ChaCha8Rng) {
    for (momentum, variance) in point.momentum.iter_mut().zip(variances) {
        let normal: f64 = StandardNormal.sample(random);
        *momentum = normal / variance.sqrt();
    }
}

fn kinetic(momentum: &[f64], variances: &[f64]) -> f64 {
    0.5 * momentum.iter().zip(variances).map(|(p, variance)| p * p * variance).sum::<f64>()
}

/// One leapfrog step.
fn leapfrog(energy: &Energy<'_>, from: &Point, step: f64, variances: &[f64]) -> Point {
    let half = |momentum: &mut Vec<f64>, gradient: &[f64]| {
        for (momentum, slope) in momentum.iter_mut().zip(gradient) {
            *momentum -= 0.5 * step * slope;
        }
    };
    let mut momentum = from.momentum.clone();
    half(&mut momentum, &from.energy.gradient);
    let position: Vec<f64> = from
        .position
        .iter()
        .zip(&momentum)
        .zip(variances)
        .map(|((x, momentum), variance)| x + step * momentum * variance)
        .collect();
    let value = energy(&position);
    half(&mut momentum, &value.gradient);
    Point { position, momentum, energy: value }
}

/// Initial step size, at which one step is accepted with a probability of about 0.8.
///
/// Source: Hoffman & Gelman (2014), algorithm 4.
pub(super) fn first_step(
    energy: &Energy<'_>,
    point: &Point,
    variances: &[f64],
    random: &mut ChaCha8Rng,
) -> f64 {
    let mut step = 1.0;
    let mut before = None;
    for _ in 0..50 {
        let mut start = point.clone();
        draw_momentum(&mut start, variances, random);
        let begin = start.energy.value + kinetic(&start.momentum, variances);
        let there = leapfrog(energy, &start, step, variances);
        let change = begin - there.energy.value - kinetic(&there.momentum, variances);
        let too_short = change > 0.8_f64.ln();
        if before.is_some_and(|before| before != too_short) {
            break;
        }
        before = Some(too_short);
        step *= if too_short { 2.0 } else { 0.5 };
    }
    step
}

impl TrajectoryState<'_> {
    /// Extends a point by 2^`doublings` steps; none if the trajectory turns or diverges on the way.
    fn build(
        &mut self,
        doublings: u32,
        from: &Point,
        forwards: bool,
        random: &mut ChaCha8Rng,
    ) -> Option<Trajectory> {
        if doublings == 0 {
            let step = if forwards { self.step } else { -self.step };
            let point = leapfrog(self.energy, from, step, self.variances);
            self.evaluations += 1;
            let total = point.energy.value + kinetic(&point.momentum, self.variances);
            let ln_weight = if total.is_finite() { self.begin - total } else { f64::NEG_INFINITY };
            self.acceptance_sum += ln_weight.exp().min(1.0);
            if -ln_weight > MAX_ENERGY_ERROR {
                self.diverged = true;
                return None;
            }
            return Some(Trajectory {
                first: point.clone(),
                last: point.clone(),
                momentum_sum: point.momentum.clone(),
                ln_weight,
                chosen: point,
            });
        }
        let one = self.build(doublings - 1, from, forwards, random)?;
        let from = if forwards { &one.last } else { &one.first };
        let other = self.build(doublings - 1, from, forwards, random)?;
        let uniform = random.random::<f64>().ln();
        // Within a half, points are chosen by weight.
        let (joined, turned) = self.join(one, other, forwards, |other, total| uniform < other - total);
        (!turned).then_some(joined)
    }

    /// Joins a trajectory with its continuation, and returns whether the whole turns back.
    fn join(
        &self,
        one: Trajectory,
        more: Trajectory,
        forwards: bool,
        takes_new: impl Fn(f64, f64) -> bool,
    ) -> (Trajectory, bool) {
        let ln_weight = ln_sum(one.ln_weight, more.ln_weight);
        let from_new = takes_new(more.ln_weight, ln_weight);
        let (early, late) = if forwards { (one, more) } else { (more, one) };
        let momentum_sum: Vec<f64> =
            early.momentum_sum.iter().zip(&late.momentum_sum).map(|(a, b)| a + b).collect();
        let plus = |sum: &[f64], point: &Point| -> Vec<f64> {
            sum.iter().zip(&point.momentum).map(|(a, b)| a + b).collect()
        };
        let has_no_u_turn = self.has_no_u_turn(&early.first, &late.last, &momentum_sum)
            && self.has_no_u_turn(&early.first, &late.first, &plus(&early.momentum_sum, &late.first))
            && self.has_no_u_turn(&early.last, &late.last, &plus(&late.momentum_sum, &early.last));
        let chosen = if from_new == forwards { late.chosen } else { early.chosen };
        (Trajectory { first: early.first, last: late.last, momentum_sum, ln_weight, chosen }, !has_no_u_turn)
    }

    /// Whether the trajectory has not turned back at either end.
    fn has_no_u_turn(&self, first: &Point, last: &Point, momentum_sum: &[f64]) -> bool {
        let along = |point: &Point| -> f64 {
            point.momentum.iter().zip(self.variances).zip(momentum_sum).map(|((p, v), sum)| p * v * sum).sum()
        };
        along(first) > 0.0 && along(last) > 0.0
    }
}

fn ln_sum(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}
