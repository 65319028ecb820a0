//! How far forecasts may be off: intervals of what single customers will do, and of parameters by
//! drawing the shop anew.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use regulars_stats::intervals::quantile_of_sorted;
use regulars_stats::optimise::Matrix;
use regulars_stats::sums::each_row;
use serde::{Deserialize, Serialize};

use super::count_distribution::{CountDistribution, MOST, REST};
use super::error::Error;
use super::fit::FitSettings;
use super::future::Future;
use super::model::{Fitted, PurchaseModel};
use super::patterns::{BadRows, Histories, Patterns, count_patterns};
use super::simulate::simulate;
use super::time::Horizon;

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntervalSettings {
    /// The chance that an interval holds what will happen, such as 0.9.
    pub level: f64,
    /// How many sets of parameters are drawn from their uncertainty; 0 takes the parameters as known.
    pub parameter_draws: usize,
    /// The seed of the draws.
    pub seed: u64,
}

/// Which uncertainty an interval holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// What a customer of unknown rates will happen to do, the parameters taken as known.
    Customer,
    /// That, and how uncertain the parameters are.
    ParametersAndCustomer,
}

/// Intervals of the purchases within a horizon.
///
/// Shape: one value per pattern; the number expected lies between the ends.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseIntervals {
    /// Which uncertainty they hold.
    pub covers: Covers,
    /// Lower ends, purchases.
    pub low: Vec<u32>,
    /// Upper ends, purchases.
    pub high: Vec<u32>,
    /// How likely every number of purchases is: what intervals of spend need.
    pub chances: Vec<CountDistribution>,
}

/// Intervals of the purchases within `t` of every pattern, over equally likely futures of it.
pub(crate) fn interval_rows(
    patterns: &Patterns,
    futures_of: impl Fn(usize) -> Vec<Future> + Sync + Send,
    t: f64,
    covers: Covers,
    level: f64,
) -> PurchaseIntervals {
    let rows: Vec<((f64, f64), CountDistribution)> = each_row(patterns.len(), |row| {
        let futures = futures_of(row);
        let mean: f64 =
            futures.iter().map(|future| future.expected_purchases(t)).sum::<f64>() / futures.len() as f64;
        let mut most = (2.0 * mean + 8.0).min(MOST as f64) as usize;
        loop {
            let mut chances = vec![0.0; most + 1];
            for future in &futures {
                for (sum, chance) in chances.iter_mut().zip(future.purchase_counts(t, most)) {
                    *sum += chance / futures.len() as f64;
                }
            }
            if chances.iter().sum::<f64>() >= 1.0 - REST || most >= MOST {
                let found = CountDistribution::of(&chances);
                return (found.interval(level, mean), found);
            }
            most = (most * 2).min(MOST);
        }
    });
    let low = rows.iter().map(|((low, _), _)| *low as u32).collect();
    let high = rows.iter().map(|((_, high), _)| *high as u32).collect();
    PurchaseIntervals { covers, low, high, chances: rows.into_iter().map(|(_, found)| found).collect() }
}

/// The largest standard deviation of a parameter's logarithm that is believed. Where the likelihood is flat
/// it comes out in thousands, and draws would be infinite.
const WIDEST: f64 = 10.0;

impl Fitted {
    /// Intervals of the purchases of every pattern.
    ///
    /// Where the fit has no covariance (at a boundary), the intervals hold the customer's uncertainty only,
    /// and say so.
    ///
    /// Errors: [`Error::Horizon`], [`Error::MixedUnits`].
    pub fn purchase_intervals(
        &self,
        patterns: &Patterns,
        horizon: Horizon,
        settings: &IntervalSettings,
    ) -> Result<PurchaseIntervals, Error> {
        let t = self.horizon(patterns, horizon)?;
        let models = self.draw_models(settings.parameter_draws, settings.seed);
        let covers = if models.is_empty() { Covers::Customer } else { Covers::ParametersAndCustomer };
        let models = if models.is_empty() { vec![self.model.clone()] } else { models };
        let futures_of = |row: usize| {
            let history = patterns.history(row);
            models.iter().map(|model| model.future(&history)).collect()
        };
        Ok(interval_rows(patterns, futures_of, t, covers, settings.level))
    }

    /// Draws models from the uncertainty of the parameters: their logarithms are taken as normal.
    ///
    /// Shape: `draws` models; none if the fit has no covariance, or one so wide that it says nothing.
    pub fn draw_models(&self, draws: usize, seed: u64) -> Vec<PurchaseModel> {
        let size = self.report.log_covariance.len();
        let covariance = Matrix { size, values: self.report.log_covariance.concat() };
        let values: Vec<f64> = self
            .model
            .parameters()
            .iter()
            .filter(|(name, _)| *name != "k")
            .map(|(_, value)| *value)
            .collect();
        if size == 0 || size != values.len() {
            return Vec::new();
        }
        let known = |at: usize| self.report.log_covariance[at][at] <= WIDEST * WIDEST;
        if !(0..size).all(known) {
            return Vec::new();
        }
        let Some(lower) = covariance.cholesky() else { return Vec::new() };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..draws)
            .map(|_| {
                let normal: Vec<f64> = (0..size).map(|_| StandardNormal.sample(&mut random)).collect();
                let moved: Vec<f64> = lower
                    .times(&normal)
                    .iter()
                    .zip(&values)
                    .map(|(step, value)| value * step.exp())
                    .collect();
                self.model.with_values(&moved)
            })
            .collect()
    }

    /// Intervals of the parameters by the parametric bootstrap: the shop is drawn anew from the fitted
    /// model with the same times observed, and fitted again, `draws` times.
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
        self.same_unit(patterns)?;
        let observed: Vec<f64> = patterns
            .t
            .iter()
            .zip(&patterns.count)
            .flat_map(|(t, count)| std::iter::repeat_n(*t, *count as usize))
            .collect();
        let kind = self.model.kind();
        let fits: Vec<Result<Fitted, Error>> = (0..draws)
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
            if fitted.model.kind() == kind {
                inside.push(fitted.model.parameters().into_iter().map(|(_, value)| value).collect());
            } else {
                at_boundary += 1;
            }
        }
        let names: Vec<&str> = self.model.parameters().iter().map(|(name, _)| *name).collect();
        Ok(Bootstrap { at_boundary, ..bootstrap_intervals(&names, &inside, draws - at_boundary, level) })
    }
}

/// The intervals that the parameters of fits lie in, one row of parameters a fit.
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

/// Intervals of the parameters by the parametric bootstrap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Drawn shops whose fit was inside.
    pub fits: u64,
    /// Drawn shops in which no dropout was visible.
    pub at_boundary: u64,
    /// One interval for each parameter, over the fits inside.
    pub parameters: Vec<BootstrapInterval>,
}

/// The interval of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// The letter of the paper.
    pub name: String,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use crate::lifetime::fit::FitSettings;
    use crate::lifetime::fixtures::cdnow;
    use crate::lifetime::model::ModelKind;

    #[test]
    fn parameters_of_which_nothing_is_known_are_not_drawn() {
        let mut fitted = ModelKind::BgNbd.fit(&cdnow().patterns, &FitSettings::default()).unwrap();
        assert_eq!(fitted.draw_models(3, 5).len(), 3);
        // As it came out for customers who do not differ in how they leave.
        fitted.report.log_covariance[2][2] = 3476.0 * 3476.0;
        assert!(fitted.draw_models(3, 5).is_empty());
    }
}
