//! Prediction intervals for single customers, and bootstrap intervals of the parameters.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use regulars_stats::intervals::quantile_of_sorted;
use regulars_stats::optimise::Matrix;
use regulars_stats::sums::map_rows;
use serde::{Deserialize, Serialize};

use super::count_distribution::{CountDistribution, MAX_CLASSES, REST};
use super::error::Error;
use super::fit::FitSettings;
use super::model::{FittedLifetimeModel, PurchaseModel};
use super::patterns::{BadRows, Histories, Patterns, count_patterns};
use super::prediction::CustomerForecast;
use super::simulate::simulate;
use super::time::Horizon;

/// Interval settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntervalSettings {
    /// Nominal level, such as 0.9.
    pub level: f64,
    /// Number of parameter draws; 0 treats the parameters as known.
    pub parameter_draws: usize,
    /// Random seed.
    pub seed: u64,
}

/// Sources of uncertainty in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// Customer only: unknown individual rates and randomness, with known parameters.
    Customer,
    /// Customer and parameter uncertainty.
    ParametersAndCustomer,
}

/// Prediction intervals of the purchases within a horizon.
///
/// Shape: one value per pattern; the expected number lies between the bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseIntervals {
    /// Sources of uncertainty.
    pub covers: Covers,
    /// Lower bounds, in purchases.
    pub low: Vec<u32>,
    /// Upper bounds, in purchases.
    pub high: Vec<u32>,
    /// Distribution of the number of purchases, for intervals of spend.
    pub probabilities: Vec<CountDistribution>,
}

/// Prediction intervals of the purchases within `t` of each pattern, over equally likely forecasts of it.
pub(crate) fn interval_rows(
    patterns: &Patterns,
    forecasts_of: impl Fn(usize) -> Vec<Box<dyn CustomerForecast>> + Sync + Send,
    t: f64,
    covers: Covers,
    level: f64,
) -> PurchaseIntervals {
    let rows: Vec<((f64, f64), CountDistribution)> = map_rows(patterns.len(), |row| {
        let forecasts = forecasts_of(row);
        let mean: f64 = forecasts.iter().map(|forecast| forecast.expected_purchases(t)).sum::<f64>()
            / forecasts.len() as f64;
        let mut most = (2.0 * mean + 8.0).min(MAX_CLASSES as f64) as usize;
        loop {
            let mut probabilities = vec![0.0; most + 1];
            for forecast in &forecasts {
                for (sum, probability) in probabilities.iter_mut().zip(forecast.purchase_counts(t, most)) {
                    *sum += probability / forecasts.len() as f64;
                }
            }
            if probabilities.iter().sum::<f64>() >= 1.0 - REST || most >= MAX_CLASSES {
                let found = CountDistribution::of(&probabilities);
                return (found.interval(level, mean), found);
            }
            most = (most * 2).min(MAX_CLASSES);
        }
    });
    let low = rows.iter().map(|((low, _), _)| *low as u32).collect();
    let high = rows.iter().map(|((_, high), _)| *high as u32).collect();
    PurchaseIntervals { covers, low, high, probabilities: rows.into_iter().map(|(_, found)| found).collect() }
}

/// Maximum plausible standard deviation of a log parameter. Where the likelihood is flat it comes out in
/// the thousands, and draws would overflow.
const WIDEST: f64 = 10.0;

impl FittedLifetimeModel {
    /// Prediction intervals of the purchases of each pattern.
    ///
    /// Where the fit has no covariance (at a boundary), the intervals cover customer uncertainty only;
    /// `covers` says so.
    ///
    /// Errors: [`Error::Horizon`], [`Error::MixedUnits`].
    pub fn purchase_intervals(
        &self,
        patterns: &Patterns,
        horizon: Horizon,
        settings: &IntervalSettings,
    ) -> Result<PurchaseIntervals, Error> {
        let t = patterns.horizon(horizon, self.unit)?;
        let models = self.draw_models(settings.parameter_draws, settings.seed);
        let covers = if models.is_empty() { Covers::Customer } else { Covers::ParametersAndCustomer };
        let models = if models.is_empty() { vec![self.model.clone()] } else { models };
        let forecasts_of = |row: usize| {
            let history = patterns.history(row);
            models.iter().map(|model| model.forecast_for(&history)).collect()
        };
        Ok(interval_rows(patterns, forecasts_of, t, covers, settings.level))
    }

    /// Draws models from the parameter uncertainty, with normal log parameters.
    ///
    /// Shape: `draws` models; none if the fit has no covariance, or an implausibly wide one.
    pub fn draw_models(&self, draws: usize, seed: u64) -> Vec<PurchaseModel> {
        let (covariance, values) = (&self.report.log_covariance, &self.model.values);
        let is_known = |at: usize| covariance[at][at] <= WIDEST * WIDEST;
        if covariance.len() != values.len() || !(0..values.len()).all(is_known) {
            return Vec::new();
        }
        let moved = |steps: Vec<f64>| -> Vec<f64> {
            values.iter().zip(steps).map(|(value, step)| value * step.exp()).collect()
        };
        let steps = normal_steps(covariance, draws, seed).into_iter();
        steps.map(|steps| self.model.with_values(&moved(steps))).collect()
    }

    /// Parameter intervals by parametric bootstrap: `draws` replicates of the shop are simulated from the
    /// fitted model with the same observation times, and refitted.
    ///
    /// Errors: those of the fit, and [`Error::MixedUnits`].
    pub fn bootstrap(
        &self,
        patterns: &Patterns,
        draws: u64,
        level: f64,
        seed: u64,
        settings: &FitSettings,
    ) -> Result<Bootstrap, Error> {
        patterns.check_unit(self.unit)?;
        let observed: Vec<f64> = patterns
            .t
            .iter()
            .zip(&patterns.count)
            .flat_map(|(t, count)| std::iter::repeat_n(*t, *count as usize))
            .collect();
        let kind = self.model.kind;
        let fits: Vec<Result<FittedLifetimeModel, Error>> = (0..draws)
            .into_par_iter()
            .map(|number| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(number);
                let drawn = simulate(&self.model, &observed, 0.0, &mut random);
                let histories = Histories {
                    x: &drawn.x,
                    t_x: &drawn.t_x,
                    t: &drawn.t,
                    log_intervals: Some(&drawn.log_intervals),
                    unit: self.unit,
                };
                kind.fit(&count_patterns(&histories, BadRows::Exclude)?.patterns, settings)
            })
            .collect();
        let mut inside: Vec<Vec<f64>> = Vec::new();
        let mut at_boundary = 0;
        for fitted in fits {
            let fitted = fitted?;
            if fitted.model.kind == kind {
                inside.push(fitted.model.parameters().into_iter().map(|(_, value)| value).collect());
            } else {
                at_boundary += 1;
            }
        }
        let names: Vec<&str> = self.model.parameters().iter().map(|(name, _)| *name).collect();
        Ok(Bootstrap { at_boundary, ..bootstrap_intervals(&names, &inside, draws - at_boundary, level) })
    }
}

/// Draws from a normal distribution with mean 0.
///
/// Shape: `draws` rows, one value per row of the covariance; none if it is empty or not positive definite.
pub(crate) fn normal_steps(covariance: &[Vec<f64>], draws: usize, seed: u64) -> Vec<Vec<f64>> {
    let size = covariance.len();
    let lower = Matrix { size, values: covariance.concat() }.cholesky();
    let Some(lower) = lower.filter(|_| size > 0) else { return Vec::new() };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || -> Vec<f64> { (0..size).map(|_| StandardNormal.sample(&mut random)).collect() };
    (0..draws).map(|_| lower.times(&normal())).collect()
}

/// Bootstrap intervals from fits, one row of parameters per fit.
pub(crate) fn bootstrap_intervals(names: &[&str], fits: &[Vec<f64>], count: u64, level: f64) -> Bootstrap {
    let parameters = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let mut values: Vec<f64> = fits.iter().map(|parameters| parameters[i]).collect();
            values.sort_by(f64::total_cmp);
            BootstrapInterval {
                name: (*name).to_owned(),
                low: quantile_of_sorted(&values, 0.5 - 0.5 * level),
                high: quantile_of_sorted(&values, 0.5 + 0.5 * level),
            }
        })
        .collect();
    Bootstrap { fits: count, at_boundary: 0, parameters }
}

/// Parametric bootstrap intervals of the parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Replicates with a fit in the interior.
    pub fits: u64,
    /// Replicates without visible dropout.
    pub at_boundary: u64,
    /// One interval per parameter, over the fits in the interior.
    pub parameters: Vec<BootstrapInterval>,
}

/// Bootstrap interval of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// Symbol in the paper.
    pub name: String,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use crate::bg_nbd::BG_NBD;
    use crate::lifetime::fit::FitSettings;
    use crate::lifetime::fixtures::cdnow;

    #[test]
    fn parameters_of_which_nothing_is_known_are_not_drawn() {
        let mut fitted = BG_NBD.fit(&cdnow().patterns, &FitSettings::default()).unwrap();
        assert_eq!(fitted.draw_models(3, 5).len(), 3);
        // As obtained for customers who do not differ in dropout.
        fitted.report.log_covariance[2][2] = 3476.0 * 3476.0;
        assert!(fitted.draw_models(3, 5).is_empty());
    }
}
