//! Distribution of future purchase counts for whole tables; patterns with the same distribution are
//! computed once.
//!
//! Given that a customer is alive, only x and T matter unless purchases are regular; the time of the last
//! purchase only affects P(alive). That leaves a fraction of the patterns to compute.

use std::collections::HashMap;

use regulars_stats::sums::map_rows;

use super::count_distribution::{CountDistribution, MAX_CLASSES, REST};
use super::error::Error;
use super::model::{FittedLifetimeModel, PurchaseModel};
use super::patterns::Patterns;
use super::prediction::CustomerForecast;
use super::time::Horizon;

/// With more possible counts than this, only `FEW_MODELS` models are used: each takes a second.
const MANY_COUNTS: usize = 100_000;
const FEW_MODELS: usize = 4;

impl FittedLifetimeModel {
    /// Distribution of the number of purchases within the horizon, per pattern: the mean over `models`, or
    /// that of this model if there are none.
    ///
    /// Shape: one distribution per pattern.
    /// Errors: [`Error::Horizon`], [`Error::MixedUnits`].
    pub fn purchase_probabilities(
        &self,
        patterns: &Patterns,
        horizon: Horizon,
        models: &[PurchaseModel],
    ) -> Result<Vec<CountDistribution>, Error> {
        let t = patterns.horizon(horizon, self.unit)?;
        let own = [self.model.clone()];
        let models = if models.is_empty() { &own[..] } else { models };
        let groups = Groups::of(patterns, &self.model);
        // Distributions from every model, in the same classes.
        let of_groups: Vec<Vec<CountDistribution>> = map_rows(groups.rows.len(), |group| {
            let history = patterns.history(groups.rows[group]);
            let mut probabilities: Vec<Vec<f64>> = Vec::new();
            for model in models {
                probabilities.push(while_alive(&*model.forecast_for(&history), t));
                if probabilities.len() >= FEW_MODELS && probabilities[0].len() > MANY_COUNTS {
                    break;
                }
            }
            let longest = probabilities.iter().map(Vec::len).max().unwrap_or(1);
            let width = CountDistribution::width_for(longest);
            probabilities
                .iter()
                .map(|probabilities| CountDistribution::in_classes(probabilities, width))
                .collect()
        });
        Ok(map_rows(patterns.len(), |row| {
            let of_group = &of_groups[groups.of_pattern[row] as usize];
            let length = of_group.iter().map(|found| found.probabilities.len()).max().unwrap_or(1);
            let weight = 1.0 / of_group.len() as f64;
            let mut mixed = vec![0.0; length];
            for (model, found) in models.iter().zip(of_group) {
                let alive = model.forecast_for(&patterns.history(row)).p_alive();
                mixed[0] += weight * (1.0 - alive);
                for (sum, probability) in mixed.iter_mut().zip(&found.probabilities) {
                    *sum += weight * alive * probability;
                }
            }
            CountDistribution {
                width: of_group[0].width,
                probabilities: mixed,
                cut_off: of_group.iter().any(|found| found.cut_off),
            }
        }))
    }
}

/// Patterns with the same distribution given that the customer is alive.
pub(super) struct Groups {
    pub(super) of_pattern: Vec<u32>,
    /// A representative pattern of each group.
    pub(super) rows: Vec<usize>,
}

impl Groups {
    pub(super) fn of(patterns: &Patterns, model: &PurchaseModel) -> Self {
        if model.k > 1 {
            let all = 0..patterns.len();
            return Self { of_pattern: all.clone().map(|row| row as u32).collect(), rows: all.collect() };
        }
        let mut known: HashMap<(u32, u64), u32> = HashMap::new();
        let mut rows = Vec::new();
        let of_pattern = (0..patterns.len())
            .map(|row| {
                *known.entry((patterns.x[row], patterns.t[row].to_bits())).or_insert_with(|| {
                    rows.push(row);
                    rows.len() as u32 - 1
                })
            })
            .collect();
        Self { of_pattern, rows }
    }
}

/// Purchase counts of a customer who is alive.
fn while_alive(forecast: &dyn CustomerForecast, t: f64) -> Vec<f64> {
    if let Some(probabilities) = forecast.counts_while_alive(t, REST) {
        return probabilities;
    }
    let there = forecast.given_alive();
    let mut most = (2.0 * there.expected_purchases(t) + 8.0).min(MAX_CLASSES as f64) as usize;
    loop {
        let mut probabilities = there.purchase_counts(t, most);
        let mut sum = 0.0;
        let enough = probabilities.iter().position(|probability| {
            sum += probability;
            sum >= 1.0 - REST
        });
        if let Some(last) = enough {
            probabilities.truncate(last + 1);
            return probabilities;
        }
        if most >= MAX_CLASSES {
            return probabilities;
        }
        most = (most * 2).min(MAX_CLASSES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bg_cnbd_k::BG_CNBD_K;
    use crate::lifetime::fit::FitSettings;
    use crate::lifetime::fixtures::{cdnow, shop};
    use crate::lifetime::model::ModelKind;
    use crate::lifetime::time::TimeUnit;
    use crate::lifetime::uncertainty::IntervalSettings;
    use crate::pareto_nbd::PARETO_NBD;

    fn check(kind: ModelKind, patterns: &Patterns, draws: usize) {
        let fitted = kind.fit(patterns, &FitSettings::default()).unwrap();
        let horizon = Horizon { count: 1.0, unit: TimeUnit::Years };
        let models = fitted.draw_models(draws, 5);
        let found = fitted.purchase_probabilities(patterns, horizon, &models).unwrap();
        let settings = IntervalSettings { level: 0.9, parameter_draws: draws, seed: 5 };
        let expected = fitted.purchase_intervals(patterns, horizon, &settings).unwrap().probabilities;
        assert_eq!(found.len(), patterns.len());
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!((found.width, expected.width), (1, 1));
            for (number, expected) in expected.probabilities.iter().enumerate() {
                let found = found.probabilities.get(number).copied().unwrap_or(0.0);
                assert!((found - expected).abs() < 2e-4, "{kind:?} {row} {number} {found} {expected}");
            }
        }
    }

    #[test]
    fn shared_chances_are_those_of_single_patterns() {
        for &kind in ModelKind::ALL {
            check(kind, &cdnow().patterns, 0);
        }
        check(PARETO_NBD, &cdnow().patterns, 3);
        check(BG_CNBD_K, &shop("retail_one_year").0, 0);
    }
}
