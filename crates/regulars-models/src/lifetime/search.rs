//! The search for the maximum likelihood of any model, over times divided by their mean.

use regulars_stats::optimise::ValueAndGradient;
use regulars_stats::sums::{sum_cheap_rows, sum_rows};

use super::error::Error;
use super::fit::{
    Boundary, FitSettings, Likelihood, Maximum, Problem, Reported, maximise, report, sample_sizes,
};
use super::model::{FittedLifetimeModel, ModelKind, PurchaseModel};
use super::patterns::Patterns;

/// Counted histories on the scale of the search.
pub(crate) struct Search<'a> {
    /// Model requested, for messages and the report.
    model: &'static str,
    patterns: &'a Patterns,
    pub(crate) scaled: Patterns,
    pub(crate) scale: f64,
    /// What the log-likelihood in the model's time unit has more than that of the search.
    pub(crate) constant: f64,
}

/// A maximum in the model's time unit.
pub(crate) struct Found {
    pub(crate) maximum: Maximum,
    pub(crate) values: Vec<f64>,
    pub(crate) log_likelihood: f64,
}

impl<'a> Search<'a> {
    /// Scales times by the mean observation time.
    ///
    /// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase: any rate from 0 up then fits.
    pub(crate) fn new(model: &'static str, patterns: &'a Patterns) -> Result<Self, Error> {
        if !(patterns.purchases() > 0.0) {
            return Err(Error::TooFewRepeatCustomers {
                model,
                needed: "customers with a repeat purchase",
                found: 0,
                customers: patterns.customers() as u64,
            });
        }
        let scale = patterns.mean_t();
        let constant = -patterns.purchases() * scale.ln();
        Ok(Self { model, patterns, scaled: patterns.scaled(scale), scale, constant })
    }

    /// The likelihood of a model, with its samples and starting points.
    pub(crate) fn problem(&self, kind: ModelKind, k: u32) -> Problem<'_> {
        let loss = move |patterns: &Patterns, groups: &[(u32, f64)], logs: &[f64]| {
            mean_loss(kind, k, patterns, groups, logs)
        };
        let groups = self.scaled.by_purchases();
        let mut starts = starts(kind, k, &self.scaled);
        if !kind.has_dropout() {
            let (_, rate) = moments(&self.scaled);
            starts.push(vec![0.0, -rate.ln()]);
        }
        let full: Likelihood<'_> = Box::new(move |logs| loss(&self.scaled, &groups, logs));
        let customers = self.scaled.customers();
        Problem {
            rate: Some("alpha"),
            samples: samples(&self.scaled, loss),
            ..Problem::new(self.model, kind.parameter_names(), starts, full, customers)
        }
    }

    /// Maximises a likelihood.
    ///
    /// Errors: [`Error::NotConverged`].
    pub(crate) fn maximise(&self, problem: &Problem<'_>, settings: &FitSettings) -> Result<Found, Error> {
        let maximum = maximise(problem, settings).map_err(|error| self.unscaled(error))?;
        let values = self.natural(&problem.names, &maximum.logs);
        let log_likelihood = maximum.log_likelihood + self.constant;
        Ok(Found { maximum, values, log_likelihood })
    }

    /// Parameters in the model's time unit.
    pub(crate) fn natural(&self, names: &[&str], logs: &[f64]) -> Vec<f64> {
        let unit = |name: &str| if is_in_time_units(name) { self.scale } else { 1.0 };
        names.iter().zip(logs).map(|(name, log)| log.exp() * unit(name)).collect()
    }

    /// Converts the best point of a failed search, and its log-likelihood, to the model's time unit.
    pub(crate) fn unscaled(&self, mut error: Error) -> Error {
        if let Error::NotConverged { names, best, log_likelihood, .. } = &mut error {
            for (name, value) in names.iter().zip(best) {
                if is_in_time_units(name) {
                    *value *= self.scale;
                }
            }
            *log_likelihood += self.constant;
        }
        error
    }

    /// The model at a maximum, with its report.
    pub(crate) fn fitted(
        &self,
        model: PurchaseModel,
        problem: &Problem<'_>,
        found: &Found,
        boundary: Option<Boundary>,
    ) -> FittedLifetimeModel {
        let reported = Reported {
            problem,
            values: &found.values,
            log_likelihood: found.log_likelihood,
            patterns: self.patterns.len(),
            chosen: usize::from(model.k > 1),
            boundary,
        };
        FittedLifetimeModel { report: report(&found.maximum, reported), model, unit: self.patterns.unit }
    }
}

/// Whether a parameter is in time units; all others are numbers.
pub(crate) fn is_in_time_units(name: &str) -> bool {
    matches!(name, "alpha" | "beta")
}

/// Mean negative log-likelihood and its gradient by the log parameters.
pub(crate) fn mean_loss(
    kind: ModelKind,
    k: u32,
    patterns: &Patterns,
    groups: &[(u32, f64)],
    logs: &[f64],
) -> ValueAndGradient {
    let model = PurchaseModel { kind, k, values: logs.iter().map(|log| log.exp()).collect() };
    let chunk = |rows| kind.0.over_chunk(&model, patterns, rows);
    // Without dropout a row costs a few nanoseconds.
    let rows = patterns.len();
    let mut sums = if kind.has_dropout() { sum_rows(rows, chunk) } else { sum_cheap_rows(rows, chunk) };
    let mut customers = 0.0;
    for (x, count) in groups {
        customers += count;
        for (sum, value) in sums.iter_mut().zip(kind.0.of_x(&model, *x)) {
            *sum += count * value;
        }
    }
    let scale = -1.0 / customers;
    let gradient = sums[1..].iter().zip(&model.values).map(|(slope, value)| slope * value * scale);
    ValueAndGradient { value: sums[0] * scale, gradient: gradient.collect() }
}

/// A likelihood on subsamples of the customers, small to large.
pub(crate) fn samples<'a>(
    scaled: &Patterns,
    loss: impl Fn(&Patterns, &[(u32, f64)], &[f64]) -> ValueAndGradient + Copy + Sync + 'a,
) -> Vec<Likelihood<'a>> {
    sample_sizes(scaled.len())
        .map(|size| -> Likelihood<'a> {
            let sample = scaled.sample(size);
            let groups = sample.by_purchases();
            Box::new(move |logs| loss(&sample, &groups, logs))
        })
        .collect()
}

/// Starting points: purchases by the method of moments, dropout as the model says.
pub(crate) fn starts(kind: ModelKind, k: u32, scaled: &Patterns) -> Vec<Vec<f64>> {
    let (shape, rate) = moments(scaled);
    let buying = [shape.ln(), (shape / (f64::from(k) * rate)).ln()];
    let of = |dropout: &&[f64]| buying.into_iter().chain(dropout.iter().map(|value| value.ln())).collect();
    kind.0.describe().dropout_starts.iter().map(of).collect()
}

/// Method of moments: shape of the distribution of purchase rates, and their mean.
fn moments(patterns: &Patterns) -> (f64, f64) {
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
